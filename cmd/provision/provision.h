/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVISION_PROVISION_H
#define PROVISION_PROVISION_H

#include "aw/bootcfg.h"
#include "aw/emmc.h"
#include "aw/sdp/storage.h"
#include "common/usb.h"
#include "judge/judge.h"
#include "log/view.h"

/* aw provision */
extern const struct aw_cmd aw_cmd_provision;

struct provision_args {
    struct aw_usb_args usb;
    struct log_view_args view;
    const char *binaries;
    const char *blockdevs;
    const char *blockdev;
    const char *os_index;
    const char *applet_index;
    bool run_anyway;
    bool wipe;
    bool fuse;
    bool skip_hab;
    bool dry_run;
};

/* A release to be put on the device. Nothing of it is used before it is
 * sealed; what was verified in memory is what is sent. */
struct provision_release {
    bool chosen; /* its entry of the log is known */
    uint64_t index;
    uint8_t firmware_sha256[AW_SHA256_SIZE];
    bool has_hab;
    uint8_t hab_sha256[AW_SHA256_SIZE];
    struct aw_bundle bundle;
    struct aw_verdict verdict;
    struct rom_judged rom;
};

/* Bytes at one place of the eMMC. */
struct provision_job {
    const char *name;
    uint64_t offset; /* bytes, whole blocks */
    aw_bytes bytes;  /* whole blocks, the last one filled up with zeros */
    uint8_t sha256[AW_SHA256_SIZE];
};

/* A run of zeros: what an earlier life of the device may have left. */
struct provision_zeros {
    uint64_t offset; /* bytes, whole blocks */
    uint64_t size;
};

enum { PROVISION_JOBS = 4, PROVISION_ZEROS = 16 };

struct provision_plan {
    size_t n_jobs;
    struct provision_job job[PROVISION_JOBS]; /* in order of writing */
    size_t n_zeros;
    struct provision_zeros zeros[PROVISION_ZEROS];
    uint8_t sha256[AW_SHA256_SIZE]; /* names the plan */
};

struct provision {
    struct aw_ctx *ctx;
    const struct provision_args *args;
    struct log_view view;
    uint64_t os_index; /* UINT64_MAX: the newest */
    uint64_t applet_index;
    struct provision_release release[AW_COMPONENTS];
    struct provision_plan plan;
    /* The board, and the one way to it. */
    struct aw_usb_link link;
    struct aw_unit unit;
    uint64_t bytes_written;
    uint64_t bytes_kept; /* were there already */
};

/** Exit code of a step, or AW_EXIT_OK; what went wrong is reported. */
typedef int provision_step(struct provision *p);

/**
 * Reads the log, chooses a release of each component, fetches and verifies it
 * as a whole: checkpoint, history, inclusion, signatures, target, digests of
 * image and HAB signature, and what the boot ROM decides. No device is touched.
 */
AW_MUST_CHECK int provision_fetch(struct provision *p);

/** Lays out the releases on the eMMC. Needs sealed releases. */
AW_MUST_CHECK int provision_lay_out(struct provision *p);

/** Writes releases and plan to the result. */
void provision_show(struct provision *p);

/** Waits for a board in serial download, or for the recovery that an earlier
 *  run has booted, and boots the recovery. */
AW_MUST_CHECK int provision_boot(struct provision *p);

/** Writes what differs through the recovery, and reads all of it back. */
AW_MUST_CHECK int provision_flash(struct provision *p);

/** Says what the operator has to do now; an event, too. */
void provision_prompt(struct provision *p, const char *what);

#endif
