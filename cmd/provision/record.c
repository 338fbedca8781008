/* SPDX-License-Identifier: Apache-2.0 */
/* The signed record of a provisioning. docs/formats/production-record.md. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/file.h"
#include "aw/hostio/records.h"
#include "provision/provision.h"

enum {
    NOTE_MAX = 16 * 1024,
    NAME_MAX_BYTES = 200,
    FILE_MODE = 0644,
    DIR_MODE = 0777
};

/* One line of printable text. */
static bool is_line(const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < ' ' || c == 0x7f) {
            return false;
        }
    }
    return n > 0 && n <= NAME_MAX_BYTES;
}

static const char *remedy_of(aw_err err)
{
    switch (err) {
    case AW_ERR_RESOURCE:
        return "make room, then run the same command again: nothing is "
               "written to the device a second time";
    case AW_ERR_STATE:
        return "look at records.db, put it aside, and run the same command "
               "again: each record is in a file of its own, too";
    default:
        return "see that the folder is there and may be written, then run the "
               "same command again: nothing is written to the device a second "
               "time";
    }
}

static int report_folder(struct provision *p, aw_err err,
                         const struct aw_host_diag *host)
{
    return aw_report(p->ctx,
                     &(struct aw_finding){.err = err,
                                          .on = AW_ON_LOCAL,
                                          .what = "no record can be kept there",
                                          .subject = p->args->record_dir,
                                          .host = host,
                                          .remedy = remedy_of(err)});
}

static const char *file_of_all(const struct provision *p)
{
    return aw_pool_printf(&p->ctx->pool, "%s/records.db", p->args->record_dir);
}

static aw_err check_folder(const struct provision *p, struct aw_host_diag *host)
{
    const char *dir = p->args->record_dir;
    aw_err err = aw_dir_make(dir, DIR_MODE, host);

    if (err == AW_OK && access(dir, W_OK | X_OK) != 0) {
        err = aw_host_fail_errno(host, "records", errno, dir);
    }
    return err == AW_OK ? aw_records_check(file_of_all(p), host) : err;
}

/* Key, folder and file of all are sound before a device is touched. */
static int open_key(struct provision *p)
{
    struct aw_host_diag host = {.text = ""};
    aw_err err = p->args->dry_run ? AW_OK : check_folder(p, &host);

    return err == AW_OK ? aw_signer_open(p->ctx, p->args->record_key, NULL,
                                         &p->record_key)
                        : report_folder(p, err, &host);
}

int provision_record_open(struct provision *p)
{
    const struct provision_args *args = p->args;

    if (args->record_dir == NULL) {
        return args->record_key == NULL && args->station == NULL &&
                       args->operator_name == NULL
                   ? AW_EXIT_OK
                   : aw_usage(p->ctx, "--record-key, --station and --operator "
                                      "belong to --record-dir");
    }
    if (args->record_key == NULL || args->station == NULL ||
        args->operator_name == NULL) {
        return aw_usage(p->ctx, "--record-dir needs --record-key, --station "
                                "and --operator");
    }
    if (!is_line(args->station) || !is_line(args->operator_name)) {
        return aw_usage(p->ctx,
                        "--station and --operator are one line of at "
                        "most %d bytes",
                        (int)NAME_MAX_BYTES);
    }
    return open_key(p);
}

void provision_record_close(struct provision *p)
{
    aw_signer_close(&p->record_key);
}

static void put_line(struct aw_wr *w, const char *name, const char *value)
{
    aw_wr_text(w, name);
    aw_wr_text(w, " ");
    aw_wr_text(w, value);
    aw_wr_text(w, "\n");
}

static void put_hash(struct aw_wr *w, const uint8_t digest[AW_SHA256_SIZE])
{
    aw_wr_text(w, " ");
    aw_wr_hex(w, (aw_bytes){digest, AW_SHA256_SIZE});
    aw_wr_text(w, "\n");
}

static void put_number(struct aw_wr *w, uint64_t n)
{
    aw_wr_text(w, " ");
    aw_wr_dec(w, n);
}

static void put_releases(const struct provision *p, struct aw_wr *w)
{
    for (unsigned i = 0; i < AW_COMPONENTS; i++) {
        const struct board_release *r = &p->pick.release[i];

        aw_wr_text(w, "release ");
        aw_wr_text(w, aw_component_name((enum aw_component)i));
        aw_wr_text(w, " ");
        aw_wr_put(w, r->verdict.manifest.tag_name);
        put_number(w, r->index);
        put_hash(w, r->verdict.release.firmware_sha256);
    }
}

/* What was read back; the digests of the plan, since nothing else passes. */
static void put_writes(const struct provision *p, struct aw_wr *w)
{
    for (size_t i = 0; i < p->plan.n_jobs; i++) {
        const struct provision_job *job = &p->plan.job[i];

        aw_wr_text(w, "read-back");
        put_number(w, job->offset / AW_EMMC_BLOCK);
        put_number(w, job->bytes.n);
        put_hash(w, job->sha256);
    }
}

