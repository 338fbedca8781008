/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of rebuilds. What is accepted is written again, and reads the same. */
#include <stdlib.h>
#include <string.h>

#include "aw/reprobuild/shard.h"
#include "fuzz.h"

enum { INPUT_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t area[2 * INPUT_MAX];
    struct aw_wr w = aw_wr_init(area, sizeof(area));
    struct aw_sink out = aw_sink_wr(&w);
    struct aw_rb_plan plan;
    struct aw_rb_plan again;
    struct aw_rb_plan_job job;
    struct aw_diag diag = {.err = AW_OK};
    uint64_t n = 0;

    if (size > INPUT_MAX ||
        aw_rb_plan_parse((aw_bytes){data, size}, &plan, &diag) != AW_OK) {
        return 0;
    }
    struct aw_rd r = aw_rd_init(plan.jobs);

    aw_rb_plan_write(&plan, &out);
    while (aw_rb_plan_job_next(&r, &job) == AW_OK) {
        if (job.index >= plan.size || job.version.n == 0) {
            __builtin_trap();
        }
        aw_rb_plan_job_write(&job, &out);
        n++;
    }
    if (w.failed || n != plan.n ||
        aw_rb_plan_parse(aw_wr_done(&w), &again, NULL) != AW_OK ||
        again.n != plan.n || again.size != plan.size ||
        memcmp(again.root, plan.root, sizeof(plan.root)) != 0) {
        __builtin_trap();
    }
    return 0;
}
