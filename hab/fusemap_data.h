/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUSEMAP_DATA_H
#define FUSEMAP_DATA_H

#include "aw/bytes.h"

/* The files of fusemaps/, turned into C by the build. */
struct fusemap_data {
    const char *part; /* name of the file, lower case */
    aw_bytes text;
};

extern const struct fusemap_data fusemap_data[];
extern const size_t fusemap_data_n;

#endif
