/* SPDX-License-Identifier: Apache-2.0 */
/* The RPMB of the eMMC model, spoken to through the uSDHC with the frames of
 * aw/rpmb.h; the model has its own idea of them. */
#include "models/rpmb.h"

#include <string.h>

#include "aw/ext_csd.h"
#include "aw/hmac.h"
#include "aw/rpmb.h"
#include "card_rig.h"
#include "suites.h"
#include "support.h"
#include "usdhc_regs.h"

enum { FRAMES = 40 };

#define RELIABLE UINT32_C(0x80000000)

static uint8_t key[AW_RPMB_KEY_SIZE];
static uint8_t nonce[AW_RPMB_NONCE_SIZE];
static uint8_t frames[FRAMES * AW_RPMB_FRAME];

static void choose(void)
{
    ck_assert_uint_eq(cr_switch(179, AW_PARTITION_RPMB) & 0x80, 0);
}

static void setup(void)
{
    cr_start_emmc();
    cr_emmc_up();
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }
    memset(nonce, 0x5a, sizeof(nonce));
    memset(frames, 0, sizeof(frames));
    choose();
}

/* Frames out, as a driver sends them. */
static void send_frames(uint32_t count, uint32_t n)
{
    memcpy(cr_ram(CR_DATA), frames, (size_t)n * AW_RPMB_FRAME);
    ck_assert_uint_eq(cr_command(23, count, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(25, 0, n, false), CC | TC);
    cr_run_us(2000);
}

static void receive(uint32_t n)
{
    ck_assert_uint_eq(cr_command(23, n, CR_R1), CC);
    ck_assert_uint_eq(cr_transfer(18, 0, n, true), CC | TC);
    memcpy(frames, cr_ram(CR_DATA), (size_t)n * AW_RPMB_FRAME);
}

static struct aw_rpmb_frame frame_at(size_t i)
{
    struct aw_rpmb_frame f;

    aw_rpmb_unpack(&frames[i * AW_RPMB_FRAME], &f);
    return f;
}

static void ask_result(void)
{
    aw_rpmb_ask_result(frames);
    send_frames(1, 1);
    receive(1);
}

static aw_err program_key(struct aw_diag *diag)
{
    aw_rpmb_ask_key(key, frames);
    send_frames(RELIABLE | 1, 1);
    ask_result();
    return aw_rpmb_check_key(frames, diag);
}

static aw_err counter(uint32_t *value, struct aw_diag *diag)
{
    nonce[0]++;
    aw_rpmb_ask_counter(nonce, frames);
    send_frames(1, 1);
    receive(1);
    return aw_rpmb_check_counter(key, nonce, frames, value, diag);
}

static uint32_t counter_now(void)
{
    uint32_t value = 0;
    struct aw_diag diag = {0};

    ck_assert_msg(counter(&value, &diag) == AW_OK, "%s", diag.where);
    return value;
}

static aw_err write_sectors(uint16_t address, uint8_t fill, uint32_t n,
                            uint32_t count, struct aw_diag *diag)
{
    uint8_t data[TW_RPMB_WRITE_MAX * AW_RPMB_SECTOR];

    for (size_t i = 0; i < n; i++) {
        memset(&data[i * AW_RPMB_SECTOR], fill + (int)i, AW_RPMB_SECTOR);
    }
    ck_assert_int_eq(
        aw_rpmb_ask_write(key, count, address,
                          (aw_bytes){data, (size_t)n * AW_RPMB_SECTOR}, frames),
        AW_OK);
    send_frames(RELIABLE | n, n);
    ask_result();
    return aw_rpmb_check_write(key, count, address, frames, diag);
}

static aw_err read_sectors(uint16_t address, uint16_t n, uint8_t *data,
                           struct aw_diag *diag)
{
    struct aw_rpmb_asked asked = {.address = address, .sectors = n};

    nonce[1]++;
    memcpy(asked.nonce, nonce, sizeof(nonce));
    aw_rpmb_ask_read(nonce, address, frames);
    send_frames(1, 1);
    receive(n);
    return aw_rpmb_check_read(key, &asked, frames, data, diag);
}

static void with_key(void)
{
    struct aw_diag diag = {0};

    ck_assert_msg(program_key(&diag) == AW_OK, "%s", diag.where);
}

START_TEST(without_key)
{
    uint8_t data[AW_RPMB_SECTOR];
    uint32_t value = 77;
    struct aw_diag diag = {0};

    ck_assert_int_eq(counter(&value, &diag), AW_ERR_PRECONDITION);
    ck_assert_uint_eq(value, 77);
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_NO_KEY);
    ck_assert_uint_eq(frame_at(0).type, 0x0200);
    ck_assert_int_eq(write_sectors(0, 1, 1, 0, &diag), AW_ERR_PRECONDITION);
    ck_assert_int_eq(read_sectors(0, 1, data, &diag), AW_ERR_PRECONDITION);
}
END_TEST

