/* SPDX-License-Identifier: Apache-2.0 */
#include "board/board.h"

#include <string.h>

#include "board/parts.h"
#include "board/wiring.h"

enum { PPI_SECURE_TIMER = 29, PPI_TIMER = 30, PPI_VIRTUAL_TIMER = 27 };

struct tw_line tw_board_line(struct tw_board *board, uint32_t spi)
{
    return (struct tw_line){
        .set = tw_gic_line, .ctx = &board->gic, .number = TW_GIC_SPI + spi};
}

static void on_irq(void *ctx, uint32_t number, bool level)
{
    struct tw_board *board = ctx;

    (void)number;
    tw_cpu_irq(board->cpu, level);
}

static void on_fiq(void *ctx, uint32_t number, bool level)
{
    struct tw_board *board = ctx;

    (void)number;
    tw_cpu_fiq(board->cpu, level);
}

void tw_board_tell(struct tw_board *board, enum tw_board_kind kind,
                   uint64_t value, const char *text)
{
    const struct tw_board_event event = {
        .kind = kind, .tick = board->clock.now, .value = value, .text = text};

    if (board->owner.event != NULL) {
        board->owner.event(board->owner.ctx, &event);
    }
}

static void on_report(void *ctx, enum tw_report_kind kind, uint64_t tick,
                      const char *text)
{
    (void)tick;
    tw_board_tell(ctx, TW_BOARD_REPORT, (uint64_t)kind, text);
}

void tw_board_add(struct tw_board *board, struct tw_device device)
{
    AW_BUG_ON(board->n_devices >= TW_BOARD_DEVICES);
    board->devices[board->n_devices] = device;
    board->n_devices++;
}

static void init_core(struct tw_board *board)
{
    struct tw_bus *bus = &board->bus;
    struct tw_line timers[TW_TIMERS] = {
        [TW_TIMER_SECURE] = {.number = PPI_SECURE_TIMER},
        [TW_TIMER_NONSECURE] = {.number = PPI_TIMER},
        [TW_TIMER_VIRTUAL] = {.number = PPI_VIRTUAL_TIMER},
    };

    tw_clock_init(&board->clock, board->config.ips);
    board->report = (struct tw_report){
        .line = on_report, .ctx = board, .now = &board->clock.now};
    tw_bus_init(bus, &board->report);
    board->cpu = tw_cpu_new(bus, &board->clock, &board->report);
    tw_memory_init(&board->ocram, "OCRAM", TW_OCRAM_BASE, TW_OCRAM_SIZE, bus);
    tw_memory_init(&board->ddr, "DDR", TW_DDR_BASE, TW_DDR_SIZE, bus);
    tw_gic_init(&board->gic, bus);
    board->gic.irq = (struct tw_line){.set = on_irq, .ctx = board};
    board->gic.fiq = (struct tw_line){.set = on_fiq, .ctx = board};
    for (unsigned i = 0; i < TW_TIMERS; i++) {
        timers[i].set = tw_gic_line;
        timers[i].ctx = &board->gic;
        tw_cpu_timer_line(board->cpu, (enum tw_timer_id)i, &timers[i]);
    }
}

/* In the order of reset: power and clocks first, the ROM last. */
static void list_devices(struct tw_board *board)
{
    tw_board_add(board, tw_ccm_analog_device(&board->ccm_analog));
    tw_board_add(board, tw_ccm_device(&board->ccm));
    tw_board_add(board, tw_pmu_device(&board->pmu));
    tw_board_add(board, tw_src_device(&board->src));
    tw_board_add(board, tw_gic_device(&board->gic));
    tw_board_add(board, tw_ocotp_device(&board->ocotp));
    tw_board_add(board, tw_iomuxc_device(&board->iomuxc));
    for (unsigned i = 0; i < TW_GPIOS; i++) {
        tw_board_add(board, tw_gpio_device(&board->gpio[i]));
    }
    for (unsigned i = 0; i < 2; i++) {
        tw_board_add(board, tw_uart_device(&board->uart[i]));
        tw_board_add(board, tw_gpt_device(&board->gpt[i]));
        tw_board_add(board, tw_epit_device(&board->epit[i]));
        tw_board_add(board, tw_i2c_device(&board->i2c[i]));
    }
    for (unsigned i = 0; i < TW_WDOGS; i++) {
        tw_board_add(board, tw_wdog_device(&board->wdog[i]));
    }
    tw_board_add(board, tw_snvs_device(&board->snvs));
    tw_board_add(board, tw_tempmon_device(&board->tempmon));
    tw_board_add(board, tw_csu_device(&board->csu));
    tw_board_add(board, tw_tzasc_device(&board->tzasc));
    tw_board_add(board, tw_mmdc_device(&board->mmdc));
    tw_board_add(board, tw_sys_cnt_device(&board->sys_cnt));
    tw_board_add(board, tw_usbphy_device(&board->usbphy));
    tw_board_add(board, tw_misc_device(&board->misc));
    tw_board_add(board, tw_emmc_device(&board->emmc));
    if (board->config.card) {
        tw_board_add(board, tw_sd_device(&board->sd));
    }
    tw_board_add(board, tw_usdhc_device(&board->usdhc[0]));
    tw_board_add(board, tw_usdhc_device(&board->usdhc[1]));
    tw_board_init_crypto(board);
    tw_board_add(board, tw_otg_nc_device(&board->otg_nc));
    for (unsigned i = 0; i < TW_PLUGS; i++) {
        tw_board_add(board, tw_otg_device(&board->otg[i]));
    }
    tw_board_add(board, tw_rom_device(&board->rom));
}

aw_err tw_board_init(struct tw_board *board, const struct tw_config *config,
                     const struct aw_vfuse *fuses,
                     const struct tw_board_storage *storage)
{
    memset(board, 0, sizeof(*board));
    board->config = *config;
    board->fuses = *fuses;
    init_core(board);
    tw_board_init_clocks(board);
    tw_board_init_timers(board);
    tw_board_init_pins(board);
    tw_board_init_serial(board);
    tw_board_init_trust(board);
    aw_err err = tw_board_init_storage(board, storage);

    if (err != AW_OK) {
        tw_cpu_free(board->cpu);
        tw_memory_free(&board->ocram);
        tw_memory_free(&board->ddr);
        return err;
    }
    tw_board_init_usb(board);
    tw_board_init_network(board);
    tw_board_init_rom(board);
    tw_board_init_power(board);
    tw_board_init_faults(board);
    list_devices(board);
    tw_board_off(board);
    return AW_OK;
}

void tw_board_free(struct tw_board *board)
{
    if (board->config.card) {
        tw_sd_free(&board->sd);
    }
    tw_emmc_free(&board->emmc);
    tw_cpu_free(board->cpu);
    tw_memory_free(&board->ocram);
    tw_memory_free(&board->ddr);
}
