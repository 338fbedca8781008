/* SPDX-License-Identifier: Apache-2.0 */
/* The recovery on the twin, sent over serial download by our own host code. */
#include "suites.h"

#include <string.h>

#include "aw/ext_csd.h"
#include "bot.h"
#include "support.h"
#include "usb_device.h"

enum { SMALL = 3, BLOCKS = 4096 };

static struct device d;
static struct usb_host host;
static struct aw_storage storage;
static struct aw_storage_unit unit;
static uint8_t data[BLOCKS * AW_STORAGE_BLOCK];
static uint8_t back[sizeof(data)];

static void start(enum tw_soc soc, const char *image)
{
    device_init(&d, soc);
    usb_host_init(&host, &d);
    usb_host_recover(&host, device_file(image), &storage);
    ck_assert_int_eq(aw_storage_unit(&storage, 0, &unit, NULL), AW_OK);
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 5 + i / 512 + i / 131072);
    }
}

static void setup(void)
{
    start(TW_ULL, "recovery.imx");
}

static void teardown(void)
{
    device_free(&d);
}

static void expect(aw_err got, aw_err want, const char *what)
{
    ck_assert_msg(got == want, "%s: %s, sense %x/%02x/%02x\n%s", what,
                  aw_err_name(got), storage.sense.key, storage.sense.asc,
                  storage.sense.ascq, d.reported);
}

/* Nothing that would go unnoticed on silicon. */
static void expect_clean(void)
{
    static const enum tw_report_kind kinds[] = {
        TW_REPORT_DMA_DIRTY, TW_REPORT_UNPREDICTABLE, TW_REPORT_UNDEFINED,
        TW_REPORT_REFUSED,   TW_REPORT_UNMAPPED,      TW_REPORT_MISUSE};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        ck_assert_msg(d.board.report.counts[kinds[i]] == 0, "%s", d.reported);
    }
}

START_TEST(shows_itself)
{
    static const enum tw_soc socs[] = {TW_UL, TW_ULL, TW_ULZ};
    struct aw_storage_info info;

    teardown();
    start(socs[_i], "recovery.imx");
    ck_assert_str_eq(host.id.maker, "TamaGo");
    ck_assert_str_eq(host.id.model, "Storage Media");
    ck_assert_str_eq(host.id.serial, "720A9DEAD4390330");
    ck_assert_uint_eq(host.id.speed, AW_USB_SPEED_HIGH);
    ck_assert_uint_eq(storage.units, 3);
    ck_assert_str_eq(unit.vendor, "F-Secure");
    ck_assert_str_eq(unit.product, "USB armory Mk II");
    ck_assert_str_eq(unit.revision, "1.00");
    ck_assert(unit.ours && !unit.read_only && !unit.read_only_image);
    ck_assert_uint_eq(unit.blocks, TW_EMMC_BLOCKS);
    ck_assert_int_eq(unit.kind, AW_STORAGE_USER);
    ck_assert_int_eq(aw_storage_info(&storage, &unit, &info, NULL), AW_OK);
    ck_assert_uint_eq(info.unit[0], 0x72);
    /* An open part looks at no signature where no hash is fused. */
    ck_assert(info.hab.reported && info.hab.whole);
    ck_assert_uint_eq(info.hab.config, 0xf0);
    ck_assert_uint_gt(info.hab.events, 0);
    ck_assert_mem_eq(info.cid, d.board.emmc.cid, 15);
    ck_assert_uint_eq(info.ext_csd[AW_EXT_CSD_SEC_COUNT], 0);
    ck_assert_uint_eq(info.ext_csd[AW_EXT_CSD_SEC_COUNT + 1], 0x90);
    for (uint8_t i = 1; i < 3; i++) {
        struct aw_storage_unit boot;

        ck_assert_int_eq(aw_storage_unit(&storage, i, &boot, NULL), AW_OK);
        ck_assert_int_eq(boot.kind, (enum aw_storage_kind)i);
        ck_assert_uint_eq(boot.blocks, TW_EMMC_BOOT_BLOCKS);
    }
    ck_assert_uint_eq(tw_board_leds(&d.board), TW_LED_BLUE);
    expect_clean();
}
END_TEST

