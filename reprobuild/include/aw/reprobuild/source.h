/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_SOURCE_H
#define AW_REPROBUILD_SOURCE_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"

/*
 * Source from git. Repositories are mirrored in a cache and never checked out
 * by git: files are written by us from the objects of one commit, so that no
 * hook, filter, attribute or configuration of a repository takes part.
 */
struct aw_rb_source_limits {
    uint64_t time_ms; /* of a fetch */
    uint64_t memory;  /* bytes of each process of git */
    uint64_t pack;    /* bytes by which a fetch may make the mirror grow */
    uint64_t files;   /* number of files of a tree */
    uint64_t bytes;   /* of all of them */
};

/** Ten minutes, 2 GiB, 1 GiB, 20000, 512 MiB. */
void aw_rb_source_limits_default(struct aw_rb_source_limits *limits);

struct aw_rb_source {
    const char *url;    /* https://, http://, file:// or a folder */
    aw_bytes commit;    /* 40 lower-case hex digits */
    const char *mirror; /* bare repository in the cache; made when missing */
    bool offline;       /* only what the mirror has */
    struct aw_rb_source_limits limits;
    bool (*stopped)(void); /* may be NULL */
};

/**
 * Brings the commit into the mirror. Nothing is fetched when it is there.
 *
 * @return AW_OK; AW_ERR_USAGE for an address of another kind; AW_ERR_NOT_FOUND
 *         if no branch or tag of the repository leads to the commit;
 *         AW_ERR_NET if it cannot be reached; AW_ERR_TIMEOUT; AW_ERR_SPACE if
 *         it is too large; AW_ERR_FORMAT if its objects are malformed;
 *         AW_ERR_CANCELLED; AW_ERR_PRECONDITION without git; AW_ERR_RESOURCE;
 *         AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_rb_source_fetch(const struct aw_rb_source *source,
                                        struct aw_host_diag *host);

/**
 * Writes the files of the commit into a new folder.
 *
 * @param folder  must not exist
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for a submodule, or a link that leads out
 *         of the tree; AW_ERR_FORMAT for a path that no tree may have;
 *         AW_ERR_SPACE above the limits; AW_ERR_STATE if the mirror cannot be
 *         read; as aw_rb_source_fetch.
 */
AW_MUST_CHECK aw_err aw_rb_source_export(const struct aw_rb_source *source,
                                         const char *folder,
                                         struct aw_host_diag *host);

/**
 * Says that the mirror is in use, whose folder exists: nobody removes it now.
 *
 * @param use  set; end with aw_rb_source_done
 *
 * @return AW_OK; AW_ERR_CANCELLED; AW_ERR_PRECONDITION; AW_ERR_RESOURCE;
 *         AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_rb_source_use(const struct aw_rb_source *source,
                                      int *use, struct aw_host_diag *host);

/** @param cleanup  remove the mirror, unless others use it */
void aw_rb_source_done(const struct aw_rb_source *source, int use,
                       bool cleanup);

/**
 * aw_rb_source_fetch and aw_rb_source_export. A mirror that turns out to be
 * damaged is made anew: what a killed or broken machine left behind says
 * nothing about a release.
 *
 * @param use  of aw_rb_source_use
 *
 * @return as those; AW_ERR_IO, not AW_ERR_STATE, for a damaged mirror that
 *         cannot be made anew: offline, or in use
 */
AW_MUST_CHECK aw_err aw_rb_source_get(const struct aw_rb_source *source,
                                      int use, const char *folder,
                                      struct aw_host_diag *host);

#endif