START_TEST(key_once)
{
    struct aw_diag diag = {0};
    uint32_t value = 0;

    with_key();
    ck_assert_uint_eq(counter_now(), 0);
    ck_assert_int_eq(program_key(&diag), AW_ERR_IO);
    ck_assert_uint_eq(diag.at, AW_RPMB_WRITE_FAILURE);
    key[0] ^= 1;
    ck_assert_int_eq(program_key(&diag), AW_ERR_IO);
    ck_assert_int_eq(counter(&value, &diag), AW_ERR_SIG);
    key[0] ^= 1;
    cr_power_cycle();
    choose();
    ck_assert_uint_eq(counter_now(), 0);
    /* A key without a reliable write, or twice, is none. */
    cr_stop();
    setup();
    aw_rpmb_ask_key(key, frames);
    send_frames(1, 1);
    ask_result();
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_GENERAL);
    aw_rpmb_ask_key(key, frames);
    aw_rpmb_ask_key(key, &frames[AW_RPMB_FRAME]);
    send_frames(RELIABLE | 2, 2);
    ask_result();
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_GENERAL);
    ck_assert_int_eq(counter(&value, &diag), AW_ERR_PRECONDITION);
}
END_TEST

START_TEST(write_and_read)
{
    uint8_t data[3 * AW_RPMB_SECTOR];
    struct aw_diag diag = {0};

    with_key();
    ck_assert_int_eq(write_sectors(1, 0x40, 1, 0, &diag), AW_OK);
    ck_assert_int_eq(write_sectors(2, 0x50, 2, 1, &diag), AW_OK);
    ck_assert_uint_eq(counter_now(), 2);
    ck_assert_int_eq(read_sectors(1, 3, data, &diag), AW_OK);
    ck_assert_uint_eq(data[0], 0x40);
    ck_assert_uint_eq(data[256], 0x50);
    ck_assert_uint_eq(data[767], 0x51);
    cr_power_cycle();
    choose();
    ck_assert_uint_eq(counter_now(), 2);
    ck_assert_int_eq(read_sectors(3, 1, data, &diag), AW_OK);
    ck_assert_uint_eq(data[255], 0x51);
    /* The user area knows nothing of it. */
    ck_assert_uint_eq(cr_switch(179, 0) & 0x80, 0);
    cr_read_blocks(0, data, 1);
    ck_assert_uint_eq(data[0], 0);
}
END_TEST

