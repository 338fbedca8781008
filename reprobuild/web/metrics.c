/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics and the badge: the counts alone. */
#include "html.h"

#include "aw/text.h"

/* --- Prometheus ----------------------------------------------------------- */

static void put_head(const char *name, const char *help,
                     const struct aw_sink *out)
{
    web_raw(out, "# HELP ");
    web_raw(out, name);
    web_raw(out, " ");
    web_raw(out, help);
    web_raw(out, "\n# TYPE ");
    web_raw(out, name);
    web_raw(out, " gauge\n");
}

static void put_gauge(const char *name, const char *help, uint64_t v,
                      const struct aw_sink *out)
{
    put_head(name, help, out);
    web_raw(out, name);
    web_raw(out, " ");
    web_dec(out, v);
    web_raw(out, "\n");
}

static uint64_t positive(int64_t v)
{
    return v > 0 ? (uint64_t)v : 0;
}

/* A label's value: backslash, quote and line feed are escaped; other control
 * characters and bytes that are no text have no place in one. */
static void put_label(aw_bytes text, const struct aw_sink *out)
{
    struct aw_rd r = aw_rd_init(text);

    while (aw_rd_left(&r) > 0) {
        struct aw_rd next = r;
        uint32_t cp = aw_utf8_next(&next);
        aw_bytes b = aw_rd_take(&r, next.failed ? 1 : next.at - r.at);

        if (cp == '\\' || cp == '"') {
            web_raw(out, "\\");
        }
        if (cp == '\n') {
            web_raw(out, "\\n");
        } else if (!next.failed && cp >= ' ' && cp != 0x7f) {
            aw_sink_put(out, b);
        }
    }
}

static void put_releases(const struct aw_web_site *site,
                         const struct aw_sink *out)
{
    static const char name[] = "aw_rebuild_releases";

    put_head(name, "Entries of the log by component and verdict.", out);
    for (unsigned c = 0; c <= AW_COMPONENTS; c++) {
        for (unsigned s = 0; s < AW_WEB_STATES; s++) {
            web_raw(out, name);
            web_raw(out, "{component=\"");
            web_raw(out, c == AW_WEB_OTHER
                             ? "-"
                             : aw_component_name((enum aw_component)c));
            web_raw(out, "\",verdict=\"");
            web_raw(out, aw_web_state_name(s));
            web_raw(out, "\"} ");
            web_dec(out, site->count[c][s]);
            web_raw(out, "\n");
        }
    }
}

static void put_pulse(const struct aw_rebuilds_pulse *p,
                      const struct aw_sink *out)
{
    put_gauge("aw_rebuild_start_time_seconds", "When the monitor was started.",
              positive(p->started), out);
    put_gauge("aw_rebuild_pulse_time_seconds",
              "When the monitor last gave a sign of life.", positive(p->time),
              out);
    put_gauge("aw_rebuild_look_time_seconds",
              "When the monitor last looked at the log and all was well.",
              positive(p->look_time), out);
    put_gauge("aw_rebuild_look_exit_code", "Exit code of its last look.",
              positive(p->exit), out);
    put_gauge("aw_rebuild_looks", "Looks at the log since it was started.",
              p->looks, out);
    put_gauge("aw_rebuild_rebuilt", "Rebuilds since it was started.",
              p->rebuilt, out);
    put_gauge("aw_rebuild_running", "0 after it was stopped.", p->ended ? 0 : 1,
              out);
}

void aw_web_metrics(const struct aw_web_site *site, const struct aw_sink *out)
{
    put_head("aw_rebuild_info", "What is watched, and by which program.", out);
    web_raw(out, "aw_rebuild_info{origin=\"");
    put_label(site->origin, out);
    web_raw(out, "\",version=\"");
    put_label(aw_text(site->version), out);
    web_raw(out, "\"} 1\n");
    put_releases(site, out);
    put_gauge("aw_rebuild_findings_unacknowledged",
              "Findings that nobody has acknowledged, the log's too.",
              site->open, out);
    put_gauge("aw_rebuild_last_build_time_seconds", "Last try of any entry.",
              positive(site->last_build), out);
    put_gauge("aw_rebuild_log_findings", "Findings about the log itself.",
              site->log_findings, out);
    if (site->seen) {
        put_gauge("aw_rebuild_log_size", "Entries of the log.", site->size,
                  out);
    }
    if (site->has_pulse) {
        put_pulse(&site->pulse, out);
    }
}

