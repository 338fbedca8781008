/* SPDX-License-Identifier: Apache-2.0 */
#include "models/uart.h"

#include <string.h>

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    BASE = 0x021e8000,
    URXD = BASE,
    UTXD = BASE + 0x40,
    UCR1 = BASE + 0x80,
    UCR2 = BASE + 0x84,
    UCR3 = BASE + 0x88,
    UCR4 = BASE + 0x8c,
    UFCR = BASE + 0x90,
    USR1 = BASE + 0x94,
    USR2 = BASE + 0x98,
    UBIR = BASE + 0xa4,
    UBMR = BASE + 0xa8,
    UTS = BASE + 0xb4
};

static struct {
    struct rig rig;
    struct tw_uart uart;
    struct rig_line irq;
    char sent[128];
    size_t n;
} t;

static void out(void *ctx, uint8_t byte)
{
    (void)ctx;
    ck_assert_uint_lt(t.n, sizeof(t.sent) - 1);
    t.sent[t.n++] = (char)byte;
}

static void setup(void)
{
    rig_init(&t.rig);
    tw_uart_init(&t.uart, "UART2", BASE, &t.rig.bus, &t.rig.clock, &t.rig.ccm);
    t.uart.irq = rig_watch(&t.irq);
    t.uart.out = out;
    rig_write(&t.rig, 0x020c8010, 0x3040); /* PLL3 on: 80 MHz */
}

/* 115200 8N1, as the manual's programming example. */
static void start(void)
{
    rig_write(&t.rig, UCR1, 0);
    rig_write(&t.rig, UCR2, 0);
    ck_assert_uint_eq(rig_read(&t.rig, UCR2) & 1, 1);
    rig_write(&t.rig, UCR3, 0x784);
    rig_write(&t.rig, UFCR, 0xa01);
    rig_write(&t.rig, UBIR, 15);
    rig_write(&t.rig, UBMR, 347);
    rig_write(&t.rig, UCR2, 0x4027);
    rig_write(&t.rig, UCR1, 1);
}

/* Ten bits of 8.7 us each. */
START_TEST(sends)
{
    start();
    for (const char *p = "hello"; *p != '\0'; p++) {
        rig_write(&t.rig, UTXD, (uint32_t)*p);
    }
    ck_assert_uint_eq(rig_read(&t.rig, USR2) & 0x4008, 0);
    ck_assert_uint_eq(t.n, 0);
    rig_run_us(&t.rig, 80);
    ck_assert_uint_eq(t.n, 0);
    rig_run_us(&t.rig, 10);
    ck_assert_uint_eq(t.n, 1);
    rig_run_us(&t.rig, 350);
    ck_assert_str_eq(t.sent, "hello");
    ck_assert_uint_eq(rig_read(&t.rig, USR2) & 0x4008, 0x4008);
}
END_TEST

START_TEST(fifo_full)
{
    start();
    for (unsigned i = 0; i < 32; i++) {
        ck_assert_uint_eq(rig_read(&t.rig, UTS) & 0x10, 0);
        rig_write(&t.rig, UTXD, 'a');
    }
    ck_assert_uint_eq(rig_read(&t.rig, UTS) & 0x10, 0x10);
    rig_write(&t.rig, UTXD, 'b');
    ck_assert_str_eq(t.rig.said, "UART2: UTXD written while full");
    rig_run_us(&t.rig, 32 * UINT64_C(87));
    ck_assert_uint_eq(t.n, 32);
    /* What was not sent is lost when the port is switched off. */
    rig_write(&t.rig, UTXD, 'c');
    rig_write(&t.rig, UCR1, 0);
    ck_assert_str_eq(t.rig.said,
                     "UART2: switched off with 1 characters unsent");
    rig_run_us(&t.rig, 200);
    ck_assert_uint_eq(t.n, 32);
    rig_write(&t.rig, UTXD, 'd');
    ck_assert_str_eq(t.rig.said,
                     "UART2: UTXD written while the transmitter is off");
}
END_TEST

START_TEST(receives)
{
    ck_assert(!tw_uart_ready(&t.uart));
    tw_uart_receive(&t.uart, 'x');
    start();
    ck_assert_uint_eq(rig_read(&t.rig, USR2) & 1, 0);
    rig_write(&t.rig, UCR1, 0x201);
    tw_uart_receive(&t.uart, 'a');
    ck_assert(t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, USR2) & 1, 1);
    ck_assert_uint_eq(rig_read(&t.rig, URXD), 0x8000 | 'a');
    ck_assert(!t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, URXD), 0);
    ck_assert_str_eq(t.rig.said, "UART2: URXD read while empty");
    for (unsigned i = 0; i < 33; i++) {
        ck_assert_int_eq(tw_uart_ready(&t.uart), i < 32);
        tw_uart_receive(&t.uart, (uint8_t)i);
    }
    ck_assert_uint_eq(rig_read(&t.rig, USR2) & 2, 2);
    for (unsigned i = 0; i < 31; i++) {
        ck_assert_uint_eq(rig_read(&t.rig, URXD), 0x8000 | i);
    }
    ck_assert_uint_eq(rig_read(&t.rig, URXD), 0x8000 | 0x6000 | 31);
    rig_write(&t.rig, USR2, 2);
    ck_assert_uint_eq(rig_read(&t.rig, USR2) & 2, 0);
}
END_TEST

START_TEST(interrupts)
{
    start();
    rig_write(&t.rig, UCR4, 0x8008); /* transmission complete */
    ck_assert(t.irq.level);
    rig_write(&t.rig, UTXD, 'a');
    ck_assert(!t.irq.level);
    rig_run_us(&t.rig, 100);
    ck_assert(t.irq.level);
    rig_write(&t.rig, UCR4, 0x8000);
    rig_write(&t.rig, UCR1, 0x2001); /* room for more */
    ck_assert(t.irq.level);
    rig_write(&t.rig, UTXD, 'b');
    rig_write(&t.rig, UTXD, 'c');
    ck_assert(!t.irq.level);
}
END_TEST

START_TEST(state)
{
    struct tw_device device = tw_uart_device(&t.uart);

    start();
    rig_write(&t.rig, UTS, 0x1000); /* loop back */
    rig_write(&t.rig, UTXD, 'a');
    rig_write(&t.rig, UTXD, 'b');
    rig_run_us(&t.rig, 100);
    rig_round_trip(&t.rig, &device);
    rig_run_us(&t.rig, 100);
    ck_assert_uint_eq(rig_read(&t.rig, URXD), 0x8000 | 'a');
    ck_assert_uint_eq(rig_read(&t.rig, URXD), 0x8000 | 'b');
    ck_assert_uint_eq(t.n, 0);
    device.reset(device.model, TW_RESET_WARM);
    ck_assert_uint_eq(rig_read(&t.rig, UCR1), 0);
    ck_assert_uint_eq(rig_read(&t.rig, USR2), 0x4008);
    t.rig.size = 1;
    ck_assert(rig_refuses_write(&t.rig, UTXD, 'a'));
}
END_TEST

Suite *suite_twin_uart(void)
{
    Suite *s = suite_create("twin_uart");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, sends);
    tcase_add_test(tc, fifo_full);
    tcase_add_test(tc, receives);
    tcase_add_test(tc, interrupts);
    tcase_add_test(tc, state);
    suite_add_tcase(s, tc);
    return s;
}
