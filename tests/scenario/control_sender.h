/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROL_SENDER_H
#define CONTROL_SENDER_H

#include "control_support.h"

/* A host that sends an update over the control interface. */
struct sender {
    struct made made; /* the evidence, and behind it the file */
    const char *component;
    aw_bytes file;
    uint32_t total;
    uint8_t digest[AW_SHA256_SIZE];
};
extern struct sender sent;

/** The cable is in, a session open. */
void sender_attach(void);

/** Makes what is sent. */
void sender_make(const struct making *how);

/** The first message; and sends it. */
struct aw_ctl_update sender_beginning(void);
AW_MUST_CHECK aw_err sender_begin(void);

/** Sends bytes from..to, at most AW_CTL_PART; any number of them; the end. */
AW_MUST_CHECK aw_err sender_part(uint32_t from, uint32_t to);
AW_MUST_CHECK aw_err sender_parts(uint32_t from, uint32_t to);
AW_MUST_CHECK aw_err sender_end(void);

/** Begins, sends what the device does not have yet, ends. */
AW_MUST_CHECK aw_err sender_all(uint32_t from);

/** Fails the test unless the device said that. */
void sender_expect(aw_err got, aw_err want);

#endif
