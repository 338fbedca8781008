/* SPDX-License-Identifier: Apache-2.0 */
/* Pages about rebuilds: what they say, and that nothing of a hostile log gets
 * out of its place. */
#include <stdio.h>
#include <string.h>

#include "aw/ed25519.h"
#include "aw/reprobuild/web.h"
#include "common/buf.h"
#include "suites.h"
#include "support.h"

#define HOSTILE                                                          \
    "</title><script>alert(1)</script>\"' onload='x' &amp; \xe2\x80\x8b" \
    "\xff\x01]]>-->"

static struct aw_buf buf;
static struct aw_sink out;
static struct aw_web_site site;
static struct aw_policy policy;

static void setup(void)
{
    memset(&buf, 0, sizeof(buf));
    memset(&site, 0, sizeof(site));
    out = aw_buf_sink(&buf);
    aw_policy_init(&policy);
    site.version = "0";
    site.base = "";
    site.origin = aw_text("example.com/log");
    site.now = 1795000000;
}

static void teardown(void)
{
    aw_buf_wipe(&buf);
}

/* What was written, as a text, from the start. */
static const char *text(void)
{
    aw_sink_put(&out, (aw_bytes){(const uint8_t *)"", 1});
    return (const char *)buf.p;
}

static bool has(const char *part)
{
    return strstr(text(), part) != NULL;
}

static void again(void)
{
    aw_buf_wipe(&buf);
}

static char note_text[4096];

static aw_bytes result(const char *version, const char *verdict,
                       const char *reason)
{
    static const char zero[] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    bool built = strcmp(verdict, "reproduced") == 0;
    int n = snprintf(
        note_text, sizeof(note_text),
        "aw-rebuild 1\norigin example.com/log\nindex 7\nleaf %s\n"
        "component TRUSTED_OS\nversion %s\n"
        "commit 0123456789abcdef0123456789abcdef01234567\n"
        "recipe c-firmware-1\nexpected %s\nbuilt %s\npasses %d\nvaried -\n"
        "memory -\nverdict %s\nreason %s\n",
        zero, version, zero, built ? zero : "-", built ? 2 : 0, verdict,
        reason);

    return (aw_bytes){(const uint8_t *)note_text, (size_t)n};
}

static struct aw_web_release release_of(int64_t verdict, aw_bytes note,
                                        const char *detail)
{
    const struct aw_rebuilds_row row = {.index = 7,
                                        .verdict = verdict,
                                        .tries = 1,
                                        .time = 1794000000,
                                        .detail = aw_text(detail),
                                        .note = note};
    struct aw_web_release r;

    aw_web_release_read(&row, &policy, &r);
    return r;
}

/* --- Data ----------------------------------------------------------------- */

START_TEST(reads_release)
{
    struct aw_web_release r =
        release_of(AW_RB_REPRODUCED, result("1.0.0", "reproduced", "-"), "-");

    ck_assert(r.has_result);
    ck_assert_uint_eq(r.state, AW_RB_REPRODUCED);
    ck_assert(r.signer == AW_WEB_UNSIGNED);
    CK_ASSERT_BYTES(r.result.version, aw_text("1.0.0"));

    /* Of another verdict, of another leaf, damaged, none. */
    r = release_of(AW_RB_FAILED, result("1.0.0", "reproduced", "-"), "-");
    ck_assert(!r.has_result);
    ck_assert_uint_eq(r.result.version.n, 0);
    r = release_of(AW_RB_REPRODUCED, aw_text("aw-rebuild 1\n"), "-");
    ck_assert(!r.has_result);
    r = release_of(AW_RB_REFUSED, aw_text(""), "no release");
    ck_assert(!r.has_result && r.state == AW_RB_REFUSED);
    r = release_of(AW_REBUILDS_PENDING, aw_text(""), "");
    ck_assert_uint_eq(r.state, AW_WEB_PENDING);
    r = release_of(99, aw_text(""), "");
    ck_assert_uint_eq(r.state, AW_WEB_PENDING);
}
END_TEST

