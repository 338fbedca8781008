/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_RELEASE_H
#define RELEASE_RELEASE_H

#include "common/cmd.h"

/* aw release and its subcommands. */
extern const struct aw_cmd aw_cmd_release;
extern const struct aw_cmd aw_cmd_release_keygen;
extern const struct aw_cmd aw_cmd_release_publish;
extern const struct aw_cmd aw_cmd_release_show;
extern const struct aw_cmd aw_cmd_release_serve;
extern const struct aw_cmd aw_cmd_release_notes;

#endif
