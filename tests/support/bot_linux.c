/* SPDX-License-Identifier: Apache-2.0 */
/* What Debian's kernel said to a recovery of ours, said again. */
#include <string.h>

#include "aw/text.h"
#include "bot.h"
#include "support.h"

#define TRACE "usb/linux-6.1-usb-storage.tsv"

enum { FIELDS = 5, RUNS_MAX = 64, DATA_MAX = 1 << 17 };
enum { READ_CAPACITY = 0x25, READ = 0x28, WRITE = 0x2a };

/* One line of the trace. */
struct command {
    uint8_t lun;
    bool in;
    aw_bytes cdb;
    size_t n;
    aw_bytes answer; /* its beginning */
};

static struct command parse(const aw_bytes field[FIELDS])
{
    uint64_t lun = 0;
    uint64_t n = 0;

    ck_assert_int_eq(aw_dec_parse(field[0], &lun), AW_OK);
    ck_assert_int_eq(aw_dec_parse(field[3], &n), AW_OK);
    ck_assert(lun < BOT_UNITS && n <= DATA_MAX);
    return (struct command){
        .lun = (uint8_t)lun,
        .cdb = vec_unhex(field[1]),
        .in = aw_bytes_is(field[2], "in"),
        .n = (size_t)n,
        .answer = aw_bytes_is(field[4], "-") ? (aw_bytes){NULL, 0}
                                             : vec_unhex(field[4]),
    };
}

static void put_be32(uint8_t *p, uint32_t v)
{
    struct aw_wr w = aw_wr_init(p, 4);

    aw_wr_be32(&w, v);
}

/* Byte i of a block that the trace writes. */
static uint8_t written(uint32_t lba, size_t i)
{
    return (uint8_t)((size_t)lba * 7 + i + (i >> 8) * 3);
}

static void fill(uint8_t *data, uint32_t lba, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        data[i] = written(lba + (uint32_t)(i / BOT_BLOCK), i % BOT_BLOCK);
    }
}

/* Blocks that were written come back; what others hold is not known. */
struct disk {
    size_t n;
    struct {
        uint32_t lba;
        uint32_t blocks;
    } run[RUNS_MAX];
};

static bool was_written(const struct disk *disk, uint32_t lba)
{
    for (size_t i = 0; i < disk->n; i++) {
        if (lba - disk->run[i].lba < disk->run[i].blocks) {
            return true;
        }
    }
    return false;
}

static void check_read(const struct disk *disk, const uint8_t *data,
                       uint32_t lba, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t at = lba + (uint32_t)(i / BOT_BLOCK);

        ck_assert_msg(!was_written(disk, at) ||
                          data[i] == written(at, i % BOT_BLOCK),
                      "block %u", (unsigned)at);
    }
}

/* A small disk holds the blocks of a large one somewhere. */
static uint32_t place(uint32_t lba, uint32_t n, uint32_t blocks)
{
    ck_assert_uint_le(n, blocks);
    return lba > blocks - n ? lba % (blocks - n + 1) : lba;
}

static void say(struct bot *bot, const struct command *c, uint32_t blocks,
                struct disk *disk)
{
    static uint8_t data[DATA_MAX];
    uint8_t cdb[16] = {0};
    uint8_t want[64] = {0};
    struct aw_rd r_lba = aw_rd_at(c->cdb, 2);
    uint32_t lba = aw_rd_be32(&r_lba);
    uint32_t n = (uint32_t)(c->n / BOT_BLOCK);

    ck_assert(c->cdb.n <= sizeof(cdb) && c->answer.n <= sizeof(want));
    memcpy(cdb, c->cdb.p, c->cdb.n);
    memset(data, 0, c->n);
    if (c->answer.n > 0) {
        memcpy(want, c->answer.p, c->answer.n);
    }
    if (cdb[0] == READ_CAPACITY) {
        put_be32(want, blocks - 1);
    }
    if (cdb[0] == READ || cdb[0] == WRITE) {
        lba = place(lba, n, blocks);
        put_be32(cdb + 2, lba);
    }
    if (cdb[0] == WRITE) {
        ck_assert_uint_lt(disk->n, RUNS_MAX);
        disk->run[disk->n].lba = lba;
        disk->run[disk->n].blocks = n;
        disk->n++;
        fill(data, lba, c->n);
    }
    struct bot_result r =
        bot_command(bot, c->lun, (aw_bytes){cdb, c->cdb.n}, c->in, data, c->n);

    ck_assert_msg(r.data == AW_OK && r.csw == AW_OK && r.status == 0,
                  "unit %u, %02x: %s %s, status %u", c->lun, cdb[0],
                  aw_err_name(r.data), aw_err_name(r.csw), r.status);
    ck_assert_msg(r.n + r.residue == c->n && r.n >= c->answer.n,
                  "unit %u, %02x: %zu bytes", c->lun, cdb[0], r.n);
    ck_assert_msg(memcmp(data, want, c->answer.n) == 0,
                  "unit %u, %02x: %02x %02x %02x %02x", c->lun, cdb[0], data[0],
                  data[1], data[2], data[3]);
    if (cdb[0] == READ) {
        check_read(disk, data, lba, r.n);
    }
}

void bot_linux(struct bot *bot, const uint32_t blocks[BOT_UNITS])
{
    struct aw_rd r = aw_rd_init(vec_file(TRACE));
    struct disk disk[BOT_UNITS] = {{0}};
    aw_bytes field[FIELDS];
    unsigned said = 0;

    while (vec_tsv(&r, field, FIELDS) == FIELDS) {
        struct command c = parse(field);

        if (blocks[c.lun] > 0) {
            say(bot, &c, blocks[c.lun], &disk[c.lun]);
            said++;
        }
    }
    ck_assert_uint_eq(aw_rd_left(&r), 0);
    ck_assert_uint_gt(said, 0);
}
