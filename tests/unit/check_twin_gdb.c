/* SPDX-License-Identifier: Apache-2.0 */
/* The GDB remote protocol, packet by packet, around a processor. */
#include <stdio.h>
#include <string.h>

#include "aw/text.h"
#include "cpu/gdb.h"
#include "machine.h"
#include "suites.h"
#include "support.h"

static struct {
    struct machine m;
    struct tw_gdb gdb;
    char sent[3 * TW_GDB_FRAME];
    size_t n;
    unsigned went;
    unsigned interrupts;
    unsigned left;
} t;

static void on_send(void *ctx, aw_bytes bytes)
{
    (void)ctx;
    ck_assert_uint_lt(t.n + bytes.n, sizeof(t.sent));
    memcpy(&t.sent[t.n], bytes.p, bytes.n);
    t.n += bytes.n;
    t.sent[t.n] = '\0';
}

static void on_go(void *ctx)
{
    (void)ctx;
    t.went++;
}

static void on_interrupt(void *ctx)
{
    (void)ctx;
    t.interrupts++;
    tw_gdb_stopped(&t.gdb, TW_STOP_REQUEST);
}

static void on_monitor(void *ctx, aw_bytes command, struct aw_wr *text)
{
    (void)ctx;
    if (!aw_bytes_is(command, "silent")) {
        aw_wr_text(text, "said ");
        aw_wr_put(text, command);
    }
}

static void on_leave(void *ctx)
{
    (void)ctx;
    t.left++;
}

static void set_up(void)
{
    static const uint32_t loop[] = {0xe2800001, 0xe5810000, 0xeafffffc};
    const struct tw_gdb_owner owner = {.send = on_send,
                                       .go = on_go,
                                       .interrupt = on_interrupt,
                                       .monitor = on_monitor,
                                       .leave = on_leave};

    memset(&t, 0, sizeof(t));
    machine_open(&t.m);
    machine_code(&t.m, MACHINE_RAM, loop, COUNT(loop));
    tw_cpu_set(t.m.cpu, 1, 0x80100000);
    tw_gdb_open(&t.gdb, t.m.cpu, &owner);
}

static void tear_down(void)
{
    machine_close(&t.m);
}

static void take(const char *text)
{
    t.n = 0;
    t.sent[0] = '\0';
    tw_gdb_take(&t.gdb, aw_text(text));
}

/* Sends a packet with the right sum. */
static void packet(const char *body)
{
    static char text[2 * TW_GDB_FRAME];
    unsigned sum = 0;

    for (size_t i = 0; body[i] != '\0'; i++) {
        sum += (unsigned char)body[i];
    }
    (void)snprintf(text, sizeof(text), "$%s#%02x", body, sum % 256);
    take(text);
}

/* What came back: acknowledged, sum right. */
static const char *reply(void)
{
    static char body[TW_GDB_FRAME];
    unsigned sum = 0;
    const char *end = strrchr(t.sent, '#');
    size_t from = t.gdb.quiet ? 0 : 1;
    uint64_t want = 0;

    ck_assert_ptr_nonnull(end);
    ck_assert(t.gdb.quiet || t.sent[0] == '+');
    ck_assert_int_eq(t.sent[from], '$');
    size_t n = (size_t)(end - t.sent) - from - 1;

    memcpy(body, &t.sent[from + 1], n);
    body[n] = '\0';
    for (size_t i = 0; i < n; i++) {
        sum += (unsigned char)body[i];
    }
    ck_assert_int_eq(aw_hex_parse_u64(aw_text(end + 1), &want), AW_OK);
    ck_assert_uint_eq(want, sum % 256);
    return body;
}

