/* SPDX-License-Identifier: Apache-2.0 */
/* twin-image FILE: runs an ELF image on the processor of the twin with the few
 * devices that test images use, until it waits for nothing. What it prints
 * comes out; a diagnosis goes to standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/elf.h"
#include "aw/hostio/alloc.h"
#include "machine.h"
#include "models/ccm.h"
#include "models/ccm_analog.h"
#include "models/gic.h"
#include "models/gpt.h"
#include "models/uart.h"

enum { GPT1_SPI = 55, FILE_MAX = 8 << 20, SECONDS_MAX = 120 };

struct board {
    struct machine m;
    struct tw_gic gic;
    struct tw_ccm_analog analog;
    struct tw_ccm ccm;
    struct tw_uart uart;
    struct tw_gpt gpt;
};

static void on_irq(void *ctx, uint32_t number, bool level)
{
    struct board *b = ctx;

    (void)number;
    tw_cpu_irq(b->m.cpu, level);
}

static void on_fiq(void *ctx, uint32_t number, bool level)
{
    struct board *b = ctx;

    (void)number;
    tw_cpu_fiq(b->m.cpu, level);
}

static void on_byte(void *ctx, uint8_t byte)
{
    (void)ctx;
    (void)putchar(byte);
}

static void on_clocks(void *ctx)
{
    struct board *b = ctx;

    tw_gpt_clocks(&b->gpt);
}

static void reset(struct tw_device device)
{
    device.reset(device.model, TW_RESET_POWER);
}

static void open_board(struct board *b)
{
    enum { UL_DIGPROG = 0x00640002 };
    struct tw_bus *bus = &b->m.bus;

    machine_open(&b->m);
    tw_gic_init(&b->gic, bus);
    b->gic.irq = (struct tw_line){.set = on_irq, .ctx = b};
    b->gic.fiq = (struct tw_line){.set = on_fiq, .ctx = b};
    tw_ccm_analog_init(&b->analog, bus, &b->m.clock, UL_DIGPROG);
    tw_ccm_init(&b->ccm, bus, &b->analog);
    b->ccm.changed = on_clocks;
    b->ccm.changed_ctx = b;
    tw_uart_init(&b->uart, "UART2", 0x021e8000, bus, &b->m.clock, &b->ccm);
    b->uart.out = on_byte;
    b->uart.out_ctx = b;
    tw_gpt_init(&b->gpt, "GPT1", 0x02098000, bus, &b->m.clock, &b->ccm);
    b->gpt.irq = (struct tw_line){
        .set = tw_gic_line, .ctx = &b->gic, .number = TW_GIC_SPI + GPT1_SPI};
    reset(tw_gic_device(&b->gic));
    reset(tw_ccm_analog_device(&b->analog));
    reset(tw_ccm_device(&b->ccm));
    reset(tw_uart_device(&b->uart));
    reset(tw_gpt_device(&b->gpt));
}

static bool fits(const struct aw_elf_segment *s)
{
    return s->address >= MACHINE_RAM &&
           s->address - MACHINE_RAM <= MACHINE_RAM_SIZE - s->size &&
           s->size <= MACHINE_RAM_SIZE;
}

static bool load(struct board *b, aw_bytes file)
{
    struct aw_elf elf;
    struct aw_elf_segment s;

    if (aw_elf_open(file, &elf, NULL) != AW_OK) {
        return false;
    }
    for (size_t k = 0; k < elf.n; k++) {
        if (aw_elf_segment(&elf, k, &s, NULL) != AW_OK) {
            continue;
        }
        if (!fits(&s)) {
            return false;
        }
        if (s.bytes.n > 0) {
            memcpy(&b->m.ram[s.address - MACHINE_RAM], s.bytes.p, s.bytes.n);
        }
    }
    tw_cpu_reset(b->m.cpu, elf.entry);
    return true;
}

static size_t read_file(const char *path, uint8_t *bytes)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0;

    if (f != NULL) {
        n = fread(bytes, 1, FILE_MAX, f);
        (void)fclose(f);
    }
    return n;
}

static int run(struct board *b)
{
    enum tw_stop stop =
        tw_cpu_run(b->m.cpu, (uint64_t)SECONDS_MAX * MACHINE_IPS);

    (void)fflush(stdout);
    if (stop == TW_STOP_DIAGNOSIS) {
        (void)fprintf(stderr, "stopped: %s\n", b->m.said);
    }
    return stop == TW_STOP_IDLE ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: twin-image FILE\n");
        return 2;
    }
    struct board *b = aw_alloc(1, sizeof(*b));
    uint8_t *bytes = aw_alloc(FILE_MAX, 1);
    int status = 2;

    open_board(b);
    if (load(b, (aw_bytes){bytes, read_file(argv[1], bytes)})) {
        status = run(b);
    } else {
        (void)fprintf(stderr, "twin-image: no image that fits: %s\n", argv[1]);
    }
    machine_close(&b->m);
    free(bytes);
    free(b);
    return status;
}
