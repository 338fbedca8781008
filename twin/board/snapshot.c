/* SPDX-License-Identifier: Apache-2.0 */
#include "board/snapshot.h"

#include <string.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/sha256.h"
#include "board/parts.h"

enum {
    VERSION = 2,
    MAGIC_SIZE = 8,
    PIECE = 4096, /* of storage, as far as it is not zero */
    NAME_MAX_SIZE = 32
};
static const uint8_t magic[MAGIC_SIZE] = {'A', 'W', 'T', 'W',
                                          'I', 'N', 0,   VERSION};

/* Largest file that is read; more memory than this is not asked for. */
#define SNAPSHOT_MAX (UINT64_C(4) << 30)
#define LAST         UINT64_MAX

static void save_name(struct tw_saver *to, const char *name)
{
    size_t n = strlen(name);

    AW_BUG_ON(n > NAME_MAX_SIZE);
    tw_save_u8(to, (uint8_t)n);
    tw_save_bytes(to, name, n);
}

static bool load_name(struct tw_loader *from, const char *name)
{
    char found[NAME_MAX_SIZE + 1] = "";
    size_t n = tw_load_u8(from);

    return n == strlen(name) && tw_load_bytes(from, found, n) &&
           memcmp(found, name, n) == 0;
}

static void save_power(const struct tw_board *board, struct tw_saver *to)
{
    tw_save_u8(to, board->on ? 1 : 0);
    tw_save_u8(to, board->halted ? 1 : 0);
    tw_save_u8(to, board->config.serial ? 1 : 0);
    tw_save_u32(to, board->leds);
    tw_save_u64(to, board->resets);
    tw_save_u64(to, board->on_at);
    tw_save_u64(to, board->executed);
    tw_save_event(to, &board->power_back);
    for (unsigned i = 0; i < TW_PLUGS; i++) {
        tw_save_u8(to, board->port[i].cable ? 1 : 0);
    }
    tw_save_bytes(to, board->typed, sizeof(board->typed));
    tw_save_u32(to, board->typed_head);
    tw_save_u32(to, board->typed_n);
    tw_save_event(to, &board->type);
    tw_save_event(to, &board->faults.cut);
    tw_save_event(to, &board->faults.unplug);
    tw_save_event(to, &board->faults.glitch);
    tw_save_u32(to, board->faults.plug);
}

static void load_power(struct tw_board *board, struct tw_loader *from)
{
    board->on = tw_load_u8(from) != 0;
    board->halted = tw_load_u8(from) != 0;
    board->config.serial = tw_load_u8(from) != 0;
    board->leds = tw_load_u32(from);
    board->resets = tw_load_u64(from);
    board->on_at = tw_load_u64(from);
    board->executed = tw_load_u64(from);
    tw_load_event(from, &board->clock, &board->power_back);
    for (unsigned i = 0; i < TW_PLUGS; i++) {
        board->port[i].cable = tw_load_u8(from) != 0;
    }
    (void)!tw_load_bytes(from, board->typed, sizeof(board->typed));
    board->typed_head = tw_load_u32(from);
    board->typed_n = tw_load_u32(from);
    tw_load_event(from, &board->clock, &board->type);
    tw_load_event(from, &board->clock, &board->faults.cut);
    tw_load_event(from, &board->clock, &board->faults.unplug);
    tw_load_event(from, &board->clock, &board->faults.glitch);
    board->faults.plug = tw_load_u32(from) % TW_PLUGS;
    if (board->typed_head >= TW_CONSOLE_QUEUE ||
        board->typed_n > TW_CONSOLE_QUEUE) {
        from->failed = true;
    }
}

