/* SPDX-License-Identifier: Apache-2.0 */
/* The bootloader on the twin: what it starts, what it refuses and how it says
 * so. */
#include "suites.h"

#include "aw/emmc.h"
#include "device.h"
#include "release.h"
#include "support.h"

enum { BOOT_MS = 2000, REFUSE_MS = 60000 };

static struct device d;
static struct made made;

static uint64_t config_block(unsigned copy)
{
    return aw_emmc_find(AW_EMMC_CONFIG, AW_TRUSTED_OS, copy)->first;
}

static uint64_t slot_block(unsigned slot)
{
    return aw_emmc_find(AW_EMMC_SLOT, AW_TRUSTED_OS, slot)->first;
}

static void setup(void)
{
    device_init(&d, TW_ULL);
    device_put(&d, 2, device_file("boot_debug.imx"));
}

static void teardown(void)
{
    device_free(&d);
}

static struct making good(void)
{
    return (struct making){
        .elf = device_file("tests/test_os.elf"),
        .version = "1.2.3",
        .component = AW_TRUSTED_OS,
    };
}

static void install(const struct making *how, unsigned copy)
{
    release_make(how, &made);
    device_put(&d, slot_block(how->slot), how->elf);
    device_put(&d, config_block(copy),
               (aw_bytes){made.record, sizeof(made.record)});
}

/* Nothing that would go unnoticed on silicon. */
static void expect_clean(void)
{
    static const enum tw_report_kind kinds[] = {
        TW_REPORT_DMA_DIRTY, TW_REPORT_UNPREDICTABLE, TW_REPORT_UNDEFINED,
        TW_REPORT_REFUSED,   TW_REPORT_UNMAPPED,      TW_REPORT_MISUSE};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        ck_assert_msg(d.board.report.counts[kinds[i]] == 0, "%s", d.reported);
    }
}

START_TEST(boots)
{
    struct making how = good();

    how.slot = (unsigned)_i;
    install(&how, 0);
    ck_assert_msg(device_boot(&d, "OS: ready", BOOT_MS), "%s", d.console);
    ck_assert_msg(device_said(&d, _i == 0 ? "OS: slot A copy 1 attempts 1"
                                          : "OS: slot B copy 1 attempts 1"),
                  "%s", d.console);
    expect_clean();
}
END_TEST

Suite *boot_suite(void)
{
    Suite *s = suite_create("boot");
    TCase *tc = tcase_create("starts");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, boots, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}
