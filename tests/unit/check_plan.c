/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/plan.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/vfuse.h"
#include "plan_support.h"
#include "suites.h"
#include "support.h"

/* The plan of the activation from a blank part, as a person reads it. */
static const char activation[] =
    "aw-fuse-plan 1\n"
    "part IMX6UL\n"
    "unit E1BEADDE78563412\n"
    "target hab-closed\n"
    "srk-hash "
    "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c\n"
    "word 0 0 00320003 00000000\n"
    "word 0 6 00000001 0000000c\n"
    "word 0 7 00000000 0000000c\n"
    "word 3 0 00000000 00004000\n"
    "word 3 1 00000000 00004000\n"
    "word 3 2 00000000 00004000\n"
    "word 3 3 00000000 00004000\n"
    "word 3 4 00000000 00004000\n"
    "word 3 5 00000000 00004000\n"
    "word 3 6 00000000 00004000\n"
    "word 3 7 00000000 00004000\n"
    "word 5 6 00000000 00000000\n"
    "word 5 7 00000000 00000000\n"
    "step program 3 0 06b551dd SRK_HASH\n"
    "step program 3 1 ad21a618 SRK_HASH\n"
    "step program 3 2 d2c8b964 SRK_HASH\n"
    "step program 3 3 19740932 SRK_HASH\n"
    "step program 3 4 df8dc571 SRK_HASH\n"
    "step program 3 5 70d8bfb2 SRK_HASH\n"
    "step program 3 6 dbf08969 SRK_HASH\n"
    "step program 3 7 1c5f42b0 SRK_HASH\n"
    "step boot\n"
    "step program 0 0 00004000 SRK_LOCK\n"
    "step program 0 7 00000010 UART_SERIAL_DOWNLOAD_DISABLE\n"
    "step program 0 6 0cd00008 "
    "DIR_BT_DIS,SJC_DISABLE,JTAG_SMODE,KTE,JTAG_HEO\n"
    "step program 0 6 00040000 SDP_READ_DISABLE\n"
    "step verify\n"
    "step program 0 6 00000002 SEC_CONFIG\n"
    "hash "
    "45d3f489a976260380a07ca61b25f78c0a2922a63f6cbab6eb6e0b788dc6bb88\n";

START_TEST(text_of_activation)
{
    struct aw_vfuse v = plan_part("IMX6UL");
    struct aw_plan plan = plan_closing_of(&v);
    char text[AW_PLAN_TEXT_MAX];
    aw_bytes got = plan_text(&plan, text, sizeof(text));

    CK_ASSERT_BYTES(got, aw_text(activation));
}
END_TEST

/* The bits of all steps together are those of the Go firmware's activation. */
START_TEST(goal_of_activation)
{
    static const char *const parts[] = {"IMX6UL", "IMX6ULL", "IMX6ULZ"};
    cJSON *json = vec_json("hab/otp/activation-upstream.json");
    const cJSON *row = NULL;
    struct aw_vfuse v = plan_part(parts[_i]);
    struct aw_plan plan = plan_closing_of(&v);
    uint32_t ours[AW_VFUSE_WORDS] = {0};
    uint32_t theirs[AW_VFUSE_WORDS] = {0};
    size_t n = 0;

    for (size_t i = 0; i < plan.n_steps; i++) {
        const struct aw_plan_step *s = &plan.steps[i];

        ours[s->bank * 8 + s->word] |= s->bits;
    }
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(json, "blows"))
    {
        uint64_t bank = vec_u64(row, "bank");
        const char *data = vec_cstr(vec_str(row, "data"));

        theirs[bank * 8 + vec_u64(row, "word")] |=
            (uint32_t)strtoul(data, NULL, 16);
        n++;
    }
    ck_assert_uint_eq(n, 17);
    theirs[6] &= ~UINT32_C(1); /* set in the factory already */
    ck_assert_mem_eq(ours, theirs, sizeof(ours));
}
END_TEST

START_TEST(states_known)
{
    struct aw_vfuse v = plan_at_state((enum aw_plan_state)_i);
    struct aw_plan plan;
    struct aw_plan_result result;
    aw_err err = plan_try_closing(&v, &plan, &result);

    ck_assert_int_eq(err, AW_OK);
    ck_assert_int_eq(aw_plan_state(&plan), _i);
    ck_assert_str_eq(
        aw_plan_state_name((enum aw_plan_state)_i),
        ((const char *[]){"S0", "S1", "S2", "S3", "S4", "S5"})[_i]);
    ck_assert_int_eq(plan.n_steps == 0, _i == AW_PLAN_S5);
    size_t boots = 0;

    for (size_t i = 0; i < plan.n_steps; i++) {
        boots += plan.steps[i].kind == AW_PLAN_BOOT ? 1 : 0;
    }
    ck_assert_uint_eq(boots, (_i == AW_PLAN_S5 ? 0U : 1U));
}
END_TEST

