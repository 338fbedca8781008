/* SPDX-License-Identifier: Apache-2.0 */
/* What a station did to boards, from its file of records. */
#include <stdio.h>
#include <string.h>

#include "aw/ftlog/note.h"
#include "aw/hostio/records.h"
#include "common/explain.h"
#include "common/input.h"
#include "device/ledger.h"

struct args {
    struct aw_list vkeys;
    const char *serial;
};

static const struct aw_opt opts[] = {
    {.name = "vkey",
     .type = AW_OPT_LIST,
     .at = offsetof(struct args, vkeys),
     .arg = "KEY",
     .help = "Verifier key of a station: NAME+ID+BASE64, or a file that holds "
             "it. Each record has to be signed by one of them.",
     .required = true},
    {.name = "serial",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, serial),
     .arg = "ID",
     .help = "Only records of the board with this unique id."},
};

struct reading {
    struct aw_ctx *ctx;
    const struct args *args;
    struct aw_keys keys;
    int code;
    size_t n;
};

/* What follows "name " in a line of the text; nothing when there is none. */
static aw_bytes value_of(aw_bytes text, const char *name)
{
    size_t n = strlen(name);

    for (size_t at = 0; at < text.n;) {
        const uint8_t *line = text.p + at;
        const uint8_t *end = memchr(line, '\n', text.n - at);
        size_t length = end == NULL ? text.n - at : (size_t)(end - line);

        if (length > n && memcmp(line, name, n) == 0 && line[n] == ' ') {
            return (aw_bytes){line + n + 1, length - n - 1};
        }
        at += length + 1;
    }
    return (aw_bytes){NULL, 0};
}

static void refuse(struct reading *r, const struct aw_record *record,
                   aw_err err, const char *expected, const struct aw_diag *diag)
{
    r->code = aw_exit_join(
        r->code,
        aw_report(r->ctx,
                  &(struct aw_finding){
                      .err = err,
                      .on = AW_ON_STATEMENT,
                      .exit = AW_EXIT_MISMATCH,
                      .subject = aw_pool_text(&r->ctx->pool, record->name),
                      .expected = expected,
                      .diag = diag,
                      .remedy = "compare it with the note of this name",
                  }));
}

static void put(struct reading *r, const struct aw_record *record,
                aw_bytes text)
{
    static const char *const lines[] = {
        "serial", "time", "station", "operator", "plan", "reached", "witness"};
    struct aw_out *out = &r->ctx->out;

    aw_out_begin(out, NULL);
    aw_out_text(out, "name", record->name);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        aw_bytes value = value_of(text, lines[i]);

        if (value.n > 0) {
            aw_out_bytes(out, lines[i], value);
        }
    }
    aw_out_end(out);
    r->n++;
}

/* The columns only help to find a record; what holds is what was signed. */
static aw_err take(void *ctx, const struct aw_record *record)
{
    struct reading *r = ctx;
    struct aw_note note;
    struct aw_diag diag = {.err = AW_OK};

    if (r->args->serial != NULL &&
        strcmp(r->args->serial, record->serial) != 0) {
        return AW_OK;
    }
    aw_err err =
        aw_note_open(record->note, r->keys.key, r->keys.n, &note, &diag);

    if (err != AW_OK) {
        refuse(r, record, err, "a record that a station of --vkey signs",
               &diag);
        return AW_OK;
    }
    if (!aw_bytes_starts(note.text, "aw-production-record 1\n")) {
        refuse(r, record, AW_ERR_FORMAT, "a production record", NULL);
        return AW_OK;
    }
    if (!aw_bytes_equal(value_of(note.text, "serial"),
                        aw_text(record->serial)) ||
        !aw_bytes_equal(value_of(note.text, "time"), aw_text(record->time))) {
        refuse(r, record, AW_ERR_CONTENT,
               "the serial and time under which it is kept", NULL);
        return AW_OK;
    }
    put(r, record, note.text);
    return AW_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const char *path = ctx->operands.item[0];
    struct reading *r = aw_pool_alloc(&ctx->pool, 1, sizeof(*r));
    struct aw_host_diag host = {.text = ""};

    r->ctx = ctx;
    r->args = values;
    int code = aw_input_keys(ctx, "--vkey", &r->args->vkeys, false, &r->keys);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_begin_list(&ctx->out, "records");
    aw_err err = aw_records_read(path, take, r, &host);

    aw_out_end_list(&ctx->out);
    aw_out_count(&ctx->out, "hold", r->n);
    if (err == AW_OK) {
        return r->code;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .subject = path,
                              .host = &host,
                              .remedy = err == AW_ERR_STATE
                                            ? "the notes beside it hold the "
                                              "same records: aw note verify"
                                            : NULL});
}

const struct aw_cmd ledger_cmd_records = {
    .name = "records",
    .summary = "what stations did to boards",
    .prose = "Reads the production records in FILE, records.db in the folder "
             "of aw provision --record-dir, and verifies each: a station of "
             "--vkey signs it, and it is about the board and time under which "
             "it is kept.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
