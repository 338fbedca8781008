/* SPDX-License-Identifier: Apache-2.0 */
/* Versions: the canonical text reads as the same version, and the order of
 * the two halves of the input is a mirror image. */
#include "aw/semver.h"
#include "fuzz.h"

static bool parse(aw_bytes text, struct aw_semver *v)
{
    uint8_t buf[4096];
    uint8_t buf2[4096];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_wr w2 = aw_wr_init(buf2, sizeof(buf2));
    struct aw_semver again;

    if (aw_semver_parse(text, v) != AW_OK) {
        return false;
    }
    aw_semver_write(v, &w);
    if (w.failed) {
        return true;
    }
    trap_unless(aw_semver_parse(aw_wr_done(&w), &again) == AW_OK);
    trap_unless(aw_semver_compare(v, &again) == 0);
    aw_semver_write(&again, &w2);
    trap_unless(aw_bytes_equal(aw_wr_done(&w), aw_wr_done(&w2)));
    return true;
}

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});
    struct aw_rd whole = r;
    struct aw_semver a;
    struct aw_semver b;
    aw_bytes left = aw_rd_until(&r, '\n');

    if (r.failed) {
        (void)parse(aw_rd_rest(&whole), &a);
        return 0;
    }
    if (parse(left, &a) && parse(aw_rd_rest(&r), &b)) {
        trap_unless(sign(aw_semver_compare(&a, &b)) ==
                    -sign(aw_semver_compare(&b, &a)));
        trap_unless(aw_semver_compare(&a, &a) == 0);
    }
    return 0;
}
