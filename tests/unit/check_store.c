/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "suites.h"
#include "support.h"

static struct aw_host_store *open_at(const char *source)
{
    struct aw_host_store *store = NULL;
    struct aw_host_diag host = {0};
    aw_err err = aw_store_open(source, NULL, &store, &host);

    ck_assert_msg(err == AW_OK, "%s: %s", source, host.text);
    return store;
}

static aw_err get(const struct aw_host_store *store, const char *path,
                  struct aw_wr *w)
{
    const struct aw_store *face = aw_store_face(store);
    struct aw_diag diag = {0};
    aw_err err = face->get(face->ctx, path, w, &diag);

    if (err != AW_OK) {
        ck_assert_int_eq(diag.err, err);
        ck_assert_ptr_nonnull(diag.where);
        ck_assert_int_eq(aw_store_why(store)->diag.err, err);
        ck_assert_int_gt((int)strlen(aw_store_why(store)->text), 0);
    }
    return err;
}

START_TEST(path_forms)
{
    static const char *const bad[] = {
        "",   "/",   "/f",    "f/",   "a//f", ".",
        "..", "./f", "a/./f", "../f", "a/..", "a/../f",
    };
    uint8_t buf[16];

    (void)scratch_file("top/a/f", aw_text("x"));
    (void)scratch_file("top/..f", aw_text("dots"));
    (void)scratch_file("f", aw_text("x"));
    struct aw_host_store *store = open_at(scratch_path("top"));
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    for (size_t i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(get(store, bad[i], &w) == AW_ERR_RANGE, "%s", bad[i]);
    }
    ck_assert_int_eq(get(store, "a/f", &w), AW_OK);
    ck_assert_int_eq(get(store, "..f", &w), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("xdots"));
    aw_store_close(store);
}
END_TEST

START_TEST(folder_sizes)
{
    static const struct {
        size_t size;
        size_t room;
        size_t limit; /* file_max */
        aw_err want;
    } cases[] = {
        {0, 0, 0, AW_OK},          {5, 5, 0, AW_OK},        {5, 100, 0, AW_OK},
        {5, 4, 0, AW_ERR_SPACE},   {1, 0, 0, AW_ERR_SPACE}, {5, 100, 5, AW_OK},
        {5, 100, 4, AW_ERR_SPACE},
    };
    static const uint8_t data[8] = "abcdefg";

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct aw_store_options options = {.file_max = cases[i].limit};
        struct aw_host_store *store = NULL;
        uint8_t buf[128] = "zz";
        struct aw_wr w = aw_wr_init(buf, cases[i].room + 2);

        (void)scratch_file("f", (aw_bytes){data, cases[i].size});
        w.n = 2;
        ck_assert_int_eq(aw_store_open(scratch_dir(), &options, &store, NULL),
                         AW_OK);
        ck_assert_int_eq(get(store, "f", &w), cases[i].want);
        ck_assert_uint_eq(w.n, cases[i].want == AW_OK ? 2 + cases[i].size : 2);
        ck_assert_int_eq(memcmp(buf, "zz", 2), 0);
        ck_assert_int_eq(memcmp(buf + 2, data, w.n - 2), 0);
        ck_assert(!w.failed);
        aw_store_close(store);
    }
}
END_TEST

START_TEST(folder_stays_below_its_root)
{
    static const struct {
        const char *path;
        aw_err want;
    } cases[] = {
        {"near", AW_OK},
        {"absolute", AW_OK},
        {"up", AW_ERR_IO},
        {"passwd", AW_ERR_IO},
        {"out/secret", AW_ERR_IO},
        {"around", AW_ERR_IO},
        {"loose", AW_ERR_NOT_FOUND},
        {"loop", AW_ERR_IO},
        {"dir", AW_ERR_IO},
        {"pipe", AW_ERR_IO},
        {"dir/f/more", AW_ERR_NOT_FOUND},
        {"no", AW_ERR_NOT_FOUND},
    };

    (void)scratch_file("secret", aw_text("secret"));
    const char *inside = scratch_file("root/dir/f", aw_text("inside"));

    ck_assert_int_eq(chdir(scratch_path("root")), 0);
    ck_assert_int_eq(symlink("dir/f", "near"), 0);
    ck_assert_int_eq(symlink(inside, "absolute"), 0);
    ck_assert_int_eq(symlink("../secret", "up"), 0);
    ck_assert_int_eq(symlink("/etc/passwd", "passwd"), 0);
    ck_assert_int_eq(symlink("..", "out"), 0);
    ck_assert_int_eq(symlink("dir/../../secret", "around"), 0);
    ck_assert_int_eq(symlink("nowhere", "loose"), 0);
    ck_assert_int_eq(symlink("loop", "loop"), 0);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    struct aw_host_store *store = open_at(".");

    ck_assert_int_eq(chdir("/"), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t buf[4096];
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        aw_err err = get(store, cases[i].path, &w);

        ck_assert_msg(err == cases[i].want, "%s: %s", cases[i].path,
                      aw_err_name(err));
        if (err == AW_OK) {
            CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("inside"));
        } else {
            ck_assert_uint_eq(w.n, 0);
        }
    }
    aw_store_close(store);
}
END_TEST