static const struct {
    const char *name;
    bool known;  /* the policy has the key */
    bool broken; /* a bit of the text is changed */
    enum aw_web_signed want;
} signings[] = {
    {"of the policy", true, false, AW_WEB_KNOWN},
    {"of somebody", false, false, AW_WEB_UNKNOWN},
    {"wrong", true, true, AW_WEB_BAD},
    {"wrong, of somebody", false, true, AW_WEB_UNKNOWN},
};

START_TEST(knows_signer)
{
    static const uint8_t seed[32] = {1};
    uint8_t note[4096];
    struct aw_wr w = aw_wr_init(note, sizeof(note));
    struct aw_skey key;
    aw_bytes signed_text = result("1.0.0", "reproduced", "-");

    ck_assert(aw_skey_init(aw_text("rebuilder"), AW_KEY_ED25519, seed, &key,
                           NULL) == AW_OK);
    aw_wr_put(&w, signed_text);
    aw_wr_text(&w, "\n");
    ck_assert(aw_note_sign(signed_text, &key, 0, &w) == AW_OK);
    if (signings[_i].known) {
        ck_assert(aw_vkey_init(aw_text("rebuilder"), AW_KEY_ED25519,
                               (aw_bytes){key.public_key, 32},
                               &policy.rebuilder[0], NULL) == AW_OK);
        policy.n_rebuilders = 1;
    }
    if (signings[_i].broken) {
        uint8_t *at = memmem(note, w.n, "1.0.0", 5);

        ck_assert_ptr_nonnull(at);
        *at = '2';
    }
    struct aw_web_release r = release_of(AW_RB_REPRODUCED, aw_wr_done(&w), "-");

    ck_assert_msg(r.signer == signings[_i].want, "%s: %d", signings[_i].name,
                  (int)r.signer);
    ck_assert(r.has_result);
    CK_ASSERT_BYTES(r.signer_name, aw_text("rebuilder"));
    ck_assert_uint_eq(r.signer_id, key.id);
    aw_skey_wipe(&key);
}
END_TEST

#define HEAD "verdict: differs\nreason: -\n"
#define BODY                                                                 \
    "compared with: the second pass\nfirst offset: 0x1f\nbytes: 2\nranges: " \
    "1\narea: a\naddress: 0x10\nsymbol: s\nsource: f:1\n"

static const struct {
    const char *text;
    aw_err want;
    bool has;
} explanations[] = {
    {HEAD BODY, AW_OK, true},
    {HEAD "no other image to compare with\n", AW_OK, false},
    {HEAD, AW_ERR_FORMAT, false},
    {"", AW_ERR_FORMAT, false},
    {HEAD BODY "more\n", AW_ERR_FORMAT, false},
    {HEAD "compared with: x\nfirst offset: 1f\n", AW_ERR_FORMAT, false},
    {"reason: -\nverdict: differs\n" BODY, AW_ERR_FORMAT, false},
};

START_TEST(reads_explanation)
{
    struct aw_web_explanation e = {.bytes = 99};
    aw_err err = aw_web_explanation_parse(aw_text(explanations[_i].text), &e);

    ck_assert_int_eq(err, explanations[_i].want);
    ck_assert(e.has == explanations[_i].has);
    if (err != AW_OK) {
        ck_assert_uint_eq(e.bytes, 99); /* untouched */
    } else if (e.has) {
        ck_assert(e.between);
        ck_assert_uint_eq(e.offset, 0x1f);
        ck_assert_uint_eq(e.address, 0x10);
        CK_ASSERT_BYTES(e.source, aw_text("f:1"));
    }
}
END_TEST

START_TEST(refuses_long_explanation)
{
    static uint8_t large[AW_WEB_EXPLAIN_MAX + 1];
    struct aw_web_explanation e;

    ck_assert_int_eq(
        aw_web_explanation_parse((aw_bytes){large, sizeof(large)}, &e),
        AW_ERR_SPACE);
}
END_TEST

