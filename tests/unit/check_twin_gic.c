/* SPDX-License-Identifier: Apache-2.0 */
#include "models/gic.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    DIST = TW_GIC_DISTRIBUTOR,
    CPU = TW_GIC_CPU,
    ISENABLER = DIST + 0x100,
    ICENABLER = DIST + 0x180,
    ISPENDR = DIST + 0x200,
    ICPENDR = DIST + 0x280,
    IGROUPR = DIST + 0x080,
    IPRIORITYR = DIST + 0x400,
    ICFGR = DIST + 0xc00,
    SGIR = DIST + 0xf00,
    CTLR = CPU,
    PMR = CPU + 0x04,
    BPR = CPU + 0x08,
    IAR = CPU + 0x0c,
    EOIR = CPU + 0x10,
    RPR = CPU + 0x14,
    HPPIR = CPU + 0x18,
    AIAR = CPU + 0x20,
    AEOIR = CPU + 0x24,
    DIR = CPU + 0x1000,
    UART2 = 32 + 27,
    GPT1 = 32 + 55
};

static struct {
    struct rig rig;
    struct tw_gic gic;
    struct rig_line irq;
    struct rig_line fiq;
} t;

static void setup(void)
{
    rig_init(&t.rig);
    tw_gic_init(&t.gic, &t.rig.bus);
    t.gic.irq = rig_watch(&t.irq);
    t.gic.fiq = rig_watch(&t.fiq);
}

/* Both groups on, everything of any priority passes. */
static void open_all(uint32_t cpu_ctlr)
{
    rig_write(&t.rig, DIST, 3);
    rig_write(&t.rig, CTLR, cpu_ctlr);
    rig_write(&t.rig, PMR, 0xff);
}

static void enable(uint32_t id, bool group1)
{
    rig_write(&t.rig, ISENABLER + id / 32 * 4, UINT32_C(1) << (id % 32));
    if (group1) {
        uint32_t at = IGROUPR + id / 32 * 4;

        rig_write(&t.rig, at, rig_read(&t.rig, at) | UINT32_C(1) << (id % 32));
    }
}

static void priority(uint32_t id, uint32_t value)
{
    t.rig.size = 1;
    rig_write(&t.rig, IPRIORITYR + id, value);
    t.rig.size = 0;
}

/* Where an interrupt of each group arrives. */
START_TEST(routes)
{
    static const struct {
        bool group1;
        uint32_t ctlr;
        bool irq;
        bool fiq;
    } cases[] = {
        {false, 0x3, true, false},  {false, 0xb, false, true},
        {true, 0x3, true, false},   {true, 0xb, true, false},
        {false, 0x2, false, false}, {true, 0x1, false, false},
    };

    open_all(cases[_i].ctlr);
    enable(UART2, cases[_i].group1);
    tw_gic_line(&t.gic, UART2, true);
    ck_assert_int_eq(t.irq.level, cases[_i].irq);
    ck_assert_int_eq(t.fiq.level, cases[_i].fiq);
    tw_gic_line(&t.gic, UART2, false);
    ck_assert(!t.irq.level && !t.fiq.level);
}
END_TEST

/* A level: taken once, not again before its end, then anew while it lasts. */
START_TEST(level)
{
    open_all(3);
    enable(UART2, false);
    tw_gic_line(&t.gic, UART2, true);
    ck_assert_uint_eq(rig_read(&t.rig, HPPIR), UART2);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), UART2);
    ck_assert(!t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 1023);
    rig_write(&t.rig, EOIR, UART2);
    ck_assert(t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), UART2);
    tw_gic_line(&t.gic, UART2, false);
    rig_write(&t.rig, EOIR, UART2);
    ck_assert(!t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 1023);
}
END_TEST

START_TEST(edge)
{
    open_all(3);
    enable(UART2, false);
    rig_write(&t.rig, ICFGR + UART2 / 16 * 4,
              UINT32_C(2) << (2 * (UART2 % 16)));
    tw_gic_line(&t.gic, UART2, true);
    tw_gic_line(&t.gic, UART2, false);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), UART2);
    rig_write(&t.rig, EOIR, UART2);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 1023);
    /* Pending by software, and taken back. */
    rig_write(&t.rig, ISPENDR + 4, UINT32_C(1) << (UART2 % 32));
    ck_assert(t.irq.level);
    rig_write(&t.rig, ICPENDR + 4, UINT32_C(1) << (UART2 % 32));
    ck_assert(!t.irq.level);
}
END_TEST

