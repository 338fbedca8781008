/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/file.h"
#include "bench/clock.h"
#include "bench/folder.h"
#include "bench/make_log.h"
#include "common/progress.h"
#include "common/stop.h"
#include "log/signing.h"

/*
 * aw bench log-write: what aw log add, integrate and sign take, for logs of
 * three sizes, so that growth shows. Each step opens the log anew, as the
 * command does.
 */
struct write_args {
    uint64_t entries;
    uint64_t size;
    uint64_t batch;
    unsigned layout;
    struct bench_place where;
};

static const struct aw_opt write_opts[] = {
    {.name = "entries",
     .type = AW_OPT_U64,
     .at = offsetof(struct write_args, entries),
     .arg = "N",
     .fallback = "100000",
     .help = "Entries of the largest log; the others have a quarter and half "
             "of that."},
    {.name = "size",
     .type = AW_OPT_U64,
     .at = offsetof(struct write_args, size),
     .arg = "BYTES",
     .fallback = "240",
     .help = "Bytes of one entry, 16 to 65535."},
    {.name = "batch",
     .type = AW_OPT_U64,
     .at = offsetof(struct write_args, batch),
     .arg = "N",
     .fallback = "10000",
     .help = "Entries that are added, integrated and signed together, at most "
             "1000000."},
    {.name = "layout",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct write_args, layout),
     .arg = "both|serverless|tiles",
     .fallback = "both",
     .help = "Layout of the logs that are written."},
    BENCH_PLACE_OPTS(offsetof(struct write_args, where)),
};

enum { BATCH_MAX = 1000000 };

/* Parts of the work that are counted apart. */
enum { ADD, INTEGRATE, SIGN, STEPS };

static const char *const step_names[] = {"add", "integrate", "sign"};

struct step {
    uint64_t wall_ns;
    uint64_t cpu_ns;
    struct log_read_counts reads;
};

/* A batch that is written, and what its integration read. */
struct batch {
    struct aw_new_entry *entry;
    uint8_t *data;
    uint64_t first; /* size of the log before it */
    size_t n;
    struct log_read_counts reads;
};

/* One log that is measured. */
struct write_run {
    struct aw_ctx *ctx;
    const struct write_args *args;
    struct aw_progress *progress;
    const char *dir;
    struct aw_signer_use by;
    enum aw_layout layout;
    uint64_t entries;
    struct step step[STEPS];
    struct batch batch;
};

static int add(struct write_run *r, struct log_writer *w)
{
    return log_writer_add(w, r->batch.entry, r->batch.n);
}

static int integrate(struct write_run *r, struct log_writer *w)
{
    (void)r;
    w->silent = true;
    return log_writer_integrate(w);
}

static int sign(struct write_run *r, struct log_writer *w)
{
    struct log_signing s = {.writer = w, .key = r->by.by.key};
    aw_bytes note = {NULL, 0};
    int code = log_signing_begin(&s);

    if (code == AW_EXIT_OK) {
        code = log_signing_sign(&s, &r->by, &note);
    }
    if (code == AW_EXIT_OK) {
        code = log_signing_publish(&s, note, "the new checkpoint");
    }
    log_signing_close(&s);
    return code;
}

static void count_reads(struct log_read_counts *sum,
                        const struct log_read_counts *n)
{
    sum->tiles += n->tiles;
    sum->entries += n->entries;
    sum->indices += n->indices;
    sum->others += n->others;
    sum->probes += n->probes;
}

/* One step of a batch, from opening the log to closing it. */
static int run_step(struct write_run *r, unsigned number)
{
    static int (*const work[])(struct write_run *,
                               struct log_writer *) = {add, integrate, sign};
    struct step *step = &r->step[number];
    struct log_writer w;
    uint64_t wall = bench_wall_ns();
    uint64_t cpu = bench_cpu_ns();
    int code = log_writer_open(r->ctx, r->dir, &w);

    if (code == AW_EXIT_OK) {
        code = work[number](r, &w);
    }
    if (code == AW_EXIT_OK) {
        count_reads(&step->reads, &w.reads->n);
        if (number == INTEGRATE) {
            r->batch.reads = w.reads->n;
        }
    }
    log_writer_close(&w);
    step->wall_ns += bench_wall_ns() - wall;
    step->cpu_ns += bench_cpu_ns() - cpu;
    return code;
}

