/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/build.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "child.h"
#include "prepare.h"

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

static bool many_cpus(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
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

static void set_job(struct aw_rb_sandbox *s, struct texts *t,
                    const struct rb_prepared *p)
{
    const struct aw_rb_job *job = p->job;

    s->env[s->n_envs++] = say(t, "GIT_SEMVER_TAG", job->version);
    s->env[s->n_envs++] = say(t, "REV", job->commit);
    if (job->recipe == AW_RB_FIRMWARE_1) {
        set(s, t, "AW_SOURCES", "/archives");
    } else {
        set(s, t, "TOOLCHAIN", "/toolchain");
        set(s, t, "GOPROXY", "file:///modules");
        set(s, t, "GOSUMDB", "off");
        set(s, t, "GOFLAGS", "-mod=mod");
        set(s, t, "GOTOOLCHAIN", "local");
    }
    for (size_t i = 0; i < job->n_envs; i++) {
        char *text = t->text[t->n++];

        (void)snprintf(text, VALUE, "%.*s", (int)job->envs[i].n,
                       (const char *)job->envs[i].p);
        s->env[s->n_envs++] = text;
    }
}

static void set_mounts(struct aw_rb_sandbox *s, const struct rb_prepared *p,
                       const struct around *a)
{
    s->mount[s->n_mounts++] = (struct aw_rb_mount){p->source, a->source, false};
    if (p->toolchain[0] != '\0') {
        s->mount[s->n_mounts++] =
            (struct aw_rb_mount){p->toolchain, "/toolchain", false};
    }
    if (p->modules[0] != '\0') {
        s->mount[s->n_mounts++] =
            (struct aw_rb_mount){p->modules, "/modules", false};
    }
    if (p->archives[0] != '\0') {
        s->mount[s->n_mounts++] =
            (struct aw_rb_mount){p->archives, "/archives", false};
    }
}

static aw_err run_pass(const struct rb_prepared *p, const struct around *a,
                       struct aw_rb_pass *pass, struct aw_host_diag *host)
{
    struct aw_rb_sandbox s = {
        .script = aw_rb_recipe_script(p->job->recipe, p->job->component),
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
    set_mounts(&s, p, a);
    set_around(&s, &t, a);
    set_job(&s, &t, p);
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

static void reason(struct aw_rb_outcome *o, const char *text)
{
    aw_rb_reason(text, o->reason);
}

/* The verdict of a pass that made no image. */
static void judge_end(struct aw_rb_outcome *o, size_t i)
{
    const struct aw_rb_ran *ran = &o->pass[i].out;
    char text[AW_RB_REASON_MAX];
    const char *which = i == 0 ? "" : "in the second pass: ";

    o->verdict = AW_RB_FAILED;
    switch (ran->end) {
    case AW_RB_END_TIME:
        o->verdict = AW_RB_TIMED_OUT;
        (void)snprintf(text, sizeof(text), "%sno end in time", which);
        break;
    case AW_RB_END_LOG:
        (void)snprintf(text, sizeof(text), "%stoo much output", which);
        break;
    case AW_RB_END_OUTPUT:
        (void)snprintf(text, sizeof(text), "%sthe image is too large", which);
        break;
    case AW_RB_END_OK:
        (void)snprintf(text, sizeof(text), "%sno image came out", which);
        break;
    default:
        (void)snprintf(text, sizeof(text), "%sexit status %d", which,
                       ran->status);
        break;
    }
    reason(o, text);
}

static void compare(struct aw_rb_outcome *o, aw_bytes logged)
{
    const struct aw_rb_pass *first = &o->pass[0];
    aw_bytes one = aw_blob_bytes(&first->out.result[0]);
    aw_bytes two =
        o->between ? aw_blob_bytes(&o->pass[1].out.result[0]) : logged;

    if (two.n == 0) {
        return;
    }
    aw_rb_compare(one, two, &o->difference);
    o->has_difference = !o->difference.same;
    if (o->has_difference) {
        aw_rb_explain(one, aw_blob_bytes(&first->out.result[1]),
                      o->difference.first, &o->place);
    }
}

static void say_where(struct aw_rb_outcome *o)
{
    char text[4 * AW_RB_NAME_MAX];
    const struct aw_rb_place *p = &o->place;
    const char *what = o->between ? "two builds differ from each other"
                                  : "other bytes than in the log";

    if (!o->has_difference) {
        reason(o, what);
        return;
    }
    (void)snprintf(text, sizeof(text), "%s from offset 0x%llx: %s%s%s%s%s",
                   what, (unsigned long long)o->difference.first, p->area,
                   p->symbol[0] == '\0' ? "" : ", ", p->symbol,
                   p->source[0] == '\0' ? "" : ", ", p->source);
    reason(o, text);
}

static void judge(struct aw_rb_outcome *o, const struct aw_rb_job *job,
                  aw_bytes logged)
{
    bool fits = true;

    for (size_t i = 0; i < AW_RB_PASSES && o->pass[i].ran; i++) {
        if (!o->pass[i].has_digest) {
            judge_end(o, i);
            return;
        }
        fits = fits &&
               memcmp(o->pass[i].digest, job->expected, AW_SHA256_SIZE) == 0;
    }
    if (fits) {
        o->verdict = AW_RB_REPRODUCED;
        reason(o, "-");
        return;
    }
    o->verdict = AW_RB_DIFFERS;
    o->between = o->pass[1].ran && memcmp(o->pass[0].digest, o->pass[1].digest,
                                          AW_SHA256_SIZE) != 0;
    compare(o, logged);
    say_where(o);
}

static void note_varied(struct aw_rb_outcome *o)
{
    (void)snprintf(o->varied, sizeof(o->varied), "%s",
                   o->pass[1].ran ? "path,user,locale,zone,umask" : "-");
    if (o->pass[1].ran && clock_library() != NULL) {
        (void)snprintf(o->varied + strlen(o->varied),
                       sizeof(o->varied) - strlen(o->varied), ",clock");
    }
    if (o->pass[1].ran && many_cpus()) {
        (void)snprintf(o->varied + strlen(o->varied),
                       sizeof(o->varied) - strlen(o->varied), ",cpus");
    }
}

static aw_err build(const struct rb_prepared *p, aw_bytes logged,
                    struct aw_rb_outcome *o, struct aw_host_diag *host)
{
    aw_err err = run_pass(p, &arounds[0], &o->pass[0], host);

    /* What does not build once need not be tried twice. */
    if (err == AW_OK && o->pass[0].has_digest && !p->setup->one_pass) {
        err = run_pass(p, &arounds[1], &o->pass[1], host);
    }
    if (err == AW_OK) {
        judge(o, p->job, logged);
        note_varied(o);
    }
    return err;
}

aw_err aw_rb_build(const struct aw_rb_setup *setup, const struct aw_rb_job *job,
                   aw_bytes logged, struct aw_rb_outcome *outcome,
                   struct aw_host_diag *host)
{
    struct rb_prepared *p = aw_alloc(1, sizeof(*p));
    struct aw_rb_outcome o = {.verdict = AW_RB_REFUSED};
    struct aw_host_diag own = {.network = false};
    struct aw_host_diag *why = host == NULL ? &own : host;

    p->setup = setup;
    p->job = job;
    reason(&o, "-");
    (void)snprintf(o.varied, sizeof(o.varied), "-");
    aw_err err = rb_prepare(p, &o.verdict, why);

    if (err == AW_OK && o.verdict != AW_RB_REPRODUCED) {
        reason(&o,
               why->text[0] == '\0' ? aw_err_text(why->diag.err) : why->text);
    } else if (err == AW_OK) {
        err = build(p, logged, &o, why);
    }
    rb_prepared_end(p);
    free(p);
    if (err == AW_OK) {
        *outcome = o;
    } else {
        aw_rb_outcome_free(&o);
    }
    return err;
}

void aw_rb_outcome_free(struct aw_rb_outcome *outcome)
{
    for (size_t i = 0; i < AW_RB_PASSES; i++) {
        aw_rb_ran_free(&outcome->pass[i].out);
    }
}
