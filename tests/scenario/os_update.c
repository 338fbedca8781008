/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of OS and applet by the applet: what is refused, what is installed,
 * what shows that it works and what gives way. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "aw/emmc.h"
#include "fw/abi.h"
#include "os_support.h"
#include "spoilt.h"
#include "support.h"

/* Ten minutes are five for each life of an applet that is not ready. */
enum { INSTALL_MS = 8000, IDLE_MS = 20 * 60000, TRIAL_MS = 90 * 60000 };

static void setup(void)
{
    boot_setup();
    put_system();
}

/* Up, healthy, confirmed: then an order is carried out by the next start. */
static void settle(void)
{
    expect_boot("os: healthy", UP_MS + HEALTHY_MS);
    ck_assert(is_confirmed(AW_BOOT_OS) && is_confirmed(AW_BOOT_APPLET));
}

/* The applet orders, gets its answer, and the device starts anew. */
static void install_by_applet(const struct making *how)
{
    order_install(how);
    expect_boot("applet: installed", INSTALL_MS);
    expect_text("reboot", 3000);
    ck_assert_msg(device_said(&d, "applet: installed 0x00000000"), "%s",
                  said());
    no_order();
    d.n_console = 0;
    d.console[0] = '\0';
}

START_TEST(new_applet)
{
    struct making new = applet_release("1.0.1", 1);

    settle();
    new.slot = 0; /* what its record says does not matter */
    install_by_applet(&new);
    expect_text("applet: version 1.0.1", UP_MS);
    ck_assert_msg(device_said(&d, "applet: 1.0.1, copy 1, slot B"), "%s",
                  said());
    ck_assert(!is_confirmed(AW_BOOT_APPLET));
    expect_text("os: healthy", HEALTHY_MS);
    ck_assert(is_confirmed(AW_BOOT_APPLET) && is_confirmed(AW_BOOT_OS));
    expect_clean();
    /* And from there to slot A. */
    new.version = "1.0.2";
    install_by_applet(&new);
    expect_text("applet: 1.0.2, copy 1, slot A", UP_MS);
}
END_TEST

START_TEST(new_os)
{
    struct making new = os_release("tests/os_new.elf", "1.1.0", 1);

    settle();
    install_by_applet(&new);
    expect_text("os 1.1.0 ", UP_MS);
    ck_assert_msg(device_said(&d, "start: copy 1, slot B, attempt 1"), "%s",
                  said());
    ck_assert(!is_confirmed(AW_BOOT_OS));
    expect_text("os: healthy", UP_MS + HEALTHY_MS);
    ck_assert(is_confirmed(AW_BOOT_OS));
    expect_clean();
}
END_TEST

/* Nothing on the eMMC changes for what is refused. */
static void read_configs(uint8_t *to)
{
    for (unsigned i = 0; i < 2; i++) {
        device_get(&d, config_block(i), to + (size_t)i * AW_BOOTCFG_MAX,
                   AW_BOOTCFG_MAX);
        device_get(&d,
                   aw_emmc_find(AW_EMMC_CONFIG, AW_TRUSTED_APPLET, i)->first,
                   to + (size_t)(2 + i) * AW_BOOTCFG_MAX, AW_BOOTCFG_MAX);
    }
}

START_TEST(refused)
{
    static uint8_t was[4 * AW_BOOTCFG_MAX];
    static uint8_t is[4 * AW_BOOTCFG_MAX];
    const struct spoilt *bad = &spoilt[_i];
    struct making how = spoilt_release(bad);
    char text[48];

    read_configs(was);
    order_install(&how);
    expect_boot("applet: installed 0x", INSTALL_MS);
    (void)device_run(&d, NULL, 20); /* the rest of the line */
    if (bad->call != AW_OK) {
        (void)snprintf(text, sizeof(text), "applet: installed 0x%08x",
                       (unsigned)bad->call);
        ck_assert_msg(device_said(&d, text), "%s: want %s in %s", bad->name,
                      text, said());
    }
    ck_assert_msg(!device_said(&d, "applet: installed 0x00000000"), "%s: %s",
                  bad->name, said());
    (void)device_run(&d, NULL, 3000);
    ck_assert_msg(!device_said(&d, "reboot"), "%s: %s", bad->name, said());
    read_configs(is);
    ck_assert_mem_eq(was, is, sizeof(was));
}
END_TEST

