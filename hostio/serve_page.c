/* SPDX-License-Identifier: Apache-2.0 */
/* Responses, and pages that are made when they are asked for. */
#include <string.h>

#include "aw/sha256.h"
#include "serve_private.h"

enum MHD_Result serve_add(struct MHD_Response *response, const char *name,
                          const char *value)
{
    return MHD_add_response_header(response, name, value);
}

/* Sends a response and forgets it. */
enum MHD_Result serve_send(struct MHD_Connection *connection, unsigned status,
                           struct MHD_Response *response)
{
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result done =
        serve_add(response, "X-Content-Type-Options", "nosniff") == MHD_YES
            ? MHD_queue_response(connection, status, response)
            : MHD_NO;

    MHD_destroy_response(response);
    return done;
}

struct MHD_Response *serve_text(const char *text)
{
    char copy[64];
    struct aw_wr w = aw_wr_init(copy, sizeof(copy));

    aw_wr_text(&w, text);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(w.n, copy, MHD_RESPMEM_MUST_COPY);

    if (response != NULL) {
        (void)serve_add(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                        "text/plain; charset=utf-8");
        (void)serve_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    }
    return response;
}

/* --- Pages ---------------------------------------------------------------- */

enum { QUERY_MAX = 256, TAG_TEXT = 40, TAG_BYTES = 16 };

static enum MHD_Result add_argument(void *ctx, enum MHD_ValueKind kind,
                                    const char *key, const char *value)
{
    struct aw_wr *w = ctx;

    (void)kind;
    aw_wr_text(w, w->n > 0 ? "&" : "");
    aw_wr_text(w, key);
    if (value != NULL) {
        aw_wr_text(w, "=");
        aw_wr_text(w, value);
    }
    return MHD_YES;
}

/* The library has taken the query apart; a text is what the maker reads. One
 * that is too long becomes one that nobody understands. */
static void read_query(struct MHD_Connection *connection,
                       char query[QUERY_MAX + 1])
{
    struct aw_wr w = aw_wr_init(query, QUERY_MAX);

    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND,
                                    add_argument, &w);
    if (w.failed) {
        w = aw_wr_init(query, QUERY_MAX);
        aw_wr_text(&w, "?");
    }
    query[w.n] = '\0';
}

/* A name of the content, for readers that ask again and again. */
static void make_tag(aw_bytes body, char tag[TAG_TEXT])
{
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(tag, TAG_TEXT - 1);

    aw_sha256(body, digest);
    aw_wr_text(&w, "\"");
    aw_wr_hex(&w, (aw_bytes){digest, TAG_BYTES});
    aw_wr_text(&w, "\"");
    tag[w.n] = '\0';
}

/* Whether If-None-Match names the tag: alone, in a list, as a weak one, which
 * proxies that pack make of it, or as any (RFC 9110, 13.1.2). It has its quotes,
 * so it is found whole or not at all. */
static bool is_known(const char *header, const char *tag)
{
    return header != NULL &&
           (strcmp(header, "*") == 0 || strstr(header, tag) != NULL);
}

static void describe(const struct aw_page *page, const char *tag,
                     struct MHD_Response *response)
{
    (void)serve_add(response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
    (void)serve_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
    (void)serve_add(response, "Referrer-Policy", "no-referrer");
    (void)serve_add(response, "Cross-Origin-Resource-Policy", "cross-origin");
    (void)serve_add(response, MHD_HTTP_HEADER_ETAG, tag);
    if (page->security != NULL) {
        (void)serve_add(response, "Content-Security-Policy", page->security);
    }
}

unsigned serve_page(const struct serve_maker *maker,
                    struct MHD_Connection *connection, const char *path,
                    struct MHD_Response **response)
{
    const char *known = MHD_lookup_connection_value(
        connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    char query[QUERY_MAX + 1];
    char tag[TAG_TEXT];
    struct aw_page page;

    memset(&page, 0, sizeof(page));
    read_query(connection, query);
    maker->page(maker->ctx, path, query, &page);
    make_tag(aw_blob_bytes(&page.body), tag);
    bool same = page.status == MHD_HTTP_OK && is_known(known, tag);

    *response = MHD_create_response_from_buffer(
        same ? 0 : page.body.n, page.body.p, MHD_RESPMEM_MUST_COPY);
    if (*response != NULL) {
        describe(&page, tag, *response);
    }
    aw_blob_free(&page.body);
    return same ? MHD_HTTP_NOT_MODIFIED : page.status;
}
