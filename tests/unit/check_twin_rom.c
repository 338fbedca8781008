/* SPDX-License-Identifier: Apache-2.0 */
/* The boot ROM: where it boots from, and how it goes on. */
#include "rom/rom.h"

#include <string.h>

#include "aw/hab/csf.h"
#include "hab.h"
#include "rom_rig.h"
#include "suites.h"
#include "support.h"

START_TEST(boots_by_usb)
{
    rom_board_boot(&rg.board, RG_BOOT_MS);
    ck_assert_int_eq(rg.board.rom.phase, TW_ROM_SERIAL);
    rg_connect();
    ck_assert_int_eq(
        rg_boot(rg_image("image/test.imx", hab_csf("sdp.cst331"), 0)), AW_OK);
    ck_assert(!rg.sdp.closed);
    rg_run_ms(300);
    ck_assert(rg.board.started && rg.board.started_serial);
    ck_assert_uint_eq(rg.board.entry, RG_ENTRY_AT);
    ck_assert(!tw_rom_active(&rg.board.rom));
    ck_assert(!rg.board.host.found.present);
    ck_assert_int_eq(rg.board.state, TW_ROM_NON_SECURE);
    ck_assert_uint_eq(rg.board.sticky, 0);
}
END_TEST

START_TEST(boots_from_medium)
{
    rg.board.sbmr2 = RG_INTERNAL;
    rg_insert(rg.board.medium,
              rg_image("image/test.imx", hab_csf("flash.cst331"), AW_CSF_AREA));
    rom_board_boot(&rg.board, RG_BOOT_MS);
    ck_assert(rg.board.started && !rg.board.started_serial);
    ck_assert_uint_eq(rg.board.entry, RG_ENTRY_AT);
    /* All of the medium from its first byte is at `start`. */
    ck_assert_mem_eq(rg.board.ddr + 0xf000, rg.board.medium, 0x7000);
    /* The DCD ran. */
    ck_assert_uint_eq(*rom_board_reg(&rg.board, 0x020c4080), 0xffffffff);
    ck_assert_uint_eq(*rom_board_reg(&rg.board, 0x020e4024), 1);
}
END_TEST

/* Where the ROM looks: pins, fuses, request. */
static const struct {
    const char *name;
    uint32_t sbmr2;
    uint32_t sbmr1;
    uint32_t fuse5; /* BOOT_CFG */
    uint32_t fuse6;
    uint32_t gpr9;
    uint32_t gpr10;
    bool blank;
    enum tw_rom_phase want;
} sources[] = {
    {"pins say serial", 1 << 24, 0x60, 0, 0, 0, 0, false, TW_ROM_SERIAL},
    {"pins say internal", 2 << 24, 0x60, 0, 0, 0, 0, false, TW_ROM_DONE},
    {"blank medium", 2 << 24, 0x60, 0, 0, 0, 0, true, TW_ROM_SERIAL},
    {"no card slot", 2 << 24, 0x40, 0, 0, 0, 0, false, TW_ROM_SERIAL},
    {"unknown device", 2 << 24, 0x20, 0, 0, 0, 0, false, TW_ROM_SERIAL},
    {"by fuses, none blown", 0, 0x60, 0, 0, 0, 0, false, TW_ROM_SERIAL},
    {"by fuses", 0, 0, 0x60, 0x10, 0, 0, false, TW_ROM_DONE},
    {"fuses before pins", 2 << 24, 0x60, 0x20, 0x10, 0, 0, false,
     TW_ROM_SERIAL},
    {"pins overruled", 1 << 24, 0x60, 0, 0x10000, 0, 0, false, TW_ROM_DONE},
    {"overruled, but blank", 1 << 24, 0x60, 0, 0x10000, 0, 0, true,
     TW_ROM_SERIAL},
    {"on request", 2 << 24, 0x60, 0, 0, 0x20, 1 << 28, false, TW_ROM_SERIAL},
    {"no request", 2 << 24, 0x60, 0, 0, 0x20, 0, false, TW_ROM_DONE},
    {"serial disabled", 1 << 24, 0x60, 0, 0x20000, 0, 0, false, TW_ROM_DEAD},
    {"serial disabled, blank", 2 << 24, 0x60, 0, 0x20000, 0, 0, true,
     TW_ROM_DEAD},
};

