/* SPDX-License-Identifier: Apache-2.0 */
#include "release/notes.h"

#include <string.h>

#include "aw/ftlog/bundle.h"
#include "aw/hostio/file.h"
#include "aw/text.h"
#include "common/signer.h"
#include "common/term.h"
#include "log/scan.h"
#include "release/artefact.h"
#include "release/release.h"

struct notes_args {
    struct log_view_args view;
    const char *log;
    const char *artefacts;
    const char *key;
    const char *key_name;
    const char *output;
};

static const struct aw_opt notes_opts[] = {
    RELEASE_LOG_OPT(struct notes_args),
    RELEASE_ARTEFACTS_OPT(struct notes_args,
                          " They are read and compared, and their sizes "
                          "given."),
    {.name = "key",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct notes_args, key),
     .arg = AW_KEY_ARG,
     .help = "Sign the notes: they become the text of a signed note, which "
             "aw note verify opens. " AW_KEY_HELP},
    AW_KEY_NAME_OPT(offsetof(struct notes_args, key_name)),
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct notes_args, output),
     .arg = "FILE",
     .help = "Write the notes to a new file in place of standard output."},
    RELEASE_TRUST_OPTS(struct notes_args),
};

struct notes_run {
    struct notes notes;
    const struct notes_args *args;
    struct release_artefacts artefacts;
    struct aw_buf text;
};

static int read_index(struct aw_ctx *ctx, const char *text, uint64_t *index)
{
    return aw_dec_parse(aw_text(text), index) == AW_OK
               ? AW_EXIT_OK
               : aw_usage(ctx, "%s is no number of an entry", text);
}

static int not_there(struct notes *n, uint64_t index)
{
    return aw_report(
        n->ctx,
        &(struct aw_finding){
            .err = AW_ERR_NOT_FOUND,
            .on = AW_ON_LOG,
            .what = "the log has no such entry",
            .subject = aw_pool_printf(&n->ctx->pool, "entry %llu",
                                      (unsigned long long)index),
            .expected = aw_pool_printf(&n->ctx->pool, "a number below %llu",
                                       (unsigned long long)n->view.tree.size),
            .remedy = "see aw release show for what there is",
        });
}

/* Reads, proves and opens an entry. */
static int read_release(struct notes *n, uint64_t index,
                        struct notes_release *r)
{
    struct aw_pool *pool = &n->ctx->pool;
    struct aw_wr buf =
        aw_wr_init(aw_pool_alloc(pool, AW_ENTRIES_MAX, 1), AW_ENTRIES_MAX);
    struct aw_wr work =
        aw_wr_init(aw_pool_alloc(pool, AW_MANIFEST_WORK, 1), AW_MANIFEST_WORK);
    struct aw_host_diag why = {.network = false};
    struct aw_proof proof;

    if (index >= n->view.tree.size) {
        return not_there(n, index);
    }
    aw_err err =
        aw_log_get(n->view.log, index, &buf, &r->leaf, &proof, &why.diag);

    if (err != AW_OK) {
        return log_view_read_fail(&n->view, err, &why);
    }
    err = aw_leaf_open(r->leaf, &n->view.trust->use.policy, &work, &r->manifest,
                       &why.diag);
    if (err != AW_OK) {
        return aw_report(
            n->ctx,
            &(struct aw_finding){
                .err = err,
                .on = AW_ON_STATEMENT,
                .what = "this entry of the log is no release",
                .subject = aw_pool_printf(pool, "entry %llu",
                                          (unsigned long long)index),
                .expected = "a manifest that all keys of its component signed",
                .diag = &why.diag,
            });
    }
    r->index = index;
    aw_merkle_leaf(r->leaf, &r->hash);
    return AW_EXIT_OK;
}

/* The last release of the component before an entry. */
struct previous {
    uint64_t before;
    enum aw_component component;
    aw_bytes hab_target;
    bool found;
    uint64_t index;
};

static void look(void *ctx, const struct log_entry *entry)
{
    struct previous *p = ctx;

    if (entry->err == AW_OK && entry->index < p->before &&
        entry->manifest->component == p->component &&
        aw_bytes_equal(entry->manifest->hab_target, p->hab_target)) {
        p->found = true;
        p->index = entry->index;
    }
}

static int read_previous(struct notes *n)
{
    struct previous p = {
        .before = n->to.index,
        .component = n->to.manifest.component,
        .hab_target = n->to.manifest.hab_target,
    };
    int code = log_scan(&n->view, look, &p);

    n->has_from = code == AW_EXIT_OK && p.found;
    return n->has_from ? read_release(n, p.index, &n->from) : code;
}

