/* SPDX-License-Identifier: Apache-2.0 */
#include "html.h"

#include <string.h>
#include <time.h>

#include "aw/text.h"

void web_raw(const struct aw_sink *out, const char *markup)
{
    aw_sink_text(out, markup);
}

/* Characters that would hide text, turn it around, or that no document may
 * have: their number is shown. */
static bool is_hidden(uint32_t cp)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } hidden[] = {{0x00, 0x1f},     {0x7f, 0x9f},       {0xad, 0xad},
                  {0x034f, 0x034f}, {0x061c, 0x061c},   {0x115f, 0x1160},
                  {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},
                  {0x2028, 0x202e}, {0x2060, 0x206f},   {0x3164, 0x3164},
                  {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
                  {0xfff0, 0xfffb}, {0xfffe, 0xffff},   {0x1d173, 0x1d17a},
                  {0xe000, 0xf8ff}, {0xe0000, 0x10ffff}};

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (cp >= hidden[i].first && cp <= hidden[i].last) {
            return true;
        }
    }
    return false;
}

/* Marks that are put above or below the character before them. */
static bool is_mark(uint32_t cp)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } marks[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05c7},
                 {0x0610, 0x061a}, {0x064b, 0x065f}, {0x06d6, 0x06ed},
                 {0x0e31, 0x0e3a}, {0x0e47, 0x0e4e}, {0x0eb1, 0x0ece},
                 {0x0f18, 0x0fbc}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
                 {0x20d0, 0x20ff}, {0x302a, 0x302f}, {0x3099, 0x309a},
                 {0xa66f, 0xa67d}, {0xa8e0, 0xa8f1}, {0xfe20, 0xfe2f}};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (cp >= marks[i].first && cp <= marks[i].last) {
            return true;
        }
    }
    return false;
}

static const char *entity(uint8_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void put_number(const struct aw_sink *out, const char *before,
                       uint32_t cp, const char *after)
{
    uint8_t text[16];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_text(&w, before);
    aw_wr_hex_u64(&w, cp, 2);
    aw_wr_text(&w, after);
    aw_sink_put(out, aw_wr_done(&w));
}

enum { MARKS_MAX = 3 };

/* One character at the cursor. More marks on one character than any language
 * has would pile up over the lines around: their numbers are shown, too. */
static void put_character(struct aw_rd *r, bool lines, unsigned *marks,
                          const struct aw_sink *out)
{
    struct aw_rd next = *r;
    uint32_t cp = aw_utf8_next(&next);

    if (next.failed) {
        put_number(out, "\\x", aw_rd_u8(r), "");
        return;
    }
    aw_bytes b = aw_rd_take(r, next.at - r->at);
    const char *escaped = b.n == 1 ? entity(b.p[0]) : NULL;

    bool stays = lines && (cp == '\n' || cp == '\t');

    *marks = is_mark(cp) ? *marks + 1 : 0;
    if (escaped != NULL) {
        aw_sink_text(out, escaped);
    } else if (*marks > MARKS_MAX || (!stays && is_hidden(cp))) {
        put_number(out, "\\u{", cp, "}");
    } else {
        aw_sink_put(out, b);
    }
}

static void put_text(aw_bytes text, bool lines, const struct aw_sink *out)
{
    struct aw_rd r = aw_rd_init(text);
    unsigned marks = 0;

    while (aw_rd_left(&r) > 0) {
        put_character(&r, lines, &marks, out);
    }
}

void web_text(const struct aw_sink *out, aw_bytes text)
{
    put_text(text, false, out);
}

void web_lines(const struct aw_sink *out, aw_bytes text)
{
    put_text(text, true, out);
}

void web_dec(const struct aw_sink *out, uint64_t v)
{
    uint8_t text[24];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_dec(&w, v);
    aw_sink_put(out, aw_wr_done(&w));
}

void web_hex(const struct aw_sink *out, aw_bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        uint8_t text[2];
        struct aw_wr w = aw_wr_init(text, sizeof(text));

        aw_wr_hex_u64(&w, b.p[i], 2);
        aw_sink_put(out, aw_wr_done(&w));
    }
}

void web_hex_u64(const struct aw_sink *out, uint64_t v)
{
    uint8_t text[24];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_text(&w, "0x");
    aw_wr_hex_u64(&w, v, 1);
    aw_sink_put(out, aw_wr_done(&w));
}

