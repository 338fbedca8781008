/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/hid.h"

static void save_sdp(const struct aw_sdp_device *sdp, struct tw_saver *to)
{
    tw_save_u16(to, sdp->request.type);
    tw_save_u32(to, sdp->request.address);
    tw_save_u8(to, sdp->request.format);
    tw_save_u32(to, sdp->request.count);
    tw_save_u32(to, sdp->request.data);
    tw_save_u32(to, sdp->got);
    tw_save_u32(to, sdp->refusal);
    tw_save_u32(to, sdp->word);
    tw_save_u32(to, sdp->read_at);
    tw_save_u32(to, sdp->read_left);
    tw_save_u8(to, sdp->receiving ? 1 : 0);
    tw_save_u8(to, sdp->security_due ? 1 : 0);
    tw_save_u8(to, sdp->word_due ? 1 : 0);
}

static void load_sdp(struct aw_sdp_device *sdp, struct tw_loader *from)
{
    sdp->request.type = tw_load_u16(from);
    sdp->request.address = tw_load_u32(from);
    sdp->request.format = tw_load_u8(from);
    sdp->request.count = tw_load_u32(from);
    sdp->request.data = tw_load_u32(from);
    sdp->got = tw_load_u32(from);
    sdp->refusal = tw_load_u32(from);
    sdp->word = tw_load_u32(from);
    sdp->read_at = tw_load_u32(from);
    sdp->read_left = tw_load_u32(from);
    sdp->receiving = tw_load_u8(from) != 0;
    sdp->security_due = tw_load_u8(from) != 0;
    sdp->word_due = tw_load_u8(from) != 0;
    if (sdp->got > sdp->request.count) {
        from->failed = true;
    }
}

void tw_rom_hid_save(const struct tw_rom_hid *hid, struct tw_saver *to)
{
    save_sdp(&hid->sdp, to);
    tw_save_u8(to, hid->address);
    tw_save_u8(to, hid->new_address);
    tw_save_u8(to, hid->configuration);
    tw_save_bytes(to, hid->setup, sizeof(hid->setup));
    tw_save_bytes(to, hid->buffer, sizeof(hid->buffer));
    tw_save_u16(to, hid->n);
    tw_save_u16(to, hid->at);
    tw_save_u8(to, hid->stalled ? 1 : 0);
    tw_save_u8(to, hid->busy ? 1 : 0);
    tw_save_bytes(to, hid->report, sizeof(hid->report));
    tw_save_u8(to, hid->report_n);
    tw_save_u8(to, hid->report_at);
    tw_save_event(to, &hid->done);
}

void tw_rom_hid_load(struct tw_rom_hid *hid, struct tw_loader *from)
{
    load_sdp(&hid->sdp, from);
    hid->address = tw_load_u8(from);
    hid->new_address = tw_load_u8(from);
    hid->configuration = tw_load_u8(from);
    (void)tw_load_bytes(from, hid->setup, sizeof(hid->setup));
    (void)tw_load_bytes(from, hid->buffer, sizeof(hid->buffer));
    hid->n = tw_load_u16(from);
    hid->at = tw_load_u16(from);
    hid->stalled = tw_load_u8(from) != 0;
    hid->busy = tw_load_u8(from) != 0;
    (void)tw_load_bytes(from, hid->report, sizeof(hid->report));
    hid->report_n = tw_load_u8(from);
    hid->report_at = tw_load_u8(from);
    tw_load_event(from, hid->clock, &hid->done);
    if (hid->n > TW_HID_BUFFER || hid->at > hid->n ||
        hid->report_n > sizeof(hid->report) || hid->report_at > hid->report_n) {
        from->failed = true;
    }
    if (from->failed) {
        tw_rom_hid_reset(hid);
    }
}
