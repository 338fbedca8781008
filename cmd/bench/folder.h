/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_FOLDER_H
#define BENCH_FOLDER_H

#include "bench/bench.h"

/* Where the files of a measurement are made. */
struct bench_place {
    const char *dir;
    bool memory;
    bool keep;
};

/* Rows of an option table for a struct that holds a bench_place at offset
 * `base`. */
#define BENCH_PLACE_OPTS(base)                                                \
    {.name = "dir",                                                           \
     .type = AW_OPT_TEXT,                                                     \
     .at = (base) + offsetof(struct bench_place, dir),                        \
     .arg = "DIR",                                                            \
     .help = "Makes the log below DIR. Default: the directory for temporary " \
             "files."},                                                       \
        {.name = "memory",                                                    \
         .type = AW_OPT_FLAG,                                                 \
         .at = (base) + offsetof(struct bench_place, memory),                 \
         .help = "Makes the log in memory, below /dev/shm."},                 \
    {                                                                         \
        .name = "keep", .type = AW_OPT_FLAG,                                  \
        .at = (base) + offsetof(struct bench_place, keep),                    \
        .help = "Keeps the log, to audit it with other programs."             \
    }

/** Makes an empty folder. @param dir  its path, memory of the pool */
AW_MUST_CHECK int bench_folder_make(struct aw_ctx *ctx,
                                    const struct bench_place *where,
                                    const char **dir);

/** Says early that n leaves, each with so many bytes on the disk, will not fit
 *  below dir. @return AW_EXIT_OK or AW_EXIT_RESOURCE */
AW_MUST_CHECK int bench_folder_room(struct aw_ctx *ctx, const char *dir,
                                    uint64_t n, uint64_t each);

/** Removes it with everything in it, unless it is to be kept. */
void bench_folder_end(const struct bench_place *where, const char *dir);

#endif
