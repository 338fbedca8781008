/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/bytes.h"
#include "msc_priv.h"

struct msc_unit *scsi_unit(struct msc *msc)
{
    return msc->lun < msc->n_units ? &msc->units[msc->lun] : NULL;
}

static struct msc_sense *sense_of(struct msc *msc)
{
    return &msc->sense[msc->lun < msc->n_units ? msc->lun : MSC_UNITS];
}

void scsi_fail(struct msc *msc, uint8_t key, uint16_t code)
{
    *sense_of(msc) = (struct msc_sense){
        .key = key, .asc = (uint8_t)(code >> 8), .ascq = (uint8_t)code};
    msc->status = STATUS_FAILED;
}

void scsi_fail_at(struct msc *msc, uint8_t key, uint16_t code, uint32_t block)
{
    scsi_fail(msc, key, code);
    sense_of(msc)->has_block = true;
    sense_of(msc)->block = block;
}

static struct aw_rd field(const struct msc *msc, size_t at)
{
    return aw_rd_at((aw_bytes){msc->cdb, MSC_CDB}, at);
}

static uint16_t be16_at(const struct msc *msc, size_t at)
{
    struct aw_rd r = field(msc, at);

    return aw_rd_be16(&r);
}

static uint32_t be32_at(const struct msc *msc, size_t at)
{
    struct aw_rd r = field(msc, at);

    return aw_rd_be32(&r);
}

/* Commands of 16 bytes are told by the upper three bits of the opcode. */
static bool is_long(const struct msc *msc)
{
    return msc->cdb[0] >> 5 == 4;
}

/* Sets the range of the plan; false, with sense data, for one that does not
 * lie on the unit. */
static bool take_range(struct msc *msc, uint64_t lba, uint32_t blocks)
{
    const struct msc_unit *u = scsi_unit(msc);

    if (lba > u->blocks || blocks > u->blocks - lba) {
        scsi_fail(msc, SENSE_ILLEGAL, CODE_RANGE);
        return false;
    }
    msc->plan.lba = (uint32_t)lba;
    msc->plan.blocks = blocks;
    return true;
}

/* The range of a command of 10 or 16 bytes. */
static bool usual_range(struct msc *msc)
{
    if (is_long(msc)) {
        struct aw_rd r = field(msc, 2);
        uint64_t lba = aw_rd_be64(&r);

        return take_range(msc, lba, be32_at(msc, 10));
    }
    return take_range(msc, be32_at(msc, 2), be16_at(msc, 7));
}

static void refuse(struct msc *msc)
{
    scsi_fail(msc, SENSE_ILLEGAL, CODE_FIELD);
}

static void plan(struct msc *msc, enum msc_work work, bool to_host,
                 uint64_t length)
{
    msc->plan.work = work;
    msc->plan.to_host = to_host;
    msc->plan.length = length;
}

/* An answer of n bytes in reply, cut at what the host has room for. */
static void answer(struct msc *msc, size_t n, uint32_t room)
{
    size_t cut = n < room ? n : room;

    if (cut > 0) {
        msc->reply_n = cut;
        plan(msc, MSC_ANSWER, true, cut);
    }
}

/* Protection information is for media that have it. */
static bool protects(const struct msc *msc)
{
    return msc->cdb[1] >> 5 != 0;
}

static uint64_t bytes_of(const struct msc *msc)
{
    return (uint64_t)msc->plan.blocks * MSC_BLOCK;
}

static void do_read(struct msc *msc)
{
    if (protects(msc)) {
        refuse(msc);
    } else if (usual_range(msc) && msc->plan.blocks > 0) {
        plan(msc, MSC_READ, true, bytes_of(msc));
    }
}

static void do_write(struct msc *msc)
{
    if (protects(msc)) {
        refuse(msc);
    } else if (usual_range(msc) && msc->plan.blocks > 0) {
        plan(msc, MSC_WRITE, false, bytes_of(msc));
    }
}

static void do_verify(struct msc *msc)
{
    enum { BYTCHK = 6, COMPARES = 2 };
    unsigned check = msc->cdb[1] & BYTCHK;

    if (protects(msc) || check > COMPARES) {
        refuse(msc);
    } else if (usual_range(msc) && msc->plan.blocks > 0) {
        bool compares = check == COMPARES;

        plan(msc, compares ? MSC_COMPARE : MSC_VERIFY, false,
             compares ? bytes_of(msc) : 0);
    }
}

