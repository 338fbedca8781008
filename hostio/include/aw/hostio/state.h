/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_STATE_H
#define AW_HOSTIO_STATE_H

#include "aw/hostio/diag.h"
#include "aw/hostio/file.h"
#include "aw/sha256.h"

/*
 * What this machine has seen of each log: the last checkpoint that was found
 * consistent, the findings with their evidence, and how far audits came.
 * Files and tables: docs/formats/state.md. Every change is on the disk when
 * the function returns, or did not happen.
 *
 * Several processes may use one directory. A handle is used by one thread at
 * a time. Times are seconds since 1970, UTC. Diagnoses may be NULL.
 *
 * Errors of all functions beside those that they name: AW_ERR_STATE when the
 * saved state is damaged; AW_ERR_TIMEOUT when another process keeps the state
 * locked; AW_ERR_CANCELLED when the caller's `cancelled` ends the wait for it;
 * AW_ERR_RESOURCE without disk space, memory or descriptors; AW_ERR_IO.
 */
enum {
    AW_STATE_NOTE_MAX = 64 * 1024,       /* bytes of one saved note */
    AW_STATE_TEXT_MAX = 4 * 1024,        /* bytes of origin, key, detail */
    AW_STATE_FINDINGS_MAX = 4096,        /* findings kept of one log */
    AW_STATE_PROGRESS_MAX = 1024 * 1024, /* bytes of one progress value */
};

struct aw_state;

struct aw_state_options {
    /* The user said --accept-new-baseline: a damaged database is put aside
     * (never deleted) and a missing or broken entry counts as first use. */
    bool accept_new_baseline;
    unsigned busy_ms; /* how long to wait for another process; 0: 10 s */
    bool (*cancelled)(void *ctx); /* true ends the wait; may be NULL */
    void *cancelled_ctx;
};

/**
 * Opens the state in a directory, which is made (mode 0700) when missing.
 *
 * @param dir      from aw_dir_path(AW_DIR_STATE, ...)
 * @param options  may be NULL
 * @param state    the caller closes it; untouched on failure
 *
 * @return AW_OK; AW_ERR_STATE for a damaged database; AW_ERR_UNSUPPORTED for
 *         one that a newer program wrote; AW_ERR_PRECONDITION when everybody
 *         may write to dir.
 */
AW_MUST_CHECK aw_err aw_state_open(const char *dir,
                                   const struct aw_state_options *options,
                                   struct aw_state **state,
                                   struct aw_host_diag *host);

/** NULL is allowed. */
void aw_state_close(struct aw_state *state);

/* Which log is meant. */
struct aw_state_log {
    uint8_t id[AW_SHA256_SIZE]; /* SHA-256 of origin and key text */
    const char *origin;         /* one line, as in the checkpoint */
    const char *vkey;           /* verifier key as configured */
};

/** Fills in `id`: SHA-256 of origin, line feed, vkey, line feed. Keeps the
 *  two pointers. */
void aw_state_log_init(struct aw_state_log *log, const char *origin,
                       const char *vkey);

enum aw_state_baseline {
    AW_BASELINE_NEW,      /* nothing was saved: this is the first use */
    AW_BASELINE_ACCEPTED, /* state was lost, the user accepts a new start */
    AW_BASELINE_KNOWN,    /* saved state follows */
};

/* A log as it was last seen. With AW_BASELINE_NEW and AW_BASELINE_ACCEPTED
 * all but `baseline` is zero. */
struct aw_state_seen {
    enum aw_state_baseline baseline;
    /* How the saved row began: NEW or ACCEPTED. */
    enum aw_state_baseline began;
    uint64_t size;
    uint8_t root[AW_SHA256_SIZE];
    int64_t first_seen;
    int64_t last_seen;
    struct aw_blob note; /* the checkpoint note, free with aw_blob_free */
};

/**
 * Reads what is saved of a log.
 *
 * @param seen  untouched on failure
 *
 * @return AW_OK, the baseline says whether anything was saved; AW_ERR_STATE
 *         when the log was seen before, or may have been because the list of
 *         known logs is damaged, but nothing intact is saved.
 */
AW_MUST_CHECK aw_err aw_state_load(struct aw_state *state,
                                   const struct aw_state_log *log,
                                   struct aw_state_seen *seen,
                                   struct aw_host_diag *host);

/* A checkpoint that the caller has verified: signature, origin, policy, and
 * consistency with what aw_state_load gave. */
struct aw_state_checkpoint {
    uint64_t size;
    const uint8_t *root; /* 32 bytes */
    aw_bytes note;       /* the signed note, at most AW_STATE_NOTE_MAX */
};

