/* SPDX-License-Identifier: Apache-2.0 */
/* SRK tables: a table of whole keys comes out of our writer the same. */
#include "aw/hab/srk.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t buf[AW_SRK_TABLE_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_srk_table table;
    struct aw_srk_key keys[AW_SRK_MAX];
    uint8_t hash[AW_SHA256_SIZE];
    uint32_t words[AW_SRK_WORDS];
    aw_bytes in = {data, size};

    if (aw_srk_parse(in, &table, NULL) != AW_OK) {
        return 0;
    }
    trap_unless(table.n >= 1 && table.n <= AW_SRK_MAX);
    aw_srk_hash(&table, hash);
    aw_srk_fuse_words(hash, words);
    for (size_t i = 0; i < table.n; i++) {
        if (aw_srk_key_parse(&table.entry[i], &keys[i], NULL) != AW_OK) {
            return 0;
        }
    }
    if (aw_srk_table_write(keys, table.n, 0, &w, NULL) == AW_OK &&
        table.bytes.p[3] == 0x40) {
        trap_unless(aw_bytes_equal(aw_wr_done(&w), table.bytes));
    }
    return 0;
}
