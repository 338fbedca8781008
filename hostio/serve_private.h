/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVE_PRIVATE_H
#define SERVE_PRIVATE_H

#include <microhttpd.h>

#include "aw/hostio/serve.h"

/** Adds a header. */
enum MHD_Result serve_add(struct MHD_Response *response, const char *name,
                          const char *value);

/** Sends a response and forgets it; NULL is allowed. */
enum MHD_Result serve_send(struct MHD_Connection *connection, unsigned status,
                           struct MHD_Response *response);

/** A short text. NULL without memory. */
struct MHD_Response *serve_text(const char *text);

/* Who makes pages. */
struct serve_maker {
    void (*page)(void *ctx, const char *path, const char *query,
                 struct aw_page *page);
    void *ctx;
};

/** Makes a page. @return the status that goes with the response */
unsigned serve_page(const struct serve_maker *maker,
                    struct MHD_Connection *connection, const char *path,
                    struct MHD_Response **response);

#endif
