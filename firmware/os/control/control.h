/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROL_H
#define CONTROL_H

#include "aw/control.h"
#include "fw/u2fhid.h"
#include "os/activate.h"

/*
 * The control interface: vendor commands in U2F HID messages, answers in
 * protobuf. docs/formats/control.md.
 */
enum { CONTROL_PIECE = 1024 /* of a log, in a reply */ };

/* An update by this interface. What came of it is where update.c keeps it, but
 * for the evidence, which has to be whole before anything can begin. */
struct control_update {
    bool begun;
    enum aw_component component;
    uint32_t evidence; /* bytes */
    uint32_t file;
    uint32_t received; /* of both */
    uint8_t digest[AW_CTL_DIGEST];
};

struct control {
    struct os *os;
    struct activation activation;
    struct control_update update;
    /* Snapshot of a log as a gzip stream: what is left of it. */
    size_t log_n;
    size_t log_at;
};

void control_init(struct control *control, struct os *os);

/** Serves a vendor command: a u2fhid_fn. @param ctx  struct control */
enum u2fhid_error control_serve(void *ctx, uint8_t command, aw_bytes request,
                                struct aw_wr *reply);

/* The commands that have a file of their own. */
enum u2fhid_error control_console_log(struct control *control, aw_bytes request,
                                      struct aw_wr *reply);
enum u2fhid_error control_crash_log(struct control *control, aw_bytes request,
                                    struct aw_wr *reply);
enum u2fhid_error control_information(struct control *control, aw_bytes request,
                                      struct aw_wr *reply);
enum u2fhid_error control_update(struct control *control, aw_bytes request,
                                 struct aw_wr *reply);

/** What has come of an update that is under way. */
void control_incoming(struct control *control, struct aw_ctl_incoming *to);

/** Puts a Response. @param why  NULL: success */
void control_respond(struct aw_wr *reply, const char *why);

#endif
