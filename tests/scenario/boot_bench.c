/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"
#include "boot_support.h"
#include "suites.h"

/* design: at most 20 million without RPMB, 75 with it. */
START_TEST(open_part)
{
    bench_boot_image("i.MX6ULL, open", device_file("boot.imx"), 20000000);
}
END_TEST

Suite *boot_bench_suite(void)
{
    Suite *s = suite_create("boot_bench");
    TCase *tc = tcase_create("instructions");

    tcase_add_checked_fixture(tc, boot_setup, boot_teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, open_part);
    suite_add_tcase(s, tc);
    return s;
}
