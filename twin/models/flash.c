/* SPDX-License-Identifier: Apache-2.0 */
#include "models/flash.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"

enum { AT_ONCE = TW_PENDING_MAX / 4 };

void tw_cut_init(struct tw_cut *cut, const uint8_t seed[TW_RNG_SEED])
{
    memset(cut, 0, sizeof(*cut));
    tw_rng_init(&cut->rng, seed, "power cut");
}

static bool is_zero(const uint8_t block[TW_BLOCK])
{
    static const uint8_t zeros[TW_BLOCK];

    return memcmp(block, zeros, sizeof(zeros)) == 0;
}

static bool fail(struct tw_flash *flash)
{
    flash->failed = true;
    return false;
}

/* Programs a block. Zeros over zeros would only fill a hole of the file. */
static bool program(struct tw_flash *flash, uint64_t block,
                    const uint8_t data[TW_BLOCK])
{
    uint8_t old[TW_BLOCK];

    if (is_zero(data)) {
        if (!flash->store.read(flash->store.ctx, block * TW_BLOCK, old,
                               sizeof(old))) {
            return fail(flash);
        }
        if (is_zero(old)) {
            return true;
        }
    }
    flash->ahead_n = 0;
    return flash->store.write(flash->store.ctx, block * TW_BLOCK, data,
                              TW_BLOCK) ||
           fail(flash);
}

/* How many blocks kept back, from the i-th to before the end, lie one behind
 * another and hold more than zeros. */
static uint32_t run_of(const struct tw_flash *flash, uint32_t i, uint32_t end)
{
    const struct tw_pending *first = &flash->pending[i];
    uint32_t n = 0;

    while (n < TW_AHEAD && i + n < end) {
        const struct tw_pending *p = &flash->pending[i + n];

        if (p->block != first->block + n || p->cached != first->cached ||
            is_zero(p->data)) {
            break;
        }
        n++;
    }
    return n;
}

/* Programs one or more blocks kept back, from the i-th on. @return how many */
static uint32_t program_some(struct tw_flash *flash, uint32_t i, uint32_t end,
                             bool *ok)
{
    const struct tw_pending *first = &flash->pending[i];
    uint32_t n = run_of(flash, i, end);

    if (n < 2) {
        *ok = program(flash, first->block, first->data) && *ok;
        return 1;
    }
    flash->ahead_n = 0;
    for (uint32_t k = 0; k < n; k++) {
        memcpy(&flash->buffer[(size_t)k * TW_BLOCK], flash->pending[i + k].data,
               TW_BLOCK);
    }
    if (!flash->store.write(flash->store.ctx, first->block * TW_BLOCK,
                            flash->buffer, (size_t)n * TW_BLOCK)) {
        *ok = fail(flash);
    }
    return n;
}

static void remove_pending(struct tw_flash *flash, uint32_t i, uint32_t n)
{
    memmove(&flash->pending[i], &flash->pending[i + n],
            (flash->count - i - n) * sizeof(flash->pending[0]));
    flash->count -= n;
}

/* Half of the block came through before power went. */
static void tear(struct tw_flash *flash, const struct tw_pending *p)
{
    uint8_t data[TW_BLOCK];

    if (p->whole || !flash->store.read(flash->store.ctx, p->block * TW_BLOCK,
                                       data, sizeof(data))) {
        return;
    }
    memcpy(data, p->data, TW_BLOCK / 2);
    (void)program(flash, p->block, data);
}

/* What power off leaves of the blocks kept back. */
static void lose(struct tw_flash *flash)
{
    struct tw_cut *cut = flash->cut;

    for (uint32_t i = 0; i < flash->count; i++) {
        const struct tw_pending *p = &flash->pending[i];
        bool kept = cut->mode != TW_CUT_CACHED || (tw_rng_u32(&cut->rng) & 1);

        if (cut->mode == TW_CUT_TORN && i + 1 == flash->count) {
            tear(flash, p);
        } else if (kept) {
            (void)program(flash, p->block, p->data);
        }
    }
    flash->count = 0;
}

void tw_cut_power_off(struct tw_cut *cut)
{
    if (cut->off) {
        return;
    }
    for (uint32_t i = 0; i < cut->count; i++) {
        lose(cut->flashes[i]);
    }
    cut->off = true;
}

void tw_cut_power_on(struct tw_cut *cut)
{
    cut->off = false;
}

