/* SPDX-License-Identifier: Apache-2.0 */
/* Saved state on a hostile system, and many processes at once. */
#include "aw/hostio/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "state_support.h"
#include "suites.h"
#include "support.h"

START_TEST(no_writing_there)
{
    struct aw_host_diag host = {0};
    struct aw_state *state = NULL;

    ck_assert_int_eq(aw_state_open("/proc/aw", NULL, &state, &host), AW_ERR_IO);
    ck_assert_int_eq(aw_state_open("/proc", NULL, &state, &host), AW_ERR_IO);
    (void)scratch_file("file", aw_text("x"));
    ck_assert_int_eq(aw_state_open(scratch_path("file"), NULL, &state, &host),
                     AW_ERR_IO);
    const char *shared = scratch_path("shared");

    ck_assert_int_eq(mkdir(shared, 0700), 0);
    ck_assert_int_eq(chmod(shared, 0777), 0);
    ck_assert_int_eq(aw_state_open(shared, NULL, &state, &host),
                     AW_ERR_PRECONDITION);
}
END_TEST

/* Ends a forked child without the leak check, which needs more rights. */
static void check_child(pid_t pid)
{
    int status = 0;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                  "child ended with %x", (unsigned)status);
}

/* A directory that the user may read but not write. */
static int child_read_only(void)
{
    struct aw_state *state = NULL;

    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 1;
    }
    return aw_state_open(state_dir(), NULL, &state, NULL) == AW_ERR_IO ? 0 : 2;
}

START_TEST(read_only_folder)
{
    (void)state_saved();
    ck_assert_int_eq(chmod(scratch_dir(), 0755), 0);
    ck_assert_int_eq(chmod(state_path("state.db"), 0644), 0);
    ck_assert_int_eq(chmod(state_dir(), 0555), 0);
    pid_t pid = fork();

    if (pid == 0) {
        _exit(child_read_only());
    }
    check_child(pid);
    ck_assert_int_eq(chmod(state_dir(), 0755), 0);
}
END_TEST

/* Saves ever larger notes until there is no room; then nothing may be lost.
 * Returns 0 when all is as it should be. */
static int fill_up(const char *dir)
{
    static uint8_t big[AW_STATE_NOTE_MAX];
    struct aw_state *state = NULL;
    struct aw_state_log log = state_log_named("a");
    struct aw_state_seen seen = {0};
    uint64_t held = 0;
    aw_err err = aw_state_open(dir, NULL, &state, NULL);

    for (uint64_t i = 1; err == AW_OK && i < 64; i++) {
        struct aw_state_finding f = {.kind = AW_FINDING_FORK,
                                     .saved = {big, sizeof(big)},
                                     .origin = "a",
                                     .detail = "full"};

        big[0] = (uint8_t)i;
        err = state_advance(state, &log, i, 1);
        held = err == AW_OK ? i : held;
        if (err == AW_OK) {
            err = aw_state_report(state, &f, NULL, NULL, NULL);
        }
    }
    if (err != AW_ERR_RESOURCE || held == 0) {
        return 1;
    }
    aw_state_close(state);
    state = NULL;
    if (aw_state_open(dir, NULL, &state, NULL) != AW_OK ||
        aw_state_load(state, &log, &seen, NULL) != AW_OK) {
        return 2;
    }
    bool right = seen.baseline == AW_BASELINE_KNOWN && seen.size == held;

    aw_blob_free(&seen.note);
    aw_state_close(state);
    return right ? 0 : 3;
}

static int child_file_limit(void)
{
    struct rlimit limit = {300 << 10, 300 << 10};

    (void)signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &limit) == 0 ? fill_up(state_dir()) : 9;
}

static int child_small_disk(void)
{
    const char *disk = scratch_path("disk");

    if (mkdir(disk, 0700) != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", disk, "tmpfs", 0, "size=400k") != 0) {
        (void)fprintf(stderr, "skipped: no mount in a small disk test\n");
        return 0;
    }
    return fill_up(scratch_path("disk/state"));
}

START_TEST(full_disk)
{
    static int (*const children[])(void) = {child_file_limit, child_small_disk};

    (void)scratch_dir();
    pid_t pid = fork();

    if (pid == 0) {
        _exit(children[_i]());
    }
    check_child(pid);
}
END_TEST

