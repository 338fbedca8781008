/* SPDX-License-Identifier: Apache-2.0 */
/* The list of third-party sources. What is accepted is written again in one
 * form, which reads the same. */
#include <string.h>

#include "aw/ftlog/sources.h"
#include "aw/text.h"
#include "fuzz.h"

static bool same(const struct aw_source *a, const struct aw_source *b)
{
    return aw_bytes_equal(a->package, b->package) &&
           aw_bytes_equal(a->file, b->file) &&
           memcmp(a->sha256, b->sha256, AW_SHA256_SIZE) == 0;
}

static void check(const struct aw_source *row)
{
    uint8_t text[4 * AW_SOURCE_NAME_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_sources list;
    struct aw_source again;

    aw_wr_put(&w, row->package);
    aw_wr_text(&w, " ");
    aw_wr_put(&w, row->file);
    aw_wr_text(&w, " ");
    aw_wr_hex(&w, (aw_bytes){row->sha256, AW_SHA256_SIZE});
    aw_sources_init(aw_wr_done(&w), &list);
    if (w.failed || aw_sources_next(&list, &again, NULL) != AW_OK ||
        !same(row, &again)) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_sources list;
    struct aw_source row;
    uint64_t rows = 0;

    aw_sources_init((aw_bytes){data, size}, &list);
    while (aw_sources_next(&list, &row, NULL) == AW_OK) {
        check(&row);
        rows++;
    }
    if (rows > list.line || list.line > size) {
        __builtin_trap();
    }
    return 0;
}
