/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest image: prints a line, then idles. For tests of what brings an
 * image to a board. */
#include "fw/console.h"
#include "fw/led.h"
#include "fw/print.h"
#include "fw/start.h"
#include "fw/time.h"

void image_main(uint32_t r0, uint32_t r1)
{
    enum { PERIOD_US = 1000000 };

    (void)r0;
    (void)r1;
    console_init();
    print("hello from an image\n");
    led_set(LED_WHITE, true);
    for (;;) {
        time_sleep_us(PERIOD_US);
    }
}
