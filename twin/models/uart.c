/* SPDX-License-Identifier: Apache-2.0 */
#include "models/uart.h"

#include <string.h>

enum {
    URXD = 0x00,
    UTXD = 0x40,
    UCR1 = 0x80,
    UCR2 = 0x84,
    UCR3 = 0x88,
    UCR4 = 0x8c,
    UFCR = 0x90,
    USR1 = 0x94,
    USR2 = 0x98,
    UESC = 0x9c,
    UTIM = 0xa0,
    UBIR = 0xa4,
    UBMR = 0xa8,
    UBRC = 0xac,
    ONEMS = 0xb0,
    UTS = 0xb4,
    UMCR = 0xb8
};

enum {
    URXD_CHARRDY = 1U << 15,
    URXD_ERR = 1U << 14,
    URXD_OVRRUN = 1U << 13,

    UCR1_UARTEN = 1U << 0,
    UCR1_TXMPTYEN = 1U << 6,
    UCR1_RRDYEN = 1U << 9,
    UCR1_TRDYEN = 1U << 13,

    UCR2_SRST = 1U << 0, /* 0 resets */
    UCR2_RXEN = 1U << 1,
    UCR2_TXEN = 1U << 2,
    UCR2_ATEN = 1U << 3,
    UCR2_WS = 1U << 5,
    UCR2_STPB = 1U << 6,
    UCR2_PREN = 1U << 8,

    UCR4_DREN = 1U << 0,
    UCR4_OREN = 1U << 1,
    UCR4_TCEN = 1U << 3,

    USR1_AGTIM = 1U << 8,
    USR1_RRDY = 1U << 9,
    USR1_TRDY = 1U << 13,
    USR1_STICKY = 0x9d70, /* write 1 clears; nothing here ever sets them */

    USR2_RDR = 1U << 0,
    USR2_ORE = 1U << 1,
    USR2_TXDC = 1U << 3,
    USR2_TXFE = 1U << 14,

    UTS_SOFTRST = 1U << 0,
    UTS_RXFULL = 1U << 3,
    UTS_TXFULL = 1U << 4,
    UTS_RXEMPTY = 1U << 5,
    UTS_TXEMPTY = 1U << 6,
    UTS_LOOP = 1U << 12
};

static uint32_t get(const struct tw_uart *uart, uint32_t offset)
{
    return uart->reg[(offset - UCR1) / 4];
}

static void set(struct tw_uart *uart, uint32_t offset, uint32_t value)
{
    uart->reg[(offset - UCR1) / 4] = value;
}

static void put(struct tw_uart_fifo *fifo, uint16_t item)
{
    fifo->item[(fifo->head + fifo->count) % TW_UART_FIFO] = item;
    fifo->count++;
}

static uint16_t take(struct tw_uart_fifo *fifo)
{
    uint16_t item = fifo->item[fifo->head];

    fifo->head = (fifo->head + 1) % TW_UART_FIFO;
    fifo->count--;
    return item;
}

static uint32_t status1(const struct tw_uart *uart)
{
    uint32_t rx_level = get(uart, UFCR) & 0x3f;
    uint32_t tx_level = get(uart, UFCR) >> 10 & 0x3f;
    uint32_t value = get(uart, USR1);

    if (uart->rx.count != 0 && uart->rx.count >= rx_level) {
        value |= USR1_RRDY;
    }
    if (uart->tx.count < tx_level ||
        (uart->tx.count == 0 && tx_level < TW_UART_FIFO)) {
        value |= USR1_TRDY;
    }
    return value;
}

static uint32_t status2(const struct tw_uart *uart)
{
    uint32_t value = get(uart, USR2);

    if (uart->rx.count != 0) {
        value |= USR2_RDR;
    }
    if (uart->tx.count == 0) {
        value |= USR2_TXDC | USR2_TXFE;
    }
    return value;
}

static void update(struct tw_uart *uart)
{
    static const struct {
        uint8_t ucr;
        uint8_t usr; /* 1 or 2 */
        uint16_t enable;
        uint16_t status;
    } sources[] = {
        {UCR1, 1, UCR1_RRDYEN, USR1_RRDY},   {UCR1, 1, UCR1_TRDYEN, USR1_TRDY},
        {UCR1, 2, UCR1_TXMPTYEN, USR2_TXFE}, {UCR2, 1, UCR2_ATEN, USR1_AGTIM},
        {UCR4, 2, UCR4_DREN, USR2_RDR},      {UCR4, 2, UCR4_OREN, USR2_ORE},
        {UCR4, 2, UCR4_TCEN, USR2_TXDC},
    };
    uint32_t usr[2] = {status1(uart), status2(uart)};
    bool level = false;

    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        level =
            level || ((get(uart, sources[i].ucr) & sources[i].enable) != 0 &&
                      (usr[sources[i].usr - 1] & sources[i].status) != 0);
    }
    tw_line_set(&uart->irq, level && (get(uart, UCR1) & UCR1_UARTEN) != 0);
}

static bool can(const struct tw_uart *uart, uint32_t direction)
{
    return (get(uart, UCR1) & UCR1_UARTEN) != 0 &&
           (get(uart, UCR2) & direction) != 0;
}