static int read_releases(struct notes_run *r)
{
    struct notes *n = &r->notes;
    const struct aw_operands *operands = &n->ctx->operands;
    uint64_t from = 0;
    uint64_t to = 0;
    int code = read_index(n->ctx, operands->item[operands->n - 1], &to);

    if (code == AW_EXIT_OK && operands->n > 1) {
        n->has_from = true;
        code = read_index(n->ctx, operands->item[0], &from);
    }
    if (code == AW_EXIT_OK) {
        code = log_view_ready(n->ctx, &r->args->view, r->args->log, &n->view);
    }
    if (code == AW_EXIT_OK) {
        code = read_release(n, to, &n->to);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    return n->has_from ? read_release(n, from, &n->from) : read_previous(n);
}

static int read_size(struct notes_run *r, const uint8_t sha256[AW_SHA256_SIZE],
                     struct notes_size *size)
{
    aw_bytes data = {NULL, 0};
    int code = release_artefacts_read(&r->artefacts, sha256, &data);

    size->known = code == AW_EXIT_OK;
    size->bytes = data.n;
    return code;
}

static int read_sizes(struct notes_run *r, struct notes_release *release)
{
    const struct aw_manifest *m = &release->manifest;
    int code = read_size(r, m->firmware_sha256, &release->firmware);

    return code == AW_EXIT_OK && m->has_hab
               ? read_size(r, m->hab_sig_sha256, &release->hab_signature)
               : code;
}

static int read_artefacts(struct notes_run *r)
{
    struct notes *n = &r->notes;
    const char *source = release_artefacts_source(
        n->ctx, &n->view.trust->use.policy, r->args->artefacts);

    if (source == NULL) {
        return AW_EXIT_OK;
    }
    int code = release_artefacts_open(n->ctx, source, &r->args->view.net,
                                      &r->artefacts);

    if (code == AW_EXIT_OK && n->has_from) {
        code = read_sizes(r, &n->from);
    }
    return code == AW_EXIT_OK ? read_sizes(r, &n->to) : code;
}

/* The Markdown becomes the text of a note. */
static int sign(struct notes_run *r)
{
    enum { LINE_ROOM = 1024 };
    struct aw_ctx *ctx = r->notes.ctx;
    struct aw_signer_use by = {.source = NULL};
    size_t room = r->text.n + LINE_ROOM;
    struct aw_wr note = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);

    if (r->args->key == NULL) {
        return AW_EXIT_OK;
    }
    int code = aw_signer_open(ctx, r->args->key, r->args->key_name, &by);

    if (code == AW_EXIT_OK) {
        code = aw_signer_note(ctx, &by, aw_buf_bytes(&r->text), "the notes",
                              &note);
    }
    if (code == AW_EXIT_OK) {
        aw_buf_wipe(&r->text);
        aw_buf_put(&r->text, aw_wr_done(&note));
    }
    aw_signer_close(&by);
    return code;
}

static int put_text(struct notes_run *r)
{
    enum { MODE = 0666 }; /* less the umask */
    struct aw_ctx *ctx = r->notes.ctx;
    const char *path = aw_input_output(r->args->output);
    struct aw_host_diag host = {.network = false};

    if (path == NULL) {
        aw_out_raw(&ctx->out, aw_buf_bytes(&r->text));
        return AW_EXIT_OK;
    }
    aw_err err =
        aw_file_write(path, aw_buf_bytes(&r->text), MODE, AW_FILE_NEW, &host);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .what = "the notes could not be written",
                                  .subject = path,
                                  .expected = "a new file",
                                  .host = &host,
                              });
    }
    aw_say(0, "wrote %s", path);
    return AW_EXIT_OK;
}

static int write_notes(struct notes_run *r)
{
    struct notes *n = &r->notes;
    struct aw_sink sink = aw_buf_sink(&r->text);

    aw_manifest_changes(n->has_from ? &n->from.manifest : NULL, &n->to.manifest,
                        &n->changes);
    notes_markdown(n, &sink);
    int code = sign(r);

    if (code == AW_EXIT_OK) {
        code = put_text(r);
    }
    if (code == AW_EXIT_OK && aw_out_is_json(&n->ctx->out)) {
        notes_put(n);
        aw_out_bool(&n->ctx->out, "signed", r->args->key != NULL);
        aw_out_bytes(&n->ctx->out, "markdown", aw_buf_bytes(&r->text));
    }
    return code;
}

static int run_notes(struct aw_ctx *ctx, const void *values)
{
    struct notes_run *r = aw_pool_alloc(&ctx->pool, 1, sizeof(*r));

    r->notes.ctx = ctx;
    r->args = values;
    int code = read_releases(r);

    if (code == AW_EXIT_OK) {
        code = read_artefacts(r);
    }
    if (code == AW_EXIT_OK) {
        code = write_notes(r);
    }
    aw_buf_wipe(&r->text);
    release_artefacts_close(&r->artefacts);
    log_view_close(&r->notes.view);
    return code;
}

const struct aw_cmd aw_cmd_release_notes = {
    .name = "notes",
    .summary = "say what changed between two releases of a log",
    .prose =
        "Prints, as Markdown or with --json, what changed between the releases "
        "that stand in the log as entries FROM and TO: version, commit, "
        "toolchain, build environment, digests, and where the artefacts are at "
        "hand, their sizes. Both entries are proven and their signatures "
        "verified first. Without FROM it is the last release of the same "
        "component before TO.",
    .operands = "[FROM] TO",
    .min_operands = 1,
    .max_operands = 2,
    .opts = notes_opts,
    .n_opts = sizeof(notes_opts) / sizeof(notes_opts[0]),
    .size = sizeof(struct notes_args),
    .run = run_notes,
};
