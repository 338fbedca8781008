/* SPDX-License-Identifier: Apache-2.0 */
#include "models/ocotp.h"

#include <string.h>

enum {
    CTRL = 0x00, /* and SET, CLR, TOG */
    TIMING = 0x10,
    DATA = 0x20,
    READ_CTRL = 0x30,
    READ_FUSE_DATA = 0x40,
    SW_STICKY = 0x50,
    SCS = 0x60, /* and SET, CLR, TOG */
    CRC_ADDR = 0x70,
    CRC_VALUE = 0x80,
    VERSION = 0x90,
    SHADOW = 0x400,
    SHADOW_HOLE_BANK = 6,
    SHADOW_HOLE = 0x100
};

enum {
    CTRL_ADDR = 0x7f,
    CTRL_BUSY = 1 << 8,
    CTRL_ERROR = 1 << 9,
    CTRL_RELOAD = 1 << 10,
    UNLOCK_KEY = 0x3e77,
    TIMING_RESET = 0x01461299,
    VERSION_VALUE = 0x06000000,
    STICKY_SRK_REVOKE = 1 << 1,
    STICKY_FIELD_RETURN = 1 << 2,
    STICKY_ALL = 0x1f,
    SRK_REVOKE = 0x2f,
    FIELD_RETURN = 0x2e,
    BANK_WORDS = AW_VFUSE_BANK_WORDS
};
#define SCS_LOCK (UINT32_C(1) << 31)
#define NS_HZ    UINT64_C(1000000000)

static bool is_busy(const struct tw_ocotp *ocotp)
{
    return ocotp->work != TW_OCOTP_IDLE;
}

static void error(struct tw_ocotp *ocotp, const char *what, uint32_t at)
{
    ocotp->ctrl |= CTRL_ERROR;
    tw_report(ocotp->report, TW_REPORT_REFUSED, "OCOTP: %s, bank %u word %u",
              what, (unsigned)at / BANK_WORDS, (unsigned)at % BANK_WORDS);
}

static void misuse(struct tw_ocotp *ocotp, const char *what)
{
    tw_report(ocotp->report, TW_REPORT_MISUSE, "OCOTP: %s", what);
}

static void begin(struct tw_ocotp *ocotp, enum tw_ocotp_work work, uint64_t ns)
{
    ocotp->work = (uint8_t)work;
    tw_clock_at(ocotp->clock, &ocotp->done,
                ocotp->clock->now + tw_clock_ticks(ocotp->clock, ns, NS_HZ));
}

/* Nanoseconds of periods of the peripheral clock. */
static uint64_t period_ns(const struct tw_ocotp *ocotp, uint32_t periods)
{
    uint64_t hz = tw_ccm_hz(ocotp->ccm, TW_ROOT_IPG);

    return hz == 0 ? 0 : periods * NS_HZ / hz;
}

/* The manual: the strobe takes 9 to 11 us, relaxation at least 16.2 ns and a
 * read strobe more than 36 ns. */
static void check_timing(struct tw_ocotp *ocotp)
{
    uint32_t relax = (ocotp->timing >> 12 & 0xf) + 1;
    uint32_t prog = (ocotp->timing & 0xfff) + 1;
    uint32_t read = (ocotp->timing >> 16 & 0x3f) + 1;
    uint64_t strobe = prog > 2 * relax ? period_ns(ocotp, prog - 2 * relax) : 0;

    if (strobe < 9000 || strobe > 11000) {
        misuse(ocotp, "TIMING: STROBE_PROG is not 10 us of the present clock");
    }
    if (period_ns(ocotp, relax) < 15) {
        misuse(ocotp, "TIMING: RELAX is below 16.2 ns");
    }
    if (read <= 2 * relax || period_ns(ocotp, read - 2 * relax) < 36) {
        misuse(ocotp, "TIMING: STROBE_READ is below 37 ns");
    }
}

static uint32_t address(const struct tw_ocotp *ocotp)
{
    return ocotp->ctrl & CTRL_ADDR;
}

static bool exists(const struct tw_ocotp *ocotp, uint32_t at)
{
    return at < ocotp->fuses->n_words;
}

static bool write_locked(const struct tw_ocotp *ocotp, uint32_t at)
{
    return aw_vfuse_locked(ocotp->fuses, at / BANK_WORDS, at % BANK_WORDS) ||
           (at == SRK_REVOKE && (ocotp->sticky & STICKY_SRK_REVOKE) != 0) ||
           (at == FIELD_RETURN && (ocotp->sticky & STICKY_FIELD_RETURN) != 0);
}

