/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/usbip.h"

#include <string.h>

#include "suites.h"
#include "support.h"
#include "usb_gadget.h"

enum { IPS = 528000000, SENT_MAX = 1 << 18, IN = 1, OUT = 0 };

static struct {
    struct tw_clock clock;
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct tw_usb_port port2;
    struct tw_usb_host host2;
    struct usb_gadget gadget;
    struct tw_usbip usbip;
    bool deaf; /* nobody takes what is sent */
    size_t sent_n;
    uint8_t sent[SENT_MAX];
} t;

static bool take_sent(void *ctx, aw_bytes bytes)
{
    (void)ctx;
    ck_assert_uint_le(bytes.n, SENT_MAX - t.sent_n);
    memcpy(t.sent + t.sent_n, bytes.p, bytes.n);
    t.sent_n += bytes.n;
    return !t.deaf;
}

static void run_ms(uint64_t ms)
{
    usb_gadget_run(&t.clock, ms);
}

static void setup(void)
{
    const struct tw_usbip_owner owner = {.send = take_sent};

    memset(&t, 0, sizeof(t));
    tw_clock_init(&t.clock, IPS);
    usb_gadget_init(&t.gadget, &t.port, &t.clock);
    tw_usb_host_init(&t.host, &t.port, &t.clock);
    tw_usb_host_init(&t.host2, &t.port2, &t.clock);
    tw_usb_attach(&t.port, &t.gadget.device);
    tw_usb_cable(&t.port, true);
    run_ms(300);
    tw_usbip_open(&t.usbip, &owner);
    tw_usbip_add(&t.usbip, &t.host);
    tw_usbip_add(&t.usbip, &t.host2);
}

static void teardown(void)
{
    tw_usbip_close(&t.usbip);
}

static bool take_hex(const char *hex)
{
    t.sent_n = 0;
    return tw_usbip_take(&t.usbip, vec_unhex(aw_text(hex)));
}

static uint32_t word(size_t at)
{
    struct aw_rd r = aw_rd_at((aw_bytes){t.sent, t.sent_n}, at);

    return aw_rd_be32(&r);
}

static const char import_1[] =
    "0111800300000000"
    "312d310000000000000000000000000000000000000000000000"
    "000000000000";

static void check_record(size_t at)
{
    static const uint8_t ids[] = {0x12, 0x09, 0x27, 0x02, 0x01, 0x10,
                                  0,    0,    0,    1,    1,    1};

    ck_assert_str_eq((const char *)t.sent + at, "/sys/devices/twin/usb1/1-1");
    ck_assert_str_eq((const char *)t.sent + at + 256, "1-1");
    ck_assert_uint_eq(word(at + 288), 1);
    ck_assert_uint_eq(word(at + 292), 2);
    ck_assert_uint_eq(word(at + 296), 3); /* high speed */
    ck_assert_mem_eq(t.sent + at + 300, ids, sizeof(ids));
}

START_TEST(lists)
{
    ck_assert(take_hex("0111800500000000"));
    ck_assert_uint_eq(t.sent_n, 12 + 312 + 4);
    ck_assert_uint_eq(word(0), 0x01110005);
    ck_assert_uint_eq(word(4), 0);
    ck_assert_uint_eq(word(8), 1);
    check_record(12);
    ck_assert_uint_eq(word(324), 0xff000000);
    tw_usb_cable(&t.port, false);
    ck_assert(take_hex("0111800500000000"));
    ck_assert_uint_eq(t.sent_n, 12);
    ck_assert_uint_eq(word(8), 0);
}
END_TEST

START_TEST(imports)
{
    ck_assert(take_hex(import_1));
    ck_assert_uint_eq(t.sent_n, 8 + 312);
    ck_assert_uint_eq(word(0), 0x01110003);
    ck_assert_uint_eq(word(4), 0);
    check_record(8);
}
END_TEST

START_TEST(imports_what_is_not_there)
{
    /* The second plug is empty, and there is no third. */
    ck_assert(take_hex("0111800300000000"
                       "312d3200000000000000000000000000"
                       "00000000000000000000000000000000"));
    ck_assert_uint_eq(t.sent_n, 8);
    ck_assert_uint_eq(word(4), 4);
    ck_assert(take_hex("0111800300000000"
                       "312d3178000000000000000000000000"
                       "00000000000000000000000000000000"));
    ck_assert_uint_eq(word(4), 4);
}
END_TEST

