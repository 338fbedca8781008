/* SPDX-License-Identifier: Apache-2.0 */
/* Drivers of the platform against the register fake. */
#include <string.h>

#include "fw/gic.h"
#include "fw/led.h"
#include "fw/print.h"
#include "fw/reg.h"
#include "fw/ring.h"
#include "fw/src.h"
#include "fw/time.h"
#include "fw/uart.h"
#include "fw/wdog.h"
#include "suites.h"
#include "support.h"

static char console[256];
static size_t n_console;

void console_put(uint8_t byte)
{
    if (n_console < sizeof(console) - 1) {
        console[n_console++] = (char)byte;
        console[n_console] = '\0';
    }
}

static void setup(void)
{
    fake_reset();
    ring_init();
    n_console = 0;
}

START_TEST(print_formats)
{
    print("%s %u %d %x%c%%|%08x", "text", 4294967295U, -2147483647 - 1, 0xbeefU,
          '!', 1U);
    ck_assert_str_eq(console,
                     "text 4294967295 -2147483648 0000beef!%|00000001");
    ck_assert_uint_eq(ring_log.written, n_console);
}
END_TEST

START_TEST(ring_keeps_the_newest)
{
    uint8_t out[8];

    for (uint32_t i = 0; i < 3 * RING_SIZE + 5; i++) {
        ring_put((uint8_t)i);
    }
    ck_assert_uint_eq(ring_copy(out, sizeof(out)), sizeof(out));
    for (uint32_t i = 0; i < sizeof(out); i++) {
        ck_assert_uint_eq(out[i], (uint8_t)(3 * RING_SIZE + 5 - 8 + i));
    }
    ring_init();
    ring_put('x');
    ck_assert_uint_eq(ring_copy(out, sizeof(out)), 1);
    ck_assert_uint_eq(out[0], 'x');
}
END_TEST

START_TEST(uart_waits_for_room)
{
    enum { UTXD = 0x40, UTS = 0xb4, FULL = 1 << 4 };

    uart_put(UART2, 'a');
    ck_assert_uint_eq(fake_get(UART2 + UTXD), 'a');
    /* A transmitter that never empties costs a byte, not the device. */
    fake_put(UART2 + UTS, FULL);
    uart_put(UART2, 'b');
    ck_assert_uint_eq(fake_get(UART2 + UTXD), 'a');
}
END_TEST

START_TEST(watchdog_registers)
{
    size_t n = 0;

    wdog_start(120);
    const struct fake_access *w = fake_writes(&n);

    ck_assert_uint_eq(n, 3);
    ck_assert_uint_eq(w[0].address, 0x020bc000);
    ck_assert_uint_eq(w[0].value, 119 << 8 | 0x34);
    ck_assert_uint_eq(w[1].value, 0x5555);
    ck_assert_uint_eq(w[2].value, 0xaaaa);
    fake_put(0x020c0008, 1);
    wdog_init();
    ck_assert_uint_eq(fake_get(0x020c0008), 0);
}
END_TEST

START_TEST(gic_lines)
{
    gic_init();
    gic_enable(GIC_GPT1);
    ck_assert_uint_eq(fake_get(0x00a01100 + 8), 1U << (GIC_GPT1 - 64));
    fake_put(0x00a0200c, 1023);
    ck_assert_uint_eq(gic_take(), GIC_SPURIOUS);
    fake_put(0x00a0200c, GIC_USB1);
    ck_assert_uint_eq(gic_take(), GIC_USB1);
}
END_TEST

START_TEST(leds_are_lit_at_zero)
{
    led_init();
    ck_assert_uint_eq(fake_get(0x020a8000), 3U << 21);
    ck_assert_uint_eq(fake_get(0x020a8004), 3U << 21);
    led_set(LED_WHITE, true);
    ck_assert_uint_eq(fake_get(0x020a8000), 1U << 22);
    led_set(LED_BLUE, true);
    led_set(LED_WHITE, false);
    ck_assert_uint_eq(fake_get(0x020a8000), 1U << 21);
}
END_TEST

/* The counter has 32 bits, time has not. */
START_TEST(time_goes_on_after_a_wrap)
{
    enum { CNT = 0x02098024 };

    time_init();
    fake_put(CNT, 0xfffffff0);
    uint64_t before = time_now();

    fake_put(CNT, 0x10);
    ck_assert_uint_eq(time_now() - before, 0x20);
    struct deadline d = deadline_us(1);

    ck_assert(!deadline_passed(&d));
    fake_put(CNT, 0x10 + TIME_PER_US);
    ck_assert(deadline_passed(&d));
}
END_TEST

START_TEST(reset_reason_is_taken_once)
{
    fake_put(0x020d8008, 0x11);
    ck_assert_uint_eq(src_take_reason(), 0x11);
    size_t n = 0;
    const struct fake_access *w = fake_writes(&n);

    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(w[0].value, 0x11);
}
END_TEST

START_TEST(request_is_forgotten)
{
    fake_put(0x020d8040, 0x20);
    fake_put(0x020d8044, 0x1000c000);
    src_forget_request();
    ck_assert_uint_eq(fake_get(0x020d8040), 0);
    ck_assert_uint_eq(fake_get(0x020d8044), 0xc000);
}
END_TEST

Suite *suite_fw_soc(void)
{
    Suite *s = suite_create("fw_soc");
    TCase *tc = tcase_create("drivers");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, print_formats);
    tcase_add_test(tc, request_is_forgotten);
    tcase_add_test(tc, ring_keeps_the_newest);
    tcase_add_test(tc, uart_waits_for_room);
    tcase_add_test(tc, watchdog_registers);
    tcase_add_test(tc, gic_lines);
    tcase_add_test(tc, leds_are_lit_at_zero);
    tcase_add_test(tc, time_goes_on_after_a_wrap);
    tcase_add_test(tc, reset_reason_is_taken_once);
    suite_add_tcase(s, tc);
    return s;
}