/* The frame of reference/imx6ul.md 14 is taken as it stands. */
START_TEST(vector)
{
    static const uint8_t text[] = {8, 12, 0, 5, '0', '.', '0', '.', '0'};
    aw_bytes mac = vec_unhex(
        aw_text("b68de048522df808954324c1e12fab5752f7e025401e937a3dcfe260f4bf"
                "17f6"));
    uint8_t data[AW_RPMB_SECTOR];
    struct aw_diag diag = {0};

    with_key();
    for (uint32_t i = 0; i < 7; i++) {
        ck_assert_int_eq(write_sectors(0, 0, 1, i, &diag), AW_OK);
    }
    memset(frames, 0, AW_RPMB_FRAME);
    memcpy(&frames[196], mac.p, mac.n);
    memcpy(&frames[228], text, sizeof(text));
    frames[503] = 7;
    frames[505] = 1;
    frames[507] = 1;
    frames[511] = 3;
    send_frames(RELIABLE | 1, 1);
    ask_result();
    ck_assert_int_eq(aw_rpmb_check_write(key, 7, 1, frames, &diag), AW_OK);
    ck_assert_int_eq(read_sectors(1, 1, data, &diag), AW_OK);
    ck_assert_mem_eq(data, text, sizeof(text));
}
END_TEST

/* One thing wrong with a write; the result, and nothing changes. */
enum wrong {
    NOTHING,
    MAC_FIRST_BIT,
    MAC_LAST_BIT,
    DATA_BIT,
    OTHER_KEY,
    NOT_RELIABLE,
    COUNT_FIELD,
    ONE_FRAME_OF_TWO,
    MIXED_ADDRESS
};

static const struct wrong_write {
    enum wrong wrong;
    uint16_t result;
    uint16_t address;
    uint32_t frames;
    uint32_t counter;
} wrongs[] = {
    {MAC_FIRST_BIT, AW_RPMB_AUTHENTICATION, 1, 1, 1},
    {MAC_LAST_BIT, AW_RPMB_AUTHENTICATION, 1, 1, 1},
    {MAC_LAST_BIT, AW_RPMB_AUTHENTICATION, 1, 2, 1},
    {DATA_BIT, AW_RPMB_AUTHENTICATION, 1, 1, 1},
    {DATA_BIT, AW_RPMB_AUTHENTICATION, 1, 2, 1},
    {OTHER_KEY, AW_RPMB_AUTHENTICATION, 1, 1, 1},
    {NOTHING, AW_RPMB_COUNTER, 1, 1, 0}, /* replayed */
    {NOTHING, AW_RPMB_COUNTER, 1, 1, 2},
    {NOTHING, AW_RPMB_ADDRESS, TW_EMMC_RPMB_SECTORS, 1, 1},
    {NOTHING, AW_RPMB_ADDRESS, TW_EMMC_RPMB_SECTORS - 1, 2, 1},
    {NOT_RELIABLE, AW_RPMB_GENERAL, 1, 1, 1},
    {COUNT_FIELD, AW_RPMB_GENERAL, 1, 1, 1},
    {ONE_FRAME_OF_TWO, AW_RPMB_GENERAL, 1, 2, 1},
    {NOTHING, AW_RPMB_GENERAL, 1, 3, 1},
    {MIXED_ADDRESS, AW_RPMB_GENERAL, 1, 2, 1},
};

static void spoil(enum wrong wrong, uint8_t *last)
{
    switch (wrong) {
    case MAC_FIRST_BIT:
        last[AW_RPMB_MAC_AT] ^= 0x80;
        break;
    case MAC_LAST_BIT:
        last[AW_RPMB_MAC_AT + 31] ^= 1;
        break;
    case DATA_BIT:
        frames[AW_RPMB_COVERED_AT + 200] ^= 1;
        break;
    case COUNT_FIELD:
        frames[507] = 2;
        aw_rpmb_mac(key, frames, 1, &frames[AW_RPMB_MAC_AT]);
        break;
    case MIXED_ADDRESS:
        frames[505] = 7;
        aw_rpmb_mac(key, frames, 2, &last[AW_RPMB_MAC_AT]);
        break;
    default:
        break;
    }
}

