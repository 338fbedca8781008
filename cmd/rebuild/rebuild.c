/* SPDX-License-Identifier: Apache-2.0 */
#include "rebuild/rebuild.h"

static const struct aw_cmd *const subs[] = {
    &aw_cmd_rebuild_single,   &aw_cmd_rebuild_continuous,
    &aw_cmd_rebuild_findings, &aw_cmd_rebuild_plan,
    &aw_cmd_rebuild_run,      &aw_cmd_rebuild_merge,
    &aw_cmd_rebuild_serve,    &aw_cmd_rebuild_status,
    &aw_cmd_rebuild_self,     NULL,
};

const struct aw_cmd aw_cmd_verify_build = {
    .name = "verify-build",
    .summary = "rebuild logged releases from source",
    .prose = "Shows that logged firmware comes from the source that it names: "
             "fetches the commit, builds it sealed off in two different "
             "surroundings, and compares the bytes.",
    .sub = subs,
    .program = true,
};
