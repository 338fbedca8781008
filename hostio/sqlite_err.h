/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOSTIO_SQLITE_ERR_H
#define HOSTIO_SQLITE_ERR_H

#include <sqlite3.h>

#include "aw/err.h"

/**
 * What a result code of SQLite means to us.
 *
 * @param db  NULL when it could not even be made
 *
 * @return AW_OK; AW_ERR_TIMEOUT: others hold it; AW_ERR_RESOURCE: disk or
 *         memory is full; AW_ERR_DUPLICATE: against a constraint;
 *         AW_ERR_STATE: damaged, or another's database; AW_ERR_IO
 */
aw_err sqlite_err(sqlite3 *db, int rc);

#endif
