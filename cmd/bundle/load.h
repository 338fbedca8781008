/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLE_LOAD_H
#define BUNDLE_LOAD_H

#include "aw/ftlog/bundle.h"
#include "common/cmd.h"

/* Forms in which a proof bundle comes; the order is that of BUNDLE_FORMS. */
enum bundle_form {
    BUNDLE_CONFIG, /* configuration record of a device, gob */
    BUNDLE_FILE,   /* proof bundle file, gob */
    BUNDLE_JSON    /* configuration record as upstream's verify prints it */
};

#define BUNDLE_FORMS "config|file|json"

/* A bundle read from a file; everything is memory of the pool. */
struct bundle_loaded {
    enum bundle_form form;
    struct aw_bundle bundle;
    bool has_place; /* a configuration record: says where its image lies */
    struct aw_bootcfg config; /* when has_place */
};

/** Word of BUNDLE_FORMS. */
const char *bundle_form_name(enum bundle_form form);

/**
 * Reads a bundle in any form; "-" is standard input.
 *
 * @param refused  exit code for a file that holds no bundle
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int bundle_load(struct aw_ctx *ctx, const char *path,
                              enum aw_exit refused,
                              struct bundle_loaded *loaded);

/** Adds image and HAB signature from files, where a path is given. It is
 *  wrong usage to give what the bundle has already. */
AW_MUST_CHECK int bundle_load_image(struct aw_ctx *ctx, const char *firmware,
                                    const char *hab_signature,
                                    struct aw_bundle *bundle);

#endif
