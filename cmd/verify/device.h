/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_DEVICE_H
#define VERIFY_DEVICE_H

#include "aw/emmc.h"
#include "aw/ftlog/bundle.h"
#include "aw/ftlog/latest.h"
#include "aw/medium.h"
#include "common/progress.h"
#include "judge/rom.h"

/*
 * The whole-device audit: every byte of a medium is judged by the eMMC map,
 * never by what the device says of itself.
 */

/* A release found on the medium. Everything it points to lives in the pool. */
struct device_part {
    const struct aw_emmc_region *config; /* where its record lies */
    const struct aw_emmc_region *slot;   /* where its image lies, or NULL */
    bool verified;
    /* When not verified: "record", "place", "image", the name of an
     * aw_bundle_step, or "boot-rom". */
    const char *stopped_at;
    uint64_t record_end;       /* offset behind the record; 0: unreadable */
    uint64_t size;             /* bytes of the image, when slot is set */
    uint64_t hab_size;         /* bytes of the HAB signature behind it */
    struct aw_bundle bundle;   /* without image and HAB signature */
    struct aw_verdict verdict; /* when verified; firmware is not kept */
    struct rom_judged rom;     /* what the boot ROM decides about it */
};

/* What was found outside the images. */
enum device_content {
    DEVICE_ZERO,    /* nothing but zeros */
    DEVICE_NAMED,   /* a release that the log knows */
    DEVICE_RESIDUE, /* left by an update: a warning */
    DEVICE_UNKNOWN, /* nothing of this may be here */
    DEVICE_OWN,     /* the device's own data, not judged */
    DEVICE_REFUSED, /* not judged: the release that explains it is refused */
    DEVICE_ABSENT,  /* the medium ends before */
    DEVICE_SAMPLED  /* zeros at both ends, where it was looked at */
};

struct device_area {
    const char *name;
    enum device_content content;
    uint64_t offset;  /* bytes */
    uint64_t size;    /* bytes */
    uint64_t first;   /* offset of the first byte that is not zero */
    const char *note; /* for people, or NULL */
};

enum { DEVICE_PARTS = 6, DEVICE_AREAS = 64, DEVICE_STEP = 1 << 20 };

/* What sampling reads at either end of an area, in bytes. */
enum { DEVICE_SAMPLE = 64 * 1024 };

/* A digest that a logged manifest names, to tell old images apart. */
struct device_known {
    uint8_t firmware_sha256[32];
    uint64_t index;
    const char *version;
    enum aw_component component;
};

struct device_audit {
    /* in */
    struct aw_ctx *ctx;           /* for findings and memory */
    struct aw_progress *progress; /* counts bytes; may be NULL */
    const struct aw_medium *medium;
    const char *name; /* of the medium, for messages */
    const struct aw_policy *policy;
    bool strict_residue;
    bool sample;    /* read but the ends of what has to be zeros */
    bool skip_hab;  /* leave out what the boot ROM decides */
    size_t n_known; /* of the log; none when it was not asked */
    struct device_known *known;
    struct aw_latest latest;
    /* out: running releases first, then older copies that verified */
    size_t n_parts;
    struct device_part part[DEVICE_PARTS];
    size_t n_areas;
    struct device_area area[DEVICE_AREAS];
    uint8_t *step; /* private: DEVICE_STEP bytes */
};

/** Offset behind the last region of the map: a medium ends there or later. */
uint64_t device_map_end(void);

/**
 * Judges the medium; findings say what is wrong.
 *
 * @return AW_OK when all of it could be read, whatever the findings;
 *         AW_ERR_CANCELLED; errors of the medium.
 */
AW_MUST_CHECK aw_err device_audit_run(struct device_audit *audit,
                                      struct aw_diag *diag);

/** "zero", "named", "residue", "unknown", "own data", "not judged",
 *  "absent", "sampled". */
const char *device_content_name(enum device_content content);

#endif
