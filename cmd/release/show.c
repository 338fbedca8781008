/* SPDX-License-Identifier: Apache-2.0 */
#include "release/show.h"
#include "release/sources.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "log/scan.h"
#include "release/release.h"

static const struct aw_opt show_opts[] = {
    RELEASE_LOG_OPT(struct show_args),
    RELEASE_ARTEFACTS_OPT(struct show_args, ""),
    {.name = "check",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct show_args, check),
     .help = "Read every artefact and compare it with its manifest; entries "
             "that are no release are failures then."},
    RELEASE_TRUST_OPTS(struct show_args),
    AW_TRUST_ROM_OPTS(offsetof(struct show_args, view.trust)),
};

static void take_artefact(const uint8_t digest[AW_SHA256_SIZE],
                          struct show_artefact *a)
{
    a->named = true;
    memcpy(a->sha256, digest, AW_SHA256_SIZE);
}

static const char *toolchain_of(struct aw_pool *pool,
                                const struct aw_manifest *m)
{
    if (m->has_toolchain) {
        return aw_pool_printf(pool, "%s %s",
                              aw_pool_bytes(pool, m->toolchain_name),
                              aw_pool_bytes(pool, m->toolchain_version));
    }
    return m->has_tamago
               ? aw_pool_printf(pool, "tamago %s",
                                aw_pool_bytes(pool, m->tamago_version))
               : NULL;
}

static void take_release(struct show *s, const struct aw_manifest *m,
                         struct show_entry *e)
{
    struct aw_pool *pool = &s->ctx->pool;

    e->component = m->component;
    e->version = aw_pool_bytes(pool, m->tag_name);
    e->commit = aw_pool_bytes(pool, m->commit);
    e->toolchain = toolchain_of(pool, m);
    take_artefact(m->firmware_sha256, &e->firmware);
    if (release_has_sources(m)) {
        take_artefact(m->sources_sha256, &e->sources);
    }
    if (m->has_hab) {
        e->hab_target = aw_pool_bytes(pool, m->hab_target);
        take_artefact(m->hab_sig_sha256, &e->hab_signature);
    }
}

static struct show_entry *next_entry(struct show *s)
{
    if (s->n == s->cap) {
        size_t cap = s->cap == 0 ? 64 : s->cap * 2;
        struct show_entry *more =
            aw_pool_alloc(&s->ctx->pool, cap, sizeof(*more));

        if (s->n > 0) {
            memcpy(more, s->entry, s->n * sizeof(*more));
        }
        s->entry = more;
        s->cap = cap;
    }
    return &s->entry[s->n++];
}

static void take_entry(void *ctx, const struct log_entry *entry)
{
    struct show *s = ctx;
    struct show_entry *e = next_entry(s);

    e->index = entry->index;
    e->err = entry->err;
    e->diag = entry->diag;
    aw_merkle_leaf(entry->leaf, &e->leaf);
    if (e->err == AW_OK) {
        e->err = aw_latest_add(&s->latest, entry->index, entry->manifest,
                               s->view.trust->use.policy.hab_target, &e->diag);
    }
    if (e->err == AW_OK) {
        take_release(s, entry->manifest, e);
    }
}

static int open_artefacts(struct show *s)
{
    const char *source = release_artefacts_source(
        s->ctx, &s->view.trust->use.policy, s->args->artefacts);

    if (source == NULL) {
        return s->args->check
                   ? aw_usage(s->ctx, "--check needs --artefacts, or a policy "
                                      "that names their place")
                   : AW_EXIT_OK;
    }
    int code = release_artefacts_open(s->ctx, source, &s->args->view.net,
                                      &s->artefacts);

    s->local = code == AW_EXIT_OK && !aw_store_is_remote(s->artefacts.store);
    return code;
}

/* Size of a file without reading it; a server is not asked. */
static void find_size(struct show *s, struct show_artefact *a)
{
    struct aw_artefact_name name;
    char path[PATH_MAX];
    struct stat st;

    if (!s->local || !a->named || a->has_size) {
        return;
    }
    aw_artefact_name(a->sha256, &name);
    (void)snprintf(path, sizeof(path), "%s/%s", s->artefacts.name, name.text);
    a->has_size = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    a->size = a->has_size ? (uint64_t)st.st_size : 0;
}

static void put_artefact(struct show *s, const char *key,
                         const struct show_artefact *a)
{
    struct aw_out *out = &s->ctx->out;

    if (!a->named) {
        return;
    }
    aw_out_begin(out, key);
    aw_out_hex(out, "sha256", (aw_bytes){a->sha256, AW_SHA256_SIZE});
    if (a->has_size) {
        aw_out_u64(out, "size", a->size);
    }
    aw_out_end(out);
}

