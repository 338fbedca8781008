/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_PAGES_H
#define REBUILD_PAGES_H

#include "aw/hostio/serve.h"
#include "rebuild/site.h"

/** Answers one request: addresses are in docs/formats/rebuild-web.md.
 *  @param ctx  struct rebuild_site; for aw_serve_options */
void rebuild_page(void *ctx, const char *path, const char *query,
                  struct aw_page *page);

#endif
