/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/logdir.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aw/hostio/store.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

static struct aw_logdir *must_open(const char *path)
{
    struct aw_logdir *dir = NULL;
    struct aw_host_diag why = {.network = false};

    ck_assert_msg(aw_logdir_open(path, NULL, &dir, &why) == AW_OK, "%s",
                  why.text);
    return dir;
}

static aw_err put(const struct aw_logdir *dir, const char *path,
                  const char *text)
{
    const struct aw_files *f = aw_logdir_files(dir);

    return f->put(f->ctx, path, aw_text(text), NULL);
}

static aw_err sync_all(const struct aw_logdir *dir)
{
    const struct aw_files *f = aw_logdir_files(dir);

    return f->sync(f->ctx, NULL);
}

static bool is_there(const char *path)
{
    struct stat st;

    return lstat(scratch_path(path), &st) == 0;
}

static const char *new_log(void)
{
    const char *path = scratch_path("log");

    ck_assert_int_eq(mkdir(path, 0755), 0);
    return path;
}

START_TEST(writes)
{
    const char *path = new_log();
    struct aw_logdir *dir = must_open(path);
    const struct aw_files *f = aw_logdir_files(dir);
    char target[64] = {0};
    struct stat st;

    ck_assert(is_there("log/.state/tmp/open"));
    ck_assert_int_eq(put(dir, "tile/00/0000/00/00/00.01", "one"), AW_OK);
    ck_assert_int_eq(put(dir, "checkpoint", "old"), AW_OK);
    ck_assert_int_eq(put(dir, "checkpoint", "new"), AW_OK);
    ck_assert_int_eq(put(dir, "gone", "x"), AW_OK);
    ck_assert_int_eq(put(dir, "tile/00/0000/00/00/00", "full"), AW_OK);
    ck_assert_int_eq(put(dir, "empty", ""), AW_OK);
    ck_assert_int_eq(sync_all(dir), AW_OK);
    ck_assert_int_eq(f->alias(f->ctx, "tile/00/0000/00/00/00.01",
                              "tile/00/0000/00/00/00", NULL),
                     AW_OK);
    ck_assert_int_eq(f->alias(f->ctx, "a/b/c", "tile/00/0000/00/00/00", NULL),
                     AW_OK);
    ck_assert_int_eq(f->remove(f->ctx, "gone", NULL), AW_OK);
    ck_assert_int_eq(f->remove(f->ctx, "gone", NULL), AW_OK);
    ck_assert_int_eq(f->remove(f->ctx, "no/folder", NULL), AW_OK);
    ck_assert_int_eq(sync_all(dir), AW_OK);
    aw_logdir_close(dir);
    CK_ASSERT_BYTES(scratch_read(scratch_path("log/checkpoint")),
                    aw_text("new"));
    CK_ASSERT_BYTES(scratch_read(scratch_path("log/tile/00/0000/00/00/00.01")),
                    aw_text("full"));
    CK_ASSERT_BYTES(scratch_read(scratch_path("log/a/b/c")), aw_text("full"));
    ck_assert(!is_there("log/gone"));
    ck_assert(is_there("log/empty"));
    /* The link does not depend on where we were called from. */
    ck_assert_int_eq(
        readlink(scratch_path("log/tile/00/0000/00/00/00.01"), target, 63), 2);
    ck_assert_str_eq(target, "00");
    ck_assert_int_eq(stat(scratch_path("log/checkpoint"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777U, 0644U & ~(unsigned)umask(022));
    /* A run that ended well leaves no temporary files. */
    ck_assert(is_there("log/.state/tmp"));
    ck_assert_int_eq(rmdir(scratch_path("log/.state/tmp")), 0);
}
END_TEST

/* More files than a group has, in many folders. */
START_TEST(many)
{
    struct aw_logdir *dir = must_open(new_log());
    char path[64];

    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(path, sizeof(path), "leaves/%02x/%02x/x", i % 200, i);
        ck_assert_int_eq(put(dir, path, path), AW_OK);
    }
    ck_assert_int_eq(sync_all(dir), AW_OK);
    aw_logdir_close(dir);
    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(path, sizeof(path), "log/leaves/%02x/%02x/x", i % 200,
                       i);
        CK_ASSERT_BYTES(scratch_read(scratch_path(path)), aw_text(path + 4));
    }
}
END_TEST

static const char *const bad_paths[] = {
    "", "/x", "x/", "a//b", ".", "..", "a/../b", "../x",
};

START_TEST(bad_path)
{
    struct aw_logdir *dir = must_open(new_log());
    const struct aw_files *f = aw_logdir_files(dir);
    struct aw_diag diag = {.where = NULL};

    ck_assert_int_eq(f->put(f->ctx, bad_paths[_i], aw_text("x"), &diag),
                     AW_ERR_RANGE);
    ck_assert_str_eq(diag.where, "log folder: path");
    /* What failed stays failed: nothing half done is called durable. */
    ck_assert_int_eq(put(dir, "fine", "x"), AW_ERR_RANGE);
    ck_assert_int_eq(sync_all(dir), AW_ERR_RANGE);
    aw_logdir_close(dir);
    ck_assert(!is_there("log/fine"));
    ck_assert(is_there("log/.state/tmp/open"));
}
END_TEST

