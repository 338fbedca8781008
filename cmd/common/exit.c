/* SPDX-License-Identifier: Apache-2.0 */
#include "common/exit.h"

#include <inttypes.h>
#include <stdlib.h>

#include "aw/hostio/alloc.h"

#define AW_EXIT_ROW(name, number, class, again, text) \
    {.class_name = (class),                           \
     .meaning = (text),                               \
     .code = (number),                                \
     .retry = (again)},

static const struct aw_exit_row rows[] = {AW_EXIT_LIST(AW_EXIT_ROW)};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct aw_exit_row *aw_exit_row_at(size_t i)
{
    return i < ROWS ? &rows[i] : NULL;
}

const struct aw_exit_row *aw_exit_row(int code)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].code == code) {
            return &rows[i];
        }
    }
    return aw_exit_row(AW_EXIT_INTERNAL);
}

/* Errors about the form of data: exit code by subject. */
static int exit_of_form(enum aw_subject on)
{
    switch (on) {
    case AW_ON_LOG:
        return AW_EXIT_LOG;
    case AW_ON_STATEMENT:
    case AW_ON_DEVICE:
        return AW_EXIT_MISMATCH;
    case AW_ON_INPUT:
        return AW_EXIT_REFUSED;
    case AW_ON_LOCAL:
        return AW_EXIT_STATE;
    }
    return AW_EXIT_INTERNAL;
}

static int exit_of_not_found(enum aw_subject on)
{
    switch (on) {
    case AW_ON_LOG:
    case AW_ON_STATEMENT:
        return AW_EXIT_NOT_LOGGED;
    case AW_ON_DEVICE:
        return AW_EXIT_DEVICE;
    case AW_ON_INPUT:
        return AW_EXIT_REFUSED;
    case AW_ON_LOCAL:
        return AW_EXIT_STATE;
    }
    return AW_EXIT_INTERNAL;
}

/* A buffer or size limit: an over-long body, an over-long file, a full disk. */
static int exit_of_space(enum aw_subject on)
{
    switch (on) {
    case AW_ON_LOG:
        return AW_EXIT_NETWORK;
    case AW_ON_LOCAL:
        return AW_EXIT_RESOURCE;
    case AW_ON_STATEMENT:
    case AW_ON_DEVICE:
    case AW_ON_INPUT:
        break;
    }
    return exit_of_form(on);
}

/* Errors whose meaning does not depend on the subject; 0 for the others. */
static int exit_of_fixed(aw_err err)
{
    switch (err) {
    case AW_ERR_SIG:
    case AW_ERR_NO_SIG:
    case AW_ERR_ORIGIN:
    case AW_ERR_PROOF:
    case AW_ERR_FORK:
    case AW_ERR_ROLLBACK:
    case AW_ERR_QUORUM:
        return AW_EXIT_LOG;
    case AW_ERR_DIGEST:
    case AW_ERR_ROOT:
    case AW_ERR_POLICY:
        return AW_EXIT_MISMATCH;
    case AW_ERR_CONTENT:
        return AW_EXIT_UNKNOWN;
    case AW_ERR_NET:
        return AW_EXIT_NETWORK;
    case AW_ERR_IO:
    case AW_ERR_STALL:
    case AW_ERR_GONE:
        return AW_EXIT_STORAGE;
    case AW_ERR_RESOURCE:
        return AW_EXIT_RESOURCE;
    case AW_ERR_STATE:
        return AW_EXIT_STATE;
    case AW_ERR_CANCELLED:
        return AW_EXIT_DECLINED;
    case AW_ERR_USAGE:
        return AW_EXIT_USAGE;
    case AW_ERR_EXISTS:
    case AW_ERR_PRECONDITION:
    case AW_ERR_REFUSED:
        return AW_EXIT_REFUSED;
    default:
        return 0;
    }
}

