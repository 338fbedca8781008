/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the control interface, and the settings record. */
#include "aw/control.h"

#include <string.h>

#include "aw/bootstate.h"
#include "aw/settings.h"
#include "suites.h"
#include "support.h"

/* Bytes by hand from the table of docs/formats/control.md. */
START_TEST(status_bytes)
{
    static const uint8_t bytes[] = {
        0x0a, 2,    'A',  'B',  0x10, 1, 0x1a, 1,    'r', 0x2a,
        1,    '1',  0x38, 1,    0x42, 5, 0x12, 3,    '1', '.',
        '2',  0x48, 0x80, 0x01, 0x52, 1, 'h',  0x5a, 1,   'm'};
    struct aw_ctl_status s;
    uint8_t out[256];
    struct aw_wr w = aw_wr_init(out, sizeof(out));

    ck_assert_int_eq(aw_ctl_status_read((aw_bytes){bytes, sizeof(bytes)}, &s),
                     AW_OK);
    ck_assert_str_eq(s.serial, "AB");
    ck_assert(s.hab && s.link && s.has_witness);
    ck_assert_str_eq(s.revision, "r");
    ck_assert_str_eq(s.build, "");
    ck_assert_str_eq(s.version, "1");
    ck_assert_str_eq(s.witness.ip, "1.2");
    ck_assert_uint_eq(s.identity_counter, 128);
    ck_assert_str_eq(s.srk_hash, "h");
    ck_assert_str_eq(s.mac, "m");
    aw_ctl_status_write(&s, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), ((aw_bytes){bytes, sizeof(bytes)}));
    /* Cut anywhere but between fields it is none. */
    static const size_t whole[] = {0, 4, 6, 9, 12, 14, 21, 24, 27, 30};

    for (size_t n = 0, k = 0; n <= sizeof(bytes); n++) {
        bool fits = k < COUNT(whole) && whole[k] == n;

        k += fits ? 1 : 0;
        ck_assert_int_eq(aw_ctl_status_read((aw_bytes){bytes, n}, &s),
                         fits ? AW_OK : AW_ERR_FORMAT);
    }
}
END_TEST

/* Messages that a reader must take, or not. */
static const struct {
    const char *name;
    const char *hex;
    aw_err want;
} configs[] = {
    {"empty", "", AW_OK},
    {"any order",
     "32017108011201"
     "69",
     AW_OK},
    {"last scalar wins",
     "080008011201"
     "61"
     "1201"
     "69",
     AW_OK},
    {"unknown fields",
     "3801"
     "4103"
     "00000000000000"
     "4a0278"
     "79"
     "550102030408011201"
     "69",
     AW_OK},
    {"wire type of a group", "0b", AW_ERR_FORMAT},
    {"field number 0", "0001", AW_ERR_FORMAT},
    {"varint of 11 bytes", "08ffffffffffffffffffff01", AW_ERR_FORMAT},
    {"length beyond the end", "120569", AW_ERR_FORMAT},
    {"length of 2^32 - 1", "12ffffffff0f69", AW_ERR_FORMAT},
    {"a text as a number", "1001", AW_ERR_FORMAT},
    {"a number cut off", "08", AW_ERR_FORMAT},
};

START_TEST(config_cases)
{
    struct aw_ctl_config c = {.dhcp = false, .ip = "before"};
    aw_bytes bytes = vec_unhex(aw_text(configs[_i].hex));
    aw_err got = aw_ctl_config_read(bytes, &c);

    ck_assert_msg(got == configs[_i].want, "%s: %s", configs[_i].name,
                  aw_err_name(got));
    if (got != AW_OK) {
        ck_assert_str_eq(c.ip, "before");
    } else if (bytes.n > 0) {
        ck_assert(c.dhcp);
        ck_assert_str_eq(c.ip, "i");
    }
}
END_TEST

/* Texts as long as there is room for, and one longer. */
START_TEST(config_limits)
{
    uint8_t bytes[200] = {0x12};
    struct aw_ctl_config c;

    memset(bytes + 3, 'x', sizeof(bytes) - 3);
    bytes[1] = 127;
    bytes[2] = 'x';
    ck_assert_int_eq(aw_ctl_config_read((aw_bytes){bytes, 129}, &c), AW_OK);
    ck_assert_uint_eq(strlen(c.ip), 127);
    bytes[1] = 0x80;
    bytes[2] = 0x01;
    ck_assert_int_eq(aw_ctl_config_read((aw_bytes){bytes, 131}, &c),
                     AW_ERR_FORMAT);
}
END_TEST

