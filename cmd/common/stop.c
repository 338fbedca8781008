/* SPDX-License-Identifier: Apache-2.0 */
#include "common/stop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/exit.h"
#include "common/term.h"

/* Exit code of the reason, 0 for none. Set by a signal handler in one thread,
 * read by all. */
static atomic_int reason;
static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler sets this");

static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
enum { N_STOPS = sizeof(stops) / sizeof(stops[0]) };

static void write_text(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));

    (void)n; /* nobody left to tell */
}

static void say(int number, const char *text)
{
    aw_term_restore();
    if (number == SIGINT && aw_term_live()) {
        write_text("\r\033[K"); /* the ^C that the terminal shows */
    }
    write_text(text);
}

static void on_signal(int number)
{
    bool limit = number == SIGALRM;
    int saved = errno;
    int none = 0;

    if (!atomic_compare_exchange_strong(
            &reason, &none, limit ? AW_EXIT_TIME : AW_EXIT_DECLINED)) {
        say(number, limit ? "aw: time limit passed, work did not stop\n"
                          : "aw: stopped at once\n");
        _exit(limit ? AW_EXIT_TIME : AW_EXIT_DECLINED);
    }
    say(number, limit ? "aw: time limit reached, stopping\n"
                      : "aw: stopping; once more ends at once\n");
    errno = saved;
}

void aw_stop_init(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    /* A write beyond a file size limit then fails like one to a full disk. */
    (void)sigaction(SIGXFSZ, &action, NULL);
    action.sa_handler = on_signal; /* no SA_RESTART: waits must end */
    for (size_t i = 0; i < N_STOPS; i++) {
        struct sigaction old;

        /* What the parent told us to ignore (nohup) stays ignored. */
        if (sigaction(stops[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            (void)sigaction(stops[i], &action, NULL);
        }
    }
}

void aw_stop_signals(sigset_t *set)
{
    for (size_t i = 0; i < N_STOPS; i++) {
        (void)sigaddset(set, stops[i]);
    }
}

void aw_stop_after(uint64_t timeout_ms)
{
    enum { MS_PER_S = 1000, US_PER_MS = 1000, GRACE_S = 10 };
    struct itimerval timer = {.it_interval = {.tv_sec = GRACE_S}};

    if (timeout_ms == 0) {
        return;
    }
    timer.it_value.tv_sec = (time_t)(timeout_ms / MS_PER_S);
    timer.it_value.tv_usec = (suseconds_t)(timeout_ms % MS_PER_S * US_PER_MS);
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

bool aw_cancelled(void)
{
    return atomic_load(&reason) != 0;
}

bool aw_stop_asked(void *ctx)
{
    (void)ctx;
    return aw_cancelled();
}

const struct aw_lock_wait aw_stop_wait = {.cancelled = aw_stop_asked};

int aw_stop_exit(void)
{
    return atomic_load(&reason);
}
