/* SPDX-License-Identifier: Apache-2.0 */
/* DCP, driven as firmware would: registers, packets, channels. */
#include "aw/sha256.h"
#include "dcp_rig.h"
#include "suites.h"
#include "support.h"

START_TEST(dcp_registers)
{
    ck_assert_uint_eq(rr_read(DCP_CTRL), 0xf0800000);
    ck_assert_uint_eq(rr_read(DCP_STAT), 0x10000000);
    ck_assert_uint_eq(rr_read(DCP_CAPABILITY0), 0x00000404);
    ck_assert_uint_eq(rr_read(TW_DCP_BASE + 0x40), 0x00070001);
    ck_assert_uint_eq(rr_read(TW_DCP_BASE + 0x430), 0x02010000);
    /* In reset nothing else can be written. */
    rr_write(DCP_CHANNELCTRL, 1);
    ck_assert_uint_eq(rr_misuses(), 1);
    ck_assert_uint_eq(rr_read(DCP_CHANNELCTRL), 0);
    dr_up();
    ck_assert_uint_eq(rr_read(DCP_CTRL), 0x30800000);
    ck_assert_uint_eq(rr_read(DCP_CHANNELCTRL), 0xf);
    rr_write(DCP_CHANNELCTRL + 8, 4);
    ck_assert_uint_eq(rr_read(DCP_CHANNELCTRL), 0xb);
    rr_write(DCP_CHANNELCTRL + 0xc, 5);
    ck_assert_uint_eq(rr_read(DCP_CHANNELCTRL), 0xe);
    rr_write(DCP_CAPABILITY0, UINT32_C(1) << 29);
    rr_write(DCP_CAPABILITY0, 0);
    ck_assert_uint_eq(rr_read(DCP_CAPABILITY0), 0x20000404);
    (void)rr_read(TW_DCP_BASE + 0x500);
    rr_write(TW_DCP_BASE + 0x430, 0);
    ck_assert_uint_eq(rr_misuses(), 3);
    rr.rig.size = 1;
    ck_assert(rig_refuses_read(&rr.rig, DCP_CTRL));
    ck_assert(rig_refuses_write(&rr.rig, DCP_CTRL, 0));
    rr.rig.size = 4;
    rr_write(DCP_CTRL + 4, UINT32_C(1) << 31);
    ck_assert_uint_eq(rr_read(DCP_CHANNELCTRL), 0);
}
END_TEST

START_TEST(copy_and_fill)
{
    struct dr_packet p = {.control0 = 0x13,
                          .source = DR_SOURCE,
                          .target = DR_TARGET,
                          .size = 5000,
                          .payload = DR_PAYLOAD};

    dr_up();
    for (uint32_t i = 0; i < 5000; i++) {
        rr_ram(DR_SOURCE)[i] = (uint8_t)(i * 11);
    }
    ck_assert_uint_eq(dr_run(&p), 0);
    ck_assert_mem_eq(rr_ram(DR_TARGET), rr_ram(DR_SOURCE), 5000);
    ck_assert_uint_eq(rr_ram(DR_TARGET)[5000], 0);
    p.control0 = 0x10003;
    p.source = 0x44332211;
    p.size = 6;
    ck_assert_uint_eq(dr_run(&p), 0);
    ck_assert_mem_eq(rr_ram(DR_TARGET), "\x11\x22\x33\x44\x11\x22", 6);
    ck_assert_uint_eq(rr_ram(DR_TARGET)[6], (uint8_t)66);
}
END_TEST

