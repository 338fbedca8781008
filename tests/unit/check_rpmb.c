/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/rpmb.h"

#include <string.h>

#include "suites.h"
#include "support.h"

enum { MAX_FRAMES = 4 };

static uint8_t key[AW_RPMB_KEY_SIZE];
static uint8_t nonce[AW_RPMB_NONCE_SIZE];

static void setup(void)
{
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }
    memset(nonce, 0xa5, sizeof(nonce));
}

/* The frame of reference/imx6ul.md 14: "0.0.0" at address 1, counter 7. */
static const char vector_mac[] =
    "b68de048522df808954324c1e12fab5752f7e025401e937a3dcfe260f4bf17f6";
static const uint8_t vector_text[] = {8, 12, 0, 5, '0', '.', '0', '.', '0'};

START_TEST(write_request_vector)
{
    uint8_t data[AW_RPMB_SECTOR] = {0};
    uint8_t raw[AW_RPMB_FRAME];
    uint8_t want[AW_RPMB_FRAME] = {0};
    aw_bytes mac = vec_unhex(aw_text(vector_mac));

    memcpy(data, vector_text, sizeof(vector_text));
    ck_assert_int_eq(
        aw_rpmb_ask_write(key, 7, 1, (aw_bytes){data, sizeof(data)}, raw),
        AW_OK);
    memcpy(&want[196], mac.p, mac.n);
    memcpy(&want[228], vector_text, sizeof(vector_text));
    want[503] = 7;
    want[505] = 1;
    want[507] = 1;
    want[511] = 3;
    CK_ASSERT_BYTES(((aw_bytes){raw, sizeof(raw)}),
                    ((aw_bytes){want, sizeof(want)}));
}
END_TEST

START_TEST(requests)
{
    uint8_t raw[AW_RPMB_FRAME];
    uint8_t want[AW_RPMB_FRAME] = {0};
    const aw_bytes got = {raw, sizeof(raw)};
    const aw_bytes expected = {want, sizeof(want)};

    want[511] = 5;
    aw_rpmb_ask_result(raw);
    CK_ASSERT_BYTES(got, expected);

    want[511] = 1;
    memcpy(&want[196], key, sizeof(key));
    aw_rpmb_ask_key(key, raw);
    CK_ASSERT_BYTES(got, expected);

    memset(want, 0, sizeof(want));
    want[511] = 2;
    memcpy(&want[484], nonce, sizeof(nonce));
    aw_rpmb_ask_counter(nonce, raw);
    CK_ASSERT_BYTES(got, expected);

    want[511] = 4;
    want[504] = 0x12;
    want[505] = 0x34;
    aw_rpmb_ask_read(nonce, 0x1234, raw);
    CK_ASSERT_BYTES(got, expected);
}
END_TEST

static const struct {
    size_t bytes;
    uint16_t address;
    aw_err want;
} ranges[] = {
    {0, 0, AW_ERR_RANGE},   {255, 0, AW_ERR_RANGE},
    {257, 0, AW_ERR_RANGE}, {512, 0, AW_OK},
    {256, 0xffff, AW_OK},   {512, 0xffff, AW_ERR_RANGE},
    {768, 0xfffd, AW_OK},   {1024, 0xfffd, AW_ERR_RANGE},
};

START_TEST(write_range)
{
    static const uint8_t data[MAX_FRAMES * AW_RPMB_SECTOR];
    uint8_t frames[MAX_FRAMES * AW_RPMB_FRAME];

    frames[0] = 0x77;
    ck_assert_int_eq(aw_rpmb_ask_write(key, 0, ranges[_i].address,
                                       (aw_bytes){data, ranges[_i].bytes},
                                       frames),
                     ranges[_i].want);
    ck_assert_uint_eq(frames[0], ranges[_i].want == AW_OK ? 0 : 0x77);
}
END_TEST

/* Two frames: one MAC, in the last, over both. */
START_TEST(write_two)
{
    uint8_t data[2 * AW_RPMB_SECTOR];
    uint8_t frames[2 * AW_RPMB_FRAME];
    uint8_t both[2 * 284];
    uint8_t mac[AW_RPMB_MAC_SIZE];
    struct aw_rpmb_frame f;

    memset(data, 0x11, AW_RPMB_SECTOR);
    memset(&data[AW_RPMB_SECTOR], 0x22, AW_RPMB_SECTOR);
    ck_assert_int_eq(
        aw_rpmb_ask_write(key, 9, 4, (aw_bytes){data, sizeof(data)}, frames),
        AW_OK);
    aw_rpmb_mac(key, frames, 2, mac);
    for (size_t i = 0; i < 2; i++) {
        memcpy(&both[i * 284], &frames[i * 512 + 228], 284);
        aw_rpmb_unpack(&frames[i * AW_RPMB_FRAME], &f);
        ck_assert_uint_eq(f.blocks, 2);
        ck_assert_uint_eq(f.address, 4);
        ck_assert_uint_eq(f.counter, 9);
        ck_assert_uint_eq(f.data[0], i == 0 ? 0x11 : 0x22);
    }
    ck_assert_mem_eq(f.mac, mac, sizeof(mac));
    aw_rpmb_unpack(frames, &f);
    ck_assert_uint_eq(f.mac[0], 0);
}
END_TEST

