/* SPDX-License-Identifier: Apache-2.0 */
/* Stores by their URL: redirects, TLS, names, and what is refused. */
#include <stdio.h>
#include <string.h>

#include "http_rig.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

START_TEST(redirect_to_another_server)
{
    char fault[64];
    const char *const faults[] = {fault, NULL};
    uint8_t buf[HT_ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", aw_text(ht_alphabet));
    struct faulty there = faulty_start(NULL);

    (void)snprintf(fault, sizeof(fault), "*=redirect:%u", there.port);
    struct faulty here = faulty_start(faults);
    struct aw_host_store *store = ht_open(here.url, &ht_quick);

    ck_assert_int_eq(ht_get(store, "f", &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(ht_alphabet));
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
    uint8_t buf[HT_ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", aw_text(ht_alphabet));
    (void)snprintf(source, sizeof(source), "https://127.0.0.1:%u/",
                   server.port);
    struct aw_host_store *store = ht_open(source, &ht_quick);

    ck_assert_int_eq(ht_get(store, "f", &w), AW_ERR_NET);
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
    uint8_t buf[HT_ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/x/a b%?#\xc3\xa4", aw_text("odd name"));
    (void)snprintf(source, sizeof(source), "http://me:secret@127.0.0.1:%u/x",
                   server.port);
    struct aw_host_store *store = ht_open(source, &ht_quick);

    ck_assert(aw_store_is_remote(store));
    (void)snprintf(source, sizeof(source), "http://127.0.0.1:%u/x/",
                   server.port);
    ck_assert_str_eq(aw_store_name(store), source);
    ck_assert_int_eq(ht_get(store, "a b%?#\xc3\xa4", &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("odd name"));
    ck_assert_int_eq(ht_get(store, "no", &w), AW_ERR_NOT_FOUND);
    ck_assert_ptr_null(strstr(aw_store_why(store)->text, "secret"));
    ck_assert_int_eq(ht_get(store, "a//b", &w), AW_ERR_RANGE);
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
    uint8_t buf[HT_ROOM];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("f", aw_text("x"));
    struct aw_host_store *store = ht_open(scratch_dir(), &options);

    ck_assert(!aw_store_is_remote(store));
    ck_assert_int_eq(ht_get(store, "f", &w), AW_OK);
    aw_store_close(store);
}
END_TEST

Suite *suite_http_url(void)
{
    Suite *s = suite_create("http_url");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 2 * HT_BOUND_S);
    tcase_add_checked_fixture(tc, ht_no_proxy, NULL);
    tcase_add_test(tc, redirect_to_another_server);
    tcase_add_test(tc, https_is_https);
    tcase_add_test(tc, names_and_passwords);
    tcase_add_test(tc, refused_before_any_socket);
    tcase_add_test(tc, offline_reads_files);
    suite_add_tcase(s, tc);
    return s;
}
