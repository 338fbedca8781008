/* SPDX-License-Identifier: Apache-2.0 */
/* The twin of aw bench device, and programs that work on it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aw/hostio/file.h"
#include "bench/clock.h"
#include "bench/device.h"
#include "common/stop.h"
#include "common/term.h"
#include "twin/twin.h"

enum {
    ARGS_MAX = 16,
    EXEC_FAILED = 127,
    MESSAGES_MODE = 0600,
    MESSAGES_MAX = 1024 * 1024
};

/* Words of a command of ours, the last one NULL. */
struct words {
    char *word[ARGS_MAX];
    size_t n;
};

static void add(const struct device_bench *b, struct words *words,
                const char *word)
{
    AW_BUG_ON(words->n >= ARGS_MAX - 1);
    words->word[words->n] = aw_pool_text(&b->ctx->pool, word);
    words->n++;
}

static void add_option(const struct device_bench *b, struct words *words,
                       const char *option, const char *value)
{
    if (value != NULL) {
        add(b, words, aw_pool_printf(&b->ctx->pool, "--%s=%s", option, value));
    }
}

static _Noreturn void become(const struct words *words, int null, int messages)
{
    if (dup2(null, STDOUT_FILENO) == STDOUT_FILENO &&
        dup2(messages, STDERR_FILENO) == STDERR_FILENO) {
        (void)execv("/proc/self/exe", words->word);
    }
    _exit(EXEC_FAILED);
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (pid > 0 && waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return AW_EXIT_INTERNAL;
        }
    }
    if (pid < 0 || !WIFEXITED(status)) {
        return AW_EXIT_INTERNAL;
    }
    return WEXITSTATUS(status);
}

static const char *messages_of(const struct device_bench *b)
{
    return aw_pool_printf(&b->ctx->pool, "%s/messages", b->dir);
}

/* Begins a run of aw; what it says is kept until it has ended.
 * @return its process; -1: none */
static pid_t begin_aw(const struct device_bench *b, struct words *words)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int messages =
        open(messages_of(b), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
             MESSAGES_MODE);

    add(b, words, "--quiet");
    add(b, words, "--non-interactive");
    pid_t pid = null < 0 || messages < 0 ? -1 : fork();

    if (pid == 0) {
        become(words, null, messages);
    }
    if (null >= 0) {
        (void)close(null);
    }
    if (messages >= 0) {
        (void)close(messages);
    }
    return pid;
}

/* What a run that failed has complained of. */
static void show_messages(const struct device_bench *b)
{
    struct aw_blob blob = {.p = NULL};
    size_t at = 0;

    if (aw_file_read(messages_of(b), MESSAGES_MAX, &blob, NULL) != AW_OK) {
        return;
    }
    aw_bytes text = aw_blob_bytes(&blob);

    while (at < text.n) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end == NULL ? text.n - at : (size_t)(end - (text.p + at));
        aw_bytes line = {text.p + at, n};

        aw_complain(AW_PLAIN, "", "%s", aw_pool_bytes(&b->ctx->pool, line));
        at += n + 1;
    }
    aw_blob_free(&blob);
}

/* Waits for its end. A warning is for those who put a board into service. */
static int end_aw(const struct device_bench *b, const char *name, pid_t pid)
{
    int code = wait_for(pid);

    if (code == AW_EXIT_OK) {
        return AW_EXIT_OK;
    }
    if (aw_cancelled()) {
        return aw_stop_exit();
    }
    show_messages(b);
    return aw_report(
        b->ctx, &(struct aw_finding){
                    .err = AW_ERR_IO,
                    .on = AW_ON_LOCAL,
                    .exit = code == EXEC_FAILED ? AW_EXIT_INTERNAL : code,
                    .what = aw_pool_printf(&b->ctx->pool,
                                           "aw %s failed on the twin", name),
                    .subject = b->name,
                    .got = aw_pool_printf(&b->ctx->pool, "exit code %d", code),
                });
}

