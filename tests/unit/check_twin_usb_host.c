/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/host.h"

#include <string.h>

#include "suites.h"
#include "support.h"
#include "usb_gadget.h"

enum { IPS = 528000000, BULK = 512 };

static struct {
    struct tw_clock clock;
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct usb_gadget gadget;
    struct tw_urb urb;
    unsigned completed;
    unsigned changed;
    uint8_t data[GADGET_DATA];
} t;

static void completed(void *ctx, struct tw_urb *urb)
{
    (void)ctx;
    (void)urb;
    t.completed++;
}

static void changed(void *ctx)
{
    (void)ctx;
    t.changed++;
}

static void run_ms(uint64_t ms)
{
    usb_gadget_run(&t.clock, ms);
}

static void setup(void)
{
    memset(&t, 0, sizeof(t));
    tw_clock_init(&t.clock, IPS);
    usb_gadget_init(&t.gadget, &t.port, &t.clock);
    tw_usb_host_init(&t.host, &t.port, &t.clock);
    t.host.changed = changed;
}

static void plug_in(void)
{
    setup();
    tw_usb_attach(&t.port, &t.gadget.device);
    tw_usb_cable(&t.port, true);
    run_ms(500);
    ck_assert(t.host.found.present);
}

static enum tw_urb_result transfer(uint8_t endpoint, size_t size, uint64_t ms)
{
    t.urb = (struct tw_urb){.endpoint = endpoint,
                            .data = t.data,
                            .size = size,
                            .complete = completed};
    tw_usb_submit(&t.host, &t.urb);
    run_ms(ms);
    return t.urb.result;
}

static enum tw_urb_result control(uint8_t type, uint16_t value, uint16_t size)
{
    const struct aw_usb_setup s = {
        .request_type = type, .request = 7, .value = value, .length = size};

    t.urb =
        (struct tw_urb){.data = t.data, .size = size, .complete = completed};
    aw_usb_setup_write(&s, t.urb.setup);
    tw_usb_submit(&t.host, &t.urb);
    run_ms(10);
    return t.urb.result;
}

START_TEST(enumerates)
{
    const struct tw_usb_found *found = &t.host.found;

    tw_usb_attach(&t.port, &t.gadget.device);
    run_ms(500);
    ck_assert_uint_eq(t.gadget.resets, 0); /* no cable */
    tw_usb_cable(&t.port, true);
    run_ms(99);
    ck_assert_uint_eq(t.gadget.resets, 0);
    run_ms(400);
    ck_assert_uint_eq(t.gadget.resets, 1);
    ck_assert(found->present);
    ck_assert_uint_eq(found->arrival, 1);
    ck_assert_uint_eq(t.changed, 1);
    ck_assert_uint_eq(t.gadget.address, 1);
    ck_assert_uint_eq(t.gadget.configuration, 1);
    ck_assert_uint_eq(found->config_size, 39);
    ck_assert_uint_eq(found->device[8], 0x09);
    ck_assert_str_eq(found->maker, "Maker of tests");
    ck_assert_str_eq(found->model, "Gadget");
    ck_assert_str_eq(found->serial,
                     "\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9");
    ck_assert(tw_usb_has_endpoint(&t.host, 0x81));
    ck_assert(tw_usb_has_endpoint(&t.host, 0x82));
    ck_assert(!tw_usb_has_endpoint(&t.host, 0x02));
    ck_assert(!tw_usb_has_endpoint(&t.host, 0x91));
    ck_assert(tw_usb_has_interface(&t.host, 0));
    ck_assert(!tw_usb_has_interface(&t.host, 1));
    ck_assert(t.clock.next == UINT64_MAX); /* an idle bus has no events */
}
END_TEST

START_TEST(comes_and_goes)
{
    plug_in();
    tw_usb_cable(&t.port, false);
    ck_assert(!t.host.found.present);
    tw_usb_cable(&t.port, true);
    tw_usb_attach(&t.port, NULL);
    run_ms(500);
    ck_assert(!t.host.found.present);
    tw_usb_attach(&t.port, &t.gadget.device);
    run_ms(500);
    ck_assert(t.host.found.present);
    ck_assert_uint_eq(t.host.found.arrival, 2);
    ck_assert_uint_eq(t.host.changes, 3);
}
END_TEST

