/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a fuse map, and overlays. */
#include "fusemap_private.h"

const struct aw_fuse *fusemap_named(const struct aw_fusemap *map, aw_bytes name)
{
    for (size_t i = 0; i < map->n_fuses; i++) {
        if (aw_bytes_equal(map->fuses[i].name, name)) {
            return &map->fuses[i];
        }
    }
    return NULL;
}

const struct aw_fuse_register *aw_fusemap_register(const struct aw_fusemap *map,
                                                   aw_bytes name)
{
    for (size_t i = 0; i < map->n_registers; i++) {
        if (aw_bytes_equal(map->registers[i].name, name)) {
            return &map->registers[i];
        }
    }
    return NULL;
}

const struct aw_fuse_register *aw_fusemap_at(const struct aw_fusemap *map,
                                             unsigned bank, unsigned word)
{
    for (size_t i = 0; i < map->n_registers; i++) {
        if (map->registers[i].bank == bank && map->registers[i].word == word) {
            return &map->registers[i];
        }
    }
    return NULL;
}

aw_err aw_fusemap_find(const struct aw_fusemap *map, aw_bytes name,
                       struct aw_fuse *fuse)
{
    const struct aw_fuse *found = fusemap_named(map, name);
    const struct aw_fuse_register *reg = aw_fusemap_register(map, name);

    if (found != NULL) {
        *fuse = *found;
        return AW_OK;
    }
    if (reg == NULL) {
        return AW_ERR_NOT_FOUND;
    }
    *fuse = (struct aw_fuse){.name = reg->name,
                             .bank = reg->bank,
                             .word = reg->word,
                             .len = (uint16_t)aw_fuse_word_bits(map)};
    return AW_OK;
}

unsigned aw_fusemap_index(const struct aw_fusemap *map, unsigned bank,
                          unsigned word)
{
    return bank * map->bank_words + word;
}

uint32_t aw_fusemap_offset(const struct aw_fusemap *map, unsigned bank,
                           unsigned word, bool write)
{
    unsigned index = aw_fusemap_index(map, bank, word);
    uint32_t offset = index * (aw_fuse_word_bits(map) / 8);

    for (size_t i = 0; i < map->n_gaps; i++) {
        const struct aw_fuse_gap *gap = &map->gaps[i];

        if (index >= gap->from && (write ? gap->write : gap->read)) {
            offset += gap->bytes;
        }
    }
    return offset;
}

uint32_t aw_fusemap_lock_mask(const struct aw_fusemap *map,
                              const struct aw_fuse_register *reg)
{
    uint32_t mask = 0;

    for (size_t i = 0; i < AW_FUSE_LOCKS_MAX; i++) {
        if (reg->lock[i] < map->n_fuses) {
            mask |= aw_fuse_mask(&map->fuses[reg->lock[i]],
                                 aw_fuse_word_bits(map), 0);
        }
    }
    return mask;
}

bool fusemap_taken(const struct aw_fusemap *map, aw_bytes name)
{
    return fusemap_named(map, name) != NULL ||
           aw_fusemap_register(map, name) != NULL;
}

bool fusemap_inside(const struct aw_fusemap *map, const struct aw_fuse *fuse)
{
    unsigned first = aw_fusemap_index(map, fuse->bank, fuse->word);
    size_t n = aw_fuse_words(fuse, aw_fuse_word_bits(map));

    for (size_t k = 0; k < n; k++) {
        unsigned at = first + (unsigned)k;

        if (aw_fusemap_at(map, at / map->bank_words, at % map->bank_words) ==
            NULL) {
            return false;
        }
    }
    return true;
}

static aw_err check_overlay(const struct aw_fusemap *map,
                            const struct aw_fusemap *over, struct aw_diag *diag)
{
    if (!aw_bytes_equal(map->part, over->part) ||
        !aw_bytes_equal(map->reference, over->reference) ||
        map->driver != over->driver || map->bank_words != over->bank_words) {
        return aw_fail(diag, AW_ERR_TYPE, "fuse map: overlay's part", 0);
    }
    for (size_t i = 0; i < over->n_registers; i++) {
        const struct aw_fuse_register *o = &over->registers[i];
        const struct aw_fuse_register *r = aw_fusemap_register(map, o->name);

        if (r == NULL || r->bank != o->bank || r->word != o->word) {
            return aw_fail(diag, AW_ERR_NOT_FOUND,
                           "fuse map: overlay's register", i);
        }
    }
    for (size_t i = 0; i < over->n_fuses; i++) {
        if (fusemap_taken(map, over->fuses[i].name)) {
            return aw_fail(diag, AW_ERR_DUPLICATE, "fuse map: overlay's fuse",
                           i);
        }
        if (!fusemap_inside(map, &over->fuses[i])) {
            return aw_fail(diag, AW_ERR_RANGE, "fuse map: overlay's fuse", i);
        }
    }
    if (over->n_fuses > AW_FUSES_MAX - map->n_fuses) {
        return aw_fail(diag, AW_ERR_SPACE, "fuse map: overlay's fuses",
                       over->n_fuses);
    }
    return AW_OK;
}

aw_err aw_fusemap_overlay(struct aw_fusemap *map,
                          const struct aw_fusemap *overlay,
                          struct aw_diag *diag)
{
    aw_err err = check_overlay(map, overlay, diag);

    for (size_t i = 0; err == AW_OK && i < overlay->n_fuses; i++) {
        map->fuses[map->n_fuses] = overlay->fuses[i];
        map->fuses[map->n_fuses].board = true;
        map->n_fuses++;
    }
    return err;
}
