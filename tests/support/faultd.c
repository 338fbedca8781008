/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faultd: a small HTTP/1.1 server for tests, on 127.0.0.1 only, that breaks
 * the protocol on demand.
 *
 *   faultd --root DIR --port-file FILE [--log FILE]
 *          [--fault PATTERN=KIND[:NUMBER][:COUNT]]...
 *
 * PATTERN is a shell pattern for the path without its first '/'. The fault
 * hits the first COUNT matching requests, or all. The first fault that
 * matches and is not used up counts. Kinds:
 *
 *   status:CODE     that status, with a short page
 *   busy:SECONDS    status 503 with Retry-After
 *   timeout         no answer
 *   slow            the file, a byte every 100 ms
 *   truncate        Content-Length larger than the body, then the end
 *   long            Content-Length smaller than the body
 *   endless         a body without length or end
 *   endless-chunked the same in chunks
 *   endless-header  headers without end
 *   long-header     one header that is longer than a reader keeps
 *   redirect-file   to file:///etc/passwd
 *   redirect-loop   to itself
 *   redirect:PORT   to the same path on another port of 127.0.0.1
 *   reset           RST instead of an answer
 *   garbage         bytes that are no HTTP
 *   gather:N        the file, once N requests are in flight, or after 5 s
 *
 * The port file is written in one step once the server listens. The log gets
 * one line a request: requests in flight, then the path. It ends with its
 * parent, or after ten minutes.
 */
#include "faultd.h"

#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIFETIME_S = 600, BACKLOG = 512 };

struct faultd faultd = {.root = -1};

AW_NORETURN void faultd_die(const char *what)
{
    (void)fprintf(stderr, "faultd: %s\n", what);
    exit(2);
}

static int listen_local(unsigned *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0) {
        faultd_die("cannot listen");
    }
    *port = ntohs(a.sin_port);
    return fd;
}

static void write_port(const char *path, unsigned port)
{
    char temp[PATH_MAX];

    (void)snprintf(temp, sizeof(temp), "%s.tmp", path);
    FILE *f = fopen(temp, "w");

    if (f == NULL || fprintf(f, "%u\n", port) < 0 || fclose(f) != 0 ||
        rename(temp, path) != 0) {
        faultd_die("cannot write the port file");
    }
}

static void live_with_parent(pid_t parent)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)alarm(LIFETIME_S);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
        faultd_die("parent is gone");
    }
}

static void accept_one(int server)
{
    int *fd = malloc(sizeof(*fd));
    pthread_t thread;
    pthread_attr_t attr;

    if (fd == NULL) {
        faultd_die("memory");
    }
    *fd = accept(server, NULL, NULL);
    if (*fd < 0) {
        free(fd);
        return;
    }
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attr, faultd_serve, fd) != 0) {
        (void)close(*fd);
        free(fd);
    }
    (void)pthread_attr_destroy(&attr);
}

static const char *option(int argc, char **argv, int *i)
{
    if (*i + 1 >= argc) {
        faultd_die("option without value");
    }
    return argv[++*i];
}

static const char *parse_options(int argc, char **argv)
{
    const char *port_file = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--root") == 0) {
            faultd.root = open(option(argc, argv, &i),
                               O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        } else if (strcmp(argv[i], "--port-file") == 0) {
            port_file = option(argc, argv, &i);
        } else if (strcmp(argv[i], "--log") == 0) {
            faultd.log = fopen(option(argc, argv, &i), "ae");
        } else if (strcmp(argv[i], "--fault") == 0) {
            (void)option(argc, argv, &i);
            faultd_parse_fault(argv[i]);
        } else {
            faultd_die("unknown option");
        }
    }
    if (faultd.root < 0 || port_file == NULL) {
        faultd_die("usage: --root DIR --port-file FILE");
    }
    return port_file;
}

int main(int argc, char **argv)
{
    pid_t parent = getppid();
    unsigned port = 0;

    live_with_parent(parent);
    const char *port_file = parse_options(argc, argv);
    int server = listen_local(&port);

    write_port(port_file, port);
    for (;;) {
        accept_one(server);
    }
}
