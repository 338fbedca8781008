/* SPDX-License-Identifier: Apache-2.0 */
/* The sampling point of reads at 132 MHz, and 1.8 V on the lines. */
#include "fw/reg.h"
#include "fw/time.h"
#include "usdhc_priv.h"

/* First tap, step, and the bit that has them count: IMX6ULRM, TUNING_CTRL. */
enum { START_TAP = 20, STEP = 2 << 16, STANDARD = 1 << 24 };

/* Taps are not endless; nor is the wait for one block. */
enum { BLOCKS_MAX = 64, BLOCK_US = 50000, BUFFER = 4 };

void usdhc_low_voltage(struct usdhc *host)
{
    reg_set(host->base + VEND_SPEC, VEND_LOW_VOLTAGE);
}

void usdhc_forget_tuning(struct usdhc *host)
{
    reg_clear(host->base + AUTOCMD12_ERR, TUNE_RUNS | TUNE_FOUND);
    reg_clear(host->base + MIX_CTRL, TUNE_RUNS | TUNE_FOUND | MIX_FEEDBACK);
    reg_clear(host->base + TUNING_CTRL, STANDARD);
}

/* The controller compares; nothing but the end of the buffer is told. */
static aw_err one_block(struct usdhc *host, uint8_t command, uint32_t bytes,
                        struct aw_diag *diag)
{
    uint32_t base = host->base;

    reg_wr(base + INT_STATUS, INT_ALL);
    reg_wr(base + BLK_ATT, 1U << 16 | bytes);
    reg_wr(base + WTMK_LVL, bytes / BUFFER << 16 | bytes / BUFFER);
    reg_field(base + MIX_CTRL, MIX_TRANSFER, MIX_READ);
    reg_wr(base + CMD_ARG, 0);
    reg_wr(base + CMD_XFR_TYP,
           (uint32_t)command << 24 | XFR_R48 | XFR_CRC | XFR_INDEX | XFR_DATA);
    if (!usdhc_wait(base + INT_STATUS, INT_BRR, INT_BRR, BLOCK_US)) {
        usdhc_reset_lines(host);
        return aw_fail(diag, AW_ERR_TIMEOUT, "usdhc: tuning", command);
    }
    return AW_OK;
}

aw_err usdhc_tune(struct usdhc *host, uint8_t command, uint32_t bytes,
                  struct aw_diag *diag)
{
    uint32_t base = host->base;
    aw_err err = AW_OK;

    usdhc_forget_tuning(host);
    reg_field(base + TUNING_CTRL, STANDARD | 7U << 16 | 0xff,
              STANDARD | STEP | START_TAP);
    reg_set(base + MIX_CTRL, MIX_FEEDBACK);
    reg_set(base + AUTOCMD12_ERR, TUNE_RUNS);
    for (unsigned i = 0; i < BLOCKS_MAX && err == AW_OK &&
                         (reg_rd(base + AUTOCMD12_ERR) & TUNE_RUNS) != 0;
         i++) {
        err = one_block(host, command, bytes, diag);
    }
    uint32_t found = reg_rd(base + AUTOCMD12_ERR) & (TUNE_RUNS | TUNE_FOUND);

    if (err == AW_OK && found != TUNE_FOUND) {
        err = aw_fail(diag, AW_ERR_IO, "usdhc: no sampling point", found);
    }
    if (err != AW_OK) {
        usdhc_forget_tuning(host);
    }
    return err;
}
