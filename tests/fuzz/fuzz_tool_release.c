/* SPDX-License-Identifier: Apache-2.0 */
/* Releases of the program. What is accepted can become a job. */
#include "aw/reprobuild/recipe.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t area[AW_RB_TOOL_WORK];
    struct aw_wr work = aw_wr_init(area, sizeof(area));
    struct aw_diag diag = {.err = AW_OK};
    struct aw_rb_tool tool;
    struct aw_rb_job job;

    if (aw_rb_tool_parse((aw_bytes){data, size}, &work, &tool, &diag) !=
        AW_OK) {
        return 0;
    }
    aw_rb_tool_job(&tool, &job);
    if (job.commit.n != 40 || job.version.n == 0 ||
        job.version.n > AW_RB_VERSION_MAX) {
        __builtin_trap();
    }
    return 0;
}
