/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/panic.h"

#include "aw/err.h"
#include "fw/cpu.h"
#include "fw/led.h"
#include "fw/print.h"
#include "fw/src.h"
#include "fw/time.h"
#include "fw/wdog.h"

enum {
    ROUNDS = 5, /* long enough to be counted by eye */
    BLINK_US = 200000,
    PAUSE_US = 1000000
};

static void blink(enum led led, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        led_set(led, true);
        time_sleep_us(BLINK_US);
        led_set(led, false);
        time_sleep_us(BLINK_US);
        wdog_service();
    }
}

void panic(enum panic_code code, const char *why)
{
    panic_detail(code, 0, why);
}

void panic_detail(enum panic_code code, unsigned detail, const char *why)
{
    cpu_irq_off();
    print("panic %u.%u: %s\n", (unsigned)code, detail, why);
    led_set(LED_WHITE, false);
    led_set(LED_BLUE, false);
    for (unsigned round = 0; round < ROUNDS; round++) {
        blink(LED_WHITE, (unsigned)code);
        blink(LED_BLUE, detail);
        time_sleep_us(PAUSE_US);
        wdog_service();
    }
    src_serial_download();
}

/* The device's definition of what AW_BUG_ON ends in. */
void aw_bug(const char *file, int line, const char *what)
{
    print("bug: %s:%d: %s\n", file, line, what);
    panic(PANIC_BUG, "bug");
}