static const struct {
    const char *query;
    bool ok;
} queries[] = {
    {"", true},
    {"show=findings", true},
    {"verdict=differs", true},
    {"verdict=pending&component=RECOVERY&page=3", true},
    {"verdict=timed-out", true},
    {"page=1000000000", true},
    {"page=1000000001", false},
    {"page=0", false},
    {"page=01", false},
    {"page=-1", false},
    {"page=", false},
    {"page", false},
    {"show=all", false},
    {"verdict=Differs", false},
    {"component=recovery", false},
    {"x=1", false},
    {"verdict=%64iffers", false},
    {"&", false},
    {"?", false},
    {"page=18446744073709551616", false},
};

START_TEST(reads_query)
{
    struct aw_web_filter f = {.page = 99};
    aw_err err = aw_web_filter_parse(aw_text(queries[_i].query), &f);

    ck_assert_msg((err == AW_OK) == queries[_i].ok, "%s", queries[_i].query);
    ck_assert(queries[_i].ok || f.page == 99);
}
END_TEST

START_TEST(filters)
{
    struct aw_web_release good =
        release_of(AW_RB_REPRODUCED, result("1.0.0", "reproduced", "-"), "-");
    struct aw_web_release waiting =
        release_of(AW_REBUILDS_PENDING, aw_text(""), "");
    struct aw_web_release bad =
        release_of(AW_RB_REFUSED, result("1", "refused", "-"), "-");
    struct aw_web_filter f;

    ck_assert(aw_web_filter_parse(aw_text("show=findings"), &f) == AW_OK);
    ck_assert(!aw_web_filter_has(&f, &good) && aw_web_filter_has(&f, &bad) &&
              !aw_web_filter_has(&f, &waiting));
    ck_assert(aw_web_filter_parse(aw_text("component=TRUSTED_OS"), &f) ==
              AW_OK);
    ck_assert(aw_web_filter_has(&f, &good) && !aw_web_filter_has(&f, &waiting));
    ck_assert(aw_web_filter_parse(aw_text("component=RECOVERY"), &f) == AW_OK);
    ck_assert(!aw_web_filter_has(&f, &good));
    ck_assert(aw_web_filter_parse(aw_text("verdict=refused"), &f) == AW_OK);
    ck_assert(aw_web_filter_has(&f, &bad) && !aw_web_filter_has(&f, &good));
    ck_assert(aw_web_filter_parse(aw_text(""), &f) == AW_OK);
    ck_assert(aw_web_filter_has(&f, &waiting));
}
END_TEST

START_TEST(stale)
{
    ck_assert(aw_web_site_stale(&site));
    site.has_pulse = true;
    site.stale_s = 60;
    site.pulse.time = site.now - 60;
    ck_assert(!aw_web_site_stale(&site));
    site.pulse.time--;
    ck_assert(aw_web_site_stale(&site));
    site.stale_s = 0;
    ck_assert(!aw_web_site_stale(&site));
    site.pulse.exit = 20;
    ck_assert(aw_web_site_stale(&site));
    site.pulse.exit = 0;
    site.pulse.ended = true;
    ck_assert(aw_web_site_stale(&site));
}
END_TEST

/* --- Escaping ------------------------------------------------------------- */

/* All texts that come from outside are hostile at once. */
static void hostile(struct aw_web_release *r)
{
    aw_bytes bad = aw_text(HOSTILE);

    memset(r, 0, sizeof(*r));
    r->index = 7;
    r->state = AW_RB_DIFFERS;
    r->time = 1;
    r->detail = r->note = r->signer_name = bad;
    r->signer = AW_WEB_UNKNOWN;
    r->has_result = true;
    r->has_log[0] = true;
    r->result.version = r->result.commit = r->result.recipe = bad;
    r->result.varied = r->result.memory = r->result.reason = bad;
    r->result.origin = bad;
    r->explanation.has = true;
    r->explanation.area = r->explanation.symbol = r->explanation.source = bad;
    site.origin = bad;
    site.n_alerts = 1;
    site.alert[0].kind = AW_FINDING_FORK;
    site.alert[0].detail = bad;
    site.has_pulse = true;
}

static void assert_safe(const char *what)
{
    static const char *const never[] = {
        "<script", "onload='", "\" '", "&amp; \xe2\x80\x8b",
        "\xff",    "\x01",     "]]>",  "-->"};

    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        ck_assert_msg(!has(never[i]), "%s: %s", what, never[i]);
    }
}

