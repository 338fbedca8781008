/* SPDX-License-Identifier: Apache-2.0 */
/* Stores over HTTP: what servers do wrong, and when one is given up. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "http_rig.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

enum { MIB_IN_KIB = 1024 };

/* For faults that end by a time limit. */
static const struct aw_store_options impatient = {
    .attempts = 2,
    .pause_ms = 1,
    .request_ms = 300,
};

static long peak_kib(void)
{
    struct rusage usage;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static const struct fault_case {
    const char *fault; /* for the path "f" */
    aw_err want;
    unsigned hits;    /* requests that the server sees in a plain get */
    const char *says; /* part of the message */
    const char *body; /* with AW_OK */
    bool waits;       /* ends by a time limit */
} fault_cases[] = {
    {"no=reset", AW_OK, 1, "", ht_alphabet, false},
    {"f=status:404", AW_ERR_NOT_FOUND, 1, "HTTP status 404", NULL, false},
    {"f=status:410", AW_ERR_NOT_FOUND, 1, "HTTP status 410", NULL, false},
    {"f=status:403", AW_ERR_NET, 1, "HTTP status 403", NULL, false},
    {"f=status:204", AW_ERR_NET, 1, "HTTP status 204", NULL, false},
    {"f=status:206", AW_ERR_NET, 1, "HTTP status 206", NULL, false},
    {"f=status:500", AW_ERR_NET, 3, "HTTP status 500 (3 attempts)", NULL,
     false},
    {"f=status:503", AW_ERR_NET, 3, "HTTP status 503 (3 attempts)", NULL,
     false},
    {"f=status:429", AW_ERR_NET, 3, "HTTP status 429 (3 attempts)", NULL,
     false},
    {"f=status:500:2", AW_OK, 3, "", ht_alphabet, false},
    {"f=status:429:1", AW_OK, 2, "", ht_alphabet, false},
    {"f=reset:2", AW_OK, 3, "", ht_alphabet, false},
    {"f=reset", AW_ERR_NET, 3, "3 attempts", NULL, false},
    {"f=timeout", AW_ERR_TIMEOUT, 2, "2 attempts", NULL, true},
    {"f=timeout:1", AW_OK, 2, "", ht_alphabet, true},
    {"f=slow", AW_ERR_TIMEOUT, 2, "2 attempts", NULL, true},
    {"f=truncate", AW_ERR_NET, 3, "3 attempts", NULL, false},
    {"f=truncate:1", AW_OK, 2, "", ht_alphabet, false},
    {"f=long", AW_OK, 1, "", "abcdefghijklm", false},
    {"f=endless", AW_ERR_SPACE, 1, "longer than 4096 bytes", NULL, false},
    {"f=endless-chunked", AW_ERR_SPACE, 1, "longer than 4096 bytes", NULL,
     false},
    {"f=endless-header", AW_ERR_NET, 1, "headers without end", NULL, false},
    {"f=long-header", AW_ERR_NET, 1, "headers without end", NULL, false},
    {"f=redirect-file", AW_ERR_NET, 1, "refused", NULL, false},
    {"f=redirect-loop", AW_ERR_NET, 6, "too many redirects", NULL, false},
    {"f=redirect-loop:5", AW_OK, 6, "", ht_alphabet, false},
    {"f=garbage", AW_ERR_NET, 3, "HTTP/0.9", NULL, false},
};

static void check_result(const struct fault_case *c,
                         const struct aw_host_store *store, aw_err err,
                         const struct aw_wr *w)
{
    const struct aw_host_diag *why = aw_store_why(store);

    ck_assert_msg(err == c->want, "%s: %s, %s", c->fault, aw_err_name(err),
                  why->text);
    if (err == AW_OK) {
        CK_ASSERT_BYTES(aw_wr_done(w), aw_text(c->body));
        return;
    }
    ck_assert_uint_eq(w->n, 0);
    ck_assert(why->network);
    ck_assert_msg(strstr(why->text, c->says) != NULL, "%s: %s", c->fault,
                  why->text);
    ck_assert_msg(strstr(why->text, "127.0.0.1") != NULL, "%s", why->text);
    ck_assert_msg(strstr(why->text, "/f: ") != NULL, "%s", why->text);
}

/* Each fault, plain and announced before. */
START_TEST(every_fault)
{
    const struct fault_case *c = &fault_cases[_i];
    const char *const faults[] = {c->fault, NULL};
    static const char *const f[] = {"f"};
    time_t start = time(NULL);
    long peak = peak_kib();

    (void)scratch_file("www/f", aw_text(ht_alphabet));
    (void)scratch_file("www/other", aw_text("other"));
    for (int announced = 0; announced < 2; announced++) {
        struct faulty server = faulty_start(faults);
        struct aw_host_store *store =
            ht_open(server.url, c->waits ? &impatient : &ht_quick);
        uint8_t buf[HT_ROOM];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        if (announced) {
            ht_hint(store, f, 1);
        }
        check_result(c, store, ht_get(store, "f", &w), &w);
        if (!announced) {
            ck_assert_uint_eq(faulty_hits(&server, "f"), c->hits);
        }
        /* The store goes on working. */
        w = aw_wr_init(buf, sizeof(buf));
        ck_assert_int_eq(ht_get(store, "other", &w), AW_OK);
        CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("other"));
        aw_store_close(store);
        faulty_stop(&server);
    }
    ck_assert_int_lt(time(NULL) - start, HT_BOUND_S);
    ck_assert_int_lt((peak_kib() - peak) / MIB_IN_KIB, 32);
}
END_TEST

