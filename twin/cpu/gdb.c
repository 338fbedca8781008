/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of the GDB remote protocol: frames, sums, acknowledgements. */
#include "cpu/gdb.h"

#include <string.h>

#include "aw/text.h"

enum { INTERRUPT = 0x03, ESCAPE = '}', ESCAPE_BIT = 0x20 };

static void send(struct tw_gdb *g, const void *bytes, size_t n)
{
    g->owner.send(g->owner.ctx, (aw_bytes){bytes, n});
}

static void acknowledge(struct tw_gdb *g, const char *how)
{
    if (!g->quiet) {
        send(g, how, 1);
    }
}

static bool needs_escape(uint8_t byte)
{
    return byte == '#' || byte == '$' || byte == ESCAPE || byte == '*';
}

static void put_packet(struct tw_gdb *g, aw_bytes body)
{
    struct aw_wr w = aw_wr_init(g->out, sizeof(g->out));
    uint8_t sum = 0;

    aw_wr_u8(&w, '$');
    for (size_t i = 0; i < body.n; i++) {
        if (needs_escape(body.p[i])) {
            aw_wr_u8(&w, ESCAPE);
            aw_wr_u8(&w, body.p[i] ^ ESCAPE_BIT);
        } else {
            aw_wr_u8(&w, body.p[i]);
        }
    }
    for (size_t i = 1; i < w.n; i++) {
        sum = (uint8_t)(sum + g->out[i]);
    }
    aw_wr_u8(&w, '#');
    aw_wr_hex_u64(&w, sum, 2);
    g->out_n = w.n;
    send(g, g->out, g->out_n);
}

/* Undoes escapes in place. @return length */
static size_t unescape(uint8_t *bytes, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        uint8_t byte = bytes[i];

        if (byte == ESCAPE && i + 1 < n) {
            i++;
            byte = bytes[i] ^ ESCAPE_BIT;
        }
        bytes[kept] = byte;
        kept++;
    }
    return kept;
}

static void run_packet(struct tw_gdb *g)
{
    uint8_t body[TW_GDB_PACKET];
    struct aw_wr reply = aw_wr_init(body, sizeof(body));

    /* Asked while the processor runs: nobody who keeps to the protocol does. */
    if (g->running) {
        return;
    }
    if (g->over) {
        aw_wr_text(&reply, "E01");
        put_packet(g, aw_wr_done(&reply));
        return;
    }
    size_t n = unescape(g->in, g->n);

    if (tw_gdb_command(g, (aw_bytes){g->in, n}, &reply)) {
        put_packet(g, aw_wr_done(&reply));
    }
}

static void finish(struct tw_gdb *g, uint8_t digit)
{
    const uint8_t digits[2] = {g->digit, digit};
    uint64_t sum = 0;

    g->state = TW_GDB_IDLE;
    if (aw_hex_parse_u64((aw_bytes){digits, sizeof(digits)}, &sum) != AW_OK ||
        sum != g->sum) {
        acknowledge(g, "-");
        return;
    }
    acknowledge(g, "+");
    run_packet(g);
}

static void take_idle(struct tw_gdb *g, uint8_t byte)
{
    switch (byte) {
    case '$':
        g->state = TW_GDB_BODY;
        g->n = 0;
        g->sum = 0;
        g->over = false;
        break;
    case INTERRUPT:
        if (g->running) {
            g->owner.interrupt(g->owner.ctx);
        }
        break;
    case '-':
        if (!g->quiet && g->out_n != 0) {
            send(g, g->out, g->out_n);
        }
        break;
    default:
        break;
    }
}

static void take_body(struct tw_gdb *g, uint8_t byte)
{
    if (byte == '#') {
        g->state = TW_GDB_SUM;
        return;
    }
    if (byte == '$') {
        take_idle(g, byte);
        return;
    }
    g->sum = (uint8_t)(g->sum + byte);
    if (g->n == sizeof(g->in)) {
        g->over = true;
        return;
    }
    g->in[g->n] = byte;
    g->n++;
}

static void take(struct tw_gdb *g, uint8_t byte)
{
    switch (g->state) {
    case TW_GDB_BODY:
        take_body(g, byte);
        break;
    case TW_GDB_SUM:
        g->digit = byte;
        g->state = TW_GDB_SUM_END;
        break;
    case TW_GDB_SUM_END:
        finish(g, byte);
        break;
    default:
        take_idle(g, byte);
        break;
    }
}

void tw_gdb_take(struct tw_gdb *gdb, aw_bytes bytes)
{
    for (size_t i = 0; i < bytes.n && !gdb->closed; i++) {
        take(gdb, bytes.p[i]);
    }
}

void tw_gdb_stopped(struct tw_gdb *gdb, enum tw_stop why)
{
    uint8_t body[64];
    struct aw_wr reply = aw_wr_init(body, sizeof(body));

    gdb->why = why;
    tw_cpu_stop_after(gdb->cpu, 0);
    if (gdb->running) {
        gdb->running = false;
        tw_gdb_put_stop(gdb, &reply);
        put_packet(gdb, aw_wr_done(&reply));
    }
}

void tw_gdb_open(struct tw_gdb *gdb, struct tw_cpu *cpu,
                 const struct tw_gdb_owner *owner)
{
    memset(gdb, 0, sizeof(*gdb));
    gdb->cpu = cpu;
    gdb->owner = *owner;
    gdb->why = TW_STOP_REQUEST;
}

void tw_gdb_close(struct tw_gdb *gdb)
{
    for (uint32_t i = 0; i < gdb->break_count; i++) {
        (void)tw_cpu_break_remove(gdb->cpu, gdb->breaks[i]);
    }
    for (uint32_t i = 0; i < gdb->watch_count; i++) {
        (void)tw_cpu_watch_remove(gdb->cpu, &gdb->watches[i]);
    }
    gdb->break_count = 0;
    gdb->watch_count = 0;
    gdb->running = false;
    gdb->closed = true;
    tw_cpu_stop_after(gdb->cpu, 0);
}
