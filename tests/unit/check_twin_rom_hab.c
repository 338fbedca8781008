/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot ROM lets run, and what it notes about it. */
#include <string.h>

#include "aw/hab/csf.h"
#include "hab.h"
#include "rom_rig.h"
#include "suites.h"
#include "support.h"

#define SELF UINT32_C(0x8000f400)

/* An open part runs what is not signed, and keeps the events. */
START_TEST(open_part_logs)
{
    aw_bytes first = {NULL, 0};

    rg.board.sbmr2 = RG_INTERNAL;
    rg_insert(rg.board.medium,
              rg_image("image/test.imx", (aw_bytes){NULL, 0}, AW_CSF_AREA));
    rom_board_boot(&rg.board, RG_BOOT_MS);
    ck_assert(rg.board.started);
    ck_assert_uint_gt(rg_events(&first), 0);
    struct aw_hab_event event;

    ck_assert_int_eq(aw_hab_event_parse(first, &event, NULL), AW_OK);
    ck_assert_uint_eq(event.reason, AW_HAB_INV_CSF);
    ck_assert_int_eq(rg.board.state, TW_ROM_NON_SECURE);
}
END_TEST

static void patch(uint8_t *bytes, size_t n, const cJSON *patches)
{
    const cJSON *row = NULL;

    cJSON_ArrayForEach(row, patches)
    {
        aw_bytes b = vec_unhex(vec_str(row, "hex"));
        size_t at = vec_u64(row, "offset");

        ck_assert_uint_le(at + b.n, n);
        memcpy(bytes + at, b.p, b.n);
    }
}

static size_t first_event_of(const cJSON *row, uint8_t word[4])
{
    const cJSON *events = cJSON_GetObjectItem(row, "events");

    if (cJSON_GetArraySize(events) > 0) {
        aw_bytes b = vec_unhex(aw_text(events->child->valuestring));

        memcpy(word, b.p + 4, 4);
    }
    return (size_t)cJSON_GetArraySize(events);
}

static void set_up_case(const cJSON *row)
{
    rom_board_init(&rg.board);
    rom_board_close(&rg.board, vec_unhex(vec_str(row, "srk_fuse")));
    if (!aw_bytes_is(vec_str(row, "config"), "closed")) {
        rg.board.fuse[6] = 0;
    }
    rg.board.fuse[5 * 8 + 7] = (uint32_t)vec_u64(row, "srk_revoke");
}

/* Sends image and DCD as they are in the vector, one command after the other,
 * with the words that the ROM answers. */
struct session {
    aw_bytes dcd;
    aw_bytes file;
    uint32_t self;
    uint32_t dcd_word;  /* AW_SDP_WRITTEN, or why not */
    uint32_t jump_word; /* 0: none */
};

static void run_session(struct session *s)
{
    struct aw_usb_device usb = rom_board_open(&rg.board);
    uint32_t word = 0;

    rg_send(&usb, AW_SDP_DCD_WRITE, AW_SDP_DCD_ADDRESS, s->dcd, &s->dcd_word);
    rg_send(&usb, AW_SDP_WRITE_FILE, s->self, s->file, &word);
    ck_assert_uint_eq(word, AW_SDP_FILE_DONE);
    rg_send(&usb, AW_SDP_JUMP_ADDRESS, s->self, (aw_bytes){NULL, 0},
            &s->jump_word);
}

/* Log and, over serial download, the answer to the jump. */
static void check_case(const cJSON *row, uint32_t jump_word)
{
    const char *id = vec_cstr(vec_str(row, "id"));
    bool serial = aw_bytes_is(vec_str(row, "mode"), "sdp");
    uint8_t want[4] = {0};
    size_t events = first_event_of(row, want);
    aw_bytes first = {want, 0};
    size_t got = rg_events(&first);

    ck_assert_msg(rg.board.started == vec_bool(row, "boots"), "%s: started",
                  id);
    ck_assert_msg(rg.board.host.found.present != rg.board.started, "%s: USB",
                  id);
    ck_assert_msg(got == events, "%s: %zu events", id, got);
    if (got > 0) {
        ck_assert_msg(memcmp(first.p + 4, want, 4) == 0, "%s: event", id);
    }
    if (serial) {
        ck_assert_msg(jump_word == aw_sdp_word(want), "%s: %08x", id,
                      (unsigned)jump_word);
    }
}

static aw_bytes file_of_case(const cJSON *row)
{
    static uint8_t file[RG_IMAGE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));

    hab_join(&w, vec_cstr(vec_str(row, "image")),
             hab_file(vec_cstr(vec_str(row, "csf"))),
             vec_u64(row, "csf_pad_to"));
    patch(file, w.n, cJSON_GetObjectItem(row, "patches"));
    return aw_wr_done(&w);
}

static void run_serial_case(const cJSON *row)
{
    static uint8_t dcd[AW_DCD_MAX];
    struct aw_wr d = aw_wr_init(dcd, sizeof(dcd));
    struct session s = {.self = SELF, .file = file_of_case(row)};

    aw_wr_put(&d, hab_file("image/test.dcd.bin"));
    patch(dcd, d.n, cJSON_GetObjectItem(row, "dcd_patches"));
    s.dcd = aw_wr_done(&d);
    rom_board_boot(&rg.board, RG_BOOT_MS);
    run_session(&s);
    rg_run_ms(300);
    check_case(row, s.jump_word);
}

