/* SPDX-License-Identifier: Apache-2.0 */
/* Folders: made, found by the environment, many files at once. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/file.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

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

Suite *suite_file_folder(void)
{
    Suite *s = suite_create("file_folder");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, makes_folders);
    tcase_add_test(tc, sets_of_files);
    tcase_add_test(tc, sets_that_fail);
    tcase_add_test(tc, set_that_fails_late);
    tcase_add_test(tc, new_folders);
    tcase_add_test(tc, files_at_once);
    tcase_add_loop_test(tc, folders_by_environment, 0, COUNT(dir_cases));
    suite_add_tcase(s, tc);
    return s;
}
