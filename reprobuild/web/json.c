/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of the API. 64-bit numbers are texts, times seconds since 1970. */
#include "aw/json_write.h"
#include "aw/reprobuild/web.h"

static void begin(struct aw_json_out *json, const struct aw_sink *out)
{
    aw_json_out_init(json, *out, false);
    aw_json_begin_object(json, NULL);
    aw_json_u64(json, "v", 1);
}

static void end(struct aw_json_out *json)
{
    aw_json_end_object(json);
    aw_json_finish(json);
}

static void put_time(struct aw_json_out *json, const char *key, int64_t time)
{
    if (time > 0) {
        aw_json_u64_text(json, key, (uint64_t)time);
    }
}

static void put_counts(struct aw_json_out *json, const struct aw_web_site *site)
{
    aw_json_begin_object(json, "verdicts");
    for (unsigned i = 0; i < AW_WEB_STATES; i++) {
        aw_json_u64_text(json, aw_web_state_name(i), aw_web_site_sum(site, i));
    }
    aw_json_end_object(json);
}

static void put_log(struct aw_json_out *json, const struct aw_web_site *site)
{
    if (!site->seen) {
        return;
    }
    aw_json_begin_object(json, "log");
    aw_json_u64_text(json, "size", site->size);
    aw_json_hex(json, "root", (aw_bytes){site->root, sizeof(site->root)});
    put_time(json, "first_seen", site->first_seen);
    aw_json_end_object(json);
}

static void put_pulse(struct aw_json_out *json, const struct aw_web_site *site)
{
    const struct aw_rebuilds_pulse *p = &site->pulse;

    if (!site->has_pulse) {
        return;
    }
    aw_json_begin_object(json, "monitor");
    put_time(json, "started", p->started);
    put_time(json, "time", p->time);
    put_time(json, "look_time", p->look_time);
    aw_json_u64_text(json, "looks", p->looks);
    aw_json_u64_text(json, "rebuilt", p->rebuilt);
    aw_json_i64(json, "exit", p->exit);
    aw_json_bool(json, "ended", p->ended);
    aw_json_end_object(json);
}

static void put_alerts(struct aw_json_out *json, const struct aw_web_site *site)
{
    aw_json_begin_array(json, "log_findings");
    for (size_t i = 0; i < site->n_alerts; i++) {
        const struct aw_web_alert *a = &site->alert[i];

        aw_json_begin_object(json, NULL);
        aw_json_text(json, "kind", aw_finding_name(a->kind));
        put_time(json, "time", a->time);
        aw_json_bool(json, "acknowledged", a->acknowledged);
        aw_json_bytes(json, "detail", a->detail);
        aw_json_end_object(json);
    }
    aw_json_end_array(json);
}

static void put_rebuilders(struct aw_json_out *json,
                           const struct aw_web_site *site)
{
    aw_json_begin_array(json, "rebuilders");
    for (size_t i = 0; i < site->n_rebuilders; i++) {
        uint8_t text[AW_KEY_TEXT_MAX];
        struct aw_wr w = aw_wr_init(text, sizeof(text));

        aw_vkey_write(&site->rebuilder[i], &w);
        aw_json_bytes(json, NULL, aw_wr_done(&w));
    }
    aw_json_end_array(json);
    aw_json_u64_text(json, "rebuilder_quorum", site->quorum);
}

void aw_web_json_status(const struct aw_web_site *site,
                        const struct aw_sink *out)
{
    struct aw_json_out json;

    begin(&json, out);
    aw_json_text(&json, "program", site->version);
    aw_json_bytes(&json, "origin", site->origin);
    put_time(&json, "time", site->now);
    put_log(&json, site);
    put_pulse(&json, site);
    put_counts(&json, site);
    aw_json_u64_text(&json, "unacknowledged", site->open);
    put_time(&json, "last_build", site->last_build);
    put_alerts(&json, site);
    put_rebuilders(&json, site);
    end(&json);
}

