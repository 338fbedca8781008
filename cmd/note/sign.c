/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "aw/ftlog/note.h"
#include "common/signer.h"
#include "common/term.h"
#include "note/note.h"

struct args {
    const char *key;
    const char *key_name;
    struct aw_list vkeys;
    const char *output;
    uint64_t time;
    bool countersign;
    bool cosign;
};

static const struct aw_opt opts[] = {
    {.name = "key",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, key),
     .arg = AW_KEY_ARG,
     .help = AW_KEY_HELP,
     .required = true},
    AW_KEY_NAME_OPT(offsetof(struct args, key_name)),
    {.name = "countersign",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, countersign),
     .help = "FILE is a signed note: verify it with --vkey, keep its "
             "signatures and add one behind them."},
    {.name = "vkey",
     .type = AW_OPT_LIST,
     .at = offsetof(struct args, vkeys),
     .arg = "KEY",
     .help = "With --countersign, verifier key of a signature that must be on "
             "the note already."},
    {.name = "cosign",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, cosign),
     .help = "Sign a checkpoint as a witness does: a cosignature that carries "
             "a time."},
    {.name = "time",
     .type = AW_OPT_U64,
     .at = offsetof(struct args, time),
     .arg = "SECONDS",
     .help = "With --cosign, time of the cosignature in seconds since 1970, "
             "in place of now."},
    {.name = "output",
     .alias = "o output-file",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, output),
     .arg = "FILE",
     .help = "Write the note to a new file in place of standard output."},
};

/* What goes into the signature. */
struct job {
    const struct args *args;
    const char *path;
    aw_bytes input;
    struct aw_keys keys; /* --vkey */
    struct aw_signer_use by;
    uint64_t time;
    struct aw_wr note; /* the result */
};

static int refuse(struct aw_ctx *ctx, const struct job *job, aw_err err,
                  const char *expected, const struct aw_diag *diag)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .subject = aw_input_name(job->path),
                              .expected = expected,
                              .diag = diag,
                          });
}

/* A text that cannot be signed, or a key that did not sign it. */
static int not_signed(struct aw_ctx *ctx, const struct job *job, aw_err err,
                      const struct aw_diag *diag, const char *expected)
{
    return aw_signer_failed(&job->by, err)
               ? aw_signer_report(ctx, &job->by, err, "the text", diag)
               : refuse(ctx, job, err, expected, NULL);
}

static int sign_text(struct aw_ctx *ctx, struct job *job)
{
    struct aw_note ignored;
    struct aw_diag diag = {.where = NULL};

    if (aw_note_split(job->input, &ignored, NULL) == AW_OK) {
        return aw_report(ctx,
                         &(struct aw_finding){
                             .err = AW_ERR_PRECONDITION,
                             .on = AW_ON_INPUT,
                             .what = "this is a signed note already",
                             .subject = aw_input_name(job->path),
                             .expected = "a text without signatures",
                             .got = "a text with signature lines",
                             .remedy = "add a signature with --countersign and "
                                       "--vkey of the one who signed it",
                         });
    }
    aw_wr_put(&job->note, job->input);
    aw_wr_text(&job->note, "\n");
    aw_err err =
        aw_note_sign_by(job->input, &job->by.by, job->time, &job->note, &diag);

    return err == AW_OK
               ? AW_EXIT_OK
               : not_signed(ctx, job, err, &diag,
                            job->args->cosign
                                ? "the text of a checkpoint: origin, size, "
                                  "root"
                                : "text in UTF-8 without control characters, "
                                  "with a line feed at the end");
}

static int countersign(struct aw_ctx *ctx, struct job *job)
{
    struct aw_note note;
    struct aw_diag diag = {.where = NULL};
    aw_err err =
        aw_note_open(job->input, job->keys.key, job->keys.n, &note, &diag);

    if (err == AW_OK && note.n_verified < job->keys.n) {
        err = aw_fail(&diag, AW_ERR_NO_SIG, "note: signatures", 0);
    }
    if (err == AW_ERR_SIG || err == AW_ERR_NO_SIG) {
        return aw_report(ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_STATEMENT,
                             .what = "the note to countersign does not verify",
                             .subject = aw_input_name(job->path),
                             .expected = "a valid signature of every --vkey",
                             .diag = &diag,
                         });
    }
    if (err != AW_OK) {
        return refuse(ctx, job, err, "a signed note", &diag);
    }
    err = aw_note_countersign_by(&note, job->keys.key, job->keys.n, &job->by.by,
                                 job->time, &job->note);
    return err == AW_OK ? AW_EXIT_OK
                        : not_signed(ctx, job, err, NULL,
                                     "a note with room for one more signature");
}