/* A device that fails to enumerate is tried a few times, and no more. */
START_TEST(gives_up)
{
    t.gadget.mute = true;
    tw_usb_attach(&t.port, &t.gadget.device);
    tw_usb_cable(&t.port, true);
    run_ms(60000);
    ck_assert(!t.host.found.present);
    ck_assert_uint_eq(t.gadget.resets, 3);
    ck_assert(t.clock.next == UINT64_MAX);

    setup();
    t.gadget.packet0 = 7;
    tw_usb_attach(&t.port, &t.gadget.device);
    tw_usb_cable(&t.port, true);
    run_ms(60000);
    ck_assert(!t.host.found.present);
    ck_assert_uint_eq(t.gadget.resets, 3);
}
END_TEST

START_TEST(without_strings)
{
    t.gadget.no_strings = true;
    t.host.configure = false;
    tw_usb_attach(&t.port, &t.gadget.device);
    tw_usb_cable(&t.port, true);
    run_ms(500);
    ck_assert(t.host.found.present);
    ck_assert_str_eq(t.host.found.serial, "");
    ck_assert_uint_eq(t.gadget.configuration, 0);
}
END_TEST

START_TEST(control_transfers)
{
    plug_in();
    /* The device has less than was asked for. */
    ck_assert_int_eq(control(0xc0, 100, 300), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, 100);
    ck_assert_uint_eq(t.data[99], 99);
    /* A multiple of the packet size, less than was asked for: an empty packet
     * ends it. */
    ck_assert_int_eq(control(0xc0, 128, 300), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, 128);
    ck_assert_int_eq(control(0xc0, 300, 300), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, 300);
    ck_assert_int_eq(control(0xc0, 0, 0), TW_URB_DONE);

    for (unsigned i = 0; i < 300; i++) {
        t.data[i] = (uint8_t)(i * 7U);
    }
    ck_assert_int_eq(control(0x40, 0, 300), TW_URB_DONE);
    ck_assert_uint_eq(t.gadget.control_n, 300);
    ck_assert_mem_eq(t.gadget.control, t.data, 300);
    ck_assert_int_eq(control(0x40, 0, 0), TW_URB_DONE);
    ck_assert_int_eq(control(0x21, 0, 0), TW_URB_STALL);
    ck_assert_int_eq(control(0x21, 0, 10), TW_URB_STALL);
    ck_assert_int_eq(control(0xa1, 0, 10), TW_URB_STALL);
    ck_assert_int_eq(control(0x40, 0, 0), TW_URB_DONE);
}
END_TEST

START_TEST(bulk_out)
{
    plug_in();
    for (size_t i = 0; i < sizeof(t.data); i++) {
        t.data[i] = (uint8_t)(i * 31U >> 3);
    }
    ck_assert_int_eq(transfer(1, 1300, 10), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, 1300);
    ck_assert_uint_eq(t.gadget.out_packets, 3);
    ck_assert_mem_eq(t.gadget.out, t.data, 1300);
    /* No packet more than the data need; an empty one when asked for. */
    ck_assert_int_eq(transfer(1, 1024, 10), TW_URB_DONE);
    ck_assert_uint_eq(t.gadget.out_packets, 5);
    ck_assert_uint_eq(t.gadget.out_empty, 0);
    ck_assert_int_eq(transfer(1, 0, 10), TW_URB_DONE);
    ck_assert_uint_eq(t.gadget.out_empty, 1);
    t.gadget.stall_out = true;
    ck_assert_int_eq(transfer(1, 100, 10), TW_URB_STALL);
    ck_assert_int_eq(transfer(3, 100, 10), TW_URB_NO_ENDPOINT);
}
END_TEST

static void lay_out(size_t n, const size_t *length)
{
    t.gadget.packets = n;
    memcpy(t.gadget.packet, length, n * sizeof(*length));
    t.gadget.next = 0;
    tw_usb_ready(&t.port);
}

