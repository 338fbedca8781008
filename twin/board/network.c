/* SPDX-License-Identifier: Apache-2.0 */
#include "board/board.h"
#include "board/parts.h"

enum { SPI_ENET1 = 118, SPI_ENET2 = 120 };

/* IOMUXC: pads of ENET2 on the LAN board, and what GPR1 says of its clock. */
enum {
    MUX_RXD0 = 0x0e4,
    MUX_RXD1 = 0x0e8,
    MUX_RX_EN = 0x0ec,
    MUX_TXD0 = 0x0f0,
    MUX_TXD1 = 0x0f4,
    MUX_TX_EN = 0x0f8,
    MUX_TX_CLK = 0x0fc,
    ALT_ENET2 = 0,
    ALT_REF_CLK2 = 4,
    GPR1_ENET2_CLK_SEL = 1 << 14,
    GPR1_ENET2_TX_CLK_DIR = 1 << 18,
    REFERENCE_HZ = 50000000
};

/* The SoC drives the 50 MHz reference that MAC and PHY share, and the pads
 * are those of ENET2. */
static bool enet2_wired(void *ctx)
{
    static const uint16_t pads[] = {MUX_RXD0, MUX_RXD1, MUX_RX_EN,
                                    MUX_TXD0, MUX_TXD1, MUX_TX_EN};
    const struct tw_board *board = ctx;
    uint32_t gpr1 = tw_iomuxc_gpr(&board->iomuxc, 1);

    for (size_t i = 0; i < sizeof(pads) / sizeof(pads[0]); i++) {
        if (tw_iomuxc_alt(&board->iomuxc, pads[i]) != ALT_ENET2) {
            return false;
        }
    }
    return (gpr1 & GPR1_ENET2_CLK_SEL) == 0 &&
           (gpr1 & GPR1_ENET2_TX_CLK_DIR) != 0 &&
           tw_iomuxc_alt(&board->iomuxc, MUX_TX_CLK) == ALT_REF_CLK2 &&
           tw_ccm_analog_hz(&board->ccm_analog, TW_PLL_ENET2) == REFERENCE_HZ;
}

static void on_frame(void *ctx, const uint8_t *frame, size_t n)
{
    const struct tw_board *board = ctx;

    if (board->owner.frame != NULL) {
        board->owner.frame(board->owner.ctx, frame, n);
    }
}

static bool has_network(const struct tw_board *board)
{
    return board->config.soc != TW_ULZ;
}

void tw_board_init_network(struct tw_board *board)
{
    const struct tw_line lines[2] = {{.set = tw_gic_line,
                                      .ctx = &board->gic,
                                      .number = TW_GIC_SPI + SPI_ENET1},
                                     {.set = tw_gic_line,
                                      .ctx = &board->gic,
                                      .number = TW_GIC_SPI + SPI_ENET2}};
    const struct tw_enet_wiring wiring[2] = {{.name = "ENET1",
                                              .clock = &board->clock,
                                              .bus = &board->bus,
                                              .master = TW_ENET1,
                                              .line = lines[0]},
                                             {.name = "ENET2",
                                              .clock = &board->clock,
                                              .bus = &board->bus,
                                              .master = TW_ENET2,
                                              .line = lines[1],
                                              .phy = &board->phy,
                                              .reference = enet2_wired,
                                              .reference_ctx = board,
                                              .send = on_frame,
                                              .send_ctx = board}};

    if (!has_network(board)) {
        return;
    }
    tw_phy_init(&board->phy, &board->clock, &board->report);
    tw_enet_init(&board->enet[0], &wiring[0], TW_ENET1_BASE);
    tw_enet_init(&board->enet[1], &wiring[1], TW_ENET2_BASE);
    tw_board_add(board, tw_enet_device(&board->enet[0]));
    tw_board_add(board, tw_enet_device(&board->enet[1]));
}

void tw_board_network(struct tw_board *board, bool in)
{
    if (has_network(board)) {
        tw_phy_cable(&board->phy, in);
    }
}

bool tw_board_receive(struct tw_board *board, const uint8_t *frame, size_t n)
{
    return has_network(board) && board->on &&
           tw_enet_receive(&board->enet[1], frame, n);
}