int device_begin(struct device_bench *b)
{
    static const char *const socs[] = {"ull", "ul", "ulz"};
    const uint8_t seed[AW_TWIN_SEED] = {1, b->number};
    struct aw_host_diag host = {.network = false};
    int code = bench_folder_make(b->ctx, &b->args->place, &b->dir);

    if (code != AW_EXIT_OK) {
        return code;
    }
    b->twin = aw_pool_printf(&b->ctx->pool, "%s/twin", b->dir);
    b->name = aw_pool_printf(&b->ctx->pool, "twin=%s", b->twin);
    aw_err err =
        aw_twin_create(b->twin, socs[b->args->soc], NULL, false, seed, &host);

    if (err == AW_OK) {
        err = aw_twin_switch(b->twin, true, &host);
    }
    if (err != AW_OK) {
        return twin_report(b->ctx, err, b->twin, &host);
    }
    const char *const start[] = {"aw", "twin", "start", b->twin, "--detach"};
    struct words words = {.n = 0};

    for (size_t i = 0; i < sizeof(start) / sizeof(start[0]); i++) {
        add(b, &words, start[i]);
    }
    return end_aw(b, "twin", begin_aw(b, &words));
}

void device_end(struct device_bench *b)
{
    long pid = 0;

    if (b->twin != NULL && aw_twin_runs(b->twin, &pid)) {
        (void)twin_stop(b->ctx, b->twin);
    }
    if (b->dir != NULL) {
        bench_folder_end(&b->args->place, b->dir);
    }
}

int device_reboot(const struct device_bench *b)
{
    struct twin_ask ask;

    return twin_ask_once(b->ctx, b->twin, "power", "to", "cycle", &ask);
}

int device_used(const struct device_bench *b, struct device_used *used)
{
    struct twin_ask ask;
    long pid = 0;
    int code = twin_ask_once(b->ctx, b->twin, "status", NULL, NULL, &ask);

    if (code == AW_EXIT_OK) {
        used->virtual_us = twin_number(ask.reply, "time_us");
        used->twin_ns =
            aw_twin_runs(b->twin, &pid) ? bench_process_ns((pid_t)pid) : 0;
    }
    return code;
}

pid_t device_provision_begin(const struct device_bench *b)
{
    const struct device_args *args = b->args;
    struct words words = {.n = 0};

    add(b, &words, "aw");
    add(b, &words, "provision");
    add_option(b, &words, "device", b->name);
    add_option(b, &words, "policy", args->policy);
    add_option(b, &words, "log-url", args->log_url);
    add_option(b, &words, "binaries-url", args->binaries);
    add_option(b, &words, "srk-hash", args->srk_hash);
    /* What stations remember of boards is not for twins that are gone. */
    add_option(b, &words, "state",
               aw_pool_printf(&b->ctx->pool, "%s/state", b->dir));
    if (args->skip_hab) {
        add(b, &words, "--skip-hab");
    }
    return begin_aw(b, &words);
}

int device_provision_end(const struct device_bench *b, pid_t pid)
{
    return end_aw(b, "provision", pid);
}

static int provision_once(const struct device_bench *b, uint64_t *ns)
{
    uint64_t began = bench_wall_ns();
    int code = device_provision_end(b, device_provision_begin(b));

    *ns = bench_wall_ns() - began;
    return code;
}

int device_provision(const struct device_bench *b, struct device_figures *f)
{
    struct device_used before = {0};
    struct device_used after = {0};
    int code = device_used(b, &before);

    if (code == AW_EXIT_OK) {
        code = provision_once(b, &f->provision_ns);
    }
    if (code == AW_EXIT_OK) {
        code = device_used(b, &after);
    }
    f->provision_virtual_us = after.virtual_us - before.virtual_us;
    f->provision_twin_ns = after.twin_ns - before.twin_ns;
    return code == AW_EXIT_OK ? provision_once(b, &f->again_ns) : code;
}
