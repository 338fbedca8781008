/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_U2FHID_H
#define FW_U2FHID_H

#include "aw/bytes.h"

/*
 * Messages in reports of 64 bytes, the device's side. Source: FIDO U2F HID
 * Protocol 1.2; the control interface of armored-witness-os. It moves no
 * bytes itself: reports go in and come out. One message is under way at a time,
 * from its first report to the last one of its reply; INIT, which is one report
 * each way, is answered meanwhile.
 */
enum {
    U2FHID_REPORT = 64,
    U2FHID_MESSAGE_MAX = 7609,
    U2FHID_TIMEOUT_MS = 500, /* between the reports of a message */
    U2FHID_SHORT = 8,        /* answers of one report that wait */
    U2FHID_INIT_SIZE = 17
};

enum u2fhid_command {
    U2FHID_PING = 0x81,
    U2FHID_INIT = 0x86,
    U2FHID_ERROR = 0xbf,
    U2FHID_VENDOR = 0xc0 /* and above */
};

/* The byte of an ERROR reply. */
enum u2fhid_error {
    U2FHID_OK = 0,
    U2FHID_BAD_COMMAND = 1,
    U2FHID_BAD_PARAMETER = 2,
    U2FHID_BAD_LENGTH = 3,
    U2FHID_BAD_SEQUENCE = 4,
    U2FHID_TIMED_OUT = 5,
    U2FHID_BUSY = 6,
    U2FHID_BAD_CHANNEL = 11,
    U2FHID_OTHER = 127
};

/* Serves a vendor command.
 *  @param reply  room for U2FHID_MESSAGE_MAX bytes; what is written is sent
 *  @return U2FHID_OK, or what an ERROR reply says instead */
typedef enum u2fhid_error u2fhid_fn(void *ctx, uint8_t command,
                                    aw_bytes request, struct aw_wr *reply);

/* An ERROR, or the answer to INIT. */
struct u2fhid_short {
    uint32_t channel;
    uint8_t command;
    uint8_t n;
    uint8_t bytes[U2FHID_INIT_SIZE];
};

struct u2fhid {
    u2fhid_fn *serve;
    void *ctx;
    uint32_t next_channel;
    uint64_t now_ms; /* of the last look */
    /* The request that is coming in. */
    bool receiving;
    uint32_t channel;
    uint8_t command;
    uint8_t sequence;
    size_t wanted;
    size_t have;
    uint64_t last_ms;
    uint8_t in[U2FHID_MESSAGE_MAX];
    /* The reply that is going out. */
    bool sending;
    bool timed; /* out_ms is that of the first look since a report went */
    uint64_t out_ms;
    uint32_t out_channel;
    uint8_t out_command;
    uint8_t out_sequence;
    size_t out_n;
    size_t out_at;
    uint8_t out[U2FHID_MESSAGE_MAX];
    /* What goes before it. */
    size_t n_short;
    struct u2fhid_short brief[U2FHID_SHORT];
};

void u2fhid_init(struct u2fhid *h, u2fhid_fn *serve, void *ctx);

/** A report came: n bytes, untrusted; other lengths than U2FHID_REPORT are
 *  answered with an error on the channel that they name, if they do.
 *  @param now_ms  grows */
void u2fhid_receive(struct u2fhid *h, aw_bytes report, uint64_t now_ms);

/** Time passes: a message that stopped coming is given up. A reply waits for
 *  its reader until somebody else wants to begin. */
void u2fhid_tick(struct u2fhid *h, uint64_t now_ms);

/** The next report to send. @return false: there is none */
bool u2fhid_send(struct u2fhid *h, uint8_t report[U2FHID_REPORT]);

#endif
