/* SPDX-License-Identifier: Apache-2.0 */
#include "otp/evidence.h"

#include <string.h>

#include "aw/hab/event.h"
#include "common/input.h"

enum { LOG_FILE_MAX = 64 << 10, BOOT_ID_MAX = 128, RECORD_MAX = 256 };

static int report_log(struct aw_ctx *ctx, const char *path, const char *got,
                      const struct aw_diag *diag)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_FORMAT,
                              .on = AW_ON_INPUT,
                              .what = "the HAB log cannot be judged",
                              .subject = path,
                              .expected = "HAB's log area, 2944 bytes from "
                                          "address 0x00904000",
                              .got = got,
                              .diag = diag,
                          });
}

/* A log without any record proves nothing: it may never have been filled. */
static int judge_log(struct aw_ctx *ctx, const char *path,
                     enum aw_otp_hab *verdict)
{
    struct aw_hab_record record = {.at = 0};
    struct aw_diag diag = {.where = NULL};
    aw_bytes log = {NULL, 0};
    size_t at = 0;
    size_t events = 0;
    size_t others = 0;

    if (path == NULL) {
        return AW_EXIT_OK;
    }
    int code = aw_input_read(ctx, path, LOG_FILE_MAX, &log);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = AW_OK;

    while ((err = aw_hab_log_next(log, &at, &record, &diag)) == AW_OK) {
        bool event = record.tag == AW_HAB_EVENT_TAG;

        events += event ? 1 : 0;
        others += event ? 0 : 1;
    }
    if (err != AW_ERR_NOT_FOUND) {
        return report_log(ctx, path, NULL, &diag);
    }
    if (events == 0 && others == 0) {
        return report_log(ctx, path, "no record at all", NULL);
    }
    *verdict = events > 0 ? AW_OTP_HAB_EVENTS : AW_OTP_HAB_CLEAN;
    return AW_EXIT_OK;
}

/* "aw-otp-boot 1", and the number that Linux gives each of its boots. */
static int this_boot(struct aw_ctx *ctx, const char **record)
{
    aw_bytes id = {NULL, 0};
    int code =
        aw_input_read(ctx, "/proc/sys/kernel/random/boot_id", BOOT_ID_MAX, &id);

    if (code == AW_EXIT_OK) {
        *record = aw_pool_printf(&ctx->pool, "aw-otp-boot 1\nboot %s",
                                 aw_pool_bytes(&ctx->pool, id));
    }
    return code;
}

static int write_record(struct aw_ctx *ctx, const char *dir, const char *path,
                        const char *record)
{
    struct aw_host_diag host = {.network = false};
    aw_err err = aw_dir_make(dir, 0700, &host);

    if (err == AW_OK) {
        err =
            aw_file_write(path, aw_text(record), 0600, AW_FILE_REPLACE, &host);
    }
    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_LOCAL,
                              .what = "the boot could not be recorded",
                              .subject = path,
                              .host = &host,
                          });
}

static int judge_boot(struct aw_ctx *ctx, struct otp_evidence *evidence)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob saved = {.n = 0};
    const char *state = NULL;
    const char *now = NULL;
    int code = aw_input_dir(ctx, AW_DIR_STATE, &state);

    if (code == AW_EXIT_OK) {
        code = this_boot(ctx, &now);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    const char *dir = aw_pool_printf(&ctx->pool, "%s/otp", state);
    const char *path =
        aw_pool_printf(&ctx->pool, "%s/%s", dir, evidence->serial);
    bool known = aw_file_read(path, RECORD_MAX, &saved, &host) == AW_OK &&
                 aw_bytes_starts(aw_blob_bytes(&saved), "aw-otp-boot 1\n");
    bool same = known && aw_bytes_is(aw_blob_bytes(&saved), now);

    aw_blob_free(&saved);
    if (!known || evidence->will_write) {
        evidence->boot.cold = false;
        return write_record(ctx, dir, path, now);
    }
    evidence->boot.cold = !same;
    return AW_EXIT_OK;
}

int otp_evidence_load(struct aw_ctx *ctx, struct otp_evidence *evidence)
{
    evidence->boot = (struct aw_otp_boot){.cold = false};
    int code = judge_log(ctx, evidence->hab_log, &evidence->boot.image);

    if (code == AW_EXIT_OK) {
        code = judge_log(ctx, evidence->recovery_log, &evidence->boot.recovery);
    }
    return code == AW_EXIT_OK ? judge_boot(ctx, evidence) : code;
}
