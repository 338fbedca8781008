/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's storage drivers on the twin's models of uSDHC and eMMC. */
#include <string.h>

#include "aw/ext_csd.h"
#include "card_rig.h"
#include "fw/card.h"
#include "fw/dma.h"
#include "fw/reg.h"
#include "fw/time.h"
#include "suites.h"
#include "support.h"

enum { BLOCKS = 40, TICKS_AN_ACCESS = 4000, GPT_CNT = 0x02098024 };
/* From the first page of a driver's memory that DMA meets: far enough that
 * what lies behind is not cut in two. */
enum { MAP_SIZE = 0x100000 };

static DMA_ALIGNED uint8_t ext_csd[AW_EXT_CSD_SIZE];
static DMA_ALIGNED uint8_t data[BLOCKS * USDHC_BLOCK];
static uint8_t dirty_map[4][MAP_SIZE / TW_LINE];
static struct card card;

/* Every access takes time; the timer counts it, the rest are registers of the
 * rig. */
static bool on_access(void *ctx, struct fake_access *a)
{
    (void)ctx;
    cr.clock.now += TICKS_AN_ACCESS;
    tw_clock_fire(&cr.clock);
    if (a->address == GPT_CNT) {
        a->value = (uint32_t)tw_clock_periods(&cr.clock, cr.clock.now, TIME_HZ);
        return true;
    }
    if (a->address < TW_USDHC2_BASE ||
        a->address >= TW_USDHC2_BASE + TW_USDHC_SIZE) {
        return false;
    }
    if (a->write) {
        cr_write(a->address, a->value);
    } else {
        a->value = cr_read(a->address);
    }
    return true;
}

/* Memory of a driver becomes memory of the rig's bus. */
static void map_memory(const void *p)
{
    static unsigned n;
    uintptr_t page = (uintptr_t)p & ~(uintptr_t)(TW_PAGE - 1);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): by address, as devices do */
    uint8_t *start = (uint8_t *)page;
    uint32_t address = 0x90000000 + n % 4 * MAP_SIZE;
    const struct tw_region region = {
        .name = "driver",
        .base = address,
        .size = MAP_SIZE,
        .ram = {.bytes = start, .dirty = dirty_map[n % 4]}};

    n++;
    tw_bus_add_ram(&cr.bus, &region);
    fake_dma_map(start, region.size, address);
}

static void setup(void)
{
    fake_reset();
    cr_start_emmc();
    fake_hook(&(struct fake_hook){.access = on_access});
    fake_dma_on_miss(map_memory);
    time_init();
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 3 + i / 512);
    }
}

static void open_card(void)
{
    struct aw_diag diag = {0};

    ck_assert_msg(card_open(&card, CARD_EMMC, USDHC2, ext_csd, &diag) == AW_OK,
                  "%s %llu", diag.where, (unsigned long long)diag.at);
}

START_TEST(emmc_opens)
{
    open_card();
    ck_assert_uint_eq(card.blocks, CR_BLOCKS);
    ck_assert_uint_eq(card_blocks(&card, AW_PARTITION_BOOT0),
                      TW_EMMC_BOOT_BLOCKS);
    ck_assert_uint_eq(card_blocks(&card, AW_PARTITION_RPMB), 0);
    ck_assert_uint_eq(cr.emmc.ext_csd[AW_EXT_CSD_BUS_WIDTH], 2);
    ck_assert_uint_eq(cr.emmc.ext_csd[AW_EXT_CSD_HS_TIMING], 1);
    ck_assert_mem_eq(card.cid, cr.emmc.cid, 15);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_MISUSE], 0);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_DMA_DIRTY], 0);
}
END_TEST

/* A block that the card cannot write, or read, is an error of the transfer
 * that has it, and of no other. */
START_TEST(bad_blocks_are_errors)
{
    const struct tw_bad_blocks bad = {.kind = _i % 2 == 0 ? TW_BAD_WRITE
                                                          : TW_BAD_READ,
                                      .first = 100,
                                      .count = 1};
    uint32_t n = _i / 2 == 0 ? 1 : BLOCKS;

    open_card();
    ck_assert(tw_emmc_fault(&cr.emmc, &bad));
    aw_err wrote = card_write(&card, 100, data, n, NULL);
    aw_err was_read = card_read(&card, 100, data, n, NULL);

    ck_assert_int_eq(wrote != AW_OK, bad.kind == TW_BAD_WRITE);
    ck_assert_int_eq(was_read != AW_OK, bad.kind == TW_BAD_READ);
    ck_assert_int_eq(card_write(&card, 200, data, n, NULL), AW_OK);
    ck_assert_int_eq(card_read(&card, 200, data, n, NULL), AW_OK);
}
END_TEST