static void save_fuses(const struct aw_vfuse *fuses, struct tw_saver *to)
{
    char text[AW_VFUSE_FILE_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_vfuse_write(fuses, &w);
    AW_BUG_ON(w.failed);
    tw_save_u32(to, (uint32_t)w.n);
    tw_save_bytes(to, text, w.n);
    tw_save_u64(to, fuses->cut_after);
    tw_save_u32(to, fuses->cut_mask);
    tw_save_u8(to, fuses->off ? 1 : 0);
}

static bool load_fuses(struct aw_vfuse *fuses, struct tw_loader *from)
{
    uint8_t text[AW_VFUSE_FILE_MAX];
    uint32_t n = tw_load_u32(from);
    struct aw_vfuse found;

    if (n > sizeof(text) || !tw_load_bytes(from, text, n) ||
        aw_vfuse_parse((aw_bytes){text, n}, &found, NULL) != AW_OK) {
        return false;
    }
    found.cut_after = tw_load_u64(from);
    found.cut_mask = tw_load_u32(from);
    found.off = tw_load_u8(from) != 0;
    *fuses = found;
    return !from->failed;
}

/* The other end of the cables is no part of the board: a reset leaves it. */
static struct tw_device host_of(struct tw_board *board, unsigned i)
{
    return tw_usb_host_device(&board->host[i], "usb host");
}

void tw_board_save(struct tw_board *board, struct tw_saver *to)
{
    tw_save_u8(to, (uint8_t)board->config.soc);
    tw_save_u64(to, board->config.unit);
    tw_save_u64(to, board->config.ips);
    tw_save_clock(to, &board->clock);
    save_fuses(&board->fuses, to);
    tw_cut_save(&board->cut, to);
    save_power(board, to);
    tw_save_u32(to, board->n_devices);
    for (uint32_t i = 0; i < board->n_devices; i++) {
        save_name(to, board->devices[i].name);
        board->devices[i].save(board->devices[i].model, to);
    }
    for (unsigned i = 0; i < TW_PLUGS; i++) {
        struct tw_device host = host_of(board, i);

        host.save(host.model, to);
    }
    tw_cpu_save(board->cpu, to);
    tw_memory_save(&board->ocram, to);
    tw_memory_save(&board->ddr, to);
}

static bool load_hosts(struct tw_board *board, struct tw_loader *from)
{
    bool ok = true;

    for (unsigned i = 0; ok && i < TW_PLUGS; i++) {
        struct tw_device host = host_of(board, i);

        ok = host.load(host.model, from);
    }
    return ok;
}

static bool load_devices(struct tw_board *board, struct tw_loader *from)
{
    if (tw_load_u32(from) != board->n_devices) {
        return false;
    }
    for (uint32_t i = 0; i < board->n_devices; i++) {
        if (!load_name(from, board->devices[i].name) ||
            !board->devices[i].load(board->devices[i].model, from)) {
            return false;
        }
    }
    return true;
}

static bool load_all(struct tw_board *board, struct tw_loader *from)
{
    if (tw_load_u8(from) != (uint8_t)board->config.soc ||
        tw_load_u64(from) != board->config.unit ||
        tw_load_u64(from) != board->config.ips) {
        return false;
    }
    tw_load_clock(from, &board->clock);
    if (!load_fuses(&board->fuses, from) || !tw_cut_load(&board->cut, from)) {
        return false;
    }
    load_power(board, from);
    return load_devices(board, from) && load_hosts(board, from) &&
           tw_cpu_load(board->cpu, from) &&
           tw_memory_load(&board->ocram, from) &&
           tw_memory_load(&board->ddr, from) && !from->failed;
}

bool tw_board_load(struct tw_board *board, struct tw_loader *from)
{
    tw_board_off(board);
    if (!load_all(board, from)) {
        board->on = false;
        tw_board_off(board);
        return false;
    }
    tw_bus_changed(&board->bus);
    board->ask = TW_ASK_NOTHING;
    board->leds = tw_board_leds(board);
    return true;
}

void tw_board_hash(const struct tw_board *board, uint8_t digest[TW_HASH])
{
    uint8_t both[2 * TW_HASH];

    tw_memory_hash(&board->ocram, both);
    tw_memory_hash(&board->ddr, both + TW_HASH);
    aw_sha256((aw_bytes){both, sizeof(both)}, digest);
}

/* One file of storage: pieces that are not zero, by offset. */
static bool save_piece(const struct tw_file *file, uint64_t at,
                       struct tw_saver *to)
{
    static const uint8_t zeros[PIECE];
    uint8_t piece[PIECE];
    size_t n = file->size - at < PIECE ? (size_t)(file->size - at) : PIECE;
    struct tw_file copy = *file;
    struct tw_store store = tw_file_store(&copy);

    if (!store.read(store.ctx, at, piece, n)) {
        return false;
    }
    if (memcmp(piece, zeros, n) != 0) {
        tw_save_u64(to, at);
        tw_save_bytes(to, piece, n);
    }
    return true;
}

/* A stretch of data, in whole pieces. */
static bool save_stretch(const struct tw_file *file, uint64_t from,
                         uint64_t end, struct tw_saver *to)
{
    bool ok = true;

    for (uint64_t at = from - from % PIECE; ok && at < end; at += PIECE) {
        ok = save_piece(file, at, to);
    }
    return ok;
}

static bool save_file(const struct tw_file *file, struct tw_saver *to)
{
    off_t at = lseek(file->fd, 0, SEEK_DATA);
    bool ok = true;

    tw_save_u64(to, file->size);
    while (ok && at >= 0 && (uint64_t)at < file->size) {
        off_t end = lseek(file->fd, at, SEEK_HOLE);

        ok = end > at && save_stretch(file, (uint64_t)at, (uint64_t)end, to);
        at = lseek(file->fd, end, SEEK_DATA);
    }
    tw_save_u64(to, LAST);
    return ok;
}

static bool load_file(struct tw_file *file, struct tw_loader *from)
{
    struct tw_store store = tw_file_store(file);
    uint8_t piece[PIECE];

    if (tw_load_u64(from) != file->size ||
        !store.discard(store.ctx, 0, file->size)) {
        return false;
    }
    for (uint64_t at = tw_load_u64(from); at != LAST; at = tw_load_u64(from)) {
        size_t n = PIECE;

        if (from->failed || at >= file->size) {
            return false;
        }
        n = file->size - at < n ? (size_t)(file->size - at) : n;
        if (!tw_load_bytes(from, piece, n) ||
            !store.write(store.ctx, at, piece, n)) {
            return false;
        }
    }
    return true;
}

/* Which twin it is of; looked at before anything is changed. */
static void save_owner(const struct tw_board *board, struct tw_saver *to)
{
    tw_save_u8(to, (uint8_t)board->config.soc);
    tw_save_u64(to, board->config.unit);
}

static bool load_owner(const struct tw_board *board, struct tw_loader *from)
{
    uint8_t soc = tw_load_u8(from);

    return tw_load_u64(from) == board->config.unit &&
           soc == (uint8_t)board->config.soc && !from->failed;
}

/* Files of storage, in the order of the snapshot. */
static unsigned storage_files(const struct tw_folder *folder)
{
    return TW_EMMC_PARTS + (folder->config.card ? 2 : 1);
}

static struct tw_file *storage_file(struct tw_folder *folder, unsigned i)
{
    if (i < TW_EMMC_PARTS) {
        return &folder->parts[i];
    }
    return i == TW_EMMC_PARTS ? &folder->nvm : &folder->card;
}

aw_err tw_snapshot_write(struct tw_board *board, struct tw_folder *folder,
                         const char *path, struct aw_host_diag *host)
{
    struct tw_saver to = {.n = 0};
    uint8_t digest[TW_HASH];
    aw_err err = AW_OK;

    tw_save_bytes(&to, magic, sizeof(magic));
    save_owner(board, &to);
    for (unsigned i = 0; i < storage_files(folder); i++) {
        if (!save_file(storage_file(folder, i), &to)) {
            err = aw_fail(aw_host_say(host, "%s: its storage cannot be read",
                                      folder->path),
                          AW_ERR_IO, "snapshot: storage", i);
            goto out;
        }
    }
    tw_board_save(board, &to);
    aw_sha256((aw_bytes){to.bytes, to.n}, digest);
    tw_save_bytes(&to, digest, sizeof(digest));
    err = aw_file_write(path, (aw_bytes){to.bytes, to.n}, 0600, AW_FILE_REPLACE,
                        host);
out:
    tw_saver_free(&to);
    return err;
}

static aw_err check(aw_bytes all, const char *path, struct aw_host_diag *host)
{
    uint8_t digest[TW_HASH];

    if (all.n < MAGIC_SIZE + TW_HASH ||
        memcmp(all.p, magic, MAGIC_SIZE - 1) != 0) {
        return aw_fail(aw_host_say(host, "%s: no snapshot of a twin", path),
                       AW_ERR_FORMAT, "snapshot: head", 0);
    }
    aw_sha256((aw_bytes){all.p, all.n - TW_HASH}, digest);
    if (memcmp(digest, all.p + all.n - TW_HASH, TW_HASH) != 0) {
        return aw_fail(aw_host_say(host, "%s: the snapshot is damaged", path),
                       AW_ERR_DIGEST, "snapshot: digest", all.n);
    }
    if (all.p[MAGIC_SIZE - 1] != VERSION) {
        return aw_fail(aw_host_say(host, "%s: a snapshot of version %u", path,
                                   (unsigned)all.p[MAGIC_SIZE - 1]),
                       AW_ERR_CONTENT, "snapshot: version", 0);
    }
    return AW_OK;
}

static aw_err load_storage(struct tw_folder *folder, struct tw_loader *from,
                           struct aw_host_diag *host)
{
    for (unsigned i = 0; i < storage_files(folder); i++) {
        struct tw_file *file = storage_file(folder, i);

        if (!load_file(file, from)) {
            return aw_fail(aw_host_say_errno(host, file->error, folder->path),
                           aw_host_err(file->error), "snapshot: storage", i);
        }
    }
    return AW_OK;
}

aw_err tw_snapshot_read(struct tw_board *board, struct tw_folder *folder,
                        const char *path, struct aw_host_diag *host)
{
    struct aw_blob blob = {.p = NULL};
    aw_err err = aw_file_read(path, SNAPSHOT_MAX, &blob, host);

    if (err != AW_OK) {
        return err;
    }
    err = check(aw_blob_bytes(&blob), path, host);
    if (err != AW_OK) {
        goto out;
    }
    struct tw_loader from = {
        .bytes = blob.p, .n = blob.n - TW_HASH, .at = MAGIC_SIZE};

    if (!load_owner(board, &from)) {
        err = aw_fail(aw_host_say(host, "%s: a snapshot of another twin", path),
                      AW_ERR_CONTENT, "snapshot: twin", from.at);
        goto out;
    }
    /* A twin whose storage could not be written is of no use: it stays off. */
    tw_board_off(board);
    err = load_storage(folder, &from, host);
    if (err == AW_OK && !tw_board_load(board, &from)) {
        err = aw_fail(
            aw_host_say(host, "%s: a snapshot of another version", path),
            AW_ERR_CONTENT, "snapshot: board", from.at);
    }
    if (err == AW_OK) {
        (void)tw_board_keep_fuses(board);
    }
out:
    aw_blob_free(&blob);
    return err;
}
