/* SPDX-License-Identifier: Apache-2.0 */
#include "common/exit.h"

#include <string.h>

#include "suites.h"
#include "support.h"

/* Exit code of each error about log, statement, device, input, local. */
static const struct {
    aw_err err;
    int want[5];
} codes[] = {
    {AW_OK, {0, 0, 0, 0, 0}},
    {AW_ERR_SHORT, {12, 10, 10, 30, 33}},
    {AW_ERR_FORMAT, {12, 10, 10, 30, 33}},
    {AW_ERR_RANGE, {12, 10, 10, 30, 33}},
    {AW_ERR_SPACE, {20, 10, 10, 30, 24}},
    {AW_ERR_UNSUPPORTED, {12, 10, 10, 30, 33}},
    {AW_ERR_SIG, {12, 12, 12, 12, 12}},
    {AW_ERR_NO_SIG, {12, 12, 12, 12, 12}},
    {AW_ERR_KEY, {12, 10, 32, 2, 33}},
    {AW_ERR_AMBIGUOUS, {12, 10, 32, 2, 33}},
    {AW_ERR_ORIGIN, {12, 12, 12, 12, 12}},
    {AW_ERR_PROOF, {12, 12, 12, 12, 12}},
    {AW_ERR_DIGEST, {10, 10, 10, 10, 10}},
    {AW_ERR_FORK, {12, 12, 12, 12, 12}},
    {AW_ERR_ROLLBACK, {12, 12, 12, 12, 12}},
    {AW_ERR_POLICY, {10, 10, 10, 10, 10}},
    {AW_ERR_NOT_FOUND, {11, 11, 32, 30, 33}},
    {AW_ERR_IO, {21, 21, 21, 21, 21}},
    {AW_ERR_NET, {20, 20, 20, 20, 20}},
    {AW_ERR_TIMEOUT, {20, 22, 22, 22, 22}},
    {AW_ERR_STATE, {33, 33, 33, 33, 33}},
    {AW_ERR_RESOURCE, {24, 24, 24, 24, 24}},
    {AW_ERR_ROOT, {10, 10, 10, 10, 10}},
    {AW_ERR_CONTENT, {14, 14, 14, 14, 14}},
    {AW_ERR_QUORUM, {12, 12, 12, 12, 12}},
    {AW_ERR_EXISTS, {30, 30, 30, 30, 30}},
    {AW_ERR_CANCELLED, {31, 31, 31, 31, 31}},
    {AW_ERR_USAGE, {2, 2, 2, 2, 2}},
    {AW_ERR_PRECONDITION, {30, 30, 30, 30, 30}},
    {AW_ERR_TYPE, {12, 10, 10, 30, 33}},
    {AW_ERR_DUPLICATE, {12, 10, 10, 30, 33}},
    {AW_ERR_STALL, {21, 21, 21, 21, 21}},
    {AW_ERR_GONE, {21, 21, 21, 21, 21}},
    {AW_ERR_REFUSED, {30, 30, 30, 30, 30}},
};

START_TEST(code)
{
    static const enum aw_subject subjects[] = {
        AW_ON_LOG, AW_ON_STATEMENT, AW_ON_DEVICE, AW_ON_INPUT, AW_ON_LOCAL};

    for (size_t i = 0; i < COUNT(subjects); i++) {
        ck_assert_msg(aw_exit_of(codes[_i].err, subjects[i]) ==
                          codes[_i].want[i],
                      "%s, %zu: %d", aw_err_name(codes[_i].err), i,
                      aw_exit_of(codes[_i].err, subjects[i]));
        ck_assert_uint_gt(strlen(aw_remedy_of(codes[_i].err, subjects[i])), 0);
    }
}
END_TEST

/* A new error number must be put into the table above, and into exit.c. */
START_TEST(table_is_whole)
{
#define NUMBER(name, number, text) (number),
    static const int numbers[] = {AW_ERR_LIST(NUMBER)};
#undef NUMBER

    ck_assert_uint_eq(COUNT(codes), COUNT(numbers));
    ck_assert_int_eq(aw_exit_of((aw_err)9999, AW_ON_LOG), AW_EXIT_INTERNAL);
}
END_TEST

