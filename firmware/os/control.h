/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROL_H
#define CONTROL_H

#include "activate.h"
#include "fw/u2fhid.h"

/*
 * The control interface: vendor commands in U2F HID messages, answers in
 * protobuf. docs/formats/control.md.
 */
enum { CONTROL_PIECE = 1024 /* of a log, in a reply */ };

struct control {
    struct os *os;
    struct activation activation;
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

/** Puts a Response. @param why  NULL: success */
void control_respond(struct aw_wr *reply, const char *why);

#endif
