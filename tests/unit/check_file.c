/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/file.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
#include "suites.h"
#include "support.h"

static void runs_of(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(i * 7 + i / 251);
    }
}

START_TEST(reads_up_to_the_limit)
{
    static const struct {
        size_t size;
        size_t max;
        aw_err want;
    } cases[] = {
        {0, 0, AW_OK},           {0, 10, AW_OK},
        {1, 0, AW_ERR_SPACE},    {10, 10, AW_OK},
        {11, 10, AW_ERR_SPACE},  {70000, 70000, AW_OK},
        {70000, 1 << 30, AW_OK}, {70001, 70000, AW_ERR_SPACE},
    };
    static uint8_t data[70001];

    runs_of(data, sizeof(data));
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path = scratch_file("f", (aw_bytes){data, cases[i].size});
        struct aw_blob blob = {.p = data, .n = 77};
        struct aw_host_diag host = {0};
        aw_err err = aw_file_read(path, cases[i].max, &blob, &host);

        ck_assert_int_eq(err, cases[i].want);
        if (err != AW_OK) {
            ck_assert_ptr_eq(blob.p, data);
            ck_assert_uint_eq(blob.n, 77);
            ck_assert_ptr_nonnull(strstr(host.text, path));
            ck_assert_int_eq(host.diag.err, err);
            continue;
        }
        CK_ASSERT_BYTES(aw_blob_bytes(&blob),
                        ((aw_bytes){data, cases[i].size}));
        ck_assert((blob.p == NULL) == (cases[i].size == 0));
        aw_blob_free(&blob);
        ck_assert_ptr_null(blob.p);
    }
}
END_TEST

AW_NORETURN static void fill_pipe(int fd, size_t n)
{
    uint8_t byte = 0;

    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < n; i++, byte++) {
        if (write(fd, &byte, 1) != 1) {
            break;
        }
    }
    _exit(0);
}

/* A child fills a pipe with n bytes. */
static int pipe_of(size_t n)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    if (fork() == 0) {
        fill_pipe(ends[1], n);
    }
    ck_assert_int_eq(close(ends[1]), 0);
    return ends[0];
}

START_TEST(reads_pipes)
{
    static const struct {
        size_t size;
        size_t max;
        aw_err want;
    } cases[] = {
        {0, 100, AW_OK},        {4095, 4095, AW_OK},
        {4096, 1 << 20, AW_OK}, {20000, 20000, AW_OK},
        {10, 9, AW_ERR_SPACE},  {20000, 19999, AW_ERR_SPACE},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        int fd = pipe_of(cases[i].size);
        struct aw_blob blob = {.p = NULL};
        struct aw_host_diag host = {0};

        ck_assert_int_eq(
            aw_file_read_fd(fd, "the pipe", cases[i].max, &blob, &host),
            cases[i].want);
        if (cases[i].want == AW_OK) {
            ck_assert_uint_eq(blob.n, cases[i].size);
        } else {
            ck_assert_ptr_nonnull(strstr(host.text, "the pipe"));
        }
        for (size_t k = 0; k < blob.n; k++) {
            ck_assert_uint_eq(blob.p[k], k & 0xff);
        }
        aw_blob_free(&blob);
        ck_assert_int_eq(close(fd), 0);
        ck_assert_int_gt(wait(NULL), 0);
    }
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    struct aw_host_diag host = {0};
    struct aw_blob blob = {.p = NULL};

    ck_assert_int_eq(aw_file_read(scratch_dir(), 10, &blob, &host), AW_ERR_IO);
    ck_assert_int_eq(aw_file_read("/dev/zero", 10, &blob, &host), AW_ERR_IO);
    ck_assert_int_eq(aw_file_read(scratch_path("no"), 10, &blob, &host),
                     AW_ERR_NOT_FOUND);
    ck_assert_uint_eq(host.diag.at, ENOENT);
    const char *below = scratch_path("f/x");

    (void)scratch_file("f", aw_text("x"));
    ck_assert_int_eq(aw_file_read(below, 10, &blob, NULL), AW_ERR_NOT_FOUND);
    /* Its size is 0, its content is not. */
    ck_assert_int_eq(aw_file_read("/proc/self/status", 1 << 20, &blob, &host),
                     AW_OK);
    ck_assert_uint_gt(blob.n, 100);
    aw_blob_free(&blob);
}
END_TEST

