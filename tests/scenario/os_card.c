/* SPDX-License-Identifier: Apache-2.0 */
#include "os_card.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "aw/emmc.h"

enum {
    RPMB_DATA = 24576, /* docs/formats/rpmb.md */
    RPMB_MARKS = 32,
    BOOT_MARKS = 8
};

/* Bytes of a file, and those of them that are looked at. */
struct range {
    struct tw_file *file;
    uint64_t from;
    uint64_t to;
};

typedef void block_fn(void *ctx, uint64_t at, const uint8_t *block);

static bool is_blank(const uint8_t *block)
{
    static const uint8_t zeros[TW_BLOCK];

    return memcmp(block, zeros, sizeof(zeros)) == 0;
}

static void take_block(const struct range *r, uint64_t at, block_fn *take,
                       void *ctx)
{
    struct tw_store store = tw_file_store(r->file);
    uint8_t block[TW_BLOCK];

    ck_assert(store.read(store.ctx, at, block, sizeof(block)));
    if (!is_blank(block)) {
        take(ctx, at, block);
    }
}

/* Every block of a range that is not all zeros; holes are passed over. */
static void each_block(const struct range *r, block_fn *take, void *ctx)
{
    uint64_t at = r->from;

    while (at < r->to) {
        off_t data = lseek(r->file->fd, (off_t)at, SEEK_DATA);

        if (data < 0) {
            return; /* nothing but a hole */
        }
        off_t hole = lseek(r->file->fd, data, SEEK_HOLE);

        ck_assert(hole > data);
        at = (uint64_t)data < r->from ? r->from : (uint64_t)data;
        at -= at % TW_BLOCK;
        for (; at < (uint64_t)hole && at < r->to; at += TW_BLOCK) {
            take_block(r, at, take, ctx);
        }
    }
}

static void hash_block(void *ctx, uint64_t at, const uint8_t *block)
{
    aw_sha256_update(ctx, (aw_bytes){(const uint8_t *)&at, sizeof(at)});
    aw_sha256_update(ctx, (aw_bytes){block, TW_BLOCK});
}

static void count_block(void *ctx, uint64_t at, const uint8_t *block)
{
    uint64_t *n = ctx;

    (void)at;
    (void)block;
    ++*n;
}

static const struct aw_emmc_region *own(void)
{
    return aw_emmc_find(AW_EMMC_DATA, AW_TRUSTED_APPLET, 0);
}

void card_hash(struct device *d, uint8_t digest[AW_SHA256_SIZE])
{
    struct tw_file *user = &d->folder.parts[0];
    const uint64_t first = aw_emmc_offset(own());
    const uint64_t end = first + aw_emmc_size(own());
    const struct range ranges[] = {
        {user, 0, first},
        {user, end, user->size},
        {&d->folder.parts[1], 0, d->folder.parts[1].size},
        {&d->folder.parts[2], 0, d->folder.parts[2].size},
        {&d->folder.nvm, 0, d->folder.nvm.size},
    };
    struct aw_sha256 hash;

    aw_sha256_init(&hash);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const uint8_t which = (uint8_t)i;

        aw_sha256_update(&hash, (aw_bytes){&which, 1});
        each_block(&ranges[i], hash_block, &hash);
    }
    aw_sha256_final(&hash, digest);
}

void card_own_hash(struct device *d, uint64_t from,
                   uint8_t digest[AW_SHA256_SIZE])
{
    const uint64_t first = aw_emmc_offset(own());
    const struct range r = {&d->folder.parts[0], first + from * TW_BLOCK,
                            first + aw_emmc_size(own())};
    struct aw_sha256 hash;

    aw_sha256_init(&hash);
    each_block(&r, hash_block, &hash);
    aw_sha256_final(&hash, digest);
}

uint64_t card_own_blocks(struct device *d)
{
    const uint64_t first = aw_emmc_offset(own());
    const struct range r = {&d->folder.parts[0], first,
                            first + aw_emmc_size(own())};
    uint64_t n = 0;

    each_block(&r, count_block, &n);
    return n;
}

/* A block of the user area that is not the applet's and holds nothing. */
static void mark_user(struct device *d, uint64_t block)
{
    const struct aw_emmc_region *r = aw_emmc_at(block);
    uint8_t bytes[TW_BLOCK];

    if (block >= TW_EMMC_BLOCKS || r == own()) {
        return;
    }
    device_get(d, block, bytes, sizeof(bytes));
    if (is_blank(bytes)) {
        memset(bytes, (int)(0x80 | (block & 0x7f)), sizeof(bytes));
        device_put(d, block, (aw_bytes){bytes, sizeof(bytes)});
    }
}

static void mark(struct tw_file *file, uint64_t from, size_t n)
{
    struct tw_store store = tw_file_store(file);
    uint8_t bytes[RPMB_MARKS * TW_NVM_SECTOR];

    memset(bytes, 0xa5, sizeof(bytes));
    ck_assert_uint_le(n, sizeof(bytes));
    ck_assert(store.write(store.ctx, from, bytes, n));
}

void card_mark(struct device *d)
{
    size_t n = 0;
    const struct aw_emmc_region *r = aw_emmc_regions(&n);

    for (size_t i = 0; i < n; i++) {
        mark_user(d, r[i].first - 1);
        mark_user(d, r[i].first);
        mark_user(d, r[i].first + r[i].blocks - 1);
        mark_user(d, r[i].first + r[i].blocks);
    }
    mark_user(d, TW_EMMC_BLOCKS - 1);
    mark(&d->folder.parts[1], 0, (size_t)BOOT_MARKS * TW_BLOCK);
    mark(&d->folder.parts[2], 0, (size_t)BOOT_MARKS * TW_BLOCK);
    mark(&d->folder.nvm, RPMB_DATA, (size_t)RPMB_MARKS * TW_NVM_SECTOR);
}
