/* SPDX-License-Identifier: Apache-2.0 */
#include "store_private.h"

/* Until the transfers are there, aw_store_open refuses http. */

void http_close(struct http *http)
{
    (void)http;
}

aw_err http_get(struct http *http, const char *path, struct aw_wr *buf,
                struct aw_host_diag *host)
{
    (void)http;
    (void)buf;
    return aw_fail(aw_host_say(host, "%s: no http yet", path),
                   AW_ERR_UNSUPPORTED, "store: http", 0);
}

void http_hint(struct http *http, const char *const *paths, size_t n)
{
    (void)http;
    (void)paths;
    (void)n;
}
