/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "common/cmd.h"

extern const struct aw_cmd aw_cmd_bench;

extern const struct aw_cmd bench_cmd_device;
extern const struct aw_cmd bench_cmd_log;
extern const struct aw_cmd bench_cmd_log_write;
extern const struct aw_cmd bench_cmd_rebuild;
extern const struct aw_cmd bench_cmd_twin;

#endif
