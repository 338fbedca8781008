/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/device.h"

/*
 * aw bench device: what a board costs beside its operator's time. Measured on
 * twins made for it: nobody's board is written to.
 */
enum {
    RUNS_MAX = 100,
    MIB_MAX = 1024,
    NS_MS = 1000000,
    NS_US = 1000,
    US_MS = 1000,
    PERCENT = 100
};

#define ROW(type_, field) \
    .type = (type_), .at = offsetof(struct device_args, field)

static const struct aw_opt device_opts[] = {
    {.name = "policy",
     ROW(AW_OPT_TEXT, policy),
     .arg = "NAME|FILE",
     .required = true,
     .help = "Policy of the firmware that is put on the twins, as for aw "
             "provision."},
    {.name = "log-url",
     ROW(AW_OPT_TEXT, log_url),
     .arg = "DIR|URL",
     .help = "Where its log is; what the policy says by default."},
    {.name = "binaries-url",
     ROW(AW_OPT_TEXT, binaries),
     .arg = "DIR|URL",
     .help = "Where its images are; what the policy says by default."},
    {.name = "srk-hash",
     ROW(AW_OPT_TEXT, srk_hash),
     .arg = "HEX",
     .help = "Its SRK hash; what the policy says by default."},
    {.name = "skip-hab",
     ROW(AW_OPT_FLAG, skip_hab),
     .help = "Provision without judging HAB signatures."},
    {.name = "soc",
     ROW(AW_OPT_CHOICE, soc),
     .arg = "ull|ul|ulz",
     .fallback = "ull",
     .help = "Processor of the twins."},
    {.name = "mib",
     ROW(AW_OPT_U64, mib),
     .arg = "N",
     .fallback = "32",
     .help = "MiB that are written and read back, 1 to 1024."},
    {.name = "runs",
     ROW(AW_OPT_U64, runs),
     .arg = "N",
     .fallback = "3",
     .help = "Runs, each on a twin of its own; the best counts."},
    {.name = "twins",
     ROW(AW_OPT_U64, twins),
     .arg = "N",
     .fallback = "1",
     .help = "Then provisions N twins at a time, 2 to 64, and compares with "
             "one and with what the processors can do."},
    {.name = "dir",
     ROW(AW_OPT_TEXT, place.dir),
     .arg = "DIR",
     .help = "Makes the twins below DIR. Default: the directory for temporary "
             "files."},
};

uint64_t device_rate(uint64_t bytes, uint64_t ns)
{
    return ns == 0 ? 0 : (uint64_t)((double)bytes * 1e9 / (double)ns);
}

static int measure(struct aw_ctx *ctx, const struct device_args *args,
                   struct device_figures *figures)
{
    struct device_bench b = {.ctx = ctx, .args = args};
    int code = device_begin(&b);

    if (code == AW_EXIT_OK) {
        code = device_send(&b, figures);
    }
    if (code == AW_EXIT_OK) {
        code = device_reboot(&b);
    }
    if (code == AW_EXIT_OK) {
        code = device_provision(&b, figures);
    }
    if (code == AW_EXIT_OK) {
        code = device_flash(&b, figures);
    }
    device_end(&b);
    return code;
}

static void keep_more(uint64_t *best, uint64_t n)
{
    *best = n > *best ? n : *best;
}

static void keep_less(uint64_t *best, uint64_t n)
{
    *best = *best == 0 || n < *best ? n : *best;
}

static void keep(struct device_figures *best, const struct device_figures *one)
{
    keep_more(&best->sdp_bytes_per_s, one->sdp_bytes_per_s);
    keep_less(&best->provision_ns, one->provision_ns);
    keep_less(&best->provision_virtual_us, one->provision_virtual_us);
    keep_less(&best->provision_twin_ns, one->provision_twin_ns);
    keep_less(&best->again_ns, one->again_ns);
    keep_more(&best->write_bytes_per_s, one->write_bytes_per_s);
    keep_more(&best->read_bytes_per_s, one->read_bytes_per_s);
    keep_more(&best->flash_bytes_per_s, one->flash_bytes_per_s);
    keep_more(&best->flash_virtual_bytes_per_s, one->flash_virtual_bytes_per_s);
    keep_less(&best->flash_twin_ns, one->flash_twin_ns);
}

