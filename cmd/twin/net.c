/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/text.h"
#include "twin/twin.h"

enum { NAME_SIZE = 16 }; /* of a network device, with its NUL */

static bool port(aw_bytes text, uint16_t *port)
{
    uint64_t n = 0;

    if (aw_dec_parse(text, &n) != AW_OK || n == 0 || n > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)n;
    return true;
}

/* tcp:PORT:PORT */
static bool forward(const char *text, struct aw_twin_forward *f)
{
    struct aw_rd r = aw_rd_init(aw_text(text));
    aw_bytes kind = aw_rd_until(&r, ':');
    aw_bytes host = aw_rd_until(&r, ':');

    f->udp = aw_bytes_is(kind, "udp");
    return !r.failed && (f->udp || aw_bytes_is(kind, "tcp")) &&
           port(host, &f->host) && port(aw_rd_rest(&r), &f->guest);
}

static int forwards_of(struct aw_ctx *ctx, const struct aw_list *list,
                       struct aw_twin_start *how)
{
    struct aw_twin_forward *f =
        aw_pool_alloc(&ctx->pool, list->n + 1, sizeof(*f));

    if (list->n > 0 && how->net != AW_TWIN_NET_USER) {
        return aw_usage(ctx, "--forward belongs to --net=user");
    }
    for (size_t i = 0; i < list->n; i++) {
        if (!forward(list->item[i], &f[i])) {
            return aw_usage(ctx, "--forward: %s is not like tcp:8080:80",
                            list->item[i]);
        }
    }
    how->forwards = f;
    how->n_forwards = list->n;
    return AW_EXIT_OK;
}

int twin_net(struct aw_ctx *ctx, const char *net,
             const struct aw_list *forwards, struct aw_twin_start *how)
{
    static const char tap[] = "tap=";

    if (strcmp(net, "user") == 0) {
        how->net = AW_TWIN_NET_USER;
    } else if (strncmp(net, tap, sizeof(tap) - 1) == 0) {
        how->net = AW_TWIN_NET_TAP;
        how->tap = net + sizeof(tap) - 1;
        if (how->tap[0] == '\0' || strlen(how->tap) >= NAME_SIZE) {
            return aw_usage(ctx, "--net=tap= takes the name of a device");
        }
    } else if (strcmp(net, "none") != 0) {
        return aw_usage(ctx, "--net is user, tap=NAME or none");
    }
    return forwards_of(ctx, forwards, how);
}