static int run_batch(struct write_run *r, uint64_t first)
{
    struct batch *b = &r->batch;
    uint64_t left = r->entries - first;
    size_t size = (size_t)r->args->size;
    int code = AW_EXIT_OK;

    b->first = first;
    b->n = (size_t)(left < r->args->batch ? left : r->args->batch);
    for (size_t i = 0; i < b->n; i++) {
        bench_fill_entry(first + i, b->data + i * size, size);
        b->entry[i].data = (aw_bytes){b->data + i * size, size};
    }
    for (unsigned i = 0; i < STEPS && code == AW_EXIT_OK; i++) {
        code = run_step(r, i);
    }
    if (code == AW_EXIT_OK && aw_cancelled()) {
        code = aw_stop_exit();
    }
    aw_progress_add(r->progress, b->n);
    return code;
}

static int make_empty(struct write_run *r)
{
    struct log_writer w;
    log_writer_init(r->ctx, r->dir, r->layout, &w);
    int code = log_writer_make(&w);

    log_writer_close(&w);
    return code;
}

static void show_step(struct write_run *r, unsigned number)
{
    enum { NS_PER_MS = 1000000 };
    struct aw_out *out = &r->ctx->out;
    const struct step *s = &r->step[number];

    aw_out_begin(out, step_names[number]);
    aw_out_u64(out, "wall_ms", s->wall_ns / NS_PER_MS);
    aw_out_u64(out, "cpu_ms", s->cpu_ns / NS_PER_MS);
    aw_out_u64(out, "wall_ns_per_entry", s->wall_ns / r->entries);
    aw_out_u64(out, "cpu_ns_per_entry", s->cpu_ns / r->entries);
    aw_out_u64(out, "tiles_read", s->reads.tiles);
    aw_out_u64(out, "entry_files_read", s->reads.entries);
    aw_out_end(out);
}

/* Tiles that a tree's root needs: one a level that is not empty at the right
 * edge. */
static uint64_t edge_tiles(uint64_t size)
{
    uint64_t n = 0;

    for (; size > 0; size /= AW_TILE_WIDTH) {
        n += size % AW_TILE_WIDTH != 0 ? 1 : 0;
    }
    return n;
}

/* The last batch meets the largest tree. */
static void show_batch(struct write_run *r)
{
    struct aw_out *out = &r->ctx->out;
    const struct batch *b = &r->batch;

    aw_out_begin(out, "last_integration");
    aw_out_u64(out, "size_before", b->first);
    aw_out_u64(out, "entries", b->n);
    aw_out_u64(out, "tiles_read", b->reads.tiles);
    aw_out_u64(out, "tiles_needed",
               edge_tiles(b->first) + edge_tiles(b->first + b->n));
    aw_out_u64(out, "entry_files_read", b->reads.entries);
    aw_out_u64(out, "index_files_read", b->reads.indices);
    aw_out_u64(out, "probes", b->reads.probes);
    aw_out_end(out);
}

static void show_run(struct write_run *r)
{
    struct aw_out *out = &r->ctx->out;
    uint64_t wall = 0;
    uint64_t cpu = 0;

    for (unsigned i = 0; i < STEPS; i++) {
        wall += r->step[i].wall_ns;
        cpu += r->step[i].cpu_ns;
    }
    aw_out_begin(out, NULL);
    aw_out_text(out, "layout",
                r->layout == AW_LAYOUT_TILES ? "tiles" : "serverless");
    aw_out_u64(out, "entries", r->entries);
    aw_out_u64(out, "wall_ns_per_entry", wall / r->entries);
    aw_out_u64(out, "cpu_ns_per_entry", cpu / r->entries);
    for (unsigned i = 0; i < STEPS; i++) {
        show_step(r, i);
    }
    show_batch(r);
    aw_out_end(out);
}

static int run_log(struct write_run *r)
{
    int code = make_empty(r);

    memset(r->step, 0, sizeof(r->step));
    for (uint64_t at = 0; at < r->entries && code == AW_EXIT_OK;
         at += r->args->batch) {
        code = run_batch(r, at);
    }
    if (code == AW_EXIT_OK) {
        show_run(r);
    }
    return code;
}

/*
 * A log of each size. None is removed before the end: ext4 gives no inode to
 * a new file that was freed in the last seconds, and looking for another one
 * would be counted as ours.
 */
