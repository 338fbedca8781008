/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/nvmem.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hab/fuse.h"
#include "aw/hab/plan.h"
#include "plan_support.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

static struct aw_fusemap map;

static uint32_t offset(const void *ctx, unsigned bank, unsigned word,
                       bool write)
{
    return aw_fusemap_offset(ctx, bank, word, write);
}

static struct aw_nvmem_map places(void)
{
    ck_assert_int_eq(
        aw_fusemap_parse(aw_fusemap_builtin(aw_text("imx6ul")), &map, NULL),
        AW_OK);
    return (struct aw_nvmem_map){.offset = offset, .ctx = &map, .word_size = 4};
}

/* Copy of a recorded dump. */
static const char *dump(const char *name)
{
    char path[64];
    struct aw_wr w = aw_wr_init(path, sizeof(path) - 1);

    aw_wr_text(&w, "hab/otp/");
    aw_wr_text(&w, name);
    path[w.n] = '\0';
    return scratch_file(name, vec_file(path));
}

/* Value of a fuse as the dump has it, in hex. */
static const char *value_of(const struct aw_otp *otp,
                            const struct aw_fuse *fuse, char *text, size_t cap)
{
    uint32_t words[AW_FUSE_WORDS_MAX];
    uint8_t value[AW_FUSE_BYTES_MAX];
    struct aw_wr w = aw_wr_init(text, cap - 1);
    unsigned first = aw_fusemap_index(&map, fuse->bank, fuse->word);

    for (unsigned k = 0; k < aw_fuse_words(fuse, 32); k++) {
        aw_err err = otp->read(otp->ctx, (first + k) / 8, (first + k) % 8,
                               &words[k], NULL);

        if (err == AW_ERR_NOT_FOUND) {
            return NULL;
        }
        ck_assert_int_eq(err, AW_OK);
    }
    aw_fuse_decode(fuse, 32, words, value);
    aw_fuse_value_write(fuse, value, &w);
    text[w.n] = '\0';
    return text;
}

/* Recorded value of a fuse; NULL when it is not in the list. */
static const char *recorded(const cJSON *values, aw_bytes name)
{
    const cJSON *row = NULL;

    cJSON_ArrayForEach(row, values)
    {
        if (aw_bytes_equal(vec_str(row, "name"), name)) {
            return vec_cstr(vec_str(row, "value_be"));
        }
    }
    return NULL;
}

START_TEST(every_fuse_of_the_dump)
{
    cJSON *json = vec_json("hab/otp/nvmem-imx6ul-open.json");
    const cJSON *values = cJSON_GetObjectItem(json, "values");
    struct aw_nvmem_map at = places();
    struct aw_nvmem *nvmem = NULL;
    struct aw_otp otp;
    char text[2 * AW_FUSE_BYTES_MAX + 1];
    size_t found = 0;
    size_t out_of_reach = 0;

    ck_assert_int_eq(aw_nvmem_open(dump("nvmem-imx6ul-open.bin"),
                                   AW_NVMEM_WRITE, &at, &nvmem, &otp, NULL),
                     AW_OK);
    ck_assert_uint_eq(aw_nvmem_size(nvmem), 512);
    ck_assert(otp.program == NULL); /* a dump is no device */
    for (size_t i = 0; i < map.n_fuses; i++) {
        const char *got = value_of(&otp, &map.fuses[i], text, sizeof(text));
        const char *want = recorded(values, map.fuses[i].name);

        if (got == NULL) {
            ck_assert_uint_ge(map.fuses[i].bank, 14);
            out_of_reach++;
        } else if (want == NULL) {
            ck_assert_uint_eq(strspn(got, "0"), strlen(got));
        } else {
            ck_assert_msg(strcmp(got, want) == 0, "%s: got %s",
                          vec_cstr(map.fuses[i].name), got);
            found++;
        }
    }
    /* Two of the recorded values are those of registers. */
    ck_assert_uint_eq(found + 2, (size_t)cJSON_GetArraySize(values));
    ck_assert_uint_gt(out_of_reach, 0);
    aw_nvmem_close(nvmem);
}
END_TEST

static const struct {
    const char *file;
    enum aw_plan_state state;
} dumps[] = {
    {"nvmem-imx6ul-open.bin", AW_PLAN_S2},
    {"nvmem-imx6ul-closed.bin", AW_PLAN_S5},
};

