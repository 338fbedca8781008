/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_REBUILD_H
#define REBUILD_REBUILD_H

#include "common/cmd.h"

/* aw verify-build and its subcommands. */
extern const struct aw_cmd aw_cmd_verify_build;
extern const struct aw_cmd aw_cmd_rebuild_single;
extern const struct aw_cmd aw_cmd_rebuild_continuous;
extern const struct aw_cmd aw_cmd_rebuild_findings;
extern const struct aw_cmd aw_cmd_rebuild_plan;
extern const struct aw_cmd aw_cmd_rebuild_run;
extern const struct aw_cmd aw_cmd_rebuild_merge;
extern const struct aw_cmd aw_cmd_rebuild_serve;
extern const struct aw_cmd aw_cmd_rebuild_status;
extern const struct aw_cmd aw_cmd_rebuild_self;

#endif
