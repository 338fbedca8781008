/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_SANDBOX_H
#define AW_REPROBUILD_SANDBOX_H

#include "aw/hostio/file.h"

/*
 * Programs that we do not trust, sealed off by bubblewrap: no network, no
 * /proc, a read-only system, inputs read-only, all that can be written in a
 * memory file system of limited size, limits on time, memory, processes and
 * output. Started as root, the program runs under a user id of its own. There
 * is no way to run one unsealed.
 */
enum {
    AW_RB_UID = 64731, /* user and group that root's builds run as */
    AW_RB_MOUNTS = 8,
    AW_RB_ENVS = 96
};

struct aw_rb_limits {
    uint64_t time_ms; /* of the whole run */
    uint64_t memory;  /* bytes; of all processes with a cgroup, else of each */
    uint64_t disk;    /* bytes that can be written, held in memory */
    uint64_t log;     /* bytes of output of the build */
    uint64_t output;  /* bytes of each result */
    uint64_t processes; /* at a time */
    unsigned cpus;      /* processors that it sees; 0 for all */
};

/* A folder of the machine whose growth ends a run. It is looked at about once a
 * second. */
struct aw_rb_growth {
    const char *folder; /* NULL for none */
    uint64_t bytes;     /* that it may grow by, as they lie on the disk */
    uint64_t files;     /* the same, folders included */
};

/** Ten minutes, 2 GiB, 1 GiB, 4 MiB, 64 MiB, 512, all processors. */
void aw_rb_limits_default(struct aw_rb_limits *limits);

/* A folder or file of ours inside the sandbox, read-only. */
struct aw_rb_mount {
    const char *from;
    const char *at;
    bool writable; /* only for unpacking packages */
};

/* One run. Texts are borrowed. */
struct aw_rb_sandbox {
    const char *script; /* for sh -c */
    size_t n_mounts;
    struct aw_rb_mount mount[AW_RB_MOUNTS];
    size_t n_envs;
    const char *env[AW_RB_ENVS]; /* KEY=value; nothing else is set */
    const char *work;            /* absolute; the folder that can be written */
    unsigned uid;                /* that the program sees */
    const char *hostname;
    unsigned umask;
    struct aw_rb_limits limits;
    struct aw_rb_growth growth; /* of what is mounted writable */
    bool (*stopped)(void);      /* asked while it runs; may be NULL */
};

enum aw_rb_end {
    AW_RB_END_OK,     /* exit status 0 */
    AW_RB_END_FAILED, /* another status, or a signal */
    AW_RB_END_TIME,   /* killed: time limit */
    AW_RB_END_LOG,    /* killed: too much output */
    AW_RB_END_OUTPUT, /* killed: a result is too large */
    AW_RB_END_GROWTH, /* killed: a folder of the machine grows too much */
    AW_RB_END_STOPPED /* killed: the operator stops */
};

/* How memory was limited. */
enum aw_rb_memory { AW_RB_MEMORY_NONE, AW_RB_MEMORY_CGROUP, AW_RB_MEMORY_EACH };

/** "cgroup", "address-space"; "-" for none. */
const char *aw_rb_memory_name(enum aw_rb_memory memory);

enum { AW_RB_RESULTS = 2 };

/* What came of it; end with aw_rb_ran_free. */
struct aw_rb_ran {
    enum aw_rb_end end;
    int status; /* exit status, or 128 + signal */
    enum aw_rb_memory memory;
    struct aw_blob log;                   /* standard output and error */
    struct aw_blob result[AW_RB_RESULTS]; /* descriptors 3 and 4 */
    uint64_t took_ms;
};

void aw_rb_ran_free(struct aw_rb_ran *ran);

/**
 * Runs a program sealed off.
 *
 * @param ran   untouched on failure
 * @param host  may be NULL
 *
 * @return AW_OK, however the program ended; AW_ERR_PRECONDITION if the sandbox
 *         cannot be made: no bubblewrap, no user namespaces, a folder that the
 *         builds' user cannot reach; AW_ERR_SPACE for more arguments than the
 *         limits above; AW_ERR_RESOURCE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_rb_sandbox_run(const struct aw_rb_sandbox *sandbox,
                                       struct aw_rb_ran *ran,
                                       struct aw_host_diag *host);

/** Runs nothing, sealed off. @return as aw_rb_sandbox_run */
AW_MUST_CHECK aw_err aw_rb_sandbox_probe(struct aw_host_diag *host);

#endif
