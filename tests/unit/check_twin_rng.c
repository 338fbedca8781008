/* SPDX-License-Identifier: Apache-2.0 */
/* Noise of the models, which a board repeats. */
#include "models/rng.h"

#include <string.h>

#include "suites.h"
#include "support.h"

static const uint8_t seed[TW_RNG_SEED] = {9};

START_TEST(rng_repeats)
{
    struct tw_rng a;
    struct tw_rng b;
    struct tw_saver s = {0};
    uint8_t x[100];
    uint8_t y[100];

    tw_rng_init(&a, seed, "one");
    tw_rng_init(&b, seed, "two");
    tw_rng_bytes(&a, x, sizeof(x));
    tw_rng_bytes(&b, y, sizeof(y));
    ck_assert_mem_ne(x, y, sizeof(x));
    tw_rng_save(&a, &s);
    tw_rng_bytes(&a, x, sizeof(x));
    struct tw_loader from = {.bytes = s.bytes, .n = s.n};

    ck_assert(tw_rng_load(&b, &from));
    tw_rng_bytes(&b, y, sizeof(y));
    ck_assert_mem_eq(x, y, sizeof(x));
    from = (struct tw_loader){.bytes = s.bytes, .n = s.n - 1};
    ck_assert(!tw_rng_load(&b, &from));
    tw_saver_free(&s);
}
END_TEST

Suite *suite_twin_rng(void)
{
    Suite *s = suite_create("twin_rng");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, rng_repeats);
    suite_add_tcase(s, tc);
    return s;
}
