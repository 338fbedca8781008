/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of a recovery. */
#include <string.h>

#include "storage_priv.h"

enum {
    TEST_UNIT_READY = 0x00,
    INQUIRY = 0x12,
    MODE_SENSE_6 = 0x1a,
    READ_CAPACITY_10 = 0x25,
    READ_10 = 0x28,
    WRITE_10 = 0x2a,
    SYNCHRONIZE_CACHE_10 = 0x35,
    SERVICE_ACTION_IN = 0x9e,
    READ_CAPACITY_16 = 0x10,
    WRITE_SAME_16 = 0x93,
    NO_DATA = 1, /* WRITE SAME: zeros */
    HASH_BLOCKS = 0xc1,
    DEVICE_INFORMATION = 0xc2
};
enum {
    INQUIRY_SIZE = 36,
    PAGE_RECOVERY = 0xc0,
    PAGE_SIZE = 84,
    INFO_SIZE = 576,
    INFO_HAB_EVENTS = 36,
    MODE_SIZE = 4,
    ALL_PAGES = 0x3f,
    PROTECTED = 0x80,
    MIB_BLOCKS = 2048,
    HASH_MS = 10000,
    HASH_MS_PER_MIB = 1000,
    ZERO_BLOCKS = 131072, /* of one command: 64 MiB */
    ZERO_MS = 60000
};

static struct aw_wr cdb_of(struct storage_command *c)
{
    memset(c->cdb, 0, sizeof(c->cdb));
    return aw_wr_init(c->cdb, sizeof(c->cdb));
}

/* Text that a device gave: ends at a NUL or with blanks; what is not
 * printable becomes a question mark. */
static void take_text(aw_bytes from, char *to, size_t room)
{
    size_t n = 0;

    while (n < from.n && n + 1 < room && from.p[n] != 0) {
        uint8_t c = from.p[n];

        to[n++] = (char)(c >= ' ' && c < 0x7f ? c : '?');
    }
    while (n > 0 && to[n - 1] == ' ') {
        n--;
    }
    to[n] = '\0';
}

/* An answer of at most n bytes; *got is set to how many came. */
static aw_err ask(struct aw_storage *s, struct storage_command *c,
                  uint8_t *data, uint32_t n, uint32_t *got,
                  struct aw_diag *diag)
{
    c->in = true;
    c->data = data;
    c->n = n;
    c->may_be_short = true;
    c->timeout_ms = s->timeout_ms;
    memset(data, 0, n);
    return storage_run(s, c, got, diag);
}

static aw_err inquire(struct aw_storage *s, struct aw_storage_unit *unit,
                      struct aw_diag *diag)
{
    struct storage_command c = {
        .lun = unit->lun, .cdb = {INQUIRY, 0, 0, 0, INQUIRY_SIZE}, .cdb_n = 6};
    uint8_t data[INQUIRY_SIZE];
    uint32_t n = 0;
    aw_err err = ask(s, &c, data, sizeof(data), &n, diag);

    if (err != AW_OK) {
        return err;
    }
    if (n != sizeof(data)) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: INQUIRY", n);
    }
    if (data[0] != 0) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "storage: unit", unit->lun);
    }
    take_text((aw_bytes){data + 8, 8}, unit->vendor, sizeof(unit->vendor));
    take_text((aw_bytes){data + 16, 16}, unit->product, sizeof(unit->product));
    take_text((aw_bytes){data + 32, 4}, unit->revision, sizeof(unit->revision));
    return AW_OK;
}

/* VPD page 0xc0. The Go project's recovery answers with its usual INQUIRY. */
static aw_err identify(struct aw_storage *s, struct aw_storage_unit *unit,
                       struct aw_diag *diag)
{
    struct storage_command c = {
        .lun = unit->lun,
        .cdb = {INQUIRY, 1, PAGE_RECOVERY, 0, PAGE_SIZE},
        .cdb_n = 6};
    uint8_t data[PAGE_SIZE];
    uint32_t n = 0;
    aw_err err = ask(s, &c, data, sizeof(data), &n, diag);

    unit->kind = AW_STORAGE_UNKNOWN;
    if (err == AW_ERR_REFUSED) {
        return AW_OK;
    }
    if (err != AW_OK || n != sizeof(data) || data[1] != PAGE_RECOVERY ||
        memcmp(data + 4, "AWR1", 4) != 0) {
        return err;
    }
    unit->ours = true;
    unit->kind = data[8] <= AW_STORAGE_SD ? (enum aw_storage_kind)data[8]
                                          : AW_STORAGE_UNKNOWN;
    unit->read_only = (data[9] & 1) != 0;
    unit->read_only_image = (data[9] & 2) != 0;
    take_text((aw_bytes){data + 12, 32}, unit->version, sizeof(unit->version));
    take_text((aw_bytes){data + 44, 40}, unit->commit, sizeof(unit->commit));
    return AW_OK;
}