/* The more urgent interrupt preempts, the other waits; a mask stops both. */
START_TEST(priorities)
{
    open_all(3);
    enable(UART2, false);
    enable(GPT1, false);
    priority(UART2, 0x80);
    priority(GPT1, 0x40);
    tw_gic_line(&t.gic, UART2, true);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), UART2);
    ck_assert_uint_eq(rig_read(&t.rig, RPR), 0x80);
    tw_gic_line(&t.gic, GPT1, true);
    ck_assert(t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), GPT1);
    ck_assert_uint_eq(rig_read(&t.rig, RPR), 0x40);
    rig_write(&t.rig, EOIR, GPT1);
    rig_write(&t.rig, PMR, 0x40);
    ck_assert(!t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 1023);
    rig_write(&t.rig, PMR, 0x48);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), GPT1);
    rig_write(&t.rig, EOIR, GPT1);
    rig_write(&t.rig, EOIR, UART2);
    ck_assert_uint_eq(rig_read(&t.rig, RPR), 0xff);
    /* All priority bits in the subpriority: nothing preempts. */
    rig_write(&t.rig, PMR, 0xff);
    rig_write(&t.rig, BPR, 7);
    tw_gic_line(&t.gic, GPT1, false);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), UART2);
    tw_gic_line(&t.gic, GPT1, true);
    ck_assert(!t.irq.level);
    rig_write(&t.rig, EOIR, UART2);
    ck_assert(t.irq.level);
}
END_TEST

/* What the non-secure world sees and may do. */
START_TEST(non_secure_view)
{
    open_all(3);
    enable(UART2, false);
    enable(GPT1, true);
    priority(GPT1, 0xa0);
    t.rig.non_secure = true;
    ck_assert_uint_eq(rig_read(&t.rig, ISENABLER + 4), 0);
    ck_assert_uint_eq(rig_read(&t.rig, ISENABLER + 8), UINT32_C(1)
                                                           << (GPT1 % 32));
    rig_write(&t.rig, ICENABLER + 4, UINT32_MAX);
    rig_write(&t.rig, IGROUPR + 4, UINT32_MAX);
    ck_assert_uint_eq(rig_read(&t.rig, IGROUPR + 8), 0);
    /* Its priorities are the lower half of the secure ones. */
    t.rig.size = 1;
    ck_assert_uint_eq(rig_read(&t.rig, IPRIORITYR + GPT1), 0x40);
    rig_write(&t.rig, IPRIORITYR + GPT1, 0x20);
    rig_write(&t.rig, IPRIORITYR + UART2, 0x20);
    ck_assert_uint_eq(rig_read(&t.rig, IPRIORITYR + UART2), 0);
    t.rig.size = 0;
    ck_assert_uint_eq(rig_read(&t.rig, PMR), 0xf0);
    rig_write(&t.rig, PMR, 0x40);
    ck_assert_uint_eq(rig_read(&t.rig, CTLR), 1);
    ck_assert_uint_eq(rig_read(&t.rig, DIST), 1);
    t.rig.non_secure = false;
    ck_assert_uint_eq(rig_read(&t.rig, PMR), 0xa0);
    ck_assert_uint_eq(rig_read(&t.rig, ISENABLER + 4), UINT32_C(1)
                                                           << (UART2 % 32));
    ck_assert_uint_eq(rig_read(&t.rig, IGROUPR + 4), 0);
    t.rig.size = 1;
    ck_assert_uint_eq(rig_read(&t.rig, IPRIORITYR + GPT1), 0x90);
    ck_assert_uint_eq(rig_read(&t.rig, IPRIORITYR + UART2), 0);
    t.rig.size = 0;
    /* A mask in the secure half is out of its reach. */
    rig_write(&t.rig, PMR, 0x40);
    t.rig.non_secure = true;
    ck_assert_uint_eq(rig_read(&t.rig, PMR), 0);
    rig_write(&t.rig, PMR, 0xff);
    t.rig.non_secure = false;
    ck_assert_uint_eq(rig_read(&t.rig, PMR), 0x40);
}
END_TEST

