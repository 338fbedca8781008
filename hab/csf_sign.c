/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/sign.h"
#include "aw/hab/srk.h"

/* What has to be right before a key is used. */
static aw_err check_image(const struct aw_sign_image *image, struct aw_ivt *ivt,
                          size_t *area, struct aw_diag *diag)
{
    struct aw_boot_data boot;
    size_t csf = 0;
    aw_err err = aw_ivt_parse(image->bytes, ivt, diag);

    if (err == AW_OK) {
        err = aw_boot_data_parse(image->bytes, ivt, &boot, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (aw_ivt_offset(ivt, ivt->csf, &csf, NULL) != AW_OK ||
        csf != image->bytes.n) {
        return aw_fail(diag, AW_ERR_RANGE,
                       "ivt: CSF pointer is not the end of the image",
                       ivt->csf);
    }
    if (image->serial && ivt->dcd != 0) {
        return aw_fail(diag, AW_ERR_RANGE,
                       "ivt: DCD pointer over serial download", ivt->dcd);
    }
    size_t used = AW_IVT_MEDIUM + image->bytes.n;

    if (boot.length < used) {
        return aw_fail(diag, AW_ERR_RANGE, "boot data: length", boot.length);
    }
    *area = boot.length - used;
    return AW_OK;
}

/* The ROM's opinion, for a closed part that has the table's hash. */
static void judge(const struct aw_sign_image *image, aw_bytes srk_table,
                  aw_bytes csf, struct aw_rom *rom)
{
    const struct aw_rom_input in = {
        .file = image->bytes,
        .csf = csf,
        .serial = image->serial,
        .dcd = image->dcd,
        .dcd_address = image->dcd_address,
    };
    struct aw_rom_fuses fuses = {.closed = true};
    struct aw_srk_table table;

    if (aw_srk_parse(srk_table, &table, NULL) == AW_OK) {
        aw_srk_hash(&table, fuses.srk_hash);
    }
    aw_hab_rom_verify(&in, &fuses, rom);
}

aw_err aw_hab_sign(const struct aw_sign_image *image,
                   const struct aw_csf_plan *plan, struct aw_wr *csf,
                   struct aw_rom *rom, struct aw_diag *diag)
{
    struct aw_sign_block block[2];
    struct aw_csf_plan full = *plan;
    struct aw_ivt ivt;
    size_t area = 0;
    size_t from = csf->n;
    aw_bytes made = {NULL, 0};
    aw_err err = check_image(image, &ivt, &area, diag);

    if (err != AW_OK) {
        return err;
    }
    block[0] = (struct aw_sign_block){ivt.self, image->bytes};
    block[1] = (struct aw_sign_block){image->dcd_address, image->dcd};
    full.block = block;
    full.n = image->serial && image->dcd.n > 0 ? 2 : 1;
    err = aw_csf_write(&full, csf, diag);
    if (err != AW_OK) {
        return err;
    }
    if (image->pad_to != 0) {
        area = image->pad_to;
    }
    if (csf->n - from > area) {
        return aw_fail(diag, AW_ERR_SPACE, "csf: longer than its area",
                       csf->n - from);
    }
    aw_wr_zeros(csf, area - (csf->n - from));
    if (csf->failed || !aw_slice(aw_wr_done(csf), from, area, &made)) {
        return aw_fail(diag, AW_ERR_SPACE, "csf: buffer", csf->cap);
    }
    judge(image, plan->srk_table, made, rom);
    return aw_rom_boots(rom) ? AW_OK
                             : aw_fail(diag, AW_ERR_PRECONDITION,
                                       "csf: the ROM would refuse the result",
                                       rom->log.events);
}
