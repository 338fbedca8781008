/* SPDX-License-Identifier: Apache-2.0 */
#include "git.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"

#define GIT "/usr/bin/git"

enum {
    GIT_LOG_MAX = 256 * 1024, /* bytes of complaints that are kept */
    MIRROR_FILES = 32768      /* that one run may add: a branch is a file */
};

/* Takes the place of the user's and the system's configuration. Ownership is
 * of no interest: what a mirror serves is judged by its hash. */
static const char config[] =
    "[safe]\n\tdirectory = *\n"
    "[core]\n\thooksPath = /dev/null\n\tattributesFile = /dev/null\n"
    "\tfsmonitor = false\n"
    /* So that the memory that it may have is enough for large packs. */
    "\tbigFileThreshold = 32m\n\tpackedGitWindowSize = 16m\n"
    "\tpackedGitLimit = 256m\n\tdeltaBaseCacheLimit = 64m\n"
    "[protocol]\n\tallow = never\n\tversion = 2\n"
    "[protocol \"https\"]\n\tallow = always\n"
    "[protocol \"http\"]\n\tallow = always\n"
    "[protocol \"file\"]\n\tallow = always\n"
    "[fetch]\n\tfsckObjects = true\n\tunpackLimit = 1\n"
    "\trecurseSubmodules = false\n\twriteCommitGraph = false\n"
    "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
    "[credential]\n\thelper =\n"
    "[init]\n\tdefaultBranch = main\n\ttemplateDir =\n";

static aw_err put_config(const char *mirror, char *path, size_t n,
                         struct aw_host_diag *host)
{
    int len = snprintf(path, n, "%s.config", mirror);
    struct aw_blob is = {.p = NULL};

    if (len < 0 || (size_t)len >= n) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_SPACE,
                       "git: path", 0);
    }
    bool same = aw_file_read(path, sizeof(config), &is, NULL) == AW_OK &&
                aw_bytes_is(aw_blob_bytes(&is), config);

    aw_blob_free(&is);
    return same ? AW_OK
                : aw_file_write(path, aw_text(config), 0644, AW_FILE_REPLACE,
                                host);
}

static int put_input(aw_bytes in)
{
    int fd = in.n == 0 ? -1 : memfd_create("git-input", MFD_CLOEXEC);
    size_t at = 0;

    while (fd >= 0 && at < in.n) {
        ssize_t n = write(fd, in.p + at, in.n - at);

        if (n < 0 && errno != EINTR) {
            (void)close(fd);
            return -1;
        }
        at += n < 0 ? 0 : (size_t)n;
    }
    if (fd >= 0) {
        (void)lseek(fd, 0, SEEK_SET);
    }
    return fd;
}

static aw_err judge(const struct aw_rb_ran *ran, struct aw_host_diag *host)
{
    switch (ran->end) {
    case AW_RB_END_TIME:
        return aw_fail(aw_host_say(host, "git did not end in time"),
                       AW_ERR_TIMEOUT, "git: time", 0);
    case AW_RB_END_STOPPED:
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_CANCELLED,
                       "git: stopped", 0);
    case AW_RB_END_GROWTH:
        return aw_fail(aw_host_say(host, "the repository is larger than the "
                                         "limit"),
                       AW_ERR_SPACE, "git: disk", 0);
    case AW_RB_END_LOG:
    case AW_RB_END_OUTPUT:
        return aw_fail(aw_host_say(host, "git says more than the limit"),
                       AW_ERR_SPACE, "git: output", 0);
    default:
        return AW_OK;
    }
}

aw_err rb_git(const struct rb_git *git, struct aw_rb_ran *ran,
              struct aw_host_diag *host)
{
    const struct aw_rb_source *source = git->source;
    char path[PATH_MAX];
    char global[PATH_MAX + 32];
    const char *env[] = {
        "PATH=/usr/bin:/bin",
        "HOME=/nonexistent",
        "LC_ALL=C",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_ATTR_NOSYSTEM=1",
        "GIT_TERMINAL_PROMPT=0",
        "GIT_ASKPASS=/bin/false",
        "GIT_NO_REPLACE_OBJECTS=1",
        "GIT_NO_LAZY_FETCH=1",
        "GIT_OPTIONAL_LOCKS=0",
        global,
        NULL,
    };
    const char *argv[RB_GIT_ARGS + 4] = {GIT, "-C", source->mirror};

    if (!rb_program(GIT)) {
        return aw_fail(aw_host_say(host, "%s is missing: install git", GIT),
                       AW_ERR_PRECONDITION, "git: program", 0);
    }
    aw_err err = put_config(source->mirror, path, sizeof(path), host);

    if (err != AW_OK) {
        return err;
    }
    (void)snprintf(global, sizeof(global), "GIT_CONFIG_GLOBAL=%s", path);
    memcpy(argv + 3, git->arg, sizeof(git->arg));
    struct rb_child child = {
        .argv = argv,
        .env = env,
        .in = put_input(git->in),
        .split = true,
        .umask = 022,
        .file_max = source->limits.pack,
        .limits = {.time_ms = source->limits.time_ms,
                   .memory = source->limits.memory,
                   .log = GIT_LOG_MAX,
                   .output = git->out_max},
        .growth = {.folder = git->fetches ? source->mirror : NULL,
                   .bytes = source->limits.pack,
                   .files = MIRROR_FILES},
        .stopped = source->stopped,
    };

    err = rb_child_run(&child, ran, host);
    if (child.in >= 0) {
        (void)close(child.in);
    }
    if (err != AW_OK) {
        return err;
    }
    err = judge(ran, host);
    if (err != AW_OK) {
        aw_rb_ran_free(ran);
    }
    return err;
}

void rb_git_said(const struct aw_rb_ran *ran, char *text, size_t n)
{
    struct aw_rd r = aw_rd_init(aw_blob_bytes(&ran->log));
    aw_bytes last = {NULL, 0};
    size_t at = 0;

    while (aw_rd_left(&r) > 0) {
        aw_bytes line = aw_rd_line(&r);

        /* What comes after the first "fatal" is advice. */
        if (aw_bytes_starts(line, "error: ") ||
            aw_bytes_starts(line, "fatal: ") || last.n == 0) {
            last = line;
        }
        if (aw_bytes_starts(line, "fatal: ")) {
            break;
        }
    }
    while (at < n - 1 && at < last.n) {
        text[at] =
            (char)(last.p[at] < ' ' || last.p[at] > '~' ? '?' : last.p[at]);
        at++;
    }
    text[at] = '\0';
}