bool tw_cut_whole(struct tw_cut *cut)
{
    cut->writes++;
    if (cut->at == 0 || cut->writes != cut->at) {
        return true;
    }
    return cut->mode == TW_CUT_CLEAN ||
           (cut->mode == TW_CUT_CACHED && (tw_rng_u32(&cut->rng) & 1) != 0);
}

bool tw_cut_wrote(struct tw_cut *cut)
{
    if (cut->at == 0 || cut->writes != cut->at) {
        return true;
    }
    tw_cut_power_off(cut);
    if (cut->gone != NULL) {
        cut->gone(cut->ctx);
    }
    return false;
}

void tw_cut_save(const struct tw_cut *cut, struct tw_saver *to)
{
    tw_save_u8(to, (uint8_t)cut->mode);
    tw_save_u64(to, cut->writes);
    tw_save_u64(to, cut->at);
    tw_save_u8(to, cut->off ? 1 : 0);
    tw_rng_save(&cut->rng, to);
}

bool tw_cut_load(struct tw_cut *cut, struct tw_loader *from)
{
    uint8_t mode = tw_load_u8(from);

    cut->writes = tw_load_u64(from);
    cut->at = tw_load_u64(from);
    cut->off = tw_load_u8(from) != 0;
    if (mode > TW_CUT_CACHED) {
        from->failed = true;
    } else {
        cut->mode = (enum tw_cut_mode)mode;
    }
    return tw_rng_load(&cut->rng, from);
}

void tw_flash_init(struct tw_flash *flash, const struct tw_store *store,
                   uint64_t blocks, struct tw_cut *cut)
{
    AW_BUG_ON(cut->count >= TW_CUT_FLASHES);
    *flash = (struct tw_flash){
        .store = *store,
        .cut = cut,
        .blocks = blocks,
        .buffer = aw_alloc(TW_AHEAD, TW_BLOCK),
        .next = UINT64_MAX,
    };
    cut->flashes[cut->count++] = flash;
}

void tw_flash_free(struct tw_flash *flash)
{
    free(flash->pending);
    free(flash->buffer);
    flash->pending = NULL;
    flash->buffer = NULL;
    flash->ahead_n = 0;
    flash->count = 0;
    flash->room = 0;
}

static bool inside(const struct tw_flash *flash, uint64_t block, uint64_t count)
{
    return !flash->cut->off && block <= flash->blocks &&
           count <= flash->blocks - block;
}

static uint32_t find(const struct tw_flash *flash, uint64_t block)
{
    uint32_t i = flash->count;

    if (i == 0 || block < flash->low || block > flash->high) {
        return 0;
    }
    while (i > 0 && flash->pending[i - 1].block != block) {
        i--;
    }
    return i; /* plus one; 0: not kept back */
}

void tw_flash_look(struct tw_flash *flash)
{
    flash->ahead_n = 0;
    flash->next = UINT64_MAX;
}

/* Whoever reads a second block reads more of them. */
static void read_ahead(struct tw_flash *flash, uint64_t block)
{
    uint64_t left = flash->blocks - block;
    uint32_t n = left < TW_AHEAD ? (uint32_t)left : (uint32_t)TW_AHEAD;

    flash->ahead = block;
    flash->ahead_n = flash->store.read(flash->store.ctx, block * TW_BLOCK,
                                       flash->buffer, (size_t)n * TW_BLOCK)
                         ? n
                         : 0;
}

static bool read_store(struct tw_flash *flash, uint64_t block,
                       uint8_t to[TW_BLOCK])
{
    if (block == flash->next && block - flash->ahead >= flash->ahead_n) {
        read_ahead(flash, block);
    }
    flash->next = block + 1;
    if (block - flash->ahead < flash->ahead_n) {
        size_t at = (size_t)(block - flash->ahead) * TW_BLOCK;

        memcpy(to, &flash->buffer[at], TW_BLOCK);
        return true;
    }
    return flash->store.read(flash->store.ctx, block * TW_BLOCK, to,
                             TW_BLOCK) ||
           fail(flash);
}

bool tw_flash_read(struct tw_flash *flash, uint64_t block, uint8_t to[TW_BLOCK])
{
    if (!inside(flash, block, 1)) {
        return false;
    }
    uint32_t i = find(flash, block);

    if (i > 0) {
        memcpy(to, flash->pending[i - 1].data, TW_BLOCK);
        return true;
    }
    return read_store(flash, block, to);
}

