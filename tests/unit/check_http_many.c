/* SPDX-License-Identifier: Apache-2.0 */
/* Stores over HTTP: many files, threads, and what is used up. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "http_rig.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

enum { MANY = 200 };

/* "d/0" ... with contents "content of d/0" ... */
static const char *const *many_files(void)
{
    static const char *paths[MANY];

    for (int i = 0; i < MANY; i++) {
        char path[32];
        char text[64];

        (void)snprintf(path, sizeof(path), "d/%d", i);
        (void)snprintf(text, sizeof(text), "content of d/%d", i);
        paths[i] = vec_cstr(aw_text(path));
        (void)snprintf(path, sizeof(path), "www/d/%d", i);
        (void)scratch_file(path, aw_text(text));
    }
    return paths;
}

static void check_many(const struct aw_host_store *store,
                       const char *const *paths, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        uint8_t buf[64];
        char text[64];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        aw_err err = ht_get(store, paths[i], &w);

        ck_assert_msg(err == AW_OK, "%s", aw_store_why(store)->text);
        (void)snprintf(text, sizeof(text), "content of %s", paths[i]);
        CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(text));
    }
}

/* The server answers the first requests only once sixteen are there. */
START_TEST(many_in_flight)
{
    static const char *const faults[] = {"d/*=gather:16:16", NULL};
    const char *const *paths = many_files();
    struct faulty server = faulty_start(faults);
    struct aw_store_options options = ht_quick;

    struct aw_host_store *store = ht_open(server.url, &options);

    ht_hint(store, paths, MANY);
    check_many(store, paths, 0, MANY);
    ck_assert_uint_ge(faulty_most(&server), 16);
    ck_assert_uint_le(faulty_most(&server), 33);
    ck_assert_uint_eq(faulty_hits(&server, NULL), MANY);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

/* Hints that nobody takes up, in another order, twice, or wrong. */
START_TEST(hints_are_only_advice)
{
    const char *const *paths = many_files();
    static const char *const odd[] = {"", "../x", "none", "/", "d/0", "d/0"};
    struct faulty server = faulty_start(NULL);
    struct aw_store_options options = ht_quick;
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    options.in_flight = 4;
    options.memory_max = 1U << 16;
    struct aw_host_store *store = ht_open(server.url, &options);

    ht_hint(store, odd, COUNT(odd));
    ck_assert_int_eq(ht_get(store, "none", &w), AW_ERR_NOT_FOUND);
    ht_hint(store, paths, MANY);
    check_many(store, paths, 150, MANY);
    ht_hint(store, paths, MANY);
    ht_hint(store, paths, MANY);
    check_many(store, paths, 0, 50);
    check_many(store, paths, 0, 10);
    check_many(store, paths, 50, 150);
    ck_assert_uint_le(faulty_most(&server), 5);
    ht_hint(store, paths, MANY);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

/* Far more is announced than may be held: all of it is read all the same. */
START_TEST(memory_is_bounded)
{
    enum { BIG = 700 * 1024, N = 40 };
    static uint8_t big[BIG];
    static uint8_t buf[BIG];
    const char *paths[N];

    for (size_t i = 0; i < N; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "www/b%zu", i);
        big[0] = (uint8_t)i;
        (void)scratch_file(name, (aw_bytes){big, BIG});
        paths[i] = vec_cstr(aw_text(name + 4));
    }
    struct faulty server = faulty_start(NULL);
    struct aw_store_options options = ht_quick;

    options.memory_max = 3U << 20;
    struct aw_host_store *store = ht_open(server.url, &options);
    size_t most = 0;

    ht_hint(store, paths, N);
    for (size_t i = 0; i < N; i++) {
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        ck_assert_int_eq(ht_get(store, paths[i], &w), AW_OK);
        ck_assert_uint_eq(w.n, BIG);
        ck_assert_uint_eq(buf[0], i);
        ck_assert_uint_le(aw_store_memory(), options.memory_max);
        most = aw_store_memory() > most ? aw_store_memory() : most;
    }
    ck_assert_uint_gt(most, 0);
    ht_hint(store, paths, N);
    aw_store_close(store);
    ck_assert_uint_eq(aw_store_memory(), 0);
    faulty_stop(&server);
}
END_TEST

START_TEST(out_of_descriptors)
{
    struct faulty server = faulty_start(NULL);
    struct aw_store_options options = ht_quick;
    struct rlimit limit = {0, 0};
    uint8_t buf[HT_ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", aw_text("x"));
    options.attempts = 1;
    struct aw_host_store *store = ht_open(server.url, &options);

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;

    limit.rlim_cur = 3;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    aw_err err = ht_get(store, "f", &w);

    limit.rlim_cur = before;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_msg(err == AW_ERR_RESOURCE, "%s", aw_store_why(store)->text);
    ck_assert_int_eq(ht_get(store, "f", &w), AW_OK);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

struct worker {
    const char *url;
    const char *const *paths;
    size_t from;
    size_t ok;
};

static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct aw_host_store *store = NULL;

    if (aw_store_open(w->url, &ht_quick, &store, NULL) != AW_OK) {
        return NULL;
    }
    ht_hint(store, w->paths + w->from, MANY / 4);
    for (size_t i = w->from; i < w->from + MANY / 4; i++) {
        uint8_t buf[64];
        struct aw_wr wr = aw_wr_init(buf, sizeof(buf));

        w->ok += ht_get(store, w->paths[i], &wr) == AW_OK ? 1 : 0;
    }
    aw_store_close(store);
    return NULL;
}

/* A store for each of four threads. */
START_TEST(threads)
{
    struct faulty server = faulty_start(NULL);
    const char *const *paths = many_files();
    struct worker workers[4];
    pthread_t ids[4];

    for (size_t i = 0; i < 4; i++) {
        workers[i] = (struct worker){server.url, paths, i * MANY / 4, 0};
        ck_assert_int_eq(pthread_create(&ids[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(ids[i], NULL), 0);
        ck_assert_uint_eq(workers[i].ok, MANY / 4);
    }
    faulty_stop(&server);
}
END_TEST

Suite *suite_http_many(void)
{
    Suite *s = suite_create("http_many");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 2 * HT_BOUND_S);
    tcase_add_checked_fixture(tc, ht_no_proxy, NULL);
    tcase_add_test(tc, many_in_flight);
    tcase_add_test(tc, hints_are_only_advice);
    tcase_add_test(tc, memory_is_bounded);
    tcase_add_test(tc, out_of_descriptors);
    tcase_add_test(tc, threads);
    suite_add_tcase(s, tc);
    return s;
}
