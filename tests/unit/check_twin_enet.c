/* SPDX-License-Identifier: Apache-2.0 */
/* ENET, driven as firmware would: registers, and frames that are sent. */
#include <string.h>

#include "enet_rig.h"
#include "suites.h"
#include "support.h"

START_TEST(mac_registers)
{
    er_setup();
    ck_assert_uint_eq(rr_read(ENET_ECR), 0xf0000000);
    ck_assert_uint_eq(rr_read(ENET_RCR), 0x05ee0001);
    ck_assert_uint_eq(rr_read(ENET_PAUR), 0x8808);
    ck_assert_uint_eq(rr_read(ENET_MIBC), 0xc0000000);
    ck_assert_uint_eq(rr_read(ENET_FTRL), 0x7ff);
    rr_write(ENET_MRBR, UINT32_MAX);
    ck_assert_uint_eq(rr_read(ENET_MRBR), 0x3ff0);
    rr_write(ENET_RDAR, ENET_ACTIVE);
    ck_assert_uint_eq(rr_read(ENET_RDAR), 0); /* the controller is off */
    ck_assert_uint_eq(rr_misuses(), 1);
    rr_write(ENET_ECR, 1 << 4);
    ck_assert_uint_eq(rr_misuses(), 2);
    er_mac_up();
    rr_write(ENET_RDSR, ER_RX_RING); /* while it runs */
    ck_assert_uint_eq(rr_misuses(), 3);
    ck_assert_uint_eq(rr_read(ENET_RDAR), ENET_ACTIVE);
    rr_write(ENET_ECR, 1 << 8);
    ck_assert_uint_eq(rr_read(ENET_RDAR), 0);
}
END_TEST

