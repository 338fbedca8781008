/* SPDX-License-Identifier: Apache-2.0 */
/* Proof files: what is read is written as it was. */
#include "aw/ftlog/tlogproof.h"
#include "fuzz.h"

static uint8_t buf[AW_TLOG_PROOF_MAX];

static const char vkey[] =
    "example.com/gen+7ae024f4+AQUrJLaWF3W4pbaK0ABjE+TXNlZ1GnTh1sorxVvnPYyN";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes file = {data, size};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_tlog_proof proof;
    struct aw_checkpoint checkpoint;
    struct aw_vkey key;
    aw_hash leaf;

    if (aw_tlog_proof_parse(file, &proof, NULL) != AW_OK) {
        return 0;
    }
    aw_tlog_proof_write(&proof, &w);
    if (!aw_bytes_equal(aw_wr_done(&w), file)) {
        __builtin_trap();
    }
    /* Its leaf is none of this log's, so nothing may verify. */
    aw_merkle_leaf(aw_text("no leaf"), &leaf);
    if (aw_vkey_parse(aw_text(vkey), &key, NULL) != AW_OK ||
        aw_tlog_proof_verify(&proof, &leaf, key.name, &key, &checkpoint,
                             NULL) == AW_OK) {
        __builtin_trap();
    }
    return 0;
}