START_TEST(blocks_come_back)
{
    static const uint32_t sizes[] = {1, 7, 128, 129, 2047, BLOCKS};
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t want[AW_SHA256_SIZE];

    for (size_t i = 0; i < COUNT(sizes); i++) {
        size_t n = (size_t)sizes[i] * AW_STORAGE_BLOCK;
        uint64_t lba = i % 2 == 0 ? 100 + i : unit.blocks - sizes[i];

        data[0] = (uint8_t)i;
        expect(aw_storage_write(&storage, &unit, lba, data, sizes[i], NULL),
               AW_OK, "write");
        memset(back, 0, n);
        expect(aw_storage_read(&storage, &unit, lba, back, sizes[i], NULL),
               AW_OK, "read");
        ck_assert_mem_eq(back, data, n);
        memset(back, 0, n);
        device_get(&d, lba, back, n);
        ck_assert_mem_eq(back, data, n);
        expect(aw_storage_hash(&storage, &unit, lba, sizes[i], digest, NULL),
               AW_OK, "hash");
        aw_sha256((aw_bytes){data, n}, want);
        ck_assert_mem_eq(digest, want, sizeof(want));
    }
    expect(aw_storage_sync(&storage, &unit, NULL), AW_OK, "sync");
    expect(aw_storage_zero(&storage, &unit, 100, 5000, NULL), AW_OK, "zero");
    expect(aw_storage_read(&storage, &unit, 100, back, BLOCKS, NULL), AW_OK,
           "read");
    memset(data, 0, sizeof(data));
    ck_assert_mem_eq(back, data, sizeof(data));
    expect_clean();
}
END_TEST

/* It sleeps while a card works, also when a transfer has ended meanwhile: as
 * few instructions as preparing and moving the blocks takes. A recovery that
 * spins instead takes some thousands a block. */
START_TEST(sleeps_while_a_card_works)
{
    enum { LIMIT = 400 };
    uint64_t began = d.board.executed;

    expect(aw_storage_write(&storage, &unit, 1000, data, BLOCKS, NULL), AW_OK,
           "write");
    uint64_t written = (d.board.executed - began) / BLOCKS;

    began = d.board.executed;
    expect(aw_storage_read(&storage, &unit, 1000, back, BLOCKS, NULL), AW_OK,
           "read");
    uint64_t read = (d.board.executed - began) / BLOCKS;

    ck_assert_mem_eq(back, data, sizeof(data));
    ck_assert_msg(written < LIMIT && read < LIMIT,
                  "instructions a block: written %llu, read %llu",
                  (unsigned long long)written, (unsigned long long)read);
}
END_TEST

START_TEST(boot_partitions_are_apart)
{
    struct aw_storage_unit boot[2];

    for (uint8_t i = 0; i < 2; i++) {
        expect(aw_storage_unit(&storage, (uint8_t)(i + 1), &boot[i], NULL),
               AW_OK, "unit");
        memset(data, 0x40 + i, (size_t)SMALL * AW_STORAGE_BLOCK);
        expect(aw_storage_write(&storage, &boot[i], 5, data, SMALL, NULL),
               AW_OK, "write");
    }
    memset(data, 0x55, (size_t)SMALL * AW_STORAGE_BLOCK);
    expect(aw_storage_write(&storage, &unit, 5, data, SMALL, NULL), AW_OK,
           "write");
    for (uint8_t i = 0; i < 2; i++) {
        expect(aw_storage_read(&storage, &boot[i], 5, back, SMALL, NULL), AW_OK,
               "read");
        ck_assert_uint_eq(back[0], 0x40U + i);
    }
    expect(aw_storage_read(&storage, &unit, 5, back, SMALL, NULL), AW_OK,
           "read");
    ck_assert_uint_eq(back[0], 0x55);
    expect_clean();
}
END_TEST

START_TEST(read_only_variant)
{
    teardown();
    start(TW_ULL, "recovery_read_only.imx");
    ck_assert(unit.read_only && unit.read_only_image);
    expect(aw_storage_write(&storage, &unit, 5, data, 1, NULL),
           AW_ERR_PRECONDITION, "write");
    unit.read_only = false;
    expect(aw_storage_write(&storage, &unit, 5, data, 1, NULL), AW_ERR_REFUSED,
           "write");
    ck_assert_uint_eq(storage.sense.key, 7);
    ck_assert_uint_eq(storage.sense.asc, 0x27);
    expect(aw_storage_zero(&storage, &unit, 5, 1, NULL), AW_ERR_REFUSED,
           "zero");
    expect(aw_storage_read(&storage, &unit, 5, back, 1, NULL), AW_OK, "read");
    ck_assert_uint_eq(back[9], 0);
}
END_TEST

