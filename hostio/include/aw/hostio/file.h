/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_FILE_H
#define AW_HOSTIO_FILE_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"
#include "aw/hostio/wait.h"

/*
 * Whole files with a size limit, durable replacement, private files. All
 * functions take a diagnosis that may be NULL.
 */

/* Memory of its own; free with aw_blob_free. `p` is NULL when empty. */
struct aw_blob {
    uint8_t *p;
    size_t n;
    size_t secret; /* private: bytes of aw_secret_alloc, 0 on the heap */
};

/** The bytes of a blob, borrowed from it. */
aw_bytes aw_blob_bytes(const struct aw_blob *blob);
/** Wipes and frees; the blob is empty afterwards. NULL is allowed. */
void aw_blob_free(struct aw_blob *blob);

/**
 * Reads a whole regular file, or all of a pipe.
 *
 * @param max  largest size in bytes that is accepted
 * @param out  the caller frees it; untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND; AW_ERR_SPACE when longer than max;
 *         AW_ERR_RESOURCE; AW_ERR_CANCELLED when a signal interrupts
 *         waiting for a pipe; AW_ERR_IO for anything else, also when it is
 *         neither a regular file nor a pipe.
 */
AW_MUST_CHECK aw_err aw_file_read(const char *path, size_t max,
                                  struct aw_blob *out,
                                  struct aw_host_diag *host);

/** As aw_file_read, from an open descriptor, which stays open.
 *  @param name  what to call it in messages: "standard input" */
AW_MUST_CHECK aw_err aw_file_read_fd(int fd, const char *name, size_t max,
                                     struct aw_blob *out,
                                     struct aw_host_diag *host);

/**
 * As aw_file_read, for secrets: AW_ERR_PRECONDITION when group or others may
 * read or write the file, or when it belongs to another user (root may read
 * a file of anybody). The blob is memory of aw_secret_alloc, and never moves
 * while it is filled, so no copy is left behind.
 */
AW_MUST_CHECK aw_err aw_file_read_private(const char *path, size_t max,
                                          struct aw_blob *out,
                                          struct aw_host_diag *host);

/* What to do when the file is there already. */
enum aw_file_how {
    AW_FILE_REPLACE, /* put the new content in its place, in one step */
    AW_FILE_NEW      /* refuse */
};

/**
 * Writes a whole file so that after a crash at any point either the old or
 * the new content is there, complete: a temporary file in the same folder,
 * fsync, rename, fsync of the folder. A symbolic link is followed, its target
 * replaced.
 *
 * @param mode  permission bits of the new file, reduced by the umask
 *
 * @return AW_OK; AW_ERR_EXISTS with AW_FILE_NEW; AW_ERR_NOT_FOUND when the
 *         folder is missing; AW_ERR_PRECONDITION when the path names
 *         something that is no regular file; AW_ERR_RESOURCE without space;
 *         AW_ERR_IO otherwise. After a failure the old content is in place.
 */
AW_MUST_CHECK aw_err aw_file_write(const char *path, aw_bytes data,
                                   unsigned mode, enum aw_file_how how,
                                   struct aw_host_diag *host);

/* One of several files at different places. */
struct aw_put_file {
    const char *path;
    aw_bytes data;
    unsigned mode; /* permission bits, reduced by the umask */
    enum aw_file_how how;
};

/**
 * Writes several files, all or none: nothing is put in its place before all
 * are on the disk. When one then cannot be placed, those before it are taken
 * back; a file that was replaced comes back where the file system can exchange
 * two names. A crash may leave some of them placed, each whole.
 *
 * @param n  files; no two may be the same
 *
 * @return as aw_file_write, for the first that failed
 */
AW_MUST_CHECK aw_err aw_files_put(const struct aw_put_file *files, size_t n,
                                  struct aw_host_diag *host);

/** True when two paths lead to the same file, or would make the same. */
bool aw_file_same(const char *a, const char *b);

/* One of several files that are written together. */
struct aw_new_file {
    const char *name; /* inside the folder, without slash */
    aw_bytes data;
    unsigned mode; /* permission bits, reduced by the umask */
};

