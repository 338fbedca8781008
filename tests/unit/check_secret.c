/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: locked, left out of core dumps, wiped. */
#include "aw/hostio/secret.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/file.h"
#include "suites.h"
#include "support.h"

/* The kernel's flags of the mapping that p is in; empty without one. */
static void flags_of(const void *p, char *flags, size_t room)
{
    FILE *f = fopen("/proc/self/smaps", "re");
    char line[512];
    bool found = false;

    ck_assert_ptr_nonnull(f);
    (void)snprintf(flags, room, "%s", "");
    while (fgets(line, sizeof(line), f) != NULL) {
        char *end = NULL;
        uintmax_t from = strtoumax(line, &end, 16);

        if (end != line && *end == '-') {
            found = (uintptr_t)p >= from &&
                    (uintptr_t)p < strtoumax(end + 1, NULL, 16);
        } else if (found && strncmp(line, "VmFlags:", 8) == 0) {
            (void)snprintf(flags, room, "%s", line);
            break;
        }
    }
    (void)fclose(f);
}

static void is_guarded(const void *p)
{
    char flags[512];
    struct rlimit core = {.rlim_cur = 1, .rlim_max = 1};
    struct rlimit lock = {.rlim_cur = 0, .rlim_max = 0};

    flags_of(p, flags, sizeof(flags));
    ck_assert_msg(strstr(flags, " dd") != NULL, "dumped: %s", flags);
    ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &lock), 0);
    if (lock.rlim_cur > 65536) {
        ck_assert_msg(strstr(flags, " lo") != NULL, "not locked: %s", flags);
    }
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
    ck_assert_uint_eq(core.rlim_cur, 0);
    ck_assert_uint_eq(core.rlim_max, 0);
}

static const size_t sizes[] = {0, 1, 32, 4095, 4096, 4097, 100000};

START_TEST(guarded)
{
    size_t n = sizes[_i];
    uint8_t *p = aw_secret_alloc(n);

    is_guarded(p);
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(p[i], 0);
        p[i] = 0x5a;
    }
    aw_secret_free(p, n);
    /* Its pages are gone. */
    ck_assert_int_eq(msync(p, 1, MS_ASYNC), -1);
    ck_assert_int_eq(errno, ENOMEM);
    aw_secret_free(NULL, n);
}
END_TEST

START_TEST(file_of_a_secret)
{
    char path[] = "/tmp/aw-secret-XXXXXX";
    int fd = mkstemp(path);
    struct aw_blob blob = {.p = NULL};

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, S_IRUSR | S_IWUSR), 0);
    ck_assert_int_eq(write(fd, "secret", 6), 6);
    ck_assert_int_eq(aw_file_read_private(path, 100, &blob, NULL), AW_OK);
    ck_assert_uint_eq(blob.n, 6);
    is_guarded(blob.p);
    aw_blob_free(&blob);
    ck_assert_ptr_null(blob.p);
    /* Empty, and too long: nothing is kept. */
    ck_assert_int_eq(aw_file_read_private(path, 5, &blob, NULL), AW_ERR_SPACE);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_int_eq(aw_file_read_private(path, 5, &blob, NULL), AW_OK);
    ck_assert_ptr_null(blob.p);
    (void)close(fd);
    (void)unlink(path);
}
END_TEST

Suite *suite_secret(void)
{
    Suite *s = suite_create("secret");
    TCase *tc = tcase_create("secret");

    tcase_add_loop_test(tc, guarded, 0, COUNT(sizes));
    tcase_add_test(tc, file_of_a_secret);
    suite_add_tcase(s, tc);
    return s;
}
