/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/sandbox.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"

#define BWRAP "/usr/bin/bwrap"

enum { ARGS = 256, NUMBERS = 8, NUMBER = 24, UNSEEN = 1000, TMP_PART = 8 };

/* A list of arguments under way, with room for numbers. */
struct args {
    const char *item[ARGS];
    size_t n;
    char number[NUMBERS][NUMBER];
    size_t n_numbers;
};

void aw_rb_limits_default(struct aw_rb_limits *limits)
{
    *limits = (struct aw_rb_limits){
        .time_ms = 10ULL * 60 * 1000,
        .memory = 2ULL << 30,
        .disk = 1ULL << 30,
        .log = 4ULL << 20,
        .output = 64ULL << 20,
        .processes = 512,
    };
}

const char *aw_rb_memory_name(enum aw_rb_memory memory)
{
    static const char *const names[] = {"-", "cgroup", "address-space"};

    return names[memory];
}

static void add(struct args *a, const char *text)
{
    if (a->n < ARGS - 1) {
        a->item[a->n++] = text;
    }
}

static void add2(struct args *a, const char *option, const char *value)
{
    add(a, option);
    add(a, value);
}

static void add3(struct args *a, const char *option, const char *value,
                 const char *more)
{
    add2(a, option, value);
    add(a, more);
}

static const char *number(struct args *a, uint64_t v)
{
    char *text = a->number[a->n_numbers++ % NUMBERS];

    (void)snprintf(text, NUMBER, "%llu", (unsigned long long)v);
    return text;
}

/* The system: programs and libraries, nothing of this machine's own. */
static void add_system(struct args *a)
{
    static const char *const merged[] = {"bin", "lib", "lib32", "lib64",
                                         "sbin"};
    static const char *const whole[][2] = {
        {"/bin", "usr/bin"},     {"/lib", "usr/lib"},   {"/lib32", "usr/lib32"},
        {"/lib64", "usr/lib64"}, {"/sbin", "usr/sbin"},
    };

    add3(a, "--ro-bind", "/usr", "/usr");
    for (size_t i = 0; i < sizeof(merged) / sizeof(merged[0]); i++) {
        char target[16];

        if (readlink(whole[i][0], target, sizeof(target)) > 0) {
            add3(a, "--symlink", whole[i][1], whole[i][0]);
        } else {
            add3(a, "--ro-bind-try", whole[i][0], whole[i][0]);
        }
    }
    add3(a, "--ro-bind-try", "/etc/alternatives", "/etc/alternatives");
}

static void add_seal(struct args *a, const struct aw_rb_sandbox *s)
{
    add(a, BWRAP);
    add2(a, "--unshare-user", "--unshare-all");
    add2(a, "--disable-userns", "--die-with-parent");
    add(a, "--new-session");
    add2(a, "--cap-drop", "ALL");
    add(a, "--clearenv");
    add2(a, "--uid", number(a, s->uid));
    add2(a, "--gid", number(a, s->uid));
    add2(a, "--hostname", s->hostname);
    add_system(a);
    add2(a, "--dev", "/dev");
}

static void add_folders(struct args *a, const struct aw_rb_sandbox *s)
{
    for (size_t i = 0; i < s->n_mounts; i++) {
        add3(a, s->mount[i].writable ? "--bind" : "--ro-bind", s->mount[i].from,
             s->mount[i].at);
    }
    add2(a, "--size", number(a, s->limits.disk));
    add2(a, "--tmpfs", s->work);
    /* No link to the other one: CMake would call that folder /tmp. */
    add2(a, "--size", number(a, s->limits.disk / TMP_PART));
    add2(a, "--tmpfs", "/tmp");
    add2(a, "--chdir", s->work);
    /* They are memory file systems without a limit. */
    add2(a, "--remount-ro", "/dev");
    add2(a, "--remount-ro", "/");
}

