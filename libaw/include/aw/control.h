/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_CONTROL_H
#define AW_CONTROL_H

#include "aw/bytes.h"

/*
 * Messages of a device's control interface, protobuf (proto3): what goes in a
 * request and a reply. Commands, framing and meaning: docs/formats/control.md.
 * Sources: armored-witness-os, api/api.proto; what is only ours is said so.
 *
 * Texts are NUL-terminated and as the message has them: untrusted bytes,
 * without a promise of UTF-8. Structs are plain values and may be copied.
 */
enum {
    AW_CTL_MESSAGE_MAX = 7609, /* of a request or reply */
    AW_CTL_TEXT = 128,
    AW_CTL_LONG = 1024,     /* an attestation, which is a note */
    AW_CTL_NAME = 32,       /* of states and parts */
    AW_CTL_PAYLOAD = 4096,  /* of a piece of a log */
    AW_CTL_REASON = 1024,   /* of a Response */
    AW_CTL_HAB_LOG = 0xb80, /* AW_HAB_LOG_SIZE */
    AW_CTL_FUSES = 40,
    AW_CTL_SLOTS = 8,
    AW_CTL_PART = 7168, /* of an update, in a request */
    AW_CTL_DIGEST = 32, /* SHA-256 */
    AW_CTL_FORMAT = 1
};

/* Vendor commands. */
enum aw_ctl_command {
    AW_CTL_INF = 0xc0,    /* - -> Status */
    AW_CTL_CFG = 0xc1,    /* Configuration -> Response */
    AW_CTL_UPDATE = 0xc2, /* Update -> Response; ours, upstream's is obsolete */
    AW_CTL_HAB = 0xc3,    /* - -> Response */
    AW_CTL_CONSOLE_LOGS = 0xc4,
    AW_CTL_CRASH_LOGS = 0xc5,
    /* Ours. */
    AW_CTL_INFORMATION = 0xc8,  /* - -> Information */
    AW_CTL_ARM = 0xc9,          /* Arm -> Response */
    AW_CTL_RPMB_RETRY = 0xca,   /* - -> Response */
    AW_CTL_NEXT_IDENTITY = 0xcb /* - -> Response */
};

struct aw_ctl_witness {
    char identity[256];
    char ip[64];
    char attestation_key[256];
    char attested_id[AW_CTL_LONG];
    char attested_bastion_id[AW_CTL_LONG];
};

struct aw_ctl_status {
    char serial[AW_CTL_TEXT];
    bool hab; /* the part's own keys are in use: closed and trusted */
    char revision[AW_CTL_TEXT];
    char build[AW_CTL_TEXT];
    char version[AW_CTL_TEXT];
    char runtime[AW_CTL_TEXT];
    bool link;
    bool has_witness; /* the applet has reported */
    struct aw_ctl_witness witness;
    uint32_t identity_counter;
    char srk_hash[AW_CTL_TEXT]; /* compiled in, hex */
    char mac[AW_CTL_TEXT];
};

struct aw_ctl_config {
    bool dhcp;
    char ip[AW_CTL_TEXT];
    char netmask[AW_CTL_TEXT];
    char gateway[AW_CTL_TEXT];
    char resolver[AW_CTL_TEXT];
    char ntp_server[AW_CTL_TEXT];
};

/* A piece of a log, which in all is a gzip stream. */
struct aw_ctl_log {
    bool more;
    size_t n;
    uint8_t payload[AW_CTL_PAYLOAD];
};

struct aw_ctl_response {
    uint32_t error; /* 0: none */
    char reason[AW_CTL_REASON + 1];
};

/* Ours. */
struct aw_ctl_arm {
    char serial[AW_CTL_TEXT];
    char srk_hash[AW_CTL_TEXT];
};

struct aw_ctl_fuse {
    uint32_t bank;
    uint32_t word;
    uint32_t value;
};

struct aw_ctl_secure_boot {
    bool closed;      /* the fuse SEC_CONFIG */
    bool keys_usable; /* as in the status */
    bool reported;    /* the next four are known */
    uint32_t status;  /* bytes of HAB's report: aw/hab/event.h */
    uint32_t config;
    uint32_t state;
    size_t log_n;
    uint8_t log[AW_CTL_HAB_LOG];
    char plan[AW_CTL_NAME]; /* S0 to S5, SX: aw/hab/plan.h */
    bool cold;              /* powered up since a fuse was written */
    bool armed;
};

struct aw_ctl_rpmb {
    char state[64]; /* docs/formats/control.md */
    char os_version[64];
    char applet_version[64];
    uint32_t writes;
};

