/* SPDX-License-Identifier: Apache-2.0 */
#include "bot.h"

#include <string.h>

#include "support.h"

enum { CBW = 31, CSW = 13, SENSE = 18, OUT_MAX = 4096 };

aw_err bot_control(struct bot *bot, const struct aw_usb_setup *setup,
                   uint8_t *data, size_t *done)
{
    size_t n = 0;
    aw_err err = bot->device.control(bot->device.ctx, setup, data, &n,
                                     BOT_TIMEOUT_MS, NULL);

    if (done != NULL) {
        *done = n;
    }
    return err;
}

static aw_err transfer(struct bot *bot, uint8_t endpoint, uint8_t *data,
                       size_t n, size_t *done)
{
    return bot->device.transfer(bot->device.ctx, endpoint, data, n, done,
                                BOT_TIMEOUT_MS);
}

aw_err bot_out(struct bot *bot, const void *data, size_t n)
{
    uint8_t copy[OUT_MAX];
    size_t done = 0;

    ck_assert_uint_le(n, sizeof(copy));
    memcpy(copy, data, n);
    return transfer(bot, BOT_OUT, copy, n, &done);
}

aw_err bot_clear_halt(struct bot *bot, uint8_t endpoint)
{
    const struct aw_usb_setup setup = {.request_type = 0x02,
                                       .request = AW_USB_CLEAR_FEATURE,
                                       .index = endpoint};

    return bot_control(bot, &setup, NULL, NULL);
}

void bot_reset(struct bot *bot)
{
    const struct aw_usb_setup setup = {.request_type = 0x21, .request = 0xff};

    ck_assert_int_eq(bot_control(bot, &setup, NULL, NULL), AW_OK);
    ck_assert_int_eq(bot_clear_halt(bot, BOT_IN), AW_OK);
    ck_assert_int_eq(bot_clear_halt(bot, BOT_OUT), AW_OK);
}

aw_err bot_wrapper(struct bot *bot, uint8_t lun, aw_bytes cdb, bool in,
                   uint32_t n)
{
    uint8_t cbw[CBW] = {0};
    struct aw_wr w = aw_wr_init(cbw, sizeof(cbw));

    aw_wr_text(&w, "USBC");
    aw_wr_le32(&w, ++bot->tag);
    aw_wr_le32(&w, n);
    aw_wr_u8(&w, in ? 0x80 : 0);
    aw_wr_u8(&w, lun);
    aw_wr_u8(&w, (uint8_t)cdb.n);
    aw_wr_put(&w, cdb);
    return bot_out(bot, cbw, sizeof(cbw));
}

struct bot_result bot_status(struct bot *bot)
{
    struct bot_result r = {.csw = AW_OK};
    uint8_t csw[512];
    size_t n = 0;

    r.csw = transfer(bot, BOT_IN, csw, sizeof(csw), &n);
    if (r.csw == AW_ERR_STALL && !bot->keep_halts) {
        ck_assert_int_eq(bot_clear_halt(bot, BOT_IN), AW_OK);
        r.csw = transfer(bot, BOT_IN, csw, sizeof(csw), &n);
    }
    if (r.csw != AW_OK) {
        return r;
    }
    struct aw_rd rd = aw_rd_init((aw_bytes){csw, n});

    ck_assert_uint_eq(n, CSW);
    ck_assert_uint_eq(aw_rd_le32(&rd), 0x53425355);
    ck_assert_uint_eq(aw_rd_le32(&rd), bot->tag);
    r.residue = aw_rd_le32(&rd);
    r.status = aw_rd_u8(&rd);
    return r;
}

/* A halt that ended the data. */
static void clear_data_halt(struct bot *bot, uint8_t endpoint, aw_err err)
{
    if (err == AW_ERR_STALL && !bot->keep_halts) {
        ck_assert_int_eq(bot_clear_halt(bot, endpoint), AW_OK);
    }
}

struct bot_result bot_command(struct bot *bot, uint8_t lun, aw_bytes cdb,
                              bool in, uint8_t *data, size_t n)
{
    uint8_t endpoint = in ? BOT_IN : BOT_OUT;
    aw_err err = bot_wrapper(bot, lun, cdb, in, (uint32_t)n);
    size_t done = 0;

    if (err != AW_OK) {
        return (struct bot_result){.data = err, .csw = err};
    }
    if (n > 0) {
        err = transfer(bot, endpoint, data, n, &done);
        clear_data_halt(bot, endpoint, err);
    }
    struct bot_result r = bot_status(bot);

    r.data = err;
    r.n = done;
    return r;
}

uint32_t bot_sense(struct bot *bot, uint8_t lun)
{
    static const uint8_t cdb[6] = {0x03, 0, 0, 0, SENSE, 0};
    uint8_t s[SENSE] = {0};
    struct bot_result r =
        bot_command(bot, lun, (aw_bytes){cdb, sizeof(cdb)}, true, s, sizeof(s));
    struct aw_rd rd = aw_rd_at((aw_bytes){s, sizeof(s)}, 3);

    ck_assert_int_eq(r.csw, AW_OK);
    ck_assert_uint_eq(r.status, 0);
    ck_assert_uint_eq(r.n, SENSE);
    ck_assert_uint_eq(s[0] & 0x7f, 0x70);
    ck_assert_uint_eq(s[7], 10);
    bot->sense_block = (s[0] & 0x80) != 0 ? aw_rd_be32(&rd) : UINT32_MAX;
    return (uint32_t)s[2] << 16 | (uint32_t)s[12] << 8 | s[13];
}

