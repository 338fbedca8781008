/* SPDX-License-Identifier: Apache-2.0 */
#include "image_board.h"

#include <stdio.h>
#include <string.h>

#include "aw/elf.h"
#include "aw/hostio/file.h"

enum { GPT1_SPI = 55, FILE_MAX = 8 << 20 };

static void on_byte(void *ctx, uint8_t byte)
{
    (void)ctx;
    (void)putchar(byte);
}

static void on_clocks(void *ctx)
{
    struct image_board *b = ctx;

    tw_gpt_clocks(&b->gpt);
}

static void reset(struct tw_device device)
{
    device.reset(device.model, TW_RESET_POWER);
}

void image_board_open(struct image_board *b, struct tw_line irq,
                      struct tw_line fiq)
{
    enum { UL_DIGPROG = 0x00640002 };
    struct tw_bus *bus = &b->m.bus;

    machine_open(&b->m);
    tw_gic_init(&b->gic, bus);
    b->gic.irq = irq;
    b->gic.fiq = fiq;
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

void image_board_close(struct image_board *b)
{
    machine_close(&b->m);
}

static bool fits(const struct aw_elf_segment *s)
{
    return s->address >= MACHINE_RAM &&
           s->address - MACHINE_RAM <= MACHINE_RAM_SIZE - s->size &&
           s->size <= MACHINE_RAM_SIZE;
}

static bool load(struct image_board *b, aw_bytes file, uint32_t *entry)
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
    *entry = elf.entry;
    return true;
}

bool image_board_load(struct image_board *b, const char *path, uint32_t *entry)
{
    struct aw_blob file = {.p = NULL};
    bool good = aw_file_read(path, FILE_MAX, &file, NULL) == AW_OK &&
                load(b, aw_blob_bytes(&file), entry);

    aw_blob_free(&file);
    return good;
}