START_TEST(source)
{
    rg.board.sbmr2 = sources[_i].sbmr2;
    rg.board.sbmr1 = sources[_i].sbmr1;
    rg.board.fuse[5] = sources[_i].fuse5;
    rg.board.fuse[6] = sources[_i].fuse6;
    rg.board.gpr9 = sources[_i].gpr9;
    rg.board.gpr10 = sources[_i].gpr10;
    if (!sources[_i].blank) {
        rg_insert(
            rg.board.medium,
            rg_image("image/test.imx", hab_csf("flash.cst331"), AW_CSF_AREA));
    }
    rom_board_boot(&rg.board, 500);
    ck_assert_msg(rg.board.rom.phase == sources[_i].want, "%s: %s",
                  sources[_i].name, tw_rom_phase_name(rg.board.rom.phase));
    ck_assert(rg.board.host.found.present ==
              (sources[_i].want == TW_ROM_SERIAL));
    ck_assert(tw_rom_active(&rg.board.rom) ==
              (sources[_i].want != TW_ROM_DONE));
}
END_TEST

START_TEST(boot_partition)
{
    rg.board.sbmr2 = RG_INTERNAL;
    rg.board.partition_config = 1 << 3;
    rg_insert(rg.board.part1,
              rg_image("image/test.imx", hab_csf("flash.cst331"), AW_CSF_AREA));
    rom_board_boot(&rg.board, RG_BOOT_MS);
    ck_assert(rg.board.started);
    rg.board.partition_config = 7 << 3; /* user area */
    rom_board_boot(&rg.board, RG_BOOT_MS);
    ck_assert(!rg.board.started);
    rg.board.no_medium = true;
    rom_board_boot(&rg.board, RG_BOOT_MS);
    ck_assert_int_eq(rg.board.rom.phase, TW_ROM_SERIAL);
}
END_TEST

START_TEST(plugin_image)
{
    static uint8_t copy[RG_IMAGE_MAX];
    aw_bytes image = rg_image("image/test.imx", hab_csf("sdp.cst331"), 0);

    memcpy(copy, image.p, image.n);
    copy[0x28] = 1;
    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(rg_boot((aw_bytes){copy, image.n}), AW_ERR_REFUSED);
    rg.board.sbmr2 = RG_INTERNAL;
    rg_insert(rg.board.medium, (aw_bytes){copy, image.n});
    rom_board_boot(&rg.board, RG_BOOT_MS);
    ck_assert(!rg.board.started);
    ck_assert_uint_eq(rg.board.report.counts[TW_REPORT_UNDEFINED], 1);
}
END_TEST

/* The same from a snapshot, taken between any two steps. */
START_TEST(snapshot)
{
    struct tw_device rom = tw_rom_device(&rg.board.rom);
    struct tw_device host = tw_usb_host_device(&rg.board.host, "host");
    struct tw_saver to = {0};
    struct tw_saver to_host = {0};

    rom_board_boot(&rg.board, RG_BOOT_MS);
    rg_connect();
    ck_assert_int_eq(aw_sdp_status(&rg.sdp, &rg.diag), AW_OK);
    rom.save(rom.model, &to);
    host.save(host.model, &to_host);
    ck_assert_int_eq(
        rg_boot(rg_image("image/test.imx", hab_csf("sdp.cst331"), 0)), AW_OK);
    struct tw_loader from = {.bytes = to.bytes, .n = to.n};

    ck_assert(rom.load(rom.model, &from));
    ck_assert_uint_eq(from.at, to.n);
    from = (struct tw_loader){.bytes = to_host.bytes, .n = to_host.n};
    ck_assert(host.load(host.model, &from));
    rg_connect();
    ck_assert_int_eq(
        rg_boot(rg_image("image/test.imx", hab_csf("sdp.cst331"), 0)), AW_OK);
    rg_run_ms(300);
    ck_assert(rg.board.started);
    for (size_t n = 0; n < to.n; n += n < 16 || n > to.n - 600 ? 1 : 999) {
        from = (struct tw_loader){.bytes = to.bytes, .n = n};
        ck_assert(!rom.load(rom.model, &from));
    }
    tw_saver_free(&to);
    tw_saver_free(&to_host);
}
END_TEST

Suite *suite_twin_rom(void)
{
    Suite *s = suite_create("twin_rom");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, rg_setup, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, boots_by_usb);
    tcase_add_test(tc, boots_from_medium);
    tcase_add_loop_test(tc, source, 0, (int)COUNT(sources));
    tcase_add_test(tc, boot_partition);
    tcase_add_test(tc, plugin_image);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
