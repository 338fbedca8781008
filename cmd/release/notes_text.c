/* SPDX-License-Identifier: Apache-2.0 */
#include "release/notes.h"

/* A value as code in a cell of a table. What would end the one or the other
 * is written as \xNN: manifests are signed, yet not by the reader. */
static void put_code(const struct aw_sink *to, aw_bytes value)
{
    uint8_t c[8];

    aw_sink_text(to, "`");
    for (size_t i = 0; i < value.n; i++) {
        struct aw_wr w = aw_wr_init(c, sizeof(c));
        uint8_t b = value.p[i];

        if (b < ' ' || b == '`' || b == '|' || b == '\\' || b == 0x7f) {
            aw_wr_text(&w, "\\x");
            aw_wr_hex_u64(&w, b, 2);
        } else {
            aw_wr_u8(&w, b);
        }
        aw_sink_put(to, aw_wr_done(&w));
    }
    aw_sink_text(to, "`");
}

static void put_number(const struct aw_sink *to, uint64_t v)
{
    uint8_t text[24];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_dec(&w, v);
    aw_sink_put(to, aw_wr_done(&w));
}

static void put_side(const struct aw_sink *to, const struct aw_change *c,
                     bool has, aw_bytes value)
{
    uint8_t text[2 * AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    if (!has) {
        aw_sink_text(to, "-");
    } else if (c->is_digest) {
        aw_wr_hex(&w, value);
        put_code(to, aw_wr_done(&w));
    } else if (value.n == 0) {
        aw_sink_text(to, "(empty)");
    } else {
        put_code(to, value);
    }
}

/* "hab_target" as "hab target". */
static void put_name(const struct aw_sink *to, const struct aw_change *c)
{
    if (c->field == NULL) {
        put_code(to, c->env);
        return;
    }
    aw_bytes name = aw_text(c->field);

    for (size_t i = 0; i < name.n; i++) {
        uint8_t b = name.p[i] == '_' ? ' ' : name.p[i];

        aw_sink_put(to, (aw_bytes){&b, 1});
    }
}

static void put_row(const struct notes *n, const struct aw_sink *to,
                    const struct aw_change *c)
{
    aw_sink_text(to, "| ");
    put_name(to, c);
    if (n->has_from) {
        aw_sink_text(to, " | ");
        put_side(to, c, c->has_from, c->from);
    }
    aw_sink_text(to, " | ");
    put_side(to, c, c->has_to, c->to);
    aw_sink_text(to, " |\n");
}

static void put_head(const struct notes *n, const struct aw_sink *to,
                     const char *what)
{
    aw_sink_text(to, "\n| ");
    aw_sink_text(to, what);
    if (n->has_from) {
        aw_sink_text(to, " | ");
        put_code(to, n->from.manifest.tag_name);
    }
    aw_sink_text(to, " | ");
    put_code(to, n->to.manifest.tag_name);
    aw_sink_text(to, n->has_from ? " |\n|---|---|---|\n" : " |\n|---|---|\n");
}

static void put_size_side(const struct aw_sink *to,
                          const struct notes_size *size)
{
    if (size->known) {
        put_number(to, size->bytes);
    } else {
        aw_sink_text(to, "-");
    }
}

static void put_sizes(const struct notes *n, const struct aw_sink *to,
                      const char *name, const struct notes_size *from,
                      const struct notes_size *newer)
{
    if (!newer->known && !from->known) {
        return;
    }
    aw_sink_text(to, "| ");
    aw_sink_text(to, name);
    if (n->has_from) {
        aw_sink_text(to, " | ");
        put_size_side(to, from);
    }
    aw_sink_text(to, " | ");
    put_size_side(to, newer);
    aw_sink_text(to, " |\n");
}

/* Rows that are shown: all of a first release, else what differs. */
static bool is_shown(const struct notes *n, const struct aw_change *c, bool env)
{
    return (c->field == NULL) == env && (!n->has_from || aw_change_differs(c));
}

static void put_fields(const struct notes *n, const struct aw_sink *to)
{
    put_head(n, to, "what");
    for (size_t i = 0; i < n->changes.n; i++) {
        if (is_shown(n, &n->changes.list[i], false)) {
            put_row(n, to, &n->changes.list[i]);
        }
    }
    put_sizes(n, to, "firmware bytes", &n->from.firmware, &n->to.firmware);
    put_sizes(n, to, "hab signature bytes", &n->from.hab_signature,
              &n->to.hab_signature);
}

static void put_envs(const struct notes *n, const struct aw_sink *to)
{
    size_t shown = 0;

    for (size_t i = 0; i < n->changes.n; i++) {
        const struct aw_change *c = &n->changes.list[i];

        if (!is_shown(n, c, true)) {
            continue;
        }
        if (shown++ == 0) {
            aw_sink_text(to, "\n## Build environment\n");
            put_head(n, to, "variable");
        }
        put_row(n, to, c);
    }
}

/* What did not change, in one sentence. */
static void put_unchanged(const struct notes *n, const struct aw_sink *to)
{
    size_t shown = 0;

    for (size_t i = 0; n->has_from && i < n->changes.n; i++) {
        const struct aw_change *c = &n->changes.list[i];

        if (aw_change_differs(c)) {
            continue;
        }
        aw_sink_text(to, shown++ == 0 ? "\nUnchanged: " : ", ");
        put_name(to, c);
    }
    if (shown > 0) {
        aw_sink_text(to, ".\n");
    }
}

static void put_hash(const struct aw_sink *to, const aw_hash *hash)
{
    uint8_t text[48];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_base64(&w, (aw_bytes){hash->b, sizeof(hash->b)});
    put_code(to, aw_wr_done(&w));
}

static void put_signers(const struct aw_sink *to, aw_bytes leaf)
{
    struct aw_note note;
    struct aw_note_sig sig;

    if (aw_note_split(leaf, &note, NULL) != AW_OK) {
        return; /* it was opened before */
    }
    struct aw_rd r = aw_rd_init(note.sigs);

    for (size_t i = 0; aw_note_sig_next(&r, &sig) == AW_OK; i++) {
        aw_sink_text(to, i == 0 ? ", signed by " : " and ");
        put_code(to, sig.name);
    }
}

static void put_entry(const struct aw_sink *to, const struct notes_release *r)
{
    aw_sink_text(to, "- entry ");
    put_number(to, r->index);
    aw_sink_text(to, ": version ");
    put_code(to, r->manifest.tag_name);
    aw_sink_text(to, ", leaf hash ");
    put_hash(to, &r->hash);
    put_signers(to, r->leaf);
    aw_sink_text(to, "\n");
}

static void put_log(const struct notes *n, const struct aw_sink *to)
{
    aw_sink_text(to, "\n## Firmware log\n\n- origin: ");
    put_code(to, n->view.checkpoint.origin);
    aw_sink_text(to, "\n- tree: ");
    put_number(to, n->view.tree.size);
    aw_sink_text(to, " entries, root ");
    put_hash(to, &n->view.tree.root);
    aw_sink_text(to, "\n");
    if (n->has_from) {
        put_entry(to, &n->from);
    }
    put_entry(to, &n->to);
}

void notes_markdown(const struct notes *n, const struct aw_sink *to)
{
    aw_sink_text(to, "# ");
    aw_sink_text(to, aw_component_name(n->to.manifest.component));
    aw_sink_text(to, " ");
    put_code(to, n->to.manifest.tag_name);
    if (n->has_from) {
        aw_sink_text(to, "\n\nChanges since ");
        if (n->from.manifest.component != n->to.manifest.component) {
            aw_sink_text(to, aw_component_name(n->from.manifest.component));
            aw_sink_text(to, " ");
        }
        put_code(to, n->from.manifest.tag_name);
        aw_sink_text(to, ".\n");
    } else {
        aw_sink_text(to, "\n\nThe first release in the log.\n");
    }
    put_fields(n, to);
    put_envs(n, to);
    put_unchanged(n, to);
    put_log(n, to);
}

static void out_side(struct aw_out *out, const char *key,
                     const struct aw_change *c, bool has, aw_bytes value)
{
    if (has && c->is_digest) {
        aw_out_hex(out, key, value);
    } else if (has) {
        aw_out_bytes(out, key, value);
    }
}

static void out_changes(struct notes *n, bool env)
{
    struct aw_out *out = &n->ctx->out;

    aw_out_begin_list(out, env ? "envs" : "fields");
    for (size_t i = 0; i < n->changes.n; i++) {
        const struct aw_change *c = &n->changes.list[i];

        if ((c->field == NULL) != env) {
            continue;
        }
        aw_out_begin(out, NULL);
        aw_out_bytes(out, "name", env ? c->env : aw_text(c->field));
        aw_out_bool(out, "changed", aw_change_differs(c));
        out_side(out, "from", c, c->has_from, c->from);
        out_side(out, "to", c, c->has_to, c->to);
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

static void out_release(struct notes *n, const char *key,
                        const struct notes_release *r)
{
    struct aw_out *out = &n->ctx->out;

    aw_out_begin(out, key);
    aw_out_u64(out, "index", r->index);
    aw_out_text(out, "component", aw_component_name(r->manifest.component));
    aw_out_bytes(out, "version", r->manifest.tag_name);
    aw_out_base64(out, "leaf_hash", (aw_bytes){r->hash.b, sizeof(r->hash.b)});
    if (r->firmware.known) {
        aw_out_u64(out, "firmware_size", r->firmware.bytes);
    }
    if (r->hab_signature.known) {
        aw_out_u64(out, "hab_signature_size", r->hab_signature.bytes);
    }
    aw_out_end(out);
}

void notes_put(struct notes *n)
{
    log_view_show(&n->view);
    if (n->has_from) {
        out_release(n, "from", &n->from);
    }
    out_release(n, "to", &n->to);
    out_changes(n, false);
    out_changes(n, true);
}
