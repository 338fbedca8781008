/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/ocotp.h"

#include "fw/clock.h"
#include "fw/reg.h"
#include "fw/soc.h"
#include "fw/time.h"

enum {
    CCGR2 = 0x020c4070,
    CCGR2_OCOTP = 3 << 12,
    CTRL = 0x021bc000, /* and one that sets bits at +4, clears at +8 */
    CTRL_SET = CTRL + 4,
    CTRL_CLEAR = CTRL + 8,
    TIMING = 0x021bc010,
    DATA = 0x021bc020
};
enum {
    CTRL_BUSY = 1 << 8,
    CTRL_ERROR = 1 << 9,
    CTRL_RELOAD = 1 << 10,
    UNLOCK = 0x3e77 << 16,
    /* Fields of TIMING. */
    RELAX_SHIFT = 12,
    READ_SHIFT = 16,
    /* What they stand for. */
    RELAX_NS = 17,
    READ_NS = 37,
    STROBES_A_SECOND = 100000,
    CLOCK_MAX = 200000000,
    LIMIT_US = 100000,
    SETTLE_US = 2 /* 37.3.1.4: before the next access */
};

/* Periods of a clock, rounded up. */
static uint32_t periods(uint32_t hz, uint32_t ns)
{
    return (hz / 1000 * ns + 999999) / 1000000;
}

/* The strobe is shorter than its field by twice the relaxation. */
static uint32_t timing(uint32_t hz)
{
    uint32_t relax = periods(hz, RELAX_NS);
    uint32_t read = periods(hz, READ_NS) + 2 * relax;
    uint32_t program =
        (hz + STROBES_A_SECOND / 2) / STROBES_A_SECOND + 2 * relax;

    return (program - 1) | (relax - 1) << RELAX_SHIFT |
           (read - 1) << READ_SHIFT;
}

static aw_err wait_idle(const char *where, struct aw_diag *diag)
{
    struct deadline d = deadline_us(LIMIT_US);

    while ((reg_rd(CTRL) & CTRL_BUSY) != 0) {
        if (deadline_passed(&d) && (reg_rd(CTRL) & CTRL_BUSY) != 0) {
            return aw_fail(diag, AW_ERR_TIMEOUT, where, reg_rd(CTRL));
        }
    }
    return AW_OK;
}

/* Idle, and no error left of an earlier access. */
static aw_err begin(struct aw_diag *diag)
{
    reg_set(CCGR2, CCGR2_OCOTP);
    aw_err err = wait_idle("ocotp: idle", diag);

    if (err == AW_OK) {
        reg_wr(CTRL_CLEAR, CTRL_ERROR);
    }
    return err;
}

aw_err ocotp_reload(struct aw_diag *diag)
{
    aw_err err = begin(diag);

    if (err != AW_OK) {
        return err;
    }
    reg_wr(CTRL_SET, CTRL_RELOAD);
    err = wait_idle("ocotp: reload", diag);
    if (err == AW_OK && (reg_rd(CTRL) & CTRL_ERROR) != 0) {
        err = aw_fail(diag, AW_ERR_IO, "ocotp: reload", reg_rd(CTRL));
    }
    return err;
}

aw_err ocotp_program(unsigned bank, unsigned word, uint32_t bits,
                     struct aw_diag *diag)
{
    uint32_t at = OCOTP_BANK_WORDS * bank + word;

    if (bank >= OCOTP_BANKS || word >= OCOTP_BANK_WORDS) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "ocotp: word", at);
    }
    uint32_t hz = clock_ipg_hz();

    if (hz == 0 || hz > CLOCK_MAX) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "ocotp: clock", hz);
    }
    if (begin(diag) != AW_OK) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "ocotp: idle", at);
    }
    reg_wr(TIMING, timing(hz));
    reg_wr(CTRL, UNLOCK | at);
    reg_wr(DATA, bits);
    aw_err err = wait_idle("ocotp: program", diag);

    if (err != AW_OK) {
        return err;
    }
    if ((reg_rd(CTRL) & CTRL_ERROR) != 0) {
        reg_wr(CTRL_CLEAR, CTRL_ERROR);
        return aw_fail(diag, AW_ERR_IO, "ocotp: program", at);
    }
    time_sleep_us(SETTLE_US);
    return ocotp_reload(diag);
}

static aw_err seam_read(void *ctx, unsigned bank, unsigned word,
                        uint32_t *value, struct aw_diag *diag)
{
    (void)ctx;
    if (bank >= OCOTP_BANKS || word >= OCOTP_BANK_WORDS) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "ocotp: word",
                       (uint64_t)OCOTP_BANK_WORDS * bank + word);
    }
    *value = ocotp_read(bank, word);
    return AW_OK;
}

static aw_err seam_program(void *ctx, unsigned bank, unsigned word,
                           uint32_t bits, struct aw_diag *diag)
{
    (void)ctx;
    return ocotp_program(bank, word, bits, diag);
}

static aw_err seam_reload(void *ctx, struct aw_diag *diag)
{
    (void)ctx;
    return ocotp_reload(diag);
}

struct aw_otp ocotp_seam(void)
{
    return (struct aw_otp){
        .read = seam_read, .program = seam_program, .reload = seam_reload};
}
