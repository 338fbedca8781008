/* SPDX-License-Identifier: Apache-2.0 */
#include "os/log/crash_card.h"

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

/* Of an area that is nearly empty little is read. */
static bool read_area(struct os *os, unsigned i, struct crash_area *found)
{
    if (card_read(os->card, block_of(i), area, 1, NULL) != AW_OK) {
        return false;
    }
    size_t n = crash_size((aw_bytes){area, CRASH_BLOCK});
    uint32_t blocks = (uint32_t)((n + CRASH_BLOCK - 1) / CRASH_BLOCK);

    return n > 0 &&
           (blocks == 1 ||
            card_read(os->card, block_of(i) + 1, area + CRASH_BLOCK, blocks - 1,
                      NULL) == AW_OK) &&
           crash_parse((aw_bytes){area, n}, found) == AW_OK;
}

/* What is known of the areas: the OS alone writes them. */
static struct {
    bool known;
    unsigned at; /* of the newer log; CRASH_AREAS: there is none */
    uint32_t seq;
} last;

static void find_newest(struct os *os)
{
    struct crash_area found;

    if (last.known) {
        return;
    }
    last.known = true;
    last.at = CRASH_AREAS;
    last.seq = 0;
    for (unsigned i = 0; i < CRASH_AREAS; i++) {
        if (read_area(os, i, &found) &&
            (last.at == CRASH_AREAS || found.seq > last.seq)) {
            last.at = i;
            last.seq = found.seq;
        }
    }
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

    if (os->card == NULL) {
        return;
    }
    find_newest(os);
    unsigned at = last.at == 0 ? 1 : 0;

    fill(os, last.seq + 1, &w);
    aw_err err =
        card_write(os->card, block_of(at), area, crash_blocks(w.n), NULL);

    if (err == AW_OK) {
        err = card_flush(os->card, NULL);
    }
    if (err == AW_OK) {
        last.at = at;
        last.seq++;
    } else {
        last.known = false;
        print("crash log: %s\n", aw_err_name(err));
    }
}

aw_bytes crash_newest(struct os *os)
{
    struct crash_area found = {.seq = 0};

    if (os->card == NULL) {
        return (aw_bytes){NULL, 0};
    }
    find_newest(os);
    if (last.at == CRASH_AREAS || !read_area(os, last.at, &found)) {
        return (aw_bytes){NULL, 0};
    }
    return found.all;
}
