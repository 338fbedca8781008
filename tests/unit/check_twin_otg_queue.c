/* SPDX-License-Identifier: Apache-2.0 */
/* Queue heads and descriptors of the OTG model, and what drivers do wrong. */
#include <string.h>

#include "otg_rig.h"
#include "suites.h"
#include "support.h"

/* A chain of descriptors; only the last one interrupts. */
START_TEST(chains)
{
    static uint8_t data[4000];
    size_t done = 0;

    og_plug_in();
    og_flush(og_bit_of(2));
    og_td(2, 0, 0, 1024, false);
    og_td(2, 1, 1024, 512, false);
    og_td(2, 2, 0x1f01, 2048, true);
    og_prime(2);
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i ^ i >> 8);
    }
    ck_assert_int_eq(
        og.usb.transfer(og.usb.ctx, 1, data, 3584, &done, OG_TIMEOUT_MS),
        AW_OK);
    ck_assert_mem_eq(og.memory + og_buffer_at(2), data, 1536);
    ck_assert_mem_eq(og.memory + og_buffer_at(2) + 0x1f01, data + 1536, 2048);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(og_word(og_td_at(2, i) + 4) & 0x7fff00ff, 0);
    }
    og_run_ms(1);
    ck_assert_uint_eq(og.completions, 1);
}
END_TEST

/* A descriptor that is appended while the chain runs is found. */
START_TEST(appends)
{
    static uint8_t data[1024];
    size_t done = 0;

    og_plug_in();
    og_flush(og_bit_of(2));
    og_td(2, 0, 0, 512, true);
    og_prime(2);
    og_td(2, 1, 0x2000, 512, true);
    og_set_word(og_td_at(2, 0), OG_MEMORY + og_td_at(2, 1));
    og_write(OTG_USBCMD, og_read(OTG_USBCMD) | 1 << 14);
    ck_assert_uint_ne(og_read(OTG_STAT) & og_bit_of(2), 0);
    ck_assert_uint_ne(og_read(OTG_USBCMD) & 1 << 14, 0);
    ck_assert_int_eq(
        og.usb.transfer(og.usb.ctx, 1, data, 512, &done, OG_TIMEOUT_MS), AW_OK);
    ck_assert_uint_ne(og_read(OTG_STAT) & og_bit_of(2), 0);
    /* The hazard that ATDTW is there for: something moved meanwhile. */
    ck_assert_uint_eq(og_read(OTG_USBCMD) & 1 << 14, 0);
    memset(data, 0x33, sizeof(data));
    ck_assert_int_eq(
        og.usb.transfer(og.usb.ctx, 1, data, 512, &done, OG_TIMEOUT_MS), AW_OK);
    ck_assert_mem_eq(og.memory + og_buffer_at(2) + 0x2000, data, 512);
}
END_TEST

