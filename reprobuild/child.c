/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "cgroup.h"
#include "tasks.h"

enum {
    STREAMS = 1 + AW_RB_RESULTS, /* log, then the results */
    LOOK_MS = 100,
    GROWTH_MS = 1000,
    CHUNK = 64 * 1024,
    EXEC_FAILED = 127,
    SIGNALLED = 128, /* and the signal's number */
    FILES_MAX = 4096
};

/* A pipe of the child, and what came through it. */
struct stream {
    int fd;    /* our end; -1 at its end */
    int child; /* its end; -1 after the fork */
    uint64_t max;
    struct aw_blob got;
    size_t cap;
    enum aw_rb_end over; /* how a run ends that writes more */
};

struct run {
    const struct rb_child *child;
    struct stream stream[STREAMS];
    struct rb_cgroups groups;
    pid_t pid;
    uint64_t tasks;      /* that the user of the builds has already */
    struct rb_size most; /* that the watched folder may take */
    uint64_t look_ms;    /* when it is looked at next */
    enum aw_rb_end end;
};

uint64_t rb_now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- Inside the child, before exec: no memory is allocated --------------- */

static bool limit(int what, uint64_t value)
{
    struct rlimit r = {.rlim_cur = value, .rlim_max = value};

    return value == 0 || setrlimit((__rlimit_resource_t)what, &r) == 0;
}

/* One processor more, when it is among those. */
static bool add_cpu(size_t i, const cpu_set_t *all, cpu_set_t *some)
{
    if (!CPU_ISSET(i, all)) {
        return false;
    }
    CPU_SET(i, some);
    return true;
}

/* The first `n` of the processors that we may use. */
static bool use_cpus(unsigned n)
{
    cpu_set_t all;
    cpu_set_t some;

    CPU_ZERO(&some);
    if (n == 0 || sched_getaffinity(0, sizeof(all), &all) != 0) {
        return n == 0;
    }
    for (size_t i = 0; i < CPU_SETSIZE && n > 0; i++) {
        n -= add_cpu(i, &all, &some) ? 1 : 0;
    }
    return sched_setaffinity(0, sizeof(some), &some) == 0;
}

static bool limits(const struct run *run)
{
    const struct rb_child *c = run->child;
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0 ||
        !limit(RLIMIT_FSIZE, c->file_max) || !limit(RLIMIT_NOFILE, FILES_MAX)) {
        return false;
    }
    if (!c->sealed) {
        return limit(RLIMIT_AS, c->limits.memory);
    }
    return rb_cgroups_enter(&run->groups) && use_cpus(c->limits.cpus) &&
           (run->groups.memory || limit(RLIMIT_AS, c->limits.memory)) &&
           limit(RLIMIT_NPROC, c->limits.processes == 0
                                   ? 0
                                   : c->limits.processes + run->tasks);
}

static bool drop(void)
{
    if (geteuid() != 0) {
        return true;
    }
    return setgroups_none() &&
           setresgid(AW_RB_UID, AW_RB_UID, AW_RB_UID) == 0 &&
           setresuid(AW_RB_UID, AW_RB_UID, AW_RB_UID) == 0;
}

/* Descriptors from 0 on; the others are closed by exec. */
static bool arrange(const struct run *run)
{
    const struct rb_child *c = run->child;
    const int from[] = {
        c->in,
        run->stream[c->split ? 1 : 0].child,
        run->stream[0].child,
        run->stream[1].child,
        run->stream[2].child,
    };
    int n = c->split ? 3 : 5;
    int high[5];

    for (int i = 0; i < n; i++) { /* out of each other's way */
        high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 16);
        if (high[i] < 0) {
            return false;
        }
    }
    for (int i = 0; i < n; i++) {
        if (dup2(high[i], i) < 0) {
            return false;
        }
    }
    return true;
}

/* It ends with its parent, also when that is killed: what git still did
 * afterwards would meet what the next run of ours does. Changing users takes
 * this back, so it comes after that. */
static bool end_with(pid_t parent, int number)
{
    return prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) == 0 && getppid() == parent;
}

/* The sandbox that a guard is for; read by its signal handler. */
static volatile pid_t guarded;

static void end_guarded(int number)
{
    (void)number;
    (void)kill(guarded, SIGKILL);
}

/* Waits for the sandbox, then ends what is left of it. */
AW_NORETURN static void stand_guard(void)
{
    int status = 0;
    pid_t got = 0;

    /* The streams end when those behind it are done with them. */
    (void)close_range(0, ~0U, 0);
    do {
        got = waitpid(guarded, &status, 0);
    } while (got < 0 && errno == EINTR);
    rb_tasks_end_children();
    _exit(WIFEXITED(status) ? WEXITSTATUS(status)
                            : SIGNALLED + WTERMSIG(status));
}