/* --- The badge ------------------------------------------------------------ */

enum { CHARACTER = 7, PAD = 10, BADGE_TEXT = 64 };

static uint64_t width_of(aw_bytes text)
{
    return (uint64_t)text.n * CHARACTER + 2UL * PAD;
}

static void put_part(aw_bytes text, uint64_t from, const struct aw_sink *out)
{
    web_raw(out, "<text x=\"");
    web_dec(out, from + PAD);
    web_raw(out, "\" y=\"14\" textLength=\"");
    web_dec(out, (uint64_t)text.n * CHARACTER);
    web_raw(out, "\" lengthAdjust=\"spacingAndGlyphs\">");
    web_text(out, text);
    web_raw(out, "</text>");
}

static void put_rect(const char *colour, uint64_t from, uint64_t width,
                     const struct aw_sink *out)
{
    web_raw(out, "<rect fill=\"");
    web_raw(out, colour);
    web_raw(out, "\" x=\"");
    web_dec(out, from);
    web_raw(out, "\" width=\"");
    web_dec(out, width);
    web_raw(out, "\" height=\"20\"/>");
}

/* It is shown far away from here: green is for what is so now. */
static aw_bytes badge_text(const struct aw_web_site *site, struct aw_wr *w,
                           const char **colour)
{
    static const char red[] = "#b3202a";
    bool stale = aw_web_site_stale(site);
    uint64_t good = aw_web_site_sum(site, AW_RB_REPRODUCED);
    uint64_t differ = aw_web_site_sum(site, AW_RB_DIFFERS);
    uint64_t total = aw_web_site_total(site) + aw_web_site_missing(site);

    if (differ > 0) {
        aw_wr_dec(w, differ);
        aw_wr_text(w, differ > 1 ? " differ" : " differs");
        *colour = red;
    } else if (web_alerts_open(site) > 0) {
        aw_wr_text(w, "the log misbehaves");
        *colour = red;
    } else {
        aw_wr_dec(w, good);
        aw_wr_text(w, " of ");
        aw_wr_dec(w, total);
        aw_wr_text(w, stale ? ", stale" : "");
        *colour = good == total && total > 0 && !stale ? "#12703f" : "#7a5200";
    }
    return aw_wr_done(w);
}

void aw_web_badge(const struct aw_web_site *site, const struct aw_sink *out)
{
    uint8_t text[BADGE_TEXT];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    const char *colour = NULL;
    aw_bytes value = badge_text(site, &w, &colour);
    aw_bytes name = aw_text("reproduced");
    uint64_t split = width_of(name);
    uint64_t width = split + width_of(value);

    web_raw(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"");
    web_dec(out, width);
    web_raw(out, "\" height=\"20\" role=\"img\" aria-label=\"reproduced: ");
    web_text(out, value);
    web_raw(out, "\"><title>reproduced: ");
    web_text(out, value);
    web_raw(out, "</title><clipPath id=\"r\"><rect width=\"");
    web_dec(out, width);
    web_raw(out, "\" height=\"20\" rx=\"4\"/></clipPath>"
                 "<g clip-path=\"url(#r)\">");
    put_rect("#3c4450", 0, split, out);
    put_rect(colour, split, width - split, out);
    web_raw(out, "</g><g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,"
                 "sans-serif\" font-size=\"11\" aria-hidden=\"true\">");
    put_part(name, 0, out);
    put_part(value, split, out);
    web_raw(out, "</g></svg>\n");
}
