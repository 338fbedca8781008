/* SPDX-License-Identifier: Apache-2.0 */
/* Host definition of aw_bug; a device has its own. */
#include <stdio.h>
#include <stdlib.h>

#include "aw/err.h"

void aw_bug(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "internal error: %s:%d: %s\n", file, line, what);
    abort();
}
