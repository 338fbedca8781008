/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/usdhc.h"

#include "fw/cache.h"
#include "fw/dma.h"
#include "fw/reg.h"
#include "fw/time.h"
#include "usdhc_priv.h"

enum { CCM_CSCDR1 = 0x020c4024 };
enum {
    PROT_LITTLE_ENDIAN = 2 << 4,
    PROT_ADMA2 = 2 << 8,
    PROT_WIDTH_MASK = 3 << 1
};
enum {
    SYS_RESERVED = 0xf, /* ones on silicon, clock gates elsewhere */
    SYS_DIVIDERS = 0xfff0,
    SYS_TIMEOUT_LONGEST = 0xf << 16,
    SYS_RSTA = 1 << 24,
    SYS_RSTC = 1 << 25,
    SYS_RSTD = 1 << 26,
    SYS_INITA = 1 << 27
};
/* Time limits. A block may be programmed for half a second; a busy response,
 * such as that of an erase, for some. */
enum {
    RESET_US = 10000,
    COMMAND_US = 20000,
    BUSY_US = 2000000,
    READ_BLOCK_US = 100000,
    WRITE_BLOCK_US = 500000,
    DATA_MAX_US = 30000000
};

/* One entry moves at most this much: 16 bits of length, a multiple of lines. */
enum { ADMA_PIECE = 0xffc0, ADMA_ENTRIES = 512 };
enum { ADMA_VALID = 1, ADMA_END = 2, ADMA_TRANSFER = 0x20 };

struct adma_entry {
    uint32_t attributes; /* and length in the upper half */
    uint32_t address;
};

static DMA_ALIGNED struct adma_entry table[ADMA_ENTRIES];

/* Between two looks at a register: at once while it may be a matter of
 * microseconds, then asleep, since a block may take a second. */
static void pause(uint32_t *looks)
{
    enum { AT_ONCE = 40, SLEEP_US = 50 };

    if (*looks < AT_ONCE) {
        (*looks)++;
    } else {
        time_sleep_us(SLEEP_US);
    }
}

bool usdhc_wait(uint32_t address, uint32_t mask, uint32_t value, uint32_t us)
{
    struct deadline d = deadline_us(us);
    uint32_t looks = 0;

    while ((reg_rd(address) & mask) != value) {
        if (deadline_passed(&d)) {
            return (reg_rd(address) & mask) == value;
        }
        pause(&looks);
    }
    return true;
}

void usdhc_reset_lines(const struct usdhc *host)
{
    uint32_t bits = SYS_RSTC | SYS_RSTD;

    reg_set(host->base + SYS_CTRL, bits);
    (void)usdhc_wait(host->base + SYS_CTRL, bits, 0, RESET_US);
    reg_wr(host->base + INT_STATUS, INT_ALL);
}

/* PFD2's 396 MHz by 2, or by 3 for HS200: erratum ERR010450. */
static void set_root(uint32_t base, enum usdhc_speed speed)
{
    unsigned shift = base == USDHC1 ? 11 : 16;

    reg_field(CCM_CSCDR1, UINT32_C(7) << shift,
              (speed == USDHC_HS200 ? UINT32_C(2) : 1) << shift);
}

aw_err usdhc_set_speed(struct usdhc *host, enum usdhc_speed speed,
                       struct aw_diag *diag)
{
    /* SDCLKFS and DVS, of the root's 198 MHz or 132. */
    static const uint32_t dividers[] = {
        [USDHC_IDENTIFICATION] = 0x20 << 8 | 7 << 4,
        [USDHC_DEFAULT] = 2 << 8 | 1 << 4,
        [USDHC_HIGH] = 2 << 8,
        [USDHC_HS200] = 0,
    };
    uint32_t base = host->base;

    reg_clear(base + VEND_SPEC, VEND_CLOCK_ON);
    if (!usdhc_wait(base + PRES_STATE, PRES_SDSTB, PRES_SDSTB, RESET_US)) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "usdhc: clock", speed);
    }
    set_root(base, speed);
    reg_field(base + SYS_CTRL, SYS_DIVIDERS, dividers[speed]);
    if (!usdhc_wait(base + PRES_STATE, PRES_SDSTB, PRES_SDSTB, RESET_US)) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "usdhc: clock", speed);
    }
    return AW_OK;
}

