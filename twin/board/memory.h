/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_MEMORY_H
#define TWIN_MEMORY_H

#include "core/bus.h"
#include "core/state.h"

/*
 * Memory of the board, which costs the host only what was touched.
 */
struct tw_memory {
    struct tw_bus *bus;
    const char *name;
    uint32_t base;
    uint32_t size;
    uint8_t *bytes; /* mapped; zeros at first */
    uint8_t *dirty; /* a byte a line */
};

/** Maps it and adds it to the bus. Ends the program without memory. */
void tw_memory_init(struct tw_memory *memory, const char *name, uint32_t base,
                    uint32_t size, struct tw_bus *bus);
void tw_memory_free(struct tw_memory *memory);

/** Power went: all is zero again, and nothing dirty. */
void tw_memory_clear(struct tw_memory *memory);

/** The processor was reset: its caches are empty. */
void tw_memory_forget_lines(struct tw_memory *memory);

/** Pages that are not all zero. */
void tw_memory_save(const struct tw_memory *memory, struct tw_saver *to);
bool tw_memory_load(struct tw_memory *memory, struct tw_loader *from);

/** SHA-256 of what tw_memory_save writes of the bytes, and of nothing else:
 * equal memories have equal hashes. */
void tw_memory_hash(const struct tw_memory *memory, uint8_t digest[32]);

#endif
