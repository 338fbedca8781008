/* SPDX-License-Identifier: Apache-2.0 */
#include "models/usdhc.h"

#include <string.h>

#include "models/usdhc_parts.h"

enum offset {
    DS_ADDR = 0x00,
    BLK_ATT = 0x04,
    CMD_ARG = 0x08,
    CMD_XFR_TYP = 0x0c,
    CMD_RSP0 = 0x10,
    CMD_RSP3 = 0x1c,
    DATA_BUFF_ACC_PORT = 0x20,
    PRES_STATE = 0x24,
    PROT_CTRL = 0x28,
    SYS_CTRL = 0x2c,
    INT_STATUS = 0x30,
    INT_STATUS_EN = 0x34,
    INT_SIGNAL_EN = 0x38,
    AUTOCMD12_ERR_STATUS = 0x3c,
    HOST_CTRL_CAP = 0x40,
    WTMK_LVL = 0x44,
    MIX_CTRL = 0x48,
    FORCE_EVENT = 0x50,
    ADMA_ERR_STATUS = 0x54,
    ADMA_SYS_ADDR = 0x58,
    DLL_CTRL = 0x60,
    DLL_STATUS = 0x64,
    CLK_TUNE_CTRL_STATUS = 0x68,
    VEND_SPEC = 0xc0,
    MMC_BOOT = 0xc4,
    VEND_SPEC2 = 0xc8,
    TUNING_CTRL = 0xcc
};

/* Values after reset, IMX6ULLRM 58.8. */
#define RESET_BLK_ATT     UINT32_C(0x00010000)
#define RESET_PROT_CTRL   UINT32_C(0x08800020)
#define RESET_SYS_CTRL    UINT32_C(0x0080800f)
#define RESET_CAP         UINT32_C(0x07f3b407)
#define RESET_WTMK_LVL    UINT32_C(0x08100810)
#define RESET_MIX_CTRL    UINT32_C(0x80000000)
#define RESET_DLL_CTRL    UINT32_C(0x00000200)
#define RESET_VEND_SPEC   UINT32_C(0x20007809)
#define RESET_VEND_SPEC2  UINT32_C(0x00000006)
#define RESET_TUNING_CTRL UINT32_C(0x00212800)

/* PRES_STATE */
#define PRES_CIHB   BIT(0)
#define PRES_CDIHB  BIT(1)
#define PRES_DLA    BIT(2)
#define PRES_SDSTB  BIT(3)
#define PRES_SDOFF  BIT(7)
#define PRES_WTA    BIT(8)
#define PRES_RTA    BIT(9)
#define PRES_BWEN   BIT(10)
#define PRES_BREN   BIT(11)
#define PRES_TSCD   BIT(15)
#define PRES_CINST  BIT(16)
#define PRES_CDPL   BIT(18)
#define PRES_WPSPL  BIT(19)
#define PRES_CLSL   BIT(23)
#define PRES_DLSL_0 BIT(24)
#define PRES_DLSL   UINT32_C(0xff000000)

/* Bits that tuning shares between AUTOCMD12_ERR_STATUS and MIX_CTRL. */
#define TUNE_BITS   (MIX_EXE_TUNE | MIX_SMP_CLK)
#define AC12_ERRORS UINT32_C(0x0000009f)

#define SYS_RESETS  (SYS_RSTA | SYS_RSTC | SYS_RSTD)
#define SYS_DIVIDER UINT32_C(0x0000fff0)

#define DLL_ENABLE   BIT(0)
#define DLL_LOCKED   (BIT(0) | BIT(1))
#define FORCE_ERRORS UINT32_C(0x157f0000)
#define DEFAULT_HZ   UINT64_C(198000000)
#define MICROS       UINT64_C(1000000)

enum { STABLE_US = 1, RESET_US = 1, INIT_CLOCKS = 80 };

void tw_usdhc_raise(struct tw_usdhc *host, uint32_t bits)
{
    host->r.int_status |= bits & host->r.int_status_en;
    tw_line_set(&host->w.line,
                (host->r.int_status & host->r.int_signal_en) != 0);
}

