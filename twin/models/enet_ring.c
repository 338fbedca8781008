/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/enet_parts.h"

enum { DESCRIPTOR = 8, BUFFERS_MAX = 64 };

/* Receive status */
enum {
    RX_E = 1 << 15,
    RX_W = 1 << 13,
    RX_L = 1 << 11,
    RX_M = 1 << 8,
    RX_BC = 1 << 7,
    RX_MC = 1 << 6,
    RX_LG = 1 << 5,
    RX_TR = 1 << 0,
    RX_SOFTWARE = 1 << 14 | 1 << 12 /* RO1, RO2 */
};

/* Transmit status */
enum { TX_R = 1 << 15, TX_W = 1 << 13, TX_L = 1 << 11, TX_TC = 1 << 10 };

enum { WIRE_OVERHEAD = 8 + 12, MBIT_100 = 100000000 };

struct descriptor {
    uint32_t at;
    uint16_t length;
    uint16_t status;
    uint32_t buffer;
};

uint32_t tw_crc32(const uint8_t *bytes, size_t n)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (unsigned b = 0; b < 8; b++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0xedb88320) : 0);
        }
    }
    return ~crc;
}

uint64_t tw_enet_wire(const struct tw_enet *enet, size_t n)
{
    size_t bytes = (n < FRAME_LEAST ? FRAME_LEAST : n) + FCS_BYTES;

    return tw_clock_ticks(enet->w.clock, (bytes + WIRE_OVERHEAD) * 8, MBIT_100);
}

static bool swapped(const struct tw_enet *enet)
{
    return (tw_enet_get(enet, ENET_ECR) & ECR_DBSWP) != 0;
}

/* Little endian with DBSWP; big endian, and the halves exchanged, without. */
static bool fetch(struct tw_enet *enet, uint32_t at, struct descriptor *d)
{
    uint8_t raw[DESCRIPTOR];

    if (!tw_dma_read(enet->w.bus, enet->w.master, at, raw, sizeof(raw))) {
        tw_enet_bus_error(enet);
        return false;
    }
    d->at = at;
    if (swapped(enet)) {
        d->length = (uint16_t)(raw[0] | raw[1] << 8);
        d->status = (uint16_t)(raw[2] | raw[3] << 8);
        d->buffer = raw[4] | (uint32_t)raw[5] << 8 | (uint32_t)raw[6] << 16 |
                    (uint32_t)raw[7] << 24;
    } else {
        d->status = (uint16_t)(raw[0] << 8 | raw[1]);
        d->length = (uint16_t)(raw[2] << 8 | raw[3]);
        d->buffer = (uint32_t)raw[4] << 24 | (uint32_t)raw[5] << 16 |
                    (uint32_t)raw[6] << 8 | raw[7];
    }
    return true;
}

/* Length and status go back; the buffer address is software's. */
static bool give_back(struct tw_enet *enet, const struct descriptor *d)
{
    const uint8_t low = (uint8_t)d->length;
    const uint8_t high = (uint8_t)(d->length >> 8);
    const uint8_t swap[4] = {low, high, (uint8_t)d->status,
                             (uint8_t)(d->status >> 8)};
    const uint8_t plain[4] = {(uint8_t)(d->status >> 8), (uint8_t)d->status,
                              high, low};

    if (!tw_dma_write(enet->w.bus, enet->w.master, d->at,
                      swapped(enet) ? swap : plain, 4)) {
        tw_enet_bus_error(enet);
        return false;
    }
    return true;
}

static uint32_t after(const struct tw_enet *enet, const struct descriptor *d,
                      uint32_t start)
{
    return (d->status & TX_W) != 0 ? tw_enet_get(enet, start)
                                   : d->at + DESCRIPTOR;
}

static bool on(const struct tw_enet *enet)
{
    return (tw_enet_get(enet, ENET_ECR) & ECR_ETHEREN) != 0;
}

/* Transmitting */