static aw_err take_capacity(struct aw_storage_unit *unit, uint64_t last,
                            uint32_t block, struct aw_diag *diag)
{
    if (block != AW_STORAGE_BLOCK) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "storage: block size", block);
    }
    if (last == UINT64_MAX) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: capacity", last);
    }
    unit->blocks = last + 1;
    return AW_OK;
}

static aw_err ask_capacity_16(struct aw_storage *s,
                              struct aw_storage_unit *unit,
                              struct aw_diag *diag)
{
    enum { SIZE = 32 };
    struct storage_command c = {.lun = unit->lun, .cdb_n = 16};
    struct aw_wr w = cdb_of(&c);
    uint8_t data[SIZE];
    uint32_t n = 0;

    aw_wr_u8(&w, SERVICE_ACTION_IN);
    aw_wr_u8(&w, READ_CAPACITY_16);
    aw_wr_be64(&w, 0);
    aw_wr_be32(&w, SIZE);
    aw_err err = ask(s, &c, data, sizeof(data), &n, diag);

    if (err != AW_OK) {
        return err;
    }
    struct aw_rd r = aw_rd_init((aw_bytes){data, n});
    uint64_t last = aw_rd_be64(&r);
    uint32_t block = aw_rd_be32(&r);

    return r.failed ? aw_fail(diag, AW_ERR_FORMAT, "storage: capacity", n)
                    : take_capacity(unit, last, block, diag);
}

static aw_err ask_capacity(struct aw_storage *s, struct aw_storage_unit *unit,
                           struct aw_diag *diag)
{
    enum { NO_MEDIUM = 2 };
    struct storage_command c = {
        .lun = unit->lun, .cdb = {READ_CAPACITY_10}, .cdb_n = 10};
    uint8_t data[8];
    uint32_t n = 0;
    aw_err err = ask(s, &c, data, sizeof(data), &n, diag);

    if (err == AW_ERR_REFUSED && s->sense.key == NO_MEDIUM) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "storage: medium", unit->lun);
    }
    if (err != AW_OK) {
        return err;
    }
    struct aw_rd r = aw_rd_init((aw_bytes){data, n});
    uint32_t last = aw_rd_be32(&r);
    uint32_t block = aw_rd_be32(&r);

    if (r.failed) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: capacity", n);
    }
    return last == UINT32_MAX ? ask_capacity_16(s, unit, diag)
                              : take_capacity(unit, last, block, diag);
}

/* Only another recovery has to be asked. */
static aw_err ask_protection(struct aw_storage *s, struct aw_storage_unit *unit,
                             struct aw_diag *diag)
{
    struct storage_command c = {
        .lun = unit->lun,
        .cdb = {MODE_SENSE_6, 0, ALL_PAGES, 0, MODE_SIZE},
        .cdb_n = 6};
    uint8_t data[MODE_SIZE];
    uint32_t n = 0;

    if (unit->ours) {
        return AW_OK;
    }
    aw_err err = ask(s, &c, data, sizeof(data), &n, diag);

    if (err == AW_OK && n == sizeof(data)) {
        unit->read_only = (data[2] & PROTECTED) != 0;
    }
    return err == AW_ERR_REFUSED ? AW_OK : err;
}

aw_err aw_storage_open(struct aw_storage *s, const struct aw_usb_device *usb,
                       uint32_t timeout_ms, struct aw_diag *diag)
{
    *s = (struct aw_storage){.usb = *usb, .timeout_ms = timeout_ms};
    aw_err err = usb->claim(usb->ctx, 0, diag);

    /* An earlier session may have ended in the middle of a command. */
    if (err == AW_OK) {
        err = storage_reset(s, diag);
    }
    return err == AW_OK ? storage_max_lun(s, diag) : err;
}

aw_err aw_storage_unit(struct aw_storage *s, uint8_t lun,
                       struct aw_storage_unit *unit, struct aw_diag *diag)
{
    struct aw_storage_unit u = {.lun = lun};

    if (lun >= s->units) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "storage: unit", lun);
    }
    aw_err err = inquire(s, &u, diag);

    if (err == AW_OK) {
        err = identify(s, &u, diag);
    }
    if (err == AW_OK) {
        err = ask_capacity(s, &u, diag);
    }
    if (err == AW_OK) {
        err = ask_protection(s, &u, diag);
    }
    if (err == AW_OK) {
        *unit = u;
    }
    return err;
}

