/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/store.h"
#include "faulty.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

/* Short pauses; time limits that a busy machine does not meet. */
static const struct aw_store_options quick = {
    .attempts = 3,
    .pause_ms = 1,
    .pause_max_ms = 3000,
    .request_ms = 15000,
};

/* For faults that end by a time limit. */
static const struct aw_store_options impatient = {
    .attempts = 2,
    .pause_ms = 1,
    .request_ms = 300,
};

/* A limit no test should come near; not a measure of speed. */
enum { BOUND_S = 20, ROOM = 4096, MIB_IN_KIB = 1024 };

static void no_proxy(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy",
                                        "all_proxy",  "HTTPS_PROXY",
                                        "ALL_PROXY",  "no_proxy"};

    for (size_t i = 0; i < COUNT(names); i++) {
        ck_assert_int_eq(unsetenv(names[i]), 0);
    }
}

static struct aw_host_store *open_store(const char *source,
                                        const struct aw_store_options *options)
{
    struct aw_host_store *store = NULL;
    struct aw_host_diag host = {0};
    aw_err err = aw_store_open(source, options, &store, &host);

    ck_assert_msg(err == AW_OK, "%s: %s", source, host.text);
    return store;
}

static aw_err get(const struct aw_host_store *store, const char *path,
                  struct aw_wr *w)
{
    const struct aw_store *face = aw_store_face(store);

    return face->get(face->ctx, path, w, NULL);
}

static void hint(const struct aw_host_store *store, const char *const *paths,
                 size_t n)
{
    const struct aw_store *face = aw_store_face(store);

    face->hint(face->ctx, paths, n);
}