/**
 * Writes several new files into a folder, all or none. A folder that is
 * missing is made, for its owner only, and appears with all files in it at
 * once; into one that is there the files are put one after the other, and
 * where a crash leaves some of them, the next call or aw_files_complete puts
 * the others there. Callers take turns.
 *
 * @param n     files are not checked for equal names
 * @param wait  for another caller; may be NULL
 *
 * @return as aw_file_write with AW_FILE_NEW: AW_ERR_EXISTS when one of them is
 *         there already; AW_ERR_TIMEOUT when another caller is not done in
 *         time; AW_ERR_CANCELLED when this one is told to stop meanwhile.
 *         After a failure none of them is there.
 */
AW_MUST_CHECK aw_err aw_files_write(const char *folder,
                                    const struct aw_new_file *files, size_t n,
                                    const struct aw_lock_wait *wait,
                                    struct aw_host_diag *host);

/**
 * Completes what an interrupted aw_files_write has left in a folder: once all
 * files are on the disk, they are put in their places, by whoever comes next.
 *
 * @param folder     need not be there
 * @param wait       for another caller; may be NULL
 * @param completed  true: there was something to be completed
 *
 * @return AW_OK; AW_ERR_EXISTS when another file has the name of one of them;
 *         AW_ERR_TIMEOUT and AW_ERR_CANCELLED as aw_files_write;
 *         AW_ERR_RESOURCE; AW_ERR_IO otherwise.
 */
AW_MUST_CHECK aw_err aw_files_complete(const char *folder,
                                       const struct aw_lock_wait *wait,
                                       bool *completed,
                                       struct aw_host_diag *host);

/**
 * Makes a new folder, for its owner only, that appears with all files in it at
 * once.
 *
 * @param n  files; here a name may be `folder/file`, and that folder is made,
 *           too
 *
 * @return as aw_files_write; AW_ERR_EXISTS when anything has that path
 */
AW_MUST_CHECK aw_err aw_folder_write(const char *folder,
                                     const struct aw_new_file *files, size_t n,
                                     struct aw_host_diag *host);

/** Takes back what aw_files_write wrote, as far as that is possible; the folder
 *  stays. */
void aw_files_remove(const char *folder, const struct aw_new_file *files,
                     size_t n);

/**
 * Makes a folder and all missing ones above it, durably.
 *
 * @param mode  permission bits of those that are made, reduced by the umask;
 *              folders that exist keep theirs
 *
 * @return AW_OK, also when it exists; AW_ERR_RESOURCE; AW_ERR_IO otherwise,
 *         also when a part of the path is no folder.
 */
AW_MUST_CHECK aw_err aw_dir_make(const char *path, unsigned mode,
                                 struct aw_host_diag *host);

/* Folders of the program. */
enum aw_dir_kind {
    AW_DIR_STATE,  /* log state: must be kept */
    AW_DIR_CACHE,  /* may be deleted at any time */
    AW_DIR_CONFIG, /* the user's configuration */
};

/**
 * Path of one of the program's folders. It is not made.
 *
 *   state   argument, AW_STATE_DIR, /var/lib/aw for root, XDG_STATE_HOME/aw,
 *           HOME/.local/state/aw
 *   cache   argument, AW_CACHE_DIR, /var/cache/aw for root, XDG_CACHE_HOME/aw,
 *           HOME/.cache/aw
 *   config  argument, XDG_CONFIG_HOME/aw, HOME/.config/aw
 *
 * The first that is set counts. "Root" is the effective user, so it holds
 * under sudo too, whatever HOME says. XDG variables with relative paths are
 * ignored, as their specification asks.
 *
 * @param argument  from the command line; NULL or "" when absent
 * @param path      cap bytes for the NUL-terminated path
 *
 * @return AW_OK; AW_ERR_SPACE when it does not fit; AW_ERR_PRECONDITION when
 *         no variable helps and HOME is missing or relative.
 */
AW_MUST_CHECK aw_err aw_dir_path(enum aw_dir_kind kind, const char *argument,
                                 char *path, size_t cap,
                                 struct aw_host_diag *host);

#endif