static aw_err check_range(const struct aw_storage_unit *unit, uint64_t lba,
                          uint64_t blocks, struct aw_diag *diag)
{
    if (lba > unit->blocks || blocks > unit->blocks - lba || lba > UINT32_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "storage: blocks", lba);
    }
    return AW_OK;
}

static aw_err check_write(const struct aw_storage_unit *unit, uint64_t lba,
                          uint64_t blocks, struct aw_diag *diag)
{
    if (unit->read_only) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "storage: write protected",
                       unit->lun);
    }
    return check_range(unit, lba, blocks, diag);
}

/* Blocks that move, one way or the other. */
struct run {
    bool in;
    uint32_t lba;
    uint8_t *bytes;
    uint32_t blocks;
};

/* One command: both recoveries know those of 10 bytes. */
static aw_err move(struct aw_storage *s, const struct aw_storage_unit *unit,
                   const struct run *run, struct aw_diag *diag)
{
    struct storage_command c = {.lun = unit->lun,
                                .cdb_n = 10,
                                .in = run->in,
                                .data = run->bytes,
                                .n = run->blocks * AW_STORAGE_BLOCK,
                                .timeout_ms = s->timeout_ms};
    struct aw_wr w = cdb_of(&c);

    AW_BUG_ON(run->blocks > AW_STORAGE_PIECE);
    aw_wr_u8(&w, run->in ? READ_10 : WRITE_10);
    aw_wr_u8(&w, 0);
    aw_wr_be32(&w, run->lba);
    aw_wr_u8(&w, 0);
    aw_wr_be16(&w, (uint16_t)run->blocks);
    return storage_run(s, &c, NULL, diag);
}

static aw_err move_all(struct aw_storage *s, const struct aw_storage_unit *unit,
                       struct run run, struct aw_diag *diag)
{
    uint32_t left = run.blocks;
    aw_err err = AW_OK;

    while (left > 0 && err == AW_OK) {
        run.blocks = left < AW_STORAGE_PIECE ? left : AW_STORAGE_PIECE;
        err = move(s, unit, &run, diag);
        run.bytes += (size_t)run.blocks * AW_STORAGE_BLOCK;
        run.lba += run.blocks;
        left -= run.blocks;
    }
    return err;
}

aw_err aw_storage_read(struct aw_storage *s, const struct aw_storage_unit *unit,
                       uint64_t lba, uint8_t *bytes, uint32_t blocks,
                       struct aw_diag *diag)
{
    aw_err err = check_range(unit, lba, blocks, diag);

    return err == AW_OK
               ? move_all(s, unit,
                          (struct run){true, (uint32_t)lba, bytes, blocks},
                          diag)
               : err;
}

aw_err aw_storage_write(struct aw_storage *s,
                        const struct aw_storage_unit *unit, uint64_t lba,
                        const uint8_t *bytes, uint32_t blocks,
                        struct aw_diag *diag)
{
    aw_err err = check_write(unit, lba, blocks, diag);

    /* The seam has one pointer for both directions; an OUT transfer only
     * reads. */
    uint8_t *data = NULL;

    memcpy(&data, &bytes, sizeof(data));
    return err == AW_OK
               ? move_all(s, unit,
                          (struct run){false, (uint32_t)lba, data, blocks},
                          diag)
               : err;
}

static aw_err zero_by_command(struct aw_storage *s,
                              const struct aw_storage_unit *unit, uint64_t lba,
                              uint64_t blocks, struct aw_diag *diag)
{
    aw_err err = AW_OK;

    while (blocks > 0 && err == AW_OK) {
        uint32_t n =
            (uint32_t)(blocks < ZERO_BLOCKS ? blocks : (uint64_t)ZERO_BLOCKS);
        struct storage_command c = {
            .lun = unit->lun, .cdb_n = 16, .timeout_ms = ZERO_MS};
        struct aw_wr w = cdb_of(&c);

        aw_wr_u8(&w, WRITE_SAME_16);
        aw_wr_u8(&w, NO_DATA);
        aw_wr_be64(&w, lba);
        aw_wr_be32(&w, n);
        err = storage_run(s, &c, NULL, diag);
        lba += n;
        blocks -= n;
    }
    return err;
}