static void do_write_same(struct msc *msc)
{
    enum { ANCHOR = 1 << 4, PBDATA = 1 << 2, LBDATA = 1 << 1, NDOB = 1 };
    uint8_t flags = msc->cdb[1];
    bool no_data = (flags & NDOB) != 0;

    if (protects(msc) || (flags & (ANCHOR | PBDATA | LBDATA)) != 0 ||
        (no_data && !is_long(msc))) {
        refuse(msc);
    } else if (usual_range(msc)) {
        if (msc->plan.blocks == 0 || msc->plan.blocks > SAME_MAX) {
            refuse(msc);
            return;
        }
        memset(msc->reply, 0, MSC_BLOCK);
        plan(msc, MSC_SAME, false, no_data ? 0 : MSC_BLOCK);
    }
}

static void do_unmap(struct msc *msc)
{
    uint32_t n = be16_at(msc, 7);

    if (msc->cdb[1] != 0) {
        refuse(msc);
    } else if (n != 0 && (n < UNMAP_HEADER || n > MSC_REPLY)) {
        scsi_fail(msc, SENSE_ILLEGAL, CODE_LIST_LENGTH);
    } else if (n != 0) {
        plan(msc, MSC_ERASE, false, n);
    }
}

/* All ranges are judged before one is erased. */
static void take_ranges(struct msc *msc)
{
    struct aw_rd r = aw_rd_init((aw_bytes){msc->reply, MSC_REPLY});

    (void)aw_rd_be16(&r);
    size_t n = aw_rd_be16(&r);

    (void)aw_rd_be32(&r);
    n -= n % UNMAP_RANGE;
    if (n > msc->plan.length - UNMAP_HEADER ||
        n > (size_t)UNMAP_RANGES * UNMAP_RANGE) {
        scsi_fail(msc, SENSE_ILLEGAL, CODE_LIST_FIELD);
        return;
    }
    for (size_t at = 0; at < n; at += UNMAP_RANGE) {
        uint64_t lba = aw_rd_be64(&r);
        uint32_t blocks = aw_rd_be32(&r);

        (void)aw_rd_be32(&r);
        if (!take_range(msc, lba, blocks)) {
            return;
        }
    }
    msc->list_at = UNMAP_HEADER;
    msc->reply_n = UNMAP_HEADER + n;
    msc->left = 0;
}

void scsi_take_list(struct msc *msc)
{
    if (msc->plan.work == MSC_ERASE) {
        take_ranges(msc);
    }
}

static void do_hash(struct msc *msc)
{
    struct aw_rd r = field(msc, 2);
    uint64_t lba = aw_rd_be64(&r);
    uint32_t blocks = aw_rd_be32(&r);

    if (msc->cdb[1] != 0) {
        refuse(msc);
    } else if (take_range(msc, lba, blocks)) {
        plan(msc, MSC_HASH, true, AW_SHA256_SIZE);
    }
}

static void do_nothing(struct msc *msc)
{
    (void)msc;
}

static void flush(struct msc *msc)
{
    const struct msc_unit *u = scsi_unit(msc);

    if (u->flush(u->ctx) != AW_OK) {
        scsi_fail(msc, SENSE_MEDIUM, CODE_WRITE);
    }
}

static void do_sync(struct msc *msc)
{
    if (usual_range(msc)) {
        flush(msc);
    }
}

static void do_start_stop(struct msc *msc)
{
    enum { START = 1, POWER = 0xf0 };

    if ((msc->cdb[4] & POWER) != 0) {
        refuse(msc);
    } else if ((msc->cdb[4] & START) == 0) {
        flush(msc);
    }
}

static void do_inquiry(struct msc *msc)
{
    answer(msc, scsi_inquiry(msc), be16_at(msc, 3));
}

static void do_request_sense(struct msc *msc)
{
    answer(msc, scsi_sense(msc), msc->cdb[4]);
}

static void do_mode_sense_6(struct msc *msc)
{
    answer(msc, scsi_mode_sense(msc), msc->cdb[4]);
}

static void do_mode_sense_10(struct msc *msc)
{
    answer(msc, scsi_mode_sense(msc), be16_at(msc, 7));
}