static aw_err check(const struct aw_rb_sandbox *s, struct aw_host_diag *host)
{
    if (!rb_program(BWRAP)) {
        return aw_fail(aw_host_say(host,
                                   "%s is missing: install bubblewrap; "
                                   "nothing is built unsealed",
                                   BWRAP),
                       AW_ERR_PRECONDITION, "sandbox: program", 0);
    }
    if (s->n_mounts > AW_RB_MOUNTS || s->n_envs > AW_RB_ENVS) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_SPACE,
                       "sandbox: arguments", s->n_envs);
    }
    for (size_t i = 0; i < s->n_mounts; i++) {
        if (!rb_reachable(s->mount[i].from)) {
            return aw_fail(aw_host_say(host,
                                       "%s: the user of the builds, id %d, "
                                       "cannot get there",
                                       s->mount[i].from, (int)AW_RB_UID),
                           AW_ERR_PRECONDITION, "sandbox: folder", i);
        }
    }
    return AW_OK;
}

static aw_err run(const struct aw_rb_sandbox *s, struct aw_rb_ran *ran,
                  struct aw_host_diag *host)
{
    const char *env[AW_RB_ENVS + 1] = {NULL};
    struct args a = {.n = 0};

    /* bubblewrap would clear them: they are set by env, inside. */
    add_seal(&a, s);
    add_folders(&a, s);
    add3(&a, "--", "/usr/bin/env", "-i");
    for (size_t i = 0; i < s->n_envs; i++) {
        add(&a, s->env[i]);
    }
    add3(&a, "/bin/sh", "-c", s->script);
    const struct rb_child child = {
        .argv = a.item,
        .env = env,
        .in = -1,
        .sealed = true,
        .umask = s->umask,
        .file_max = s->limits.disk,
        .limits = s->limits,
        .growth = s->growth,
        .stopped = s->stopped,
    };

    return rb_child_run(&child, ran, host);
}

/* What to do about it where containers forbid it by default. */
static const char *container_hint(void)
{
    return access("/.dockerenv", F_OK) == 0 || getenv("container") != NULL
               ? "; a container needs --security-opt "
                 "seccomp=deploy/seccomp.json and --security-opt "
                 "systempaths=unconfined, see docs/monitor.md"
               : "";
}

/* Bytes of it that fit into a message. */
static size_t first_line(const struct aw_blob *log)
{
    enum { SHOWN = 200 };
    size_t n = aw_bytes_find(aw_blob_bytes(log), 0, '\n');

    return n < SHOWN ? n : SHOWN;
}

aw_err aw_rb_sandbox_probe(struct aw_host_diag *host)
{
    static atomic_bool works;
    struct aw_rb_sandbox s = {
        .script = "exit 0",
        .work = "/build",
        .uid = UNSEEN,
        .hostname = "probe",
        .umask = 022,
    };
    struct aw_rb_ran ran;

    if (atomic_load(&works)) {
        return AW_OK;
    }
    aw_rb_limits_default(&s.limits);
    aw_err err = check(&s, host);

    if (err == AW_OK) {
        err = run(&s, &ran, host);
    }
    if (err != AW_OK) {
        return err;
    }
    if (ran.end == AW_RB_END_OK) {
        atomic_store(&works, true);
    } else {
        err = aw_fail(aw_host_say(host, "the sandbox cannot be made: %.*s%s",
                                  (int)first_line(&ran.log),
                                  ran.log.n == 0 ? "" : (const char *)ran.log.p,
                                  container_hint()),
                      AW_ERR_PRECONDITION, "sandbox: probe",
                      (uint64_t)ran.status);
    }
    aw_rb_ran_free(&ran);
    return err;
}

aw_err aw_rb_sandbox_run(const struct aw_rb_sandbox *sandbox,
                         struct aw_rb_ran *ran, struct aw_host_diag *host)
{
    aw_err err = check(sandbox, host);

    if (err == AW_OK) {
        err = aw_rb_sandbox_probe(host);
    }
    return err == AW_OK ? run(sandbox, ran, host) : err;
}