void web_many(const struct aw_sink *out, uint64_t n, const char *what)
{
    web_dec(out, n);
    web_raw(out, " ");
    web_raw(out, what);
    web_raw(out, n == 1 ? "" : "s");
}

/* --- Time ----------------------------------------------------------------- */

enum { TIME_TEXT = 40 };

void web_stamp(const struct aw_sink *out, int64_t seconds)
{
    char text[TIME_TEXT] = "";
    time_t t = (time_t)seconds;
    struct tm tm;

    if (gmtime_r(&t, &tm) != NULL &&
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0) {
        aw_sink_text(out, text);
    }
}

void web_time(const struct aw_sink *out, int64_t seconds)
{
    char text[TIME_TEXT] = "";
    time_t t = (time_t)seconds;
    struct tm tm;

    if (seconds <= 0 || gmtime_r(&t, &tm) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm) == 0) {
        web_raw(out, "&ndash;");
        return;
    }
    web_raw(out, "<time datetime=\"");
    web_stamp(out, seconds);
    web_raw(out, "\">");
    aw_sink_text(out, text);
    web_raw(out, "</time>");
}

void web_ago(const struct aw_sink *out, int64_t now, int64_t then)
{
    static const uint64_t few = 2;
    static const uint64_t minute = 60;
    static const uint64_t hour = 3600;
    static const uint64_t day = 86400;
    uint64_t s = now > then ? (uint64_t)(now - then) : 0;

    if (s < few * minute) {
        web_many(out, s, "second");
    } else if (s < few * hour) {
        web_many(out, s / minute, "minute");
    } else if (s < few * day) {
        web_many(out, s / hour, "hour");
    } else {
        web_many(out, s / day, "day");
    }
    web_raw(out, " ago");
}

/* --- Words ---------------------------------------------------------------- */

const char *web_component(enum aw_component component)
{
    static const char *const names[AW_COMPONENTS] = {
        [AW_BOOTLOADER] = "Bootloader",
        [AW_RECOVERY] = "Recovery",
        [AW_TRUSTED_OS] = "Trusted OS",
        [AW_TRUSTED_APPLET] = "Trusted applet"};

    return names[component];
}

const char *web_state(unsigned state)
{
    static const char *const names[AW_WEB_STATES] = {
        [AW_RB_REPRODUCED] = "Reproduced",   [AW_RB_DIFFERS] = "Differs",
        [AW_RB_FAILED] = "Failed",           [AW_RB_TIMED_OUT] = "Timed out",
        [AW_RB_UNAVAILABLE] = "Unavailable", [AW_RB_REFUSED] = "Refused",
        [AW_WEB_PENDING] = "Waiting"};

    return names[state];
}

const char *web_state_means(unsigned state)
{
    static const char *const means[AW_WEB_STATES] = {
        [AW_RB_REPRODUCED] = "Every build of its source gave the bytes that "
                             "are in the log.",
        [AW_RB_DIFFERS] = "Its source builds, and gives other bytes than "
                          "those in the log. Do not use this release.",
        [AW_RB_FAILED] = "Its source does not build.",
        [AW_RB_TIMED_OUT] = "The build did not end within its time limit.",
        [AW_RB_UNAVAILABLE] = "Source, compiler or an archive was not to be "
                              "had.",
        [AW_RB_REFUSED] = "Its manifest or its repository is not acceptable, "
                          "so it was not built.",
        [AW_WEB_PENDING] = "It is in the log, and waits to be rebuilt."};

    return means[state];
}

void web_release_name(const struct aw_web_release *release,
                      const struct aw_sink *out)
{
    if (!release->has_result) {
        web_raw(out, "Entry ");
        web_dec(out, release->index);
        return;
    }
    web_raw(out, web_component(release->result.component));
    web_raw(out, " ");
    web_text(out, release->result.version);
}

