/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "suites.h"
#include "support.h"

/* --- Helpers ------------------------------------------------------------ */

static struct aw_state_log log_named(const char *origin)
{
    struct aw_state_log log;

    aw_state_log_init(&log, origin, "key+00000000+AAAA");
    return log;
}

static const char *state_dir(void)
{
    return scratch_path("state");
}

static const char *in_state(const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "state/%s", name);
    return scratch_path(path);
}

static aw_err try_open(bool accept, struct aw_state **state)
{
    struct aw_state_options options = {.accept_new_baseline = accept};
    struct aw_host_diag host = {0};
    aw_err err = aw_state_open(state_dir(), &options, state, &host);

    ck_assert(err == AW_OK || host.text[0] != '\0');
    ck_assert(err == AW_OK || host.diag.err == err);
    return err;
}

static struct aw_state *open_state(void)
{
    struct aw_state *state = NULL;

    ck_assert_int_eq(try_open(false, &state), AW_OK);
    return state;
}

static aw_err load(struct aw_state *state, const struct aw_state_log *log,
                   struct aw_state_seen *seen)
{
    struct aw_host_diag host = {0};
    aw_err err = aw_state_load(state, log, seen, &host);

    ck_assert(err == AW_OK || host.diag.err == err);
    return err;
}

/* Root number n, of 32 equal bytes. */
static const uint8_t *root_no(uint8_t n)
{
    static uint8_t root[AW_SHA256_SIZE];

    memset(root, n, sizeof(root));
    return root;
}

static aw_err advance_from(struct aw_state *state,
                           const struct aw_state_log *log,
                           const struct aw_state_seen *seen, uint64_t size,
                           uint8_t root)
{
    char note[64];

    (void)snprintf(note, sizeof(note), "note of %llu, %u",
                   (unsigned long long)size, (unsigned)root);
    struct aw_state_checkpoint next = {size, root_no(root), aw_text(note)};

    return aw_state_advance(state, log, seen, &next, NULL);
}

static aw_err advance(struct aw_state *state, const struct aw_state_log *log,
                      uint64_t size, uint8_t root)
{
    struct aw_state_seen seen = {0};
    aw_err err = load(state, log, &seen);

    if (err == AW_OK) {
        err = advance_from(state, log, &seen, size, root);
        aw_blob_free(&seen.note);
    }
    return err;
}

/* What load says; size in *size. */
static enum aw_state_baseline
baseline(struct aw_state *state, const struct aw_state_log *log, uint64_t *size)
{
    struct aw_state_seen seen = {0};

    ck_assert_int_eq(load(state, log, &seen), AW_OK);
    aw_blob_free(&seen.note);
    *size = seen.size;
    return seen.baseline;
}

/* The state of one log "a" at size 5, with a finding. */
static struct aw_state_log saved_state(void)
{
    struct aw_state_log log = log_named("a");
    struct aw_state *state = open_state();

    ck_assert_int_eq(advance(state, &log, 5, 1), AW_OK);
    aw_state_close(state);
    return log;
}

