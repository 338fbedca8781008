/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "common/cmd.h"

/* Directory below an XDG base: the variable where it holds an absolute path,
 * else the folder of the home directory. */
static const char *base_dir(struct aw_ctx *ctx, const char *variable,
                            const char *below_home)
{
    const char *base = getenv(variable);
    const char *home = getenv("HOME");

    if (base != NULL && base[0] == '/') {
        return aw_pool_printf(&ctx->pool, "%s/aw", base);
    }
    if (home == NULL || home[0] != '/') {
        return NULL;
    }
    return aw_pool_printf(&ctx->pool, "%s/%s/aw", home, below_home);
}

const char *aw_state_dir(struct aw_ctx *ctx)
{
    if (ctx->global.state != NULL) {
        return ctx->global.state; /* AW_STATE_DIR is in here, too */
    }
    if (geteuid() == 0) {
        return "/var/lib/aw";
    }
    return base_dir(ctx, "XDG_STATE_HOME", ".local/state");
}

const char *aw_cache_dir(struct aw_ctx *ctx)
{
    return base_dir(ctx, "XDG_CACHE_HOME", ".cache");
}

const char *aw_config_dir(struct aw_ctx *ctx)
{
    return base_dir(ctx, "XDG_CONFIG_HOME", ".config");
}
