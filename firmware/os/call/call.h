/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CALL_H
#define CALL_H

#include "os/os.h"

/*
 * Calls of the applet: docs/formats/applet-abi.md. A function gets r1 to r4,
 * all untrusted, and returns what goes to r0: a number from 0 up, or an error
 * made negative. A call that ends or delays the applet changes its phase.
 */
typedef int32_t call_fn(struct os *os, const uint32_t *arg);

/** Serves the call in the applet's registers and stores its result. */
void call_serve(struct os *os);

/** -err, as r0 wants it. */
int32_t call_error(aw_err err);

/* By file. */
call_fn call_exit, call_write, call_nanotime, call_getrandom, call_wait_event,
    call_ready;
call_fn call_config, call_status, call_set_witness_status, call_led,
    call_reboot, call_console_log, call_versions;
call_fn call_rx, call_tx, call_address;
call_fn call_crash_log, call_card_info, call_read, call_write_blocks,
    call_read_rpmb, call_write_rpmb;
call_fn call_identity, call_sign_checkpoint, call_attest,
    call_bastion_certificate, call_sign_bastion;
call_fn call_install_os, call_install_applet;

#endif