/* A response as a device would sign it, with one thing changed after (or,
 * where the change is signed, before) that. */
enum change {
    NONE,
    TYPE,
    RESULT,
    MAC_BIT,
    DATA_BIT,
    NONCE,
    ADDRESS,
    BLOCKS,
    COUNTER
};

static void respond(struct aw_rpmb_frame *f, enum change change, uint16_t value,
                    uint8_t raw[AW_RPMB_FRAME])
{
    switch (change) {
    case TYPE:
        f->type = value;
        break;
    case RESULT:
        f->result = value;
        break;
    case NONCE:
        f->nonce[value] ^= 1;
        break;
    case ADDRESS:
        f->address = value;
        break;
    case BLOCKS:
        f->blocks = value;
        break;
    case COUNTER:
        f->counter = value;
        break;
    default:
        break;
    }
    aw_rpmb_pack(f, raw);
    aw_rpmb_mac(key, raw, 1, f->mac);
    aw_rpmb_pack(f, raw);
    if (change == MAC_BIT) {
        raw[AW_RPMB_MAC_AT + value] ^= 0x80;
    } else if (change == DATA_BIT) {
        raw[AW_RPMB_COVERED_AT + value] ^= 1;
    }
}

static const struct {
    enum aw_rpmb_request request;
    enum change change;
    uint16_t value;
    aw_err want;
} responses[] = {
    {AW_RPMB_PROGRAM_KEY, NONE, 0, AW_OK},
    {AW_RPMB_PROGRAM_KEY, TYPE, 0x0200, AW_ERR_FORMAT},
    {AW_RPMB_PROGRAM_KEY, RESULT, 5, AW_ERR_IO},
    {AW_RPMB_PROGRAM_KEY, RESULT, 0x80, AW_ERR_IO},
    {AW_RPMB_PROGRAM_KEY, RESULT, 7, AW_ERR_PRECONDITION},

    {AW_RPMB_READ_COUNTER, NONE, 0, AW_OK},
    {AW_RPMB_READ_COUNTER, RESULT, 0x80, AW_OK},
    {AW_RPMB_READ_COUNTER, RESULT, 1, AW_ERR_IO},
    {AW_RPMB_READ_COUNTER, RESULT, 0x87, AW_ERR_PRECONDITION},
    {AW_RPMB_READ_COUNTER, TYPE, 0x0002, AW_ERR_FORMAT},
    {AW_RPMB_READ_COUNTER, MAC_BIT, 0, AW_ERR_SIG},
    {AW_RPMB_READ_COUNTER, MAC_BIT, 31, AW_ERR_SIG},
    {AW_RPMB_READ_COUNTER, DATA_BIT, 0, AW_ERR_SIG},
    {AW_RPMB_READ_COUNTER, DATA_BIT, 275, AW_ERR_SIG},
    {AW_RPMB_READ_COUNTER, NONCE, 0, AW_ERR_SIG},
    {AW_RPMB_READ_COUNTER, NONCE, 15, AW_ERR_SIG},

    {AW_RPMB_WRITE, NONE, 0, AW_OK},
    {AW_RPMB_WRITE, RESULT, 0x80, AW_OK},
    {AW_RPMB_WRITE, RESULT, 2, AW_ERR_IO},
    {AW_RPMB_WRITE, RESULT, 0x85, AW_ERR_IO},
    {AW_RPMB_WRITE, RESULT, 7, AW_ERR_PRECONDITION},
    {AW_RPMB_WRITE, TYPE, 0x0400, AW_ERR_FORMAT},
    {AW_RPMB_WRITE, MAC_BIT, 3, AW_ERR_SIG},
    {AW_RPMB_WRITE, ADDRESS, 2, AW_ERR_SIG},
    {AW_RPMB_WRITE, COUNTER, 41, AW_ERR_SIG},
    {AW_RPMB_WRITE, COUNTER, 43, AW_ERR_SIG},

    {AW_RPMB_READ, NONE, 0, AW_OK},
    {AW_RPMB_READ, RESULT, 0x80, AW_OK},
    {AW_RPMB_READ, RESULT, 4, AW_ERR_IO},
    {AW_RPMB_READ, RESULT, 7, AW_ERR_PRECONDITION},
    {AW_RPMB_READ, TYPE, 0x0300, AW_ERR_FORMAT},
    {AW_RPMB_READ, DATA_BIT, 255, AW_ERR_SIG},
    {AW_RPMB_READ, NONCE, 7, AW_ERR_SIG},
    {AW_RPMB_READ, ADDRESS, 2, AW_ERR_SIG},
    {AW_RPMB_READ, BLOCKS, 2, AW_ERR_SIG},
};

