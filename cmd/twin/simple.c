/* SPDX-License-Identifier: Apache-2.0 */
/* Requests without much to say: power, switch, plug, snapshot, run, stop. */
#include <string.h>
#include <time.h>

#include "twin/twin.h"

static int done(struct aw_ctx *ctx, int code, const char *key,
                const char *value)
{
    if (code == AW_EXIT_OK) {
        aw_out_text(&ctx->out, "twin", ctx->operands.item[0]);
        aw_out_text(&ctx->out, key, value);
    }
    return code;
}

/* The process may need a moment to write what it holds. */
int twin_stop(struct aw_ctx *ctx, const char *path)
{
    enum { STEP_MS = 20, STEPS = 500 };
    struct twin_ask ask;
    long pid = 0;
    int code = twin_ask_once(ctx, path, "stop", NULL, NULL, &ask);

    for (int i = 0; code == AW_EXIT_OK && aw_twin_runs(path, &pid); i++) {
        struct timespec pause = {0, STEP_MS * 1000000L};

        if (i == STEPS) {
            struct aw_host_diag host = {.network = false};

            (void)aw_host_say(&host, "process %ld does not end", pid);
            return twin_report(ctx, AW_ERR_TIMEOUT, path, &host);
        }
        (void)nanosleep(&pause, NULL);
    }
    return code;
}

static int run_stop(struct aw_ctx *ctx, const void *values)
{
    (void)values;
    return done(ctx, twin_stop(ctx, ctx->operands.item[0]), "state", "stopped");
}

static int to(struct aw_ctx *ctx, const char *what, const char *const *words,
              const char *list)
{
    const char *word = ctx->operands.item[1];
    struct twin_ask ask;

    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(word, words[i]) == 0) {
            return done(ctx,
                        twin_ask_once(ctx, ctx->operands.item[0], what, "to",
                                      word, &ask),
                        what, word);
        }
    }
    return aw_usage(ctx, "%s takes DIR and one of %s, not %s", what, list,
                    word);
}

static int run_power(struct aw_ctx *ctx, const void *values)
{
    static const char *const words[] = {"on", "off", "cycle", NULL};

    (void)values;
    return to(ctx, "power", words, "on, off, cycle");
}

static int run_switch(struct aw_ctx *ctx, const void *values)
{
    static const char *const words[] = {"usb", "mmc", NULL};
    const char *path = ctx->operands.item[0];
    const char *word = ctx->operands.item[1];
    bool serial = strcmp(word, words[0]) == 0;
    struct aw_host_diag host = {.network = false};
    long pid = 0;

    (void)values;
    if ((!serial && strcmp(word, words[1]) != 0) || aw_twin_runs(path, &pid)) {
        return to(ctx, "switch", words, "usb, mmc");
    }
    aw_err err = aw_twin_switch(path, serial, &host);

    return err == AW_OK ? done(ctx, AW_EXIT_OK, "switch", word)
                        : twin_report(ctx, err, path, &host);
}

struct plug_args {
    uint64_t plug;
};

static const struct aw_opt plug_opts[] = {
    {.name = "plug",
     .type = AW_OPT_U64,
     .at = offsetof(struct plug_args, plug),
     .arg = "N",
     .fallback = "1",
     .help = "1: the plug; 2: the receptacle of the gamma board."},
};

static int plug(struct aw_ctx *ctx, const struct plug_args *args, bool in)
{
    struct twin_ask ask;
    int code = twin_ask_begin(&ask, ctx, ctx->operands.item[0], "plug");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_u64(&ask.out, "plug", args->plug);
    aw_json_bool(&ask.out, "in", in);
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    return done(ctx, code, "cable", in ? "in" : "out");
}

static int run_plug(struct aw_ctx *ctx, const void *values)
{
    return plug(ctx, values, true);
}

static int run_unplug(struct aw_ctx *ctx, const void *values)
{
    return plug(ctx, values, false);
}

static int with_file(struct aw_ctx *ctx, const char *what)
{
    int code = AW_EXIT_OK;
    const char *file = twin_absolute(ctx, ctx->operands.item[1], &code);
    struct twin_ask ask;

    if (file == NULL) {
        return code;
    }
    return done(
        ctx,
        twin_ask_once(ctx, ctx->operands.item[0], what, "file", file, &ask),
        "file", ctx->operands.item[1]);
}

