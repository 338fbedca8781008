/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/term.h"
#include "common/usb.h"
#include "suites.h"
#include "support.h"

static struct aw_usb_id id_at(const char *path)
{
    struct aw_usb_id id = {.vendor = 0x15a2, .product = 0x0080};

    memcpy(id.path, path, strlen(path) + 1);
    return id;
}

/* What is seen one after the other, and what is known then. */
START_TEST(sees)
{
    static const struct {
        const char *path;
        const char *serial;
        int want;
        const char *known;
    } rows[] = {
        {"1-1.4", NULL, 0, ""},
        {"1-1.4", "", 0, ""},
        {"1-1.5", NULL, AW_EXIT_DEVICE, ""},
        {"1-1.5", "720A9DEAD439211E", AW_EXIT_DEVICE, ""},
        {"1-1.4", "720A9DEAD439211E0", AW_EXIT_DEVICE, ""},
        {"1-1.4", "720A9DEAD439211E", 0, "720A9DEAD439211E"},
        {"1-1.4", "720A9DEAD439211F", AW_EXIT_DEVICE, "720A9DEAD439211E"},
        {"1-1.4", "", 0, "720A9DEAD439211E"},
        {"1-1.5", "", AW_EXIT_DEVICE, "720A9DEAD439211E"},
        /* The other plug of a board that has two. */
        {"1-1.5", "720a9dead439211e", 0, "720A9DEAD439211E"},
    };
    struct aw_unit unit = {.path = ""};
    struct aw_ctx ctx = {.path = "test"};

    aw_term_init(true, 0);
    aw_pool_init(&ctx.pool);
    aw_findings_init(&ctx.found);
    aw_out_init(&ctx.out, true);
    aw_events_init(&ctx.events);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aw_usb_id id = id_at(rows[i].path);
        int got = aw_unit_see(&ctx, &unit, &id, rows[i].serial);

        ck_assert_msg(got == rows[i].want, "%zu: %d", i, got);
        ck_assert_str_eq(unit.path, "1-1.4");
        ck_assert_str_eq(unit.serial, rows[i].known);
    }
    aw_out_wipe(&ctx.out);
    aw_findings_wipe(&ctx.found);
    aw_pool_wipe(&ctx.pool);
}
END_TEST

START_TEST(modes)
{
    static const struct {
        const char *model;
        enum aw_usb_mode want;
        uint16_t vendor;
        uint16_t product;
    } rows[] = {
        {"", AW_USB_MODE_DOWNLOAD, 0x15a2, 0x007d},
        {"anything", AW_USB_MODE_DOWNLOAD, 0x15a2, 0x0080},
        {"SE Blank MEGREZ", AW_USB_MODE_OTHER, 0x15a2, 0x0054},
        {"Storage Media", AW_USB_MODE_RECOVERY, 0x1209, 0x2702},
        {"Armory Witness", AW_USB_MODE_CONTROL, 0x1209, 0x2702},
        {"", AW_USB_MODE_OTHER, 0x1209, 0x2702},
        {"Armory Witness", AW_USB_MODE_OTHER, 0x1209, 0x2703},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aw_usb_id id = {.vendor = rows[i].vendor,
                               .product = rows[i].product};

        memcpy(id.model, rows[i].model, strlen(rows[i].model) + 1);
        ck_assert_int_eq(aw_usb_mode(&id), rows[i].want);
    }
    ck_assert_str_eq(aw_usb_mode_name(AW_USB_MODE_OTHER), "other");
}
END_TEST

Suite *suite_unit(void)
{
    Suite *s = suite_create("unit");
    TCase *tc = tcase_create("unit");

    tcase_add_test(tc, sees);
    tcase_add_test(tc, modes);
    suite_add_tcase(s, tc);
    return s;
}