/* A configuration copy and the slot that it names. */
struct aw_ctl_slot {
    char component[64];
    uint32_t copy;
    char name[64]; /* "A", "B" */
    char version[64];
    bool started; /* this is what runs */
    bool confirmed;
    uint32_t attempts;
};

struct aw_ctl_applet {
    char state[AW_CTL_NAME];
    bool ready; /* it runs, and has said that it is ready */
    uint32_t starts;
    char last_end[AW_CTL_NAME];
};

enum aw_ctl_update_step {
    AW_CTL_UPDATE_BEGIN = 1,
    AW_CTL_UPDATE_PART = 2,
    AW_CTL_UPDATE_END = 3
};

/* A step of an update. What is sent is the evidence, a configuration record
 * whose offset and size do not matter, and behind it the file. */
struct aw_ctl_update {
    uint32_t step; /* enum aw_ctl_update_step; others in what is read, too */
    /* To begin. */
    char component[AW_CTL_NAME];
    uint32_t evidence;             /* bytes */
    uint32_t file;                 /* bytes */
    size_t digest_n;               /* AW_CTL_DIGEST, or less in what is read */
    uint8_t digest[AW_CTL_DIGEST]; /* of both: tells updates apart */
    /* A part. */
    uint32_t offset;
    size_t n;
    uint8_t data[AW_CTL_PART];
};

/* What has come of an update that is under way. */
struct aw_ctl_incoming {
    char component[AW_CTL_NAME]; /* "": none is */
    uint32_t received;
    uint32_t total; /* bytes of evidence and file */
    size_t digest_n;
    uint8_t digest[AW_CTL_DIGEST];
};

struct aw_ctl_information {
    uint32_t format;
    char serial[AW_CTL_NAME];
    char part[AW_CTL_NAME];
    size_t n_fuses;
    struct aw_ctl_fuse fuses[AW_CTL_FUSES];
    struct aw_ctl_secure_boot secure_boot;
    struct aw_ctl_rpmb rpmb;
    size_t n_slots;
    struct aw_ctl_slot slots[AW_CTL_SLOTS];
    struct aw_ctl_config config;
    struct aw_ctl_applet applet;
    struct aw_ctl_incoming incoming;
};

/** Writers. What does not fit sets w->failed and writes nothing. */
void aw_ctl_status_write(const struct aw_ctl_status *status, struct aw_wr *w);
void aw_ctl_config_write(const struct aw_ctl_config *config, struct aw_wr *w);
void aw_ctl_log_request_write(bool goes_on, struct aw_wr *w);
void aw_ctl_log_write(const struct aw_ctl_log *log, struct aw_wr *w);
void aw_ctl_response_write(const struct aw_ctl_response *response,
                           struct aw_wr *w);
void aw_ctl_arm_write(const struct aw_ctl_arm *arm, struct aw_wr *w);
void aw_ctl_update_write(const struct aw_ctl_update *update, struct aw_wr *w);
void aw_ctl_information_write(const struct aw_ctl_information *information,
                              struct aw_wr *w);

/**
 * Readers. Fields may come in any order, unknown ones are skipped, the last of
 * a scalar wins, what is absent is empty.
 *
 * @param bytes   the whole message, untrusted
 *
 * The last parameter is untouched on failure.
 *
 * @return AW_OK; AW_ERR_FORMAT: no such message, or longer than its struct.
 */
AW_MUST_CHECK aw_err aw_ctl_status_read(aw_bytes bytes,
                                        struct aw_ctl_status *status);
AW_MUST_CHECK aw_err aw_ctl_config_read(aw_bytes bytes,
                                        struct aw_ctl_config *config);
AW_MUST_CHECK aw_err aw_ctl_log_request_read(aw_bytes bytes, bool *goes_on);
AW_MUST_CHECK aw_err aw_ctl_log_read(aw_bytes bytes, struct aw_ctl_log *log);
AW_MUST_CHECK aw_err aw_ctl_response_read(aw_bytes bytes,
                                          struct aw_ctl_response *response);
AW_MUST_CHECK aw_err aw_ctl_arm_read(aw_bytes bytes, struct aw_ctl_arm *arm);
AW_MUST_CHECK aw_err aw_ctl_update_read(aw_bytes bytes,
                                        struct aw_ctl_update *update);
AW_MUST_CHECK aw_err
aw_ctl_information_read(aw_bytes bytes, struct aw_ctl_information *information);

#endif
