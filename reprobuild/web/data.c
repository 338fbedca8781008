/* SPDX-License-Identifier: Apache-2.0 */
/* What a monitor keeps, in the form that pages show. */
#include <string.h>

#include "aw/reprobuild/web.h"
#include "aw/text.h"

const char *aw_web_state_name(unsigned state)
{
    return state >= AW_WEB_PENDING
               ? "pending"
               : aw_rb_verdict_name((enum aw_rb_verdict)state);
}

bool aw_web_state_parse(aw_bytes text, unsigned *state)
{
    for (unsigned i = 0; i < AW_WEB_STATES; i++) {
        if (aw_bytes_is(text, aw_web_state_name(i))) {
            *state = i;
            return true;
        }
    }
    return false;
}

/* --- A release ------------------------------------------------------------ */

/* Who signed, and the text that was signed. */
static aw_bytes read_signer(const struct aw_policy *policy,
                            struct aw_web_release *release)
{
    struct aw_note note;
    struct aw_note_sig sig;
    struct aw_rd r;

    release->signer = AW_WEB_UNSIGNED;
    if (aw_note_split(release->note, &note, NULL) != AW_OK) {
        return release->note;
    }
    aw_bytes text = note.text;

    r = aw_rd_init(note.sigs);
    if (aw_note_sig_next(&r, &sig) != AW_OK) {
        return text;
    }
    release->signer = AW_WEB_UNKNOWN;
    aw_err err = aw_note_open(release->note, policy->rebuilder,
                              policy->n_rebuilders, &note, NULL);

    if (err == AW_ERR_SIG) {
        release->signer = AW_WEB_BAD;
    }
    for (size_t i = 0; err == AW_OK && i < policy->n_rebuilders; i++) {
        if (note.verified[i] != 0) {
            release->signer = AW_WEB_KNOWN;
            sig.name = policy->rebuilder[i].name;
            sig.id = policy->rebuilder[i].id;
            break;
        }
    }
    release->signer_name = sig.name;
    release->signer_id = sig.id;
    return text;
}

void aw_web_release_read(const struct aw_rebuilds_row *row,
                         const struct aw_policy *policy,
                         struct aw_web_release *release)
{
    *release = (struct aw_web_release){
        .index = row->index,
        .state = row->verdict < 0 || row->verdict > AW_RB_REFUSED
                     ? AW_WEB_PENDING
                     : (unsigned)row->verdict,
        .tries = row->tries,
        .time = row->time,
        .next_time = row->next_time,
        .acknowledged = row->acknowledged,
        .detail = row->detail,
        .note = row->note,
    };
    if (row->note.n == 0) {
        return;
    }
    aw_bytes text = read_signer(policy, release);

    if (aw_rb_result_parse(text, &release->result, NULL) == AW_OK &&
        release->result.has_index && release->result.index == row->index &&
        release->result.verdict == release->state) {
        release->has_result = true;
    } else {
        memset(&release->result, 0, sizeof(release->result));
    }
}

/* --- An explanation ------------------------------------------------------- */

/* The value of the next line, if it has that key. */
static bool next_value(struct aw_rd *r, const char *key, aw_bytes *value)
{
    aw_bytes line = aw_rd_line(r);
    size_t n = strlen(key);

    return !r->failed && aw_bytes_starts(line, key) &&
           aw_slice(line, n, line.n - n, value);
}

static bool next_dec(struct aw_rd *r, const char *key, uint64_t *v)
{
    aw_bytes value;

    return next_value(r, key, &value) && aw_dec_parse(value, v) == AW_OK;
}

static bool next_hex(struct aw_rd *r, const char *key, uint64_t *v)
{
    aw_bytes value;

    return next_value(r, key, &value) && aw_hex_parse_u64(value, v) == AW_OK;
}

aw_err aw_web_explanation_parse(aw_bytes text,
                                struct aw_web_explanation *explanation)
{
    static const char nothing[] = "no other image to compare with";
    struct aw_web_explanation e = {.has = true};
    struct aw_rd r = aw_rd_init(text);
    aw_bytes value;

    if (text.n > AW_WEB_EXPLAIN_MAX) {
        return AW_ERR_SPACE;
    }
    if (!next_value(&r, "verdict: ", &value) ||
        !next_value(&r, "reason: ", &value)) {
        return AW_ERR_FORMAT;
    }
    struct aw_rd peek = r;

