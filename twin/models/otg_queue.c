/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/bytes.h"
#include "models/otg_priv.h"

/* Queue heads (dQH) and transfer descriptors (dTD), as they lie in memory. */
enum {
    QH_SIZE = 64,
    QH_OVERLAY = 4, /* from the current descriptor on */
    QH_OVERLAY_SIZE = 32,
    QH_NEXT = 8,
    QH_SETUP = 40,
    QH_MAX_SHIFT = 16,
    QH_MAX_MASK = 0x7ff,
    QH_ZLT = 1 << 29,
    QH_MULT = 30,
    TD_SIZE = 28,
    TD_TERMINATE = 1,
    TOKEN_ACTIVE = 1 << 7,
    TOKEN_HALTED = 1 << 6,
    TOKEN_BUFFER_ERROR = 1 << 5,
    TOKEN_STATUS = 0xff,
    TOKEN_IOC = 1 << 15,
    TOKEN_TOTAL_SHIFT = 16,
    TOKEN_TOTAL_MASK = 0x7fff,
    PAGE = 4096
};

uint32_t otg_bit(unsigned pipe)
{
    unsigned endpoint = pipe / 2;

    return UINT32_C(1) << (pipe % 2 == 1 ? endpoint + 16U : endpoint);
}

static uint32_t head_of(const struct tw_otg *otg, unsigned pipe)
{
    return tw_regs_get(&otg->regs, OTG_ENDPTLISTADDR) + pipe * QH_SIZE;
}

static void set_bits(struct tw_otg *otg, uint32_t offset, uint32_t set,
                     uint32_t clear)
{
    tw_regs_set(&otg->regs, offset,
                (tw_regs_get(&otg->regs, offset) & ~clear) | set);
}

/* DMA that failed ends in a system error. */
static bool checked(struct tw_otg *otg, bool good)
{
    if (!good) {
        otg_status(otg, OTG_STS_SEI);
    }
    return good;
}

static bool get(struct tw_otg *otg, uint32_t address, void *to, size_t n)
{
    return checked(otg, tw_dma_read(otg->bus, TW_USB, address, to, n));
}

static bool put(struct tw_otg *otg, uint32_t address, const void *from,
                size_t n)
{
    return checked(otg, tw_dma_write(otg->bus, TW_USB, address, from, n));
}

static void misuse(struct tw_otg *otg, unsigned pipe, const char *what)
{
    tw_report(otg->bus->report, TW_REPORT_MISUSE, "%s: endpoint %u %s: %s",
              otg->regs.map->name, pipe / 2, pipe % 2 == 1 ? "IN" : "OUT",
              what);
}

static uint32_t total_of(const struct tw_otg_pipe *p)
{
    return p->token >> TOKEN_TOTAL_SHIFT & TOKEN_TOTAL_MASK;
}

/* The overlay is the hardware's copy of the descriptor in the queue head. */
static bool put_overlay(struct tw_otg *otg, unsigned pipe)
{
    const struct tw_otg_pipe *p = &otg->pipe[pipe];
    uint8_t bytes[QH_OVERLAY_SIZE];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_wr_le32(&w, p->current);
    aw_wr_le32(&w, p->next);
    aw_wr_le32(&w, p->token);
    for (unsigned i = 0; i < TW_OTG_PAGES; i++) {
        aw_wr_le32(&w, p->pages[i]);
    }
    return put(otg, head_of(otg, pipe) + QH_OVERLAY, bytes, w.n);
}

