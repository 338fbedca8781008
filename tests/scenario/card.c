/* SPDX-License-Identifier: Apache-2.0 */
/* No test: writes what the QEMU runs of the bootloader start from. */
#include "aw/emmc.h"
#include "boot_support.h"
#include "suites.h"
#include "support.h"

extern const char *card_path; /* of main.c */

enum { CARD_SIZE_GIB = 4 };

/* The eMMC's map on an SD card. */
START_TEST(make_card)
{
    static struct made made;
    const struct making how = good();
    struct tw_file file;
    uint64_t slot = slot_block(0) * TW_BLOCK;
    uint64_t config = config_block(0) * TW_BLOCK;

    ck_assert_ptr_nonnull(card_path);
    release_make(&how, &made);
    ck_assert_int_eq(
        tw_file_open(&file, card_path, (uint64_t)CARD_SIZE_GIB << 30), AW_OK);
    struct tw_store store = tw_file_store(&file);

    ck_assert(store.write(store.ctx, slot, how.elf.p, how.elf.n));
    ck_assert(store.write(store.ctx, config, made.record, sizeof(made.record)));
    tw_file_close(&file);
}
END_TEST

Suite *card_suite(void)
{
    Suite *s = suite_create("card");
    TCase *tc = tcase_create("card");

    tcase_add_test(tc, make_card);
    suite_add_tcase(s, tc);
    return s;
}
