/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_ARTEFACTS_H
#define AW_HOSTIO_ARTEFACTS_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"
#include "aw/hostio/wait.h"
#include "aw/sha256.h"

/*
 * A folder of artefacts: each file is named by the SHA-256 of its bytes, in
 * lower-case hex, as upstream's fetcher looks for it. Readers use struct
 * aw_store, and compare the digest.
 */
enum { AW_ARTEFACT_NAME = 2 * AW_SHA256_SIZE };

/* Name of an artefact's file, NUL at the end. */
struct aw_artefact_name {
    char text[AW_ARTEFACT_NAME + 1];
};

/** Name of the file that holds bytes of a digest. */
void aw_artefact_name(const uint8_t digest[AW_SHA256_SIZE],
                      struct aw_artefact_name *name);

/**
 * Digest of the artefact that a file's name stands for.
 *
 * @param digest  untouched when false
 * @return false for a name of another form
 */
AW_MUST_CHECK bool aw_artefact_digest(const char *name,
                                      uint8_t digest[AW_SHA256_SIZE]);

/** True for a temporary file that a writer of ours leaves when it is killed;
 *  the next one removes it. */
bool aw_artefact_is_temporary(const char *name);

/**
 * Stores an artefact: when it returns AW_OK the whole file and its name are
 * on the disk. The folder is made when it is missing. One writer at a time;
 * what a killed one left is removed.
 *
 * @param data    digest is its SHA-256: else it is our mistake
 * @param wait    for another writer; may be NULL
 * @param stored  false: it was there already, with these bytes
 *
 * @return AW_OK; AW_ERR_DIGEST if a file of this name has other bytes: it is
 *         left as it is; AW_ERR_PRECONDITION if the name is that of a link,
 *         folder or device; AW_ERR_RESOURCE; AW_ERR_TIMEOUT when another
 *         writer keeps the folder locked too long; AW_ERR_CANCELLED when the
 *         caller is told to stop meanwhile; AW_ERR_IO otherwise.
 */
AW_MUST_CHECK aw_err aw_artefact_put(const char *folder, aw_bytes data,
                                     const uint8_t digest[AW_SHA256_SIZE],
                                     const struct aw_lock_wait *wait,
                                     bool *stored, struct aw_host_diag *host);

#endif
