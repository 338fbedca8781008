/* SPDX-License-Identifier: Apache-2.0 */
#include "models/ocotp.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    BASE = TW_OCOTP_BASE,
    CTRL = BASE,
    CTRL_SET = BASE + 4,
    CTRL_CLR = BASE + 8,
    TIMING = BASE + 0x10,
    DATA = BASE + 0x20,
    READ_CTRL = BASE + 0x30,
    READ_DATA = BASE + 0x40,
    STICKY = BASE + 0x50,
    BUSY = 1 << 8,
    ERROR = 1 << 9,
    RELOAD = 1 << 10
};
#define KEY UINT32_C(0x3e770000)

static struct {
    struct rig rig;
    struct tw_ocotp ocotp;
    struct aw_vfuse fuses;
    unsigned burnt;
} t;

static void burnt(void *ctx, unsigned bank, unsigned word, uint32_t bits)
{
    (void)ctx;
    (void)bank;
    (void)word;
    (void)bits;
    t.burnt++;
}

static void with_part(const char *part)
{
    rig_init(&t.rig);
    ck_assert_int_eq(aw_vfuse_init(&t.fuses, part, UINT64_C(0x123456789)),
                     AW_OK);
    tw_ocotp_init(&t.ocotp, &t.rig.bus, &t.rig.clock, &t.rig.ccm, &t.fuses);
    t.ocotp.burnt = burnt;
    /* IPG is 66 MHz, which the reset value of TIMING fits. */
    rig_write(&t.rig, 0x020c8030, 0x2001);
    rig_write(&t.rig, 0x020c4018, 0x24840324);
    rig_write(&t.rig, 0x020c4014, 0x00018900);
}

static void setup(void)
{
    with_part("IMX6UL");
}

static void wait_idle(void)
{
    for (unsigned i = 0; (rig_read(&t.rig, CTRL) & BUSY) != 0; i++) {
        ck_assert_uint_lt(i, 1000);
        rig_run_us(&t.rig, 1);
    }
}

/* The sequence of the manual. @return ERROR after programming */
static bool blow(unsigned bank, unsigned word, uint32_t bits)
{
    rig_write(&t.rig, CTRL_CLR, ERROR);
    rig_write(&t.rig, CTRL, KEY | (bank * 8 + word));
    rig_write(&t.rig, DATA, bits);
    wait_idle();
    return (rig_read(&t.rig, CTRL) & ERROR) != 0;
}

static uint32_t shadow(unsigned bank, unsigned word)
{
    return rig_read(&t.rig, BASE + 0x400 + 0x10 * (bank * 8 + word) +
                                (bank >= 6 ? 0x100 : 0));
}

/* The shadow shows a blown bit after a reload, the fuse at once. */
START_TEST(program_and_reload)
{
    ck_assert_uint_eq(shadow(0, 1), 0x23456789);
    ck_assert(!blow(4, 6, 0x11));
    ck_assert_uint_eq(t.burnt, 1);
    ck_assert_uint_eq(shadow(4, 6), 0);
    rig_write(&t.rig, CTRL, 4 * 8 + 6);
    rig_write(&t.rig, READ_CTRL, 1);
    wait_idle();
    ck_assert_uint_eq(rig_read(&t.rig, READ_DATA), 0x11);
    rig_run_us(&t.rig, 2);
    rig_write(&t.rig, CTRL_SET, RELOAD);
    ck_assert_uint_eq(rig_read(&t.rig, CTRL) & RELOAD, RELOAD);
    wait_idle();
    ck_assert_uint_eq(rig_read(&t.rig, CTRL) & RELOAD, 0);
    ck_assert_uint_eq(shadow(4, 6), 0x11);
    ck_assert(!blow(4, 6, 0x02));
    ck_assert_uint_eq(t.fuses.fuse[38], 0x13);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* Each way to get nothing programmed. */
START_TEST(refused)
{
    ck_assert(blow(0, 1, 0xff)); /* TESTER_LOCK */
    ck_assert(blow(2, 0, 1));    /* OTPMK_LOCK */
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_REFUSED], 2);
    rig_write(&t.rig, CTRL_CLR, ERROR);
    rig_write(&t.rig, CTRL, 38);
    rig_write(&t.rig, DATA, 1);
    ck_assert_str_eq(t.rig.said, "OCOTP: DATA written without the key in CTRL");
    rig_write(&t.rig, CTRL, KEY | 38);
    rig_write(&t.rig, DATA, 1);
    rig_write(&t.rig, DATA, 2);
    ck_assert_str_eq(t.rig.said, "OCOTP: DATA written while busy");
    wait_idle();
    rig_write(&t.rig, DATA, 2); /* the key was used up */
    ck_assert_uint_eq(t.fuses.fuse[38], 1);
    rig_write(&t.rig, STICKY, 2);
    ck_assert(blow(5, 7, 1));
    ck_assert(blow(4, 6, 2) == false);
    /* ERROR stands in the way of everything. */
    ck_assert(blow(0, 1, 0xff));
    rig_write(&t.rig, CTRL, KEY | ERROR | 38);
    rig_write(&t.rig, DATA, 4);
    ck_assert_str_eq(t.rig.said, "OCOTP: DATA written while ERROR is set");
    ck_assert_uint_eq(t.fuses.fuse[38], 3);
}
END_TEST