static void make_wrong_write(const struct wrong_write *w)
{
    static const uint8_t data[3 * AW_RPMB_SECTOR] = {0x99};
    uint8_t used[AW_RPMB_KEY_SIZE];
    uint32_t sent = w->wrong == ONE_FRAME_OF_TWO ? 1 : w->frames;

    memcpy(used, key, sizeof(used));
    used[31] ^= w->wrong == OTHER_KEY ? 1 : 0;
    ck_assert_int_eq(
        aw_rpmb_ask_write(used, w->counter, w->address,
                          (aw_bytes){data, (size_t)w->frames * AW_RPMB_SECTOR},
                          frames),
        AW_OK);
    spoil(w->wrong, &frames[(size_t)(w->frames - 1) * AW_RPMB_FRAME]);
    send_frames((w->wrong == NOT_RELIABLE ? 0 : RELIABLE) | sent, sent);
    ask_result();
}

START_TEST(refused)
{
    uint8_t data[AW_RPMB_SECTOR];
    struct aw_diag diag = {0};

    with_key();
    ck_assert_int_eq(write_sectors(1, 0x40, 1, 0, &diag), AW_OK);
    make_wrong_write(&wrongs[_i]);
    ck_assert_uint_eq(frame_at(0).result, wrongs[_i].result);
    ck_assert_uint_eq(frame_at(0).type, 0x0300);
    ck_assert_int_eq(aw_rpmb_check_write(key, 1, 1, frames, &diag), AW_ERR_IO);
    ck_assert_uint_eq(counter_now(), 1);
    ck_assert_int_eq(read_sectors(1, 1, data, &diag), AW_OK);
    ck_assert_uint_eq(data[0], 0x40);
    ck_assert_int_eq(read_sectors(2, 1, data, &diag), AW_OK);
    ck_assert_uint_eq(data[0], 0);
}
END_TEST

/* 1, 2 or 32 frames; the 32 are allowed by EN_RPMB_REL_WR. */
START_TEST(large_write)
{
    uint8_t data[32 * AW_RPMB_SECTOR];
    struct aw_diag diag = {0};

    with_key();
    ck_assert_int_eq(write_sectors(100, 1, 32, 0, &diag), AW_OK);
    ck_assert_int_eq(read_sectors(100, 32, data, &diag), AW_OK);
    ck_assert_uint_eq(data[0], 1);
    ck_assert_uint_eq(data[sizeof(data) - 1], 32);
    cr.emmc.rpmb.large_writes = false;
    ck_assert_int_eq(write_sectors(100, 1, 32, 1, &diag), AW_ERR_IO);
    ck_assert_uint_eq(diag.at, AW_RPMB_GENERAL);
    /* More than the device buffers. */
    memset(frames, 0, sizeof(frames));
    send_frames(RELIABLE | 40, 40);
    ask_result();
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_GENERAL);
}
END_TEST

START_TEST(read_range)
{
    uint8_t data[2 * AW_RPMB_SECTOR];
    struct aw_diag diag = {0};

    with_key();
    ck_assert_int_eq(read_sectors(TW_EMMC_RPMB_SECTORS - 1, 1, data, &diag),
                     AW_OK);
    ck_assert_int_eq(read_sectors(TW_EMMC_RPMB_SECTORS - 1, 2, data, &diag),
                     AW_ERR_IO);
    ck_assert_uint_eq(diag.at, AW_RPMB_ADDRESS);
    ck_assert_int_eq(read_sectors(UINT16_MAX, 1, data, &diag), AW_ERR_IO);
    ck_assert_uint_eq(diag.at, AW_RPMB_ADDRESS);
}
END_TEST

/* An answer that was recorded is no answer to the next question. */
START_TEST(recorded_answer)
{
    struct aw_rpmb_asked asked = {.address = 1, .sectors = 1};
    uint8_t data[AW_RPMB_SECTOR];
    uint8_t old[AW_RPMB_FRAME];
    struct aw_diag diag = {0};

    with_key();
    ck_assert_int_eq(read_sectors(1, 1, data, &diag), AW_OK);
    memcpy(old, frames, sizeof(old));
    nonce[1]++;
    memcpy(asked.nonce, nonce, sizeof(nonce));
    ck_assert_int_eq(aw_rpmb_check_read(key, &asked, old, data, &diag),
                     AW_ERR_SIG);
    ck_assert_str_eq(diag.where, "rpmb: nonce");
}
END_TEST