static bool never(void *ctx, const struct tw_usb_host *host)
{
    (void)ctx;
    ck_assert_ptr_eq(host, &t.host);
    return false;
}

START_TEST(imports_what_somebody_has)
{
    t.usbip.owner.may = never;
    ck_assert(take_hex(import_1));
    ck_assert_uint_eq(t.sent_n, 8);
    ck_assert_uint_eq(word(4), 2);
    t.usbip.owner.may = NULL;
    ck_assert(take_hex(import_1));
    ck_assert_uint_eq(word(4), 0);
}
END_TEST

static const char *const nonsense[] = {"0110800500000000", "0111800400000000",
                                       "0111000500000000",
                                       "00000001000000010001000200000000"};

START_TEST(bad_opening)
{
    ck_assert(!take_hex(nonsense[_i]));
    ck_assert(!take_hex("0111800500000000")); /* it stays so */
    ck_assert_uint_eq(t.sent_n, 0);
}
END_TEST

/* A transfer of the other side. */
struct cmd {
    uint32_t seqnum;
    uint32_t direction;
    uint32_t endpoint;
    uint32_t flags;
    uint32_t length;
    int32_t packets;
    const char *setup;
};

static bool submit(const struct cmd *c, const uint8_t *data, size_t n)
{
    static uint8_t bytes[TW_USBIP_HEADER + GADGET_DATA];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_wr_be32(&w, 1);
    aw_wr_be32(&w, c->seqnum);
    aw_wr_be32(&w, 0x10002);
    aw_wr_be32(&w, c->direction);
    aw_wr_be32(&w, c->endpoint);
    aw_wr_be32(&w, c->flags);
    aw_wr_be32(&w, c->length);
    aw_wr_be32(&w, 0);
    aw_wr_be32(&w, (uint32_t)c->packets);
    aw_wr_be32(&w, 0);
    aw_wr_put(&w, c->setup != NULL
                      ? vec_unhex(aw_text(c->setup))
                      : (aw_bytes){(const uint8_t *)"\0\0\0\0\0\0\0", 8});
    aw_wr_put(&w, (aw_bytes){data, n});
    t.sent_n = 0;
    bool good = tw_usbip_take(&t.usbip, aw_wr_done(&w));

    run_ms(5);
    return good && tw_usbip_alive(&t.usbip);
}

static bool unlink_of(uint32_t seqnum, uint32_t victim)
{
    uint8_t bytes[TW_USBIP_HEADER];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_wr_be32(&w, 2);
    aw_wr_be32(&w, seqnum);
    aw_wr_be32(&w, 0x10002);
    aw_wr_be32(&w, 0);
    aw_wr_be32(&w, 0);
    aw_wr_be32(&w, victim);
    aw_wr_zeros(&w, 24);
    t.sent_n = 0;
    return tw_usbip_take(&t.usbip, aw_wr_done(&w));
}

static void import(void)
{
    ck_assert(take_hex(import_1));
    t.sent_n = 0;
}

static void check_answer(uint32_t seqnum, int32_t status, uint32_t moved,
                         size_t data)
{
    ck_assert_uint_eq(t.sent_n, TW_USBIP_HEADER + data);
    ck_assert_uint_eq(word(0), 3);
    ck_assert_uint_eq(word(4), seqnum);
    ck_assert_uint_eq(word(8) | word(12) | word(16), 0);
    ck_assert_int_eq((int32_t)word(20), status);
    ck_assert_uint_eq(word(24), moved);
}

