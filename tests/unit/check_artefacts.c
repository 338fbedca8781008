/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/artefacts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "suites.h"
#include "support.h"

#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define STORE "artefacts"

static uint8_t digest[AW_SHA256_SIZE];

static aw_err put(const char *text, bool *stored)
{
    struct aw_host_diag why = {0};

    aw_sha256(aw_text(text), digest);
    aw_err err = aw_artefact_put(scratch_path(STORE), aw_text(text), digest,
                                 NULL, stored, &why);

    if (err != AW_OK) {
        ck_assert_ptr_nonnull(strstr(why.text, scratch_path(STORE)));
    }
    return err;
}

static bool at_once(void *ctx)
{
    (void)ctx;
    return true;
}

/* Another writer that never ends, and two who will not wait for ever. */
START_TEST(locked)
{
    const struct aw_lock_wait waits[] = {{.limit_ms = 40},
                                         {.cancelled = at_once}};
    const aw_err want[] = {AW_ERR_TIMEOUT, AW_ERR_CANCELLED};
    struct aw_host_diag why = {0};
    bool stored = false;

    ck_assert_int_eq(put("first", &stored), AW_OK);
    int folder = open(scratch_path(STORE), O_RDONLY | O_DIRECTORY);

    ck_assert_int_eq(flock(folder, LOCK_EX), 0);
    aw_sha256(aw_text("second"), digest);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(aw_artefact_put(scratch_path(STORE), aw_text("second"),
                                         digest, &waits[i], &stored, &why),
                         want[i]);
        ck_assert_ptr_nonnull(strstr(why.text, scratch_path(STORE)));
    }
    ck_assert_int_eq(close(folder), 0);
    ck_assert_int_eq(put("second", &stored), AW_OK);
    ck_assert(stored);
}
END_TEST

START_TEST(names)
{
    static const struct {
        const char *name;
        bool want;
    } cases[] = {
        {ABC, true},
        {"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
         false},
        {ABC "0", false},
        {ABC "00", false},
        {"ba7816bf", false},
        {"", false},
        {"za7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         false},
        {"../816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         false},
    };
    struct aw_artefact_name name;
    uint8_t got[AW_SHA256_SIZE];

    aw_sha256(aw_text("abc"), digest);
    aw_artefact_name(digest, &name);
    ck_assert_str_eq(name.text, ABC);
    for (size_t i = 0; i < COUNT(cases); i++) {
        memset(got, 7, sizeof(got));
        ck_assert_msg(aw_artefact_digest(cases[i].name, got) == cases[i].want,
                      "%s", cases[i].name);
        if (cases[i].want) {
            ck_assert_mem_eq(got, digest, sizeof(got));
        } else {
            ck_assert_uint_eq(got[0], 7);
        }
    }
    ck_assert(aw_artefact_is_temporary(".aw-0123.tmp"));
    ck_assert(!aw_artefact_is_temporary(".aw-.tmp"));
    ck_assert(!aw_artefact_is_temporary(".aw-0123"));
    ck_assert(!aw_artefact_is_temporary(ABC));
}
END_TEST

START_TEST(stores_once)
{
    bool stored = false;

    ck_assert_int_eq(put("abc", &stored), AW_OK);
    ck_assert(stored);
    CK_ASSERT_BYTES(scratch_read(scratch_path(STORE "/" ABC)), aw_text("abc"));
    ck_assert_int_eq(put("abc", &stored), AW_OK);
    ck_assert(!stored);
    ck_assert_int_eq(put("", &stored), AW_OK);
    ck_assert(stored);
    ck_assert_int_eq(put("", &stored), AW_OK);
    ck_assert(!stored);
}
END_TEST

START_TEST(never_replaces)
{
    static const char *const others[] = {"", "ab", "abd", "abcd"};
    bool stored = true;

    for (size_t i = 0; i < COUNT(others); i++) {
        const char *path = scratch_file(STORE "/" ABC, aw_text(others[i]));

        ck_assert_int_eq(put("abc", &stored), AW_ERR_DIGEST);
        CK_ASSERT_BYTES(scratch_read(path), aw_text(others[i]));
        ck_assert_int_eq(unlink(path), 0);
    }
}
END_TEST

START_TEST(only_files)
{
    bool stored = true;
    const char *other = scratch_file(STORE "/other", aw_text("abc"));
    const char *path = scratch_path(STORE "/" ABC);

    ck_assert_int_eq(symlink(other, path), 0);
    ck_assert_int_eq(put("abc", &stored), AW_ERR_PRECONDITION);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(put("abc", &stored), AW_ERR_PRECONDITION);
    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(put("abc", &stored), AW_ERR_PRECONDITION);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(put("abc", &stored), AW_OK);
}
END_TEST

START_TEST(cleans_up)
{
    bool stored = false;
    const char *stale = scratch_file(STORE "/.aw-0123.tmp", aw_text("ab"));
    const char *other = scratch_file(STORE "/note.txt", aw_text("mine"));

    ck_assert_int_eq(put("abc", &stored), AW_OK);
    ck_assert_int_eq(access(stale, F_OK), -1);
    ck_assert_int_eq(access(other, F_OK), 0);
}
END_TEST

START_TEST(no_folder)
{
    bool stored = false;

    (void)scratch_file(STORE, aw_text("a file"));
    ck_assert_int_ne(put("abc", &stored), AW_OK);
}
END_TEST

Suite *suite_artefacts(void)
{
    Suite *s = suite_create("artefacts");
    TCase *tc = tcase_create("folder");

    tcase_add_test(tc, locked);
    tcase_add_test(tc, names);
    tcase_add_test(tc, stores_once);
    tcase_add_test(tc, never_replaces);
    tcase_add_test(tc, only_files);
    tcase_add_test(tc, cleans_up);
    tcase_add_test(tc, no_folder);
    suite_add_tcase(s, tc);
    return s;
}
