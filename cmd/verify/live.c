/* SPDX-License-Identifier: Apache-2.0 */
/* A live device: the recovery is verified and sent to it, and reads the eMMC
 * for us. */
#include <string.h>

#include "aw/ext_csd.h"
#include "board/board.h"
#include "common/stop.h"
#include "verify/job.h"

struct live {
    struct job job;
    struct board_pick pick;
    struct board board;
    struct board_medium user;
    struct board_medium boot[2];
    bool ours; /* our recovery: what follows is known */
    struct aw_storage_info info;
};

/* A device that speaks as a recovery may be anything. */
static int refuse_running(struct aw_ctx *ctx, const struct board *b)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_PRECONDITION,
                 .on = AW_ON_DEVICE,
                 .what = "a recovery runs already, and nobody knows which one",
                 .subject = b->link.name,
                 .expected = "a board in serial download, to which the "
                             "recovery of the log is sent",
                 .remedy = "power the board off and on with the boot switch at "
                           "USB, or accept it with --running-recovery",
             });
}

/* The recovery is one of the log's releases, verified as a whole. */
static int fetch(struct aw_ctx *ctx, struct live *l)
{
    struct board_pick *pick = &l->pick;

    if (!l->job.online) {
        return aw_usage(ctx, "a device is verified with its log: name it with "
                             "--log-url or a policy, without --offline");
    }
    pick->ctx = ctx;
    pick->view = &l->job.log;
    pick->binaries = l->job.args->binaries;
    pick->skip_hab = l->job.args->check.skip_hab;
    pick->wanted[AW_RECOVERY] = true;
    pick->index[AW_RECOVERY] = BOARD_NEWEST;
    return board_fetch(pick);
}

/* What a board is fused for must be what its bootloader is signed under. */
static int check_fuses(struct board *b, void *ctx)
{
    const struct live *l = ctx;

    return board_check_srk(b, &l->job.trust->use.policy, AW_EXIT_MISMATCH);
}

static int bring_up(struct live *l)
{
    struct board *b = &l->board;
    int code = board_await(b);

    if (code == AW_EXIT_OK && !b->was_there) {
        code = board_boot(b, &l->pick.release[AW_RECOVERY].verdict.release,
                          check_fuses, l);
    } else if (code == AW_EXIT_OK && !l->job.args->running_recovery) {
        code = refuse_running(b->ctx, b);
    }
    return code == AW_EXIT_OK ? board_recovery(b) : code;
}

/* The boot partitions, which only our recovery shows. */
static int open_boot(struct live *l)
{
    static const enum aw_storage_kind kinds[] = {AW_STORAGE_BOOT0,
                                                 AW_STORAGE_BOOT1};
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < 2 && code == AW_EXIT_OK; i++) {
        struct job_boot *boot = &l->job.boot[i];
        struct board_disk disk = {.storage = &l->board.storage};

        code = board_unit(&l->board, kinds[i], &disk.unit);
        disk.blocks = disk.unit.blocks;
        if (code == AW_EXIT_OK && disk.blocks > 0) {
            board_medium_init(&l->boot[i], &l->board, &disk, &boot->medium);
            boot->subject = aw_pool_printf(&l->board.ctx->pool, "%s, %s",
                                           l->job.name, boot->name);
        }
    }
    return code;
}

static int open_media(struct live *l)
{
    struct board *b = &l->board;
    struct board_disk disk;
    const struct aw_storage_unit *unit = &disk.unit;
    struct aw_diag diag = {.err = AW_OK};
    int code = board_disk_find(b, device_map_end(), &disk);

    if (code != AW_EXIT_OK) {
        return code;
    }
    board_medium_init(&l->user, b, &disk, &l->job.medium);
    l->ours = unit->ours;
    if (!unit->ours) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_storage_info(&b->storage, unit, &l->info, &diag);

    return err == AW_OK ? open_boot(l)
                        : board_report(b, err, "asking what it is", &diag);
}

/* Where the boot ROM would boot from: bits 5 to 3 of PARTITION_CONFIG. */
static unsigned boot_enable(const struct live *l)
{
    return (l->info.ext_csd[AW_EXT_CSD_PARTITION_CONFIG] &
            AW_PARTITION_BOOT_ENABLE) >>
           3;
}