START_TEST(file_limits)
{
    static const struct {
        size_t room;
        size_t limit;
        aw_err want;
    } cases[] = {
        {26, 0, AW_OK},       {25, 0, AW_ERR_SPACE},       {0, 0, AW_ERR_SPACE},
        {HT_ROOM, 26, AW_OK}, {HT_ROOM, 25, AW_ERR_SPACE},
    };
    static const char *const f[] = {"f", "empty"};

    (void)scratch_file("www/f", aw_text(ht_alphabet));
    (void)scratch_file("www/empty", aw_text(""));
    struct faulty server = faulty_start(NULL);

    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct aw_store_options options = ht_quick;
        uint8_t buf[HT_ROOM + 2] = "zz";

        options.file_max = cases[i / 2].limit;
        struct aw_wr w = aw_wr_init(buf, cases[i / 2].room + 2);
        struct aw_host_store *store = ht_open(server.url, &options);

        w.n = 2;
        if (i % 2 == 1) {
            ht_hint(store, f, COUNT(f));
        }
        aw_err err = ht_get(store, "f", &w);

        ck_assert_int_eq(err, cases[i / 2].want);
        ck_assert_uint_eq(w.n, err == AW_OK ? 28 : 2);
        ck_assert_int_eq(memcmp(buf, "zz", 2), 0);
        ck_assert_int_eq(ht_get(store, "empty", &w), AW_OK);
        ck_assert_uint_eq(w.n, err == AW_OK ? 28 : 2);
        aw_store_close(store);
    }
    faulty_stop(&server);
}
END_TEST

START_TEST(retry_after)
{
    static const char *const faults[] = {"soon=busy:1:1", "late=busy:9", NULL};
    uint8_t buf[HT_ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/soon", aw_text("x"));
    struct faulty server = faulty_start(faults);
    struct aw_host_store *store = ht_open(server.url, &ht_quick);
    struct timespec from;
    struct timespec to;

    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &from), 0);
    ck_assert_int_eq(ht_get(store, "soon", &w), AW_OK);
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &to), 0);
    double took = difftime(to.tv_sec, from.tv_sec) +
                  (double)(to.tv_nsec - from.tv_nsec) / 1e9;

    ck_assert_double_ge(took, 0.99);
    /* Longer than any pause may be: given up at once. */
    ck_assert_int_eq(ht_get(store, "late", &w), AW_ERR_NET);
    ck_assert_uint_eq(faulty_hits(&server, "late"), 1);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

/* Bytes come, but too few. */
START_TEST(stalls)
{
    static const char *const faults[] = {"f=slow", NULL};
    static const struct aw_store_options options = {.attempts = 1,
                                                    .stall_s = 1};
    uint8_t buf[HT_ROOM] = {0};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", (aw_bytes){buf, sizeof(buf)});
    struct faulty server = faulty_start(faults);
    struct aw_host_store *store = ht_open(server.url, &options);

    ck_assert_int_eq(ht_get(store, "f", &w), AW_ERR_TIMEOUT);
    ck_assert(aw_store_why(store)->network);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

START_TEST(deadline_of_all)
{
    static const char *const faults[] = {"f=timeout", NULL};
    static const char *const f[] = {"f"};

    for (int announced = 0; announced < 2; announced++) {
        struct faulty server = faulty_start(faults);
        struct aw_store_options options = {.deadline_ms = 300};
        struct aw_host_store *store = ht_open(server.url, &options);
        uint8_t buf[HT_ROOM];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        if (announced) {
            ht_hint(store, f, 1);
        }
        ck_assert_int_eq(ht_get(store, "f", &w), AW_ERR_TIMEOUT);
        ck_assert(!aw_store_why(store)->network);
        ck_assert_int_eq(ht_get(store, "other", &w), AW_ERR_TIMEOUT);
        ck_assert_uint_eq(faulty_hits(&server, "other"), 0);
        aw_store_close(store);
        faulty_stop(&server);
    }
}
END_TEST

static bool third_time(void *ctx)
{
    int *calls = ctx;

    return ++*calls >= 3;
}

START_TEST(user_gives_up)
{
    static const char *const faults[] = {"f=timeout", NULL};
    int calls = 0;
    struct faulty server = faulty_start(faults);
    struct aw_store_options options = {.cancelled = third_time,
                                       .cancelled_ctx = &calls};
    struct aw_host_store *store = ht_open(server.url, &options);
    uint8_t buf[HT_ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    ck_assert_int_eq(ht_get(store, "f", &w), AW_ERR_CANCELLED);
    ck_assert_int_eq(calls, 3);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

START_TEST(nobody_listens)
{
    struct faulty server = faulty_start(NULL);
    struct aw_host_store *store = ht_open(server.url, &ht_quick);
    uint8_t buf[HT_ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    faulty_stop(&server);
    ck_assert_int_eq(ht_get(store, "f", &w), AW_ERR_NET);
    ck_assert_ptr_nonnull(strstr(aw_store_why(store)->text, "3 attempts"));
    aw_store_close(store);
}
END_TEST

Suite *suite_http(void)
{
    Suite *s = suite_create("http");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 2 * HT_BOUND_S);
    tcase_add_checked_fixture(tc, ht_no_proxy, NULL);
    tcase_add_loop_test(tc, every_fault, 0, COUNT(fault_cases));
    tcase_add_test(tc, file_limits);
    tcase_add_test(tc, retry_after);
    tcase_add_test(tc, stalls);
    tcase_add_test(tc, deadline_of_all);
    tcase_add_test(tc, user_gives_up);
    tcase_add_test(tc, nobody_listens);
    suite_add_tcase(s, tc);
    return s;
}
