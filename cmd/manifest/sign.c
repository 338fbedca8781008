/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/bundle.h"
#include "common/offline.h"
#include "common/policy.h"
#include "common/signer.h"
#include "manifest/manifest.h"

struct sign_args {
    const char *manifest_file;
    const char *note_file;
    struct aw_list verifiers;
    const char *policy;
    const char *key;
    const char *key_name;
    const char *prepare;
    const char *attach;
    const char *vkey;
    const char *output;
};

#define AT(field) .at = offsetof(struct sign_args, field)

static const struct aw_opt opts[] = {
    {.name = "key",
     .type = AW_OPT_TEXT,
     AT(key),
     .arg = AW_KEY_ARG,
     .help = AW_KEY_HELP},
    AW_KEY_NAME_OPT(offsetof(struct sign_args, key_name)),
    {.name = "note-verifier",
     .type = AW_OPT_LIST,
     AT(verifiers),
     .arg = "KEY",
     .help = "Verifier key of a signature that must be on the manifest "
             "already."},
    {.name = "policy",
     .type = AW_OPT_TEXT,
     AT(policy),
     .arg = "NAME|FILE",
     .help = "Policy that must ask for the key, and for those that have signed "
             "already; they need no --note-verifier then."},
    {.name = "manifest-file",
     .type = AW_OPT_TEXT,
     AT(manifest_file),
     .arg = "FILE",
     .help = "In place of FILE, and it must be bare JSON text."},
    {.name = "note-file",
     .type = AW_OPT_TEXT,
     AT(note_file),
     .arg = "FILE",
     .help = "In place of FILE, and it must be signed already."},
    {.name = "output",
     .alias = "o output-file",
     .type = AW_OPT_TEXT,
     AT(output),
     .arg = "FILE",
     .help = "Write the manifest to a new file in place of standard output."},
    {.name = "prepare",
     .type = AW_OPT_TEXT,
     AT(prepare),
     .arg = "FILE",
     .group = "Signing elsewhere",
     .help = "Write the text that is to be signed to a new file, and sign "
             "nothing."},
    {.name = "attach",
     .type = AW_OPT_TEXT,
     AT(attach),
     .arg = "NOTE",
     .group = "Signing elsewhere",
     .help = "Take the signature from a note that was made elsewhere, verify "
             "it and add it. Needs --vkey."},
    {.name = "vkey",
     .type = AW_OPT_TEXT,
     AT(vkey),
     .arg = "KEY",
     .group = "Signing elsewhere",
     .help = "Verifier key of the signature that --attach takes."},
};

struct sign {
    struct aw_ctx *ctx;
    const struct sign_args *args;
    struct manifest_file file;
    const struct aw_policy_use *use; /* NULL without --policy */
    /* What existing signatures are verified with. */
    struct aw_keys keys;
    struct aw_vkey key; /* that signs now */
    aw_bytes line;      /* its signature */
};

static int count(const char *a, const char *b, const char *c)
{
    return (a != NULL ? 1 : 0) + (b != NULL ? 1 : 0) + (c != NULL ? 1 : 0);
}

static int check_args(struct sign *s)
{
    const struct sign_args *args = s->args;
    const struct aw_operands *operands = &s->ctx->operands;
    const char *operand = operands->n > 0 ? operands->item[0] : NULL;

    if (count(operand, args->manifest_file, args->note_file) != 1) {
        return aw_usage(s->ctx, "give one of FILE, --manifest-file and "
                                "--note-file");
    }
    if (count(args->key, args->prepare, args->attach) != 1) {
        return aw_usage(s->ctx, "give one of --key, --prepare and --attach");
    }
    if (args->key_name != NULL && args->key == NULL) {
        return aw_usage(s->ctx, "--key-name needs --key");
    }
    if ((args->attach == NULL) != (args->vkey == NULL)) {
        return aw_usage(s->ctx, "--attach and --vkey go together");
    }
    if (args->prepare != NULL && args->output != NULL) {
        return aw_usage(s->ctx, "--prepare names the file that is written; "
                                "--output is for the signed manifest");
    }
    s->file.path = operand != NULL           ? operand
                   : args->note_file != NULL ? args->note_file
                                             : args->manifest_file;
    return AW_EXIT_OK;
}

