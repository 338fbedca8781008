/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/ivt.h"

#include "aw/hab/dcd.h"

aw_err aw_ivt_parse(aw_bytes image, struct aw_ivt *ivt, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(image);
    struct aw_ivt v = {0};
    uint8_t tag = aw_rd_u8(&r);
    uint16_t length = aw_rd_be16(&r);

    v.version = aw_rd_u8(&r);
    v.entry = aw_rd_le32(&r);
    (void)aw_rd_le32(&r);
    v.dcd = aw_rd_le32(&r);
    v.boot_data = aw_rd_le32(&r);
    v.self = aw_rd_le32(&r);
    v.csf = aw_rd_le32(&r);
    (void)aw_rd_le32(&r);
    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "ivt", image.n);
    }
    if (tag != AW_IVT_TAG) {
        return aw_fail(diag, AW_ERR_FORMAT, "ivt: tag", tag);
    }
    if (length != AW_IVT_SIZE) {
        return aw_fail(diag, AW_ERR_FORMAT, "ivt: length", length);
    }
    if ((v.version & AW_HAB_MAJOR_MASK) != AW_HAB_MAJOR) {
        return aw_fail(diag, AW_ERR_FORMAT, "ivt: version", v.version);
    }
    *ivt = v;
    return AW_OK;
}

void aw_ivt_write(const struct aw_ivt *ivt, struct aw_wr *w)
{
    aw_wr_u8(w, AW_IVT_TAG);
    aw_wr_be16(w, AW_IVT_SIZE);
    aw_wr_u8(w, ivt->version);
    aw_wr_le32(w, ivt->entry);
    aw_wr_le32(w, 0);
    aw_wr_le32(w, ivt->dcd);
    aw_wr_le32(w, ivt->boot_data);
    aw_wr_le32(w, ivt->self);
    aw_wr_le32(w, ivt->csf);
    aw_wr_le32(w, 0);
}

aw_err aw_ivt_offset(const struct aw_ivt *ivt, uint32_t address, size_t *offset,
                     struct aw_diag *diag)
{
    /* Both are addresses from the file: compare first, subtract second. */
    if (address < ivt->self) {
        return aw_fail(diag, AW_ERR_RANGE, "ivt: address below the image",
                       address);
    }
    *offset = address - ivt->self;
    return AW_OK;
}

aw_err aw_boot_data_parse(aw_bytes image, const struct aw_ivt *ivt,
                          struct aw_boot_data *boot, struct aw_diag *diag)
{
    size_t off = 0;
    aw_err err = aw_ivt_offset(ivt, ivt->boot_data, &off, diag);

    if (err != AW_OK) {
        return err;
    }
    struct aw_rd r = aw_rd_at(image, off);
    struct aw_boot_data v = {0};

    v.start = aw_rd_le32(&r);
    v.length = aw_rd_le32(&r);
    v.plugin = aw_rd_le32(&r);
    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "boot data", off);
    }
    *boot = v;
    return AW_OK;
}

void aw_boot_data_write(const struct aw_boot_data *boot, struct aw_wr *w)
{
    aw_wr_le32(w, boot->start);
    aw_wr_le32(w, boot->length);
    aw_wr_le32(w, boot->plugin);
}

aw_err aw_ivt_find_dcd(aw_bytes image, aw_bytes *dcd, struct aw_diag *diag)
{
    struct aw_ivt ivt;
    size_t off = 0;
    aw_err err = aw_ivt_parse(image, &ivt, diag);

    if (err != AW_OK) {
        return err;
    }
    if (ivt.dcd == 0) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "ivt: DCD pointer", 0);
    }
    err = aw_ivt_offset(&ivt, ivt.dcd, &off, diag);
    if (err != AW_OK) {
        return err;
    }
    struct aw_rd r = aw_rd_at(image, off);
    aw_bytes rest = aw_rd_rest(&r);

    err = aw_dcd_open(rest, &r, diag);
    if (err != AW_OK) {
        return err;
    }
    *dcd = r.b;
    return AW_OK;
}
