/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_STORE_H
#define AW_HOSTIO_STORE_H

#include "aw/hostio/diag.h"
#include "aw/store.h"

/*
 * Logs and artefact stores as struct aw_store: a directory, a file:// address
 * or an http(s):// base address.
 *
 * Directory: files must be regular and lie below the root after all symbolic
 * links are followed (serverless logs link old partial tiles).
 *
 * HTTP: GET of base + path. A hinted file is fetched in the background of
 * later calls, many at once, once each; if that fails, get() fetches it
 * again itself with all attempts. At most 1024 files are announced at a
 * time, further ones are ignored. Status 200 is success, 404 and 410 mean
 * "not found"; 5xx, 429 and network failures are tried again after a growing
 * pause with jitter, at least as long as Retry-After asks (when that passes
 * pause_max_ms, the attempt was the last). At most 5 redirects, to http or
 * https, never from https to http. Certificates are always checked. Proxies
 * come from the environment as curl reads it.
 *
 * Content-Length longer than the body is an error. One that is shorter
 * cannot be told from a shorter file: the rest is thrown away with the
 * connection, and whoever checks the file finds it cut.
 *
 * A store is used by one thread at a time and keeps no thread of its own;
 * several threads open a store each. memory_max counts over all stores of
 * the process.
 */

/* All limits; a field that is 0 stands for the value in brackets. */
struct aw_store_options {
    bool offline;          /* http(s) is refused before any socket is opened */
    unsigned in_flight;    /* most requests at the same time [32], 1 to 256 */
    unsigned attempts;     /* tries of one get before it fails [4] */
    unsigned pause_ms;     /* pause before the second try, doubled each time,
                           plus up to half of it at random [250] */
    unsigned pause_max_ms; /* longest single pause [30000] */
    unsigned connect_ms;   /* limit to reach the server, TLS included [15000] */
    unsigned stall_s;      /* fails after so many seconds below 64 bytes a
                              second [20] */
    unsigned request_ms;   /* limit of one request, body included [600000] */
    uint64_t deadline_ms;  /* limit of the whole use, from open on; 0 none */
    size_t file_max;       /* bytes of one file, whatever the caller's buffer
                              could hold [64 MiB + 64 KiB] */
    size_t ahead_max;      /* bytes of one file fetched ahead [1 MiB] */
    size_t memory_max;     /* bytes held for files fetched ahead, over all
                              stores of the process [32 MiB] */

    /* PEM file of the certificates to trust in place of the system's; NULL
     * for the system's. Used during the whole life of the store. */
    const char *ca_file;

    /* Asked about twice a second while waiting: true ends all with
     * AW_ERR_CANCELLED. May be NULL. */
    bool (*cancelled)(void *ctx);
    void *cancelled_ctx;
};

struct aw_host_store;

/**
 * Opens a source.
 *
 * @param source   path of a directory, file:///path (percent-encoded, host
 *                 empty or "localhost") or http(s)://host/path; a base
 *                 without a final '/' gets one
 * @param options  may be NULL for the values in brackets
 * @param store    the caller closes it; untouched on failure
 *
 * @return AW_OK; AW_ERR_USAGE for another scheme, a malformed address, one
 *         with query or fragment, or an option out of range;
 *         AW_ERR_PRECONDITION for http(s) with `offline`; AW_ERR_NOT_FOUND
 *         when there is no such directory; AW_ERR_RESOURCE; AW_ERR_IO when it
 *         cannot be opened. An HTTP server is not contacted yet.
 */
AW_MUST_CHECK aw_err aw_store_open(const char *source,
                                   const struct aw_store_options *options,
                                   struct aw_host_store **store,
                                   struct aw_host_diag *host);

/** Ends all transfers and frees. NULL is allowed. */
void aw_store_close(struct aw_host_store *store);

/** The interface for the portable code, borrowed from the store. */
const struct aw_store *aw_store_face(const struct aw_host_store *store);

/** Diagnosis of the last get() that failed, borrowed from the store. */
const struct aw_host_diag *aw_store_why(const struct aw_host_store *store);

/** What was opened, without a password: a path or a base address ending in
 *  '/'. Borrowed from the store. */
const char *aw_store_name(const struct aw_host_store *store);

/** Bytes held now for files fetched ahead, by all stores of the process; never
 *  more than the largest memory_max among them. */
size_t aw_store_memory(void);

/** True for http(s). */
bool aw_store_is_remote(const struct aw_host_store *store);

/**
 * Calls `each` for every file below a folder of a directory store, in the
 * order of their names, folder by folder. Symbolic links are named, not
 * followed.
 *
 * @param folder  path below the root; "" for all
 * @param each    path: relative to the root, used during the call only;
 *                an error that it returns ends the walk
 *
 * @return AW_OK; what `each` returned; AW_ERR_UNSUPPORTED for http(s);
 *         AW_ERR_NOT_FOUND when there is no such folder; AW_ERR_RANGE for a
 *         path of the wrong form, or deeper than 32 folders;
 *         AW_ERR_RESOURCE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_store_walk(struct aw_host_store *store,
                                   const char *folder,
                                   aw_err (*each)(void *ctx, const char *path),
                                   void *ctx, struct aw_host_diag *host);

#endif
