/* SPDX-License-Identifier: Apache-2.0 */

#include "aw/text.h"
#include "common/input.h"
#include "hab/tree.h"

struct args {
    const char *hex;
};

static const struct aw_opt opts[] = {
    {.name = "hex",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, hex),
     .arg = "DIGITS",
     .help = "Explain these bytes in place of a file: an event, or the four "
             "bytes of a status word."},
};

/* What a file is, by its first bytes. */
enum kind { IMAGE, CSF, DCD, OBJECT, LOG, WORD, CERT, UNKNOWN };

static enum kind kind_of(aw_bytes b)
{
    if (b.n == 4) {
        return WORD;
    }
    if (b.n < 4) {
        return UNKNOWN;
    }
    switch (b.p[0]) {
    case AW_IVT_TAG:
        return IMAGE;
    case AW_CSF_TAG:
        return CSF;
    case AW_DCD_TAG:
        return DCD;
    case AW_HAB_CERT_TAG:
    case AW_HAB_SIG_TAG:
        return OBJECT;
    case 0x30: /* DER, or the digit 0 */
        return b.p[1] >= 0x80 ? CERT : UNKNOWN;
    default:
        break;
    }
    if (aw_bytes_starts(b, "-----BEGIN")) {
        return CERT;
    }
    return aw_hab_record_name(b.p[0]) != NULL ? LOG : UNKNOWN;
}

static const char *const kind_names[] = {
    [IMAGE] = "image",      [CSF] = "csf",         [DCD] = "dcd",
    [OBJECT] = "object",    [LOG] = "events",      [WORD] = "status",
    [CERT] = "certificate", [UNKNOWN] = "unknown",
};

/* Hex digits and blanks only: the bytes that they stand for. */
static bool from_hex(struct aw_ctx *ctx, aw_bytes text, aw_bytes *out)
{
    uint8_t *digits = aw_pool_alloc(&ctx->pool, text.n + 1, 1);
    struct aw_wr w =
        aw_wr_init(aw_pool_alloc(&ctx->pool, text.n + 1, 1), text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != ' ' && text.p[i] != '\n' && text.p[i] != '\r' &&
            text.p[i] != '\t') {
            digits[n++] = text.p[i];
        }
    }
    if (n == 0 || aw_hex_decode((aw_bytes){digits, n}, &w) != AW_OK) {
        return false;
    }
    *out = aw_wr_done(&w);
    return true;
}

/* What stands behind the end of a log is not explained, but never hidden. */
static void warn_rest(struct aw_ctx *ctx, aw_bytes log, size_t at)
{
    struct aw_rd r = aw_rd_at(log, at);

    for (; aw_rd_left(&r) > 0; at++) {
        if (aw_rd_u8(&r) != 0) {
            aw_warn(ctx,
                    "the log ends before 0x%zx, where other bytes follow: it "
                    "was written over or put together, and may have had more "
                    "events",
                    at);
            return;
        }
    }
}

static void put_log(struct aw_ctx *ctx, aw_bytes log)
{
    struct aw_hab_record rec;
    size_t at = 0;
    aw_err err = aw_hab_log_next(log, &at, &rec, NULL);

    aw_out_begin_list(&ctx->out, "events");
    while (err == AW_OK) {
        struct aw_hab_event e;

        if (rec.tag == AW_HAB_EVENT_TAG &&
            aw_hab_event_parse(rec.bytes, &e, NULL) == AW_OK) {
            hab_put_event(ctx, NULL, &e, rec.bytes);
        }
        err = aw_hab_log_next(log, &at, &rec, NULL);
    }
    aw_out_end_list(&ctx->out);
    if (err != AW_ERR_NOT_FOUND) {
        aw_warn(ctx,
                "at 0x%zx is no record of the log; what follows was not "
                "read",
                at);
        return;
    }
    warn_rest(ctx, log, at);
}

static void put_word(struct aw_ctx *ctx, aw_bytes word)
{
    struct aw_hab_event e = aw_hab_event_of_word(word.p);

    aw_out_begin_list(&ctx->out, "events");
    hab_put_event(ctx, NULL, &e, word);
    aw_out_end_list(&ctx->out);
}