static long peak_kib(void)
{
    struct rusage usage;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";

static const struct fault_case {
    const char *fault; /* for the path "f" */
    aw_err want;
    unsigned hits;    /* requests that the server sees in a plain get */
    const char *says; /* part of the message */
    const char *body; /* with AW_OK */
    bool waits;       /* ends by a time limit */
} fault_cases[] = {
    {"no=reset", AW_OK, 1, "", alphabet, false},
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
    {"f=status:500:2", AW_OK, 3, "", alphabet, false},
    {"f=status:429:1", AW_OK, 2, "", alphabet, false},
    {"f=reset:2", AW_OK, 3, "", alphabet, false},
    {"f=reset", AW_ERR_NET, 3, "3 attempts", NULL, false},
    {"f=timeout", AW_ERR_TIMEOUT, 2, "2 attempts", NULL, true},
    {"f=timeout:1", AW_OK, 2, "", alphabet, true},
    {"f=slow", AW_ERR_TIMEOUT, 2, "2 attempts", NULL, true},
    {"f=truncate", AW_ERR_NET, 3, "3 attempts", NULL, false},
    {"f=truncate:1", AW_OK, 2, "", alphabet, false},
    {"f=long", AW_OK, 1, "", "abcdefghijklm", false},
    {"f=endless", AW_ERR_SPACE, 1, "longer than 4096 bytes", NULL, false},
    {"f=endless-chunked", AW_ERR_SPACE, 1, "longer than 4096 bytes", NULL,
     false},
    {"f=endless-header", AW_ERR_NET, 1, "headers without end", NULL, false},
    {"f=long-header", AW_ERR_NET, 1, "headers without end", NULL, false},
    {"f=redirect-file", AW_ERR_NET, 1, "refused", NULL, false},
    {"f=redirect-loop", AW_ERR_NET, 6, "too many redirects", NULL, false},
    {"f=redirect-loop:5", AW_OK, 6, "", alphabet, false},
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

    (void)scratch_file("www/f", aw_text(alphabet));
    (void)scratch_file("www/other", aw_text("other"));
    for (int announced = 0; announced < 2; announced++) {
        struct faulty server = faulty_start(faults);
        struct aw_host_store *store =
            open_store(server.url, c->waits ? &impatient : &quick);
        uint8_t buf[ROOM];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        if (announced) {
            hint(store, f, 1);
        }
        check_result(c, store, get(store, "f", &w), &w);
        if (!announced) {
            ck_assert_uint_eq(faulty_hits(&server, "f"), c->hits);
        }
        /* The store goes on working. */
        w = aw_wr_init(buf, sizeof(buf));
        ck_assert_int_eq(get(store, "other", &w), AW_OK);
        CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("other"));
        aw_store_close(store);
        faulty_stop(&server);
    }
    ck_assert_int_lt(time(NULL) - start, BOUND_S);
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
        {26, 0, AW_OK},    {25, 0, AW_ERR_SPACE},    {0, 0, AW_ERR_SPACE},
        {ROOM, 26, AW_OK}, {ROOM, 25, AW_ERR_SPACE},
    };
    static const char *const f[] = {"f", "empty"};

    (void)scratch_file("www/f", aw_text(alphabet));
    (void)scratch_file("www/empty", aw_text(""));
    struct faulty server = faulty_start(NULL);

    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct aw_store_options options = quick;
        uint8_t buf[ROOM + 2] = "zz";

        options.file_max = cases[i / 2].limit;
        struct aw_wr w = aw_wr_init(buf, cases[i / 2].room + 2);
        struct aw_host_store *store = open_store(server.url, &options);

        w.n = 2;
        if (i % 2 == 1) {
            hint(store, f, COUNT(f));
        }
        aw_err err = get(store, "f", &w);

        ck_assert_int_eq(err, cases[i / 2].want);
        ck_assert_uint_eq(w.n, err == AW_OK ? 28 : 2);
        ck_assert_int_eq(memcmp(buf, "zz", 2), 0);
        ck_assert_int_eq(get(store, "empty", &w), AW_OK);
        ck_assert_uint_eq(w.n, err == AW_OK ? 28 : 2);
        aw_store_close(store);
    }
    faulty_stop(&server);
}
END_TEST

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
        aw_err err = get(store, paths[i], &w);

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
    struct aw_store_options options = quick;

    struct aw_host_store *store = open_store(server.url, &options);

    hint(store, paths, MANY);
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
    struct aw_store_options options = quick;
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    options.in_flight = 4;
    options.memory_max = 1U << 16;
    struct aw_host_store *store = open_store(server.url, &options);

    hint(store, odd, COUNT(odd));
    ck_assert_int_eq(get(store, "none", &w), AW_ERR_NOT_FOUND);
    hint(store, paths, MANY);
    check_many(store, paths, 150, MANY);
    hint(store, paths, MANY);
    hint(store, paths, MANY);
    check_many(store, paths, 0, 50);
    check_many(store, paths, 0, 10);
    check_many(store, paths, 50, 150);
    ck_assert_uint_le(faulty_most(&server), 5);
    hint(store, paths, MANY);
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
    struct aw_store_options options = quick;

    options.memory_max = 3U << 20;
    struct aw_host_store *store = open_store(server.url, &options);
    size_t most = 0;

    hint(store, paths, N);
    for (size_t i = 0; i < N; i++) {
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        ck_assert_int_eq(get(store, paths[i], &w), AW_OK);
        ck_assert_uint_eq(w.n, BIG);
        ck_assert_uint_eq(buf[0], i);
        ck_assert_uint_le(aw_store_memory(), options.memory_max);
        most = aw_store_memory() > most ? aw_store_memory() : most;
    }
    ck_assert_uint_gt(most, 0);
    hint(store, paths, N);
    aw_store_close(store);
    ck_assert_uint_eq(aw_store_memory(), 0);
    faulty_stop(&server);
}
END_TEST

