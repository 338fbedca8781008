/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_RECORDS_H
#define AW_HOSTIO_RECORDS_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"

/*
 * Production records of a station in one SQLite file, beside the notes
 * themselves: docs/formats/production-record.md. What is read is untrusted:
 * each record is a signed note.
 *
 * Errors of all functions beside those that they name: AW_ERR_STATE when the
 * file is damaged, or no such file; AW_ERR_TIMEOUT when another process keeps
 * it locked; AW_ERR_RESOURCE without disk space, memory or descriptors;
 * AW_ERR_IO.
 */
enum { AW_RECORD_NOTE_MAX = 64 * 1024, AW_RECORD_TEXT_MAX = 256 };

struct aw_record {
    const char *serial; /* unique id of the board */
    const char *time;   /* as in the record */
    const char *name;   /* of the file of the note */
    aw_bytes note;
};

/**
 * Adds a record; makes the file when it is missing. It is on the disk when
 * this returns.
 *
 * @return AW_OK; AW_ERR_DUPLICATE: there is one of this name; AW_ERR_SPACE for
 *         a note or text that is too long.
 */
AW_MUST_CHECK aw_err aw_records_add(const char *path,
                                    const struct aw_record *record,
                                    struct aw_host_diag *host);

/**
 * Looks whether a record could be added, as far as that can be known: the file
 * is sound, or there is none yet. Changes nothing.
 *
 * @return AW_OK, or why not
 */
AW_MUST_CHECK aw_err aw_records_check(const char *path,
                                      struct aw_host_diag *host);

/**
 * Calls with each record, in the order in which they were added.
 *
 * What a writer that was killed has left half done is undone first, where the
 * file may be written. An empty file holds no records.
 *
 * @param each  what it is given lives until it returns
 * @return AW_OK; AW_ERR_NOT_FOUND: there is no file; or what each returned.
 */
AW_MUST_CHECK aw_err aw_records_read(
    const char *path, aw_err (*each)(void *ctx, const struct aw_record *record),
    void *ctx, struct aw_host_diag *host);

#endif
