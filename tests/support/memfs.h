/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMFS_H
#define MEMFS_H

#include "aw/files.h"
#include "aw/store.h"

/*
 * Files in memory that tests write a log to: struct aw_files and struct
 * aw_store over the same paths, with a disk behind them that a crash shows.
 */
struct memfs_file;

struct memfs {
    struct memfs_file *slot; /* open addressing */
    size_t room;
    size_t n;
    size_t changes;  /* calls of put, alias, remove and sync */
    size_t gets;     /* files read, those that are missing left out */
    size_t tiles;    /* of them below tile/ and no entries */
    size_t fail_at;  /* this call, counted from 1, fails; 0: none */
    aw_err fail_err; /* with this error */
};

struct aw_store memfs_store(struct memfs *fs);
struct aw_files memfs_files(struct memfs *fs);
void memfs_free(struct memfs *fs);

/** Content of a file, links followed; false when there is none. */
bool memfs_get(const struct memfs *fs, const char *path, aw_bytes *data);
/** Target of a link; NULL for anything else. */
const char *memfs_link(const struct memfs *fs, const char *path);
/** Puts a file that is on the disk at once. */
void memfs_set(struct memfs *fs, const char *path, aw_bytes data);
/** Calls `each` for every file. */
void memfs_walk(const struct memfs *fs,
                void (*each)(void *ctx, const char *path), void *ctx);
/** Takes over all files of another one. */
void memfs_copy(struct memfs *fs, const struct memfs *from);

/* What a crash leaves of the changes since the last sync. */
enum memfs_crash {
    MEMFS_KEEP_ALL,  /* the process ended, not the system */
    MEMFS_KEEP_NONE, /* power was lost before anything was written */
    MEMFS_KEEP_SOME  /* a part of them, by chance */
};
void memfs_crash(struct memfs *fs, enum memfs_crash how, unsigned seed);

#endif
