/* SPDX-License-Identifier: Apache-2.0 */
/* From the address of a page to its bytes. */
#include "rebuild/pages.h"

#include <string.h>

#include "aw/text.h"
#include "common/term.h"

enum { OK = 200, BAD = 400, MISSING = 404, BROKEN = 500, STALE = 503 };

static const char html[] = "text/html; charset=utf-8";
static const char plain[] = "text/plain; charset=utf-8";
static const char json[] = "application/json";
static const char svg[] = "image/svg+xml";

/* Nothing but our own style sheet and icon, and nobody's frame. */
static const char page_rules[] =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";
/* For what is no page: nothing at all. */
static const char data_rules[] =
    "default-src 'none'; frame-ancestors 'none'; sandbox";

/* One request. */
struct request {
    struct rebuild_site *site;
    struct aw_pool pool;
    struct aw_buf body;
    struct aw_sink out;
    aw_bytes query;
    unsigned status;
    const char *type;
};

static void set_error(struct request *r, const char *up, const char *text,
                      unsigned status)
{
    aw_buf_wipe(&r->body);
    r->status = status;
    if (r->type == json) {
        aw_web_json_error(text, &r->out);
    } else if (r->type == html) {
        aw_web_error_page(&r->site->site, up, text, &r->out);
    } else {
        r->type = plain;
        aw_sink_text(&r->out, text);
        aw_sink_text(&r->out, "\n");
    }
}

static void set_failure(struct request *r, const char *up, aw_err err,
                        const struct aw_host_diag *why)
{
    if (err == AW_ERR_NOT_FOUND) {
        set_error(r, up, "Not found", MISSING);
        return;
    }
    aw_say(0, "the state cannot be read: %s: %s", aw_err_text(err), why->text);
    set_error(r, up, "The monitor's state cannot be read", BROKEN);
}

/* --- Lists ---------------------------------------------------------------- */

static void answer_list(struct request *r,
                        void (*write)(const struct aw_web_site *site,
                                      const struct aw_web_list *list,
                                      const struct aw_sink *out))
{
    struct aw_host_diag why = {.network = false};
    struct aw_web_list list = {.total = 0};

    if (aw_web_filter_parse(r->query, &list.filter) != AW_OK) {
        set_error(r, "", "There is no such list", BAD);
        return;
    }
    aw_err err = rebuild_site_list(r->site, &r->pool, &list, &why);

    if (err == AW_OK) {
        write(&r->site->site, &list, &r->out);
    } else {
        set_failure(r, "", err, &why);
    }
}

static void answer_index(struct request *r)
{
    answer_list(r, aw_web_index);
}

static void answer_json_list(struct request *r)
{
    answer_list(r, aw_web_json_list);
}

static void answer_feed(struct request *r)
{
    r->query = aw_text("show=findings");
    answer_list(r, aw_web_feed);
}

/* --- The site as a whole -------------------------------------------------- */

static void answer_site(struct request *r,
                        void (*write)(const struct aw_web_site *site,
                                      const struct aw_sink *out))
{
    struct aw_host_diag why = {.network = false};
    aw_err err = rebuild_site_refresh(r->site, &why);

    if (err == AW_OK) {
        write(&r->site->site, &r->out);
    } else {
        set_failure(r, "", err, &why);
    }
}

static void answer_status(struct request *r)
{
    answer_site(r, aw_web_json_status);
}

static void answer_metrics(struct request *r)
{
    answer_site(r, aw_web_metrics);
}

static void answer_badge(struct request *r)
{
    answer_site(r, aw_web_badge);
}

static void put_health(const struct aw_web_site *site,
                       const struct aw_sink *out)
{
    aw_sink_text(out, aw_web_site_stale(site) ? "the monitor stands still\n"
                                              : "ok\n");
}

/* For those who restart what does not answer. */
static void answer_health(struct request *r)
{
    answer_site(r, put_health);
    if (r->status == OK && aw_web_site_stale(&r->site->site)) {
        r->status = STALE;
    }
}

static void answer_style(struct request *r)
{
    aw_sink_put(&r->out, aw_web_style());
}

static void answer_icon(struct request *r)
{
    aw_sink_put(&r->out, aw_web_icon());
}

static const struct {
    const char *path;
    const char *type;
    void (*answer)(struct request *r);
} fixed[] = {
    {"", html, answer_index},
    {"api/v1/releases", json, answer_json_list},
    {"api/v1/status", json, answer_status},
    {"badge.svg", svg, answer_badge},
    {"feed.atom", "application/atom+xml; charset=utf-8", answer_feed},
    {"healthz", plain, answer_health},
    {"icon.svg", svg, answer_icon},
    {"metrics", "text/plain; version=0.0.4; charset=utf-8", answer_metrics},
    {"style.css", "text/css; charset=utf-8", answer_style},
};