static void misuse(struct tw_usdhc *host, const char *what, uint32_t value)
{
    tw_report(host->w.bus->report, TW_REPORT_MISUSE, "%s: %s (0x%x)",
              host->w.name, what, (unsigned)value);
}

uint32_t tw_usdhc_hz(const struct tw_usdhc *host)
{
    uint64_t base =
        host->w.hz == NULL ? DEFAULT_HZ : host->w.hz(host->w.hz_ctx);
    uint32_t fs = host->r.sys_ctrl >> 8 & 0xff;
    uint32_t dvs = host->r.sys_ctrl >> 4 & 15;
    uint32_t divider = fs == 0 ? 1 : 2 * fs;

    if ((host->r.mix_ctrl & MIX_DDR_EN) != 0) {
        divider *= 2;
    }
    return (uint32_t)(base / divider / (dvs + 1));
}

uint8_t tw_usdhc_width(const struct tw_usdhc *host)
{
    static const uint8_t widths[] = {1, 4, 8, 1};

    return widths[PROT_WIDTH(host->r.prot_ctrl)];
}

void tw_usdhc_tell(struct tw_usdhc *host)
{
    const struct tw_card_bus bus = {
        .hz = tw_usdhc_hz(host),
        .width = tw_usdhc_width(host),
        .running = (host->r.vend_spec & VEND_FRC_SDCLK_ON) != 0,
        .ddr = (host->r.mix_ctrl & MIX_DDR_EN) != 0,
        .low_voltage = (host->r.vend_spec & VEND_VSELECT) != 0,
        .tuned = (host->r.mix_ctrl & MIX_SMP_CLK) != 0};

    if (host->card.ops != NULL) {
        host->card.ops->bus(host->card.ctx, &bus);
    }
}

bool tw_usdhc_tuning(const struct tw_usdhc *host)
{
    return (host->r.mix_ctrl & MIX_EXE_TUNE) != 0;
}

void tw_usdhc_tune_bits(struct tw_usdhc *host, bool running, bool found)
{
    uint32_t bits = (running ? MIX_EXE_TUNE : 0) | (found ? MIX_SMP_CLK : 0);

    host->r.mix_ctrl = (host->r.mix_ctrl & ~TUNE_BITS) | bits;
    host->r.autocmd12_err = (host->r.autocmd12_err & ~TUNE_BITS) | bits;
}

/* Software wrote the tuning bits in either register. */
static void set_tuning(struct tw_usdhc *host, uint32_t value)
{
    bool run = (value & MIX_EXE_TUNE) != 0;

    if (run && !tw_usdhc_tuning(host)) {
        host->taps = 0;
        host->good = 0;
    }
    tw_usdhc_tune_bits(host, run, (value & MIX_SMP_CLK) != 0 && !run);
}

void tw_usdhc_inject(struct tw_usdhc *host, enum tw_usdhc_fault fault,
                     uint32_t skip, uint32_t times)
{
    host->fault = fault;
    host->fault_skip = skip;
    host->fault_times = times;
}

bool tw_usdhc_strikes(struct tw_usdhc *host, enum tw_usdhc_fault fault)
{
    if (host->fault != fault) {
        return false;
    }
    if (host->fault_skip > 0) {
        host->fault_skip--;
        return false;
    }
    host->fault_times--;
    if (host->fault_times == 0) {
        host->fault = TW_FAULT_NONE;
    }
    return true;
}

static uint32_t pres_state(const struct tw_usdhc *host)
{
    uint64_t now = host->w.clock->now;
    bool low = host->card.ops != NULL &&
               host->card.ops->busy_until(host->card.ctx) > now;
    bool active =
        host->phase != TW_PHASE_IDLE && host->phase != TW_PHASE_FAILED;
    uint32_t v = PRES_TSCD | PRES_CLSL | PRES_DLSL;

    v |= host->commanding ? PRES_CIHB : 0;
    v |= host->phase != TW_PHASE_IDLE ? PRES_CDIHB : 0;
    v |= active ? PRES_DLA : 0;
    v |= now >= host->stable_at ? PRES_SDSTB : 0;
    v |= (host->r.vend_spec & VEND_FRC_SDCLK_ON) == 0 ? PRES_SDOFF : 0;
    v |= active && !host->reading ? PRES_WTA : 0;
    v |= active && host->reading ? PRES_RTA : 0;
    v |= host->phase == TW_PHASE_FILL ? PRES_BWEN : 0;
    v |= host->phase == TW_PHASE_DRAIN ? PRES_BREN : 0;
    v |= host->card.ops != NULL ? PRES_CINST | PRES_CDPL : 0;
    v |= host->write_protected ? 0 : PRES_WPSPL;
    return low ? v & ~PRES_DLSL_0 : v;
}