static void fill(struct aw_ctl_information *i)
{
    memset(i, 0, sizeof(*i));
    i->format = AW_CTL_FORMAT;
    (void)memcpy(i->serial, "720A9DEAD4390330", 17);
    (void)memcpy(i->part, "IMX6ULL", 8);
    i->n_fuses = AW_CTL_FUSES;
    for (uint32_t k = 0; k < AW_CTL_FUSES; k++) {
        i->fuses[k] = (struct aw_ctl_fuse){k / 8, k % 8, ~k};
    }
    i->secure_boot = (struct aw_ctl_secure_boot){.closed = true,
                                                 .reported = true,
                                                 .status = 0xf0,
                                                 .log_n = AW_CTL_HAB_LOG,
                                                 .plan = "S5",
                                                 .cold = true};
    memset(i->secure_boot.log, 0xdb, AW_CTL_HAB_LOG);
    (void)memcpy(i->rpmb.state, "ready", 6);
    i->rpmb.writes = 7;
    i->n_slots = AW_CTL_SLOTS;
    for (uint32_t k = 0; k < AW_CTL_SLOTS; k++) {
        i->slots[k] = (struct aw_ctl_slot){
            .component = "TRUSTED_OS", .copy = k, .name = "A", .started = true};
    }
    i->config = (struct aw_ctl_config){.dhcp = true, .resolver = "8.8.8.8:53"};
    i->applet =
        (struct aw_ctl_applet){.state = "runs", .ready = true, .starts = 3};
    i->incoming = (struct aw_ctl_incoming){.component = "TRUSTED_APPLET",
                                           .received = 7,
                                           .total = 33554432 + 40960,
                                           .digest_n = AW_CTL_DIGEST,
                                           .digest = {1, 2}};
}

/* The largest fits in a message. */
START_TEST(information)
{
    static struct aw_ctl_information a;
    static struct aw_ctl_information b;
    uint8_t out[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(out, sizeof(out));

    fill(&a);
    aw_ctl_information_write(&a, &w);
    ck_assert(!w.failed);
    ck_assert_int_eq(aw_ctl_information_read(aw_wr_done(&w), &b), AW_OK);
    ck_assert_mem_eq(&a, &b, sizeof(a));
    /* Cut anywhere: no crash, and no message unless between fields. */
    for (size_t n = 0; n < w.n; n++) {
        (void)!aw_ctl_information_read((aw_bytes){out, n}, &b);
    }
    struct aw_wr tight = aw_wr_init(out, w.n - 1);

    aw_ctl_information_write(&a, &tight);
    ck_assert(tight.failed);
}
END_TEST

/* Bytes by hand, and the largest, which fits in a message. */
START_TEST(update_message)
{
    static const uint8_t bytes[] = {0x08, 2,    0x12, 1,    'T', 0x18, 0x80,
                                    1,    0x20, 3,    0x2a, 2,   9,    8,
                                    0x30, 5,    0x3a, 2,    'x', 0};
    static struct aw_ctl_update u;
    static struct aw_ctl_update again;
    static uint8_t out[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(out, sizeof(out));

    ck_assert_int_eq(aw_ctl_update_read((aw_bytes){bytes, sizeof(bytes)}, &u),
                     AW_OK);
    ck_assert_uint_eq(u.step, AW_CTL_UPDATE_PART);
    ck_assert_str_eq(u.component, "T");
    ck_assert_uint_eq(u.evidence, 128);
    ck_assert_uint_eq(u.file, 3);
    ck_assert_uint_eq(u.digest_n, 2);
    ck_assert_uint_eq(u.digest[1], 8);
    ck_assert_uint_eq(u.offset, 5);
    ck_assert_uint_eq(u.n, 2);
    ck_assert_uint_eq(u.data[0], 'x');
    aw_ctl_update_write(&u, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), ((aw_bytes){bytes, sizeof(bytes)}));
    for (size_t n = 1; n < sizeof(bytes); n++) {
        (void)!aw_ctl_update_read((aw_bytes){bytes, n}, &again);
    }
    u = (struct aw_ctl_update){.step = UINT32_MAX,
                               .evidence = UINT32_MAX,
                               .file = UINT32_MAX,
                               .digest_n = AW_CTL_DIGEST,
                               .offset = UINT32_MAX,
                               .n = AW_CTL_PART};
    memset(u.component, 'c', sizeof(u.component) - 1);
    memset(u.data, 0xa5, sizeof(u.data));
    w = aw_wr_init(out, sizeof(out));
    aw_ctl_update_write(&u, &w);
    ck_assert(!w.failed);
    ck_assert_int_eq(aw_ctl_update_read(aw_wr_done(&w), &again), AW_OK);
    ck_assert_mem_eq(&u, &again, sizeof(u));
    /* A part that is one byte longer is none. */
    static const uint8_t head[] = {0x3a, 0x81, 0x38};

    memcpy(out, head, sizeof(head));
    ck_assert_int_eq(
        aw_ctl_update_read((aw_bytes){out, sizeof(head) + AW_CTL_PART + 1},
                           &again),
        AW_ERR_FORMAT);
}
END_TEST

START_TEST(small_messages)
{
    uint8_t out[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(out, sizeof(out));
    struct aw_ctl_response r = {.error = 1, .reason = "why"};
    struct aw_ctl_response r2;
    struct aw_ctl_log l = {.more = true, .n = 3, .payload = {1, 2, 3}};
    struct aw_ctl_log l2;
    struct aw_ctl_arm a = {.serial = "s", .srk_hash = "h"};
    struct aw_ctl_arm a2;
    bool goes_on = false;

    aw_ctl_response_write(&r, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), vec_unhex(aw_text("08011203776879")));
    ck_assert_int_eq(aw_ctl_response_read(aw_wr_done(&w), &r2), AW_OK);
    ck_assert_uint_eq(r2.error, 1);
    ck_assert_str_eq(r2.reason, "why");
    w.n = 0;
    aw_ctl_log_write(&l, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), vec_unhex(aw_text("0a030102031001")));
    ck_assert_int_eq(aw_ctl_log_read(aw_wr_done(&w), &l2), AW_OK);
    ck_assert(l2.more && l2.n == 3 && l2.payload[2] == 3);
    /* A Response is no piece of a log. */
    ck_assert_int_eq(aw_ctl_log_read(vec_unhex(aw_text("0801120161")), &l2),
                     AW_ERR_FORMAT);
    w.n = 0;
    aw_ctl_arm_write(&a, &w);
    ck_assert_int_eq(aw_ctl_arm_read(aw_wr_done(&w), &a2), AW_OK);
    ck_assert_str_eq(a2.serial, "s");
    ck_assert_str_eq(a2.srk_hash, "h");
    w.n = 0;
    aw_ctl_log_request_write(true, &w);
    ck_assert_int_eq(aw_ctl_log_request_read(aw_wr_done(&w), &goes_on), AW_OK);
    ck_assert(goes_on);
}
END_TEST

