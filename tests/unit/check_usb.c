/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/usb.h"

#include <stdio.h>

#include "suites.h"
#include "support.h"

/* A bus on which things happen at known times. */
struct plan {
    uint64_t at; /* from then on ... */
    size_t n;    /* ... these devices are there */
    struct {
        const char *path;
        uint32_t arrival;
        bool sdp;
    } id[2];
};

struct bus {
    const struct plan *plan;
    size_t n;
    uint64_t now;
    bool broken;
};

/* Serial download mode has no serial. */
static const struct aw_usb_id sdp = {.vendor = 0x15a2, .product = 0x007d};
static const struct aw_usb_id other = {
    .vendor = 0x1209, .product = 0x2702, .serial = "7A"};

static struct aw_usb_id id_of(const struct aw_usb_id *kind, const char *path,
                              uint32_t arrival)
{
    struct aw_usb_id id = *kind;

    (void)snprintf(id.path, sizeof(id.path), "%s", path);
    id.arrival = arrival;
    return id;
}

static size_t step_at(const struct bus *bus, uint64_t now)
{
    size_t at = 0;

    while (at + 1 < bus->n && bus->plan[at + 1].at <= now) {
        at++;
    }
    return at;
}

static aw_err bus_list(void *ctx, struct aw_usb_id *id, size_t room, size_t *n,
                       uint32_t *changes, struct aw_diag *diag)
{
    struct bus *bus = ctx;
    size_t step = step_at(bus, bus->now);

    if (bus->broken) {
        return aw_fail(diag, AW_ERR_IO, "test", 0);
    }
    *n = bus->plan[step].n;
    *changes = (uint32_t)step;
    for (size_t i = 0; i < *n && i < room; i++) {
        size_t k = i < 2 ? i : 1;

        id[i] =
            id_of(bus->plan[step].id[k].sdp ? &sdp : &other,
                  bus->plan[step].id[k].path, bus->plan[step].id[k].arrival);
    }
    return AW_OK;
}

static aw_err bus_wait(void *ctx, uint32_t changes, uint32_t timeout_ms,
                       struct aw_diag *diag)
{
    struct bus *bus = ctx;
    uint64_t end = bus->now + timeout_ms;

    ck_assert_uint_gt(timeout_ms, 0);
    while (bus->now < end) {
        if (step_at(bus, bus->now) != changes) {
            return AW_OK;
        }
        bus->now++;
    }
    return aw_fail(diag, AW_ERR_TIMEOUT, "test", 0);
}

static uint64_t bus_now(void *ctx)
{
    const struct bus *bus = ctx;

    return bus->now;
}

static struct aw_usb usb_of(struct bus *bus)
{
    return (struct aw_usb){
        .ctx = bus, .list = bus_list, .wait = bus_wait, .now_ms = bus_now};
}

static const struct plan plans[] = {
    {0, 1, {{"1-1", 0, false}}},
    {100, 2, {{"1-1", 0, false}, {"1-2", 1, true}}},
    {200, 1, {{"1-2", 2, true}}},
    {300, 2, {{"1-1", 3, true}, {"1-2", 2, true}}},
    {400, 128, {{"1-1", 0, false}, {"1-2", 0, false}}},
};

static const uint16_t products[] = {0x0080, 0x007d};

