/* SPDX-License-Identifier: Apache-2.0 */
/* Pages about rebuilds from any bytes: the input is the query, the result, the
 * explanation and the reason at once. Whatever is in it, no page has a byte
 * that could be markup, a control character or half a character of it. */
#include <stdlib.h>
#include <string.h>

#include "aw/reprobuild/web.h"
#include "aw/text.h"
#include "fuzz.h"

enum { PAGE = 1 << 20, INPUT_MAX = 4096 };

static uint8_t page[PAGE];

static void check_text(const struct aw_wr *w)
{
    aw_bytes done = aw_wr_done(w);

    if (w->failed || !aw_utf8_valid(done)) {
        __builtin_trap();
    }
    for (size_t i = 0; i < done.n; i++) {
        if (done.p[i] < ' ' && done.p[i] != '\n' && done.p[i] != '\t') {
            __builtin_trap();
        }
    }
}

/* No page of ours has scripts; the input may. */
static void check_markup(aw_bytes page_bytes)
{
    static const char never[] = "<script";
    size_t n = sizeof(never) - 1;

    for (size_t i = 0; page_bytes.n - i >= n; i++) {
        if (memcmp(page_bytes.p + i, never, n) == 0) {
            __builtin_trap();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct aw_policy policy;
    aw_bytes input = {data, size < INPUT_MAX ? size : INPUT_MAX};
    const struct aw_rebuilds_row row = {.index = 7,
                                        .verdict = AW_RB_DIFFERS,
                                        .time = 1,
                                        .detail = input,
                                        .note = input};
    struct aw_web_site site = {.version = "0", .base = "", .origin = input};
    struct aw_web_release release;
    struct aw_web_list list = {.total = 1, .n = 1, .release = &release};
    struct aw_wr w = aw_wr_init(page, sizeof(page));
    struct aw_sink out = aw_sink_wr(&w);
    const struct aw_web_log log = {0, input, false};

    aw_web_release_read(&row, &policy, &release);
    if (aw_web_explanation_parse(input, &release.explanation) != AW_OK) {
        release.explanation.area = input;
        release.explanation.has = true;
    }
    list.filter.page = 1;
    if (aw_web_filter_parse(input, &list.filter) == AW_OK) {
        (void)aw_web_filter_has(&list.filter, &release);
    }
    aw_web_site_count(&site, &release);
    aw_web_index(&site, &list, &out);
    aw_web_release_page(&site, &release, &out);
    aw_web_log_page(&site, &release, &log, &out);
    aw_web_feed(&site, &list, &out);
    aw_web_badge(&site, &out);
    aw_web_json_list(&site, &list, &out);
    aw_web_json_release(&site, &release, &out);
    check_markup(aw_wr_done(&w));
    aw_web_metrics(&site, &out);
    check_text(&w);
    return 0;
}
