/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_POLICY_H
#define AW_FTLOG_POLICY_H

#include "aw/ftlog/note.h"
#include "aw/release.h"
#include "aw/sha256.h"
#include "aw/sink.h"

/*
 * Trust policy: which log, which keys sign which component, which witnesses
 * must have cosigned. Two text formats are read, "aw-policy 1" and C2SP
 * tlog-policy; see docs/formats/policy.md. Spans are borrowed from the text.
 */
enum {
    AW_POLICY_MAX = 64 * 1024, /* bytes of text */
    AW_POLICY_NAME_MAX = 255,  /* bytes of a witness's or group's name */
    AW_POLICY_KEYS = 4,        /* per component */
    AW_POLICY_WITNESSES = 64,
    AW_POLICY_GROUPS = 32,
    AW_POLICY_MEMBERS = 64, /* of one group */
    AW_POLICY_REBUILDERS = 16,
    /* Seconds by which a witness's clock may be ahead of ours. */
    AW_POLICY_CLOCK_SKEW_S = 300
};

struct aw_signers {
    size_t n; /* every one of them must sign */
    struct aw_vkey key[AW_POLICY_KEYS];
};

/** True when the key, name included, is one of them. */
bool aw_signers_have(const struct aw_signers *signers,
                     const struct aw_vkey *key);

struct aw_witness_key {
    aw_bytes name;      /* name inside the policy */
    struct aw_vkey key; /* AW_KEY_COSIG_V1, or AW_KEY_MLDSA44: never counts */
    aw_bytes key_text;  /* as in the policy; may be empty when made in code */
    aw_bytes url;       /* may be empty */
};

/* Threshold over witnesses and earlier groups. */
struct aw_group {
    aw_bytes name;
    size_t threshold; /* 1..n */
    size_t n;
    /* below AW_POLICY_WITNESSES a witness, else a group minus that number */
    uint8_t member[AW_POLICY_MEMBERS];
};

struct aw_policy {
    bool has_log;
    struct aw_vkey log; /* type 1, 2 or 5 */
    aw_bytes log_url;   /* may be empty */
    aw_bytes origin;    /* set when has_log is */
    struct aw_signers signers[AW_COMPONENTS];
    aw_bytes hab_target; /* empty: not fixed */
    bool has_srk_hash;
    uint8_t srk_hash[32];
    aw_bytes binaries_url; /* may be empty */
    size_t n_witnesses;
    struct aw_witness_key witness[AW_POLICY_WITNESSES];
    size_t n_groups;
    struct aw_group group[AW_POLICY_GROUPS];
    bool has_quorum;    /* false: no cosignature is asked for */
    uint8_t quorum;     /* numbered as a group member */
    uint64_t max_age_s; /* 0: any age; needs a quorum */
    size_t n_rebuilders;
    struct aw_vkey rebuilder[AW_POLICY_REBUILDERS];
    size_t rebuilder_quorum; /* 0: none is asked for */
    aw_bytes rebuilds_url;   /* may be empty */
};

/** Empties the policy: no log, no signers, no quorum. */
void aw_policy_init(struct aw_policy *policy);

/**
 * Reads the text of a policy. No word, key or name is passed over: what is not
 * understood is an error.
 *
 * @param text    borrowed by policy; trusted to say what is trusted, but not
 *                in form
 * @param policy  untouched on failure
 * @param diag    may be NULL; `at` is the line's number from 1, or 0 where
 *                lines are missing or do not go together
 *
 * @return AW_OK; AW_ERR_SPACE if the text or a list is too long;
 *         AW_ERR_UNSUPPORTED for another version of "aw-policy" or an unknown
 *         type of key; AW_ERR_FORMAT for an unknown word, a malformed line, or
 *         lines that do not go together; AW_ERR_DUPLICATE for a line, name,
 *         member or public key that may stand only once; AW_ERR_KEY for a
 *         malformed key or one of a type that does not fit;
 *         AW_ERR_RANGE for a threshold, quorum or duration out of range;
 *         AW_ERR_NOT_FOUND for a name that is not defined above.
 */
AW_MUST_CHECK aw_err aw_policy_parse(aw_bytes text, struct aw_policy *policy,
                                     struct aw_diag *diag);

/**
 * Text of a built-in policy: "ci" and "prod" are those of the Armored Witness
 * project.
 *
 * @param text  static storage; untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND for other names.
 */
AW_MUST_CHECK aw_err aw_policy_builtin(aw_bytes name, aw_bytes *text);

/* Which witnesses count for a checkpoint. */
struct aw_cosigned {
    size_t n;
    bool counted[AW_POLICY_WITNESSES];
    uint64_t time[AW_POLICY_WITNESSES]; /* seconds since 1970; 0 if unsigned */
};

/**
 * Finds the witnesses whose cosignatures on a checkpoint verify and are fresh
 * enough. With max_age_s 0 any time is; else times from now - max_age_s to now
 * + AW_POLICY_CLOCK_SKEW_S.
 *
 * @param checkpoint_note  untrusted; its log signature is not looked at, see
 *                         aw_checkpoint_open
 * @param now              seconds since 1970, used for max_age_s only
 * @param cosigned         untouched on failure
 * @param diag             may be NULL; offset in the note
 *
 * @return AW_OK, also for no witness at all; otherwise as aw_note_open.
 */
AW_MUST_CHECK aw_err aw_policy_cosigned(const struct aw_policy *policy,
                                        aw_bytes checkpoint_note, uint64_t now,
                                        struct aw_cosigned *cosigned,
                                        struct aw_diag *diag);

/**
 * Checks that enough witnesses have cosigned a checkpoint. A policy without
 * quorum asks for none, and the note is not looked at.
 *
 * @return AW_OK; AW_ERR_QUORUM when it is not met; otherwise as
 *         aw_policy_cosigned.
 */
AW_MUST_CHECK aw_err aw_policy_check_quorum(const struct aw_policy *policy,
                                            aw_bytes checkpoint_note,
                                            uint64_t now, struct aw_diag *diag);

/**
 * Writes the canonical text, "aw-policy 1": the same for all spellings of one
 * policy, and read back to an equal policy.
 *
 * @return AW_OK; AW_ERR_KEY if the policy was made in code with an ML-DSA-44
 *         witness without key_text, which cannot be written; part of the text
 *         may then be in the sink.
 */
AW_MUST_CHECK aw_err aw_policy_write(const struct aw_policy *policy,
                                     const struct aw_sink *sink);

/**
 * SHA-256 of the canonical text, to name a policy in results.
 *
 * @param digest  untouched on failure
 * @return as aw_policy_write.
 */
AW_MUST_CHECK aw_err aw_policy_hash(const struct aw_policy *policy,
                                    uint8_t digest[AW_SHA256_SIZE]);

#endif
