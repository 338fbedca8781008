/* SPDX-License-Identifier: Apache-2.0 */
/* Fuse maps in our own format: whatever parses can be used. */
#include "aw/hab/fuse.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct aw_fusemap map;
    static struct aw_fusemap over;
    struct aw_diag diag;

    if (aw_fusemap_parse((aw_bytes){data, size}, &map, &diag) != AW_OK) {
        return 0;
    }
    for (size_t i = 0; i < map.n_fuses; i++) {
        struct aw_fuse fuse;
        uint32_t words[AW_FUSE_WORDS_MAX] = {0};
        uint8_t value[AW_FUSE_BYTES_MAX];
        const struct aw_fuse *f = &map.fuses[i];
        const struct aw_fuse_register *reg =
            aw_fusemap_at(&map, f->bank, f->word);

        if (aw_fusemap_find(&map, f->name, &fuse) != AW_OK || reg == NULL) {
            __builtin_trap();
        }
        aw_fuse_decode(&fuse, aw_fuse_word_bits(&map), words, value);
        (void)aw_fusemap_lock_mask(&map, reg);
        (void)aw_fusemap_offset(&map, fuse.bank, fuse.word, true);
    }
    over = map;
    if (aw_fusemap_overlay(&map, &over, &diag) == AW_OK && over.n_fuses > 0) {
        __builtin_trap();
    }
    return 0;
}
