/* SPDX-License-Identifier: Apache-2.0 */
/* What is no disk; disks are in tests/firmware/test_blockdev.py. */
#include "aw/hostio/blockdev.h"

#include <sys/stat.h>
#include <unistd.h>

#include "aw/text.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

static void refuses(const char *path, aw_err want)
{
    struct aw_blockdev *dev = NULL;

    for (int write = 0; write < 2; write++) {
        aw_err err = aw_blockdev_open(path, write != 0, &dev, NULL);

        ck_assert_msg(err == want, "%s: %s", path, aw_err_name(err));
        ck_assert_ptr_null(dev);
    }
}

START_TEST(no_disk)
{
    const char *file = scratch_file("file", aw_text("precious"));
    const char *pipe_path = scratch_path("pipe");
    struct aw_blockdev *dev = NULL;

    refuses(file, AW_ERR_TYPE);
    ck_assert(aw_bytes_is(scratch_read(file), "precious"));
    refuses(scratch_path("missing"), AW_ERR_NOT_FOUND);
    ck_assert_int_ne(access(scratch_path("missing"), F_OK), 0);
    ck_assert_int_eq(aw_blockdev_open(scratch_dir(), false, &dev, NULL),
                     AW_ERR_TYPE);
    ck_assert_int_ne(aw_blockdev_open(scratch_dir(), true, &dev, NULL), AW_OK);
    /* Nobody waits for the other end of a pipe. */
    ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
    ck_assert_int_eq(aw_blockdev_open(pipe_path, false, &dev, NULL),
                     AW_ERR_TYPE);
    refuses("/dev/null", AW_ERR_TYPE);
    ck_assert_ptr_null(dev);
}
END_TEST

Suite *suite_blockdev(void)
{
    Suite *s = suite_create("blockdev");
    TCase *tc = tcase_create("blockdev");

    tcase_add_test(tc, no_disk);
    suite_add_tcase(s, tc);
    return s;
}