START_TEST(bulk_in)
{
    static const size_t whole[] = {BULK, BULK, BULK};
    static const size_t cut[] = {BULK, 100, BULK};
    static const size_t empty[] = {BULK, 0};

    plug_in();
    lay_out(3, whole);
    ck_assert_int_eq(transfer(0x81, 1536, 10), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, 1536);
    ck_assert_uint_eq(t.data[1535], 0xff);
    lay_out(3, cut);
    ck_assert_int_eq(transfer(0x81, 4096, 10), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, 612);
    ck_assert_uint_eq(t.gadget.packets, 1);
    lay_out(2, empty);
    ck_assert_int_eq(transfer(0x81, 4096, 10), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, 512);
    /* More than there is room for. */
    lay_out(3, whole);
    ck_assert_int_eq(transfer(0x81, 100, 10), TW_URB_BABBLE);
    ck_assert_uint_eq(t.urb.done, 100);
    t.gadget.stall_in = true;
    ck_assert_int_eq(transfer(0x81, 100, 10), TW_URB_STALL);
}
END_TEST

/* A refused packet waits for the device, not for a poll. */
START_TEST(waits_for_the_device)
{
    static const size_t one[] = {64};

    plug_in();
    t.gadget.nak_ticks = IPS / 100;
    t.completed = 0;
    ck_assert_int_eq(transfer(1, 1024, 9), TW_URB_PENDING);
    ck_assert_uint_eq(t.gadget.out_packets, 0);
    run_ms(12);
    ck_assert_int_eq(t.urb.result, TW_URB_DONE);
    ck_assert_uint_eq(t.completed, 1);
    t.gadget.nak_ticks = 0;

    ck_assert_int_eq(transfer(0x81, 64, 1000), TW_URB_PENDING);
    ck_assert(t.clock.next == UINT64_MAX);
    lay_out(1, one);
    run_ms(1);
    ck_assert_int_eq(t.urb.result, TW_URB_DONE);
    /* Another endpoint goes on meanwhile. */
    ck_assert_int_eq(transfer(0x82, 64, 10), TW_URB_PENDING);
    struct tw_urb other = {
        .endpoint = 1, .data = t.data, .size = 10, .complete = completed};

    tw_usb_submit(&t.host, &other);
    run_ms(1);
    ck_assert_int_eq(other.result, TW_URB_DONE);
    ck_assert_int_eq(t.urb.result, TW_URB_PENDING);
    tw_usb_cancel(&t.host, &t.urb);
    ck_assert_int_eq(t.urb.result, TW_URB_CANCELLED);
}
END_TEST

START_TEST(in_order)
{
    struct tw_urb urb[3];
    static const size_t packets[] = {10, 20, 30};

    plug_in();
    t.completed = 0;
    for (size_t i = 0; i < 3; i++) {
        urb[i] = (struct tw_urb){.endpoint = 0x81,
                                 .data = t.data + i * BULK,
                                 .size = BULK,
                                 .complete = completed};
        tw_usb_submit(&t.host, &urb[i]);
    }
    run_ms(1);
    tw_usb_cancel(&t.host, &urb[1]);
    lay_out(3, packets);
    run_ms(1);
    ck_assert_uint_eq(t.completed, 3);
    ck_assert_uint_eq(urb[0].done, 10);
    ck_assert_int_eq(urb[1].result, TW_URB_CANCELLED);
    ck_assert_uint_eq(urb[2].done, 20);
    ck_assert_uint_eq(t.data[1024], 10);
}
END_TEST

START_TEST(unplugged)
{
    plug_in();
    t.completed = 0;
    ck_assert_int_eq(transfer(0x81, 64, 1), TW_URB_PENDING);
    tw_usb_cable(&t.port, false);
    ck_assert_int_eq(t.urb.result, TW_URB_GONE);
    ck_assert_uint_eq(t.completed, 1);
    ck_assert_int_eq(transfer(1, 64, 1), TW_URB_GONE);
    ck_assert_uint_eq(t.completed, 2);
    tw_usb_cancel(&t.host, &t.urb);
    ck_assert_uint_eq(t.completed, 2);
}
END_TEST

/* Nobody answers any more, though the pull-up is there. */
START_TEST(mute)
{
    plug_in();
    t.gadget.mute = true;
    ck_assert_int_eq(transfer(1, 64, 1), TW_URB_ERROR);
    ck_assert_int_eq(control(0x40, 0, 0), TW_URB_ERROR);
}
END_TEST

/* Time on the bus: 64 KiB need more than 1.1 ms at 480 Mbit/s, and less than
 * 1.5 ms. */
