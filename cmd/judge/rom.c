/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/rom.h"

#include <string.h>

#include "aw/hab/lint.h"

/* Where hosts put the DCD before they send the image. */
enum { SENT_DCD = 0x00910000 };

const char *rom_verdict_name(enum rom_verdict verdict)
{
    static const char *const names[] = {
        [ROM_NOT_CHECKED] = "not checked",
        [ROM_BOOTS] = "checked",
        [ROM_REFUSED] = "refused",
    };

    return names[verdict];
}

void rom_as_sent(struct aw_ctx *ctx, aw_bytes image, struct aw_rom_input *in)
{
    enum { DCD_POINTER = 12, POINTER = 4 };
    uint8_t *copy = aw_pool_alloc(&ctx->pool, image.n + POINTER, 1);
    aw_bytes dcd = {NULL, 0};

    if (image.n > 0) {
        memcpy(copy, image.p, image.n);
    }
    if (image.n >= DCD_POINTER + POINTER) {
        memset(copy + DCD_POINTER, 0, POINTER);
    }
    in->serial = true;
    in->file = (aw_bytes){copy, image.n};
    in->dcd = dcd;
    if (aw_ivt_find_dcd(image, &dcd, NULL) == AW_OK) {
        in->dcd = dcd;
    }
}

struct aw_hab_event rom_first_event(const struct aw_rom *rom)
{
    const struct aw_hab_event none = {0};
    struct aw_hab_event event;
    struct aw_hab_record rec;
    size_t at = 0;

    if (aw_hab_log_next(aw_rom_events(rom), &at, &rec, NULL) != AW_OK ||
        aw_hab_event_parse(rec.bytes, &event, NULL) != AW_OK) {
        return none;
    }
    return event;
}

int rom_refuse(struct aw_ctx *ctx, const struct aw_rom *rom,
               struct aw_finding *finding)
{
    struct aw_hab_event e = rom_first_event(rom);
    const struct aw_hab_code *reason = aw_hab_reason_row(e.reason);
    const struct aw_hab_advice *advice = aw_hab_event_advice(&e);
    const char *command = "";

    if (e.context == AW_HAB_CTX_COMMAND && e.data.n > 0) {
        command =
            aw_pool_printf(&ctx->pool, " (%s)", aw_hab_cmd_name(e.data.p[0]));
    }
    finding->err = AW_ERR_SIG;
    finding->on = AW_ON_STATEMENT;
    finding->exit = AW_EXIT_MISMATCH;
    finding->code = aw_pool_printf(&ctx->pool, "HAB_%s", reason->name);
    finding->where = aw_pool_printf(
        &ctx->pool, "%s%s", aw_hab_context_row(e.context)->text, command);
    finding->expected = "an image that boots without an event";
    finding->got =
        aw_pool_printf(&ctx->pool, "%s: %s", reason->text, advice->cause);
    if (finding->remedy == NULL) {
        finding->remedy = advice->remedy;
    }
    return aw_report(ctx, finding);
}

struct lint_ctx {
    struct aw_ctx *ctx;
    const char *subject;
};

static void warn_of(void *user, const struct aw_hab_lint *lint)
{
    const struct lint_ctx *l = user;

    aw_warn(l->ctx, "%s: %s: %s", l->subject, lint->what,
            aw_hab_lint_text(lint->kind));
}

int rom_judge(struct aw_ctx *ctx, const struct rom_case *it,
              struct rom_judged *judged)
{
    struct aw_rom *rom = aw_pool_alloc(&ctx->pool, 1, sizeof(*rom));
    struct aw_rom_fuses fuses = {.closed = true};
    struct aw_rom_input in = {
        .file = it->image, .csf = it->csf, .dcd_address = SENT_DCD};
    struct lint_ctx lint = {ctx, it->subject};
    const struct aw_hab_lint_sink sink = {&lint, warn_of};

    *judged = (struct rom_judged){.verdict = ROM_NOT_CHECKED};
    if (!it->policy->has_srk_hash) {
        return AW_EXIT_OK;
    }
    memcpy(fuses.srk_hash, it->policy->srk_hash, sizeof(fuses.srk_hash));
    if (it->component == AW_RECOVERY) {
        rom_as_sent(ctx, it->image, &in);
    }
    aw_hab_rom_verify(&in, &fuses, rom);
    if (aw_rom_boots(rom) && rom->log.events == 0) {
        judged->verdict = ROM_BOOTS;
        judged->srk = rom->srk_index + 1U;
        if (!it->quiet) {
            aw_hab_lint(&in, rom, &sink);
        }
        return AW_EXIT_OK;
    }
    judged->verdict = ROM_REFUSED;
    return it->quiet ? (int)AW_EXIT_MISMATCH
                     : rom_refuse(ctx, rom,
                                  &(struct aw_finding){
                                      .subject = it->subject,
                                      .what = "a closed part with the policy's "
                                              "SRK hash refuses this image",
                                  });
}
