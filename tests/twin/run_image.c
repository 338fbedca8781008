/* SPDX-License-Identifier: Apache-2.0 */
/* twin-image FILE: runs an ELF image on the processor of the twin with the few
 * devices that test images use, until it waits for nothing. What it prints
 * comes out; a diagnosis goes to standard error. */
#include <stdio.h>
#include <stdlib.h>

#include "aw/hostio/alloc.h"
#include "image_board.h"

enum { SECONDS_MAX = 120 };

static void on_irq(void *ctx, uint32_t number, bool level)
{
    struct image_board *b = ctx;

    (void)number;
    tw_cpu_irq(b->m.cpu, level);
}

static void on_fiq(void *ctx, uint32_t number, bool level)
{
    struct image_board *b = ctx;

    (void)number;
    tw_cpu_fiq(b->m.cpu, level);
}

static int run(struct image_board *b)
{
    enum tw_stop stop =
        tw_cpu_run(b->m.cpu, (uint64_t)SECONDS_MAX * MACHINE_IPS);

    (void)fflush(stdout);
    if (stop == TW_STOP_DIAGNOSIS) {
        (void)fprintf(stderr, "stopped: %s\n", b->m.said);
    }
    return stop == TW_STOP_IDLE ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: twin-image FILE\n");
        return 2;
    }
    struct image_board *b = aw_alloc(1, sizeof(*b));
    uint32_t entry = 0;
    int status = 2;

    image_board_open(b, (struct tw_line){.set = on_irq, .ctx = b},
                     (struct tw_line){.set = on_fiq, .ctx = b});
    if (image_board_load(b, argv[1], &entry)) {
        tw_cpu_reset(b->m.cpu, entry);
        status = run(b);
    } else {
        (void)fprintf(stderr, "twin-image: no image that fits: %s\n", argv[1]);
    }
    image_board_close(b);
    free(b);
    return status;
}
