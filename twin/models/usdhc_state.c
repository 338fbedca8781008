/* SPDX-License-Identifier: Apache-2.0 */
/* The host controller in snapshots, and over resets. */
#include "models/usdhc_parts.h"

static void save_registers(const struct tw_usdhc_regs *r, struct tw_saver *to)
{
    const uint32_t words[] = {
        r->ds_addr,         r->blk_att,       r->cmd_arg,    r->cmd_xfr_typ,
        r->cmd_rsp[0],      r->cmd_rsp[1],    r->cmd_rsp[2], r->cmd_rsp[3],
        r->prot_ctrl,       r->sys_ctrl,      r->int_status, r->int_status_en,
        r->int_signal_en,   r->autocmd12_err, r->wtmk_lvl,   r->mix_ctrl,
        r->adma_err_status, r->adma_sys_addr, r->dll_ctrl,   r->clk_tune,
        r->vend_spec,       r->mmc_boot,      r->vend_spec2, r->tuning_ctrl};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        tw_save_u32(to, words[i]);
    }
}

static void load_registers(struct tw_usdhc_regs *r, struct tw_loader *from)
{
    uint32_t *const words[] = {
        &r->ds_addr,       &r->blk_att,         &r->cmd_arg,
        &r->cmd_xfr_typ,   &r->cmd_rsp[0],      &r->cmd_rsp[1],
        &r->cmd_rsp[2],    &r->cmd_rsp[3],      &r->prot_ctrl,
        &r->sys_ctrl,      &r->int_status,      &r->int_status_en,
        &r->int_signal_en, &r->autocmd12_err,   &r->wtmk_lvl,
        &r->mix_ctrl,      &r->adma_err_status, &r->adma_sys_addr,
        &r->dll_ctrl,      &r->clk_tune,        &r->vend_spec,
        &r->mmc_boot,      &r->vend_spec2,      &r->tuning_ctrl};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        *words[i] = tw_load_u32(from);
    }
}

static void usdhc_save(void *model, struct tw_saver *to)
{
    const struct tw_usdhc *host = model;

    save_registers(&host->r, to);
    tw_save_u8(to, host->write_protected ? 1 : 0);
    tw_save_u64(to, host->stable_at);
    tw_save_u64(to, host->reset_until);
    tw_save_u32(to, host->resets);
    tw_save_u64(to, host->init_until);
    tw_save_event(to, &host->command_done);
    tw_save_event(to, &host->step);
    tw_save_u8(to, host->commanding ? 1 : 0);
    tw_save_u8(to, (uint8_t)host->phase);
    tw_save_bytes(to, host->block, sizeof(host->block));
    tw_save_u32(to, host->block_n);
    tw_save_u32(to, host->block_at);
    tw_save_u32(to, host->left);
    tw_save_u8(to, host->endless ? 1 : 0);
    tw_save_u8(to, host->reading ? 1 : 0);
    tw_save_u32(to, host->seg_address);
    tw_save_u32(to, host->seg_left);
    tw_save_u8(to, host->seg_end ? 1 : 0);
    tw_save_u32(to, host->taps);
    tw_save_u32(to, host->good);
    tw_save_u8(to, (uint8_t)host->fault);
    tw_save_u32(to, host->fault_skip);
    tw_save_u32(to, host->fault_times);
}

static bool usdhc_load(void *model, struct tw_loader *from)
{
    struct tw_usdhc *host = model;

    load_registers(&host->r, from);
    host->write_protected = tw_load_u8(from) != 0;
    host->stable_at = tw_load_u64(from);
    host->reset_until = tw_load_u64(from);
    host->resets = tw_load_u32(from);
    host->init_until = tw_load_u64(from);
    tw_load_event(from, host->w.clock, &host->command_done);
    tw_load_event(from, host->w.clock, &host->step);
    host->commanding = tw_load_u8(from) != 0;
    uint8_t phase = tw_load_u8(from);

    (void)tw_load_bytes(from, host->block, sizeof(host->block));
    host->block_n = tw_load_u32(from);
    host->block_at = tw_load_u32(from);
    host->left = tw_load_u32(from);
    host->endless = tw_load_u8(from) != 0;
    host->reading = tw_load_u8(from) != 0;
    host->seg_address = tw_load_u32(from);
    host->seg_left = tw_load_u32(from);
    host->seg_end = tw_load_u8(from) != 0;
    host->taps = tw_load_u32(from);
    host->good = tw_load_u32(from);
    uint8_t fault = tw_load_u8(from);

    host->fault_skip = tw_load_u32(from);
    host->fault_times = tw_load_u32(from);
    if (from->failed || fault > TW_FAULT_STOP_TIMEOUT ||
        phase > TW_PHASE_FAILED || host->block_n > TW_USDHC_BLOCK_MAX ||
        host->block_at > host->block_n) {
        from->failed = true;
        tw_usdhc_reset(host);
        return false;
    }
    host->phase = (enum tw_usdhc_phase)phase;
    host->fault = (enum tw_usdhc_fault)fault;
    tw_line_set(&host->w.line,
                (host->r.int_status & host->r.int_signal_en) != 0);
    return true;
}

static void usdhc_reset(void *model, enum tw_reset kind)
{
    (void)kind;
    tw_usdhc_reset(model);
}

struct tw_device tw_usdhc_device(struct tw_usdhc *host)
{
    return (struct tw_device){.name = host->w.name,
                              .model = host,
                              .reset = usdhc_reset,
                              .save = usdhc_save,
                              .load = usdhc_load};
}