static void show(struct aw_ctx *ctx, const struct device_args *args,
                 const struct device_figures *f)
{
    struct aw_out *out = &ctx->out;

    aw_out_u64(out, "runs", args->runs);
    aw_out_u64(out, "sdp_bytes", DEVICE_SDP_BYTES);
    aw_out_u64(out, "sdp_bytes_per_s", f->sdp_bytes_per_s);
    aw_out_u64(out, "provision_ms", f->provision_ns / NS_MS);
    aw_out_u64(out, "provision_virtual_ms", f->provision_virtual_us / US_MS);
    aw_out_u64(out, "provision_twin_cpu_us", f->provision_twin_ns / NS_US);
    aw_out_u64(out, "provision_again_ms", f->again_ns / NS_MS);
    aw_out_u64(out, "flash_bytes", args->mib * DEVICE_MIB);
    aw_out_u64(out, "flash_bytes_per_s", f->flash_bytes_per_s);
    aw_out_u64(out, "write_bytes_per_s", f->write_bytes_per_s);
    aw_out_u64(out, "read_bytes_per_s", f->read_bytes_per_s);
    aw_out_u64(out, "flash_virtual_bytes_per_s", f->flash_virtual_bytes_per_s);
    aw_out_u64(out, "flash_twin_cpu_us", f->flash_twin_ns / NS_US);
}

/* No station is faster than one board, nor than its processors. */
static void show_many(struct aw_ctx *ctx, const struct device_args *args,
                      const struct device_figures *one,
                      const struct device_many *many)
{
    struct aw_out *out = &ctx->out;
    uint64_t shared = many->cpu_ns / many->cores;
    uint64_t least = shared > one->provision_ns ? shared : one->provision_ns;

    aw_out_u64(out, "twins", args->twins);
    aw_out_u64(out, "twins_ms", many->wall_ns / NS_MS);
    aw_out_u64(out, "twins_cpu_us", many->cpu_ns / NS_US);
    aw_out_u64(out, "twins_percent_of_least",
               least == 0 ? 0 : many->wall_ns * PERCENT / least);
}

static int run_many(struct aw_ctx *ctx, const struct device_args *args,
                    const struct device_figures *one)
{
    struct device_many best = {.cores = 1};

    for (uint64_t i = 0; i < args->runs; i++) {
        struct device_many many = {.wall_ns = 0};
        int code = device_many(ctx, args, &many);

        if (code != AW_EXIT_OK) {
            return code;
        }
        if (i == 0 || many.wall_ns < best.wall_ns) {
            best = many;
        }
    }
    show_many(ctx, args, one, &best);
    return AW_EXIT_OK;
}

static int run_device(struct aw_ctx *ctx, const void *values)
{
    const struct device_args *args = values;
    struct device_figures best = {.provision_ns = 0};
    int code = AW_EXIT_OK;

    if (args->runs == 0 || args->runs > RUNS_MAX) {
        return aw_usage(ctx, "--runs is 1 to %d", RUNS_MAX);
    }
    if (args->mib == 0 || args->mib > MIB_MAX) {
        return aw_usage(ctx, "--mib is 1 to %d", MIB_MAX);
    }
    if (args->twins == 0 || args->twins > DEVICE_TWINS_MAX) {
        return aw_usage(ctx, "--twins is 1 to %d", DEVICE_TWINS_MAX);
    }
    for (uint64_t i = 0; i < args->runs && code == AW_EXIT_OK; i++) {
        struct device_figures one = {.provision_ns = 0};

        code = measure(ctx, args, &one);
        keep(&best, &one);
    }
    if (code == AW_EXIT_OK) {
        show(ctx, args, &best);
    }
    if (code == AW_EXIT_OK && args->twins > 1) {
        code = run_many(ctx, args, &best);
    }
    return code;
}

const struct aw_cmd bench_cmd_device = {
    .name = "device",
    .summary = "what putting firmware on a board takes",
    .prose = "Makes a twin, sends it an image of 4 MiB by serial download, "
             "provisions it twice, and writes and reads back so many MiB "
             "through its recovery. No board is touched. Times are the wall "
             "clock's; virtual ones are the twin's own, and those of its "
             "processor time do not depend on what else this machine does.",
    .opts = device_opts,
    .n_opts = sizeof(device_opts) / sizeof(device_opts[0]),
    .size = sizeof(struct device_args),
    .run = run_device,
};
