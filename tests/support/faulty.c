/* SPDX-License-Identifier: Apache-2.0 */
#include "faulty.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "support.h"

enum { FAULTS_MAX = 16, START_TRIES = 1000, START_MS = 10 };

static unsigned count; /* servers of this process */

static const char *name_of(const char *form)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "%s.%u", form, count);
    return scratch_path(name);
}

static pid_t start(const char *root, const char *port_file, const char *log,
                   const char *const *faults)
{
    const char *argv[7 + 2 * FAULTS_MAX + 1] = {
        AW_FAULTD, "--root", root, "--port-file", port_file, "--log", log};
    size_t n = 7;

    for (size_t i = 0; faults != NULL && faults[i] != NULL; i++) {
        ck_assert_uint_lt(i, FAULTS_MAX);
        argv[n++] = "--fault";
        argv[n++] = faults[i];
    }
    pid_t pid = fork();

    if (pid == 0) {
        /* execv takes no const, and changes nothing. */
        char *copy[COUNT(argv)];

        memcpy(copy, argv, sizeof(copy));
        (void)execv(AW_FAULTD, copy);
        _exit(127);
    }
    ck_assert_int_gt(pid, 0);
    return pid;
}

static unsigned wait_for_port(const char *path)
{
    const struct timespec pause = {0, START_MS * 1000000L};

    for (int i = 0; i < START_TRIES; i++) {
        if (access(path, R_OK) == 0) {
            return (unsigned)strtoul((const char *)scratch_read(path).p, NULL,
                                     10);
        }
        (void)nanosleep(&pause, NULL);
    }
    ck_abort_msg("faultd does not start");
    return 0;
}

struct faulty faulty_start(const char *const *faults)
{
    struct faulty s = {0};
    char url[64];

    count++;
    s.log = name_of("log");
    const char *port_file = name_of("port");
    const char *root = scratch_path("www");

    (void)mkdir(root, 0755);
    s.pid = start(root, port_file, s.log, faults);
    s.port = wait_for_port(port_file);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", s.port);
    s.url = vec_cstr(aw_text(url));
    return s;
}

void faulty_stop(const struct faulty *server)
{
    ck_assert_int_eq(kill(server->pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(server->pid, NULL, 0), server->pid);
}

unsigned faulty_hits(const struct faulty *server, const char *path)
{
    struct aw_rd r = aw_rd_init(scratch_read(server->log));
    unsigned n = 0;

    while (aw_rd_left(&r) > 0) {
        struct aw_rd line = aw_rd_init(aw_rd_line(&r));

        (void)aw_rd_until(&line, ' ');
        n += path == NULL || aw_bytes_is(aw_rd_rest(&line), path) ? 1 : 0;
    }
    return n;
}

unsigned faulty_most(const struct faulty *server)
{
    struct aw_rd r = aw_rd_init(scratch_read(server->log));
    unsigned most = 0;

    while (aw_rd_left(&r) > 0) {
        aw_bytes line = aw_rd_line(&r);
        unsigned n = (unsigned)strtoul(vec_cstr(line), NULL, 10);

        most = n > most ? n : most;
    }
    return most;
}
