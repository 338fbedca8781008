/* SPDX-License-Identifier: Apache-2.0 */
/* The OTG model on a bus: enumeration, transfers, power. */
#include "models/otg.h"

#include <string.h>

#include "otg_rig.h"
#include "suites.h"
#include "support.h"

START_TEST(enumerates)
{
    og_plug_in();
    ck_assert_uint_eq(og.resets, 1);
    ck_assert_uint_eq(og.configuration, 1);
    ck_assert_uint_eq(og_read(OTG_DEVICEADDR), UINT32_C(1) << 25);
    ck_assert_uint_eq(og_read(OTG_PORTSC1) >> 26 & 3, 2); /* high speed */
    ck_assert_uint_eq(og_read(OTG_PORTSC1) & 1, 1);
    ck_assert(og.host.found.present);
    ck_assert_uint_eq(og.rig.report.counts[TW_REPORT_MISUSE], 0);
    /* Off the bus. */
    og_write(OTG_USBCMD, 0);
    ck_assert(!og.host.found.present);
    og_write(OTG_USBCMD, 1);
    og_run_ms(300);
    ck_assert(og.host.found.present);
    ck_assert_uint_eq(og.resets, 2);
}
END_TEST

START_TEST(full_speed)
{
    og_start_controller();
    og_write(OTG_PORTSC1, og_read(OTG_PORTSC1) | 1 << 24);
    tw_usb_cable(&og.port, true);
    og_run_ms(300);
    ck_assert(og.host.found.present);
    ck_assert(og.port.full_speed);
    ck_assert_uint_eq(og_read(OTG_PORTSC1) >> 26 & 3, 0);
}
END_TEST

START_TEST(control_transfers)
{
    uint8_t data[400];
    size_t done = 0;

    og_plug_in();
    ck_assert_int_eq(og_control(0xc0, 0, data, 400, &done), AW_OK);
    ck_assert_uint_eq(done, 200);
    ck_assert_uint_eq(data[199], 0x5a);
    memset(data, 0x77, sizeof(data));
    ck_assert_int_eq(og_control(0x40, 0, data, 400, &done), AW_OK);
    ck_assert_mem_eq(og.memory + og_buffer_at(0), data, 400);
    ck_assert_int_eq(og_control(0x40, 7, data, 0, &done), AW_ERR_STALL);
    /* The next setup packet ends the stall. */
    ck_assert_int_eq(og_control(0xc0, 0, data, 400, &done), AW_OK);
    ck_assert_uint_eq(og_read(OTG_CTRL0) & 0x10001, 0);
}
END_TEST

