/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEB_HTML_H
#define WEB_HTML_H

#include "aw/reprobuild/web.h"

/* Writing HTML and XML. What goes through web_raw is ours; all else goes
 * through the others. */
void web_raw(const struct aw_sink *out, const char *markup);
/** Text from outside, as content or as a value between double quotes. */
void web_text(const struct aw_sink *out, aw_bytes text);
/** The same; line feeds and tabs stay. */
void web_lines(const struct aw_sink *out, aw_bytes text);
void web_dec(const struct aw_sink *out, uint64_t v);
void web_hex(const struct aw_sink *out, aw_bytes b);
/** "0x1f0". */
void web_hex_u64(const struct aw_sink *out, uint64_t v);
/** "1 release", "5 releases": the plural has an `s`. */
void web_many(const struct aw_sink *out, uint64_t n, const char *what);
/** Time element, or a dash for 0. */
void web_time(const struct aw_sink *out, int64_t seconds);
/** RFC 3339, UTC. */
void web_stamp(const struct aw_sink *out, int64_t seconds);
/** "2 minutes ago". */
void web_ago(const struct aw_sink *out, int64_t now, int64_t then);

/** Words for people: "Trusted OS"; "Reproduced"; a sentence. */
const char *web_component(enum aw_component component);
const char *web_state(unsigned state);
const char *web_state_means(unsigned state);

/** What it is called: "Trusted OS 1.2.0", "Entry 3". */
void web_release_name(const struct aw_web_release *release,
                      const struct aw_sink *out);

/** A verdict with its mark. */
void web_verdict(unsigned state, const struct aw_sink *out);
/** The mark alone, hidden from readers that do not see. */
void web_mark(unsigned state, const struct aw_sink *out);

/* What is around every page. */
struct web_frame {
    const char *up;      /* "", "../", "../../": back to the index */
    const char *current; /* item of the navigation, or NULL */
};

/** All to the opening main element; the caller writes the title's text in
 *  between. */
void web_frame_title(const struct web_frame *frame, const struct aw_sink *out);
void web_frame_open(const struct aw_web_site *site,
                    const struct web_frame *frame, const struct aw_sink *out);
void web_frame_close(const struct aw_web_site *site,
                     const struct web_frame *frame, const struct aw_sink *out);

/** Findings about the log that nobody has acknowledged, of those kept. */
size_t web_alerts_open(const struct aw_web_site *site);

#endif
