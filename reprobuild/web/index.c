/* SPDX-License-Identifier: Apache-2.0 */
/* The page with the status of all releases. */
#include "html.h"

enum { COMMIT_SHOWN = 12 };

/* --- What to know first --------------------------------------------------- */

enum tone { TONE_GOOD, TONE_BAD, TONE_WARN, TONE_QUIET };

static const char *const tones[] = {"good", "bad", "warn", "quiet"};

struct headline {
    enum tone tone;
    unsigned mark; /* state whose mark is shown */
    uint64_t n;
    const char *one;  /* behind the number 1 */
    const char *more; /* behind any other number */
    const char *rest;
};

/* What did not match, before anything else. */
static bool find_bad(const struct aw_web_site *site, struct headline *h)
{
    uint64_t differ = aw_web_site_sum(site, AW_RB_DIFFERS);
    uint64_t alerts = web_alerts_open(site);

    if (differ > 0) {
        *h = (struct headline){
            TONE_BAD,
            AW_RB_DIFFERS,
            differ,
            " release does not match its source",
            " releases do not match their source",
            "The image in the log is not what the source gives. Do not use "
            "such a release before its signers have explained why."};
    } else if (alerts > 0) {
        *h = (struct headline){
            TONE_BAD,
            AW_RB_DIFFERS,
            alerts,
            " finding about the log itself",
            " findings about the log itself",
            "What it shows to others may be something else. Rely on none of "
            "its releases before that is explained."};
    }
    return differ > 0 || alerts > 0;
}

/* All that is known here is reproduced: whether that is all there is. */
static struct headline find_good(const struct aw_web_site *site, uint64_t good)
{
    struct headline h = {
        TONE_GOOD,
        AW_RB_REPRODUCED,
        good,
        " release is reproduced from its source",
        " releases are reproduced from their source",
        "Every release in the log was rebuilt, and gave the same bytes each "
        "time."};

    if (aw_web_site_missing(site) > 0) {
        h.tone = TONE_QUIET;
        h.rest = "The log has more entries, which were not rebuilt here.";
    } else if (aw_web_site_stale(site)) {
        h.tone = TONE_QUIET;
        h.rest = "Every release that was seen was rebuilt, and gave the same "
                 "bytes each time. There may be newer ones.";
    }
    return h;
}

static struct headline find_headline(const struct aw_web_site *site)
{
    uint64_t good = aw_web_site_sum(site, AW_RB_REPRODUCED);
    uint64_t waiting = aw_web_site_sum(site, AW_WEB_PENDING);
    uint64_t total = aw_web_site_total(site);
    uint64_t other = total - good - waiting;
    struct headline h;

    if (find_bad(site, &h)) {
        return h;
    }
    if (other > 0) {
        return (struct headline){
            TONE_WARN,
            AW_RB_UNAVAILABLE,
            other,
            " release could not be reproduced",
            " releases could not be reproduced",
            "That is no proof against them, and none for them either."};
    }
    if (total == 0) {
        return (struct headline){
            TONE_QUIET, AW_WEB_PENDING,        0,
            NULL,       " releases are known", "Nothing was rebuilt here yet."};
    }
    if (waiting > 0) {
        return (struct headline){
            TONE_QUIET,
            AW_WEB_PENDING,
            waiting,
            " release waits to be rebuilt",
            " releases wait to be rebuilt",
            good > 0 ? "All others here gave the same bytes from their source."
                     : "None was rebuilt here yet."};
    }
    return find_good(site, good);
}

static void put_hero(const struct aw_web_site *site, const struct aw_sink *out)
{
    struct headline h = find_headline(site);

    web_raw(out, "<section class=\"hero ");
    web_raw(out, tones[h.tone]);
    web_raw(out, "\" aria-labelledby=\"headline\">\n");
    web_mark(h.mark, out);
    web_raw(out, "<div>\n<p class=\"origin\">");
    web_text(out, site->origin);
    web_raw(out, "</p>\n<h1 id=\"headline\">");
    web_dec(out, h.n);
    web_raw(out, h.n == 1 ? h.one : h.more);
    web_raw(out, "</h1>\n<p>");
    web_raw(out, h.rest);
    web_raw(out, "</p>\n</div>\n</section>\n");
}