/* The gamma board with a card: the last unit, whatever else there is. */
START_TEST(card_in_the_slot)
{
    static const uint8_t seed[TW_RNG_SEED] = {9};
    struct aw_storage_unit card;
    struct tw_config config;
    struct aw_vfuse fuses;

    teardown();
    tw_config_make(&config, TW_ULZ, UINT64_C(0x300339d4ea9d0a72), seed);
    config.card = true;
    ck_assert_int_eq(aw_vfuse_init(&fuses, tw_soc_part(TW_ULZ), config.unit),
                     AW_OK);
    device_init_with(&d, &config, &fuses);
    usb_host_init(&host, &d);
    usb_host_recover(&host, device_file("recovery.imx"), &storage);
    ck_assert_uint_eq(storage.units, 4);
    expect(aw_storage_unit(&storage, 0, &unit, NULL), AW_OK, "unit");
    ck_assert_int_eq(unit.kind, AW_STORAGE_USER);
    expect(aw_storage_unit(&storage, 3, &card, NULL), AW_OK, "unit");
    ck_assert_int_eq(card.kind, AW_STORAGE_SD);
    ck_assert_uint_eq(card.blocks, TW_CARD_BLOCKS);
    expect(aw_storage_write(&storage, &card, 77, data, 200, NULL), AW_OK,
           "write");
    expect(aw_storage_read(&storage, &card, 77, back, 200, NULL), AW_OK,
           "read");
    ck_assert_mem_eq(back, data, (size_t)200 * AW_STORAGE_BLOCK);
    expect(aw_storage_read(&storage, &unit, 77, back, 1, NULL), AW_OK, "read");
    ck_assert_uint_eq(back[5], 0);
    expect_clean();
}
END_TEST

START_TEST(medium_fails)
{
    const struct tw_bad_blocks bad[] = {
        {.kind = TW_BAD_READ, .first = 300, .count = 1},
        {.kind = TW_BAD_WRITE, .first = 900, .count = 2}};

    ck_assert(tw_emmc_fault(&d.board.emmc, &bad[0]) &&
              tw_emmc_fault(&d.board.emmc, &bad[1]));
    expect(aw_storage_read(&storage, &unit, 200, back, 300, NULL),
           AW_ERR_REFUSED, "read");
    ck_assert_uint_eq(storage.sense.asc, 0x11);
    ck_assert_uint_eq(storage.sense.block, 300);
    expect(aw_storage_write(&storage, &unit, 800, data, 300, NULL),
           AW_ERR_REFUSED, "write");
    ck_assert_uint_eq(storage.sense.asc, 0x0c);
    ck_assert_uint_eq(storage.sense.block, 900);
    /* What comes before it is written all the same. */
    expect(aw_storage_read(&storage, &unit, 800, back, 100, NULL), AW_OK,
           "read");
    ck_assert_mem_eq(back, data, (size_t)100 * AW_STORAGE_BLOCK);
    expect(aw_storage_write(&storage, &unit, 1000, data, 300, NULL), AW_OK,
           "write");
    expect(aw_storage_read(&storage, &unit, 1000, back, 300, NULL), AW_OK,
           "read");
    ck_assert_mem_eq(back, data, (size_t)300 * AW_STORAGE_BLOCK);
}
END_TEST

/* A fault of the lines that passes is none of the medium. */
START_TEST(passing_faults)
{
    static const enum tw_usdhc_fault faults[] = {TW_FAULT_DATA_CRC,
                                                 TW_FAULT_DATA_END};

    for (size_t i = 0; i < COUNT(faults); i++) {
        data[0] = (uint8_t)i;
        tw_usdhc_inject(&d.board.usdhc[1], faults[i], 0, 1);
        expect(aw_storage_write(&storage, &unit, 1000, data, 300, NULL), AW_OK,
               "write");
        tw_usdhc_inject(&d.board.usdhc[1], faults[i], 0, 1);
        expect(aw_storage_read(&storage, &unit, 1000, back, 300, NULL), AW_OK,
               "read");
        ck_assert_mem_eq(back, data, (size_t)300 * AW_STORAGE_BLOCK);
    }
}
END_TEST

/* A group of blocks in the user area that is write protected: nothing is said
 * to be written, or made zeros, that is not. */