static void do_capacity_10(struct msc *msc)
{
    answer(msc, scsi_capacity_10(msc), UINT32_MAX);
}

static void do_service_action(struct msc *msc)
{
    enum { ACTION = 0x1f, READ_CAPACITY_16 = 0x10 };

    if ((msc->cdb[1] & ACTION) != READ_CAPACITY_16) {
        refuse(msc);
    } else {
        answer(msc, scsi_capacity_16(msc), be32_at(msc, 10));
    }
}

static void do_format_capacities(struct msc *msc)
{
    answer(msc, scsi_format_capacities(msc), be16_at(msc, 7));
}

static void do_report_luns(struct msc *msc)
{
    enum { LEAST = 16, REPORTS = 2 };
    uint32_t room = be32_at(msc, 6);

    if (room < LEAST || msc->cdb[2] > REPORTS) {
        refuse(msc);
    } else {
        answer(msc, scsi_report_luns(msc), room);
    }
}

static void do_information(struct msc *msc)
{
    answer(msc, scsi_device_information(msc), be16_at(msc, 7));
}

/* What a command needs before it is looked at. */
enum { ANY_UNIT = 0, A_UNIT = 1, A_MEDIUM = 2, WRITES = 4 };

static const struct {
    uint8_t opcode;
    uint8_t needs;
    void (*begin)(struct msc *msc);
} commands[] = {
    {0x00, A_MEDIUM, do_nothing}, /* TEST UNIT READY */
    {0x03, ANY_UNIT, do_request_sense},
    {0x12, ANY_UNIT, do_inquiry},
    {0x1a, A_UNIT, do_mode_sense_6},
    {0x1b, A_UNIT, do_start_stop},
    {0x1e, A_UNIT, do_nothing}, /* PREVENT ALLOW MEDIUM REMOVAL */
    {0x23, A_MEDIUM, do_format_capacities},
    {0x25, A_MEDIUM, do_capacity_10},
    {0x28, A_MEDIUM, do_read},
    {0x2a, A_MEDIUM | WRITES, do_write},
    {0x2f, A_MEDIUM, do_verify},
    {0x35, A_MEDIUM, do_sync},
    {0x41, A_MEDIUM | WRITES, do_write_same},
    {0x42, A_MEDIUM | WRITES, do_unmap},
    {0x5a, A_UNIT, do_mode_sense_10},
    {0x88, A_MEDIUM, do_read},
    {0x8a, A_MEDIUM | WRITES, do_write},
    {0x8f, A_MEDIUM, do_verify},
    {0x91, A_MEDIUM, do_sync},
    {0x93, A_MEDIUM | WRITES, do_write_same},
    {0x9e, A_MEDIUM, do_service_action},
    {0xa0, ANY_UNIT, do_report_luns},
    {0xc1, A_MEDIUM, do_hash},
    {0xc2, A_UNIT, do_information},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* False, with sense data, when the unit is not what a command needs. */
static bool unit_suits(struct msc *msc, uint8_t needs)
{
    const struct msc_unit *u = scsi_unit(msc);

    if (u == NULL && needs != ANY_UNIT) {
        scsi_fail(msc, SENSE_ILLEGAL, CODE_UNIT);
    } else if ((needs & A_MEDIUM) != 0 && u->blocks == 0) {
        scsi_fail(msc, SENSE_NOT_READY, CODE_NO_MEDIUM);
    } else if ((needs & WRITES) != 0 && u->read_only) {
        scsi_fail(msc, SENSE_PROTECT, CODE_PROTECTED);
    }
    return msc->status == STATUS_GOOD;
}

static void begin_known(struct msc *msc, size_t i)
{
    if (unit_suits(msc, commands[i].needs)) {
        commands[i].begin(msc);
    }
}

void scsi_begin(struct msc *msc)
{
    enum { REQUEST_SENSE = 0x03 };
    size_t i = 0;

    if (msc->cdb[0] != REQUEST_SENSE) {
        *sense_of(msc) = (struct msc_sense){.key = SENSE_NONE};
    }
    while (i < COMMANDS && commands[i].opcode != msc->cdb[0]) {
        i++;
    }
    if (i < COMMANDS) {
        begin_known(msc, i);
    } else {
        scsi_fail(msc, SENSE_ILLEGAL, CODE_OPCODE);
    }
}
