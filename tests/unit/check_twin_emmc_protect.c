/* SPDX-License-Identifier: Apache-2.0 */
/* The eMMC model's partitions, write protection and erasing. */
#include "aw/ext_csd.h"
#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

static const uint8_t *part_block(size_t part)
{
    return &cr_block[part * TW_BLOCK];
}

START_TEST(boot_partitions)
{
    uint8_t got[TW_BLOCK];

    for (uint8_t p = 0; p < 3; p++) {
        (void)cr_switch(179, p);
        cr_write_blocks(1, part_block(p), 1);
    }
    ck_assert_uint_eq(cr_command(17, TW_EMMC_BOOT_BLOCKS, CR_R1), CC);
    ck_assert_uint_eq(cr_response() & AW_CARD_OUT_OF_RANGE,
                      AW_CARD_OUT_OF_RANGE);
    cr_read_blocks(TW_EMMC_BOOT_BLOCKS - 1, got, 1);
    for (uint8_t p = 0; p < 3; p++) {
        struct tw_store store = tw_file_store(&cr.files[p]);

        (void)cr_switch(179, p);
        cr_read_blocks(1, got, 1);
        ck_assert_mem_eq(got, part_block(p), TW_BLOCK);
        ck_assert(store.read(store.ctx, TW_BLOCK, got, TW_BLOCK));
        ck_assert_mem_eq(got, part_block(p), TW_BLOCK);
    }
}
END_TEST

/* BOOT_WP: value, accepted, what BOOT_WP_STATUS is after it. */
static const struct {
    uint8_t value;
    bool ok;
    uint8_t status;
} boot_wp[][4] = {
    {{0x01, true, 0x05}, {0x00, false, 0x05}, {0x05, true, 0x0a}},
    {{0x81, true, 0x01}, {0x83, true, 0x05}, {0x20, false, 0x05}},
    {{0x83, true, 0x04}, {0x8c, false, 0x04}, {0x8f, true, 0x08}},
    {{0x10, true, 0x00}, {0x14, false, 0x00}, {0x11, true, 0x05}},
    {{0x40, true, 0x00}, {0x41, false, 0x00}, {0x44, true, 0x0a}},
};

START_TEST(boot_write_protection)
{
    for (size_t i = 0; i < 3; i++) {
        uint32_t status = cr_switch(173, boot_wp[_i][i].value);

        ck_assert_msg((status & 0x80) == (boot_wp[_i][i].ok ? 0 : 0x80),
                      "step %u", (unsigned)i);
        ck_assert_msg(cr_ext_csd(174) == boot_wp[_i][i].status, "step %u: 0x%x",
                      (unsigned)i, cr_ext_csd(174));
    }
    uint8_t status = cr_ext_csd(174);

    for (uint8_t p = 0; p < 3; p++) {
        bool locked = p > 0 && (status >> (2 * (p - 1)) & 3) != 0;
        uint8_t got[TW_BLOCK];

        (void)cr_switch(179, p);
        ck_assert_uint_eq(cr_transfer(24, 3, 1, false), CC | TC);
        cr_run_us(1000);
        ck_assert_uint_eq(cr_status(), (locked ? AW_CARD_WP_VIOLATION : 0) |
                                           CR_TRAN | CR_READY);
        cr_read_blocks(3, got, 1);
    }
    cr_power_cycle();
    ck_assert_uint_eq(cr_ext_csd(174), status & 0x0a);
}
END_TEST

START_TEST(boot_config_locked)
{
    (void)cr_switch(179, 0x48);
    ck_assert_uint_eq(cr_switch(178, 0x01) & 0x80, 0);
    ck_assert_uint_eq(cr_switch(179, 0x50) & 0x80, 0x80);
    ck_assert_uint_eq(cr_switch(177, 1) & 0x80, 0x80);
    ck_assert_uint_eq(cr_switch(179, 0x49) & 0x80, 0); /* access only */
    ck_assert_uint_eq(cr_switch(178, 0x00) & 0x80, 0x80);
    cr_power_cycle();
    ck_assert_uint_eq(cr_switch(179, 0x50) & 0x80, 0);
    ck_assert_uint_eq(cr_switch(178, 0x10) & 0x80, 0);
    cr_power_cycle();
    ck_assert_uint_eq(cr_switch(179, 0x48) & 0x80, 0x80);
}
END_TEST