/* Lengths around packet, page and descriptor limits, there and back. */
START_TEST(bulk_echo)
{
    static const size_t lengths[] = {0,    1,    511,  512,  513,  1023,
                                     1024, 4095, 4096, 4097, 8192, 16383};
    static uint8_t data[0x4000];
    static uint8_t back[0x5000];

    og_plug_in();
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 13 >> 2);
    }
    for (size_t i = 0; i < COUNT(lengths); i++) {
        size_t done = 0;

        ck_assert_int_eq(og.usb.transfer(og.usb.ctx, 1, data, lengths[i], &done,
                                         OG_TIMEOUT_MS),
                         AW_OK);
        if (lengths[i] > 0 && lengths[i] % OG_BULK == 0) {
            /* Whole packets do not end a transfer; an empty one does. */
            ck_assert_int_eq(
                og.usb.transfer(og.usb.ctx, 1, data, 0, &done, OG_TIMEOUT_MS),
                AW_OK);
        }
        ck_assert_int_eq(og.usb.transfer(og.usb.ctx, 0x81, back, sizeof(back),
                                         &done, OG_TIMEOUT_MS),
                         AW_OK);
        ck_assert_uint_eq(done, lengths[i]);
        ck_assert_mem_eq(back, data, lengths[i]);
    }
    ck_assert_uint_eq(og.completions, 2 * COUNT(lengths));
    ck_assert_uint_eq(og.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

static bool phy_off(void *ctx, unsigned index)
{
    (void)ctx;
    ck_assert_uint_eq(index, 0);
    return false;
}

START_TEST(needs_its_phy)
{
    og.otg.phy_ready = phy_off;
    og_start_controller();
    ck_assert_ptr_nonnull(strstr(og.rig.said, "PHY"));
    tw_usb_cable(&og.port, true);
    ck_assert(!og.host.attached);
}
END_TEST

/* Setup lockout, and endpoint 0 while a setup packet waits. */
START_TEST(setup_waits)
{
    uint8_t data[64] = {0};
    size_t done = 0;

    og_plug_in();
    og.deaf = true;
    const struct aw_usb_setup s = {0xc0, 0, 0, 0, 64};

    ck_assert_int_eq(og.usb.control(og.usb.ctx, &s, data, &done, 50, NULL),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(og_read(OTG_SETUPSTAT), 1);
    /* Priming is for nothing while it waits. */
    og_td(1, 0, 0, 10, true);
    og_write(OTG_PRIME, og_bit_of(1));
    ck_assert_uint_eq(og_read(OTG_STAT) & og_bit_of(1), 0);
    og.deaf = false;
    ck_assert_int_eq(og.usb.control(og.usb.ctx, &s, data, &done, 50, NULL),
                     AW_OK);
    /* The tripwire falls when a packet comes. */
    og_write(OTG_USBCMD, og_read(OTG_USBCMD) | 1 << 13);
    og.deaf = true;
    ck_assert_int_eq(og.usb.control(og.usb.ctx, &s, data, &done, 50, NULL),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(og_read(OTG_USBCMD) & 1 << 13, 0);
}
END_TEST

/* An address counts from the status packet on. */
START_TEST(address_advances)
{
    og_plug_in();
    og_write(OTG_DEVICEADDR, UINT32_C(5) << 25 | 1 << 24);
    size_t n = 0;
    uint8_t packet[64];

    ck_assert_int_eq(og.otg.device.in(&og.otg, 5, 0, packet, 64, &n),
                     TW_USB_NONE);
    og_ack();
    ck_assert_int_eq(og.otg.device.in(&og.otg, 0, 0, packet, 64, &n),
                     TW_USB_ACK);
    ck_assert_int_eq(og.otg.device.in(&og.otg, 5, 0, packet, 64, &n),
                     TW_USB_NAK);
    ck_assert_int_eq(og.otg.device.in(&og.otg, 0, 0, packet, 64, &n),
                     TW_USB_NONE);
    ck_assert_int_eq(og.otg.device.in(&og.otg, 5, 8, packet, 64, &n),
                     TW_USB_NONE);
}
END_TEST

START_TEST(power_and_suspend)
{
    og_plug_in();
    og_write(OTG_USBSTS, og_read(OTG_USBSTS));
    ck_assert_uint_ne(og_read(OTG_OTGSC) & 1 << 11, 0);
    ck_assert_uint_ne(og_read(OTG_FRINDEX), 0);
    tw_usb_cable(&og.port, false);
    ck_assert_uint_eq(og_read(OTG_OTGSC) & 1 << 11, 0);
    ck_assert_uint_ne(og_read(OTG_OTGSC) & 1 << 19, 0); /* changed */
    ck_assert_uint_eq(og_read(OTG_PORTSC1) & 1 << 7, 0);
    og_run_ms(4);
    ck_assert_uint_ne(og_read(OTG_PORTSC1) & 1 << 7, 0);
    ck_assert_uint_ne(og_read(OTG_USBSTS) & 1 << 8, 0);
    og_write(OTG_OTGSC, og_read(OTG_OTGSC));
    ck_assert_uint_eq(og_read(OTG_OTGSC) & 1 << 19, 0);
    tw_usb_cable(&og.port, true);
    og_run_ms(300);
    ck_assert(og.host.found.present);
    ck_assert_uint_eq(og_read(OTG_PORTSC1) & 1 << 7, 0);
    /* As an interrupt. */
    og_write(OTG_USBSTS, og_read(OTG_USBSTS));
    og_write(OTG_OTGSC,
             (og_read(OTG_OTGSC) & ~(UINT32_C(0x7f) << 16)) | 1 << 27);
    ck_assert(og.irq.level);
}
END_TEST

START_TEST(left_running)
{
    tw_otg_left_running(&og.otg);
    ck_assert_uint_eq(og_read(OTG_USBMODE) & 3, 2);
    ck_assert_uint_eq(og_read(OTG_USBCMD) & 1, 1);
    tw_usb_cable(&og.port, true);
    ck_assert(!og.host.attached);
    og_plug_in();
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device device = tw_otg_device(&og.otg);
    struct tw_saver to = {0};
    static uint8_t data[1000];
    size_t done = 0;

    og_plug_in();
    device.save(device.model, &to);
    ck_assert_int_eq(
        og.usb.transfer(og.usb.ctx, 1, data, 100, &done, OG_TIMEOUT_MS), AW_OK);
    struct tw_loader from = {.bytes = to.bytes, .n = to.n};

    ck_assert(device.load(device.model, &from));
    ck_assert_uint_eq(from.at, to.n);
    ck_assert(og.port.device == &og.otg.device);
    ck_assert_uint_ne(og_read(OTG_STAT) & og_bit_of(2), 0);
    og_td(2, 0, 0, 0x4000, true);
    ck_assert_int_eq(
        og.usb.transfer(og.usb.ctx, 1, data, 1000, &done, OG_TIMEOUT_MS),
        AW_OK);
    tw_saver_free(&to);
    rig_round_trip(&og.rig, &device);
}
END_TEST

START_TEST(non_core)
{
    static struct tw_otg_nc nc;

    tw_otg_nc_init(&nc, &og.rig.bus);
    ck_assert_uint_eq(og_read(TW_OTG_NC_BASE), 0x30001000);
    og_write(TW_OTG_NC_BASE + 4, 0x80);
    ck_assert_uint_eq(og_read(TW_OTG_NC_BASE + 4) & 0x80, 0x80);
    struct tw_device device = tw_otg_nc_device(&nc);

    rig_round_trip(&og.rig, &device);
}
END_TEST

Suite *suite_twin_otg(void)
{
    Suite *s = suite_create("twin_otg");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, og_setup, NULL);
    tcase_add_test(tc, enumerates);
    tcase_add_test(tc, full_speed);
    tcase_add_test(tc, control_transfers);
    tcase_add_test(tc, bulk_echo);
    tcase_add_test(tc, needs_its_phy);
    tcase_add_test(tc, setup_waits);
    tcase_add_test(tc, address_advances);
    tcase_add_test(tc, power_and_suspend);
    tcase_add_test(tc, left_running);
    tcase_add_test(tc, snapshot);
    tcase_add_test(tc, non_core);
    suite_add_tcase(s, tc);
    return s;
}
