/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_NET_H
#define COMMON_NET_H

#include "aw/hostio/store.h"
#include "common/cmd.h"

/* How patient a command is with servers. */
struct aw_net_args {
    uint64_t stall_ms;
    uint64_t tries;
};

/* Rows of an option table for a struct that holds an aw_net_args at offset
 * `base`. The defaults are those of aw/hostio/store.h. */
#define AW_NET_OPTS(base)                                                    \
    {.name = "stall-timeout",                                                \
     .type = AW_OPT_DURATION,                                                \
     .at = (base) + offsetof(struct aw_net_args, stall_ms),                  \
     .arg = "DURATION",                                                      \
     .fallback = "20s",                                                      \
     .help = "A server that stays silent for so long has failed; a request " \
             "may take longer as long as data comes. Counts whole seconds.", \
     .group = "Network"},                                                    \
    {                                                                        \
        .name = "tries", .type = AW_OPT_U64,                                 \
        .at = (base) + offsetof(struct aw_net_args, tries), .arg = "N",      \
        .fallback = "4",                                                     \
        .help = "Tries of one file, with growing pauses between them, "      \
                "before the server has failed; 1 to 100.",                   \
        .group = "Network"                                                   \
    }

/**
 * Sets what the options and the common options say about the network:
 * patience, --offline, --timeout and Ctrl-C. Everything else of `options` is
 * zero, which stands for the defaults.
 *
 * @param args  NULL, or all zero where a command has no such options: the
 *              defaults
 * @return AW_EXIT_OK, or the exit code of wrong usage
 */
AW_MUST_CHECK int aw_net_options(struct aw_ctx *ctx,
                                 const struct aw_net_args *args,
                                 struct aw_store_options *options);

#endif
