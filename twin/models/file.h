/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_FILE_H
#define TWIN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aw/err.h"

/*
 * What outlives the twin: bytes by offset. Parts that were never written, or
 * that were discarded, read as zeros. False: the host failed; nothing is known
 * of what was written.
 */
struct tw_store {
    bool (*read)(void *ctx, uint64_t at, void *to, size_t n);
    bool (*write)(void *ctx, uint64_t at, const void *from, size_t n);
    bool (*discard)(void *ctx, uint64_t at, uint64_t n);
    void *ctx;
};

/* A sparse file as a store. */
struct tw_file {
    int fd;
    uint64_t size;
    int error; /* errno of the first failure, for the operator; 0: none */
};

/**
 * Opens a file for reading and writing, creates it (mode 0600) where there is
 * none, and gives a new one its size.
 *
 * @param size  bytes; a file of another size is refused
 *
 * @return AW_OK; AW_ERR_IO or AW_ERR_RESOURCE with file->error set;
 *         AW_ERR_CONTENT if the file has another size.
 */
AW_MUST_CHECK aw_err tw_file_open(struct tw_file *file, const char *path,
                                  uint64_t size);

/** The same on a descriptor, which the file owns from then on. */
AW_MUST_CHECK aw_err tw_file_adopt(struct tw_file *file, int fd, uint64_t size);
void tw_file_close(struct tw_file *file);

struct tw_store tw_file_store(struct tw_file *file);

#endif
