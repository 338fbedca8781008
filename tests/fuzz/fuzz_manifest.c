/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests: what was read is written to a text that reads as the same and
 * is written to the same bytes. */
#include "aw/ftlog/manifest.h"
#include "fuzz.h"

static uint8_t work_area[AW_MANIFEST_WORK];
static uint8_t first[8 * AW_MANIFEST_MAX];
static uint8_t second[8 * AW_MANIFEST_MAX];

static aw_err parse(aw_bytes text, struct aw_manifest *m)
{
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));

    return aw_manifest_parse(text, &work, m, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_wr a = aw_wr_init(first, sizeof(first));
    struct aw_wr b = aw_wr_init(second, sizeof(second));
    struct aw_manifest m;

    if (parse((aw_bytes){data, size}, &m) != AW_OK) {
        return 0;
    }
    aw_manifest_write(&m, &a);
    trap_unless(!a.failed);
    aw_err err = parse(aw_wr_done(&a), &m);

    /* Layout and escapes may lead over the limit of length. */
    trap_unless(err == AW_OK || (err == AW_ERR_SPACE && a.n > AW_MANIFEST_MAX));
    if (err == AW_OK) {
        aw_manifest_write(&m, &b);
        trap_unless(aw_bytes_equal(aw_wr_done(&a), aw_wr_done(&b)));
    }
    return 0;
}
