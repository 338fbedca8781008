/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aw/text.h"
#include "common/input.h"
#include "otp/otp.h"

enum { RUNS_MAX = 100 };

struct simulate_args {
    struct otp_source source;
    uint64_t cut;
    const char *partial;
    struct aw_list stuck;
    unsigned hab;
    unsigned recovery;
    bool no_resume;
    bool every_cut;
    bool skip_recovery;
    const char *output;
};

static const struct aw_opt simulate_opts[] = {
    {.name = "otp",
     .alias = "nvmem",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct simulate_args, source.otp),
     .arg = "PATH",
     .help = "Start with these fuses, of which a copy is used: an NVMEM "
             "device, a dump of one, or virtual fuses. Without it with those "
             "that the plan was made from."},
    {.name = "cut",
     .type = AW_OPT_U64,
     .at = offsetof(struct simulate_args, cut),
     .arg = "N",
     .fallback = "0",
     .help = "Let power go during write N, counted from 1; 0 is never."},
    {.name = "partial",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct simulate_args, partial),
     .arg = "HEX",
     .fallback = "55555555",
     .help = "Bits that still take when power goes."},
    {.name = "no-resume",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct simulate_args, no_resume),
     .help = "End where power goes; --output then keeps the fuses as they are "
             "left."},
    {.name = "stuck",
     .type = AW_OPT_LIST,
     .at = offsetof(struct simulate_args, stuck),
     .arg = "BANK/WORD/BIT",
     .help = "A bit that does not take."},
    {.name = "hab",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct simulate_args, hab),
     .arg = OTP_HAB_CHOICES,
     .fallback = "clean",
     .help = "What HAB logs when the device's image starts."},
    {.name = "recovery",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct simulate_args, recovery),
     .arg = OTP_HAB_CHOICES,
     .fallback = "clean",
     .help = "What HAB logs when recovery starts by serial download."},
    {.name = "skip-recovery-proof",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct simulate_args, skip_recovery),
     .help = "As for aw otp apply."},
    {.name = "every-cut",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct simulate_args, every_cut),
     .help = "Then let power go at every write, each time with none, some and "
             "all of its bits taking, and resume."},
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct simulate_args, output),
     .arg = "FILE",
     .help = "Write the fuses at the end to this new file of virtual fuses."},
};

struct simulation {
    struct aw_ctx *ctx;
    const struct simulate_args *args;
    const struct aw_plan *plan;
    struct aw_vfuse v;
    struct aw_otp inner;
    size_t writes;
    bool quiet; /* one of many runs */
};

static void put_event(const struct simulation *sim, const char *kind,
                      const char *text)
{
    struct aw_out *out = &sim->ctx->out;

    if (sim->quiet) {
        return;
    }
    if (!aw_out_is_json(out)) {
        aw_out_text(out, NULL, text);
        return;
    }
    aw_out_begin(out, NULL);
    aw_out_text(out, "kind", kind);
    aw_out_text(out, "text", text);
    aw_out_end(out);
}

static aw_err sim_read(void *ctx, unsigned bank, unsigned word, uint32_t *value,
                       struct aw_diag *diag)
{
    struct simulation *sim = ctx;

    return sim->inner.read(&sim->v, bank, word, value, diag);
}

static aw_err sim_program(void *ctx, unsigned bank, unsigned word,
                          uint32_t bits, struct aw_diag *diag)
{
    struct simulation *sim = ctx;
    struct aw_plan_step step = {.kind = AW_PLAN_PROGRAM,
                                .bank = (uint8_t)bank,
                                .word = (uint8_t)word,
                                .bits = bits};
    aw_err err = sim->inner.program(&sim->v, bank, word, bits, diag);

    sim->writes++;
    if (!sim->quiet) {
        put_event(sim, "write",
                  aw_pool_printf(&sim->ctx->pool, "write %zu, %s", sim->writes,
                                 fuse_step_text(sim->ctx, sim->plan, &step)));
    }
    return err;
}

static aw_err sim_reload(void *ctx, struct aw_diag *diag)
{
    struct simulation *sim = ctx;

    return sim->inner.reload(&sim->v, diag);
}

static aw_err sim_boot(void *ctx, struct aw_otp_boot *boot,
                       struct aw_diag *diag)
{
    struct simulation *sim = ctx;

    return sim->inner.boot(&sim->v, boot, diag);
}

static void power_up(struct simulation *sim)
{
    aw_vfuse_boot(&sim->v);
    sim->v.image = (enum aw_otp_hab)sim->args->hab;
    sim->v.recovery = (enum aw_otp_hab)sim->args->recovery;
    put_event(sim, "boot", "power on, the signed images start");
}

