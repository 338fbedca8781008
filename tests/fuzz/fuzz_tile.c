/* SPDX-License-Identifier: Apache-2.0 */
/* Both forms of a tile. First byte: width, and 0 for 256; then the file. What
 * is read must be written as it was. */
#include "aw/ftlog/tile.h"
#include "fuzz.h"

static uint8_t buf[AW_TILE_TEXT_MAX];

static void read_tile(enum aw_layout layout, const struct aw_tile_id *id,
                      aw_bytes file)
{
    struct aw_tile tile;
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    aw_hash root;
    aw_hash node;
    unsigned top = 0;

    if (aw_tile_parse(layout, id, file, &tile, NULL) != AW_OK) {
        return;
    }
    trap_unless(tile.width == id->width);
    aw_tile_write(layout, &tile, &w);
    trap_unless(!w.failed);
    /* A file of a partial tile may hold the full one. */
    trap_unless(
        aw_bytes_equal(aw_wr_done(&w), file) ||
        (layout == AW_LAYOUT_SERVERLESS && id->width < 256 && file.n > w.n));
    aw_tile_root(tile.leaf, tile.width, &root);
    while (tile.width >> (top + 1) != 0) {
        top++;
    }
    trap_unless(aw_tile_node(&tile, top, 0, &node) == AW_OK);
    trap_unless((tile.width != 1U << top) || aw_hash_equal(&node, &root));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});
    struct aw_tile_id id = {.level = 0};

    id.width = aw_rd_u8(&r);
    id.width = id.width == 0 ? AW_TILE_WIDTH : id.width;
    aw_bytes file = aw_rd_rest(&r);

    read_tile(AW_LAYOUT_SERVERLESS, &id, file);
    read_tile(AW_LAYOUT_TILES, &id, file);
    return 0;
}
