/* SPDX-License-Identifier: Apache-2.0 */
/* The processor by small programs. Whether each instruction computes what it
 * should is for the oracles in tests/twin. */
#include "machine.h"

#include "suites.h"
#include "support.h"

static struct machine m;

static void set_up(void)
{
    machine_open(&m);
}

static void tear_down(void)
{
    machine_close(&m);
}

#define CODE(words) machine_code(&m, MACHINE_RAM, words, COUNT(words))
#define REG(n)      tw_cpu_get(m.cpu, n)

START_TEST(small_program)
{
    static const uint32_t words[] = {
        0xe3a00005, /* mov r0, #5 */
        0xe0901180, /* adds r1, r0, r0, lsl #3 */
        0xe3e02000, /* mvn r2, #0 */
        0xe0843292, /* umull r3, r4, r2, r2 */
        0xe3a0d481, /* mov sp, #0x81000000 */
        0xe52d4004, /* str r4, [sp, #-4]! */
        0xe49d5004, /* ldr r5, [sp], #4 */
        0xeb000001, /* bl 1f */
        0xe3a07009, /* mov r7, #9 */
        0xeafffffe, /* b . */
        0xe3a06003, /* 1: mov r6, #3 */
        0xe12fff1e, /* bx lr */
    };

    CODE(words);
    ck_assert_int_eq(machine_run(&m, 20), TW_STOP_SLICE);
    ck_assert_uint_eq(m.clock.now, 20);
    ck_assert_uint_eq(tw_cpu_instructions(m.cpu), 20);
    ck_assert_uint_eq(REG(1), 45);
    ck_assert_uint_eq(REG(3), 1);
    ck_assert_uint_eq(REG(4), 0xfffffffe);
    ck_assert_uint_eq(REG(5), 0xfffffffe);
    ck_assert_uint_eq(REG(6), 3);
    ck_assert_uint_eq(REG(7), 9);
    ck_assert_uint_eq(REG(13), 0x81000000);
    ck_assert_uint_eq(REG(14), MACHINE_RAM + 8 * 4);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 9 * 4);
    ck_assert_uint_eq(REG(16), 0x000001d3);
}
END_TEST

Suite *suite_twin_cpu(void)
{
    Suite *s = suite_create("twin_cpu");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, small_program);
    suite_add_tcase(s, tc);
    return s;
}
