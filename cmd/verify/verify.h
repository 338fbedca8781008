/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "board/disk.h"
#include "bundle/check.h"
#include "common/usb.h"

extern const struct aw_cmd aw_cmd_verify;

struct verify_args {
    const char *bundle;
    const char *image;
    const char *boot0;
    const char *boot1;
    bool strict_residue;
    bool partial;
    bool sample;
    /* a live device */
    struct aw_usb_args usb;
    const char *binaries;
    struct board_kernel kernel;
    bool running_recovery;
    bool run_anyway;
    uint64_t step_ms;
    struct bundle_check_args check;
};

/** Judges an eMMC image and writes the result. @return exit code */
AW_MUST_CHECK int verify_image(struct aw_ctx *ctx,
                               const struct verify_args *args,
                               const struct aw_trust *trust);

/** Judges a live device through the recovery and writes the result.
 *  @return exit code */
AW_MUST_CHECK int verify_live(struct aw_ctx *ctx,
                              const struct verify_args *args,
                              const struct aw_trust *trust);

#endif