/* The file and what is in it; nothing is verified yet. */
static int read_file(struct sign *s)
{
    struct manifest_file *f = &s->file;
    struct aw_diag diag = {.where = NULL};
    struct aw_wr work = manifest_work(s->ctx);
    int code = aw_input_read(s->ctx, f->path, AW_MANIFEST_MAX, &f->data);

    if (code != AW_EXIT_OK) {
        return code;
    }
    f->is_signed = aw_note_split(f->data, &f->note, NULL) == AW_OK;
    if (f->is_signed ? s->args->manifest_file != NULL
                     : s->args->note_file != NULL) {
        return aw_report(
            s->ctx,
            &(struct aw_finding){
                .err = AW_ERR_PRECONDITION,
                .on = AW_ON_INPUT,
                .what = f->is_signed ? "this manifest is signed already"
                                     : "this manifest has no signature",
                .subject = aw_input_name(f->path),
                .expected = f->is_signed ? "bare JSON text" : "a signed note",
                .got = f->is_signed ? "a signed note" : "no signature lines",
                .remedy = f->is_signed ? "add a signature with --note-file and "
                                         "--note-verifier"
                                       : "use --manifest-file",
            });
    }
    if (!f->is_signed) {
        f->note.text = f->data;
    }
    aw_err err = aw_manifest_parse(f->note.text, &work, &f->manifest, &diag);

    if (err == AW_OK) {
        err = manifest_check_lines(f->note.text, &diag);
    }
    return err == AW_OK ? AW_EXIT_OK
                        : manifest_report(s->ctx, f->path, f->data, err,
                                          AW_ON_INPUT, &diag);
}

static const struct aw_signers *signers_of(const struct sign *s)
{
    return &s->use->policy.signers[s->file.manifest.component];
}

/* --note-verifier, and the keys of the policy that it does not name. */
static int collect_keys(struct sign *s)
{
    int code = aw_input_keys(s->ctx, "--note-verifier", &s->args->verifiers,
                             false, &s->keys);

    if (code == AW_EXIT_OK && s->use != NULL) {
        aw_policy_add_keys(s->ctx, &s->use->policy, &s->keys);
    }
    return code;
}

static int refuse(struct sign *s, aw_err err, const char *expected,
                  const struct aw_diag *diag)
{
    return aw_report(s->ctx, &(struct aw_finding){
                                 .err = err,
                                 .on = AW_ON_STATEMENT,
                                 .exit = AW_EXIT_MISMATCH,
                                 .what = "the signed manifest does not verify",
                                 .subject = aw_input_name(s->file.path),
                                 .expected = expected,
                                 .diag = diag,
                                 .remedy = "nothing was signed",
                             });
}

/* With a policy no key but the component's may have signed. */
static int check_foreign(struct sign *s)
{
    for (size_t i = 0; s->use != NULL && i < s->keys.n; i++) {
        const struct aw_vkey *key = &s->keys.key[i];

        if (s->file.note.verified[i] != 0 &&
            !aw_signers_have(signers_of(s), key)) {
            struct aw_diag diag = {.where = "manifest: signatures"};

            return refuse(s, AW_ERR_POLICY,
                          "no signature of a key that the policy does not "
                          "ask for",
                          &diag);
        }
    }
    return AW_EXIT_OK;
}

/* What is signed already is verified before anything is added to it. */
static int verify_existing(struct sign *s)
{
    struct aw_diag diag = {.where = NULL};
    size_t wanted = s->args->verifiers.n;

    if (!s->file.is_signed) {
        return wanted == 0 ? AW_EXIT_OK
                           : aw_usage(s->ctx, "--note-verifier is for a "
                                              "manifest that is signed "
                                              "already");
    }
    if (s->keys.n == 0) {
        return aw_usage(s->ctx, "this manifest is signed already: give "
                                "--note-verifier or --policy, so that it is "
                                "verified first");
    }
    aw_err err = aw_note_open(s->file.data, s->keys.key, s->keys.n,
                              &s->file.note, &diag);

    for (size_t i = 0; err == AW_OK && i < wanted; i++) {
        if (s->file.note.verified[i] == 0) {
            err = aw_fail(&diag, AW_ERR_NO_SIG, "manifest: signatures", i);
        }
    }
    if (err != AW_OK) {
        return refuse(s, err, "a valid signature of every --note-verifier",
                      &diag);
    }
    return check_foreign(s);
}

static int check_role(struct sign *s)
{
    if (s->use == NULL || aw_signers_have(signers_of(s), &s->key)) {
        return AW_EXIT_OK;
    }
    return aw_report(
        s->ctx, &(struct aw_finding){
                    .err = AW_ERR_POLICY,
                    .on = AW_ON_INPUT,
                    .exit = AW_EXIT_REFUSED,
                    .what = "the policy does not ask for this key",
                    .subject = aw_key_label(s->ctx, s->key.name, s->key.id),
                    .expected = aw_pool_printf(
                        &s->ctx->pool, "a key of %s",
                        aw_component_name(s->file.manifest.component)),
                    .got = "another key",
                    .remedy = "nothing was signed; give the right key",
                });
}

