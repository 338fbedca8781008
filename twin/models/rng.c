/* SPDX-License-Identifier: Apache-2.0 */
#include "models/rng.h"

#include <string.h>

#include "aw/sha256.h"

void tw_rng_init(struct tw_rng *rng, const uint8_t seed[TW_RNG_SEED],
                 const char *label)
{
    struct aw_sha256 h;

    memset(rng, 0, sizeof(*rng));
    aw_sha256_init(&h);
    aw_sha256_update(&h, (aw_bytes){seed, TW_RNG_SEED});
    aw_sha256_update(&h, aw_text(label));
    aw_sha256_final(&h, rng->seed);
}

static void next_block(struct tw_rng *rng)
{
    uint8_t number[8];
    struct aw_sha256 h;

    for (size_t i = 0; i < sizeof(number); i++) {
        number[i] = (uint8_t)(rng->counter >> (8 * i));
    }
    rng->counter++;
    aw_sha256_init(&h);
    aw_sha256_update(&h, (aw_bytes){rng->seed, sizeof(rng->seed)});
    aw_sha256_update(&h, (aw_bytes){number, sizeof(number)});
    aw_sha256_final(&h, rng->block);
    rng->left = sizeof(rng->block);
}

void tw_rng_bytes(struct tw_rng *rng, void *to, size_t n)
{
    uint8_t *p = to;

    for (size_t i = 0; i < n; i++) {
        if (rng->left == 0) {
            next_block(rng);
        }
        p[i] = rng->block[sizeof(rng->block) - rng->left];
        rng->left--;
    }
}

uint32_t tw_rng_u32(struct tw_rng *rng)
{
    uint8_t b[4];

    tw_rng_bytes(rng, b, sizeof(b));
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

void tw_rng_save(const struct tw_rng *rng, struct tw_saver *to)
{
    tw_save_bytes(to, rng->seed, sizeof(rng->seed));
    tw_save_u64(to, rng->counter);
    tw_save_bytes(to, rng->block, sizeof(rng->block));
    tw_save_u32(to, rng->left);
}

bool tw_rng_load(struct tw_rng *rng, struct tw_loader *from)
{
    (void)tw_load_bytes(from, rng->seed, sizeof(rng->seed));
    rng->counter = tw_load_u64(from);
    (void)tw_load_bytes(from, rng->block, sizeof(rng->block));
    rng->left = tw_load_u32(from);
    if (rng->left > sizeof(rng->block)) {
        from->failed = true;
    }
    if (from->failed) {
        rng->left = 0;
    }
    return !from->failed;
}