START_TEST(settings)
{
    const struct aw_ctl_config config = {.dhcp = true, .ip = "10.0.0.1"};
    struct aw_ctl_config got;
    uint8_t block[AW_SETTINGS_SIZE];
    uint8_t changed[AW_SETTINGS_SIZE];
    uint32_t seq = 0;

    ck_assert_int_eq(aw_settings_write(9, &config, block), AW_OK);
    ck_assert_int_eq(aw_settings_parse(block, &seq, &got), AW_OK);
    ck_assert_uint_eq(seq, 9);
    ck_assert_mem_eq(&got, &config, sizeof(got));
    for (size_t i = 0; i < sizeof(block); i++) {
        memcpy(changed, block, sizeof(block));
        changed[i] ^= 1;
        ck_assert_int_ne(aw_settings_parse(changed, &seq, &got), AW_OK);
    }
    /* Another form, with a right CRC: zeros behind the message are not. */
    memcpy(changed, block, sizeof(block));
    changed[300] = 7;
    uint32_t crc = aw_crc32((aw_bytes){changed, 508});
    struct aw_wr w = aw_wr_init(changed + 508, 4);

    aw_wr_le32(&w, crc);
    ck_assert_int_eq(aw_settings_parse(changed, &seq, &got), AW_ERR_FORMAT);
    memset(block, 0, sizeof(block));
    ck_assert_int_eq(aw_settings_parse(block, &seq, &got), AW_ERR_FORMAT);
}
END_TEST

Suite *suite_control(void)
{
    Suite *s = suite_create("control");
    TCase *tc = tcase_create("messages");

    tcase_add_test(tc, status_bytes);
    tcase_add_loop_test(tc, config_cases, 0, (int)COUNT(configs));
    tcase_add_test(tc, config_limits);
    tcase_add_test(tc, information);
    tcase_add_test(tc, update_message);
    tcase_add_test(tc, small_messages);
    tcase_add_test(tc, settings);
    suite_add_tcase(s, tc);
    return s;
}
