/* SPDX-License-Identifier: Apache-2.0 */
#include "board/memory.h"

#include <string.h>
#include <sys/mman.h>

#include "aw/hostio/alloc.h"
#include "aw/sha256.h"

static uint8_t *map(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    /* aw_alloc knows how to end for want of memory. */
    return p == MAP_FAILED ? aw_alloc(size, 1) : p;
}

void tw_memory_init(struct tw_memory *memory, const char *name, uint32_t base,
                    uint32_t size, struct tw_bus *bus)
{
    *memory = (struct tw_memory){.bus = bus,
                                 .name = name,
                                 .base = base,
                                 .size = size,
                                 .bytes = map(size),
                                 .dirty = map(size / TW_LINE)};
    tw_bus_add_ram(bus, &(struct tw_region){.name = name,
                                            .base = base,
                                            .size = size,
                                            .ram = {.bytes = memory->bytes,
                                                    .dirty = memory->dirty}});
}

void tw_memory_free(struct tw_memory *memory)
{
    if (memory->bytes != NULL) {
        (void)munmap(memory->bytes, memory->size);
        (void)munmap(memory->dirty, memory->size / TW_LINE);
    }
    *memory = (struct tw_memory){.name = NULL};
}

static void drop(uint8_t *bytes, size_t size)
{
    if (madvise(bytes, size, MADV_DONTNEED) != 0) {
        memset(bytes, 0, size);
    }
}

/* How many lines may be dirty, for the bus. */
static void set_dirty(struct tw_memory *memory, uint32_t lines)
{
    for (uint32_t i = 0; i < memory->bus->count; i++) {
        if (memory->bus->regions[i].ram.bytes == memory->bytes) {
            memory->bus->regions[i].ram.dirty_lines = lines;
        }
    }
}

void tw_memory_forget_lines(struct tw_memory *memory)
{
    drop(memory->dirty, memory->size / TW_LINE);
    set_dirty(memory, 0);
}

void tw_memory_clear(struct tw_memory *memory)
{
    drop(memory->bytes, memory->size);
    tw_memory_forget_lines(memory);
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
}

/* Calls for each page that is not zero. */
static void each_page(const struct tw_memory *memory,
                      void (*call)(void *ctx, uint32_t page,
                                   const uint8_t *bytes),
                      void *ctx)
{
    for (uint32_t page = 0; page < memory->size / TW_PAGE; page++) {
        const uint8_t *bytes = memory->bytes + (size_t)page * TW_PAGE;

        if (!is_zero(bytes, TW_PAGE)) {
            call(ctx, page, bytes);
        }
    }
}

static void save_page(void *ctx, uint32_t page, const uint8_t *bytes)
{
    struct tw_saver *to = ctx;

    tw_save_u32(to, page);
    tw_save_bytes(to, bytes, TW_PAGE);
}

static void save_dirty(const struct tw_memory *memory, struct tw_saver *to)
{
    for (uint32_t line = 0; line < memory->size / TW_LINE; line++) {
        if (memory->dirty[line] != 0) {
            tw_save_u32(to, line);
        }
    }
    tw_save_u32(to, UINT32_MAX);
}

void tw_memory_save(const struct tw_memory *memory, struct tw_saver *to)
{
    each_page(memory, save_page, to);
    tw_save_u32(to, UINT32_MAX);
    save_dirty(memory, to);
}

bool tw_memory_load(struct tw_memory *memory, struct tw_loader *from)
{
    tw_memory_clear(memory);
    for (uint32_t page = tw_load_u32(from); page != UINT32_MAX;
         page = tw_load_u32(from)) {
        if (page >= memory->size / TW_PAGE ||
            !tw_load_bytes(from, memory->bytes + (size_t)page * TW_PAGE,
                           TW_PAGE)) {
            return false;
        }
    }
    for (uint32_t line = tw_load_u32(from); line != UINT32_MAX;
         line = tw_load_u32(from)) {
        if (line >= memory->size / TW_LINE || from->failed) {
            return false;
        }
        memory->dirty[line] = 1;
        set_dirty(memory, UINT32_MAX);
    }
    return !from->failed;
}

static void hash_page(void *ctx, uint32_t page, const uint8_t *bytes)
{
    uint8_t number[4] = {(uint8_t)page, (uint8_t)(page >> 8),
                         (uint8_t)(page >> 16), (uint8_t)(page >> 24)};

    aw_sha256_update(ctx, (aw_bytes){number, sizeof(number)});
    aw_sha256_update(ctx, (aw_bytes){bytes, TW_PAGE});
}

void tw_memory_hash(const struct tw_memory *memory, uint8_t digest[32])
{
    struct aw_sha256 hash;

    aw_sha256_init(&hash);
    each_page(memory, hash_page, &hash);
    aw_sha256_final(&hash, digest);
}
