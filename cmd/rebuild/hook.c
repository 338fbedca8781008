/* SPDX-License-Identifier: Apache-2.0 */
/* Telling others about findings: docs/formats/rebuild-state.md. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/post.h"
#include "common/buf.h"
#include "common/stop.h"
#include "rebuild/monitor.h"
#include "rebuild/state.h"

enum { LIMIT_MS = 60 * 1000, LOOK_MS = 20, EXEC_FAILED = 127 };

/* --- What is said ---------------------------------------------------------- */

static void put_time(struct aw_json_out *doc, const char *key, int64_t seconds)
{
    char text[32];
    struct tm tm;
    time_t t = (time_t)seconds;

    if (gmtime_r(&t, &tm) != NULL &&
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0) {
        aw_json_text(doc, key, text);
    }
}

static void put_release(struct aw_json_out *doc, const struct aw_rb_result *r)
{
    aw_json_text(doc, "component", aw_component_name(r->component));
    aw_json_bytes(doc, "version", r->version);
    aw_json_bytes(doc, "commit", r->commit);
    aw_json_hex(doc, "expected", (aw_bytes){r->expected, AW_SHA256_SIZE});
    if (r->has_built) {
        aw_json_hex(doc, "built", (aw_bytes){r->built, AW_SHA256_SIZE});
    }
}

static void put_finding(const struct rebuild_monitor *m,
                        const struct aw_rebuilds_row *row,
                        struct aw_json_out *doc)
{
    struct aw_pool *pool = log_view_pool(m->view);
    const char *verdict = aw_rb_verdict_name((enum aw_rb_verdict)row->verdict);
    struct aw_rb_result result;
    char id[2 * AW_SHA256_SIZE + 1] = "";
    struct aw_wr w = aw_wr_init(id, sizeof(id) - 1);

    aw_wr_hex(&w, (aw_bytes){m->view->state_log.id, AW_SHA256_SIZE});
    aw_json_begin_object(doc, NULL);
    aw_json_u64(doc, "v", 1);
    aw_json_text(doc, "id",
                 aw_pool_printf(pool, "%s/%llu/%s", id,
                                (unsigned long long)row->index, verdict));
    aw_json_bytes(doc, "origin", m->engine->trust->use.policy.origin);
    aw_json_u64_text(doc, "index", row->index);
    aw_json_text(doc, "verdict", verdict);
    aw_json_bytes(doc, "reason", row->detail);
    if (aw_rb_result_kept(row->note, &result, NULL) == AW_OK) {
        put_release(doc, &result);
        aw_json_bytes(doc, "result", row->note);
    }
    aw_json_u64_text(doc, "tries", row->tries);
    put_time(doc, "time", row->time);
    if (row->evidence.n > 0 && m->engine->evidence != NULL) {
        aw_json_text(doc, "evidence",
                     aw_pool_printf(pool, "%s/%s", m->engine->evidence,
                                    aw_pool_bytes(pool, row->evidence)));
    }
    aw_json_end_object(doc);
    aw_json_finish(doc);
}

/* --- A program ------------------------------------------------------------- */

/* A file without a name that has the text; -1 without one. */
static int text_file(aw_bytes text)
{
    FILE *f = tmpfile();
    bool ok = f != NULL && fwrite(text.p, 1, text.n, f) == text.n &&
              fflush(f) == 0 && fseek(f, 0, SEEK_SET) == 0;
    int fd = ok ? fcntl(fileno(f), F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;

    if (f != NULL) {
        (void)fclose(f);
    }
    return fd;
}

AW_NORETURN static void become(const char *program, int in)
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0);
    /* Standard output is ours: what the program says goes to the log. */
    if (dup2(in, STDIN_FILENO) == STDIN_FILENO &&
        dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO) {
        (void)execl(program, program, (char *)NULL);
    }
    _exit(EXEC_FAILED);
}

/* Waits for the program, and ends it when its time is over. */
static int await(pid_t pid)
{
    int status = -1;

    for (unsigned ms = 0;; ms += LOOK_MS) {
        pid_t got = waitpid(pid, &status, WNOHANG);

        if (got == pid || (got < 0 && errno != EINTR)) {
            return status;
        }
        if (ms >= LIMIT_MS || aw_cancelled()) {
            (void)kill(-pid, SIGKILL);
            (void)kill(pid, SIGKILL);
        }
        (void)nanosleep(&(struct timespec){0, LOOK_MS * 1000000L}, NULL);
    }
}

/* What became of a finding. One that is refused may be refused for ever, for
 * what is in it; the others are told all the same. */
enum reply { TOLD, REFUSED, UNREACHABLE };

static enum reply run_program(struct rebuild_monitor *m, aw_bytes text)
{
    int in = text_file(text);
    pid_t pid = in < 0 ? -1 : fork();

