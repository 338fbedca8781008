/* SPDX-License-Identifier: Apache-2.0 */
/* Every reader of gob streams. What is read must survive being written. */
#include "aw/bootcfg.h"
#include "fuzz.h"

static uint8_t first[AW_BOOTCFG_MAX];
static uint8_t second[AW_BOOTCFG_MAX];

static void config(aw_bytes stream)
{
    struct aw_bootcfg c;
    struct aw_wr a = aw_wr_init(first, sizeof(first));
    struct aw_wr b = aw_wr_init(second, sizeof(second));

    /* The fixed form may be longer than what was read. */
    if (aw_bootcfg_parse(stream, &c, NULL) != AW_OK ||
        aw_bootcfg_write(&c, &a) != AW_OK) {
        return;
    }
    trap_unless(aw_bootcfg_parse(aw_wr_done(&a), &c, NULL) == AW_OK);
    trap_unless(aw_bootcfg_write(&c, &b) == AW_OK);
    trap_unless(aw_bytes_equal(aw_wr_done(&a), aw_wr_done(&b)));
}

static void bundle_file(aw_bytes stream)
{
    struct aw_bundle_file f;
    struct aw_wr a = aw_wr_init(first, sizeof(first));
    struct aw_wr b = aw_wr_init(second, sizeof(second));

    if (aw_bundle_file_parse(stream, &f, NULL) != AW_OK ||
        aw_bundle_file_write(&f, &a) != AW_OK) {
        return;
    }
    trap_unless(aw_bundle_file_parse(aw_wr_done(&a), &f, NULL) == AW_OK);
    trap_unless(aw_bundle_file_write(&f, &b) == AW_OK);
    trap_unless(aw_bytes_equal(aw_wr_done(&a), aw_wr_done(&b)));
}

static void version_record(aw_bytes stream)
{
    aw_bytes version;
    aw_bytes again = {NULL, 0};
    struct aw_wr w = aw_wr_init(first, sizeof(first));

    if (aw_version_record_parse(stream, &version, NULL) != AW_OK ||
        aw_version_record_write(version, &w) != AW_OK) {
        return;
    }
    trap_unless(aw_version_record_parse(aw_wr_done(&w), &again, NULL) == AW_OK);
    trap_unless(aw_bytes_equal(version, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes stream = {data, size};

    config(stream);
    bundle_file(stream);
    version_record(stream);
    return 0;
}
