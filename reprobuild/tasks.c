/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t rb_tasks_of(uid_t uid)
{
    DIR *dir = opendir("/proc");
    const struct dirent *entry;
    uint64_t n = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[300];
        struct stat st;

        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') {
            continue;
        }
        (void)snprintf(path, sizeof(path), "/proc/%s/task", entry->d_name);
        /* A folder a thread, and the two that every folder has. */
        if (stat(path, &st) == 0 && st.st_uid == uid && st.st_nlink > 2) {
            n += (uint64_t)st.st_nlink - 2;
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return n;
}

/* Field 4 of /proc/PID/stat; a name in parentheses, which may hold anything,
 * comes before it. */
static long parent_of(const char *pid)
{
    char path[300];
    char text[512] = "";
    long parent = 0;

    (void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
    const char *name_end = n > 0 ? strrchr(text, ')') : NULL;

    if (fd >= 0) {
        (void)close(fd);
    }
    if (name_end != NULL && strlen(name_end) > 4) {
        parent = strtol(name_end + 4, NULL, 10); /* ") S 123" */
    }
    return parent;
}

static void kill_children(void)
{
    DIR *dir = opendir("/proc");
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);

        if (pid > 0 && parent_of(entry->d_name) == (long)getpid()) {
            (void)kill((pid_t)pid, SIGKILL);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

void rb_tasks_end_children(void)
{
    const struct timespec pause = {.tv_nsec = 2000000L};
    pid_t got = 0;

    for (;;) {
        do {
            got = waitpid(-1, NULL, WNOHANG);
        } while (got > 0 || (got < 0 && errno == EINTR));
        if (got < 0) {
            return; /* there is none */
        }
        kill_children();
        (void)nanosleep(&pause, NULL);
    }
}

bool setgroups_none(void)
{
    return setgroups(0, NULL) == 0;
}
