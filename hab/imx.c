/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/imx.h"

enum { BELOW_BASE = 0x1000, SIZE_LIMIT = 0x7fffffff };

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

size_t aw_imx_size(size_t n)
{
    if (n > SIZE_LIMIT) {
        return 0;
    }
    return AW_IMX_PROGRAM + round_up(n, AW_IMX_PAGE);
}

static aw_err check(const struct aw_imx_plan *plan, struct aw_diag *diag)
{
    size_t size = aw_imx_size(plan->program.n);

    if (plan->program.n == 0 || size == 0) {
        return aw_fail(diag, AW_ERR_RANGE, "imx: size of the program",
                       plan->program.n);
    }
    if (plan->base < BELOW_BASE || plan->base % 4 != 0) {
        return aw_fail(diag, AW_ERR_RANGE, "imx: base address", plan->base);
    }
    if (plan->entry < plan->base ||
        plan->entry - plan->base >= plan->program.n) {
        return aw_fail(diag, AW_ERR_RANGE, "imx: entry address", plan->entry);
    }
    if (plan->csf_size > AW_IMX_CSF_MAX || plan->csf_size % 4 != 0) {
        return aw_fail(diag, AW_ERR_RANGE, "imx: size of the CSF",
                       plan->csf_size);
    }
    if (size + plan->csf_size > UINT32_MAX - plan->base) {
        return aw_fail(diag, AW_ERR_RANGE, "imx: end of the image", size);
    }
    return AW_OK;
}

/* A DCD that ends where its length field says, and has room. */
static aw_err check_dcd(aw_bytes dcd, struct aw_diag *diag)
{
    struct aw_rd r;

    if (dcd.n == 0) {
        return AW_OK;
    }
    if (aw_dcd_open(dcd, &r, NULL) != AW_OK || r.b.n != dcd.n) {
        return aw_fail(diag, AW_ERR_FORMAT, "imx: DCD", dcd.n);
    }
    return AW_OK;
}

aw_err aw_imx_write(const struct aw_imx_plan *plan, struct aw_wr *w,
                    struct aw_diag *diag)
{
    aw_err err = check(plan, diag);

    if (err == AW_OK) {
        err = check_dcd(plan->dcd, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    uint32_t size = (uint32_t)aw_imx_size(plan->program.n);
    uint32_t self = plan->base - AW_IMX_PROGRAM;
    uint32_t after = AW_IVT_SIZE + AW_BOOT_DATA_SIZE;
    const struct aw_ivt ivt = {
        .version = AW_HAB_MAJOR,
        .entry = plan->entry,
        .dcd = plan->dcd.n == 0 ? 0 : self + after,
        .boot_data = self + AW_IVT_SIZE,
        .self = self,
        .csf = plan->csf_size == 0 ? 0 : self + size,
    };
    const struct aw_boot_data boot = {
        .start = self - AW_IVT_MEDIUM,
        .length = AW_IVT_MEDIUM + size + plan->csf_size,
    };

    aw_ivt_write(&ivt, w);
    aw_boot_data_write(&boot, w);
    aw_wr_put(w, plan->dcd);
    aw_wr_zeros(w, AW_IMX_PROGRAM - after - plan->dcd.n);
    aw_wr_put(w, plan->program);
    aw_wr_zeros(w, size - AW_IMX_PROGRAM - plan->program.n);
    return w->failed ? aw_fail(diag, AW_ERR_SPACE, "imx: buffer", w->cap)
                     : AW_OK;
}
