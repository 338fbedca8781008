/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crash SCENARIO LAYOUT: ends a run at every call that changes a file, in
 * three ways, and lets the next run go on. Then a reader must find all of it
 * true, and the log must be the very one that an undisturbed run makes.
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
#include "release/release.h"
#include "scenario.h"

enum { ARGS_MAX = 320 };

static const struct aw_cmd *const commands[] = {&aw_cmd_log, &aw_cmd_note,
                                                &aw_cmd_release, NULL};
static const struct aw_cmd program = {.name = "aw", .sub = commands};

static char top[PATH_MAX];
static const struct scenario *scenario;
struct crash *crash;

void must(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

/* Path in our own folder; lives as long as the program. */
const char *in_top(const char *name)
{
    static char path[32][PATH_MAX];
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

int run_aw(const char *const *args)
{
    char *argv[ARGS_MAX] = {NULL};
    int argc = 0;
    char name[] = "aw";

    argv[argc++] = name;
    for (; *args != NULL && argc < ARGS_MAX - 1; args++) {
        argv[argc++] = strdup(*args);
    }
    int code = aw_main(&program, argc, argv);

    while (argc > 1) {
        free(argv[--argc]);
    }
    return code;
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

bool read_file(const char *path, char *text, size_t room)
{
    FILE *f = fopen(path, "r");
    size_t n = f == NULL ? 0 : fread(text, 1, room - 1, f);

    text[n] = '\0';
    return f != NULL && fclose(f) == 0 && n > 0;
}

void write_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "w");

    must(f != NULL, path);
    must(fwrite(data, 1, n, f) == n, path);
    must(fclose(f) == 0, path);
}

bool same_file(const char *a, const char *b)
{
    char one[1024];
    char two[1024];

    return read_file(a, one, sizeof(one)) && read_file(b, two, sizeof(two)) &&
           strcmp(one, two) == 0;
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
    int code = scenario->run(log);

    return code == 0 ? scenario->check(log) : code;
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
    int code = in_child(scenario->run, log, true);

    if (code == 0) {
        return false;
    }
    if (code == CRASHED) {
        remove_tree(log);
        must(rename(in_top("disk"), log) == 0, "rename");
    }
    bool ended = code == CRASHED || code == 256 + SIGKILL;

    code = ended ? in_child(go_on, log, false) : code;
    if (!ended || code != 0 || !scenario->same()) {
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
    return runs < scenario->least ? 1 : failures;
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

static const struct scenario *find_scenario(const char *name)
{
    static const struct scenario *const all[] = {
        &scenario_log, &scenario_publish, &scenario_keygen};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    crash = mmap(NULL, sizeof(*crash), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

    scenario = argc == 3 ? find_scenario(argv[1]) : NULL;
    must(scenario != NULL, "usage: crash log|publish|keygen LAYOUT");
    must(crash != MAP_FAILED && dup2(quiet, STDOUT_FILENO) >= 0, "mmap");
    make_top();
    scenario->make_base(argv[2]);
    copy_tree(in_top("base"), in_top("want"));
    must(in_child(scenario->run, in_top("want"), false) == 0,
         "undisturbed run");
    copy_tree(in_top("want"), in_top("log"));
    must(scenario->same(), "undisturbed run");
    unsigned failures = crash_everywhere();

    if (failures == 0) {
        remove_tree(top);
    } else {
        (void)fprintf(stderr, "see %s\n", top);
    }
    return failures == 0 ? 0 : 1;
}
