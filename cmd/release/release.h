/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_RELEASE_H
#define RELEASE_RELEASE_H

#include "common/cmd.h"
#include "log/view.h"

/* Rows of an option table for commands that read a log of releases. `args` is
 * a type with the members log, artefacts, and view, a log_view_args. */
#define RELEASE_LOG_OPT(args)                                        \
    {                                                                \
        .name = "log", .alias = "log-url", .type = AW_OPT_TEXT,      \
        .at = offsetof(args, log), .arg = "DIR|URL",                 \
        .help = "Where the log is; what the policy says by default." \
    }

#define RELEASE_ARTEFACTS_OPT(args, more)                                  \
    {                                                                      \
        .name = "artefacts", .alias = "binaries-url", .type = AW_OPT_TEXT, \
        .at = offsetof(args, artefacts), .arg = "DIR|URL",                 \
        .help = "Where images and HAB signatures are, by their SHA-256; "  \
                "what the policy says by default." more                    \
    }

#define RELEASE_TRUST_OPTS(args)                       \
    AW_TRUST_WHO_OPTS(offsetof(args, view.trust)),     \
        AW_TRUST_KEY_OPTS(offsetof(args, view.trust)), \
        AW_NET_OPTS(offsetof(args, view.net)),         \
        LOG_BASELINE_OPT(offsetof(args, view))

/* aw release and its subcommands. */
extern const struct aw_cmd aw_cmd_release;
extern const struct aw_cmd aw_cmd_release_keygen;
extern const struct aw_cmd aw_cmd_release_publish;
extern const struct aw_cmd aw_cmd_release_show;
extern const struct aw_cmd aw_cmd_release_serve;
extern const struct aw_cmd aw_cmd_release_notes;

#endif
