/* SPDX-License-Identifier: Apache-2.0 */
#include "rom_rig.h"

#include <string.h>

#include "aw/hab/csf.h"
#include "hab.h"
#include "support.h"

#define LOG_OFFSET (AW_HAB_LOG_ADDRESS - 0x00900000)

struct rom_rig rg;
const char rg_srk4[] = "srk/srk4.fuse.bin";

void rg_setup(void)
{
    rom_board_init(&rg.board);
}

aw_bytes rg_image(const char *name, aw_bytes csf, size_t pad)
{
    static uint8_t image[RG_IMAGE_MAX];
    struct aw_wr w = aw_wr_init(image, sizeof(image));

    hab_join(&w, name, csf, pad);
    return aw_wr_done(&w);
}

void rg_insert(uint8_t *medium, aw_bytes image)
{
    memset(medium, 0, BOARD_MEDIUM);
    memcpy(medium + AW_IVT_MEDIUM, image.p, image.n);
}

size_t rg_events(aw_bytes *first)
{
    aw_bytes log = {rg.board.ocram + LOG_OFFSET, AW_HAB_LOG_SIZE};
    struct aw_hab_record record;
    size_t at = 0;
    size_t n = 0;

    while (aw_hab_log_next(log, &at, &record, NULL) == AW_OK) {
        if (record.tag == AW_HAB_EVENT_TAG && n++ == 0) {
            *first = record.bytes;
        }
    }
    ck_assert_uint_eq(log.p[0], 0x0c);
    return n;
}

void rg_connect(void)
{
    struct aw_usb_device usb = rom_board_open(&rg.board);

    ck_assert_int_eq(aw_sdp_open(&rg.sdp, &usb, RG_TIMEOUT_MS, &rg.diag),
                     AW_OK);
}

aw_err rg_boot(aw_bytes image)
{
    struct aw_sdp_boot result;

    return aw_sdp_boot_unverified(&rg.sdp, image, NULL, &result, &rg.diag);
}

void rg_run_ms(uint32_t ms)
{
    bool never = false;

    tw_usb_run_clock(
        &rg.board.clock,
        rg.board.clock.now + tw_clock_ticks(&rg.board.clock, ms, 1000), &never);
}

static void exchange(struct aw_usb_device *usb, aw_bytes report, uint32_t *word)
{
    static uint8_t copy[AW_SDP_DATA_SIZE];
    struct aw_usb_setup s = aw_sdp_set_report(report.p[0], (uint16_t)report.n);
    size_t done = 0;

    memcpy(copy, report.p, report.n);
    ck_assert_int_eq(usb->control(usb->ctx, &s, copy, &done, 1000, NULL),
                     AW_OK);
    if (word == NULL) {
        return;
    }
    *word = 0;
    ck_assert_int_eq(usb->transfer(usb->ctx, 0x81, copy, 65, &done, 1000),
                     AW_OK);
    ck_assert_uint_eq(done, 5);
    if (usb->transfer(usb->ctx, 0x81, copy, 65, &done, 100) == AW_OK) {
        ck_assert_uint_eq(done, 65);
        *word = aw_sdp_word(&copy[1]);
    }
}

void rg_send(struct aw_usb_device *usb, uint16_t type, uint32_t address,
             aw_bytes bytes, uint32_t *word)
{
    const struct aw_sdp_request request = {
        .type = type, .address = address, .count = (uint32_t)bytes.n};
    uint8_t report[AW_SDP_DATA_SIZE];
    struct aw_rd r = aw_rd_init(bytes);

    aw_sdp_request_write(&request, report);
    exchange(usb, (aw_bytes){report, AW_SDP_COMMAND_SIZE},
             bytes.n == 0 ? word : NULL);
    while (aw_rd_left(&r) > 0) {
        size_t n = aw_rd_left(&r) < 1024 ? aw_rd_left(&r) : 1024;

        report[0] = AW_SDP_DATA;
        memcpy(&report[1], aw_rd_take(&r, n).p, n);
        exchange(usb, (aw_bytes){report, n + 1},
                 aw_rd_left(&r) == 0 ? word : NULL);
    }
}