/* Runs the plan to its end, powering up where it needs that. */
static aw_err run_through(struct simulation *sim, struct aw_plan_result *result,
                          struct aw_diag *diag)
{
    struct aw_otp otp = {.ctx = sim,
                         .read = sim_read,
                         .program = sim_program,
                         .reload = sim_reload,
                         .boot = sim_boot};
    unsigned skip =
        sim->args->skip_recovery ? AW_PLAN_SKIP_RECOVERY : AW_PLAN_SKIP_NOTHING;
    bool asked = false;
    aw_err err = AW_ERR_IO;

    sim->inner = aw_vfuse_otp(&sim->v);
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        err = aw_plan_apply(sim->plan, &otp, skip, result, diag);
        bool boot = result->why == AW_PLAN_NEEDS_BOOT ||
                    result->why == AW_PLAN_HAB_UNKNOWN;

        if (sim->v.off) {
            put_event(sim, "cut", "power goes");
        }
        if (sim->v.off && sim->args->no_resume) {
            break;
        }
        if (!sim->v.off && (err == AW_OK || !boot || asked)) {
            break;
        }
        asked = !sim->v.off;
        power_up(sim);
    }
    return err;
}

static bool reached(const struct simulation *sim)
{
    for (size_t i = 0; i < sim->plan->n_words; i++) {
        const struct aw_plan_word *w = &sim->plan->words[i];
        unsigned at = w->bank * (unsigned)AW_VFUSE_BANK_WORDS + w->word;

        if (sim->v.fuse[at] != (w->start | w->bits)) {
            return false;
        }
    }
    return true;
}

/* One run with an interruption. @return false when it does not end well */
static bool survives(const struct simulation *first, size_t n, uint32_t mask)
{
    struct simulation sim = *first;
    struct aw_plan_result result;

    sim.quiet = true;
    sim.v.cut_after = n;
    sim.v.cut_mask = mask;
    return run_through(&sim, &result, NULL) == AW_OK && reached(&sim);
}

static int cut_everywhere(const struct simulation *first, size_t writes)
{
    static const uint32_t masks[] = {0, 0x55555555, 0xffffffff};
    size_t tried = 0;
    size_t resumed = 0;

    for (size_t n = 0; n < writes; n++) {
        for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
            tried++;
            resumed += survives(first, n, masks[i]) ? 1 : 0;
        }
    }
    aw_out_count(&first->ctx->out, "interruptions", tried);
    aw_out_count(&first->ctx->out, "resumed", resumed);
    if (tried == resumed) {
        return AW_EXIT_OK;
    }
    return aw_report(first->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_PRECONDITION,
                         .on = AW_ON_DEVICE,
                         .exit = AW_EXIT_INTERNAL,
                         .what = "an interrupted run did not reach the target",
                         .remedy = "report this, and do not apply the plan",
                     });
}

/* BANK/WORD/BIT */
static int set_stuck(struct aw_ctx *ctx, const char *text, struct aw_vfuse *v)
{
    struct aw_rd r = aw_rd_init(aw_text(text));
    uint64_t n[3] = {0};
    aw_bytes field[3] = {aw_rd_until(&r, '/'), aw_rd_until(&r, '/')};
    bool ok = true;

    field[2] = aw_rd_rest(&r);
    for (size_t i = 0; i < 3; i++) {
        ok = ok && aw_dec_parse(field[i], &n[i]) == AW_OK;
    }
    if (!ok || n[0] >= v->n_words / AW_VFUSE_BANK_WORDS ||
        n[1] >= AW_VFUSE_BANK_WORDS || n[2] > 31) {
        return aw_usage(ctx, "--stuck takes BANK/WORD/BIT, as 3/0/31, not %s",
                        text);
    }
    v->stuck[n[0] * AW_VFUSE_BANK_WORDS + n[1]] |= UINT32_C(1) << n[2];
    return AW_EXIT_OK;
}

/* Fuses as the plan found them; others are as delivered. */
static void from_plan(const struct aw_plan *plan, struct aw_ctx *ctx,
                      struct aw_vfuse *v)
{
    struct aw_rd unit = aw_rd_init((aw_bytes){plan->unit, AW_PLAN_UNIT_SIZE});
    aw_err err = aw_vfuse_init(v, aw_pool_bytes(&ctx->pool, plan->part),
                               aw_rd_le64(&unit));

    AW_BUG_ON(err != AW_OK);
    for (size_t i = 0; i < plan->n_words; i++) {
        const struct aw_plan_word *w = &plan->words[i];
        unsigned at = w->bank * (unsigned)AW_VFUSE_BANK_WORDS + w->word;

        if (at < v->n_words) {
            v->fuse[at] = w->start;
        }
    }
    aw_vfuse_boot(v);
    v->boots = 1;
}

