/* SPDX-License-Identifier: Apache-2.0 */
/* What a debugger can ask: registers, memory, break and watch points, going
 * on. Packets by their letters: Debugging with GDB, E.2. */
#include <string.h>

#include "aw/text.h"
#include "cpu/gdb.h"

enum { PC = 15, CPSR = 16, MEMORY_MAX = TW_GDB_PACKET / 2 };

static const char description[] =
    "<?xml version=\"1.0\"?>"
    "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
    "<target version=\"1.0\"><architecture>arm</architecture>"
    "<feature name=\"org.gnu.gdb.arm.core\">"
    "<reg name=\"r0\" bitsize=\"32\"/><reg name=\"r1\" bitsize=\"32\"/>"
    "<reg name=\"r2\" bitsize=\"32\"/><reg name=\"r3\" bitsize=\"32\"/>"
    "<reg name=\"r4\" bitsize=\"32\"/><reg name=\"r5\" bitsize=\"32\"/>"
    "<reg name=\"r6\" bitsize=\"32\"/><reg name=\"r7\" bitsize=\"32\"/>"
    "<reg name=\"r8\" bitsize=\"32\"/><reg name=\"r9\" bitsize=\"32\"/>"
    "<reg name=\"r10\" bitsize=\"32\"/><reg name=\"r11\" bitsize=\"32\"/>"
    "<reg name=\"r12\" bitsize=\"32\"/>"
    "<reg name=\"sp\" bitsize=\"32\" type=\"data_ptr\"/>"
    "<reg name=\"lr\" bitsize=\"32\"/>"
    "<reg name=\"pc\" bitsize=\"32\" type=\"code_ptr\"/>"
    "<reg name=\"cpsr\" bitsize=\"32\"/>"
    "</feature></target>";

/* A number in hex, all of text. */
static bool number(aw_bytes text, uint32_t *n)
{
    uint64_t wide = 0;

    if (aw_hex_parse_u64(text, &wide) != AW_OK || wide > UINT32_MAX) {
        return false;
    }
    *n = (uint32_t)wide;
    return true;
}

static bool number_until(struct aw_rd *r, uint8_t end, uint32_t *n)
{
    aw_bytes text = aw_rd_until(r, end);

    return !r->failed && number(text, n);
}

static bool put(struct aw_wr *reply, const char *text)
{
    aw_wr_text(reply, text);
    return true;
}

static bool refuse(struct aw_wr *reply)
{
    return put(reply, "E16");
}

/* Registers travel in the byte order of the target. */
static void put_register(const struct tw_gdb *g, unsigned reg,
                         struct aw_wr *reply)
{
    uint8_t bytes[4];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_wr_le32(&w, tw_cpu_get(g->cpu, reg));
    aw_wr_hex(reply, aw_wr_done(&w));
}

static bool set_register(struct tw_gdb *g, unsigned reg, aw_bytes text)
{
    uint8_t bytes[4];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    if (reg >= TW_GDB_REGISTERS || aw_hex_decode(text, &w) != AW_OK ||
        w.n != sizeof(bytes)) {
        return false;
    }
    struct aw_rd r = aw_rd_init(aw_wr_done(&w));
    uint32_t value = aw_rd_le32(&r);

    if (reg == PC && value % 4 != 0) {
        return false;
    }
    tw_cpu_set(g->cpu, reg, value);
    return true;
}

static bool get_all(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    (void)r;
    for (unsigned i = 0; i < TW_GDB_REGISTERS; i++) {
        put_register(g, i, reply);
    }
    return true;
}

/* The mode first: it says whose the others are. */
static bool set_all(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    struct aw_rd others = aw_rd_init(aw_rd_take(r, (size_t)8 * CPSR));
    bool good = aw_rd_left(r) == 8 && set_register(g, CPSR, aw_rd_rest(r));

    for (unsigned i = 0; good && i < CPSR; i++) {
        good = set_register(g, i, aw_rd_take(&others, 8));
    }
    return good ? put(reply, "OK") : refuse(reply);
}

static bool get_one(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    uint32_t reg = 0;

    if (!number(aw_rd_rest(r), &reg) || reg >= TW_GDB_REGISTERS) {
        return refuse(reply);
    }
    put_register(g, reg, reply);
    return true;
}

static bool set_one(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    uint32_t reg = 0;

    if (!number_until(r, '=', &reg) || !set_register(g, reg, aw_rd_rest(r))) {
        return refuse(reply);
    }
    return put(reply, "OK");
}

static bool read_memory(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    uint8_t bytes[MEMORY_MAX];
    uint32_t address = 0;
    uint32_t n = 0;

    if (!number_until(r, ',', &address) || !number(aw_rd_rest(r), &n)) {
        return refuse(reply);
    }
    size_t want = n < MEMORY_MAX ? n : MEMORY_MAX;
    size_t got = tw_cpu_peek(g->cpu, address, bytes, want);

    if (got == 0 && want != 0) {
        return put(reply, "E0e");
    }
    aw_wr_hex(reply, (aw_bytes){bytes, got});
    return true;
}

