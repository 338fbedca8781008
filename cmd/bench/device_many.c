/* SPDX-License-Identifier: Apache-2.0 */
/* Many boards at one station: aw provision on several twins at a time. */
#include <sys/resource.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/device.h"

/* A board of them. */
struct board_run {
    struct device_bench bench;
    struct device_used before;
    pid_t pid; /* of aw provision; 0: not begun */
};

static uint64_t children_ns(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return bench_timeval_ns(usage.ru_utime) + bench_timeval_ns(usage.ru_stime);
}

static int begin_all(struct board_run *run, uint64_t n)
{
    int code = AW_EXIT_OK;

    for (uint64_t i = 0; i < n && code == AW_EXIT_OK; i++) {
        code = device_begin(&run[i].bench);
        if (code == AW_EXIT_OK) {
            code = device_used(&run[i].bench, &run[i].before);
        }
    }
    return code;
}

/* All of them are waited for, whatever the first one says. */
static int provision_all(struct board_run *run, uint64_t n)
{
    int code = AW_EXIT_OK;

    for (uint64_t i = 0; i < n; i++) {
        run[i].pid = device_provision_begin(&run[i].bench);
    }
    for (uint64_t i = 0; i < n; i++) {
        int ended = device_provision_end(&run[i].bench, run[i].pid);

        code = code == AW_EXIT_OK ? ended : code;
    }
    return code;
}

static int twins_ns(const struct board_run *run, uint64_t n, uint64_t *ns)
{
    int code = AW_EXIT_OK;

    *ns = 0;
    for (uint64_t i = 0; i < n && code == AW_EXIT_OK; i++) {
        struct device_used after = {0};

        code = device_used(&run[i].bench, &after);
        *ns += after.twin_ns - run[i].before.twin_ns;
    }
    return code;
}

static int measure(struct board_run *run, uint64_t n, struct device_many *many)
{
    uint64_t cpu = 0;
    int code = begin_all(run, n);

    if (code != AW_EXIT_OK) {
        return code;
    }
    uint64_t children = children_ns();
    uint64_t began = bench_wall_ns();

    code = provision_all(run, n);
    many->wall_ns = bench_wall_ns() - began;
    children = children_ns() - children;
    if (code == AW_EXIT_OK) {
        code = twins_ns(run, n, &cpu);
    }
    many->cpu_ns = cpu + children;
    return code;
}

int device_many(struct aw_ctx *ctx, const struct device_args *args,
                struct device_many *many)
{
    struct board_run *run =
        aw_pool_alloc(&ctx->pool, args->twins, sizeof(*run));
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    for (uint64_t i = 0; i < args->twins; i++) {
        run[i].bench = (struct device_bench){
            .ctx = ctx, .args = args, .number = (uint8_t)i};
    }
    int code = measure(run, args->twins, many);

    many->cores = cores > 0 ? (uint64_t)cores : 1;
    for (uint64_t i = 0; i < args->twins; i++) {
        device_end(&run[i].bench);
    }
    return code;
}
