/* SPDX-License-Identifier: Apache-2.0 */
/* CAAM, driven as firmware would: registers, job rings, integrity. */
#include "caam_rig.h"
#include "suites.h"
#include "support.h"

enum {
    RSTA = TW_CAAM_BASE + 0x6004,
    RCMD = TW_CAAM_BASE + 0x600c,
    RCTL = TW_CAAM_BASE + 0x6014,
    BLOCK0 = TW_CAAM_BASE + 0x6100
};

START_TEST(ring_registers)
{
    ck_assert_uint_eq(rr_read(CAAM_JRSTART), 0);
    ca_ring_up(0);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + CAAM_IRBAR), CA_IN_RING);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + CAAM_IRSAR), 1);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + CAAM_ORSR), 1);
    ck_assert_uint_eq(rr_read(CAAM_RING0), 0); /* high half */
    rr_write(CAAM_RING0, 0);
    rr_write(CAAM_RING0 + 0x20, 0);
    rr_write(TW_CAAM_BASE + 0x14, 8); /* JR0MIDR: owner */
    ck_assert_uint_eq(rr_read(TW_CAAM_BASE + 0x14), 8);
    rr_write(CAAM_SCFGR, 0x300);
    ck_assert_uint_eq(rr_read(CAAM_SCFGR), 0x300);
    ck_assert_uint_eq(rr_read(TW_CAAM_BASE + 0xff8), 0x0a160300);
    ck_assert_uint_eq(rr_misuses(), 0);
    (void)rr_read(TW_CAAM_BASE + 0x700);
    rr_write(TW_CAAM_BASE + 0x700, 1);
    rr_write(CAAM_RING0 + 0x38, 1);
    rr_write(CAAM_RING0, 1);
    ck_assert_uint_eq(rr_misuses(), 4);
    rr.rig.size = 2;
    ck_assert(rig_refuses_read(&rr.rig, CAAM_JRSTART));
    ck_assert(rig_refuses_write(&rr.rig, CAAM_JRSTART, 0));
    rr.rig.size = 4;
    /* A reset of the ring, and of all. */
    rr_write(CAAM_RING0 + CAAM_JRCR, 1);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + CAAM_IRBAR), 0);
    rr_write(TW_CAAM_BASE + 4, UINT32_C(1) << 31);
    ck_assert_uint_eq(rr_read(CAAM_SCFGR), 0);
}
END_TEST

/* What drivers do wrong with rings. */
START_TEST(ring_misuse)
{
    ca_put_job(ca_mkv, COUNT(ca_mkv));
    rr_write(CA_IN_RING, CA_JOB);
    /* ORSR forgotten, as one known driver does. */
    rr_write(CAAM_JRSTART, 1);
    rr_write(CAAM_RING0 + CAAM_IRBAR, CA_IN_RING);
    rr_write(CAAM_RING0 + CAAM_IRSR, 1);
    rr_write(CAAM_RING0 + CAAM_ORBAR, CA_OUT_RING);
    rr_write(CAAM_RING0 + CAAM_IRJAR, 1);
    rig_run_us(&rr.rig, 1000);
    ck_assert_uint_eq(rr_misuses(), 1);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + CAAM_ORSFR), 0);
    rr_write(CAAM_RING0 + CAAM_IRBAR, CA_IN_RING + 4); /* while a job waits */
    ck_assert_uint_eq(rr_misuses(), 2);
    rr_write(CAAM_RING0 + CAAM_JRCR, 1);
    /* More jobs than room, more results than there are, not started. */
    ca_ring_up(0);
    rr_write(CAAM_RING0 + CAAM_IRJAR, 2);
    ck_assert_uint_eq(rr_misuses(), 3);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + CAAM_ORSFR), 1);
    rr_write(CAAM_RING0 + CAAM_ORJRR, 2);
    ck_assert_uint_eq(rr_misuses(), 4);
    rr_write(CAAM_JRSTART, 0);
    rr_write(CAAM_RING0 + CAAM_IRJAR, 1);
    ck_assert_uint_eq(rr_misuses(), 5);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + CAAM_ORSFR), 0);
    rr_write(CAAM_JRSTART, 1);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + CAAM_ORSFR), 1);
    /* Rings that are no memory. */
    rr_write(CAAM_RING0 + CAAM_JRCR, 1);
    ca_ring_up(0);
    rr_write(CAAM_RING0 + CAAM_IRBAR, CA_NOWHERE);
    rr_write(CAAM_RING0 + CAAM_IRJAR, 1);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_misuses(), 6);
    ca_ring_up(0);
    rr_write(CAAM_RING0 + CAAM_ORBAR, CA_NOWHERE);
    rr_write(CAAM_RING0 + CAAM_IRJAR, 1);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_misuses(), 7);
}
END_TEST

