/* SPDX-License-Identifier: Apache-2.0 */
/* The file that says how far a log is integrated. */
#include "aw/ftlog/sequence.h"

#include "suites.h"
#include "support.h"

#define ROOT15 "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs="
#define EMPTY  "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const struct {
    const char *text;
    aw_err want;
    uint64_t size;
} states[] = {
    {"{\"size\":15,\"root\":\"" ROOT15 "\"}", AW_OK, 15},
    {"{\"size\":0,\"root\":\"" EMPTY "\"}", AW_OK, 0},
    {" { \"root\" : \"" ROOT15 "\", \"new\": [], \"size\" : 15 } ", AW_OK, 15},
    {"{\"size\":18446744073709551615,\"root\":\"" ROOT15 "\"}", AW_OK,
     UINT64_MAX},
    {"{\"size\":18446744073709551616,\"root\":\"" ROOT15 "\"}", AW_ERR_RANGE,
     0},
    {"{\"size\":0,\"root\":\"" ROOT15 "\"}", AW_ERR_FORMAT, 0},
    {"{\"size\":1.0,\"root\":\"" ROOT15 "\"}", AW_ERR_TYPE, 0},
    {"{\"size\":\"1\",\"root\":\"" ROOT15 "\"}", AW_ERR_TYPE, 0},
    {"{\"Size\":1,\"root\":\"" ROOT15 "\"}", AW_ERR_NOT_FOUND, 0},
    {"{\"size\":1}", AW_ERR_NOT_FOUND, 0},
    {"{\"size\":1,\"root\":null}", AW_ERR_TYPE, 0},
    {"{\"size\":1,\"root\":\"\"}", AW_ERR_FORMAT, 0},
    {"{\"size\":1,\"root\":\"AAAA\"}", AW_ERR_FORMAT, 0},
    {"{\"size\":1,\"size\":1,\"root\":\"" ROOT15 "\"}", AW_ERR_DUPLICATE, 0},
    {"[]", AW_ERR_TYPE, 0},
    {"", AW_ERR_SHORT, 0},
    {"{\"size\":15,\"root\":\"" ROOT15 "\"", AW_ERR_SHORT, 0},
};

START_TEST(tree_state)
{
    static uint8_t area[AW_TREE_STATE_WORK];
    struct aw_wr w = aw_wr_init(area, sizeof(area));
    struct aw_tree tree = {.size = 77};
    uint8_t file[AW_TREE_STATE_MAX];
    struct aw_wr out = aw_wr_init(file, sizeof(file));

    ck_assert_int_eq(
        aw_tree_state_parse(aw_text(states[_i].text), &w, &tree, NULL),
        states[_i].want);
    ck_assert_uint_eq(tree.size,
                      states[_i].want == AW_OK ? states[_i].size : 77);
    if (_i < 2) {
        aw_tree_state_write(&tree, &out);
        CK_ASSERT_BYTES(aw_wr_done(&out), aw_text(states[_i].text));
    }
}
END_TEST

/* The work area is large enough for the worst text. */
START_TEST(tree_state_longest)
{
    static uint8_t area[AW_TREE_STATE_WORK];
    static uint8_t text[AW_TREE_STATE_MAX + 1];
    struct aw_wr w = aw_wr_init(area, sizeof(area));
    struct aw_wr t = aw_wr_init(text, sizeof(text));
    struct aw_tree tree;

    aw_wr_text(&t, "{\"size\":15,\"root\":\"" ROOT15 "\",\"a\":[0");
    while (t.n < AW_TREE_STATE_MAX - 3) {
        aw_wr_text(&t, ",0");
    }
    aw_wr_text(&t, "]}");
    while (t.n < AW_TREE_STATE_MAX) {
        aw_wr_text(&t, " ");
    }
    ck_assert_int_eq(aw_tree_state_parse(aw_wr_done(&t), &w, &tree, NULL),
                     AW_OK);
    aw_wr_text(&t, " ");
    ck_assert_int_eq(aw_tree_state_parse(aw_wr_done(&t), &w, &tree, NULL),
                     AW_ERR_SPACE);
}
END_TEST

Suite *suite_tree_state(void)
{
    Suite *s = suite_create("tree_state");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, tree_state, 0, COUNT(states));
    tcase_add_test(tc, tree_state_longest);
    suite_add_tcase(s, tc);
    return s;
}
