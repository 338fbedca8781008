/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/serve.h"

#include <stdio.h>
#include <string.h>

#include "aw/hostio/post.h"
#include "aw/hostio/store.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

START_TEST(loopback)
{
    static const struct {
        const char *address;
        bool want;
    } cases[] = {
        {"127.0.0.1", true},  {"127.255.0.9", true}, {"::1", true},
        {"128.0.0.1", false}, {"0.0.0.0", false},    {"::", false},
        {"10.0.0.1", false},  {"localhost", false},  {"", false},
        {"127.1", false},     {"::2", false},        {"127.0.0.1:80", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_msg(aw_serve_is_loopback(cases[i].address) == cases[i].want,
                      "%s", cases[i].address);
    }
}
END_TEST

static struct aw_server *serve(void)
{
    static struct aw_served served = {"log", NULL};
    const struct aw_serve_options options = {
        .address = "127.0.0.1", .served = &served, .n = 1};
    struct aw_server *server = NULL;
    struct aw_host_diag why = {0};

    (void)scratch_file("served/checkpoint", aw_text("a checkpoint"));
    served.folder = scratch_path("served");
    aw_err err = aw_serve_start(&options, &server, &why);

    ck_assert_msg(err == AW_OK, "%s", why.text);
    return server;
}

START_TEST(reads_back)
{
    struct aw_server *server = serve();
    struct aw_host_store *store = NULL;
    char url[64];
    char text[64];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/log",
                   aw_serve_port(server));
    ck_assert_int_eq(aw_store_open(url, NULL, &store, NULL), AW_OK);
    const struct aw_store *face = aw_store_face(store);

    ck_assert_int_eq(face->get(face->ctx, "checkpoint", &w, NULL), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("a checkpoint"));
    ck_assert_int_eq(face->get(face->ctx, "nothing", &w, NULL),
                     AW_ERR_NOT_FOUND);
    aw_store_close(store);
    aw_serve_stop(server);
    aw_serve_stop(NULL);
}
END_TEST

START_TEST(refuses_to_start)
{
    struct aw_server *first = serve();
    const char *file = scratch_file("file", aw_text("x"));
    const struct {
        const char *address;
        const char *folder;
        unsigned port;
        aw_err want;
    } cases[] = {
        {"localhost", "served", 0, AW_ERR_USAGE},
        {"", "served", 0, AW_ERR_USAGE},
        {"127.0.0.1", "served", 65536, AW_ERR_USAGE},
        {"127.0.0.1", "nowhere", 0, AW_ERR_NOT_FOUND},
        {"127.0.0.1", "file", 0, AW_ERR_NOT_FOUND},
        {"127.0.0.1", "served", aw_serve_port(first), AW_ERR_EXISTS},
        {"192.0.2.1", "served", 0, AW_ERR_IO}, /* not ours */
    };

    (void)file;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct aw_served served = {"log", scratch_path(cases[i].folder)};
        const struct aw_serve_options options = {.address = cases[i].address,
                                                 .port = cases[i].port,
                                                 .served = &served,
                                                 .n = 1};
        struct aw_server *server = first;
        struct aw_host_diag why = {0};
        aw_err err = aw_serve_start(&options, &server, &why);

        ck_assert_msg(err == cases[i].want, "%zu: %s", i, why.text);
        ck_assert_ptr_eq(server, first);
        ck_assert_uint_gt(strlen(why.text), 0);
    }
    aw_serve_stop(first);
}
END_TEST

START_TEST(post_addresses)
{
    static const struct {
        const char *url;
        bool want;
    } cases[] = {
        {"http://example.com", true},
        {"https://example.com:8080/a/b", true},
        {"HTTP://x/", true},
        {"http://[::1]:80/", true},
        {"http://", false},
        {"http:///x", false},
        {"example.com", false},
        {"ftp://example.com", false},
        {"file:///x", false},
        {"http://u@example.com", false},
        {"http://u:p@example.com/x", false},
        {"http://example.com/?q", false},
        {"http://example.com/#f", false},
        {"http://exam ple.com", false},
        {"http://example.com/\n", false},
        {"http://ex\xc3\xa4mple.com", false},
        {"", false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_msg(aw_post_url_ok(cases[i].url) == cases[i].want, "%s",
                      cases[i].url);
    }
}
END_TEST

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

START_TEST(posts)
{
    static struct aw_post post[3];
    struct aw_server *server = serve();
    struct aw_post_options options = {.offline = false};
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/log/checkpoint",
                   aw_serve_port(server));
    post[0].url = url;
    post[0].body = aw_text("text");
    post[1].url = "http://127.0.0.1:1/";
    post[2].url = "nonsense";
    aw_post_all(post, COUNT(post), &options);
    ck_assert_int_eq(post[0].err, AW_OK);
    ck_assert_uint_eq(post[0].status, 405);
    CK_ASSERT_BYTES(((aw_bytes){post[0].answer, post[0].n}),
                    aw_text("GET and HEAD only\n"));
    ck_assert_int_eq(post[1].err, AW_ERR_NET);
    ck_assert(post[1].why.network);
    ck_assert_ptr_nonnull(strstr(post[1].why.text, "127.0.0.1:1"));
    ck_assert_int_eq(post[2].err, AW_ERR_USAGE);
    options.offline = true;
    aw_post_all(post, 1, &options);
    ck_assert_int_eq(post[0].err, AW_ERR_PRECONDITION);
    options = (struct aw_post_options){.cancelled = always};
    aw_post_all(post, 1, &options);
    ck_assert_int_eq(post[0].err, AW_ERR_CANCELLED);
    aw_post_all(NULL, 0, &options);
    aw_serve_stop(server);
}
END_TEST

Suite *suite_serve(void)
{
    Suite *s = suite_create("serve");
    TCase *tc = tcase_create("http");

    tcase_add_test(tc, loopback);
    tcase_add_test(tc, reads_back);
    tcase_add_test(tc, refuses_to_start);
    tcase_add_test(tc, post_addresses);
    tcase_add_test(tc, posts);
    suite_add_tcase(s, tc);
    return s;
}
