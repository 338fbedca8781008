/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "aw/bootstate.h"
#include "common/progress.h"
#include "provision/provision.h"

enum {
    PIECE = AW_STORAGE_PIECE, /* blocks */
    LOOK = 128,               /* blocks, at the begin of an area */
    ZERO_PIECE = 64 * 2048    /* blocks, until somebody may stop it */
};

/* A recovery that is spoken to. */
struct flash {
    struct provision *p;
    struct board_disk disk; /* the eMMC */
    struct aw_progress *progress;
    uint8_t *buf; /* PIECE blocks */
    bool changed; /* something of a release was written, in this run */
};

/* Reads a piece and says whether it holds the bytes already.
 * @param bytes  NULL: zeros */
static aw_err compare_piece(struct flash *f, uint64_t block, uint32_t blocks,
                            const uint8_t *bytes, bool *same,
                            struct aw_diag *diag)
{
    size_t n = (size_t)blocks * AW_EMMC_BLOCK;
    aw_err err = board_disk_read(&f->disk, block, f->buf, blocks, diag);

    if (err == AW_OK) {
        *same = bytes != NULL
                    ? memcmp(f->buf, bytes, n) == 0
                    : f->buf[0] == 0 && memcmp(f->buf, f->buf + 1, n - 1) == 0;
    }
    return err;
}

/* Writes a piece unless it is there, and reads it back. */
static aw_err put_piece(struct flash *f, uint64_t block, uint32_t blocks,
                        const uint8_t *bytes, struct aw_diag *diag)
{
    uint64_t n = (uint64_t)blocks * AW_EMMC_BLOCK;
    bool same = false;
    aw_err err = compare_piece(f, block, blocks, bytes, &same, diag);

    if (err != AW_OK || same) {
        f->p->bytes_kept += same ? n : 0;
        return err;
    }
    err = board_disk_write(&f->disk, block, bytes, blocks, diag);
    if (err == AW_OK) {
        f->p->bytes_written += n;
        err = compare_piece(f, block, blocks, bytes, &same, diag);
    }
    return err == AW_OK && !same
               ? aw_fail(diag, AW_ERR_CONTENT, "flash: read back", block)
               : err;
}

/* Fusing is sensitive to what else goes on: until the part is closed there is
 * no applet, as with the Go project's provision. */
static bool is_held(const struct provision *p, const struct provision_job *job)
{
    return p->args->fuse && p->state.stage < PROVISION_CLOSED &&
           job->component == AW_TRUSTED_APPLET;
}

static int put_job(struct flash *f, const struct provision_job *job)
{
    const uint8_t *bytes =
        is_held(f->p, job) ? aw_pool_alloc(&f->p->ctx->pool, job->bytes.n, 1)
                           : job->bytes.p;
    uint64_t block = job->offset / AW_EMMC_BLOCK;
    uint64_t left = job->bytes.n / AW_EMMC_BLOCK;
    struct aw_diag diag = {.err = AW_OK};

    while (left > 0) {
        uint32_t blocks = left < PIECE ? (uint32_t)left : (uint32_t)PIECE;
        aw_err err = board_tick(&f->p->board, &diag);

        if (err == AW_OK) {
            err = put_piece(f, block, blocks, bytes, &diag);
        }
        if (err != AW_OK) {
            return board_report(
                &f->p->board, err,
                aw_pool_printf(&f->p->ctx->pool, "writing %s", job->name),
                &diag);
        }
        bytes += (size_t)blocks * AW_EMMC_BLOCK;
        aw_progress_add(f->progress, (uint64_t)blocks * AW_EMMC_BLOCK);
        block += blocks;
        left -= blocks;
    }
    return AW_EXIT_OK;
}

static uint64_t total_of(const struct provision_plan *plan)
{
    uint64_t n = 0;

    for (size_t i = 0; i < plan->n_jobs; i++) {
        n += plan->job[i].bytes.n;
    }
    return n;
}

static aw_err zero_blocks(struct flash *f, uint64_t block, uint64_t left,
                          struct aw_diag *diag)
{
    aw_err err = AW_OK;

    while (left > 0 && err == AW_OK) {
        uint64_t blocks = left < ZERO_PIECE ? left : (uint64_t)ZERO_PIECE;

        err = board_tick(&f->p->board, diag);
        if (err == AW_OK) {
            err = board_disk_zero(&f->disk, block, blocks, diag);
        }
        f->p->bytes_written += blocks * AW_EMMC_BLOCK;
        block += blocks;
        left -= blocks;
    }
    return err;
}

/* A start that is about the record which is written to its place. */
static bool is_of_plan(const struct provision *p, enum aw_component component,
                       const struct aw_boot_start *start)
{
    static const uint8_t never[AW_SHA256_SIZE];
    uint8_t digest[AW_SHA256_SIZE];

    if (start->attempts == 0 && !start->confirmed &&
        memcmp(start->config, never, sizeof(never)) == 0) {
        return true; /* it was never started */
    }
    for (size_t i = 0; i < p->plan.n_jobs; i++) {
        const struct provision_job *job = &p->plan.job[i];

        if (job->component == component) {
            aw_sha256((aw_bytes){job->bytes.p, AW_BOOTCFG_MAX}, digest);
            return memcmp(start->config, digest, sizeof(digest)) == 0 &&
                   (start->confirmed || start->attempts < AW_BOOT_ATTEMPTS_MAX);
        }
    }
    return false;
}

/* What a board remembers of its starts stays where all that it starts was
 * there already: it is about these very releases.
 * @param block  what is there */
