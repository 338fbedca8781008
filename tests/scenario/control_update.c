/* SPDX-License-Identifier: Apache-2.0 */
/* New firmware over the control interface: what is installed, what is refused
 * and leaves the eMMC as it was, what becomes of a host that goes away. */
#include "suites.h"

#include <string.h>

#include "aw/emmc.h"
#include "control_sender.h"
#include "fw/abi.h"
#include "os_support.h"
#include "spoilt.h"
#include "support.h"

enum {
    IDLE_MS = 20 * 60000,
    PAUSE_MS = 40000,       /* of an applet that ended some times */
    SLOT_LOOK = 128 * 1024, /* bytes of the free slot that are looked at */
    TRIAL_MS = 90 * 60000
};

static void setup(void)
{
    boot_setup();
    put_system();
    expect_boot("os: healthy", UP_MS + HEALTHY_MS);
    sender_attach();
}

static struct aw_ctl_incoming incoming(void)
{
    static struct aw_ctl_information i;

    sender_expect(aw_control_information(&control, &i, NULL), AW_OK);
    return i.incoming;
}

/* What the device says of a copy of the applet. */
static struct aw_ctl_slot applet_slot(unsigned copy)
{
    static struct aw_ctl_information i;

    sender_expect(aw_control_information(&control, &i, NULL), AW_OK);
    for (size_t k = 0; k < i.n_slots; k++) {
        if (i.slots[k].copy == copy &&
            strcmp(i.slots[k].component, "TRUSTED_APPLET") == 0) {
            return i.slots[k];
        }
    }
    return (struct aw_ctl_slot){.copy = 0};
}

static void install_and_reboot(const struct making *how)
{
    sender_make(how);
    d.n_console = 0;
    d.console[0] = '\0';
    sender_expect(sender_all(0), AW_OK);
    /* The answer is there before the device goes. */
    ck_assert_msg(!device_said(&d, "reboot"), "%s", said());
    d.n_console = 0;
    d.console[0] = '\0';
    expect_text("reboot", 3000);
}

START_TEST(new_applet)
{
    struct making new = applet_release("1.0.1", 1);

    new.slot = 0; /* what its record says does not matter */
    install_and_reboot(&new);
    expect_text("applet: 1.0.1, copy 1, slot B", UP_MS);
    ck_assert(!is_confirmed(AW_BOOT_APPLET));
    expect_text("os: healthy", UP_MS + HEALTHY_MS);
    ck_assert(is_confirmed(AW_BOOT_APPLET) && is_confirmed(AW_BOOT_OS));
    /* Both copies say what they are; one that proves nothing says nothing. */
    sender_attach();
    ck_assert_str_eq(applet_slot(1).version, "1.0.1");
    ck_assert(applet_slot(1).started && applet_slot(1).confirmed);
    ck_assert_str_eq(applet_slot(2).version, "1.0.0");
    ck_assert(!applet_slot(2).started && !applet_slot(2).confirmed);
    /* The same version again, into the other slot. */
    install_and_reboot(&new);
    expect_text("applet: 1.0.1, copy 1, slot A", UP_MS);
    expect_clean();
}
END_TEST

START_TEST(new_os)
{
    struct making new = os_release("tests/os_new.elf", "1.1.0", 1);

    install_and_reboot(&new);
    expect_text("os 1.1.0 ", UP_MS);
    ck_assert_msg(device_said(&d, "start: copy 1, slot B, attempt 1"), "%s",
                  said());
    expect_text("os: healthy", UP_MS + HEALTHY_MS);
    ck_assert(is_confirmed(AW_BOOT_OS));
    expect_clean();
}
END_TEST

/* Three lives, then the version before; and an OS on which no applet runs. */
START_TEST(sick_applet)
{
    struct making new = applet_release("1.0.1", 1);
    const struct order order = {.sick = "1.0.1"};

    put_order(&order);
    install_and_reboot(&new);
    expect_text("applet: 1.0.0, copy 2, slot A", IDLE_MS);
    expect_text("os: healthy", HEALTHY_MS);
    ck_assert(!is_confirmed(AW_BOOT_APPLET));
}
END_TEST

START_TEST(sick_os)
{
    struct making new = os_release("tests/os_vectors.elf", "1.2.0", 1);

    install_and_reboot(&new);
    expect_text("start: copy 2, slot A", TRIAL_MS);
    expect_text("os: healthy", UP_MS + HEALTHY_MS);
    ck_assert(!is_confirmed(AW_BOOT_OS));
}
END_TEST

/* Both configurations, and the slots that are free. */
static void read_card(uint8_t *to)
{
    static const enum aw_component kinds[] = {AW_TRUSTED_OS, AW_TRUSTED_APPLET};

    for (unsigned k = 0; k < COUNT(kinds); k++) {
        for (unsigned i = 0; i < 2; i++) {
            device_get(&d, aw_emmc_find(AW_EMMC_CONFIG, kinds[k], i)->first, to,
                       AW_BOOTCFG_MAX);
            to += AW_BOOTCFG_MAX;
        }
        device_get(&d, aw_emmc_find(AW_EMMC_SLOT, kinds[k], 1)->first, to,
                   SLOT_LOOK);
        to += SLOT_LOOK;
    }
}