static aw_err zero_by_writing(struct aw_storage *s,
                              const struct aw_storage_unit *unit, uint64_t lba,
                              uint64_t blocks, struct aw_diag *diag)
{
    enum { STEP = 128 };
    uint8_t zeros[STEP * AW_STORAGE_BLOCK] = {0};
    aw_err err = AW_OK;

    while (blocks > 0 && err == AW_OK) {
        uint32_t n = (uint32_t)(blocks < STEP ? blocks : (uint64_t)STEP);
        const struct run run = {false, (uint32_t)lba, zeros, n};

        err = move(s, unit, &run, diag);
        lba += n;
        blocks -= n;
    }
    return err;
}

aw_err aw_storage_zero(struct aw_storage *s, const struct aw_storage_unit *unit,
                       uint64_t lba, uint64_t blocks, struct aw_diag *diag)
{
    aw_err err = check_write(unit, lba, blocks, diag);

    if (err != AW_OK) {
        return err;
    }
    return unit->ours ? zero_by_command(s, unit, lba, blocks, diag)
                      : zero_by_writing(s, unit, lba, blocks, diag);
}

aw_err aw_storage_sync(struct aw_storage *s, const struct aw_storage_unit *unit,
                       struct aw_diag *diag)
{
    const struct storage_command c = {.lun = unit->lun,
                                      .cdb = {SYNCHRONIZE_CACHE_10},
                                      .cdb_n = 10,
                                      .timeout_ms = s->timeout_ms};

    return unit->ours ? storage_run(s, &c, NULL, diag) : AW_OK;
}

aw_err aw_storage_hash(struct aw_storage *s, const struct aw_storage_unit *unit,
                       uint64_t lba, uint64_t blocks,
                       uint8_t digest[AW_SHA256_SIZE], struct aw_diag *diag)
{
    struct storage_command c = {
        .lun = unit->lun, .cdb_n = 16, .in = true, .n = AW_SHA256_SIZE};
    struct aw_wr w = cdb_of(&c);
    uint8_t data[AW_SHA256_SIZE];
    aw_err err = check_range(unit, lba, blocks, diag);

    if (err == AW_OK && blocks > UINT32_MAX) {
        err = aw_fail(diag, AW_ERR_RANGE, "storage: blocks", blocks);
    }
    if (err == AW_OK && !unit->ours) {
        err = aw_fail(diag, AW_ERR_UNSUPPORTED, "storage: hash", unit->lun);
    }
    if (err != AW_OK) {
        return err;
    }
    aw_wr_u8(&w, HASH_BLOCKS);
    aw_wr_u8(&w, 0);
    aw_wr_be64(&w, lba);
    aw_wr_be32(&w, (uint32_t)blocks);
    c.data = data;
    c.timeout_ms = HASH_MS + (uint32_t)(blocks / MIB_BLOCKS) * HASH_MS_PER_MIB;
    err = storage_run(s, &c, NULL, diag);
    if (err == AW_OK) {
        memcpy(digest, data, sizeof(data));
    }
    return err;
}

aw_err aw_storage_info(struct aw_storage *s, const struct aw_storage_unit *unit,
                       struct aw_storage_info *info, struct aw_diag *diag)
{
    struct storage_command c = {.lun = unit->lun,
                                .cdb = {DEVICE_INFORMATION, 0, 0, 0, 0, 0, 0,
                                        INFO_SIZE >> 8, INFO_SIZE & 0xff},
                                .cdb_n = 10};
    uint8_t data[INFO_SIZE];
    struct aw_rd r;
    uint32_t n = 0;

    if (!unit->ours) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "storage: information",
                       unit->lun);
    }
    aw_err err = ask(s, &c, data, sizeof(data), &n, diag);

    if (err != AW_OK) {
        return err;
    }
    if (n != INFO_SIZE || memcmp(data, "AWDI", 4) != 0 ||
        data[4] != INFO_SIZE >> 8 || data[5] != (INFO_SIZE & 0xff) ||
        data[6] != 1) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: information", n);
    }
    info->read_only_image = (data[7] & 1) != 0;
    memcpy(info->unit, data + 8, sizeof(info->unit));
    memcpy(info->cid, data + 16, sizeof(info->cid));
    memcpy(info->ext_csd, data + 64, sizeof(info->ext_csd));
    info->hab.reported = (data[32] & 1) != 0;
    info->hab.whole = (data[32] & 2) != 0;
    info->hab.status = data[33];
    info->hab.config = data[34];
    info->hab.state = data[35];
    r = aw_rd_at((aw_bytes){data, n}, INFO_HAB_EVENTS);
    info->hab.events = aw_rd_be32(&r);
    return AW_OK;
}