/* --- One release ---------------------------------------------------------- */

static void answer_release(struct request *r, uint64_t index)
{
    struct aw_host_diag why = {.network = false};
    struct aw_web_release release;
    aw_err err = rebuild_site_release(r->site, &r->pool, index, &release, &why);

    if (err != AW_OK) {
        set_failure(r, "../", err, &why);
    } else if (r->type == json) {
        aw_web_json_release(&r->site->site, &release, &r->out);
    } else {
        aw_web_release_page(&r->site->site, &release, &r->out);
    }
}

static void answer_note(struct request *r, uint64_t index)
{
    struct aw_host_diag why = {.network = false};
    struct aw_web_release release;

    r->type = plain;
    aw_err err = rebuild_site_release(r->site, &r->pool, index, &release, &why);

    if (err == AW_OK && release.note.n == 0) {
        err = AW_ERR_NOT_FOUND;
    }
    if (err == AW_OK) {
        aw_sink_put(&r->out, release.note);
    } else {
        set_failure(r, "", err, &why);
    }
}

static void answer_log(struct request *r, uint64_t index, size_t pass,
                       bool as_file)
{
    struct aw_host_diag why = {.network = false};
    struct aw_web_release release;
    struct aw_web_log log = {.pass = pass};
    aw_err err = rebuild_site_release(r->site, &r->pool, index, &release, &why);

    r->type = as_file ? plain : html;
    if (err == AW_OK) {
        err = rebuild_site_log(r->site, &r->pool, index, pass, &log, &why);
    }
    if (err != AW_OK) {
        set_failure(r, "../../", err, &why);
    } else if (as_file) {
        aw_sink_put(&r->out, log.text);
    } else {
        aw_web_log_page(&r->site->site, &release, &log, &r->out);
    }
}

/* What follows "release/": a number, perhaps a part. */
static void answer_below(struct request *r, aw_bytes path)
{
    struct aw_rd rd = aw_rd_init(path);
    aw_bytes number = aw_rd_until(&rd, '/');
    aw_bytes part = aw_rd_rest(&rd);
    uint64_t index = 0;

    r->type = html;
    if (rd.failed) {
        number = path;
        part = aw_text("");
    }
    if (aw_dec_parse(number, &index) != AW_OK) {
        set_error(r, rd.failed ? "../" : "../../", "Not found", MISSING);
    } else if (rd.failed) {
        answer_release(r, index);
    } else if (aw_bytes_is(part, "note")) {
        answer_note(r, index);
    } else if (aw_bytes_is(part, "log-1") || aw_bytes_is(part, "log-1.txt")) {
        answer_log(r, index, 0, aw_bytes_is(part, "log-1.txt"));
    } else if (aw_bytes_is(part, "log-2") || aw_bytes_is(part, "log-2.txt")) {
        answer_log(r, index, 1, aw_bytes_is(part, "log-2.txt"));
    } else {
        set_error(r, "../../", "Not found", MISSING);
    }
}

/* --- Addresses ------------------------------------------------------------ */

static void answer(struct request *r, const char *path)
{
    static const char below[] = "release/";
    static const char api[] = "api/v1/releases/";
    uint64_t index = 0;

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (strcmp(path, fixed[i].path) == 0) {
            r->type = fixed[i].type;
            fixed[i].answer(r);
            return;
        }
    }
    if (strncmp(path, below, sizeof(below) - 1) == 0) {
        answer_below(r, aw_text(path + sizeof(below) - 1));
    } else if (strncmp(path, api, sizeof(api) - 1) == 0 &&
               aw_dec_parse(aw_text(path + sizeof(api) - 1), &index) == AW_OK) {
        r->type = json;
        answer_release(r, index);
    } else {
        /* How deep it is does not matter: a text has no links. */
        r->type = plain;
        set_error(r, "", "Not found", MISSING);
    }
}

void rebuild_page(void *ctx, const char *path, const char *query,
                  struct aw_page *page)
{
    struct request r = {.site = ctx, .query = aw_text(query), .status = OK};

    aw_pool_init(&r.pool);
    r.out = aw_buf_sink(&r.body);
    answer(&r, path[0] == '/' ? path + 1 : path);
    page->status = r.status;
    page->type = r.type;
    page->security = r.type == html ? page_rules : data_rules;
    page->body = (struct aw_blob){.p = r.body.p, .n = r.body.n};
    aw_pool_wipe(&r.pool);
}
