/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "aw/hostio/store.h"

struct http;

/* An open directory. */
struct folder {
    int fd;     /* -1 when there is none */
    char *real; /* its path without symbolic links */
};

/* One of the two backends is in use. The store stays where it was made:
 * face.ctx is its own address. */
struct aw_host_store {
    struct aw_store face;
    struct aw_host_diag why;
    char *name;
    struct aw_store_options options; /* no field is 0 that has a default */
    struct folder folder;
    struct http *http; /* NULL for a directory */
};

/* The functions below get paths that passed store_path_ok. */

AW_MUST_CHECK aw_err folder_open(struct folder *f, const char *path,
                                 struct aw_host_diag *host);
void folder_close(struct folder *f);
/** Opens a file below the root after links are followed, for reading.
 *  @return -1 with errno; what it opens may be no regular file */
int folder_open_file(const struct folder *f, const char *path);
AW_MUST_CHECK aw_err folder_get(const struct aw_host_store *store,
                                const char *path, struct aw_wr *buf,
                                struct aw_host_diag *host);

/** @param base  ends in '/'; may hold user name and password */
struct http *http_open(const char *base, const char *shown,
                       const struct aw_store_options *options);
void http_close(struct http *http);
AW_MUST_CHECK aw_err http_get(struct http *http, const char *path,
                              struct aw_wr *buf, struct aw_host_diag *host);
void http_hint(struct http *http, const char *const *paths, size_t n);

/** True for a path of the form that struct aw_store names. */
bool store_path_ok(const char *path);

#endif