static void put_release(struct show *s, struct show_entry *e)
{
    struct aw_out *out = &s->ctx->out;

    aw_out_text(out, "verdict", "valid");
    aw_out_text(out, "component", aw_component_name(e->component));
    aw_out_text(out, "version", e->version);
    aw_out_bool(out, "latest", e->latest);
    if (e->hab_target != NULL) {
        aw_out_text(out, "hab_target", e->hab_target);
    }
    aw_out_text(out, "commit", e->commit);
    if (e->toolchain != NULL) {
        aw_out_text(out, "toolchain", e->toolchain);
    }
    find_size(s, &e->firmware);
    find_size(s, &e->hab_signature);
    put_artefact(s, "firmware", &e->firmware);
    put_artefact(s, "hab_signature", &e->hab_signature);
    if (s->args->check && e->hab_signature.named) {
        aw_out_text(&s->ctx->out, "hab", rom_verdict_name(e->rom.verdict));
    }
}

static void put_refused(struct show *s, const struct show_entry *e)
{
    struct aw_out *out = &s->ctx->out;

    aw_out_text(out, "verdict", "refused");
    aw_out_text(out, "code", aw_err_name(e->err));
    aw_out_text(out, "reason", aw_err_text(e->err));
    if (e->diag.where != NULL) {
        aw_out_text(out, "where", e->diag.where);
    }
}

static void put_all(struct show *s)
{
    struct aw_out *out = &s->ctx->out;
    uint64_t refused = 0;

    log_view_show(&s->view);
    if (s->artefacts.store != NULL) {
        aw_out_text(out, "artefacts", s->artefacts.name);
    }
    aw_out_begin_list(out, "releases");
    for (size_t i = 0; i < s->n; i++) {
        aw_out_begin(out, NULL);
        aw_out_u64(out, "index", s->entry[i].index);
        if (s->entry[i].err == AW_OK) {
            put_release(s, &s->entry[i]);
        } else {
            put_refused(s, &s->entry[i]);
            refused++;
        }
        aw_out_end(out);
    }
    aw_out_end_list(out);
    aw_out_u64(out, "valid", s->n - refused);
    aw_out_u64(out, "refused", refused);
    if (s->args->check) {
        aw_out_u64(out, "artefacts_read", s->artefacts_read);
        aw_out_u64(out, "sources_read", s->sources_read);
        aw_out_u64(out, "unnamed_files", s->unnamed);
    }
    aw_out_text(out, "checked",
                !s->args->check           ? "no"
                : s->ctx->found.exit == 0 ? "passed"
                                          : "failed");
}

static void mark_latest(struct show *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct show_entry *e = &s->entry[i];
        const struct aw_latest_entry *latest = &s->latest.of[e->component];

        e->latest =
            e->err == AW_OK && latest->found && latest->index == e->index;
    }
}

/* Damaged tiles are named before anything is read through them. */
static int open_log(struct show *s)
{
    struct log_view *view = &s->view;
    int code = log_view_open(s->ctx, &s->args->view, s->args->log, view);

    if (code == AW_EXIT_OK && s->args->check) {
        code = show_audit(s);
    }
    if (code == AW_EXIT_OK) {
        code = log_view_tiles(view);
    }
    return code == AW_EXIT_OK ? log_view_advance(view) : code;
}

static int show(struct show *s)
{
    int code = open_log(s);

    if (code == AW_EXIT_OK) {
        code = open_artefacts(s);
    }
    if (code == AW_EXIT_OK) {
        code = log_scan(&s->view, take_entry, s);
    }
    if (code == AW_EXIT_OK) {
        mark_latest(s);
        code = s->args->check ? show_check(s) : AW_EXIT_OK;
    }
    if (code == AW_EXIT_OK) {
        put_all(s);
    }
    release_artefacts_close(&s->artefacts);
    log_view_close(&s->view);
    return code;
}

static int run_show(struct aw_ctx *ctx, const void *values)
{
    struct show *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));

    s->ctx = ctx;
    s->args = values;
    return show(s);
}

const struct aw_cmd aw_cmd_release_show = {
    .name = "show",
    .summary = "list releases, and check that all of it is there and true",
    .prose =
        "Reads and proves every entry of a log and lists the releases: which "
        "component, version and target, from which commit, with which "
        "artefacts, and which one is the newest. With --check a local log is "
        "audited first, as by aw log audit, then every artefact is read and "
        "compared with what its manifest signs, and all that is not as it "
        "must be is a failure.",
    .opts = show_opts,
    .n_opts = sizeof(show_opts) / sizeof(show_opts[0]),
    .size = sizeof(struct show_args),
    .run = run_show,
};