/**
 * Saves a checkpoint if the state is still the one that the caller compared
 * with. Never moves backwards, whatever the caller says.
 *
 * @param seen  from aw_state_load; untouched
 *
 * @return AW_OK; AW_ERR_EXISTS when another process has moved the state
 *         meanwhile: fetch the checkpoint again, load, compare, save again;
 *         AW_ERR_ROLLBACK when next is smaller than the saved tree;
 *         AW_ERR_FORK when it has the same size and another root;
 *         AW_ERR_SPACE when a text or the note is too long; AW_ERR_FORMAT
 *         when origin or key hold control characters.
 */
AW_MUST_CHECK aw_err aw_state_advance(struct aw_state *state,
                                      const struct aw_state_log *log,
                                      const struct aw_state_seen *seen,
                                      const struct aw_state_checkpoint *next,
                                      struct aw_host_diag *host);

/* Kinds of findings. Append only: the numbers are stored. */
enum aw_finding_kind {
    AW_FINDING_FORK = 1,      /* same size, other root */
    AW_FINDING_ROLLBACK = 2,  /* smaller tree than before */
    AW_FINDING_PROOF = 3,     /* no valid consistency proof */
    AW_FINDING_SIGNATURE = 4, /* checkpoint signature wrong or missing */
    AW_FINDING_CONTENT = 5,   /* leaf or tile differs from the signed root */
    AW_FINDING_POLICY = 6,    /* witness quorum or other policy not met */
};

/** "fork", "rollback", "proof", "signature", "content", "policy"; "unknown"
 *  for other numbers. */
const char *aw_finding_name(enum aw_finding_kind kind);

struct aw_state_finding {
    int64_t id;                     /* ignored by aw_state_report */
    uint8_t log_id[AW_SHA256_SIZE]; /* as in struct aw_state_log */
    enum aw_finding_kind kind;
    int64_t first_time; /* ignored by aw_state_report */
    int64_t last_time;  /* ignored by aw_state_report */
    uint64_t times;     /* how often it was reported; ignored there too */
    bool acknowledged;  /* ignored by aw_state_report */
    aw_bytes saved;     /* the note that was held before; may be empty */
    aw_bytes shown;     /* the note or bytes that the log showed */
    const char *origin; /* NUL-terminated, as is detail */
    const char *detail; /* for people */
};

/**
 * Saves a finding before it is reported. The same finding (log, kind, both
 * notes) is kept once and counted; an acknowledged one stays acknowledged.
 *
 * @param id     number of the finding; may be NULL
 * @param fresh  true when it was not known before; may be NULL
 *
 * @return AW_OK; AW_ERR_SPACE when a note or text is too long or the log has
 *         AW_STATE_FINDINGS_MAX findings already.
 */
AW_MUST_CHECK aw_err aw_state_report(struct aw_state *state,
                                     const struct aw_state_finding *finding,
                                     int64_t *id, bool *fresh,
                                     struct aw_host_diag *host);

/**
 * Calls `each` for the findings, oldest first.
 *
 * @param log_id  32 bytes, or NULL for all logs
 * @param each    the finding is borrowed for the call, which must not use
 *                the state; an error that it returns ends the list
 *
 * @return AW_OK; what `each` returned.
 */
AW_MUST_CHECK aw_err aw_state_findings(
    struct aw_state *state, const uint8_t *log_id,
    aw_err (*each)(void *ctx, const struct aw_state_finding *finding),
    void *ctx, struct aw_host_diag *host);

/** Marks a finding as seen by the operator; it is kept. AW_ERR_NOT_FOUND
 *  when there is none of that number. */
AW_MUST_CHECK aw_err aw_state_acknowledge(struct aw_state *state, int64_t id,
                                          struct aw_host_diag *host);

/* Names a value that an audit left to go on from. */
struct aw_state_progress {
    const uint8_t *log_id; /* 32 bytes */
    const uint8_t *root;   /* 32 bytes, root of the tree under audit */
    const char *layout;    /* "serverless", "tiles", ... */
    const char *key;       /* the caller's own */
};

/**
 * Saves a value. Values of the same log and layout with another root have
 * expired and are deleted.
 *
 * @return AW_OK; AW_ERR_SPACE above AW_STATE_PROGRESS_MAX bytes or when
 *         layout or key pass AW_STATE_TEXT_MAX.
 */
AW_MUST_CHECK aw_err aw_state_progress_put(struct aw_state *state,
                                           const struct aw_state_progress *name,
                                           aw_bytes value,
                                           struct aw_host_diag *host);

/**
 * Reads a value and appends it to out.
 *
 * @return AW_OK; AW_ERR_NOT_FOUND, also when it is damaged: do that part
 *         again; AW_ERR_SPACE when it does not fit.
 */
AW_MUST_CHECK aw_err aw_state_progress_get(struct aw_state *state,
                                           const struct aw_state_progress *name,
                                           struct aw_wr *out,
                                           struct aw_host_diag *host);

/** Deletes all values of a log, once an audit is complete. */
AW_MUST_CHECK aw_err aw_state_progress_clear(struct aw_state *state,
                                             const uint8_t *log_id,
                                             struct aw_host_diag *host);

#endif