static uint32_t sys_ctrl(const struct tw_usdhc *host)
{
    uint64_t now = host->w.clock->now;
    uint32_t v = host->r.sys_ctrl;

    v |= now < host->reset_until ? host->resets : 0;
    return v | (now < host->init_until ? SYS_INITA : 0);
}

static bool read_word(struct tw_usdhc *host, uint32_t offset, uint32_t *value);

static bool usdhc_read(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t *value)
{
    struct tw_usdhc *host = ctx;

    if (how->size != 4) {
        misuse(host, "read of other than 32 bits", offset);
        return false;
    }
    if (!read_word(host, offset, value)) {
        misuse(host, "read of an offset without a register", offset);
        *value = 0;
    }
    return true;
}

/* Registers that read as they were written; `none` for other offsets. */
static uint32_t *held(struct tw_usdhc *host, uint32_t offset)
{
    switch (offset) {
    case DS_ADDR:
        return &host->r.ds_addr;
    case BLK_ATT:
        return &host->r.blk_att;
    case CMD_ARG:
        return &host->r.cmd_arg;
    case CMD_XFR_TYP:
        return &host->r.cmd_xfr_typ;
    case PROT_CTRL:
        return &host->r.prot_ctrl;
    case INT_STATUS:
        return &host->r.int_status;
    case INT_STATUS_EN:
        return &host->r.int_status_en;
    case INT_SIGNAL_EN:
        return &host->r.int_signal_en;
    case AUTOCMD12_ERR_STATUS:
        return &host->r.autocmd12_err;
    case WTMK_LVL:
        return &host->r.wtmk_lvl;
    case MIX_CTRL:
        return &host->r.mix_ctrl;
    case ADMA_ERR_STATUS:
        return &host->r.adma_err_status;
    case ADMA_SYS_ADDR:
        return &host->r.adma_sys_addr;
    case DLL_CTRL:
        return &host->r.dll_ctrl;
    case CLK_TUNE_CTRL_STATUS:
        return &host->r.clk_tune;
    case VEND_SPEC:
        return &host->r.vend_spec;
    case MMC_BOOT:
        return &host->r.mmc_boot;
    case VEND_SPEC2:
        return &host->r.vend_spec2;
    case TUNING_CTRL:
        return &host->r.tuning_ctrl;
    default:
        return &host->none;
    }
}

static bool read_word(struct tw_usdhc *host, uint32_t offset, uint32_t *value)
{
    const uint32_t *reg = held(host, offset);

    if (reg != &host->none) {
        *value = *reg;
        return true;
    }
    if (offset >= CMD_RSP0 && offset <= CMD_RSP3 && offset % 4 == 0) {
        *value = host->r.cmd_rsp[(offset - CMD_RSP0) / 4];
        return true;
    }
    switch (offset) {
    case DATA_BUFF_ACC_PORT:
        *value = tw_usdhc_port_read(host);
        return true;
    case PRES_STATE:
        *value = pres_state(host);
        return true;
    case SYS_CTRL:
        *value = sys_ctrl(host);
        return true;
    case HOST_CTRL_CAP:
        *value = RESET_CAP;
        return true;
    case FORCE_EVENT:
        *value = 0;
        return true;
    case DLL_STATUS:
        *value = (host->r.dll_ctrl & DLL_ENABLE) != 0 ? DLL_LOCKED : 0;
        return true;
    default:
        return false;
    }
}

