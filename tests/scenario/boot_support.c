/* SPDX-License-Identifier: Apache-2.0 */
#include "boot_support.h"

#include <stdio.h>

#include "aw/emmc.h"
#include "support.h"

struct device d;

uint64_t config_block(unsigned copy)
{
    return aw_emmc_find(AW_EMMC_CONFIG, AW_TRUSTED_OS, copy)->first;
}

uint64_t slot_block(unsigned slot)
{
    return aw_emmc_find(AW_EMMC_SLOT, AW_TRUSTED_OS, slot)->first;
}

uint64_t state_block(unsigned i)
{
    return aw_emmc_find(AW_EMMC_BOOT_STATE, AW_BOOTLOADER, i)->first;
}

void boot_setup(void)
{
    device_init(&d, TW_ULL);
    device_put(&d, 2, device_file("boot_debug.imx"));
}

void boot_teardown(void)
{
    device_free(&d);
}

struct making good(void)
{
    return (struct making){
        .elf = device_file("tests/test_os.elf"),
        .version = "1.2.3",
        .component = AW_TRUSTED_OS,
    };
}

void install(const struct making *how, unsigned copy)
{
    static struct made made;

    release_make(how, &made);
    device_put(&d, slot_block(how->slot), how->elf);
    device_put(&d, config_block(copy),
               (aw_bytes){made.record, sizeof(made.record)});
}

void expect_clean(void)
{
    static const enum tw_report_kind kinds[] = {
        TW_REPORT_DMA_DIRTY, TW_REPORT_UNPREDICTABLE, TW_REPORT_UNDEFINED,
        TW_REPORT_REFUSED,   TW_REPORT_UNMAPPED,      TW_REPORT_MISUSE};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        ck_assert_msg(d.board.report.counts[kinds[i]] == 0, "%s", d.reported);
    }
}

void expect_start(const char *line)
{
    ck_assert_msg(device_boot(&d, "OS: ready", BOOT_MS), "%s", d.console);
    ck_assert_msg(device_said(&d, line), "%s", d.console);
    expect_clean();
}

void expect_end(unsigned code, unsigned detail)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "panic %u.%u: ", code, detail);
    (void)device_run(&d, NULL, REFUSE_MS);
    ck_assert_msg(device_said(&d, text), "want %s in: %s", text, d.console);
    ck_assert_msg(!device_said(&d, "OS:"), "%s", d.console);
    ck_assert_uint_eq(d.code, code);
    ck_assert_uint_eq(d.code_detail, detail);
    ck_assert_int_eq(d.board.rom.phase, TW_ROM_SERIAL);
    expect_clean();
}

void expect_refusal(unsigned code, unsigned detail)
{
    (void)device_boot(&d, NULL, 0);
    expect_end(code, detail);
}
