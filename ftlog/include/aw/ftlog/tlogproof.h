/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_TLOGPROOF_H
#define AW_FTLOG_TLOGPROOF_H

#include "aw/ftlog/checkpoint.h"

/*
 * Proof file that stands alone: inclusion proof and signed checkpoint in one
 * text (C2SP tlog-proof). Format: docs/formats/tlog-proof.md.
 */
enum { AW_TLOG_PROOF_MAX = 128 * 1024 }; /* bytes of a file */

/* Spans are borrowed from the file, or by the caller who writes one. */
struct aw_tlog_proof {
    bool has_extra;
    aw_bytes extra; /* base64 of data that nothing vouches for; may be empty */
    uint64_t index;
    struct aw_proof proof;
    aw_bytes checkpoint; /* signed note */
};

/**
 * Reads a proof file. Nothing in it is verified, and the checkpoint is not
 * looked into.
 *
 * @param file   untrusted
 * @param proof  untouched on failure
 * @param diag   `at` is an offset in the file
 *
 * @return AW_OK; AW_ERR_SPACE above AW_TLOG_PROOF_MAX; AW_ERR_FORMAT for a
 *         wrong or malformed line, or more than AW_PROOF_MAX hashes;
 *         AW_ERR_SHORT if the file ends inside a line or without checkpoint.
 */
AW_MUST_CHECK aw_err aw_tlog_proof_parse(aw_bytes file,
                                         struct aw_tlog_proof *proof,
                                         struct aw_diag *diag);

/** Writes a proof file: the inverse of aw_tlog_proof_parse. */
void aw_tlog_proof_write(const struct aw_tlog_proof *proof, struct aw_wr *w);

/**
 * Verifies that the log has signed a tree with this leaf. Cosignatures are
 * not looked at: for these give `proof->checkpoint` to
 * aw_policy_check_quorum.
 *
 * @param leaf        hash of the entry
 * @param origin      of the log, compared exactly
 * @param key         of the log
 * @param checkpoint  borrowed from the file; untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if the index is not below the tree's size;
 *         AW_ERR_PROOF if the proof does not lead to the signed root;
 *         otherwise as aw_checkpoint_open.
 */
AW_MUST_CHECK aw_err aw_tlog_proof_verify(const struct aw_tlog_proof *proof,
                                          const aw_hash *leaf, aw_bytes origin,
                                          const struct aw_vkey *key,
                                          struct aw_checkpoint *checkpoint,
                                          struct aw_diag *diag);

#endif