/* Packets that end in an error: CH0STAT, and whether it is reported. */
static const struct {
    struct dr_packet packet;
    uint32_t stat;
    bool reported;
} errors[] = {
    {{0, 0x83, 0, DR_SOURCE, DR_TARGET, 16, 0, 0}, 0x050004, true}, /* blit */
    {{0, 0x100013, 0, DR_SOURCE, DR_TARGET, 16, 0, 0},
     0x050004,
     true}, /* swap */
    {{0, 0x3043, 0x10000, DR_SOURCE, 0, 16, DR_PAYLOAD, 0}, 0x050004, true},
    {{0, 0x3043, 0x30000, DR_SOURCE, 0, 16, DR_PAYLOAD, 0}, 0x050004, false},
    {{0, 0x1043, 0x20000, DR_SOURCE, 0, 63, DR_PAYLOAD, 0}, 0x050004, false},
    {{0, 0x2043, 0x20000, DR_SOURCE, 0, 64, DR_PAYLOAD, 0}, 0x050004, false},
    {{0, 0x123, 0, DR_SOURCE, DR_TARGET, 15, 0, 0}, 0x050004, false},
    {{0, 0x123, 1, DR_SOURCE, DR_TARGET, 16, 0, 0}, 0x050004, false},
    {{0, 0x123, 0x20, DR_SOURCE, DR_TARGET, 16, 0, 0}, 0x050004, false},
    {{0, 0x123, 0x400, DR_SOURCE, DR_TARGET, 16, 0, 0}, 0x050004, false},
    {{0, 0x123, 0xfe00, DR_SOURCE, DR_TARGET, 16, 0, 0}, 0x050004, false},
    {{0, 0x13, 0, 0x10000000, DR_TARGET, 16, 0, 0}, 0x10, false},
    {{0, 0x13, 0, DR_SOURCE, 0x10000000, 16, 0, 0}, 0x20, false},
    {{0, 0x923, 0, DR_SOURCE, DR_TARGET, 16, 0x10000000, 0}, 0x040004, false},
    {{0, 0x323, 0x10, DR_SOURCE, DR_TARGET, 16, 0x10000000, 0},
     0x040004,
     false},
    {{0, 0x3043, 0x20000, DR_SOURCE, 0, 16, 0x10000000, 0}, 0x040020, false},
};

START_TEST(packet_errors)
{
    uint64_t before = 0;

    dr_up();
    before = rr_misuses();
    rr_write(DCP_CTRL + 4, 1);
    ck_assert_uint_eq(dr_run(&errors[_i].packet), errors[_i].stat);
    ck_assert_uint_eq(rr_misuses() - before, errors[_i].reported ? 1 : 0);
    ck_assert_uint_eq(rr_read(DR_PACKET + 28), errors[_i].stat | 1);
    ck_assert(dr.line.level);
    /* The channel stands until its error is cleared; the packet was not
     * counted off. */
    ck_assert_uint_eq(rr_read(DCP_SEMA), 1 << 16);
    rr_write(DCP_SEMA + 8, 0xff);
    ck_assert_uint_eq(rr_read(DCP_SEMA), 0);
    const struct dr_packet good = {
        .control0 = 0x13, .source = DR_SOURCE, .target = DR_TARGET, .size = 16};

    ck_assert_uint_eq(dr_run(&good), 0);
}
END_TEST

START_TEST(chain_errors)
{
    struct dr_packet p = {
        .control0 = 0x13, .source = DR_SOURCE, .target = DR_TARGET, .size = 16};

    dr_up();
    dr_put(DR_PACKET, &p);
    ck_assert_uint_eq(dr_go(2), 0x020004); /* no chain */
    rr_write(DCP_SEMA + 8, 0xff);
    p.control0 = 0x17;
    dr_put(DR_PACKET, &p);
    ck_assert_uint_eq(dr_go(2), 0x010004); /* the next one is 0 */
    rr_write(DCP_SEMA + 8, 0xff);
    p.next = 0x10000000;
    dr_put(DR_PACKET, &p);
    ck_assert_uint_eq(dr_go(2), 0x000008); /* is no memory */
    rr_write(DCP_SEMA + 8, 0xff);
    rr_write(DCP_CHSTAT + 8, UINT32_MAX);
    rr_write(DCP_CMDPTR, DR_PACKET + 2);
    rr_write(DCP_SEMA, 1);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(DCP_CHSTAT), 0x000008);
}
END_TEST