/* Makes the descriptor at an address the one at work. */
static bool load_td(struct tw_otg *otg, unsigned pipe, uint32_t address)
{
    struct tw_otg_pipe *p = &otg->pipe[pipe];
    uint8_t bytes[TD_SIZE];
    struct aw_rd r = aw_rd_init((aw_bytes){bytes, sizeof(bytes)});

    if (address % 32 != 0) {
        misuse(otg, pipe, "descriptor is not aligned to 32 bytes");
        return false;
    }
    if (!get(otg, address, bytes, sizeof(bytes))) {
        return false;
    }
    p->current = address;
    p->next = aw_rd_le32(&r);
    p->token = aw_rd_le32(&r);
    for (unsigned i = 0; i < TW_OTG_PAGES; i++) {
        p->pages[i] = aw_rd_le32(&r);
    }
    p->moved = 0;
    p->zlp_due = false;
    if ((p->token & TOKEN_ACTIVE) == 0) {
        misuse(otg, pipe, "descriptor is not active");
        return false;
    }
    if ((p->token & TOKEN_HALTED) != 0) {
        misuse(otg, pipe, "descriptor is halted");
        return false;
    }
    return put_overlay(otg, pipe);
}

void otg_prime(struct tw_otg *otg, unsigned pipe)
{
    struct tw_otg_pipe *p = &otg->pipe[pipe];
    uint8_t bytes[QH_NEXT + 8];
    struct aw_rd r = aw_rd_init((aw_bytes){bytes, sizeof(bytes)});

    if ((tw_regs_get(&otg->regs, OTG_ENDPTSTAT) & otg_bit(pipe)) != 0) {
        misuse(otg, pipe, "primed while it has a descriptor");
        return;
    }
    /* A setup packet that waits comes first: it makes the transfer void. */
    if (pipe < 2 && (tw_regs_get(&otg->regs, OTG_ENDPTSETUPSTAT) & 1) != 0) {
        return;
    }
    if (!get(otg, head_of(otg, pipe), bytes, sizeof(bytes))) {
        return;
    }
    uint32_t capabilities = aw_rd_le32(&r);

    (void)aw_rd_le32(&r);
    uint32_t next = aw_rd_le32(&r);
    uint32_t token = aw_rd_le32(&r);

    p->max_packet = (uint16_t)(capabilities >> QH_MAX_SHIFT & QH_MAX_MASK);
    p->no_zlp = (capabilities & QH_ZLT) != 0;
    if (p->max_packet == 0 || p->max_packet > TW_USB_PACKET_MAX) {
        misuse(otg, pipe, "no good packet size in its queue head");
        return;
    }
    if (capabilities >> QH_MULT != 0) {
        misuse(otg, pipe, "Mult is for isochronous endpoints");
    }
    if ((next & TD_TERMINATE) != 0) {
        misuse(otg, pipe, "primed without a descriptor");
        return;
    }
    if ((token & (TOKEN_ACTIVE | TOKEN_HALTED)) != 0) {
        misuse(otg, pipe, "primed with status bits left in its queue head");
        return;
    }
    if (load_td(otg, pipe, next)) {
        set_bits(otg, OTG_ENDPTSTAT, otg_bit(pipe), 0);
    }
}

void otg_flush(struct tw_otg *otg, unsigned pipe)
{
    set_bits(otg, OTG_ENDPTSTAT, 0, otg_bit(pipe));
}

bool otg_put_setup(struct tw_otg *otg, const uint8_t packet[8])
{
    return put(otg, head_of(otg, 0) + QH_SETUP, packet, 8);
}

/* Takes or gives n bytes at the place of the descriptor's buffer where it
 * stands. */
static bool move(struct tw_otg *otg, unsigned pipe, uint8_t *to,
                 const uint8_t *from, size_t n)
{
    struct tw_otg_pipe *p = &otg->pipe[pipe];
    size_t done = 0;

    while (done < n) {
        uint32_t at = p->pages[0] % PAGE + p->moved;
        uint32_t page = at / PAGE;
        size_t part = PAGE - at % PAGE;

        if (page >= TW_OTG_PAGES) {
            misuse(otg, pipe, "more bytes than its five pages hold");
            return false;
        }
        part = part < n - done ? part : n - done;
        uint32_t address = p->pages[page] / PAGE * PAGE + at % PAGE;
        bool good = to != NULL ? get(otg, address, to + done, part)
                               : put(otg, address, from + done, part);

        if (!good) {
            return false;
        }
        p->moved += (uint32_t)part;
        done += part;
    }
    return true;
}

