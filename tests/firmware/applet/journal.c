/* SPDX-License-Identifier: Apache-2.0 */
/* An applet that keeps a journal as a witness does: entries of some blocks one
 * behind the other, round and round in a slot, each with a revision and a
 * digest. It says which entry it found, and of each one that it is kept. */
#include <string.h>

#include "applet_test.h"
#include "aw/bytes.h"
#include "aw/sha256.h"

enum {
    BLOCK = 512,
    SLOT = 3 * 1024, /* first block */
    SLOT_BLOCKS = 64,
    ENTRY_MAX = 8, /* blocks */
    HEADER = 48
};

static uint8_t slot[SLOT_BLOCKS * BLOCK];
static uint8_t entry[ENTRY_MAX * BLOCK];

struct found {
    uint32_t revision; /* 0: none */
    uint32_t next;     /* block behind it */
};

static uint32_t blocks_of(uint32_t n)
{
    return (HEADER + n + BLOCK - 1) / BLOCK;
}

/* The entry at a block, if one is there whole. */
static bool entry_at(uint32_t block, struct found *found)
{
    struct aw_rd r = aw_rd_init((aw_bytes){slot, sizeof(slot)});
    uint8_t digest[AW_SHA256_SIZE];

    (void)aw_rd_take(&r, (size_t)block * BLOCK);
    aw_bytes magic = aw_rd_take(&r, 4);
    uint32_t revision = aw_rd_be32(&r);
    uint64_t n = aw_rd_be64(&r);
    aw_bytes want = aw_rd_take(&r, sizeof(digest));

    if (r.failed || memcmp(magic.p, "TFJ0", 4) != 0 || revision == 0 ||
        n > aw_rd_left(&r)) {
        return false;
    }
    aw_sha256(aw_rd_take(&r, (size_t)n), digest);
    *found = (struct found){revision, block + blocks_of((uint32_t)n)};
    return memcmp(digest, want.p, sizeof(digest)) == 0;
}

static struct found newest(void)
{
    struct found best = {0, 0};

    for (uint32_t block = 0; block < SLOT_BLOCKS; block++) {
        struct found found = {0, 0};

        if (entry_at(block, &found) && found.revision > best.revision) {
            best = found;
        }
    }
    return best;
}

/* Entries of 1 to 8 blocks. */
static uint32_t make_entry(uint32_t revision)
{
    struct aw_wr w = aw_wr_init(entry, sizeof(entry));
    uint32_t n = 100 + revision * 977 % 3900;
    uint8_t digest[AW_SHA256_SIZE];

    memset(entry, 0, sizeof(entry));
    for (uint32_t i = 0; i < n; i++) {
        entry[HEADER + i] = (uint8_t)(revision + i);
    }
    aw_sha256((aw_bytes){entry + HEADER, n}, digest);
    aw_wr_text(&w, "TFJ0");
    aw_wr_be32(&w, revision);
    aw_wr_be64(&w, n);
    aw_wr_put(&w, (aw_bytes){digest, sizeof(digest)});
    return blocks_of(n);
}

uint32_t applet_main(void)
{
    if (abi_call(ABI_READ, SLOT, abi_address(slot), SLOT_BLOCKS, 0) != 0) {
        return 1;
    }
    struct found at = newest();

    say_number("journal: found ", at.revision);
    for (;;) {
        uint32_t n = make_entry(at.revision + 1);
        uint32_t block = at.next + n <= SLOT_BLOCKS ? at.next : 0;

        if (abi_call(ABI_WRITE_BLOCKS, SLOT + block, abi_address(entry), n,
                     0) != 0) {
            return 2;
        }
        at = (struct found){at.revision + 1, block + n};
        say_number("journal: kept ", at.revision);
        /* The console has said it by then. */
        (void)abi_call(ABI_WAIT_EVENT, 0, 10, 0, 0);
    }
}
