/* SPDX-License-Identifier: Apache-2.0 */
#include "board/disk.h"

#include <glob.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "board/board.h"
#include "common/stop.h"

enum { LOOK_MS = 250, NS_PER_MS = 1000000 };

bool board_kernel_asked(const struct board_kernel *kernel)
{
    return kernel->glob != NULL || kernel->path != NULL;
}

/* A look at what is there by that name. */
struct search {
    struct board *board;
    uint64_t need; /* blocks */
    bool write;
    size_t n; /* disks of our board, large enough */
    struct aw_blockdev *dev;
    struct aw_usb_id id;
    const char *names;  /* of them */
    const char *others; /* of what is there and is not */
};

static const char *append(struct search *s, const char *list, const char *path,
                          const char *why)
{
    return aw_pool_printf(&s->board->ctx->pool, "%s%s%s%s%s", list,
                          list[0] == '\0' ? "" : ", ", path,
                          why[0] == '\0' ? "" : ": ", why);
}

/* Why this disk is none of ours; NULL: it is. What counts is the descriptor. */
static const char *judge(const struct search *s, const struct aw_blockdev *dev,
                         struct aw_usb_id *id)
{
    const struct aw_unit *unit = &s->board->unit;
    struct aw_blockdev_usb usb;

    if (aw_blockdev_usb(dev, &usb) != AW_OK) {
        return "not on USB";
    }
    if (usb.partition) {
        return "a partition";
    }
    if (usb.vendor != AW_STORAGE_VENDOR || usb.product != AW_STORAGE_PRODUCT) {
        return "no recovery";
    }
    if (strcmp(usb.path, unit->path) != 0 ||
        (unit->serial[0] != '\0' &&
         strcasecmp(usb.serial, unit->serial) != 0)) {
        return aw_pool_printf(&s->board->ctx->pool,
                              "another board, port %s, unique id %s", usb.path,
                              usb.serial);
    }
    if (aw_blockdev_blocks(dev) < s->need) {
        return "too small";
    }
    *id = (struct aw_usb_id){.vendor = (uint16_t)usb.vendor,
                             .product = (uint16_t)usb.product};
    memcpy(id->path, usb.path, sizeof(usb.path));
    memcpy(id->serial, usb.serial, sizeof(usb.serial));
    return NULL;
}

static int look_at(struct search *s, const char *path)
{
    struct aw_host_diag host = {.text = ""};
    struct aw_blockdev *dev = NULL;
    struct aw_usb_id id;
    aw_err err = aw_blockdev_open(path, s->write, &dev, &host);

    if (err == AW_ERR_NOT_FOUND || err == AW_ERR_GONE) {
        return AW_EXIT_OK; /* not yet */
    }
    if (err != AW_OK) {
        return aw_report(s->board->ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_DEVICE,
                             .exit = AW_EXIT_REFUSED,
                             .what = "the disk cannot be used",
                             .subject = path,
                             .host = &host,
                             .remedy = "leave --blockdev out, or run as root "
                                       "with the whole disk, not mounted"});
    }
    const char *why = judge(s, dev, &id);

    if (why != NULL || s->n > 0) {
        aw_blockdev_close(dev);
    }
    if (why != NULL) {
        s->others = append(s, s->others, path, why);
        return AW_EXIT_OK;
    }
    if (s->n++ == 0) {
        s->dev = dev;
        s->id = id;
    }
    s->names = append(s, s->names, path, "");
    return AW_EXIT_OK;
}

static int look_around(struct search *s)
{
    const struct board_kernel *kernel = s->board->kernel;
    glob_t found = {.gl_pathc = 0};
    int code = AW_EXIT_OK;

    s->names = "";
    s->others = "";
    if (kernel->path != NULL) {
        return look_at(s, kernel->path);
    }
    if (glob(kernel->glob, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && code == AW_EXIT_OK; i++) {
            code = look_at(s, found.gl_pathv[i]);
        }
    }
    globfree(&found);
    return code;
}