uint64_t tw_uart_character(const struct tw_uart *uart)
{
    static const uint8_t divide[8] = {6, 5, 4, 3, 2, 1, 7, 7};
    uint64_t hz = tw_ccm_hz(uart->ccm, TW_ROOT_UART) /
                  divide[get(uart, UFCR) >> 7 & 7] * (get(uart, UBIR) + 1);
    uint32_t bits = 2 + ((get(uart, UCR2) & UCR2_WS) != 0 ? 8U : 7U) +
                    ((get(uart, UCR2) & UCR2_PREN) != 0 ? 1U : 0U) +
                    ((get(uart, UCR2) & UCR2_STPB) != 0 ? 1U : 0U);

    /* Baud rate = reference / (16 (UBMR + 1) / (UBIR + 1)). */
    return hz == 0 ? 0
                   : tw_clock_ticks(uart->clock,
                                    UINT64_C(16) * bits * (get(uart, UBMR) + 1),
                                    hz);
}

/* Begins with the next character, if there is one and none is on its way. */
static void send(struct tw_uart *uart)
{
    uint64_t ticks = tw_uart_character(uart);

    if (uart->tx.count != 0 && uart->sent.slot == 0 && can(uart, UCR2_TXEN) &&
        ticks != 0) {
        tw_clock_at(uart->clock, &uart->sent, uart->clock->now + ticks);
    }
}

static void on_sent(void *ctx)
{
    struct tw_uart *uart = ctx;
    uint8_t byte = (uint8_t)take(&uart->tx);

    if ((get(uart, UTS) & UTS_LOOP) != 0) {
        tw_uart_receive(uart, byte);
    } else if (uart->out != NULL) {
        uart->out(uart->out_ctx, byte);
    }
    send(uart);
    update(uart);
}

bool tw_uart_ready(const struct tw_uart *uart)
{
    return can(uart, UCR2_RXEN) && uart->rx.count < TW_UART_FIFO;
}

void tw_uart_receive(struct tw_uart *uart, uint8_t byte)
{
    if (!can(uart, UCR2_RXEN)) {
        return;
    }
    if (uart->rx.count == TW_UART_FIFO) {
        uint32_t last = (uart->rx.head + TW_UART_FIFO - 1) % TW_UART_FIFO;

        set(uart, USR2, get(uart, USR2) | USR2_ORE);
        uart->rx.item[last] |= URXD_ERR | URXD_OVRRUN;
    } else {
        put(&uart->rx, byte);
    }
    update(uart);
}

static uint32_t receive(struct tw_uart *uart)
{
    if (uart->rx.count == 0) {
        tw_report(uart->report, TW_REPORT_MISUSE, "%s: URXD read while empty",
                  uart->name);
        return 0;
    }
    return take(&uart->rx) | (uint32_t)URXD_CHARRDY;
}

static void transmit(struct tw_uart *uart, uint32_t value)
{
    if (!can(uart, UCR2_TXEN)) {
        tw_report(uart->report, TW_REPORT_MISUSE,
                  "%s: UTXD written while the transmitter is off", uart->name);
        return;
    }
    if (uart->tx.count == TW_UART_FIFO) {
        tw_report(uart->report, TW_REPORT_MISUSE, "%s: UTXD written while full",
                  uart->name);
        return;
    }
    put(&uart->tx, (uint16_t)(value & 0xff));
    send(uart);
}

static uint32_t test_status(const struct tw_uart *uart)
{
    uint32_t value = get(uart, UTS) & UTS_LOOP;

    value |= uart->tx.count == 0 ? UTS_TXEMPTY : 0U;
    value |= uart->tx.count == TW_UART_FIFO ? UTS_TXFULL : 0U;
    value |= uart->rx.count == 0 ? UTS_RXEMPTY : 0U;
    value |= uart->rx.count == TW_UART_FIFO ? UTS_RXFULL : 0U;
    return value;
}

/* Registers that only hold what is written. */
static bool is_plain(uint32_t offset)
{
    return offset == UFCR || (offset >= UESC && offset <= ONEMS);
}

static bool uart_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value)
{
    struct tw_uart *uart = ctx;
    if (how->size != 4) {
        tw_regs_misuse(uart->report, uart->name, offset, how);
        return false;
    }
    *value = 0;
    if (is_plain(offset) || (offset >= UCR1 && offset <= UCR4)) {
        *value = get(uart, offset);
    } else if (offset == URXD) {
        *value = receive(uart);
        update(uart);
    } else if (offset == USR1) {
        *value = status1(uart);
    } else if (offset == USR2) {
        *value = status2(uart);
    } else if (offset == UTS) {
        *value = test_status(uart);
    } else if (offset != UMCR) {
        tw_regs_misuse(uart->report, uart->name, offset, how);
    }
    return true;
}

/* UCR2 bit 0 and UTS bit 0: FIFOs and status, not the settings. */
static void soft_reset(struct tw_uart *uart)
{
    uart->tx = (struct tw_uart_fifo){.count = 0};
    uart->rx = (struct tw_uart_fifo){.count = 0};
    set(uart, USR1, 0);
    set(uart, USR2, 0);
    tw_clock_cancel(uart->clock, &uart->sent);
}