START_TEST(response)
{
    enum aw_rpmb_request request = responses[_i].request;
    struct aw_rpmb_frame f = {.counter = 42,
                              .address = 1,
                              .blocks = 1,
                              .type = (uint16_t)(request << 8)};
    struct aw_rpmb_asked asked = {.address = 1, .sectors = 1};
    uint8_t raw[AW_RPMB_FRAME];
    uint8_t data[AW_RPMB_SECTOR];
    struct aw_diag diag = {0};
    uint32_t counter = 99;
    aw_err got = AW_OK;

    memcpy(asked.nonce, nonce, sizeof(nonce));
    memcpy(f.nonce, nonce, sizeof(nonce));
    memset(f.data, 0x3c, sizeof(f.data));
    memset(data, 0, sizeof(data));
    respond(&f, responses[_i].change, responses[_i].value, raw);
    switch (request) {
    case AW_RPMB_PROGRAM_KEY:
        got = aw_rpmb_check_key(raw, &diag);
        break;
    case AW_RPMB_READ_COUNTER:
        got = aw_rpmb_check_counter(key, nonce, raw, &counter, &diag);
        ck_assert_uint_eq(counter, got == AW_OK ? 42 : 99);
        break;
    case AW_RPMB_WRITE:
        got = aw_rpmb_check_write(key, 41, 1, raw, &diag);
        break;
    default:
        got = aw_rpmb_check_read(key, &asked, raw, data, &diag);
        ck_assert_uint_eq(data[255], got == AW_OK ? 0x3c : 0);
        break;
    }
    ck_assert_msg(got == responses[_i].want, "row %d: %s, %s", _i,
                  aw_err_name(got), diag.where);
    ck_assert_int_eq(diag.err, got);
    if (got == AW_ERR_IO) {
        ck_assert_uint_eq(diag.at, responses[_i].value);
    }
}
END_TEST

START_TEST(counter_at_end)
{
    struct aw_rpmb_frame f = {.type = AW_RPMB_WRITE << 8};
    uint8_t raw[AW_RPMB_FRAME];

    respond(&f, NONE, 0, raw);
    ck_assert_int_eq(aw_rpmb_check_write(key, UINT32_MAX, 0, raw, NULL),
                     AW_ERR_SIG);
}
END_TEST

/* Several frames: every one of them is for this question, one MAC. */
START_TEST(read_three)
{
    struct aw_rpmb_asked asked = {.address = 8, .sectors = 3};
    uint8_t frames[3 * AW_RPMB_FRAME];
    uint8_t data[3 * AW_RPMB_SECTOR] = {0};

    memcpy(asked.nonce, nonce, sizeof(nonce));
    for (size_t i = 0; i < 3; i++) {
        struct aw_rpmb_frame f = {
            .address = 8, .blocks = 3, .type = AW_RPMB_READ << 8};

        memcpy(f.nonce, nonce, sizeof(nonce));
        memset(f.data, (int)i + 1, sizeof(f.data));
        aw_rpmb_pack(&f, &frames[i * AW_RPMB_FRAME]);
    }
    aw_rpmb_mac(key, frames, 3, &frames[2 * AW_RPMB_FRAME + AW_RPMB_MAC_AT]);
    ck_assert_int_eq(aw_rpmb_check_read(key, &asked, frames, data, NULL),
                     AW_OK);
    ck_assert_uint_eq(data[0], 1);
    ck_assert_uint_eq(data[AW_RPMB_SECTOR], 2);
    ck_assert_uint_eq(data[3 * AW_RPMB_SECTOR - 1], 3);

    frames[AW_RPMB_FRAME + 484] ^= 1;
    ck_assert_int_eq(aw_rpmb_check_read(key, &asked, frames, data, NULL),
                     AW_ERR_SIG);
    frames[AW_RPMB_FRAME + 484] ^= 1;
    frames[AW_RPMB_COVERED_AT] ^= 1;
    ck_assert_int_eq(aw_rpmb_check_read(key, &asked, frames, data, NULL),
                     AW_ERR_SIG);
}
END_TEST

Suite *suite_rpmb(void)
{
    Suite *s = suite_create("rpmb");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, write_request_vector);
    tcase_add_test(tc, requests);
    tcase_add_loop_test(tc, write_range, 0, (int)COUNT(ranges));
    tcase_add_test(tc, write_two);
    tcase_add_loop_test(tc, response, 0, (int)COUNT(responses));
    tcase_add_test(tc, counter_at_end);
    tcase_add_test(tc, read_three);
    suite_add_tcase(s, tc);
    return s;
}