/* An update before the present one has shown that it works would take the way
 * back. */
START_TEST(not_on_trial)
{
    struct making old = applet_release("1.0.0", 0);
    struct making new = applet_release("1.0.1", 1);
    struct making next = applet_release("1.0.2", 0);

    put_release(&old, 2);
    put_release(&new, 1);
    order_install(&next);
    expect_boot("applet: installed 0x", INSTALL_MS);
    (void)device_run(&d, NULL, 20); /* the rest of the line */
    ck_assert_msg(device_said(&d, "applet: installed 0x0000001c"), "%s",
                  said());
}
END_TEST

/* Three lives, then the version before. */
START_TEST(sick_applet)
{
    struct making old = applet_release("1.0.0", 0);
    struct making new = applet_release("1.0.1", 1);
    struct order order = {.sick = "1.0.1"};

    if (_i == 1) {
        order = (struct order){.idle = "1.0.1"};
    }
    put_release(&old, 2);
    put_release(&new, 1);
    put_order(&order);
    expect_boot("applet: 1.0.0, copy 2, slot A", IDLE_MS);
    expect_text("applet: version 1.0.0", UP_MS);
    expect_text("os: healthy", HEALTHY_MS);
    ck_assert(!is_confirmed(AW_BOOT_APPLET));
    ck_assert_uint_eq(d.resets, 0);
    /* The next start does not try it again. */
    expect_boot("applet: version", UP_MS);
    (void)device_run(&d, NULL, 20); /* the rest of the line */
    ck_assert_msg(device_said(&d, "applet: version 1.0.0"), "%s", said());
    expect_clean();
}
END_TEST

/* From there a better one is installed over the bad one. */
START_TEST(better_applet)
{
    struct making old = applet_release("1.0.0", 0);
    struct making new = applet_release("1.0.1", 1);
    struct making next = applet_release("1.0.2", 1);
    const struct order order = {.sick = "1.0.1"};

    put_release(&old, 2);
    put_release(&new, 1);
    put_order(&order);
    expect_boot("os: healthy", IDLE_MS);
    install_by_applet(&next);
    expect_text("applet: 1.0.2, copy 1, slot B", UP_MS);
    expect_text("os: healthy", UP_MS + HEALTHY_MS);
    ck_assert(is_confirmed(AW_BOOT_APPLET));
}
END_TEST

/* An OS on which the applet does not run gives way to the one before. */
START_TEST(sick_os)
{
    struct making old = os_release("tests/os_old.elf", "1.0.0", 0);
    struct making new = os_release("tests/os_vectors.elf", "1.2.0", 1);

    put_release(&old, 2);
    put_release(&new, 1);
    expect_boot("start: copy 2, slot A", TRIAL_MS);
    ck_assert_uint_eq(d.resets, 3);
    expect_text("applet: ready", UP_MS);
    expect_text("os: healthy", HEALTHY_MS);
    ck_assert(!is_confirmed(AW_BOOT_OS));
}
END_TEST

/* Neither copy of the applet is good: the OS lives on. */
START_TEST(no_applet)
{
    struct making applet = applet_release("1.0.0", 0);

    applet.bad_digest = true;
    put_release(&applet, 1);
    expect_boot("applet: ERR_DIGEST", UP_MS);
    (void)device_run(&d, NULL, 2000);
    ck_assert_msg(!device_said(&d, "applet: version"), "%s", said());
    ck_assert_uint_eq(d.resets, 0);
    expect_clean();
}
END_TEST

Suite *os_update_suite(void)
{
    Suite *s = suite_create("os_update");
    TCase *tc = tcase_create("update");

    tcase_add_checked_fixture(tc, setup, boot_teardown);
    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, new_applet);
    tcase_add_test(tc, new_os);
    tcase_add_loop_test(tc, refused, 0, SPOILT);
    tcase_add_test(tc, not_on_trial);
    tcase_add_loop_test(tc, sick_applet, 0, 2);
    tcase_add_test(tc, better_applet);
    tcase_add_test(tc, sick_os);
    tcase_add_test(tc, no_applet);
    suite_add_tcase(s, tc);
    return s;
}
