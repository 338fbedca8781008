/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_RING_H
#define FW_RING_H

#include <stddef.h>
#include <stdint.h>

/*
 * The log of an image: the newest bytes of all that it printed. It lies at the
 * symbol ring_log, so that a debugger or an emulator's monitor can read it
 * without the image's help. Oldest bytes are overwritten.
 */
enum { RING_MAGIC = 0x474f4c41 /* "ALOG" in memory */, RING_SIZE = 16384 };

struct ring {
    uint32_t magic;
    uint32_t size;    /* a power of two */
    uint32_t written; /* bytes ever; the next one goes to written % size */
    uint8_t *bytes;   /* on the device an address of 32 bits */
};

/* RING_SIZE bytes, unless an image has a file of its own for it and
 * ring_init. All zero until that was called: initialised data would cost a
 * page of every image. */
extern struct ring ring_log;

void ring_init(void);
void ring_put(uint8_t byte);

/**
 * Copies the newest bytes, oldest first.
 *
 * @return bytes copied, at most n
 */
size_t ring_copy(uint8_t *to, size_t n);

/** Copies n bytes, or fewer at the end, from byte `from` of those held. */
size_t ring_part(size_t from, uint8_t *to, size_t n);

/** Bytes that can be copied. */
size_t ring_held(void);

#endif