START_TEST(locked_by_another)
{
    struct aw_state_options options = {.busy_ms = 50};
    struct aw_state_log log = state_saved();
    struct aw_state *state = NULL;
    sqlite3 *db = NULL;

    ck_assert_int_eq(aw_state_open(state_dir(), &options, &state, NULL), AW_OK);
    ck_assert_int_eq(sqlite3_open(state_path("state.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    struct aw_state_seen seen = {.baseline = AW_BASELINE_KNOWN};

    ck_assert_int_eq(state_load(state, &log, &seen), AW_ERR_TIMEOUT);
    ck_assert_int_eq(state_advance_from(state, &log, &seen, 6, 1),
                     AW_ERR_TIMEOUT);
    aw_state_close(state);
    state = NULL;
    /* Busy is not damaged: nothing is put aside. */
    options.accept_new_baseline = true;
    ck_assert_int_eq(aw_state_open(state_dir(), &options, &state, NULL),
                     AW_ERR_TIMEOUT);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    ck_assert_uint_eq(state_files("state.db"), 1);
    state = state_open();
    ck_assert_int_eq(state_advance(state, &log, 6, 1), AW_OK);
    aw_state_close(state);
}
END_TEST

/* Somebody else opens the state, or says so for ever. */
START_TEST(folder_locked_by_another)
{
    struct aw_state_options options = {.busy_ms = 50};
    struct aw_host_diag host = {0};
    struct aw_state *state = NULL;

    (void)state_saved();
    int dir = open(state_dir(), O_RDONLY | O_DIRECTORY);

    ck_assert_int_ge(dir, 0);
    ck_assert_int_eq(flock(dir, LOCK_EX), 0);
    ck_assert_int_eq(aw_state_open(state_dir(), &options, &state, &host),
                     AW_ERR_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(host.text, "another process"));
    ck_assert_int_eq(close(dir), 0);
    aw_state_close(state_open());
}
END_TEST

static bool second_look(void *ctx)
{
    unsigned *looks = ctx;

    return ++*looks > 1;
}

/* Whoever wants to stop does not wait for the others. */
START_TEST(stops_waiting)
{
    unsigned looks = 0;
    struct aw_state_options options = {
        .busy_ms = INT_MAX,
        .cancelled = second_look,
        .cancelled_ctx = &looks,
    };
    struct aw_host_diag host = {0};
    struct aw_state *state = NULL;
    sqlite3 *db = NULL;

    (void)state_saved();
    int dir = open(state_dir(), O_RDONLY | O_DIRECTORY);

    ck_assert_int_ge(dir, 0);
    ck_assert_int_eq(flock(dir, LOCK_EX), 0);
    ck_assert_int_eq(aw_state_open(state_dir(), &options, &state, &host),
                     AW_ERR_CANCELLED);
    ck_assert_ptr_nonnull(strstr(host.text, "stopped waiting"));
    ck_assert_int_eq(close(dir), 0);
    looks = 0;
    ck_assert_int_eq(sqlite3_open(state_path("state.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(aw_state_open(state_dir(), &options, &state, &host),
                     AW_ERR_CANCELLED);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    ck_assert_ptr_null(state);
    aw_state_close(state_open());
}
END_TEST

/* --- Several processes -------------------------------------------------- */

enum { RACERS = 3, ROUNDS = 10 };

/* Moves the log on by one, ROUNDS times, against the others. */
static int race(void)
{
    struct aw_state *state = NULL;
    struct aw_state_log log = state_log_named("raced");

    if (aw_state_open(state_dir(), NULL, &state, NULL) != AW_OK) {
        return 1;
    }
    for (int done = 0; done < ROUNDS;) {
        struct aw_state_seen seen = {0};

        if (aw_state_load(state, &log, &seen, NULL) != AW_OK) {
            return 2;
        }
        aw_err err = state_advance_from(state, &log, &seen, seen.size + 1, 1);

        aw_blob_free(&seen.note);
        if (err != AW_OK && err != AW_ERR_EXISTS) {
            return 3;
        }
        done += err == AW_OK ? 1 : 0;
    }
    aw_state_close(state);
    return 0;
}

START_TEST(processes_race)
{
    pid_t pids[RACERS];
    struct aw_state_log log = state_log_named("raced");
    uint64_t size = 0;

    (void)scratch_dir();
    for (size_t i = 0; i < RACERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            _exit(race());
        }
    }
    for (size_t i = 0; i < RACERS; i++) {
        check_child(pids[i]);
    }
    struct aw_state *state = state_open();

    /* Each step was made once: none was lost, none went back. */
    ck_assert_int_eq(state_baseline(state, &log, &size), AW_BASELINE_KNOWN);
    ck_assert_uint_eq(size / ROUNDS, RACERS);
    ck_assert_uint_eq(size % ROUNDS, 0);
    aw_state_close(state);
}
END_TEST

/* A log of its own for each process, all first uses at the same time. */
static int first_of(size_t i)
{
    struct aw_state *state = NULL;
    char origin[16];

    (void)snprintf(origin, sizeof(origin), "log %zu", i);
    struct aw_state_log log = state_log_named(origin);

    if (aw_state_open(state_dir(), NULL, &state, NULL) != AW_OK) {
        return 1;
    }
    aw_err err = state_advance(state, &log, i, 1);

    aw_state_close(state);
    return err == AW_OK ? 0 : 2;
}

START_TEST(first_uses_race)
{
    pid_t pids[6];
    char line[16];

    (void)scratch_dir();
    for (size_t i = 0; i < COUNT(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            _exit(first_of(i));
        }
    }
    for (size_t i = 0; i < COUNT(pids); i++) {
        check_child(pids[i]);
    }
    for (size_t i = 0; i < COUNT(pids); i++) {
        (void)snprintf(line, sizeof(line), " log %zu\n", i);
        ck_assert_ptr_nonnull(strstr(
            (const char *)scratch_read(state_path("known-logs")).p, line));
    }
}
END_TEST

/* Says each size on the pipe once it is saved, without end. */
AW_NORETURN static void advance_for_ever(int fd)
{
    struct aw_state *state = state_open();
    struct aw_state_log log = state_log_named("killed");

    for (uint64_t size = 1;; size++) {
        uint64_t at = 0;

        (void)state_baseline(state, &log, &at);
        if (state_advance(state, &log, at + 1, 1) != AW_OK) {
            _exit(1);
        }
        at++;
        if (write(fd, &at, sizeof(at)) != sizeof(at)) {
            _exit(2);
        }
    }
}

START_TEST(killed_at_any_time)
{
    struct aw_state_log log = state_log_named("killed");
    uint64_t said = 0;

    (void)scratch_dir();
    for (int round = 0; round < 8; round++) {
        int ends[2];
        const struct timespec later = {0, (round * 3 + 20) * 1000000L};

        ck_assert_int_eq(pipe(ends), 0);
        pid_t pid = fork();

        if (pid == 0) {
            advance_for_ever(ends[1]);
        }
        ck_assert_int_eq(close(ends[1]), 0);
        (void)nanosleep(&later, NULL);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        while (read(ends[0], &said, sizeof(said)) == sizeof(said)) {
        }
        ck_assert_int_eq(close(ends[0]), 0);
        struct aw_state *state = state_open();
        uint64_t size = 0;

        /* One more may be saved than was said. */
        (void)state_baseline(state, &log, &size);
        ck_assert_uint_ge(size, said);
        ck_assert_uint_le(size, said + 1);
        said = size;
        aw_state_close(state);
    }
}
END_TEST

Suite *suite_state_host(void)
{
    Suite *s = suite_create("state_host");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, no_writing_there);
    tcase_add_test(tc, read_only_folder);
    tcase_add_loop_test(tc, full_disk, 0, 2);
    tcase_add_test(tc, locked_by_another);
    tcase_add_test(tc, folder_locked_by_another);
    tcase_add_test(tc, stops_waiting);
    tcase_add_test(tc, processes_race);
    tcase_add_test(tc, first_uses_race);
    tcase_add_test(tc, killed_at_any_time);
    suite_add_tcase(s, tc);
    return s;
}
