/* SPDX-License-Identifier: Apache-2.0 */
#include "board/board.h"

#include <stdio.h>
#include <string.h>

#include "board/parts.h"

/* Numbers of shared interrupts. Source: IMX6ULRM, table "ARM Domain
 * Interrupts". */
enum {
    SPI_UART1 = 26,
    SPI_UART2 = 27,
    SPI_I2C1 = 36,
    SPI_I2C2 = 37,
    SPI_GPT1 = 55,
    SPI_EPIT1 = 56,
    SPI_EPIT2 = 57,
    SPI_GPIO1 = 66, /* two for each port */
    SPI_WDOG1 = 80,
    SPI_WDOG2 = 81,
    SPI_WDOG3 = 11,
    SPI_USDHC1 = 22,
    SPI_USDHC2 = 23,
    SPI_RNGB = 6,
    SPI_CAAM_RING3 = 46,
    SPI_DCP = 47,
    SPI_CAAM_RING1 = 105, /* and the second above */
    SPI_USB1 = 43,
    SPI_USB2 = 42,
    SPI_TZASC = 108,
    SPI_GPT2 = 109,
    PPI_SECURE_TIMER = 29,
    PPI_TIMER = 30,
    PPI_VIRTUAL_TIMER = 27
};

enum {
    PMIC_ADDRESS = 0x08,
    PMIC_LDO3 = 0x52,
    PMIC_LDO3_3V3 = 0x1f,
    PLUG_ADDRESS = 0x61,
    ELEMENT_ADDRESS = 0x48,
    RECEPTACLE_ADDRESS = 0x31,
    BOARD_BANK = 4,
    BOARD_WORD = 2
};

static struct tw_line line(struct tw_board *board, uint32_t spi)
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

