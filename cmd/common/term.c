/* SPDX-License-Identifier: Apache-2.0 */
#include "common/term.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/escape.h"
#include "common/pool.h"

static struct {
    pthread_mutex_t lock;
    bool live;
    bool shared;
    bool colour;
    bool quiet;
    uint64_t verbosity;
    atomic_int drawn; /* the bar is on the screen; signal handlers ask, too */
} term = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const char clear_line[] = "\r\033[K";

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0';
}

void aw_term_init(bool quiet, uint64_t verbosity)
{
    const char *kind = getenv("TERM");
    bool dumb = kind == NULL || kind[0] == '\0' || strcmp(kind, "dumb") == 0;

    term.live = isatty(STDERR_FILENO) == 1 && !dumb;
    term.shared = term.live && isatty(STDOUT_FILENO) == 1;
    term.colour = term.live && !is_set("NO_COLOR");
    term.quiet = quiet;
    term.verbosity = verbosity;
}

bool aw_term_live(void)
{
    return term.live;
}

bool aw_term_quiet(void)
{
    return term.quiet;
}

bool aw_term_shared(void)
{
    return term.shared;
}

int aw_term_print(aw_bytes text)
{
    int error = 0;

    (void)pthread_mutex_lock(&term.lock);
    aw_term_restore();
    errno = 0;
    if (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout) != 0) {
        error = errno == 0 ? EIO : errno;
    }
    (void)pthread_mutex_unlock(&term.lock);
    return error;
}

size_t aw_term_columns(void)
{
    enum { USUAL = 80 };
    struct winsize size = {.ws_col = 0};

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return USUAL;
    }
    return size.ws_col;
}

static void write_all(aw_bytes b)
{
    while (b.n > 0) {
        ssize_t n = write(STDERR_FILENO, b.p, b.n);

        if (n <= 0) {
            return; /* nobody left to tell */
        }
        b.p += n;
        b.n -= (size_t)n;
    }
}

static const char *colour_code(enum aw_colour colour)
{
    switch (colour) {
    case AW_BOLD:
        return "\033[1m";
    case AW_RED:
        return "\033[1;31m";
    case AW_YELLOW:
        return "\033[1;33m";
    case AW_PLAIN:
        break;
    }
    return "";
}

/* One line: word in its colour, then text, escaped; one write, so that lines
 * of several threads and processes stay whole. */
static void put_line(enum aw_colour colour, const char *word, aw_bytes text)
{
    struct aw_buf line = {.n = 0};
    struct aw_sink sink = aw_buf_sink(&line);
    bool coloured = term.colour && colour != AW_PLAIN;

    (void)pthread_mutex_lock(&term.lock);
    if (atomic_exchange(&term.drawn, 0) != 0) {
        aw_sink_text(&sink, clear_line);
    }
    aw_sink_text(&sink, coloured ? colour_code(colour) : "");
    aw_sink_text(&sink, word);
    aw_sink_text(&sink, coloured ? "\033[0m" : "");
    aw_escape(text, AW_ESCAPE_LINE, &sink);
    aw_sink_text(&sink, "\n");
    write_all(aw_buf_bytes(&line));
    (void)pthread_mutex_unlock(&term.lock);
    aw_buf_wipe(&line);
}

AW_PRINTF(3, 0)
static void put_format(enum aw_colour colour, const char *word,
                       const char *format, va_list args)
{
    struct aw_pool pool;

    aw_pool_init(&pool);
    put_line(colour, word, aw_text(aw_pool_vprintf(&pool, format, args)));
    aw_pool_wipe(&pool);
}

void aw_say(uint64_t level, const char *format, ...)
{
    va_list args;

    if (level > term.verbosity || (level == 0 && term.quiet)) {
        return;
    }
    va_start(args, format);
    put_format(AW_PLAIN, "", format, args);
    va_end(args);
}

void aw_complain(enum aw_colour colour, const char *word, const char *format,
                 ...)
{
    va_list args;

    va_start(args, format);
    put_format(colour, word, format, args);
    va_end(args);
}

void aw_term_bar(const char *line)
{
    struct aw_buf out = {.n = 0};
    size_t room = aw_term_columns() - 1;
    aw_bytes text = aw_text(line);

    if (!term.live || term.quiet) {
        return;
    }
    if (text.n > room) {
        text.n = room;
    }
    aw_buf_put(&out, aw_text(clear_line));
    aw_buf_put(&out, text);
    (void)pthread_mutex_lock(&term.lock);
    write_all(aw_buf_bytes(&out));
    atomic_store(&term.drawn, 1);
    (void)pthread_mutex_unlock(&term.lock);
    aw_buf_wipe(&out);
}

void aw_term_clear(void)
{
    (void)pthread_mutex_lock(&term.lock);
    aw_term_restore();
    (void)pthread_mutex_unlock(&term.lock);
}

void aw_term_restore(void)
{
    if (atomic_exchange(&term.drawn, 0) != 0) {
        write_all(aw_text(clear_line));
    }
}
