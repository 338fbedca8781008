/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that ENET receives. */
#include <string.h>

#include "enet_rig.h"
#include "suites.h"
#include "support.h"

START_TEST(receive)
{
    uint8_t frame[100];

    er_up();
    er_make_frame(frame, er_own, sizeof(frame));
    rr_write(ENET_EIMR, ENET_RXF);
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 9);
    ck_assert_uint_eq(rr_read(ENET_EIR) & ENET_RXF, 0);
    rig_run_us(&rr.rig, 2);
    ck_assert(er.line.level);
    ck_assert_uint_eq(rr_read(ER_RX_RING), UINT32_C(0x0800) << 16 | 104);
    ck_assert_mem_eq(rr_ram(ER_RX_BUF), frame, sizeof(frame));
    /* 60 bytes at least, and the FCS: one that has the CRC's residue. */
    ck_assert(tw_enet_receive(&er.enet, frame, 30));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ER_RX_RING + 8), UINT32_C(0x0800) << 16 | 64);
    ck_assert_uint_eq(rr_ram(ER_RX_BUF + 0x800)[59], 0);
    /* Stripped where asked for. */
    rr_write(ENET_RCR, ENET_RCR_NORMAL | 1 << 14);
    ck_assert(tw_enet_receive(&er.enet, frame, 70));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ER_RX_RING + 16), UINT32_C(0x0800) << 16 | 70);
}
END_TEST

/* FCS of a known frame: 60 zero bytes are for nobody, so promiscuous. */
START_TEST(receive_fcs)
{
    static const uint8_t zeros[60];
    static const uint8_t fcs[4] = {0x08, 0x89, 0x12, 0x04};

    er_up();
    rr_write(ENET_RCR, ENET_RCR_NORMAL | 8);
    ck_assert(tw_enet_receive(&er.enet, zeros, sizeof(zeros)));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ER_RX_RING) >> 16, 0x0900); /* L, M */
    ck_assert_mem_eq(rr_ram(ER_RX_BUF) + 60, fcs, 4);
}
END_TEST

START_TEST(receive_ring)
{
    uint8_t frame[64];

    er_up();
    er_make_frame(frame, er_own, sizeof(frame));
    for (uint32_t i = 0; i < ER_RING + 2; i++) {
        frame[20] = (uint8_t)i;
        ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    }
    rig_run_us(&rr.rig, 100);
    for (uint32_t i = 0; i < ER_RING; i++) {
        ck_assert_uint_eq(rr_read(ER_RX_RING + 8 * i) >> 31, 0);
        ck_assert_uint_eq(rr_ram(ER_RX_BUF + 0x800 * i)[20], i);
    }
    /* Full: the rest is lost until software gives buffers back. */
    ck_assert_uint_eq(rr_read(ENET_RDAR), 0);
    ck_assert_uint_eq(er.enet.dropped, 2);
    er_descriptor(ER_RX_RING, 0x8000, 0, ER_RX_BUF);
    rr_write(ENET_RDAR, ENET_ACTIVE);
    frame[20] = 0x77;
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_ram(ER_RX_BUF)[20], 0x77);
    /* More than the wire has had time for. */
    for (uint32_t i = 0; i < TW_ENET_QUEUE; i++) {
        ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    }
    ck_assert(!tw_enet_receive(&er.enet, frame, sizeof(frame)));
    ck_assert(!tw_enet_receive(&er.enet, frame, 13));
    rr_write(ENET_ECR, 1 << 8);
    ck_assert(!tw_enet_receive(&er.enet, frame, sizeof(frame)));
}
END_TEST

START_TEST(receive_pieces)
{
    uint8_t frame[500];

    er_up();
    rr_write(ENET_ECR, 1 << 8);
    rr_write(ENET_MRBR, 256);
    rr_write(ENET_ECR, 1 << 8 | 2);
    rr_write(ENET_RDAR, ENET_ACTIVE);
    er_make_frame(frame, er_own, sizeof(frame));
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(ER_RX_RING), 256);
    ck_assert_uint_eq(rr_read(ER_RX_RING + 8), UINT32_C(0x0800) << 16 | 504);
    ck_assert_uint_eq(rr_read(ENET_EIR) & (ENET_RXF | ENET_RXB),
                      ENET_RXF | ENET_RXB);
    ck_assert_mem_eq(rr_ram(ER_RX_BUF), frame, 256);
    ck_assert_mem_eq(rr_ram(ER_RX_BUF + 0x800), &frame[256], 244);
}
END_TEST

