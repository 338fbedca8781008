/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/hab/event.h"
#include "suites.h"
#include "support.h"

/* Every event of the tamper cases reads, has names and writes back. */
START_TEST(vectors)
{
    const cJSON *doc = vec_json("hab/tamper/cases.json");
    const cJSON *row = NULL;
    size_t n = 0;

    cJSON_ArrayForEach(row, cJSON_GetObjectItem(doc, "cases"))
    {
        const cJSON *text = NULL;

        cJSON_ArrayForEach(text, cJSON_GetObjectItem(row, "events"))
        {
            aw_bytes bytes = vec_unhex(aw_text(text->valuestring));
            struct aw_hab_event e;
            uint8_t buf[256];
            struct aw_wr w = aw_wr_init(buf, sizeof(buf));

            ck_assert_int_eq(aw_hab_event_parse(bytes, &e, NULL), AW_OK);
            ck_assert_uint_eq(e.version, AW_HAB_EVENT_VERSION);
            ck_assert_str_eq(aw_hab_status_row(e.status)->name, "FAILURE");
            ck_assert_str_ne(aw_hab_reason_row(e.reason)->name, "UNKNOWN");
            ck_assert_str_ne(aw_hab_context_row(e.context)->name, "UNKNOWN");
            ck_assert_str_eq(aw_hab_engine_row(e.engine)->name, "ANY");
            ck_assert_ptr_null(
                strstr(aw_hab_event_advice(&e)->cause, "no cause is known"));
            aw_hab_event_write(&e, &w);
            CK_ASSERT_BYTES(aw_wr_done(&w), bytes);
            n++;
        }
    }
    ck_assert_uint_eq(n, 213);
}
END_TEST

static const struct {
    const char *hex;
    aw_err want;
} parses[] = {
    {"db00084233110f00", AW_OK},
    {"db00084233110f", AW_ERR_SHORT},
    {"", AW_ERR_SHORT},
    {"da00084233110f00", AW_ERR_FORMAT},
    {"db00094233110f00", AW_ERR_FORMAT},
    {"db00074233110f00", AW_ERR_FORMAT},
    {"db00084233110f00aa", AW_ERR_FORMAT},
    {"db00083233110f00", AW_ERR_FORMAT},
    {"db00094233110f00aa", AW_OK},
};

START_TEST(parse_table)
{
    struct aw_hab_event e = {.version = 7};
    aw_err err =
        aw_hab_event_parse(vec_unhex(aw_text(parses[_i].hex)), &e, NULL);

    ck_assert_msg(err == parses[_i].want, "%s: %s", parses[_i].hex,
                  aw_err_text(err));
    ck_assert_int_eq(e.version == 7, err != AW_OK);
}
END_TEST

START_TEST(regions)
{
    struct aw_hab_event e;
    uint32_t address = 7;
    uint32_t length = 7;

    ck_assert_int_eq(
        aw_hab_event_parse(
            vec_unhex(aw_text("db001442330ca000000000008001004000000004")), &e,
            NULL),
        AW_OK);
    ck_assert(aw_hab_event_region(&e, &address, &length));
    ck_assert_uint_eq(address, 0x80010040);
    ck_assert_uint_eq(length, 4);
    e.data.n--;
    ck_assert(!aw_hab_event_region(&e, &address, &length));
    e.data.n++;
    e.context = AW_HAB_CTX_COMMAND;
    ck_assert(!aw_hab_event_region(&e, &address, &length));
}
END_TEST

/* First words of the advice for words and events as seen in the field. */
static const struct {
    const char *hex; /* word of four bytes, or event */
    const char *cause;
} advice[] = {
    {"f0f0f0f0", "HAB has nothing"},
    {"33220a00", "a pointer of the IVT"},
    {"33223300", "the ROM may not load"},
    {"33180000", "no cause is known"},
    {"33050a00", "there is no image vector table"},
    {"33300000", "a hardware engine failed"},
    {"db0014423318c000ca000c0001c5ff00000007c0", "the CSF commands"},
    {"db001c423318c000ca00140002c5ff0000000d048000f40000002c00",
     "the bytes in memory"},
    {"db0014423318c000be000c020900000100000488", "the certificate is not"},
    {"db0014423321c000be000c000317000000000048", "the SRK table"},
    {"db0014423321c000be000c020900000100000488", "the certificate is damaged"},
    {"db001442330fc000be000c000317040000000048", "the CSF selects"},
    {"db001442330fc000be000c000900000200000d10", "the command uses a key"},
    {"db0014423318c000be", "the certificate is not"},
};

