/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_DEVICE_H
#define VERIFY_DEVICE_H

#include "aw/emmc.h"
#include "aw/ftlog/bundle.h"
#include "aw/ftlog/latest.h"
#include "aw/medium.h"
#include "common/progress.h"

/*
 * The whole-device audit: every byte of a medium is judged by the eMMC map,
 * never by what the device says of itself.
 */

/* A release found on the medium, with everything that reports need. Texts
 * live in the pool. */
struct device_part {
    enum aw_component component;
    const struct aw_emmc_region *config; /* where its record lies */
    const struct aw_emmc_region *slot;   /* where the image lies, or NULL */
    bool verified;
    enum aw_bundle_step step; /* how far the verification came */
    uint64_t size;            /* bytes of the image */
    uint64_t index;
    const char *version;
    const char *hab_target; /* NULL without HAB section */
    uint64_t hab_size;      /* bytes of the HAB signature behind the image */
    uint8_t firmware_sha256[32];
    aw_hash leaf;
    struct aw_tree tree; /* of the bundle's checkpoint */
    aw_bytes checkpoint; /* signed note */
    aw_bytes manifest;   /* signed note */
    struct aw_proof proof;
};

/* What was found outside the images. */
enum device_content {
    DEVICE_ZERO,    /* nothing but zeros */
    DEVICE_NAMED,   /* a release that the policy and the log know */
    DEVICE_RESIDUE, /* left by an update: a warning */
    DEVICE_UNKNOWN, /* nothing of this may be here */
    DEVICE_OWN,     /* the device's own data, not judged */
    DEVICE_ABSENT   /* the medium ends before */
};

struct device_area {
    const char *name;
    enum device_content content;
    uint64_t offset;  /* bytes */
    uint64_t size;    /* bytes */
    uint64_t first;   /* offset of the first byte that is not zero */
    const char *note; /* for people, or NULL */
};

enum { DEVICE_PARTS = 6, DEVICE_AREAS = 64 };

/* A digest that a logged manifest names, to tell old images apart. */
struct device_known {
    uint8_t firmware_sha256[32];
    uint64_t index;
    const char *version;
    enum aw_component component;
};

struct device_audit {
    /* in */
    const struct aw_medium *medium;
    const struct aw_policy *policy;
    uint64_t now; /* seconds since 1970 */
    bool strict_residue;
    size_t n_known;
    struct device_known *known;
    struct aw_latest latest;      /* of the log; empty when it was not asked */
    struct aw_ctx *ctx;           /* for findings and memory */
    struct aw_progress *progress; /* counts bytes; may be NULL */
    /* out: running releases first, then older copies that were named */
    size_t n_parts;
    struct device_part part[DEVICE_PARTS];
    size_t n_areas;
    struct device_area area[DEVICE_AREAS];
};

/**
 * Judges the medium; findings say what is wrong.
 *
 * @return AW_OK when all of it could be read, whatever the findings;
 *         AW_ERR_IO, AW_ERR_TIMEOUT or AW_ERR_CANCELLED when not.
 */
AW_MUST_CHECK aw_err device_audit_run(struct device_audit *audit,
                                      struct aw_diag *diag);

/** "zero", "named", "residue", "unknown", "own data", "absent". */
const char *device_content_name(enum device_content content);

#endif
