/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_RESULT_H
#define AW_REPROBUILD_RESULT_H

#include "aw/ftlog/note.h"
#include "aw/hostio/diag.h"
#include "aw/release.h"
#include "aw/sha256.h"
#include "aw/sink.h"

/*
 * What a rebuilder states of one release: text of a signed note, and the same
 * as an in-toto statement in a DSSE envelope. Format page:
 * docs/formats/rebuild-result.md. There is no time in it: the same rebuild is
 * always the same bytes.
 */
enum aw_rb_verdict {
    AW_RB_REPRODUCED,
    AW_RB_DIFFERS,     /* it builds, and the bytes are others */
    AW_RB_FAILED,      /* it does not build */
    AW_RB_TIMED_OUT,   /* it does not build in time */
    AW_RB_UNAVAILABLE, /* source, toolchain or archive is not to be had */
    AW_RB_REFUSED      /* manifest or repository is not acceptable */
};

enum {
    AW_RB_RESULT_MAX = 16 * 1024, /* bytes of the note */
    AW_RB_REASON_MAX = 240        /* bytes of a reason */
};

/** "reproduced", "differs", "failed", "timed-out", "unavailable", "refused". */
const char *aw_rb_verdict_name(enum aw_rb_verdict verdict);

/* Spans are borrowed. */
struct aw_rb_result {
    aw_bytes origin; /* of the log */
    bool has_index;  /* false: the manifest did not come from a log */
    uint64_t index;
    uint8_t leaf[AW_SHA256_SIZE]; /* leaf hash of the signed manifest */
    enum aw_component component;
    aw_bytes version;
    aw_bytes commit;
    aw_bytes recipe; /* "-" where the manifest names none that is known */
    uint8_t expected[AW_SHA256_SIZE];
    bool has_built;
    uint8_t built[AW_SHA256_SIZE];
    uint64_t passes; /* builds that ended well */
    aw_bytes varied; /* what differed between them, "path,user"; or "-" */
    aw_bytes memory; /* "cgroup", "address-space" or "-" */
    enum aw_rb_verdict verdict;
    aw_bytes reason; /* one line; "-" for none */
};

/** Writes the text of the note. w fails when it is too small. */
void aw_rb_result_write(const struct aw_rb_result *result, struct aw_wr *w);

/**
 * Reads the text: what aw_rb_result_write makes and nothing else.
 *
 * @param text    untrusted, unless its note was opened with a trusted key
 * @param result  borrowed from text; untouched on failure
 * @param diag    may be NULL; `at` is the line
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for another version; AW_ERR_FORMAT;
 *         AW_ERR_SPACE above AW_RB_RESULT_MAX.
 */
AW_MUST_CHECK aw_err aw_rb_result_parse(aw_bytes text,
                                        struct aw_rb_result *result,
                                        struct aw_diag *diag);

/**
 * Reads the result in a state of our own: a note, whose signatures are not
 * looked at, or its text alone.
 *
 * @param kept    from struct aw_rebuilds_row
 * @param result  borrowed from kept; untouched on failure
 *
 * @return as aw_rb_result_parse
 */
AW_MUST_CHECK aw_err aw_rb_result_kept(aw_bytes kept,
                                       struct aw_rb_result *result,
                                       struct aw_diag *diag);

/** True when two results are of one leaf and agree on verdict and digest. */
bool aw_rb_result_agree(const struct aw_rb_result *a,
                        const struct aw_rb_result *b);

/** Puts a text into the form of a reason: one line of printable ASCII, cut. */
void aw_rb_reason(const char *text, char reason[AW_RB_REASON_MAX + 1]);

/**
 * Writes the DSSE envelope of the in-toto statement.
 *
 * @return AW_OK; errors of the signer; AW_ERR_SIG if what it made does not
 *         verify; AW_ERR_SPACE if w is too small.
 */
AW_MUST_CHECK aw_err aw_rb_dsse_write(const struct aw_rb_result *result,
                                      const struct aw_note_signer *by,
                                      struct aw_wr *w, struct aw_diag *diag);

/**
 * Checks that an envelope says the same as a result and that the key signed
 * it.
 *
 * @param text  untrusted
 *
 * @return AW_OK; AW_ERR_FORMAT if it is no such envelope; AW_ERR_NO_SIG
 *         without a signature of the key; AW_ERR_SIG; AW_ERR_DIGEST if it says
 *         something else.
 */
AW_MUST_CHECK aw_err aw_rb_dsse_check(aw_bytes text,
                                      const struct aw_rb_result *result,
                                      const struct aw_vkey *key,
                                      struct aw_diag *diag);

#endif
