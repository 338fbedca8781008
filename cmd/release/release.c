/* SPDX-License-Identifier: Apache-2.0 */
#include "release/release.h"

#include "release/build.h"

static const struct aw_cmd *const subs[] = {
    &aw_cmd_release_keygen,
    &aw_cmd_release_build,
    &aw_cmd_release_publish,
    &aw_cmd_release_show,
    &aw_cmd_release_serve,
    &aw_cmd_release_notes,
    NULL,
};

const struct aw_cmd aw_cmd_release = {
    .name = "release",
    .summary = "make keys and publish firmware releases",
    .prose = "From keys to a published release that anybody can check: keys "
             "by role, signed manifests, a firmware log, artefacts by digest.",
    .sub = subs,
};