/* DATA was written: programs the addressed word if CTRL was unlocked. */
static void program(struct tw_ocotp *ocotp, uint32_t value)
{
    uint32_t at = address(ocotp);
    bool unlocked = ocotp->ctrl >> 16 == UNLOCK_KEY;

    ocotp->ctrl &= 0xffff; /* the key is used up */
    ocotp->data = value;
    if (!unlocked) {
        misuse(ocotp, "DATA written without the key in CTRL");
        return;
    }
    if ((ocotp->ctrl & CTRL_ERROR) != 0) {
        misuse(ocotp, "DATA written while ERROR is set");
        return;
    }
    if (!exists(ocotp, at)) {
        error(ocotp, "no such word", at);
        return;
    }
    if (write_locked(ocotp, at)) {
        error(ocotp, "write to a locked word", at);
        return;
    }
    check_timing(ocotp);
    /* Each bit takes a strobe of 10 us. */
    uint64_t bits = 0;

    for (uint32_t left = value; left != 0; left &= left - 1) {
        bits++;
    }
    begin(ocotp, TW_OCOTP_PROGRAM, 2000 + bits * 10000);
}

static void burn(struct tw_ocotp *ocotp, uint32_t bits)
{
    uint32_t at = address(ocotp);
    struct aw_otp otp = aw_vfuse_otp(ocotp->fuses);

    if (otp.program(otp.ctx, at / BANK_WORDS, at % BANK_WORDS, bits, NULL) !=
        AW_OK) {
        error(ocotp, "programming failed", at);
    }
    if (ocotp->burnt != NULL) {
        ocotp->burnt(ocotp->burnt_ctx, at / BANK_WORDS, at % BANK_WORDS, bits);
    }
}

static void sense(struct tw_ocotp *ocotp)
{
    uint32_t at = address(ocotp);

    if (aw_vfuse_read_locked(ocotp->fuses, at / BANK_WORDS, at % BANK_WORDS)) {
        ocotp->read_data = AW_OTP_READ_LOCKED;
        error(ocotp, "sense of a word that may not be read", at);
        return;
    }
    ocotp->read_data = ocotp->fuses->fuse[at];
}

static void on_done(void *ctx)
{
    struct tw_ocotp *ocotp = ctx;
    struct aw_otp otp = aw_vfuse_otp(ocotp->fuses);

    switch ((enum tw_ocotp_work)ocotp->work) {
    case TW_OCOTP_PROGRAM:
        burn(ocotp, ocotp->data);
        break;
    case TW_OCOTP_SENSE:
        sense(ocotp);
        break;
    case TW_OCOTP_RELOAD:
        (void)!otp.reload(otp.ctx, NULL);
        break;
    default:
        break;
    }
    ocotp->work = TW_OCOTP_IDLE;
}