static bool is_kept(const struct flash *f, uint64_t offset,
                    const uint8_t *block)
{
    const struct provision *p = f->p;
    const struct aw_emmc_region *region = aw_emmc_at(offset / AW_EMMC_BLOCK);
    bool held = p->args->fuse && p->state.stage < PROVISION_CLOSED;
    struct aw_boot_state state;

    return !f->changed && !held && region != NULL &&
           region->kind == AW_EMMC_BOOT_STATE &&
           aw_boot_state_parse((aw_bytes){block, AW_BOOT_STATE_SIZE}, &state,
                               NULL) == AW_OK &&
           is_of_plan(p, AW_TRUSTED_OS, &state.start[AW_BOOT_OS]) &&
           is_of_plan(p, AW_TRUSTED_APPLET, &state.start[AW_BOOT_APPLET]);
}

/* Reading all of it would take a minute: where nothing lies at the begin of
 * an area, nothing is in it. With --clear-all nobody asks. The begin becomes
 * zeros last, so that an interrupted run is seen by the next one. */
static aw_err clear_area(struct flash *f, uint64_t offset, uint64_t size,
                         struct aw_diag *diag)
{
    const struct aw_emmc_region *region = aw_emmc_at(offset / AW_EMMC_BLOCK);
    bool data = region != NULL && region->kind == AW_EMMC_DATA;
    bool all = f->p->args->clear_all || (f->p->args->wipe && data);
    uint64_t block = offset / AW_EMMC_BLOCK;
    uint64_t blocks = size / AW_EMMC_BLOCK;
    uint32_t head = blocks < LOOK ? (uint32_t)blocks : (uint32_t)LOOK;
    bool clean = false;
    aw_err err = compare_piece(f, block, head, NULL, &clean, diag);

    if (err != AW_OK || (!all && (clean || is_kept(f, offset, f->buf)))) {
        return err;
    }
    err = zero_blocks(f, block + head, blocks - head, diag);
    if (err == AW_OK) {
        err = zero_blocks(f, block, head, diag);
    }
    if (err == AW_OK) {
        err = compare_piece(f, block, head, NULL, &clean, diag);
    }
    return err == AW_OK && !clean
               ? aw_fail(diag, AW_ERR_CONTENT, "flash: zeros", offset)
               : err;
}

/* Where the map's next area begins or ends, at most at `end`. */
static uint64_t next_edge(uint64_t at, uint64_t end)
{
    size_t n = 0;
    const struct aw_emmc_region *region = aw_emmc_regions(&n);

    for (size_t i = 0; i < n; i++) {
        uint64_t from = aw_emmc_offset(&region[i]);
        uint64_t to = from + aw_emmc_size(&region[i]);

        end = from > at && from < end ? from : end;
        end = to > at && to < end ? to : end;
    }
    return end;
}

/* Each area of the map by itself: what a board changes in one of them is no
 * reason to write the others. */
static aw_err clear_run(struct flash *f, const struct provision_zeros *run,
                        struct aw_diag *diag)
{
    uint64_t medium = f->disk.blocks * AW_EMMC_BLOCK;
    uint64_t last = run->offset + run->size;
    uint64_t end = last < medium ? last : medium;
    uint64_t at = run->offset;
    aw_err err = AW_OK;

    while (at < end && err == AW_OK) {
        uint64_t next = next_edge(at, end);

        err = clear_area(f, at, next - at, diag);
        at = next;
    }
    return err;
}

/* What a medium has behind the map, which no plan can know. */
static struct provision_zeros behind_map(const struct flash *f)
{
    size_t n = 0;
    const struct aw_emmc_region *last = aw_emmc_regions(&n) + n - 1;
    uint64_t end = aw_emmc_offset(last) + aw_emmc_size(last);
    uint64_t medium = f->disk.blocks * AW_EMMC_BLOCK;

    return (struct provision_zeros){end, medium > end ? medium - end : 0};
}

static int put_zeros(struct flash *f)
{
    const struct provision_plan *plan = &f->p->plan;
    const struct provision_zeros behind = behind_map(f);
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = AW_OK;

    for (size_t i = 0; i < plan->n_zeros && err == AW_OK; i++) {
        err = clear_run(f, &plan->zeros[i], &diag);
    }
    if (err == AW_OK) {
        err = clear_run(f, &behind, &diag);
    }
    return err == AW_OK ? AW_EXIT_OK
                        : board_report(&f->p->board, err,
                                       "clearing what is left", &diag);
}

static int put_jobs(struct flash *f)
{
    const struct provision_plan *plan = &f->p->plan;
    int code = AW_EXIT_OK;

    f->progress = aw_progress_begin(
        f->p->ctx, &(struct aw_step){.name = "write and read back",
                                     .device = f->p->board.link.name,
                                     .unit = "bytes",
                                     .total = total_of(plan)});
    for (size_t i = 0; i < plan->n_jobs && code == AW_EXIT_OK; i++) {
        code = put_job(f, &plan->job[i]);
    }
    aw_progress_end(f->progress, code == AW_EXIT_OK);
    return code;
}

static int sync_all(struct flash *f)
{
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = board_disk_sync(&f->disk, &diag);

    return err == AW_OK
               ? AW_EXIT_OK
               : board_report(&f->p->board, err, "the last write", &diag);
}

int provision_flash(struct provision *p)
{
    struct flash *f = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*f));

    f->p = p;
    f->buf = aw_pool_alloc(&p->ctx->pool, PIECE, AW_EMMC_BLOCK);
    int code = board_disk_find(&p->board, provision_need(p), &f->disk);

    if (code == AW_EXIT_OK) {
        code = put_jobs(f);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    board_event(&p->board, "clear", "start");
    f->changed = p->bytes_written > 0;
    code = put_zeros(f);
    if (code == AW_EXIT_OK) {
        code = sync_all(f);
    }
    board_event(&p->board, "clear", code == AW_EXIT_OK ? "done" : "failed");
    return code;
}