static void put_why_stale(const struct aw_web_site *site,
                          const struct aw_sink *out)
{
    const struct aw_rebuilds_pulse *p = &site->pulse;

    if (!site->has_pulse) {
        web_raw(out, "No monitor has run here yet.");
        return;
    }
    if (p->look_time > 0) {
        web_raw(out, "It last saw the log ");
        web_ago(out, site->now, p->look_time);
        web_raw(out, "; what came since is not shown here.");
    } else {
        web_raw(out, "It has not seen the log yet.");
    }
    if (p->ended) {
        web_raw(out, " It was stopped at ");
        web_time(out, p->time);
        web_raw(out, ".");
    } else if (p->exit > 0) {
        web_raw(out, " Its last look failed with exit code ");
        web_dec(out, (uint64_t)p->exit);
        web_raw(out, ".");
    }
}

static void put_stale(const struct aw_web_site *site, const struct aw_sink *out)
{
    if (!aw_web_site_stale(site)) {
        return;
    }
    web_raw(out, "<section class=\"alert warn\" aria-labelledby=\"stale\">\n"
                 "<h2 id=\"stale\">The monitor stands still</h2>\n<p>");
    put_why_stale(site, out);
    web_raw(out, "</p>\n</section>\n");
}

static void put_alerts(const struct aw_web_site *site,
                       const struct aw_sink *out)
{
    if (web_alerts_open(site) == 0) {
        return;
    }
    web_raw(out, "<section class=\"alert bad\" aria-labelledby=\"alerts\">\n"
                 "<h2 id=\"alerts\">The log misbehaves</h2>\n<ul>\n");
    for (size_t i = site->n_alerts; i > 0; i--) {
        const struct aw_web_alert *a = &site->alert[i - 1];

        if (!a->acknowledged) {
            web_raw(out, "<li><strong>");
            web_raw(out, aw_finding_name(a->kind));
            web_raw(out, "</strong>, ");
            web_time(out, a->time);
            web_raw(out, ": ");
            web_text(out, a->detail);
            web_raw(out, "</li>\n");
        }
    }
    web_raw(out, "</ul>\n</section>\n");
}

/* --- Counts --------------------------------------------------------------- */

static void put_tile(const struct aw_web_site *site,
                     const struct aw_web_filter *filter, unsigned state,
                     const struct aw_sink *out)
{
    uint64_t n = aw_web_site_sum(site, state);

    web_raw(out, "<li><a class=\"tile v-");
    web_raw(out, aw_web_state_name(state));
    web_raw(out, n == 0 ? " none\" href=\"?verdict=" : "\" href=\"?verdict=");
    web_raw(out, aw_web_state_name(state));
    web_raw(out, filter->by_state && filter->state == state
                     ? "\" aria-current=\"true\">"
                     : "\">");
    web_raw(out, "<span class=\"number\">");
    web_dec(out, n);
    web_raw(out, "</span> <span class=\"label\">");
    web_mark(state, out);
    web_raw(out, web_state(state));
    web_raw(out, "</span></a></li>\n");
}

static void put_tiles(const struct aw_web_site *site,
                      const struct aw_web_filter *filter,
                      const struct aw_sink *out)
{
    web_raw(out, "<nav aria-label=\"Verdicts\">\n<ul class=\"tiles\">\n");
    for (unsigned i = 0; i < AW_WEB_STATES; i++) {
        put_tile(site, filter, i, out);
    }
    web_raw(out, "</ul>\n</nav>\n");
}

/* The query of a filter; `page` 0 leaves the page out. */
static void put_query(const struct aw_web_filter *f, uint64_t page,
                      const struct aw_sink *out)
{
    const char *join = "?";

    if (f->findings) {
        web_raw(out, "?show=findings");
        join = "&amp;";
    }
    if (f->by_state) {
        web_raw(out, join);
        web_raw(out, "verdict=");
        web_raw(out, aw_web_state_name(f->state));
        join = "&amp;";
    }
    if (f->by_component) {
        web_raw(out, join);
        web_raw(out, "component=");
        web_raw(out, aw_component_name(f->component));
        join = "&amp;";
    }
    if (page > 0) {
        web_raw(out, join);
        web_raw(out, "page=");
        web_dec(out, page);
        join = "";
    }
    web_raw(out, join[0] == '?' ? "./" : "");
}

static void put_choice(const struct aw_web_filter *f, const char *name,
                       bool current, const struct aw_sink *out)
{
    web_raw(out, "<li><a href=\"");
    put_query(f, 0, out);
    web_raw(out, current ? "\" aria-current=\"true\">" : "\">");
    web_raw(out, name);
    web_raw(out, "</a></li>\n");
}

