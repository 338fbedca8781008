/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "aw/ftlog/note.h"
#include "aw/hostio/secret.h"
#include "common/newkey.h"
#include "common/signer.h"
#include "common/term.h"
#include "note/note.h"

struct generate_args {
    const char *output;
};

struct show_args {
    const char *key_name;
    const char *output;
};

struct check_args {
    const char *key_name;
};

static const struct aw_opt generate_opts[] = {
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct generate_args, output),
     .arg = "BASE",
     .help = "Write BASE.sec and BASE.pub. Without it BASE is NAME in the "
             "current folder, with _ in place of what is not fit for a file "
             "name."},
};

static const struct aw_opt show_opts[] = {
    AW_KEY_NAME_OPT(offsetof(struct show_args, key_name)),
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct show_args, output),
     .arg = "FILE",
     .help = "Also write the verifier key to a new file, as a .pub file."},
};

static const struct aw_opt check_opts[] = {
    AW_KEY_NAME_OPT(offsetof(struct check_args, key_name)),
};

static const char secret_prefix[] = "PRIVATE+KEY+";

static const char *base_of(struct aw_ctx *ctx, const char *name)
{
    static const char fit[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    char *base = aw_pool_text(&ctx->pool, name);

    for (size_t i = 0; base[i] != '\0'; i++) {
        if (strchr(fit, base[i]) == NULL || (i == 0 && base[0] == '.')) {
            base[i] = '_';
        }
    }
    return base;
}

static int write_half(struct aw_ctx *ctx, const char *path, aw_bytes line,
                      unsigned mode)
{
    struct aw_host_diag host = {.network = false};
    aw_err err = aw_file_write(path, line, mode, AW_FILE_NEW, &host);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .what = "the key could not be written",
                              .subject = path,
                              .expected = "a new file",
                              .host = &host,
                          });
}

/* Public half first: a secret without its public half would look whole. */
static int write_pair(struct aw_ctx *ctx, const struct aw_skey *key,
                      const char *secret_path, const char *public_path)
{
    struct aw_key_line line;
    struct aw_key_line *own = NULL;
    struct aw_vkey vkey;

    aw_skey_public(key, &vkey);
    int code = write_half(ctx, public_path, aw_key_line_public(&vkey, &line),
                          AW_KEY_PUBLIC_MODE);

    if (code != AW_EXIT_OK) {
        return code;
    }
    own = aw_secret_alloc(sizeof(*own));
    code = write_half(ctx, secret_path, aw_key_line_secret(key, own),
                      AW_KEY_SECRET_MODE);
    if (code != AW_EXIT_OK) {
        (void)unlink(public_path);
    }
    aw_secret_free(own, sizeof(*own));
    return code;
}

static int run_generate(struct aw_ctx *ctx, const void *values)
{
    const struct generate_args *args = values;
    const char *name = ctx->operands.item[0];
    const char *base = args->output != NULL ? args->output : base_of(ctx, name);
    const char *secret = aw_pool_printf(&ctx->pool, "%s.sec", base);
    const char *public = aw_pool_printf(&ctx->pool, "%s.pub", base);
    struct aw_skey *key = aw_secret_alloc(sizeof(*key));
    struct aw_vkey vkey = {.name = {NULL, 0}};
    int code = aw_newkey_make(ctx, name, key);

    if (code == AW_EXIT_OK) {
        code = write_pair(ctx, key, secret, public);
        aw_skey_public(key, &vkey);
    }
    aw_secret_free(key, sizeof(*key));
    if (code == AW_EXIT_OK) {
        aw_key_put(ctx, &vkey);
        aw_out_text(&ctx->out, "secret_file", secret);
        aw_out_text(&ctx->out, "public_file", public);
    }
    return code;
}

/* A file with a key of either kind, and its public half. */
struct key_file {
    const char *path;
    bool secret;
    struct aw_vkey key;
};

/* Looks whether a file holds a signer key; nothing of it is kept. */
static int look(struct aw_ctx *ctx, const char *path, bool *secret)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.n = 0};
    aw_err err = aw_file_read(path, AW_KEY_TEXT_MAX + 1, &blob, &host);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .subject = path,
                                  .expected = "a key string or a key file",
                                  .host = &host,
                              });
    }
    *secret = aw_bytes_starts(aw_blob_bytes(&blob), secret_prefix);
    aw_blob_free(&blob);
    return AW_EXIT_OK;
}

/* Reads the public half of a key that can sign. */
static int read_signer(struct aw_ctx *ctx, const char *value, const char *name,
                       struct key_file *file)
{
    struct aw_signer_use by;
    int code = aw_signer_open(ctx, value, name, &by);

    if (code == AW_EXIT_OK) {
        file->key = by.by.key;
        file->secret = true;
    }
    aw_signer_close(&by);
    return code;
}

