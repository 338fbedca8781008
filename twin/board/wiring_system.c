/* SPDX-License-Identifier: Apache-2.0 */
#include "board/parts.h"
#include "board/wiring.h"

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

/* Clocks changed: those who count by them go on from here. */
static void on_clocks(void *ctx)
{
    struct tw_board *board = ctx;

    for (unsigned i = 0; i < 2; i++) {
        tw_gpt_clocks(&board->gpt[i]);
        tw_epit_clocks(&board->epit[i]);
    }
}

void tw_board_init_clocks(struct tw_board *board)
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

void tw_board_init_timers(struct tw_board *board)
{
    static const struct {
        const char *name;
        uint32_t base;
        uint32_t spi;
    } gpts[2] = {{"GPT1", 0x02098000, TW_SPI_GPT1},
                 {"GPT2", 0x020e8000, TW_SPI_GPT2}},
      epits[2] = {{"EPIT1", 0x020d0000, TW_SPI_EPIT1},
                  {"EPIT2", 0x020d4000, TW_SPI_EPIT2}},
      wdogs[TW_WDOGS] = {{"WDOG1", 0x020bc000, TW_SPI_WDOG1},
                         {"WDOG2", 0x020c0000, TW_SPI_WDOG2},
                         {"WDOG3", 0x021e4000, TW_SPI_WDOG3}};
    struct tw_bus *bus = &board->bus;

    for (unsigned i = 0; i < 2; i++) {
        tw_gpt_init(&board->gpt[i], gpts[i].name, gpts[i].base, bus,
                    &board->clock, &board->ccm);
        board->gpt[i].irq = tw_board_line(board, gpts[i].spi);
        tw_epit_init(&board->epit[i], epits[i].name, epits[i].base, bus,
                     &board->clock, &board->ccm);
        board->epit[i].irq = tw_board_line(board, epits[i].spi);
    }
    for (unsigned i = 0; i < TW_WDOGS; i++) {
        board->wdog_ctx[i] = (struct tw_board_wdog){.board = board, .index = i};
        tw_wdog_init(&board->wdog[i], wdogs[i].name, wdogs[i].base, bus,
                     &board->clock);
        board->wdog[i].irq = tw_board_line(board, wdogs[i].spi);
        board->wdog[i].bite = tw_board_bite;
        board->wdog[i].bite_ctx = &board->wdog_ctx[i];
    }
    board->ccm.changed = on_clocks;
    board->ccm.changed_ctx = board;
    board->ccm_analog.changed = on_clocks;
    board->ccm_analog.changed_ctx = board;
}

void tw_board_init_pins(struct tw_board *board)
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
        board->gpio[i].irq_low = tw_board_line(board, TW_SPI_GPIO1 + 2 * i);
        board->gpio[i].irq_high =
            tw_board_line(board, TW_SPI_GPIO1 + 2 * i + 1);
        board->gpio[i].changed = tw_board_look_at_leds;
        board->gpio[i].changed_ctx = board;
    }
}

void tw_board_init_serial(struct tw_board *board)
{
    struct tw_bus *bus = &board->bus;
    static uint8_t pmic[TW_I2C_BYTES];

    pmic[PMIC_LDO3] = PMIC_LDO3_3V3;
    tw_uart_init(&board->uart[0], "UART1", 0x02020000, bus, &board->clock,
                 &board->ccm);
    board->uart[0].irq = tw_board_line(board, TW_SPI_UART1);
    tw_uart_init(&board->uart[1], "UART2", 0x021e8000, bus, &board->clock,
                 &board->ccm);
    board->uart[1].irq = tw_board_line(board, TW_SPI_UART2);
    board->uart[1].out = tw_board_print;
    board->uart[1].out_ctx = board;
    tw_i2c_init(&board->i2c[0], "I2C1", 0x021a0000, bus, &board->clock,
                &board->ccm);
    board->i2c[0].irq = tw_board_line(board, TW_SPI_I2C1);
    tw_i2c_add(&board->i2c[0], "PF1510", PMIC_ADDRESS, pmic);
    tw_i2c_add(&board->i2c[0], "TUSB320", PLUG_ADDRESS, NULL);
    tw_i2c_add(&board->i2c[0], "SE050", ELEMENT_ADDRESS, NULL);
    if (board->config.soc == TW_ULZ) {
        tw_i2c_add(&board->i2c[0], "FUSB303", RECEPTACLE_ADDRESS, NULL);
    }
    tw_i2c_init(&board->i2c[1], "I2C2", 0x021a4000, bus, &board->clock,
                &board->ccm);
    board->i2c[1].irq = tw_board_line(board, TW_SPI_I2C2);
}

static bool phy_ready(void *ctx, unsigned index)
{
    const struct tw_board *board = ctx;

    return tw_usbphy_ready(&board->usbphy, index);
}

void tw_board_init_usb(struct tw_board *board)
{
    static const uint32_t spis[TW_PLUGS] = {TW_SPI_USB1, TW_SPI_USB2};

    for (unsigned i = 0; i < TW_PLUGS; i++) {
        tw_usb_host_init(&board->host[i], &board->port[i], &board->clock);
        tw_otg_init(&board->otg[i], i, &board->bus, &board->clock,
                    &board->port[i]);
        board->otg[i].irq = tw_board_line(board, spis[i]);
        board->otg[i].phy_ready = phy_ready;
        board->otg[i].phy_ctx = board;
    }
    tw_otg_nc_init(&board->otg_nc, &board->bus);
}