static int run_layout(struct write_run *r, const char *base)
{
    struct aw_pool *pool = &r->ctx->pool;
    int code = AW_EXIT_OK;

    for (uint64_t part = 4; part > 0 && code == AW_EXIT_OK; part /= 2) {
        r->entries = r->args->entries / part;
        r->dir = aw_pool_printf(pool, "%s/%s-%llu", base,
                                r->layout == AW_LAYOUT_TILES ? "tiles"
                                                             : "serverless",
                                (unsigned long long)r->entries);
        /* All have one origin, and this machine must see each as new. */
        r->ctx->global.state = aw_pool_printf(pool, "%s-state", r->dir);
        code = run_log(r);
    }
    return code;
}

static int run_layouts(struct write_run *r, const char *base)
{
    static const enum aw_layout layouts[] = {AW_LAYOUT_SERVERLESS,
                                             AW_LAYOUT_TILES};
    unsigned asked = r->args->layout; /* 0: both */
    int code = AW_EXIT_OK;

    aw_out_begin_list(&r->ctx->out, "logs");
    for (unsigned i = 0; i < 2 && code == AW_EXIT_OK; i++) {
        if (asked == 0 || asked == i + 1) {
            r->layout = layouts[i];
            code = run_layout(r, base);
        }
    }
    aw_out_end_list(&r->ctx->out);
    return code;
}

/* The key as a file, as the commands take it. */
static int open_key(struct write_run *r, const char *base)
{
    enum { MODE = 0600 };
    struct aw_host_diag why = {.network = false};
    const char *path = aw_pool_printf(&r->ctx->pool, "%s/bench.sec", base);
    aw_err err =
        aw_file_write(path, aw_text(bench_skey), MODE, AW_FILE_NEW, &why);

    if (err != AW_OK) {
        return aw_report(r->ctx, &(struct aw_finding){.err = err,
                                                      .on = AW_ON_LOCAL,
                                                      .subject = path,
                                                      .host = &why});
    }
    return aw_signer_open(r->ctx, path, NULL, &r->by);
}

static int measure(struct write_run *r, const char *base)
{
    const struct write_args *args = r->args;
    uint64_t total = args->entries + args->entries / 2 + args->entries / 4;
    struct aw_step step = {
        .name = "write logs",
        .unit = "entries",
        .total = args->layout == 0 ? 2 * total : total,
    };
    size_t most =
        (size_t)(args->batch < args->entries ? args->batch : args->entries);
    int code = open_key(r, base);

    if (code != AW_EXIT_OK) {
        return code;
    }
    r->batch.entry = aw_alloc(most, sizeof(*r->batch.entry));
    r->batch.data = aw_alloc(most, (size_t)args->size);
    r->progress = aw_progress_begin(r->ctx, &step);
    code = run_layouts(r, base);
    aw_progress_end(r->progress, code == AW_EXIT_OK);
    free(r->batch.entry);
    free(r->batch.data);
    aw_signer_close(&r->by);
    return code;
}

static int run_write(struct aw_ctx *ctx, const void *values)
{
    const struct write_args *args = values;
    struct write_run *r = aw_pool_alloc(&ctx->pool, 1, sizeof(*r));
    const char *base = NULL;

    if (args->entries < 4 || args->size < BENCH_ENTRY_MIN ||
        args->size > AW_ENTRY_MAX || args->batch == 0 ||
        args->batch > BATCH_MAX) {
        return aw_usage(ctx, "--entries is at least 4, --size 16 to 65535, "
                             "--batch 1 to 1000000");
    }
    int code = bench_folder_make(ctx, &args->where, &base);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_u64(&ctx->out, "entry_bytes", args->size);
    aw_out_u64(&ctx->out, "batch", args->batch);
    if (args->where.keep) {
        aw_out_text(&ctx->out, "dir", base);
        aw_out_text(&ctx->out, "origin", BENCH_ORIGIN);
        aw_out_text(&ctx->out, "vkey", bench_vkey);
    }
    r->ctx = ctx;
    r->args = args;
    code = measure(r, base);
    bench_folder_end(&args->where, base);
    return code;
}

const struct aw_cmd bench_cmd_log_write = {
    .name = "log-write",
    .summary = "write logs entry by entry, as aw log does",
    .prose = "Writes logs of N/4, N/2 and N entries in batches: adds, "
             "integrates and signs each, with all waiting for the disk that "
             "the commands do. Prints what each step took, and which files "
             "it read: time for an entry stays the same however large the "
             "log is, and an integration reads the tiles at the edge of the "
             "tree, before and after, and no others. Figures are of this "
             "machine at this moment.",
    .opts = write_opts,
    .n_opts = sizeof(write_opts) / sizeof(write_opts[0]),
    .size = sizeof(struct write_args),
    .run = run_write,
};
