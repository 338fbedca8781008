/* SPDX-License-Identifier: Apache-2.0 */
#include "pass.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "child.h"

enum { VALUE = PATH_MAX + 32 };

/* Surroundings of a pass. */
struct around {
    const char *source; /* where SRC is */
    const char *work;   /* where BLD is */
    const char *user;
    const char *hostname;
    const char *locale;
    const char *zone;
    unsigned uid;
    unsigned umask;
    unsigned cpus; /* 0: all */
    bool clock;    /* another one */
};

static const struct around arounds[AW_RB_PASSES] = {
    {"/src", "/build", "builder", "builder", "C", "UTC", 1000, 022, 0, false},
    {"/home/other/rebuilt/source", "/var/tmp/second/pass", "other", "elsewhere",
     "C.UTF-8", "AWT-05:45", 4242, 027, 1, true},
};

/* The library that answers for the clock, where the distribution has it. */
static const char *const clocks[] = {
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
};

static const char *clock_library(void)
{
    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        if (rb_program(clocks[i]) || access(clocks[i], R_OK) == 0) {
            return clocks[i];
        }
    }
    return NULL;
}

bool rb_pass_cpus(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

bool rb_pass_clock(void)
{
    return clock_library() != NULL;
}

/* Texts of one run's variables. */
struct texts {
    size_t n;
    char (*text)[VALUE];
};

static const char *say(struct texts *t, const char *name, aw_bytes value)
{
    char *text = t->text[t->n++];

    (void)snprintf(text, VALUE, "%s=%.*s", name, (int)value.n,
                   value.n == 0 ? "" : (const char *)value.p);
    return text;
}

static void set(struct aw_rb_sandbox *s, struct texts *t, const char *name,
                const char *value)
{
    s->env[s->n_envs++] = say(t, name, aw_text(value));
}

static void set_around(struct aw_rb_sandbox *s, struct texts *t,
                       const struct around *a)
{
    char mask[8];

    (void)snprintf(mask, sizeof(mask), "%03o", a->umask);
    set(s, t, "PATH", "/toolchain/usr/bin:/usr/bin:/bin");
    set(s, t, "HOME", a->work);
    set(s, t, "TMPDIR", a->work);
    set(s, t, "USER", a->user);
    set(s, t, "LC_ALL", a->locale);
    set(s, t, "TZ", a->zone);
    set(s, t, "SRC", a->source);
    set(s, t, "BLD", a->work);
    set(s, t, "AW_UMASK", mask);
    if (a->clock && clock_library() != NULL) {
        set(s, t, "LD_PRELOAD", clock_library());
        set(s, t, "FAKETIME", "+400d");
        set(s, t, "FAKETIME_DONT_FAKE_MONOTONIC", "1");
        set(s, t, "FAKETIME_DISABLE_SHM", "1");
        set(s, t, "NO_FAKE_STAT", "1");
    }
}

static void set_recipe(struct aw_rb_sandbox *s, struct texts *t,
                       const struct aw_rb_job *job)
{
    if (job->recipe == AW_RB_FIRMWARE_1) {
        set(s, t, "AW_SOURCES", "/archives");
    } else if (job->recipe == AW_RB_TAMAGO_1) {
        set(s, t, "TOOLCHAIN", "/toolchain");
        set(s, t, "GOPROXY", "file:///modules");
        set(s, t, "GOSUMDB", "off");
        set(s, t, "GOFLAGS", "-mod=mod");
        set(s, t, "GOTOOLCHAIN", "local");
    }
}

static void set_job(struct aw_rb_sandbox *s, struct texts *t,
                    const struct aw_rb_job *job)
{
    s->env[s->n_envs++] = say(t, "GIT_SEMVER_TAG", job->version);
    s->env[s->n_envs++] = say(t, "REV", job->commit);
    for (size_t i = 0; i < job->n_envs; i++) {
        char *text = t->text[t->n++];

        (void)snprintf(text, VALUE, "%.*s", (int)job->envs[i].n,
                       (const char *)job->envs[i].p);
        s->env[s->n_envs++] = text;
    }
}

static void mount(struct aw_rb_sandbox *s, const char *from, const char *at)
{
    if (from[0] != '\0') {
        s->mount[s->n_mounts++] = (struct aw_rb_mount){from, at, false};
    }
}

static void set_mounts(struct aw_rb_sandbox *s, const struct rb_prepared *p,
                       const struct rb_work *work, const struct around *a)
{
    static const char *const places[RB_PARTS] = {"/parts/0.tar",
                                                 "/parts/1.tar"};

    mount(s, work->source, a->source);
    mount(s, p->toolchain, "/toolchain");
    mount(s, p->modules, "/modules");
    mount(s, p->archives, "/archives");
    for (size_t i = 0; i < RB_PARTS; i++) {
        mount(s, p->part[i], places[i]);
    }
}

aw_err rb_pass(const struct rb_prepared *p, const struct rb_work *work,
               size_t which, struct aw_rb_pass *pass, struct aw_host_diag *host)
{
    const struct around *a = &arounds[which];
    struct aw_rb_sandbox s = {
        .script = work->script,
        .work = a->work,
        .uid = a->uid,
        .hostname = a->hostname,
        .umask = a->umask,
        .limits = p->setup->limits,
        .stopped = p->setup->stopped,
    };
    struct texts t = {.n = 0};

    t.text = aw_alloc(AW_RB_ENVS, sizeof(*t.text));
    s.limits.cpus = a->cpus;
    set_mounts(&s, p, work, a);
    set_around(&s, &t, a);
    set_recipe(&s, &t, p->job);
    if (work->of_job) {
        set_job(&s, &t, p->job);
    }
    aw_err err = aw_rb_sandbox_run(&s, &pass->out, host);

    free(t.text);
    pass->ran = err == AW_OK;
    if (err == AW_OK && pass->out.end == AW_RB_END_STOPPED) {
        err = aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_CANCELLED,
                      "rebuild: stopped", 0);
    }
    pass->has_digest = err == AW_OK && pass->out.end == AW_RB_END_OK &&
                       pass->out.result[0].n > 0;
    if (pass->has_digest) {
        aw_sha256(aw_blob_bytes(&pass->out.result[0]), pass->digest);
    }
    return err;
}