static void write_to(uint32_t where, bool refused)
{
    ck_assert_uint_eq(cr_transfer(24, where, 1, false), CC | TC);
    cr_run_us(1000);
    ck_assert_uint_eq(cr_status(), (refused ? AW_CARD_WP_VIOLATION : 0) |
                                       CR_TRAN | CR_READY);
}

static void protect(uint8_t command, uint32_t where, uint32_t error)
{
    ck_assert_uint_eq(cr_command(command, where, CR_R1B), CC | TC);
    uint32_t status = cr_response();

    cr_run_us(2000);
    ck_assert_uint_eq(status | cr_status(), error | CR_TRAN | CR_READY);
}

START_TEST(group_write_protection)
{
    enum { GROUP = TW_EMMC_WP_GROUP };

    protect(28, GROUP + 5, 0);
    write_to(GROUP - 1, false);
    write_to(GROUP, true);
    write_to(2 * GROUP - 1, true);
    write_to(2 * GROUP, false);
    protect(28, CR_BLOCKS, AW_CARD_OUT_OF_RANGE);
    /* Temporary protection survives power off, and can be taken back. */
    cr_power_cycle();
    write_to(GROUP, true);
    protect(29, GROUP, 0);
    write_to(GROUP, false);
    /* Until power off: cannot. */
    (void)cr_switch(171, 0x01);
    protect(28, 0, 0);
    write_to(7, true);
    protect(29, 0, AW_CARD_ERROR);
    (void)cr_switch(171, 0x04);
    protect(28, 2 * GROUP, 0);
    ck_assert_uint_eq(cr_command(30, 0, CR_R1), CC);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    cr_write(MIX_CTRL, 0x10);
    cr_write(TW_USDHC2_BASE + 0x04, 1 << 16 | 4);
    ck_assert_uint_eq(cr_command(30, 0, CR_R1 | CR_DATA_CMD) & CC, CC);
    ck_assert_uint_eq(cr_read(TW_USDHC2_BASE + 0x20), 0x05000000);
    cr_write(TW_USDHC2_BASE + 0x04, 1 << 16 | 8);
    ck_assert_uint_eq(cr_command(31, 0, CR_R1 | CR_DATA_CMD) & CC, CC);
    ck_assert_uint_eq(cr_read(TW_USDHC2_BASE + 0x20), 0);
    ck_assert_uint_eq(cr_read(TW_USDHC2_BASE + 0x20), 0x32000000);
    cr_power_cycle();
    write_to(7, false);
    write_to(2 * GROUP, true);
    protect(29, 2 * GROUP, AW_CARD_ERROR);
    /* Forbidden for good. */
    (void)cr_switch(171, 0x14);
    protect(28, 0, AW_CARD_ERROR);
}
END_TEST

static void fill(uint32_t first, uint32_t n)
{
    struct tw_store store = tw_file_store(&cr.files[0]);

    for (uint32_t i = 0; i < n; i++) {
        ck_assert(store.write(store.ctx, (uint64_t)(first + i) * TW_BLOCK,
                              cr_block, TW_BLOCK));
    }
}

static bool empty(uint32_t where)
{
    uint8_t got[TW_BLOCK];

    cr_read_blocks(where, got, 1);
    return got[0] == 0 && got[TW_BLOCK - 1] == 0;
}

