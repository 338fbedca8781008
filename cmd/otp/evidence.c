/* SPDX-License-Identifier: Apache-2.0 */
#include "otp/evidence.h"

#include <string.h>

#include "aw/hab/event.h"
#include "common/input.h"

enum { LOG_FILE_MAX = 64 << 10, RECORD_MAX = 256, BOOT_ID_SIZE = 36 };

static const char record_head[] = "aw-otp-boot 1\nboot ";

static int report_log(struct aw_ctx *ctx, const char *path, aw_err err,
                      const char *got, const struct aw_diag *diag)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_INPUT,
                 .exit = AW_EXIT_REFUSED,
                 .what = "the HAB log proves nothing",
                 .subject = path,
                 .expected = "HAB's whole log area as the ROM left it, 2944 "
                             "bytes from address 0x00904000, or what U-Boot "
                             "prints of them: md.b 0x00904000 0xb80",
                 .got = got,
                 .remedy = "read the log right after power-up, before anything "
                           "uses that memory",
                 .diag = diag,
             });
}

/* The bytes of a log, from a file of them or from what a boot loader printed
 * of them. */
static int read_log(struct aw_ctx *ctx, const char *path, aw_bytes *log)
{
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_HAB_LOG_SIZE, 1),
                                AW_HAB_LOG_SIZE);
    struct aw_diag diag = {.where = NULL};
    uint32_t address = 0;
    int code = aw_input_read(ctx, path, LOG_FILE_MAX, log);

    if (code != AW_EXIT_OK || log->n == AW_HAB_LOG_SIZE) {
        return code;
    }
    aw_err err = aw_hab_dump_parse(*log, &address, &w, &diag);

    if (err != AW_OK) {
        return report_log(ctx, path, AW_ERR_FORMAT,
                          aw_pool_printf(&ctx->pool,
                                         "%zu bytes, which are no text of such "
                                         "a dump either",
                                         log->n),
                          NULL);
    }
    if (address != AW_HAB_LOG_ADDRESS) {
        return report_log(ctx, path, AW_ERR_RANGE,
                          aw_pool_printf(&ctx->pool,
                                         "memory from address 0x%08x",
                                         (unsigned)address),
                          NULL);
    }
    *log = aw_wr_done(&w);
    return AW_EXIT_OK;
}

/* A log of which anything is missing proves nothing. */
int otp_evidence_log(struct aw_ctx *ctx, const char *path, aw_bytes *log,
                     enum aw_otp_hab *verdict)
{
    struct aw_hab_log_count count = {.events = 0};
    struct aw_diag diag = {.where = NULL};

    if (path == NULL) {
        return AW_EXIT_OK;
    }
    int code = read_log(ctx, path, log);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_hab_log_check(*log, &count, &diag);

    if (err != AW_OK) {
        return report_log(ctx, path, AW_ERR_FORMAT, NULL, &diag);
    }
    *verdict = count.events > 0 ? AW_OTP_HAB_EVENTS : AW_OTP_HAB_CLEAN;
    return AW_EXIT_OK;
}

int otp_evidence_same(struct aw_ctx *ctx, const char *path)
{
    return report_log(ctx, path, AW_ERR_DUPLICATE,
                      "the very bytes of the image's log", NULL);
}

/* Two boots, two logs. */
static int judge_logs(struct aw_ctx *ctx, struct otp_evidence *evidence)
{
    aw_bytes image = {NULL, 0};
    aw_bytes recovery = {NULL, 0};
    struct aw_otp_boot *boot = &evidence->boot;
    int code = otp_evidence_log(ctx, evidence->hab_log, &image, &boot->image);

    if (code == AW_EXIT_OK) {
        code = otp_evidence_log(ctx, evidence->recovery_log, &recovery,
                                &boot->recovery);
    }
    if (code == AW_EXIT_OK && image.n > 0 && aw_bytes_equal(image, recovery)) {
        code = otp_evidence_same(ctx, evidence->recovery_log);
    }
    return code;
}

