/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOGDIR_PRIVATE_H
#define LOGDIR_PRIVATE_H

#include "aw/hostio/logdir.h"

/* Folders and files of ours, relative to the log's root. */
#define LOGDIR_STATE ".state"
#define LOGDIR_TEMP  ".state/tmp"
/* There while a writer works: if it is found, that one was stopped. */
#define LOGDIR_OPEN ".state/tmp/open"

/* Files are renamed in groups, so that a disk writes many at a time. */
enum { LOGDIR_GROUP = 128, LOGDIR_TEMP_NAME = 32, LOGDIR_PATH = 1024 };

/* A file that has its content, but not its name yet. */
struct put_file {
    int fd;
    char *path;
    char temp[LOGDIR_TEMP_NAME];
};

struct aw_logdir {
    struct aw_files face;
    struct aw_host_diag why;
    struct aw_logdir_options options;
    char *name; /* of the folder, for messages */
    int fd;
    int lock[2];
    bool marked;   /* LOGDIR_OPEN was made */
    aw_err broken; /* what failed before; AW_OK */
    unsigned long long temps;
    int parent; /* folder that was written to last, or -1 */
    char parent_path[LOGDIR_PATH];
    size_t n_group;
    struct put_file group[LOGDIR_GROUP];
    /* Folders with changes that are not on the disk, with repetitions. */
    char **folder;
    size_t n_folders;
    size_t folders_room;
};

/** Opens a folder in another one. A log that was copied from elsewhere may
 *  have links in it: none leads a writer out of the log. @return -1, errno */
int logdir_enter(int at, const char *name);
/** Why a folder inside cannot be written to, from errno. */
aw_err logdir_fail_folder(struct aw_host_diag *host,
                          const struct aw_logdir *dir, const char *path);

/** Fills in `face`. */
void logdir_files_init(struct aw_logdir *dir);
/** Throws away what has no name yet, and frees. */
void logdir_files_free(struct aw_logdir *dir);

#endif