/* Collects a frame from its buffers. False: none is ready, or it failed. */
static bool collect(struct tw_enet *enet, struct descriptor *last)
{
    uint32_t at = enet->tx_next;

    enet->out.n = 0;
    for (unsigned i = 0; i < BUFFERS_MAX; i++) {
        if (!fetch(enet, at, last) || (last->status & TX_R) == 0) {
            return false;
        }
        if (last->length > TW_FRAME_MAX - enet->out.n) {
            tw_report(enet->w.bus->report, TW_REPORT_MISUSE,
                      "%s: frame to send is longer than %u bytes", enet->w.name,
                      (unsigned)TW_FRAME_MAX);
            return false;
        }
        if (!tw_dma_read(enet->w.bus, enet->w.master, last->buffer,
                         &enet->out.bytes[enet->out.n], last->length)) {
            tw_enet_bus_error(enet);
            return false;
        }
        enet->out.n += last->length;
        if ((last->status & TX_L) != 0) {
            return true;
        }
        at = after(enet, last, ENET_TDSR);
    }
    return false;
}

void tw_enet_kick_tx(struct tw_enet *enet)
{
    struct descriptor last;

    if (!on(enet) || enet->tx_done.slot != 0 ||
        (tw_enet_get(enet, ENET_TDAR) & DAR_ACTIVE) == 0 ||
        (tw_enet_get(enet, ENET_TCR) & TCR_GTS) != 0) {
        return;
    }
    if (enet->w.reference != NULL &&
        !enet->w.reference(enet->w.reference_ctx)) {
        /* Without its clock the transmitter stands still. */
        return;
    }
    if (!collect(enet, &last)) {
        tw_enet_set(enet, ENET_TDAR, 0);
        return;
    }
    tw_clock_at(enet->w.clock, &enet->tx_done,
                enet->w.clock->now + tw_enet_wire(enet, enet->out.n));
}

/* All buffers of the frame are software's again. */
static bool release(struct tw_enet *enet, bool *append_crc)
{
    struct descriptor d;

    for (unsigned i = 0; i < BUFFERS_MAX; i++) {
        if (!fetch(enet, enet->tx_next, &d)) {
            return false;
        }
        d.status &= (uint16_t)~TX_R;
        if (!give_back(enet, &d)) {
            return false;
        }
        enet->tx_next = after(enet, &d, ENET_TDSR);
        *append_crc = (d.status & TX_TC) != 0;
        if ((d.status & TX_L) != 0) {
            return true;
        }
        tw_enet_raise(enet, EIR_TXB);
    }
    return true;
}

/* Frames shorter than the least are padded when the FCS is the MAC's; with a
 * FCS of software the frame is as it is, and must be right. */
static bool finish_frame(struct tw_enet *enet, bool append_crc)
{
    struct tw_frame *f = &enet->out;

    if (append_crc) {
        if (f->n < FRAME_LEAST) {
            memset(&f->bytes[f->n], 0, FRAME_LEAST - f->n);
            f->n = FRAME_LEAST;
        }
        return true;
    }
    if (f->n < FRAME_LEAST + FCS_BYTES) {
        return false;
    }
    f->n -= FCS_BYTES;
    const uint8_t *fcs = &f->bytes[f->n];
    uint32_t have = fcs[0] | (uint32_t)fcs[1] << 8 | (uint32_t)fcs[2] << 16 |
                    (uint32_t)fcs[3] << 24;

    return have == tw_crc32(f->bytes, f->n);
}

static void deliver(struct tw_enet *enet)
{
    uint32_t rcr = tw_enet_get(enet, ENET_RCR);

    if ((rcr & RCR_LOOP) != 0) {
        (void)tw_enet_receive(enet, enet->out.bytes, enet->out.n);
        return;
    }
    if ((rcr & RCR_RMII) == 0) {
        tw_report(enet->w.bus->report, TW_REPORT_MISUSE,
                  "%s: frame lost: the board's PHY speaks RMII, RCR does not",
                  enet->w.name);
        return;
    }
    if (enet->w.phy != NULL && tw_phy_passes(enet->w.phy) &&
        enet->w.send != NULL) {
        enet->w.send(enet->w.send_ctx, enet->out.bytes, enet->out.n);
    }
}