/* Clocks changed: those who count by them go on from here. */
static void on_clocks(void *ctx)
{
    struct tw_board *board = ctx;

    for (unsigned i = 0; i < 2; i++) {
        tw_gpt_clocks(&board->gpt[i]);
        tw_epit_clocks(&board->epit[i]);
    }
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

static void init_clocks(struct tw_board *board)
{
    struct tw_bus *bus = &board->bus;
    bool ul = board->config.soc == TW_UL;

    tw_ccm_analog_init(&board->ccm_analog, bus, &board->clock,
                       ul ? TW_DIGPROG_UL : TW_DIGPROG_ULL);
    tw_ccm_init(&board->ccm, bus, &board->ccm_analog);
    tw_pmu_init(&board->pmu, bus);
    tw_src_init(&board->src, bus);
    tw_sys_cnt_init(&board->sys_cnt, bus, &board->clock);
    tw_misc_init(&board->misc, bus, ul);
    tw_usbphy_init(&board->usbphy, bus);
}

static void init_timers(struct tw_board *board)
{
    static const struct {
        const char *name;
        uint32_t base;
        uint32_t spi;
    } gpts[2] = {{"GPT1", 0x02098000, SPI_GPT1},
                 {"GPT2", 0x020e8000, SPI_GPT2}},
      epits[2] = {{"EPIT1", 0x020d0000, SPI_EPIT1},
                  {"EPIT2", 0x020d4000, SPI_EPIT2}},
      wdogs[TW_WDOGS] = {{"WDOG1", 0x020bc000, SPI_WDOG1},
                         {"WDOG2", 0x020c0000, SPI_WDOG2},
                         {"WDOG3", 0x021e4000, SPI_WDOG3}};
    struct tw_bus *bus = &board->bus;

    for (unsigned i = 0; i < 2; i++) {
        tw_gpt_init(&board->gpt[i], gpts[i].name, gpts[i].base, bus,
                    &board->clock, &board->ccm);
        board->gpt[i].irq = line(board, gpts[i].spi);
        tw_epit_init(&board->epit[i], epits[i].name, epits[i].base, bus,
                     &board->clock, &board->ccm);
        board->epit[i].irq = line(board, epits[i].spi);
    }
    for (unsigned i = 0; i < TW_WDOGS; i++) {
        board->wdog_ctx[i] = (struct tw_board_wdog){.board = board, .index = i};
        tw_wdog_init(&board->wdog[i], wdogs[i].name, wdogs[i].base, bus,
                     &board->clock);
        board->wdog[i].irq = line(board, wdogs[i].spi);
        board->wdog[i].bite = tw_board_bite;
        board->wdog[i].bite_ctx = &board->wdog_ctx[i];
    }
    board->ccm.changed = on_clocks;
    board->ccm.changed_ctx = board;
    board->ccm_analog.changed = on_clocks;
    board->ccm_analog.changed_ctx = board;
}

static void init_pins(struct tw_board *board)
{
    static const struct {
        const char *name;
        uint32_t base;
    } gpios[TW_GPIOS] = {{"GPIO1", 0x0209c000},
                         {"GPIO2", 0x020a0000},
                         {"GPIO3", 0x020a4000},
                         {"GPIO4", 0x020a8000},
                         {"GPIO5", 0x020ac000}};
    struct tw_bus *bus = &board->bus;

    tw_iomuxc_init(&board->iomuxc, bus, board->config.soc != TW_UL);
    board->iomuxc.changed = tw_board_look_at_leds;
    board->iomuxc.changed_ctx = board;
    for (unsigned i = 0; i < TW_GPIOS; i++) {
        tw_gpio_init(&board->gpio[i], gpios[i].name, gpios[i].base, bus);
        board->gpio[i].irq_low = line(board, SPI_GPIO1 + 2 * i);
        board->gpio[i].irq_high = line(board, SPI_GPIO1 + 2 * i + 1);
        board->gpio[i].changed = tw_board_look_at_leds;
        board->gpio[i].changed_ctx = board;
    }
}

static void init_serial(struct tw_board *board)
{
    struct tw_bus *bus = &board->bus;
    static uint8_t pmic[TW_I2C_BYTES];

    pmic[PMIC_LDO3] = PMIC_LDO3_3V3;
    tw_uart_init(&board->uart[0], "UART1", 0x02020000, bus, &board->clock,
                 &board->ccm);
    board->uart[0].irq = line(board, SPI_UART1);
    tw_uart_init(&board->uart[1], "UART2", 0x021e8000, bus, &board->clock,
                 &board->ccm);
    board->uart[1].irq = line(board, SPI_UART2);
    board->uart[1].out = tw_board_print;
    board->uart[1].out_ctx = board;
    tw_i2c_init(&board->i2c[0], "I2C1", 0x021a0000, bus, &board->clock,
                &board->ccm);
    board->i2c[0].irq = line(board, SPI_I2C1);
    tw_i2c_add(&board->i2c[0], "PF1510", PMIC_ADDRESS, pmic);
    tw_i2c_add(&board->i2c[0], "TUSB320", PLUG_ADDRESS, NULL);
    tw_i2c_add(&board->i2c[0], "SE050", ELEMENT_ADDRESS, NULL);
    if (board->config.soc == TW_ULZ) {
        tw_i2c_add(&board->i2c[0], "FUSB303", RECEPTACLE_ADDRESS, NULL);
    }
    tw_i2c_init(&board->i2c[1], "I2C2", 0x021a4000, bus, &board->clock,
                &board->ccm);
    board->i2c[1].irq = line(board, SPI_I2C2);
}

static bool on_burnt_save(struct tw_board *board)
{
    return board->owner.fuses == NULL ||
           board->owner.fuses(board->owner.ctx, &board->fuses);
}

bool tw_board_keep_fuses(struct tw_board *board)
{
    return on_burnt_save(board);
}

static void on_burnt(void *ctx, unsigned bank, unsigned word, uint32_t bits)
{
    struct tw_board *board = ctx;
    char text[16];

    (void)snprintf(text, sizeof(text), "%08x", (unsigned)bits);
    (void)tw_board_keep_fuses(board);
    tw_board_tell(board, TW_BOARD_FUSE, bank * AW_VFUSE_BANK_WORDS + word,
                  text);
    if (board->fuses.off) {
        board->cut_off = true;
        tw_board_ask(board, TW_ASK_OFF);
    }
}

static void on_power_off(void *ctx)
{
    tw_board_ask(ctx, TW_ASK_OFF);
}

static void init_trust(struct tw_board *board)
{
    struct tw_bus *bus = &board->bus;

    tw_ocotp_init(&board->ocotp, bus, &board->clock, &board->ccm,
                  &board->fuses);
    board->ocotp.burnt = on_burnt;
    board->ocotp.burnt_ctx = board;
    tw_snvs_init(&board->snvs, bus, &board->clock);
    board->snvs.power_off = on_power_off;
    board->snvs.power_ctx = board;
    tw_tempmon_init(&board->tempmon, bus, &board->clock, &board->ocotp);
    tw_csu_init(&board->csu, bus);
    tw_tzasc_init(&board->tzasc, bus, &board->iomuxc, TW_DDR_BASE, TW_DDR_SIZE);
    board->tzasc.irq = line(board, SPI_TZASC);
    tw_mmdc_init(&board->mmdc, bus, TW_DDR_BASE, TW_DDR_SIZE);
}

static uint64_t usdhc1_hz(void *ctx)
{
    const struct tw_board *board = ctx;

    return tw_ccm_hz(&board->ccm, TW_ROOT_USDHC1);
}

static uint64_t usdhc2_hz(void *ctx)
{
    const struct tw_board *board = ctx;

    return tw_ccm_hz(&board->ccm, TW_ROOT_USDHC2);
}

static void on_cut(void *ctx)
{
    struct tw_board *board = ctx;

    board->cut_off = true;
    tw_board_ask(board, TW_ASK_OFF);
}

/* The slot of the gamma board. */
static void insert_card(struct tw_board *board,
                        const struct tw_board_storage *storage)
{
    const struct tw_sd_wiring wiring = {
        .clock = &board->clock,
        .report = &board->report,
        .cut = &board->cut,
        .store = storage->card,
        .blocks = TW_CARD_BLOCKS,
        .serial = (uint32_t)(board->config.unit >> 32)};

    tw_sd_init(&board->sd, &wiring);
    struct tw_card card = tw_sd_card(&board->sd);

    tw_usdhc_insert(&board->usdhc[0], &card);
}

static aw_err init_storage(struct tw_board *board,
                           const struct tw_board_storage *storage)
{
    const struct tw_usdhc_wiring hosts[TW_USDHCS] = {
        {.name = "USDHC1",
         .clock = &board->clock,
         .bus = &board->bus,
         .master = TW_USDHC1,
         .line = line(board, SPI_USDHC1),
         .hz = usdhc1_hz,
         .hz_ctx = board},
        {.name = "USDHC2",
         .clock = &board->clock,
         .bus = &board->bus,
         .master = TW_USDHC2,
         .line = line(board, SPI_USDHC2),
         .hz = usdhc2_hz,
         .hz_ctx = board},
    };
    struct tw_emmc_wiring wiring = {.clock = &board->clock,
                                    .report = &board->report,
                                    .cut = &board->cut,
                                    .nvm = storage->nvm,
                                    .blocks = TW_EMMC_BLOCKS,
                                    .serial = (uint32_t)board->config.unit};

    memcpy(wiring.parts, storage->parts, sizeof(wiring.parts));
    tw_cut_init(&board->cut, board->config.seed);
    board->cut.gone = on_cut;
    board->cut.ctx = board;
    aw_err err = tw_emmc_init(&board->emmc, &wiring);

    if (err != AW_OK) {
        return err;
    }
    tw_usdhc_init(&board->usdhc[0], &hosts[0], TW_USDHC1_BASE);
    tw_usdhc_init(&board->usdhc[1], &hosts[1], TW_USDHC2_BASE);
    struct tw_card card = tw_emmc_card(&board->emmc);

    tw_usdhc_insert(&board->usdhc[1], &card);
    if (board->config.card) {
        insert_card(board, storage);
    }
    return AW_OK;
}

static bool key_usable(void *ctx)
{
    return tw_snvs_key_usable(ctx);
}

static void on_violation(void *ctx, const char *from)
{
    tw_snvs_violation(ctx, from);
}

static void init_caam(struct tw_board *board, const struct tw_hwkey *key)
{
    struct tw_caam_wiring wiring = {.clock = &board->clock,
                                    .bus = &board->bus,
                                    .lines = {line(board, SPI_CAAM_RING1),
                                              line(board, SPI_CAAM_RING1 + 1),
                                              line(board, SPI_CAAM_RING3)},
                                    .key = *key,
                                    .violation = on_violation,
                                    .violation_ctx = &board->snvs};

    memcpy(wiring.seed, board->config.seed, sizeof(wiring.seed));
    tw_caam_init(&board->caam, &wiring);
    tw_board_add(board, tw_caam_device(&board->caam));
}

static void init_dcp(struct tw_board *board, const struct tw_hwkey *key)
{
    const struct tw_dcp_wiring dcp = {.clock = &board->clock,
                                      .bus = &board->bus,
                                      .line = line(board, SPI_DCP),
                                      .key = *key};
    struct tw_rngb_wiring rngb = {.clock = &board->clock,
                                  .bus = &board->bus,
                                  .line = line(board, SPI_RNGB)};

    memcpy(rngb.seed, board->config.seed, sizeof(rngb.seed));
    tw_dcp_init(&board->dcp, &dcp);
    tw_rngb_init(&board->rngb, &rngb);
    tw_board_add(board, tw_dcp_device(&board->dcp));
    tw_board_add(board, tw_rngb_device(&board->rngb));
}

/* CAAM on i.MX6UL, DCP and RNGB on the others. */
static void init_crypto(struct tw_board *board)
{
    struct tw_hwkey key = {.usable = key_usable, .ctx = &board->snvs};

    memcpy(key.secret, board->config.key, board->config.key_n);
    if (board->config.soc == TW_UL) {
        init_caam(board, &key);
    } else {
        init_dcp(board, &key);
    }
}

static bool phy_ready(void *ctx, unsigned index)
{
    const struct tw_board *board = ctx;

    return tw_usbphy_ready(&board->usbphy, index);
}

static void init_usb(struct tw_board *board)
{
    static const uint32_t spis[TW_PLUGS] = {SPI_USB1, SPI_USB2};

    for (unsigned i = 0; i < TW_PLUGS; i++) {
        tw_usb_host_init(&board->host[i], &board->port[i], &board->clock);
        tw_otg_init(&board->otg[i], i, &board->bus, &board->clock,
                    &board->port[i]);
        board->otg[i].irq = line(board, spis[i]);
        board->otg[i].phy_ready = phy_ready;
        board->otg[i].phy_ctx = board;
    }
    tw_otg_nc_init(&board->otg_nc, &board->bus);
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
    init_crypto(board);
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
    init_clocks(board);
    init_timers(board);
    init_pins(board);
    init_serial(board);
    init_trust(board);
    aw_err err = init_storage(board, storage);

    if (err != AW_OK) {
        tw_cpu_free(board->cpu);
        tw_memory_free(&board->ocram);
        tw_memory_free(&board->ddr);
        return err;
    }
    init_usb(board);
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
