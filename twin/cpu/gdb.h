/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_GDB_H
#define TWIN_GDB_H

#include "aw/bytes.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"

/*
 * The GDB remote protocol, without a socket: bytes of a debugger in, bytes for
 * it out. Everything that comes in is untrusted; a debugger may do anything to
 * the processor and its memory, and nothing to the host. One at a time.
 * Source: Debugging with GDB, appendix E.
 *
 * What a debugger writes into registers and memory is no input that a journal
 * keeps: such a run does not repeat.
 */
enum {
    TW_GDB_PACKET = 4096,                 /* largest, as PacketSize tells */
    TW_GDB_FRAME = 2 * TW_GDB_PACKET + 8, /* escaped, with $, #, sum */
    TW_GDB_TEXT = TW_GDB_PACKET / 2 - 8,  /* that a monitor command prints */
    TW_GDB_REGISTERS = 17 /* r0-r15, CPSR; the order of the description */
};

/* What the debugger wants of whoever runs the processor. */
struct tw_gdb_owner {
    void *ctx;
    /** Bytes for the debugger. */
    void (*send)(void *ctx, aw_bytes bytes);
    /** Time passes again, until tw_gdb_stopped. Steps are set up already. */
    void (*go)(void *ctx);
    /** Asks for a stop: tw_gdb_stopped may come at once. */
    void (*interrupt)(void *ctx);
    /** Carries out a monitor command and writes what it prints. */
    void (*monitor)(void *ctx, aw_bytes command, struct aw_wr *text);
    /** The debugger is done with us; the processor is to run. */
    void (*leave)(void *ctx);
};

enum tw_gdb_state { TW_GDB_IDLE, TW_GDB_BODY, TW_GDB_SUM, TW_GDB_SUM_END };

struct tw_gdb {
    struct tw_cpu *cpu;
    struct tw_gdb_owner owner;
    bool closed;
    bool running; /* between a go and its stop */
    bool quiet;   /* no acknowledgements */
    enum tw_gdb_state state;
    bool over; /* the packet is too long */
    uint8_t sum;
    uint8_t digit; /* first of the sum */
    size_t n;
    size_t out_n; /* last packet sent, for those who missed it */
    enum tw_stop why;
    uint32_t break_count; /* set by this debugger */
    uint32_t breaks[TW_BREAKS_MAX];
    uint32_t watch_count;
    struct tw_watch watches[TW_WATCHES_MAX];
    uint8_t in[TW_GDB_PACKET];
    uint8_t out[TW_GDB_FRAME];
};

/** A debugger connected; the processor stands still. */
void tw_gdb_open(struct tw_gdb *gdb, struct tw_cpu *cpu,
                 const struct tw_gdb_owner *owner);

/** Takes what the debugger sent. */
void tw_gdb_take(struct tw_gdb *gdb, aw_bytes bytes);

/** The processor stopped: the debugger is told, if it waits for that. */
void tw_gdb_stopped(struct tw_gdb *gdb, enum tw_stop why);

/** The debugger is gone: its break and watch points go, too. */
void tw_gdb_close(struct tw_gdb *gdb);

/* gdb_command.c: carries out a packet; false: it has no reply (yet). */
bool tw_gdb_command(struct tw_gdb *gdb, aw_bytes packet, struct aw_wr *reply);
void tw_gdb_put_stop(const struct tw_gdb *gdb, struct aw_wr *reply);

#endif
