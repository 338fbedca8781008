/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_ERR_H
#define AW_ERR_H

#include <stdint.h>

#include "aw/attr.h"

/*
 * One list of error numbers for host and device. Append only, never
 * renumber: devices log the numbers.
 *
 *   X(name, number, text)
 */
#define AW_ERR_LIST(X)                                              \
    X(OK, 0, "success")                                             \
    X(ERR_SHORT, 1, "data ends too early")                          \
    X(ERR_FORMAT, 2, "malformed data")                              \
    X(ERR_RANGE, 3, "value out of range")                           \
    X(ERR_SPACE, 4, "buffer or size limit exceeded")                \
    X(ERR_UNSUPPORTED, 5, "not supported")                          \
    X(ERR_SIG, 6, "signature does not verify")                      \
    X(ERR_NO_SIG, 7, "no signature of a required key")              \
    X(ERR_KEY, 8, "malformed key")                                  \
    X(ERR_AMBIGUOUS, 9, "key given more than once")                 \
    X(ERR_ORIGIN, 10, "log origin differs")                         \
    X(ERR_PROOF, 11, "proof does not verify")                       \
    X(ERR_DIGEST, 12, "bytes differ from the signed digest")        \
    X(ERR_FORK, 13, "log shows a different tree of the same size")  \
    X(ERR_ROLLBACK, 14, "log shows an older tree than before")      \
    X(ERR_POLICY, 15, "statement does not satisfy the policy")      \
    X(ERR_NOT_FOUND, 16, "not found")                               \
    X(ERR_IO, 17, "input or output failed")                         \
    X(ERR_NET, 18, "network failed")                                \
    X(ERR_TIMEOUT, 19, "time limit reached")                        \
    X(ERR_STATE, 20, "saved state missing or damaged")              \
    X(ERR_RESOURCE, 21, "out of memory, space or descriptors")      \
    X(ERR_ROOT, 22, "tree root differs from the signed checkpoint") \
    X(ERR_CONTENT, 23, "unknown content")                           \
    X(ERR_QUORUM, 24, "not enough witnesses signed")                \
    X(ERR_EXISTS, 25, "exists already")                             \
    X(ERR_CANCELLED, 26, "cancelled")                               \
    X(ERR_USAGE, 27, "wrong usage")                                 \
    X(ERR_PRECONDITION, 28, "precondition not met")                 \
    X(ERR_TYPE, 29, "value has the wrong type")                     \
    X(ERR_DUPLICATE, 30, "duplicate key or entry")                  \
    X(ERR_STALL, 31, "device does not take this request")           \
    X(ERR_GONE, 32, "device is gone")                               \
    X(ERR_REFUSED, 33, "device refused and said why")

#define AW_ERR_ENUM(name, number, text) AW_##name = (number),
typedef enum aw_err { AW_ERR_LIST(AW_ERR_ENUM) } aw_err;
#undef AW_ERR_ENUM

/* What went wrong, at which place of the format, at which offset or value. */
struct aw_diag {
    aw_err err;
    const char *where; /* static text: "note: signature line" */
    uint64_t at;       /* offset in bytes, line or value, as `where` says */
};

/**
 * Notes a failure and returns its code. Inline, so that analyzers see that a
 * failing path never returns AW_OK.
 *
 * @param diag  may be NULL
 * @param where static text
 */
static inline aw_err aw_fail(struct aw_diag *diag, aw_err err,
                             const char *where, uint64_t at)
{
    if (diag != 0) {
        diag->err = err;
        diag->where = where;
        diag->at = at;
    }
    return err;
}

/** English sentence fragment for a code; "unknown error" for other numbers. */
const char *aw_err_text(aw_err err);

/** Symbolic name, as in "ERR_SHORT"; "ERR_UNKNOWN" for other numbers. */
const char *aw_err_name(aw_err err);

/**
 * Ends the program because of our own mistake. The host prints and aborts, a
 * device logs and resets; each supplies its own definition.
 */
AW_NORETURN void aw_bug(const char *file, int line, const char *what);

/* Traps our own mistakes only, never bad input; stays in release builds. */
#define AW_BUG_ON(cond)                        \
    do {                                       \
        if (cond) {                            \
            aw_bug(__FILE__, __LINE__, #cond); \
        }                                      \
    } while (0)

#endif