int aw_exit_of(aw_err err, enum aw_subject on)
{
    int code = exit_of_fixed(err);

    if (code != 0) {
        return code;
    }
    switch (err) {
    case AW_OK:
        return AW_EXIT_OK;
    case AW_ERR_SPACE:
        return exit_of_space(on);
    case AW_ERR_TIMEOUT:
        return on == AW_ON_LOG ? AW_EXIT_NETWORK : AW_EXIT_TIME;
    case AW_ERR_NOT_FOUND:
        return exit_of_not_found(on);
    case AW_ERR_KEY:
    case AW_ERR_AMBIGUOUS:
        if (on == AW_ON_DEVICE) {
            return AW_EXIT_DEVICE;
        }
        return on == AW_ON_INPUT ? AW_EXIT_USAGE : exit_of_form(on);
    case AW_ERR_SHORT:
    case AW_ERR_FORMAT:
    case AW_ERR_RANGE:
    case AW_ERR_UNSUPPORTED:
    case AW_ERR_TYPE:
    case AW_ERR_DUPLICATE:
        return exit_of_form(on);
    default:
        return AW_EXIT_INTERNAL;
    }
}

static const char *remedy_of_form(enum aw_subject on)
{
    switch (on) {
    case AW_ON_LOG:
        return "keep what the log served as evidence and compare it with "
               "another mirror or witness";
    case AW_ON_STATEMENT:
        return "do not use these bytes; fetch them again from the publisher";
    case AW_ON_DEVICE:
        return "do not put the device into service; keep an image of it and "
               "look into it";
    case AW_ON_INPUT:
        return "check that this is the file that you meant, whole and "
               "unchanged";
    case AW_ON_LOCAL:
        return "restore the state from a copy, or go on from a new baseline "
               "with --accept-new-baseline";
    }
    return "report this";
}

static const char *remedy_of_exit(int code)
{
    switch (code) {
    case AW_EXIT_USAGE:
        return "see --help";
    case AW_EXIT_NOT_LOGGED:
        return "do not use it; ask the publisher why it is not logged";
    case AW_EXIT_UNKNOWN:
        return remedy_of_form(AW_ON_DEVICE);
    case AW_EXIT_NETWORK:
        return "check the address and the connection, then try again";
    case AW_EXIT_STORAGE:
        return "check cable, medium and access rights, then try again";
    case AW_EXIT_TIME:
        return "try again with a longer --timeout";
    case AW_EXIT_RESOURCE:
        return "free space, memory or descriptors, then try again";
    case AW_EXIT_DECLINED:
        return "run the same command again";
    case AW_EXIT_DEVICE:
        return "check that this is the device, or the image of it, that you "
               "meant";
    case AW_EXIT_STATE:
        return remedy_of_form(AW_ON_LOCAL);
    default:
        return "report this together with the output of -v=2";
    }
}

const char *aw_remedy_of(aw_err err, enum aw_subject on)
{
    int code = aw_exit_of(err, on);

    switch (err) {
    case AW_ERR_NO_SIG:
        return "check that the key given is the signer's, and that the "
               "statement is the one that you meant";
    case AW_ERR_SIG:
        return "do not use it; the statement was changed, or signed by "
               "someone else under this key's name";
    case AW_ERR_ORIGIN:
        return "check the origin given, then which log this address serves";
    case AW_ERR_EXISTS:
        return "name another file, or move the old one away first";
    case AW_ERR_PRECONDITION:
        return "see what was expected, put that right, then try again";
    case AW_ERR_NOT_FOUND:
        if (on == AW_ON_INPUT) {
            return "check the name and that the file is there";
        }
        break;
    default:
        break;
    }
    if (code == AW_EXIT_LOG) {
        return remedy_of_form(AW_ON_LOG);
    }
    if (code == AW_EXIT_MISMATCH || code == AW_EXIT_REFUSED) {
        return remedy_of_form(on);
    }
    return remedy_of_exit(code);
}

void aw_findings_init(struct aw_findings *found)
{
    *found = (struct aw_findings){.n = 0};
    AW_BUG_ON(pthread_mutex_init(&found->lock, NULL) != 0);
}

