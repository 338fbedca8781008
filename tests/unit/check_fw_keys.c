/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and random numbers of the firmware, by its drivers on the twin's models
 * of CAAM, DCP and RNGB. */
#include "fw/keys.h"

#include <string.h>

#include "aw/text.h"
#include "fw/caam.h"
#include "fw/dcp.h"
#include "fw/reg.h"
#include "fw/rng.h"
#include "fw/scratch.h"
#include "fw/soc.h"
#include "key_rig.h"
#include "suites.h"
#include "support.h"

enum { SHADOW = 0x021bc400, HPSR = 0x020cc014 };

/* Vector e of the reference: Go and Python agreed on it. */
START_TEST(rpmb_key)
{
    static const char *const want[] = {
        "20ebdcd9575c9c827cbdd92f1fcc71ca5760142212b48e310bd5f3ea8a67970f",
        "b72dec335d56cea108f3bbed672374ca1eae9e31f61b6f2bd92d213c5ab86dca"};
    const uint8_t *key = NULL;
    struct aw_diag diag = {0};

    key_rig_be_ul(_i == 1);
    ck_assert_msg(keys_rpmb(&key, &diag) == AW_OK, "%s", diag.where);
    CK_ASSERT_BYTES(((aw_bytes){key, 32}), vec_unhex(aw_text(want[_i])));
    /* Nothing else is left behind, and in the end nothing at all. */
    for (size_t i = 0; i < sizeof(struct scratch); i++) {
        bool part = &key_rig.ram[i] >= key && &key_rig.ram[i] < key + 32;

        ck_assert(part || key_rig.ram[i] == 0);
    }
    keys_wipe();
    for (size_t i = 0; i < sizeof(struct scratch); i++) {
        ck_assert_uint_eq(key_rig.ram[i], 0);
    }
    ck_assert_uint_eq(key_rig.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

/* Vectors c and d: the part's own key and the applet key of a policy, as in
 * check_os_call.c. d is closed, c is open, on the i.MX6ULL. */
static const struct {
    bool ul;
    struct derive_who who;
    const char *name;
    const char *public_key; /* of the witness, base64 */
} roles[] = {
    {false,
     {.dev = true, .serial = "3BEE6CDA358F0C33"},
     "DEV:ArmoredWitness-wandering-river",
     "AVJTFInPB7cdt2Iz+aRVesbn4JxWbyt4fw5lyf0YNWGB"},
    {true,
     {.dev = false, .serial = "720A9DEAD4390330"},
     "ArmoredWitness-restless-frost",
     "AWMCIIY7NwKp3b+fYJ7hZRGUNNe6cgT6MmU87rKDuIiv"},
};

START_TEST(role_keys)
{
    const struct derived *derived = NULL;
    uint8_t public_key[1 + AW_ED25519_PUBLIC] = {1};
    struct aw_diag diag = {0};

    key_rig_be_ul(roles[_i].ul);
    key_rig_be_closed(!roles[_i].who.dev, !roles[_i].who.dev);
    ck_assert_msg(keys_role(&roles[_i].who, DERIVE_WITNESS, &derived, &diag) ==
                      AW_OK,
                  "%s", diag.where);
    ck_assert_str_eq(derived->name, roles[_i].name);
    aw_ed25519_public(derived->seed, public_key + 1);
    CK_ASSERT_BYTES(((aw_bytes){public_key, sizeof(public_key)}),
                    vec_unbase64(aw_text(roles[_i].public_key)));
    /* The part's key is gone, and in the end all of it. */
    for (size_t i = 0; i < sizeof(key_rig.ram); i++) {
        bool part = &key_rig.ram[i] >= derived->seed &&
                    key_rig.ram + i < (const uint8_t *)(derived + 1);

        ck_assert(part || key_rig.ram[i] == 0);
    }
    keys_wipe();
    for (size_t i = 0; i < sizeof(struct scratch); i++) {
        ck_assert_uint_eq(key_rig.ram[i], 0);
    }
}
END_TEST

/* Who may have a key: an open part only what everybody can compute. */
START_TEST(role_states)
{
    static const struct {
        bool closed, trusted, dev;
        aw_err want;
    } states[] = {
        {false, false, true, AW_OK},
        {false, true, true, AW_OK},
        {true, true, false, AW_OK},
        {false, false, false, AW_ERR_PRECONDITION},
        {false, true, false, AW_ERR_PRECONDITION},
        {true, true, true, AW_ERR_PRECONDITION},
        {true, false, false, AW_ERR_PRECONDITION},
        {true, false, true, AW_ERR_PRECONDITION},
    };
    const struct derive_who who = {.dev = states[_i].dev};
    const struct derived *derived = NULL;

    key_rig_be_ul(true);
    key_rig_be_closed(states[_i].closed, states[_i].trusted);
    ck_assert_int_eq(keys_role(&who, DERIVE_BASTION, &derived, NULL),
                     states[_i].want);
    ck_assert((derived != NULL) == (states[_i].want == AW_OK));
}
END_TEST

/* An engine that fails, does nothing or gives zeros has no key. */
START_TEST(role_without_engine)
{
    const struct derive_who who = {.dev = true};
    const struct derived *derived = NULL;

    key_rig.dead = true;
    key_rig_be_ul(_i == 1);
    key_rig_be_closed(false, false);
    ck_assert_int_eq(keys_role(&who, DERIVE_WITNESS, &derived, NULL),
                     AW_ERR_TIMEOUT);
    ck_assert_ptr_null(derived);
    for (size_t i = 0; i < sizeof(struct scratch); i++) {
        ck_assert_uint_eq(key_rig.ram[i], 0);
    }
}
END_TEST

/* Says that it is done, and did nothing. */
static bool idle_dcp(void *ctx, struct fake_access *a)
{
    (void)ctx;
    if (a->address == TW_DCP_BASE + 0x10) {
        a->value = 1;
        return true;
    }
    return key_rig_has(a->address);
}

/* The same of the CAAM: a slot of the output ring is full. */
static bool idle_caam(void *ctx, struct fake_access *a)
{
    enum { RDSTA = 0x6c0, ORSFR = 0x103c };

    (void)ctx;
    if (a->address == TW_CAAM_BASE + ORSFR ||
        a->address == TW_CAAM_BASE + RDSTA) {
        a->value = 1;
        return true;
    }
    return key_rig_has(a->address);
}

/* A card would get a key that anybody can compute. */
START_TEST(rpmb_key_of_idle_engine)
{
    const uint8_t *key = NULL;

    key_rig_be_ul(_i == 1);
    key_rig_be_closed(true, true);
    fake_hook(&(struct fake_hook){.access = _i == 1 ? idle_caam : idle_dcp});
    ck_assert_int_eq(keys_rpmb(&key, NULL), AW_ERR_IO);
    ck_assert_ptr_null(key);
    for (size_t i = 0; i < sizeof(struct scratch); i++) {
        ck_assert_uint_eq(key_rig.ram[i], 0);
    }
}
END_TEST

/* A violation after the start: the card gets no key of the part's test key. */
START_TEST(rpmb_key_after_violation)
{
    const uint8_t *key = NULL;

    key_rig_be_ul(_i == 1);
    key_rig_be_closed(true, false);
    ck_assert_int_eq(keys_rpmb(&key, NULL), AW_ERR_PRECONDITION);
    ck_assert_ptr_null(key);
}
END_TEST

START_TEST(role_of_idle_engine)
{
    const struct derive_who who = {.dev = true};
    const struct derived *derived = NULL;

    key_rig_be_ul(false);
    key_rig_be_closed(false, false);
    fake_hook(&(struct fake_hook){.access = idle_dcp});
    ck_assert_int_eq(keys_role(&who, DERIVE_WITNESS, &derived, NULL),
                     AW_ERR_IO);
    ck_assert_ptr_null(derived);
}
END_TEST

/* AN10922, computed: BKEK 00..1f, diversifier deadbeef. */
START_TEST(caam_vector)
{
    static const uint8_t diversifier[] = {0xde, 0xad, 0xbe, 0xef};
    uint8_t key[CAAM_KEY];

    ck_assert_int_eq(caam_derive(&scratch()->caam, diversifier,
                                 sizeof(diversifier), key, NULL),
                     AW_OK);
    CK_ASSERT_BYTES(((aw_bytes){key, sizeof(key)}),
                    vec_unhex(aw_text("ba9f9ee040a63549d83e44ebf21e440b89b1c4b9"
                                      "f3b5207d6f190049fb1d3837")));
    ck_assert_int_eq(
        caam_derive(&scratch()->caam, key_rig.ram + 0x10000, 33, key, NULL),
        AW_ERR_RANGE);
}
END_TEST

/* TamaGo's example: deadbeef, padded, on an open part. */
START_TEST(dcp_vector)
{
    struct dcp_work *work = &scratch()->dcp;

    memset(work->data, 0x0c, DCP_BLOCK);
    memcpy(work->data, "\xde\xad\xbe\xef", 4);
    ck_assert_int_eq(dcp_encrypt(work, DCP_BLOCK, NULL), AW_OK);
    CK_ASSERT_BYTES(((aw_bytes){work->data, DCP_BLOCK}),
                    vec_unhex(aw_text("75f9022d5a867ad430440feec6611f0a")));
    ck_assert_int_eq(dcp_encrypt(work, 0, NULL), AW_ERR_RANGE);
    ck_assert_int_eq(dcp_encrypt(work, 17, NULL), AW_ERR_RANGE);
    ck_assert_int_eq(dcp_encrypt(work, DCP_DATA_MAX + 16, NULL), AW_ERR_RANGE);
}
END_TEST

/* Engines that do not answer end in a time-out, not in a hang. */
START_TEST(dead_engines)
{
    const uint8_t *key = NULL;
    uint8_t bytes[RNG_MAX];

    key_rig.dead = true;
    key_rig_be_ul(_i == 1);
    ck_assert_int_eq(keys_rpmb(&key, NULL), AW_ERR_TIMEOUT);
    ck_assert_int_eq(rng_fill(bytes, sizeof(bytes), NULL), AW_ERR_TIMEOUT);
    ck_assert_ptr_null(key);
}
END_TEST

START_TEST(random_numbers)
{
    uint8_t one[RNG_MAX] = {0};
    uint8_t two[RNG_MAX] = {0};

    key_rig_be_ul(_i == 1);
    ck_assert_int_eq(rng_fill(one, RNG_MAX + 1, NULL), AW_ERR_RANGE);
    ck_assert_int_eq(rng_fill(one, sizeof(one), NULL), AW_OK);
    ck_assert_int_eq(rng_fill(two, 16, NULL), AW_OK);
    ck_assert_mem_ne(one, two, 16);
    ck_assert_uint_eq(two[16], 0);
    ck_assert_uint_eq(key_rig.rig.report.counts[TW_REPORT_MISUSE], 0);
}
END_TEST

START_TEST(random_self_test)
{
    uint8_t bytes[RNG_MAX] = {0};

    key_rig_be_ul(false);
    key_rig.rngb.fail_test = true;
    ck_assert_int_eq(rng_fill(bytes, sizeof(bytes), NULL), AW_ERR_IO);
    ck_assert_uint_eq(bytes[0], 0);
}
END_TEST

/* A generator that says the same again and again. */
static bool stuck(void *ctx, struct fake_access *a)
{
    enum { SR = 0x0228400c, READY = 3 << 4 | 5 << 8, OUT = 0x02284014 };

    (void)ctx;
    a->value = a->address == SR ? READY : a->address == OUT ? 0x1234 : a->value;
    return a->address == SR || a->address == OUT;
}

START_TEST(random_repeats)
{
    uint8_t bytes[RNG_MAX] = {0};

    key_rig_be_ul(false);
    fake_hook(&(struct fake_hook){.access = stuck});
    ck_assert_int_eq(rng_fill(bytes, sizeof(bytes), NULL), AW_ERR_IO);
    ck_assert_uint_eq(bytes[0], 0);
}
END_TEST

START_TEST(security_state)
{
    static const struct {
        uint32_t hpsr;
        bool usable;
    } states[] = {
        {0x80009b00, false}, {0x80009d00, true},  {0x80009f00, true},
        {0x80009300, false}, {0x80009900, false}, {0x88009d00, false},
        {0x80019d00, false}, {0, false},
    };
    uint8_t id[SOC_ID_SIZE];

    for (size_t i = 0; i < COUNT(states); i++) {
        fake_put(HPSR, states[i].hpsr);
        ck_assert(snvs_key_usable() == states[i].usable);
    }
    ck_assert(!soc_closed());
    fake_put(SHADOW + 0x60, 2);
    ck_assert(soc_closed());
    ck_assert(!soc_rpmb_flag());
    fake_put(SHADOW + 0x10 * 38, 1);
    ck_assert(soc_rpmb_flag());
    fake_put(SHADOW + 0x10 * 48 + 0x100, 7);
    ck_assert_uint_eq(ocotp_read(6, 0), 7);
    soc_unique_id(id);
    CK_ASSERT_BYTES(((aw_bytes){id, sizeof(id)}),
                    vec_unhex(aw_text("720a9dead4390330")));
    key_rig_be_ul(true);
    ck_assert(soc_is_ul());
    key_rig_be_ul(false);
    ck_assert(!soc_is_ul());
}
END_TEST

Suite *suite_fw_keys(void)
{
    Suite *s = suite_create("fw_keys");
    TCase *tc = tcase_create("keys");

    tcase_add_checked_fixture(tc, key_rig_setup, NULL);
    tcase_set_timeout(tc, 30);
    tcase_add_loop_test(tc, rpmb_key, 0, 2);
    tcase_add_loop_test(tc, role_keys, 0, (int)COUNT(roles));
    tcase_add_loop_test(tc, role_states, 0, 8);
    tcase_add_loop_test(tc, role_without_engine, 0, 2);
    tcase_add_test(tc, role_of_idle_engine);
    tcase_add_loop_test(tc, rpmb_key_of_idle_engine, 0, 2);
    tcase_add_loop_test(tc, rpmb_key_after_violation, 0, 2);
    tcase_add_test(tc, caam_vector);
    tcase_add_test(tc, dcp_vector);
    tcase_add_loop_test(tc, dead_engines, 0, 2);
    tcase_add_loop_test(tc, random_numbers, 0, 2);
    tcase_add_test(tc, random_self_test);
    tcase_add_test(tc, random_repeats);
    tcase_add_test(tc, security_state);
    suite_add_tcase(s, tc);
    return s;
}