START_TEST(advice_table)
{
    aw_bytes in = vec_unhex(aw_text(advice[_i].hex));
    struct aw_hab_event e;

    if (in.n == 4) {
        e = aw_hab_event_of_word(in.p);
    } else {
        if (in.n == 9) { /* a cut command must not be read past */
            e = (struct aw_hab_event){.status = in.p[4],
                                      .reason = in.p[5],
                                      .context = in.p[6],
                                      .data = {in.p + 8, 1}};
        } else {
            ck_assert_int_eq(aw_hab_event_parse(in, &e, NULL), AW_OK);
        }
    }
    const struct aw_hab_advice *got = aw_hab_event_advice(&e);

    ck_assert_msg(
        strncmp(got->cause, advice[_i].cause, strlen(advice[_i].cause)) == 0,
        "%s: %s", advice[_i].hex, got->cause);
    ck_assert_uint_gt(strlen(got->remedy), 5);
}
END_TEST

START_TEST(names)
{
    ck_assert_str_eq(aw_hab_config_row(0xcc)->name, "CLOSED");
    ck_assert_str_eq(aw_hab_config_row(0xf0)->name, "OPEN");
    ck_assert_str_eq(aw_hab_config_row(1)->name, "UNKNOWN");
    ck_assert_str_eq(aw_hab_state_row(0xaa)->name, "SECURE");
    ck_assert_str_eq(aw_hab_engine_row(0x1b)->name, "DCP");
    ck_assert_str_eq(aw_hab_reason_row(0xfe)->name, "UNKNOWN");
    ck_assert_str_eq(aw_hab_record_name(0x12), "unlock");
    ck_assert_ptr_null(aw_hab_record_name(0x55));
}
END_TEST

/* Logs: record offsets expected, and how the log ends. */
static const struct {
    const char *hex;
    size_t n;
    size_t last; /* offset of the last record */
    aw_err end;
} logs[] = {
    {"", 0, 0, AW_ERR_NOT_FOUND},
    {"00000000db00084233110f00", 0, 0, AW_ERR_NOT_FOUND},
    {"db00084233110f00", 1, 0, AW_ERR_NOT_FOUND},
    {"0c000400db00084233110f00db00084233110f00", 3, 12, AW_ERR_NOT_FOUND},
    {"db00094233110f00aa000000db00084233110f00", 2, 12, AW_ERR_NOT_FOUND},
    {"db00094233110f00aa", 1, 0, AW_ERR_NOT_FOUND},
    {"db00084233110f0000000000", 1, 0, AW_ERR_NOT_FOUND},
    {"db00084233110f00ff000400", 1, 0, AW_ERR_FORMAT},
    {"db0003", 0, 0, AW_ERR_FORMAT},
    {"db000300", 0, 0, AW_ERR_FORMAT},
    {"db000500", 0, 0, AW_ERR_FORMAT},
    {"00000001", 0, 0, AW_ERR_FORMAT},
};

START_TEST(log_table)
{
    aw_bytes log = vec_unhex(aw_text(logs[_i].hex));
    struct aw_hab_record rec = {0};
    size_t at = 0;
    size_t n = 0;
    aw_err err = aw_hab_log_next(log, &at, &rec, NULL);

    while (err == AW_OK) {
        n++;
        err = aw_hab_log_next(log, &at, &rec, NULL);
    }
    ck_assert_msg(n == logs[_i].n, "%s: %zu records", logs[_i].hex, n);
    ck_assert_uint_eq(rec.at, logs[_i].last);
    ck_assert_msg(err == logs[_i].end, "%s: %s", logs[_i].hex,
                  aw_err_text(err));
}
END_TEST

/* A whole area: these bytes, then zeros up to its end. */
static aw_bytes area_of(const char *hex, uint8_t area[AW_HAB_LOG_SIZE])
{
    aw_bytes in = vec_unhex(aw_text(hex));

    memset(area, 0, AW_HAB_LOG_SIZE);
    memcpy(area, in.p, in.n);
    return (aw_bytes){area, AW_HAB_LOG_SIZE};
}

static const struct {
    const char *name;
    const char *hex; /* the area begins with it */
    size_t change;   /* byte set to 1; 0: none */
    size_t n;        /* bytes of it; 0: all */
    aw_err want;
    size_t events;
    size_t others;
} areas[] = {
    {"clean", "0c0008420102030405000400", 0, 0, AW_OK, 0, 2},
    {"an event", "0c000442db00084233180a00", 0, 0, AW_OK, 1, 1},
    {"a warning, padded", "0c000442db0009426930e11daa000000", 0, 0, AW_OK, 1,
     1},
    {"nothing", "00", 0, 0, AW_ERR_SHORT, 0, 0},
    {"one record", "0c000442", 0, 0, AW_ERR_SHORT, 0, 0},
    {"other first record", "030004420c000442", 0, 0, AW_ERR_FORMAT, 0, 0},
    {"event first", "db00084233180a0003000400", 0, 0, AW_ERR_FORMAT, 0, 0},
    {"one byte short", "0c00044203000400", 0, AW_HAB_LOG_SIZE - 1, AW_ERR_RANGE,
     0, 0},
    {"one byte long", "0c00044203000400", 0, AW_HAB_LOG_SIZE + 1, AW_ERR_RANGE,
     0, 0},
    {"cut", "0c00044203000400", 0, 100, AW_ERR_RANGE, 0, 0},
    {"event behind zeros",
     "0c0004420300040000000000000000000000000000000000db00084233180a00", 0, 0,
     AW_ERR_FORMAT, 0, 0},
    {"last byte", "0c00044203000400", AW_HAB_LOG_SIZE - 1, 0, AW_ERR_FORMAT, 0,
     0},
    {"zero word not whole", "0c00044203000400", 11, 0, AW_ERR_FORMAT, 0, 0},
    {"no record", "0c000442ee000400", 0, 0, AW_ERR_FORMAT, 0, 0},
    {"event of another version", "0c000442db00083233180a00", 0, 0,
     AW_ERR_FORMAT, 0, 0},
    {"event too short", "0c000442db00074233180a00", 0, 0, AW_ERR_FORMAT, 0, 0},
    {"full", "0c000442030b7c00", 0, 0, AW_ERR_SPACE, 0, 0},
    {"nearly full", "0c000442030b7800", 0, 0, AW_OK, 0, 2},
    {"record past the end", "0c000442030b7d00", 0, 0, AW_ERR_FORMAT, 0, 0},
};