static void put_result(struct aw_json_out *json, const struct aw_rb_result *r)
{
    aw_json_text(json, "component", aw_component_name(r->component));
    aw_json_bytes(json, "version", r->version);
    aw_json_bytes(json, "commit", r->commit);
    aw_json_bytes(json, "recipe", r->recipe);
    aw_json_hex(json, "leaf", (aw_bytes){r->leaf, AW_SHA256_SIZE});
    aw_json_hex(json, "expected", (aw_bytes){r->expected, AW_SHA256_SIZE});
    if (r->has_built) {
        aw_json_hex(json, "built", (aw_bytes){r->built, AW_SHA256_SIZE});
    }
    aw_json_u64_text(json, "passes", r->passes);
    aw_json_bytes(json, "varied", r->varied);
    aw_json_bytes(json, "memory", r->memory);
}

static void put_release(struct aw_json_out *json,
                        const struct aw_web_release *r)
{
    static const char *const signers[] = {"nobody", "rebuilder", "unknown",
                                          "bad"};

    aw_json_u64_text(json, "index", r->index);
    aw_json_text(json, "verdict", aw_web_state_name(r->state));
    aw_json_u64_text(json, "tries", r->tries);
    put_time(json, "time", r->time);
    put_time(json, "next_time", r->next_time);
    aw_json_bool(json, "acknowledged", r->acknowledged);
    if (r->detail.n > 0) {
        aw_json_bytes(json, "detail", r->detail);
    }
    if (r->has_result) {
        put_result(json, &r->result);
    }
    if (r->note.n > 0) {
        aw_json_text(json, "signed_by", signers[r->signer]);
    }
}

static void put_explanation(struct aw_json_out *json,
                            const struct aw_web_explanation *e)
{
    if (!e->has) {
        return;
    }
    aw_json_begin_object(json, "difference");
    aw_json_text(json, "from", e->between ? "second pass" : "log");
    aw_json_u64_text(json, "offset", e->offset);
    aw_json_u64_text(json, "bytes", e->bytes);
    aw_json_u64_text(json, "ranges", e->ranges);
    aw_json_bytes(json, "area", e->area);
    if (e->address != 0) {
        aw_json_u64_text(json, "address", e->address);
    }
    if (e->symbol.n > 0) {
        aw_json_bytes(json, "symbol", e->symbol);
    }
    if (e->source.n > 0) {
        aw_json_bytes(json, "source", e->source);
    }
    aw_json_end_object(json);
}

void aw_web_json_list(const struct aw_web_site *site,
                      const struct aw_web_list *list, const struct aw_sink *out)
{
    struct aw_json_out json;

    begin(&json, out);
    aw_json_bytes(&json, "origin", site->origin);
    aw_json_u64_text(&json, "total", list->total);
    aw_json_u64_text(&json, "page", list->filter.page);
    aw_json_u64_text(&json, "pages",
                     (list->total + AW_WEB_ROWS - 1) / AW_WEB_ROWS);
    aw_json_begin_array(&json, "releases");
    for (size_t i = 0; i < list->n && i < AW_WEB_ROWS; i++) {
        aw_json_begin_object(&json, NULL);
        put_release(&json, &list->release[i]);
        aw_json_end_object(&json);
    }
    aw_json_end_array(&json);
    end(&json);
}

void aw_web_json_release(const struct aw_web_site *site,
                         const struct aw_web_release *release,
                         const struct aw_sink *out)
{
    struct aw_json_out json;

    begin(&json, out);
    aw_json_bytes(&json, "origin", site->origin);
    aw_json_begin_object(&json, "release");
    put_release(&json, release);
    put_explanation(&json, &release->explanation);
    if (release->note.n > 0) {
        aw_json_bytes(&json, "result", release->note);
    }
    aw_json_end_object(&json);
    end(&json);
}

void aw_web_json_error(const char *text, const struct aw_sink *out)
{
    struct aw_json_out json;

    begin(&json, out);
    aw_json_text(&json, "error", text);
    end(&json);
}