void usdhc_set_width(struct usdhc *host, enum usdhc_width width)
{
    reg_field(host->base + PROT_CTRL, PROT_WIDTH_MASK, (uint32_t)width << 1);
}

aw_err usdhc_init(struct usdhc *host, uint32_t base, struct aw_diag *diag)
{
    *host = (struct usdhc){.base = base};
    reg_set(base + SYS_CTRL, SYS_RSTA);
    if (!usdhc_wait(base + SYS_CTRL, SYS_RSTA, 0, RESET_US)) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "usdhc: reset", base);
    }
    /* The reset leaves this one as it was. */
    reg_wr(base + MIX_CTRL, 0);
    reg_wr(base + PROT_CTRL, PROT_LITTLE_ENDIAN | PROT_ADMA2);
    reg_wr(base + INT_SIGNAL_EN, 0);
    /* The data time-out may not be enabled while its counter is set. */
    reg_wr(base + INT_STATUS_EN, INT_ALL & ~(uint32_t)INT_DTOE);
    reg_wr(base + SYS_CTRL, SYS_RESERVED | SYS_TIMEOUT_LONGEST);
    reg_wr(base + INT_STATUS_EN, INT_ALL);
    aw_err err = usdhc_set_speed(host, USDHC_IDENTIFICATION, diag);

    if (err != AW_OK) {
        return err;
    }
    reg_set(base + SYS_CTRL, SYS_INITA);
    if (!usdhc_wait(base + SYS_CTRL, SYS_INITA, 0, RESET_US)) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "usdhc: first clocks", base);
    }
    return AW_OK;
}

bool usdhc_writable(const struct usdhc *host)
{
    return (reg_rd(host->base + PRES_STATE) & PRES_WPSPL) != 0;
}

static uint32_t transfer_type(const struct usdhc_command *c, bool data)
{
    static const uint32_t kinds[] = {
        [USDHC_NONE] = 0,
        [USDHC_R1] = XFR_R48 | XFR_CRC | XFR_INDEX,
        [USDHC_R1B] = XFR_R48_BUSY | XFR_CRC | XFR_INDEX,
        [USDHC_R2] = XFR_R136 | XFR_CRC,
        [USDHC_R3] = XFR_R48,
    };

    return (uint32_t)c->index << 24 | kinds[c->response] |
           (data ? XFR_DATA : 0U) |
           (c->index == USDHC_STOP ? (uint32_t)XFR_ABORT : 0U);
}

/* Describes the memory to the controller. */
static aw_err fill_table(const struct usdhc_data *data, struct aw_diag *diag)
{
    uint32_t left = data->block * data->blocks;
    uint32_t at = dma_address(data->write ? data->out : data->in);
    uint32_t n = 0;

    if (left == 0 || data->blocks > USDHC_BLOCKS_MAX ||
        left > (uint32_t)ADMA_ENTRIES * ADMA_PIECE || at % CACHE_LINE != 0) {
        return aw_fail(diag, AW_ERR_RANGE, "usdhc: data", left);
    }
    while (left > 0) {
        uint32_t piece = left < ADMA_PIECE ? left : ADMA_PIECE;

        left -= piece;
        table[n].address = at;
        table[n].attributes = piece << 16 | ADMA_TRANSFER | ADMA_VALID |
                              (left == 0 ? ADMA_END : 0U);
        at += piece;
        n++;
    }
    cache_clean(table, n * sizeof(table[0]));
    return AW_OK;
}