START_TEST(private_files)
{
    static const struct {
        unsigned mode;
        aw_err want;
    } cases[] = {
        {0600, AW_OK},
        {0400, AW_OK},
        {0640, AW_ERR_PRECONDITION},
        {0604, AW_ERR_PRECONDITION},
        {0620, AW_ERR_PRECONDITION},
        {0601, AW_ERR_PRECONDITION},
    };
    const char *path = scratch_file("key", aw_text("secret"));

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct aw_blob blob = {.p = NULL};
        struct aw_host_diag host = {0};

        ck_assert_int_eq(chmod(path, cases[i].mode), 0);
        ck_assert_int_eq(aw_file_read_private(path, 100, &blob, &host),
                         cases[i].want);
        if (cases[i].want == AW_OK) {
            CK_ASSERT_BYTES(aw_blob_bytes(&blob), aw_text("secret"));
        }
        aw_blob_free(&blob);
    }
}
END_TEST

/* Files in the scratch folder, hidden ones included. */
static size_t files_in_scratch(void)
{
    DIR *dir = opendir(scratch_dir());
    size_t n = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir) != NULL) {
        n++;
    }
    ck_assert_int_eq(closedir(dir), 0);
    return n - 2; /* without "." and ".." */
}

START_TEST(writes_and_replaces)
{
    const char *path = scratch_path("out");
    struct stat st;

    (void)umask(022);
    ck_assert_int_eq(
        aw_file_write(path, aw_text("one"), 0600, AW_FILE_REPLACE, NULL),
        AW_OK);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777U, 0600);
    ck_assert_int_eq(
        aw_file_write(path, aw_text("two"), 0666, AW_FILE_REPLACE, NULL),
        AW_OK);
    CK_ASSERT_BYTES(scratch_read(path), aw_text("two"));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777U, 0644);
    ck_assert_int_eq(
        aw_file_write(path, aw_text("three"), 0600, AW_FILE_NEW, NULL),
        AW_ERR_EXISTS);
    CK_ASSERT_BYTES(scratch_read(path), aw_text("two"));
    ck_assert_int_eq(aw_file_write(scratch_path("new"), aw_text(""), 0600,
                                   AW_FILE_NEW, NULL),
                     AW_OK);
    ck_assert_uint_eq(files_in_scratch(), 2);
    /* A name without a folder is a name in the current one. */
    ck_assert_int_eq(chdir(scratch_dir()), 0);
    ck_assert_int_eq(
        aw_file_write("here", aw_text("x"), 0600, AW_FILE_NEW, NULL), AW_OK);
    ck_assert_uint_eq(files_in_scratch(), 3);
}
END_TEST

