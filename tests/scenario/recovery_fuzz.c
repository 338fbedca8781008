/* SPDX-License-Identifier: Apache-2.0 */
/* 100,000 commands and 5,000 requests that nobody would send, to the recovery on
 * the twin. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "bot.h"
#include "support.h"
#include "usb_device.h"

enum {
    COMMANDS = 100000,
    CHECK_EVERY = 1000,
    REQUEST_EVERY = 20, /* of the control endpoint */
    GUARD = 30000000,   /* a block that no command here can reach */
    DATA = 4096,
    BAD_PERCENT = 20 /* of wrappers */
};

static struct device d;
static struct usb_host host;
static struct aw_storage storage;
static struct aw_storage_unit unit;
static struct bot bot;
static uint64_t state = 20231018;
static uint8_t data[DATA];
static unsigned statuses[4];

/* xorshift64*: the same run each time. */
static uint32_t some(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static uint8_t some_byte(void)
{
    return (uint8_t)some(256);
}

/* Ranges are short, so that a run ends, and on the first 16 Mi blocks or far
 * behind the end. */
static void tame(uint8_t cdb[16])
{
    bool is_long = cdb[0] >> 5 == 4 || cdb[0] == 0xc1;
    bool has_page = cdb[0] == 0x12 || cdb[0] == 0x1a || cdb[0] == 0x5a;
    uint8_t far = some(8) == 0 ? 0xff : 0;

    if (is_long) {
        memset(cdb + 2, far, 5);
        memset(cdb + 10, 0, 3);
        return;
    }
    if (!has_page) {
        cdb[2] = far;
    }
    cdb[7] &= some(4) == 0 ? 1 : 0;
}

/* Opcodes that there are, more often than others. */
static size_t make_command(uint8_t cdb[16])
{
    static const uint8_t known[] = {
        0x00, 0x03, 0x12, 0x1a, 0x1b, 0x1e, 0x23, 0x25, 0x28, 0x2a, 0x2f, 0x35,
        0x41, 0x42, 0x5a, 0x88, 0x8a, 0x8f, 0x91, 0x93, 0x9e, 0xa0, 0xc1, 0xc2};
    static const uint8_t sizes[] = {6, 10, 12, 16, 16, 16};

    for (unsigned i = 0; i < 16; i++) {
        cdb[i] = some(3) == 0 ? some_byte() : 0;
    }
    cdb[0] = some(5) == 0 ? some_byte() : known[some(COUNT(known))];
    tame(cdb);
    return sizes[some(COUNT(sizes))];
}

/* Half of the time what the command would move. */
static uint32_t some_length(const uint8_t cdb[16])
{
    uint32_t blocks = cdb[0] >> 5 == 4 ? cdb[13] : cdb[8];

    if (some(2) == 0 && blocks * BOT_BLOCK <= DATA) {
        return blocks * BOT_BLOCK;
    }
    return some(4) == 0 ? 0 : some(DATA + 1);
}

static void send_good(void)
{
    uint8_t cdb[16];
    size_t n = make_command(cdb);
    struct bot_result r =
        bot_command(&bot, (uint8_t)some(5), (aw_bytes){cdb, n}, some(3) > 0,
                    data, some_length(cdb));

    statuses[r.status < 3 ? r.status : 3]++;
    ck_assert_msg(r.csw == AW_OK && r.status <= 2,
                  "%02x %02x %02x %02x: %s, status %u\n%s", cdb[0], cdb[1],
                  cdb[2], cdb[3], aw_err_name(r.csw), r.status, d.reported);
}

/* A wrapper that is none: nothing but a reset helps. */
static void send_bad(void)
{
    uint8_t cbw[64] = "USBC";
    size_t n = some(3) == 0 ? some(64) : 31;

    for (unsigned i = 4; i < sizeof(cbw); i++) {
        cbw[i] = some_byte();
    }
    if (n == 31) {
        cbw[14] = (uint8_t)(17 + some(200));
    }
    ck_assert_int_eq(bot_out(&bot, cbw, n), AW_OK);
    bot.keep_halts = true;
    ck_assert_int_eq(bot_status(&bot).csw, AW_ERR_STALL);
    bot.keep_halts = false;
    bot_reset(&bot);
}

/* A request that is none, or one at the wrong moment; then the disk is set up
 * again. A new address would be for another host. */
static void send_request(void)
{
    static const uint8_t types[] = {0x00, 0x01, 0x02, 0x80, 0x81,
                                    0x82, 0x21, 0xa1, 0x40, 0xc0};
    static const uint16_t lengths[] = {0, 1, 2, 8, 18, 64, 255, 512, DATA};
    static const uint16_t values[] = {0, 1, 0x100, 0x200, 0x300, 0x301, 0x600};
    static const struct aw_usb_setup configure = {
        .request = AW_USB_SET_CONFIGURATION, .value = 1};
    struct aw_usb_setup s = {
        .request_type = types[some(COUNT(types))],
        .request = some(4) == 0 ? some_byte() : (uint8_t)some(13),
        .value =
            some(3) == 0 ? (uint16_t)some(65536) : values[some(COUNT(values))],
        .index = some(2) == 0 ? (uint16_t)(0x80 * some(2) + some(3))
                              : (uint16_t)some(65536),
        .length = lengths[some(COUNT(lengths))]};

    if (s.request_type == 0 && s.request == AW_USB_SET_ADDRESS) {
        return;
    }
    (void)bot_control(&bot, &s, data, NULL);
    ck_assert_msg(bot_control(&bot, &configure, NULL, NULL) == AW_OK,
                  "%02x %02x %04x %04x %u", s.request_type, s.request, s.value,
                  s.index, s.length);
    bot_reset(&bot);
}

static void check_guard(const uint8_t want[AW_SHA256_SIZE])
{
    static uint8_t block[BOT_BLOCK];
    uint8_t digest[AW_SHA256_SIZE];

    ck_assert_int_eq(aw_storage_read(&storage, &unit, GUARD, block, 1, NULL),
                     AW_OK);
    aw_sha256((aw_bytes){block, sizeof(block)}, digest);
    ck_assert_mem_eq(digest, want, sizeof(digest));
    ck_assert_int_eq(aw_storage_hash(&storage, &unit, GUARD, 1, digest, NULL),
                     AW_OK);
    ck_assert_mem_eq(digest, want, sizeof(digest));
}

START_TEST(commands)
{
    static uint8_t guard[BOT_BLOCK];
    uint8_t digest[AW_SHA256_SIZE];
    unsigned good = 0;

    memset(guard, 0xc3, sizeof(guard));
    aw_sha256((aw_bytes){guard, sizeof(guard)}, digest);
    device_init(&d, TW_ULL);
    device_put(&d, GUARD, (aw_bytes){guard, sizeof(guard)});
    usb_host_init(&host, &d);
    usb_host_recover(&host, device_file("recovery.imx"), &storage);
    ck_assert_int_eq(aw_storage_unit(&storage, 0, &unit, NULL), AW_OK);
    bot.device = host.open;
    for (unsigned i = 1; i <= COMMANDS; i++) {
        if (some(100) < BAD_PERCENT) {
            send_bad();
        } else {
            send_good();
            good++;
        }
        if (i % REQUEST_EVERY == 0) {
            send_request();
        }
        if (i % CHECK_EVERY == 0) {
            check_guard(digest);
        }
    }
    /* Of each kind enough to mean something. */
    (void)printf("%u wrappers, %u valid: %u good, %u failed, %u phase errors; "
                 "%llu instructions\n",
                 (unsigned)COMMANDS, good, statuses[0], statuses[1],
                 statuses[2], (unsigned long long)d.board.executed);
    ck_assert_uint_ge(good, (uintmax_t)COMMANDS * 70 / 100);
    ck_assert(statuses[0] > COMMANDS / 10 && statuses[1] > COMMANDS / 10 &&
              statuses[2] > COMMANDS / 100);
    ck_assert_uint_eq(d.resets, 0);
    ck_assert_uint_eq(d.board.report.counts[TW_REPORT_MISUSE], 0);
    ck_assert_uint_eq(d.board.report.counts[TW_REPORT_DMA_DIRTY], 0);
    device_free(&d);
}
END_TEST

Suite *recovery_fuzz_suite(void)
{
    Suite *s = suite_create("recovery_fuzz");
    TCase *tc = tcase_create("commands");

    tcase_set_timeout(tc, 1200);
    tcase_add_test(tc, commands);
    suite_add_tcase(s, tc);
    return s;
}
