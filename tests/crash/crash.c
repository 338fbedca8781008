/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crash LAYOUT: runs aw log add, integrate and sign, ends them at every call
 * that changes a file, in three ways, and lets the next run go on. Then the
 * audit must pass, and the log must be the very one that an undisturbed run
 * makes: no entry lost, none doubled.
 */
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cmd.h"
#include "disk.h"
#include "log/log.h"
#include "note/note.h"
#include "wrap.h"

/* The run goes over the end of the first tile. */
enum { FROM = 254, TO = 259 };

static const struct aw_cmd *const commands[] = {&aw_cmd_log, &aw_cmd_note,
                                                NULL};
static const struct aw_cmd program = {.name = "aw", .sub = commands};

static char top[PATH_MAX];
static struct crash *crash; /* shared with children */

static void must(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

/* Path in our own folder; lives as long as the program. */
static const char *in_top(const char *name)
{
    static char path[16][PATH_MAX];
    static size_t n;
    char want[PATH_MAX];

    (void)snprintf(want, sizeof(want), "%.2000s/%.1000s", top, name);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(path[i], want) == 0) {
            return path[i];
        }
    }
    must(n < sizeof(path) / sizeof(path[0]), "paths");
    memcpy(path[n], want, sizeof(want));
    return path[n++];
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_tree(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* One command in this process. */
static int aw(const char *const *args)
{
    char *argv[8 + TO] = {NULL};
    int argc = 0;
    char name[] = "aw";

    argv[argc++] = name;
    for (; *args != NULL; args++) {
        argv[argc++] = strdup(*args);
    }
    int code = aw_main(&program, argc, argv);

    while (argc > 1) {
        free(argv[--argc]);
    }
    return code;
}

#define AW(...) aw((const char *const[]){__VA_ARGS__, NULL})

/* Path of the file with entry i; free it. */
static char *entry_path(unsigned i)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%.2000s/e%u", top, i);
    return strdup(path);
}

static void write_entry(unsigned i)
{
    char *path = entry_path(i);
    FILE *f = fopen(path, "w");

    must(f != NULL, path);
    (void)fprintf(f, "entry %u\n", i);
    must(fclose(f) == 0, path);
    free(path);
}

static int add(const char *log, unsigned from, unsigned to)
{
    const char *args[4 + TO] = {"log", "add", log};
    char *path[TO] = {NULL};

    for (unsigned i = from; i < to; i++) {
        path[i] = entry_path(i);
        args[3 + i - from] = path[i];
    }
    int code = aw(args);

    for (unsigned i = from; i < to; i++) {
        free(path[i]);
    }
    return code;
}

/* What is interrupted, and what is run again after it: entries that were said
 * to be on the disk are not added a second time. */
static int whole_run(const char *log)
{
    int code = crash->added ? 0 : add(log, FROM, TO);

    if (code == 0) {
        crash->added = true;
        code = AW("log", "integrate", log, "-q");
    }
    return code == 0 ? AW("log", "sign", log, "--key", in_top("k.sec")) : code;
}

static int audit(const char *log)
{
    return AW("log", "audit", log, "-q", "--origin", "example.com/crash",
              "--vkey", in_top("k.pub"));
}

static void make_base(const char *layout)
{
    const char *log = in_top("base");

    must(AW("note", "key", "generate", "example.com/crash", "-o",
            in_top("k")) == 0,
         "key");
    for (unsigned i = 0; i < TO; i++) {
        write_entry(i);
    }
    must(AW("log", "init", log, "--layout", layout, "--key", in_top("k.sec")) ==
             0,
         "init");
    must(add(log, 0, FROM) == 0, "add");
    must(AW("log", "integrate", log, "-q") == 0, "integrate");
    must(AW("log", "sign", log, "--key", in_top("k.sec")) == 0, "sign");
}

/* Copies a folder by means of the disk that never crashed. */
static void copy_tree(const char *from, const char *to)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        disk_start(from);
        disk_restore(to, false, 0);
        _exit(0);
    }
    must(child > 0 && waitpid(child, &status, 0) == child && status == 0,
         "copy");
}

static bool read_file(const char *path, char *text, size_t room)
{
    FILE *f = fopen(path, "r");
    size_t n = f == NULL ? 0 : fread(text, 1, room - 1, f);

    text[n] = '\0';
    return f != NULL && fclose(f) == 0 && n > 0;
}

