/* SPDX-License-Identifier: Apache-2.0 */
#include "log/writer.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "aw/hostio/file.h"
#include "common/input.h"
#include "common/progress.h"
#include "common/stop.h"

static bool same_diag(const struct aw_diag *a, const struct aw_diag *b)
{
    return a->err == b->err && a->where == b->where && a->at == b->at;
}

/* The diagnosis with text that belongs to one without, if there is one. */
static const struct aw_host_diag *host_of(const struct log_writer *w,
                                          const struct aw_diag *diag)
{
    const struct aw_host_diag *dir =
        w->dir == NULL ? NULL : aw_logdir_why(w->dir);
    const struct aw_host_diag *store =
        w->store == NULL ? NULL : aw_store_why(w->store);

    if (dir != NULL && same_diag(&dir->diag, diag)) {
        return dir;
    }
    return store != NULL && same_diag(&store->diag, diag) ? store : NULL;
}

static int fail_with(struct log_writer *w, aw_err err, const char *path,
                     const struct aw_diag *diag,
                     const struct aw_host_diag *host)
{
    struct aw_finding f = {.err = err, .on = AW_ON_LOCAL, .subject = w->path};

    if (path != NULL && path[0] != '\0') {
        f.subject = aw_pool_printf(&w->ctx->pool, "%s/%s", w->path, path);
    }
    f.host = host;
    f.diag = host == NULL ? diag : NULL;
    switch (err) {
    case AW_ERR_CANCELLED:
        f.exit = aw_stop_exit();
        break;
    case AW_ERR_NOT_FOUND:
        f.expected = "a file that the log needs";
        f.remedy = "restore the log from another copy of it";
        break;
    case AW_ERR_IO:
        if (host != NULL && host->diag.at != EIO) {
            f.exit = AW_EXIT_REFUSED;
            f.remedy = "check your rights to the folder";
        }
        break;
    case AW_ERR_SHORT:
    case AW_ERR_FORMAT:
    case AW_ERR_RANGE:
    case AW_ERR_DIGEST:
    case AW_ERR_ROOT:
        f.exit = AW_EXIT_MISMATCH;
        f.expected = "the file as it was written";
        f.remedy = "nothing was changed; restore the log from another copy";
        break;
    default:
        break;
    }
    return aw_report(w->ctx, &f);
}

int log_writer_fail(struct log_writer *writer, aw_err err, const char *path,
                    const struct aw_diag *diag)
{
    return fail_with(writer, err, path, diag, host_of(writer, diag));
}

static bool is_there(const struct log_writer *w, const char *name)
{
    char full[PATH_MAX];
    struct stat st;

    (void)snprintf(full, sizeof(full), "%s/%s", w->path, name);
    return lstat(full, &st) == 0;
}

static int find_layout(struct log_writer *w)
{
    bool tiles = is_there(w, AW_LOG_VERSION);
    bool serverless = is_there(w, "seq");

    if (tiles != serverless) {
        w->layout = tiles ? AW_LAYOUT_TILES : AW_LAYOUT_SERVERLESS;
        return AW_EXIT_OK;
    }
    return aw_report(w->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_PRECONDITION,
                         .on = AW_ON_INPUT,
                         .what = tiles ? "the folder has logs of both layouts"
                                       : "there is no log in the folder",
                         .subject = w->path,
                         .expected = "either seq/ or " AW_LOG_VERSION,
                         .got = tiles ? "both" : "neither",
                         .remedy = tiles ? "keep them in folders of their own"
                                         : "make a log with aw log init",
                     });
}