START_TEST(control_transfers)
{
    static uint8_t data[512];
    struct cmd c = {7, IN, 0, 0x200, 64, 0, "8006000100004000"};

    import();
    ck_assert(submit(&c, NULL, 0));
    check_answer(7, 0, 18, 18);
    ck_assert_uint_eq(t.sent[48], 18);
    /* Less room than the setup packet asks for, and more. */
    c = (struct cmd){8, IN, 0, 0x200, 8, -1, "8006000100001200"};
    ck_assert(submit(&c, NULL, 0));
    check_answer(8, 0, 8, 8);
    c = (struct cmd){9, IN, 0, 0x200, 300, 0, "8006000100001200"};
    ck_assert(submit(&c, NULL, 0));
    check_answer(9, 0, 18, 18);
    /* To the device. */
    memset(data, 0x42, sizeof(data));
    c = (struct cmd){10, OUT, 0, 0, 300, 0, "4001000000002c01"};
    ck_assert(submit(&c, data, 300));
    check_answer(10, 0, 300, 0);
    ck_assert_mem_eq(t.gadget.control, data, 300);
    c = (struct cmd){11, OUT, 0, 0, 10, 0, "4001000000002c01"};
    ck_assert(submit(&c, data, 10));
    check_answer(11, -32, 0, 0);
    /* Stalled. */
    c = (struct cmd){12, IN, 0, 0, 8, 0, "a101000000000800"};
    ck_assert(submit(&c, NULL, 0));
    check_answer(12, -32, 0, 0);
    /* Its address is the twin's affair. */
    c = (struct cmd){13, OUT, 0, 0, 0, 0, "0005070000000000"};
    ck_assert(submit(&c, NULL, 0));
    check_answer(13, 0, 0, 0);
    ck_assert_uint_eq(t.gadget.address, 1);
    /* Configurations go through. */
    c = (struct cmd){14, OUT, 0, 0, 0, 0, "0009010000000000"};
    t.gadget.configuration = 0;
    ck_assert(submit(&c, NULL, 0));
    check_answer(14, 0, 0, 0);
    ck_assert_uint_eq(t.gadget.configuration, 1);
}
END_TEST

START_TEST(data_transfers)
{
    static uint8_t data[2048];
    struct cmd c = {20, OUT, 1, 0, 1024, 0, NULL};

    import();
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 3);
    }
    ck_assert(submit(&c, data, 1024));
    check_answer(20, 0, 1024, 0);
    ck_assert_mem_eq(t.gadget.out, data, 1024);
    ck_assert_uint_eq(t.gadget.out_empty, 0);
    c.flags = 0x40; /* with an empty packet at the end */
    ck_assert(submit(&c, data, 1024));
    ck_assert_uint_eq(t.gadget.out_empty, 1);
    c.length = 100; /* which a short packet makes needless */
    ck_assert(submit(&c, data, 100));
    ck_assert_uint_eq(t.gadget.out_empty, 1);

    t.gadget.packets = 2;
    t.gadget.packet[0] = 512;
    t.gadget.packet[1] = 10;
    tw_usb_ready(&t.port);
    c = (struct cmd){21, IN, 1, 0x200, 1024, 0, NULL};
    ck_assert(submit(&c, NULL, 0));
    check_answer(21, 0, 522, 522);
    t.gadget.packets = 1;
    t.gadget.packet[0] = 10;
    c.flags = 0x201; /* short is not good */
    ck_assert(submit(&c, NULL, 0));
    check_answer(21, -121, 10, 10);
    t.gadget.packets = 1;
    t.gadget.packet[0] = 512;
    c.length = 100;
    ck_assert(submit(&c, NULL, 0));
    check_answer(21, -75, 100, 100);
    c.endpoint = 5;
    ck_assert(submit(&c, NULL, 0));
    check_answer(21, -2, 0, 0);
    t.gadget.mute = true;
    c.endpoint = 1;
    ck_assert(submit(&c, NULL, 0));
    check_answer(21, -71, 0, 0);
}
END_TEST

/* An IN transfer waits for data; unlinking is answered at once. */
START_TEST(unlinks)
{
    struct cmd c = {30, IN, 2, 0x200, 65, 0, NULL};

    import();
    ck_assert(submit(&c, NULL, 0));
    ck_assert_uint_eq(t.sent_n, 0);
    c.seqnum = 31;
    ck_assert(submit(&c, NULL, 0));
    ck_assert(unlink_of(32, 30));
    ck_assert_uint_eq(t.sent_n, TW_USBIP_HEADER);
    ck_assert_uint_eq(word(0), 4);
    ck_assert_uint_eq(word(4), 32);
    ck_assert_int_eq((int32_t)word(20), -104);
    /* The other one gets the data. */
    t.sent_n = 0;
    memcpy(t.gadget.interrupt, "\x03\x56", 2);
    t.gadget.interrupts = 2;
    tw_usb_ready(&t.port);
    run_ms(1);
    check_answer(31, 0, 2, 2);
    ck_assert(unlink_of(33, 31));
    ck_assert_int_eq((int32_t)word(20), 0);
}
END_TEST

