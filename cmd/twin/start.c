/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aw/text.h"
#include "common/stop.h"
#include "twin/twin.h"

struct start_args {
    bool detach;
    bool off;
    bool unplugged;
    unsigned mode;
    const char *from;
    const char *journal;
    const char *replay;
    const char *gdb;
    bool hold;
    const char *net;
    struct aw_list forwards;
};

static const struct aw_opt start_opts[] = {
    {.name = "detach",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct start_args, detach),
     .help = "Return once the twin runs; it goes on in the background."},
    {.name = "off",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct start_args, off),
     .help = "Do not switch the power on."},
    {.name = "unplugged",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct start_args, unplugged),
     .help = "Start without a cable in the plug."},
    {.name = "mode",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct start_args, mode),
     .arg = "auto|free|lockstep|paced",
     .fallback = "auto",
     .help = "How virtual time passes: as fast as it can while a client waits "
             "and by the wall clock otherwise; as fast as it can; only while a "
             "client waits; by the wall clock."},
    {.name = "from",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct start_args, from),
     .arg = "FILE",
     .help = "Go on from a snapshot instead of powering on. Replaces what the "
             "storage holds."},
    {.name = "journal",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct start_args, journal),
     .arg = "FILE",
     .help = "Write what is done to the twin there, each with its tick."},
    {.name = "replay",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct start_args, replay),
     .arg = "FILE",
     .help = "Do what the journal FILE says first, each at its tick, at full "
             "speed. With the --from that it was written with, the run "
             "repeats."},
    {.name = "gdb",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct start_args, gdb),
     .arg = "PORT",
     .help = "Listen for GDB on this port of 127.0.0.1; 0: one that is free, "
             "which aw twin status shows."},
    {.name = "hold",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct start_args, hold),
     .help = "Let no time pass until a debugger or aw twin resume says so."},
    {.name = "net",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct start_args, net),
     .arg = "user|tap=NAME|none",
     .fallback = "none",
     .help = "What the LAN jack leads to: a network of the twin's own, from "
             "which it reaches what this machine reaches; a tap device; "
             "nothing."},
    {.name = "forward",
     .type = AW_OPT_LIST,
     .at = offsetof(struct start_args, forwards),
     .arg = "tcp|udp:PORT:PORT",
     .help = "With --net=user: a port of 127.0.0.1, and the port of the twin "
             "that it leads to."},
};

/* What the background process tells the one that started it. */
struct verdict {
    int32_t err; /* 0: it runs */
    char text[AW_HOST_TEXT_MAX];
};

/* @return exit code, reported */
static int how_of(struct aw_ctx *ctx, const struct start_args *args,
                  struct aw_twin_start *how)
{
    static const enum aw_twin_mode modes[] = {AW_TWIN_AUTO, AW_TWIN_FREE,
                                              AW_TWIN_LOCKSTEP, AW_TWIN_PACED};
    uint64_t port = 0;

    if (args->gdb != NULL &&
        (aw_dec_parse(aw_text(args->gdb), &port) != AW_OK ||
         port > UINT16_MAX)) {
        return aw_usage(ctx, "--gdb takes a port, 0 to %u", UINT16_MAX);
    }
    *how = (struct aw_twin_start){.path = ctx->operands.item[0],
                                  .mode = modes[args->mode],
                                  .off = args->off,
                                  .plugged = !args->unplugged,
                                  .snapshot = args->from,
                                  .journal = args->journal,
                                  .replay = args->replay,
                                  .debug = args->gdb != NULL,
                                  .debug_port = (uint16_t)port,
                                  .held = args->hold};
    return twin_net(ctx, args->net, &args->forwards, how);
}

static void say_ready(void *ctx)
{
    struct aw_ctx *run = ctx;

    aw_out_text(&run->out, "twin", run->operands.item[0]);
    aw_out_u64(&run->out, "pid", (uint64_t)getpid());
    (void)aw_out_flush(&run->out);
}

static int run_here(struct aw_ctx *ctx, const struct aw_twin_start *how)
{
    struct aw_host_diag host = {.network = false};
    aw_err err = aw_twin_run(how, aw_cancelled, say_ready, ctx, &host);

    return err == AW_OK ? AW_EXIT_OK : twin_report(ctx, err, how->path, &host);
}

