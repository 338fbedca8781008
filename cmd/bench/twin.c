/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/twin/twin.h"
#include "bench/bench.h"

/*
 * aw bench twin: how fast a software board is on this host, and with it every
 * test that runs on one.
 */
struct twin_args {
    uint64_t runs;
};

static const struct aw_opt twin_opts[] = {
    {.name = "runs",
     .type = AW_OPT_U64,
     .at = offsetof(struct twin_args, runs),
     .arg = "N",
     .fallback = "3",
     .help = "Runs; the best counts."},
};

enum { RUNS_MAX = 1000 };

static void keep_more(uint64_t *best, uint64_t n)
{
    *best = n > *best ? n : *best;
}

static void keep_less(uint64_t *best, uint64_t n)
{
    *best = *best == 0 || n < *best ? n : *best;
}

static void keep(struct aw_twin_bench *best, const struct aw_twin_bench *one)
{
    best->boot_us = one->boot_us;
    best->hash_instructions = one->hash_instructions;
    keep_less(&best->boot_wall_ns, one->boot_wall_ns);
    keep_less(&best->hash_wall_ns, one->hash_wall_ns);
    keep_more(&best->instructions_per_s, one->instructions_per_s);
    keep_more(&best->accesses_per_s, one->accesses_per_s);
    keep_more(&best->usb_bytes_per_s, one->usb_bytes_per_s);
}

static int run_twin(struct aw_ctx *ctx, const void *values)
{
    const struct twin_args *args = values;
    struct aw_twin_bench best = {.boot_us = 0};

    if (args->runs == 0 || args->runs > RUNS_MAX) {
        return aw_usage(ctx, "--runs is 1 to %d", RUNS_MAX);
    }
    for (uint64_t i = 0; i < args->runs; i++) {
        struct aw_host_diag host = {.network = false};
        struct aw_twin_bench one;
        aw_err err = aw_twin_measure(&one, &host);

        if (err != AW_OK) {
            return aw_report(ctx, &(struct aw_finding){
                                      .err = err,
                                      .on = AW_ON_LOCAL,
                                      .what = "the twin was not measured",
                                      .host = &host,
                                  });
        }
        keep(&best, &one);
    }
    aw_out_u64(&ctx->out, "instructions_per_s", best.instructions_per_s);
    aw_out_u64(&ctx->out, "register_accesses_per_s", best.accesses_per_s);
    aw_out_u64(&ctx->out, "usb_bytes_per_s", best.usb_bytes_per_s);
    aw_out_u64(&ctx->out, "sha256_mib_ns", best.hash_wall_ns);
    aw_out_u64(&ctx->out, "sha256_mib_instructions", best.hash_instructions);
    aw_out_u64(&ctx->out, "first_line_ns", best.boot_wall_ns);
    aw_out_u64(&ctx->out, "first_line_virtual_us", best.boot_us);
    return AW_EXIT_OK;
}

const struct aw_cmd bench_cmd_twin = {
    .name = "twin",
    .summary = "how fast a twin is on this host",
    .prose = "Runs a program in a twin that is in memory: instructions and "
             "accesses to device registers a second, SHA-256 of 1 MiB computed "
             "by the program, the time from power on to its first line on the "
             "console; and bytes a second that reach the boot ROM over USB. "
             "Times of the twin itself are virtual: one instruction is one "
             "cycle of 528 MHz.",
    .opts = twin_opts,
    .n_opts = sizeof(twin_opts) / sizeof(twin_opts[0]),
    .size = sizeof(struct twin_args),
    .run = run_twin,
};