/* Packets with one reply, in the state of set_up. */
static const struct {
    const char *packet;
    const char *reply;
} cases[] = {
    {"?", "T02"},
    {"p1", "00001080"},
    {"pf", "00000080"},
    {"p10", "d3010040"},
    {"p11", "E16"},
    {"p", "E16"},
    {"p100000000", "E16"},
    {"P0=78563412", "OK"},
    {"P0=7856341", "E16"},
    {"P0", "E16"},
    {"Pf=02000080", "E16"},
    {"P11=00000000", "E16"},
    {"G00", "E16"},
    {"m80000000,4", "010080e2"},
    {"m80000000,0", ""},
    {"m81fffffc,8", "00000000"},
    {"m40000000,4", "E0e"},
    {"m80000000", "E16"},
    {"mx,4", "E16"},
    {"M80100000,2:abcd", "OK"},
    {"M80100000,2:abc", "E16"},
    {"M80100000,3:abcd", "E16"},
    {"M40000000,1:00", "E0e"},
    {"X80100000,0:", "OK"},
    {"X80100000,2:a", "E16"},
    {"X80100000,1:a", "OK"},
    {"Z0,80000004,4", "OK"},
    {"Z1,80000004,4", "OK"},
    {"z1,80000004,4", "OK"},
    {"Z2,80100000,4", "OK"},
    {"Z3,80100000,4", "OK"},
    {"Z4,80100000,4", "OK"},
    {"z4,80100000,4", "OK"},
    {"Z2,80100000,0", "E1c"},
    {"Z5,0,0", ""},
    {"Z0", "E16"},
    {"Z0,0", "E16"},
    {"c80000000", "E16"},
    {"sx", "E16"},
    {"vCont?", "vCont;c;C;s;S"},
    {"vCont;t", ""},
    {"vMustReplyEmpty", ""},
    {"qSupported:xmlRegisters=arm",
     "PacketSize=1000;qXfer:features:read+;vContSupported+;QStartNoAckMode+"},
    {"qXfer:features:read:target.xml:0,5", "m<?xml"},
    {"qXfer:features:read:target.xml:0", "E16"},
    {"qXfer:features:read:target.xml:fffff,1", "E16"},
    {"qXfer:features:read:other.xml:0,5", ""},
    {"qAttached", "1"},
    {"qC", "QC1"},
    {"qfThreadInfo", "m1"},
    {"qsThreadInfo", "l"},
    {"qRcmd,6869", "73616964206869"},
    {"qRcmd,73696c656e74", "OK"},
    {"qRcmd,6", "E16"},
    {"qOffsets", ""},
    {"Hg0", "OK"},
    {"T1", "OK"},
    {"Qother", ""},
    {"!", ""},
    {"", ""},
};

START_TEST(packets)
{
    packet(cases[_i].packet);
    ck_assert_msg(strcmp(reply(), cases[_i].reply) == 0, "%s: %s",
                  cases[_i].packet, reply());
    /* And again without acknowledgements. */
    packet("QStartNoAckMode");
    ck_assert_str_eq(t.sent, "+$OK#9a");
    packet(cases[_i].packet);
    ck_assert_str_eq(reply(), cases[_i].reply);
}
END_TEST

START_TEST(registers)
{
    char all[8 * TW_GDB_REGISTERS + 2];
    struct aw_wr w = aw_wr_init(all, sizeof(all));

    packet("g");
    ck_assert_uint_eq(strlen(reply()), sizeof(all) - 2);
    ck_assert(strncmp(reply() + 8, "00001080", 8) == 0);
    aw_wr_text(&w, "G");
    for (unsigned i = 0; i < 16; i++) {
        aw_wr_hex_u64(&w, UINT64_C(4) * i, 2);
        aw_wr_text(&w, "000000");
    }
    aw_wr_text(&w, "10000000");
    aw_wr_u8(&w, '\0');
    packet(all);
    ck_assert_str_eq(reply(), "OK");
    for (unsigned i = 0; i < 16; i++) {
        ck_assert_uint_eq(tw_cpu_get(t.m.cpu, i), UINT64_C(4) * i);
    }
    ck_assert_uint_eq(tw_cpu_get(t.m.cpu, 16), 0x10);
    packet("g");
    ck_assert_str_eq(reply(), all + 1);
}
END_TEST

START_TEST(description)
{
    char whole[4096] = "";
    char ask[64];
    size_t n = 0;
    bool last = false;

    while (!last) {
        (void)snprintf(ask, sizeof(ask),
                       "qXfer:features:read:target.xml:%zx,64", n);
        packet(ask);
        last = reply()[0] == 'l';
        (void)snprintf(&whole[n], sizeof(whole) - n, "%s", reply() + 1);
        n = strlen(whole);
    }
    ck_assert_ptr_nonnull(strstr(whole, "org.gnu.gdb.arm.core"));
    ck_assert_ptr_nonnull(strstr(whole, "name=\"cpsr\""));
    ck_assert_str_eq(&whole[n - 9], "</target>");
}
END_TEST

START_TEST(going_on)
{
    static const char *const ways[] = {"c", "vCont;c", "vCont;C05:1"};

    packet("Z0,80000004,4");
    for (size_t k = 0; k < COUNT(ways); k++) {
        packet(ways[k]);
        ck_assert_str_eq(t.sent, "+");
        ck_assert_uint_eq(t.went, k + 1);
        /* Nothing is answered while it runs. */
        packet("g");
        ck_assert_str_eq(t.sent, "+");
        take("");
        enum tw_stop stop = machine_run(&t.m, 100);

        ck_assert_int_eq(stop, TW_STOP_BREAKPOINT);
        tw_gdb_stopped(&t.gdb, stop);
        ck_assert_str_eq(t.sent, "$T05#b9");
    }
    packet("?");
    ck_assert_str_eq(reply(), "T05");
}
END_TEST

START_TEST(stepping)
{
    static const char *const ways[] = {"s", "vCont;s:1;c", "vCont;S02"};

    for (size_t k = 0; k < COUNT(ways); k++) {
        packet(ways[k]);
        ck_assert_int_eq(machine_run(&t.m, 100), TW_STOP_STEP);
        ck_assert_uint_eq(t.m.clock.now, k + 1);
        tw_gdb_stopped(&t.gdb, TW_STOP_STEP);
    }
}
END_TEST