static void reset_registers(struct tw_usdhc *host)
{
    uint32_t mix = host->r.mix_ctrl;
    bool was_low = (host->r.sys_ctrl & SYS_RST_N) == 0;

    memset(&host->r, 0, sizeof(host->r));
    host->r.blk_att = RESET_BLK_ATT;
    host->r.prot_ctrl = RESET_PROT_CTRL;
    host->r.sys_ctrl = RESET_SYS_CTRL;
    host->r.wtmk_lvl = RESET_WTMK_LVL;
    host->r.mix_ctrl = mix; /* RSTA does not reach it */
    host->r.dll_ctrl = RESET_DLL_CTRL;
    host->r.vend_spec = RESET_VEND_SPEC;
    host->r.vend_spec2 = RESET_VEND_SPEC2;
    host->r.tuning_ctrl = RESET_TUNING_CTRL;
    tw_clock_cancel(host->w.clock, &host->command_done);
    host->commanding = false;
    tw_usdhc_data_reset(host);
    host->stable_at = host->w.clock->now;
    tw_usdhc_raise(host, 0);
    tw_usdhc_tell(host);
    if (was_low && host->card.ops != NULL &&
        host->card.ops->reset_pin != NULL) {
        host->card.ops->reset_pin(host->card.ctx, true);
    }
}

static void reset_parts(struct tw_usdhc *host, uint32_t bits)
{
    if ((bits & SYS_RSTA) != 0) {
        reset_registers(host);
    }
    if ((bits & SYS_RSTC) != 0) {
        tw_clock_cancel(host->w.clock, &host->command_done);
        host->commanding = false;
        host->r.int_status &= ~INT_CC;
    }
    if ((bits & SYS_RSTD) != 0) {
        tw_usdhc_data_reset(host);
        host->r.int_status &= ~(INT_TC | INT_DINT | INT_BWR | INT_BRR);
    }
    tw_usdhc_raise(host, 0);
    host->resets = bits & SYS_RESETS;
    host->reset_until =
        host->w.clock->now + tw_clock_ticks(host->w.clock, RESET_US, MICROS);
}

static void write_sys_ctrl(struct tw_usdhc *host, uint32_t value)
{
    uint32_t old = host->r.sys_ctrl;
    uint32_t fs = value >> 8 & 0xff;

    if ((value & SYS_RSTA) != 0) {
        reset_parts(host, value);
        return;
    }
    host->r.sys_ctrl = (value & ~(SYS_RESETS | SYS_INITA)) | 0xf;
    if (((old ^ value) & SYS_DIVIDER) != 0) {
        if ((host->r.vend_spec & VEND_FRC_SDCLK_ON) != 0) {
            misuse(host, "clock divider changed while the clock runs", value);
        }
        if ((fs & (fs - 1)) != 0) {
            misuse(host, "SDCLKFS is no power of two", fs);
        }
        host->stable_at = host->w.clock->now +
                          tw_clock_ticks(host->w.clock, STABLE_US, MICROS);
    }
    if (((old ^ value) & SYS_RST_N) != 0 && host->card.ops != NULL &&
        host->card.ops->reset_pin != NULL) {
        host->card.ops->reset_pin(host->card.ctx, (value & SYS_RST_N) != 0);
    }
    if ((value & SYS_INITA) != 0 && tw_usdhc_hz(host) != 0) {
        host->init_until =
            host->w.clock->now +
            tw_clock_ticks(host->w.clock, INIT_CLOCKS, tw_usdhc_hz(host));
    }
    if ((value & SYS_RESETS) != 0) {
        reset_parts(host, value);
    }
    tw_usdhc_tell(host);
}

/* Registers that may not change under a running transfer. */
static bool locked(struct tw_usdhc *host, uint32_t offset)
{
    bool transfer = offset == DS_ADDR || offset == BLK_ATT ||
                    offset == MIX_CTRL || offset == ADMA_SYS_ADDR;

    if (!transfer || (host->phase == TW_PHASE_IDLE && !host->commanding) ||
        host->phase == TW_PHASE_FAILED) {
        return false;
    }
    misuse(host, "register written while a transfer runs", offset);
    return true;
}

