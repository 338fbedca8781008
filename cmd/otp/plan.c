/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/text.h"
#include "common/input.h"
#include "otp/otp.h"

struct plan_args {
    struct otp_source source;
    unsigned target; /* 0: none */
    const char *srk_hash;
    struct aw_list set;
    struct aw_list accept;
    const char *output;
};

static const struct aw_opt plan_opts[] = {
    {.name = "target",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct plan_args, target),
     .arg = "none|hab-closed",
     .fallback = "none",
     .help = "hab-closed: only images signed under --srk-hash start."},
    {.name = "srk-hash",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct plan_args, srk_hash),
     .arg = "HASH",
     .help = "SHA-256 of the SRK table: 64 hex digits, or a file of 32 bytes."},
    {.name = "current",
     .alias = "otp nvmem",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct plan_args, source.otp),
     .arg = "STATE",
     .help = "Fuses as they are: an NVMEM device, a dump of one, or virtual "
             "fuses. Without it the NVMEM device of this machine."},
    OTP_DEVICE_OPTS(plan_args),
    {.name = "set",
     .type = AW_OPT_LIST,
     .at = offsetof(struct plan_args, set),
     .arg = "NAME=VALUE",
     .help = "Give a single fuse or register a value of its whole width, see "
             "aw otp convert."},
    {.name = "accept-risk",
     .type = AW_OPT_LIST,
     .at = offsetof(struct plan_args, accept),
     .arg = "NAME",
     .help = "Plan for this --set although its effect is dangerous."},
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct plan_args, output),
     .arg = "FILE",
     .help = "Write the plan to this new file and print what it does. Without "
             "it the plan is printed."},
    OTP_MAP_OPTS(plan_args),
};

/* Single fuses that are not to be blown by mistake: words first to last (bank
 * times 8 + word), bits in them, and what these do. */
static const struct {
    uint8_t first;
    uint8_t last;
    uint32_t bits;
    const char *effect;
} risks[] = {
    {0x00, 0x00, 0xffffffff, "locks words for ever, complete or not"},
    {0x05, 0x05, 0xffffffff, "changes from where the part boots"},
    {0x06, 0x06, 0x00010010, "changes from where the part boots"},
    {0x06, 0x06, 0x00020000,
     "disables serial download, and with it every recovery"},
    {0x18, 0x1f, 0xffffffff,
     "is the SRK hash, of which --target hab-closed sets all"},
    {0x26, 0x26, 0x00000001,
     "says that the RPMB key is written; without one the firmware will not "
     "start"},
    {0x2e, 0x2e, 0x00000001, "opens the part for return to its maker"},
    {0x2f, 0x2f, 0x00000007,
     "revokes a key; images signed under it stop starting"},
    /* No fuse is known there; these words are not the place to try. */
    {0x2e, 0x2f, 0xfffffff8, "sets bits of no known meaning"},
    {0x2e, 0x2e, 0x00000006, "sets bits of no known meaning"},
};

static int begin_closed(struct aw_ctx *ctx, const struct plan_args *args,
                        const struct otp_fuses *fuses, struct aw_plan *plan)
{
    uint8_t hash[AW_PLAN_SRK_SIZE] = {0};
    int code = aw_input_digest(ctx, args->srk_hash, hash);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_plan_begin_closed(fuses->map->part, hash, plan);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    bool hashless = err == AW_ERR_PRECONDITION;

    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_INPUT,
                 .what = hashless ? "no part can be closed with this hash"
                                  : "this part is not known to this tool",
                 .subject = hashless ? args->srk_hash : fuses->path,
                 .expected = hashless ? "the SHA-256 of an SRK table"
                                      : "IMX6UL, IMX6ULL or IMX6ULZ",
                 .remedy = hashless ? "see aw hab srk"
                                    : "use the tool of the part's maker",
             });
}

