/* SPDX-License-Identifier: Apache-2.0 */
#include "models/i2c.h"

#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    BASE = 0x021a0000,
    IFDR = BASE + 4,
    I2CR = BASE + 8,
    I2SR = BASE + 12,
    I2DR = BASE + 16,
    CHIP = 0x08,
    IEN = 0x80,
    IIEN = 0x40,
    MSTA = 0x20,
    MTX = 0x10,
    TXAK = 0x08,
    RSTA = 0x04,
    ICF = 0x80,
    IBB = 0x20,
    IIF = 0x02,
    RXAK = 0x01
};

static struct {
    struct rig rig;
    struct tw_i2c i2c;
    struct rig_line irq;
} t;

static void setup(void)
{
    static uint8_t fresh[TW_I2C_BYTES];

    fresh[0x52] = 0x1f;
    rig_init(&t.rig);
    tw_i2c_init(&t.i2c, "I2C1", BASE, &t.rig.bus, &t.rig.clock, &t.rig.ccm);
    tw_i2c_add(&t.i2c, "PF1510", CHIP, fresh);
    tw_i2c_add(&t.i2c, "TUSB320", 0x61, NULL);
    t.i2c.irq = rig_watch(&t.irq);
    rig_write(&t.rig, 0x020c8030, 0x2001); /* PLL2 on */
    t.rig.size = 2;
    rig_write(&t.rig, IFDR, 0x16);
}

static void wait_byte(void)
{
    ck_assert_uint_eq(rig_read(&t.rig, I2SR) & (ICF | IIF), 0);
    rig_wait(&t.rig, I2SR, IIF | ICF, 500);
    rig_write(&t.rig, I2SR, 0);
}

static void start(void)
{
    rig_write(&t.rig, I2CR, IEN | IIEN);
    ck_assert_uint_eq(rig_read(&t.rig, I2SR) & IBB, 0);
    rig_write(&t.rig, I2CR, IEN | IIEN | MSTA);
    ck_assert_uint_ne(rig_read(&t.rig, I2SR) & IBB, 0);
    rig_write(&t.rig, I2CR, IEN | IIEN | MSTA | MTX);
}

static void stop(void)
{
    rig_write(&t.rig, I2CR, IEN);
    ck_assert_uint_eq(rig_read(&t.rig, I2SR) & IBB, 0);
}

/* @return true when it was acknowledged */
static bool send(uint8_t byte)
{
    rig_write(&t.rig, I2DR, byte);
    wait_byte();
    return (rig_read(&t.rig, I2SR) & RXAK) == 0;
}

START_TEST(writes_and_reads)
{
    start();
    ck_assert(send(CHIP << 1));
    ck_assert(send(0x51));
    ck_assert(send(0xaa));
    ck_assert(send(0xbb));
    stop();
    ck_assert_uint_eq(*tw_i2c_register(&t.i2c, CHIP, 0x51), 0xaa);
    ck_assert_uint_eq(*tw_i2c_register(&t.i2c, CHIP, 0x52), 0xbb);
    start();
    ck_assert(send(CHIP << 1));
    ck_assert(send(0x51));
    rig_write(&t.rig, I2CR, IEN | MSTA | MTX | RSTA);
    ck_assert(send(CHIP << 1 | 1));
    rig_write(&t.rig, I2CR, IEN | MSTA);
    (void)rig_read(&t.rig, I2DR); /* starts the first byte */
    wait_byte();
    rig_write(&t.rig, I2CR, IEN | MSTA | TXAK);
    ck_assert_uint_eq(rig_read(&t.rig, I2DR), 0xaa);
    wait_byte();
    stop();
    ck_assert_uint_eq(rig_read(&t.rig, I2DR), 0xbb);
}
END_TEST

START_TEST(nobody_there)
{
    start();
    ck_assert(!send(0x48 << 1));
    stop();
    ck_assert_ptr_null(tw_i2c_register(&t.i2c, 0x48, 0));
    ck_assert_uint_eq(rig_read(&t.rig, BASE), 0);
    t.rig.size = 4;
    ck_assert(rig_refuses_read(&t.rig, I2CR));
    ck_assert(rig_refuses_write(&t.rig, I2CR, 0));
}
END_TEST

/* A byte takes nine periods of 768 cycles. */
START_TEST(state)
{
    struct tw_device device = tw_i2c_device(&t.i2c);

    start();
    rig_write(&t.rig, I2DR, CHIP << 1);
    rig_round_trip(&t.rig, &device);
    ck_assert(!t.irq.level);
    rig_run_us(&t.rig, 200);
    ck_assert(t.irq.level);
    rig_write(&t.rig, I2DR, 0x51);
    rig_write(&t.rig, I2DR, 0x51);
    ck_assert_str_eq(t.rig.said, "I2C1: I2DR used while a byte is on its way");
    *tw_i2c_register(&t.i2c, CHIP, 0x52) = 1;
    device.reset(device.model, TW_RESET_WARM);
    ck_assert_uint_eq(*tw_i2c_register(&t.i2c, CHIP, 0x52), 1);
    device.reset(device.model, TW_RESET_POWER);
    ck_assert_uint_eq(*tw_i2c_register(&t.i2c, CHIP, 0x52), 0x1f);
}
END_TEST

Suite *suite_twin_i2c(void)
{
    Suite *s = suite_create("twin_i2c");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, writes_and_reads);
    tcase_add_test(tc, nobody_there);
    tcase_add_test(tc, state);
    suite_add_tcase(s, tc);
    return s;
}