START_TEST(transmit)
{
    er_up();
    er_make_frame(rr_ram(ER_TX_BUF), er_own, 100);
    rr_write(ENET_EIMR, ENET_TXF);
    er_descriptor(ER_TX_RING, 0x8c00, 100, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    ck_assert_uint_eq(er.sent, 0);
    /* 124 bytes with preamble, FCS and gap: 9.92 us of 100 Mbit/s. */
    rig_run_us(&rr.rig, 9);
    ck_assert_uint_eq(er.sent, 0);
    rig_run_us(&rr.rig, 1);
    ck_assert_uint_eq(er.sent, 1);
    ck_assert_uint_eq(er.last.n, 100);
    ck_assert_mem_eq(er.last.bytes, rr_ram(ER_TX_BUF), 100);
    ck_assert_uint_eq(rr_read(ER_TX_RING) >> 16, 0x0c00);
    ck_assert_uint_eq(rr_read(ENET_TDAR), 0);
    ck_assert_uint_eq(rr_read(ENET_EIR), ENET_TXF | ENET_TXB);
    ck_assert(er.line.level);
    rr_write(ENET_EIR, ENET_TXF);
    ck_assert(!er.line.level);
    /* Short ones are padded. */
    er_descriptor(ER_TX_RING + 8, 0x8c00, 20, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(er.last.n, 60);
    ck_assert_uint_eq(er.last.bytes[59], 0);
    ck_assert_mem_eq(er.last.bytes, rr_ram(ER_TX_BUF), 20);
    ck_assert_uint_eq(rr_misuses(), 0);
}
END_TEST

/* Several buffers a frame, several frames a start, the ring's end. */
START_TEST(transmit_ring)
{
    er_up();
    for (uint32_t round = 0; round < 3; round++) {
        er_make_frame(rr_ram(ER_TX_BUF), er_own, 300);
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t last = i == 2 ? 0x0c00 : 0;

            er_descriptor(ER_TX_RING + 8 * i, 0x8000 | last, 100,
                          ER_TX_BUF + 100 * i);
        }
        er_make_frame(rr_ram(ER_TX_BUF + 0x1800), er_own, 64);
        er_descriptor(ER_TX_RING + 24, 0xac00, 64, ER_TX_BUF + 0x1800);
        rr_write(ENET_TDAR, ENET_ACTIVE);
        rig_run_us(&rr.rig, 100);
        ck_assert_uint_eq(er.sent / 2, round + 1);
        ck_assert_uint_eq(er.last.n, 64);
        ck_assert_uint_eq(rr_read(ER_TX_RING + 24) >> 16, 0x2c00);
    }
    /* Graceful stop holds frames back. */
    rr_write(ENET_TCR, 5);
    er_descriptor(ER_TX_RING, 0x8c00, 64, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(er.sent, 6);
    rr_write(ENET_TCR, 4);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(er.sent, 7);
}
END_TEST

/* A checksum of software is checked, and taken off. */
START_TEST(transmit_with_fcs)
{
    er_up();
    er_make_frame(rr_ram(ER_TX_BUF), er_own, 60);
    memset(rr_ram(ER_TX_BUF) + 60, 0, 4);
    er_descriptor(ER_TX_RING, 0x8800, 64, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(er.sent, 0);
    ck_assert_uint_eq(rr_misuses(), 1);
    /* Receive it to learn its FCS, and send it with that. */
    ck_assert(tw_enet_receive(&er.enet, rr_ram(ER_TX_BUF), 60));
    rig_run_us(&rr.rig, 20);
    memcpy(rr_ram(ER_TX_BUF) + 60, rr_ram(ER_RX_BUF) + 60, 4);
    er_descriptor(ER_TX_RING + 8, 0x8800, 64, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(er.sent, 1);
    ck_assert_uint_eq(er.last.n, 60);
    er_descriptor(ER_TX_RING + 16, 0x8800, 40, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_misuses(), 2);
}
END_TEST

START_TEST(transmit_errors)
{
    er_up();
    /* No memory: the controller stops. */
    er_descriptor(ER_TX_RING, 0x8c00, 64, ER_NOWHERE);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    ck_assert_uint_eq(rr_read(ENET_EIR) & ENET_EBERR, ENET_EBERR);
    ck_assert_uint_eq(rr_read(ENET_ECR) & 2, 0);
    er_mac_up();
    /* Longer than a frame can be; never ending. */
    for (uint32_t i = 0; i < ER_RING; i++) {
        er_descriptor(ER_TX_RING + 8 * i, 0x8000 | (i == 3 ? 0x2000U : 0),
                      0x7f0, ER_TX_BUF);
    }
    rr_write(ENET_TDAR, ENET_ACTIVE);
    ck_assert_uint_eq(rr_misuses(), 1);
    ck_assert_uint_eq(rr_read(ENET_TDAR), 0);
    for (uint32_t i = 0; i < ER_RING; i++) {
        er_descriptor(ER_TX_RING + 8 * i, 0x8000 | (i == 3 ? 0x2000U : 0), 0,
                      ER_TX_BUF);
    }
    rr_write(ENET_TDAR, ENET_ACTIVE);
    ck_assert_uint_eq(rr_read(ENET_TDAR), 0);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(er.sent, 0);
}
END_TEST

/* Without clock, link, RMII or reference choice nothing gets out. */
START_TEST(transmit_lost)
{
    er_up();
    er_make_frame(rr_ram(ER_TX_BUF), er_own, 64);
    er_descriptor(ER_TX_RING, 0x8c00, 64, ER_TX_BUF);
    er.reference = false;
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(ER_TX_RING) >> 31, 1); /* stands still */
    er.reference = true;
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(er.sent, 1);
    er_phy_write(0x17, 0x01);
    er_descriptor(ER_TX_RING + 8, 0x8c00, 64, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_misuses(), 1);
    ck_assert(!tw_enet_receive(&er.enet, rr_ram(ER_TX_BUF), 64));
    ck_assert_uint_eq(rr_misuses(), 1); /* told once */
    er_phy_write(0x17, 0x81);
    rr_write(ENET_RCR, ENET_RCR_NORMAL & ~UINT32_C(0x100));
    er_descriptor(ER_TX_RING + 16, 0x8c00, 64, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_misuses(), 2);
    rr_write(ENET_RCR, ENET_RCR_NORMAL);
    tw_phy_cable(&er.phy, false);
    er_descriptor(ER_TX_RING + 24, 0xac00, 64, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(er.sent, 1);
    ck_assert_uint_eq(rr_read(ER_TX_RING + 24) >> 31, 0);
}
END_TEST

START_TEST(loopback_and_statistics)
{
    er_up();
    rr_write(ENET_RCR, ENET_RCR_NORMAL | 1);
    rr_write(ENET_MIBC, 0);
    er_make_frame(rr_ram(ER_TX_BUF), er_own, 64);
    er_descriptor(ER_TX_RING, 0x8c00, 64, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 50);
    ck_assert_uint_eq(er.sent, 0);
    ck_assert_uint_eq(rr_read(ER_RX_RING), UINT32_C(0x0800) << 16 | 68);
    ck_assert_mem_eq(rr_ram(ER_RX_BUF), rr_ram(ER_TX_BUF), 64);
    ck_assert_uint_eq(rr_read(TW_ENET2_BASE + 0x204), 1);
    ck_assert_uint_eq(rr_read(TW_ENET2_BASE + 0x284), 1);
}
END_TEST

/* Descriptors without byte swap are big endian. */
START_TEST(big_endian_descriptors)
{
    er_up();
    rr_write(ENET_ECR, 0);
    er_make_frame(rr_ram(ER_TX_BUF), er_own, 64);
    rr_write(ER_TX_RING, 0x4000008c); /* status 0x8c00, length 0x0040 */
    rr_write(ER_TX_RING + 4, 0x00000180);
    rr_write(ENET_ECR, 2);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    rig_run_us(&rr.rig, 50);
    ck_assert_uint_eq(er.sent, 1);
    ck_assert_uint_eq(rr_read(ER_TX_RING), 0x4000000c);
}
END_TEST

START_TEST(dma_meets_dirty_line)
{
    er_up();
    rr_make_dirty(ER_TX_BUF);
    er_descriptor(ER_TX_RING, 0x8c00, 64, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    ck_assert_uint_eq(rr.rig.report.counts[TW_REPORT_DMA_DIRTY], 1);
}
END_TEST

START_TEST(snapshot)
{
    struct tw_device dev = tw_enet_device(&er.enet);
    uint8_t frame[100];

    er_up();
    er_make_frame(frame, er_own, sizeof(frame));
    er_make_frame(rr_ram(ER_TX_BUF), er_own, 200);
    er_descriptor(ER_TX_RING, 0x8c00, 200, ER_TX_BUF);
    rr_write(ENET_TDAR, ENET_ACTIVE);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    }
    rig_round_trip(&rr.rig, &dev);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(er.sent, 1);
    ck_assert_uint_eq(er.last.n, 200);
    ck_assert_uint_eq(rr_read(ER_RX_RING + 16), UINT32_C(0x0800) << 16 | 104);
    ck_assert_uint_eq(er_phy_read(1) & 4, 4);
    tw_phy_cable(&er.phy, false);
    tw_phy_cable(&er.phy, true);
    rig_round_trip(&rr.rig, &dev);
    rig_run_us(&rr.rig, 1600000);
    ck_assert_uint_eq(er_phy_read(1) & 4, 0);
    ck_assert_uint_eq(er_phy_read(1) & 4, 4);
    dev.reset(dev.model, TW_RESET_WARM);
    ck_assert_uint_eq(er.phy.regs[0x17], 0x81);
    dev.reset(dev.model, TW_RESET_POWER);
    ck_assert_uint_eq(er.phy.regs[0x17], 0x41);
}
END_TEST

Suite *suite_twin_enet(void)
{
    Suite *s = suite_create("twin_enet");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, mac_registers);
    tcase_add_test(tc, transmit);
    tcase_add_test(tc, transmit_ring);
    tcase_add_test(tc, transmit_with_fcs);
    tcase_add_test(tc, transmit_errors);
    tcase_add_test(tc, transmit_lost);
    tcase_add_test(tc, loopback_and_statistics);
    tcase_add_test(tc, big_endian_descriptors);
    tcase_add_test(tc, dma_meets_dirty_line);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
