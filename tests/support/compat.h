/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPAT_H
#define COMPAT_H

#include "aw/bytes.h"

/*
 * docs/compat.md lists each recorded vector that we decide differently from
 * upstream. A test that runs over vectors says of each of them whether it did,
 * and fails when the page has a row too few or too many:
 *
 *   compat_load(&compat, "Notes");
 *   for each row: compat_decided(&compat, name, same);
 *   compat_done(&compat);
 */
enum { COMPAT_ROWS = 64 };

struct compat {
    const char *section;
    size_t n;
    aw_bytes row[COMPAT_ROWS];
    bool met[COMPAT_ROWS];
};

/** Reads the table below "## section": the first column without backticks.
 *  Fails the test when there is no such table. */
void compat_load(struct compat *c, const char *section);

/** Notes how a vector was decided; fails the test when the page says
 *  otherwise, or when a documented row comes twice. */
void compat_decided(struct compat *c, aw_bytes name, bool as_upstream);

/** Fails the test when a documented row was not met. */
void compat_done(const struct compat *c);

#endif
