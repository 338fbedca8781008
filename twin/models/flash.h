/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_FLASH_H
#define TWIN_FLASH_H

#include "core/state.h"
#include "models/file.h"
#include "models/rng.h"

/*
 * Blocks of 512 bytes on a host file, as a managed flash chip keeps them: what
 * was written is kept back until the command ends (or, with the chip's cache
 * on, until it is flushed), and what power off does to that is a choice.
 */
enum { TW_BLOCK = 512, TW_PENDING_MAX = 1024 };

/* Blocks that the host reads or writes at once, where one follows another. */
enum { TW_AHEAD = 128 };

enum tw_cut_mode {
    TW_CUT_CLEAN,  /* every block that was received is there */
    TW_CUT_TORN,   /* the last one is new in its first half, old in the other */
    TW_CUT_CACHED, /* any subset of the blocks kept back is there */
};

enum { TW_CUT_FLASHES = 4 };

struct tw_flash;

/* The power of a board's storage, as far as it may fail. Writes of all
 * partitions count together: a block, a discarded range, an RPMB request. */
struct tw_cut {
    enum tw_cut_mode mode;
    struct tw_rng rng; /* decides the subsets */
    uint64_t writes;   /* since the twin was made */
    uint64_t at;       /* power goes with this write; 0: never */
    bool off;          /* nothing is read or written any more */
    /* Called when power goes because of `at`, from within the write: the
     * board stops. May be NULL. */
    void (*gone)(void *ctx);
    void *ctx;
    struct tw_flash *flashes[TW_CUT_FLASHES]; /* private */
    uint32_t count;                           /* private */
};

void tw_cut_init(struct tw_cut *cut, const uint8_t seed[TW_RNG_SEED]);

/** Power goes now: what was kept back is kept or lost, as the mode says. */
void tw_cut_power_off(struct tw_cut *cut);
void tw_cut_power_on(struct tw_cut *cut);

/**
 * Counts a write that is whole or not at all. When power goes with it, the
 * mode decides.
 *
 * @return true: make it. Call tw_cut_wrote in either case.
 */
bool tw_cut_whole(struct tw_cut *cut);

/** After a counted write: power goes if it was the one. False: it is gone. */
bool tw_cut_wrote(struct tw_cut *cut);

void tw_cut_save(const struct tw_cut *cut, struct tw_saver *to);
bool tw_cut_load(struct tw_cut *cut, struct tw_loader *from);

/* A block that has been received and is not programmed. */
struct tw_pending {
    uint64_t block;
    bool cached; /* until a flush; else until the command ends */
    bool whole;  /* never torn: a reliable write */
    uint8_t data[TW_BLOCK];
};

struct tw_flash {
    struct tw_store store;
    struct tw_cut *cut;
    uint64_t blocks;
    bool failed;                /* the host could not keep something */
    struct tw_pending *pending; /* private, oldest first; owned */
    uint32_t count;             /* private */
    uint32_t room;              /* private */
    uint64_t low;               /* private: no pending block is below */
    uint64_t high;              /* private: or above */
    uint8_t *buffer;            /* private, TW_AHEAD blocks; owned */
    uint64_t ahead;             /* private: first block read ahead */
    uint32_t ahead_n;           /* private: how many; 0: none */
    uint64_t next;              /* private: behind the last one read */
};

/** Ties the partition to its store; at most TW_CUT_FLASHES of them to a cut. */
void tw_flash_init(struct tw_flash *flash, const struct tw_store *store,
                   uint64_t blocks, struct tw_cut *cut);
void tw_flash_free(struct tw_flash *flash);

enum tw_write {
    TW_WRITE_PLAIN,
    TW_WRITE_CACHED,
    TW_WRITE_RELIABLE,
};

/** A read command begins: it sees what is in the file now. */
void tw_flash_look(struct tw_flash *flash);

/* All: false when power is off, the host fails, or the block is outside. */
bool tw_flash_read(struct tw_flash *flash, uint64_t block,
                   uint8_t to[TW_BLOCK]);
bool tw_flash_write(struct tw_flash *flash, uint64_t block,
                    const uint8_t from[TW_BLOCK], enum tw_write how);
/** Reads as zeros from now on. */
bool tw_flash_discard(struct tw_flash *flash, uint64_t block, uint64_t count);
/** The write command has ended: what is not cached is programmed. */
bool tw_flash_commit(struct tw_flash *flash);
bool tw_flash_flush(struct tw_flash *flash);

/** Blocks kept back. The file behind is not saved. */
void tw_flash_save(const struct tw_flash *flash, struct tw_saver *to);
bool tw_flash_load(struct tw_flash *flash, struct tw_loader *from);

#endif