void tw_enet_tx_done(void *ctx)
{
    struct tw_enet *enet = ctx;
    bool append_crc = false;

    if (!release(enet, &append_crc)) {
        return;
    }
    tw_enet_count(enet, ENET_RMON_T_PACKETS);
    if (finish_frame(enet, append_crc)) {
        deliver(enet);
    } else {
        tw_report(enet->w.bus->report, TW_REPORT_MISUSE,
                  "%s: frame sent with a wrong FCS or too short", enet->w.name);
    }
    tw_enet_raise(enet, EIR_TXF | EIR_TXB);
    tw_enet_kick_tx(enet);
}

/* Receiving */

static bool in_hash(const struct tw_enet *enet, const uint8_t *address,
                    uint32_t upper)
{
    /* The six bits are the upper ones of the CRC as it stands in the register,
     * not inverted and most significant bit first. */
    uint32_t crc = ~tw_crc32(address, 6);
    uint32_t bit = crc >> 26;
    uint32_t word = tw_enet_get(enet, bit >= 32 ? upper : upper + 4);

    return (word >> (bit % 32) & 1) != 0;
}

static bool is_own(const struct tw_enet *enet, const uint8_t *a)
{
    uint32_t low = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 |
                   (uint32_t)a[2] << 8 | a[3];
    uint32_t high = (uint32_t)a[4] << 24 | (uint32_t)a[5] << 16;

    return low == tw_enet_get(enet, ENET_PALR) &&
           high == (tw_enet_get(enet, ENET_PAUR) & UINT32_C(0xffff0000));
}

static bool is_broadcast(const uint8_t *a)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    return memcmp(a, all, sizeof(all)) == 0;
}

static bool is_pause(const uint8_t *frame)
{
    static const uint8_t to[6] = {0x01, 0x80, 0xc2, 0, 0, 1};

    return memcmp(frame, to, sizeof(to)) == 0 && frame[12] == 0x88 &&
           frame[13] == 0x08;
}

/* Status bits of a frame that the filter passes; false: it is not for us. */
static bool filter(const struct tw_enet *enet, const uint8_t *frame,
                   uint16_t *status)
{
    uint32_t rcr = tw_enet_get(enet, ENET_RCR);
    bool group = (frame[0] & 1) != 0;
    bool broadcast = is_broadcast(frame);
    bool wanted = group
                      ? in_hash(enet, frame, ENET_GAUR)
                      : is_own(enet, frame) || in_hash(enet, frame, ENET_IAUR);

    *status = (uint16_t)(broadcast ? RX_BC : group ? RX_MC : 0);
    if ((rcr & RCR_FCE) != 0 && is_pause(frame)) {
        return false;
    }
    if (broadcast) {
        wanted = (rcr & RCR_BC_REJ) == 0;
    }
    if (!wanted && (rcr & RCR_PROM) != 0) {
        *status |= RX_M;
        return true;
    }
    return wanted;
}

/* Bytes as they go to memory: padded, with FCS unless it is stripped. */
static size_t as_received(const struct tw_enet *enet, const struct tw_frame *f,
                          uint8_t bytes[TW_FRAME_MAX + FCS_BYTES])
{
    size_t n = f->n;

    memcpy(bytes, f->bytes, n);
    if (n < FRAME_LEAST) {
        memset(&bytes[n], 0, FRAME_LEAST - n);
        n = FRAME_LEAST;
    }
    if ((tw_enet_get(enet, ENET_RCR) & RCR_CRCFWD) == 0) {
        uint32_t fcs = tw_crc32(bytes, n);

        for (unsigned i = 0; i < FCS_BYTES; i++) {
            bytes[n++] = (uint8_t)(fcs >> (8 * i));
        }
    }
    return n;
}