static bool same_checkpoint(void)
{
    char a[1024];
    char b[1024];

    return read_file(in_top("log/checkpoint"), a, sizeof(a)) &&
           read_file(in_top("want/checkpoint"), b, sizeof(b)) &&
           strcmp(a, b) == 0;
}

/* The undisturbed run has integrated and signed all entries. */
static void check_want(void)
{
    char want[64];
    char text[1024];

    (void)snprintf(want, sizeof(want), "example.com/crash\n%d\n", TO);
    must(read_file(in_top("want/checkpoint"), text, sizeof(text)) &&
             strncmp(text, want, strlen(want)) == 0,
         "checkpoint of the undisturbed run");
}

/* Runs f(log) in a child; its exit code, or 256 plus a signal. */
static int in_child(int (*f)(const char *log), const char *log, bool armed)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        if (armed) {
            disk_start(log);
            wrap_arm(crash);
        }
        _exit(f(log));
    }
    must(child > 0 && waitpid(child, &status, 0) == child, "fork");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static int go_on(const char *log)
{
    int code = whole_run(log);

    return code == 0 ? audit(log) : code;
}

static const char *const ways[CRASH_WAYS] = {"killed", "all unsynced lost",
                                             "some unsynced lost"};

/* False when the run ended before the call was reached. */
static bool crash_once(unsigned *failures)
{
    const char *log = in_top("log");

    remove_tree(log);
    remove_tree(in_top("state"));
    remove_tree(in_top("disk"));
    copy_tree(in_top("base"), log);
    crash->calls = 0;
    crash->added = false;
    crash->to = in_top("disk");
    int code = in_child(whole_run, log, true);

    if (code == 0) {
        return false;
    }
    if (code == CRASHED) {
        remove_tree(log);
        must(rename(in_top("disk"), log) == 0, "rename");
    }
    bool ended = code == CRASHED || code == 256 + SIGKILL;

    code = ended ? in_child(go_on, log, false) : code;
    if (!ended || code != 0 || !same_checkpoint()) {
        (void)fprintf(stderr, "%s at call %u: exit %d%s\n", ways[crash->how],
                      crash->at, code, code == 0 ? ", but another log" : "");
        ++*failures;
    }
    return true;
}

static unsigned crash_everywhere(void)
{
    unsigned failures = 0;
    unsigned runs = 0;
    bool more = true;

    for (crash->at = 1; more; crash->at++) {
        for (int how = 0; how < CRASH_WAYS && more; how++) {
            crash->how = (enum crash_how)how;
            more = crash_once(&failures);
            runs += more ? 1 : 0;
        }
    }
    (void)fprintf(stderr, "%u crashes, %u failures\n", runs, failures);
    return runs < 100 ? 1 : failures;
}

static void make_top(void)
{
    static const char *const places[] = {"/dev/shm", "/tmp"};
    const char *tmp = getenv("TMPDIR");

    for (size_t i = 0; i < 2 && tmp == NULL; i++) {
        tmp = access(places[i], W_OK) == 0 ? places[i] : NULL;
    }
    (void)snprintf(top, sizeof(top), "%s/aw-crash-XXXXXX",
                   tmp == NULL ? "." : tmp);
    must(mkdtemp(top) != NULL, top);
    must(setenv("AW_STATE_DIR", in_top("state"), 1) == 0, "setenv");
    must(setenv("AW_CONFIG", "", 1) == 0, "setenv");
}

int main(int argc, char **argv)
{
    crash = mmap(NULL, sizeof(*crash), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

    must(argc == 2, "usage: crash LAYOUT");
    must(crash != MAP_FAILED && dup2(quiet, STDOUT_FILENO) >= 0, "mmap");
    make_top();
    make_base(argv[1]);
    copy_tree(in_top("base"), in_top("want"));
    must(in_child(whole_run, in_top("want"), false) == 0, "undisturbed run");
    check_want();
    unsigned failures = crash_everywhere();

    if (failures == 0) {
        remove_tree(top);
    } else {
        (void)fprintf(stderr, "see %s\n", top);
    }
    return failures == 0 ? 0 : 1;
}
