/* SPDX-License-Identifier: Apache-2.0 */
/* What the bootloader knew and leaves in memory: no key of a closed part, nor
 * anything that stands for one. */
#include <string.h>

#include "aw/hmac.h"
#include "aw/text.h"
#include "closed.h"
#include "suites.h"
#include "support.h"

enum { SECRETS = 8, OS_MS = 3000 };

/* Of vector e: the device's key and the RPMB's; the states of SHA-256 after the
 * inner and the outer block of HMAC with each, as words of memory: who has those
 * makes MACs without the key; and both keys as they stand in the inner block.
 * Eight bytes of each are enough to know it by. */
static const char *const secrets[CLOSED_PARTS][SECRETS] = {
    {"6d1d726f43b30c02", "b72dec335d56cea1", "6c5d9bd3f1b2d825",
     "fd77b1e214d13c67", "398406314f14dc69", "c231d59b979c4ebc",
     "5b2b445975853a34", "811bda056b60f897"},
    {"2e9e29f42ccba018", "20ebdcd9575c9c82", "8092c40b2a7caab8",
     "d35ab2cbf570a300", "992509d4eeff895f", "7dd80b8f6f714330",
     "18a81fc21afd962e", "16ddeaef616aaab4"},
};

static const uint8_t *find(const struct tw_memory *memory, aw_bytes secret)
{
    return memmem(memory->bytes, memory->size, secret.p, secret.n);
}

static void search(const struct tw_memory *memory, aw_bytes secret,
                   unsigned which)
{
    const uint8_t *at = find(memory, secret);

    ck_assert_msg(at == NULL, "secret %u in %s at %08x", which, memory->name,
                  (unsigned)(memory->base + (at - memory->bytes)));
}

static void expect_no_secrets(const struct part *part)
{
    for (unsigned i = 0; i < SECRETS; i++) {
        aw_bytes secret = vec_unhex(aw_text(secrets[part - closed_parts][i]));

        search(&d.board.ddr, secret, i);
        search(&d.board.ocram, secret, i);
    }
}

/* That this test would find something: while it works the bootloader has the
 * keys in the chip's own memory, and nowhere else. */
START_TEST(in_use)
{
    const struct part *part = &closed_parts[_i];
    struct making how = good();
    bool seen[2] = {false, false};

    closed_make(part, true);
    closed_set_version(part, 1, "1.0.0");
    install(&how, 0);
    (void)device_boot(&d, NULL, 0);
    for (unsigned ms = 0; ms < OS_MS && !device_said(&d, "OS:"); ms++) {
        struct tw_clock *clock = &d.board.clock;

        (void)tw_board_run(&d.board,
                           clock->now + tw_clock_ticks(clock, 1, 1000), NULL);
        for (unsigned i = 0; i < 2; i++) {
            aw_bytes key = vec_unhex(aw_text(secrets[_i][i]));

            seen[i] = seen[i] || find(&d.board.ocram, key) != NULL;
            ck_assert(find(&d.board.ddr, key) == NULL);
        }
    }
    ck_assert(seen[0]);
}
END_TEST

START_TEST(start)
{
    const struct part *part = &closed_parts[_i];
    struct making how = good();

    closed_make(part, true);
    closed_set_version(part, 1, "1.0.0");
    install(&how, 0);
    expect_start("rollback 2");
    expect_no_secrets(part);
}
END_TEST

/* The end that a refusal has, from where the memory can be read. */
START_TEST(refusal)
{
    const struct part *part = &closed_parts[_i % CLOSED_PARTS];
    struct making how = good();

    closed_make(part, true);
    closed_set_version(part, 1, _i < 2 ? "9.0.0" : "1.0.0");
    if (_i >= 4) {
        d.board.emmc.nvm.record.key[7] ^= 1;
        ck_assert(tw_nvm_commit(&d.board.emmc.nvm, 0, NULL, 0));
    }
    how.bad_proof = _i >= 2;
    install(&how, 0);
    (void)device_boot(&d, NULL, REFUSE_MS);
    ck_assert_int_eq(d.board.rom.phase, TW_ROM_SERIAL);
    expect_no_secrets(part);
}
END_TEST

Suite *boot_secrets_suite(void)
{
    Suite *s = suite_create("boot_secrets");
    TCase *tc = tcase_create("memory");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, in_use, 0, (int)CLOSED_PARTS);
    tcase_add_loop_test(tc, start, 0, (int)CLOSED_PARTS);
    tcase_add_loop_test(tc, refusal, 0, 6);
    suite_add_tcase(s, tc);
    return s;
}