static int start(struct simulation *sim)
{
    const struct simulate_args *args = sim->args;
    aw_bytes partial = aw_text(args->partial);
    struct otp_fuses fuses;
    uint64_t mask = 0;
    int code = AW_EXIT_OK;

    if (partial.n > 8 || aw_hex_parse_u64(partial, &mask) != AW_OK) {
        return aw_usage(sim->ctx, "--partial takes at most 8 hex digits");
    }
    if (args->source.otp == NULL) {
        from_plan(sim->plan, sim->ctx, &sim->v);
    } else {
        struct otp_source source = {.otp = args->source.otp,
                                    .part = otp_part_of(sim->plan),
                                    .planned = true};

        code = otp_open(sim->ctx, &source, false, &fuses);
        if (code == AW_EXIT_OK) {
            code = otp_copy(sim->ctx, &fuses, &sim->v);
            otp_close(&fuses);
        }
    }
    for (size_t i = 0; code == AW_EXIT_OK && i < args->stuck.n; i++) {
        code = set_stuck(sim->ctx, args->stuck.item[i], &sim->v);
    }
    sim->v.cut_after = args->cut == 0 ? AW_VFUSE_NO_CUT : args->cut - 1;
    sim->v.cut_mask = (uint32_t)mask;
    return code;
}

static int save(struct simulation *sim)
{
    struct aw_host_diag host = {.network = false};
    struct aw_vfuse_file file = {.v = sim->v, .path = sim->args->output};

    if (sim->args->output == NULL) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_vfuse_save(&file, true, &host);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(sim->ctx, &(struct aw_finding){
                                   .err = err,
                                   .on = AW_ON_INPUT,
                                   .what = "the fuses could not be written",
                                   .subject = file.path,
                                   .expected = "a new file",
                                   .host = &host,
                               });
}

static int simulate(struct simulation *sim)
{
    const struct simulation first = *sim;
    struct aw_plan_result result;
    struct aw_diag diag = {.where = NULL};

    fuse_put_plan(sim->ctx, sim->plan);
    aw_out_begin_list(&sim->ctx->out, "events");
    aw_err err = run_through(sim, &result, &diag);

    aw_out_end_list(&sim->ctx->out);
    aw_out_count(&sim->ctx->out, "writes", sim->writes);
    aw_out_bool(&sim->ctx->out, "reached", err == AW_OK && reached(sim));
    int code = save(sim);

    if (sim->args->cut != 0 && sim->v.cut_after != AW_VFUSE_NO_CUT) {
        aw_warn(sim->ctx,
                "power did not go: there were %zu writes, none of number "
                "%" PRIu64,
                sim->writes, sim->args->cut);
    }
    if (err != AW_OK) {
        return fuse_report_plan(sim->ctx, "the simulated device", err, &result,
                                &diag);
    }
    if (code == AW_EXIT_OK && sim->args->every_cut) {
        code = cut_everywhere(&first, sim->writes);
    }
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct aw_plan plan;
    struct simulation sim = {.ctx = ctx, .args = values, .plan = &plan};
    int code = fuse_read_plan(ctx, ctx->operands.item[0], &plan);

    if (code == AW_EXIT_OK && sim.args->every_cut && sim.args->cut != 0) {
        code = aw_usage(ctx, "--cut and --every-cut exclude each other");
    }
    if (code == AW_EXIT_OK && sim.args->output != NULL &&
        strcmp(sim.args->output, "-") == 0) {
        code = aw_usage(ctx, "--output needs the name of a file, ./- for one "
                             "of that name");
    }
    if (code == AW_EXIT_OK && sim.args->no_resume && sim.args->cut == 0) {
        code = aw_usage(ctx, "--no-resume belongs to --cut");
    }
    if (code == AW_EXIT_OK) {
        code = start(&sim);
    }
    return code == AW_EXIT_OK ? simulate(&sim) : code;
}

const struct aw_cmd otp_cmd_simulate = {
    .name = "simulate",
    .summary = "try a plan on virtual fuses",
    .prose = "Carries out a PLAN on a copy of fuses, in memory: with power "
             "that goes in the middle of a write, with bits that do not take, "
             "with HAB events. Power comes back and the plan goes on until it "
             "ends. Nothing outside is touched.",
    .operands = "PLAN",
    .min_operands = 1,
    .max_operands = 1,
    .opts = simulate_opts,
    .n_opts = sizeof(simulate_opts) / sizeof(simulate_opts[0]),
    .size = sizeof(struct simulate_args),
    .run = run,
};