START_TEST(escapes_markup)
{
    struct aw_web_release r;
    struct aw_web_list list = {.total = 1, .n = 1, .release = &r};
    const struct aw_web_log log = {0, aw_text(HOSTILE), true};

    hostile(&r);
    list.filter.page = 1;
    aw_web_index(&site, &list, &out);
    assert_safe("index");
    ck_assert(has("&lt;script&gt;") && has("\\u{200b}") && has("\\xff"));
    again();
    aw_web_release_page(&site, &r, &out);
    assert_safe("release");
    again();
    aw_web_log_page(&site, &r, &log, &out);
    assert_safe("log");
    again();
    aw_web_feed(&site, &list, &out);
    assert_safe("feed");
    again();
    aw_web_error_page(&site, "", HOSTILE, &out);
    assert_safe("error");
}
END_TEST

START_TEST(escapes_data)
{
    struct aw_web_release r;
    struct aw_web_list list = {.total = 1, .n = 1, .release = &r};

    hostile(&r);
    list.filter.page = 1;
    aw_web_json_list(&site, &list, &out);
    aw_web_json_status(&site, &out);
    aw_web_json_release(&site, &r, &out);
    ck_assert(!has("<script") && !has("\xff") && !has("\x01"));
    ck_assert(has("\\u003cscript\\u003e") && has("\\ufffd"));
    again();
    site.origin = aw_text("a\"b\\c\nd\x01"
                          "e");
    aw_web_metrics(&site, &out);
    ck_assert(has("origin=\"a\\\"b\\\\c\\nde\""));
}
END_TEST

/* --- Pages ---------------------------------------------------------------- */

static const struct {
    uint64_t good;
    uint64_t differ;
    uint64_t failed;
    uint64_t waiting;
    const char *title;
    const char *badge;
} headlines[] = {
    {0, 0, 0, 0, "0 releases are known", "0 of 0, stale"},
    {1, 0, 0, 0, "1 release is reproduced from its source", "1 of 1"},
    {5, 0, 0, 0, "5 releases are reproduced from their source", "5 of 5"},
    {0, 0, 0, 2, "None was rebuilt here yet.", "0 of 2"},
    {5, 0, 0, 1, "1 release waits to be rebuilt", "5 of 6"},
    {5, 0, 2, 1, "2 releases could not be reproduced", "5 of 8"},
    {5, 1, 2, 1, "1 release does not match its source", "1 differs"},
    {5, 3, 0, 0, "3 releases do not match their source", "3 differ"},
};

START_TEST(headline)
{
    struct aw_web_list list = {.total = 0};

    list.filter.page = 1;
    site.count[0][AW_RB_REPRODUCED] = headlines[_i].good;
    site.count[1][AW_RB_DIFFERS] = headlines[_i].differ;
    site.count[2][AW_RB_FAILED] = headlines[_i].failed;
    site.count[AW_WEB_OTHER][AW_WEB_PENDING] = headlines[_i].waiting;
    aw_web_index(&site, &list, &out);
    ck_assert_msg(has(headlines[_i].title), "%s", text());
    ck_assert(has("Nothing to show here."));
    again();
    aw_web_badge(&site, &out);
    ck_assert_msg(has(headlines[_i].badge), "%s", text());
}
END_TEST

/* Green is for all releases, of a log that behaves, by a monitor that runs. */
START_TEST(badge)
{
    static const char green[] = "#12703f";

    site.count[0][AW_RB_REPRODUCED] = 5;
    aw_web_badge(&site, &out);
    ck_assert(has("5 of 5, stale") && !has(green));
    again();
    site.has_pulse = true;
    aw_web_badge(&site, &out);
    ck_assert(has("5 of 5<") && has(green));
    again();
    site.n_alerts = 1;
    aw_web_badge(&site, &out);
    ck_assert(has("the log misbehaves") && !has(green));
    again();
    site.alert[0].acknowledged = true;
    aw_web_badge(&site, &out);
    ck_assert(has(green));
}
END_TEST