static int sign_here(struct sign *s)
{
    enum { ROOM = 1024 };
    struct aw_ctx *ctx = s->ctx;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, ROOM, 1), ROOM);
    struct aw_diag diag = {.where = NULL};
    struct aw_signer_use by;
    int code = s->args->key_name == NULL && s->use != NULL
                   ? aw_signer_open_known(ctx, s->args->key, &s->keys, &by)
                   : aw_signer_open(ctx, s->args->key, s->args->key_name, &by);

    s->key = by.by.key;
    if (code == AW_EXIT_OK) {
        code = check_role(s);
    }
    if (code == AW_EXIT_OK) {
        aw_err err = aw_note_sign_by(s->file.note.text, &by.by, 0, &w, &diag);

        code = err == AW_OK
                   ? AW_EXIT_OK
                   : aw_signer_report(ctx, &by, err, "the manifest", &diag);
    }
    s->line = aw_wr_done(&w);
    aw_signer_close(&by);
    return code;
}

static int attach(struct sign *s)
{
    struct aw_ctx *ctx = s->ctx;
    struct aw_offline offline = {
        .subject = aw_input_name(s->args->attach),
        .what = "this is no signature of the key over the manifest",
        .remedy = "prepare the text again and have it signed",
        .text = s->file.note.text,
    };
    aw_bytes note;
    int code = aw_input_vkey(ctx, "--vkey", s->args->vkey, &s->key);

    if (code == AW_EXIT_OK) {
        code = check_role(s);
    }
    if (code == AW_EXIT_OK) {
        code = aw_input_read(ctx, s->args->attach, AW_NOTE_MAX, &note);
    }
    offline.key = s->key;
    return code == AW_EXIT_OK ? aw_offline_verify(ctx, &offline, note, &s->line)
                              : code;
}

/* The manifest with one more signature, which readers can open. */
static int put_result(struct sign *s)
{
    size_t room = s->file.data.n + s->line.n + 1;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&s->ctx->pool, room, 1), room);
    struct aw_note again;
    struct aw_diag diag = {.where = NULL};

    if (s->file.is_signed) {
        aw_note_write(&s->file.note, s->keys.key, s->keys.n, &s->key, &w);
    } else {
        aw_wr_put(&w, s->file.data);
        aw_wr_u8(&w, '\n');
    }
    aw_wr_put(&w, s->line);
    aw_err err = aw_note_open(aw_wr_done(&w), &s->key, 1, &again, &diag);

    if (err == AW_OK && w.n > AW_MANIFEST_MAX) {
        err = aw_fail(&diag, AW_ERR_SPACE, "manifest: length", w.n);
    }
    return err == AW_OK ? manifest_put_result(s->ctx, s->args->output,
                                              aw_wr_done(&w), &s->key)
                        : manifest_report(s->ctx, s->file.path, s->file.data,
                                          err, AW_ON_INPUT, &diag);
}

static int sign(struct sign *s)
{
    int code = AW_EXIT_OK;

    if (s->args->prepare != NULL) {
        code = aw_offline_prepare(s->ctx, s->args->prepare, s->file.note.text);
        if (code == AW_EXIT_OK) {
            aw_out_text(&s->ctx->out, "prepared", s->args->prepare);
        }
        return code;
    }
    code = s->args->key != NULL ? sign_here(s) : attach(s);
    return code == AW_EXIT_OK ? put_result(s) : code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct sign *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));

    s->ctx = ctx;
    s->args = values;
    int code = check_args(s);

    if (code == AW_EXIT_OK && s->args->policy != NULL) {
        code = aw_policy_read(ctx, s->args->policy, &s->use);
    }
    if (code == AW_EXIT_OK) {
        code = read_file(s);
    }
    if (code == AW_EXIT_OK) {
        code = collect_keys(s);
    }
    if (code == AW_EXIT_OK) {
        code = verify_existing(s);
    }
    return code == AW_EXIT_OK ? sign(s) : code;
}

const struct aw_cmd aw_cmd_manifest_sign = {
    .name = "sign",
    .summary = "sign a manifest, or countersign one",
    .prose = "Signs the JSON text of a manifest, or adds a signature to one "
             "that is signed already, which is verified first and keeps its "
             "signatures in their order. The text must be a manifest: nothing "
             "else is signed.\n\nWhere the key is on another machine, "
             "--prepare writes the text; sign it there with aw note sign and "
             "bring the note back with --attach.\n\nFILE may be - for "
             "standard input.",
    .operands = "[FILE]",
    .min_operands = 0,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct sign_args),
    .run = run,
};
