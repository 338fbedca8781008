/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_SERVE_H
#define AW_HOSTIO_SERVE_H

#include <stddef.h>

#include "aw/attr.h"
#include "aw/hostio/file.h"

/*
 * A small HTTP server for folders of logs and artefacts: GET and HEAD of
 * files, one range of bytes at a time, no listings, no encryption. It serves
 * regular files below its folders and nothing whose path has a part that
 * begins with a dot, so neither lock and temporary files nor anything that a
 * link leads to outside; or, in place of files, pages that a function makes. It
 * runs in a thread of its own.
 */
struct aw_served {
    const char *name;   /* first part of the path: /NAME/... */
    const char *folder; /* exists */
};

/* A page that is made when it is asked for. */
struct aw_page {
    unsigned status;      /* of HTTP */
    const char *type;     /* content type; static */
    const char *security; /* Content-Security-Policy; static, or NULL */
    struct aw_blob body;  /* freed by the server */
};

struct aw_serve_options {
    const char *address; /* numeric, IPv4 or IPv6 */
    unsigned port;       /* 0: any that is free */
    const struct aw_served *served;
    size_t n; /* 0 to AW_SERVED_MAX */
    /* Makes pages for all paths, in the server's thread, one at a time; then
     * there are no folders. May be NULL.
     * @param path   as the client wrote it, escapes and all: untrusted
     * @param query  what follows the `?`, or "": untrusted
     * @param page   zeroed */
    void (*page)(void *ctx, const char *path, const char *query,
                 struct aw_page *page);
    void *page_ctx;
    /* Told of every answer, in the server's thread; may be NULL.
     * @param path  as the client wrote it: untrusted */
    void (*seen)(void *ctx, const char *method, const char *path,
                 unsigned status);
    void *seen_ctx;
};

enum { AW_SERVED_MAX = 4 };

struct aw_server;

/** True for a numeric address. */
bool aw_serve_is_address(const char *address);

/** True for a numeric address that only this machine can reach. */
bool aw_serve_is_loopback(const char *address);

/**
 * Starts a server.
 *
 * @param options  copied, what it points to is not needed afterwards
 * @param server   stop it with aw_serve_stop; untouched on failure
 *
 * @return AW_OK; AW_ERR_USAGE if the address is not numeric or the port above
 *         65535; AW_ERR_NOT_FOUND if a folder is missing; AW_ERR_EXISTS if
 *         the port is taken; AW_ERR_RESOURCE; AW_ERR_IO otherwise.
 */
AW_MUST_CHECK aw_err aw_serve_start(const struct aw_serve_options *options,
                                    struct aw_server **server,
                                    struct aw_host_diag *host);

/** The port that the server listens on. */
unsigned aw_serve_port(const struct aw_server *server);

/** Ends connections and frees. NULL is allowed. */
void aw_serve_stop(struct aw_server *server);

#endif
