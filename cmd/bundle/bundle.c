/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/bundle.h"

static const struct aw_cmd *const commands[] = {
    &aw_cmd_bundle_show,
    &aw_cmd_bundle_verify,
    &aw_cmd_bundle_make,
    NULL,
};

const struct aw_cmd aw_cmd_bundle = {
    .name = "bundle",
    .summary = "show, verify and make proof bundles",
    .prose = "A proof bundle is the evidence that a release was logged: a "
             "signed checkpoint of the log, the signed manifest, and the "
             "proof that the manifest is an entry of that log. Every image on "
             "a device has one in front of it, in its configuration record.",
    .sub = commands,
};
