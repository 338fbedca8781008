/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/cache.h"
#include "fw/cpu.h"
#include "fw/dma.h"
#include "fw/reg.h"
#include "usbd_priv.h"

enum { PAGE = 4096, PAGES = 5 };

static uint8_t endpoint_of(unsigned pipe)
{
    return (uint8_t)(pipe / 2 | (pipe % 2 == 1 ? USBD_IN : 0U));
}

/* Of a pipe in ENDPTPRIME, FLUSH, STAT and COMPLETE. */
static uint32_t bit_of(unsigned pipe)
{
    return UINT32_C(1) << (pipe / 2 + (pipe % 2 == 1 ? 16 : 0));
}

/* Bytes of part i of a transfer. */
static uint32_t part_size(size_t n, unsigned i)
{
    size_t at = (size_t)i * USBD_PART;
    size_t left = n > at ? n - at : 0;

    return (uint32_t)(left < USBD_PART ? left : USBD_PART);
}

static void fill_part(uint32_t *part, uint32_t address, uint32_t n,
                      uint32_t next, bool interrupt)
{
    dma_wr(&part[PART_NEXT], next);
    dma_wr(&part[PART_TOKEN], n << TOKEN_TOTAL_SHIFT | TOKEN_ACTIVE |
                                  (interrupt ? TOKEN_IOC : 0U));
    dma_wr(&part[PART_PAGES], address);
    for (uint32_t i = 1; i < PAGES; i++) {
        dma_wr(&part[PART_PAGES + i], address / PAGE * PAGE + i * PAGE);
    }
}

/* A short packet from the host ends its part: each says so. */
static void fill_parts(struct usbd *usbd, unsigned pipe, uint32_t address,
                       size_t n, unsigned parts)
{
    uint32_t(*part)[8] = usbd->queues->part[pipe];
    bool out = pipe % 2 == 0;

    for (unsigned i = 0; i < parts; i++) {
        bool last = i + 1 == parts;

        fill_part(part[i], address + i * USBD_PART, part_size(n, i),
                  last ? (uint32_t)LINK_END : dma_address(part[i + 1]),
                  last || out);
    }
}

static void flush(struct usbd *usbd, uint32_t bits)
{
    uint32_t base = usbd->base;

    for (unsigned i = 0; i < FLUSH_TRIES; i++) {
        reg_wr(base + ENDPTFLUSH, bits);
        (void)usbd_wait(usbd, ENDPTFLUSH, bits, 0);
        if ((reg_rd(base + ENDPTSTAT) & bits) == 0) {
            return;
        }
    }
}

static aw_err prime(struct usbd *usbd, unsigned pipe)
{
    uint32_t bit = bit_of(pipe);
    uint32_t *head = usbd->queues->head[pipe];

    dma_wr(&head[HEAD_NEXT], dma_address(usbd->queues->part[pipe][0]));
    dma_wr(&head[HEAD_TOKEN], 0);
    cpu_dsb();
    reg_wr(usbd->base + ENDPTPRIME, bit);
    if (!usbd_wait(usbd, ENDPTPRIME, bit, 0)) {
        return AW_ERR_TIMEOUT;
    }
    /* A setup packet makes what is primed on endpoint 0 void. */
    if (pipe < 2 && (reg_rd(usbd->base + ENDPTSETUPSTAT) & 1) != 0) {
        return AW_ERR_CANCELLED;
    }
    return AW_OK;
}

aw_err usbd_start(struct usbd *usbd, uint8_t endpoint, void *data, size_t n,
                  bool empty)
{
    unsigned pipe = usbd_pipe_of(endpoint);
    struct usbd_pipe *p = &usbd->pipe[pipe];
    unsigned parts = n == 0 ? 1 : (unsigned)((n + USBD_PART - 1) / USBD_PART);

    parts += empty ? 1 : 0;
    if (p->active) {
        return AW_ERR_PRECONDITION;
    }
    if (n > USBD_TRANSFER_MAX || parts > USBD_PARTS) {
        return AW_ERR_RANGE;
    }
    if (n > 0 && pipe % 2 == 1) {
        cache_clean(data, n);
    } else if (n > 0) {
        cache_invalidate(data, n);
    }
    fill_parts(usbd, pipe, n > 0 ? dma_address(data) : 0, n, parts);
    *p = (struct usbd_pipe){.data = data, .n = n, .parts = parts};
    aw_err err = prime(usbd, pipe);

    if (err != AW_OK) {
        flush(usbd, bit_of(pipe));
        return err;
    }
    p->active = true;
    return AW_OK;
}

void usbd_cancel(struct usbd *usbd, uint8_t endpoint)
{
    unsigned pipe = usbd_pipe_of(endpoint);

    flush(usbd, bit_of(pipe));
    reg_wr(usbd->base + ENDPTCOMPLETE, bit_of(pipe));
    usbd->pipe[pipe].active = false;
}

enum outcome { PENDING, ENDED, ENDED_SHORT, BROKEN };

/* How far a transfer is. */
static enum outcome look(const struct usbd *usbd, unsigned pipe, size_t *moved)
{
    const struct usbd_pipe *p = &usbd->pipe[pipe];

    *moved = 0;
    for (unsigned i = 0; i < p->parts; i++) {
        uint32_t token = dma_rd(&usbd->queues->part[pipe][i][PART_TOKEN]);
        uint32_t left = token >> TOKEN_TOTAL_SHIFT & TOKEN_TOTAL_MASK;
        uint32_t size = part_size(p->n, i);

        if ((token & TOKEN_ACTIVE) != 0) {
            return PENDING;
        }
        if ((token & TOKEN_ERRORS) != 0 || left > size) {
            return BROKEN;
        }
        *moved += size - left;
        if (left > 0) {
            return pipe % 2 == 0 ? ENDED_SHORT : BROKEN;
        }
    }
    return ENDED;
}

static void complete(struct usbd *usbd, unsigned pipe)
{
    struct usbd_pipe *p = &usbd->pipe[pipe];
    size_t moved = 0;
    enum outcome outcome = look(usbd, pipe, &moved);

    if (outcome == PENDING) {
        return;
    }
    if (outcome != ENDED) {
        flush(usbd, bit_of(pipe));
    }
    p->active = false;
    if (pipe % 2 == 0 && p->n > 0) {
        /* Lines that were fetched ahead meanwhile hold old bytes. */
        cache_invalidate(p->data, p->n);
    }
    usbd->events.done(usbd->events.ctx, endpoint_of(pipe), moved,
                      outcome != BROKEN);
}

void usbd_take_completions(struct usbd *usbd)
{
    uint32_t bits = reg_rd(usbd->base + ENDPTCOMPLETE);

    reg_wr(usbd->base + ENDPTCOMPLETE, bits);
    for (unsigned i = 0; i < USBD_PIPES; i++) {
        if ((bits & bit_of(i)) != 0 && usbd->pipe[i].active) {
            complete(usbd, i);
        }
    }
}
