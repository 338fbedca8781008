/* SPDX-License-Identifier: Apache-2.0 */
/* What is accepted is written again in one form, which reads the same. */
#include "aw/ftlog/sequence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t area[AW_TREE_STATE_WORK];
    uint8_t file[AW_TREE_STATE_MAX];
    struct aw_wr work = aw_wr_init(area, sizeof(area));
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct aw_tree tree;
    struct aw_tree again;

    if (aw_tree_state_parse((aw_bytes){data, size}, &work, &tree, NULL) !=
        AW_OK) {
        return 0;
    }
    aw_tree_state_write(&tree, &w);
    if (aw_tree_state_parse(aw_wr_done(&w), &work, &again, NULL) != AW_OK ||
        again.size != tree.size || !aw_hash_equal(&again.root, &tree.root)) {
        __builtin_trap();
    }
    return 0;
}
