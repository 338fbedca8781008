/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARTS_H
#define PARTS_H

#include "prepare.h"

/**
 * Makes a folder with a part's files of the commit, as links to them.
 *
 * @param from   files of the commit, written by us
 * @param paths  of the part
 * @param to     new folder
 * @param h      names, modes and bytes are added, in a fixed order
 * @param whole  set: false when the commit lacks a path, or has what cannot be
 *               a part: the folder then stays unfinished
 *
 * @return AW_OK; AW_ERR_RESOURCE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err rb_part_files(const char *from, const char *const *paths,
                                   const char *to, struct aw_sha256 *h,
                                   bool *whole, struct aw_host_diag *host);

#endif
