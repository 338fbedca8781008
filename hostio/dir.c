/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/file.h"
#include "host.h"

static bool is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder above `path` learns of its new entry. */
static aw_err sync_parent(const char *path, struct aw_host_diag *host)
{
    char above[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);

    if (slash == NULL) {
        (void)snprintf(above, sizeof(above), ".");
    } else {
        (void)snprintf(above, sizeof(above), "%.*s/", (int)n, path);
    }
    int dir = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0) {
        return errno == EACCES
                   ? AW_OK /* may be written, not read: no way to sync it */
                   : aw_host_fail_errno(host, "folder: sync", errno, above);
    }
    aw_err err = host_sync_dir(dir, above, host);

    (void)close(dir);
    return err;
}

static aw_err make_one(const char *path, unsigned mode,
                       struct aw_host_diag *host)
{
    if (is_dir(path)) {
        return AW_OK;
    }
    if (mkdir(path, (mode_t)mode) == 0) {
        return sync_parent(path, host);
    }
    int error = errno;

    if (error == EEXIST && is_dir(path)) {
        return AW_OK; /* another process was faster */
    }
    if (error == EEXIST || error == ENOENT || error == ENOTDIR) {
        return aw_fail(
            aw_host_say(host, "%s: is no folder, nor can it be", path),
            AW_ERR_IO, "folder: make", 0);
    }
    return aw_host_fail_errno(host, "folder: make", error, path);
}

aw_err aw_dir_make(const char *path, unsigned mode, struct aw_host_diag *host)
{
    char part[PATH_MAX];
    size_t n = strlen(path);

    if (n == 0 || n >= sizeof(part)) {
        return aw_fail(aw_host_say(host, "%s: path empty or too long", path),
                       AW_ERR_IO, "folder: make", 0);
    }
    for (size_t i = 1; i <= n; i++) {
        bool end = path[i] == '/' || path[i] == '\0';

        if (!end || path[i - 1] == '/') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        aw_err err = make_one(part, mode, host);

        if (err != AW_OK) {
            return err;
        }
    }
    return AW_OK;
}

/* Where a kind of folder lies; NULL where there is no such place. */
static const struct place {
    const char *env;
    const char *root;
    const char *xdg;
    const char *home;
} places[] = {
    [AW_DIR_STATE] = {"AW_STATE_DIR", "/var/lib/aw", "XDG_STATE_HOME",
                      ".local/state"},
    [AW_DIR_CACHE] = {"AW_CACHE_DIR", "/var/cache/aw", "XDG_CACHE_HOME",
                      ".cache"},
    [AW_DIR_CONFIG] = {NULL, NULL, "XDG_CONFIG_HOME", ".config"},
};

/* A variable that is set and not empty, else NULL. */
static const char *variable(const char *name)
{
    const char *value = name == NULL ? NULL : getenv(name);

    return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *absolute(const char *name)
{
    const char *value = variable(name);

    return value == NULL || value[0] != '/' ? NULL : value;
}

/* What counts before XDG and HOME do; NULL when nothing is said. */
static const char *outright(const struct place *place, const char *argument)
{
    if (argument != NULL && argument[0] != '\0') {
        return argument;
    }
    const char *value = variable(place->env);

    if (value == NULL && geteuid() == 0) {
        value = place->root;
    }
    return value;
}

aw_err aw_dir_path(enum aw_dir_kind kind, const char *argument, char *path,
                   size_t cap, struct aw_host_diag *host)
{
    const struct place *place = &places[kind];
    const char *base = outright(place, argument);
    const char *middle = "";
    const char *last = "";

    if (base == NULL) {
        base = absolute(place->xdg);
        last = "/aw";
    }
    if (base == NULL) {
        base = absolute("HOME");
        middle = place->home;
    }
    if (base == NULL) {
        return aw_fail(aw_host_say(host, "HOME is not set; name the folder"),
                       AW_ERR_PRECONDITION, "folder: path", 0);
    }
    const char *slash = middle[0] == '\0' ? "" : "/";
    size_t need = strlen(base) + strlen(slash) + strlen(middle) + strlen(last);

    if (need >= cap) {
        return aw_fail(aw_host_say(host, "%s: path too long", base),
                       AW_ERR_SPACE, "folder: path", 0);
    }
    (void)snprintf(path, cap, "%s%s%s%s", base, slash, middle, last);
    return AW_OK;
}