static const struct {
    uint32_t rcr;
    uint16_t status; /* 0: not taken */
    uint8_t to[6];
} filters[] = {
    {ENET_RCR_NORMAL, 0x0800, {0x1a, 0x55, 0x89, 0xa2, 0x69, 0x41}},
    {ENET_RCR_NORMAL, 0, {0x1a, 0x55, 0x89, 0xa2, 0x69, 0x42}},
    {ENET_RCR_NORMAL | 8, 0x0900, {0x1a, 0x55, 0x89, 0xa2, 0x69, 0x42}},
    {ENET_RCR_NORMAL, 0x0880, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {ENET_RCR_NORMAL | 16, 0, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {ENET_RCR_NORMAL, 0, {0x33, 0x33, 0, 0, 0, 1}},
    {ENET_RCR_NORMAL | 8, 0x0940, {0x33, 0x33, 0, 0, 0, 1}},
};

START_TEST(address_filter)
{
    uint8_t frame[64];

    er_up();
    rr_write(ENET_RCR, filters[_i].rcr);
    er_make_frame(frame, filters[_i].to, sizeof(frame));
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ER_RX_RING) >> 16,
                      filters[_i].status == 0 ? 0x8000 : filters[_i].status);
}
END_TEST

/* Hash of 33:33:00:00:00:01: upper six bits of the CRC register. */
START_TEST(hash_filter)
{
    static const uint8_t group[6] = {0x33, 0x33, 0, 0, 0, 1};
    uint8_t frame[64];
    unsigned hits = 0;

    er_up();
    er_make_frame(frame, group, sizeof(frame));
    for (uint32_t bit = 0; bit < 64; bit++) {
        er_mac_up();
        rr_write(bit >= 32 ? ENET_GAUR : ENET_GALR, UINT32_C(1) << (bit % 32));
        ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
        rig_run_us(&rr.rig, 20);
        if (rr_read(ER_RX_RING) >> 31 == 0) {
            hits++;
            ck_assert_uint_eq(bit, 23);
        }
    }
    ck_assert_uint_eq(hits, 1);
    er_mac_up();
    rr_write(ENET_IAUR, UINT32_MAX);
    rr_write(ENET_IAUR + 4, UINT32_MAX);
    frame[0] = 0x32;
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ER_RX_RING) >> 16, 0x0800);
}
END_TEST

START_TEST(lengths)
{
    static uint8_t frame[1600];

    er_up();
    er_make_frame(frame, er_own, sizeof(frame));
    ck_assert(tw_enet_receive(&er.enet, frame, 1514));
    rig_run_us(&rr.rig, 200);
    ck_assert_uint_eq(rr_read(ER_RX_RING), UINT32_C(0x0800) << 16 | 1518);
    ck_assert(tw_enet_receive(&er.enet, frame, 1515));
    rig_run_us(&rr.rig, 200);
    ck_assert_uint_eq(rr_read(ER_RX_RING + 8), UINT32_C(0x0821) << 16 | 1518);
    rr_write(ENET_RCR, ENET_RCR_NORMAL | 1 << 30);
    ck_assert(tw_enet_receive(&er.enet, frame, 1515));
    rig_run_us(&rr.rig, 200);
    ck_assert_uint_eq(rr_read(ER_RX_RING + 16) >> 16, 0x8000);
}
END_TEST

/* Pause frames end in the MAC when flow control is on. */
START_TEST(pause_frames)
{
    static const uint8_t to[6] = {0x01, 0x80, 0xc2, 0, 0, 1};
    uint8_t frame[60];

    er_up();
    er_make_frame(frame, to, sizeof(frame));
    frame[12] = 0x88;
    frame[13] = 0x08;
    rr_write(ENET_RCR, ENET_RCR_NORMAL | 8);
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ER_RX_RING) >> 31, 1);
    rr_write(ENET_RCR, (ENET_RCR_NORMAL | 8) & ~UINT32_C(0x20));
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ER_RX_RING) >> 31, 0);
}
END_TEST

START_TEST(receive_errors)
{
    uint8_t frame[64];

    er_up();
    er_make_frame(frame, er_own, sizeof(frame));
    er_descriptor(ER_RX_RING, 0x8000, 0, ER_NOWHERE);
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ENET_EIR) & ENET_EBERR, ENET_EBERR);
    ck_assert_uint_eq(rr_read(ENET_ECR) & 2, 0);
    er_mac_up();
    rr_write(ENET_ECR, 1 << 8);
    rr_write(ENET_RDSR, ER_NOWHERE);
    rr_write(ENET_ECR, 1 << 8 | 2);
    rr_write(ENET_RDAR, ENET_ACTIVE);
    ck_assert(tw_enet_receive(&er.enet, frame, sizeof(frame)));
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(ENET_EIR) & ENET_EBERR, ENET_EBERR);
}
END_TEST

Suite *suite_twin_enet_receive(void)
{
    Suite *s = suite_create("twin_enet_receive");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, receive);
    tcase_add_test(tc, receive_fcs);
    tcase_add_test(tc, receive_ring);
    tcase_add_test(tc, receive_pieces);
    tcase_add_loop_test(tc, address_filter, 0, (int)COUNT(filters));
    tcase_add_test(tc, hash_filter);
    tcase_add_test(tc, lengths);
    tcase_add_test(tc, pause_frames);
    tcase_add_test(tc, receive_errors);
    suite_add_tcase(s, tc);
    return s;
}
