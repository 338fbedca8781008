/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/clock.h"

#include <sys/resource.h>
#include <time.h>

enum { NS_PER_S = 1000000000, NS_PER_US = 1000 };

uint64_t bench_timeval_ns(struct timeval t)
{
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_usec * NS_PER_US;
}

static uint64_t timespec_ns(struct timespec t)
{
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t bench_wall_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return timespec_ns(t);
}

uint64_t bench_process_ns(pid_t pid)
{
    struct timespec t;
    clockid_t clock;

    return clock_getcpuclockid(pid, &clock) == 0 &&
                   clock_gettime(clock, &t) == 0
               ? timespec_ns(t)
               : 0;
}

uint64_t bench_cpu_ns(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return bench_timeval_ns(usage.ru_utime) + bench_timeval_ns(usage.ru_stime);
}