/* A process between us and the sandbox. bubblewrap's inner process does not
 * see that the outer one was killed while it was being made, and would go on:
 * the guard, whose child it is then, ends it. It is told to by SIGTERM, from
 * us or because we are gone.
 * @return in the process that goes on to the sandbox: its parent */
static pid_t guard(pid_t parent)
{
    pid_t self = getpid();
    sigset_t term;

    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &term, NULL);
    if (signal(SIGTERM, end_guarded) == SIG_ERR ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 ||
        !end_with(parent, SIGTERM)) {
        _exit(EXEC_FAILED);
    }
    guarded = fork();
    if (guarded < 0) {
        _exit(EXEC_FAILED);
    }
    if (guarded == 0) {
        (void)signal(SIGTERM, SIG_DFL);
    }
    (void)sigprocmask(SIG_UNBLOCK, &term, NULL);
    if (guarded > 0) {
        stand_guard();
    }
    return self;
}

AW_NORETURN static void become(const struct run *run, pid_t parent)
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
    (void)setpgid(0, 0);
    (void)umask((mode_t)run->child->umask);
    if (run->child->sealed) {
        parent = guard(parent);
    }
    if (arrange(run) && limits(run) && drop() && end_with(parent, SIGKILL)) {
        /* The list is ours and execve leaves it alone; its type is older than
         * const. */
        union {
            const char *const *ours;
            char *const *posix;
        } argv = {run->child->argv}, env = {run->child->env};

        (void)execve(argv.ours[0], argv.posix, env.posix);
    }
    _exit(EXEC_FAILED);
}

/* --- Around it ------------------------------------------------------------ */

static void take(struct run *run, struct stream *s)
{
    if (s->cap - s->got.n < CHUNK) {
        size_t cap = s->cap * 2 + CHUNK;

        s->got.p = aw_grow(s->got.p, s->cap, cap, 1);
        s->cap = cap;
    }
    ssize_t n = read(s->fd, s->got.p + s->got.n, CHUNK);

    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (n <= 0) {
        (void)close(s->fd);
        s->fd = -1;
        return;
    }
    s->got.n += (size_t)n;
    if (s->got.n > s->max) {
        s->got.n = (size_t)s->max;
        if (run->end == AW_RB_END_OK) {
            run->end = s->over;
        }
    }
}

/* Waits for output; false at the end of all streams. */
static bool wait_output(struct run *run)
{
    struct pollfd fds[STREAMS];
    struct stream *of[STREAMS];
    nfds_t n = 0;

    for (size_t i = 0; i < STREAMS; i++) {
        if (run->stream[i].fd >= 0) {
            of[n] = &run->stream[i];
            fds[n] = (struct pollfd){.fd = of[n]->fd, .events = POLLIN};
            n++;
        }
    }
    if (n == 0) {
        return false;
    }
    (void)poll(fds, n, LOOK_MS);
    for (nfds_t i = 0; i < n; i++) {
        if (fds[i].revents != 0) {
            take(run, of[i]);
        }
    }
    return true;
}

/* From what a folder takes now. */
static void watch(struct run *run)
{
    const struct aw_rb_growth *g = &run->child->growth;
    const struct rb_size all = {UINT64_MAX, UINT64_MAX};

    if (g->folder != NULL) {
        rb_measure(g->folder, &all, &run->most);
        run->most.bytes += g->bytes;
        run->most.files += g->files;
        run->look_ms = rb_now_ms() + GROWTH_MS;
    }
}

static bool has_grown(const struct run *run)
{
    struct rb_size size = {0, 0};

    if (run->child->growth.folder != NULL) {
        rb_measure(run->child->growth.folder, &run->most, &size);
    }
    return size.bytes > run->most.bytes || size.files > run->most.files;
}

/* Looking takes at most a tenth of the time. */
static bool grows(struct run *run)
{
    uint64_t began = rb_now_ms();
    bool over = began >= run->look_ms && has_grown(run);

    if (began >= run->look_ms) {
        run->look_ms = rb_now_ms() + GROWTH_MS + 10 * (rb_now_ms() - began);
    }
    return over;
}

static void look(struct run *run, uint64_t began)
{
    const struct rb_child *c = run->child;

    if (run->end != AW_RB_END_OK) {
        return;
    }
    if (c->stopped != NULL && c->stopped()) {
        run->end = AW_RB_END_STOPPED;
    } else if (c->limits.time_ms > 0 &&
               rb_now_ms() - began > c->limits.time_ms) {
        run->end = AW_RB_END_TIME;
    } else if (grows(run)) {
        run->end = AW_RB_END_GROWTH;
    }
}

