/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_WRITER_H
#define LOG_WRITER_H

#include "aw/ftlog/sequence.h"
#include "aw/hostio/logdir.h"
#include "aw/hostio/store.h"
#include "common/cmd.h"
#include "log/reads.h"

/*
 * A log folder that is being written. Functions report what is wrong and
 * return the exit code of that, or AW_EXIT_OK.
 */
struct log_writer {
    struct aw_ctx *ctx;
    const char *path;
    struct aw_logdir *dir;
    struct aw_host_store *store;
    enum aw_layout layout;
    struct aw_tree tree; /* integrated */
    struct aw_log *log;  /* at this tree; lives as long as the writer */
    uint64_t pending;    /* entries behind the tree, once they are counted */
    struct log_reads *reads; /* of the folder, since it was opened */
    bool silent; /* set by the caller: shows no progress of its own */
    /* private */
    struct aw_pool pool; /* work areas */
    struct aw_store face;
    uint8_t *work;
    struct aw_sequence sequence;
};

/**
 * Locks the folder, finds out the layout and opens the integrated tree, so
 * that its tiles are known to be good.
 *
 * @param writer  end with log_writer_close, also after a failure
 */
AW_MUST_CHECK int log_writer_open(struct aw_ctx *ctx, const char *path,
                                  struct log_writer *writer);

/** A log that is to be made: empty tree, no folder yet.
 *  @param writer  end with log_writer_close */
void log_writer_init(struct aw_ctx *ctx, const char *path,
                     enum aw_layout layout, struct log_writer *writer);

/** As log_writer_open, after log_writer_init: makes the log. */
AW_MUST_CHECK int log_writer_make(struct log_writer *writer);

/** Adds entries. What is set in them is set. */
AW_MUST_CHECK int log_writer_add(struct log_writer *writer,
                                 struct aw_new_entry *entry, size_t n);

/** Integrates the pending entries; writer->tree and writer->log are those
 *  of the new tree then. */
AW_MUST_CHECK int log_writer_integrate(struct log_writer *writer);

/** Puts the signed checkpoint. */
AW_MUST_CHECK int log_writer_publish(struct log_writer *writer, aw_bytes note);

/** Reads the checkpoint; empty when there is none.
 *  @param note  memory of the pool */
AW_MUST_CHECK int log_writer_checkpoint(struct log_writer *writer,
                                        aw_bytes *note);

void log_writer_close(struct log_writer *writer);

/** Puts path, layout, size and root into the result. */
void log_writer_show(const struct log_writer *writer);

/**
 * Reports a failure of reading or writing the log.
 *
 * @param path  file at which it happened, or NULL
 * @param diag  filled by the function that failed
 */
int log_writer_fail(struct log_writer *writer, aw_err err, const char *path,
                    const struct aw_diag *diag);

#endif
