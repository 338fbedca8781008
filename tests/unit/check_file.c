/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

START_TEST(makes_folders)
{
    struct aw_host_diag host = {0};
    const char *path = scratch_path("a/b//c/");
    struct stat st;

    (void)umask(0);
    ck_assert_int_eq(aw_dir_make(path, 0700, &host), AW_OK);
    ck_assert_int_eq(aw_dir_make(path, 0755, &host), AW_OK);
    ck_assert_int_eq(stat(scratch_path("a/b"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777U, 0700);
    ck_assert_int_eq(stat(scratch_path("a/b/c"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777U, 0700);
    (void)scratch_file("file", aw_text("x"));
    ck_assert_int_eq(aw_dir_make(scratch_path("file"), 0700, &host), AW_ERR_IO);
    ck_assert_int_eq(aw_dir_make(scratch_path("file/x"), 0700, &host),
                     AW_ERR_IO);
    ck_assert_int_eq(aw_dir_make("", 0700, &host), AW_ERR_IO);
    ck_assert_int_eq(aw_dir_make("/proc/aw/x", 0700, &host), AW_ERR_IO);
    ck_assert_int_eq(chdir(scratch_dir()), 0);
    ck_assert_int_eq(aw_dir_make("rel/x", 0700, &host), AW_OK);
    ck_assert_int_eq(stat(scratch_path("rel/x"), &st), 0);
}
END_TEST

/* Environment and what it means for an ordinary user. */
static const struct dir_case {
    enum aw_dir_kind kind;
    const char *argument;
    const char *own; /* AW_STATE_DIR */
    const char *xdg; /* XDG_STATE_HOME and XDG_CONFIG_HOME */
    const char *home;
    const char *user; /* expected path, NULL when there is none */
    const char *root;
} dir_cases[] = {
    {AW_DIR_STATE, "arg", "/own", "/xdg", "/home/u", "arg", "arg"},
    {AW_DIR_STATE, "", "/own", "/xdg", "/home/u", "/own", "/own"},
    {AW_DIR_STATE, NULL, NULL, "/xdg", "/home/u", "/xdg/aw", "/var/lib/aw"},
    {AW_DIR_STATE, NULL, "", "xdg", "/home/u", "/home/u/.local/state/aw",
     "/var/lib/aw"},
    {AW_DIR_STATE, NULL, NULL, NULL, "/home/u", "/home/u/.local/state/aw",
     "/var/lib/aw"},
    {AW_DIR_STATE, NULL, NULL, NULL, NULL, NULL, "/var/lib/aw"},
    {AW_DIR_STATE, NULL, NULL, NULL, "here", NULL, "/var/lib/aw"},
    {AW_DIR_CACHE, NULL, NULL, NULL, "/home/u", "/home/u/.cache/aw",
     "/var/cache/aw"},
    {AW_DIR_CONFIG, NULL, "/own", "/xdg", "/home/u", "/xdg/aw", "/xdg/aw"},
    {AW_DIR_CONFIG, NULL, NULL, NULL, "/home/u", "/home/u/.config/aw",
     "/home/u/.config/aw"},
};

static void set_or_not(const char *name, const char *value)
{
    if (value == NULL) {
        ck_assert_int_eq(unsetenv(name), 0);
    } else {
        ck_assert_int_eq(setenv(name, value, 1), 0);
    }
}

static void check_dir(const struct dir_case *c, const char *want)
{
    char path[64] = "as before";
    struct aw_host_diag host = {0};

    set_or_not("AW_STATE_DIR", c->own);
    set_or_not("AW_CACHE_DIR", NULL);
    set_or_not("XDG_STATE_HOME", c->xdg);
    set_or_not("XDG_CACHE_HOME", c->xdg);
    set_or_not("XDG_CONFIG_HOME", c->xdg);
    set_or_not("HOME", c->home);
    aw_err err = aw_dir_path(c->kind, c->argument, path, sizeof(path), &host);

    if (want == NULL) {
        ck_assert_int_eq(err, AW_ERR_PRECONDITION);
        CK_ASSERT_BYTES(aw_text(path), aw_text("as before"));
        return;
    }
    ck_assert_int_eq(err, AW_OK);
    ck_assert_str_eq(path, want);
    ck_assert_int_eq(
        aw_dir_path(c->kind, c->argument, path, strlen(want), &host),
        AW_ERR_SPACE);
}

START_TEST(folders_by_environment)
{
    const struct dir_case *c = &dir_cases[_i];

    if (geteuid() != 0) {
        check_dir(c, c->user);
        return;
    }
    check_dir(c, c->root);
    ck_assert_int_eq(seteuid(65534), 0);
    check_dir(c, c->user);
    /* Back, and traceable again, for the leak check at the end. */
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
}
END_TEST

static size_t entries_of(const char *path)
{
    DIR *dir = opendir(path);
    size_t n = 0;

    if (dir == NULL) {
        return 0;
    }
    while (readdir(dir) != NULL) {
        n++;
    }
    (void)closedir(dir);
    return n - 2;
}

static const struct aw_new_file set[] = {
    {"a.sec", {(const uint8_t *)"secret", 6}, 0600},
    {"a.pub", {(const uint8_t *)"public", 6}, 0644},
    {"empty", {NULL, 0}, 0644},
};

START_TEST(sets_of_files)
{
    const char *folder = scratch_path("set/new");
    struct stat st;

    /* A new folder, with those above it. */
    ck_assert_int_eq(aw_files_write(folder, set, 3, NULL, NULL), AW_OK);
    ck_assert_uint_eq(entries_of(folder), 3);
    ck_assert_uint_eq(entries_of(scratch_path("set")), 1);
    ck_assert(stat(folder, &st) == 0 && (st.st_mode & 0777) == 0700);
    ck_assert(stat(scratch_path("set/new/a.sec"), &st) == 0 &&
              (st.st_mode & 0777) == 0600);
    CK_ASSERT_BYTES(scratch_read(scratch_path("set/new/a.pub")),
                    aw_text("public"));
    /* Nothing is replaced, and nothing else appears. */
    aw_files_remove(folder, set, 2);
    ck_assert_uint_eq(entries_of(folder), 1);
    ck_assert_int_eq(aw_files_write(folder, set, 3, NULL, NULL), AW_ERR_EXISTS);
    ck_assert_uint_eq(entries_of(folder), 1);
    /* Into a folder with others, also by a name with slashes at its end. */
    ck_assert_int_eq(
        aw_files_write(scratch_path("set/new//"), set, 2, NULL, NULL), AW_OK);
    ck_assert_uint_eq(entries_of(folder), 3);
    ck_assert_uint_eq(entries_of(scratch_path("set")), 1);
}
END_TEST

START_TEST(sets_that_fail)
{
    static const struct aw_new_file bad[] = {
        {"good", {(const uint8_t *)"x", 1}, 0600},
        {"no/such", {(const uint8_t *)"x", 1}, 0600},
    };
    const char *folder = scratch_path("set2");

    ck_assert(aw_files_write(folder, bad, 2, NULL, NULL) != AW_OK);
    ck_assert(access(folder, F_OK) != 0);
    ck_assert(mkdir(folder, 0700) == 0);
    ck_assert(aw_files_write(folder, bad, 2, NULL, NULL) != AW_OK);
    ck_assert_uint_eq(entries_of(folder), 0);
    (void)scratch_file("plain", aw_text("x"));
    ck_assert(aw_files_write(scratch_path("plain"), set, 3, NULL, NULL) !=
              AW_OK);
    ck_assert(aw_files_write(scratch_path("plain/x"), set, 3, NULL, NULL) !=
              AW_OK);
    CK_ASSERT_BYTES(scratch_read(scratch_path("plain")), aw_text("x"));
}
END_TEST

/* The second name is taken between the look and the move: the first file goes
 * back. Both names are one, which the look cannot see. */
START_TEST(set_that_fails_late)
{
    static const struct aw_new_file twice[] = {
        {"one", {(const uint8_t *)"x", 1}, 0600},
        {"one", {(const uint8_t *)"y", 1}, 0600},
    };
    const char *folder = scratch_path("set3");

    ck_assert(mkdir(folder, 0700) == 0);
    ck_assert_int_eq(aw_files_write(folder, twice, 2, NULL, NULL),
                     AW_ERR_EXISTS);
    ck_assert_uint_eq(entries_of(folder), 0);
}
END_TEST

START_TEST(new_folders)
{
    static const struct aw_new_file files[] = {
        {"shelf/a.sec", {(const uint8_t *)"secret", 6}, 0600},
        {"a.pub", {(const uint8_t *)"public", 6}, 0644},
        {"shelf/b.sec", {(const uint8_t *)"secret", 6}, 0600},
    };
    static const struct aw_new_file bad[] = {
        {"shelf/a", {(const uint8_t *)"x", 1}, 0600},
        {"shelf/no/such", {(const uint8_t *)"x", 1}, 0600},
    };
    const char *folder = scratch_path("folders/new");
    struct stat st;

    ck_assert(aw_folder_write(folder, bad, 2, NULL) != AW_OK);
    ck_assert_uint_eq(entries_of(scratch_path("folders")), 0);
    ck_assert_int_eq(aw_folder_write(folder, files, 3, NULL), AW_OK);
    ck_assert_uint_eq(entries_of(folder), 2);
    ck_assert_uint_eq(entries_of(scratch_path("folders/new/shelf")), 2);
    ck_assert_uint_eq(entries_of(scratch_path("folders")), 1);
    ck_assert(stat(scratch_path("folders/new/shelf"), &st) == 0 &&
              (st.st_mode & 0777) == 0700);
    /* Anything in its place is refused, an empty folder too. */
    ck_assert_int_eq(aw_folder_write(folder, files, 3, NULL), AW_ERR_EXISTS);
    ck_assert(mkdir(scratch_path("folders/empty"), 0700) == 0);
    ck_assert_int_eq(
        aw_folder_write(scratch_path("folders/empty/"), files, 3, NULL),
        AW_ERR_EXISTS);
    ck_assert_uint_eq(entries_of(scratch_path("folders/empty")), 0);
}
END_TEST

START_TEST(files_at_once)
{
    aw_bytes x = aw_text("x");
    const char *one = scratch_path("one");
    const char *two = scratch_path("sub/two");
    struct aw_put_file files[] = {{one, x, 0600, AW_FILE_NEW},
                                  {two, x, 0600, AW_FILE_NEW}};

    /* No folder for the second: the first is not written either. */
    ck_assert_int_eq(aw_files_put(files, 2, NULL), AW_ERR_NOT_FOUND);
    ck_assert(access(one, F_OK) != 0);
    ck_assert(mkdir(scratch_path("sub"), 0700) == 0);
    ck_assert_int_eq(aw_files_put(files, 2, NULL), AW_OK);
    CK_ASSERT_BYTES(scratch_read(two), x);
    ck_assert_int_eq(aw_files_put(files, 2, NULL), AW_ERR_EXISTS);
    /* A second that is there keeps the first from being replaced. */
    files[0].how = AW_FILE_REPLACE;
    files[0].data = aw_text("y");
    ck_assert_int_eq(aw_files_put(files, 2, NULL), AW_ERR_EXISTS);
    CK_ASSERT_BYTES(scratch_read(one), x);
    /* It appears between the look and the move: the first comes back. */
    files[1] =
        (struct aw_put_file){scratch_path("sub/three"), x, 0600, AW_FILE_NEW};
    struct aw_put_file late[] = {files[0], files[1], files[1]};

    ck_assert_int_eq(aw_files_put(late, 3, NULL), AW_ERR_EXISTS);
    CK_ASSERT_BYTES(scratch_read(one), x);
    ck_assert(access(scratch_path("sub/three"), F_OK) != 0);
    ck_assert_int_eq(aw_files_put(files, 2, NULL), AW_OK);
    CK_ASSERT_BYTES(scratch_read(one), aw_text("y"));
    ck_assert_uint_eq(entries_of(scratch_path("sub")), 2);
    ck_assert_int_eq(aw_files_put(NULL, 0, NULL), AW_OK);
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
    tcase_add_test(tc, makes_folders);
    tcase_add_test(tc, sets_of_files);
    tcase_add_test(tc, sets_that_fail);
    tcase_add_test(tc, set_that_fails_late);
    tcase_add_test(tc, new_folders);
    tcase_add_test(tc, files_at_once);
    tcase_add_test(tc, same_files);
    tcase_add_loop_test(tc, folders_by_environment, 0, COUNT(dir_cases));
    tcase_add_test(tc, texts_are_clean);
    suite_add_tcase(s, tc);
    return s;
}