START_TEST(write_targets)
{
    struct aw_host_diag host = {0};
    const char *real = scratch_file("real", aw_text("old"));
    const char *link = scratch_path("link");
    const char *loose = scratch_path("loose");
    struct stat st;

    ck_assert_int_eq(symlink("real", link), 0);
    ck_assert_int_eq(symlink("nowhere", loose), 0);
    ck_assert_int_eq(
        aw_file_write(link, aw_text("new"), 0600, AW_FILE_REPLACE, &host),
        AW_OK);
    CK_ASSERT_BYTES(scratch_read(real), aw_text("new"));
    ck_assert_int_eq(lstat(link, &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    ck_assert_int_eq(
        aw_file_write(link, aw_text("x"), 0600, AW_FILE_NEW, &host),
        AW_ERR_EXISTS);
    ck_assert_int_eq(
        aw_file_write(loose, aw_text("x"), 0600, AW_FILE_REPLACE, &host),
        AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_file_write(scratch_dir(), aw_text("x"), 0600,
                                   AW_FILE_REPLACE, &host),
                     AW_ERR_PRECONDITION);
    ck_assert_int_eq(
        aw_file_write("/dev/null", aw_text("x"), 0600, AW_FILE_REPLACE, &host),
        AW_ERR_PRECONDITION);
    ck_assert_int_eq(aw_file_write(scratch_path("no/x"), aw_text("x"), 0600,
                                   AW_FILE_REPLACE, &host),
                     AW_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(host.text, "no/x"));
}
END_TEST

/* Out of space: the old content stays, no temporary file is left. */
START_TEST(full_disk)
{
    static uint8_t big[8192];
    struct aw_host_diag host = {0};
    const char *path = scratch_file("f", aw_text("old"));
    struct rlimit limit = {4096, 4096};

    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(aw_file_write(path, (aw_bytes){big, sizeof(big)}, 0600,
                                   AW_FILE_REPLACE, &host),
                     AW_ERR_RESOURCE);
    CK_ASSERT_BYTES(scratch_read(path), aw_text("old"));
    ck_assert_uint_eq(files_in_scratch(), 1);
}
END_TEST

START_TEST(no_descriptors)
{
    struct aw_host_diag host = {0};
    struct aw_blob blob = {.p = NULL};
    const char *path = scratch_file("f", aw_text("old"));
    struct rlimit limit = {0, 0};

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;

    limit.rlim_cur = 3;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    aw_err err = aw_file_read(path, 10, &blob, &host);

    limit.rlim_cur = before;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(err, AW_ERR_RESOURCE);
}
END_TEST

START_TEST(same_files)
{
    const char *a = scratch_file("a", aw_text("x"));
    const char *b = scratch_file("b", aw_text("x"));
    const char *dot = scratch_path("./a");
    const char *link = scratch_path("link");

    ck_assert(symlink("a", link) == 0);
    ck_assert(aw_file_same(a, a) && aw_file_same(a, dot));
    ck_assert(aw_file_same(a, link));
    ck_assert(!aw_file_same(a, b));
    ck_assert(!aw_file_same(a, scratch_path("none")));
    ck_assert(aw_file_same(scratch_path("none"), scratch_path("./none")));
    ck_assert(!aw_file_same(scratch_path("none"), scratch_path("other")));
    ck_assert(aw_file_same(scratch_path("no/x"), scratch_path("no/x")));
    ck_assert(!aw_file_same(scratch_path("no/x"), scratch_path("on/x")));
}
END_TEST

START_TEST(texts_are_clean)
{
    static const struct {
        const char *raw;
        const char *want;
    } cases[] = {
        {"plain", "plain"},
        {"red \x1b[31m", "red ?[31m"},
        {"line\nline\r", "line?line?"},
        {"\xc3\xa4 \xe2\x82\xac", "\xc3\xa4 \xe2\x82\xac"},
        {"bad \xff\xc3", "bad ??"},
        {"c1 \xc2\x9b", "c1 ??"},
        {"", ""},
    };
    struct aw_host_diag host = {.network = true};

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_ptr_eq(aw_host_say(&host, "%s", cases[i].raw), &host.diag);
        ck_assert_str_eq(host.text, cases[i].want);
    }
    ck_assert(!host.network);
    ck_assert_ptr_null(aw_host_say(NULL, "x"));
    /* Cut between characters. */
    char many[2 * AW_HOST_TEXT_MAX + 1];

    for (size_t i = 0; i < sizeof(many) - 1; i += 2) {
        memcpy(many + i, "\xc3\xa4", 2);
    }
    many[sizeof(many) - 1] = '\0';
    (void)aw_host_say(&host, "%s", many);
    ck_assert_uint_eq(strlen(host.text), AW_HOST_TEXT_MAX - 2);
}
END_TEST

Suite *suite_file(void)
{
    Suite *s = suite_create("file");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, reads_up_to_the_limit);
    tcase_add_test(tc, reads_pipes);
    tcase_add_test(tc, refuses_what_is_no_file);
    tcase_add_test(tc, private_files);
    tcase_add_test(tc, writes_and_replaces);
    tcase_add_test(tc, write_targets);
    tcase_add_test(tc, full_disk);
    tcase_add_test(tc, no_descriptors);
    tcase_add_test(tc, same_files);
    tcase_add_test(tc, texts_are_clean);
    suite_add_tcase(s, tc);
    return s;
}
