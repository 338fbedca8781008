/* SPDX-License-Identifier: Apache-2.0 */
/* The boot ROM as a USB device: requests, and commands of serial download. */
#include <string.h>

#include "aw/hab/csf.h"
#include "hab.h"
#include "rom_rig.h"
#include "suites.h"
#include "support.h"

/* Descriptors byte for byte as real parts show them. */
START_TEST(descriptors)
{
    static const struct {
        uint8_t type;
        uint16_t value;
        const char *want;
    } rows[] = {
        {0x80, 0x0100,
         "1201000200000040a215800001000102"
         "0001"},
        {0x80, 0x0200,
         "09022200010100c005"
         "090400000103000000"
         "092110010001224c00"
         "07058103400001"},
        {0x80, 0x0600, "0a060002000000400100"},
        {0x81, 0x2100, "092110010001224c00"},
        {0x81, 0x2200,
         "0600ff0901a101"
         "8501190129011500"
         "26ff00750895109102"
         "8502190129011500"
         "26ff00758095409102"
         "8503190129011500"
         "26ff00750895048102"
         "8504190129011500"
         "26ff00750895408102c0"},
    };

    rom_board_boot(&rg.board, RG_BOOT_MS);
    struct aw_usb_device usb = rom_board_open(&rg.board);

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t data[255];
        size_t done = 0;
        const struct aw_usb_setup s = {rows[i].type, 6, rows[i].value, 0, 255};

        ck_assert_int_eq(
            usb.control(usb.ctx, &s, data, &done, RG_TIMEOUT_MS, NULL), AW_OK);
        CK_ASSERT_BYTES(((aw_bytes){data, done}),
                        vec_unhex(aw_text(rows[i].want)));
    }
    ck_assert_str_eq(rg.board.host.found.maker, "Freescale SemiConductor Inc ");
    ck_assert_str_eq(rg.board.host.found.model, "SE Blank 6ULL ");
    ck_assert_str_eq(rg.board.host.found.serial, "");
}
END_TEST

/* Requests of HID and chapter 9, and what is stalled. */
START_TEST(requests)
{
    static const struct {
        struct aw_usb_setup setup;
        aw_err want;
        size_t done;
    } rows[] = {
        {{0x21, 0x0a, 0, 0, 0}, AW_OK, 0},
        {{0xa1, 0x02, 0, 0, 1}, AW_OK, 1},
        {{0x80, 0x00, 0, 0, 2}, AW_OK, 2},
        {{0x80, 0x08, 0, 0, 1}, AW_OK, 1},
        {{0x81, 0x0a, 0, 0, 1}, AW_OK, 1},
        {{0x01, 0x0b, 0, 0, 0}, AW_OK, 0},
        {{0x82, 0x00, 0, 0x81, 2}, AW_OK, 2},
        {{0x02, 0x01, 0, 0x81, 0}, AW_OK, 0},
        {{0x00, 0x09, 1, 0, 0}, AW_OK, 0},
        {{0x80, 0x06, 0x0302, 0x409, 4}, AW_OK, 4},
        {{0x80, 0x06, 0x0303, 0x409, 4}, AW_ERR_STALL, 0},
        {{0x80, 0x06, 0x0a00, 0, 4}, AW_ERR_STALL, 0},
        {{0x00, 0x09, 2, 0, 0}, AW_ERR_STALL, 0},
        {{0x21, 0x0b, 0, 0, 0}, AW_ERR_STALL, 0},
        {{0x40, 0x01, 0, 0, 0}, AW_ERR_STALL, 0},
        {{0x00, 0x07, 0x0100, 0, 18}, AW_ERR_STALL, 0},
        {{0x21, 0x09, 0x0201, 0, 0}, AW_ERR_STALL, 0},
        {{0x21, 0x09, 0x0201, 0, 1026}, AW_ERR_STALL, 0},
        /* Report 0: there is none. */
        {{0x21, 0x09, 0x0200, 0, 17}, AW_ERR_STALL, 0},
    };
    static uint8_t data[2048];

    rom_board_boot(&rg.board, RG_BOOT_MS);
    struct aw_usb_device usb = rom_board_open(&rg.board);

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t done = 0;
        aw_err err;

        memset(data, 0, sizeof(data));
        err = usb.control(usb.ctx, &rows[i].setup, data, &done, RG_TIMEOUT_MS,
                          NULL);
        ck_assert_msg(err == rows[i].want && done == rows[i].done, "%zu: %s", i,
                      aw_err_name(err));
    }
    rg_connect();
    ck_assert_int_eq(aw_sdp_status(&rg.sdp, &rg.diag), AW_OK);
}
END_TEST