START_TEST(counts)
{
    struct aw_web_release good =
        release_of(AW_RB_REPRODUCED, result("1.0.0", "reproduced", "-"), "-");
    struct aw_web_release bad = release_of(AW_RB_REFUSED, aw_text(""), "-");

    aw_web_site_count(&site, &good);
    aw_web_site_count(&site, &bad);
    bad.acknowledged = true;
    bad.time += 5;
    aw_web_site_count(&site, &bad);
    ck_assert_uint_eq(site.count[AW_TRUSTED_OS][AW_RB_REPRODUCED], 1);
    ck_assert_uint_eq(site.count[AW_WEB_OTHER][AW_RB_REFUSED], 2);
    ck_assert_uint_eq(site.open, 1);
    ck_assert_int_eq(site.last_build, 1794000005);
    ck_assert_uint_eq(aw_web_site_sum(&site, AW_RB_REFUSED), 2);
    aw_web_metrics(&site, &out);
    ck_assert(has("aw_rebuild_releases{component=\"TRUSTED_OS\","
                  "verdict=\"reproduced\"} 1\n"));
    ck_assert(has("aw_rebuild_findings_unacknowledged 1\n"));
    ck_assert(!has("aw_rebuild_log_size") && !has("aw_rebuild_running"));
    again();
    site.seen = site.has_pulse = true;
    site.size = 12;
    aw_web_metrics(&site, &out);
    ck_assert(has("aw_rebuild_log_size 12\n") && has("aw_rebuild_running 1\n"));
}
END_TEST

START_TEST(pages)
{
    struct aw_web_list list = {.total = 120};

    list.filter.page = 2;
    list.filter.by_state = true;
    list.filter.state = AW_RB_FAILED;
    aw_web_index(&site, &list, &out);
    ck_assert(has("Page 2 of 3"));
    ck_assert(has("href=\"?verdict=failed&amp;page=1\""));
    ck_assert(has("href=\"?verdict=failed&amp;page=3\""));
    again();
    list.filter.page = 9; /* beyond the end there is a way back */
    aw_web_index(&site, &list, &out);
    ck_assert(has("href=\"?verdict=failed&amp;page=3\"") && !has("Older"));
}
END_TEST

START_TEST(feed_ids_stay)
{
    struct aw_web_release r = release_of(AW_RB_REFUSED, aw_text(""), "-");
    struct aw_web_list list = {.total = 1, .n = 1, .release = &r};
    char first[4096];

    site.base = "https://example.com/x";
    aw_web_feed(&site, &list, &out);
    ck_assert(has("href=\"https://example.com/x/release/7\""));
    ck_assert(has("<updated>2026-11-06T"));
    ck_assert_uint_lt(strlen(text()), sizeof(first));
    memcpy(first, text(), strlen(text()) + 1);
    again();
    site.now += 99999;
    r.tries++;
    aw_web_feed(&site, &list, &out);
    ck_assert_str_eq(text(), first);
}
END_TEST

START_TEST(files)
{
    ck_assert(aw_bytes_starts(aw_web_style(), "/* SPDX"));
    ck_assert(aw_bytes_starts(aw_web_icon(), "<!-- SPDX"));
}
END_TEST

Suite *suite_web(void)
{
    Suite *s = suite_create("web");
    TCase *tc = tcase_create("web");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, reads_release);
    tcase_add_loop_test(tc, knows_signer, 0, COUNT(signings));
    tcase_add_loop_test(tc, reads_explanation, 0, COUNT(explanations));
    tcase_add_test(tc, refuses_long_explanation);
    tcase_add_loop_test(tc, reads_query, 0, COUNT(queries));
    tcase_add_test(tc, filters);
    tcase_add_test(tc, stale);
    tcase_add_test(tc, escapes_markup);
    tcase_add_test(tc, escapes_data);
    tcase_add_loop_test(tc, headline, 0, COUNT(headlines));
    tcase_add_test(tc, badge);
    tcase_add_test(tc, counts);
    tcase_add_test(tc, pages);
    tcase_add_test(tc, feed_ids_stay);
    tcase_add_test(tc, files);
    suite_add_tcase(s, tc);
    return s;
}
