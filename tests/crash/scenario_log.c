/* SPDX-License-Identifier: Apache-2.0 */
/* aw log add, integrate and sign: no entry is lost, none doubled. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

/* The run goes over the end of the first tile. */
enum { FROM = 254, TO = 259 };

/* Path of the file with entry i; free it. */
static char *entry_path(unsigned i)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%.2000s%u", in_top("e"), i);
    return strdup(path);
}

static void write_entry(unsigned i)
{
    char text[32];
    char *path = entry_path(i);
    int n = snprintf(text, sizeof(text), "entry %u\n", i);

    write_file(path, text, (size_t)n);
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
    int code = run_aw(args);

    for (unsigned i = from; i < to; i++) {
        free(path[i]);
    }
    return code;
}

/* Entries that were said to be on the disk are not added a second time. */
static int run(const char *log)
{
    int code = crash->added ? 0 : add(log, FROM, TO);

    if (code == 0) {
        crash->added = true;
        code = AW("log", "integrate", log, "-q");
    }
    return code == 0 ? AW("log", "sign", log, "--key", in_top("k.sec")) : code;
}

static int check(const char *log)
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

/* The undisturbed run has integrated and signed all entries. */
static bool same(void)
{
    char want[64];
    char text[1024];

    (void)snprintf(want, sizeof(want), "example.com/crash\n%d\n", TO);
    return read_file(in_top("want/checkpoint"), text, sizeof(text)) &&
           strncmp(text, want, strlen(want)) == 0 &&
           same_file(in_top("log/checkpoint"), in_top("want/checkpoint"));
}

const struct scenario scenario_log = {
    .name = "log",
    .least = 100,
    .make_base = make_base,
    .run = run,
    .check = check,
    .same = same,
};