/* Rings of several entries, three of them, and their interrupts. */
START_TEST(rings)
{
    ca_put_job(ca_mkv, COUNT(ca_mkv));
    for (uint32_t r = 0; r < TW_CAAM_RINGS; r++) {
        uint32_t base = CAAM_RING0 + 0x1000 * r;

        ca_ring_up(r);
        rr_write(base + CAAM_IRSR, 4);
        rr_write(base + CAAM_ORSR, 3);
        for (uint32_t i = 0; i < 4; i++) {
            rr_write(CA_IN_RING + 4 * i, CA_JOB);
        }
        rr_write(base + CAAM_IRJAR, 4);
        ck_assert_uint_eq(rr_read(base + CAAM_IRSAR), 0);
        rig_run_us(&rr.rig, 100);
        ck_assert_uint_eq(rr_read(base + CAAM_ORSFR),
                          3); /* as many as have room */
        ck_assert_uint_eq(rr_read(base + CAAM_IRSAR), 3);
        ck_assert_uint_eq(rr_read(base + 0x64), 0);
        ck_assert(ca.lines[r].level);
        rr_write(base + CAAM_JRINTR, 1);
        ck_assert(!ca.lines[r].level);
        rr_write(base + CAAM_JRCFGR, 1); /* masked */
        rr_write(base + CAAM_ORJRR, 3);
        rig_run_us(&rr.rig, 100);
        ck_assert_uint_eq(rr_read(base + CAAM_ORSFR), 1);
        ck_assert_uint_eq(rr_read(base + 0x5c), 0);
        ck_assert_uint_eq(rr_read(base + 0x64), 8);
        ck_assert(!ca.lines[r].level);
        rr_write(base + CAAM_JRCFGR, 0);
        ck_assert(ca.lines[r].level);
        rr_write(base + CAAM_JRCR, 1);
        ck_assert(!ca.lines[r].level);
    }
}
END_TEST

/* Run-time integrity: two blocks are hashed once, then watched. */
static void rtic_up(void)
{
    rr_write(BLOCK0 + 4, CA_MESSAGE);
    rr_write(BLOCK0 + 0xc, 0x1000);
    rr_write(BLOCK0 + 0x24, CA_OUTPUT);
    rr_write(BLOCK0 + 0x2c, 0x800);
    rr_write(RCTL, 0x33e);
    rr_write(TW_CAAM_BASE + 0x601c, 0xff);
    rr_write(RCMD, 2);
    ck_assert_uint_eq(rr_read(RSTA), 1 << 25 | 1);
    rig_wait(&rr.rig, RSTA, 2, 10000);
    ck_assert_uint_eq(rr_read(RSTA), 2);
    rr_write(RCMD, 5);
    ck_assert_uint_eq(rr_read(RSTA) >> 25 & 3, 2);
}

START_TEST(rtic)
{
    rtic_up();
    rig_run_us(&rr.rig, 100000);
    ck_assert_uint_eq(rr_read(RSTA) >> 25 & 3, 2);
    ck_assert_uint_eq(ca.violations, 0);
    rr_write(RCTL, 0); /* no change while it runs */
    ck_assert_uint_eq(rr_misuses(), 1);
    *rr_ram(CA_OUTPUT + 0x7ff) ^= 1;
    rig_run_us(&rr.rig, 100000);
    ck_assert_uint_eq(rr_read(RSTA) >> 25 & 3, 3);
    ck_assert_uint_eq(rr_read(RSTA) >> 4 & 15, 2);
    ck_assert_uint_ne(rr_read(RSTA) & 4, 0);
    ck_assert_uint_eq(ca.violations, 1);
    ck_assert(ca.lines[3].level);
    rr_write(RCMD, 2);
    ck_assert_uint_eq(rr_misuses(), 2);
}
END_TEST

START_TEST(rtic_address)
{
    rr_write(BLOCK0 + 4, CA_NOWHERE);
    rr_write(BLOCK0 + 0xc, 64);
    rr_write(RCTL, 0x10);
    rr_write(RCMD, 2);
    rig_run_us(&rr.rig, 10000);
    ck_assert_uint_eq(rr_read(RSTA) >> 8 & 15, 1);
    ck_assert_uint_eq(ca.violations, 1);
    ck_assert_uint_eq(rr_read(BLOCK0), 0);
    ck_assert_uint_eq(rr_read(TW_CAAM_BASE + 0x602c), 0xffff);
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device dev = tw_caam_device(&ca.caam);

    ca_ring_up(1);
    rr_write(CAAM_RTMCTL, 0x20);
    rtic_up();
    ca_put_job(ca_mkv, COUNT(ca_mkv));
    rr_write(CA_IN_RING, CA_JOB);
    rr_write(CAAM_RING0 + 0x1000 + CAAM_IRJAR, 1);
    rig_round_trip(&rr.rig, &dev);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(CAAM_RING0 + 0x1000 + CAAM_ORSFR), 1);
    rig_run_us(&rr.rig, 25000);
    ck_assert_uint_ne(rr_read(CAAM_RTMCTL) & 1 << 10, 0);
    ck_assert_uint_eq(rr_read(RSTA) >> 25 & 3, 2);
    rig_round_trip(&rr.rig, &dev);
}
END_TEST

Suite *suite_twin_caam(void)
{
    Suite *s = suite_create("twin_caam");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, ca_setup, NULL);
    tcase_add_test(tc, ring_registers);
    tcase_add_test(tc, ring_misuse);
    tcase_add_test(tc, rings);
    tcase_add_test(tc, rtic);
    tcase_add_test(tc, rtic_address);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