static int report(const struct search *s, aw_err err, const char *what)
{
    struct board *b = s->board;
    bool several = s->n > 1;

    return aw_report(
        b->ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_DEVICE,
            .what = what,
            .subject =
                b->kernel->path != NULL ? b->kernel->path : b->kernel->glob,
            .expected = aw_pool_printf(&b->ctx->pool,
                                       "one disk, of the board at port %s",
                                       b->unit.path),
            .got = several                ? s->names
                   : s->others[0] != '\0' ? s->others
                                          : "none came",
            .remedy = several ? "name one of them: --blockdev=PATH"
                              : "look at /dev/disk/by-id; without "
                                "--blockdevs and --blockdev no disk is needed",
        });
}

/* A disk of a recovery that has another name than the one that was given. */
static void note_other(void *ctx, const char *path,
                       const struct aw_blockdev_usb *usb)
{
    struct search *s = ctx;

    if (!usb->partition && usb->vendor == AW_STORAGE_VENDOR &&
        usb->product == AW_STORAGE_PRODUCT) {
        s->others =
            append(s, s->others, path,
                   aw_pool_printf(&s->board->ctx->pool,
                                  "port %s, unique id %s, not by that name",
                                  usb->path, usb->serial));
    }
}

/* Nothing that is there is ours: it does not become so. */
static bool hopeless(const struct search *s)
{
    return s->board->kernel->path != NULL && s->others[0] != '\0';
}

static int conclude(struct search *s)
{
    struct board *b = s->board;

    if (s->n > 1) {
        aw_blockdev_close(s->dev);
        return report(s, AW_ERR_AMBIGUOUS, "more than one disk fits");
    }
    if (s->n == 0) {
        if (s->others[0] == '\0') {
            aw_blockdev_each(note_other, s);
        }
        return report(s,
                      s->others[0] != '\0' ? AW_ERR_AMBIGUOUS : AW_ERR_TIMEOUT,
                      "no disk of the board");
    }
    b->dev = s->dev;
    return aw_unit_see(b->ctx, &b->unit, &s->id, s->id.serial);
}

int board_kernel_open(struct board *b)
{
    struct search s = {
        .board = b,
        .need = b->kernel_need / AW_BLOCKDEV_BLOCK,
        .write = b->kernel_write,
    };
    const struct timespec pause = {0, (long)LOOK_MS * NS_PER_MS};
    uint64_t looks = b->args->wait_ms / LOOK_MS + 1;
    int code = AW_EXIT_OK;

    for (uint64_t i = 0; i <= looks && code == AW_EXIT_OK; i++) {
        code = look_around(&s);
        if (s.n > 0 || hopeless(&s)) {
            break;
        }
        if (aw_cancelled()) {
            return board_report(b, AW_ERR_CANCELLED, "waiting for the disk",
                                NULL);
        }
        (void)nanosleep(&pause, NULL);
    }
    return code == AW_EXIT_OK ? conclude(&s) : code;
}

int board_disk_find(struct board *b, uint64_t need, struct board_disk *disk)
{
    *disk = (struct board_disk){.storage = &b->storage, .dev = b->dev};
    if (b->dev != NULL) {
        disk->blocks = aw_blockdev_blocks(b->dev);
        return AW_EXIT_OK;
    }
    int code = board_emmc(b, need, &disk->unit);

    disk->blocks = disk->unit.blocks;
    return code;
}

aw_err board_disk_read(const struct board_disk *d, uint64_t block, uint8_t *to,
                       uint32_t blocks, struct aw_diag *diag)
{
    return d->dev != NULL
               ? aw_blockdev_read(d->dev, block, to, blocks, diag)
               : aw_storage_read(d->storage, &d->unit, block, to, blocks, diag);
}

aw_err board_disk_write(const struct board_disk *d, uint64_t block,
                        const uint8_t *from, uint32_t blocks,
                        struct aw_diag *diag)
{
    return d->dev != NULL ? aw_blockdev_write(d->dev, block, from, blocks, diag)
                          : aw_storage_write(d->storage, &d->unit, block, from,
                                             blocks, diag);
}

aw_err board_disk_zero(const struct board_disk *d, uint64_t block,
                       uint64_t blocks, struct aw_diag *diag)
{
    return d->dev != NULL
               ? aw_blockdev_zero(d->dev, block, blocks, diag)
               : aw_storage_zero(d->storage, &d->unit, block, blocks, diag);
}

aw_err board_disk_sync(const struct board_disk *d, struct aw_diag *diag)
{
    return d->dev != NULL ? aw_blockdev_sync(d->dev, diag)
                          : aw_storage_sync(d->storage, &d->unit, diag);
}