START_TEST(counter_expires)
{
    uint8_t data[AW_RPMB_SECTOR];
    struct aw_diag diag = {0};

    with_key();
    cr.emmc.nvm.record.counter = UINT32_MAX - 1;
    ck_assert_int_eq(write_sectors(1, 0x40, 1, UINT32_MAX - 1, &diag), AW_OK);
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_EXPIRED);
    ck_assert_uint_eq(counter_now(), UINT32_MAX);
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_EXPIRED);
    ck_assert_int_eq(write_sectors(1, 0x41, 1, UINT32_MAX, &diag), AW_ERR_IO);
    ck_assert_uint_eq(diag.at, AW_RPMB_EXPIRED | AW_RPMB_WRITE_FAILURE);
    ck_assert_int_eq(read_sectors(1, 1, data, &diag), AW_OK);
    ck_assert_uint_eq(data[0], 0x40);
}
END_TEST

/* Requests that are none, and reads that nobody asked for. */
START_TEST(strange_requests)
{
    static const uint16_t types[] = {0, 6, 7, 8, 0x0300};
    struct aw_diag diag = {0};

    with_key();
    receive(1);
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_GENERAL);
    for (size_t i = 0; i < COUNT(types); i++) {
        struct aw_rpmb_frame f = {.type = types[i]};

        aw_rpmb_pack(&f, frames);
        send_frames(1, 1);
        receive(1);
        ck_assert_uint_eq(frame_at(0).result, AW_RPMB_GENERAL);
    }
    /* The result of something, in more than one frame. */
    aw_rpmb_ask_result(frames);
    send_frames(1, 1);
    receive(2);
    ck_assert_uint_eq(frame_at(1).result, AW_RPMB_GENERAL);
    nonce[0]++;
    aw_rpmb_ask_counter(nonce, frames);
    send_frames(1, 1);
    receive(2);
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_GENERAL);
    /* Without CMD23. */
    aw_rpmb_ask_counter(nonce, frames);
    memcpy(cr_ram(CR_DATA), frames, AW_RPMB_FRAME);
    ck_assert_uint_eq(cr_transfer(25, 0, 1, false), CC | TC);
    ck_assert_uint_eq(cr_command(12, 0, CR_R1), CC);
    cr_run_us(2000);
    receive(1);
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_GENERAL);
    ck_assert_int_eq(write_sectors(0, 1, 1, 0, &diag), AW_OK);
}
END_TEST

/* Commands that the partition does not take. */
START_TEST(commands)
{
    static const uint8_t refused_here[] = {17, 24, 28, 30, 35};

    for (size_t i = 0; i < COUNT(refused_here); i++) {
        ck_assert_uint_eq(cr_command(refused_here[i], 0, CR_R1), CTOE);
        ck_assert_uint_eq(cr_status(), 0x00400900);
    }
    ck_assert_uint_eq(cr_transfer(8, 0, 1, true), CC | TC);
}
END_TEST

static void on_gone(void *ctx)
{
    (void)ctx;
    cr.gone = true;
}

/* Power goes with the write: old state or new state, in every mode. */
START_TEST(power_cut)
{
    enum tw_cut_mode mode = (enum tw_cut_mode)(_i % 3);
    uint8_t data[2 * AW_RPMB_SECTOR];
    uint8_t fresh[2 * AW_RPMB_SECTOR];
    struct aw_diag diag = {0};

    with_key();
    ck_assert_int_eq(write_sectors(4, 0x10, 2, 0, &diag), AW_OK);
    memset(fresh, 0x77, sizeof(fresh));
    ck_assert_int_eq(
        aw_rpmb_ask_write(key, 1, 4, (aw_bytes){fresh, sizeof(fresh)}, frames),
        AW_OK);
    cr.cut.mode = mode;
    cr.cut.gone = on_gone;
    cr.cut.at = cr.cut.writes + 1;
    tw_rng_init(&cr.cut.rng, (const uint8_t[TW_RNG_SEED]){(uint8_t)_i}, "");
    memcpy(cr_ram(CR_DATA), frames, sizeof(fresh) * 2);
    ck_assert_uint_eq(cr_command(23, RELIABLE | 2, CR_R1), CC);
    (void)cr_transfer(25, 0, 2, false);
    ck_assert(cr.gone);
    cr.cut.at = 0;
    cr_power_cycle();
    choose();
    uint32_t now = counter_now();

    ck_assert(now == 1 || now == 2);
    ck_assert(mode != TW_CUT_CLEAN || now == 2);
    ck_assert(mode != TW_CUT_TORN || now == 1);
    ck_assert_int_eq(read_sectors(4, 2, data, &diag), AW_OK);
    ck_assert_uint_eq(data[0], now == 2 ? 0x77 : 0x10);
    ck_assert_uint_eq(data[511], now == 2 ? 0x77 : 0x11);
}
END_TEST