START_TEST(takes_time)
{
    plug_in();
    ck_assert_int_eq(transfer(1, 65536, 1), TW_URB_PENDING);
    run_ms(1);
    ck_assert_int_eq(t.urb.result, TW_URB_DONE);
    uint64_t ticks = t.clock.now;

    plug_in();
    ck_assert_int_eq(transfer(1, 65536, 2), TW_URB_DONE);
    ck_assert(t.clock.now == ticks);
}
END_TEST

static void wrong(enum tw_usb_wrong what, uint8_t endpoint, uint32_t skip,
                  uint32_t times)
{
    t.host.fault = (struct tw_usb_fault){
        .wrong = what, .endpoint = endpoint, .skip = skip, .times = times};
}

/* Each fault strikes the transfers that were named, and no others. */
START_TEST(faults)
{
    plug_in();
    wrong(TW_USB_STALLED, 0x01, 1, 2);
    ck_assert_int_eq(transfer(0x01, BULK, 5), TW_URB_DONE);
    ck_assert_int_eq(control(0x40, 1, 8), TW_URB_DONE);
    ck_assert_int_eq(transfer(0x01, BULK, 5), TW_URB_STALL);
    ck_assert_int_eq(transfer(0x01, BULK, 5), TW_URB_STALL);
    ck_assert_int_eq(transfer(0x01, BULK, 5), TW_URB_DONE);
    ck_assert_uint_eq(t.gadget.out_packets, 2);
    wrong(TW_USB_LOST, 0, 0, 1);
    ck_assert_int_eq(control(0x40, 1, 8), TW_URB_ERROR);
    ck_assert_int_eq(control(0x40, 1, 8), TW_URB_DONE);
    /* Half of what is sent, half of the first packet that comes. */
    wrong(TW_USB_SHORT, 0x01, 0, 1);
    ck_assert_int_eq(transfer(0x01, (size_t)4 * BULK, 5), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, (size_t)2 * BULK);
    wrong(TW_USB_SHORT, 0x81, 0, 1);
    t.gadget.packet[0] = BULK;
    t.gadget.packet[1] = 100;
    t.gadget.packets = 2;
    ck_assert_int_eq(transfer(0x81, (size_t)2 * BULK, 5), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, BULK / 2);
    ck_assert_int_eq(transfer(0x81, BULK, 5), TW_URB_DONE);
    ck_assert_uint_eq(t.urb.done, 100);
    /* A device that cannot be enumerated for a while is found later. */
    tw_usb_cable(&t.port, false);
    wrong(TW_USB_STALLED, 0, 0, 2);
    tw_usb_cable(&t.port, true);
    run_ms(2000);
    ck_assert(t.host.found.present);
    ck_assert_uint_eq(t.host.fault.times, 0);
}
END_TEST

START_TEST(snapshot)
{
    struct tw_saver to = {0};

    plug_in();
    struct tw_device device = tw_usb_host_device(&t.host, "usb1-host");

    device.save(device.model, &to);
    memset(&t.host.found, 0, sizeof(t.host.found));
    struct tw_loader from = {.bytes = to.bytes, .n = to.n};

    ck_assert(device.load(device.model, &from));
    ck_assert(t.host.found.present);
    ck_assert_str_eq(t.host.found.model, "Gadget");
    ck_assert_int_eq(transfer(1, 64, 1), TW_URB_DONE);
    for (size_t n = 0; n < to.n; n++) {
        from = (struct tw_loader){.bytes = to.bytes, .n = n};
        ck_assert(!device.load(device.model, &from));
        ck_assert(!t.host.found.present);
    }
    tw_saver_free(&to);
}
END_TEST

Suite *suite_twin_usb_host(void)
{
    Suite *s = suite_create("twin_usb_host");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, enumerates);
    tcase_add_test(tc, comes_and_goes);
    tcase_add_test(tc, gives_up);
    tcase_add_test(tc, without_strings);
    tcase_add_test(tc, control_transfers);
    tcase_add_test(tc, bulk_out);
    tcase_add_test(tc, bulk_in);
    tcase_add_test(tc, waits_for_the_device);
    tcase_add_test(tc, in_order);
    tcase_add_test(tc, unplugged);
    tcase_add_test(tc, mute);
    tcase_add_test(tc, takes_time);
    tcase_add_test(tc, faults);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