START_TEST(departure)
{
    struct cmd c = {40, IN, 2, 0x200, 65, 0, NULL};

    import();
    ck_assert(submit(&c, NULL, 0));
    tw_usb_attach(&t.port, NULL);
    check_answer(40, -108, 0, 0);
    ck_assert(!tw_usbip_alive(&t.usbip));
    /* What comes next is another device, for another connection. */
    tw_usb_attach(&t.port, &t.gadget.device);
    run_ms(300);
    ck_assert(t.host.found.present);
    ck_assert(!tw_usbip_alive(&t.usbip));
    ck_assert(!submit(&c, NULL, 0));
}
END_TEST

START_TEST(too_many)
{
    struct cmd c = {50, IN, 2, 0x200, 65, 0, NULL};

    import();
    for (unsigned i = 0; i < TW_USBIP_PENDING; i++) {
        c.seqnum = 50 + i;
        ck_assert(submit(&c, NULL, 0));
    }
    ck_assert(!submit(&c, NULL, 0));
}
END_TEST

START_TEST(nobody_listens)
{
    struct cmd c = {60, IN, 0, 0x200, 18, 0, "8006000100001200"};

    import();
    t.deaf = true;
    ck_assert(!submit(&c, NULL, 0));
}
END_TEST

/* Headers that end the connection. */
static const struct cmd hostile[] = {
    {1, IN, 1, 0, 0xffffffff, 0, NULL},
    {1, OUT, 1, 0, TW_USBIP_DATA + 1, 0, NULL},
    {1, IN, 1, 0, 100, 2, NULL}, /* isochronous */
    {1, IN, 1, 0, 100, -2, NULL},
    {1, OUT, 0, 0, 18, 0, "8006000100001200"}, /* two directions */
    {1, IN, 0, 0, 18, 0, "4006000100001200"},
};

START_TEST(bad_transfer)
{
    import();
    ck_assert(!submit(&hostile[_i], NULL, 0));
    ck_assert_uint_eq(t.sent_n, 0);
}
END_TEST

START_TEST(bad_command)
{
    import();
    ck_assert(!take_hex("00000003"
                        "00000001"
                        "00010002"
                        "00000000"
                        "00000000"
                        "00000000"
                        "00000000"
                        "00000000"
                        "00000000"
                        "00000000"
                        "0000000000000000"));
}
END_TEST

/* Byte by byte, as a network may cut it. */
START_TEST(in_pieces)
{
    static const char text[] = "00000001"
                               "00000046"
                               "00010002"
                               "00000000"
                               "00000001"
                               "00000000"
                               "00000004"
                               "00000000"
                               "ffffffff"
                               "00000000"
                               "0000000000000000"
                               "aabbccdd";
    aw_bytes bytes = vec_unhex(aw_text(text));

    import();
    for (size_t i = 0; i < bytes.n; i++) {
        ck_assert(tw_usbip_take(&t.usbip, (aw_bytes){bytes.p + i, 1}));
    }
    run_ms(1);
    check_answer(0x46, 0, 4, 0);
    ck_assert_mem_eq(t.gadget.out, "\xaa\xbb\xcc\xdd", 4);
}
END_TEST

Suite *suite_twin_usbip(void)
{
    Suite *s = suite_create("twin_usbip");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, lists);
    tcase_add_test(tc, imports);
    tcase_add_test(tc, imports_what_is_not_there);
    tcase_add_test(tc, imports_what_somebody_has);
    tcase_add_loop_test(tc, bad_opening, 0, (int)COUNT(nonsense));
    tcase_add_test(tc, control_transfers);
    tcase_add_test(tc, data_transfers);
    tcase_add_test(tc, unlinks);
    tcase_add_test(tc, departure);
    tcase_add_test(tc, too_many);
    tcase_add_test(tc, nobody_listens);
    tcase_add_loop_test(tc, bad_transfer, 0, (int)COUNT(hostile));
    tcase_add_test(tc, bad_command);
    tcase_add_test(tc, in_pieces);
    suite_add_tcase(s, tc);
    return s;
}
