/* SPDX-License-Identifier: Apache-2.0 */
/* The page of one release, and of the log of its build. */
#include "html.h"

static void put_fact(const char *name, aw_bytes value,
                     const struct aw_sink *out)
{
    web_raw(out, "<dt>");
    web_raw(out, name);
    web_raw(out, "</dt><dd>");
    if (value.n == 0 || aw_bytes_is(value, "-")) {
        web_raw(out, "&ndash;");
    } else {
        web_text(out, value);
    }
    web_raw(out, "</dd>\n");
}

static void put_code(const char *name, aw_bytes value,
                     const struct aw_sink *out)
{
    web_raw(out, "<dt>");
    web_raw(out, name);
    web_raw(out, "</dt><dd><code>");
    web_text(out, value);
    web_raw(out, "</code></dd>\n");
}

static void put_digest(const char *name, const uint8_t *digest,
                       const struct aw_sink *out)
{
    web_raw(out, "<dt>");
    web_raw(out, name);
    web_raw(out, "</dt><dd><code>");
    web_hex(out, (aw_bytes){digest, AW_SHA256_SIZE});
    web_raw(out, "</code></dd>\n");
}

static void put_number(const char *name, uint64_t v, const struct aw_sink *out)
{
    web_raw(out, "<dt>");
    web_raw(out, name);
    web_raw(out, "</dt><dd>");
    web_dec(out, v);
    web_raw(out, "</dd>\n");
}

static void open_section(const char *id, const char *title,
                         const struct aw_sink *out)
{
    web_raw(out, "<section aria-labelledby=\"");
    web_raw(out, id);
    web_raw(out, "\">\n<h2 id=\"");
    web_raw(out, id);
    web_raw(out, "\">");
    web_raw(out, title);
    web_raw(out, "</h2>\n");
}

static void put_hero(const struct aw_web_release *r, const struct aw_sink *out)
{
    web_raw(out, "<section class=\"hero v-");
    web_raw(out, aw_web_state_name(r->state));
    web_raw(out, "\" aria-labelledby=\"headline\">\n");
    web_mark(r->state, out);
    web_raw(out, "<div>\n<p class=\"origin\">Entry ");
    web_dec(out, r->index);
    web_raw(out, "</p>\n<h1 id=\"headline\">");
    web_release_name(r, out);
    web_raw(out, ": ");
    web_raw(out, web_state(r->state));
    web_raw(out, "</h1>\n<p>");
    web_raw(out, web_state_means(r->state));
    web_raw(out, "</p>\n");
    if (r->detail.n > 0 && !aw_bytes_is(r->detail, "-")) {
        web_raw(out, "<p class=\"reason\">");
        web_text(out, r->detail);
        web_raw(out, "</p>\n");
    }
    web_raw(out, "</div>\n</section>\n");
}

static void put_explanation(const struct aw_web_explanation *e,
                            const struct aw_sink *out)
{
    if (!e->has) {
        return;
    }
    open_section("explanation", "Where it differs", out);
    web_raw(out, "<dl class=\"facts\">\n");
    put_fact("Compared with",
             aw_text(e->between ? "the second pass of the same source"
                                : "the image in the log"),
             out);
    web_raw(out, "<dt>First difference</dt><dd>byte <code>");
    web_hex_u64(out, e->offset);
    web_raw(out, "</code> of the image");
    if (e->address != 0) {
        web_raw(out, ", address <code>");
        web_hex_u64(out, e->address);
        web_raw(out, "</code> on the device");
    }
    web_raw(out, "</dd>\n");
    if (e->area.n > 0) {
        put_code("It lies in", e->area, out);
    }
    if (e->symbol.n > 0) {
        put_code("Symbol", e->symbol, out);
    }
    if (e->source.n > 0) {
        put_code("Source line", e->source, out);
    }
    web_raw(out, "<dt>How much</dt><dd>");
    web_many(out, e->bytes, "byte");
    web_raw(out, " in ");
    web_many(out, e->ranges, "place");
    web_raw(out, "</dd>\n</dl>\n</section>\n");
}

static void put_bytes(const struct aw_rb_result *r, const struct aw_sink *out)
{
    open_section("bytes", "The bytes", out);
    web_raw(out, "<dl class=\"facts\">\n");
    put_digest("SHA-256 in the log", r->expected, out);
    if (r->has_built) {
        put_digest("SHA-256 rebuilt", r->built, out);
    } else {
        put_fact("SHA-256 rebuilt", (aw_bytes){NULL, 0}, out);
    }
    web_raw(out, "</dl>\n</section>\n");
}

static void put_build(const struct aw_web_release *r, const struct aw_sink *out)
{
    const struct aw_rb_result *s = &r->result;

    open_section("build", "The rebuild", out);
    web_raw(out, "<dl class=\"facts\">\n");
    if (r->has_result) {
        put_code("Commit", s->commit, out);
        put_fact("Recipe", s->recipe, out);
        put_digest("Leaf hash", s->leaf, out);
        put_number("Good passes", s->passes, out);
        put_fact("Varied between passes", s->varied, out);
        put_fact("Memory limit", s->memory, out);
    }
    put_number("Tries", r->tries, out);
    web_raw(out, "<dt>Last try</dt><dd>");
    web_time(out, r->time);
    web_raw(out, "</dd>\n");
    if (r->next_time > 0) {
        web_raw(out, "<dt>Next try</dt><dd>");
        web_time(out, r->next_time);
        web_raw(out, "</dd>\n");
    }
    put_fact("Acknowledged", aw_text(r->acknowledged ? "yes" : "no"), out);
    web_raw(out, "</dl>\n</section>\n");
}