static const struct {
    const char *name;
    unsigned word;  /* bank times 8 + word; 0: nothing is changed */
    uint32_t set;   /* bits added to the blank part */
    uint32_t clear; /* bits taken from it */
    bool closed;    /* on top of a part that is done */
    enum aw_plan_why why;
} refusals[] = {
    {"as made", 0, 0, 0, false, AW_PLAN_FINE},
    {"closed", 0, 0, 0, true, AW_PLAN_FINE},
    {"hash with a foreign bit", 24, 0x00000002, 0, false, AW_PLAN_FOREIGN},
    {"hash of another key", 31, 0xffffffff, 0, false, AW_PLAN_FOREIGN},
    {"locked without hash", 0, 0x00004000, 0, false, AW_PLAN_LOCKED},
    {"boot words locked", 0, 0x00000004, 0, false, AW_PLAN_LOCKED},
    {"boot words protected", 0, 0x00000008, 0, false, AW_PLAN_LOCKED},
    {"boot words locked, done", 0, 0x0000000c, 0, true, AW_PLAN_FINE},
    {"fab part", 6, 0, 0x00000001, false, AW_PLAN_FAB},
    {"field return", 46, 0x00000001, 0, false, AW_PLAN_FIELD_RETURN},
    {"field return, closed", 46, 0x00000001, 0, true, AW_PLAN_FIELD_RETURN},
    {"SRK1 revoked", 47, 0x00000001, 0, false, AW_PLAN_REVOKED},
    {"SRK3 revoked", 47, 0x00000004, 0, false, AW_PLAN_REVOKED},
    {"SRK1 revoked, closed", 47, 0x00000001, 0, true, AW_PLAN_FINE},
    {"no serial download", 6, 0x00020000, 0, false, AW_PLAN_SDP_DISABLED},
    {"no serial download, closed", 6, 0x00020000, 0, true, AW_PLAN_FINE},
    {"closed, bit of hash missing", 24, 0, 0x00000001, true,
     AW_PLAN_OTHER_HASH},
    {"closed, bit of hash added", 24, 0x00000002, 0, true, AW_PLAN_OTHER_HASH},
    {"closed without hash", 6, 0x00000002, 0, false, AW_PLAN_OTHER_HASH},
    {"closed, not hardened", 6, 0, 0x08000000, true, AW_PLAN_FINE},
    {"closed, not locked", 0, 0, 0x00004000, true, AW_PLAN_FINE},
    {"closed, bit 0 missing", 6, 0, 0x00000001, true, AW_PLAN_FINE},
    {"word reads as locked", 47, 0xbadabada, 0, false, AW_PLAN_READ_LOCKED},
    {"hash word reads as locked", 27, 0xbadabada, 0, false,
     AW_PLAN_READ_LOCKED},
    {"boot settings of the factory", 6, 0x20000000, 0, false, AW_PLAN_FINE},
};

START_TEST(refusal)
{
    struct aw_vfuse v =
        plan_at_state(refusals[_i].closed ? AW_PLAN_S5 : AW_PLAN_S0);
    struct aw_plan plan;
    struct aw_plan_result result;

    v.fuse[refusals[_i].word] |= refusals[_i].set;
    v.fuse[refusals[_i].word] &= ~refusals[_i].clear;
    aw_vfuse_boot(&v);
    aw_err err = plan_try_closing(&v, &plan, &result);

    ck_assert_msg(result.why == refusals[_i].why, "%s: got %s",
                  refusals[_i].name, aw_plan_why_text(result.why));
    ck_assert_int_eq(
        err, refusals[_i].why == AW_PLAN_FINE ? AW_OK : AW_ERR_PRECONDITION);
    if (err != AW_OK) {
        ck_assert_int_eq(aw_plan_state(&plan), AW_PLAN_SX);
    }
}
END_TEST

