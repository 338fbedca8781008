/* SPDX-License-Identifier: Apache-2.0 */
#include "state_support.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "scratch.h"
#include "support.h"

struct aw_state_log state_log_named(const char *origin)
{
    struct aw_state_log log;

    aw_state_log_init(&log, origin, "key+00000000+AAAA");
    return log;
}

const char *state_dir(void)
{
    return scratch_path("state");
}

const char *state_path(const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "state/%s", name);
    return scratch_path(path);
}

aw_err state_try_open(bool accept, struct aw_state **state)
{
    struct aw_state_options options = {.accept_new_baseline = accept};
    struct aw_host_diag host = {0};
    aw_err err = aw_state_open(state_dir(), &options, state, &host);

    ck_assert(err == AW_OK || host.text[0] != '\0');
    ck_assert(err == AW_OK || host.diag.err == err);
    return err;
}

struct aw_state *state_open(void)
{
    struct aw_state *state = NULL;

    ck_assert_int_eq(state_try_open(false, &state), AW_OK);
    return state;
}

aw_err state_load(struct aw_state *state, const struct aw_state_log *log,
                  struct aw_state_seen *seen)
{
    struct aw_host_diag host = {0};
    aw_err err = aw_state_load(state, log, seen, &host);

    ck_assert(err == AW_OK || host.diag.err == err);
    return err;
}

const uint8_t *state_root(uint8_t n)
{
    static uint8_t root[AW_SHA256_SIZE];

    memset(root, n, sizeof(root));
    return root;
}

aw_err state_advance_from(struct aw_state *state,
                          const struct aw_state_log *log,
                          const struct aw_state_seen *seen, uint64_t size,
                          uint8_t root)
{
    char note[64];

    (void)snprintf(note, sizeof(note), "note of %llu, %u",
                   (unsigned long long)size, (unsigned)root);
    struct aw_state_checkpoint next = {size, state_root(root), aw_text(note)};

    return aw_state_advance(state, log, seen, &next, NULL);
}

aw_err state_advance(struct aw_state *state, const struct aw_state_log *log,
                     uint64_t size, uint8_t root)
{
    struct aw_state_seen seen = {0};
    aw_err err = state_load(state, log, &seen);

    if (err == AW_OK) {
        err = state_advance_from(state, log, &seen, size, root);
        aw_blob_free(&seen.note);
    }
    return err;
}

enum aw_state_baseline state_baseline(struct aw_state *state,
                                      const struct aw_state_log *log,
                                      uint64_t *size)
{
    struct aw_state_seen seen = {0};

    ck_assert_int_eq(state_load(state, log, &seen), AW_OK);
    aw_blob_free(&seen.note);
    *size = seen.size;
    return seen.baseline;
}

struct aw_state_log state_saved(void)
{
    struct aw_state_log log = state_log_named("a");
    struct aw_state *state = state_open();

    ck_assert_int_eq(state_advance(state, &log, 5, 1), AW_OK);
    aw_state_close(state);
    return log;
}

void state_sql(const char *text)
{
    sqlite3 *db = NULL;

    ck_assert_int_eq(sqlite3_open(state_path("state.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

size_t state_files(const char *begin)
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
