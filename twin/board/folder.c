/* SPDX-License-Identifier: Apache-2.0 */
#include "board/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/usb_twin.h"
#include "aw/text.h"

static const char *const names[TW_FOLDER_FILES] = {
    [TW_FILE_BOARD] = "board.json",
    [TW_FILE_FUSES] = "fuses.bin",
    [TW_FILE_EMMC] = "emmc.img",
    [TW_FILE_BOOT0] = "boot0.img",
    [TW_FILE_BOOT1] = "boot1.img",
    [TW_FILE_RPMB] = "rpmb.bin",
    [TW_FILE_CARD] = "card.img",
    [TW_FILE_CONSOLE] = "console.log",
    [TW_FILE_LOCK] = "lock",
    [TW_FILE_CONTROL] = "control",
    [TW_FILE_USB] = AW_USB_TWIN_SOCKET,
    [TW_FILE_USBIP] = "usbip",
};

static const struct {
    enum tw_folder_file file;
    uint64_t size;
} parts[TW_EMMC_PARTS] = {
    {TW_FILE_EMMC, (uint64_t)TW_EMMC_BLOCKS *TW_BLOCK},
    {TW_FILE_BOOT0, (uint64_t)TW_EMMC_BOOT_BLOCKS *TW_BLOCK},
    {TW_FILE_BOOT1, (uint64_t)TW_EMMC_BOOT_BLOCKS *TW_BLOCK},
};

enum { FOLDER_MODE = 0700, PID_DIGITS = 24 };

const char *tw_folder_name(enum tw_folder_file file)
{
    return names[file];
}

bool tw_folder_path(const char *folder, enum tw_folder_file file,
                    char path[TW_PATH_MAX])
{
    int n = snprintf(path, TW_PATH_MAX, "%s/%s", folder, names[file]);

    return n > 0 && n < TW_PATH_MAX;
}

static aw_err too_long(const char *path, struct aw_host_diag *host)
{
    return aw_fail(aw_host_say(host, "%s: the path is too long", path),
                   AW_ERR_SPACE, "twin: path", 0);
}

/* A file of storage that was lost would come back empty: a twin whose memory
 * is gone is no twin. */
static aw_err check_file(const char *path, uint64_t size,
                         struct aw_host_diag *host)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return errno == ENOENT
                   ? aw_fail(aw_host_say(host, "%s: is missing", path),
                             AW_ERR_CONTENT, "twin: file", 0)
                   : aw_host_fail_errno(host, "twin: file", errno, path);
    }
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size != size) {
        return aw_fail(aw_host_say(host, "%s: not of %llu bytes", path,
                                   (unsigned long long)size),
                       AW_ERR_CONTENT, "twin: size", (uint64_t)st.st_size);
    }
    return AW_OK;
}

static aw_err open_file(const char *folder, enum tw_folder_file which,
                        uint64_t size, struct tw_file *file,
                        struct aw_host_diag *host)
{
    char path[TW_PATH_MAX];

    if (!tw_folder_path(folder, which, path)) {
        return too_long(folder, host);
    }
    aw_err err = check_file(path, size, host);

    if (err != AW_OK) {
        return err;
    }
    err = tw_file_open(file, path, size);
    return err == AW_OK ? AW_OK
                        : aw_fail(aw_host_say_errno(host, file->error, path),
                                  err, "twin: file", 0);
}

static aw_err make_fuses(const char *folder, const struct tw_config *config,
                         struct aw_host_diag *host)
{
    struct aw_vfuse_file file = {.path = NULL};
    char path[TW_PATH_MAX];
    aw_err err = aw_vfuse_init(&file.v, tw_soc_part(config->soc), config->unit);

