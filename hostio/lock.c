/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/file.h>
#include <time.h>

#include "host.h"

enum { LIMIT_MS = 30000, PAUSE_MS = 20 };

static aw_err give_up(const struct aw_lock_wait *wait, const char *where,
                      const char *path, struct aw_host_diag *host)
{
    if (wait->cancelled != NULL && wait->cancelled(wait->cancelled_ctx)) {
        return aw_fail(aw_host_say(host, "%s: stopped waiting", path),
                       AW_ERR_CANCELLED, where, 0);
    }
    return aw_fail(
        aw_host_say(host, "%s: kept locked by another process", path),
        AW_ERR_TIMEOUT, where, 0);
}

aw_err host_lock_dir(int dir, const char *where, const char *path,
                     const struct aw_lock_wait *wait, struct aw_host_diag *host)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    const struct aw_lock_wait standard = {.limit_ms = LIMIT_MS};
    const struct aw_lock_wait *w = wait == NULL ? &standard : wait;
    unsigned left = (w->limit_ms == 0 ? LIMIT_MS : w->limit_ms) / PAUSE_MS;

    while (flock(dir, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return aw_host_fail_errno(host, where, errno, path);
        }
        if (left == 0 ||
            (w->cancelled != NULL && w->cancelled(w->cancelled_ctx))) {
            return give_up(w, where, path, host);
        }
        left--;
        (void)nanosleep(&pause, NULL);
    }
    return AW_OK;
}
