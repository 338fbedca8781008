/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CJSON_HOOKS_H
#define CJSON_HOOKS_H

#include <stdlib.h>

/* Included before cJSON's source: it has no heap to begin with, until libaw
 * gives it a work area. So nothing of it needs initialised data. */
#define malloc  NULL
#define realloc NULL
#define free    NULL

#endif
