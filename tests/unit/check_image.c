/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "suites.h"
#include "support.h"

static struct aw_medium medium;
static struct aw_image *image;

static void open_image(const char *path)
{
    ck_assert_int_eq(aw_image_open(path, &image, &medium, NULL), AW_OK);
}

START_TEST(reads_what_is_there)
{
    static const uint8_t data[] = "0123456789abcdef";
    uint8_t buf[sizeof(data)];

    open_image(scratch_file("i", (aw_bytes){data, sizeof(data)}));
    ck_assert_uint_eq(medium.size, sizeof(data));
    for (size_t from = 0; from <= sizeof(data); from++) {
        size_t n = sizeof(data) - from;

        memset(buf, 0xee, sizeof(buf));
        ck_assert_int_eq(medium.read(medium.ctx, from, buf, n, NULL), AW_OK);
        ck_assert_mem_eq(buf, data + from, n);
        if (n < sizeof(buf)) {
            ck_assert_uint_eq(buf[n], 0xee);
        }
    }
    aw_image_close(image);
}
END_TEST

START_TEST(empty_file)
{
    open_image(scratch_file("empty", (aw_bytes){NULL, 0}));
    ck_assert_uint_eq(medium.size, 0);
    ck_assert_uint_eq(medium.next_data(medium.ctx, 0), 0);
    aw_image_close(image);
    aw_image_close(NULL);
}
END_TEST

/* Holes are skipped, and never more than holes. */
START_TEST(holes)
{
    enum { SIZE = 4 << 20, AT = 3 << 20 };
    const char *path = scratch_file("sparse", (aw_bytes){NULL, 0});

    ck_assert_int_eq(truncate(path, SIZE), 0);
    open_image(path);
    ck_assert_uint_le(medium.next_data(medium.ctx, 0), SIZE);
    ck_assert_uint_le(medium.next_data(medium.ctx, SIZE - 1), SIZE);
    aw_image_close(image);
    FILE *f = fopen(path, "r+b");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fseek(f, AT, SEEK_SET), 0);
    ck_assert_int_eq(fputc(1, f), 1);
    ck_assert_int_eq(fclose(f), 0);
    open_image(path);
    for (uint64_t at = 0; at <= AT; at += 1 << 18) {
        uint64_t next = medium.next_data(medium.ctx, at);

        ck_assert(next >= at && next <= AT);
    }
    ck_assert_uint_eq(medium.next_data(medium.ctx, AT), AT);
    aw_image_close(image);
}
END_TEST

/* A file that is cut while it is open is no end without a word. */
START_TEST(cut_meanwhile)
{
    uint8_t buf[8];
    struct aw_diag diag = {0};
    const char *path =
        scratch_file("cut", (aw_bytes){(const uint8_t *)"01234567", 8});

    open_image(path);
    ck_assert_int_eq(truncate(path, 5), 0);
    ck_assert_int_eq(medium.read(medium.ctx, 0, buf, 5, &diag), AW_OK);
    ck_assert_int_eq(medium.read(medium.ctx, 0, buf, 8, &diag), AW_ERR_SHORT);
    ck_assert_uint_eq(diag.at, 5);
    aw_image_close(image);
}
END_TEST

START_TEST(no_medium)
{
    const char *fifo = scratch_path("fifo");
    const char *below = scratch_path("f/below");
    const struct {
        const char *path;
        aw_err want;
        uint64_t at;
    } rows[] = {
        {scratch_path("absent"), AW_ERR_NOT_FOUND, ENOENT},
        {below, AW_ERR_NOT_FOUND, ENOTDIR},
        {scratch_dir(), AW_ERR_TYPE, 0},
        {"/dev/null", AW_ERR_TYPE, 0},
        {fifo, AW_ERR_TYPE, 0},
    };

    (void)scratch_file("f", (aw_bytes){NULL, 0});
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aw_host_diag why = {0};
        struct aw_image *untouched = image;

        ck_assert_int_eq(aw_image_open(rows[i].path, &image, &medium, &why),
                         rows[i].want);
        ck_assert_uint_eq(why.diag.at, rows[i].at);
        ck_assert_ptr_nonnull(strstr(why.text, rows[i].path));
        ck_assert_ptr_eq(image, untouched);
    }
}
END_TEST

Suite *suite_image(void)
{
    Suite *s = suite_create("image");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, reads_what_is_there);
    tcase_add_test(tc, empty_file);
    tcase_add_test(tc, holes);
    tcase_add_test(tc, cut_meanwhile);
    tcase_add_test(tc, no_medium);
    suite_add_tcase(s, tc);
    return s;
}
