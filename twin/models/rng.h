/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_RNG_H
#define TWIN_RNG_H

#include "core/state.h"

/*
 * Randomness that repeats: SHA-256 over a seed and a counter. What a board's
 * noise sources give follows from its seed and from how much was taken before,
 * so a snapshot continues as the first run did.
 */
enum { TW_RNG_SEED = 32 };

struct tw_rng {
    uint8_t seed[TW_RNG_SEED];
    uint64_t counter; /* of the block in hand */
    uint8_t block[32];
    uint32_t left; /* bytes of the block not given out, at most 32 */
};

/** @param label  tells the generators of one board apart */
void tw_rng_init(struct tw_rng *rng, const uint8_t seed[TW_RNG_SEED],
                 const char *label);
void tw_rng_bytes(struct tw_rng *rng, void *to, size_t n);
uint32_t tw_rng_u32(struct tw_rng *rng);

void tw_rng_save(const struct tw_rng *rng, struct tw_saver *to);
bool tw_rng_load(struct tw_rng *rng, struct tw_loader *from);

#endif