static int open_folder(struct log_writer *w)
{
    uint64_t wait_ms = w->ctx->global.timeout_ms;
    struct aw_logdir_options options = {
        .wait_ms = wait_ms > UINT_MAX ? UINT_MAX : (unsigned)wait_ms,
        .cancelled = aw_stop_asked,
    };
    struct aw_host_diag why = {.network = false};
    aw_err err = aw_logdir_open(w->path, &options, &w->dir, &why);

    if (err == AW_ERR_NOT_FOUND) {
        return aw_report(w->ctx, &(struct aw_finding){
                                     .err = err,
                                     .on = AW_ON_INPUT,
                                     .subject = w->path,
                                     .host = &why,
                                 });
    }
    if (err == AW_OK) {
        err = aw_store_open(w->path, NULL, &w->store, &why);
    }
    if (err != AW_OK) {
        return fail_with(w, err, NULL, &why.diag, &why);
    }
    w->reads = aw_pool_alloc(&w->pool, 1, sizeof(*w->reads));
    w->face = log_reads_count(w->reads, aw_store_face(w->store));
    return AW_EXIT_OK;
}

/* Opens the log at w->tree. */
static int open_tree(struct log_writer *w)
{
    struct aw_checkpoint at = {.size = w->tree.size, .root = w->tree.root};
    struct aw_diag diag = {.where = NULL};

    if (w->log == NULL) {
        w->log = aw_pool_alloc(&w->pool, 1, sizeof(*w->log));
    }
    aw_err err = aw_log_open(&w->face, w->layout, &at, w->log, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : log_writer_fail(w, err, w->log->path.text, &diag);
}

static int load_tree(struct log_writer *w)
{
    struct aw_wr work = aw_wr_init(
        aw_pool_alloc(&w->pool, AW_TREE_LOAD_WORK, 1), AW_TREE_LOAD_WORK);
    struct aw_diag diag = {.where = NULL};
    aw_err err = aw_tree_state_load(&w->face, &work, &w->tree, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : log_writer_fail(w, err, AW_LOG_TREE_STATE, &diag);
}

static void begin(struct aw_ctx *ctx, const char *path, struct log_writer *w)
{
    memset(w, 0, sizeof(*w));
    w->ctx = ctx;
    w->path = path;
    aw_pool_init(&w->pool);
}

int log_writer_open(struct aw_ctx *ctx, const char *path,
                    struct log_writer *writer)
{
    begin(ctx, path, writer);
    int code = aw_input_folder(ctx, path);

    if (code == AW_EXIT_OK) {
        code = open_folder(writer);
    }

    if (code == AW_EXIT_OK) {
        code = find_layout(writer);
    }
    if (code == AW_EXIT_OK) {
        code = load_tree(writer);
    }
    return code == AW_EXIT_OK ? open_tree(writer) : code;
}

static int make_folder(struct log_writer *w, const char *name)
{
    enum { MODE = 0755 };
    struct aw_host_diag why = {.network = false};
    const char *path =
        name == NULL ? w->path
                     : aw_pool_printf(&w->ctx->pool, "%s/%s", w->path, name);
    aw_err err = aw_dir_make(path, MODE, &why);

    return err == AW_OK ? AW_EXIT_OK : fail_with(w, err, name, &why.diag, &why);
}

/* An empty log of the other layout, or one with entries, is in the way. */
static int check_free(struct log_writer *w)
{
    bool serverless = w->layout == AW_LAYOUT_SERVERLESS;
    const char *found = NULL;

    if (is_there(w, AW_LOG_CHECKPOINT)) {
        found = AW_LOG_CHECKPOINT;
    } else if (is_there(w, serverless ? AW_LOG_VERSION : "seq")) {
        found = serverless ? AW_LOG_VERSION : "seq";
    } else if (is_there(w, serverless ? "seq/00" : "tile")) {
        found = serverless ? "seq/00" : "tile";
    }
    if (found == NULL) {
        return AW_EXIT_OK;
    }
    return aw_report(w->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_EXISTS,
                         .on = AW_ON_INPUT,
                         .what = "there is a log already",
                         .subject = w->path,
                         .expected = "a folder without a log",
                         .got = aw_pool_printf(&w->ctx->pool, "%s", found),
                         .remedy = "name another folder; a log is never "
                                   "replaced",
                     });
}

/* Files of a log without entries; what marks the layout comes last. */
static int put_start(struct log_writer *w)
{
    const struct aw_files *f = aw_logdir_files(w->dir);
    uint8_t text[AW_TREE_STATE_MAX];
    struct aw_wr state = aw_wr_init(text, sizeof(text));
    struct aw_diag diag = {.where = NULL};

    aw_tree_state_write(&w->tree, &state);
    aw_err err = f->put(f->ctx, AW_LOG_TREE_STATE, aw_wr_done(&state), &diag);

    if (err == AW_OK && w->layout == AW_LAYOUT_TILES) {
        err =
            f->put(f->ctx, AW_LOG_VERSION, aw_text(AW_LOG_VERSION_TEXT), &diag);
    }
    if (err == AW_OK) {
        err = f->sync(f->ctx, &diag);
    }
    return err == AW_OK ? AW_EXIT_OK : log_writer_fail(w, err, NULL, &diag);
}

void log_writer_init(struct aw_ctx *ctx, const char *path,
                     enum aw_layout layout, struct log_writer *writer)
{
    begin(ctx, path, writer);
    writer->layout = layout;
    aw_merkle_empty(&writer->tree.root);
}

int log_writer_make(struct log_writer *writer)
{
    static const char *const folders[] = {"leaves", "leaves/pending", "tile",
                                          "seq"};
    int code = make_folder(writer, NULL);

    if (code == AW_EXIT_OK) {
        code = open_folder(writer);
    }
    if (code == AW_EXIT_OK) {
        code = check_free(writer);
    }
    if (code == AW_EXIT_OK) {
        code = put_start(writer);
    }
    for (size_t i = 0;
         code == AW_EXIT_OK && writer->layout == AW_LAYOUT_SERVERLESS &&
         i < sizeof(folders) / sizeof(folders[0]);
         i++) {
        code = make_folder(writer, folders[i]);
    }
    return code == AW_EXIT_OK ? open_tree(writer) : code;
}

static int open_sequence(struct log_writer *w)
{
    size_t room = w->layout == AW_LAYOUT_TILES
                      ? (size_t)AW_SEQUENCE_WORK_TILES
                      : (size_t)AW_SEQUENCE_WORK_SERVERLESS;
    struct aw_diag diag = {.where = NULL};

    if (w->work == NULL) {
        w->work = aw_pool_alloc(&w->pool, room, 1);
    }
    struct aw_wr work = aw_wr_init(w->work, room);
    aw_err err = aw_sequence_open(w->log, aw_logdir_files(w->dir), &work,
                                  &w->sequence, &diag);

    if (err != AW_OK) {
        return log_writer_fail(w, err, w->sequence.path.text, &diag);
    }
    w->pending = w->sequence.next - w->tree.size;
    return AW_EXIT_OK;
}

static int refuse_long(struct log_writer *w, const struct aw_new_entry *entry,
                       const struct aw_diag *diag)
{
    return aw_report(
        w->ctx,
        &(struct aw_finding){
            .err = AW_ERR_RANGE,
            .on = AW_ON_INPUT,
            .what = "an entry is too long for a log",
            .subject = aw_pool_printf(&w->ctx->pool, "entry %llu of the list",
                                      (unsigned long long)diag->at + 1),
            .expected = aw_pool_printf(&w->ctx->pool, "at most %d bytes",
                                       (int)AW_ENTRY_MAX),
            .got = aw_pool_printf(&w->ctx->pool, "%zu bytes",
                                  entry[diag->at].data.n),
            .remedy = "log a digest of it; nothing was added",
        });
}

int log_writer_add(struct log_writer *writer, struct aw_new_entry *entry,
                   size_t n)
{
    size_t slots = 2;
    struct aw_diag diag = {.where = NULL};
    int code = open_sequence(writer);

    if (code != AW_EXIT_OK) {
        return code;
    }
    while (slots < 2 * n) {
        slots *= 2;
    }
    uint32_t *slot = aw_pool_alloc(&writer->pool, slots, sizeof(*slot));
    aw_err err =
        aw_sequence_add(&writer->sequence, entry, n, slot, slots, &diag);

    if (err == AW_ERR_RANGE && diag.at < n &&
        entry[diag.at].data.n > AW_ENTRY_MAX) {
        return refuse_long(writer, entry, &diag);
    }
    if (err != AW_OK) {
        return log_writer_fail(writer, err, writer->sequence.path.text, &diag);
    }
    writer->pending = writer->sequence.next - writer->tree.size;
    return AW_EXIT_OK;
}

/* All pending entries, tile by tile. */
static aw_err feed(struct log_writer *w, struct aw_append *append,
                   struct aw_diag *diag)
{
    struct aw_step step = {
        .name = "integrate", .unit = "entries", .total = w->pending};
    struct aw_progress *progress =
        w->silent ? NULL : aw_progress_begin(w->ctx, &step);
    aw_err err = AW_OK;

    while (err == AW_OK && append->size < w->sequence.next) {
        uint64_t before = append->size;

        err = aw_sequence_feed(&w->sequence, append, diag);
        if (progress != NULL) {
            aw_progress_add(progress, append->size - before);
        }
    }
    if (progress != NULL) {
        aw_progress_end(progress, err == AW_OK);
    }
    return err;
}

int log_writer_integrate(struct log_writer *writer)
{
    struct aw_append *append = aw_pool_alloc(&writer->pool, 1, sizeof(*append));
    struct aw_tree tree = writer->tree;
    struct aw_diag diag = {.where = NULL};
    int code = open_sequence(writer);

    if (code != AW_EXIT_OK || writer->pending == 0) {
        return code;
    }
    aw_err err = aw_append_begin(writer->log, aw_logdir_files(writer->dir),
                                 append, &diag);

    if (err == AW_OK) {
        err = feed(writer, append, &diag);
    }
    if (err == AW_OK) {
        err = aw_append_finish(append, &tree, &diag);
    }
    if (err == AW_OK) {
        err = aw_sequence_commit(&writer->sequence, &tree, &diag);
    }
    if (err != AW_OK) {
        return log_writer_fail(writer, err, writer->sequence.path.text, &diag);
    }
    writer->tree = tree;
    writer->pending = 0;
    return open_tree(writer);
}

int log_writer_publish(struct log_writer *writer, aw_bytes note)
{
    const struct aw_files *f = aw_logdir_files(writer->dir);
    struct aw_diag diag = {.where = NULL};
    aw_err err = f->put(f->ctx, AW_LOG_CHECKPOINT, note, &diag);

    if (err == AW_OK) {
        err = f->sync(f->ctx, &diag);
    }
    return err == AW_OK
               ? AW_EXIT_OK
               : log_writer_fail(writer, err, AW_LOG_CHECKPOINT, &diag);
}

int log_writer_checkpoint(struct log_writer *writer, aw_bytes *note)
{
    const struct aw_store *store = &writer->face;
    struct aw_wr w =
        aw_wr_init(aw_pool_alloc(&writer->ctx->pool, AW_CHECKPOINT_MAX, 1),
                   AW_CHECKPOINT_MAX);
    struct aw_diag diag = {.where = NULL};
    aw_err err = store->get(store->ctx, AW_LOG_CHECKPOINT, &w, &diag);

    if (err != AW_OK && err != AW_ERR_NOT_FOUND) {
        return log_writer_fail(writer, err, AW_LOG_CHECKPOINT, &diag);
    }
    *note = aw_wr_done(&w);
    return AW_EXIT_OK;
}

void log_writer_close(struct log_writer *writer)
{
    aw_store_close(writer->store);
    aw_logdir_close(writer->dir);
    aw_pool_wipe(&writer->pool);
    writer->store = NULL;
    writer->dir = NULL;
    writer->log = NULL;
}

void log_writer_show(const struct log_writer *writer)
{
    struct aw_out *out = &writer->ctx->out;

    aw_out_text(out, "log", writer->path);
    aw_out_text(out, "layout",
                writer->layout == AW_LAYOUT_TILES ? "tiles" : "serverless");
    aw_out_u64(out, "size", writer->tree.size);
    aw_out_base64(out, "root",
                  (aw_bytes){writer->tree.root.b, sizeof(writer->tree.root.b)});
}