static void write_plain(struct tw_usdhc *host, uint32_t offset, uint32_t value)
{
    uint32_t *reg = held(host, offset);

    if (reg == &host->none || offset == ADMA_ERR_STATUS) {
        misuse(host, "write to an offset that takes none", offset);
        return;
    }
    *reg = value;
    if (offset == MMC_BOOT && (value & BIT(6)) != 0) {
        misuse(host, "boot mode is not modelled", value);
    }
    tw_usdhc_tell(host);
}

static void write_word(struct tw_usdhc *host, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case CMD_XFR_TYP:
        if (!host->commanding) {
            host->r.cmd_xfr_typ = value;
        }
        tw_usdhc_command(host);
        break;
    case DATA_BUFF_ACC_PORT:
        tw_usdhc_port_write(host, value);
        break;
    case SYS_CTRL:
        write_sys_ctrl(host, value);
        break;
    case INT_STATUS:
        host->r.int_status &= ~value;
        tw_usdhc_raise(host, 0);
        break;
    case INT_STATUS_EN:
        host->r.int_status_en = value;
        host->r.int_status &= value;
        tw_usdhc_raise(host, 0);
        break;
    case INT_SIGNAL_EN:
        host->r.int_signal_en = value;
        tw_usdhc_raise(host, 0);
        break;
    case AUTOCMD12_ERR_STATUS:
        host->r.autocmd12_err &= ~(value & AC12_ERRORS);
        set_tuning(host, value);
        break;
    case MIX_CTRL:
        host->r.mix_ctrl = (value & ~TUNE_BITS) |
                           (host->r.mix_ctrl & TUNE_BITS) | RESET_MIX_CTRL;
        set_tuning(host, value);
        tw_usdhc_tell(host);
        break;
    case FORCE_EVENT:
        host->r.autocmd12_err |= value & AC12_ERRORS;
        tw_usdhc_raise(host, value & FORCE_ERRORS);
        break;
    default:
        write_plain(host, offset, value);
        break;
    }
}

static bool usdhc_write(void *ctx, uint32_t offset, const struct tw_access *how,
                        uint32_t value)
{
    struct tw_usdhc *host = ctx;

    if (how->size != 4) {
        misuse(host, "write of other than 32 bits", offset);
        return false;
    }
    if (!locked(host, offset)) {
        write_word(host, offset, value);
    }
    return true;
}

static const struct tw_device_ops usdhc_ops = {.read = usdhc_read,
                                               .write = usdhc_write};

void tw_usdhc_init(struct tw_usdhc *host, const struct tw_usdhc_wiring *wiring,
                   uint32_t base)
{
    memset(host, 0, sizeof(*host));
    host->w = *wiring;
    host->command_done =
        (struct tw_event){.fire = tw_usdhc_command_done, .ctx = host};
    host->step = (struct tw_event){.fire = tw_usdhc_step, .ctx = host};
    host->r.mix_ctrl = RESET_MIX_CTRL;
    host->r.sys_ctrl = RESET_SYS_CTRL;
    reset_registers(host);
    tw_bus_add_device(wiring->bus, wiring->name, base, TW_USDHC_SIZE,
                      &usdhc_ops, host);
}

void tw_usdhc_insert(struct tw_usdhc *host, const struct tw_card *card)
{
    if (host->card.ops != NULL) {
        host->card.ops->power(host->card.ctx, false);
    }
    host->card = (struct tw_card){0};
    if (card != NULL) {
        host->card = *card;
        host->card.ops->power(host->card.ctx, true);
    }
    tw_usdhc_tell(host);
    tw_usdhc_raise(host, card == NULL ? INT_CRM : INT_CINS);
}

void tw_usdhc_protect(struct tw_usdhc *host, bool on)
{
    host->write_protected = on;
}

void tw_usdhc_reset(struct tw_usdhc *host)
{
    host->r.mix_ctrl = RESET_MIX_CTRL;
    host->resets = 0;
    host->reset_until = 0;
    host->init_until = 0;
    host->taps = 0;
    host->good = 0;
    reset_registers(host);
}
