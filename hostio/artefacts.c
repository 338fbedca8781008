/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/artefacts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/file.h"
#include "aw/text.h"
#include "host.h"

enum { MODE_DIR = 0777, MODE_FILE = 0666 }; /* less the umask */

void aw_artefact_name(const uint8_t digest[AW_SHA256_SIZE],
                      struct aw_artefact_name *name)
{
    struct aw_wr w = aw_wr_init(name->text, AW_ARTEFACT_NAME);

    aw_wr_hex(&w, (aw_bytes){digest, AW_SHA256_SIZE});
    AW_BUG_ON(w.failed);
    name->text[AW_ARTEFACT_NAME] = '\0';
}

bool aw_artefact_digest(const char *name, uint8_t digest[AW_SHA256_SIZE])
{
    uint8_t bytes[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    struct aw_artefact_name again;

    if (strlen(name) != AW_ARTEFACT_NAME ||
        aw_hex_decode(aw_text(name), &w) != AW_OK) {
        return false;
    }
    /* Upper case would be a second name for the same bytes. */
    aw_artefact_name(bytes, &again);
    if (strcmp(again.text, name) != 0) {
        return false;
    }
    memcpy(digest, bytes, sizeof(bytes));
    return true;
}

bool aw_artefact_is_temporary(const char *name)
{
    size_t n = strlen(name);
    size_t head = strlen(HOST_TEMP_HEAD);
    size_t tail = strlen(HOST_TEMP_TAIL);

    return n > head + tail && strncmp(name, HOST_TEMP_HEAD, head) == 0 &&
           strcmp(name + n - tail, HOST_TEMP_TAIL) == 0;
}

/* Removes what killed writers left. The folder is locked. */
static aw_err clean(int folder, const char *path, struct aw_host_diag *host)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);

    if (list == NULL) {
        aw_err err = aw_host_fail_errno(host, "artefacts: list", errno, path);

        if (fd >= 0) {
            (void)close(fd);
        }
        return err;
    }
    aw_err err = AW_OK;
    const struct dirent *entry = NULL;

    while (err == AW_OK && (entry = readdir(list)) != NULL) {
        if (aw_artefact_is_temporary(entry->d_name) &&
            unlinkat(folder, entry->d_name, 0) != 0) {
            err = aw_host_fail_errno(host, "artefacts: clean", errno, path);
        }
    }
    (void)closedir(list);
    return err;
}

/* A writer that was killed may have made the folder. */
static aw_err sync_above(int folder, const char *path,
                         struct aw_host_diag *host)
{
    int fd = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return errno == EACCES
                   ? AW_OK /* may be written, not read: no way to sync it */
                   : aw_host_fail_errno(host, "artefacts: sync", errno, path);
    }
    aw_err err = host_sync_dir(fd, path, host);

    (void)close(fd);
    return err;
}

/* Opens the folder and locks it against other writers. */
static aw_err lock_folder(const char *path, const struct aw_lock_wait *wait,
                          int *folder, struct aw_host_diag *host)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return aw_host_fail_errno(host, "artefacts: open", errno, path);
    }
    aw_err err = host_lock_dir(fd, "artefacts: lock", path, wait, host);

    if (err == AW_OK) {
        err = clean(fd, path, host);
    }
    if (err == AW_OK) {
        err = sync_above(fd, path, host);
    }
    if (err != AW_OK) {
        (void)close(fd);
        return err;
    }
    *folder = fd;
    return AW_OK;
}

/* The file is there: are these its bytes? */
static aw_err compare(int fd, const char *path, aw_bytes data,
                      struct aw_host_diag *host)
{
    struct aw_blob blob = {.p = NULL};
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return aw_host_fail_errno(host, "artefacts: file", errno, path);
    }
    if (!S_ISREG(st.st_mode)) {
        return aw_fail(aw_host_say(host, "%s: is no regular file", path),
                       AW_ERR_PRECONDITION, "artefacts: file", 0);
    }
    aw_err err = aw_file_read_fd(fd, path, data.n, &blob, host);

    if (err == AW_ERR_SPACE ||
        (err == AW_OK && !aw_bytes_equal(aw_blob_bytes(&blob), data))) {
        err = aw_fail(aw_host_say(host,
                                  "%s: holds other bytes than its name "
                                  "says",
                                  path),
                      AW_ERR_DIGEST, "artefacts: digest", 0);
    }
    aw_blob_free(&blob);
    return err;
}

/* An equal file may be of a writer that was killed: it is put on the disk. */
static aw_err accept(int folder, const char *name, const char *path,
                     aw_bytes data, struct aw_host_diag *host)
{
    int fd =
        openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0) {
        return errno == ELOOP
                   ? aw_fail(aw_host_say(host, "%s: is a symbolic link", path),
                             AW_ERR_PRECONDITION, "artefacts: file", 0)
                   : aw_host_fail_errno(host, "artefacts: file", errno, path);
    }
    aw_err err = compare(fd, path, data, host);

    if (err == AW_OK && fsync(fd) != 0) {
        err = aw_host_fail_errno(host, "artefacts: sync", errno, path);
    }
    (void)close(fd);
    return err == AW_OK ? host_sync_dir(folder, path, host) : err;
}

aw_err aw_artefact_put(const char *folder, aw_bytes data,
                       const uint8_t digest[AW_SHA256_SIZE],
                       const struct aw_lock_wait *wait, bool *stored,
                       struct aw_host_diag *host)
{
    struct aw_artefact_name name;
    int fd = -1;
    aw_err err = aw_dir_make(folder, MODE_DIR, host);

    if (err == AW_OK) {
        err = lock_folder(folder, wait, &fd, host);
    }
    if (err != AW_OK) {
        return err;
    }
    aw_artefact_name(digest, &name);
    char *path = host_strjoin(folder, name.text);

    err = aw_file_write(path, data, MODE_FILE, AW_FILE_NEW, host);
    *stored = err == AW_OK;
    if (err == AW_ERR_EXISTS) {
        err = accept(fd, name.text, path, data, host);
    }
    free(path);
    (void)close(fd);
    return err;
}