    if (err != AW_OK || !tw_folder_path(folder, TW_FILE_FUSES, path)) {
        return too_long(folder, host);
    }
    file.path = path;
    /* Board model, in the upper byte of MAC0: 1 gamma, 2 LAN. */
    file.v.fuse[34] =
        config->soc == TW_ULZ ? UINT32_C(1) << 24 : UINT32_C(2) << 24;
    memcpy(file.v.shadow, file.v.fuse, sizeof(file.v.shadow));
    file.v.boots = 0;
    return aw_vfuse_save(&file, false, host);
}

/* Empty storage takes no room. */
static aw_err make_file(const char *folder, enum tw_folder_file which,
                        uint64_t size, struct aw_host_diag *host)
{
    char path[TW_PATH_MAX];
    struct tw_file made;

    if (!tw_folder_path(folder, which, path)) {
        return too_long(folder, host);
    }
    aw_err err = tw_file_open(&made, path, size);

    if (err == AW_OK) {
        tw_file_close(&made);
        return AW_OK;
    }
    if (err == AW_ERR_CONTENT) {
        return aw_fail(aw_host_say(host, "%s: is there, of another size", path),
                       AW_ERR_EXISTS, "twin: file", 0);
    }
    return aw_fail(aw_host_say_errno(host, made.error, path), err, "twin: file",
                   0);
}

static aw_err make_storage(const char *folder, bool card,
                           struct aw_host_diag *host)
{
    aw_err err = AW_OK;

    for (unsigned i = 0; err == AW_OK && i < TW_EMMC_PARTS; i++) {
        err = make_file(folder, parts[i].file, parts[i].size, host);
    }
    if (err == AW_OK) {
        err = make_file(folder, TW_FILE_RPMB, tw_nvm_size(TW_EMMC_RPMB_SECTORS),
                        host);
    }
    if (err == AW_OK && card) {
        err = make_file(folder, TW_FILE_CARD,
                        (uint64_t)TW_CARD_BLOCKS * TW_BLOCK, host);
    }
    return err;
}

aw_err tw_folder_create(const char *path, const struct tw_config *config,
                        struct aw_host_diag *host)
{
    char file[TW_PATH_MAX];

    if (!tw_folder_path(path, TW_FILE_BOARD, file)) {
        return too_long(path, host);
    }
    if (access(file, F_OK) == 0) {
        return aw_fail(aw_host_say(host, "%s: there is a twin already", path),
                       AW_ERR_EXISTS, "twin: folder", 0);
    }
    aw_err err = aw_dir_make(path, FOLDER_MODE, host);

    if (err == AW_OK) {
        err = make_fuses(path, config, host);
    }
    if (err == AW_OK) {
        err = make_storage(path, config->card, host);
    }
    /* The settings last: with them the twin is there. */
    return err == AW_OK ? tw_config_save(file, config, AW_FILE_NEW, host) : err;
}

/* The whole of the file. The lock belongs to the descriptor: it goes with the
 * process, however it ends, and can be asked for without being taken, so that
 * nobody who only looks keeps a twin from starting. */
static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static aw_err take_lock(struct tw_folder *folder, struct aw_host_diag *host)
{
    char path[TW_PATH_MAX];
    char pid[PID_DIGITS];
    struct flock lock = whole_file();

    if (!tw_folder_path(folder->path, TW_FILE_LOCK, path)) {
        return too_long(folder->path, host);
    }
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (folder->lock < 0) {
        return aw_host_fail_errno(host, "twin: lock", errno, path);
    }
    if (fcntl(folder->lock, F_OFD_SETLK, &lock) != 0) {
        if (errno != EAGAIN && errno != EACCES) {
            return aw_host_fail_errno(host, "twin: lock", errno, path);
        }
        return aw_fail(
            aw_host_say(host, "%s: this twin runs already", folder->path),
            AW_ERR_PRECONDITION, "twin: lock", 0);
    }
    int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());

    if (ftruncate(folder->lock, 0) != 0 ||
        write(folder->lock, pid, (size_t)n) != n) {
        return aw_host_fail_errno(host, "twin: lock", errno, path);
    }
    return AW_OK;
}

