/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_LED_H
#define FW_LED_H

#include <stdbool.h>

/* The two LEDs of the USB armory Mk II. */
enum led { LED_WHITE, LED_BLUE };

/** Pads and directions; both off. */
void led_init(void);

void led_set(enum led led, bool on);

#endif
