/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/manifest.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "suites.h"
#include "support.h"

#define FOLDER "transparency/manifest/"

static uint8_t work_area[AW_MANIFEST_WORK];

static aw_err parse(aw_bytes text, struct aw_manifest *m, struct aw_diag *diag)
{
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    aw_err err = aw_manifest_parse(text, &work, m, diag);

    ck_assert(err == AW_OK || (work.n == 0 && !work.failed));
    return err;
}

static aw_bytes written(const struct aw_manifest *m)
{
    static uint8_t buf[AW_MANIFEST_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_manifest_write(m, &w);
    ck_assert(!w.failed);
    return aw_wr_done(&w);
}

/* How we refuse the rows that upstream accepts. */
static const struct {
    const char *name;
    aw_err want;
} stricter[] = {
    {"empty-object", AW_ERR_NOT_FOUND},
    {"null", AW_ERR_TYPE},
    {"duplicate-component-last-wins", AW_ERR_DUPLICATE},
    {"case-insensitive-key", AW_ERR_FORMAT},
    {"case-insensitive-dup", AW_ERR_FORMAT},
    {"component-null", AW_ERR_TYPE},
    {"schema-negative", AW_ERR_RANGE},
    {"schema-7", AW_ERR_UNSUPPORTED},
    {"tag-empty", AW_ERR_FORMAT},
    {"tag-missing", AW_ERR_NOT_FOUND},
    {"envs-null", AW_ERR_TYPE},
    {"envs-null-elem", AW_ERR_TYPE},
    {"digest-null", AW_ERR_TYPE},
    {"digest-empty", AW_ERR_FORMAT},
    {"digest-short", AW_ERR_FORMAT},
    {"digest-newline-escape", AW_ERR_FORMAT},
    {"digest-hex", AW_ERR_FORMAT},
    {"digest-array", AW_ERR_TYPE},
    {"hab-null", AW_ERR_TYPE},
    {"hab-empty", AW_ERR_NOT_FOUND},
    {"hab-twice", AW_ERR_DUPLICATE},
};

static aw_err refusal_of(aw_bytes name)
{
    for (size_t i = 0; i < COUNT(stricter); i++) {
        if (aw_bytes_is(name, stricter[i].name)) {
            return stricter[i].want;
        }
    }
    ck_abort_msg("%s has no row here", vec_cstr(name));
    return AW_OK;
}

static aw_bytes hex_of(const uint8_t digest[32])
{
    static uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_hex(&w, (aw_bytes){digest, 32});
    return aw_wr_done(&w);
}

static void check_fields(const struct aw_manifest *m, const cJSON *want)
{
    char number[24];

    ck_assert_int_gt(snprintf(number, sizeof(number), "%llu",
                              (unsigned long long)m->schema_version),
                     0);
    CK_ASSERT_BYTES(aw_text(number), vec_str(want, "schema_version"));
    ck_assert(m->has_component);
    CK_ASSERT_BYTES(aw_text(aw_component_name(m->component)),
                    vec_str(want, "component"));
    CK_ASSERT_BYTES(m->tag_name, vec_str(want, "tag_name"));
    CK_ASSERT_BYTES(m->commit, vec_str(want, "commit_fingerprint"));
    ck_assert(m->has_tamago);
    CK_ASSERT_BYTES(m->tamago_version, vec_str(want, "tamago_version"));
    ck_assert_uint_eq(m->n_envs, 1);
    CK_ASSERT_BYTES(m->envs[0], vec_str(want, "envs"));
    ck_assert(m->has_firmware_sha256);
    CK_ASSERT_BYTES(hex_of(m->firmware_sha256),
                    vec_str(want, "firmware_digest_sha256"));
    CK_ASSERT_BYTES(m->hab_target, vec_str(want, "hab.target"));
    ck_assert_int_eq(m->has_hab, m->hab_target.n > 0);
    if (m->has_hab) {
        CK_ASSERT_BYTES(hex_of(m->hab_sig_sha256),
                        vec_str(want, "hab.signature_digest_sha256"));
    }
}

START_TEST(parse_vectors)
{
    const cJSON *row = NULL;
    struct compat compat;
    int n = 0;

    compat_load(&compat, "Manifests");
    ck_assert_uint_eq(compat.n, COUNT(stricter));
    cJSON_ArrayForEach(row, vec_json(FOLDER "parse-cases.json"))
    {
        struct aw_manifest m = {.n_envs = 99};
        struct aw_diag diag = {0};
        aw_bytes name = vec_str(row, "Name");
        aw_err err = parse(vec_str(row, "JSON"), &m, &diag);
        bool same = (err == AW_OK) == vec_bool(row, "Ok");

        n++;
        compat_decided(&compat, name, same);
        ck_assert_msg(same || err == refusal_of(name), "%s: %s at %s",
                      vec_cstr(name), aw_err_name(err), diag.where);
        if (err == AW_OK) {
            check_fields(&m, cJSON_GetObjectItemCaseSensitive(row, "Parsed"));
        } else {
            ck_assert_uint_eq(m.n_envs, 99);
            ck_assert_int_eq(diag.err, err);
        }
    }
    ck_assert_int_eq(n, 46);
    compat_done(&compat);
}
END_TEST

/* The row "deep-nesting" describes its text only. */
START_TEST(deep_nesting)
{
    static uint8_t text[30000];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_manifest m;

    aw_wr_text(&w, "{\"x\":");
    for (int i = 0; i < 10001; i++) {
        aw_wr_u8(&w, '[');
    }
    for (int i = 0; i < 10001; i++) {
        aw_wr_u8(&w, ']');
    }
    aw_wr_text(&w, "}");
    ck_assert_int_eq(parse(aw_wr_done(&w), &m, NULL), AW_ERR_SPACE);
}
END_TEST

static aw_bytes case_text(const char *name)
{
    const cJSON *row = NULL;

    cJSON_ArrayForEach(row, vec_json(FOLDER "write-cases.json"))
    {
        if (aw_bytes_is(vec_str(row, "Name"), name)) {
            return vec_str(row, "Out");
        }
    }
    ck_abort_msg("no case %s", name);
    return (aw_bytes){NULL, 0};
}

static const char *const round_trips[] = {"no-envs-no-hab", "hab-envs-escapes"};

START_TEST(write_what_was_read)
{
    struct aw_manifest m;
    aw_bytes text = case_text(round_trips[_i]);

    ck_assert_int_eq(parse(text, &m, NULL), AW_OK);
    CK_ASSERT_BYTES(written(&m), text);
}
END_TEST

START_TEST(write_hab_and_envs)
{
    struct aw_manifest m;

    ck_assert_int_eq(parse(case_text("hab-envs-escapes"), &m, NULL), AW_OK);
    ck_assert_uint_eq(m.n_envs, 3);
    CK_ASSERT_BYTES(m.envs[1], aw_text("URL=https://x/?a=1&b=<2>"));
    CK_ASSERT_BYTES(m.envs[2], aw_text("QUOTE=\"\\\t\xe2\x80\xa8\xc3\xa9\x7f"));
    CK_ASSERT_BYTES(m.hab_target, aw_text("ci"));
    ck_assert_uint_eq(m.version.patch, 1710178268);
    CK_ASSERT_BYTES(m.version.pre_release, aw_text("incompatible"));
}
END_TEST

START_TEST(write_without_digests)
{
    struct aw_manifest m = {
        .has_component = true,
        .component = AW_BOOTLOADER,
        .tag_name = aw_text("0.0.1710178268-incompatible"),
        .commit = aw_text("9b28b30461cb32dad84a736d3c4c72b02410063e"),
        .has_tamago = true,
        .tamago_version = aw_text("1.22.0"),
        .has_hab = true,
    };

    CK_ASSERT_BYTES(written(&m), case_text("empty-envs-null-digest-empty-hab"));
}
END_TEST

START_TEST(write_zero)
{
    struct aw_manifest m = {
        .tag_name = aw_text("0.0.0"),
        .has_tamago = true,
        .tamago_version = aw_text("0.0.0"),
    };

    CK_ASSERT_BYTES(written(&m), case_text("zero"));
}
END_TEST

static aw_bytes note_text(const char *path)
{
    aw_bytes note = vec_file(path);
    size_t n = note.n;

    while (n > 1 && memcmp(note.p + n - 2, "\n\n", 2) != 0) {
        n--;
    }
    ck_assert_uint_gt(n, 1);
    return (aw_bytes){note.p, n - 1};
}

static const struct {
    const char *path;
    enum aw_component component;
    const char *version;
    size_t n_envs;
} reals[] = {
    {"transparency/aw-real/ci2-47-applet.manifest", AW_TRUSTED_APPLET,
     "0.3.1709910063-incompatible", 11},
    {"transparency/aw-real/ci2-48-os.manifest", AW_TRUSTED_OS,
     "0.3.1709923158-incompatible", 8},
    {"transparency/aw-real/ci2-49-applet.manifest", AW_TRUSTED_APPLET,
     "0.3.1710178268-incompatible", 11},
};

START_TEST(real)
{
    aw_bytes text = note_text(reals[_i].path);
    struct aw_manifest m;

    ck_assert_int_eq(parse(text, &m, NULL), AW_OK);
    ck_assert_int_eq(m.component, reals[_i].component);
    CK_ASSERT_BYTES(m.tag_name, aw_text(reals[_i].version));
    ck_assert_uint_eq(m.schema_version, 0);
    ck_assert_uint_eq(m.n_envs, reals[_i].n_envs);
    ck_assert(!m.has_hab && m.recipe.n == 0 && !m.has_toolchain);
    CK_ASSERT_BYTES(written(&m), text);
}
END_TEST

/* Leaves of the made log: all that upstream accepts but one. */
START_TEST(synthetic)
{
    char path[128];
    struct aw_manifest m;
    const cJSON *leaf = cJSON_GetArrayItem(
        vec_json("transparency/aw-synthetic/leaves.json"), _i);

    ck_assert_int_gt(
        snprintf(path, sizeof(path),
                 "transparency/aw-synthetic/log/seq/00/00/00/00/%02x", _i),
        0);
    if (_i == 11) {
        return; /* not a note */
    }
    aw_err err = parse(note_text(path), &m, NULL);

    if (vec_str(leaf, "Component").n == 0) {
        static const aw_err want[] = {AW_ERR_FORMAT, AW_OK, AW_ERR_FORMAT,
                                      AW_ERR_DUPLICATE};

        ck_assert_int_eq(err, want[_i - 18]);
    } else if (aw_bytes_is(vec_str(leaf, "Component"), "WITNESSCTL")) {
        ck_assert_int_eq(err, AW_ERR_UNSUPPORTED);
    } else {
        ck_assert_int_eq(err, AW_OK);
        CK_ASSERT_BYTES(m.tag_name, vec_str(leaf, "Version"));
        CK_ASSERT_BYTES(m.hab_target, vec_str(leaf, "HAB"));
        CK_ASSERT_BYTES(written(&m), note_text(path));
    }
}
END_TEST

#define SHA \
    "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
#define COMMIT        "\"aac1e176cfac1a1e079b5f624b83fda54b5d0f76\""
#define DIGEST        "\"8l4TaroPsSq+zwG+XMPZw+EdpUoXH0IT4cKM2RmFyNE=\""
#define TOP           "\"schema_version\":1,\"component\":\"RECOVERY\""
#define GIT           "\"git\":{\"tag_name\":\"1.2.3\",\"commit_fingerprint\":" COMMIT "}"
#define BUILD         "\"build\":{\"tamago_version\":\"1.22.0\"}"
#define OUTPUT        "\"output\":{\"firmware_digest_sha256\":" DIGEST "}"
#define WITH_BUILD(b) "{" TOP "," GIT ",\"build\":{" b "}," OUTPUT "}"
#define WITH_GIT(g)   "{" TOP ",\"git\":{" g "}," BUILD "," OUTPUT "}"
#define WITH_HAB(h)   "{" TOP "," GIT "," BUILD "," OUTPUT ",\"hab\":{" h "}}"
#define HAB_DIGEST    "\"signature_digest_sha256\":" DIGEST
#define TAG           "\"tag_name\":\"1.2.3\""
#define TOOLS                                             \
    "\"toolchain\":{\"name\":\"gcc\",\"version\":\"12\"," \
    "\"package_sha256\":" SHA "}"

static const struct {
    const char *name;
    const char *text;
    aw_err want;
} cases[] = {
    {"as made", "{" TOP "," GIT "," BUILD "," OUTPUT "}", AW_OK},
    {"other order", "{" OUTPUT "," BUILD "," GIT "," TOP "}", AW_OK},
    {"no schema", "{\"component\":\"RECOVERY\"," GIT "," BUILD "," OUTPUT "}",
     AW_ERR_NOT_FOUND},
    {"no component", "{\"schema_version\":0," GIT "," BUILD "," OUTPUT "}",
     AW_ERR_NOT_FOUND},
    {"no git", "{" TOP "," BUILD "," OUTPUT "}", AW_ERR_NOT_FOUND},
    {"no build", "{" TOP "," GIT "," OUTPUT "}", AW_ERR_NOT_FOUND},
    {"no output", "{" TOP "," GIT "," BUILD "}", AW_ERR_NOT_FOUND},
    {"git is a text", "{" TOP ",\"git\":\"\"," BUILD "," OUTPUT "}",
     AW_ERR_TYPE},
    {"schema 2",
     "{\"schema_version\":2,\"component\":\"RECOVERY\"," GIT "," BUILD
     "," OUTPUT "}",
     AW_ERR_UNSUPPORTED},
    {"component of another case",
     "{\"schema_version\":0,\"component\":\"recovery\"," GIT "," BUILD
     "," OUTPUT "}",
     AW_ERR_UNSUPPORTED},
    {"long s",
     "{" TOP "," GIT "," BUILD "," OUTPUT ",\"\xc5\xbf"
     "chema_version\":0}",
     AW_ERR_FORMAT},
    {"Kelvin sign", WITH_BUILD("\"toolchain\":null,\"\xe2\x84\xaa\":1"),
     AW_ERR_TYPE},
    {"unknown key of one letter", WITH_BUILD("\"\xe2\x84\xaa\":1"), AW_OK},
    {"unknown key that begins like one", WITH_BUILD("\"Env\":1,\"ENVSS\":2"),
     AW_OK},
    {"upper-case envs", WITH_BUILD("\"ENVS\":[]"), AW_ERR_FORMAT},
    {"upper-case HAB", WITH_HAB("\"Target\":\"ci\"," HAB_DIGEST),
     AW_ERR_FORMAT},
    {"known key elsewhere", WITH_BUILD("\"Component\":1"), AW_OK},
    {"no tag", WITH_GIT("\"commit_fingerprint\":" COMMIT), AW_ERR_NOT_FOUND},
    {"no commit", WITH_GIT(TAG), AW_ERR_NOT_FOUND},
    {"tag too large",
     WITH_GIT("\"tag_name\":\"1.2.9223372036854775808\","
              "\"commit_fingerprint\":" COMMIT),
     AW_ERR_RANGE},
    {"commit of 39",
     WITH_GIT(TAG ",\"commit_fingerprint\":"
                  "\"aac1e176cfac1a1e079b5f624b83fda54b5d0f7\""),
     AW_ERR_FORMAT},
    {"commit of 41",
     WITH_GIT(TAG ",\"commit_fingerprint\":"
                  "\"aac1e176cfac1a1e079b5f624b83fda54b5d0f760\""),
     AW_ERR_FORMAT},
    {"commit in upper case",
     WITH_GIT(TAG ",\"commit_fingerprint\":"
                  "\"AAC1E176CFAC1A1E079B5F624B83FDA54B5D0F76\""),
     AW_ERR_FORMAT},
    {"commit with other letters",
     WITH_GIT(TAG ",\"commit_fingerprint\":"
                  "\"gac1e176cfac1a1e079b5f624b83fda54b5d0f76\""),
     AW_ERR_FORMAT},
    {"no tamago", WITH_BUILD(""), AW_OK},
    {"tamago null", WITH_BUILD("\"tamago_version\":null"), AW_ERR_TYPE},
    {"tamago with v", WITH_BUILD("\"tamago_version\":\"v1.22.0\""),
     AW_ERR_FORMAT},
    {"tamago with an escape", WITH_BUILD("\"tamago_version\":\"1.2.\\u0033\""),
     AW_ERR_FORMAT},
    {"envs with a number", WITH_BUILD("\"envs\":[\"A=1\",2]"), AW_ERR_TYPE},
    {"envs empty", WITH_BUILD("\"envs\":[]"), AW_OK},
    {"hab", WITH_HAB("\"target\":\"prod\"," HAB_DIGEST), AW_OK},
    {"hab without target", WITH_HAB(HAB_DIGEST), AW_ERR_NOT_FOUND},
    {"hab with empty target", WITH_HAB("\"target\":\"\"," HAB_DIGEST),
     AW_ERR_FORMAT},
    {"hab without digest", WITH_HAB("\"target\":\"ci\""), AW_ERR_NOT_FOUND},
    {"our keys",
     WITH_BUILD("\"recipe\":\"c-firmware-1\"," TOOLS
                ",\"sources_sha256\":" SHA),
     AW_OK},
    {"recipe empty", WITH_BUILD("\"recipe\":\"\""), AW_ERR_FORMAT},
    {"recipe a number", WITH_BUILD("\"recipe\":1"), AW_ERR_TYPE},
    {"toolchain without name",
     WITH_BUILD("\"toolchain\":{\"version\":\"1\",\"package_sha256\":" SHA "}"),
     AW_ERR_NOT_FOUND},
    {"toolchain without version",
     WITH_BUILD("\"toolchain\":{\"name\":\"1\",\"package_sha256\":" SHA "}"),
     AW_ERR_NOT_FOUND},
    {"toolchain without digest",
     WITH_BUILD("\"toolchain\":{\"name\":\"1\",\"version\":\"1\"}"),
     AW_ERR_NOT_FOUND},
    {"sources in base64", WITH_BUILD("\"sources_sha256\":" DIGEST),
     AW_ERR_FORMAT},
    {"sources in upper case",
     WITH_BUILD("\"sources_sha256\":\"00112233445566778899AABBCCDDEEFF"
                "00112233445566778899AABBCCDDEEFF\""),
     AW_ERR_FORMAT},
    {"sources cut by two",
     WITH_BUILD("\"sources_sha256\":\"112233445566778899aabbccddeeff"
                "00112233445566778899aabbccddeeff\""),
     AW_ERR_FORMAT},
    {"cut", "{" TOP "," GIT "," BUILD "," OUTPUT, AW_ERR_SHORT},
    {"array", "[]", AW_ERR_TYPE},
    {"two", "{}{}", AW_ERR_FORMAT},
};

START_TEST(fields)
{
    struct aw_manifest m = {.n_envs = 99};
    struct aw_diag diag = {0};
    aw_err err = parse(aw_text(cases[_i].text), &m, &diag);

    ck_assert_msg(err == cases[_i].want, "%s: %s at %s", cases[_i].name,
                  aw_err_name(err), diag.where);
    ck_assert(err == AW_OK ? diag.err == AW_OK : m.n_envs == 99);
}
END_TEST

START_TEST(our_keys)
{
    static const char want[] = "{\n"
                               "  \"schema_version\": 1,\n"
                               "  \"component\": \"RECOVERY\",\n"
                               "  \"git\": {\n"
                               "    \"tag_name\": \"1.2.3\",\n"
                               "    \"commit_fingerprint\": " COMMIT "\n"
                               "  },\n"
                               "  \"build\": {\n"
                               "    \"envs\": [\n"
                               "      \"A=1\"\n"
                               "    ],\n"
                               "    \"recipe\": \"c-firmware-1\",\n"
                               "    \"toolchain\": {\n"
                               "      \"name\": \"gcc\",\n"
                               "      \"version\": \"12\",\n"
                               "      \"package_sha256\": " SHA "\n"
                               "    },\n"
                               "    \"sources_sha256\": " SHA "\n"
                               "  },\n"
                               "  \"output\": {\n"
                               "    \"firmware_digest_sha256\": " DIGEST "\n"
                               "  }\n"
                               "}\n";
    struct aw_manifest m;

    ck_assert_int_eq(parse(aw_text(want), &m, NULL), AW_OK);
    ck_assert(!m.has_tamago && m.has_toolchain && m.has_sources_sha256);
    CK_ASSERT_BYTES(m.recipe, aw_text("c-firmware-1"));
    CK_ASSERT_BYTES(m.toolchain_name, aw_text("gcc"));
    CK_ASSERT_BYTES(m.toolchain_version, aw_text("12"));
    ck_assert_uint_eq(m.toolchain_sha256[31], 0xff);
    ck_assert_uint_eq(m.sources_sha256[1], 0x11);
    CK_ASSERT_BYTES(written(&m), aw_text(want));
}
END_TEST

/* Zeros in front of numbers are dropped, as upstream's tools do. */
START_TEST(canonical_version)
{
    struct aw_manifest m;

    ck_assert_int_eq(parse(aw_text(WITH_GIT("\"tag_name\":\"01.2.3-a+\","
                                            "\"commit_fingerprint\":" COMMIT)),
                           &m, NULL),
                     AW_OK);
    CK_ASSERT_BYTES(m.tag_name, aw_text("1.2.3-a"));
    ck_assert_uint_eq(m.version.major, 1);
    CK_ASSERT_BYTES(m.version.pre_release, aw_text("a"));
    ck_assert_ptr_eq(m.version.pre_release.p, m.tag_name.p + 6);
}
END_TEST

static aw_err parse_with_envs(size_t n, size_t *seen)
{
    static uint8_t text[4096];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_manifest m = {0};

    aw_wr_text(&w, "{" TOP "," GIT "," OUTPUT ",\"build\":{\"envs\":[");
    for (size_t i = 0; i < n; i++) {
        aw_wr_text(&w, i == 0 ? "\"E=" : ",\"E=");
        aw_wr_dec(&w, i);
        aw_wr_text(&w, "\"");
    }
    aw_wr_text(&w, "]}}");
    aw_err err = parse(aw_wr_done(&w), &m, NULL);

    *seen = m.n_envs;
    return err;
}

START_TEST(limits)
{
    static uint8_t text[AW_MANIFEST_MAX + 1];
    struct aw_manifest m;
    size_t n = 0;
    aw_bytes good = aw_text(cases[0].text);

    ck_assert_int_eq(parse_with_envs(AW_MANIFEST_ENVS_MAX, &n), AW_OK);
    ck_assert_uint_eq(n, AW_MANIFEST_ENVS_MAX);
    ck_assert_int_eq(parse_with_envs(AW_MANIFEST_ENVS_MAX + 1, &n),
                     AW_ERR_SPACE);
    memset(text, ' ', sizeof(text));
    memcpy(text, good.p, good.n);
    ck_assert_int_eq(parse((aw_bytes){text, AW_MANIFEST_MAX}, &m, NULL), AW_OK);
    ck_assert_int_eq(parse((aw_bytes){text, AW_MANIFEST_MAX + 1}, &m, NULL),
                     AW_ERR_SPACE);
}
END_TEST

START_TEST(small_work_area)
{
    struct aw_manifest m;
    bool fits = false;

    for (size_t cap = 0; cap < 8192; cap += 7) {
        struct aw_wr work = aw_wr_init(work_area, cap);
        aw_err err = aw_manifest_parse(aw_text(cases[0].text), &work, &m, NULL);

        ck_assert(err == AW_OK || (err == AW_ERR_SPACE && !fits));
        ck_assert(err == AW_OK || (work.n == 0 && !work.failed));
        fits = err == AW_OK;
    }
    ck_assert(fits);
}
END_TEST

START_TEST(narrow_output)
{
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_manifest m;

    ck_assert_int_eq(parse(aw_text(cases[0].text), &m, NULL), AW_OK);
    aw_manifest_write(&m, &w);
    ck_assert(w.failed);
}
END_TEST

START_TEST(too_many_envs_to_write)
{
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_manifest m = {.n_envs = AW_MANIFEST_ENVS_MAX + 1};

    aw_manifest_write(&m, &w);
}
END_TEST

static void add_writing(TCase *tc)
{
    tcase_add_loop_test(tc, write_what_was_read, 0, (int)COUNT(round_trips));
    tcase_add_test(tc, write_hab_and_envs);
    tcase_add_test(tc, write_without_digests);
    tcase_add_test(tc, write_zero);
    tcase_add_test(tc, narrow_output);
    tcase_add_test_raise_signal(tc, too_many_envs_to_write, SIGABRT);
}

Suite *suite_manifest(void)
{
    Suite *s = suite_create("manifest");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, parse_vectors);
    tcase_add_test(tc, deep_nesting);
    add_writing(tc);
    tcase_add_loop_test(tc, real, 0, (int)COUNT(reals));
    tcase_add_loop_test(tc, synthetic, 0, 23);
    tcase_add_loop_test(tc, fields, 0, (int)COUNT(cases));
    tcase_add_test(tc, our_keys);
    tcase_add_test(tc, canonical_version);
    tcase_add_test(tc, limits);
    tcase_add_test(tc, small_work_area);
    suite_add_tcase(s, tc);
    return s;
}