static int put_certificate(struct aw_ctx *ctx, struct tree *tree, aw_bytes file,
                           const char *name)
{
    struct aw_diag diag = {.where = NULL};
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_HAB_CERT_MAX, 1),
                                AW_HAB_CERT_MAX);
    aw_err err = aw_hab_cert_read(file, &w, &diag);

    if (err != AW_OK) {
        return hab_refuse(ctx, name, "a certificate in PEM or DER", err, &diag);
    }
    explain_cert(tree, 0, aw_wr_done(&w));
    return AW_EXIT_OK;
}

static int put_tree(struct aw_ctx *ctx, enum kind kind, aw_bytes bytes,
                    const char *name)
{
    struct tree tree = {.ctx = ctx, .file = bytes};
    bool json = aw_out_is_json(&ctx->out);
    int code = AW_EXIT_OK;

    if (json) {
        aw_out_begin_list(&ctx->out, "parts");
    }
    switch (kind) {
    case IMAGE:
        explain_image(&tree, bytes);
        break;
    case CSF:
        explain_csf(&tree, bytes);
        break;
    case DCD:
        explain_dcd(&tree, 0, bytes);
        break;
    case OBJECT:
        explain_object(&tree, 0, bytes);
        break;
    default:
        code = put_certificate(ctx, &tree, bytes, name);
        break;
    }
    if (json) {
        aw_out_end_list(&ctx->out);
    }
    return code;
}

static int take_input(struct aw_ctx *ctx, const struct args *args,
                      aw_bytes *bytes)
{
    if ((args->hex == NULL) == (ctx->operands.n == 0)) {
        return aw_usage(ctx, "name a file, or give --hex");
    }
    if (args->hex == NULL) {
        return aw_input_read(ctx, ctx->operands.item[0], HAB_IMAGE_MAX, bytes);
    }
    return from_hex(ctx, aw_text(args->hex), bytes)
               ? AW_EXIT_OK
               : aw_usage(ctx, "--hex: %s is not an even number of hex digits",
                          args->hex);
}

/* What the bytes are. In place of text come the bytes that it stands for: hex
 * digits, or memory as U-Boot's md.b prints it. */
static enum kind find_kind(struct aw_ctx *ctx, aw_bytes *bytes)
{
    bool text = bytes->n <= HAB_TEXT_MAX;
    size_t room = text ? bytes->n + 1 : 1;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);
    uint32_t address = 0;

    if (text && aw_hab_dump_parse(*bytes, &address, &w, NULL) == AW_OK) {
        *bytes = aw_wr_done(&w);
        return kind_of(*bytes);
    }
    enum kind kind = kind_of(*bytes);

    return kind == UNKNOWN && text && from_hex(ctx, *bytes, bytes)
               ? kind_of(*bytes)
               : kind;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    const char *name = args->hex != NULL || ctx->operands.n == 0
                           ? "--hex"
                           : ctx->operands.item[0];
    aw_bytes bytes = {NULL, 0};
    int code = take_input(ctx, args, &bytes);

    if (code != AW_EXIT_OK) {
        return code;
    }
    enum kind kind = find_kind(ctx, &bytes);

    if (kind == UNKNOWN) {
        return hab_refuse(ctx, aw_input_name(name),
                          "an image, CSF, DCD, SRK table, certificate, "
                          "signature, event log or status word",
                          AW_ERR_FORMAT, NULL);
    }
    aw_out_text(&ctx->out, "kind", kind_names[kind]);
    if (kind == LOG) {
        put_log(ctx, bytes);
    } else if (kind == WORD) {
        put_word(ctx, bytes);
    } else {
        code = put_tree(ctx, kind, bytes, aw_input_name(name));
    }
    return code;
}

const struct aw_cmd aw_cmd_hab_explain = {
    .name = "explain",
    .summary = "say in words what stands in a file of secure boot",
    .prose = "Prints an annotated tree with byte ranges of an image, a "
             "signature, register writes, a table of keys, a certificate; and "
             "cause and remedy of event logs and status words, as a part "
             "reports them over serial download. Nothing is verified.\n\n"
             "FILE may be - for standard input, and may hold hex digits or "
             "what md.b of U-Boot prints.",
    .operands = "[FILE]",
    .min_operands = 0,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
