/* SPDX-License-Identifier: Apache-2.0 */
/* The LAN jack of a board: what must be set up before a frame gets through. */
#include <string.h>

#include "suites.h"
#include "support.h"
#include "twin_board.h"

#define RING UINT32_C(0x0091a000)
#define BUF  UINT32_C(0x0091b000)

enum {
    ENET2 = TW_ENET2_BASE,
    GPR1 = 0x020e4004,
    PLL_ENET_SET = 0x020c80e4,
    PLL_ENET_CLR = 0x020c80e8,
    FRAME = 64
};

static struct {
    struct twin_board tb;
    unsigned sent;
    size_t n;
} t;

static void on_frame(void *ctx, const uint8_t *frame, size_t n)
{
    (void)ctx;
    ck_assert_uint_eq(frame[12], 0);
    t.sent++;
    t.n = n;
}

static void wr(uint32_t address, uint32_t value)
{
    const struct tw_access how = {.address = address,
                                  .size = 4,
                                  .write = true,
                                  .secure = true,
                                  .privileged = true,
                                  .master = TW_ROM};

    ck_assert_msg(tw_bus_write(&t.tb.board.bus, &how, value), "0x%08x",
                  (unsigned)address);
}

static uint32_t rd(uint32_t address)
{
    const struct tw_access how = {.address = address,
                                  .size = 4,
                                  .secure = true,
                                  .privileged = true,
                                  .master = TW_ROM};
    uint32_t value = 0;

    ck_assert(tw_bus_read(&t.tb.board.bus, &how, &value));
    return value;
}

static void mdio_write(uint32_t reg, uint32_t value)
{
    wr(ENET2 + 0x40, 0x50020000 | reg << 18 | value);
    (void)twin_board_run_ms(&t.tb, 1);
}

/* What firmware sets up, one step of it left out. */
enum step {
    PLL,
    DIVIDER,
    DIRECTION,
    SELECT,
    CLOCK_PAD,
    DATA_PAD,
    PHY,
    CABLE,
    NOTHING
};

static void set_up(enum step left_out)
{
    static const uint32_t pads[] = {0x0e4, 0x0e8, 0x0ec, 0x0f0,
                                    0x0f4, 0x0f8, 0x100};

    for (size_t i = 0; i < COUNT(pads); i++) {
        wr(0x020e0000 + pads[i], left_out == DATA_PAD ? 5 : 0);
    }
    wr(0x020e00fc, left_out == CLOCK_PAD ? 5 : 0x14);
    wr(GPR1, (rd(GPR1) & ~UINT32_C(0x44000)) |
                 (left_out == DIRECTION ? 0 : UINT32_C(1) << 18) |
                 (left_out == SELECT ? UINT32_C(1) << 14 : 0));
    wr(PLL_ENET_CLR, 0x100f);
    wr(PLL_ENET_SET, left_out == DIVIDER ? 0 : 4);
    (void)twin_board_run_ms(&t.tb, 1);
    wr(PLL_ENET_SET, left_out == PLL ? 0 : UINT32_C(1) << 20);
    wr(PLL_ENET_CLR, UINT32_C(1) << 16);
    tw_board_network(&t.tb.board, left_out != CABLE);

    wr(ENET2 + 0x44, 1 << 8 | 13 << 1);
    if (left_out != PHY) {
        mdio_write(0x17, 0x81);
    }
    (void)twin_board_run_ms(&t.tb, 1700);
    wr(RING, 0x8000U << 16 | 0x2000U << 16);
    wr(RING + 4, BUF);
    wr(RING + 8, UINT32_C(0xac00) << 16 | FRAME);
    wr(RING + 12, BUF + 0x800);
    wr(ENET2 + 0x184, RING + 8);
    wr(ENET2 + 0x180, RING);
    wr(ENET2 + 0x188, 1536);
    wr(ENET2 + 0x84, UINT32_C(1518) << 16 | 0x12c);
    wr(ENET2 + 0x24, 1 << 8 | 2);
    wr(ENET2 + 0x10, 1 << 24);
}

static void start(enum tw_soc soc)
{
    memset(&t, 0, sizeof(t));
    twin_board_init(&t.tb, soc);
    t.tb.board.owner.frame = on_frame;
    tw_board_on(&t.tb.board);
    (void)twin_board_run_ms(&t.tb, 100);
}

START_TEST(jack)
{
    static const uint8_t frame[FRAME];
    bool all = _i == NOTHING;

    start(TW_ULL);
    set_up((enum step)_i);
    wr(ENET2 + 0x14, 1 << 24);
    (void)twin_board_run_ms(&t.tb, 1);
    ck_assert_uint_eq(t.sent, all ? 1 : 0);
    ck_assert_uint_eq(t.n, all ? FRAME : 0);
    bool taken = tw_board_receive(&t.tb.board, frame, sizeof(frame));

    (void)twin_board_run_ms(&t.tb, 1);
    ck_assert(taken == (rd(RING) >> 31 == 0));
    ck_assert(taken || !all);
    ck_assert(!taken || (_i != PHY && _i != CABLE));
    twin_board_free(&t.tb);
}
END_TEST

START_TEST(none_on_gamma)
{
    static const uint8_t frame[FRAME];
    uint32_t value = 0;
    const struct tw_access how = {
        .address = ENET2, .size = 4, .secure = true, .privileged = true};

    start(TW_ULZ);
    tw_board_network(&t.tb.board, true);
    ck_assert(!tw_board_receive(&t.tb.board, frame, sizeof(frame)));
    ck_assert(!tw_bus_read(&t.tb.board.bus, &how, &value));
    twin_board_free(&t.tb);
}
END_TEST

START_TEST(off_is_deaf)
{
    static const uint8_t frame[FRAME];

    start(TW_UL);
    set_up(NOTHING);
    tw_board_off(&t.tb.board);
    (void)twin_board_run_ms(&t.tb, 1);
    ck_assert(!tw_board_receive(&t.tb.board, frame, sizeof(frame)));
    twin_board_free(&t.tb);
}
END_TEST

Suite *suite_twin_network(void)
{
    Suite *s = suite_create("twin_network");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, jack, 0, NOTHING + 1);
    tcase_add_test(tc, none_on_gamma);
    tcase_add_test(tc, off_is_deaf);
    suite_add_tcase(s, tc);
    return s;
}