START_TEST(not_there)
{
    struct aw_logdir *dir = NULL;
    struct aw_host_diag why = {.network = false};

    ck_assert_int_eq(aw_logdir_open(scratch_path("nothing"), NULL, &dir, &why),
                     AW_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(why.text, "nothing"));
    ck_assert_int_eq(
        aw_logdir_open(scratch_file("file", aw_text("x")), NULL, &dir, &why),
        AW_ERR_NOT_FOUND);
    ck_assert_ptr_null(dir);
    aw_logdir_close(NULL);
}
END_TEST

/* A writer, a writer of Tessera's, one that publishes only. */
static const char *const lock_names[] = {NULL, "log/.state/treeState.lock",
                                         "log/.state/publish.lock"};

START_TEST(one_writer)
{
    const char *path = new_log();
    struct aw_logdir_options options = {.wait_ms = 120};
    struct aw_logdir *first = must_open(path);
    struct aw_logdir *second = NULL;
    struct aw_host_diag why = {.network = false};
    int fd = -1;

    if (lock_names[_i] != NULL) {
        aw_logdir_close(first);
        fd = open(scratch_path(lock_names[_i]), O_RDWR | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(flock(fd, LOCK_EX), 0);
        first = NULL;
    }
    ck_assert_int_eq(aw_logdir_open(path, &options, &second, &why),
                     AW_ERR_TIMEOUT);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(strstr(why.text, "another writer"));
    /* The one that was refused has touched nothing. */
    ck_assert_int_eq(is_there("log/.state/tmp/open"), first != NULL);
    aw_logdir_close(first);
    if (fd >= 0) {
        ck_assert_int_eq(close(fd), 0);
    }
    ck_assert_int_eq(aw_logdir_open(path, &options, &second, &why), AW_OK);
    aw_logdir_close(second);
}
END_TEST

static int open_second(const char *path, int go)
{
    struct aw_logdir *second = NULL;
    struct aw_logdir_options options = {.wait_ms = 20000};
    char byte = 0;
    bool ok = read(go, &byte, 1) == 1 &&
              aw_logdir_open(path, &options, &second, NULL) == AW_OK &&
              is_there("log/first");

    aw_logdir_close(second);
    return ok ? 0 : 1;
}

/* The second one waits until the first has ended. */
START_TEST(waits)
{
    const char *path = new_log();
    int go[2];

    ck_assert_int_eq(pipe(go), 0);
    /* Before the first opens: a child would share its locks. */
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        _exit(open_second(path, go[0]));
    }
    struct aw_logdir *first = must_open(path);

    ck_assert_int_eq(write(go[1], "x", 1), 1);
    (void)usleep(100000);
    ck_assert_int_eq(put(first, "first", "x"), AW_OK);
    ck_assert_int_eq(sync_all(first), AW_OK);
    aw_logdir_close(first);
    int status = -1;

    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

static bool always(void *ctx)
{
    *(unsigned *)ctx += 1;
    return true;
}

START_TEST(stopped)
{
    const char *path = new_log();
    unsigned asked = 0;
    struct aw_logdir_options options = {.cancelled = always,
                                        .cancelled_ctx = &asked};
    struct aw_logdir *dir = NULL;
    struct aw_logdir *first = must_open(path);

    ck_assert_int_eq(aw_logdir_open(path, &options, &dir, NULL),
                     AW_ERR_CANCELLED);
    aw_logdir_close(first);
    ck_assert_int_eq(aw_logdir_open(path, &options, &dir, NULL), AW_OK);
    ck_assert_int_eq(put(dir, "x", "x"), AW_ERR_CANCELLED);
    ck_assert_uint_gt(asked, 1);
    aw_logdir_close(dir);
    ck_assert(!is_there("log/x"));
}
END_TEST

/* What killed writers of ours and of upstream's leave behind. */
START_TEST(stale)
{
    const char *path = new_log();
    struct aw_logdir *dir = must_open(path);

    /* Closed with a file that was never synced. */
    ck_assert_int_eq(put(dir, "half", "x"), AW_OK);
    aw_logdir_close(dir);
    ck_assert(is_there("log/.state/tmp/open"));
    ck_assert(!is_there("log/half"));
    (void)scratch_file("log/.state/tmp/17", aw_text("x"));
    (void)scratch_file("log/leaves/pending/0011", aw_text("x"));
    (void)scratch_file("log/checkpoint.tmp", aw_text("x"));
    dir = must_open(path);
    ck_assert(!is_there("log/.state/tmp/17"));
    ck_assert(!is_there("log/leaves/pending/0011"));
    ck_assert(!is_there("log/checkpoint.tmp"));
    ck_assert(is_there("log/leaves/pending"));
    ck_assert_int_eq(put(dir, "whole", "x"), AW_OK);
    ck_assert_int_eq(sync_all(dir), AW_OK);
    aw_logdir_close(dir);
    ck_assert(is_there("log/whole"));
}
END_TEST

/* A file too large for the process stands for a full disk. */
START_TEST(no_space)
{
    const char *path = new_log();
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct rlimit limit = {.rlim_cur = 4, .rlim_max = 4};
        struct aw_logdir *dir = must_open(path);
        bool ok = signal(SIGXFSZ, SIG_IGN) != SIG_ERR &&
                  setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
                  put(dir, "fits", "1234") == AW_OK &&
                  put(dir, "large", "12345") == AW_ERR_RESOURCE &&
                  sync_all(dir) == AW_ERR_RESOURCE &&
                  strstr(aw_logdir_why(dir)->text, "large") != NULL;

        aw_logdir_close(dir);
        _exit(ok && !is_there("log/large") ? 0 : 1);
    }
    int status = -1;

    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* A folder where the file should be. */
START_TEST(in_the_way)
{
    struct aw_logdir *dir = must_open(new_log());

    ck_assert_int_eq(mkdir(scratch_path("log/checkpoint"), 0755), 0);
    ck_assert_int_eq(put(dir, "checkpoint", "x"), AW_OK);
    ck_assert_int_eq(sync_all(dir), AW_ERR_IO);
    aw_logdir_close(dir);
    dir = must_open(scratch_path("log"));
    (void)scratch_file("log/tile", aw_text("x"));
    ck_assert_int_eq(put(dir, "tile/x", "x"), AW_OK);
    ck_assert_int_ne(sync_all(dir), AW_OK);
    aw_logdir_close(dir);
}
END_TEST

/* Links in a log that came from elsewhere, to a folder with files of ours. */
static const struct {
    const char *folder; /* where the link is, or NULL */
    const char *link;
} links[] = {
    {NULL, "log/.state"},
    {"log/.state", "log/.state/tmp"},
    {NULL, "log/leaves"},
    {"log/leaves", "log/leaves/pending"},
};

static void make_victim(const char *folder, const char *link)
{
    (void)new_log();
    (void)scratch_file("victim/a", aw_text("a"));
    (void)scratch_file("victim/tmp/a", aw_text("a"));
    (void)scratch_file("victim/pending/a", aw_text("a"));
    if (folder != NULL) {
        ck_assert_int_eq(mkdir(scratch_path(folder), 0755), 0);
    }
    ck_assert_int_eq(symlink(scratch_path("victim"), scratch_path(link)), 0);
}

static void check_victim(void)
{
    ck_assert(is_there("victim/a"));
    ck_assert(is_there("victim/tmp/a"));
    ck_assert(is_there("victim/pending/a"));
    ck_assert(!is_there("victim/treeState.lock"));
}

START_TEST(cleans_no_other_folder)
{
    struct aw_logdir *dir = NULL;
    struct aw_host_diag why = {.network = false};

    make_victim(links[_i].folder, links[_i].link);
    ck_assert_int_eq(aw_logdir_open(scratch_path("log"), NULL, &dir, &why),
                     AW_ERR_PRECONDITION);
    ck_assert_ptr_nonnull(strstr(why.text, "link"));
    check_victim();
}
END_TEST

static const char *const writes_through[] = {"seq/b", "seq/00/b", "seq/tmp/b"};

START_TEST(writes_to_no_other_folder)
{
    make_victim(NULL, "log/seq");
    struct aw_logdir *dir = must_open(scratch_path("log"));

    ck_assert_int_eq(put(dir, writes_through[_i], "b"), AW_OK);
    ck_assert_int_eq(sync_all(dir), AW_ERR_PRECONDITION);
    ck_assert_ptr_nonnull(strstr(aw_logdir_why(dir)->text, "seq: "));
    aw_logdir_close(dir);
    dir = must_open(scratch_path("log"));
    const struct aw_files *f = aw_logdir_files(dir);

    ck_assert_int_eq(f->remove(f->ctx, "seq/a", NULL), AW_ERR_PRECONDITION);
    aw_logdir_close(dir);
    check_victim();
    ck_assert(!is_there("victim/b"));
    ck_assert(!is_there("victim/00"));
    ck_assert(!is_there("victim/tmp/b"));
}
END_TEST

Suite *suite_logdir(void)
{
    Suite *s = suite_create("logdir");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, writes);
    tcase_add_test(tc, many);
    tcase_add_loop_test(tc, bad_path, 0, COUNT(bad_paths));
    tcase_add_test(tc, not_there);
    tcase_add_loop_test(tc, one_writer, 0, COUNT(lock_names));
    tcase_add_test(tc, waits);
    tcase_add_test(tc, stopped);
    tcase_add_test(tc, stale);
    tcase_add_test(tc, no_space);
    tcase_add_test(tc, in_the_way);
    tcase_add_loop_test(tc, cleans_no_other_folder, 0, COUNT(links));
    tcase_add_loop_test(tc, writes_to_no_other_folder, 0,
                        COUNT(writes_through));
    suite_add_tcase(s, tc);
    return s;
}