static bool poke(struct tw_gdb *g, uint32_t address, aw_bytes bytes,
                 struct aw_wr *reply)
{
    return put(reply, tw_cpu_poke(g->cpu, address, bytes.p, bytes.n) == bytes.n
                          ? "OK"
                          : "E0e");
}

static bool write_hex(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    uint8_t bytes[MEMORY_MAX];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    uint32_t address = 0;
    uint32_t n = 0;

    if (!number_until(r, ',', &address) || !number_until(r, ':', &n) ||
        aw_hex_decode(aw_rd_rest(r), &w) != AW_OK || w.n != n) {
        return refuse(reply);
    }
    return poke(g, address, aw_wr_done(&w), reply);
}

static bool write_binary(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    uint32_t address = 0;
    uint32_t n = 0;

    if (!number_until(r, ',', &address) || !number_until(r, ':', &n) ||
        aw_rd_left(r) != n) {
        return refuse(reply);
    }
    return poke(g, address, aw_rd_rest(r), reply);
}

static bool go(struct tw_gdb *g, bool step)
{
    g->running = true;
    tw_cpu_stop_after(g->cpu, step ? 1 : 0);
    g->owner.go(g->owner.ctx);
    return false;
}

/* Signals that are to be delivered are none of ours, nor another address. */
static bool go_on(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    return aw_rd_left(r) == 0 ? go(g, false) : refuse(reply);
}

static bool step(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    return aw_rd_left(r) == 0 ? go(g, true) : refuse(reply);
}

/* There is one thread: the first action is for it. */
static bool multi(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    aw_bytes rest = aw_rd_rest(r);

    if (aw_bytes_is(rest, "Cont?")) {
        return put(reply, "vCont;c;C;s;S");
    }
    if (aw_bytes_starts(rest, "Cont;c") || aw_bytes_starts(rest, "Cont;C")) {
        return go(g, false);
    }
    if (aw_bytes_starts(rest, "Cont;s") || aw_bytes_starts(rest, "Cont;S")) {
        return go(g, true);
    }
    return true;
}

static bool same(const struct tw_watch *a, const struct tw_watch *b)
{
    return a->address == b->address && a->size == b->size &&
           a->on_read == b->on_read && a->on_write == b->on_write;
}

static bool add_break(struct tw_gdb *g, uint32_t address)
{
    for (uint32_t i = 0; i < g->break_count; i++) {
        if (g->breaks[i] == address) {
            return true;
        }
    }
    if (g->break_count == TW_BREAKS_MAX || !tw_cpu_break_add(g->cpu, address)) {
        return false;
    }
    g->breaks[g->break_count] = address;
    g->break_count++;
    return true;
}

static bool drop_break(struct tw_gdb *g, uint32_t address)
{
    for (uint32_t i = 0; i < g->break_count; i++) {
        if (g->breaks[i] == address) {
            g->break_count--;
            g->breaks[i] = g->breaks[g->break_count];
            return tw_cpu_break_remove(g->cpu, address);
        }
    }
    return true;
}

static bool add_watch(struct tw_gdb *g, const struct tw_watch *watch)
{
    for (uint32_t i = 0; i < g->watch_count; i++) {
        if (same(&g->watches[i], watch)) {
            return true;
        }
    }
    if (g->watch_count == TW_WATCHES_MAX || !tw_cpu_watch_add(g->cpu, watch)) {
        return false;
    }
    g->watches[g->watch_count] = *watch;
    g->watch_count++;
    return true;
}

static bool drop_watch(struct tw_gdb *g, const struct tw_watch *watch)
{
    for (uint32_t i = 0; i < g->watch_count; i++) {
        if (same(&g->watches[i], watch)) {
            g->watch_count--;
            g->watches[i] = g->watches[g->watch_count];
            return tw_cpu_watch_remove(g->cpu, watch);
        }
    }
    return true;
}

/* Z and z: kind, address, size. Both kinds of break points are ours: nothing
 * is written into memory for them. */
static bool point(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply,
                  bool add)
{
    enum { SOFT, HARD, ON_WRITE, ON_READ, ON_BOTH };
    uint32_t kind = 0;
    struct tw_watch w = {.address = 0};
    bool good = false;

    if (!number_until(r, ',', &kind) || !number_until(r, ',', &w.address) ||
        !number(aw_rd_rest(r), &w.size)) {
        return refuse(reply);
    }
    if (kind > ON_BOTH) {
        return true;
    }
    if (kind <= HARD) {
        good = add ? add_break(g, w.address) : drop_break(g, w.address);
    } else {
        w.on_read = kind != ON_WRITE;
        w.on_write = kind != ON_READ;
        good = add ? add_watch(g, &w) : drop_watch(g, &w);
    }
    return put(reply, good ? "OK" : "E1c");
}

static bool add_point(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    return point(g, r, reply, true);
}

static bool drop_point(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    return point(g, r, reply, false);
}

static bool leave(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    (void)r;
    tw_gdb_close(g);
    g->owner.leave(g->owner.ctx);
    return put(reply, "OK");
}

