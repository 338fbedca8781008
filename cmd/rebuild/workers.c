/* SPDX-License-Identifier: Apache-2.0 */
#include "rebuild/workers.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/stop.h"

void rebuild_workers_init(struct aw_pool *pool, struct rebuild_workers *w)
{
    w->pid = aw_pool_alloc(pool, w->n, sizeof(*w->pid));
    w->job = aw_pool_alloc(pool, w->n, sizeof(*w->job));
    w->told = false;
}

static void stop(const struct rebuild_workers *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->pid[i] != 0) {
            (void)kill(w->pid[i], SIGTERM);
        }
    }
}

static void reap(struct rebuild_workers *w)
{
    int status = 0;
    pid_t pid = waitpid(-1, &status, 0);

    if (pid < 0 && errno == EINTR && aw_cancelled() && !w->told) {
        w->told = true;
        stop(w);
    }
    for (size_t i = 0; i < w->n && pid > 0; i++) {
        if (w->pid[i] == pid) {
            w->pid[i] = 0;
            w->ended(w->ctx, w->job[i],
                     WIFEXITED(status) ? WEXITSTATUS(status)
                                       : AW_EXIT_INTERNAL);
        }
    }
}

static size_t busy(const struct rebuild_workers *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        n += w->pid[i] != 0 ? 1 : 0;
    }
    return n;
}

/* Hears of a stop from us alone, once, and of our end. */
static void be_worker(pid_t parent)
{
    (void)setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 || getppid() != parent) {
        _exit(AW_EXIT_INTERNAL);
    }
}

int rebuild_workers_start(struct aw_ctx *ctx, struct rebuild_workers *w,
                          uint64_t job)
{
    size_t slot = 0;

    while (busy(w) == w->n) {
        reap(w);
    }
    while (w->pid[slot] != 0) {
        slot++;
    }
    pid_t self = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        be_worker(self);
        _exit(w->work(w->ctx, job));
    }
    if (pid < 0) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = AW_ERR_RESOURCE,
                                  .on = AW_ON_LOCAL,
                                  .subject = "worker",
                              });
    }
    w->pid[slot] = pid;
    w->job[slot] = job;
    return AW_EXIT_OK;
}

void rebuild_workers_wait(struct rebuild_workers *w)
{
    while (busy(w) > 0) {
        reap(w);
    }
}
