/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>

#include "aw/hostio/image.h"
#include "common/stop.h"
#include "verify/job.h"

/* A medium that cannot be opened: a wrong name or missing rights do not mend
 * by trying again, a failing device may. */
static int open_fail(struct aw_ctx *ctx, const char *path, aw_err err,
                     const struct aw_host_diag *why)
{
    bool failing = err == AW_ERR_IO && why->diag.at == EIO;

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .exit = failing                  ? AW_EXIT_STORAGE
                    : err == AW_ERR_RESOURCE ? AW_EXIT_RESOURCE
                                             : AW_EXIT_REFUSED,
            .subject = path,
            .expected = "a file or block device that you may read",
            .remedy = failing ? NULL : "check the name and your rights to it",
            .host = why,
        });
}

/* The three media of a copy. */
struct images {
    struct aw_image *user;
    struct aw_image *boot[2];
};

static int open_one(struct aw_ctx *ctx, const char *path,
                    struct aw_image **image, struct aw_medium *medium)
{
    struct aw_host_diag why = {.text = ""};
    aw_err err = aw_image_open(path, image, medium, &why);

    return err == AW_OK ? AW_EXIT_OK : open_fail(ctx, path, err, &why);
}

static int open_all(struct aw_ctx *ctx, struct job *job, struct images *images)
{
    const char *const boot[] = {job->args->boot0, job->args->boot1};
    int code = open_one(ctx, job->args->image, &images->user, &job->medium);

    for (size_t i = 0; i < 2 && code == AW_EXIT_OK; i++) {
        job->boot[i].subject = boot[i];
        if (boot[i] != NULL) {
            code =
                open_one(ctx, boot[i], &images->boot[i], &job->boot[i].medium);
        }
    }
    return code;
}

static int refuse_partial(struct aw_ctx *ctx, const struct job *job)
{
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_SHORT,
            .on = AW_ON_DEVICE,
            .exit = AW_EXIT_REFUSED,
            .what = "the image ends before the map of the device does",
            .subject = job->name,
            .expected = aw_pool_printf(&ctx->pool, "at least %" PRIu64 " bytes",
                                       device_map_end()),
            .got = aw_pool_printf(&ctx->pool, "%" PRIu64 " bytes",
                                  job->medium.size),
            .remedy = "copy the whole eMMC, or say --partial to leave "
                      "what is missing unjudged",
        });
}

static int judge_copy(struct aw_ctx *ctx, struct job *job)
{
    int code = job->medium.size < device_map_end() && !job->args->partial
                   ? refuse_partial(ctx, job)
                   : AW_EXIT_OK;

    if (code != AW_EXIT_OK) {
        return code;
    }
    code = job_ask_log(ctx, job);
    if (aw_cancelled()) {
        return code;
    }
    code = aw_exit_join(code, job_judge(ctx, job));
    if (job->judged) {
        aw_out_bool(&ctx->out, "verified", ctx->found.exit == AW_EXIT_OK);
        aw_out_text(&ctx->out, "image", job->name);
        aw_out_u64(&ctx->out, "bytes", job->medium.size);
    }
    job_show(ctx, job);
    return code;
}

int verify_image(struct aw_ctx *ctx, const struct verify_args *args,
                 const struct aw_trust *trust)
{
    struct job *job = aw_pool_alloc(&ctx->pool, 1, sizeof(*job));
    struct images images = {.user = NULL};

    *job = (struct job){.args = args,
                        .trust = trust,
                        .name = args->image,
                        .step = "read image",
                        .boot = {{.name = "boot0"}, {.name = "boot1"}}};
    int code = open_all(ctx, job, &images);

    if (code == AW_EXIT_OK) {
        code = judge_copy(ctx, job);
    }
    job_close(job);
    aw_image_close(images.user);
    aw_image_close(images.boot[0]);
    aw_image_close(images.boot[1]);
    return code;
}