/* A twin is not killed by its debugger: it goes on. */
static bool kill_it(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    (void)leave(g, r, reply);
    return false;
}

static bool why(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    (void)r;
    tw_gdb_put_stop(g, reply);
    return true;
}

static bool accept_all(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    (void)g;
    (void)r;
    return put(reply, "OK");
}

/* Part of the description: offset, length. 'l' marks the last one. */
static bool describe(struct aw_rd *r, struct aw_wr *reply)
{
    const aw_bytes all = aw_text(description);
    uint32_t from = 0;
    uint32_t n = 0;

    if (!number_until(r, ',', &from) || !number(aw_rd_rest(r), &n) ||
        from > all.n) {
        return refuse(reply);
    }
    bool last = n >= all.n - from;

    n = last ? (uint32_t)all.n - from : n;
    struct aw_rd part = aw_rd_at(all, from);

    (void)put(reply, last ? "l" : "m");
    aw_wr_put(reply, aw_rd_take(&part, n));
    return true;
}

static bool monitor(struct tw_gdb *g, aw_bytes hex, struct aw_wr *reply)
{
    uint8_t command[TW_GDB_TEXT];
    uint8_t text[TW_GDB_TEXT];
    struct aw_wr c = aw_wr_init(command, sizeof(command));
    struct aw_wr t = aw_wr_init(text, sizeof(text));

    if (aw_hex_decode(hex, &c) != AW_OK) {
        return refuse(reply);
    }
    g->owner.monitor(g->owner.ctx, aw_wr_done(&c), &t);
    if (t.n == 0) {
        return put(reply, "OK");
    }
    aw_wr_hex(reply, (aw_bytes){text, t.n});
    return true;
}

static bool query(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    static const char xfer[] = "Xfer:features:read:target.xml:";
    static const char rcmd[] = "Rcmd,";
    aw_bytes rest = aw_rd_rest(r);

    if (aw_bytes_starts(rest, "Supported")) {
        (void)put(reply, "PacketSize=");
        aw_wr_hex_u64(reply, TW_GDB_PACKET, 1);
        return put(reply, ";qXfer:features:read+;vContSupported+;"
                          "QStartNoAckMode+");
    }
    if (aw_bytes_starts(rest, xfer)) {
        struct aw_rd at = aw_rd_at(rest, sizeof(xfer) - 1);

        return describe(&at, reply);
    }
    if (aw_bytes_starts(rest, rcmd)) {
        struct aw_rd at = aw_rd_at(rest, sizeof(rcmd) - 1);

        return monitor(g, aw_rd_rest(&at), reply);
    }
    if (aw_bytes_is(rest, "Attached")) {
        return put(reply, "1");
    }
    if (aw_bytes_is(rest, "C")) {
        return put(reply, "QC1");
    }
    if (aw_bytes_is(rest, "fThreadInfo")) {
        return put(reply, "m1");
    }
    return aw_bytes_is(rest, "sThreadInfo") ? put(reply, "l") : true;
}

static bool set(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply)
{
    if (aw_bytes_is(aw_rd_rest(r), "StartNoAckMode")) {
        g->quiet = true;
        return put(reply, "OK");
    }
    return true;
}

void tw_gdb_put_stop(const struct tw_gdb *gdb, struct aw_wr *reply)
{
    const struct tw_watch_hit *hit = tw_cpu_watch_hit(gdb->cpu);

    switch (gdb->why) {
    case TW_STOP_WATCHPOINT:
        aw_wr_text(reply, hit->write ? "T05watch:" : "T05rwatch:");
        aw_wr_hex_u64(reply, hit->address, 8);
        aw_wr_text(reply, ";");
        break;
    case TW_STOP_DIAGNOSIS:
        aw_wr_text(reply, "T04"); /* SIGILL */
        break;
    case TW_STOP_REQUEST:
        aw_wr_text(reply, "T02"); /* SIGINT */
        break;
    default:
        aw_wr_text(reply, "T05"); /* SIGTRAP */
        break;
    }
}

bool tw_gdb_command(struct tw_gdb *gdb, aw_bytes packet, struct aw_wr *reply)
{
    static const struct {
        char letter;
        bool (*run)(struct tw_gdb *g, struct aw_rd *r, struct aw_wr *reply);
    } commands[] = {
        {'?', why},        {'g', get_all},      {'G', set_all},
        {'p', get_one},    {'P', set_one},      {'m', read_memory},
        {'M', write_hex},  {'X', write_binary}, {'c', go_on},
        {'s', step},       {'v', multi},        {'Z', add_point},
        {'z', drop_point}, {'D', leave},        {'k', kill_it},
        {'H', accept_all}, {'T', accept_all},   {'q', query},
        {'Q', set},
    };
    struct aw_rd r = aw_rd_init(packet);
    uint8_t letter = aw_rd_u8(&r);

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!r.failed && (uint8_t)commands[i].letter == letter) {
            return commands[i].run(gdb, &r, reply);
        }
    }
    /* An empty reply: not known here. */
    return true;
}
