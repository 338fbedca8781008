/* SPDX-License-Identifier: Apache-2.0 */
#include "crash_card.h"

#include <string.h>

#include "aw/emmc.h"
#include "fw/policy.h"
#include "fw/print.h"
#include "fw/ring.h"
#include "fw/time.h"

static _Alignas(64) uint8_t area[CRASH_AREA];

static uint32_t block_of(unsigned i)
{
    return (uint32_t)aw_emmc_find(AW_EMMC_CRASH_LOG, AW_TRUSTED_APPLET, i)
        ->first;
}

static bool read_area(struct os *os, unsigned i, struct crash_area *found)
{
    return card_read(os->card, block_of(i), area, CRASH_AREA / CRASH_BLOCK,
                     NULL) == AW_OK &&
           crash_parse((aw_bytes){area, sizeof(area)}, found) == AW_OK;
}

/* Which area holds the newer log, and its number; CRASH_AREAS: none does. */
static unsigned newest(struct os *os, uint32_t *seq)
{
    unsigned at = CRASH_AREAS;
    struct crash_area found;

    *seq = 0;
    for (unsigned i = 0; i < CRASH_AREAS; i++) {
        if (read_area(os, i, &found) &&
            (at == CRASH_AREAS || found.seq > *seq)) {
            at = i;
            *seq = found.seq;
        }
    }
    return at;
}

static void fill(const struct os *os, uint32_t seq, struct aw_wr *w)
{
    const struct applet *a = &os->applet;
    const struct crash crash = {
        .seq = seq,
        .end = applet_end_name(a->end),
        .vector = a->state.vector,
        .pc = a->state.pc,
        .starts = a->starts,
        .ms = time_now() / TIME_PER_MS,
        .os = policy.version,
        .applet = os->versions.applet,
    };

    memset(area, 0, sizeof(area));
    crash_begin(&crash, w);
    size_t n = ring_copy(w->p + w->n, CRASH_TEXT_MAX - CRASH_LINE_MAX);

    w->n += n;
    crash_end(w);
}

void crash_note(struct os *os)
{
    struct aw_wr w = aw_wr_init(area, sizeof(area));
    uint32_t seq = 0;
    aw_err err = AW_OK;

    if (os->card == NULL) {
        return;
    }
    unsigned at = newest(os, &seq);

    fill(os, seq + 1, &w);
    err = card_write(os->card, block_of(at == 0 ? 1 : 0), area,
                     crash_blocks(w.n), NULL);
    if (err == AW_OK) {
        err = card_flush(os->card, NULL);
    }
    if (err != AW_OK) {
        print("crash log: %s\n", aw_err_name(err));
    }
}

aw_bytes crash_newest(struct os *os)
{
    struct crash_area found = {.seq = 0};
    uint32_t seq = 0;

    if (os->card == NULL) {
        return (aw_bytes){NULL, 0};
    }
    unsigned at = newest(os, &seq);

    if (at == CRASH_AREAS || !read_area(os, at, &found)) {
        return (aw_bytes){NULL, 0};
    }
    return found.all;
}