static void put_fuses(const struct provision *p, struct aw_wr *w)
{
    const struct board *b = &p->board;

    if (!b->seen) {
        put_line(w, "fuses", "not seen");
    } else if (!b->fuses.read) {
        put_line(w, "fuses", b->fuses.closed ? "closed" : "not readable");
    } else {
        aw_wr_text(w, b->fuses.closed ? "fuses closed" : "fuses open");
        put_hash(w, b->fuses.srk_hash);
    }
}

/* As the trusted OS showed them last: after fusing, when it did. */
static void put_words(const struct provision *p, struct aw_wr *w)
{
    for (size_t i = 0; i < p->n_fuses; i++) {
        const struct aw_ctl_fuse *f = &p->fuses[i];
        uint8_t be[4] = {(uint8_t)(f->value >> 24), (uint8_t)(f->value >> 16),
                         (uint8_t)(f->value >> 8), (uint8_t)f->value};

        aw_wr_text(w, "fuse");
        put_number(w, f->bank);
        put_number(w, f->word);
        aw_wr_text(w, " ");
        aw_wr_hex(w, (aw_bytes){be, sizeof(be)});
        aw_wr_text(w, "\n");
    }
}

static void put_note(struct aw_wr *w, const char *name, aw_bytes note)
{
    if (note.n > 0) {
        aw_wr_text(w, name);
        aw_wr_text(w, " ");
        aw_wr_base64(w, note);
        aw_wr_text(w, "\n");
    }
}

static void put_identity(const struct provision *p, struct aw_wr *w)
{
    const struct device_identity *id = &p->who.identity;

    if (!id->known) {
        return;
    }
    put_line(w, "attestation-key", id->key);
    put_line(w, "witness", id->witness);
    put_note(w, "attested", id->attested);
    put_note(w, "attested-bastion", id->bastion);
}

static void put_text(const struct provision *p, const char *now,
                     struct aw_wr *w)
{
    aw_wr_text(w, "aw-production-record 1\n");
    put_line(w, "serial", p->board.unit.serial);
    put_line(w, "time", now);
    put_line(w, "station", p->args->station);
    put_line(w, "operator", p->args->operator_name);
    aw_wr_text(w, "policy");
    put_hash(w, p->trust->use.sha256);
    put_releases(p, w);
    aw_wr_text(w, "plan");
    put_hash(w, p->plan.sha256);
    put_writes(p, w);
    put_fuses(p, w);
    put_words(p, w);
    put_identity(p, w);
    put_line(w, "reached", provision_stage_name(p->state.stage));
}

/* Two runs on a board may end within a second. */
static const char *free_name(struct provision *p, const char *now)
{
    const char *path = NULL;
    unsigned n = 1;

    do {
        char again[16] = "";

        if (n > 1) {
            (void)snprintf(again, sizeof(again), "-%u", n);
        }
        path = aw_pool_printf(&p->ctx->pool, "%s/%s-%s%s.record",
                              p->args->record_dir, p->board.unit.serial, now,
                              again);
        n++;
    } while (access(path, F_OK) == 0);
    return path;
}

/* All records of a station in one file, to look them up in. */
static aw_err add_to_file(struct provision *p, const char *path,
                          const char *now, aw_bytes note,
                          struct aw_host_diag *host)
{
    const struct aw_record record = {
        .serial = p->board.unit.serial,
        .time = now,
        .name = strrchr(path, '/') + 1,
        .note = note,
    };

    return aw_records_add(file_of_all(p), &record, host);
}

int provision_record_write(struct provision *p)
{
    struct aw_pool *pool = &p->ctx->pool;
    struct aw_wr text = aw_wr_init(aw_pool_alloc(pool, NOTE_MAX, 1), NOTE_MAX);
    struct aw_wr note = aw_wr_init(aw_pool_alloc(pool, NOTE_MAX, 1), NOTE_MAX);
    struct aw_host_diag host = {.text = ""};
    char now[24] = "";
    time_t t = time(NULL);
    struct tm utc;

    if (p->args->record_dir == NULL) {
        return AW_EXIT_OK;
    }
    if (gmtime_r(&t, &utc) != NULL) {
        (void)strftime(now, sizeof(now), "%Y%m%dT%H%M%SZ", &utc);
    }
    put_text(p, now, &text);
    AW_BUG_ON(text.failed);
    int code = aw_signer_note(p->ctx, &p->record_key, aw_wr_done(&text),
                              "the record", &note);

    if (code != AW_EXIT_OK) {
        return code;
    }
    const char *path = free_name(p, now);
    aw_err err =
        aw_file_write(path, aw_wr_done(&note), FILE_MODE, AW_FILE_NEW, &host);

    if (err == AW_OK) {
        err = add_to_file(p, path, now, aw_wr_done(&note), &host);
        if (err != AW_OK) {
            /* The next run makes another: on a full disk they would pile up. */
            (void)unlink(path);
        }
    }
    if (err == AW_OK) {
        aw_out_text(&p->ctx->out, "record", path);
        return provision_state_reach(p, PROVISION_RECORDED);
    }
    return aw_report(p->ctx, &(struct aw_finding){
                                 .err = err,
                                 .on = AW_ON_LOCAL,
                                 .what = "the record cannot be written",
                                 .subject = path,
                                 .host = &host,
                                 .remedy = remedy_of(err),
                             });
}