/* Room for one more at the end; the chip programs the oldest ones when its
 * buffer is full. */
static bool make_room(struct tw_flash *flash)
{
    bool ok = true;

    if (flash->count == TW_PENDING_MAX) {
        for (uint32_t i = 0; i < AT_ONCE;) {
            i += program_some(flash, i, AT_ONCE, &ok);
        }
        remove_pending(flash, 0, AT_ONCE);
    }
    if (flash->count == flash->room) {
        uint32_t room = flash->room == 0 ? 16 : flash->room * 2;

        flash->pending = aw_grow(flash->pending, flash->room, room,
                                 sizeof(flash->pending[0]));
        flash->room = room;
    }
    return ok;
}

static struct tw_pending *add(struct tw_flash *flash, uint64_t block)
{
    struct tw_pending *p = &flash->pending[flash->count];

    if (flash->count == 0 || block < flash->low) {
        flash->low = block;
    }
    if (flash->count == 0 || block > flash->high) {
        flash->high = block;
    }
    flash->count++;
    p->block = block;
    return p;
}

bool tw_flash_write(struct tw_flash *flash, uint64_t block,
                    const uint8_t from[TW_BLOCK], enum tw_write how)
{
    if (!inside(flash, block, 1)) {
        return false;
    }
    uint32_t i = find(flash, block);

    if (i > 0) {
        remove_pending(flash, i - 1, 1);
    }
    bool ok = make_room(flash);
    struct tw_pending *p = add(flash, block);

    p->cached = how == TW_WRITE_CACHED;
    p->whole = how == TW_WRITE_RELIABLE;
    memcpy(p->data, from, TW_BLOCK);
    flash->cut->writes++;
    return tw_cut_wrote(flash->cut) && ok;
}

bool tw_flash_discard(struct tw_flash *flash, uint64_t block, uint64_t count)
{
    bool ok = true;

    if (!inside(flash, block, count)) {
        return false;
    }
    for (uint32_t i = flash->count; i > 0; i--) {
        uint64_t at = flash->pending[i - 1].block;

        if (at >= block && at - block < count) {
            remove_pending(flash, i - 1, 1);
        }
    }
    flash->ahead_n = 0;
    if (tw_cut_whole(flash->cut) &&
        !flash->store.discard(flash->store.ctx, block * TW_BLOCK,
                              count * TW_BLOCK)) {
        ok = fail(flash);
    }
    return tw_cut_wrote(flash->cut) && ok;
}

/* Programs what was kept back, in order; all of it or what is not cached. */
static bool settle(struct tw_flash *flash, bool all)
{
    bool ok = true;
    uint32_t kept = 0;

    if (flash->cut->off) {
        return false;
    }
    for (uint32_t i = 0; i < flash->count;) {
        if (all || !flash->pending[i].cached) {
            i += program_some(flash, i, flash->count, &ok);
            continue;
        }
        flash->pending[kept++] = flash->pending[i++];
    }
    flash->count = kept;
    return ok;
}

bool tw_flash_commit(struct tw_flash *flash)
{
    return settle(flash, false);
}

bool tw_flash_flush(struct tw_flash *flash)
{
    return settle(flash, true);
}

void tw_flash_save(const struct tw_flash *flash, struct tw_saver *to)
{
    tw_save_u32(to, flash->count);
    for (uint32_t i = 0; i < flash->count; i++) {
        const struct tw_pending *p = &flash->pending[i];

        tw_save_u64(to, p->block);
        tw_save_u8(to, (uint8_t)((p->cached ? 1 : 0) | (p->whole ? 2 : 0)));
        tw_save_bytes(to, p->data, sizeof(p->data));
    }
}

bool tw_flash_load(struct tw_flash *flash, struct tw_loader *from)
{
    uint32_t count = tw_load_u32(from);

    flash->count = 0;
    flash->failed = false;
    flash->ahead_n = 0;
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        struct tw_pending p = {.block = tw_load_u64(from)};
        uint8_t flags = tw_load_u8(from);

        (void)tw_load_bytes(from, p.data, sizeof(p.data));
        p.cached = (flags & 1) != 0;
        p.whole = (flags & 2) != 0;
        if (p.block >= flash->blocks || flash->count == TW_PENDING_MAX) {
            from->failed = true;
        } else if (!from->failed) {
            (void)make_room(flash);
            *add(flash, p.block) = p;
        }
    }
    return !from->failed;
}