    if (pid == 0) {
        become(m->hook_exec, in);
    }
    if (in >= 0) {
        (void)close(in);
    }
    int status = pid < 0 ? -1 : await(pid);

    bool started =
        pid >= 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == EXEC_FAILED);

    if (status == 0) {
        return TOLD;
    }
    aw_warn(m->engine->ctx, "--hook-exec: %s, it is called again",
            !started            ? "cannot be started"
            : WIFEXITED(status) ? "failed"
                                : "was ended by a signal");
    return started ? REFUSED : UNREACHABLE;
}

/* --- A server -------------------------------------------------------------- */

static bool cancelled(void *ctx)
{
    (void)ctx;
    return aw_cancelled();
}

/* The address stays unsaid: whoever has it may write there. */
static enum reply post(struct rebuild_monitor *m, aw_bytes text)
{
    struct aw_ctx *ctx = m->engine->ctx;
    struct aw_post *p = aw_pool_alloc(log_view_pool(m->view), 1, sizeof(*p));
    const struct aw_post_options options = {
        .offline = ctx->global.offline,
        .status_only = true,
        .type = "application/json",
        .cancelled = cancelled,
    };

    p->url = m->hook_url;
    p->body = text;
    aw_post_all(p, 1, &options);
    if (p->err == AW_OK && p->status >= 200 && p->status < 300) {
        return TOLD;
    }
    if (p->err == AW_OK) {
        aw_warn(ctx, "--hook-url: status %u, it is called again", p->status);
    } else {
        aw_warn(ctx, "--hook-url: %s, it is called again", aw_err_text(p->err));
    }
    return p->err == AW_OK ? REFUSED : UNREACHABLE;
}

/* --- All that wait ---------------------------------------------------------- */

struct waiting {
    struct rebuild_monitor *m;
    struct aw_buf text; /* of one finding */
    uint64_t index;
    bool found;
};

static aw_err find_one(void *ctx, const struct aw_rebuilds_row *row)
{
    struct waiting *w = ctx;
    struct aw_json_out doc;

    if (w->found || row->notified || row->verdict <= AW_RB_REPRODUCED ||
        row->verdict > AW_RB_REFUSED) {
        return AW_OK;
    }
    aw_json_out_init(&doc, aw_buf_sink(&w->text), true);
    put_finding(w->m, row, &doc);
    w->index = row->index;
    w->found = true;
    return AW_OK;
}

static enum reply deliver(struct rebuild_monitor *m, aw_bytes text)
{
    enum reply reply = TOLD;

    if (m->hook_exec != NULL) {
        reply = run_program(m, text);
    }
    return reply == TOLD && m->hook_url != NULL ? post(m, text) : reply;
}

/* Tells the findings of a range. @param down  set when nobody was there */
static int tell_range(struct rebuild_monitor *m, struct aw_rebuilds_range range,
                      bool *down)
{
    struct log_view *view = m->view;
    struct aw_host_diag why = {.network = false};
    aw_err err = AW_OK;
    bool more = true;

    while (more && err == AW_OK && !*down && !aw_cancelled()) {
        struct waiting w = {.m = m};

        err = aw_rebuilds_list(view->state, view->state_log.id, &range,
                               find_one, &w, &why);
        more = err == AW_OK && w.found && range.max != 1;
        if (err == AW_OK && w.found) {
            enum reply reply = deliver(m, aw_buf_bytes(&w.text));

            err = reply == TOLD
                      ? aw_rebuilds_notified(view->state, view->state_log.id,
                                             w.index, &why)
                      : AW_OK;
            *down = reply == UNREACHABLE;
            range.from = w.index + 1;
        }
        aw_buf_wipe(&w.text);
    }
    m->hook_from = *down ? range.from : m->hook_from;
    return err == AW_OK ? AW_EXIT_OK : rebuild_state_fail(view, err, &why);
}

static bool has_hook(const struct rebuild_monitor *m)
{
    return m->hook_exec != NULL || m->hook_url != NULL;
}

int rebuild_hook_leaf(struct rebuild_monitor *m, uint64_t index)
{
    struct aw_rebuilds_range one = {index, 1};

    return has_hook(m) && !m->hook_down ? tell_range(m, one, &m->hook_down)
                                        : AW_EXIT_OK;
}

int rebuild_hook(struct rebuild_monitor *m)
{
    struct aw_rebuilds_range behind = {m->hook_from, 0};
    struct aw_rebuilds_range before = {0, m->hook_from};
    int code = AW_EXIT_OK;

    m->hook_down = false;
    m->hook_from = 0;
    if (has_hook(m)) {
        code = tell_range(m, behind, &m->hook_down);
    }
    if (has_hook(m) && code == AW_EXIT_OK && before.max > 0 && !m->hook_down) {
        code = tell_range(m, before, &m->hook_down);
    }
    return code;
}
