/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/bench.h"

static const struct aw_cmd *const subs[] = {
    &bench_cmd_device,  &bench_cmd_log,  &bench_cmd_log_write,
    &bench_cmd_rebuild, &bench_cmd_twin, NULL};

const struct aw_cmd aw_cmd_bench = {
    .name = "bench",
    .summary = "measure this machine",
    .sub = subs,
};
