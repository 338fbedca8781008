/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_TOOLCHAIN_H
#define AW_REPROBUILD_TOOLCHAIN_H

#include "aw/hostio/diag.h"
#include "aw/sha256.h"
#include "aw/store.h"

/*
 * Inputs that are known by their SHA-256: compiler packages, archives of
 * third-party sources. A file with another digest is never used.
 */
enum { AW_RB_INPUT_MAX = 256 * 1024 * 1024 };

/* Where inputs are looked for, in this order. */
enum { AW_RB_FOLDERS = 8 };
struct aw_rb_inputs {
    const char *cache; /* folder: files by digest; what is found is kept */
    size_t n_folders;  /* the operator's: files by digest or by name */
    const char *folder[AW_RB_FOLDERS];
    const struct aw_store *store; /* artefacts: files by digest; may be NULL */
    bool (*stopped)(void);        /* may be NULL */
};

/**
 * Finds an input.
 *
 * @param name  its file name in the folders; NULL: only by digest
 * @param path  at least PATH_MAX bytes: set to the file in the cache
 *
 * @return AW_OK; AW_ERR_NOT_FOUND, also when the store fails; AW_ERR_DIGEST
 *         for a file under the digest's name with other bytes; AW_ERR_SPACE
 *         above AW_RB_INPUT_MAX; AW_ERR_RESOURCE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_rb_input_find(const struct aw_rb_inputs *inputs,
                                      const uint8_t sha256[AW_SHA256_SIZE],
                                      const char *name, char *path,
                                      struct aw_host_diag *host);

/**
 * Unpacks a compiler package, a .deb or .tar.gz file, into the cache, sealed
 * off, once.
 *
 * @param name  of the package; untrusted. Files NAME_*.deb and NAME.deb of the
 *              folders are looked at, too; n 0: only by digest
 * @param path  at least PATH_MAX bytes: set to the folder with its usr/
 *
 * @return AW_OK; AW_ERR_FORMAT if it does not unpack; AW_ERR_TIMEOUT;
 *         AW_ERR_SPACE if it is larger than 4 GiB or 65,536 files;
 *         AW_ERR_RESOURCE when there is no space for it; AW_ERR_CANCELLED; as
 *         aw_rb_input_find and aw_rb_sandbox_run.
 */
AW_MUST_CHECK aw_err aw_rb_toolchain(const struct aw_rb_inputs *inputs,
                                     const uint8_t sha256[AW_SHA256_SIZE],
                                     aw_bytes name, char *path,
                                     struct aw_host_diag *host);

/**
 * Collects the archives of a cmake/sources.lock in a folder, under their
 * names, as links to the files of the cache.
 *
 * @param lock    text of the file; untrusted
 * @param folder  exists
 *
 * @return AW_OK; AW_ERR_FORMAT for a malformed row; AW_ERR_DUPLICATE for a
 *         name given twice; AW_ERR_SPACE with more than 256, or 1 GiB; as
 *         aw_rb_input_find.
 */
AW_MUST_CHECK aw_err aw_rb_archives(const struct aw_rb_inputs *inputs,
                                    aw_bytes lock, const char *folder,
                                    struct aw_host_diag *host);

#endif
