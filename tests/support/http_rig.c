/* SPDX-License-Identifier: Apache-2.0 */
#include "http_rig.h"

#include <stdlib.h>

#include "support.h"

const struct aw_store_options ht_quick = {
    .attempts = 3,
    .pause_ms = 1,
    .pause_max_ms = 3000,
    .request_ms = 15000,
};

const char ht_alphabet[] = "abcdefghijklmnopqrstuvwxyz";

void ht_no_proxy(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy",
                                        "all_proxy",  "HTTPS_PROXY",
                                        "ALL_PROXY",  "no_proxy"};

    for (size_t i = 0; i < COUNT(names); i++) {
        ck_assert_int_eq(unsetenv(names[i]), 0);
    }
}

struct aw_host_store *ht_open(const char *source,
                              const struct aw_store_options *options)
{
    struct aw_host_store *store = NULL;
    struct aw_host_diag host = {0};
    aw_err err = aw_store_open(source, options, &store, &host);

    ck_assert_msg(err == AW_OK, "%s: %s", source, host.text);
    return store;
}

aw_err ht_get(const struct aw_host_store *store, const char *path,
              struct aw_wr *w)
{
    const struct aw_store *face = aw_store_face(store);

    return face->get(face->ctx, path, w, NULL);
}

void ht_hint(const struct aw_host_store *store, const char *const *paths,
             size_t n)
{
    const struct aw_store *face = aw_store_face(store);

    face->hint(face->ctx, paths, n);
}
