/* SPDX-License-Identifier: Apache-2.0 */
/* What the device says of itself and of its units. */
#include <string.h>

#include "aw/bytes.h"
#include "msc_priv.h"

enum {
    REMOVABLE = 0x80,
    SPC_3 = 5,
    NO_UNIT = 0x7f, /* peripheral qualifier: none here */
    VENDOR = 8,
    PRODUCT = 16,
    REVISION = 4,
    INQUIRY_REST = 31, /* bytes behind the fifth */
    PAGE_ALL = 0x3f,
    PAGE_CACHING = 0x08
};

static struct aw_wr reply(struct msc *msc)
{
    return aw_wr_init(msc->reply, sizeof(msc->reply));
}

/* Text of n bytes, cut or filled up. */
static void put_padded(struct aw_wr *w, const char *text, size_t n,
                       uint8_t filler)
{
    aw_bytes b = aw_text(text);
    size_t cut = b.n < n ? b.n : n;

    aw_wr_put(w, (aw_bytes){b.p, cut});
    for (size_t i = cut; i < n; i++) {
        aw_wr_u8(w, filler);
    }
}

static void put_standard(struct msc *msc, struct aw_wr *w)
{
    const struct msc_identity *id = msc->identity;

    aw_wr_u8(w, scsi_unit(msc) != NULL ? 0 : NO_UNIT);
    aw_wr_u8(w, REMOVABLE);
    aw_wr_u8(w, SPC_3);
    aw_wr_u8(w, 2); /* response format */
    aw_wr_u8(w, INQUIRY_REST);
    aw_wr_zeros(w, 3);
    put_padded(w, id->vendor, VENDOR, ' ');
    put_padded(w, id->product, PRODUCT, ' ');
    put_padded(w, id->revision, REVISION, ' ');
}

static void put_list(struct aw_wr *w)
{
    static const uint8_t pages[] = {0x00, 0x80, 0xb0, 0xb2, 0xc0};

    aw_wr_put(w, (aw_bytes){pages, sizeof(pages)});
}

static void put_limits(struct aw_wr *w)
{
    aw_wr_u8(w, 1); /* WRITE SAME of 0 blocks is refused */
    aw_wr_u8(w, 0);
    aw_wr_be16(w, 1);
    aw_wr_be32(w, 0);                /* a transfer has no limit */
    aw_wr_be32(w, MSC_PIECE_BLOCKS); /* best ones are multiples */
    aw_wr_be32(w, 0);
    aw_wr_be32(w, UINT32_MAX);
    aw_wr_be32(w, UNMAP_RANGES);
    aw_wr_be32(w, 0);
    aw_wr_be32(w, 0);
    aw_wr_be64(w, SAME_MAX);
    aw_wr_zeros(w, 20);
}

static void put_provisioning(struct msc *msc, struct aw_wr *w)
{
    enum { LBPU = 0x80, LBPWS = 0x40, LBPWS10 = 0x20, LBPRZ = 0x04, THIN = 2 };
    bool thin = scsi_unit(msc)->erase != NULL;

    aw_wr_u8(w, 0);
    aw_wr_u8(w, thin ? LBPU | LBPWS | LBPWS10 | LBPRZ : 0);
    aw_wr_u8(w, thin ? THIN : 0);
    aw_wr_u8(w, 0);
}

static void put_recovery(struct msc *msc, struct aw_wr *w)
{
    const struct msc_unit *u = scsi_unit(msc);
    unsigned flags =
        (u->read_only ? 1U : 0U) | (msc->identity->read_only ? 2U : 0U);

    aw_wr_text(w, "AWR1");
    aw_wr_u8(w, u->kind);
    aw_wr_u8(w, (uint8_t)flags);
    aw_wr_be16(w, 0);
    put_padded(w, msc->identity->version, MSC_TEXT - 1, 0);
    aw_wr_u8(w, 0);
    put_padded(w, msc->identity->commit, MSC_COMMIT, 0);
}

/* A page of vital product data; false for one that there is not. */
static bool put_page(struct msc *msc, struct aw_wr *w, uint8_t page)
{
    aw_wr_u8(w, 0);
    aw_wr_u8(w, page);
    aw_wr_be16(w, 0);
    switch (page) {
    case 0x00:
        put_list(w);
        break;
    case 0x80:
        aw_wr_text(w, msc->identity->serial);
        break;
    case 0xb0:
        put_limits(w);
        break;
    case 0xb2:
        put_provisioning(msc, w);
        break;
    case 0xc0:
        put_recovery(msc, w);
        break;
    default:
        return false;
    }
    w->p[3] = (uint8_t)(w->n - 4);
    return true;
}