void aw_findings_wipe(struct aw_findings *found)
{
    free(found->list);
    (void)pthread_mutex_destroy(&found->lock);
    *found = (struct aw_findings){.n = 0};
}

bool aw_exit_is_security(int code)
{
    return code >= AW_EXIT_MISMATCH && code <= AW_EXIT_UNKNOWN;
}

int aw_exit_join(int first, int second)
{
    if (first == 0 || second == 0) {
        return first + second;
    }
    if (!aw_exit_is_security(second)) {
        return first;
    }
    return aw_exit_is_security(first) && first < second ? first : second;
}

static const char *or_default(struct aw_pool *pool, const char *text,
                              const char *fallback)
{
    return text == NULL ? fallback : aw_pool_text(pool, text);
}

static const char *place(struct aw_pool *pool, const struct aw_finding *f)
{
    if (f->where == NULL && f->host != NULL) {
        return f->host->diag.where; /* static */
    }
    if (f->where != NULL || f->diag == NULL || f->diag->where == NULL) {
        return aw_pool_text(pool, f->where);
    }
    return aw_pool_printf(pool, "%s, at %" PRIu64, f->diag->where, f->diag->at);
}

/* Cut or over-long bodies and time-outs of a transfer. */
static bool is_transfer(const struct aw_finding *f)
{
    if (f->host == NULL || !f->host->network) {
        return false;
    }
    return f->err == AW_ERR_TIMEOUT || f->err == AW_ERR_SPACE ||
           f->err == AW_ERR_SHORT || f->err == AW_ERR_IO;
}

static int code_of(const struct aw_finding *f)
{
    int code = f->exit != 0 ? f->exit : aw_exit_of(f->err, f->on);

    if (f->exit == 0 && is_transfer(f)) {
        return AW_EXIT_NETWORK;
    }
    return code == 0 ? AW_EXIT_INTERNAL : code; /* never a success */
}

static const char *got_of(struct aw_pool *pool, const struct aw_finding *f)
{
    if (f->got == NULL && f->host != NULL && f->host->text[0] != '\0') {
        return aw_pool_text(pool, f->host->text);
    }
    return or_default(pool, f->got, aw_err_text(f->err));
}

static struct aw_finding complete(struct aw_pool *pool,
                                  const struct aw_finding *f, int code)
{
    return (struct aw_finding){
        .err = f->err,
        .on = f->on,
        .exit = code,
        .code = or_default(pool, f->code, aw_err_name(f->err)),
        .what = or_default(pool, f->what, aw_err_text(f->err)),
        .subject = aw_pool_text(pool, f->subject),
        .expected = aw_pool_text(pool, f->expected),
        .got = got_of(pool, f),
        .remedy = or_default(pool, f->remedy,
                             is_transfer(f) ? remedy_of_exit(code)
                                            : aw_remedy_of(f->err, f->on)),
        .where = place(pool, f),
    };
}

int aw_findings_add(struct aw_findings *found, struct aw_pool *pool,
                    const struct aw_finding *f, struct aw_finding *kept)
{
    int code = code_of(f);

    *kept = (struct aw_finding){.err = f->err, .on = f->on, .exit = code};
    (void)pthread_mutex_lock(&found->lock);
    found->exit = aw_exit_join(found->exit, code);
    if (found->n < AW_FINDINGS_MAX) {
        *kept = complete(pool, f, code);
        found->list =
            aw_grow(found->list, found->n, found->n + 1, sizeof(*found->list));
        found->list[found->n++] = *kept;
    } else {
        found->dropped++;
    }
    (void)pthread_mutex_unlock(&found->lock);
    return code;
}

const struct aw_finding *aw_findings_main(const struct aw_findings *found)
{
    for (size_t i = 0; i < found->n; i++) {
        if (found->list[i].exit == found->exit) {
            return &found->list[i];
        }
    }
    return found->n > 0 ? &found->list[0] : NULL;
}
