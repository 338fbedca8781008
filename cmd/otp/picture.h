/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OTP_PICTURE_H
#define OTP_PICTURE_H

#include "aw/hab/fuse.h"
#include "common/buf.h"
#include "common/pool.h"

/* What to draw of a register. */
struct otp_picture {
    const struct aw_fusemap *map;
    const struct aw_fuse_register *reg;
    const uint32_t *value; /* NULL: names instead of bits */
    bool board;            /* fuses of boards too */
    bool colour;           /* for a terminal */
    bool locked;           /* the word is locked: shown by colour */
};

/** Draws a register in Unicode: numbers of the bits, a box with names or
 *  values, one line a fuse. Lines end with line feeds. */
void otp_picture_draw(const struct otp_picture *picture, struct aw_pool *pool,
                      struct aw_buf *to);

#endif