static void sql(const char *text)
{
    sqlite3 *db = NULL;

    ck_assert_int_eq(sqlite3_open(in_state("state.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Overwrites bytes of a file in the state directory. */
static void scribble(const char *name, long at, size_t n)
{
    FILE *f = fopen(in_state(name), "r+b");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fseek(f, at, SEEK_SET), 0);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_ne(fputc(0xa5, f), EOF);
    }
    ck_assert_int_eq(fclose(f), 0);
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    ck_assert_int_eq(stat(path, &st), 0);
    return (unsigned)st.st_mode & 07777U;
}

/* Files in the state directory whose name begins so. */
static size_t files_beginning(const char *begin)
{
    DIR *dir = opendir(state_dir());
    size_t n = 0;
    const struct dirent *entry = NULL;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        n += strncmp(entry->d_name, begin, strlen(begin)) == 0 ? 1 : 0;
    }
    ck_assert_int_eq(closedir(dir), 0);
    return n;
}

/* --- Ordinary use ------------------------------------------------------- */

START_TEST(first_use)
{
    struct aw_state_log log = log_named("first.example/log");
    struct aw_state *state = NULL;
    struct aw_state_seen seen = {.size = 77};
    int64_t before = (int64_t)time(NULL);

    (void)umask(0);
    ck_assert_int_eq(
        aw_state_open(scratch_path("state/deep/er"), NULL, &state, NULL),
        AW_OK);
    ck_assert_uint_eq(mode_of(state_dir()), 0700);
    ck_assert_uint_eq(mode_of(in_state("deep/er/state.db")), 0600);
    ck_assert_int_eq(load(state, &log, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline, AW_BASELINE_NEW);
    ck_assert_uint_eq(seen.size, 0);
    ck_assert_ptr_null(seen.note.p);
    ck_assert_int_eq(advance_from(state, &log, &seen, 9, 3), AW_OK);
    aw_state_close(state);

    state = NULL;
    ck_assert_int_eq(
        aw_state_open(scratch_path("state/deep/er"), NULL, &state, NULL),
        AW_OK);
    ck_assert_int_eq(load(state, &log, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline, AW_BASELINE_KNOWN);
    ck_assert_int_eq(seen.began, AW_BASELINE_NEW);
    ck_assert_uint_eq(seen.size, 9);
    ck_assert_int_eq(memcmp(seen.root, root_no(3), AW_SHA256_SIZE), 0);
    ck_assert_int_ge(seen.first_seen, before);
    ck_assert_int_ge(seen.last_seen, seen.first_seen);
    CK_ASSERT_BYTES(aw_blob_bytes(&seen.note), aw_text("note of 9, 3"));
    aw_blob_free(&seen.note);
    ck_assert_uint_eq(mode_of(in_state("deep/er/known-logs")), 0600);
    const char *known =
        (const char *)scratch_read(in_state("deep/er/known-logs")).p;

    ck_assert_ptr_nonnull(strstr(known, " first.example/log\n"));
    aw_state_close(state);
}
END_TEST

START_TEST(logs_are_apart)
{
    struct aw_state *state = open_state();
    struct aw_state_log a;
    struct aw_state_log b;
    struct aw_state_log c;
    uint64_t size = 0;

    aw_state_log_init(&a, "origin", "key");
    aw_state_log_init(&b, "origin", "other");
    aw_state_log_init(&c, "originkey", "");
    ck_assert_int_ne(memcmp(a.id, b.id, sizeof(a.id)), 0);
    ck_assert_int_ne(memcmp(a.id, c.id, sizeof(a.id)), 0);
    ck_assert_int_eq(advance(state, &a, 5, 1), AW_OK);
    ck_assert_int_eq(baseline(state, &b, &size), AW_BASELINE_NEW);
    ck_assert_int_eq(advance(state, &b, 3, 1), AW_OK);
    ck_assert_int_eq(baseline(state, &a, &size), AW_BASELINE_KNOWN);
    ck_assert_uint_eq(size, 5);
    ck_assert_int_eq(baseline(state, &b, &size), AW_BASELINE_KNOWN);
    ck_assert_uint_eq(size, 3);
    aw_state_close(state);
}
END_TEST

START_TEST(only_forward)
{
    static const struct {
        uint64_t size;
        uint8_t root;
        aw_err want;
    } steps[] = {
        {0, 1, AW_OK},           {0, 2, AW_ERR_FORK},
        {5, 2, AW_OK},           {5, 2, AW_OK},
        {5, 3, AW_ERR_FORK},     {4, 2, AW_ERR_ROLLBACK},
        {0, 1, AW_ERR_ROLLBACK}, {6, 2, AW_OK},
        {UINT64_MAX, 9, AW_OK},  {6, 2, AW_ERR_ROLLBACK},
        {UINT64_MAX, 9, AW_OK},
    };
    struct aw_state *state = open_state();
    struct aw_state_log log = log_named("a");
    uint64_t held = 0;

    for (size_t i = 0; i < COUNT(steps); i++) {
        uint64_t size = 0;

        ck_assert_int_eq(advance(state, &log, steps[i].size, steps[i].root),
                         steps[i].want);
        held = steps[i].want == AW_OK ? steps[i].size : held;
        ck_assert_int_eq(baseline(state, &log, &size), AW_BASELINE_KNOWN);
        ck_assert_uint_eq(size, held);
    }
    aw_state_close(state);
}
END_TEST

START_TEST(compare_and_set)
{
    struct aw_state *state = open_state();
    struct aw_state *other = open_state();
    struct aw_state_log log = log_named("a");
    struct aw_state_seen first = {0};
    struct aw_state_seen seen = {0};
    uint64_t size = 0;

    ck_assert_int_eq(load(state, &log, &first), AW_OK);
    ck_assert_int_eq(advance(other, &log, 5, 1), AW_OK);
    ck_assert_int_eq(advance_from(state, &log, &first, 9, 1), AW_ERR_EXISTS);
    ck_assert_int_eq(load(state, &log, &seen), AW_OK);
    aw_blob_free(&seen.note);
    ck_assert_int_eq(advance(other, &log, 6, 1), AW_OK);
    ck_assert_int_eq(advance_from(state, &log, &seen, 9, 1), AW_ERR_EXISTS);
    ck_assert_int_eq(baseline(state, &log, &size), AW_BASELINE_KNOWN);
    ck_assert_uint_eq(size, 6);
    aw_state_close(state);
    aw_state_close(other);
}
END_TEST

START_TEST(refused_inputs)
{
    static uint8_t big[AW_STATE_NOTE_MAX + 1];
    static char line[AW_STATE_TEXT_MAX + 2];
    struct aw_state *state = open_state();
    struct aw_state_seen seen = {0};
    struct aw_state_log log = log_named("a");
    struct aw_state_log bad = log_named("a\nb");
    struct aw_state_checkpoint next = {1, root_no(1), {big, sizeof(big)}};
    uint64_t size = 0;

    ck_assert_int_eq(aw_state_advance(state, &log, &seen, &next, NULL),
                     AW_ERR_SPACE);
    next.note.n--;
    ck_assert_int_eq(aw_state_advance(state, &bad, &seen, &next, NULL),
                     AW_ERR_FORMAT);
    memset(line, 'x', sizeof(line) - 1);
    struct aw_state_log wide = log_named(line);

    ck_assert_int_eq(aw_state_advance(state, &wide, &seen, &next, NULL),
                     AW_ERR_SPACE);
    line[AW_STATE_TEXT_MAX] = '\0';
    wide = log_named(line);
    ck_assert_int_eq(aw_state_advance(state, &wide, &seen, &next, NULL), AW_OK);
    ck_assert_int_eq(baseline(state, &wide, &size), AW_BASELINE_KNOWN);
    ck_assert_int_eq(baseline(state, &log, &size), AW_BASELINE_NEW);
    aw_state_close(state);
}
END_TEST

/* --- Lost and damaged state --------------------------------------------- */

static void lose_db(void)
{
    ck_assert_int_eq(unlink(in_state("state.db")), 0);
}

static void empty_db(void)
{
    ck_assert_int_eq(truncate(in_state("state.db"), 0), 0);
}

static void cut_db(void)
{
    ck_assert_int_eq(truncate(in_state("state.db"), 5000), 0);
}

static void cut_db_short(void)
{
    ck_assert_int_eq(truncate(in_state("state.db"), 50), 0);
}

static void break_header(void)
{
    scribble("state.db", 0, 16);
}

static void break_schema_page(void)
{
    scribble("state.db", 100, 3000);
}

static void break_all_pages(void)
{
    scribble("state.db", 4096, 12288);
}

static void foreign_db(void)
{
    lose_db();
    sql("CREATE TABLE t (x)");
}

static void drop_table(void)
{
    sql("DROP TABLE log");
}

static void delete_row(void)
{
    sql("DELETE FROM log");
}

static void change_size(void)
{
    sql("UPDATE log SET size = 4");
}

static void change_root(void)
{
    sql("UPDATE log SET root = x'00'");
}

static void change_note(void)
{
    sql("UPDATE log SET note = x'00'");
}

static void lose_known(void)
{
    ck_assert_int_eq(unlink(in_state("known-logs")), 0);
}

static void break_known(void)
{
    scribble("known-logs", 40, 1);
}

static void break_known_header(void)
{
    scribble("known-logs", 2, 1);
}

static void cut_known(void)
{
    aw_bytes all = scratch_read(in_state("known-logs"));

    ck_assert_int_eq(truncate(in_state("known-logs"), (off_t)all.n - 1), 0);
}

static void empty_known(void)
{
    ck_assert_int_eq(truncate(in_state("known-logs"), 0), 0);
}

static void lose_db_break_known(void)
{
    lose_db();
    break_known();
}

static const struct damage {
    const char *name;
    void (*make)(void);
    aw_err open;       /* without the user's consent */
    aw_err load;       /* of the known log, once opened */
    aw_err load_new;   /* of a log never seen */
    const char *aside; /* file that is kept with the user's consent */
} damages[] = {
    {"database lost", lose_db, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"database empty", empty_db, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"database cut", cut_db, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"database cut short", cut_db_short, AW_ERR_STATE, AW_OK, AW_OK,
     "state.db"},
    {"header broken", break_header, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"schema broken", break_schema_page, AW_ERR_STATE, AW_OK, AW_OK,
     "state.db"},
    {"pages broken", break_all_pages, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"another database", foreign_db, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"table lost", drop_table, AW_ERR_STATE, AW_OK, AW_OK, "state.db"},
    {"row lost", delete_row, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"size changed", change_size, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"root changed", change_root, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"note changed", change_note, AW_OK, AW_ERR_STATE, AW_OK, NULL},
    {"list lost", lose_known, AW_OK, AW_OK, AW_OK, NULL},
    {"list broken", break_known, AW_OK, AW_OK, AW_ERR_STATE, "known-logs"},
    {"list header broken", break_known_header, AW_OK, AW_OK, AW_ERR_STATE,
     "known-logs"},
    {"list cut", cut_known, AW_OK, AW_OK, AW_ERR_STATE, "known-logs"},
    {"list empty", empty_known, AW_OK, AW_OK, AW_ERR_STATE, "known-logs"},
    {"both", lose_db_break_known, AW_OK, AW_ERR_STATE, AW_ERR_STATE,
     "known-logs"},
};

/* Fails closed without the user's consent; twice, so that the first attempt
 * does not heal by accident. */
static void check_refused(const struct damage *d,
                          const struct aw_state_log *log)
{
    struct aw_state_log fresh = log_named("never seen");
    struct aw_state *state = NULL;
    struct aw_state_seen seen = {.size = 77};

    ck_assert_int_eq(try_open(false, &state), d->open);
    if (d->open != AW_OK) {
        ck_assert_ptr_null(state);
        return;
    }
    ck_assert_int_eq(load(state, log, &seen), d->load);
    ck_assert_uint_eq(seen.size, d->load == AW_OK ? 5 : 77);
    if (d->load == AW_OK) {
        aw_blob_free(&seen.note);
    }
    ck_assert_int_eq(load(state, &fresh, &seen), d->load_new);
    aw_state_close(state);
}

/* With consent: a new beginning, the damaged file is kept. */
static void check_accepted(const struct damage *d,
                           const struct aw_state_log *log)
{
    bool lost = d->open != AW_OK || d->load != AW_OK;
    struct aw_state_log fresh = log_named("never seen");
    struct aw_state *state = NULL;
    struct aw_state_seen seen = {0};
    char aside[64];

    ck_assert_int_eq(try_open(true, &state), AW_OK);
    ck_assert_int_eq(load(state, log, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline,
                     lost ? AW_BASELINE_ACCEPTED : AW_BASELINE_KNOWN);
    /* A smaller tree is fine now. */
    ck_assert_int_eq(advance_from(state, log, &seen, lost ? 2 : 5, 1), AW_OK);
    aw_blob_free(&seen.note);
    ck_assert_int_eq(load(state, &fresh, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline, d->load_new == AW_OK
                                        ? AW_BASELINE_NEW
                                        : AW_BASELINE_ACCEPTED);
    aw_state_close(state);
    (void)snprintf(aside, sizeof(aside), "%s.damaged-",
                   d->aside == NULL ? "" : d->aside);
    ck_assert_uint_eq(files_beginning(aside), d->aside == NULL ? 0 : 1);
}

START_TEST(damaged_state)
{
    const struct damage *d = &damages[_i];
    struct aw_state_log log = saved_state();
    struct aw_state *state = NULL;
    struct aw_state_seen seen = {0};
    bool lost = d->open != AW_OK || d->load != AW_OK;

    d->make();
    check_refused(d, &log);
    check_refused(d, &log);
    check_accepted(d, &log);
    /* All is well from now on, without the flag. */
    state = open_state();
    ck_assert_int_eq(load(state, &log, &seen), AW_OK);
    ck_assert_int_eq(seen.baseline, AW_BASELINE_KNOWN);
    ck_assert_int_eq(seen.began, lost ? AW_BASELINE_ACCEPTED : AW_BASELINE_NEW);
    ck_assert_uint_eq(seen.size, lost ? 2 : 5);
    aw_blob_free(&seen.note);
    aw_state_close(state);
    state = NULL;
    ck_assert_int_eq(try_open(true, &state), AW_OK);
    ck_assert_int_eq(advance(state, &log, 1, 1), AW_ERR_ROLLBACK);
    aw_state_close(state);
}
END_TEST

START_TEST(newer_program)
{
    struct aw_state *state = NULL;

    (void)saved_state();
    sql("PRAGMA user_version = 2");
    ck_assert_int_eq(try_open(false, &state), AW_ERR_UNSUPPORTED);
    ck_assert_int_eq(try_open(true, &state), AW_ERR_UNSUPPORTED);
    ck_assert_uint_eq(files_beginning("state.db"), 1);
}
END_TEST

/* --- A hostile system --------------------------------------------------- */

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
    (void)saved_state();
    ck_assert_int_eq(chmod(scratch_dir(), 0755), 0);
    ck_assert_int_eq(chmod(in_state("state.db"), 0644), 0);
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
    struct aw_state_log log = log_named("a");
    struct aw_state_seen seen = {0};
    uint64_t held = 0;
    aw_err err = aw_state_open(dir, NULL, &state, NULL);

    for (uint64_t i = 1; err == AW_OK && i < 64; i++) {
        struct aw_state_finding f = {.kind = AW_FINDING_FORK,
                                     .saved = {big, sizeof(big)},
                                     .origin = "a",
                                     .detail = "full"};

        big[0] = (uint8_t)i;
        err = advance(state, &log, i, 1);
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
    struct aw_state_log log = saved_state();
    struct aw_state *state = NULL;
    sqlite3 *db = NULL;

    ck_assert_int_eq(aw_state_open(state_dir(), &options, &state, NULL), AW_OK);
    ck_assert_int_eq(sqlite3_open(in_state("state.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    struct aw_state_seen seen = {.baseline = AW_BASELINE_KNOWN};

    ck_assert_int_eq(load(state, &log, &seen), AW_ERR_TIMEOUT);
    ck_assert_int_eq(advance_from(state, &log, &seen, 6, 1), AW_ERR_TIMEOUT);
    aw_state_close(state);
    state = NULL;
    /* Busy is not damaged: nothing is put aside. */
    options.accept_new_baseline = true;
    ck_assert_int_eq(aw_state_open(state_dir(), &options, &state, NULL),
                     AW_ERR_TIMEOUT);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    ck_assert_uint_eq(files_beginning("state.db"), 1);
    state = open_state();
    ck_assert_int_eq(advance(state, &log, 6, 1), AW_OK);
    aw_state_close(state);
}
END_TEST

/* Somebody else opens the state, or says so for ever. */
START_TEST(folder_locked_by_another)
{
    struct aw_state_options options = {.busy_ms = 50};
    struct aw_host_diag host = {0};
    struct aw_state *state = NULL;

    (void)saved_state();
    int dir = open(state_dir(), O_RDONLY | O_DIRECTORY);

    ck_assert_int_ge(dir, 0);
    ck_assert_int_eq(flock(dir, LOCK_EX), 0);
    ck_assert_int_eq(aw_state_open(state_dir(), &options, &state, &host),
                     AW_ERR_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(host.text, "another process"));
    ck_assert_int_eq(close(dir), 0);
    aw_state_close(open_state());
}
END_TEST

/* --- Several processes -------------------------------------------------- */

enum { RACERS = 3, ROUNDS = 10 };

/* Moves the log on by one, ROUNDS times, against the others. */
static int race(void)
{
    struct aw_state *state = NULL;
    struct aw_state_log log = log_named("raced");

    if (aw_state_open(state_dir(), NULL, &state, NULL) != AW_OK) {
        return 1;
    }
    for (int done = 0; done < ROUNDS;) {
        struct aw_state_seen seen = {0};

        if (aw_state_load(state, &log, &seen, NULL) != AW_OK) {
            return 2;
        }
        aw_err err = advance_from(state, &log, &seen, seen.size + 1, 1);

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
    struct aw_state_log log = log_named("raced");
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
    struct aw_state *state = open_state();

    /* Each step was made once: none was lost, none went back. */
    ck_assert_int_eq(baseline(state, &log, &size), AW_BASELINE_KNOWN);
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
    struct aw_state_log log = log_named(origin);

    if (aw_state_open(state_dir(), NULL, &state, NULL) != AW_OK) {
        return 1;
    }
    aw_err err = advance(state, &log, i, 1);

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
        ck_assert_ptr_nonnull(
            strstr((const char *)scratch_read(in_state("known-logs")).p, line));
    }
}
END_TEST

/* Says each size on the pipe once it is saved, without end. */
AW_NORETURN static void advance_for_ever(int fd)
{
    struct aw_state *state = open_state();
    struct aw_state_log log = log_named("killed");

    for (uint64_t size = 1;; size++) {
        uint64_t at = 0;

        (void)baseline(state, &log, &at);
        if (advance(state, &log, at + 1, 1) != AW_OK) {
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
    struct aw_state_log log = log_named("killed");
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
        struct aw_state *state = open_state();
        uint64_t size = 0;

        /* One more may be saved than was said. */
        (void)baseline(state, &log, &size);
        ck_assert_uint_ge(size, said);
        ck_assert_uint_le(size, said + 1);
        said = size;
        aw_state_close(state);
    }
}
END_TEST

/* --- Findings ----------------------------------------------------------- */

struct listed {
    size_t n;
    size_t stop_after;
    struct aw_state_finding last; /* pointers are gone, numbers stay */
    bool right;
};

static aw_err take_finding(void *ctx, const struct aw_state_finding *f)
{
    struct listed *l = ctx;

    l->n++;
    l->last = *f;
    l->right = aw_bytes_is(f->saved, "note one") &&
               strcmp(f->origin, "a") == 0 && strcmp(f->detail, "why") == 0;
    return l->n == l->stop_after ? AW_ERR_CANCELLED : AW_OK;
}

static struct listed list(struct aw_state *state, const uint8_t *log_id)
{
    struct listed l = {0};

    ck_assert_int_eq(aw_state_findings(state, log_id, take_finding, &l, NULL),
                     AW_OK);
    return l;
}

static struct aw_state_finding fork_of(const struct aw_state_log *log,
                                       const char *shown)
{
    struct aw_state_finding f = {.kind = AW_FINDING_FORK,
                                 .saved = aw_text("note one"),
                                 .shown = aw_text(shown),
                                 .origin = log->origin,
                                 .detail = "why"};

    memcpy(f.log_id, log->id, sizeof(f.log_id));
    return f;
}

START_TEST(findings)
{
    struct aw_state *state = open_state();
    struct aw_state_log a = log_named("a");
    struct aw_state_log b = log_named("b");
    struct aw_state_finding f = fork_of(&a, "note two");
    struct aw_state_finding g = fork_of(&b, "");
    int64_t id = 0;
    int64_t again = 0;
    bool fresh = false;

    ck_assert_int_eq(aw_state_report(state, &f, &id, &fresh, NULL), AW_OK);
    ck_assert(fresh);
    f.detail = "told otherwise";
    ck_assert_int_eq(aw_state_report(state, &f, &again, &fresh, NULL), AW_OK);
    ck_assert(!fresh);
    ck_assert_int_eq(again, id);
    ck_assert_int_eq(aw_state_report(state, &g, NULL, NULL, NULL), AW_OK);
    f.kind = AW_FINDING_PROOF;
    f.detail = "why";
    ck_assert_int_eq(aw_state_report(state, &f, &again, &fresh, NULL), AW_OK);
    ck_assert(fresh);
    ck_assert_int_gt(again, id);
    aw_state_close(state);

    state = open_state();
    ck_assert_uint_eq(list(state, NULL).n, 3);
    ck_assert_uint_eq(list(state, b.id).n, 1);
    ck_assert_uint_eq(list(state, b.id).last.shown.n, 0);
    struct listed l = list(state, a.id);

    ck_assert_uint_eq(l.n, 2);
    ck_assert(l.right);
    ck_assert_int_eq(l.last.kind, AW_FINDING_PROOF);
    ck_assert_int_eq(l.last.id, again);
    ck_assert_int_eq(memcmp(l.last.log_id, a.id, sizeof(a.id)), 0);
    ck_assert_uint_eq(l.last.times, 1);
    ck_assert(!l.last.acknowledged);
    l = (struct listed){.stop_after = 1};
    ck_assert_int_eq(aw_state_findings(state, a.id, take_finding, &l, NULL),
                     AW_ERR_CANCELLED);
    ck_assert_uint_eq(l.last.times, 2);
    ck_assert_int_eq(l.last.id, id);
    ck_assert_int_ge(l.last.last_time, l.last.first_time);
    aw_state_close(state);
}
END_TEST

START_TEST(findings_are_acknowledged)
{
    struct aw_state *state = open_state();
    struct aw_state_log a = log_named("a");
    struct aw_state_finding f = fork_of(&a, "note two");
    int64_t id = 0;

    ck_assert_int_eq(aw_state_acknowledge(state, 1, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_state_report(state, &f, &id, NULL, NULL), AW_OK);
    ck_assert_int_eq(aw_state_acknowledge(state, id, NULL), AW_OK);
    ck_assert_int_eq(aw_state_acknowledge(state, id + 1, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert(list(state, NULL).last.acknowledged);
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL), AW_OK);
    ck_assert(list(state, NULL).last.acknowledged);
    ck_assert_uint_eq(list(state, NULL).last.times, 2);
    aw_state_close(state);
}
END_TEST

START_TEST(findings_have_limits)
{
    static uint8_t big[AW_STATE_NOTE_MAX + 1];
    char fill[512];
    struct aw_state *state = open_state();
    struct aw_state_log a = log_named("a");
    struct aw_state_finding f = fork_of(&a, "note two");

    f.shown = (aw_bytes){big, sizeof(big)};
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL),
                     AW_ERR_SPACE);
    f.shown.n--;
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL), AW_OK);
    (void)snprintf(
        fill, sizeof(fill),
        "WITH RECURSIVE c(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM c"
        " WHERE i < %d) INSERT INTO finding SELECT NULL, log_id, kind,"
        " first_time, last_time, 1, 0, saved, x'', origin, detail,"
        " randomblob(32) FROM finding, c",
        AW_STATE_FINDINGS_MAX);
    sql(fill);
    ck_assert_uint_eq(list(state, a.id).n, AW_STATE_FINDINGS_MAX);
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL), AW_OK);
    f.shown = aw_text("one more");
    ck_assert_int_eq(aw_state_report(state, &f, NULL, NULL, NULL),
                     AW_ERR_SPACE);
    ck_assert_uint_eq(list(state, NULL).n, AW_STATE_FINDINGS_MAX);
    aw_state_close(state);
}
END_TEST

START_TEST(finding_names)
{
    ck_assert_str_eq(aw_finding_name(AW_FINDING_FORK), "fork");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_ROLLBACK), "rollback");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_PROOF), "proof");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_SIGNATURE), "signature");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_CONTENT), "content");
    ck_assert_str_eq(aw_finding_name(AW_FINDING_POLICY), "policy");
    ck_assert_str_eq(aw_finding_name((enum aw_finding_kind)0), "unknown");
}
END_TEST

