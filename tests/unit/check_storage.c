/* SPDX-License-Identifier: Apache-2.0 */
/* The client of recoveries: on the firmware's own stack, and with somebody in
 * between who changes what the device says. */
#include "aw/sdp/storage.h"

#include <string.h>

#include "msc_rig.h"
#include "suites.h"
#include "support.h"

enum { MANY = 700, TIMEOUT = 5000 };

/* What is done to the n-th transfer from the device. */
enum meddling {
    LEAVE,
    CUT,    /* one byte fewer */
    GROW,   /* one more */
    EMPTY,  /* nothing */
    CHANGE, /* byte `at` becomes `to` */
    FAIL    /* error `error` in its place */
};

static struct {
    struct aw_usb_device real;
    enum meddling how;
    unsigned nth;
    size_t at;
    uint8_t to;
    aw_err error;
    unsigned seen;
    unsigned resets; /* Bulk-Only Resets */
    bool upstream;   /* behaves as the Go project's recovery */
} between;

static struct aw_storage s;
static struct aw_storage_unit unit;
static uint8_t data[MANY * AW_STORAGE_BLOCK];
static uint8_t back[sizeof(data)];

static aw_err on_claim(void *ctx, uint8_t interface, struct aw_diag *diag)
{
    (void)ctx;
    return between.real.claim(between.real.ctx, interface, diag);
}

static aw_err on_control(void *ctx, const struct aw_usb_setup *setup,
                         uint8_t *bytes, size_t *done, uint32_t timeout_ms,
                         struct aw_diag *diag)
{
    (void)ctx;
    between.resets += setup->request == 0xff ? 1 : 0;
    if (between.upstream && setup->request == 0xff) {
        return aw_fail(diag, AW_ERR_STALL, "reset", 0);
    }
    return between.real.control(between.real.ctx, setup, bytes, done,
                                timeout_ms, diag);
}

static void meddle(uint8_t *bytes, size_t size, size_t *done)
{
    switch (between.how) {
    case CUT:
        *done -= *done > 0 ? 1 : 0;
        break;
    case GROW:
        *done += *done < size ? 1 : 0;
        break;
    case EMPTY:
        *done = 0;
        break;
    case CHANGE:
        ck_assert_uint_lt(between.at, size);
        bytes[between.at] = between.to;
        break;
    default:
        break;
    }
}

static aw_err on_transfer(void *ctx, uint8_t endpoint, uint8_t *bytes,
                          size_t size, size_t *done, uint32_t timeout_ms)
{
    (void)ctx;
    aw_err err = between.real.transfer(between.real.ctx, endpoint, bytes, size,
                                       done, timeout_ms);

    if ((endpoint & AW_USB_IN) == 0 || ++between.seen != between.nth ||
        err != AW_OK) {
        return err;
    }
    meddle(bytes, size, done);
    return between.how == FAIL ? between.error : AW_OK;
}

static void setup(void)
{
    mr_start(false);
    mr_plug();
    memset(&between, 0, sizeof(between));
    between.real = mr.bot.device;
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 3 + i / 512);
    }
}

static struct aw_usb_device device(void)
{
    return (struct aw_usb_device){
        .claim = on_claim, .control = on_control, .transfer = on_transfer};
}

static void open_unit(uint8_t lun)
{
    struct aw_usb_device usb = device();

    ck_assert_int_eq(aw_storage_open(&s, &usb, TIMEOUT, NULL), AW_OK);
    ck_assert_int_eq(aw_storage_unit(&s, lun, &unit, NULL), AW_OK);
}

