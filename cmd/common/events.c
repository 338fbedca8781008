/* SPDX-License-Identifier: Apache-2.0 */
#include "common/events.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "aw/json_write.h"
#include "aw/text.h"
#include "common/buf.h"
#include "common/escape.h"

static void make_run_id(char *id)
{
    uint8_t random[AW_RUN_ID / 2] = {0};
    ssize_t n = getrandom(random, sizeof(random), 0);

    (void)n; /* a run id that is not random does no harm */
    for (size_t i = 0; i < sizeof(random); i++) {
        (void)snprintf(id + 2 * i, 3, "%02x", random[i]);
    }
}

void aw_events_init(struct aw_events *events)
{
    *events = (struct aw_events){.fd = -1};
    AW_BUG_ON(pthread_mutex_init(&events->lock, NULL) != 0);
    make_run_id(events->run);
}

static aw_err open_number(struct aw_events *events, uint64_t number)
{
    if (number <= STDOUT_FILENO || number > INT32_MAX) {
        return AW_ERR_RANGE;
    }
    if (fcntl((int)number, F_GETFD) < 0) {
        return AW_ERR_NOT_FOUND;
    }
    events->fd = (int)number;
    return AW_OK;
}

aw_err aw_events_open(struct aw_events *events, const char *target)
{
    enum { MODE = 0644 };
    uint64_t number = 0;

    if (aw_dec_parse(aw_text(target), &number) == AW_OK) {
        return open_number(events, number);
    }
    int fd = open(target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, MODE);

    if (fd < 0) {
        return AW_ERR_IO;
    }
    events->fd = fd;
    events->own = true;
    return AW_OK;
}

bool aw_events_on(const struct aw_events *events)
{
    return events->fd >= 0;
}

static void put_text(struct aw_json_out *out, const char *key, const char *text)
{
    if (text == NULL) {
        aw_json_null(out, key);
    } else {
        aw_json_text(out, key, text);
    }
}

/* RFC 3339, UTC, milliseconds. */
static void put_time(struct aw_json_out *out)
{
    enum { NS_PER_MS = 1000000 };
    struct timespec now = {0};
    struct tm utc = {0};
    char day[32];
    char text[48];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text, sizeof(text), "%s.%03ldZ", day,
                   now.tv_nsec / NS_PER_MS);
    aw_json_text(out, "t", text);
}

static void put_counts(struct aw_json_out *out, const struct aw_event *event)
{
    if (!event->counted) {
        aw_json_null(out, "done");
        aw_json_null(out, "total");
        aw_json_null(out, "unit");
        return;
    }
    aw_json_u64_text(out, "done", event->done);
    if (event->total == 0) {
        aw_json_null(out, "total");
    } else {
        aw_json_u64_text(out, "total", event->total);
    }
    put_text(out, "unit", event->unit);
}

/* Writes a whole line; a reader that went away must not stop the work. */
static void write_line(struct aw_events *events, aw_bytes line)
{
    while (line.n > 0 && !events->failed) {
        ssize_t n = write(events->fd, line.p, line.n);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            events->failed = true;
            return;
        }
        line.p += n;
        line.n -= (size_t)n;
    }
}

void aw_events_put(struct aw_events *events, const struct aw_event *event)
{
    struct aw_buf line = {.n = 0};
    struct aw_buf safe = {.n = 0};
    struct aw_sink sink = aw_buf_sink(&safe);
    struct aw_json_out out;

    if (!aw_events_on(events)) {
        return;
    }
    aw_json_out_init(&out, aw_buf_sink(&line), true);
    aw_json_begin_object(&out, NULL);
    aw_json_u64(&out, "v", 1);
    put_time(&out);
    aw_json_text(&out, "run", events->run);
    put_text(&out, "device", event->device);
    put_text(&out, "step", event->step);
    aw_json_text(&out, "state", event->state);
    put_counts(&out, event);
    put_text(&out, "code", event->code);
    put_text(&out, "class", event->class_name);
    put_text(&out, "detail", event->detail);
    aw_json_end_object(&out);
    aw_json_finish(&out);
    aw_escape(aw_buf_bytes(&line), AW_ESCAPE_JSON, &sink);
    (void)pthread_mutex_lock(&events->lock);
    write_line(events, aw_buf_bytes(&safe));
    (void)pthread_mutex_unlock(&events->lock);
    aw_buf_wipe(&line);
    aw_buf_wipe(&safe);
}

bool aw_events_close(struct aw_events *events)
{
    bool ok = !events->failed;

    if (events->own && close(events->fd) != 0) {
        ok = false;
    }
    events->fd = -1;
    events->own = false;
    (void)pthread_mutex_destroy(&events->lock);
    return ok;
}
