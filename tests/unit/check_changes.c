/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/changes.h"

#include <string.h>

#include "suites.h"
#include "support.h"

static struct aw_manifest make(const char *version, const char *const *envs)
{
    struct aw_manifest m = {
        .component = AW_TRUSTED_OS,
        .has_component = true,
        .tag_name = aw_text(version),
        .commit = aw_text("0123456789abcdef0123456789abcdef01234567"),
        .tamago_version = aw_text("1.22.0"),
        .has_tamago = true,
    };

    for (; envs != NULL && *envs != NULL; envs++) {
        m.envs[m.n_envs++] = aw_text(*envs);
    }
    return m;
}

/* Number of the row; c->n when there is none. */
static size_t row_of(const struct aw_changes *c, const char *field)
{
    size_t i = 0;

    while (i < c->n &&
           (c->list[i].field == NULL || strcmp(c->list[i].field, field) != 0)) {
        i++;
    }
    return i;
}

static const struct aw_change *find(const struct aw_changes *c,
                                    const char *field)
{
    size_t i = row_of(c, field);

    ck_assert_msg(i < c->n, "%s", field);
    return &c->list[i];
}

START_TEST(fields)
{
    struct aw_manifest from = make("1.0.0", NULL);
    struct aw_manifest to = make("1.1.0", NULL);
    struct aw_changes c;

    to.firmware_sha256[31] = 1;
    to.has_hab = true;
    to.hab_target = aw_text("ci");
    to.has_toolchain = true;
    to.toolchain_name = aw_text("gcc");
    to.has_tamago = false;
    aw_manifest_changes(&from, &to, &c);
    ck_assert(aw_change_differs(find(&c, "version")));
    CK_ASSERT_BYTES(find(&c, "version")->from, aw_text("1.0.0"));
    CK_ASSERT_BYTES(find(&c, "version")->to, aw_text("1.1.0"));
    ck_assert(!aw_change_differs(find(&c, "component")));
    ck_assert(!aw_change_differs(find(&c, "commit")));
    ck_assert(!aw_change_differs(find(&c, "schema_version")));
    ck_assert(aw_change_differs(find(&c, "firmware_sha256")));
    ck_assert(find(&c, "firmware_sha256")->is_digest);
    ck_assert_uint_eq(find(&c, "firmware_sha256")->to.n, 32);
    ck_assert(!find(&c, "hab_target")->has_from);
    ck_assert(find(&c, "hab_target")->has_to);
    ck_assert(find(&c, "hab_signature_sha256")->has_to);
    ck_assert(find(&c, "tamago_version")->has_from);
    ck_assert(!find(&c, "tamago_version")->has_to);
    ck_assert(aw_change_differs(find(&c, "tamago_version")));
    /* An empty text is something else than none. */
    ck_assert(aw_change_differs(find(&c, "toolchain_version")));
    ck_assert_uint_eq(row_of(&c, "recipe"), c.n);
    ck_assert_uint_eq(row_of(&c, "sources_sha256"), c.n);
}
END_TEST

START_TEST(first_release)
{
    static const char *const envs[] = {"A=1", NULL};
    struct aw_manifest to = make("1.0.0", envs);
    struct aw_changes c;

    aw_manifest_changes(NULL, &to, &c);
    for (size_t i = 0; i < c.n; i++) {
        ck_assert(!c.list[i].has_from);
        ck_assert(aw_change_differs(&c.list[i]));
    }
    CK_ASSERT_BYTES(c.list[c.n - 1].env, aw_text("A"));
}
END_TEST

/* Rows "NAME from to", '-' for none, in order. */
static const struct {
    const char *from[6];
    const char *to[6];
    const char *want;
} envs[] = {
    {{NULL}, {NULL}, ""},
    {{"A=1"}, {"A=1"}, "A 1 1;"},
    {{"A=1"}, {"A=2"}, "A 1 2;"},
    {{"A=1", "B=2"}, {"B=2", "A=1"}, "B 2 2;A 1 1;"},
    {{"A=1"}, {"B=1"}, "B - 1;A 1 -;"},
    {{"A=1", "A=2"}, {"A=2"}, "A 1 2;A 2 -;"},
    {{"A=1"}, {"A=1", "A=2"}, "A 1 1;A - 2;"},
    {{"A=1=2"}, {"A=1=3"}, "A 1=2 1=3;"},
    {{"A"}, {"A="}, "A  ;"},
    {{"AB=1"}, {"A=1"}, "A - 1;AB 1 -;"},
};

START_TEST(environment)
{
    char text[256];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_manifest from = make("1.0.0", envs[_i].from);
    struct aw_manifest to = make("1.0.0", envs[_i].to);
    struct aw_changes c;

    aw_manifest_changes(&from, &to, &c);
    for (size_t i = 0; i < c.n; i++) {
        if (c.list[i].field != NULL) {
            continue;
        }
        aw_wr_put(&w, c.list[i].env);
        aw_wr_text(&w, " ");
        aw_wr_put(&w, c.list[i].has_from ? c.list[i].from : aw_text("-"));
        aw_wr_text(&w, " ");
        aw_wr_put(&w, c.list[i].has_to ? c.list[i].to : aw_text("-"));
        aw_wr_text(&w, ";");
    }
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(envs[_i].want));
}
END_TEST

START_TEST(most)
{
    struct aw_manifest from = make("1.0.0", NULL);
    struct aw_manifest to = make("1.0.0", NULL);
    struct aw_changes c;

    from.n_envs = AW_MANIFEST_ENVS_MAX;
    to.n_envs = AW_MANIFEST_ENVS_MAX;
    for (size_t i = 0; i < AW_MANIFEST_ENVS_MAX; i++) {
        from.envs[i] = aw_text("A=1");
        to.envs[i] = aw_text("B=1");
    }
    to.has_hab = to.has_toolchain = to.has_sources_sha256 = true;
    to.recipe = aw_text("c-firmware-1");
    aw_manifest_changes(&from, &to, &c);
    ck_assert_uint_eq(c.n, AW_CHANGES_MAX);
}
END_TEST

Suite *suite_changes(void)
{
    Suite *s = suite_create("changes");
    TCase *tc = tcase_create("manifests");

    tcase_add_test(tc, fields);
    tcase_add_test(tc, first_release);
    tcase_add_loop_test(tc, environment, 0, (int)COUNT(envs));
    tcase_add_test(tc, most);
    suite_add_tcase(s, tc);
    return s;
}
