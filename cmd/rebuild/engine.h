/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_ENGINE_H
#define REBUILD_ENGINE_H

#include "aw/reprobuild/build.h"
#include "common/signer.h"
#include "log/view.h"

/*
 * Rebuilding one leaf, for all commands that do. Functions report what is
 * wrong and return the exit code of that, or AW_EXIT_OK.
 */
struct rebuild_args {
    struct log_view_args view;
    const char *artefacts;
    struct aw_list repositories;
    struct aw_list sources;
    const char *tamago;
    const char *go_proxy;
    const char *cache;
    const char *evidence;
    uint64_t time_ms;
    uint64_t memory;
    uint64_t disk;
    uint64_t log;
    uint64_t tree;
    bool one_pass;
    bool cleanup;
    const char *key;
    const char *key_name;
};

#define REBUILD_AT(base, field) \
    .at = (base) + offsetof(struct rebuild_args, field)
#define REBUILD_VIEW(base, field)                   \
    ((base) + offsetof(struct rebuild_args, view) + \
     offsetof(struct log_view_args, field))

/* Rows of an option table for a struct that holds a rebuild_args at offset
 * `base`. */
#define REBUILD_BUILD_OPTS(base)                                               \
    {.name = "repository",                                                     \
     .type = AW_OPT_LIST,                                                      \
     REBUILD_AT(base, repositories),                                           \
     .arg = "[COMPONENT=]URL",                                                 \
     .group = "Build",                                                         \
     .help = "Git repository of a component, or of all. "                      \
             "Firmware in Go has upstream's by default."},                     \
        {.name = "sources",                                                    \
         .type = AW_OPT_LIST,                                                  \
         REBUILD_AT(base, sources),                                            \
         .arg = "DIR",                                                         \
         .group = "Build",                                                     \
         .help = "Folder with compiler packages and archives, under their "    \
                 "SHA-256 or their own names."},                               \
        {.name = "tamago-dir",                                                 \
         .type = AW_OPT_TEXT,                                                  \
         REBUILD_AT(base, tamago),                                             \
         .arg = "DIR",                                                         \
         .group = "Build",                                                     \
         .help = "Folder with TamaGo toolchains, one folder a version."},      \
        {.name = "go-proxy",                                                   \
         .type = AW_OPT_TEXT,                                                  \
         REBUILD_AT(base, go_proxy),                                           \
         .arg = "URL|DIR",                                                     \
         .fallback = "https://proxy.golang.org",                               \
         .group = "Build",                                                     \
         .help = "Server for the Go modules that a commit's go.sum names."},   \
        {.name = "cache",                                                      \
         .type = AW_OPT_TEXT,                                                  \
         REBUILD_AT(base, cache),                                              \
         .arg = "DIR",                                                         \
         .group = "Build",                                                     \
         .help = "Folder for mirrors, packages and work. Default: rebuild in " \
                 "the program's cache."},                                      \
        {.name = "evidence",                                                   \
         .type = AW_OPT_TEXT,                                                  \
         REBUILD_AT(base, evidence),                                           \
         .arg = "DIR",                                                         \
         .group = "Build",                                                     \
         .help = "Keep logs, images and explanations of releases that are "    \
                 "not reproduced in this folder."},                            \
        {.name = "time-limit",                                                 \
         .type = AW_OPT_DURATION,                                              \
         REBUILD_AT(base, time_ms),                                            \
         .arg = "DURATION",                                                    \
         .fallback = "10m",                                                    \
         .group = "Build",                                                     \
         .help = "Limit of one build, and of one fetch of source."},           \
        {.name = "memory-limit",                                               \
         .type = AW_OPT_SIZE,                                                  \
         REBUILD_AT(base, memory),                                             \
         .arg = "SIZE",                                                        \
         .fallback = "2GiB",                                                   \
         .group = "Build",                                                     \
         .help = "Memory of a build."},                                        \
        {.name = "disk-limit",                                                 \
         .type = AW_OPT_SIZE,                                                  \
         REBUILD_AT(base, disk),                                               \
         .arg = "SIZE",                                                        \
         .fallback = "1GiB",                                                   \
         .group = "Build",                                                     \
         .help = "What a build can write, in memory."},                        \
        {.name = "log-limit",                                                  \
         .type = AW_OPT_SIZE,                                                  \
         REBUILD_AT(base, log),                                                \
         .arg = "SIZE",                                                        \
         .fallback = "4MiB",                                                   \
         .group = "Build",                                                     \
         .help = "Output of a build."},                                        \
        {.name = "tree-limit",                                                 \
         .type = AW_OPT_SIZE,                                                  \
         REBUILD_AT(base, tree),                                               \
         .arg = "SIZE",                                                        \
         .fallback = "512MiB",                                                 \
         .group = "Build",                                                     \
         .help = "Size of a commit's files, and of what git fetches."},        \
        {.name = "one-pass",                                                   \
         .type = AW_OPT_FLAG,                                                  \
         REBUILD_AT(base, one_pass),                                           \
         .group = "Build",                                                     \
         .help = "Build once, not twice with other surroundings; the result "  \
                 "says so."},                                                  \
    {                                                                          \
        .name = "cleanup", .type = AW_OPT_FLAG, REBUILD_AT(base, cleanup),     \
        .group = "Build",                                                      \
        .help = "Remove the mirror of a repository after each build."          \
    }