static aw_err prepare_data(const struct usdhc *host,
                           const struct usdhc_data *data, struct aw_diag *diag)
{
    uint32_t base = host->base;
    size_t n = (size_t)data->block * data->blocks;
    aw_err err = fill_table(data, diag);

    if (err != AW_OK) {
        return err;
    }
    if (data->write) {
        cache_clean(data->out, n);
    } else {
        cache_invalidate(data->in, n);
    }
    reg_wr(base + BLK_ATT, data->blocks << 16 | data->block);
    reg_wr(base + WTMK_LVL, data->block / 4 << 16 | data->block / 4);
    reg_wr(base + ADMA_SYS_ADDR, dma_address(table));
    reg_field(base + MIX_CTRL, MIX_TRANSFER,
              MIX_DMA | (data->write ? 0U : MIX_READ) |
                  (data->blocks > 1 ? MIX_COUNT | MIX_MULTI : 0U) |
                  (data->stop ? MIX_CMD12 : 0U));
    return AW_OK;
}

static aw_err failed(const struct usdhc *host, uint32_t status, uint8_t index,
                     struct aw_diag *diag)
{
    bool late =
        (status & (INT_CTOE | INT_DTOE)) != 0 || (status & INT_ERRORS) == 0;

    usdhc_reset_lines(host);
    return aw_fail(diag, late ? AW_ERR_TIMEOUT : AW_ERR_IO, "card: command",
                   index);
}

/* Waits for one of the bits or an error; the status then. */
static uint32_t wait_status(const struct usdhc *host, uint32_t bit, uint32_t us)
{
    struct deadline d = deadline_us(us);
    uint32_t looks = 0;
    uint32_t status = reg_rd(host->base + INT_STATUS);

    while ((status & (bit | INT_ERRORS)) == 0 && !deadline_passed(&d)) {
        pause(&looks);
        status = reg_rd(host->base + INT_STATUS);
    }
    return status;
}

static uint32_t data_limit_us(const struct usdhc_data *data)
{
    uint64_t us =
        (uint64_t)data->blocks * (data->write ? WRITE_BLOCK_US : READ_BLOCK_US);

    return us < DATA_MAX_US ? (uint32_t)us : DATA_MAX_US;
}

static void read_response(struct usdhc *host)
{
    for (uint32_t i = 0; i < 4; i++) {
        host->response[i] = reg_rd(host->base + CMD_RSP0 + 4 * i);
    }
}

static aw_err finish_data(struct usdhc *host, uint8_t index,
                          const struct usdhc_data *data, struct aw_diag *diag)
{
    uint32_t status = wait_status(host, INT_TC, data_limit_us(data));

    if ((status & INT_ERRORS) != 0 || (status & INT_TC) == 0) {
        return failed(host, status, index, diag);
    }
    if (data->stop) {
        host->response[3] = reg_rd(host->base + CMD_RSP0 + 12);
    }
    if (!data->write) {
        /* Lines that were fetched ahead meanwhile hold old bytes. */
        cache_invalidate(data->in, (size_t)data->block * data->blocks);
    }
    return AW_OK;
}

aw_err usdhc_run(struct usdhc *host, const struct usdhc_command *command,
                 const struct usdhc_data *data, struct aw_diag *diag)
{
    uint32_t base = host->base;
    bool busy = command->response == USDHC_R1B;
    uint32_t inhibit = PRES_CIHB | (data != NULL || busy ? PRES_CDIHB : 0U);

    if (!usdhc_wait(base + PRES_STATE, inhibit, 0, COMMAND_US)) {
        return failed(host, 0, command->index, diag);
    }
    reg_wr(base + INT_STATUS, INT_ALL);
    if (data == NULL) {
        reg_clear(base + MIX_CTRL, MIX_TRANSFER);
    } else {
        aw_err err = prepare_data(host, data, diag);

        if (err != AW_OK) {
            return err;
        }
    }
    reg_wr(base + CMD_ARG, command->argument);
    reg_wr(base + CMD_XFR_TYP, transfer_type(command, data != NULL));
    uint32_t status = wait_status(host, INT_CC, COMMAND_US);

    if ((status & INT_CMD_ERRORS) != 0 || (status & INT_CC) == 0) {
        return failed(host, status, command->index, diag);
    }
    read_response(host);
    if (busy && !usdhc_wait(base + PRES_STATE, PRES_DAT0, PRES_DAT0, BUSY_US)) {
        return failed(host, 0, command->index, diag);
    }
    return data == NULL ? AW_OK : finish_data(host, command->index, data, diag);
}