static int run_snapshot(struct aw_ctx *ctx, const void *values)
{
    (void)values;
    return with_file(ctx, "snapshot");
}

static int run_restore(struct aw_ctx *ctx, const void *values)
{
    (void)values;
    return with_file(ctx, "restore");
}

struct run_args {
    uint64_t ms;
    uint64_t ticks;
};

static const struct aw_opt run_opts[] = {
    {.name = "for",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct run_args, ms),
     .arg = "DURATION",
     .help = "Virtual time to let pass."},
    {.name = "ticks",
     .type = AW_OPT_U64,
     .at = offsetof(struct run_args, ticks),
     .arg = "N",
     .help = "The same in ticks: instructions, or their time while the "
             "processor waits."},
};

static int run_run(struct aw_ctx *ctx, const void *values)
{
    const struct run_args *args = values;
    struct twin_ask ask;

    if ((args->ms != 0) == (args->ticks != 0)) {
        return aw_usage(ctx, "give either --for or --ticks");
    }
    int code = twin_ask_begin(&ask, ctx, ctx->operands.item[0], "run");

    if (code != AW_EXIT_OK) {
        return code;
    }
    ask.timeout_ms = 0; /* Ctrl-C ends the wait, and the run */
    if (args->ms != 0) {
        aw_json_u64(&ask.out, "ms", args->ms);
    } else {
        aw_json_u64_text(&ask.out, "ticks", args->ticks);
    }
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    if (code == AW_EXIT_OK) {
        aw_out_text(&ctx->out, "twin", ctx->operands.item[0]);
        aw_out_u64(&ctx->out, "tick", twin_number(ask.reply, "tick"));
        aw_out_u64(&ctx->out, "instructions",
                   twin_number(ask.reply, "instructions"));
    }
    return code;
}

const struct aw_cmd twin_cmd_stop = {
    .name = "stop",
    .summary = "end a twin's process",
    .prose = "Ends the process of the twin in DIR, its power off, everything "
             "that it wrote kept.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_stop,
};

const struct aw_cmd twin_cmd_power = {
    .name = "power",
    .summary = "switch the power on, off, or off and on",
    .operands = "DIR on|off|cycle",
    .min_operands = 2,
    .max_operands = 2,
    .run = run_power,
};

const struct aw_cmd twin_cmd_switch = {
    .name = "switch",
    .summary = "move the boot switch",
    .prose = "Moves the boot switch of the twin in DIR: usb for serial "
             "download, mmc for the eMMC. It is looked at when the board "
             "starts, and kept in DIR.",
    .operands = "DIR usb|mmc",
    .min_operands = 2,
    .max_operands = 2,
    .run = run_switch,
};

const struct aw_cmd twin_cmd_plug = {
    .name = "plug",
    .summary = "put a USB cable in",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = plug_opts,
    .n_opts = sizeof(plug_opts) / sizeof(plug_opts[0]),
    .size = sizeof(struct plug_args),
    .run = run_plug,
};

const struct aw_cmd twin_cmd_unplug = {
    .name = "unplug",
    .summary = "pull a USB cable out",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = plug_opts,
    .n_opts = sizeof(plug_opts) / sizeof(plug_opts[0]),
    .size = sizeof(struct plug_args),
    .run = run_unplug,
};

const struct aw_cmd twin_cmd_snapshot = {
    .name = "snapshot",
    .summary = "write the whole of a running twin to a file",
    .prose = "Writes the twin in DIR as it is at this tick to FILE: processor, "
             "devices, memory, fuses, eMMC. A run from a snapshot repeats.",
    .operands = "DIR FILE",
    .min_operands = 2,
    .max_operands = 2,
    .run = run_snapshot,
};

const struct aw_cmd twin_cmd_restore = {
    .name = "restore",
    .summary = "bring a running twin to a snapshot",
    .prose = "Brings the twin in DIR to what the snapshot FILE holds. What its "
             "fuses and its eMMC hold now is replaced.",
    .operands = "DIR FILE",
    .min_operands = 2,
    .max_operands = 2,
    .run = run_restore,
};

const struct aw_cmd twin_cmd_run = {
    .name = "run",
    .summary = "let virtual time pass at full speed",
    .prose = "Lets the twin in DIR run for so long, whatever its mode.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = run_opts,
    .n_opts = sizeof(run_opts) / sizeof(run_opts[0]),
    .size = sizeof(struct run_args),
    .run = run_run,
};