static uint32_t erase(uint32_t first, uint32_t last, uint32_t argument)
{
    uint32_t status = 0;

    ck_assert_uint_eq(cr_command(35, first, CR_R1), CC);
    status = cr_response();
    ck_assert_uint_eq(cr_command(36, last, CR_R1), CC);
    status |= cr_response();
    ck_assert_uint_eq(cr_command(38, argument, CR_R1B), CC | TC);
    status |= cr_response();
    cr_run_us(1000);
    return (status | cr_status()) & ~(CR_TRAN | CR_READY);
}

START_TEST(erase_and_trim)
{
    fill(0, 4096);
    ck_assert_uint_eq(erase(1030, 1030, 1), 0); /* trim: exact */
    ck_assert(!empty(1029) && empty(1030) && !empty(1031));
    ck_assert_uint_eq(erase(1040, 1041, 3), 0); /* discard */
    ck_assert(!empty(1039) && empty(1040) && empty(1041) && !empty(1042));
    ck_assert_uint_eq(erase(1030, 2048, 0), 0); /* whole groups */
    ck_assert(!empty(1023) && empty(1024) && empty(3071) && !empty(3072));
    ck_assert_uint_eq(erase(0, CR_BLOCKS - 1, 0), 0);
    ck_assert(empty(0) && empty(4095));
}
END_TEST

START_TEST(erase_errors)
{
    fill(0, 64);
    ck_assert_uint_eq(erase(5, 4, 1), AW_CARD_ERASE_PARAM);
    ck_assert_uint_eq(erase(5, 6, 0x80000000), AW_CARD_ERASE_PARAM);
    ck_assert_uint_eq(erase(5, CR_BLOCKS, 1),
                      AW_CARD_OUT_OF_RANGE | AW_CARD_ERASE_SEQ_ERROR);
    ck_assert_uint_eq(cr_command(36, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_response(),
                      AW_CARD_ERASE_SEQ_ERROR | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(38, 0, CR_R1B), CC | TC);
    ck_assert_uint_eq(cr_response(),
                      AW_CARD_ERASE_SEQ_ERROR | CR_TRAN | CR_READY);
    /* Another command in between ends the sequence, CMD13 does not. */
    ck_assert_uint_eq(cr_command(35, 1, CR_R1), CC);
    ck_assert_uint_eq(cr_status(), CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(16, 512, CR_R1), CC);
    ck_assert_uint_eq(cr_response(), AW_CARD_ERASE_RESET | CR_TRAN | CR_READY);
    ck_assert_uint_eq(cr_command(36, 2, CR_R1), CC);
    ck_assert_uint_eq(cr_response(),
                      AW_CARD_ERASE_SEQ_ERROR | CR_TRAN | CR_READY);
    ck_assert(!empty(1) && !empty(5));
}
END_TEST

START_TEST(erase_skips_protected)
{
    fill(TW_EMMC_WP_GROUP - 10, 20);
    protect(28, TW_EMMC_WP_GROUP, 0);
    ck_assert_uint_eq(erase(TW_EMMC_WP_GROUP - 10, TW_EMMC_WP_GROUP + 9, 1),
                      AW_CARD_WP_ERASE_SKIP);
    ck_assert(empty(TW_EMMC_WP_GROUP - 1) && !empty(TW_EMMC_WP_GROUP));
}
END_TEST

Suite *suite_twin_emmc_protect(void)
{
    Suite *s = suite_create("twin_emmc_protect");
    TCase *tc = tcase_create("in transfer state");

    tcase_add_checked_fixture(tc, cr_start_emmc_up, cr_stop);
    tcase_add_test(tc, boot_partitions);
    tcase_add_loop_test(tc, boot_write_protection, 0, (int)COUNT(boot_wp));
    tcase_add_test(tc, boot_config_locked);
    tcase_add_test(tc, group_write_protection);
    tcase_add_test(tc, erase_and_trim);
    tcase_add_test(tc, erase_errors);
    tcase_add_test(tc, erase_skips_protected);
    suite_add_tcase(s, tc);
    return s;
}