START_TEST(key_and_power_cut)
{
    uint32_t value = 0;
    struct aw_diag diag = {0};

    cr.cut.mode = _i == 0 ? TW_CUT_CLEAN : TW_CUT_TORN;
    cr.cut.at = cr.cut.writes + 1;
    aw_rpmb_ask_key(key, frames);
    memcpy(cr_ram(CR_DATA), frames, AW_RPMB_FRAME);
    ck_assert_uint_eq(cr_command(23, RELIABLE | 1, CR_R1), CC);
    (void)cr_transfer(25, 0, 1, false);
    cr.cut.at = 0;
    cr_power_cycle();
    choose();
    ck_assert_int_eq(counter(&value, &diag),
                     _i == 0 ? AW_OK : AW_ERR_PRECONDITION);
}
END_TEST

/* Requests are forgotten when the partition changes. */
START_TEST(partition_change)
{
    with_key();
    aw_rpmb_ask_counter(nonce, frames);
    send_frames(1, 1);
    ck_assert_uint_eq(cr_switch(179, 0) & 0x80, 0);
    choose();
    receive(1);
    ck_assert_uint_eq(frame_at(0).type, 0);
    ck_assert_uint_eq(frame_at(0).result, AW_RPMB_GENERAL);
}
END_TEST

/* The whole way of a device's key: derived key and unique id to RPMB key. */
START_TEST(derived_key)
{
    aw_bytes dk = vec_unhex(
        aw_text("6d1d726f43b30c0218245b76ad61195aeb0b6f7caa458c97924d2157256d"
                "e65d"));
    aw_bytes id = vec_unhex(aw_text("720a9dead4390330"));
    aw_bytes want = vec_unhex(
        aw_text("b72dec335d56cea108f3bbed672374ca1eae9e31f61b6f2bd92d213c5ab8"
                "6dca"));

    aw_pbkdf2_sha256(dk, id, 4096, key, sizeof(key));
    with_key();
    ck_assert_mem_eq(cr.emmc.nvm.record.key, want.p, want.n);
    ck_assert_uint_eq(counter_now(), 0);
}
END_TEST

Suite *suite_twin_rpmb(void)
{
    Suite *s = suite_create("twin_rpmb");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, cr_stop);
    tcase_add_test(tc, without_key);
    tcase_add_test(tc, key_once);
    tcase_add_test(tc, write_and_read);
    tcase_add_test(tc, vector);
    tcase_add_loop_test(tc, refused, 0, (int)COUNT(wrongs));
    tcase_add_test(tc, large_write);
    tcase_add_test(tc, read_range);
    tcase_add_test(tc, recorded_answer);
    tcase_add_test(tc, counter_expires);
    tcase_add_test(tc, strange_requests);
    tcase_add_test(tc, commands);
    tcase_add_loop_test(tc, power_cut, 0, 24);
    tcase_add_loop_test(tc, key_and_power_cut, 0, 2);
    tcase_add_test(tc, partition_change);
    tcase_add_test(tc, derived_key);
    suite_add_tcase(s, tc);
    return s;
}