void web_mark(unsigned state, const struct aw_sink *out)
{
    static const char *const paths[AW_WEB_STATES] = {
        [AW_RB_REPRODUCED] = "M3.5 8.5l3 3 6-7",
        [AW_RB_DIFFERS] = "M3.5 6h9M3.5 10h9M10.5 3l-5 10",
        [AW_RB_FAILED] = "M4 4l8 8M12 4l-8 8",
        [AW_RB_TIMED_OUT] = "M8 2.5a5.5 5.5 0 1 0 .01 0M8 5v3l2 1.5",
        [AW_RB_UNAVAILABLE] =
            "M5.5 6a2.5 2.5 0 1 1 3.6 2.2Q8 8.7 8 9.8M8 12.4v.2",
        [AW_RB_REFUSED] = "M3.5 8h9",
        [AW_WEB_PENDING] = "M4 8h.1M8 8h.1M12 8h.1"};

    web_raw(out, "<svg class=\"mark\" viewBox=\"0 0 16 16\" "
                 "aria-hidden=\"true\" focusable=\"false\"><path d=\"");
    web_raw(out, paths[state]);
    web_raw(out, "\"/></svg>");
}

void web_verdict(unsigned state, const struct aw_sink *out)
{
    web_raw(out, "<span class=\"verdict v-");
    web_raw(out, aw_web_state_name(state));
    web_raw(out, "\">");
    web_mark(state, out);
    web_raw(out, web_state(state));
    web_raw(out, "</span>");
}

size_t web_alerts_open(const struct aw_web_site *site)
{
    size_t n = 0;

    for (size_t i = 0; i < site->n_alerts; i++) {
        n += site->alert[i].acknowledged ? 0 : 1;
    }
    return n;
}

/* --- The frame ------------------------------------------------------------ */

void web_frame_title(const struct web_frame *frame, const struct aw_sink *out)
{
    web_raw(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                 "<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" "
                 "content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n"
                 "<link rel=\"stylesheet\" href=\"");
    web_raw(out, frame->up);
    web_raw(out, "style.css\">\n<link rel=\"icon\" type=\"image/svg+xml\" "
                 "href=\"");
    web_raw(out, frame->up);
    web_raw(out, "icon.svg\">\n<link rel=\"alternate\" "
                 "type=\"application/atom+xml\" title=\"Findings\" href=\"");
    web_raw(out, frame->up);
    web_raw(out, "feed.atom\">\n<title>");
}

static const char *home(const struct web_frame *frame)
{
    return frame->up[0] == '\0' ? "./" : frame->up;
}

static void put_item(const struct web_frame *frame, const char *name,
                     const char *target, const struct aw_sink *out)
{
    bool current = frame->current != NULL && strcmp(frame->current, name) == 0;

    web_raw(out, "<li><a href=\"");
    web_raw(out, home(frame));
    web_raw(out, target);
    web_raw(out, current ? "\" aria-current=\"page\">" : "\">");
    web_raw(out, name);
    web_raw(out, "</a></li>\n");
}

void web_frame_open(const struct aw_web_site *site,
                    const struct web_frame *frame, const struct aw_sink *out)
{
    web_raw(out, " &middot; ");
    web_text(out, site->origin);
    web_raw(out, "</title>\n</head>\n<body>\n"
                 "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
                 "<header class=\"top\">\n<div class=\"wrap\">\n"
                 "<a class=\"brand\" href=\"");
    web_raw(out, home(frame));
    web_raw(out, "\"><img src=\"");
    web_raw(out, frame->up);
    web_raw(out, "icon.svg\" alt=\"\" width=\"28\" height=\"28\">"
                 "<span>Rebuild monitor</span></a>\n"
                 "<nav aria-label=\"Main\">\n<ul>\n");
    put_item(frame, "Releases", "", out);
    put_item(frame, "Findings", "?show=findings", out);
    put_item(frame, "Feed", "feed.atom", out);
    put_item(frame, "API", "api/v1/status", out);
    web_raw(out, "</ul>\n</nav>\n</div>\n</header>\n"
                 "<main id=\"main\" class=\"wrap\" tabindex=\"-1\">\n");
}

void web_frame_close(const struct aw_web_site *site,
                     const struct web_frame *frame, const struct aw_sink *out)
{
    web_raw(out, "</main>\n<footer class=\"wrap\">\n<p>Rebuilt by aw ");
    web_text(out, aw_text(site->version));
    web_raw(out, ". This page was made at ");
    web_time(out, site->now);
    web_raw(out, ". Anybody can repeat what it says: "
                 "<code>aw verify-build single</code>.</p>\n<p><a href=\"");
    web_raw(out, home(frame));
    web_raw(out, "metrics\">Metrics</a> <a href=\"");
    web_raw(out, home(frame));
    web_raw(out, "badge.svg\">Badge</a></p>\n</footer>\n</body>\n</html>\n");
}