/* Sends `sent`, and tells what came of it. */
static void expect_refused(const char *name, const char *why)
{
    enum { CARD = 2 * (2 * AW_BOOTCFG_MAX + SLOT_LOOK) };
    static uint8_t was[CARD];
    static uint8_t is[CARD];

    read_card(was);
    ck_assert_int_eq(sender_all(0), AW_ERR_REFUSED);
    ck_assert_uint_eq(control.fault, 0);
    ck_assert_msg(strstr(control.reason, why) != NULL, "%s: %s", name,
                  control.reason);
    /* It is over; nothing was written, and the device goes on. */
    ck_assert_int_eq(sender_end(), AW_ERR_REFUSED);
    (void)device_run(&d, NULL, 3000);
    ck_assert_msg(!device_said(&d, "reboot"), "%s: %s", name, said());
    read_card(is);
    ck_assert_mem_eq(was, is, sizeof(was));
    ck_assert_str_eq(incoming().component, "");
}

START_TEST(refused)
{
    struct making how = spoilt_release(&spoilt[_i]);

    sender_make(&how);
    expect_refused(spoilt[_i].name, spoilt[_i].control);
}
END_TEST

START_TEST(changed_on_its_way)
{
    static uint8_t file[1 << 20];
    struct making how = applet_release("1.2.0", 1);

    sender_make(&how);
    ck_assert_uint_lt(sent.file.n, sizeof(file));
    memcpy(file, sent.file.p, sent.file.n);
    file[sent.file.n / 2] ^= 4;
    sent.file.p = file;
    expect_refused("one bit on its way", "");
}
END_TEST

/* Before the present one has shown that it works. */
START_TEST(on_trial)
{
    struct making new = applet_release("1.0.1", 1);
    struct making next = applet_release("1.0.2", 1);

    install_and_reboot(&new);
    expect_text("applet: ready", UP_MS);
    sender_attach();
    sender_make(&next);
    sender_expect(sender_all(0), AW_ERR_REFUSED);
    ck_assert_msg(strstr(control.reason, "update: not now") != NULL, "%s",
                  control.reason);
}
END_TEST

