/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GENLOG_H
#define GENLOG_H

#include "aw/ftlog/layout.h"
#include "aw/store.h"
#include "gentree.h"

/*
 * Stores for tests: a log of gentree's entries whose files are made when they
 * are asked for, and the recorded logs.
 */
struct genlog {
    enum aw_layout layout;
    uint64_t size;       /* leaves; the partial tiles of this size exist */
    const char *missing; /* path of a file that does not exist, or NULL */
    const char *broken;  /* path of a file with one changed byte, or NULL */
    size_t at;           /* which byte of it, from the end when too large */
    const char *failing; /* path of a file that fails with AW_ERR_NET */
    size_t gets;         /* counts calls */
    size_t hinted;       /* counts announced files */
    size_t unannounced;  /* counts files read but not announced before */
    char announced[64][AW_LOG_PATH_MAX]; /* ring */
};

/** The store over a generated log; genlog must outlive it. */
struct aw_store genlog_store(struct genlog *log);

/* A recorded log: the files of a folder below tests/vectors. */
struct veclog {
    const char *folder;
};

/** The store over a recorded log; veclog must outlive it. */
struct aw_store veclog_store(struct veclog *log);

#endif
