/* SPDX-License-Identifier: Apache-2.0 */
#include "os/applet/space.h"

#include <string.h>

#include "fw/dma.h"

void space_init(struct space *space)
{
    space->n = 0;
    space->shadow = 0;
    space->n_wrote = 0;
    space->unequal = false;
}

/* Differences only: nothing wraps. */
static bool inside(uint32_t start, uint32_t size, uint32_t at, uint32_t n)
{
    return at >= start && n <= size && at - start <= size - n;
}

static bool overlap(const struct space_region *a, const struct space_region *b)
{
    return a->start - b->start < b->size || b->start - a->start < a->size;
}

aw_err space_add(struct space *space, const struct space_region *region)
{
    if (region->start % SPACE_PAGE != 0 || region->size % SPACE_PAGE != 0 ||
        region->size == 0 ||
        !inside(SPACE_START, SPACE_SIZE, region->start, region->size)) {
        return AW_ERR_RANGE;
    }
    for (size_t i = 0; i < space->n; i++) {
        if (overlap(&space->region[i], region)) {
            return AW_ERR_RANGE;
        }
    }
    if (space->n == SPACE_REGIONS) {
        return AW_ERR_SPACE;
    }
    space->region[space->n++] = *region;
    return AW_OK;
}

aw_err space_build(struct space *space, uint32_t code, uint32_t data)
{
    struct mmu_range ranges[SPACE_REGIONS + 2] = {
        {code, SPACE_PAGE, MMU_CODE},
        {data, SPACE_PAGE, MMU_DATA},
    };
    size_t n = 2;

    for (size_t i = 0; i < space->n; i++) {
        const struct space_region *r = &space->region[i];

        ranges[n++] = (struct mmu_range){r->start, r->size, r->kind};
    }
    space->tables.user_offset = space->offset;
    return mmu_build(&space->tables, ranges, n);
}

static const struct space_region *region_at(const struct space *space,
                                            uint32_t address)
{
    for (size_t i = 0; i < space->n; i++) {
        const struct space_region *r = &space->region[i];

        if (address - r->start < r->size) {
            return r;
        }
    }
    return NULL;
}

/* From one region to the next, as long as they adjoin. */
static bool allowed(const struct space *space, uint32_t address, uint32_t n,
                    bool write)
{
    while (n > 0) {
        const struct space_region *r = region_at(space, address);

        if (r == NULL || r->kind == MMU_NONE ||
            (write && r->kind != MMU_USER_DATA)) {
            return false;
        }
        uint32_t here = r->size - (address - r->start);

        if (n <= here) {
            return true;
        }
        n -= here;
        address += here; /* at most the window's end */
    }
    return true;
}

static void note_write(struct space *space, uint32_t address, uint32_t n)
{
    AW_BUG_ON(space->n_wrote == SPACE_WROTE);
    space->wrote[space->n_wrote++] = (struct space_run){address, n};
}

/* What the OS reads has to be the same in both; what it writes is noted. */
static bool both(struct space *space, uint32_t address, uint32_t n, bool write)
{
    if (space->shadow == 0) {
        return true;
    }
    if (write) {
        note_write(space, address, n);
        return true;
    }
    if (memcmp(dma_pointer(address + space->offset),
               dma_pointer(address + space->shadow), n) != 0) {
        space->unequal = true;
    }
    return !space->unequal;
}

aw_err space_at(struct space *space, uint32_t address, uint32_t n, bool write,
                uint8_t **p)
{
    if (!allowed(space, address, n, write)) {
        return AW_ERR_RANGE;
    }
    if (n > 0) {
        if (!both(space, address, n, write)) {
            return AW_ERR_STATE;
        }
        *p = dma_pointer(address + space->offset);
    }
    return AW_OK;
}

aw_err space_in(struct space *space, uint32_t address, void *to, uint32_t n)
{
    uint8_t *p = NULL;
    aw_err err = space_at(space, address, n, false, &p);

    if (err == AW_OK && n > 0) {
        memcpy(to, p, n);
    }
    return err;
}

aw_err space_out(struct space *space, uint32_t address, const void *from,
                 uint32_t n)
{
    uint8_t *p = NULL;
    aw_err err = space_at(space, address, n, true, &p);

    if (err == AW_OK && n > 0) {
        memcpy(p, from, n);
    }
    return err;
}