/* Messages in the wrong order, or of the wrong form. */
START_TEST(wrong_order)
{
    struct making new = applet_release("1.0.1", 1);
    struct aw_ctl_update u;
    static uint8_t answer[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(answer, sizeof(answer));

    sender_make(&new);
    sender_expect(sender_part(0, 100), AW_ERR_REFUSED);
    sender_expect(sender_end(), AW_ERR_REFUSED);
    sender_expect(sender_begin(), AW_OK);
    sender_expect(sender_end(), AW_ERR_REFUSED); /* nothing has come */
    sender_expect(sender_part(100, 200), AW_ERR_REFUSED);
    sender_expect(sender_part(0, 100), AW_OK);
    sender_expect(sender_part(0, 100), AW_OK); /* again */
    sender_expect(sender_part(50, 150), AW_OK);
    ck_assert_uint_eq(incoming().received, 150);
    sender_expect(sender_part(151, 160), AW_ERR_REFUSED);
    sender_expect(sender_parts(150, sent.total - 1), AW_OK);
    sender_expect(sender_end(), AW_ERR_REFUSED); /* a byte is missing */
    u = (struct aw_ctl_update){
        .step = AW_CTL_UPDATE_PART, .offset = sent.total - 1, .n = 2};
    sender_expect(aw_control_update(&control, &u, NULL), AW_ERR_REFUSED);
    u.offset = UINT32_MAX;
    sender_expect(aw_control_update(&control, &u, NULL), AW_ERR_REFUSED);
    sender_expect(sender_part(sent.total - 1, sent.total), AW_OK);
    ck_assert_uint_eq(incoming().received, sent.total);
    for (unsigned i = 0; i < 9; i++) {
        u = sender_beginning();
        switch (i) {
        case 0:
            u.evidence = 0;
            break;
        case 1:
            u.evidence = AW_BOOTCFG_MAX + 1;
            break;
        case 2:
            u.file = 0;
            break;
        case 3:
            u.file = 0x02000001;
            break;
        case 4:
            u.file = UINT32_MAX;
            break;
        case 5:
            u.digest_n = 31;
            break;
        case 6:
            memcpy(u.component, "BOOTLOADER", 11);
            break;
        case 7:
            u.component[0] = '\0';
            break;
        default:
            u.step = 9;
            break;
        }
        sender_expect(aw_control_update(&control, &u, NULL), AW_ERR_REFUSED);
    }
    /* As upstream's host would ask. */
    sender_expect(
        aw_control_call(&control, AW_CTL_UPDATE, (aw_bytes){NULL, 0}, &w, NULL),
        AW_OK);
    ck_assert_uint_gt(w.n, 2);
    ck_assert_uint_eq(answer[1], 1);
    /* None of this did harm. */
    sender_expect(sender_end(), AW_OK);
    expect_text("applet: 1.0.1, copy 1, slot B", UP_MS);
}
END_TEST

/* A host that goes away, by the cable or in the middle of a message; the next
 * one goes on where it was. */
START_TEST(resumes)
{
    struct making new = applet_release("1.0.1", 1);
    uint8_t report[AW_CONTROL_REPORT] = {0, 0, 0, 1, AW_CTL_UPDATE, 0x10};
    uint32_t half = 0;
    size_t n = 0;

    sender_make(&new);
    half = sent.total / 2;
    sender_expect(sender_begin(), AW_OK);
    sender_expect(sender_parts(0, half), AW_OK);
    ck_assert_int_eq(control_host.open.transfer(control_host.open.ctx, 0x03,
                                                report, sizeof(report), &n,
                                                UP_MS),
                     AW_OK);
    if (_i == 0) {
        tw_board_plug(&d.board, 0, false);
        (void)device_run(&d, NULL, 20);
    } else {
        control_host.open.close(control_host.open.ctx);
    }
    sender_attach();
    struct aw_ctl_incoming got = incoming();

    ck_assert_str_eq(got.component, "TRUSTED_APPLET");
    ck_assert_uint_eq(got.received, half);
    ck_assert_uint_eq(got.total, sent.total);
    ck_assert_uint_eq(got.digest_n, sizeof(sent.digest));
    ck_assert_mem_eq(got.digest, sent.digest, sizeof(sent.digest));
    sender_expect(sender_all(half), AW_OK);
    expect_text("applet: 1.0.1, copy 1, slot B", UP_MS);
}
END_TEST

/* Another update takes the place of one that was not ended; power takes it
 * too. */
START_TEST(another_one)
{
    struct making first = applet_release("1.0.1", 1);
    struct making second = applet_release("1.0.2", 1);

    sender_make(&first);
    sender_expect(sender_begin(), AW_OK);
    sender_expect(sender_parts(0, sent.total), AW_OK);
    sender_make(&second);
    sender_expect(sender_begin(), AW_OK);
    ck_assert_uint_eq(incoming().received, 0);
    sender_expect(sender_parts(0, sent.total), AW_OK);
    ck_assert(device_boot(&d, "applet: version 1.0.0", UP_MS));
    sender_attach();
    ck_assert_str_eq(incoming().component, "");
    sender_expect(sender_all(0), AW_OK);
    expect_text("applet: 1.0.2, copy 1, slot B", UP_MS);
}
END_TEST

/* An applet that installs something else meanwhile does not disturb. */
START_TEST(applet_meanwhile)
{
    struct making mine = applet_release("1.0.2", 1);
    struct making its = applet_release("1.0.1", 1);
    const struct order order = {.sick = "1.0.0"};

    put_order(&order); /* it begins anew all the time */
    sender_make(&mine);
    expect_boot("applet: version", UP_MS);
    sender_attach();
    sender_expect(sender_begin(), AW_OK);
    sender_expect(sender_parts(0, sent.total), AW_OK);
    order_install(&its);
    expect_text("applet: installed 0x", PAUSE_MS);
    (void)device_run(&d, NULL, 20); /* the rest of the line */
    ck_assert_msg(device_said(&d, "applet: installed 0x0000001c"), "%s",
                  said());
    sender_expect(sender_end(), AW_OK);
    no_order();
    expect_text("applet: 1.0.2, copy 1, slot B", UP_MS);
}
END_TEST

/* A copy beside the one that runs, whose manifest nobody signed. */
START_TEST(unproven_copy)
{
    struct making other = applet_release("7.0.0", 1);

    other.os_key[0] = _i == 0 ? "other" : NULL;
    put_release(&other, 2);
    expect_boot("os: healthy", UP_MS + HEALTHY_MS);
    sender_attach();
    ck_assert_str_eq(applet_slot(1).version, "1.0.0");
    ck_assert_uint_eq(applet_slot(2).copy, 2);
    ck_assert_str_eq(applet_slot(2).version, _i == 0 ? "" : "7.0.0");
}
END_TEST

Suite *control_update_suite(void)
{
    Suite *s = suite_create("control_update");
    TCase *tc = tcase_create("update");

    tcase_add_checked_fixture(tc, setup, boot_teardown);
    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, new_applet);
    tcase_add_test(tc, new_os);
    tcase_add_test(tc, sick_applet);
    tcase_add_test(tc, sick_os);
    tcase_add_loop_test(tc, refused, 0, SPOILT);
    tcase_add_test(tc, changed_on_its_way);
    tcase_add_test(tc, on_trial);
    tcase_add_test(tc, wrong_order);
    tcase_add_loop_test(tc, resumes, 0, 2);
    tcase_add_test(tc, another_one);
    tcase_add_test(tc, applet_meanwhile);
    tcase_add_loop_test(tc, unproven_copy, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}