static void put_components(const struct aw_web_filter *filter,
                           const struct aw_sink *out)
{
    struct aw_web_filter f = *filter;

    f.by_component = false;
    web_raw(out, "<nav aria-label=\"Components\">\n<ul class=\"choices\">\n");
    put_choice(&f, "All components", !filter->by_component, out);
    f.by_component = true;
    for (unsigned i = 0; i < AW_COMPONENTS; i++) {
        f.component = (enum aw_component)i;
        put_choice(&f, web_component(f.component),
                   filter->by_component && filter->component == f.component,
                   out);
    }
    web_raw(out, "</ul>\n</nav>\n");
}

/* --- The list ------------------------------------------------------------- */

static void put_title(const struct aw_web_filter *f, const struct aw_sink *out)
{
    web_raw(out, f->findings ? "Findings" : "Releases");
    if (f->by_state) {
        web_raw(out, ": ");
        web_raw(out, web_state(f->state));
    }
    if (f->by_component) {
        web_raw(out, ", ");
        web_raw(out, web_component(f->component));
    }
}

static bool has_detail(const struct aw_web_release *r)
{
    return r->detail.n > 0 && !aw_bytes_is(r->detail, "-");
}

static void put_detail(const struct aw_web_release *r,
                       const struct aw_sink *out)
{
    bool empty = !has_detail(r) && !r->acknowledged;

    web_raw(out, empty ? "<td class=\"detail nothing\">&ndash;"
                       : "<td class=\"detail\">");
    if (has_detail(r)) {
        web_text(out, r->detail);
    }
    if (r->acknowledged) {
        web_raw(out, " <span class=\"seen\">acknowledged</span>");
    }
    web_raw(out, "</td>\n");
}

static void put_commit(const struct aw_web_release *r,
                       const struct aw_sink *out)
{
    aw_bytes commit = r->result.commit;

    if (commit.n == 0) {
        web_raw(out, "<td class=\"nothing\">&ndash;</td>\n");
        return;
    }
    commit.n = commit.n < COMMIT_SHOWN ? commit.n : COMMIT_SHOWN;
    web_raw(out, "<td><code>");
    web_text(out, commit);
    web_raw(out, "</code></td>\n");
}

static void put_row(const struct aw_web_release *r, const struct aw_sink *out)
{
    web_raw(out, "<tr>\n<td class=\"index\" data-label=\"Entry\">");
    web_dec(out, r->index);
    web_raw(out, "</td>\n<th scope=\"row\"><a href=\"release/");
    web_dec(out, r->index);
    web_raw(out, "\">");
    web_release_name(r, out);
    web_raw(out, "</a></th>\n<td>");
    web_verdict(r->state, out);
    web_raw(out, "</td>\n");
    put_commit(r, out);
    web_raw(out, r->time > 0 ? "<td>" : "<td class=\"nothing\">");
    web_time(out, r->time);
    web_raw(out, "</td>\n");
    put_detail(r, out);
    web_raw(out, "</tr>\n");
}

static void put_table(const struct aw_web_list *list, const struct aw_sink *out)
{
    if (list->n == 0) {
        web_raw(out, "<p class=\"empty\">Nothing to show here.</p>\n");
        return;
    }
    web_raw(out, "<table class=\"releases\">\n<caption class=\"hidden\">");
    put_title(&list->filter, out);
    web_raw(out, ", newest first</caption>\n<thead>\n<tr>"
                 "<th scope=\"col\">Entry</th><th scope=\"col\">Release</th>"
                 "<th scope=\"col\">Verdict</th><th scope=\"col\">Commit</th>"
                 "<th scope=\"col\">Rebuilt</th><th scope=\"col\">Details</th>"
                 "</tr>\n</thead>\n<tbody>\n");
    for (size_t i = 0; i < list->n && i < AW_WEB_ROWS; i++) {
        put_row(&list->release[i], out);
    }
    web_raw(out, "</tbody>\n</table>\n");
}

static void put_page_link(const struct aw_web_filter *f, uint64_t page,
                          const char *rel, const char *name,
                          const struct aw_sink *out)
{
    web_raw(out, "<a rel=\"");
    web_raw(out, rel);
    web_raw(out, "\" href=\"");
    put_query(f, page, out);
    web_raw(out, "\">");
    web_raw(out, name);
    web_raw(out, "</a>\n");
}