static const uint8_t ready[6] = {0x00};
static const uint8_t read2[10] = {0x28, 0, 0, 0, 0, 9, 0, 0, 2, 0};
static const uint8_t write2[10] = {0x2a, 0, 0, 0, 0, 9, 0, 0, 2, 0};
static const uint8_t unknown[6] = {0xff};
static const uint8_t same2[10] = {0x41, 0, 0, 0, 0, 9, 0, 0, 2, 0};
static const uint8_t unmap8[10] = {0x42, 0, 0, 0, 0, 0, 0, 0, 8, 0};

/* The thirteen cases of Bulk-Only Transport 1.0, 6.7, in its order: host
 * sends nothing, receives, sends; the command does nothing, gives, takes. */
static const struct {
    const char *name;
    const uint8_t *cdb;
    uint8_t cdb_n;
    bool in;
    uint32_t n; /* that the host wants to move */
    aw_err data;
    uint16_t moved;
    uint32_t residue;
    uint8_t status;
} cases[] = {
    {"1: Hn = Dn", ready, 6, false, 0, AW_OK, 0, 0, 0},
    {"2: Hn < Di", read2, 10, true, 0, AW_OK, 0, 0, 2},
    {"3: Hn < Do", write2, 10, false, 0, AW_OK, 0, 0, 2},
    {"4: Hi > Dn", ready, 6, true, 512, AW_ERR_STALL, 0, 512, 0},
    {"5: Hi > Di", read2, 10, true, 2048, AW_ERR_STALL, 1024, 1024, 0},
    {"6: Hi = Di", read2, 10, true, 1024, AW_OK, 1024, 0, 0},
    {"7: Hi < Di", read2, 10, true, 512, AW_ERR_STALL, 0, 512, 2},
    {"8: Hi <> Do", write2, 10, true, 1024, AW_ERR_STALL, 0, 1024, 2},
    {"9: Ho > Dn", ready, 6, false, 512, AW_ERR_STALL, 0, 512, 0},
    {"10: Ho <> Di", read2, 10, false, 1024, AW_ERR_STALL, 0, 1024, 2},
    {"11: Ho > Do", write2, 10, false, 2048, AW_ERR_STALL, 1024, 1024, 0},
    {"12: Ho = Do", write2, 10, false, 1024, AW_OK, 1024, 0, 0},
    {"13: Ho < Do", write2, 10, false, 512, AW_ERR_STALL, 0, 512, 2},
    /* Data that do not fill their packet, and more behind them in it. */
    {"11: one packet", unmap8, 10, false, 30, AW_OK, 30, 22, 0},
    {"11: two packets", unmap8, 10, false, 600, AW_ERR_STALL, 512, 592, 0},
    {"11: of two", same2, 10, false, 600, AW_ERR_STALL, 512, 88, 0},
    {"13: list", same2, 10, false, 100, AW_ERR_STALL, 0, 100, 2},
    /* A command that fails is one of cases 1, 4 and 9. */
    {"unknown, Hn", unknown, 6, false, 0, AW_OK, 0, 0, 1},
    {"unknown, Hi", unknown, 6, true, 512, AW_ERR_STALL, 0, 512, 1},
    {"unknown, Ho", unknown, 6, false, 512, AW_ERR_STALL, 0, 512, 1},
};

void bot_thirteen_cases(struct bot *bot)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t data[2048];

        memset(data, 0, sizeof(data));
        struct bot_result r =
            bot_command(bot, 0, (aw_bytes){cases[i].cdb, cases[i].cdb_n},
                        cases[i].in, data, cases[i].n);

        ck_assert_msg(r.data == cases[i].data, "%s: data %s", cases[i].name,
                      aw_err_name(r.data));
        ck_assert_msg(r.n == cases[i].moved, "%s: moved %zu", cases[i].name,
                      r.n);
        ck_assert_msg(r.csw == AW_OK && r.status == cases[i].status &&
                          r.residue == cases[i].residue,
                      "%s: %s, status %u, residue %u", cases[i].name,
                      aw_err_name(r.csw), r.status, (unsigned)r.residue);
        /* The next command works without more ado. */
        ck_assert_uint_eq(bot_sense(bot, 0), r.status == 1 ? 0x052000 : 0);
    }
}

/* The commands of docs/formats/recovery.md; all others are unknown. */
static const uint8_t known[] = {0x00, 0x03, 0x12, 0x1a, 0x1b, 0x1e, 0x23, 0x25,
                                0x28, 0x2a, 0x2f, 0x35, 0x41, 0x42, 0x5a, 0x88,
                                0x8a, 0x8f, 0x91, 0x93, 0x9e, 0xa0, 0xc1, 0xc2};

void bot_every_opcode(struct bot *bot)
{
    for (unsigned op = 0; op < 256; op++) {
        uint8_t cdb[16] = {(uint8_t)op};
        uint8_t data[1];
        bool is_known = memchr(known, (int)op, sizeof(known)) != NULL;

        (void)bot_command(bot, 0, (aw_bytes){cdb, 16}, true, data, 0);
        ck_assert_msg((bot_sense(bot, 0) == 0x052000) != is_known,
                      "opcode %02x", op);
    }
}
