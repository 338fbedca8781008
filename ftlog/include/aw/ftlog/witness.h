/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_WITNESS_H
#define AW_FTLOG_WITNESS_H

#include "aw/ftlog/merkle.h"
#include "aw/ftlog/policy.h"

/*
 * The log's side of C2SP tlog-witness: what is sent to a witness, so that it
 * cosigns a checkpoint, and what comes back. Nothing here opens a connection.
 *
 *   POST <prefix>/add-checkpoint      200: one or more signature lines
 *     old <decimal> LF                409: the size that the witness cosigned
 *     base64 hash LF, 0 to 63 times        last, decimal, LF
 *     LF
 *     checkpoint note
 */
enum {
    AW_WITNESS_PROOF_MAX = 63,          /* hashes */
    AW_WITNESS_REQUEST_MAX = 16 * 1024, /* bytes upstream's witness reads */
    AW_WITNESS_ANSWER_MAX = 16 * 1024,
    /* Memory for aw_witness_take: a text and an answer. */
    AW_WITNESS_WORK = AW_WITNESS_REQUEST_MAX + AW_WITNESS_ANSWER_MAX + 1
};

/**
 * Writes the body of a request.
 *
 * @param old    size of the tree that the witness cosigned last; 0: none
 * @param proof  that the checkpoint's tree continues it; empty for old 0 and
 *               for the same tree again
 * @param note   signed checkpoint
 *
 * @return AW_OK; AW_ERR_RANGE for a proof above AW_WITNESS_PROOF_MAX hashes;
 *         AW_ERR_SPACE if the body would be longer than
 *         AW_WITNESS_REQUEST_MAX, or w is too small. w is undefined then.
 */
AW_MUST_CHECK aw_err aw_witness_request(uint64_t old,
                                        const struct aw_proof *proof,
                                        aw_bytes note, struct aw_wr *w,
                                        struct aw_diag *diag);

/**
 * Reads the body of an answer with status 409.
 *
 * @param body  untrusted
 * @param size  untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT for anything but a canonical decimal and one
 *         line feed; AW_ERR_RANGE above 2^64-1.
 */
AW_MUST_CHECK aw_err aw_witness_conflict(aw_bytes body, uint64_t *size,
                                         struct aw_diag *diag);

/* Cosignatures of a policy's witnesses over one checkpoint, by their number
 * in the policy. */
struct aw_cosignatures {
    aw_bytes line[AW_POLICY_WITNESSES]; /* whole; empty: none */
    uint64_t time[AW_POLICY_WITNESSES]; /* seconds since 1970 */
};

/**
 * Takes the cosignatures off an answer with status 200, after verifying them.
 * Lines of keys that the policy does not know do no harm; one bad line of a
 * witness refuses the whole answer. A line that was there already is
 * replaced by one with a later time.
 *
 * @param answer  untrusted; lines are borrowed from it
 * @param text    of the checkpoint that was sent
 * @param work    AW_WITNESS_WORK bytes are enough; reset on entry
 * @param to      untouched on failure
 *
 * @return AW_OK; AW_ERR_NO_SIG if no line is of a witness of the policy, or
 *         its key cannot be verified; AW_ERR_SIG if one does not verify;
 *         AW_ERR_RANGE for a cosignature without a time; AW_ERR_FORMAT if the
 *         answer is not signature lines; AW_ERR_SPACE if it is too long.
 */
AW_MUST_CHECK aw_err aw_witness_take(aw_bytes answer, aw_bytes text,
                                     const struct aw_policy *policy,
                                     struct aw_wr *work,
                                     struct aw_cosignatures *to,
                                     struct aw_diag *diag);

/** Writes a checkpoint with the cosignatures behind its own lines, in the
 *  policy's order.
 *  @param note  signed by the log, without cosignatures of the witnesses */
void aw_witness_write(aw_bytes note, const struct aw_cosignatures *from,
                      struct aw_wr *w);

#endif
