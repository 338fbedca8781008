/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_RECIPE_H
#define AW_REPROBUILD_RECIPE_H

#include "aw/ftlog/manifest.h"
#include "aw/ftlog/policy.h"
#include "aw/hostio/diag.h"

/*
 * How a component is built from its manifest. A manifest is signed, but who
 * signs may be hostile, too: nothing of it reaches a build that the recipe
 * does not know by name and form.
 */
enum aw_rb_recipe {
    AW_RB_FIRMWARE_1, /* "c-firmware-1": our firmware, in C */
    AW_RB_TAMAGO_1,   /* "tamago-make-1": upstream's firmware, in Go */
    AW_RB_HOST_1      /* "c-host-1": the program aw, with this machine's own
                         compiler and libraries */
};

enum {
    AW_RB_ENV_MAX = 1024, /* bytes of KEY=value */
    AW_RB_VERSION_MAX = 128
};

/* What is to be built. Spans are borrowed from the manifest's texts. */
struct aw_rb_job {
    enum aw_rb_recipe recipe;
    enum aw_component component;
    aw_bytes version;
    aw_bytes commit;           /* 40 lower-case hex digits */
    aw_bytes toolchain;        /* package of the compiler, or TamaGo's version
                                   with recipe AW_RB_TAMAGO_1 */
    bool has_toolchain_sha256; /* false with AW_RB_TAMAGO_1 */
    uint8_t toolchain_sha256[AW_SHA256_SIZE];
    bool has_sources_sha256;
    uint8_t sources_sha256[AW_SHA256_SIZE];
    uint8_t expected[AW_SHA256_SIZE]; /* digest of the image */
    size_t n_envs;
    aw_bytes envs[AW_MANIFEST_ENVS_MAX]; /* checked: KEY=value */
};

/** "c-firmware-1", "tamago-make-1", "c-host-1". */
const char *aw_rb_recipe_name(enum aw_rb_recipe recipe);

/**
 * Makes a job of a manifest. Each variable must be one that the recipe knows,
 * of printable ASCII without quotes, backslash, `$` and back quote; those that
 * a policy can fix must be what it says.
 *
 * @param job   untouched on failure
 * @param host  may be NULL; says which variable
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for an unknown recipe, and for a manifest
 *         with neither recipe nor TamaGo version; AW_ERR_FORMAT for a variable,
 *         version or package name with other characters; AW_ERR_SPACE for one
 *         that is too long; AW_ERR_DUPLICATE for a variable given twice;
 *         AW_ERR_POLICY for a variable that is not allowed, that is not the
 *         policy's, or that the policy should fix and does not.
 */
AW_MUST_CHECK aw_err aw_rb_job_init(const struct aw_manifest *manifest,
                                    const struct aw_policy *policy,
                                    struct aw_rb_job *job,
                                    struct aw_host_diag *host);

/* A release of the program aw: text of a signed note, JSON, in a log of its
 * own. Format page: docs/formats/tool-release.md. */
struct aw_rb_tool {
    aw_bytes version;               /* semantic */
    aw_bytes commit;                /* 40 lower-case hex digits */
    uint8_t sha256[AW_SHA256_SIZE]; /* of the program's file */
};

enum { AW_RB_TOOL_MAX = 16 * 1024, AW_RB_TOOL_WORK = 256 * 1024 };

/**
 * Reads a release of the program.
 *
 * @param text  of a note that was opened
 * @param work  at least AW_RB_TOOL_WORK bytes; spans are borrowed from it
 * @param tool  untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if it is a release of something else;
 *         AW_ERR_UNSUPPORTED for another recipe or schema; AW_ERR_FORMAT;
 *         as aw_json_parse.
 */
AW_MUST_CHECK aw_err aw_rb_tool_parse(aw_bytes text, struct aw_wr *work,
                                      struct aw_rb_tool *tool,
                                      struct aw_diag *diag);

/** The job of rebuilding it; its component means nothing. */
void aw_rb_tool_job(const struct aw_rb_tool *tool, struct aw_rb_job *job);

/**
 * The script that builds a job, the same for all jobs of its recipe and
 * component: what differs comes in through variables. It reads SRC and writes
 * below BLD, puts the image to descriptor 3 and, where there is one, an ELF
 * file with symbols to descriptor 4. Static.
 */
const char *aw_rb_recipe_script(enum aw_rb_recipe recipe,
                                enum aw_component component);

/*
 * A part of a recipe's builds that depends on a few files of the commit and on
 * nothing else of it, not even its number: built once, kept, and used by every
 * release with the same files. Its script sees those files as SRC and writes a
 * tar archive to descriptor 3; builds that come after see it as
 * /parts/NUMBER.tar. A recipe's parts build on each other, in their order.
 */
struct aw_rb_part {
    const char *const *paths; /* files and folders; NULL at the end */
    const char *script;
};

/** Parts of a recipe. @param n  set to their number. Static. */
const struct aw_rb_part *aw_rb_recipe_parts(enum aw_rb_recipe recipe,
                                            size_t *n);

/** Address of the repository that a recipe's component is built from, or NULL
 *  where the operator has to say. Static. */
const char *aw_rb_recipe_repository(enum aw_rb_recipe recipe,
                                    enum aw_component component);

#endif