static const char *signer_text(enum aw_web_signed how)
{
    static const char *const texts[] = {
        [AW_WEB_UNSIGNED] = "Nobody signed this result. It is what the monitor "
                            "on this machine says.",
        [AW_WEB_KNOWN] = "Signed by a rebuilder of the policy; the signature "
                         "was verified.",
        [AW_WEB_UNKNOWN] = "Signed by a key that the policy does not name; the "
                           "signature was not verified.",
        [AW_WEB_BAD] = "The signature is wrong: do not rely on this result."};

    return texts[how];
}

static void put_statement(const struct aw_web_release *r,
                          const struct aw_sink *out)
{
    if (r->note.n == 0) {
        return;
    }
    open_section("statement", "The statement", out);
    web_raw(out, r->signer == AW_WEB_BAD ? "<p class=\"reason\">" : "<p>");
    web_raw(out, signer_text(r->signer));
    web_raw(out, "</p>\n");
    if (r->signer != AW_WEB_UNSIGNED) {
        uint8_t id[12];
        struct aw_wr w = aw_wr_init(id, sizeof(id));

        aw_wr_text(&w, "+");
        aw_wr_hex_u64(&w, r->signer_id, 8);
        web_raw(out, "<p>Key: <code>");
        web_text(out, r->signer_name);
        web_text(out, aw_wr_done(&w));
        web_raw(out, "</code></p>\n");
    }
    web_raw(out, "<pre>");
    web_lines(out, r->note);
    web_raw(out, "</pre>\n<p class=\"links\"><a href=\"");
    web_dec(out, r->index);
    web_raw(out, "/note\">Statement as a file</a></p>\n</section>\n");
}

static void put_logs(const struct aw_web_release *r, const struct aw_sink *out)
{
    bool any = false;

    for (size_t i = 0; i < AW_WEB_PASSES; i++) {
        any = any || r->has_log[i];
    }
    if (!any) {
        return;
    }
    open_section("logs", "Logs of the build", out);
    web_raw(out, "<p class=\"links\">\n");
    for (size_t i = 0; i < AW_WEB_PASSES; i++) {
        if (r->has_log[i]) {
            web_raw(out, "<a href=\"");
            web_dec(out, r->index);
            web_raw(out, i == 0 ? "/log-1\">First pass</a>\n"
                                : "/log-2\">Second pass</a>\n");
        }
    }
    web_raw(out, "</p>\n</section>\n");
}

static void put_crumbs(const char *home, const struct aw_web_release *r,
                       const char *current, const struct aw_sink *out)
{
    web_raw(out, "<nav class=\"crumbs\" aria-label=\"Breadcrumb\">\n<ol>\n"
                 "<li><a href=\"");
    web_raw(out, home);
    web_raw(out, "\">Releases</a></li>\n<li>");
    if (current == NULL) {
        web_raw(out, "<span aria-current=\"page\">");
        web_release_name(r, out);
        web_raw(out, "</span></li>\n");
    } else {
        web_raw(out, "<a href=\"../");
        web_dec(out, r->index);
        web_raw(out, "\">");
        web_release_name(r, out);
        web_raw(out, "</a></li>\n<li><span aria-current=\"page\">");
        web_raw(out, current);
        web_raw(out, "</span></li>\n");
    }
    web_raw(out, "</ol>\n</nav>\n");
}

void aw_web_release_page(const struct aw_web_site *site,
                         const struct aw_web_release *release,
                         const struct aw_sink *out)
{
    const struct web_frame frame = {"../", NULL};

    web_frame_title(&frame, out);
    web_release_name(release, out);
    web_raw(out, ": ");
    web_raw(out, web_state(release->state));
    web_frame_open(site, &frame, out);
    put_crumbs("../", release, NULL, out);
    put_hero(release, out);
    put_explanation(&release->explanation, out);
    if (release->has_result) {
        put_bytes(&release->result, out);
    }
    put_build(release, out);
    put_logs(release, out);
    put_statement(release, out);
    web_frame_close(site, &frame, out);
}

void aw_web_log_page(const struct aw_web_site *site,
                     const struct aw_web_release *release,
                     const struct aw_web_log *log, const struct aw_sink *out)
{
    const struct web_frame frame = {"../../", NULL};
    const char *name =
        log->pass == 0 ? "Log of the first pass" : "Log of the second pass";

    web_frame_title(&frame, out);
    web_raw(out, name);
    web_raw(out, ", ");
    web_release_name(release, out);
    web_frame_open(site, &frame, out);
    put_crumbs("../../", release, name, out);
    web_raw(out, "<h1>");
    web_raw(out, name);
    web_raw(out, "</h1>\n<p>What the build of ");
    web_release_name(release, out);
    web_raw(out, " printed");
    web_raw(out, log->cut ? "; only the end of it is shown" : "");
    web_raw(out, ". <a href=\"log-");
    web_dec(out, log->pass + 1);
    web_raw(out, ".txt\">As a file</a></p>\n<pre class=\"log\">");
    web_lines(out, log->text);
    web_raw(out, log->text.n == 0 ? "(nothing)" : "");
    web_raw(out, "</pre>\n");
    web_frame_close(site, &frame, out);
}

void aw_web_error_page(const struct aw_web_site *site, const char *up,
                       const char *title, const struct aw_sink *out)
{
    const struct web_frame frame = {up, NULL};

    web_frame_title(&frame, out);
    web_text(out, aw_text(title));
    web_frame_open(site, &frame, out);
    web_raw(out, "<h1>");
    web_text(out, aw_text(title));
    web_raw(out, "</h1>\n<p>Go back to <a href=\"");
    web_raw(out, up[0] == '\0' ? "./" : up);
    web_raw(out, "\">all releases</a>.</p>\n");
    web_frame_close(site, &frame, out);
}
