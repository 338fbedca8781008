/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_SHOW_H
#define RELEASE_SHOW_H

#include "aw/ftlog/latest.h"
#include "judge/rom.h"
#include "log/view.h"
#include "release/artefact.h"

/* The releases of a log, as aw release show lists them. */
struct show_args {
    struct log_view_args view;
    const char *log;
    const char *artefacts;
    bool check;
};

/* An artefact that a manifest names. */
struct show_artefact {
    bool named;
    uint8_t sha256[AW_SHA256_SIZE];
    bool has_size;
    uint64_t size; /* bytes */
};

/* One entry of the log. Texts live as long as the run. */
struct show_entry {
    uint64_t index;
    aw_hash leaf;
    aw_err err; /* AW_OK: a release */
    struct aw_diag diag;
    enum aw_component component;
    bool latest;
    const char *version;
    const char *commit;
    const char *hab_target; /* NULL: none */
    const char *toolchain;  /* name and version; NULL: not said */
    struct show_artefact firmware;
    struct show_artefact hab_signature;
    struct show_artefact sources; /* the list of third-party sources */
    struct rom_judged rom;        /* with --check, of bootloader and recovery */
};

struct show {
    struct aw_ctx *ctx;
    const struct show_args *args;
    struct log_view view;
    struct release_artefacts artefacts; /* store is NULL: not asked for */
    bool local;                         /* artefacts are in a folder */
    struct aw_latest latest;
    size_t n;
    size_t cap;
    struct show_entry *entry;
    /* Digests that releases name: their artefacts and sources. */
    size_t n_named;
    size_t named_cap;
    uint8_t (*named)[AW_SHA256_SIZE];
    /* What --check has looked at. */
    uint64_t sources_read;
    uint64_t artefacts_read;
    uint64_t unnamed; /* files that no release names */
};

/**
 * Audits a local log, all files below tile/ included.
 *
 * @return AW_EXIT_OK; the exit code of the findings, or of what ended it
 */
AW_MUST_CHECK int show_audit(struct show *s);

/** Notes a digest that a release names. */
void show_name(struct show *s, const uint8_t sha256[AW_SHA256_SIZE]);

/**
 * Reads the lists of sources that releases name, and every archive that they
 * name, each once.
 *
 * @return AW_EXIT_OK also with findings; the exit code of what ended it else
 */
AW_MUST_CHECK int show_check_sources(struct show *s);

/**
 * Reads every artefact and compares it; reports entries that are no release,
 * wrong or missing indices of the log, and files that no release names.
 *
 * @return AW_EXIT_OK also with findings; the exit code of what ended it else
 */
AW_MUST_CHECK int show_check(struct show *s);

#endif
