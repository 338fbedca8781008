/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>

/*
 * What a disk holds of a folder while a program works in it: file contents as
 * of their last fsync, folder entries as of the folder's last fsync. Nothing
 * gets there otherwise, as little as POSIX allows.
 */

/** Starts with all that is in the folder now. One folder at a time. */
void disk_start(const char *path);

/** A descriptor was synced: a file, or a folder. */
void disk_synced(int fd);
/** Everything was synced. */
void disk_synced_all(void);
/** A name is about to go away or to be replaced: its inode must not be used
 *  again, or the old folder entry would seem to lead to the new file. */
void disk_pin(int dir, const char *path);
/** A file was made. */
void disk_created(int fd);

/**
 * Writes what the disk holds into a new folder.
 *
 * @param some  also a part of what was not synced, by chance
 */
void disk_restore(const char *to, bool some, unsigned seed);

#endif