#define REBUILD_OPTS(base)                                                     \
    LOG_VIEW_OPTS((base) + offsetof(struct rebuild_args, view)),               \
        AW_TRUST_KEY_OPTS(REBUILD_VIEW(base, trust)),                          \
        AW_TRUST_ROM_OPTS(REBUILD_VIEW(base, trust)),                          \
        {.name = "artefacts",                                                  \
         .alias = "binaries-url",                                              \
         .type = AW_OPT_TEXT,                                                  \
         REBUILD_AT(base, artefacts),                                          \
         .arg = "DIR|URL",                                                     \
         .help = "Where logged images are, by their SHA-256: a difference is " \
                 "explained with them. Also looked at for packages and "       \
                 "archives. What the policy says by default."},                \
        {.name = "key",                                                        \
         .type = AW_OPT_TEXT,                                                  \
         REBUILD_AT(base, key),                                                \
         .arg = AW_KEY_ARG,                                                    \
         .help = "Sign results. " AW_KEY_HELP},                                \
        AW_KEY_NAME_OPT((base) + offsetof(struct rebuild_args, key_name)),     \
        REBUILD_BUILD_OPTS(base)

/* Everything that rebuilds need; big, so it lives in the pool. */
struct rebuild_engine {
    struct aw_ctx *ctx;
    const struct rebuild_args *args;
    struct aw_trust *trust;
    struct aw_rb_setup setup;
    const char *repository[AW_COMPONENTS];
    const char *evidence; /* or NULL */
    struct aw_host_store *artefacts;
    struct aw_host_store *modules;
    struct aw_signer_use signer;
    bool has_signer;
    struct aw_wr work;  /* private: texts of the manifest */
    struct aw_wr image; /* private: the logged one */
    struct aw_wr note;  /* private */
    struct aw_wr dsse;  /* private */
    char path[4096];    /* private: of the evidence */
};

/** End with rebuild_engine_close, also after a failure. */
AW_MUST_CHECK int rebuild_engine_open(struct aw_ctx *ctx,
                                      const struct rebuild_args *args,
                                      struct rebuild_engine *engine);
void rebuild_engine_close(struct rebuild_engine *engine);

/* What became of a leaf. Spans are the engine's until the next one. */
struct rebuild_done {
    const char *subject; /* "entry 3: BOOTLOADER 1.0.0"; the caller's */
    bool is_release;     /* false: the leaf is none; no result */
    struct aw_rb_result result;
    char reason[AW_RB_REASON_MAX + 1];
    bool by_statement; /* refused: the manifest is not what it must be */
    bool has_difference;
    bool between; /* the passes differ from each other */
    struct aw_rb_difference difference;
    struct aw_rb_place place;
    uint64_t took_ms;
    aw_bytes note;        /* result, signed when there is a key */
    aw_bytes dsse;        /* empty without a key */
    const char *evidence; /* folder, or NULL */
};

/**
 * Rebuilds a leaf.
 *
 * @param index  in the log; UINT64_MAX: it does not come from one
 * @return AW_EXIT_OK with any verdict
 */
AW_MUST_CHECK int rebuild_leaf(struct rebuild_engine *engine, aw_bytes leaf,
                               uint64_t index, struct rebuild_done *done);

/**
 * Rebuilds what a job says. done->result has what the leaf says; verdict,
 * reason and difference are set.
 *
 * @param logged  what it should be, for the explanation; may be empty
 * @return AW_EXIT_OK with any verdict
 */
AW_MUST_CHECK int rebuild_job(struct rebuild_engine *engine,
                              const struct aw_rb_job *job, aw_bytes logged,
                              struct rebuild_done *done);

/** Exit code of a verdict. */
int rebuild_exit(const struct rebuild_done *done);

/** Writes it to the result. */
void rebuild_show(struct aw_ctx *ctx, const struct rebuild_done *done);

/** Reports a verdict that is not "reproduced". @return exit code */
int rebuild_report(struct aw_ctx *ctx, const char *subject,
                   const struct rebuild_done *done);

/** Reads and proves a leaf of a log into buf. */
AW_MUST_CHECK int rebuild_get_leaf(struct log_view *view, uint64_t index,
                                   struct aw_wr *buf, aw_bytes *leaf);

/** Memory for rebuild_get_leaf. */
struct aw_wr rebuild_leaf_buf(struct aw_ctx *ctx);

#endif