START_TEST(watching)
{
    packet("Z2,80100002,1");
    packet("c");
    take("");
    tw_gdb_stopped(&t.gdb, machine_run(&t.m, 100));
    ck_assert_str_eq(t.sent, "$T05watch:80100000;#ce");
    packet("z2,80100002,1");
    packet("c");
    ck_assert_int_eq(machine_run(&t.m, 100), TW_STOP_SLICE);
}
END_TEST

START_TEST(interrupt)
{
    take("\3");
    ck_assert_uint_eq(t.interrupts, 0);
    packet("c");
    take("\3");
    ck_assert_uint_eq(t.interrupts, 1);
    ck_assert_str_eq(t.sent, "$T02#b6");
    packet("c");
    take("");
    tw_gdb_stopped(&t.gdb, TW_STOP_DIAGNOSIS);
    ck_assert_str_eq(t.sent, "$T04#b8");
    /* A stop nobody waits for is not told. */
    take("");
    tw_gdb_stopped(&t.gdb, TW_STOP_REQUEST);
    ck_assert_uint_eq(t.n, 0);
}
END_TEST

START_TEST(leaving)
{
    packet("Z0,80000004,4");
    packet("Z2,80100000,4");
    packet(_i == 0 ? "D" : "k");
    ck_assert_str_eq(t.sent, _i == 0 ? "+$OK#9a" : "+");
    ck_assert_uint_eq(t.left, 1);
    ck_assert_int_eq(machine_run(&t.m, 100), TW_STOP_SLICE);
    /* It has left. */
    packet("Z0,80000004,4");
    ck_assert_uint_eq(t.n, 0);
    ck_assert_int_eq(machine_run(&t.m, 100), TW_STOP_SLICE);
}
END_TEST

START_TEST(frames)
{
    take("noise+++$g#00");
    ck_assert_str_eq(t.sent, "-");
    take("$g#zz");
    ck_assert_str_eq(t.sent, "-");
    /* A packet that begins anew. */
    take("$m8000$p1#a1");
    ck_assert_str_eq(reply(), "00001080");
    /* Missed: the same again. */
    take("-");
    ck_assert_str_eq(t.sent, "$00001080#89");
    /* In pieces. */
    take("$p");
    take("1");
    take("#");
    take("a");
    ck_assert_uint_eq(t.n, 0);
    take("1");
    ck_assert_str_eq(reply(), "00001080");
}
END_TEST

START_TEST(too_long)
{
    static char body[TW_GDB_PACKET + 2];

    memset(body, '0', sizeof(body) - 1);
    body[0] = 'm';
    packet(body);
    ck_assert_str_eq(reply(), "E01");
    body[TW_GDB_PACKET] = '\0';
    packet(body);
    ck_assert_str_eq(reply(), "E16");
    /* The largest read fits into a packet. */
    packet("m80000000,fff");
    ck_assert_uint_eq(strlen(reply()), TW_GDB_PACKET);
}
END_TEST

START_TEST(escapes)
{
    /* }\3 is '#', }\4 is '$', }] is '}'. */
    packet("X80100000,4:a}\3}\4}]");
    ck_assert_str_eq(reply(), "OK");
    ck_assert_uint_eq(machine_get(&t.m, 0x80100000), 0x7d242361);
}
END_TEST

START_TEST(tables)
{
    char text[32];

    for (uint32_t k = 0; k <= TW_BREAKS_MAX; k++) {
        (void)snprintf(text, sizeof(text), "Z0,%x,4", (unsigned)(4 * k));
        packet(text);
        ck_assert_str_eq(reply(), k < TW_BREAKS_MAX ? "OK" : "E1c");
        packet(text);
        ck_assert_str_eq(reply(), k < TW_BREAKS_MAX ? "OK" : "E1c");
    }
    for (uint32_t k = 0; k <= TW_WATCHES_MAX; k++) {
        (void)snprintf(text, sizeof(text), "Z3,%x,1", (unsigned)k);
        packet(text);
        ck_assert_str_eq(reply(), k < TW_WATCHES_MAX ? "OK" : "E1c");
        packet(text);
    }
    tw_gdb_close(&t.gdb);
    ck_assert(!tw_cpu_break_remove(t.m.cpu, 0));
}
END_TEST

Suite *suite_twin_gdb(void)
{
    Suite *s = suite_create("twin_gdb");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, packets, 0, COUNT(cases));
    tcase_add_test(tc, registers);
    tcase_add_test(tc, description);
    tcase_add_test(tc, going_on);
    tcase_add_test(tc, stepping);
    tcase_add_test(tc, watching);
    tcase_add_test(tc, interrupt);
    tcase_add_loop_test(tc, leaving, 0, 2);
    tcase_add_test(tc, frames);
    tcase_add_test(tc, too_long);
    tcase_add_test(tc, escapes);
    tcase_add_test(tc, tables);
    suite_add_tcase(s, tc);
    return s;
}
