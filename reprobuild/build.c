/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "pass.h"
#include "prepare.h"

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
    if (o->pass[1].ran && rb_pass_clock()) {
        (void)snprintf(o->varied + strlen(o->varied),
                       sizeof(o->varied) - strlen(o->varied), ",clock");
    }
    if (o->pass[1].ran && rb_pass_cpus()) {
        (void)snprintf(o->varied + strlen(o->varied),
                       sizeof(o->varied) - strlen(o->varied), ",cpus");
    }
}

static aw_err build(const struct rb_prepared *p, aw_bytes logged,
                    struct aw_rb_outcome *o, struct aw_host_diag *host)
{
    const struct rb_work work = {
        .script = aw_rb_recipe_script(p->job->recipe, p->job->component),
        .source = p->source,
        .of_job = true,
    };
    aw_err err = rb_pass(p, &work, 0, &o->pass[0], host);

    /* What does not build once need not be tried twice. */
    if (err == AW_OK && o->pass[0].has_digest && !p->setup->one_pass) {
        err = rb_pass(p, &work, 1, &o->pass[1], host);
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
        err = rb_parts(p, why);
        if (err == AW_OK) {
            err = build(p, logged, &o, why);
        }
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
