/* SPDX-License-Identifier: Apache-2.0 */
/* Register lists: what reads well is a DCD. */
#include "aw/hab/imx.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct aw_dcd_entry entry[256];
    static uint8_t buf[AW_DCD_MAX];
    struct aw_dcd_list list = {.entry = entry,
                               .cap = sizeof(entry) / sizeof(entry[0])};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_diag diag = {.where = NULL};
    struct aw_rd r;

    if (aw_dcd_list_parse((aw_bytes){data, size}, &list, &diag) != AW_OK) {
        trap_unless(list.n == 0 && diag.at > 0);
        return 0;
    }
    aw_err err = aw_dcd_write(entry, list.n, &w, NULL);

    trap_unless(err == AW_OK || err == AW_ERR_SPACE);
    if (err == AW_OK) {
        trap_unless(aw_dcd_open(aw_wr_done(&w), &r, NULL) == AW_OK);
    }
    return 0;
}
