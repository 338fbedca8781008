/* SPDX-License-Identifier: Apache-2.0 */
#include "device/ledger.h"

#include "aw/hostio/file.h"
#include "common/buf.h"
#include "device/device.h"

static const struct aw_cmd *const commands[] = {
    &ledger_cmd_verify, &ledger_cmd_add, &ledger_cmd_export,
    &ledger_cmd_records, NULL};

const struct aw_cmd device_cmd_ledger = {
    .name = "ledger",
    .summary = "the ledger of devices: who attests which witness",
    .sub = commands,
};

static const char *vkey_text(struct aw_pool *pool, const struct aw_vkey *key)
{
    uint8_t *text = aw_pool_alloc(pool, AW_KEY_TEXT_MAX, 1);
    struct aw_wr w = aw_wr_init(text, AW_KEY_TEXT_MAX);

    aw_vkey_write(key, &w);
    return aw_pool_bytes(pool, aw_wr_done(&w));
}

void ledger_put(struct aw_ctx *ctx, const struct ledger_device *device)
{
    struct aw_out *out = &ctx->out;

    aw_out_begin(out, NULL);
    aw_out_text(out, "serial", device->serial);
    aw_out_bool(out, "fused", !device->key.unfused);
    aw_out_text(out, "key", vkey_text(&ctx->pool, &device->key.key));
    aw_out_begin_list(out, "identities");
    for (size_t i = 0; i < device->n; i++) {
        const struct ledger_identity *it = &device->identity[i];

        aw_out_begin(out, NULL);
        aw_out_u64(out, "counter", it->counter);
        if (it->has_witness) {
            aw_out_text(out, "witness", vkey_text(&ctx->pool, &it->witness));
        }
        if (it->has_bastion) {
            aw_out_hex(out, "bastion", (aw_bytes){it->bastion, AW_SHA256_SIZE});
        }
        aw_out_end(out);
    }
    aw_out_end_list(out);
    aw_out_end(out);
}

struct verify_args {
    bool fused;
};

static const struct aw_opt verify_opts[] = {
    {.name = "fused",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct verify_args, fused),
     .help = "Every device has to be fused: its key does not begin with DEV:."},
};

struct showing {
    struct aw_ctx *ctx;
    bool fused;
    int code;
};

static void show(void *ctx, const struct ledger_device *device)
{
    struct showing *s = ctx;

    ledger_put(s->ctx, device);
    if (s->fused && device->key.unfused) {
        s->code = aw_exit_join(
            s->code, aw_report(s->ctx, &(struct aw_finding){
                                           .err = AW_ERR_POLICY,
                                           .on = AW_ON_STATEMENT,
                                           .exit = AW_EXIT_MISMATCH,
                                           .what = "a device that is not fused",
                                           .subject = device->serial,
                                           .expected = "a key without DEV:",
                                       }));
    }
}

static int run_verify(struct aw_ctx *ctx, const void *values)
{
    const struct verify_args *args = values;
    struct showing s = {.ctx = ctx, .fused = args->fused};
    size_t n = 0;

    aw_out_begin_list(&ctx->out, "devices");
    int code = ledger_read(ctx, ctx->operands.item[0], show, &s, &n);

    aw_out_end_list(&ctx->out);
    aw_out_count(&ctx->out, "hold", n);
    return aw_exit_join(code, s.code);
}

const struct aw_cmd ledger_cmd_verify = {
    .name = "verify",
    .summary = "check every attestation of a ledger",
    .prose = "Reads SERIAL.pub, SERIAL.witness.N and SERIAL.bastion.N in DIR: "
             "names and serials agree, the device's key signs each statement, "
             "each statement is about this device and counter and says "
             "nothing else, every device attests a witness.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = verify_opts,
    .n_opts = sizeof(verify_opts) / sizeof(verify_opts[0]),
    .size = sizeof(struct verify_args),
    .run = run_verify,
};

struct export_args {
    const char *output;
};

static const struct aw_opt export_opts[] = {
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct export_args, output),
     .arg = "FILE",
     .help = "Write the table to a new file.",
     .required = true},
};

struct table {
    struct aw_ctx *ctx;
    struct aw_buf text;
};

static void put_text(struct aw_buf *buf, const char *text)
{
    aw_buf_put(buf, aw_text(text));
}

static void put_row(void *ctx, const struct ledger_device *device)
{
    struct table *t = ctx;
    struct aw_pool *pool = &t->ctx->pool;

    for (size_t i = 0; i < device->n; i++) {
        const struct ledger_identity *it = &device->identity[i];
        uint8_t hex[2 * AW_SHA256_SIZE];
        struct aw_wr w = aw_wr_init(hex, sizeof(hex));

        if (it->has_bastion) {
            aw_wr_hex(&w, (aw_bytes){it->bastion, AW_SHA256_SIZE});
        }
        put_text(
            &t->text,
            aw_pool_printf(pool, "%s,%s,%s,%llu,%s,%s\r\n", device->serial,
                           device->key.unfused ? "no" : "yes",
                           vkey_text(pool, &device->key.key),
                           (unsigned long long)it->counter,
                           it->has_witness ? vkey_text(pool, &it->witness) : "",
                           aw_pool_bytes(pool, aw_wr_done(&w))));
    }
}

static int run_export(struct aw_ctx *ctx, const void *values)
{
    const struct export_args *args = values;
    struct table t = {.ctx = ctx};
    struct aw_host_diag host = {.text = ""};
    size_t n = 0;

    put_text(&t.text, "serial,fused,key,counter,witness,bastion\r\n");
    int code = ledger_read(ctx, ctx->operands.item[0], put_row, &t, &n);

    if (code == AW_EXIT_OK) {
        aw_err err = aw_file_write(args->output, aw_buf_bytes(&t.text), 0644,
                                   AW_FILE_NEW, &host);

        code =
            err == AW_OK
                ? AW_EXIT_OK
                : aw_report(ctx, &(struct aw_finding){.err = err,
                                                      .on = AW_ON_LOCAL,
                                                      .subject = args->output,
                                                      .host = &host});
    }
    aw_buf_wipe(&t.text);
    if (code == AW_EXIT_OK) {
        aw_out_text(&ctx->out, "output", args->output);
        aw_out_count(&ctx->out, "devices", n);
    }
    return code;
}

const struct aw_cmd ledger_cmd_export = {
    .name = "export",
    .summary = "a ledger that holds as a CSV table",
    .prose = "Verifies the ledger in DIR as verify does, and writes a line "
             "for each identity: RFC 4180, a heading first. Nothing is written "
             "of a ledger that does not hold. verify --json gives the same as "
             "JSON.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = export_opts,
    .n_opts = sizeof(export_opts) / sizeof(export_opts[0]),
    .size = sizeof(struct export_args),
    .run = run_export,
};