static int check_args(struct aw_ctx *ctx, const struct args *args)
{
    if (args->countersign && args->vkeys.n == 0) {
        return aw_usage(ctx, "--countersign needs --vkey: what is signed must "
                             "be verified first");
    }
    if (!args->countersign && args->vkeys.n > 0) {
        return aw_usage(ctx, "--vkey needs --countersign");
    }
    if (!args->cosign && aw_opts_given(&ctx->opts, "time")) {
        return aw_usage(ctx, "--time needs --cosign");
    }
    if (args->vkeys.n >= AW_NOTE_MAX_KEYS) {
        return aw_usage(ctx, "more than %d keys", (int)AW_NOTE_MAX_KEYS - 1);
    }
    return AW_EXIT_OK;
}

static uint64_t time_of(struct aw_ctx *ctx, const struct args *args)
{
    time_t now = time(NULL);

    if (aw_opts_given(&ctx->opts, "time")) {
        return args->time;
    }
    return now < 0 ? 0 : (uint64_t)now;
}

static int write_file(struct aw_ctx *ctx, const char *path, aw_bytes note)
{
    enum { MODE = 0666 }; /* less the umask */
    struct aw_host_diag host = {.network = false};
    aw_err err = aw_file_write(path, note, MODE, AW_FILE_NEW, &host);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .what = "the note could not be written",
                                  .subject = path,
                                  .expected = "a new file",
                                  .host = &host,
                              });
    }
    aw_say(0, "wrote %s", path);
    return AW_EXIT_OK;
}

/* What goes out must verify: too long a text, or too many signatures, make a
 * note that no reader takes. */
static int check_result(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_note note;
    struct aw_diag diag = {.where = NULL};
    aw_err err =
        aw_note_open(aw_wr_done(&job->note), &job->by.by.key, 1, &note, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return refuse(ctx, job, err,
                  "a note that can be read again: at most 1 MiB and 100 "
                  "signatures",
                  &diag);
}

static int put_result(struct aw_ctx *ctx, const struct job *job)
{
    const char *output = aw_input_output(job->args->output);
    aw_bytes note = aw_wr_done(&job->note);
    int code = check_result(ctx, job);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (output != NULL) {
        code = write_file(ctx, output, note);
        if (code != AW_EXIT_OK) {
            return code;
        }
    } else {
        aw_out_raw(&ctx->out, note);
    }
    if (aw_out_is_json(&ctx->out)) {
        aw_out_text(&ctx->out, "key",
                    aw_key_label(ctx, job->by.by.key.name, job->by.by.key.id));
        if (job->args->cosign) {
            aw_out_time(&ctx->out, "time", job->time);
        }
        if (output != NULL) {
            aw_out_text(&ctx->out, "output", output);
        }
        aw_out_bytes(&ctx->out, "note", note);
    }
    return AW_EXIT_OK;
}

static int sign(struct aw_ctx *ctx, struct job *job)
{
    enum { LINE_ROOM = 1024 };
    size_t room = job->input.n + LINE_ROOM;

    job->note = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);
    job->time = time_of(ctx, job->args);
    if (job->args->cosign) {
        aw_signer_as_cosigner(&job->by);
    }
    int code =
        job->args->countersign ? countersign(ctx, job) : sign_text(ctx, job);

    return code == AW_EXIT_OK ? put_result(ctx, job) : code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct job job = {.args = values, .path = ctx->operands.item[0]};
    int code = check_args(ctx, job.args);

    if (code == AW_EXIT_OK) {
        code = aw_input_keys(ctx, "--vkey", &job.args->vkeys, false, &job.keys);
    }
    if (code == AW_EXIT_OK) {
        code = aw_input_read(ctx, job.path, AW_NOTE_MAX, &job.input);
    }
    if (code == AW_EXIT_OK) {
        code = aw_signer_open(ctx, job.args->key, job.args->key_name, &job.by);
    }
    if (code == AW_EXIT_OK) {
        code = sign(ctx, &job);
    }
    aw_signer_close(&job.by);
    return code;
}

const struct aw_cmd aw_cmd_note_sign = {
    .name = "sign",
    .summary = "sign a text, or add a signature to a note",
    .prose = "Signs a text and prints the signed note. With --countersign the "
             "input is a note, which is verified first and keeps its "
             "signatures in their order.\n\nFILE may be - for standard input.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
