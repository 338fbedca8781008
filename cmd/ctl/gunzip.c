/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/gunzip.h"

#include <string.h>
#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS };

bool ctl_gunzip(aw_bytes stream, uint8_t *to, size_t room, size_t *n)
{
    z_stream z;
    bool good = false;

    if (stream.n > UINT32_MAX || room > UINT32_MAX) {
        return false;
    }
    memset(&z, 0, sizeof(z));
    /* zlib's field has no const; it reads only. */
    memcpy(&z.next_in, &stream.p, sizeof(z.next_in));
    z.avail_in = (uInt)stream.n;
    z.next_out = to;
    z.avail_out = (uInt)room;
    if (inflateInit2(&z, GZIP_ONLY) != Z_OK) {
        return false;
    }
    good = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0;
    if (good) {
        *n = room - z.avail_out;
    }
    (void)inflateEnd(&z);
    return good;
}