/* Tells how it went; the descriptor is closed either way. */
static void tell(int fd, const struct verdict *verdict)
{
    (void)!write(fd, verdict, sizeof(*verdict));
    (void)close(fd);
}

static void tell_ready(void *ctx)
{
    int *fd = ctx;

    tell(*fd, &(struct verdict){.err = AW_OK});
    *fd = -1;
}

/* The background: its own session, no terminal. */
static _Noreturn void background(const struct aw_twin_start *how, int fd)
{
    struct aw_host_diag host = {.network = false};
    int null = open("/dev/null", O_RDWR);

    (void)setsid();
    for (int i = 0; null >= 0 && i <= 2; i++) {
        (void)dup2(null, i);
    }
    if (null > 2) {
        (void)close(null);
    }
    aw_err err = aw_twin_run(how, aw_cancelled, tell_ready, &fd, &host);

    if (err != AW_OK && fd >= 0) {
        struct verdict verdict = {.err = (int32_t)err};

        memcpy(verdict.text, host.text, sizeof(verdict.text));
        tell(fd, &verdict);
    }
    _exit(err == AW_OK ? 0 : aw_exit_of(err, AW_ON_LOCAL));
}

static int read_verdict(struct aw_ctx *ctx, int fd, pid_t pid)
{
    const char *path = ctx->operands.item[0];
    struct aw_host_diag host = {.network = false};
    struct verdict verdict = {.err = AW_ERR_IO};
    ssize_t n = 0;

    do {
        n = read(fd, &verdict, sizeof(verdict));
    } while (n < 0 && errno == EINTR && !aw_cancelled());
    if (n == (ssize_t)sizeof(verdict) && verdict.err == AW_OK) {
        aw_out_text(&ctx->out, "twin", path);
        aw_out_u64(&ctx->out, "pid", (uint64_t)pid);
        return AW_EXIT_OK;
    }
    if (n != (ssize_t)sizeof(verdict)) {
        verdict = (struct verdict){.err = AW_ERR_IO};
        (void)aw_host_say(&host, "the process of the twin ended");
        (void)kill(pid, SIGTERM);
    } else {
        verdict.text[sizeof(verdict.text) - 1] = '\0';
        (void)aw_host_say(&host, "%s", verdict.text);
    }
    (void)waitpid(pid, NULL, 0);
    return twin_report(ctx, (aw_err)verdict.err, path, &host);
}

static int run_detached(struct aw_ctx *ctx, const struct aw_twin_start *how)
{
    struct aw_host_diag host = {.network = false};
    const char *path = how->path;
    int ends[2];

    if (pipe(ends) != 0) {
        return twin_report(ctx,
                           aw_host_fail_errno(&host, "twin: pipe", errno, path),
                           path, &host);
    }
    pid_t pid = fork();

    if (pid == 0) {
        (void)close(ends[0]);
        background(how, ends[1]);
    }
    int error = errno;

    (void)close(ends[1]);
    int code =
        pid > 0
            ? read_verdict(ctx, ends[0], pid)
            : twin_report(ctx,
                          aw_host_fail_errno(&host, "twin: fork", error, path),
                          path, &host);

    (void)close(ends[0]);
    return code;
}

static int run_start(struct aw_ctx *ctx, const void *values)
{
    const struct start_args *args = values;

    struct aw_twin_start how = {.path = NULL};
    int code = how_of(ctx, args, &how);

    if (code != AW_EXIT_OK) {
        return code;
    }
    return args->detach ? run_detached(ctx, &how) : run_here(ctx, &how);
}

const struct aw_cmd twin_cmd_start = {
    .name = "start",
    .summary = "run a twin",
    .prose = "Runs the twin in DIR: switches its power on and lets time pass, "
             "until it is stopped with aw twin stop or Ctrl-C. What it prints "
             "on its console goes to console.log in DIR.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = start_opts,
    .n_opts = sizeof(start_opts) / sizeof(start_opts[0]),
    .size = sizeof(struct start_args),
    .run = run_start,
};
