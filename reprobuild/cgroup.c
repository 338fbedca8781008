/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "aw-rebuild-"

/* Groups of version 1 have a tree a controller, those of version 2 one tree
 * (Linux, admin-guide/cgroup-v1 and cgroup-v2). */
static const char v1_memory[] = "/sys/fs/cgroup/memory";
static const char v1_pids[] = "/sys/fs/cgroup/pids";
static const char v2[] = "/sys/fs/cgroup";

static bool put(const char *group, const char *file, uint64_t value)
{
    char path[2 * RB_CGROUP_PATH];
    char text[32];
    int n = snprintf(text, sizeof(text), "%" PRIu64, value);

    (void)snprintf(path, sizeof(path), "%s/%s", group, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    bool ok = write(fd, text, (size_t)n) == n;

    return close(fd) == 0 && ok;
}

/* Groups that a run left which was killed. */
static void sweep(const char *tree)
{
    DIR *dir = opendir(tree);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[2 * RB_CGROUP_PATH + 256];

        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0) {
            continue;
        }
        long pid = strtol(entry->d_name + strlen(PREFIX), NULL, 10);

        if (pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
            (void)snprintf(path, sizeof(path), "%s/%s", tree, entry->d_name);
            (void)rmdir(path); /* fails while something runs in it */
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

/* A new group of a tree, with a limit. */
static bool make(const char *tree, const char *file, uint64_t value,
                 struct rb_cgroups *groups)
{
    static atomic_uint number;
    char *path = groups->path[groups->n];

    if (value == 0) {
        return false;
    }
    sweep(tree);
    (void)snprintf(path, RB_CGROUP_PATH, "%s/" PREFIX "%ld-%u", tree,
                   (long)getpid(), atomic_fetch_add(&number, 1));
    if (mkdir(path, 0755) != 0) {
        return false;
    }
    if (!put(path, file, value)) {
        (void)rmdir(path);
        return false;
    }
    groups->n++;
    return true;
}

void rb_cgroups_make(const struct aw_rb_limits *limits,
                     struct rb_cgroups *groups)
{
    groups->n = 0;
    groups->memory = false;
    if (make(v1_memory, "memory.limit_in_bytes", limits->memory, groups)) {
        groups->memory = true;
        (void)make(v1_pids, "pids.max", limits->processes, groups);
        return;
    }
    if (make(v2, "memory.max", limits->memory, groups)) {
        groups->memory = true;
        (void)put(groups->path[0], "memory.swap.max", 0);
        (void)put(groups->path[0], "pids.max", limits->processes);
    }
}

bool rb_cgroups_enter(const struct rb_cgroups *groups)
{
    for (size_t i = 0; i < groups->n; i++) {
        if (!put(groups->path[i], "cgroup.procs", 0)) {
            return false;
        }
    }
    return true;
}

void rb_cgroups_remove(const struct rb_cgroups *groups)
{
    enum { TRIES = 50 };

    for (size_t i = 0; i < groups->n; i++) {
        /* The kernel takes a moment to count the last process out. */
        for (int t = 0;
             t < TRIES && rmdir(groups->path[i]) != 0 && errno == EBUSY; t++) {
            (void)nanosleep(&(struct timespec){0, 2000000L}, NULL);
        }
    }
}