static void control(struct tw_uart *uart, uint32_t offset, uint32_t value)
{
    set(uart, offset, value);
    if (offset == UCR2 && (value & UCR2_SRST) == 0) {
        soft_reset(uart);
        set(uart, UCR2, value | UCR2_SRST); /* over before the next access */
    }
    if (offset == UCR1 && (value & UCR1_UARTEN) == 0) {
        if (uart->tx.count != 0) {
            tw_report(uart->report, TW_REPORT_MISUSE,
                      "%s: switched off with %u characters unsent", uart->name,
                      (unsigned)uart->tx.count);
        }
        soft_reset(uart);
    }
}

static void write_status(struct tw_uart *uart, uint32_t offset, uint32_t value)
{
    if (offset == USR1) {
        set(uart, USR1, get(uart, USR1) & (~value | ~(uint32_t)USR1_STICKY));
    } else if (offset == USR2) {
        set(uart, USR2, get(uart, USR2) & ~value);
    } else {
        set(uart, UTS, value & UTS_LOOP);
        if ((value & UTS_SOFTRST) != 0) {
            soft_reset(uart);
        }
    }
}

static bool uart_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value)
{
    struct tw_uart *uart = ctx;
    if (how->size != 4) {
        tw_regs_misuse(uart->report, uart->name, offset, how);
        return false;
    }
    if (is_plain(offset)) {
        set(uart, offset, value & (offset == ONEMS ? 0xffffff : 0xffff));
    } else if (offset == UTXD) {
        transmit(uart, value);
    } else if (offset >= UCR1 && offset <= UCR4) {
        control(uart, offset, value & 0xffff);
        send(uart);
    } else if (offset == USR1 || offset == USR2 || offset == UTS) {
        write_status(uart, offset, value);
    } else if (offset != UMCR) {
        tw_regs_misuse(uart->report, uart->name, offset, how);
    }
    update(uart);
    return true;
}

static void uart_reset(void *model, enum tw_reset kind)
{
    struct tw_uart *uart = model;

    (void)kind;
    soft_reset(uart);
    memset(uart->reg, 0, sizeof(uart->reg));
    set(uart, UCR2, UCR2_SRST);
    set(uart, UCR3, 0x700);
    set(uart, UCR4, 0x8000);
    set(uart, UFCR, 0x801);
    set(uart, UESC, 0x2b);
    update(uart);
}

static void save_fifo(const struct tw_uart_fifo *fifo, struct tw_saver *to)
{
    for (unsigned i = 0; i < TW_UART_FIFO; i++) {
        tw_save_u16(to, fifo->item[i]);
    }
    tw_save_u32(to, fifo->head);
    tw_save_u32(to, fifo->count);
}

static bool load_fifo(struct tw_uart_fifo *fifo, struct tw_loader *from)
{
    for (unsigned i = 0; i < TW_UART_FIFO; i++) {
        fifo->item[i] = tw_load_u16(from);
    }
    fifo->head = tw_load_u32(from);
    fifo->count = tw_load_u32(from);
    return fifo->head < TW_UART_FIFO && fifo->count <= TW_UART_FIFO;
}

static void uart_save(void *model, struct tw_saver *to)
{
    const struct tw_uart *uart = model;

    for (unsigned i = 0; i < TW_UART_REGS; i++) {
        tw_save_u32(to, uart->reg[i]);
    }
    save_fifo(&uart->tx, to);
    save_fifo(&uart->rx, to);
    tw_save_event(to, &uart->sent);
}

static bool uart_load(void *model, struct tw_loader *from)
{
    struct tw_uart *uart = model;

    for (unsigned i = 0; i < TW_UART_REGS; i++) {
        uart->reg[i] = tw_load_u32(from);
    }
    bool sane = load_fifo(&uart->tx, from);

    sane = load_fifo(&uart->rx, from) && sane;
    tw_load_event(from, uart->clock, &uart->sent);
    if (from->failed || !sane ||
        (uart->sent.slot != 0 && uart->tx.count == 0)) {
        uart_reset(uart, TW_RESET_POWER);
        return false;
    }
    update(uart);
    return true;
}

void tw_uart_init(struct tw_uart *uart, const char *name, uint32_t base,
                  struct tw_bus *bus, struct tw_clock *clock,
                  const struct tw_ccm *ccm)
{
    static const struct tw_device_ops ops = {.read = uart_read,
                                             .write = uart_write};

    uart->name = name;
    uart->clock = clock;
    uart->report = bus->report;
    uart->ccm = ccm;
    uart->sent.fire = on_sent;
    uart->sent.ctx = uart;
    uart_reset(uart, TW_RESET_POWER);
    tw_bus_add_device(bus, name, base, TW_UART_SIZE, &ops, uart);
}

struct tw_device tw_uart_device(struct tw_uart *uart)
{
    return (struct tw_device){.name = uart->name,
                              .model = uart,
                              .reset = uart_reset,
                              .save = uart_save,
                              .load = uart_load};
}
