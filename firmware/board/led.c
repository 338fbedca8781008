/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/led.h"

#include "fw/reg.h"

/* White: CSI_DATA00 = GPIO4_IO21; blue: CSI_DATA01 = GPIO4_IO22; lit at 0. */
enum { GPIO4_DR = 0x020a8000, GPIO4_GDIR = 0x020a8004 };
enum { MUX_GPIO = 5, PAD_OUTPUT = 0x10b0 /* keeper, 100 MHz, R0/6 */ };

static const struct {
    uint32_t mux;
    uint32_t pad;
    uint32_t bit;
} leds[] = {
    [LED_WHITE] = {0x020e01e4, 0x020e0470, 1U << 21},
    [LED_BLUE] = {0x020e01e8, 0x020e0474, 1U << 22},
};

void led_init(void)
{
    for (unsigned i = 0; i < sizeof(leds) / sizeof(leds[0]); i++) {
        reg_set(GPIO4_DR, leds[i].bit);
        reg_set(GPIO4_GDIR, leds[i].bit);
        reg_wr(leds[i].pad, PAD_OUTPUT);
        reg_wr(leds[i].mux, MUX_GPIO);
    }
}

void led_set(enum led led, bool on)
{
    reg_field(GPIO4_DR, leds[led].bit, on ? 0 : leds[led].bit);
}
