/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/release.h"

#include <signal.h>
#include <string.h>

#include "aw/release_make.h"
#include "suites.h"
#include "support.h"

static const struct {
    const char *name;
    enum aw_component component;
    bool has_hab;
} names[] = {
    {"BOOTLOADER", AW_BOOTLOADER, true},
    {"RECOVERY", AW_RECOVERY, true},
    {"TRUSTED_OS", AW_TRUSTED_OS, false},
    {"TRUSTED_APPLET", AW_TRUSTED_APPLET, false},
};

START_TEST(component_names)
{
    enum aw_component c = AW_BOOTLOADER;

    ck_assert_uint_eq(COUNT(names), AW_COMPONENTS);
    CK_ASSERT_BYTES(aw_text(aw_component_name(names[_i].component)),
                    aw_text(names[_i].name));
    ck_assert_int_eq(aw_component_parse(aw_text(names[_i].name), &c), AW_OK);
    ck_assert_int_eq(c, names[_i].component);
    ck_assert(aw_component_has_hab(c) == names[_i].has_hab);
}
END_TEST

static const char *const unknown[] = {
    "", "trusted_os", "TRUSTED_OS ", "TRUSTED_OSX", "TRUSTED_O", "BOOT"};

START_TEST(component_unknown)
{
    enum aw_component c = AW_RECOVERY;

    ck_assert_int_eq(aw_component_parse(aw_text(unknown[_i]), &c),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(c, AW_RECOVERY);
}
END_TEST

START_TEST(component_out_of_range)
{
    (void)aw_component_name((enum aw_component)AW_COMPONENTS);
}
END_TEST

START_TEST(seal)
{
    struct aw_release r = {0};

    ck_assert(!aw_release_sealed(&r));
    aw_release_seal(&r);
    ck_assert(aw_release_sealed(&r));
    struct aw_release copy = r;

    ck_assert(aw_release_sealed(&copy));
    for (unsigned bit = 0; bit < 32; bit++) {
        copy = r;
        copy.seal ^= UINT32_C(1) << bit;
        ck_assert(!aw_release_sealed(&copy));
    }
    memset(&copy, 0xff, sizeof(copy.seal));
    ck_assert(!aw_release_sealed(&copy));
}
END_TEST

Suite *suite_release(void)
{
    Suite *s = suite_create("release");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, component_names, 0, (int)COUNT(names));
    tcase_add_loop_test(tc, component_unknown, 0, (int)COUNT(unknown));
    tcase_add_test_raise_signal(tc, component_out_of_range, SIGABRT);
    tcase_add_test(tc, seal);
    suite_add_tcase(s, tc);
    return s;
}