/* Who may acknowledge an interrupt of group 1, and of group 0. */
START_TEST(acknowledges)
{
    open_all(3);
    enable(GPT1, true);
    tw_gic_line(&t.gic, GPT1, true);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 1022);
    rig_write(&t.rig, CTLR, 7);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), GPT1);
    rig_write(&t.rig, EOIR, GPT1);
    rig_write(&t.rig, CTLR, 3);
    ck_assert_uint_eq(rig_read(&t.rig, AIAR), GPT1);
    rig_write(&t.rig, EOIR, GPT1); /* not with AckCtl off */
    ck_assert(!t.irq.level);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 1);
    rig_write(&t.rig, AEOIR, GPT1);
    ck_assert(t.irq.level);
    t.rig.non_secure = true;
    ck_assert_uint_eq(rig_read(&t.rig, IAR), GPT1);
    rig_write(&t.rig, EOIR, GPT1);
    t.rig.non_secure = false;
    tw_gic_line(&t.gic, GPT1, false);
    enable(UART2, false);
    tw_gic_line(&t.gic, UART2, true);
    ck_assert_uint_eq(rig_read(&t.rig, AIAR), 1023);
    t.rig.non_secure = true;
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 1023);
    t.rig.non_secure = false;
    ck_assert_uint_eq(rig_read(&t.rig, IAR), UART2);
}
END_TEST

/* End of interrupt in two steps. */
START_TEST(split_end)
{
    open_all(0x203);
    enable(UART2, false);
    tw_gic_line(&t.gic, UART2, true);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), UART2);
    rig_write(&t.rig, EOIR, UART2);
    ck_assert_uint_eq(rig_read(&t.rig, RPR), 0xff);
    ck_assert(!t.irq.level);
    rig_write(&t.rig, DIR, UART2);
    ck_assert(t.irq.level);
}
END_TEST

START_TEST(software_interrupts)
{
    open_all(3);
    rig_write(&t.rig, SGIR, 0x02000005);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 5);
    rig_write(&t.rig, EOIR, 5);
    rig_write(&t.rig, SGIR, 0x00010006);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 6);
    rig_write(&t.rig, EOIR, 6);
    rig_write(&t.rig, SGIR, 0x01ff0007); /* all others: nobody */
    rig_write(&t.rig, SGIR, 0x02008007); /* to group 1, which 7 is not in */
    t.rig.non_secure = true;
    rig_write(&t.rig, SGIR, 0x02000007);
    t.rig.non_secure = false;
    ck_assert_uint_eq(rig_read(&t.rig, IAR), 1023);
}
END_TEST

START_TEST(state)
{
    struct tw_device device = tw_gic_device(&t.gic);

    ck_assert_uint_eq(rig_read(&t.rig, DIST + 4), 0xfc04);
    open_all(0xb);
    enable(UART2, false);
    enable(GPT1, true);
    priority(GPT1, 0xa0);
    tw_gic_line(&t.gic, UART2, true);
    tw_gic_line(&t.gic, GPT1, true);
    ck_assert_uint_eq(rig_read(&t.rig, IAR), UART2);
    rig_round_trip(&t.rig, &device);
    rig_write(&t.rig, EOIR, UART2);
    ck_assert(t.fiq.level);
    device.reset(device.model, TW_RESET_WARM);
    ck_assert(!t.fiq.level && !t.irq.level);
    ck_assert_uint_eq(rig_read(&t.rig, ISENABLER), 0xffff);
    ck_assert_uint_eq(rig_read(&t.rig, ISENABLER + 4), 0);
    t.rig.size = 2;
    ck_assert(rig_refuses_read(&t.rig, IAR));
    ck_assert(rig_refuses_write(&t.rig, DIST, 0));
}
END_TEST

Suite *suite_twin_gic(void)
{
    Suite *s = suite_create("twin_gic");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, routes, 0, 6);
    tcase_add_test(tc, level);
    tcase_add_test(tc, edge);
    tcase_add_test(tc, priorities);
    tcase_add_test(tc, non_secure_view);
    tcase_add_test(tc, acknowledges);
    tcase_add_test(tc, split_end);
    tcase_add_test(tc, software_interrupts);
    tcase_add_test(tc, state);
    suite_add_tcase(s, tc);
    return s;
}