/* Over-long frames are marked, cut, or not taken at all. */
static bool limit(const struct tw_enet *enet, size_t *n, uint16_t *status)
{
    uint32_t rcr = tw_enet_get(enet, ENET_RCR);
    size_t longest = rcr >> 16 & 0x3fff;
    size_t cut = tw_enet_get(enet, ENET_FTRL) & 0x3fff;

    if (*n > longest) {
        if ((rcr & RCR_NLC) != 0) {
            return false;
        }
        *status |= RX_LG;
    }
    if (*n > cut) {
        *status |= RX_TR;
        *n = cut;
    }
    return true;
}

/* The next buffer, if software has given it; false: the rest of the frame is
 * lost, or the bus refused. */
static bool next_buffer(struct tw_enet *enet, struct descriptor *d)
{
    if (!fetch(enet, enet->rx_next, d)) {
        return false;
    }
    if ((d->status & RX_E) == 0) {
        tw_enet_set(enet, ENET_RDAR, 0);
        enet->dropped++;
        return false;
    }
    return true;
}

/* Writes a frame into buffers. */
static void scatter(struct tw_enet *enet, const uint8_t *bytes, size_t n,
                    uint16_t status)
{
    uint32_t size = tw_enet_get(enet, ENET_MRBR) & 0x3ff0;
    struct descriptor d;

    for (size_t at = 0; size > 0 && at < n && next_buffer(enet, &d);) {
        uint32_t part = n - at < size ? (uint32_t)(n - at) : size;
        bool last = at + part == n;

        if (!tw_dma_write(enet->w.bus, enet->w.master, d.buffer, &bytes[at],
                          part)) {
            tw_enet_bus_error(enet);
            return;
        }
        d.status &= RX_W | RX_SOFTWARE;
        d.status |= (uint16_t)(last ? RX_L | status : 0);
        d.length = (uint16_t)(last ? n : size);
        if (!give_back(enet, &d)) {
            return;
        }
        at += part;
        enet->rx_next = after(enet, &d, ENET_RDSR);
        tw_enet_raise(enet, last ? EIR_RXF : EIR_RXB);
    }
}

static void take_frame(struct tw_enet *enet, const struct tw_frame *f)
{
    uint8_t bytes[TW_FRAME_MAX + FCS_BYTES];
    uint16_t status = 0;

    if (!on(enet) || !filter(enet, f->bytes, &status)) {
        return;
    }
    if ((tw_enet_get(enet, ENET_RDAR) & DAR_ACTIVE) == 0) {
        enet->dropped++;
        return;
    }
    size_t n = as_received(enet, f, bytes);

    if (limit(enet, &n, &status)) {
        tw_enet_count(enet, ENET_RMON_R_PACKETS);
        scatter(enet, bytes, n, status);
    }
}

void tw_enet_kick_rx(struct tw_enet *enet)
{
    if (enet->queued > 0 && enet->rx_done.slot == 0) {
        tw_clock_at(enet->w.clock, &enet->rx_done,
                    enet->w.clock->now +
                        tw_enet_wire(enet, enet->queue[enet->first].n));
    }
}

void tw_enet_rx_done(void *ctx)
{
    struct tw_enet *enet = ctx;
    uint32_t first = enet->first;

    enet->first = (first + 1) % TW_ENET_QUEUE;
    enet->queued--;
    take_frame(enet, &enet->queue[first]);
    tw_enet_kick_rx(enet);
}

bool tw_enet_receive(struct tw_enet *enet, const uint8_t *frame, size_t n)
{
    uint32_t rcr = tw_enet_get(enet, ENET_RCR);
    bool loop = (rcr & RCR_LOOP) != 0;
    bool wire = !loop && (rcr & RCR_RMII) != 0 && enet->w.phy != NULL &&
                tw_phy_passes(enet->w.phy);

    if (!on(enet) || (!loop && !wire) || enet->queued == TW_ENET_QUEUE ||
        n < HEADER_BYTES || n > TW_FRAME_MAX) {
        enet->dropped++;
        return false;
    }
    struct tw_frame *f =
        &enet->queue[(enet->first + enet->queued) % TW_ENET_QUEUE];

    f->n = (uint32_t)n;
    memcpy(f->bytes, frame, n);
    enet->queued++;
    tw_enet_kick_rx(enet);
    return true;
}