/* The unique id through shadow registers, and who may read it. */
static const struct {
    const char *name;
    bool closed;
    uint32_t fuse6;
    uint32_t address;
    aw_err want;
} reads[] = {
    {"open", false, 0, 0x021bc410, AW_OK},
    {"read disabled", false, 1 << 18, 0x021bc410, AW_ERR_REFUSED},
    {"closed", true, 0, 0x021bc410, AW_ERR_REFUSED},
    {"closed, log", true, 0, 0x00904000, AW_OK},
    {"closed, log, read disabled", true, 1 << 18, 0x00904000, AW_ERR_REFUSED},
    {"closed, DDR", true, 0, 0x80000000, AW_OK},
    {"closed, ROM", true, 0, 0, AW_ERR_REFUSED},
    {"open, ROM", false, 0, 0x100, AW_OK},
    {"open, nothing there", false, 0, 0x10000000, AW_ERR_REFUSED},
    {"open, past the end", false, 0, 0x800ffffc, AW_ERR_REFUSED},
};

START_TEST(reading)
{
    uint8_t bytes[8] = {0};
    aw_err err;

    if (reads[_i].closed) {
        rom_board_close(&rg.board, hab_file(rg_srk4));
    }
    rg.board.fuse[6] |= reads[_i].fuse6;
    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    err = aw_sdp_read(&rg.sdp, reads[_i].address, 32, bytes, sizeof(bytes),
                      &rg.diag);
    ck_assert_msg(err == reads[_i].want, "%s: %s", reads[_i].name,
                  aw_err_name(err));
    if (err == AW_ERR_REFUSED) {
        ck_assert_mem_eq(rg.sdp.word, "\x33\x22\x33\x00", 4);
    } else if (reads[_i].address == 0x021bc410) {
        ck_assert_int_eq(
            aw_sdp_read(&rg.sdp, 0x021bc410, 32, bytes, 4, &rg.diag), AW_OK);
        ck_assert_mem_eq(bytes, "\xef\xcd\xab\x89", 4);
        ck_assert_int_eq(
            aw_sdp_read(&rg.sdp, 0x021bc420, 32, bytes, 4, &rg.diag), AW_OK);
        ck_assert_mem_eq(bytes, "\x67\x45\x23\x01", 4);
    }
}
END_TEST

START_TEST(writing)
{
    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(aw_sdp_write(&rg.sdp, 0x020d8040, 32, 0x20, &rg.diag),
                     AW_OK);
    ck_assert_uint_eq(rg.board.gpr9, 0x20);
    ck_assert_int_eq(aw_sdp_write(&rg.sdp, 0, 32, 1, &rg.diag), AW_ERR_REFUSED);

    rom_board_init(&rg.board);
    rom_board_close(&rg.board, hab_file(rg_srk4));
    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(aw_sdp_write(&rg.sdp, 0x020d8040, 32, 0x20, &rg.diag),
                     AW_ERR_REFUSED);
    ck_assert_uint_eq(rg.board.gpr9, 0);
    ck_assert_int_eq(aw_sdp_write(&rg.sdp, 0x020e0044, 32, 5, &rg.diag), AW_OK);
    ck_assert_uint_eq(*rom_board_reg(&rg.board, 0x020e0044), 5);
}
END_TEST