START_TEST(retry_after)
{
    static const char *const faults[] = {"soon=busy:1:1", "late=busy:9", NULL};
    uint8_t buf[ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/soon", aw_text("x"));
    struct faulty server = faulty_start(faults);
    struct aw_host_store *store = open_store(server.url, &quick);
    struct timespec from;
    struct timespec to;

    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &from), 0);
    ck_assert_int_eq(get(store, "soon", &w), AW_OK);
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &to), 0);
    double took = difftime(to.tv_sec, from.tv_sec) +
                  (double)(to.tv_nsec - from.tv_nsec) / 1e9;

    ck_assert_double_ge(took, 0.99);
    /* Longer than any pause may be: given up at once. */
    ck_assert_int_eq(get(store, "late", &w), AW_ERR_NET);
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
    uint8_t buf[ROOM] = {0};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", (aw_bytes){buf, sizeof(buf)});
    struct faulty server = faulty_start(faults);
    struct aw_host_store *store = open_store(server.url, &options);

    ck_assert_int_eq(get(store, "f", &w), AW_ERR_TIMEOUT);
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
        struct aw_host_store *store = open_store(server.url, &options);
        uint8_t buf[ROOM];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        if (announced) {
            hint(store, f, 1);
        }
        ck_assert_int_eq(get(store, "f", &w), AW_ERR_TIMEOUT);
        ck_assert(!aw_store_why(store)->network);
        ck_assert_int_eq(get(store, "other", &w), AW_ERR_TIMEOUT);
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
    struct aw_host_store *store = open_store(server.url, &options);
    uint8_t buf[ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    ck_assert_int_eq(get(store, "f", &w), AW_ERR_CANCELLED);
    ck_assert_int_eq(calls, 3);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

START_TEST(nobody_listens)
{
    struct faulty server = faulty_start(NULL);
    struct aw_host_store *store = open_store(server.url, &quick);
    uint8_t buf[ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    faulty_stop(&server);
    ck_assert_int_eq(get(store, "f", &w), AW_ERR_NET);
    ck_assert_ptr_nonnull(strstr(aw_store_why(store)->text, "3 attempts"));
    aw_store_close(store);
}
END_TEST

START_TEST(redirect_to_another_server)
{
    char fault[64];
    const char *const faults[] = {fault, NULL};
    uint8_t buf[ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", aw_text(alphabet));
    struct faulty there = faulty_start(NULL);

    (void)snprintf(fault, sizeof(fault), "*=redirect:%u", there.port);
    struct faulty here = faulty_start(faults);
    struct aw_host_store *store = open_store(here.url, &quick);

    ck_assert_int_eq(get(store, "f", &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(alphabet));
    ck_assert_uint_eq(faulty_hits(&there, "f"), 1);
    aw_store_close(store);
    faulty_stop(&here);
    faulty_stop(&there);
}
END_TEST

/* No TLS there: must fail, and never fall back. */
START_TEST(https_is_https)
{
    struct faulty server = faulty_start(NULL);
    char source[64];
    uint8_t buf[ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", aw_text(alphabet));
    (void)snprintf(source, sizeof(source), "https://127.0.0.1:%u/",
                   server.port);
    struct aw_host_store *store = open_store(source, &quick);

    ck_assert_int_eq(get(store, "f", &w), AW_ERR_NET);
    ck_assert_uint_eq(faulty_hits(&server, NULL), 0);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

START_TEST(names_and_passwords)
{
    static const char *const faults[] = {"x/no=status:404", NULL};
    struct faulty server = faulty_start(faults);
    char source[128];
    uint8_t buf[ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/x/a b%?#\xc3\xa4", aw_text("odd name"));
    (void)snprintf(source, sizeof(source), "http://me:secret@127.0.0.1:%u/x",
                   server.port);
    struct aw_host_store *store = open_store(source, &quick);

    ck_assert(aw_store_is_remote(store));
    (void)snprintf(source, sizeof(source), "http://127.0.0.1:%u/x/",
                   server.port);
    ck_assert_str_eq(aw_store_name(store), source);
    ck_assert_int_eq(get(store, "a b%?#\xc3\xa4", &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("odd name"));
    ck_assert_int_eq(get(store, "no", &w), AW_ERR_NOT_FOUND);
    ck_assert_ptr_null(strstr(aw_store_why(store)->text, "secret"));
    ck_assert_int_eq(get(store, "a//b", &w), AW_ERR_RANGE);
    ck_assert_int_eq(aw_store_walk(store, "", NULL, NULL, NULL),
                     AW_ERR_UNSUPPORTED);
    aw_store_close(store);
    faulty_stop(&server);
}
END_TEST

START_TEST(refused_before_any_socket)
{
    static const struct {
        const char *source;
        bool offline;
        aw_err want;
    } cases[] = {
        {"http://127.0.0.1/", true, AW_ERR_PRECONDITION},
        {"HTTPS://127.0.0.1/", true, AW_ERR_PRECONDITION},
        {"http://127.0.0.1/?q", false, AW_ERR_USAGE},
        {"http://127.0.0.1/#f", false, AW_ERR_USAGE},
        {"http://", false, AW_ERR_USAGE},
        {"http:///path", false, AW_ERR_USAGE},
        {"http://127.0.0.1:99999/", false, AW_ERR_USAGE},
        {"http://127.0.0.1", false, AW_OK},
        {"https://127.0.0.1/a/b/", false, AW_OK},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct aw_store_options options = {.offline = cases[i].offline};
        struct aw_host_store *store = NULL;
        struct aw_host_diag host = {0};

        ck_assert_msg(aw_store_open(cases[i].source, &options, &store, &host) ==
                          cases[i].want,
                      "%s: %s", cases[i].source, host.text);
        aw_store_close(store);
    }
    struct aw_store_options wrong = {.in_flight = 257};
    struct aw_host_store *store = NULL;

    ck_assert_int_eq(aw_store_open(".", &wrong, &store, NULL), AW_ERR_USAGE);
}
END_TEST

/* A directory is read offline too. */
START_TEST(offline_reads_files)
{
    struct aw_store_options options = {.offline = true};
    uint8_t buf[ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("f", aw_text("x"));
    struct aw_host_store *store = open_store(scratch_dir(), &options);

    ck_assert(!aw_store_is_remote(store));
    ck_assert_int_eq(get(store, "f", &w), AW_OK);
    aw_store_close(store);
}
END_TEST

START_TEST(out_of_descriptors)
{
    struct faulty server = faulty_start(NULL);
    struct aw_store_options options = quick;
    struct rlimit limit = {0, 0};
    uint8_t buf[ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", aw_text("x"));
    options.attempts = 1;
    struct aw_host_store *store = open_store(server.url, &options);

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;

    limit.rlim_cur = 3;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    aw_err err = get(store, "f", &w);

    limit.rlim_cur = before;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_msg(err == AW_ERR_RESOURCE, "%s", aw_store_why(store)->text);
    ck_assert_int_eq(get(store, "f", &w), AW_OK);
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

    if (aw_store_open(w->url, &quick, &store, NULL) != AW_OK) {
        return NULL;
    }
    hint(store, w->paths + w->from, MANY / 4);
    for (size_t i = w->from; i < w->from + MANY / 4; i++) {
        uint8_t buf[64];
        struct aw_wr wr = aw_wr_init(buf, sizeof(buf));

        w->ok += get(store, w->paths[i], &wr) == AW_OK ? 1 : 0;
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

Suite *suite_http(void)
{
    Suite *s = suite_create("http");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 2 * BOUND_S);
    tcase_add_checked_fixture(tc, no_proxy, NULL);
    tcase_add_loop_test(tc, every_fault, 0, COUNT(fault_cases));
    tcase_add_test(tc, file_limits);
    tcase_add_test(tc, many_in_flight);
    tcase_add_test(tc, hints_are_only_advice);
    tcase_add_test(tc, memory_is_bounded);
    tcase_add_test(tc, retry_after);
    tcase_add_test(tc, stalls);
    tcase_add_test(tc, deadline_of_all);
    tcase_add_test(tc, user_gives_up);
    tcase_add_test(tc, nobody_listens);
    tcase_add_test(tc, redirect_to_another_server);
    tcase_add_test(tc, https_is_https);
    tcase_add_test(tc, names_and_passwords);
    tcase_add_test(tc, refused_before_any_socket);
    tcase_add_test(tc, offline_reads_files);
    tcase_add_test(tc, out_of_descriptors);
    tcase_add_test(tc, threads);
    suite_add_tcase(s, tc);
    return s;
}
