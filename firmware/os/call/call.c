/* SPDX-License-Identifier: Apache-2.0 */
#include "os/call/call.h"

static const struct {
    uint32_t number;
    call_fn *serve;
} calls[] = {
    {ABI_EXIT, call_exit},
    {ABI_WRITE, call_write},
    {ABI_NANOTIME, call_nanotime},
    {ABI_GETRANDOM, call_getrandom},
    {ABI_WAIT_EVENT, call_wait_event},
    {ABI_READY, call_ready},
    {ABI_RX, call_rx},
    {ABI_TX, call_tx},
    {ABI_ADDRESS, call_address},
    {ABI_CONFIG, call_config},
    {ABI_STATUS, call_status},
    {ABI_SET_WITNESS_STATUS, call_set_witness_status},
    {ABI_LED, call_led},
    {ABI_REBOOT, call_reboot},
    {ABI_CONSOLE_LOG, call_console_log},
    {ABI_CRASH_LOG, call_crash_log},
    {ABI_CARD_INFO, call_card_info},
    {ABI_READ, call_read},
    {ABI_WRITE_BLOCKS, call_write_blocks},
    {ABI_READ_RPMB, call_read_rpmb},
    {ABI_WRITE_RPMB, call_write_rpmb},
    {ABI_IDENTITY, call_identity},
    {ABI_SIGN_CHECKPOINT, call_sign_checkpoint},
    {ABI_ATTEST, call_attest},
    {ABI_BASTION_CERTIFICATE, call_bastion_certificate},
    {ABI_SIGN_BASTION, call_sign_bastion},
    {ABI_GET_INSTALLED_VERSIONS, call_versions},
    {ABI_INSTALL_OS, call_install_os},
    {ABI_INSTALL_APPLET, call_install_applet},
};

int32_t call_error(aw_err err)
{
    return -(int32_t)err;
}

/* The result is stored first: a call that changes the phase may replace it. */
void call_serve(struct os *os)
{
    struct mon_state *state = &os->applet.state;
    const uint32_t number = state->r[0];
    const uint32_t arg[] = {state->r[1], state->r[2], state->r[3], state->r[4]};

    state->r[0] = (uint32_t)call_error(AW_ERR_UNSUPPORTED);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].number == number) {
            state->r[0] = (uint32_t)calls[i].serve(os, arg);
            return;
        }
    }
}