/* Channels take turns; the lower one first unless another has priority. */
START_TEST(channels_and_interrupts)
{
    struct dr_packet p = {.control0 = 0x13,
                          .source = DR_SOURCE,
                          .target = DR_TARGET,
                          .size = 2048};

    dr_up();
    for (uint32_t i = 0; i < 4; i++) {
        dr_put(DR_PACKET + 0x100 * i, &p);
        rr_write(DCP_CMDPTR + 0x40 * i, DR_PACKET + 0x100 * i);
    }
    rr_write(DCP_CHANNELCTRL, 0x40f);
    rr_write(DCP_CTRL + 4, 8);
    rr_write(DCP_SEMA + 0x40, 1);
    rr_write(DCP_SEMA + 0xc0, 1);
    rr_write(DCP_SEMA + 0x80, 1);
    ck_assert_uint_eq(rr_read(DCP_STAT), 0x120e0000);
    ck_assert_uint_eq(rr_read(DCP_PACKET1), 0x13);
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(DCP_STAT), 0x130c0002);
    rig_run_us(&rr.rig, 20);
    ck_assert(!dr.line.level);
    ck_assert_uint_eq(rr_read(DCP_STAT), 0x14080006);
    rig_run_us(&rr.rig, 20);
    ck_assert_uint_eq(rr_read(DCP_STAT), 0x1000000e);
    ck_assert(dr.line.level);
    rr_write(DCP_STAT + 8, 8);
    ck_assert(!dr.line.level);
}
END_TEST

START_TEST(dma_meets_dirty_line)
{
    const struct dr_packet p = {
        .control0 = 0x13, .source = DR_SOURCE, .target = DR_TARGET, .size = 64};

    dr_up();
    rr_make_dirty(DR_SOURCE);
    ck_assert_uint_eq(dr_run(&p), 0);
    ck_assert_uint_eq(rr.rig.report.counts[TW_REPORT_DMA_DIRTY], 1);
}
END_TEST

START_TEST(dcp_snapshot)
{
    struct tw_device dev = tw_dcp_device(&dr.dcp);
    struct dr_packet p = {.control0 = 0x1043,
                          .control1 = 0x20000,
                          .source = DR_SOURCE,
                          .size = 128,
                          .payload = DR_PAYLOAD};
    uint8_t want[32];

    dr_up();
    dr_ram_key(2);
    ck_assert_uint_eq(dr_run(&p), 0);
    rig_round_trip(&rr.rig, &dev);
    p.control0 = 0x2043;
    p.size = 1;
    ck_assert_uint_eq(dr_run(&p), 0);
    aw_sha256((aw_bytes){rr_ram(DR_SOURCE), 129}, want);
    ck_assert_uint_eq(rr_ram(DR_PAYLOAD)[31], want[0]);
    /* In the middle of a packet. */
    dr_put(DR_PACKET, &p);
    rr_write(DCP_CMDPTR, DR_PACKET);
    rr_write(DCP_SEMA, 1);
    rig_round_trip(&rr.rig, &dev);
    rig_run_us(&rr.rig, 100);
    ck_assert_uint_eq(rr_read(DCP_SEMA),
                      1 << 16); /* no hash is under way: an error */
}
END_TEST

Suite *suite_twin_dcp(void)
{
    Suite *s = suite_create("twin_dcp");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, dr_setup, NULL);
    tcase_add_test(tc, dcp_registers);
    tcase_add_test(tc, copy_and_fill);
    tcase_add_loop_test(tc, packet_errors, 0, (int)COUNT(errors));
    tcase_add_test(tc, chain_errors);
    tcase_add_test(tc, channels_and_interrupts);
    tcase_add_test(tc, dma_meets_dirty_line);
    tcase_add_test(tc, dcp_snapshot);
    suite_add_tcase(s, tc);
    return s;
}
