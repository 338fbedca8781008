/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual fuses: what is read and written again reads as the same. The last
 * line, a hash that no fuzzer finds, is put to the input as well. */
#include <string.h>

#include "aw/hostio/vfuse.h"
#include "aw/sha256.h"
#include "fuzz.h"

static void read_one(aw_bytes in)
{
    static char text[AW_VFUSE_FILE_MAX];
    static char again[AW_VFUSE_FILE_MAX];
    struct aw_vfuse v;
    struct aw_vfuse back;
    struct aw_diag diag;
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_wr w2 = aw_wr_init(again, sizeof(again));

    if (aw_vfuse_parse(in, &v, &diag) != AW_OK) {
        return;
    }
    aw_vfuse_write(&v, &w);
    if (w.failed || aw_vfuse_parse(aw_wr_done(&w), &back, &diag) != AW_OK) {
        __builtin_trap();
    }
    aw_vfuse_write(&back, &w2);
    if (!aw_bytes_equal(aw_wr_done(&w), aw_wr_done(&w2))) {
        __builtin_trap();
    }
    aw_vfuse_boot(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[AW_VFUSE_FILE_MAX];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    read_one((aw_bytes){data, size});
    aw_sha256((aw_bytes){data, size}, digest);
    aw_wr_put(&w, (aw_bytes){data, size});
    aw_wr_text(&w, "end ");
    aw_wr_hex(&w, (aw_bytes){digest, sizeof(digest)});
    aw_wr_text(&w, "\n");
    read_one(aw_wr_done(&w));
    return 0;
}