size_t scsi_inquiry(struct msc *msc)
{
    struct aw_wr w = reply(msc);
    bool page = (msc->cdb[1] & 1) != 0;
    bool taken = page ? scsi_unit(msc) != NULL && put_page(msc, &w, msc->cdb[2])
                      : msc->cdb[2] == 0;

    if (!taken) {
        scsi_fail(msc, SENSE_ILLEGAL, CODE_FIELD);
        return 0;
    }
    if (!page) {
        put_standard(msc, &w);
    }
    return aw_wr_done(&w).n;
}

/* Fixed format; taken once. */
size_t scsi_sense(struct msc *msc)
{
    enum { FIXED = 0x70, VALID = 0x80, REST = 10 };
    struct aw_wr w = reply(msc);
    struct msc_sense *s =
        &msc->sense[scsi_unit(msc) != NULL ? msc->lun : MSC_UNITS];

    if (scsi_unit(msc) == NULL && s->key == SENSE_NONE) {
        *s = (struct msc_sense){.key = SENSE_ILLEGAL, .asc = CODE_UNIT >> 8};
    }
    aw_wr_u8(&w, s->has_block ? FIXED | VALID : FIXED);
    aw_wr_u8(&w, 0);
    aw_wr_u8(&w, s->key);
    aw_wr_be32(&w, s->block);
    aw_wr_u8(&w, REST);
    aw_wr_zeros(&w, 4);
    aw_wr_u8(&w, s->asc);
    aw_wr_u8(&w, s->ascq);
    aw_wr_zeros(&w, 4);
    *s = (struct msc_sense){.key = SENSE_NONE};
    return aw_wr_done(&w).n;
}

/* No cache: what is written is on the medium. */
static void put_caching(struct aw_wr *w)
{
    enum { CACHING_REST = 18 };

    aw_wr_u8(w, PAGE_CACHING);
    aw_wr_u8(w, CACHING_REST);
    aw_wr_zeros(w, CACHING_REST);
}

size_t scsi_mode_sense(struct msc *msc)
{
    enum { SENSE_6 = 0x1a, PROTECTED = 0x80, PAGE = 0x3f, ALL_SUBPAGES = 0xff };
    struct aw_wr w = reply(msc);
    bool six = msc->cdb[0] == SENSE_6;
    uint8_t page = msc->cdb[2] & PAGE;
    bool saved = msc->cdb[2] >> 6 == 3;

    if ((page != PAGE_ALL && page != PAGE_CACHING) || saved ||
        (msc->cdb[3] != 0 && msc->cdb[3] != ALL_SUBPAGES)) {
        scsi_fail(msc, SENSE_ILLEGAL, CODE_FIELD);
        return 0;
    }
    aw_wr_zeros(&w, six ? 2 : 3);
    aw_wr_u8(&w, scsi_unit(msc)->read_only ? PROTECTED : 0);
    aw_wr_zeros(&w, six ? 1 : 4);
    put_caching(&w);
    msc->reply[six ? 0 : 1] = (uint8_t)(w.n - (six ? 1 : 2));
    return w.n;
}

size_t scsi_capacity_10(struct msc *msc)
{
    struct aw_wr w = reply(msc);

    aw_wr_be32(&w, scsi_unit(msc)->blocks - 1);
    aw_wr_be32(&w, MSC_BLOCK);
    return w.n;
}

size_t scsi_capacity_16(struct msc *msc)
{
    enum { LBPME = 0x80, LBPRZ = 0x40 };
    struct aw_wr w = reply(msc);
    const struct msc_unit *u = scsi_unit(msc);

    aw_wr_be64(&w, u->blocks - 1);
    aw_wr_be32(&w, MSC_BLOCK);
    aw_wr_be16(&w, 0);
    aw_wr_u8(&w, u->erase != NULL ? LBPME | LBPRZ : 0);
    aw_wr_zeros(&w, 17);
    return w.n;
}

size_t scsi_format_capacities(struct msc *msc)
{
    enum { DESCRIPTOR = 8, FORMATTED = 2 };
    struct aw_wr w = reply(msc);

    aw_wr_be32(&w, DESCRIPTOR);
    aw_wr_be32(&w, scsi_unit(msc)->blocks);
    aw_wr_be32(&w, (uint32_t)FORMATTED << 24 | MSC_BLOCK);
    return w.n;
}

size_t scsi_report_luns(struct msc *msc)
{
    enum { WELL_KNOWN = 1, ENTRY = 8 };
    struct aw_wr w = reply(msc);
    size_t n = msc->cdb[2] == WELL_KNOWN ? 0 : msc->n_units;

    aw_wr_be32(&w, (uint32_t)(n * ENTRY));
    aw_wr_be32(&w, 0);
    for (size_t i = 0; i < n; i++) {
        aw_wr_be64(&w, (uint64_t)i << 48);
    }
    return w.n;
}

size_t scsi_device_information(struct msc *msc)
{
    memcpy(msc->reply, msc->identity->info, MSC_INFO);
    return MSC_INFO;
}
