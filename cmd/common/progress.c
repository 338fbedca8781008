/* SPDX-License-Identifier: Apache-2.0 */
#include "common/progress.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aw/hostio/alloc.h"
#include "common/term.h"

enum {
    TICK_MS = 200,
    EVENT_TICKS = 5, /* an event a second */
    MS_PER_S = 1000,
    NS_PER_MS = 1000000,
    TEXT = 32,         /* room for a number with its unit */
    AMOUNT = 2 * TEXT, /* and what is counted */
    LINE = 1024
};

struct aw_progress {
    struct aw_ctx *ctx;
    struct aw_step step;
    atomic_uint_fast64_t done;
    atomic_uint_fast64_t total;
    atomic_uint_fast64_t skipped; /* part of done, counts for no rate */
    uint64_t start_ms;
    double rate; /* units a second, smoothed */
    uint64_t last_done;
    uint64_t last_ms;
    bool ticking;
    bool stop;
    pthread_t ticker;
    pthread_mutex_t lock;
    pthread_cond_t wake;
};

/* Only one step draws: the first of those under way. */
static _Atomic(struct aw_progress *) shown;

static uint64_t now_ms(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * MS_PER_S + (uint64_t)(t.tv_nsec / NS_PER_MS);
}

/* 1234567 as 1.23 M; bytes as 1.23 MB. */
static void format_amount(double v, const char *unit, char *text)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T"};
    bool bytes = strcmp(unit, "bytes") == 0;
    size_t i = 0;

    while (v >= 999.5 && i + 1 < sizeof(prefixes) / sizeof(prefixes[0])) {
        v /= 1000;
        i++;
    }
    int digits = i == 0 || v >= 99.95 ? 0 : (v >= 9.995 ? 1 : 2);

    (void)snprintf(text, TEXT, "%.*f %s%s", digits, v, prefixes[i],
                   bytes ? "B" : "");
    size_t n = strlen(text);

    if (n > 0 && text[n - 1] == ' ') {
        text[n - 1] = '\0';
    }
}

static void format_time(double seconds, char *text)
{
    enum { MINUTE = 60, HOUR = 3600, LIMIT = 360000 };
    uint64_t s = seconds > LIMIT ? (uint64_t)LIMIT : (uint64_t)(seconds + 0.5);

    if (s >= HOUR) {
        (void)snprintf(text, TEXT, "%" PRIu64 " h %02" PRIu64 " min", s / HOUR,
                       s % HOUR / MINUTE);
    } else if (s >= MINUTE) {
        (void)snprintf(text, TEXT, "%" PRIu64 " min %02" PRIu64 " s",
                       s / MINUTE, s % MINUTE);
    } else {
        (void)snprintf(text, TEXT, "%" PRIu64 " s", s);
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void update_rate(struct aw_progress *p, uint64_t done, uint64_t now)
{
    /* Exponential mean over about five seconds. */
    const double weight = 0.05;
    uint64_t passed = now - p->last_ms;

    if (passed == 0 || done < p->last_done) {
        return;
    }
    double rate = (double)(done - p->last_done) * MS_PER_S / (double)passed;

    p->rate = p->rate == 0 ? rate : p->rate + weight * (rate - p->rate);
    p->last_done = done;
    p->last_ms = now;
}

/* "[###---]  " in the room that is left; nothing where that is too small. */
static void format_bar(double part, size_t room, char *bar)
{
    enum { LEAST = 6, MOST = 24, FRAME = 4 };
    size_t cells = room > FRAME ? room - FRAME : 0;
    size_t n = 0;

    if (cells > MOST) {
        cells = MOST;
    }
    if (cells >= LEAST) {
        size_t full = (size_t)(part * (double)cells);

        bar[n++] = '[';
        for (size_t i = 0; i < cells; i++) {
            bar[n++] = i < full ? '#' : '-';
        }
        bar[n++] = ']';
        bar[n++] = ' ';
    }
    bar[n] = '\0';
}

/* Units are given for many. */
static const char *unit_of_one(const char *unit)
{
    static const char *const units[][2] = {{"leaves", "leaf"},
                                           {"entries", "entry"},
                                           {"keys", "key"},
                                           {"steps", "step"}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(unit, units[i][0]) == 0) {
            return units[i][1];
        }
    }
    return unit;
}

/* "12.3 k leaves", "1.20 MB". */
static void format_done(double v, const char *unit, char *text)
{
    char amount[TEXT];
    bool bytes = strcmp(unit, "bytes") == 0;

    format_amount(v, unit, amount);
    unit = v == 1 ? unit_of_one(unit) : unit;
    (void)snprintf(text, AMOUNT, "%s%s%.*s", amount, bytes ? "" : " ", TEXT,
                   bytes ? "" : unit);
}

static void draw(struct aw_progress *p, uint64_t done, uint64_t total)
{
    char line[LINE];
    char tail[LINE / 2];
    char have[AMOUNT];
    char all[AMOUNT];
    char rate[TEXT];
    char left[TEXT] = "?";
    char bar[TEXT];

    format_amount(p->rate, p->step.unit, rate);
    if (total == 0 || done > total) {
        format_done((double)done, p->step.unit, have);
        (void)snprintf(line, sizeof(line), "%s  %s  %s/s", p->step.name, have,
                       rate);
        aw_term_bar(line);
        return;
    }
    double part = (double)done / (double)total;

    format_amount((double)done, p->step.unit, have);
    format_done((double)total, p->step.unit, all);
    if (p->rate > 0) {
        format_time((double)(total - done) / p->rate, left);
    }
    (void)snprintf(tail, sizeof(tail), "%3u %%  %s of %s  %s/s  %s left",
                   (unsigned)(part * 100), have, all, rate, left);
    size_t used = strlen(p->step.name) + 2 + strlen(tail) + 1;
    size_t columns = aw_term_columns();

    format_bar(part, columns > used ? columns - used : 0, bar);
    (void)snprintf(line, sizeof(line), "%s  %s%s", p->step.name, bar, tail);
    aw_term_bar(line);
}

static void send(struct aw_progress *p, const char *state)
{
    const struct aw_event event = {
        .device = p->step.device,
        .step = p->step.name,
        .state = state,
        .counted = true,
        .done = atomic_load(&p->done),
        .total = atomic_load(&p->total),
        .unit = p->step.unit,
    };

    aw_events_put(&p->ctx->events, &event);
}

static void tick(struct aw_progress *p, unsigned count)
{
    struct aw_progress *nobody = NULL;
    uint64_t done = atomic_load(&p->done);

    update_rate(p, done - least(done, atomic_load(&p->skipped)), now_ms());
    if (atomic_load(&shown) == p ||
        atomic_compare_exchange_strong(&shown, &nobody, p)) {
        draw(p, done, atomic_load(&p->total));
    }
    if (count % EVENT_TICKS == 0) {
        send(p, "progress");
    }
}

/* Waits until the next tick. False when the step has ended. */
static bool wait_tick(struct aw_progress *p)
{
    struct timespec until = {0};
    int rc = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)TICK_MS * NS_PER_MS;
    if (until.tv_nsec >= (long)MS_PER_S * NS_PER_MS) {
        until.tv_nsec -= (long)MS_PER_S * NS_PER_MS;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&p->lock);
    while (!p->stop && rc == 0) {
        rc = pthread_cond_timedwait(&p->wake, &p->lock, &until);
    }
    bool on = !p->stop;

    (void)pthread_mutex_unlock(&p->lock);
    return on;
}