bool tw_folder_busy(const char *folder, long *pid)
{
    char path[TW_PATH_MAX];
    uint8_t text[PID_DIGITS];
    uint64_t number = 0;
    struct flock lock = whole_file();

    *pid = 0;
    if (!tw_folder_path(folder, TW_FILE_LOCK, path)) {
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    bool busy = fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
    ssize_t n = read(fd, text, sizeof(text));

    if (busy && n > 1 &&
        aw_dec_parse((aw_bytes){text, (size_t)n - 1}, &number) == AW_OK) {
        *pid = (long)number;
    }
    (void)close(fd);
    return busy;
}

static aw_err open_storage(struct tw_folder *folder, struct aw_host_diag *host)
{
    aw_err err = AW_OK;

    for (unsigned i = 0; err == AW_OK && i < TW_EMMC_PARTS; i++) {
        err = open_file(folder->path, parts[i].file, parts[i].size,
                        &folder->parts[i], host);
    }
    if (err == AW_OK) {
        err = open_file(folder->path, TW_FILE_RPMB,
                        tw_nvm_size(TW_EMMC_RPMB_SECTORS), &folder->nvm, host);
    }
    if (err == AW_OK && folder->config.card) {
        err =
            open_file(folder->path, TW_FILE_CARD,
                      (uint64_t)TW_CARD_BLOCKS * TW_BLOCK, &folder->card, host);
    }
    return err;
}

static aw_err open_settings(struct tw_folder *folder, struct aw_host_diag *host)
{
    char path[TW_PATH_MAX];

    if (!tw_folder_path(folder->path, TW_FILE_BOARD, path) ||
        !tw_folder_path(folder->path, TW_FILE_FUSES, folder->fuses_path)) {
        return too_long(folder->path, host);
    }
    aw_err err = tw_config_load(path, &folder->config, host);

    if (err == AW_OK) {
        err = aw_vfuse_load(folder->fuses_path, &folder->fuses, host);
    }
    if (err == AW_OK &&
        strcmp(folder->fuses.v.part, tw_soc_part(folder->config.soc)) != 0) {
        return aw_fail(aw_host_say(host, "%s: fuses of another part, %s",
                                   folder->fuses_path, folder->fuses.v.part),
                       AW_ERR_CONTENT, "twin: fuses", 0);
    }
    return err;
}

aw_err tw_folder_open(struct tw_folder *folder, const char *path,
                      struct aw_host_diag *host)
{
    memset(folder, 0, sizeof(*folder));
    folder->lock = -1;
    folder->nvm.fd = -1;
    folder->card.fd = -1;
    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        folder->parts[i].fd = -1;
    }
    int n = snprintf(folder->path, sizeof(folder->path), "%s", path);

    if (n <= 0 || n >= TW_PATH_MAX) {
        return too_long(path, host);
    }
    aw_err err = open_settings(folder, host);

    if (err == AW_OK) {
        err = take_lock(folder, host);
    }
    /* Whoever ran it until now may have changed them. */
    if (err == AW_OK) {
        err = open_settings(folder, host);
    }
    if (err == AW_OK) {
        err = open_storage(folder, host);
    }
    if (err != AW_OK) {
        tw_folder_close(folder);
    }
    return err;
}

void tw_folder_close(struct tw_folder *folder)
{
    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        if (folder->parts[i].fd >= 0) {
            tw_file_close(&folder->parts[i]);
        }
    }
    if (folder->nvm.fd >= 0) {
        tw_file_close(&folder->nvm);
    }
    if (folder->card.fd >= 0) {
        tw_file_close(&folder->card);
    }
    if (folder->lock >= 0) {
        (void)close(folder->lock);
    }
}

struct tw_board_storage tw_folder_storage(struct tw_folder *folder)
{
    struct tw_board_storage storage;

    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        storage.parts[i] = tw_file_store(&folder->parts[i]);
    }
    storage.nvm = tw_file_store(&folder->nvm);
    storage.card = tw_file_store(&folder->card);
    return storage;
}
