/* SPDX-License-Identifier: Apache-2.0 */
/* aw release keygen into a folder that has keys: all new ones or none. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

enum { NEW = 4, PATH_ROOM = 2100, REFUSED = 30 };

static const char *const new_files[NEW] = {"boot.pub", "boot.sec", "applet.pub",
                                           "applet.sec"};

static void make_base(const char *layout)
{
    (void)layout;
    must(AW("release", "keygen", "-q", in_top("base"), "--name=example.com",
            "--role=log") == 0,
         "keygen");
}

static int count(const char *place)
{
    char path[PATH_ROOM];
    int n = 0;

    for (size_t i = 0; i < NEW; i++) {
        (void)snprintf(path, sizeof(path), "%.2000s/%s", place, new_files[i]);
        n += access(path, F_OK) == 0 ? 1 : 0;
    }
    return n;
}

/* The run after one that was interrupted either makes the keys, or completes
 * them and is refused, since they are there. */
static int run(const char *place)
{
    int code = AW("release", "keygen", "-q", place, "--name=example.com",
                  "--role=boot", "--role=applet");

    return code == REFUSED && count(place) == NEW ? 0 : code;
}

/* Each secret belongs to its public half, and nothing else is there. */
static int check(const char *place)
{
    char secret[PATH_ROOM];
    char public[PATH_ROOM];

    for (size_t i = 0; i < NEW; i += 2) {
        (void)snprintf(public, sizeof(public), "%.2000s/%s", place,
                       new_files[i]);
        (void)snprintf(secret, sizeof(secret), "%.2000s/%s", place,
                       new_files[i + 1]);
        if (AW("note", "key", "check", secret, public) != 0) {
            return 1;
        }
    }
    (void)snprintf(secret, sizeof(secret), "%.2000s/.aw-complete", place);
    return access(secret, F_OK) == 0 ? 1 : 0;
}

/* Other keys each time. */
static bool same(void)
{
    return true;
}

const struct scenario scenario_keygen = {
    .name = "keygen",
    .least = 60,
    .make_base = make_base,
    .run = run,
    .check = check,
    .same = same,
};