START_TEST(whole_logs)
{
    uint8_t area[AW_HAB_LOG_SIZE + 1] = {0};
    struct aw_hab_log_count count = {77, 77};
    aw_bytes log = area_of(areas[_i].hex, area);

    if (areas[_i].change != 0) {
        area[areas[_i].change] = 1;
    }
    log.n = areas[_i].n == 0 ? log.n : areas[_i].n;
    aw_err err = aw_hab_log_check(log, &count, NULL);

    ck_assert_msg(err == areas[_i].want, "%s: got %s", areas[_i].name,
                  aw_err_text(err));
    ck_assert_uint_eq(count.events, err == AW_OK ? areas[_i].events : 77);
    ck_assert_uint_eq(count.others, err == AW_OK ? areas[_i].others : 77);
}
END_TEST

/* Text of a boot loader; the bytes that it stands for, or NULL. */
#define FULL     "00904000: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"
#define FULL_HEX "000102030405060708090a0b0c0d0e0f"
static const struct {
    const char *text;
    const char *hex;
} dumps[] = {
    {FULL "    ................\n", FULL_HEX},
    {FULL, FULL_HEX},
    {"\n" FULL "  \r\n\r\n", FULL_HEX},
    {FULL "    0000: 00 01 02 \n00904010: db    .\n", FULL_HEX "db"},
    {FULL "\n00904010: db 00                               ..\n",
     FULL_HEX "db00"},
    {"00904ABC: DB", "db"},
    {"", NULL},
    {"\n\n", NULL},
    {"00904000:\n", NULL},
    {"00904000:  \n", NULL},
    {"0904000: 00\n", NULL},
    {"000904000: 00\n", NULL},
    {"00904000 00\n", NULL},
    {"00904000: 0\n", NULL},
    {"00904000: 000\n", NULL},
    {"00904000: 00 x\n", NULL},
    {"00904000:00\n", NULL},
    {"=> md.b 0x00904000 0xb80\n" FULL, NULL},
    {FULL "\n00904020: 00\n", NULL},
    {FULL "\n" FULL, NULL},
    {"00904000: 00\n00904001: 00\n", NULL},
    {"00904000: 00\n00904010: 00\n", NULL},
    {FULL " 10\n", NULL},
};

START_TEST(dump_text)
{
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint32_t address = 77;
    aw_err err = aw_hab_dump_parse(aw_text(dumps[_i].text), &address, &w, NULL);

    ck_assert_msg((err == AW_OK) == (dumps[_i].hex != NULL), "%s: %s",
                  dumps[_i].text, aw_err_text(err));
    if (err == AW_OK) {
        CK_ASSERT_BYTES(aw_wr_done(&w), vec_unhex(aw_text(dumps[_i].hex)));
        ck_assert_uint_eq(address & 0xfffff000, 0x00904000);
    } else {
        ck_assert_uint_eq(address, 77);
    }
    w = aw_wr_init(buf, 0);
    err = aw_hab_dump_parse(aw_text(dumps[_i].text), &address, &w, NULL);
    ck_assert_int_ne(err, AW_OK);
}
END_TEST

Suite *suite_hab_event(void)
{
    Suite *s = suite_create("hab_event");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, vectors);
    tcase_add_loop_test(tc, parse_table, 0, (int)COUNT(parses));
    tcase_add_test(tc, regions);
    tcase_add_loop_test(tc, advice_table, 0, (int)COUNT(advice));
    tcase_add_test(tc, names);
    tcase_add_loop_test(tc, log_table, 0, (int)COUNT(logs));
    tcase_add_loop_test(tc, whole_logs, 0, (int)COUNT(areas));
    tcase_add_loop_test(tc, dump_text, 0, (int)COUNT(dumps));
    suite_add_tcase(s, tc);
    return s;
}