/* --- Progress ----------------------------------------------------------- */

static aw_err read_progress(struct aw_state *state,
                            const struct aw_state_progress *name,
                            const char *want)
{
    uint8_t buf[64] = "zz";
    struct aw_wr w = aw_wr_init(buf, 2 + strlen(want));

    w.n = 2;
    aw_err err = aw_state_progress_get(state, name, &w, NULL);

    ck_assert_uint_eq(w.n, err == AW_OK ? 2 + strlen(want) : 2);
    ck_assert_int_eq(memcmp(buf + 2, want, w.n - 2), 0);
    return err;
}

START_TEST(progress)
{
    struct aw_state *state = open_state();
    struct aw_state_log a = log_named("a");
    struct aw_state_log b = log_named("b");
    uint8_t old_root[AW_SHA256_SIZE] = {1};
    uint8_t new_root[AW_SHA256_SIZE] = {2};
    struct aw_state_progress one = {a.id, old_root, "tiles", "one"};
    struct aw_state_progress two = {a.id, old_root, "tiles", "two"};
    struct aw_state_progress flat = {a.id, old_root, "serverless", "one"};
    struct aw_state_progress far = {b.id, old_root, "tiles", "one"};
    struct aw_state_progress next = {a.id, new_root, "tiles", "one"};

    ck_assert_int_eq(read_progress(state, &one, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_state_progress_put(state, &one, aw_text("1"), NULL),
                     AW_OK);
    ck_assert_int_eq(aw_state_progress_put(state, &one, aw_text("11"), NULL),
                     AW_OK);
    ck_assert_int_eq(aw_state_progress_put(state, &two, aw_text(""), NULL),
                     AW_OK);
    ck_assert_int_eq(aw_state_progress_put(state, &flat, aw_text("f"), NULL),
                     AW_OK);
    ck_assert_int_eq(aw_state_progress_put(state, &far, aw_text("b"), NULL),
                     AW_OK);
    ck_assert_int_eq(read_progress(state, &one, "11"), AW_OK);
    ck_assert_int_eq(read_progress(state, &one, "1"), AW_ERR_SPACE);
    ck_assert_int_eq(read_progress(state, &two, ""), AW_OK);
    ck_assert_int_eq(read_progress(state, &next, ""), AW_ERR_NOT_FOUND);
    /* Another root: what was saved for the old one has expired. */
    ck_assert_int_eq(aw_state_progress_put(state, &next, aw_text("n"), NULL),
                     AW_OK);
    ck_assert_int_eq(read_progress(state, &one, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(read_progress(state, &two, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(read_progress(state, &next, "n"), AW_OK);
    ck_assert_int_eq(read_progress(state, &flat, "f"), AW_OK);
    ck_assert_int_eq(aw_state_progress_clear(state, a.id, NULL), AW_OK);
    ck_assert_int_eq(read_progress(state, &next, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(read_progress(state, &flat, ""), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(read_progress(state, &far, "b"), AW_OK);
    sql("UPDATE progress SET value = x'63'");
    ck_assert_int_eq(read_progress(state, &far, "b"), AW_ERR_NOT_FOUND);
    aw_state_close(state);
}
END_TEST

START_TEST(progress_has_limits)
{
    static uint8_t big[AW_STATE_PROGRESS_MAX + 1];
    static char key[AW_STATE_TEXT_MAX + 2];
    struct aw_state *state = open_state();
    struct aw_state_log a = log_named("a");
    struct aw_state_progress name = {a.id, root_no(1), "tiles", "k"};
    aw_bytes value = {big, sizeof(big)};

    ck_assert_int_eq(aw_state_progress_put(state, &name, value, NULL),
                     AW_ERR_SPACE);
    value.n--;
    ck_assert_int_eq(aw_state_progress_put(state, &name, value, NULL), AW_OK);
    memset(key, 'k', sizeof(key) - 1);
    name.key = key;
    ck_assert_int_eq(aw_state_progress_put(state, &name, aw_text(""), NULL),
                     AW_ERR_SPACE);
    aw_state_close(state);
}
END_TEST

Suite *suite_state(void)
{
    Suite *s = suite_create("state");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, first_use);
    tcase_add_test(tc, logs_are_apart);
    tcase_add_test(tc, only_forward);
    tcase_add_test(tc, compare_and_set);
    tcase_add_test(tc, refused_inputs);
    tcase_add_loop_test(tc, damaged_state, 0, COUNT(damages));
    tcase_add_test(tc, newer_program);
    tcase_add_test(tc, no_writing_there);
    tcase_add_test(tc, read_only_folder);
    tcase_add_loop_test(tc, full_disk, 0, 2);
    tcase_add_test(tc, locked_by_another);
    tcase_add_test(tc, folder_locked_by_another);
    tcase_add_test(tc, processes_race);
    tcase_add_test(tc, first_uses_race);
    tcase_add_test(tc, killed_at_any_time);
    tcase_add_test(tc, findings);
    tcase_add_test(tc, findings_are_acknowledged);
    tcase_add_test(tc, findings_have_limits);
    tcase_add_test(tc, finding_names);
    tcase_add_test(tc, progress);
    tcase_add_test(tc, progress_has_limits);
    suite_add_tcase(s, tc);
    return s;
}