START_TEST(join)
{
    static const struct {
        int first;
        int second;
        int want;
    } cases[] = {
        {0, 0, 0},    {0, 20, 20},  {20, 0, 20},  {12, 10, 10}, {10, 12, 10},
        {14, 11, 11}, {20, 14, 14}, {14, 20, 14}, {2, 10, 10},  {30, 20, 30},
        {20, 30, 20}, {33, 12, 12}, {1, 13, 13},  {21, 22, 21},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_int_eq(aw_exit_join(cases[i].first, cases[i].second),
                         cases[i].want);
    }
}
END_TEST

START_TEST(rows)
{
    int last = -1;

    for (size_t i = 0; aw_exit_row_at(i) != NULL; i++) {
        const struct aw_exit_row *row = aw_exit_row_at(i);

        ck_assert_int_gt(row->code, last);
        ck_assert_ptr_eq(aw_exit_row(row->code), row);
        ck_assert(row->retry == (row->code >= 20 && row->code <= 24));
        last = row->code;
    }
    ck_assert_int_eq(last, AW_EXIT_PARTIAL);
    ck_assert_int_eq(aw_exit_row(77)->code, AW_EXIT_INTERNAL);
}
END_TEST

START_TEST(findings)
{
    struct aw_pool pool;
    struct aw_findings found;
    struct aw_finding kept;
    char subject[] = "file";
    const struct aw_host_diag net = {.network = true, .text = "cut"};

    aw_pool_init(&pool);
    aw_findings_init(&found);
    ck_assert_ptr_null(aw_findings_main(&found));
    ck_assert_int_eq(aw_findings_add(&found, &pool,
                                     &(struct aw_finding){.err = AW_ERR_IO,
                                                          .subject = subject},
                                     &kept),
                     AW_EXIT_STORAGE);
    subject[0] = 'x';
    ck_assert_str_eq(kept.subject, "file"); /* copied */
    ck_assert_str_eq(kept.code, "ERR_IO");
    /* A cut body is the network's failure, whatever it was to be. */
    ck_assert_int_eq(aw_findings_add(&found, &pool,
                                     &(struct aw_finding){.err = AW_ERR_SHORT,
                                                          .on = AW_ON_STATEMENT,
                                                          .host = &net},
                                     &kept),
                     AW_EXIT_NETWORK);
    ck_assert_str_eq(kept.got, "cut");
    ck_assert_int_eq(found.exit, AW_EXIT_STORAGE);
    for (size_t i = 0; i < 2 * (size_t)AW_FINDINGS_MAX; i++) {
        (void)aw_findings_add(
            &found, &pool, &(struct aw_finding){.err = AW_ERR_CONTENT}, &kept);
    }
    ck_assert_ptr_null(kept.what); /* counted only */
    ck_assert_uint_eq(found.n, AW_FINDINGS_MAX);
    ck_assert_uint_eq(found.dropped, AW_FINDINGS_MAX + 2);
    ck_assert_int_eq(found.exit, AW_EXIT_UNKNOWN);
    ck_assert_int_eq(aw_findings_main(&found)->exit, AW_EXIT_UNKNOWN);
    /* Without an error there is no success either. */
    ck_assert_int_eq(aw_findings_add(&found, &pool,
                                     &(struct aw_finding){.err = AW_OK}, &kept),
                     AW_EXIT_INTERNAL);
    aw_findings_wipe(&found);
    aw_pool_wipe(&pool);
}
END_TEST

Suite *suite_exit(void)
{
    Suite *s = suite_create("exit");
    TCase *tc = tcase_create("exit");

    tcase_add_loop_test(tc, code, 0, COUNT(codes));
    tcase_add_test(tc, table_is_whole);
    tcase_add_test(tc, join);
    tcase_add_test(tc, rows);
    tcase_add_test(tc, findings);
    suite_add_tcase(s, tc);
    return s;
}
