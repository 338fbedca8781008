/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOB_WIRE_H
#define GOB_WIRE_H

#include "gob.h"

/* Numbers of the wire that reader and writer share. */

/* Built-in type ids. What a program defines begins at 64. */
enum {
    ID_BOOL = 1,
    ID_INT = 2,
    ID_UINT = 3,
    ID_FLOAT = 4,
    ID_BYTES = 5,
    ID_STRING = 6,
    ID_COMPLEX = 7,
    ID_INTERFACE = 8,
    ID_FIRST_USER = 64
};

/* Kinds of definitions, as numbered on the wire (5 to 7 are custom codes). */
enum form { ARRAY = 1, SLICE = 2, STRUCT = 3, MAP = 4, CUSTOM = 5, FORMS = 7 };

#endif