START_TEST(protected_group)
{
    enum { AT = TW_EMMC_WP_GROUP };
    uint8_t *groups = d.board.emmc.wp_power;

    expect(aw_storage_write(&storage, &unit, AT - 10, data, 20, NULL), AW_OK,
           "write");
    groups[0] |= 2U << 2; /* the second, until power off */
    expect(aw_storage_write(&storage, &unit, AT - 10, data + 512, 20, NULL),
           AW_ERR_REFUSED, "write");
    ck_assert_uint_eq(storage.sense.key, 7);
    ck_assert_uint_eq(storage.sense.asc, 0x27);
    ck_assert_uint_eq(storage.sense.block, AT);
    expect(aw_storage_zero(&storage, &unit, AT, 5, NULL), AW_ERR_REFUSED,
           "zero");
    ck_assert_uint_eq(storage.sense.asc, 0x27);
    expect(aw_storage_read(&storage, &unit, AT - 10, back, 20, NULL), AW_OK,
           "read");
    ck_assert_mem_eq(back, data + 512, (size_t)10 * AW_STORAGE_BLOCK);
    ck_assert_mem_eq(back + 5120, data + 5120, (size_t)10 * AW_STORAGE_BLOCK);
    expect_clean();
}
END_TEST

/* A boot partition that is write protected for good. */
START_TEST(protected_boot_partition)
{
    struct aw_storage_unit boot;

    d.board.emmc.nvm.record.modes[AW_EXT_CSD_BOOT_WP_STATUS] = 2;
    usb_host_recover(&host, device_file("recovery.imx"), &storage);
    expect(aw_storage_unit(&storage, 1, &boot, NULL), AW_OK, "unit");
    ck_assert(boot.read_only && !boot.read_only_image);
    expect(aw_storage_unit(&storage, 2, &boot, NULL), AW_OK, "unit");
    ck_assert(!boot.read_only);
    expect(aw_storage_write(&storage, &boot, 0, data, 1, NULL), AW_OK, "write");
}
END_TEST

/* The cases of the transport, the commands of Linux, every opcode. */
START_TEST(transport)
{
    static const uint32_t blocks[BOT_UNITS] = {
        TW_EMMC_BLOCKS, TW_EMMC_BOOT_BLOCKS, TW_EMMC_BOOT_BLOCKS};
    struct bot bot = {.device = host.open};

    bot_thirteen_cases(&bot);
    bot_linux(&bot, blocks);
    bot_every_opcode(&bot);
    expect_clean();
}
END_TEST

/* The cable goes at some moment of a WRITE; what comes after the next plug
 * works, and what was answered before is on the medium. */
START_TEST(unplugged_while_writing)
{
    enum { AT_BLOCK = 1000, STEP_US = 1700 };

    expect(aw_storage_write(&storage, &unit, AT_BLOCK, data, 64, NULL), AW_OK,
           "write");
    for (unsigned i = 0; i < 12; i++) {
        uint64_t tick =
            tw_clock_ticks(&d.board.clock, 200 + i * STEP_US, 1000000);

        tw_board_unplug_at(&d.board, 0, d.board.clock.now + tick);
        expect(aw_storage_write(&storage, &unit, AT_BLOCK + 64, data, BLOCKS,
                                NULL),
               AW_ERR_GONE, "write");
        usb_host_replug(&host, &storage);
        expect(aw_storage_unit(&storage, 0, &unit, NULL), AW_OK, "unit");
        expect(aw_storage_read(&storage, &unit, AT_BLOCK, back, 64, NULL),
               AW_OK, "read");
        ck_assert_mem_eq(back, data, (size_t)64 * AW_STORAGE_BLOCK);
    }
    expect(aw_storage_write(&storage, &unit, AT_BLOCK, data, BLOCKS, NULL),
           AW_OK, "write");
    expect(aw_storage_read(&storage, &unit, AT_BLOCK, back, BLOCKS, NULL),
           AW_OK, "read");
    ck_assert_mem_eq(back, data, sizeof(data));
    ck_assert_uint_eq(d.resets, 0);
    expect_clean();
}
END_TEST

Suite *recovery_suite(void)
{
    Suite *s = suite_create("recovery");
    TCase *tc = tcase_create("storage");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, shows_itself, 0, 3);
    tcase_add_test(tc, blocks_come_back);
    tcase_add_test(tc, sleeps_while_a_card_works);
    tcase_add_test(tc, boot_partitions_are_apart);
    tcase_add_test(tc, read_only_variant);
    tcase_add_test(tc, card_in_the_slot);
    tcase_add_test(tc, medium_fails);
    tcase_add_test(tc, passing_faults);
    tcase_add_test(tc, protected_group);
    tcase_add_test(tc, protected_boot_partition);
    tcase_add_test(tc, transport);
    tcase_add_test(tc, unplugged_while_writing);
    suite_add_tcase(s, tc);
    return s;
}
