/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_FOLDER_H
#define TWIN_FOLDER_H

#include "board/board.h"
#include "models/file.h"

/*
 * The folder of a twin: docs/formats/twin-folder.md. Whoever runs the twin
 * holds a lock on it.
 */
enum { TW_PATH_MAX = 4096 };

enum tw_folder_file {
    TW_FILE_BOARD,   /* board.json */
    TW_FILE_FUSES,   /* fuses.bin, format of docs/formats/fuse-file.md */
    TW_FILE_EMMC,    /* emmc.img, sparse */
    TW_FILE_BOOT0,   /* boot0.img */
    TW_FILE_BOOT1,   /* boot1.img */
    TW_FILE_RPMB,    /* rpmb.bin, format of docs/formats/rpmb.md */
    TW_FILE_CARD,    /* card.img, sparse; only with a card */
    TW_FILE_CONSOLE, /* console.log */
    TW_FILE_LOCK,    /* lock: process id of who runs it */
    TW_FILE_CONTROL, /* control, a socket */
    TW_FILE_USB,     /* usb, a socket: docs/formats/twin-usb.md */
    TW_FILE_USBIP,   /* usbip, a socket: docs/formats/usbip.md */
    TW_FOLDER_FILES
};

struct tw_folder {
    char path[TW_PATH_MAX];
    struct tw_config config;
    struct aw_vfuse_file fuses;
    char fuses_path[TW_PATH_MAX];
    struct tw_file parts[TW_EMMC_PARTS];
    struct tw_file nvm;
    struct tw_file card; /* only with config.card */
    int lock;            /* descriptor */
};

/** Name of a file in it: "emmc.img". */
const char *tw_folder_name(enum tw_folder_file file);

/** Path of a file. False: too long. */
bool tw_folder_path(const char *folder, enum tw_folder_file file,
                    char path[TW_PATH_MAX]);

/**
 * Makes a new twin.
 *
 * @param path    folder; made if it is missing, must not hold a twin
 * @param config  settings
 *
 * @return AW_OK; AW_ERR_EXISTS when there is a twin; AW_ERR_SPACE for a path
 *         that is too long; errors of aw_dir_make and aw_file_write.
 */
AW_MUST_CHECK aw_err tw_folder_create(const char *path,
                                      const struct tw_config *config,
                                      struct aw_host_diag *host);

/**
 * Opens the twin for running it.
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is none; AW_ERR_PRECONDITION when it
 *         runs already; AW_ERR_CONTENT for files of other sizes; errors of
 *         tw_config_load and aw_vfuse_load; AW_ERR_IO, AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err tw_folder_open(struct tw_folder *folder, const char *path,
                                    struct aw_host_diag *host);
void tw_folder_close(struct tw_folder *folder);

/** Storage for a board. */
struct tw_board_storage tw_folder_storage(struct tw_folder *folder);

/** True while some process holds the twin's lock. @param pid  set to its
 *  number, 0 when it is not known */
bool tw_folder_busy(const char *path, long *pid);

/**
 * Connects to a socket of the twin that runs in a folder.
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is no twin; AW_ERR_PRECONDITION
 *         when it does not run; AW_ERR_IO
 */
AW_MUST_CHECK aw_err tw_connect(const char *path, enum tw_folder_file file,
                                int *fd, struct aw_host_diag *host);

#endif