/* The number that Linux gives each of its boots: hex digits in groups. */
static bool is_boot_id(aw_bytes id)
{
    bool ok = id.n == BOOT_ID_SIZE;

    for (size_t i = 0; ok && i < id.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool digit = (id.p[i] >= '0' && id.p[i] <= '9') ||
                     (id.p[i] >= 'a' && id.p[i] <= 'f');

        ok = dash ? id.p[i] == '-' : digit;
    }
    return ok;
}

/* "aw-otp-boot 1", and the number of this boot. */
static int this_boot(struct aw_ctx *ctx, const char **record)
{
    static const char path[] = "/proc/sys/kernel/random/boot_id";
    aw_bytes text = {NULL, 0};
    aw_bytes id = {NULL, 0};
    int code = aw_input_read(ctx, path, RECORD_MAX, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (text.n != BOOT_ID_SIZE + 1 || !aw_slice(text, 0, BOOT_ID_SIZE, &id) ||
        !is_boot_id(id)) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = AW_ERR_FORMAT,
                                  .on = AW_ON_LOCAL,
                                  .what = "this boot has no number",
                                  .subject = path,
                              });
    }
    *record = aw_pool_printf(&ctx->pool, "%s%s\n", record_head,
                             aw_pool_bytes(&ctx->pool, id));
    return AW_EXIT_OK;
}

/* A record that is whole: of one that is not nothing follows. */
static bool is_record(aw_bytes record)
{
    size_t head = sizeof(record_head) - 1;
    aw_bytes id = {NULL, 0};

    return aw_bytes_starts(record, record_head) &&
           aw_slice(record, head, BOOT_ID_SIZE, &id) && is_boot_id(id) &&
           record.n == head + BOOT_ID_SIZE + 1 &&
           record.p[record.n - 1] == '\n';
}

/* Where the record of a device is kept. */
struct record {
    const char *dir;
    const char *path;
    const char *now; /* what it says when it is of this boot */
};

static int find_record(struct aw_ctx *ctx, const struct otp_evidence *evidence,
                       struct record *record)
{
    const char *state = NULL;
    int code = aw_input_dir(ctx, AW_DIR_STATE, &state);

    if (code == AW_EXIT_OK) {
        code = this_boot(ctx, &record->now);
    }
    if (code == AW_EXIT_OK) {
        record->dir = aw_pool_printf(&ctx->pool, "%s/otp", state);
        record->path =
            aw_pool_printf(&ctx->pool, "%s/%s", record->dir, evidence->serial);
    }
    return code;
}

static int write_record(struct aw_ctx *ctx, const struct record *record)
{
    struct aw_host_diag host = {.network = false};
    aw_err err = aw_dir_make(record->dir, 0700, &host);

    if (err == AW_OK) {
        err = aw_file_write(record->path, aw_text(record->now), 0600,
                            AW_FILE_REPLACE, &host);
    }
    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_LOCAL,
                              .what = "the boot could not be recorded",
                              .subject = record->path,
                              .host = &host,
                          });
}

static int judge_boot(struct aw_ctx *ctx, struct otp_evidence *evidence)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob saved = {.n = 0};
    struct record record = {.dir = NULL};
    int code = find_record(ctx, evidence, &record);

    if (code != AW_EXIT_OK) {
        return code;
    }
    bool known =
        aw_file_read(record.path, RECORD_MAX, &saved, &host) == AW_OK &&
        is_record(aw_blob_bytes(&saved));
    bool same = known && aw_bytes_is(aw_blob_bytes(&saved), record.now);

    aw_blob_free(&saved);
    evidence->boot.cold = known && !same;
    return known ? (int)AW_EXIT_OK : write_record(ctx, &record);
}

int otp_evidence_load(struct aw_ctx *ctx, struct otp_evidence *evidence)
{
    evidence->boot = (struct aw_otp_boot){.cold = false};
    int code = judge_logs(ctx, evidence);

    return code == AW_EXIT_OK ? judge_boot(ctx, evidence) : code;
}

int otp_evidence_spend(struct aw_ctx *ctx, struct otp_evidence *evidence)
{
    struct record record = {.dir = NULL};
    int code = find_record(ctx, evidence, &record);

    evidence->boot.cold = false;
    return code == AW_EXIT_OK ? write_record(ctx, &record) : code;
}