static void set_total(struct tw_otg_pipe *p, uint32_t total)
{
    p->token = (p->token & ~((uint32_t)TOKEN_TOTAL_MASK << TOKEN_TOTAL_SHIFT)) |
               total << TOKEN_TOTAL_SHIFT;
}

/* The descriptor is done with, well or not; the next one follows. */
static void retire(struct tw_otg *otg, unsigned pipe, uint32_t errors)
{
    struct tw_otg_pipe *p = &otg->pipe[pipe];
    uint8_t bytes[8];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    bool ioc = (p->token & TOKEN_IOC) != 0;

    p->token = (p->token & ~(uint32_t)TOKEN_STATUS) | errors;
    set_bits(otg, OTG_USBCMD, 0, OTG_CMD_ATDTW);
    /* Software may have appended one meanwhile: the link is read again. */
    struct aw_rd r = aw_rd_init((aw_bytes){bytes, 4});

    if (!get(otg, p->current, bytes, 4)) {
        otg_flush(otg, pipe);
        return;
    }
    p->next = aw_rd_le32(&r);
    aw_wr_le32(&w, p->next);
    aw_wr_le32(&w, p->token);
    (void)put(otg, p->current, bytes, w.n);
    (void)put_overlay(otg, pipe);
    if (errors != 0 || (p->next & TD_TERMINATE) != 0 ||
        !load_td(otg, pipe, p->next)) {
        set_bits(otg, OTG_ENDPTSTAT, 0, otg_bit(pipe));
    }
    if (ioc || errors != 0) {
        set_bits(otg, OTG_ENDPTCOMPLETE, otg_bit(pipe), 0);
        otg_status(otg, OTG_STS_UI | (errors != 0 ? OTG_STS_UEI : 0U));
    }
}

static enum otg_moved broken(struct tw_otg *otg, unsigned pipe)
{
    retire(otg, pipe, TOKEN_HALTED | TOKEN_BUFFER_ERROR);
    return OTG_BROKEN;
}

enum otg_moved otg_give(struct tw_otg *otg, unsigned pipe, uint8_t *packet,
                        size_t room, size_t *n)
{
    struct tw_otg_pipe *p = &otg->pipe[pipe];

    if ((tw_regs_get(&otg->regs, OTG_ENDPTSTAT) & otg_bit(pipe)) == 0) {
        return OTG_NAK;
    }
    uint32_t total = total_of(p);
    uint32_t part = total < p->max_packet ? total : p->max_packet;

    if (part > room || !move(otg, pipe, packet, NULL, part)) {
        return broken(otg, pipe);
    }
    *n = part;
    set_total(p, total - part);
    if (p->zlp_due || total > part) {
        p->zlp_due = false;
        if (total == part) {
            retire(otg, pipe, 0); /* that was the empty packet */
        }
        return OTG_MOVED;
    }
    /* A transfer that ends with a full packet gets an empty one, unless its
     * queue head says that it does not. */
    if (!p->no_zlp && part == p->max_packet && (p->next & TD_TERMINATE) != 0) {
        p->zlp_due = true;
        return OTG_MOVED;
    }
    retire(otg, pipe, 0);
    return OTG_MOVED;
}

enum otg_moved otg_take(struct tw_otg *otg, unsigned pipe,
                        const uint8_t *packet, size_t n)
{
    struct tw_otg_pipe *p = &otg->pipe[pipe];

    if ((tw_regs_get(&otg->regs, OTG_ENDPTSTAT) & otg_bit(pipe)) == 0) {
        return OTG_NAK;
    }
    uint32_t total = total_of(p);

    if (n > total || n > p->max_packet || !move(otg, pipe, NULL, packet, n)) {
        return broken(otg, pipe);
    }
    set_total(p, total - (uint32_t)n);
    if (n < p->max_packet || total == n) {
        retire(otg, pipe, 0);
    }
    return OTG_MOVED;
}