    if (next_value(&peek, nothing, &value) && value.n == 0) {
        *explanation = (struct aw_web_explanation){.has = false};
        return AW_OK;
    }
    bool ok = next_value(&r, "compared with: ", &value);

    e.between = ok && aw_bytes_is(value, "the second pass");
    ok = ok && next_hex(&r, "first offset: 0x", &e.offset);
    ok = ok && next_dec(&r, "bytes: ", &e.bytes);
    ok = ok && next_dec(&r, "ranges: ", &e.ranges);
    ok = ok && next_value(&r, "area: ", &e.area);
    ok = ok && next_hex(&r, "address: 0x", &e.address);
    ok = ok && next_value(&r, "symbol: ", &e.symbol);
    ok = ok && next_value(&r, "source: ", &e.source);
    if (!ok || aw_rd_left(&r) != 0) {
        return AW_ERR_FORMAT;
    }
    *explanation = e;
    return AW_OK;
}

/* --- Counts --------------------------------------------------------------- */

static bool is_finding(const struct aw_web_release *release)
{
    return release->state != AW_RB_REPRODUCED &&
           release->state != AW_WEB_PENDING;
}

void aw_web_site_count(struct aw_web_site *site,
                       const struct aw_web_release *release)
{
    size_t row =
        release->has_result ? (size_t)release->result.component : AW_WEB_OTHER;

    site->count[row][release->state]++;
    if (is_finding(release) && !release->acknowledged) {
        site->open++;
    }
    if (release->time > site->last_build) {
        site->last_build = release->time;
    }
}

uint64_t aw_web_site_sum(const struct aw_web_site *site, unsigned state)
{
    uint64_t sum = 0;

    for (size_t i = 0; i <= AW_COMPONENTS; i++) {
        sum += site->count[i][state];
    }
    return sum;
}

uint64_t aw_web_site_total(const struct aw_web_site *site)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < AW_WEB_STATES; i++) {
        sum += aw_web_site_sum(site, i);
    }
    return sum;
}

uint64_t aw_web_site_missing(const struct aw_web_site *site)
{
    uint64_t total = aw_web_site_total(site);

    return site->seen && site->size > total ? site->size - total : 0;
}

bool aw_web_site_stale(const struct aw_web_site *site)
{
    return !site->has_pulse || site->pulse.ended || site->pulse.exit != 0 ||
           (site->stale_s > 0 && site->now - site->pulse.time > site->stale_s);
}

/* --- Filters -------------------------------------------------------------- */

static bool read_word(aw_bytes word, struct aw_web_filter *f)
{
    enum { PAGE_MAX = 1000000000 };
    struct aw_rd r = aw_rd_init(word);
    aw_bytes key = aw_rd_until(&r, '=');
    aw_bytes value = aw_rd_rest(&r);

    if (r.failed) {
        return false;
    }
    if (aw_bytes_is(key, "show") && aw_bytes_is(value, "findings")) {
        f->findings = true;
        return true;
    }
    if (aw_bytes_is(key, "verdict")) {
        f->by_state = aw_web_state_parse(value, &f->state);
        return f->by_state;
    }
    if (aw_bytes_is(key, "component")) {
        f->by_component = aw_component_parse(value, &f->component) == AW_OK;
        return f->by_component;
    }
    return aw_bytes_is(key, "page") && aw_dec_parse(value, &f->page) == AW_OK &&
           f->page >= 1 && f->page <= PAGE_MAX;
}

aw_err aw_web_filter_parse(aw_bytes query, struct aw_web_filter *filter)
{
    struct aw_web_filter f = {.page = 1};
    size_t at = 0;

    while (at < query.n) {
        size_t end = aw_bytes_find(query, at, '&');
        aw_bytes word;

        if (!aw_slice(query, at, end - at, &word) || !read_word(word, &f)) {
            return AW_ERR_FORMAT;
        }
        at = end + 1;
    }
    *filter = f;
    return AW_OK;
}

bool aw_web_filter_has(const struct aw_web_filter *filter,
                       const struct aw_web_release *release)
{
    if (filter->findings && !is_finding(release)) {
        return false;
    }
    if (filter->by_state && filter->state != release->state) {
        return false;
    }
    return !filter->by_component ||
           (release->has_result &&
            release->result.component == filter->component);
}