START_TEST(arrival)
{
    static const struct {
        uint64_t now;
        uint32_t timeout_ms;
        const char *path;
        const char *serial;
        uint16_t vendor;
        aw_err want;
        const char *want_path;
        uint64_t want_now;
    } cases[] = {
        {0, 50, NULL, NULL, 0x15a2, AW_ERR_TIMEOUT, NULL, 50},
        {0, 100, NULL, NULL, 0x15a2, AW_ERR_TIMEOUT, NULL, 100},
        {0, 101, NULL, NULL, 0x15a2, AW_OK, "1-2", 100},
        {150, 1, NULL, NULL, 0x15a2, AW_OK, "1-2", 150},
        {0, 1000, "1-1", NULL, 0x15a2, AW_OK, "1-1", 300},
        {310, 10, NULL, NULL, 0x15a2, AW_ERR_AMBIGUOUS, NULL, 310},
        {310, 10, "1-2", NULL, 0x15a2, AW_OK, "1-2", 310},
        {0, 10, NULL, "7A", 0x1209, AW_ERR_TIMEOUT, NULL, 10},
        {400, 10, NULL, NULL, 0x15a2, AW_ERR_RESOURCE, NULL, 400},
    };
    static struct aw_usb_id list[AW_USB_DEVICES];

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bus bus = {plans, COUNT(plans), cases[i].now, false};
        struct aw_usb usb = usb_of(&bus);
        const struct aw_usb_want want = {
            .path = cases[i].path,
            .vendor = cases[i].vendor,
            .product = products,
            .n_product = COUNT(products),
            .serial = cases[i].serial,
        };
        struct aw_usb_id id = {.path = "untouched"};
        aw_err err =
            aw_usb_arrival(&usb, &want, cases[i].timeout_ms, list, &id, NULL);

        ck_assert_msg(err == cases[i].want, "%zu: %s", i, aw_err_name(err));
        ck_assert_str_eq(id.path,
                         err == AW_OK ? cases[i].want_path : "untouched");
        ck_assert_uint_eq(bus.now, cases[i].want_now);
    }
}
END_TEST

START_TEST(departure)
{
    static struct aw_usb_id list[AW_USB_DEVICES];
    const struct aw_usb_id first = id_of(&sdp, "1-2", 1);
    const struct aw_usb_id second = id_of(&sdp, "1-2", 2);
    struct bus bus = {plans, COUNT(plans), 100, false};
    struct aw_usb usb = usb_of(&bus);

    /* It left and came back between two looks: that counts. */
    ck_assert_int_eq(aw_usb_departure(&usb, &first, 500, list, NULL), AW_OK);
    ck_assert_uint_eq(bus.now, 200);
    ck_assert_int_eq(aw_usb_departure(&usb, &second, 150, list, NULL),
                     AW_ERR_TIMEOUT);
    bus.broken = true;
    ck_assert_int_eq(aw_usb_departure(&usb, &second, 150, list, NULL),
                     AW_ERR_IO);
}
END_TEST

static bool is_rom(const struct aw_usb_id *id)
{
    return id->vendor == 0x15a2;
}

static bool is_other(const struct aw_usb_id *id)
{
    return id->vendor == 0x1209;
}

START_TEST(wanted)
{
    const struct aw_usb_id id = id_of(&other, "1-1", 0);
    struct aw_usb_want want = {.vendor = 0x1209};

    ck_assert(aw_usb_wanted(&want, &id));
    want.serial = "7A";
    want.path = "1-1";
    ck_assert(aw_usb_wanted(&want, &id));
    want.serial = "7B";
    ck_assert(!aw_usb_wanted(&want, &id));
    want.serial = NULL;
    want.product = products;
    want.n_product = COUNT(products);
    ck_assert(!aw_usb_wanted(&want, &id));
    want.fits = is_rom;
    ck_assert(!aw_usb_wanted(&want, &id));
    want.fits = is_other;
    ck_assert(aw_usb_wanted(&want, &id));
    want.path = "1-2";
    ck_assert(!aw_usb_wanted(&want, &id));
}
END_TEST

START_TEST(setup_packet)
{
    const struct aw_usb_setup setup = {0x21, 0x09, 0x0201, 0x0304, 0x1011};
    static const uint8_t want[] = {0x21, 9, 1, 2, 4, 3, 0x11, 0x10};
    uint8_t packet[AW_USB_SETUP];

    aw_usb_setup_write(&setup, packet);
    ck_assert_mem_eq(packet, want, sizeof(want));
    struct aw_usb_setup back = aw_usb_setup_read(packet);

    ck_assert_uint_eq(back.request_type, setup.request_type);
    ck_assert_uint_eq(back.request, setup.request);
    ck_assert_uint_eq(back.value, setup.value);
    ck_assert_uint_eq(back.index, setup.index);
    ck_assert_uint_eq(back.length, setup.length);
}
END_TEST

Suite *suite_usb(void)
{
    Suite *s = suite_create("usb");
    TCase *tc = tcase_create("usb");

    tcase_add_test(tc, arrival);
    tcase_add_test(tc, departure);
    tcase_add_test(tc, wanted);
    tcase_add_test(tc, setup_packet);
    suite_add_tcase(s, tc);
    return s;
}
