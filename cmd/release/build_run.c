/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "release/build.h"

extern char **environ;

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* POSIX takes arguments that it does not change without const. */
static char *const *arguments(const char *const *args)
{
    char *const *same = NULL;

    memcpy(&same, &args, sizeof(same));
    return same;
}

static int spawn(const char *const *args,
                 const posix_spawn_file_actions_t *actions, pid_t *pid)
{
    return posix_spawnp(pid, args[0], actions, NULL, arguments(args), environ);
}

int build_run(const char *const *args, const char *log)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;

    if (posix_spawn_file_actions_init(&actions) != 0) {
        return -1;
    }
    int failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
                                                  "/dev/null", O_RDONLY, 0);

    if (failed == 0) {
        failed = posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    }
    if (failed == 0) {
        failed = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO,
                                                  STDERR_FILENO);
    }
    if (failed == 0) {
        failed = spawn(args, &actions, &pid);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? wait_for(pid) : -1;
}

static size_t read_all(int fd, char *text, size_t room)
{
    size_t n = 0;

    while (n < room) {
        ssize_t got = read(fd, text + n, room - n);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
    }
    return n;
}

static int spawn_to_pipe(const char *const *args, int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);

    if (failed != 0) {
        return failed;
    }
    failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (failed == 0) {
        failed = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
                                                  "/dev/null", O_WRONLY, 0);
    }
    if (failed == 0) {
        failed = spawn(args, &actions, pid);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

bool build_capture(struct aw_ctx *ctx, const char *const *args,
                   const char **text)
{
    char *bytes = aw_pool_alloc(&ctx->pool, BUILD_OUTPUT_MAX + 1, 1);
    int ends[2];
    pid_t pid = 0;

    if (pipe(ends) != 0) {
        return false;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    int failed = spawn_to_pipe(args, ends[1], &pid);

    (void)close(ends[1]);
    size_t n = failed == 0 ? read_all(ends[0], bytes, BUILD_OUTPUT_MAX) : 0;

    (void)close(ends[0]);
    while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == ' ')) {
        n--;
    }
    bytes[n] = '\0';
    *text = bytes;
    return failed == 0 && wait_for(pid) == 0;
}