static bool accepted(const struct plan_args *args, const char *name)
{
    for (size_t i = 0; i < args->accept.n; i++) {
        if (strcmp(args->accept.item[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *risk_of_word(unsigned at, uint32_t bits)
{
    for (size_t i = 0; i < sizeof(risks) / sizeof(risks[0]); i++) {
        if (at >= risks[i].first && at <= risks[i].last &&
            (bits & risks[i].bits) != 0) {
            return risks[i].effect;
        }
    }
    return NULL;
}

/* The effect of a value that is not to be blown by mistake; or NULL. */
static const char *find_risk(const struct aw_fuse *fuse, const uint32_t *words)
{
    unsigned first = fuse->bank * 8U + fuse->word;

    for (unsigned k = 0; k < aw_fuse_words(fuse, 32); k++) {
        const char *effect = risk_of_word(first + k, words[k]);

        if (effect != NULL) {
            return effect;
        }
    }
    return NULL;
}

static int check_risk(struct aw_ctx *ctx, const struct plan_args *args,
                      const char *name, const struct aw_fuse *fuse,
                      const uint8_t *value)
{
    uint32_t words[AW_FUSE_WORDS_MAX] = {0};
    aw_err err =
        aw_fuse_encode(fuse, 32, (aw_bytes){value, aw_fuse_bytes(fuse)}, words);

    AW_BUG_ON(err != AW_OK);
    const char *effect = find_risk(fuse, words);

    if (effect == NULL) {
        return AW_EXIT_OK;
    }
    if (accepted(args, name)) {
        aw_warn(ctx, "%s %s", name, effect);
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_PRECONDITION,
            .on = AW_ON_INPUT,
            .what = "the effect of this fuse is dangerous",
            .subject = name,
            .expected = aw_pool_printf(&ctx->pool, "--accept-risk=%s", name),
            .got = aw_pool_printf(&ctx->pool, "it %s", effect),
            .remedy = "leave it out, or accept the risk by name",
        });
}

/* One NAME=VALUE. */
static int add_set(struct aw_ctx *ctx, const struct plan_args *args,
                   const struct otp_fuses *fuses, const char *text,
                   struct aw_plan *plan)
{
    uint8_t value[AW_FUSE_BYTES_MAX];
    const char *eq = strchr(text, '=');
    struct aw_fuse fuse;

    if (eq == NULL) {
        return aw_usage(ctx, "--set takes NAME=VALUE, not %s", text);
    }
    size_t n = (size_t)(eq - text);
    const char *name =
        aw_pool_bytes(&ctx->pool, (aw_bytes){(const uint8_t *)text, n});
    int code = otp_find(ctx, fuses->map, name, &fuse);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (aw_fuse_value_parse(&fuse, aw_text(eq + 1), value) != AW_OK) {
        return aw_usage(ctx,
                        "%s has %u bits: write the whole value, %u hex digits "
                        "with leading zeros",
                        name, fuse.len, (fuse.len + 3U) / 4);
    }
    code = check_risk(ctx, args, name, &fuse, value);
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_plan_add(plan, fuses->map, &fuse,
                             (aw_bytes){value, aw_fuse_bytes(&fuse)});

    return err == AW_OK ? AW_EXIT_OK
                        : aw_usage(ctx, "%s: %s; at most %d fuses of %d words",
                                   name, aw_err_text(err), AW_PLAN_SETS_MAX,
                                   AW_PLAN_WORDS_MAX);
}

static int begin_set(struct aw_ctx *ctx, const struct plan_args *args,
                     const struct otp_fuses *fuses, struct aw_plan *plan)
{
    aw_err err = aw_plan_begin_set(fuses->map->part, plan);
    int code = AW_EXIT_OK;

    if (err != AW_OK) {
        return aw_usage(ctx,
                        "plans are for IMX6UL, IMX6ULL and IMX6ULZ, not "
                        "for %s",
                        aw_pool_bytes(&ctx->pool, fuses->map->part));
    }
    for (size_t i = 0; code == AW_EXIT_OK && i < args->set.n; i++) {
        code = add_set(ctx, args, fuses, args->set.item[i], plan);
    }
    return code;
}

static int write_plan(struct aw_ctx *ctx, const struct plan_args *args,
                      const struct aw_plan *plan)
{
    struct aw_host_diag host = {.network = false};
    struct aw_buf text = {.n = 0};
    struct aw_sink sink = aw_buf_sink(&text);
    aw_err err = AW_OK;

    aw_plan_write(plan, &sink);
    if (args->output != NULL) {
        err = aw_file_write(args->output, aw_buf_bytes(&text), 0644,
                            AW_FILE_NEW, &host);
    } else if (aw_out_is_json(&ctx->out)) {
        aw_out_bytes(&ctx->out, "plan", aw_buf_bytes(&text));
    } else {
        aw_out_raw(&ctx->out, aw_buf_bytes(&text));
    }
    aw_buf_wipe(&text);
    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .what = "the plan could not be written",
                              .subject = args->output,
                              .expected = "a new file",
                              .host = &host,
                          });
}

static int make_plan(struct aw_ctx *ctx, const struct plan_args *args,
                     const struct otp_fuses *fuses)
{
    struct aw_plan plan;
    struct aw_plan_result result;
    struct aw_diag diag = {.where = NULL};
    int code = args->target != 0 ? begin_closed(ctx, args, fuses, &plan)
                                 : begin_set(ctx, args, fuses, &plan);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_plan_make(&plan, &fuses->otp, &result, &diag);

    if (err != AW_OK) {
        return otp_report_plan(ctx, fuses, err, &result, &diag);
    }
    code = write_plan(ctx, args, &plan);
    if (code == AW_EXIT_OK &&
        (args->output != NULL || aw_out_is_json(&ctx->out))) {
        otp_put_device(ctx, fuses);
        fuse_put_plan(ctx, &plan);
        fuse_put_state(ctx, &plan);
        fuse_put_steps(ctx, &plan);
    }
    return code;
}

static int check_usage(struct aw_ctx *ctx, const struct plan_args *args)
{
    bool closes = args->target != 0;

    if (closes == (args->set.n > 0)) {
        return aw_usage(ctx, "give either --target hab-closed or --set");
    }
    if (closes && args->srk_hash == NULL) {
        return aw_usage(ctx, "--target hab-closed needs --srk-hash, the hash "
                             "of the SRK table");
    }
    if (!closes && args->srk_hash != NULL) {
        return aw_usage(ctx, "--srk-hash belongs to --target hab-closed");
    }
    if (args->output != NULL && strcmp(args->output, "-") == 0) {
        return aw_usage(ctx, "without --output the plan goes to standard "
                             "output; ./- is a file of that name");
    }
    if (closes && args->accept.n > 0) {
        return aw_usage(ctx, "--accept-risk belongs to --set");
    }
    return AW_EXIT_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct plan_args *args = values;
    struct otp_fuses fuses;
    int code = check_usage(ctx, args);

    if (code == AW_EXIT_OK) {
        code = otp_open(ctx, &args->source, false, &fuses);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    code = make_plan(ctx, args, &fuses);
    otp_close(&fuses);
    return code;
}

const struct aw_cmd otp_cmd_plan = {
    .name = "plan",
    .summary = "plan which fuses to blow, in which order",
    .prose = "Makes a plan from the fuses of one device as they are: blow what "
             "the target has and the device has not, in an order in which "
             "every interruption can be resumed. Nothing is blown. Refused is "
             "what cannot lead to the target: foreign bits, locked words. Try "
             "the plan with aw otp simulate, carry it out with aw otp apply.",
    .opts = plan_opts,
    .n_opts = sizeof(plan_opts) / sizeof(plan_opts[0]),
    .size = sizeof(struct plan_args),
    .run = run,
};