static void run_medium_case(const cJSON *row)
{
    rg.board.sbmr2 = RG_INTERNAL;
    rg_insert(rg.board.medium, file_of_case(row));
    rom_board_boot(&rg.board, 500);
    check_case(row, 0);
}

/* Every tamper vector, with its HAB word, from eMMC or by USB. */
START_TEST(tamper_cases)
{
    const cJSON *doc = vec_json("hab/tamper/cases.json");
    const cJSON *row = NULL;
    size_t serial = 0;
    size_t n = 0;

    cJSON_ArrayForEach(row, cJSON_GetObjectItem(doc, "cases"))
    {
        set_up_case(row);
        if (aw_bytes_is(vec_str(row, "mode"), "sdp")) {
            run_serial_case(row);
            serial++;
        } else {
            run_medium_case(row);
        }
        n++;
    }
    ck_assert_uint_eq(n, 54);
    ck_assert_uint_eq(serial, 3);
}
END_TEST

START_TEST(closed_part_boots_signed)
{
    rom_board_close(&rg.board, hab_file(rg_srk4));
    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(
        rg_boot(rg_image("image/test.imx", hab_csf("sdp.cst331"), 0)), AW_OK);
    ck_assert(rg.sdp.closed);
    rg_run_ms(300);
    ck_assert(rg.board.started);
    ck_assert_int_eq(rg.board.state, TW_ROM_TRUSTED);
    ck_assert_uint_eq(rg.board.sticky, 6);
    /* What HAB's functions report: closed, trusted, success. */
    ck_assert_mem_eq(rg.board.rom.image + 0x400, "\xcc\x99\xf0", 3);
}
END_TEST

START_TEST(closed_part_refuses)
{
    aw_bytes image = rg_image("image/test.imx", hab_csf("flash.cst331"), 0);

    rom_board_close(&rg.board, hab_file(rg_srk4));
    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(rg_boot(image), AW_ERR_REFUSED);
    ck_assert_uint_eq(aw_sdp_event(&rg.sdp).reason, AW_HAB_INV_SIGNATURE);
    /* Another try needs a reset, though the image is good now. */
    image = rg_image("image/test.imx", hab_csf("sdp.cst331"), 0);
    ck_assert_int_eq(rg_boot(image), AW_ERR_REFUSED);
    ck_assert_uint_eq(aw_sdp_event(&rg.sdp).reason, AW_HAB_INV_CALL);
    rg_run_ms(300);
    ck_assert(!rg.board.started);
    ck_assert_int_eq(rg.board.state, TW_ROM_CHECKING);
    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(rg_boot(image), AW_OK);
}
END_TEST

/* A part that was returned to NXP is closed no more. */
START_TEST(returned_part)
{
    rom_board_close(&rg.board, hab_file(rg_srk4));
    rg.board.fuse[5 * 8 + 6] = 1;
    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(
        rg_boot(rg_image("image/test.imx", hab_csf("flash.cst331"), 0)), AW_OK);
    ck_assert(!rg.sdp.closed);
    ck_assert_uint_eq(rg.board.rom.image[0x400], 0x33);
}
END_TEST

/* A refused boot from eMMC is explained by the log, which USB can read; and
 * recovery by USB works after it. */
START_TEST(log_over_usb)
{
    uint8_t log[AW_HAB_LOG_SIZE];
    struct aw_hab_record record;
    size_t at = 0;

    rom_board_close(&rg.board, hab_file(rg_srk4));
    rg.board.sbmr2 = RG_INTERNAL;
    rg_insert(rg.board.medium,
              rg_image("image/test.imx", hab_csf("sdp.cst331"), AW_CSF_AREA));
    rom_board_boot(&rg.board, 500);
    ck_assert(!rg.board.started);
    rg_connect();
    ck_assert_int_eq(
        aw_sdp_read(&rg.sdp, AW_HAB_LOG_ADDRESS, 8, log, sizeof(log), &rg.diag),
        AW_OK);
    ck_assert_int_eq(
        aw_hab_log_next((aw_bytes){log, sizeof(log)}, &at, &record, NULL),
        AW_OK);
    ck_assert_int_eq(
        aw_hab_log_next((aw_bytes){log, sizeof(log)}, &at, &record, NULL),
        AW_OK);
    ck_assert_uint_eq(record.bytes.p[5], AW_HAB_INV_SIGNATURE);
    ck_assert_int_eq(
        rg_boot(rg_image("image/test.imx", hab_csf("sdp.cst331"), 0)), AW_OK);
}
END_TEST

Suite *suite_twin_rom_hab(void)
{
    Suite *s = suite_create("twin_rom_hab");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, rg_setup, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, open_part_logs);
    tcase_add_test(tc, tamper_cases);
    tcase_add_test(tc, closed_part_boots_signed);
    tcase_add_test(tc, closed_part_refuses);
    tcase_add_test(tc, returned_part);
    tcase_add_test(tc, log_over_usb);
    suite_add_tcase(s, tc);
    return s;
}