START_TEST(plan_from_a_dump)
{
    struct aw_nvmem_map at = places();
    struct aw_nvmem *nvmem = NULL;
    struct aw_otp otp;
    struct aw_plan plan;
    struct aw_plan_result result;
    char serial[17] = "";
    struct aw_wr w = aw_wr_init(serial, 16);

    ck_assert_int_eq(aw_nvmem_open(dump(dumps[_i].file), AW_NVMEM_READ, &at,
                                   &nvmem, &otp, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_plan_begin_closed(map.part, plan_hash, &plan), AW_OK);
    ck_assert_int_eq(aw_plan_make(&plan, &otp, &result, NULL), AW_OK);
    ck_assert_int_eq(aw_plan_state(&plan), dumps[_i].state);
    aw_plan_serial(&plan, &w);
    ck_assert_str_eq(serial, "E1BEADDE78563412");
    ck_assert_int_eq(aw_plan_apply(&plan, &otp, 0, &result, NULL),
                     dumps[_i].state == AW_PLAN_S5 ? AW_OK
                                                   : AW_ERR_PRECONDITION);
    aw_nvmem_close(nvmem);
}
END_TEST

/* The gap is for reading only, and a write is one word. */
START_TEST(offsets)
{
    struct aw_nvmem_map at = places();
    struct aw_nvmem *nvmem = NULL;
    struct aw_otp otp;
    uint8_t content[512];
    uint32_t value = 0;

    for (size_t i = 0; i < sizeof(content); i++) {
        content[i] = (uint8_t)(i / 4);
    }
    const char *path =
        scratch_file("device", (aw_bytes){content, sizeof(content)});

    ck_assert_int_eq(
        aw_nvmem_open(path, AW_NVMEM_FORCE, &at, &nvmem, &otp, NULL), AW_OK);
    ck_assert_int_eq(otp.read(otp.ctx, 5, 7, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 0x2f2f2f2f);
    ck_assert_int_eq(otp.read(otp.ctx, 6, 0, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 0x40404040);
    ck_assert_int_eq(otp.read(otp.ctx, 13, 7, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 0x7f7f7f7f);
    ck_assert_int_eq(otp.read(otp.ctx, 14, 0, &value, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(otp.program(otp.ctx, 6, 1, 0x01020304, NULL), AW_OK);
    content[0xc4] = 4;
    content[0xc5] = 3;
    content[0xc6] = 2;
    content[0xc7] = 1;
    ck_assert(aw_bytes_equal(scratch_read(path),
                             (aw_bytes){content, sizeof(content)}));
    aw_nvmem_close(nvmem);
    aw_nvmem_close(NULL);
}
END_TEST

START_TEST(bad_files)
{
    struct aw_nvmem_map at = places();
    struct aw_nvmem *nvmem = NULL;
    struct aw_otp otp;
    uint32_t value = 7;

    ck_assert_int_eq(aw_nvmem_open(scratch_path("none"), AW_NVMEM_WRITE, &at,
                                   &nvmem, &otp, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(
        aw_nvmem_open("/dev/null", AW_NVMEM_READ, &at, &nvmem, &otp, NULL),
        AW_ERR_TYPE);
    ck_assert_ptr_null(nvmem);
    const char *path = scratch_file("short", aw_text("abc"));

    ck_assert_int_eq(
        aw_nvmem_open(path, AW_NVMEM_READ, &at, &nvmem, &otp, NULL), AW_OK);
    ck_assert_int_eq(otp.read(otp.ctx, 0, 0, &value, NULL), AW_ERR_NOT_FOUND);
    ck_assert_uint_eq(value, 7);
    aw_nvmem_close(nvmem);
    at.word_size = 1;
    ck_assert_int_eq(
        aw_nvmem_open(path, AW_NVMEM_FORCE, &at, &nvmem, &otp, NULL), AW_OK);
    ck_assert_int_eq(otp.read(otp.ctx, 0, 0, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 'a');
    ck_assert(otp.program == NULL);
    aw_nvmem_close(nvmem);
}
END_TEST

Suite *suite_nvmem(void)
{
    Suite *s = suite_create("nvmem");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, every_fuse_of_the_dump);
    tcase_add_loop_test(tc, plan_from_a_dump, 0, (int)COUNT(dumps));
    tcase_add_test(tc, offsets);
    tcase_add_test(tc, bad_files);
    suite_add_tcase(s, tc);
    return s;
}
