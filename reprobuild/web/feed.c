/* SPDX-License-Identifier: Apache-2.0 */
/* The feed of findings: Atom, RFC 4287. */
#include "html.h"

/* A name that stays the same for all time: a UUID of our own kind (RFC 9562,
 * version 8) from the hash, which is ended. */
static void put_id(struct aw_sha256 *sum, const struct aw_sink *out)
{
    enum { VERSION = 6, VARIANT = 8 };
    static const size_t groups[] = {4, 2, 2, 2, 6};
    uint8_t digest[AW_SHA256_SIZE];
    aw_bytes rest = {digest, sizeof(digest)};
    struct aw_rd r = aw_rd_init(rest);

    aw_sha256_final(sum, digest);
    digest[VERSION] = (uint8_t)(0x80U | (digest[VERSION] & 0x0fU));
    digest[VARIANT] = (uint8_t)(0x80U | (digest[VARIANT] & 0x3fU));
    web_raw(out, "<id>urn:uuid:");
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        web_raw(out, i > 0 ? "-" : "");
        web_hex(out, aw_rd_take(&r, groups[i]));
    }
    web_raw(out, "</id>\n");
}

static void start_id(const struct aw_web_site *site, const char *what,
                     struct aw_sha256 *sum)
{
    aw_sha256_init(sum);
    aw_sha256_update(sum, aw_text("aw-rebuild-feed 1\n"));
    aw_sha256_update(sum, site->origin);
    aw_sha256_update(sum, aw_text("\n"));
    aw_sha256_update(sum, aw_text(what));
}

static void add_number(struct aw_sha256 *sum, uint64_t v)
{
    uint8_t text[24];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_text(&w, " ");
    aw_wr_dec(&w, v);
    aw_sha256_update(sum, aw_wr_done(&w));
}

/* Where something is; relative to the feed without an address. */
static void put_link(const struct aw_web_site *site, const char *rel,
                     const char *path, const struct aw_sink *out)
{
    web_raw(out, "<link rel=\"");
    web_raw(out, rel);
    web_raw(out, "\" href=\"");
    if (site->base[0] != '\0') {
        web_text(out, aw_text(site->base));
        web_raw(out, "/");
    } else if (path[0] == '\0') {
        web_raw(out, "./");
    }
    web_raw(out, path);
}

static void put_updated(int64_t seconds, const struct aw_sink *out)
{
    web_raw(out, "<updated>");
    web_stamp(out, seconds);
    web_raw(out, "</updated>\n");
}

static void put_release(const struct aw_web_site *site,
                        const struct aw_web_release *r,
                        const struct aw_sink *out)
{
    struct aw_sha256 sum;

    web_raw(out, "<entry>\n");
    start_id(site, aw_web_state_name(r->state), &sum);
    add_number(&sum, r->index);
    put_id(&sum, out);
    web_raw(out, "<title>");
    web_release_name(r, out);
    web_raw(out, ": ");
    web_raw(out, web_state(r->state));
    web_raw(out, "</title>\n");
    put_updated(r->time, out);
    put_link(site, "alternate", "release/", out);
    web_dec(out, r->index);
    web_raw(out, "\"/>\n<category term=\"");
    web_raw(out, aw_web_state_name(r->state));
    web_raw(out, "\"/>\n<summary>");
    web_raw(out, web_state_means(r->state));
    if (r->detail.n > 0 && !aw_bytes_is(r->detail, "-")) {
        web_raw(out, " Reason: ");
        web_text(out, r->detail);
    }
    web_raw(out, "</summary>\n</entry>\n");
}

static void put_alert(const struct aw_web_site *site,
                      const struct aw_web_alert *a, const struct aw_sink *out)
{
    struct aw_sha256 sum;

    web_raw(out, "<entry>\n");
    start_id(site, "log ", &sum);
    aw_sha256_update(&sum, aw_text(aw_finding_name(a->kind)));
    aw_sha256_update(&sum, a->detail);
    put_id(&sum, out);
    web_raw(out, "<title>The log misbehaves: ");
    web_raw(out, aw_finding_name(a->kind));
    web_raw(out, "</title>\n");
    put_updated(a->time, out);
    put_link(site, "alternate", "", out);
    web_raw(out, "\"/>\n<category term=\"log\"/>\n<summary>");
    web_text(out, a->detail);
    web_raw(out, "</summary>\n</entry>\n");
}

/* When anything changed last. */
static int64_t newest(const struct aw_web_site *site,
                      const struct aw_web_list *list)
{
    int64_t time = site->first_seen;

    for (size_t i = 0; i < list->n; i++) {
        time = list->release[i].time > time ? list->release[i].time : time;
    }
    for (size_t i = 0; i < site->n_alerts; i++) {
        time = site->alert[i].time > time ? site->alert[i].time : time;
    }
    return time;
}

void aw_web_feed(const struct aw_web_site *site, const struct aw_web_list *list,
                 const struct aw_sink *out)
{
    struct aw_sha256 sum;

    web_raw(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                 "<feed xmlns=\"http://www.w3.org/2005/Atom\" "
                 "xml:lang=\"en\">\n");
    start_id(site, "feed", &sum);
    put_id(&sum, out);
    web_raw(out, "<title>Rebuild findings, ");
    web_text(out, site->origin);
    web_raw(out, "</title>\n");
    put_updated(newest(site, list), out);
    put_link(site, "self", "feed.atom", out);
    web_raw(out, "\"/>\n");
    put_link(site, "alternate", "", out);
    web_raw(out, "\"/>\n<author><name>aw verify-build</name></author>\n"
                 "<generator>aw</generator>\n");
    for (size_t i = site->n_alerts; i > 0; i--) {
        put_alert(site, &site->alert[i - 1], out);
    }
    for (size_t i = 0; i < list->n && i < AW_WEB_ROWS; i++) {
        put_release(site, &list->release[i], out);
    }
    web_raw(out, "</feed>\n");
}
