/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "host.h"
#include "state_private.h"

enum {
    BUSY_MS = 10000,
    LOCK_LOOK_MS = 20, /* how often a lock is tried */
    ASIDE_TRIES = 1000
};

/* --- Lock --------------------------------------------------------------- */

static bool stopped(const struct aw_state *state)
{
    return state->cancelled != NULL && state->cancelled(state->cancelled_ctx);
}

bool state_wait(const struct aw_state *state, unsigned waited)
{
    const struct timespec pause = {0, LOCK_LOOK_MS * 1000000L};

    if (stopped(state) || waited >= state->busy_ms / LOCK_LOOK_MS) {
        return false;
    }
    (void)nanosleep(&pause, NULL);
    return true;
}

aw_err state_locked(const struct aw_state *state, const char *path,
                    struct aw_host_diag *host)
{
    if (stopped(state)) {
        return aw_fail(
            aw_host_say(host, "%s: stopped waiting for another process", path),
            AW_ERR_CANCELLED, "state: lock", 0);
    }
    return aw_fail(
        aw_host_say(host, "%s: kept locked by another process", path),
        AW_ERR_TIMEOUT, "state: lock", 0);
}

aw_err state_lock(const struct aw_state *state, struct aw_host_diag *host)
{
    for (unsigned waited = 0;; waited++) {
        if (flock(state->dir, LOCK_EX | LOCK_NB) == 0) {
            return AW_OK;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return aw_host_fail_errno(host, "state: lock", errno, state->path);
        }
        if (!state_wait(state, waited)) {
            return state_locked(state, state->path, host);
        }
    }
}

void state_unlock(const struct aw_state *state)
{
    (void)flock(state->dir, LOCK_UN);
}

/* --- Damaged files ------------------------------------------------------ */

/* Finds a name that is free: path.damaged-TIME-N. */
static aw_err free_name(const struct aw_state *state, const char *path,
                        char *name, size_t cap, struct aw_host_diag *host)
{
    struct stat st;

    for (int i = 0; i < ASIDE_TRIES; i++) {
        int n = snprintf(name, cap, "%s.damaged-%lld-%d", path,
                         (long long)time(NULL), i);

        if (n < 0 || (size_t)n >= cap) {
            break;
        }
        if (lstat(name, &st) != 0 && errno == ENOENT) {
            return AW_OK;
        }
    }
    return aw_fail(
        aw_host_say(host, "%s: no name to put %s aside", state->path, path),
        AW_ERR_IO, "state: put aside", 0);
}

/* Renames path + end to name + end, if that is there. */
static aw_err move_one(const char *path, const char *name, const char *end,
                       struct aw_host_diag *host)
{
    char from[PATH_MAX];
    char to[PATH_MAX];

    (void)snprintf(from, sizeof(from), "%s%s", path, end);
    (void)snprintf(to, sizeof(to), "%s%s", name, end);
    if (rename(from, to) != 0 && errno != ENOENT) {
        return aw_host_fail_errno(host, "state: put aside", errno, from);
    }
    return AW_OK;
}

aw_err state_put_aside(const struct aw_state *state, const char *path,
                       struct aw_host_diag *host)
{
    /* A journal that stayed behind would be played into the new database. */
    static const char *const ends[] = {"-journal", "-wal", "-shm", ""};
    char name[PATH_MAX - 16];
    aw_err err = free_name(state, path, name, sizeof(name), host);

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && err == AW_OK;
         i++) {
        err = move_one(path, name, ends[i], host);
    }
    return err == AW_OK ? host_sync_dir(state->dir, state->path, host) : err;
}

/* --- Opening ------------------------------------------------------------ */

static char *joined(const char *folder, const char *name)
{
    size_t cap = strlen(folder) + strlen(name) + 2;
    char *path = aw_alloc(cap, 1);

    (void)snprintf(path, cap, "%s/%s", folder, name);
    return path;
}

static aw_err open_dir(struct aw_state *state, struct aw_host_diag *host)
{
    struct stat st;
    aw_err err = aw_dir_make(state->path, 0700, host);

    if (err != AW_OK) {
        return err;
    }
    state->dir = open(state->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state->dir < 0 || fstat(state->dir, &st) != 0) {
        err = aw_host_fail_errno(host, "state: open", errno, state->path);
        return err == AW_ERR_RESOURCE ? err : AW_ERR_IO;
    }
    if ((st.st_mode & S_IWOTH) != 0) {
        return aw_fail(
            aw_host_say(host, "%s: everybody may write to it", state->path),
            AW_ERR_PRECONDITION, "state: folder", 0);
    }
    if (faccessat(state->dir, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        return aw_fail(aw_host_say_errno(host, errno, state->path), AW_ERR_IO,
                       "state: folder", (uint64_t)errno);
    }
    return AW_OK;
}

/* The lock is held, so nobody else puts aside or starts anew. */
static aw_err open_files(struct aw_state *state, struct aw_host_diag *host)
{
    aw_err err = db_open(state, host);

    if (err == AW_ERR_STATE && state->accept) {
        err = state_put_aside(state, state->db_path, host);
        if (err == AW_OK) {
            err = db_open(state, host);
        }
    }
    return err == AW_OK ? known_sync(state, host) : err;
}

static aw_err open_all(struct aw_state *state, struct aw_host_diag *host)
{
    aw_err err = open_dir(state, host);

    if (err == AW_OK) {
        err = state_lock(state, host);
    }
    if (err != AW_OK) {
        return err;
    }
    err = open_files(state, host);
    state_unlock(state);
    return err;
}

aw_err aw_state_open(const char *dir, const struct aw_state_options *options,
                     struct aw_state **state, struct aw_host_diag *host)
{
    static const struct aw_state_options none = {.busy_ms = 0};
    const struct aw_state_options *o = options == NULL ? &none : options;

    if (strlen(dir) >= PATH_MAX / 2 || o->busy_ms > INT_MAX) {
        return aw_fail(aw_host_say(host, "%s: path too long", dir), AW_ERR_IO,
                       "state: path", 0);
    }
    struct aw_state *s = aw_alloc(1, sizeof(*s));

    s->dir = -1;
    s->path = host_strdup(dir);
    s->db_path = joined(dir, "state.db");
    s->known_path = joined(dir, "known-logs");
    s->accept = o->accept_new_baseline;
    s->busy_ms = o->busy_ms == 0 ? BUSY_MS : o->busy_ms;
    s->cancelled = o->cancelled;
    s->cancelled_ctx = o->cancelled_ctx;
    aw_err err = open_all(s, host);

    if (err != AW_OK) {
        aw_state_close(s);
        return err;
    }
    *state = s;
    return AW_OK;
}

void aw_state_close(struct aw_state *state)
{
    if (state == NULL) {
        return;
    }
    db_close(state);
    if (state->dir >= 0) {
        (void)close(state->dir);
    }
    free(state->path);
    free(state->db_path);
    free(state->known_path);
    free(state);
}
