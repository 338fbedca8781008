/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>
#include <sys/time.h>
#include <sys/types.h>

/* Nanoseconds. */
uint64_t bench_timeval_ns(struct timeval t);
/** Since some moment in the past. */
uint64_t bench_wall_ns(void);
/** That this process has worked, in the kernel too. */
uint64_t bench_cpu_ns(void);
/** That another one has; 0 when there is none. */
uint64_t bench_process_ns(pid_t pid);

#endif