static void put_pages(const struct aw_web_list *list, const struct aw_sink *out)
{
    uint64_t pages = (list->total + AW_WEB_ROWS - 1) / AW_WEB_ROWS;
    uint64_t page = list->filter.page;

    if (pages <= 1 && page <= 1) {
        return;
    }
    web_raw(out, "<nav class=\"pages\" aria-label=\"Pages\">\n");
    if (page > 1) {
        put_page_link(&list->filter, page - 1 < pages ? page - 1 : pages,
                      "prev", "Newer", out);
    }
    web_raw(out, "<span>Page ");
    web_dec(out, page);
    web_raw(out, " of ");
    web_dec(out, pages);
    web_raw(out, "</span>\n");
    if (page < pages) {
        put_page_link(&list->filter, page + 1, "next", "Older", out);
    }
    web_raw(out, "</nav>\n");
}

/* --- About ---------------------------------------------------------------- */

static void put_key(const struct aw_vkey *key, const struct aw_sink *out)
{
    uint8_t text[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_vkey_write(key, &w);
    web_raw(out, "<code>");
    web_text(out, aw_wr_done(&w));
    web_raw(out, "</code>");
}

static void put_rebuilders(const struct aw_web_site *site,
                           const struct aw_sink *out)
{
    web_raw(out, "<dt>Rebuilders</dt><dd>");
    if (site->n_rebuilders == 0) {
        web_raw(out, "the policy names none");
    }
    for (size_t i = 0; i < site->n_rebuilders; i++) {
        web_raw(out, i > 0 ? "<br>" : "");
        put_key(&site->rebuilder[i], out);
    }
    if (site->quorum > 0) {
        web_raw(out, "<br>");
        web_dec(out, site->quorum);
        web_raw(out, " of them must agree");
    }
    web_raw(out, "</dd>\n");
}

static void put_about(const struct aw_web_site *site, const struct aw_sink *out)
{
    web_raw(out, "<section aria-labelledby=\"about\">\n"
                 "<h2 id=\"about\">The log</h2>\n<dl class=\"facts\">\n"
                 "<dt>Origin</dt><dd>");
    web_text(out, site->origin);
    web_raw(out, "</dd>\n");
    if (site->seen) {
        web_raw(out, "<dt>Size</dt><dd>");
        web_dec(out, site->size);
        web_raw(out, site->size == 1 ? " entry" : " entries");
        web_raw(out, "</dd>\n<dt>Followed since</dt><dd>");
        web_time(out, site->first_seen);
        web_raw(out, "</dd>\n<dt>Root hash</dt><dd><code>");
        web_hex(out, (aw_bytes){site->root, sizeof(site->root)});
        web_raw(out, "</code></dd>\n");
    }
    if (site->has_pulse && site->pulse.look_time > 0) {
        web_raw(out, "<dt>Last look</dt><dd>");
        web_time(out, site->pulse.look_time);
        web_raw(out, ", ");
        web_ago(out, site->now, site->pulse.look_time);
        web_raw(out, "</dd>\n");
    }
    web_raw(out, "<dt>Last rebuild</dt><dd>");
    web_time(out, site->last_build);
    web_raw(out, "</dd>\n");
    put_rebuilders(site, out);
    web_raw(out, "</dl>\n</section>\n");
}

void aw_web_index(const struct aw_web_site *site,
                  const struct aw_web_list *list, const struct aw_sink *out)
{
    const struct aw_web_filter *f = &list->filter;
    const struct web_frame frame = {"", f->findings ? "Findings" : "Releases"};

    web_frame_title(&frame, out);
    put_title(f, out);
    web_frame_open(site, &frame, out);
    put_hero(site, out);
    put_stale(site, out);
    put_alerts(site, out);
    put_tiles(site, f, out);
    web_raw(out, "<section aria-labelledby=\"list\">\n<div class=\"bar\">\n"
                 "<h2 id=\"list\">");
    put_title(f, out);
    web_raw(out, " <span class=\"count\">");
    web_dec(out, list->total);
    web_raw(out, "</span></h2>\n");
    put_components(f, out);
    web_raw(out, "</div>\n");
    put_table(list, out);
    put_pages(list, out);
    web_raw(out, "</section>\n");
    put_about(site, out);
    web_frame_close(site, &frame, out);
}
