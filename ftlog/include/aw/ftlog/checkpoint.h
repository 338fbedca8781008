/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_CHECKPOINT_H
#define AW_FTLOG_CHECKPOINT_H

#include "aw/ftlog/merkle.h"
#include "aw/ftlog/note.h"
#include "aw/sha256.h"

/* Bytes of a whole checkpoint note. */
enum { AW_CHECKPOINT_MAX = 64 * 1024 };

/*
 * Checkpoint: the text of a note that a log signs (C2SP tlog-checkpoint):
 *
 *   origin LF size LF base64(root) LF, then extension lines
 *
 * Read strictly: canonical decimal, 32 bytes of canonical base64, extension
 * lines not empty, and the empty tree's root when there are no leaves. See
 * docs/formats/checkpoint.md.
 */
struct aw_checkpoint {
    aw_bytes origin; /* borrowed */
    uint64_t size;   /* leaves */
    aw_hash root;
    aw_bytes extensions; /* borrowed, whole lines; may be empty */
};

/**
 * Reads the text of a checkpoint. The caller has verified a signature over
 * it, or treats the result as untrusted.
 *
 * @param text        without empty line and signatures
 * @param checkpoint  untouched on failure
 * @param diag        may be NULL; offset in text
 *
 * @return AW_OK; AW_ERR_FORMAT.
 */
AW_MUST_CHECK aw_err aw_checkpoint_parse(aw_bytes text,
                                         struct aw_checkpoint *checkpoint,
                                         struct aw_diag *diag);

/** Writes the text of a checkpoint, ready to be signed. */
void aw_checkpoint_write(const struct aw_checkpoint *checkpoint,
                         struct aw_wr *w);

/**
 * Opens a signed checkpoint of one log: signatures first, then the log's
 * among them, then the text, then the origin.
 *
 * @param message     whole note; untrusted
 * @param origin      expected, compared exactly
 * @param keys        n_keys keys; keys[0] is the log's, others may be
 *                    witnesses', whose signatures must verify where present
 * @param checkpoint  borrowed from message; untouched on failure
 * @param diag        may be NULL; offset in message
 *
 * @return AW_OK; AW_ERR_SPACE above AW_CHECKPOINT_MAX; AW_ERR_NO_SIG if the
 *         log's key is not among the verified; AW_ERR_ORIGIN; AW_ERR_FORMAT;
 *         otherwise as aw_note_open.
 */
AW_MUST_CHECK aw_err aw_checkpoint_open(aw_bytes message, aw_bytes origin,
                                        const struct aw_vkey *keys,
                                        size_t n_keys,
                                        struct aw_checkpoint *checkpoint,
                                        struct aw_diag *diag);

/** Id of a log at the distributor, to be written as lower-case hex: SHA-256 of
 *  "o:" and the origin. */
void aw_log_id(aw_bytes origin, uint8_t digest[AW_SHA256_SIZE]);

#endif