/* Reads a key string or file of either kind, or the address of a key. A file
 * with a secret one must be private.
 * @param name  of --key-name; may be NULL */
static int read_key(struct aw_ctx *ctx, const char *value, const char *name,
                    struct key_file *file)
{
    int code = AW_EXIT_OK;

    file->path = value;
    if (aw_signer_is_address(value)) {
        return read_signer(ctx, value, name, file);
    }
    if (aw_bytes_starts(aw_text(value), secret_prefix)) {
        return aw_usage(ctx, "a signer key on the command line can be seen by "
                             "others: name its file");
    }
    if (!aw_input_is_key(value)) {
        code = look(ctx, value, &file->secret);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    return file->secret ? read_signer(ctx, value, NULL, file)
                        : aw_input_vkey(ctx, "KEY", value, &file->key);
}

static int run_show(struct aw_ctx *ctx, const void *values)
{
    const struct show_args *args = values;
    struct key_file file = {.secret = false};
    struct aw_key_line line;
    int code = read_key(ctx, ctx->operands.item[0], args->key_name, &file);

    if (code == AW_EXIT_OK && args->output != NULL) {
        if (file.key.type == AW_KEY_MLDSA44) {
            return aw_usage(ctx, "an ML-DSA-44 key cannot be written");
        }
        code =
            write_half(ctx, args->output, aw_key_line_public(&file.key, &line),
                       AW_KEY_PUBLIC_MODE);
    }
    if (code == AW_EXIT_OK) {
        aw_key_put(ctx, &file.key);
        aw_out_bool(&ctx->out, "secret", file.secret);
        if (args->output != NULL) {
            aw_out_text(&ctx->out, "output", args->output);
        }
    }
    return code;
}

static void check_same(struct aw_ctx *ctx, const struct key_file *first,
                       const struct key_file *other)
{
    if (aw_vkey_same(&first->key, &other->key)) {
        return;
    }
    (void)aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_KEY,
                 .on = AW_ON_INPUT,
                 .exit = AW_EXIT_REFUSED,
                 .what = "the files hold different keys",
                 .subject = other->path,
                 .expected = aw_key_label(ctx, first->key.name, first->key.id),
                 .got = aw_key_label(ctx, other->key.name, other->key.id),
                 .remedy = "find out which of the two is the right one; show "
                           "prints the public half of a secret key",
             });
}

static int run_check(struct aw_ctx *ctx, const void *values)
{
    struct key_file first = {.secret = false};
    const struct check_args *args = values;
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < ctx->operands.n && code == AW_EXIT_OK; i++) {
        struct key_file file = {.secret = false};

        code = read_key(ctx, ctx->operands.item[i], args->key_name, &file);
        if (i == 0) {
            first = file;
        } else if (code == AW_EXIT_OK) {
            check_same(ctx, &first, &file);
        }
    }
    if (code == AW_EXIT_OK && ctx->found.exit == 0) {
        aw_key_put(ctx, &first.key);
        aw_out_count(&ctx->out, "files_checked", ctx->operands.n);
    }
    return code;
}

static const struct aw_cmd generate = {
    .name = "generate",
    .summary = "make a new signer key",
    .prose = "Makes an Ed25519 key for signing notes. NAME is part of every "
             "signature and says whose key it is, such as "
             "example.com/release-1. The secret half goes into a file that "
             "only you can read; files that exist are never overwritten.",
    .operands = "NAME",
    .min_operands = 1,
    .max_operands = 1,
    .opts = generate_opts,
    .n_opts = sizeof(generate_opts) / sizeof(generate_opts[0]),
    .size = sizeof(struct generate_args),
    .run = run_generate,
};

static const struct aw_cmd show = {
    .name = "show",
    .summary = "print the public half of a key",
    .prose = "KEY is a .sec or .pub file, a verifier key string, or the "
             "address of a key in a token or agent. The secret half is never "
             "printed.",
    .operands = "KEY",
    .min_operands = 1,
    .max_operands = 1,
    .opts = show_opts,
    .n_opts = sizeof(show_opts) / sizeof(show_opts[0]),
    .size = sizeof(struct show_args),
    .run = run_show,
};

static const struct aw_cmd check = {
    .name = "check",
    .summary = "check key files",
    .prose = "Checks that each KEY is whole and carries the right id, that "
             "nobody else can read a secret one, and that all of them are one "
             "and the same key.",
    .operands = "KEY...",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .opts = check_opts,
    .n_opts = sizeof(check_opts) / sizeof(check_opts[0]),
    .size = sizeof(struct check_args),
    .run = run_check,
};

static const struct aw_cmd *const commands[] = {&generate, &show, &check, NULL};

const struct aw_cmd aw_cmd_note_key = {
    .name = "key",
    .summary = "make, show and check keys of notes",
    .sub = commands,
};