START_TEST(addresses)
{
    static const struct {
        const char *before;
        const char *after;
        bool folder; /* the scratch folder comes between */
        aw_err want;
    } cases[] = {
        {"", "", true, AW_OK},
        {"", "/", true, AW_OK},
        {"file://", "", true, AW_OK},
        {"FILE://", "/", true, AW_OK},
        {"file://localhost", "", true, AW_OK},
        {"file://", "/a%20b", true, AW_OK},
        {"file://", "/a%2", true, AW_ERR_USAGE},
        {"file://", "/a%zz", true, AW_ERR_USAGE},
        {"file://", "/a%00b", true, AW_ERR_USAGE},
        {"file://", "/?x", true, AW_ERR_USAGE},
        {"file://", "/#x", true, AW_ERR_USAGE},
        {"file://elsewhere", "", true, AW_ERR_USAGE},
        {"file://", "", false, AW_ERR_USAGE},
        {"file://relative", "", false, AW_ERR_USAGE},
        {"", "", false, AW_ERR_USAGE},
        {"ftp://127.0.0.1/", "", false, AW_ERR_USAGE},
        {"", "/no", true, AW_ERR_NOT_FOUND},
        {"", "/a b/f", true, AW_ERR_NOT_FOUND},
    };
    char source[PATH_MAX];

    (void)scratch_file("a b/f", aw_text("x"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct aw_host_store *store = NULL;
        struct aw_host_diag host = {0};

        (void)snprintf(source, sizeof(source), "%s%s%s", cases[i].before,
                       cases[i].folder ? scratch_dir() : "", cases[i].after);
        aw_err err = aw_store_open(source, NULL, &store, &host);

        ck_assert_msg(err == cases[i].want, "%s: %s", source, host.text);
        ck_assert((store != NULL) == (err == AW_OK));
        aw_store_close(store);
    }
}
END_TEST

struct seen {
    char text[1024];
    size_t stop_after;
};

static aw_err note_path(void *ctx, const char *path)
{
    struct seen *seen = ctx;
    size_t n = strlen(seen->text);

    (void)snprintf(seen->text + n, sizeof(seen->text) - n, "%s\n", path);
    if (seen->stop_after > 0 && --seen->stop_after == 0) {
        return AW_ERR_CANCELLED;
    }
    return AW_OK;
}

START_TEST(walks_in_order)
{
    struct seen all = {0};
    struct seen part = {0};
    struct seen two = {.stop_after = 2};
    struct aw_host_diag host = {0};

    (void)scratch_file("r/tile/0/x001/000", aw_text("x"));
    (void)scratch_file("r/tile/0/001", aw_text("x"));
    (void)scratch_file("r/tile/0/000.p/5", aw_text("x"));
    (void)scratch_file("r/tile/0/000", aw_text("x"));
    (void)scratch_file("r/checkpoint", aw_text("x"));
    ck_assert_int_eq(symlink("/etc", scratch_path("r/tile/1")), 0);
    struct aw_host_store *store = open_at(scratch_path("r"));

    ck_assert_int_eq(aw_store_walk(store, "", note_path, &all, &host), AW_OK);
    ck_assert_str_eq(all.text, "checkpoint\ntile/0/000\ntile/0/000.p/5\n"
                               "tile/0/001\ntile/0/x001/000\ntile/1\n");
    ck_assert_int_eq(
        aw_store_walk(store, "tile/0/x001", note_path, &part, &host), AW_OK);
    ck_assert_str_eq(part.text, "tile/0/x001/000\n");
    ck_assert_int_eq(aw_store_walk(store, "tile", note_path, &two, &host),
                     AW_ERR_CANCELLED);
    ck_assert_str_eq(two.text, "tile/0/000\ntile/0/000.p/5\n");
    ck_assert_int_eq(aw_store_walk(store, "no", note_path, &two, &host),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_store_walk(store, "..", note_path, &two, &host),
                     AW_ERR_RANGE);
    ck_assert_int_eq(aw_store_walk(store, "tile/1", note_path, &two, &host),
                     AW_ERR_IO);
    aw_store_close(store);
}
END_TEST

Suite *suite_store(void)
{
    Suite *s = suite_create("store");
    TCase *folder = tcase_create("folder");

    tcase_add_test(folder, path_forms);
    tcase_add_test(folder, folder_sizes);
    tcase_add_test(folder, folder_stays_below_its_root);
    tcase_add_test(folder, addresses);
    tcase_add_test(folder, walks_in_order);
    suite_add_tcase(s, folder);
    return s;
}