/* Nothing is written where groups of blocks are protected, and it is said. */
START_TEST(protected_blocks_are_errors)
{
    static const uint32_t counts[] = {1, 2, BLOCKS};

    open_card();
    memset(cr.emmc.wp_power, 0xff, sizeof(cr.emmc.wp_power));
    ck_assert_int_eq(card_write(&card, 100, data, counts[_i], NULL),
                     AW_ERR_REFUSED);
    ck_assert_int_eq(card_erase(&card, 100, counts[_i], NULL), AW_ERR_REFUSED);
    ck_assert_int_eq(card_read(&card, 100, data, counts[_i], NULL), AW_OK);
    ck_assert_uint_eq(data[1], 0);
    memset(cr.emmc.wp_power, 0, sizeof(cr.emmc.wp_power));
    ck_assert_int_eq(card_write(&card, 100, data, counts[_i], NULL), AW_OK);
}
END_TEST

START_TEST(no_card_in_the_slot)
{
    struct aw_diag diag = {0};

    tw_usdhc_insert(&cr.host, NULL);
    ck_assert_int_eq(card_open(&card, CARD_EMMC, USDHC2, ext_csd, &diag),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(card_open(&card, CARD_SD, USDHC2, ext_csd, &diag),
                     AW_ERR_NOT_FOUND);
}
END_TEST

START_TEST(sd_command_finds_no_sd_card)
{
    struct aw_diag diag = {0};

    ck_assert_int_eq(card_open(&card, CARD_SD, USDHC2, ext_csd, &diag),
                     AW_ERR_NOT_FOUND);
}
END_TEST

static const struct {
    uint32_t lba;
    uint32_t blocks;
} runs[] = {{0, 1},
            {7, 2},
            {100, BLOCKS},
            {CR_BLOCKS - 1, 1},
            {CR_BLOCKS - BLOCKS, BLOCKS}};

START_TEST(blocks_come_back)
{
    static DMA_ALIGNED uint8_t back[sizeof(data)];
    size_t n = (size_t)runs[_i].blocks * USDHC_BLOCK;

    open_card();
    ck_assert_int_eq(
        card_write(&card, runs[_i].lba, data, runs[_i].blocks, NULL), AW_OK);
    ck_assert_int_eq(card_flush(&card, NULL), AW_OK);
    memset(back, 0, sizeof(back));
    ck_assert_int_eq(
        card_read(&card, runs[_i].lba, back, runs[_i].blocks, NULL), AW_OK);
    ck_assert_mem_eq(back, data, n);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

static const struct {
    uint32_t lba;
    uint32_t blocks;
    aw_err want;
} edges[] = {
    {CR_BLOCKS, 0, AW_OK},
    {CR_BLOCKS, 1, AW_ERR_RANGE},
    {CR_BLOCKS - 1, 2, AW_ERR_RANGE},
    {UINT32_MAX, 2, AW_ERR_RANGE},
};

START_TEST(blocks_off_the_card)
{
    open_card();
    ck_assert_int_eq(
        card_read(&card, edges[_i].lba, data, edges[_i].blocks, NULL),
        edges[_i].want);
    ck_assert_int_eq(
        card_write(&card, edges[_i].lba, data, edges[_i].blocks, NULL),
        edges[_i].want);
}
END_TEST

/* Each fault ends in an error, and the command after it works. */
static const struct {
    enum tw_usdhc_fault fault;
    aw_err want;
} faults[] = {
    {TW_FAULT_CMD_TIMEOUT, AW_ERR_TIMEOUT},  {TW_FAULT_CMD_CRC, AW_ERR_IO},
    {TW_FAULT_CMD_END, AW_ERR_IO},           {TW_FAULT_CMD_INDEX, AW_ERR_IO},
    {TW_FAULT_DATA_TIMEOUT, AW_ERR_TIMEOUT}, {TW_FAULT_DATA_CRC, AW_ERR_IO},
    {TW_FAULT_DATA_END, AW_ERR_IO},          {TW_FAULT_STOP_TIMEOUT, AW_ERR_IO},
};

START_TEST(faults_are_errors_and_pass)
{
    bool writing = _i % 2 == 1;
    struct aw_diag diag = {0};

    open_card();
    tw_usdhc_inject(&cr.host, faults[_i / 2].fault, 0, 1);
    aw_err err = writing ? card_write(&card, 9, data, 4, &diag)
                         : card_read(&card, 9, data, 4, &diag);

    ck_assert_msg(err == faults[_i / 2].want, "fault %d: %s", _i / 2,
                  aw_err_name(err));
    ck_assert_int_eq(card_read(&card, 9, data, 4, &diag), AW_OK);
    ck_assert_int_eq(card_write(&card, 9, data, 4, &diag), AW_OK);
}
END_TEST

START_TEST(partitions_are_apart)
{
    open_card();
    cr.emmc.ext_csd[AW_EXT_CSD_PARTITION_CONFIG] = 0x48; /* boot0, ack */
    ext_csd[AW_EXT_CSD_PARTITION_CONFIG] = 0x48;
    ck_assert_int_eq(card_select(&card, AW_PARTITION_BOOT1, NULL), AW_OK);
    ck_assert_int_eq(card_write(&card, 3, data, 2, NULL), AW_OK);
    ck_assert_int_eq(card_read(&card, TW_EMMC_BOOT_BLOCKS, data, 1, NULL),
                     AW_ERR_RANGE);
    ck_assert_int_eq(card_select(&card, AW_PARTITION_USER, NULL), AW_OK);
    ck_assert_uint_eq(cr.emmc.ext_csd[AW_EXT_CSD_PARTITION_CONFIG], 0x48);
    static DMA_ALIGNED uint8_t back[2 * USDHC_BLOCK];

    ck_assert_int_eq(card_read(&card, 3, back, 2, NULL), AW_OK);
    ck_assert_uint_eq(back[1], 0);
}
END_TEST

static bool works_at(uint8_t timing)
{
    static DMA_ALIGNED uint8_t back[sizeof(data)];

    memset(back, 0, sizeof(back));
    return card_write(&card, 9, data, BLOCKS, NULL) == AW_OK &&
           card_read(&card, 9, back, BLOCKS, NULL) == AW_OK &&
           memcmp(back, data, sizeof(back)) == 0 &&
           cr.emmc.ext_csd[AW_EXT_CSD_HS_TIMING] == timing &&
           card.hs200 == (timing == AW_TIMING_HS200);
}

START_TEST(hs200_works)
{
    open_card();
    ck_assert_int_eq(card_hs200(&card, NULL), AW_OK);
    ck_assert(works_at(AW_TIMING_HS200));
    ck_assert(cr.emmc.bus.tuned && cr.emmc.bus.low_voltage);
    ck_assert_uint_gt(cr.emmc.bus.hz, 52000000);
    ck_assert_uint_eq(cr.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* What fails at that speed is not tried at it again. */
START_TEST(hs200_ends_with_a_failure)
{
    open_card();
    ck_assert_int_eq(card_hs200(&card, NULL), AW_OK);
    tw_usdhc_inject(&cr.host, faults[_i].fault, 0, 1);
    ck_assert_int_ne(card_read(&card, 9, data, 4, NULL), AW_OK);
    ck_assert(works_at(AW_TIMING_HS));
    ck_assert_uint_le(cr.emmc.bus.hz, 52000000);
}
END_TEST

START_TEST(hs200_without_a_sampling_point)
{
    struct aw_diag diag = {0};

    open_card();
    /* Its pattern does not come: the first command after the switch is 13. */
    tw_usdhc_inject(&cr.host, TW_FAULT_CMD_TIMEOUT, 2, 1);
    ck_assert_int_eq(card_hs200(&card, &diag), AW_ERR_TIMEOUT);
    ck_assert_str_eq(diag.where, "usdhc: tuning");
    ck_assert(works_at(AW_TIMING_HS));
}
END_TEST

START_TEST(hs200_is_not_for_every_card)
{
    open_card();
    ext_csd[AW_EXT_CSD_DEVICE_TYPE] = AW_DEVICE_HS26 | AW_DEVICE_HS52;
    ck_assert_int_eq(card_hs200(&card, NULL), AW_ERR_UNSUPPORTED);
    ck_assert(works_at(AW_TIMING_HS));
}
END_TEST

Suite *suite_fw_card(void)
{
    Suite *s = suite_create("fw_card");
    TCase *tc = tcase_create("emmc");

    tcase_add_checked_fixture(tc, setup, cr_stop);
    tcase_add_test(tc, emmc_opens);
    tcase_add_test(tc, no_card_in_the_slot);
    tcase_add_test(tc, sd_command_finds_no_sd_card);
    tcase_add_loop_test(tc, blocks_come_back, 0, COUNT(runs));
    tcase_add_loop_test(tc, blocks_off_the_card, 0, COUNT(edges));
    tcase_add_loop_test(tc, faults_are_errors_and_pass, 0, 2 * COUNT(faults));
    tcase_add_loop_test(tc, bad_blocks_are_errors, 0, 4);
    tcase_add_loop_test(tc, protected_blocks_are_errors, 0, 3);
    tcase_add_test(tc, partitions_are_apart);
    tcase_add_test(tc, hs200_works);
    tcase_add_loop_test(tc, hs200_ends_with_a_failure, 0, COUNT(faults));
    tcase_add_test(tc, hs200_without_a_sampling_point);
    tcase_add_test(tc, hs200_is_not_for_every_card);
    suite_add_tcase(s, tc);
    return s;
}
