/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/merkle.h"

#include <string.h>

#include "aw/sha256.h"

bool aw_hash_equal(const aw_hash *a, const aw_hash *b)
{
    return memcmp(a->b, b->b, AW_HASH_SIZE) == 0;
}

void aw_merkle_empty(aw_hash *root)
{
    aw_sha256((aw_bytes){NULL, 0}, root->b);
}