START_TEST(describes_units)
{
    open_unit(0);
    ck_assert_uint_eq(s.units, MR_UNITS);
    ck_assert_str_eq(unit.vendor, "F-Secure");
    ck_assert_str_eq(unit.product, "USB armory Mk II");
    ck_assert_str_eq(unit.revision, "1.00");
    ck_assert_uint_eq(unit.blocks, MR_BLOCKS);
    ck_assert(unit.ours && !unit.read_only && !unit.read_only_image);
    ck_assert_int_eq(unit.kind, AW_STORAGE_USER);
    ck_assert_str_eq(unit.version, "1.2.3");
    ck_assert_str_eq(unit.commit, "0123456789abcdef0123456789abcdef01234567");
    mr.units[1].read_only = true;
    ck_assert_int_eq(aw_storage_unit(&s, 1, &unit, NULL), AW_OK);
    ck_assert_int_eq(unit.kind, AW_STORAGE_BOOT0);
    ck_assert(unit.read_only);
    ck_assert_uint_eq(unit.blocks, MR_SMALL);
    ck_assert_int_eq(aw_storage_unit(&s, 2, &unit, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_storage_unit(&s, 3, &unit, NULL), AW_ERR_NOT_FOUND);
    ck_assert_uint_eq(unit.lun, 1);
}
END_TEST

START_TEST(moves_blocks)
{
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t want[AW_SHA256_SIZE];

    open_unit(0);
    ck_assert_int_eq(aw_storage_write(&s, &unit, 300, data, MANY, NULL), AW_OK);
    ck_assert_int_eq(aw_storage_sync(&s, &unit, NULL), AW_OK);
    ck_assert_uint_eq(mr.unit[0].flushes, 1);
    ck_assert_int_eq(aw_storage_read(&s, &unit, 300, back, MANY, NULL), AW_OK);
    ck_assert_mem_eq(back, data, sizeof(data));
    ck_assert_int_eq(aw_storage_hash(&s, &unit, 300, MANY, digest, NULL),
                     AW_OK);
    aw_sha256((aw_bytes){data, sizeof(data)}, want);
    ck_assert_mem_eq(digest, want, sizeof(want));
    ck_assert_int_eq(aw_storage_zero(&s, &unit, 300, MANY - 1, NULL), AW_OK);
    ck_assert_uint_eq(mr.unit[0].bytes[(size_t)300 * 512], 0);
    ck_assert_mem_eq(mr.unit[0].bytes + (size_t)999 * 512,
                     data + (size_t)(MANY - 1) * 512, 512);
    ck_assert_int_eq(aw_storage_read(&s, &unit, 0, NULL, 0, NULL), AW_OK);
}
END_TEST

START_TEST(tells_of_the_device)
{
    struct aw_storage_info info;
    uint8_t bytes[MSC_INFO] = "AWDI\2\100\1\1unitunit0123456789abcde";

    static const uint8_t hab[8] = {3, 0xf0, 0xcc, 0x99, 0, 0, 1, 2};

    bytes[64 + 212] = 0x77;
    memcpy(bytes + 32, hab, sizeof(hab));
    open_unit(0);
    ck_assert_int_eq(aw_storage_info(&s, &unit, &info, NULL), AW_ERR_FORMAT);
    mr_set_info(bytes);
    ck_assert_int_eq(aw_storage_info(&s, &unit, &info, NULL), AW_OK);
    ck_assert(info.read_only_image);
    ck_assert_mem_eq(info.unit, "unitunit", 8);
    ck_assert_mem_eq(info.cid, "0123456789abcde", 16);
    ck_assert_uint_eq(info.ext_csd[212], 0x77);
    ck_assert(info.hab.reported && info.hab.whole);
    ck_assert_uint_eq(info.hab.status, 0xf0);
    ck_assert_uint_eq(info.hab.config, 0xcc);
    ck_assert_uint_eq(info.hab.state, 0x99);
    ck_assert_uint_eq(info.hab.events, 0x102);
    bytes[6] = 2;
    mr_set_info(bytes);
    ck_assert_int_eq(aw_storage_info(&s, &unit, &info, NULL), AW_ERR_FORMAT);
}
END_TEST

static const struct {
    uint64_t lba;
    uint32_t blocks;
} outside[] = {{MR_BLOCKS, 1},
               {MR_BLOCKS - 1, 2},
               {UINT64_MAX, 1},
               {UINT32_MAX, 1},
               {(uint64_t)UINT32_MAX + 1, 0},
               {MR_BLOCKS + 1, 0}};

START_TEST(checks_ranges)
{
    uint8_t digest[AW_SHA256_SIZE];

    open_unit(0);
    unsigned seen = between.seen;

    for (size_t i = 0; i < COUNT(outside); i++) {
        uint64_t lba = outside[i].lba;
        uint32_t n = outside[i].blocks;

        ck_assert_int_eq(aw_storage_read(&s, &unit, lba, back, n, NULL),
                         AW_ERR_RANGE);
        ck_assert_int_eq(aw_storage_write(&s, &unit, lba, data, n, NULL),
                         AW_ERR_RANGE);
        ck_assert_int_eq(aw_storage_zero(&s, &unit, lba, n, NULL),
                         AW_ERR_RANGE);
        ck_assert_int_eq(aw_storage_hash(&s, &unit, lba, n, digest, NULL),
                         AW_ERR_RANGE);
    }
    unit.blocks = UINT64_C(1) << 33;
    ck_assert_int_eq(
        aw_storage_hash(&s, &unit, 0, UINT64_C(1) << 32, digest, NULL),
        AW_ERR_RANGE);
    unit.read_only = true;
    ck_assert_int_eq(aw_storage_write(&s, &unit, 0, data, 1, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert_int_eq(aw_storage_zero(&s, &unit, 0, 1, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert_uint_eq(between.seen, seen);
}
END_TEST

START_TEST(says_why_not)
{
    open_unit(0);
    mr.unit[0].fails_at = 350;
    ck_assert_int_eq(aw_storage_read(&s, &unit, 300, back, MANY, NULL),
                     AW_ERR_REFUSED);
    ck_assert_uint_eq(s.sense.key, 3);
    ck_assert_uint_eq(s.sense.asc, 0x11);
    ck_assert(s.sense.has_block);
    ck_assert_uint_eq(s.sense.block, 350);
    ck_assert_str_eq(aw_sense_text(&s.sense), "the medium cannot be read");
    ck_assert_int_eq(aw_storage_write(&s, &unit, 300, data, MANY, NULL),
                     AW_ERR_REFUSED);
    ck_assert_uint_eq(s.sense.asc, 0x0c);
    unit.blocks = 2000;
    ck_assert_int_eq(aw_storage_zero(&s, &unit, 999, 2, NULL), AW_ERR_REFUSED);
    ck_assert_uint_eq(s.sense.asc, 0x21);
    ck_assert(!s.sense.has_block);
    mr.unit[0].fails_at = 0;
    ck_assert_int_eq(aw_storage_read(&s, &unit, 300, back, MANY, NULL), AW_OK);
    ck_assert_uint_eq(between.resets, 1); /* at the start */
}
END_TEST

/* Somebody meddles with the data (transfer 1) or the status (2) of a read of
 * one block; the read after it is good again. */
static const struct {
    const char *name;
    enum meddling how;
    unsigned nth;
    size_t at;
    uint8_t to;
    aw_err error;
    aw_err want;
    unsigned resets; /* one is that of the start */
} meddlings[] = {
    {"as it is", LEAVE, 2, 0, 0, 0, AW_OK, 1},
    {"data cut", CUT, 1, 0, 0, 0, AW_ERR_FORMAT, 1},
    {"data empty", EMPTY, 1, 0, 0, 0, AW_ERR_FORMAT, 1},
    {"data overrun", FAIL, 1, 0, 0, AW_ERR_SPACE, AW_ERR_FORMAT, 2},
    {"data late", FAIL, 1, 0, 0, AW_ERR_TIMEOUT, AW_ERR_TIMEOUT, 2},
    {"data of a bus that fails", FAIL, 1, 0, 0, AW_ERR_IO, AW_ERR_IO, 2},
    {"data halted", FAIL, 1, 0, 0, AW_ERR_STALL, AW_OK, 1},
    {"status cut", CUT, 2, 0, 0, 0, AW_ERR_FORMAT, 2},
    {"status grown", GROW, 2, 0, 0, 0, AW_ERR_FORMAT, 2},
    {"status empty", EMPTY, 2, 0, 0, 0, AW_ERR_FORMAT, 2},
    {"signature, first byte", CHANGE, 2, 0, 'u', 0, AW_ERR_FORMAT, 2},
    {"signature, last byte", CHANGE, 2, 3, 'B', 0, AW_ERR_FORMAT, 2},
    {"tag, first byte", CHANGE, 2, 4, 0, 0, AW_ERR_FORMAT, 2},
    {"tag, last byte", CHANGE, 2, 7, 1, 0, AW_ERR_FORMAT, 2},
    {"residue 1", CHANGE, 2, 8, 1, 0, AW_ERR_FORMAT, 1},
    {"residue of all", CHANGE, 2, 9, 2, 0, AW_ERR_FORMAT, 1},
    {"residue beyond all", CHANGE, 2, 11, 0x80, 0, AW_ERR_FORMAT, 2},
    {"phase error", CHANGE, 2, 12, 2, 0, AW_ERR_FORMAT, 2},
    {"status 3", CHANGE, 2, 12, 3, 0, AW_ERR_FORMAT, 2},
    {"failed without reason", CHANGE, 2, 12, 1, 0, AW_ERR_REFUSED, 1},
    {"status late", FAIL, 2, 0, 0, AW_ERR_TIMEOUT, AW_ERR_TIMEOUT, 2},
    {"status overrun", FAIL, 2, 0, 0, AW_ERR_SPACE, AW_ERR_FORMAT, 2},
};

START_TEST(does_not_believe)
{
    for (size_t i = 0; i < COUNT(meddlings); i++) {
        struct aw_diag diag = {.err = AW_OK};

        setup();
        open_unit(0);
        between.how = meddlings[i].how;
        between.nth = meddlings[i].nth;
        between.at = meddlings[i].at;
        between.to = meddlings[i].to;
        between.error = meddlings[i].error;
        between.seen = 0;
        aw_err got = aw_storage_read(&s, &unit, 9, back, 1, &diag);

        ck_assert_msg(got == meddlings[i].want, "%s: %s (%s)",
                      meddlings[i].name, aw_err_name(got), diag.where);
        if (got == AW_ERR_REFUSED) {
            ck_assert_str_eq(aw_sense_text(&s.sense), "it does not say why");
        }
        ck_assert_msg(between.resets == meddlings[i].resets, "%s: %u resets",
                      meddlings[i].name, between.resets);
        between.nth = 0;
        ck_assert_int_eq(aw_storage_read(&s, &unit, 9, back, 1, NULL), AW_OK);
        ck_assert_mem_eq(back, mr.unit[0].bytes + (size_t)9 * 512, 512);
    }
}
END_TEST

/* The answers that describe a unit: INQUIRY, page 0xc0, capacity are the
 * transfers 1, 3 and 5; each is followed by its status. */
static const struct {
    const char *name;
    uint8_t nth;
    enum meddling how;
    uint8_t at;
    uint8_t to;
    bool ours;
    aw_err want;
} descriptions[] = {
    {"INQUIRY cut", 1, CUT, 0, 0, false, AW_ERR_FORMAT},
    {"no unit", 1, CHANGE, 0, 0x7f, false, AW_ERR_NOT_FOUND},
    {"no disk", 1, CHANGE, 0, 5, false, AW_ERR_NOT_FOUND},
    {"control character", 1, CHANGE, 8, 7, true, AW_OK},
    {"page cut", 3, CUT, 0, 0, false, AW_OK},
    {"another page", 3, CHANGE, 1, 0x80, false, AW_OK},
    {"magic", 3, CHANGE, 4, 'B', false, AW_OK},
    {"unknown kind", 3, CHANGE, 8, 9, true, AW_OK},
    {"capacity cut", 5, CUT, 0, 0, true, AW_ERR_FORMAT},
    {"large blocks", 5, CHANGE, 6, 0x10, true, AW_ERR_UNSUPPORTED},
};

START_TEST(descriptions_are_checked)
{
    for (size_t i = 0; i < COUNT(descriptions); i++) {
        struct aw_usb_device usb = device();

        setup();
        ck_assert_int_eq(aw_storage_open(&s, &usb, TIMEOUT, NULL), AW_OK);
        between.how = descriptions[i].how;
        between.nth = descriptions[i].nth;
        between.at = descriptions[i].at;
        between.to = descriptions[i].to;
        aw_err got = aw_storage_unit(&s, 0, &unit, NULL);

        ck_assert_msg(got == descriptions[i].want, "%s: %s",
                      descriptions[i].name, aw_err_name(got));
        if (got == AW_OK) {
            ck_assert_msg(unit.ours == descriptions[i].ours, "%s",
                          descriptions[i].name);
        }
    }
    ck_assert_str_eq(unit.vendor, "F-Secure");
}
END_TEST

/* The Go project's recovery: no reset, no page of ours, no commands of ours. */
START_TEST(another_recovery)
{
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_storage_info info;
    struct aw_usb_device usb = device();

    between.upstream = true;
    ck_assert_int_eq(aw_storage_open(&s, &usb, TIMEOUT, NULL), AW_OK);
    between.nth = 3;
    between.how = CHANGE;
    between.at = 4;
    between.to = 0x1f;
    ck_assert_int_eq(aw_storage_unit(&s, 0, &unit, NULL), AW_OK);
    ck_assert(!unit.ours);
    ck_assert_int_eq(unit.kind, AW_STORAGE_UNKNOWN);
    ck_assert_int_eq(aw_storage_hash(&s, &unit, 0, 1, digest, NULL),
                     AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(aw_storage_info(&s, &unit, &info, NULL),
                     AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(aw_storage_sync(&s, &unit, NULL), AW_OK);
    ck_assert_uint_eq(mr.unit[0].flushes, 0);
    ck_assert_int_eq(aw_storage_zero(&s, &unit, 10, 300, NULL), AW_OK);
    ck_assert_uint_eq(mr.unit[0].erases, 0);
    ck_assert_uint_eq(mr.unit[0].bytes[(size_t)309 * 512 + 3], 0);
    ck_assert_uint_ne(mr.unit[0].bytes[(size_t)310 * 512 + 3], 0);
}
END_TEST

START_TEST(unplugged)
{
    open_unit(0);
    mr_unplug();
    ck_assert_int_eq(aw_storage_read(&s, &unit, 9, back, 1, NULL), AW_ERR_GONE);
}
END_TEST

Suite *suite_storage(void)
{
    Suite *suite = suite_create("storage");
    TCase *tc = tcase_create("client");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, describes_units);
    tcase_add_test(tc, moves_blocks);
    tcase_add_test(tc, tells_of_the_device);
    tcase_add_test(tc, checks_ranges);
    tcase_add_test(tc, says_why_not);
    tcase_add_test(tc, does_not_believe);
    tcase_add_test(tc, descriptions_are_checked);
    tcase_add_test(tc, another_recovery);
    tcase_add_test(tc, unplugged);
    suite_add_tcase(suite, tc);
    return suite;
}