static void put_recovery(struct aw_ctx *ctx, const struct live *l)
{
    struct aw_out *out = &ctx->out;
    const struct board_release *r = &l->pick.release[AW_RECOVERY];

    aw_out_begin(out, "recovery");
    aw_out_bool(out, "sent", !l->board.was_there);
    aw_out_bool(out, "ours", l->ours);
    if (!l->board.was_there) {
        aw_out_bytes(out, "version", r->verdict.manifest.tag_name);
        aw_out_u64(out, "index", r->index);
        aw_out_hex(
            out, "sha256",
            (aw_bytes){r->verdict.release.firmware_sha256, AW_SHA256_SIZE});
    }
    aw_out_end(out);
}

static void put_fuses(struct aw_ctx *ctx, const struct live *l)
{
    struct aw_out *out = &ctx->out;
    const struct board_fuses *fuses = &l->board.fuses;

    if (!l->board.seen) {
        return;
    }
    aw_out_begin(out, "fuses");
    aw_out_bool(out, "closed", fuses->closed);
    aw_out_bool(out, "readable", fuses->read);
    if (fuses->has_srk) {
        aw_out_hex(out, "srk_hash",
                   (aw_bytes){fuses->srk_hash, AW_SHA256_SIZE});
    }
    aw_out_end(out);
}

static void show(struct aw_ctx *ctx, struct live *l)
{
    struct aw_out *out = &ctx->out;
    const struct board *b = &l->board;

    aw_out_bool(out, "verified",
                l->job.judged && ctx->found.exit == AW_EXIT_OK);
    if (!l->job.judged) {
        return;
    }
    aw_out_text(out, "serial", b->unit.serial);
    aw_out_u64(out, "bytes", l->job.medium.size);
    put_fuses(ctx, l);
    put_recovery(ctx, l);
    job_show(ctx, &l->job);
    if (b->was_there) {
        aw_warn(ctx, "the recovery was there already: which one it is, and "
                     "whether it tells the truth, was not checked");
    } else if (!b->fuses.read) {
        aw_warn(ctx,
                "this part does not show its fuses: whether they hold "
                "the SRK hash was not checked%s",
                b->fuses.closed ? "; it is closed, and started the signed "
                                  "recovery"
                                : "");
    } else if (!b->fuses.closed) {
        aw_warn(ctx, "this part is open: it starts any bootloader");
    }
    if (l->ours && boot_enable(l) != 0) {
        aw_warn(ctx,
                "the eMMC is set to boot from something else than its "
                "user area (%u)",
                boot_enable(l));
    }
}

static int judge_board(struct aw_ctx *ctx, struct live *l)
{
    struct job *job = &l->job;
    int code = board_connect(ctx, &job->args->usb, &l->board);

    if (code == AW_EXIT_OK) {
        l->board.kernel =
            board_kernel_asked(&job->args->kernel) ? &job->args->kernel : NULL;
        l->board.kernel_need = device_map_end();
        board_step(&l->board, "verify: boot", job->args->step_ms);
        code = bring_up(l);
    }
    if (code == AW_EXIT_OK) {
        job->name = l->board.link.name;
        code = open_media(l);
    }
    if (code == AW_EXIT_OK) {
        board_step(&l->board, "verify: read", 0);
        code = job_judge(ctx, job);
    }
    show(ctx, l);
    board_close(&l->board);
    if (job->judged && ctx->found.exit == AW_EXIT_OK) {
        board_prompt(&l->board, BOARD_ASK_EMMC_OFF);
    } else if (aw_exit_is_security(ctx->found.exit)) {
        board_prompt(&l->board, BOARD_ASK_ASIDE);
    }
    return code;
}

int verify_live(struct aw_ctx *ctx, const struct verify_args *args,
                const struct aw_trust *trust)
{
    struct live *l = aw_pool_alloc(&ctx->pool, 1, sizeof(*l));

    l->job = (struct job){.args = args,
                          .trust = trust,
                          .step = "read device",
                          .boot = {{.name = "boot0"}, {.name = "boot1"}}};
    int code = job_ask_log(ctx, &l->job);

    if (code == AW_EXIT_OK) {
        code = fetch(ctx, l);
    }
    if (code == AW_EXIT_OK && !aw_cancelled()) {
        code = judge_board(ctx, l);
    }
    job_close(&l->job);
    return code;
}