static void end(const struct run *run)
{
    if (run->child->sealed) {
        (void)kill(run->pid, SIGTERM);
    } else {
        (void)kill(-run->pid, SIGKILL);
        (void)kill(run->pid, SIGKILL);
    }
}

static int await(struct run *run, uint64_t began)
{
    int status = 0;
    bool killed = false;

    while (wait_output(run)) {
        look(run, began);
        if (run->end != AW_RB_END_OK && !killed) {
            end(run);
            killed = true;
        }
    }
    pid_t got;

    do {
        got = waitpid(run->pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    if (!run->child->sealed) {
        (void)kill(-run->pid, SIGKILL); /* what it left behind */
    }
    return WIFEXITED(status) ? WEXITSTATUS(status)
                             : SIGNALLED + WTERMSIG(status);
}

static bool open_streams(struct run *run)
{
    const struct aw_rb_limits *l = &run->child->limits;

    for (size_t i = 0; i < STREAMS; i++) {
        int fd[2];

        if (pipe2(fd, O_CLOEXEC) != 0) {
            return false;
        }
        run->stream[i].fd = fd[0];
        run->stream[i].child = fd[1];
        run->stream[i].max = i == 0 ? l->log : l->output;
        run->stream[i].over = i == 0 ? AW_RB_END_LOG : AW_RB_END_OUTPUT;
    }
    return true;
}

static void close_childs(struct run *run)
{
    for (size_t i = 0; i < STREAMS; i++) {
        if (run->stream[i].child >= 0) {
            (void)close(run->stream[i].child);
            run->stream[i].child = -1;
        }
    }
}

static void give(struct run *run, int status, struct aw_rb_ran *ran)
{
    ran->end =
        run->end == AW_RB_END_OK && status != 0 ? AW_RB_END_FAILED : run->end;
    ran->status = status;
    ran->memory = !run->child->sealed  ? AW_RB_MEMORY_NONE
                  : run->groups.memory ? AW_RB_MEMORY_CGROUP
                                       : AW_RB_MEMORY_EACH;
    ran->log = run->stream[0].got;
    for (size_t i = 0; i < AW_RB_RESULTS; i++) {
        ran->result[i] = run->stream[i + 1].got;
    }
}

static aw_err start(struct run *run, struct aw_host_diag *host)
{
    if (!open_streams(run)) {
        return aw_host_fail_errno(host, "child: pipe", errno, "pipe");
    }
    if (run->child->sealed) {
        run->tasks = rb_tasks_of(geteuid() == 0 ? AW_RB_UID : geteuid());
        rb_cgroups_make(&run->child->limits, &run->groups);
    }
    pid_t self = getpid();

    run->pid = fork();
    if (run->pid == 0) {
        become(run, self);
    }
    return run->pid > 0
               ? AW_OK
               : aw_host_fail_errno(host, "child: fork", errno, "fork");
}

aw_err rb_child_run(const struct rb_child *child, struct aw_rb_ran *ran,
                    struct aw_host_diag *host)
{
    struct rb_child own = *child;
    struct run run = {.child = &own, .end = AW_RB_END_OK};
    int nothing = -1;
    uint64_t began = rb_now_ms();

    for (size_t i = 0; i < STREAMS; i++) {
        run.stream[i].fd = run.stream[i].child = -1;
    }
    if (own.in < 0) {
        nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
        own.in = nothing;
    }
    watch(&run);
    aw_err err = start(&run, host);

    close_childs(&run);
    if (err == AW_OK) {
        int status = await(&run, began);

        if (run.end == AW_RB_END_OK && has_grown(&run)) {
            run.end = AW_RB_END_GROWTH;
        }
        memset(ran, 0, sizeof(*ran));
        give(&run, status, ran);
        ran->took_ms = rb_now_ms() - began;
    }
    rb_cgroups_remove(&run.groups);
    for (size_t i = 0; i < STREAMS && err != AW_OK; i++) {
        if (run.stream[i].fd >= 0) {
            (void)close(run.stream[i].fd);
        }
    }
    if (nothing >= 0) {
        (void)close(nothing);
    }
    return err;
}

void aw_rb_ran_free(struct aw_rb_ran *ran)
{
    aw_blob_free(&ran->log);
    for (size_t i = 0; i < AW_RB_RESULTS; i++) {
        aw_blob_free(&ran->result[i]);
    }
}