/* Where a host may put data. */
static const struct {
    const char *name;
    uint16_t type;
    uint32_t address;
    uint32_t n;
    uint32_t want;
} stores[] = {
    {"DDR", AW_SDP_WRITE_FILE, 0x80000000, 16, AW_SDP_FILE_DONE},
    {"free OCRAM", AW_SDP_WRITE_FILE, 0x00907000, 16, AW_SDP_FILE_DONE},
    {"OCRAM of the ROM", AW_SDP_WRITE_FILE, 0x00906ff8, 16, 0x00332233},
    {"end of OCRAM", AW_SDP_WRITE_FILE, 0x00917ff8, 16, 0x00332233},
    {"registers", AW_SDP_WRITE_FILE, 0x020e0000, 16, 0x00332233},
    {"ROM", AW_SDP_WRITE_FILE, 0x100, 16, 0x00332233},
    {"past the end of DDR", AW_SDP_WRITE_FILE, 0x800ffff8, 16, 0x00332233},
    {"no DCD", AW_SDP_DCD_WRITE, 0x00910000, 16, 0x00dd2733},
    {"long DCD", AW_SDP_DCD_WRITE, 0x00910000, 1772, 0x00dd2733},
};

START_TEST(storing)
{
    static const uint8_t bytes[2048];
    uint32_t word = 0;

    rom_board_boot(&rg.board, RG_BOOT_MS);
    struct aw_usb_device usb = rom_board_open(&rg.board);

    rg_send(&usb, stores[_i].type, stores[_i].address,
            (aw_bytes){bytes, stores[_i].n}, &word);
    ck_assert_msg(word == stores[_i].want, "%s: %08x", stores[_i].name,
                  (unsigned)word);
}
END_TEST

/* A jump to what is no image, on an open part; the ROM goes on. */
START_TEST(bad_jumps)
{
    uint32_t word = 0;
    aw_bytes image = rg_image("image/test.imx", hab_csf("sdp.cst331"), 0);

    rom_board_boot(&rg.board, RG_BOOT_MS);
    struct aw_usb_device usb = rom_board_open(&rg.board);

    rg_send(&usb, AW_SDP_JUMP_ADDRESS, 0x80000000, (aw_bytes){NULL, 0}, &word);
    ck_assert_uint_eq(word, 0x000a0533);
    rg_send(&usb, AW_SDP_JUMP_ADDRESS, 0, (aw_bytes){NULL, 0}, &word);
    ck_assert_uint_eq(word, 0x000a0533);
    /* At another address than its own. */
    rg_send(&usb, AW_SDP_WRITE_FILE, 0x80000000, image, &word);
    rg_send(&usb, AW_SDP_JUMP_ADDRESS, 0x80000000, (aw_bytes){NULL, 0}, &word);
    ck_assert_uint_eq(word, 0x000a0533);
    rg_connect();
    ck_assert_int_eq(rg_boot(image), AW_OK);
}
END_TEST

/* With the pointer left in place and SKIP_DCD_HEADER: starts on an open part,
 * and the DCD does not run twice. */
START_TEST(skip_dcd)
{
    aw_bytes image = rg_image("image/test.imx", hab_csf("flash.cst331"), 0);
    const struct aw_sdp_how how = {.skip_dcd = true};
    struct aw_sdp_boot result;

    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(
        aw_sdp_boot_unverified(&rg.sdp, image, &how, &result, &rg.diag), AW_OK);
    ck_assert_uint_eq(rg.board.rom.hab.image_dcd.length, 0);
    rg_run_ms(300);
    ck_assert(rg.board.started);
}
END_TEST

Suite *suite_twin_rom_usb(void)
{
    Suite *s = suite_create("twin_rom_usb");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, rg_setup, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, descriptors);
    tcase_add_test(tc, requests);
    tcase_add_loop_test(tc, reading, 0, (int)COUNT(reads));
    tcase_add_test(tc, writing);
    tcase_add_loop_test(tc, storing, 0, (int)COUNT(stores));
    tcase_add_test(tc, bad_jumps);
    tcase_add_test(tc, skip_dcd);
    suite_add_tcase(s, tc);
    return s;
}
