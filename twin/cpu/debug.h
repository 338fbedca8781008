/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_DEBUG_H
#define TWIN_DEBUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Looking at a running processor and disturbing it. While break points or a
 * trace are set the processor runs instruction by instruction, several times
 * slower; time and results stay the same to the tick.
 */
struct tw_cpu;

enum {
    TW_BREAKS_MAX = 32,
    TW_WATCHES_MAX = 16,
    TW_GLITCHES_MAX = 16,
    TW_PROFILE_BUCKETS = 4096
};

/* Virtual addresses [address, address + size). */
struct tw_watch {
    uint32_t address;
    uint32_t size;
    bool on_read;
    bool on_write;
};

/* The access that hit; pc is that of its instruction, which has not run yet
 * and runs when the processor goes on. */
struct tw_watch_hit {
    uint32_t address;
    uint32_t pc;
    bool write;
};

enum tw_glitch_kind {
    TW_GLITCH_SKIP, /* the instruction does nothing, time passes */
    TW_GLITCH_SET,  /* a register changes before it */
};

/* A fault of the hardware, before instruction number `at`, counted from power
 * on (0 is the first). */
struct tw_glitch {
    uint64_t at;
    enum tw_glitch_kind kind;
    uint8_t reg; /* 0-15, 16 = CPSR */
    uint32_t value;
};

/* An instruction that is about to run. */
struct tw_step {
    uint64_t tick;
    uint32_t address;
    uint32_t word;
    uint32_t cpsr;
    bool secure;
};

struct tw_trace {
    void (*step)(void *ctx, const struct tw_step *step); /* NULL: off */
    void *ctx;
};

/* Where time goes: program counter every `every` ticks, counted by address.
 * When all buckets are in use, others are counted as lost. */
struct tw_profile {
    uint64_t every; /* 0: off */
    uint64_t next;  /* private: tick */
    uint64_t samples;
    uint64_t lost;
    struct tw_profile_bucket {
        uint32_t address;
        uint32_t count; /* 0: free */
    } buckets[TW_PROFILE_BUCKETS];
};

/* Private to the processor; the functions below set it. */
struct tw_debug {
    uint32_t breaks[TW_BREAKS_MAX];
    uint32_t break_count;
    struct tw_watch watches[TW_WATCHES_MAX];
    uint32_t watch_count;
    struct tw_watch_hit hit;
    struct tw_glitch glitches[TW_GLITCHES_MAX]; /* by number */
    uint32_t glitch_count;
    struct tw_trace trace;
    struct tw_profile *profile; /* borrowed; NULL: off */
    bool resumed; /* the break point at resumed_at has stopped us once */
    uint32_t resumed_at;
    bool watched; /* instruction watched_at has been stopped once */
    uint64_t watched_at;
    uint64_t stop_at; /* number of an instruction; 0: off */
};

/** Adds a break point; false when the table is full. Twice is once. */
bool tw_cpu_break_add(struct tw_cpu *cpu, uint32_t address);
/** False when it was not there. */
bool tw_cpu_break_remove(struct tw_cpu *cpu, uint32_t address);

/** Adds a watch point; false when the table is full or size is 0. */
bool tw_cpu_watch_add(struct tw_cpu *cpu, const struct tw_watch *watch);
/** Removes an equal one; false when it was not there. */
bool tw_cpu_watch_remove(struct tw_cpu *cpu, const struct tw_watch *watch);
/** The last hit, after TW_STOP_WATCHPOINT. */
const struct tw_watch_hit *tw_cpu_watch_hit(const struct tw_cpu *cpu);

/** Stops with TW_STOP_STEP when n more instructions have run, however long the
 * processor waits between them; 0: not any more. */
void tw_cpu_stop_after(struct tw_cpu *cpu, uint64_t n);

void tw_cpu_trace(struct tw_cpu *cpu, const struct tw_trace *trace);

/** Starts to sample into profile, which outlives the run; NULL ends it. */
void tw_cpu_profile(struct tw_cpu *cpu, struct tw_profile *profile);

/** Adds a fault; false when the table is full or the number has passed. */
bool tw_cpu_glitch(struct tw_cpu *cpu, const struct tw_glitch *glitch);

/**
 * Memory as the processor sees it now, for a debugger: through its translation,
 * whatever the permissions, without side effects on devices (which are not
 * read or written).
 *
 * @return bytes done; fewer than n where nothing is mapped or no memory is
 */
size_t tw_cpu_peek(struct tw_cpu *cpu, uint32_t address, void *to, size_t n);
size_t tw_cpu_poke(struct tw_cpu *cpu, uint32_t address, const void *from,
                   size_t n);

/** All registers of the current mode, flags, mode and world, in lines of text;
 * cut to room. */
void tw_cpu_dump(const struct tw_cpu *cpu, char *text, size_t room);

#endif
