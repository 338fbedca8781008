/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLE_BUNDLE_H
#define BUNDLE_BUNDLE_H

#include "common/cmd.h"

/* aw bundle show | verify | make */
extern const struct aw_cmd aw_cmd_bundle;

extern const struct aw_cmd aw_cmd_bundle_show;
extern const struct aw_cmd aw_cmd_bundle_verify;
extern const struct aw_cmd aw_cmd_bundle_make;

#endif