void tw_ocotp_power_lost(struct tw_ocotp *ocotp, uint64_t seed)
{
    /* One step of a 64-bit mixer (splitmix64) spreads the seed. */
    uint64_t mix = seed + UINT64_C(0x9e3779b97f4a7c15);

    mix = (mix ^ mix >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mix = (mix ^ mix >> 27) * UINT64_C(0x94d049bb133111eb);
    if (ocotp->work == TW_OCOTP_PROGRAM) {
        burn(ocotp, ocotp->data & (uint32_t)(mix ^ mix >> 31));
        ocotp->work = TW_OCOTP_IDLE;
        tw_clock_cancel(ocotp->clock, &ocotp->done);
    }
}

uint32_t tw_ocotp_shadow(const struct tw_ocotp *ocotp, unsigned bank,
                         unsigned word)
{
    return ocotp->fuses->shadow[bank * BANK_WORDS + word];
}

void tw_ocotp_stick(struct tw_ocotp *ocotp, uint32_t bits)
{
    ocotp->sticky |= bits & STICKY_ALL;
}

/* Word of a shadow register; false when there is none. */
static bool shadow_word(const struct tw_ocotp *ocotp, uint32_t offset,
                        uint32_t *at)
{
    const uint32_t hole = SHADOW + 0x10 * BANK_WORDS * SHADOW_HOLE_BANK;

    if (offset < SHADOW || offset % 0x10 != 0 ||
        (offset >= hole && offset < hole + SHADOW_HOLE)) {
        return false;
    }
    uint32_t from =
        offset >= hole ? offset - SHADOW - SHADOW_HOLE : offset - SHADOW;

    *at = from / 0x10;
    return exists(ocotp, *at);
}

static uint32_t read_shadow(struct tw_ocotp *ocotp, uint32_t at)
{
    if (is_busy(ocotp)) {
        error(ocotp, "shadow register read while busy", at);
        return 0;
    }
    if (aw_vfuse_read_locked(ocotp->fuses, at / BANK_WORDS, at % BANK_WORDS)) {
        error(ocotp, "read of a word that may not be read", at);
        return AW_OTP_READ_LOCKED;
    }
    return ocotp->fuses->shadow[at];
}

static void write_shadow(struct tw_ocotp *ocotp, uint32_t at, uint32_t value)
{
    if (is_busy(ocotp) || aw_vfuse_shadow_locked(ocotp->fuses, at / BANK_WORDS,
                                                 at % BANK_WORDS)) {
        error(ocotp, "override of a locked shadow register", at);
        return;
    }
    /* The lock word can be added to, or nothing would stay locked. */
    ocotp->fuses->shadow[at] =
        at == 0 ? ocotp->fuses->shadow[0] | value : value;
}

static uint32_t control(const struct tw_ocotp *ocotp)
{
    return ocotp->ctrl | (is_busy(ocotp) ? (uint32_t)CTRL_BUSY : 0U) |
           (ocotp->work == TW_OCOTP_RELOAD ? (uint32_t)CTRL_RELOAD : 0U);
}

static uint32_t read_word(struct tw_ocotp *ocotp, uint32_t offset,
                          const struct tw_access *how)
{
    uint32_t at = 0;

    switch (offset) {
    case CTRL:
    case CTRL + 4:
    case CTRL + 8:
    case CTRL + 0xc:
        return control(ocotp);
    case TIMING:
        return ocotp->timing;
    case DATA:
        return ocotp->data;
    case READ_CTRL:
        return ocotp->read_ctrl;
    case READ_FUSE_DATA:
        return ocotp->read_data;
    case SW_STICKY:
        return ocotp->sticky;
    case SCS:
    case SCS + 4:
    case SCS + 8:
    case SCS + 0xc:
        return ocotp->scs;
    case CRC_ADDR:
    case CRC_VALUE:
        return 0;
    case VERSION:
        return VERSION_VALUE;
    default:
        if (shadow_word(ocotp, offset, &at)) {
            return read_shadow(ocotp, at);
        }
        tw_regs_misuse(ocotp->report, "OCOTP", offset, how);
        return 0;
    }
}

static bool ocotp_read(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t *value)
{
    struct tw_ocotp *ocotp = ctx;

    if (how->size != 4) {
        tw_regs_misuse(ocotp->report, "OCOTP", offset, how);
        return false;
    }
    *value = read_word(ocotp, offset, how);
    return true;
}

static void write_control(struct tw_ocotp *ocotp, uint32_t offset,
                          uint32_t value)
{
    uint32_t wanted = tw_regs_by_alias(offset, control(ocotp), value);
    bool reload = (wanted & CTRL_RELOAD) != 0;

    if (is_busy(ocotp)) {
        misuse(ocotp, "CTRL written while busy");
        return;
    }
    if (reload && (ocotp->ctrl & CTRL_ERROR) != 0 &&
        (wanted & CTRL_ERROR) != 0) {
        misuse(ocotp, "reload asked for while ERROR is set");
        reload = false;
    }
    /* Software clears ERROR, it cannot set it. */
    ocotp->ctrl = (wanted & (0xffff0000U | CTRL_ADDR)) |
                  (wanted & ocotp->ctrl & CTRL_ERROR);
    if (reload) {
        begin(ocotp, TW_OCOTP_RELOAD, UINT64_C(300) * ocotp->fuses->n_words);
    }
}

static void write_read_control(struct tw_ocotp *ocotp, uint32_t value)
{
    ocotp->read_ctrl = value & 1;
    if ((value & 1) == 0) {
        return;
    }
    if ((ocotp->ctrl & CTRL_ERROR) != 0) {
        misuse(ocotp, "READ_FUSE set while ERROR is set");
    } else if (!exists(ocotp, address(ocotp))) {
        error(ocotp, "no such word", address(ocotp));
    } else {
        begin(ocotp, TW_OCOTP_SENSE, 300);
    }
}

static void write_word(struct tw_ocotp *ocotp, uint32_t offset,
                       const struct tw_access *how, uint32_t value)
{
    uint32_t at = 0;

    switch (offset) {
    case CTRL:
    case CTRL + 4:
    case CTRL + 8:
    case CTRL + 0xc:
        write_control(ocotp, offset, value);
        break;
    case TIMING:
        ocotp->timing = value & 0x0fffffff;
        break;
    case DATA:
        if (is_busy(ocotp)) {
            misuse(ocotp, "DATA written while busy");
        } else {
            program(ocotp, value);
        }
        break;
    case READ_CTRL:
        if (is_busy(ocotp)) {
            misuse(ocotp, "READ_CTRL written while busy");
        } else {
            write_read_control(ocotp, value);
        }
        break;
    case SW_STICKY:
        tw_ocotp_stick(ocotp, value);
        break;
    case SCS:
    case SCS + 4:
    case SCS + 8:
    case SCS + 0xc:
        if ((ocotp->scs & SCS_LOCK) == 0) {
            ocotp->scs = tw_regs_by_alias(offset, ocotp->scs, value);
        }
        break;
    default:
        if (shadow_word(ocotp, offset, &at)) {
            write_shadow(ocotp, at, value);
        } else {
            tw_regs_misuse(ocotp->report, "OCOTP", offset, how);
        }
        break;
    }
}

static bool ocotp_write(void *ctx, uint32_t offset, const struct tw_access *how,
                        uint32_t value)
{
    struct tw_ocotp *ocotp = ctx;

    if (how->size != 4) {
        tw_regs_misuse(ocotp->report, "OCOTP", offset, how);
        return false;
    }
    write_word(ocotp, offset, how, value);
    return true;
}

/* The fuses themselves are reloaded by whoever resets the chip. */
static void ocotp_reset(void *model, enum tw_reset kind)
{
    struct tw_ocotp *ocotp = model;

    (void)kind;
    ocotp->ctrl = 0;
    ocotp->timing = TIMING_RESET;
    ocotp->data = 0;
    ocotp->read_ctrl = 0;
    ocotp->read_data = 0;
    ocotp->sticky = 0;
    ocotp->scs = 0;
    ocotp->work = TW_OCOTP_IDLE;
    tw_clock_cancel(ocotp->clock, &ocotp->done);
    memcpy(ocotp->fuses->shadow, ocotp->fuses->fuse,
           sizeof(ocotp->fuses->shadow));
}

static void ocotp_save(void *model, struct tw_saver *to)
{
    const struct tw_ocotp *ocotp = model;

    tw_save_u32(to, ocotp->ctrl);
    tw_save_u32(to, ocotp->timing);
    tw_save_u32(to, ocotp->data);
    tw_save_u32(to, ocotp->read_ctrl);
    tw_save_u32(to, ocotp->read_data);
    tw_save_u32(to, ocotp->sticky);
    tw_save_u32(to, ocotp->scs);
    tw_save_u8(to, ocotp->work);
    tw_save_event(to, &ocotp->done);
    for (unsigned i = 0; i < AW_VFUSE_WORDS; i++) {
        tw_save_u32(to, ocotp->fuses->fuse[i]);
        tw_save_u32(to, ocotp->fuses->shadow[i]);
    }
}

static bool ocotp_load(void *model, struct tw_loader *from)
{
    struct tw_ocotp *ocotp = model;

    ocotp->ctrl = tw_load_u32(from);
    ocotp->timing = tw_load_u32(from);
    ocotp->data = tw_load_u32(from);
    ocotp->read_ctrl = tw_load_u32(from);
    ocotp->read_data = tw_load_u32(from);
    ocotp->sticky = tw_load_u32(from);
    ocotp->scs = tw_load_u32(from);
    ocotp->work = tw_load_u8(from);
    tw_load_event(from, ocotp->clock, &ocotp->done);
    for (unsigned i = 0; i < AW_VFUSE_WORDS; i++) {
        ocotp->fuses->fuse[i] = tw_load_u32(from);
        ocotp->fuses->shadow[i] = tw_load_u32(from);
    }
    if (from->failed || ocotp->work > TW_OCOTP_RELOAD) {
        ocotp_reset(ocotp, TW_RESET_POWER);
        return false;
    }
    return true;
}

void tw_ocotp_init(struct tw_ocotp *ocotp, struct tw_bus *bus,
                   struct tw_clock *clock, const struct tw_ccm *ccm,
                   struct aw_vfuse *fuses)
{
    static const struct tw_device_ops ops = {.read = ocotp_read,
                                             .write = ocotp_write};

    ocotp->clock = clock;
    ocotp->report = bus->report;
    ocotp->ccm = ccm;
    ocotp->fuses = fuses;
    ocotp->done = (struct tw_event){.fire = on_done, .ctx = ocotp};
    ocotp_reset(ocotp, TW_RESET_POWER);
    tw_bus_add_device(bus, "OCOTP", TW_OCOTP_BASE, TW_OCOTP_SIZE, &ops, ocotp);
}

struct tw_device tw_ocotp_device(struct tw_ocotp *ocotp)
{
    return (struct tw_device){.name = "OCOTP",
                              .model = ocotp,
                              .reset = ocotp_reset,
                              .save = ocotp_save,
                              .load = ocotp_load};
}
