/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_err.h"

#include <stddef.h>

#include "aw/hostio/diag.h"

/* A full disk may show as a failed write; SQLite knows the reason at one of two
 * places. */
static bool lacks_resource(sqlite3 *db)
{
    int error = sqlite3_system_errno(db);

    if (error == 0) {
        (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
    }
    return aw_host_err(error) == AW_ERR_RESOURCE;
}

aw_err sqlite_err(sqlite3 *db, int rc)
{
    switch (rc & 0xff) { /* the primary code of an extended one */
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return AW_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return AW_ERR_TIMEOUT;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
        return AW_ERR_RESOURCE;
    case SQLITE_CONSTRAINT:
        return AW_ERR_DUPLICATE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* a table is missing */
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
        return AW_ERR_STATE;
    default:
        return db != NULL && lacks_resource(db) ? AW_ERR_RESOURCE : AW_ERR_IO;
    }
}