START_TEST(hash_must_be_one)
{
    struct aw_plan plan = {.n_words = 77};
    uint8_t hash[AW_PLAN_SRK_SIZE] = {0};

    ck_assert_int_eq(aw_plan_begin_closed(aw_text("IMX6UL"), hash, &plan),
                     AW_ERR_PRECONDITION);
    memset(hash, 1, sizeof(hash));
    hash[4] = 0xda;
    hash[5] = 0xba;
    hash[6] = 0xda;
    hash[7] = 0xba;
    ck_assert_int_eq(aw_plan_begin_closed(aw_text("IMX6UL"), hash, &plan),
                     AW_ERR_PRECONDITION);
    hash[7] = 0xbb;
    ck_assert_int_eq(aw_plan_begin_closed(aw_text("IMX7D"), hash, &plan),
                     AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(aw_plan_begin_set(aw_text("imx6ul"), &plan),
                     AW_ERR_UNSUPPORTED);
    ck_assert_uint_eq(plan.n_words, 77);
    ck_assert_int_eq(aw_plan_begin_closed(aw_text("IMX6UL"), hash, &plan),
                     AW_OK);
}
END_TEST

START_TEST(unit_must_be_one)
{
    struct aw_vfuse v = plan_part("IMX6UL");
    struct aw_plan plan;
    struct aw_plan_result result;
    uint32_t all = _i == 0 ? 0 : 0xffffffff;

    v.fuse[1] = all;
    v.fuse[2] = all;
    aw_vfuse_boot(&v);
    ck_assert_int_eq(plan_try_closing(&v, &plan, &result), AW_ERR_PRECONDITION);
    ck_assert_int_eq(result.why, AW_PLAN_NO_UNIT);
    v.fuse[2] ^= 0x10;
    aw_vfuse_boot(&v);
    ck_assert_int_eq(plan_try_closing(&v, &plan, &result), AW_OK);
}
END_TEST

/* Values for fuses of the i.MX6UL on the dump of an open part. */
static const struct {
    const char *name;
    const char *set[4][2]; /* fuse, value */
    aw_err add;            /* of the last one */
    enum aw_plan_why why;
    const char *steps; /* the lines of them */
} sets[] = {
    {"one bit",
     {{"RPMB_PROGRAMMED", "1"}},
     AW_OK,
     AW_PLAN_FINE,
     "step program 4 6 00000001 RPMB_PROGRAMMED\n"},
    {"nothing to do", {{"SEC_CONFIG", "1"}}, AW_OK, AW_PLAN_FINE, ""},
    {"alias agrees",
     {{"RPMB_PROGRAMMED", "1"}, {"GP1", "00000005"}},
     AW_OK,
     AW_PLAN_FINE,
     "step program 4 6 00000005 RPMB_PROGRAMMED,GP1\n"},
    {"alias disagrees",
     {{"RPMB_PROGRAMMED", "1"}, {"GP1", "00000004"}},
     AW_OK,
     AW_PLAN_CONFLICT,
     NULL},
    {"locks come last",
     {{"GP1_LOCK", "1"}, {"GP1", "80000001"}},
     AW_OK,
     AW_PLAN_FINE,
     "step program 4 6 80000001 GP1\n"
     "step program 0 0 00000400 GP1_LOCK\n"},
    {"several words",
     {{"SW_GP", "0123456700000000000000000000000000000001"}},
     AW_OK,
     AW_PLAN_FINE,
     "step program 5 0 00000001 SW_GP\nstep program 5 4 01234567 SW_GP\n"},
    {"register",
     {{"OCOTP_SRK_REVOKE", "00000001"}},
     AW_OK,
     AW_PLAN_FINE,
     "step program 5 7 00000001 OCOTP_SRK_REVOKE\n"},
    {"bit set that must be 0", {{"SI_REV", "2"}}, AW_OK, AW_PLAN_FOREIGN, NULL},
    {"locked", {{"GP3", NULL}}, AW_OK, AW_PLAN_LOCKED, NULL},
    {"locked and done",
     {{"UNIQUE_ID", "12345678deadbee1"}},
     AW_OK,
     AW_PLAN_FINE,
     ""},
    {"would close", {{"SEC_CONFIG", "3"}}, AW_OK, AW_PLAN_CLOSES, NULL},
    {"would close by register",
     {{"OCOTP_CFG5", "00000003"}},
     AW_OK,
     AW_PLAN_CLOSES,
     NULL},
    {"too wide", {{"KTE", "2"}}, AW_ERR_RANGE, AW_PLAN_FINE, NULL},
};

/* The value of GP3 in the table would take a line of its own. */
static void set_value(const struct aw_fuse *fuse, const char *text,
                      uint8_t *value)
{
    memset(value, 0x11, aw_fuse_bytes(fuse));
    if (text != NULL &&
        aw_fuse_value_parse(fuse, aw_text(text), value) != AW_OK) {
        memset(value, 0xff, aw_fuse_bytes(fuse));
    }
}

START_TEST(single_fuses)
{
    static struct aw_fusemap map;
    struct aw_vfuse v = plan_part("IMX6UL");
    struct aw_otp otp = aw_vfuse_otp(&v);
    struct aw_plan plan;
    struct aw_plan_result result;
    char text[AW_PLAN_TEXT_MAX];
    aw_err err = AW_OK;

    v.fuse[0] = 0x01328003;
    v.fuse[3] = 0x00010000;
    aw_vfuse_boot(&v);
    ck_assert_int_eq(
        aw_fusemap_parse(aw_fusemap_builtin(aw_text("imx6ul")), &map, NULL),
        AW_OK);
    ck_assert_int_eq(aw_plan_begin_set(map.part, &plan), AW_OK);
    for (size_t i = 0; i < 4 && sets[_i].set[i][0] != NULL; i++) {
        uint8_t value[AW_FUSE_BYTES_MAX];
        struct aw_fuse fuse;

        ck_assert_int_eq(err, AW_OK);
        ck_assert_int_eq(
            aw_fusemap_find(&map, aw_text(sets[_i].set[i][0]), &fuse), AW_OK);
        set_value(&fuse, sets[_i].set[i][1], value);
        err = aw_plan_add(&plan, &map, &fuse,
                          (aw_bytes){value, aw_fuse_bytes(&fuse)});
    }
    ck_assert_int_eq(err, sets[_i].add);
    if (err != AW_OK) {
        return;
    }
    err = aw_plan_make(&plan, &otp, &result, NULL);
    ck_assert_msg(result.why == sets[_i].why, "%s: got %s", sets[_i].name,
                  aw_plan_why_text(result.why));
    if (err == AW_OK) {
        aw_bytes got = plan_text(&plan, text, sizeof(text));

        text[got.n] = '\0';
        char *steps = strstr(text, "\nstep ");
        char *end = strstr(text, "\nhash ");

        ck_assert_ptr_nonnull(end);
        end[1] = '\0';
        ck_assert_str_eq(steps == NULL ? "" : steps + 1, sets[_i].steps);
    }
}
END_TEST

START_TEST(limits_of_sets)
{
    static struct aw_fusemap map;
    static struct aw_fusemap other;
    struct aw_plan plan;
    struct aw_fuse fuse;
    uint8_t value[AW_FUSE_BYTES_MAX] = {0};

    ck_assert_int_eq(
        aw_fusemap_parse(aw_fusemap_builtin(aw_text("imx6ul")), &map, NULL),
        AW_OK);
    ck_assert_int_eq(
        aw_fusemap_parse(aw_fusemap_builtin(aw_text("imx6ull")), &other, NULL),
        AW_OK);
    ck_assert_int_eq(aw_plan_begin_set(map.part, &plan), AW_OK);
    ck_assert_int_eq(aw_fusemap_find(&map, aw_text("GP3"), &fuse), AW_OK);
    ck_assert_int_eq(aw_plan_add(&plan, &other, &fuse, (aw_bytes){value, 64}),
                     AW_ERR_TYPE);
    ck_assert_int_eq(aw_plan_add(&plan, &map, &fuse, (aw_bytes){value, 63}),
                     AW_ERR_FORMAT);
    /* Words: one of the locks, then 16 a fuse; the fourth does not fit. */
    static const char *const wide[] = {"GP3",   "GP4", "GP5",
                                       "SW_GP", "GP6", "GP7"};
    size_t n = 1;

    for (size_t i = 0; i < COUNT(wide); i++) {
        ck_assert_int_eq(aw_fusemap_find(&map, aw_text(wide[i]), &fuse), AW_OK);
        n += aw_fuse_words(&fuse, 32);
        ck_assert_int_eq(aw_plan_add(&plan, &map, &fuse,
                                     (aw_bytes){value, aw_fuse_bytes(&fuse)}),
                         n <= AW_PLAN_WORDS_MAX ? AW_OK : AW_ERR_SPACE);
    }
    ck_assert_int_eq(aw_plan_begin_set(map.part, &plan), AW_OK);
    ck_assert_int_eq(aw_fusemap_find(&map, aw_text("KTE"), &fuse), AW_OK);
    for (size_t i = 0; i <= AW_PLAN_SETS_MAX; i++) {
        ck_assert_int_eq(aw_plan_add(&plan, &map, &fuse, (aw_bytes){value, 1}),
                         i < AW_PLAN_SETS_MAX ? AW_OK : AW_ERR_SPACE);
    }
}
END_TEST

Suite *suite_plan(void)
{
    Suite *s = suite_create("plan");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, text_of_activation);
    tcase_add_loop_test(tc, goal_of_activation, 0, 3);
    tcase_add_loop_test(tc, states_known, AW_PLAN_S0, AW_PLAN_SX);
    tcase_add_loop_test(tc, refusal, 0, (int)COUNT(refusals));
    tcase_add_test(tc, hash_must_be_one);
    tcase_add_loop_test(tc, unit_must_be_one, 0, 2);
    tcase_add_loop_test(tc, single_fuses, 0, (int)COUNT(sets));
    tcase_add_test(tc, limits_of_sets);
    suite_add_tcase(s, tc);
    return s;
}
