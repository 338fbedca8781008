/* SPDX-License-Identifier: Apache-2.0 */
/* A log's tree, from a tree state and a checkpoint of any content: the input
 * up to the first byte 255, and what follows. What is accepted is written
 * again in one form, which reads the same. */
#include <string.h>

#include "aw/ftlog/sequence.h"
#include "fuzz.h"

struct files {
    aw_bytes state;
    aw_bytes checkpoint;
};

static aw_err get(void *ctx, const char *path, struct aw_wr *buf,
                  struct aw_diag *diag)
{
    const struct files *f = ctx;
    aw_bytes file =
        strcmp(path, AW_LOG_TREE_STATE) == 0 ? f->state : f->checkpoint;

    if (file.n == 0) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "fuzz", 0);
    }
    if (file.n > buf->cap - buf->n) {
        return aw_fail(diag, AW_ERR_SPACE, "fuzz", 0);
    }
    aw_wr_put(buf, file);
    return AW_OK;
}

static void split(aw_bytes input, struct files *f)
{
    struct aw_rd r = aw_rd_init(input);

    f->state = aw_rd_until(&r, 0xff);
    if (r.failed) {
        r = aw_rd_init(input);
        f->state = aw_rd_rest(&r);
    }
    f->checkpoint = aw_rd_rest(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t area[AW_TREE_LOAD_WORK];
    uint8_t file[AW_TREE_STATE_MAX];
    struct aw_wr work = aw_wr_init(area, sizeof(area));
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct files f;
    struct aw_store store = {&f, get, NULL};
    struct aw_tree tree;
    struct aw_tree again;

    split((aw_bytes){data, size}, &f);
    if (aw_tree_state_load(&store, &work, &tree, NULL) != AW_OK) {
        return 0;
    }
    aw_tree_state_write(&tree, &w);
    if (aw_tree_state_parse(aw_wr_done(&w), &work, &again, NULL) != AW_OK ||
        again.size != tree.size || !aw_hash_equal(&again.root, &tree.root)) {
        __builtin_trap();
    }
    return 0;
}
