/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of log files: exactly one text for each file. */
#include "aw/ftlog/layout.h"
#include "fuzz.h"

static void tile(enum aw_layout layout, aw_bytes text)
{
    enum aw_tile_kind kind = AW_TILE_OF_HASHES;
    struct aw_tile_id id;
    struct aw_log_path path;

    if (aw_tile_path_parse(layout, text, &kind, &id) != AW_OK) {
        return;
    }
    trap_unless(id.level <= 63 && id.width >= 1 && id.width <= AW_TILE_WIDTH);
    if (kind == AW_TILE_OF_ENTRIES) {
        trap_unless(layout == AW_LAYOUT_TILES && id.level == 0);
        aw_entries_path(&id, &path);
    } else {
        aw_tile_path(layout, &id, &path);
    }
    trap_unless(aw_bytes_is(text, path.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes text = {data, size};
    struct aw_log_path path;
    uint64_t index = 0;

    tile(AW_LAYOUT_SERVERLESS, text);
    tile(AW_LAYOUT_TILES, text);
    if (aw_seq_path_parse(text, &index) == AW_OK) {
        aw_seq_path(index, &path);
        trap_unless(aw_bytes_is(text, path.text));
    }
    return 0;
}
