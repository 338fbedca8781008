/* SPDX-License-Identifier: Apache-2.0 */
#include "common/net.h"

#include "common/stop.h"

enum {
    TRIES_MAX = 100,
    CONNECT_MS = 15000,
    STALL_MAX_MS = 24 * 60 * 60 * 1000,
    MS_PER_S = 1000
};

int aw_net_options(struct aw_ctx *ctx, const struct aw_net_args *args,
                   struct aw_store_options *options)
{
    *options = (struct aw_store_options){
        .offline = ctx->global.offline,
        .deadline_ms = ctx->global.timeout_ms,
        .cancelled = aw_stop_asked,
    };
    if (args == NULL || (args->tries == 0 && args->stall_ms == 0)) {
        return AW_EXIT_OK;
    }
    if (args->tries < 1 || args->tries > TRIES_MAX) {
        return aw_usage(ctx, "--tries wants 1 to %d", (int)TRIES_MAX);
    }
    if (args->stall_ms < MS_PER_S || args->stall_ms > STALL_MAX_MS) {
        return aw_usage(ctx, "--stall-timeout wants 1s to 24h");
    }
    options->attempts = (unsigned)args->tries;
    options->stall_s = (unsigned)((args->stall_ms + MS_PER_S - 1) / MS_PER_S);
    options->connect_ms =
        args->stall_ms < CONNECT_MS ? (unsigned)args->stall_ms : CONNECT_MS;
    return AW_EXIT_OK;
}
