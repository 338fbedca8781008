/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/start.h"

#include "fw/clock.h"
#include "fw/gic.h"
#include "fw/led.h"
#include "fw/mmu.h"
#include "fw/panic.h"
#include "fw/ring.h"
#include "fw/secret.h"
#include "fw/time.h"
#include "fw/wdog.h"

/* Physical memory, IMX6ULLRM rev 1, chapter 2. */
enum {
    OCRAM = 0x00900000,
    OCRAM_SIZE = 0x20000,
    GIC_BASE = 0x00a00000,
    GIC_SIZE = 0x8000,
    PERIPHERALS = 0x02000000,
    PERIPHERALS_SIZE = 0x00300000
};
#define DDR      UINT32_C(0x80000000)
#define DDR_SIZE UINT32_C(0x20000000)

static _Alignas(16384) uint32_t l1[MMU_L1_ENTRIES];
static _Alignas(1024) uint32_t l2[MMU_L2_TABLES][MMU_L2_ENTRIES];

static uint32_t address(const void *p)
{
    return (uint32_t)(uintptr_t)p;
}

static struct mmu_range run(const uint8_t *from, const uint8_t *to,
                            enum mmu_kind kind)
{
    return (struct mmu_range){address(from), (uint32_t)(to - from), kind};
}

/* Page 0 is left out: a null pointer faults. */
static void map_memory(void)
{
    const struct mmu_range ranges[] = {
        {OCRAM, OCRAM_SIZE, MMU_DMA},
        {SECRET_GUARD, SECRET_STACK - SECRET_GUARD, MMU_NONE},
        {SECRET_STACK, SECRET_STACK_SIZE, MMU_DATA},
        {GIC_BASE, GIC_SIZE, MMU_DEVICE},
        {PERIPHERALS, PERIPHERALS_SIZE, MMU_DEVICE},
        {DDR, DDR_SIZE, MMU_DATA},
        run(image_start, text_end, MMU_CODE),
        run(text_end, const_end, MMU_CONST),
        run(dma_start, dma_end, MMU_DMA),
        run(stack_guard, stack_guard + 4096, MMU_NONE),
    };
    struct mmu_tables tables = {.l1 = l1, .l2 = l2, .l2_address = address(l2)};

    AW_BUG_ON(mmu_build(&tables, ranges, sizeof(ranges) / sizeof(ranges[0])) !=
              AW_OK);
    mmu_enable(&tables);
}

void fw_start(uint32_t r0, uint32_t r1)
{
    wdog_init();
    ring_init();
    gic_init();
    gic_enable(GIC_GPT1);
    time_init();
    led_init();
    image_early();
    map_memory();
    if (clock_init(NULL) != AW_OK) {
        panic(PANIC_CLOCK, "a PLL does not lock");
    }
    image_main(r0, r1);
    panic(PANIC_BUG, "the image returned");
}

/* Nothing here unmasks interrupts; an image that does has its own file. */
void irq_serve(void);

void irq_serve(void)
{
    uint32_t line = gic_take();

    if (line != GIC_SPURIOUS) {
        gic_disable(line);
        gic_end(line);
    }
}
