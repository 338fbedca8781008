/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's USB device on the twin's OTG model: enumeration, standard
 * requests, halts, resets. */
#include <string.h>

#include "msc_rig.h"
#include "suites.h"
#include "support.h"

static aw_err control(struct aw_usb_setup setup, uint8_t *data, size_t *done)
{
    return bot_control(&mr.bot, &setup, data, done);
}

static void setup(void)
{
    mr_start(false);
}

/* As the Go project's recovery has them. */
static const uint8_t device_descriptor[] = {0x12, 0x01, 0x00, 0x02, 0x00, 0x00,
                                            0x00, 0x40, 0x09, 0x12, 0x02, 0x27,
                                            0x01, 0x00, 0x01, 0x02, 0x03, 0x01};
static const uint8_t config_descriptor[] = {
    0x09, 0x02, 0x20, 0x00, 0x01, 0x01, 0x00, 0x80, 0xfa, 0x09, 0x04,
    0x00, 0x00, 0x02, 0x08, 0x06, 0x50, 0x00, 0x07, 0x05, 0x81, 0x02,
    0x00, 0x02, 0x00, 0x07, 0x05, 0x01, 0x02, 0x00, 0x02, 0x00};

START_TEST(enumerates)
{
    mr_plug();
    ck_assert_uint_eq(mr.id.vendor, 0x1209);
    ck_assert_uint_eq(mr.id.product, 0x2702);
    ck_assert_uint_eq(mr.id.speed, AW_USB_SPEED_HIGH);
    ck_assert_str_eq(mr.id.maker, "TamaGo");
    ck_assert_str_eq(mr.id.model, "Storage Media");
    ck_assert_str_eq(mr.id.serial, "0123456789ABCDEF");
    ck_assert_mem_eq(mr.host.found.device, device_descriptor, 18);
    ck_assert_uint_eq(mr.host.found.config_size, sizeof(config_descriptor));
    ck_assert_mem_eq(mr.host.found.config, config_descriptor,
                     sizeof(config_descriptor));
    ck_assert_uint_eq(mr_device->configuration, 1);
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

START_TEST(full_speed)
{
    uint8_t data[64];
    size_t n = 0;

    mr_start(true);
    mr_plug();
    ck_assert_uint_eq(mr.id.speed, AW_USB_SPEED_FULL);
    ck_assert_uint_eq(mr.host.found.config[22], 64);
    ck_assert_uint_eq(mr.host.found.config[23], 0);
    /* Other speed: what it would be at high speed. */
    ck_assert_int_eq(
        control((struct aw_usb_setup){0x80, 6, 0x0700, 0, 64}, data, &n),
        AW_OK);
    ck_assert_uint_eq(n, 32);
    ck_assert_uint_eq(data[1], 7);
    ck_assert_uint_eq(data[23], 2);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* Standard and class requests: what is asked, and what comes. */
static const struct {
    uint8_t type;
    uint8_t request;
    uint16_t value;
    uint16_t index;
    uint16_t length;
    aw_err want;
    uint16_t n;
    uint8_t first; /* byte of the answer */
} requests[] = {
    {0x80, 0x00, 0, 0, 2, AW_OK, 2, 0},           /* GET_STATUS */
    {0x80, 0x00, 1, 0, 2, AW_ERR_STALL, 0, 0},    /* value */
    {0x80, 0x00, 0, 0, 3, AW_ERR_STALL, 0, 0},    /* length */
    {0x81, 0x00, 0, 0, 2, AW_OK, 2, 0},           /* of interface */
    {0x81, 0x00, 0, 1, 2, AW_ERR_STALL, 0, 0},    /* no such interface */
    {0x82, 0x00, 0, 0x81, 2, AW_OK, 2, 0},        /* of endpoint */
    {0x82, 0x00, 0, 0x82, 2, AW_ERR_STALL, 0, 0}, /* no such endpoint */
    {0x82, 0x00, 0, 0, 2, AW_OK, 2, 0},           /* endpoint 0 */
    {0x83, 0x00, 0, 0, 2, AW_ERR_STALL, 0, 0},    /* recipient: other */
    {0x80, 0x06, 0x0100, 0, 18, AW_OK, 18, 18},
    {0x80, 0x06, 0x0100, 0, 8, AW_OK, 8, 18},
    {0x80, 0x06, 0x0100, 0, 255, AW_OK, 18, 18},
    {0x80, 0x06, 0x0100, 0, 0, AW_OK, 0, 0},
    {0x80, 0x06, 0x0101, 0, 18, AW_ERR_STALL, 0, 0}, /* index */
    {0x80, 0x06, 0x0200, 0, 9, AW_OK, 9, 9},
    {0x80, 0x06, 0x0300, 0, 255, AW_OK, 4, 4},
    {0x80, 0x06, 0x0301, 0x0409, 255, AW_OK, 14, 14},
    {0x80, 0x06, 0x0303, 0x0409, 255, AW_OK, 34, 34},
    {0x80, 0x06, 0x0304, 0x0409, 255, AW_ERR_STALL, 0, 0}, /* no string 4 */
    {0x80, 0x06, 0x0600, 0, 10, AW_OK, 10, 10},
    {0x80, 0x06, 0x0600, 0, 4, AW_OK, 4, 10},
    {0x80, 0x06, 0x0f00, 0, 5, AW_ERR_STALL, 0, 0}, /* BOS */
    {0x81, 0x06, 0x2200, 0, 64, AW_ERR_STALL, 0, 0},
    {0x80, 0x08, 0, 0, 1, AW_OK, 1, 1},
    {0x81, 0x0a, 0, 0, 1, AW_OK, 1, 0},
    {0x81, 0x0a, 0, 1, 1, AW_ERR_STALL, 0, 0},
    {0x01, 0x0b, 0, 0, 0, AW_OK, 0, 0},
    {0x01, 0x0b, 1, 0, 0, AW_ERR_STALL, 0, 0}, /* alternate setting 1 */
    {0x00, 0x09, 2, 0, 0, AW_ERR_STALL, 0, 0}, /* configuration 2 */
    {0x00, 0x03, 1, 0, 0, AW_ERR_STALL, 0, 0}, /* remote wake-up */
    {0x00, 0x03, 2, 0, 0, AW_ERR_STALL, 0, 0}, /* test mode */
    {0x00, 0x07, 0, 0, 4, AW_ERR_STALL, 0, 0}, /* SET_DESCRIPTOR */
    {0x00, 0x05, 200, 0, 0, AW_ERR_STALL, 0, 0},
    {0xa1, 0xfe, 0, 0, 1, AW_OK, 1, MR_UNITS - 1}, /* GET MAX LUN */
    {0xa1, 0xfe, 1, 0, 1, AW_ERR_STALL, 0, 0},
    {0xa1, 0xfe, 0, 1, 1, AW_ERR_STALL, 0, 0},
    {0xa1, 0xfe, 0, 0, 2, AW_ERR_STALL, 0, 0},
    {0x80, 0xfe, 0, 0, 1, AW_ERR_STALL, 0, 0}, /* not a class request */
    {0xc0, 0x01, 0, 0, 8, AW_ERR_STALL, 0, 0},
    {0x40, 0x01, 0, 0, 8, AW_ERR_STALL, 0, 0},
    {0x21, 0xff, 0, 0, 8, AW_ERR_STALL, 0, 0},    /* reset with data */
    {0x21, 0x09, 0, 0, 2000, AW_ERR_STALL, 0, 0}, /* more than fits */
    {0x21, 0xff, 0, 0, 0, AW_OK, 0, 0},
};

START_TEST(control_requests)
{
    mr_plug();
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        static uint8_t data[2048];
        size_t n = 0;

        memset(data, 0, sizeof(data));
        aw_err got =
            control((struct aw_usb_setup){requests[i].type, requests[i].request,
                                          requests[i].value, requests[i].index,
                                          requests[i].length},
                    data, &n);

        ck_assert_msg(got == requests[i].want, "request %zu: %s", i,
                      aw_err_name(got));
        if (got == AW_OK && requests[i].type >= 0x80) {
            ck_assert_msg(n == requests[i].n, "request %zu: %zu", i, n);
            ck_assert_msg(data[0] == requests[i].first, "request %zu: %02x", i,
                          data[0]);
        }
    }
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* A halt that the host sets and clears, both ways. */
START_TEST(halts)
{
    static const uint8_t endpoints[] = {0x01, 0x81};
    uint8_t data[2];
    size_t n = 0;

    mr_plug();
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(
            control((struct aw_usb_setup){2, 3, 0, endpoints[i], 0}, NULL,
                    NULL),
            AW_OK);
        ck_assert_int_eq(
            control((struct aw_usb_setup){0x82, 0, 0, endpoints[i], 2}, data,
                    &n),
            AW_OK);
        ck_assert_uint_eq(data[0], 1);
        ck_assert_int_eq(bot_clear_halt(&mr.bot, endpoints[i]), AW_OK);
        ck_assert_int_eq(
            control((struct aw_usb_setup){0x82, 0, 0, endpoints[i], 2}, data,
                    &n),
            AW_OK);
        ck_assert_uint_eq(data[0], 0);
        ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
    }
    ck_assert_int_eq(
        control((struct aw_usb_setup){2, 3, 1, 0x81, 0}, NULL, NULL),
        AW_ERR_STALL);
    ck_assert_int_eq(
        control((struct aw_usb_setup){2, 3, 0, 0x82, 0}, NULL, NULL),
        AW_ERR_STALL);
    ck_assert_int_eq(
        control((struct aw_usb_setup){2, 1, 0, 0x80, 0}, NULL, NULL), AW_OK);
}
END_TEST

START_TEST(configuration_0_and_back)
{
    uint8_t data[1];

    mr_plug();
    ck_assert_int_eq(control((struct aw_usb_setup){0, 9, 0, 0, 0}, NULL, NULL),
                     AW_OK);
    ck_assert_uint_eq(mr_msc->state, MSC_OFF);
    ck_assert_int_eq(
        control((struct aw_usb_setup){0x80, 8, 0, 0, 1}, data, NULL), AW_OK);
    ck_assert_uint_eq(data[0], 0);
    ck_assert_int_eq(
        control((struct aw_usb_setup){0xa1, 0xfe, 0, 0, 1}, data, NULL),
        AW_ERR_STALL);
    ck_assert_int_eq(control((struct aw_usb_setup){0, 9, 1, 0, 0}, NULL, NULL),
                     AW_OK);
    ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
}
END_TEST

/* Unplugged in every state, and plugged in again. */
START_TEST(unplug_and_replug)
{
    static const uint8_t write[] = {0x2a, 0, 0, 0, 0, 0, 0, 0, 200, 0};

    mr_plug();
    for (unsigned i = 0; i < 4; i++) {
        static uint8_t data[4096];

        if (i > 0) {
            ck_assert_int_eq(bot_wrapper(&mr.bot, 0,
                                         (aw_bytes){write, sizeof(write)},
                                         false, 200 * MSC_BLOCK),
                             AW_OK);
        }
        if (i > 1) {
            ck_assert_int_eq(
                bot_out(&mr.bot, data, i == 2 ? 512 : sizeof(data)), AW_OK);
        }
        mr_unplug();
        ck_assert(mr_usbd->suspended);
        ck_assert(!mr.host.found.present);
        mr_plug();
        ck_assert(!mr_usbd->suspended);
        ck_assert_uint_eq(bot_sense(&mr.bot, 0), 0);
    }
    ck_assert_uint_eq(mr.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

Suite *suite_fw_usb(void)
{
    Suite *s = suite_create("fw_usb");
    TCase *tc = tcase_create("usb");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, enumerates);
    tcase_add_test(tc, full_speed);
    tcase_add_test(tc, control_requests);
    tcase_add_test(tc, halts);
    tcase_add_test(tc, configuration_0_and_back);
    tcase_add_test(tc, unplug_and_replug);
    suite_add_tcase(s, tc);
    return s;
}
