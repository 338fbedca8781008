/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "aw/ftlog/note.h"
#include "common/explain.h"
#include "common/input.h"
#include "note/note.h"

struct args {
    struct aw_list vkeys;
    struct aw_list witnesses;
    bool any;
    bool text;
};

static const struct aw_opt opts[] = {
    {.name = "vkey",
     .alias = "key log-pubkey",
     .type = AW_OPT_LIST,
     .at = offsetof(struct args, vkeys),
     .arg = "KEY",
     .help = "Verifier key of a signer: NAME+ID+BASE64, or a file that holds "
             "it."},
    {.name = "witness",
     .type = AW_OPT_LIST,
     .at = offsetof(struct args, witnesses),
     .arg = "KEY",
     .help = "Verifier key of a witness that cosigned a checkpoint, in either "
             "form that witnesses publish."},
    {.name = "any",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, any),
     .help = "Be content with one of the keys. Without it each key given must "
             "have signed."},
    {.name = "text",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, text),
     .help = "Print the signed text, byte for byte, and nothing else."},
};

/* A note, and the keys with which it was opened. */
struct opened {
    const char *path;
    struct aw_keys keys;
    struct aw_note note;
};

static const char *wanted(struct aw_ctx *ctx, const struct aw_keys *keys)
{
    const char *list = "";

    for (size_t i = 0; i < keys->n; i++) {
        list = aw_pool_printf(
            &ctx->pool, "%s%s%s", list, i == 0 ? "" : ", ",
            aw_key_label(ctx, keys->key[i].name, keys->key[i].id));
    }
    return list;
}

static int report_open(struct aw_ctx *ctx, const struct opened *o,
                       aw_bytes message, aw_err err, const struct aw_diag *diag)
{
    struct aw_finding f = {
        .err = err,
        .on = AW_ON_STATEMENT,
        .subject = aw_input_name(o->path),
        .diag = diag,
    };

    if (err == AW_ERR_NO_SIG) {
        f.expected = aw_pool_printf(&ctx->pool, "a signature of %s",
                                    wanted(ctx, &o->keys));
        f.got = aw_explain_signers(ctx, message);
    } else if (err == AW_ERR_SIG) {
        f.expected = "a valid signature in each line of a key given";
        f.got = "a line that does not fit text and key";
    } else {
        f.expected = "a signed note: text, an empty line, signature lines";
    }
    return aw_report(ctx, &f);
}

/* Each key given must have signed. */
static void check_all(struct aw_ctx *ctx, const struct opened *o,
                      aw_bytes message)
{
    for (size_t i = 0; i < o->keys.n; i++) {
        const struct aw_vkey *key = &o->keys.key[i];
        bool cannot = o->note.unsupported[i] != 0;

        if (o->note.verified[i] != 0) {
            continue;
        }
        (void)aw_report(
            ctx, &(struct aw_finding){
                     .err = AW_ERR_NO_SIG,
                     .on = AW_ON_STATEMENT,
                     .subject = aw_input_name(o->path),
                     .expected =
                         aw_pool_printf(&ctx->pool, "a signature of %s",
                                        aw_key_label(ctx, key->name, key->id)),
                     .got = cannot ? "a line of a type that cannot be verified"
                                   : aw_explain_signers(ctx, message),
                     .remedy = "take another note, or allow it with --any",
                 });
    }
}

/* Index of the key whose line this is; keys.n when none. */
static size_t key_of(const struct opened *o, const struct aw_note_sig *sig)
{
    size_t i = 0;

    while (i < o->keys.n && !aw_note_sig_is_of(sig, &o->keys.key[i])) {
        i++;
    }
    return i;
}

static const char *status_of(const struct opened *o, size_t key, size_t line)
{
    if (key == o->keys.n) {
        return "unknown key";
    }
    if (o->note.verified[key] == line) {
        return "verified";
    }
    return o->note.unsupported[key] == line ? "not supported" : "not looked at";
}

static void put_signature(struct aw_ctx *ctx, const struct opened *o,
                          const struct aw_note_sig *sig, size_t line)
{
    size_t key = key_of(o, sig);
    char id[16];

    (void)snprintf(id, sizeof(id), "%08" PRIx32, sig->id);
    aw_out_begin(&ctx->out, NULL);
    aw_out_bytes(&ctx->out, "name", sig->name);
    aw_out_text(&ctx->out, "id", id);
    aw_out_text(&ctx->out, "status", status_of(o, key, line));
    if (key < o->keys.n) {
        aw_out_text(&ctx->out, "type", aw_key_type_name(o->keys.key[key].type));
        if (o->note.time[key] != 0) {
            aw_out_time(&ctx->out, "time", o->note.time[key]);
        }
    }
    aw_out_end(&ctx->out);
}

static void put_result(struct aw_ctx *ctx, const struct opened *o, bool ok)
{
    struct aw_rd r = aw_rd_init(o->note.sigs);
    struct aw_note_sig sig;

    aw_out_text(&ctx->out, "file", o->path);
    aw_out_bool(&ctx->out, "verified", ok);
    aw_out_count(&ctx->out, "keys_given", o->keys.n);
    aw_out_count(&ctx->out, "keys_verified", o->note.n_verified);
    aw_out_begin_list(&ctx->out, "signatures");
    for (size_t line = 1; aw_note_sig_next(&r, &sig) == AW_OK; line++) {
        put_signature(ctx, o, &sig, line);
    }
    aw_out_end_list(&ctx->out);
    if (aw_out_is_json(&ctx->out) && ok) {
        aw_out_bytes(&ctx->out, "text", o->note.text);
    }
}

static int read_keys(struct aw_ctx *ctx, const struct args *args,
                     struct aw_keys *keys)
{
    int code = aw_input_keys(ctx, "--vkey", &args->vkeys, false, keys);

    if (code == AW_EXIT_OK) {
        code = aw_input_keys(ctx, "--witness", &args->witnesses, true, keys);
    }
    if (code == AW_EXIT_OK && keys->n == 0) {
        return aw_usage(ctx, "a key is missing: use --vkey=KEY");
    }
    if (code == AW_EXIT_OK && keys->n > AW_NOTE_MAX_KEYS) {
        return aw_usage(ctx, "more than %d keys", (int)AW_NOTE_MAX_KEYS);
    }
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    struct opened *o = aw_pool_alloc(&ctx->pool, 1, sizeof(*o));
    struct aw_diag diag = {.where = NULL};
    aw_bytes message = {NULL, 0};

    o->path = ctx->operands.item[0];
    int code = read_keys(ctx, args, &o->keys);

    if (code == AW_EXIT_OK) {
        code = aw_input_read(ctx, o->path, AW_NOTE_MAX, &message);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_note_open(message, o->keys.key, o->keys.n, &o->note, &diag);

    if (err != AW_OK) {
        return report_open(ctx, o, message, err, &diag);
    }
    if (!args->any) {
        check_all(ctx, o, message);
    }
    bool ok = ctx->found.exit == 0;

    if (!args->text || aw_out_is_json(&ctx->out)) {
        put_result(ctx, o, ok);
    } else if (ok) {
        aw_out_raw(&ctx->out, o->note.text);
    }
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_note_verify = {
    .name = "verify",
    .summary = "verify the signatures of a note",
    .prose = "Opens a signed note with the keys given, and says who signed it. "
             "Each key given must have signed, and a bad signature of one of "
             "them rejects the note. Lines of other keys prove nothing and do "
             "no harm.\n\nFILE may be - for standard input.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