START_TEST(read_locked)
{
    ck_assert_uint_eq(shadow(2, 0), 0xbadabada);
    ck_assert_uint_eq(rig_read(&t.rig, CTRL) & ERROR, ERROR);
    rig_write(&t.rig, CTRL_CLR, ERROR);
    rig_write(&t.rig, CTRL, 16);
    rig_write(&t.rig, READ_CTRL, 1);
    wait_idle();
    ck_assert_uint_eq(rig_read(&t.rig, READ_DATA), 0xbadabada);
    ck_assert_uint_eq(rig_read(&t.rig, CTRL) & ERROR, ERROR);
}
END_TEST

/* Shadow registers can be written over, where the lock allows it, until they
 * are loaded again. Locks themselves can only be added. */
START_TEST(override)
{
    rig_write(&t.rig, BASE + 0x400 + 0x10 * 38, 0x1234);
    ck_assert_uint_eq(shadow(4, 6), 0x1234);
    ck_assert_uint_eq(t.fuses.fuse[38], 0);
    rig_write(&t.rig, BASE + 0x400, 1U << 11);
    ck_assert_uint_eq(shadow(0, 0), 0x00320803);
    rig_write(&t.rig, BASE + 0x400 + 0x10 * 38, 0);
    ck_assert_uint_eq(rig_read(&t.rig, CTRL) & ERROR, ERROR);
    ck_assert_uint_eq(shadow(4, 6), 0x1234);
    ck_assert(!blow(4, 6, 1)); /* that lock is another one */
    rig_write(&t.rig, CTRL_SET, RELOAD);
    wait_idle();
    ck_assert_uint_eq(shadow(4, 6), 1);
}
END_TEST

/* TIMING that does not fit the clock is told. */
START_TEST(timing)
{
    static const struct {
        uint32_t timing;
        uint32_t cbcdr;
        bool good;
    } cases[] = {
        {0x01461299, 0x00018900, true},  {0x00061297, 0x00018900, true},
        {0x00000000, 0x00018900, false}, {0x00061297, 0x00018800, false},
        {0x00061fff, 0x00018900, false}, {0x00021297, 0x00018900, false},
        {0x00060297, 0x00018800, false},
    };

    rig_write(&t.rig, 0x020c4014, cases[_i].cbcdr);
    rig_write(&t.rig, TIMING, cases[_i].timing);
    ck_assert(!blow(4, 6, 1));
    ck_assert_int_eq(t.rig.report.counts[TW_REPORT_MISUSE] == 0,
                     cases[_i].good);
}
END_TEST

/* Words beyond the part, and the hole between banks 5 and 6. */
START_TEST(addresses)
{
    static const char *const parts[] = {"IMX6UL", "IMX6ULL", "IMX6ULZ"};

    with_part(parts[_i]);
    t.fuses.shadow[0x2f] = 0x51;
    t.fuses.shadow[0x30] = 0x52;
    ck_assert_uint_eq(rig_read(&t.rig, 0x021bc6f0), 0x51);
    ck_assert_uint_eq(rig_read(&t.rig, 0x021bc800), 0x52);
    (void)rig_read(&t.rig, 0x021bc700);
    ck_assert_uint_eq(t.rig.report.counts[TW_REPORT_MISUSE], 1);
    ck_assert_int_eq(blow(8, 0, 1), _i != 0);
    ck_assert_int_eq(blow(15, 7, 1), _i != 0);
    ck_assert_uint_eq(rig_read(&t.rig, BASE + 0x90), 0x06000000);
}
END_TEST

/* Power goes while a word is programmed: a part of its bits, the same part for
 * the same seed. */
START_TEST(power_goes)
{
    uint32_t took[2];

    for (unsigned i = 0; i < 2; i++) {
        with_part("IMX6UL");
        rig_write(&t.rig, CTRL, KEY | 38);
        rig_write(&t.rig, DATA, UINT32_MAX);
        rig_run_us(&t.rig, 1);
        tw_ocotp_power_lost(&t.ocotp, 7);
        took[i] = t.fuses.fuse[38];
    }
    ck_assert_uint_eq(took[0], took[1]);
    ck_assert_uint_ne(took[0], 0);
    ck_assert_uint_ne(took[0], UINT32_MAX);
    tw_ocotp_power_lost(&t.ocotp, 8); /* nothing under way */
    ck_assert_uint_eq(t.fuses.fuse[38], took[0]);
}
END_TEST

START_TEST(state)
{
    struct tw_device device = tw_ocotp_device(&t.ocotp);

    rig_write(&t.rig, CTRL, KEY | 38);
    rig_write(&t.rig, DATA, 3);
    rig_round_trip(&t.rig, &device);
    ck_assert_uint_eq(rig_read(&t.rig, CTRL) & BUSY, BUSY);
    wait_idle();
    ck_assert_uint_eq(t.fuses.fuse[38], 3);
    device.reset(device.model, TW_RESET_WARM);
    ck_assert_uint_eq(shadow(4, 6), 3);
    t.rig.size = 1;
    ck_assert(rig_refuses_read(&t.rig, CTRL));
    ck_assert(rig_refuses_write(&t.rig, CTRL, 0));
}
END_TEST

Suite *suite_twin_ocotp(void)
{
    Suite *s = suite_create("twin_ocotp");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, program_and_reload);
    tcase_add_test(tc, refused);
    tcase_add_test(tc, read_locked);
    tcase_add_test(tc, override);
    tcase_add_loop_test(tc, timing, 0, 7);
    tcase_add_loop_test(tc, addresses, 0, 3);
    tcase_add_test(tc, power_goes);
    tcase_add_test(tc, state);
    suite_add_tcase(s, tc);
    return s;
}