START_TEST(stalls_and_naks)
{
    uint8_t data[64] = {0};
    size_t done = 0;

    og_plug_in();
    og_write(OTG_CTRL1, og_read(OTG_CTRL1) | 1 << 16);
    ck_assert_int_eq(
        og.usb.transfer(og.usb.ctx, 0x81, data, 64, &done, OG_TIMEOUT_MS),
        AW_ERR_STALL);
    og_write(OTG_CTRL1, og_read(OTG_CTRL1) & ~(UINT32_C(1) << 16));
    og_write(OTG_NAK, og_read(OTG_NAK));
    ck_assert_int_eq(og.usb.transfer(og.usb.ctx, 0x81, data, 64, &done, 10),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(og_read(OTG_NAK), og_bit_of(3));
    og_write(OTG_CTRL1, og_read(OTG_CTRL1) | 1);
    ck_assert_int_eq(
        og.usb.transfer(og.usb.ctx, 1, data, 64, &done, OG_TIMEOUT_MS),
        AW_ERR_STALL);
    /* An endpoint that is off does not answer. */
    og_write(OTG_CTRL1, 2 << 2 | 2 << 18);
    ck_assert_int_eq(
        og.usb.transfer(og.usb.ctx, 1, data, 64, &done, OG_TIMEOUT_MS),
        AW_ERR_IO);
}
END_TEST

/* More than the descriptor has room for. */
START_TEST(overflow)
{
    uint8_t data[512] = {0};
    size_t done = 0;

    og_plug_in();
    og_flush(og_bit_of(2));
    og_listen_bulk(100);
    ck_assert_int_eq(og.usb.transfer(og.usb.ctx, 1, data, 200, &done, 100),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(og_word(og_td_at(2, 0) + 4) & 0xff, 0x60);
    ck_assert_uint_eq(og_read(OTG_STAT) & og_bit_of(2), 0);
}
END_TEST

/* What silicon would do silently wrong is reported, and not done. */
START_TEST(misuse)
{
    static const struct {
        const char *name;
        uint32_t at;
        uint32_t value;
        const char *said;
    } rows[] = {
        {"inactive", OG_TDS + 2 * OG_CHAIN * 32 + 4, 100 << 16, "not active"},
        {"halted", OG_TDS + 2 * OG_CHAIN * 32 + 4, 100 << 16 | 0xc0, "halted"},
        {"no packet size", OG_HEADS + 128, 0, "packet size"},
        {"Mult", OG_HEADS + 128, 1U << 30 | 512 << 16, "Mult"},
        {"no descriptor", OG_HEADS + 128 + 8, 1, "without a descriptor"},
        {"stale status", OG_HEADS + 128 + 12, 0x40, "status bits"},
        {"alignment", OG_HEADS + 128 + 8, OG_MEMORY + OG_TDS + 4, "aligned"},
    };

    og_plug_in();
    for (size_t i = 0; i < COUNT(rows); i++) {
        og_flush(og_bit_of(2));
        og_head(2, OG_BULK, true);
        og_td(2, 0, 0, 100, true);
        og_set_word(OG_HEADS + 128 + 8, OG_MEMORY + og_td_at(2, 0));
        og_set_word(rows[i].at, rows[i].value);
        og_write(OTG_PRIME, og_bit_of(2));
        ck_assert_msg(strstr(og.rig.said, rows[i].said) != NULL, "%s: %s",
                      rows[i].name, og.rig.said);
        ck_assert_msg((og_read(OTG_STAT) & og_bit_of(2)) == 0 || i == 3, "%s",
                      rows[i].name);
    }
    og_head(2, OG_BULK, true);
    og_td(2, 0, 0, 100, true);
    og_prime(2);
    og_write(OTG_PRIME, og_bit_of(2));
    ck_assert_ptr_nonnull(strstr(og.rig.said, "primed while"));
    og_write(OTG_USBMODE, 3);
    ck_assert_ptr_nonnull(strstr(og.rig.said, "without a reset"));
    ck_assert_uint_eq(og_read(OTG_USBMODE) & 3, 2);
    og_write(OTG_CTRL1 + 4, 1 << 7 | 2 << 2);
    ck_assert_ptr_nonnull(strstr(og.rig.said, "type control"));
    og_write(OTG_USBCMD, 2);
    og_write(OTG_USBCMD, 1);
    ck_assert_ptr_nonnull(strstr(og.rig.said, "before USBMODE"));
    og_write(OTG_USBCMD, 0);
    og_write(OTG_USBMODE, 3);
    og_write(OTG_USBCMD, 1);
    ck_assert_ptr_nonnull(strstr(og.rig.said, "host mode"));
    ck_assert(!og.host.attached);
}
END_TEST

/* Memory that is not there: a system error, no crash. */
START_TEST(bad_memory)
{
    uint8_t data[64] = {0};
    size_t done = 0;

    og_plug_in();
    og_flush(og_bit_of(2));
    og_td(2, 0, 0, 64, true);
    og_set_word(og_td_at(2, 0) + 8, 0x10000000);
    og_prime(2);
    ck_assert_int_eq(og.usb.transfer(og.usb.ctx, 1, data, 64, &done, 100),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_ne(og_read(OTG_USBSTS) & 1 << 4, 0);
    og_flush(og_bit_of(3));
    og_write(OTG_LISTADDR, 0x10000000);
    og_write(OTG_PRIME, og_bit_of(3));
    ck_assert_uint_eq(og_read(OTG_STAT) & og_bit_of(3), 0);
}
END_TEST

Suite *suite_twin_otg_queue(void)
{
    Suite *s = suite_create("twin_otg_queue");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, og_setup, NULL);
    tcase_add_test(tc, chains);
    tcase_add_test(tc, appends);
    tcase_add_test(tc, stalls_and_naks);
    tcase_add_test(tc, overflow);
    tcase_add_test(tc, misuse);
    tcase_add_test(tc, bad_memory);
    suite_add_tcase(s, tc);
    return s;
}