static void *run_ticker(void *arg)
{
    struct aw_progress *p = arg;

    for (unsigned count = 1; wait_tick(p); count++) {
        tick(p, count);
    }
    return NULL;
}

/* Signals belong to the thread that runs the command. */
static void start_ticker(struct aw_progress *p)
{
    sigset_t all;
    sigset_t old;
    pthread_condattr_t attr;

    AW_BUG_ON(pthread_mutex_init(&p->lock, NULL) != 0);
    AW_BUG_ON(pthread_condattr_init(&attr) != 0);
    AW_BUG_ON(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0);
    AW_BUG_ON(pthread_cond_init(&p->wake, &attr) != 0);
    (void)pthread_condattr_destroy(&attr);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    p->ticking = pthread_create(&p->ticker, NULL, run_ticker, p) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void stop_ticker(struct aw_progress *p)
{
    struct aw_progress *self = p;

    (void)pthread_mutex_lock(&p->lock);
    p->stop = true;
    (void)pthread_cond_signal(&p->wake);
    (void)pthread_mutex_unlock(&p->lock);
    if (p->ticking) {
        (void)pthread_join(p->ticker, NULL);
    }
    (void)pthread_mutex_destroy(&p->lock);
    (void)pthread_cond_destroy(&p->wake);
    if (atomic_compare_exchange_strong(&shown, &self, NULL)) {
        aw_term_clear();
    }
}

struct aw_progress *aw_progress_begin(struct aw_ctx *ctx,
                                      const struct aw_step *step)
{
    struct aw_progress *p = aw_alloc(1, sizeof(*p));

    p->ctx = ctx;
    p->step = *step;
    atomic_init(&p->done, 0);
    atomic_init(&p->skipped, 0);
    atomic_init(&p->total, step->total);
    p->start_ms = now_ms();
    p->last_ms = p->start_ms;
    aw_say(1, "%s ...", step->name);
    send(p, "start");
    start_ticker(p);
    return p;
}

void aw_progress_add(struct aw_progress *progress, uint64_t n)
{
    (void)atomic_fetch_add(&progress->done, n);
}

void aw_progress_skip(struct aw_progress *progress, uint64_t n)
{
    (void)atomic_fetch_add(&progress->skipped, n);
    (void)atomic_fetch_add(&progress->done, n);
}

void aw_progress_total(struct aw_progress *progress, uint64_t total)
{
    atomic_store(&progress->total, total);
}

/* "16 ms", "1.2 s". */
static void format_passed(uint64_t ms, char *text)
{
    if (ms < MS_PER_S) {
        (void)snprintf(text, TEXT, "%" PRIu64 " ms", ms);
    } else {
        (void)snprintf(text, TEXT, "%.1f s", (double)ms / MS_PER_S);
    }
}

void aw_progress_end(struct aw_progress *p, bool ok)
{
    char have[AMOUNT];
    char passed[TEXT];
    char rate[TEXT];

    stop_ticker(p);
    uint64_t done = atomic_load(&p->done);
    uint64_t took = now_ms() - p->start_ms;
    uint64_t ms = took > 0 ? took : 1;
    double now_done = (double)(done - p->skipped);

    format_done((double)done, p->step.unit, have);
    format_passed(ms, passed);
    format_amount(now_done * MS_PER_S / (double)ms, p->step.unit, rate);
    aw_say(0, "%s: %s, %s in %s%s%s%s", p->step.name, ok ? "done" : "not done",
           have, passed, now_done > 0 ? " (" : "", now_done > 0 ? rate : "",
           now_done > 0 ? "/s)" : "");
    send(p, ok ? "done" : "failed");
    free(p);
}
