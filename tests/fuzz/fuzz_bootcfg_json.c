/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration records in JSON: what is written of one reads as the same,
 * and what fits into a gob stream reads from that as the same. */
#include "aw/bootcfg.h"
#include "fuzz.h"

static uint8_t work_area[AW_BOOTCFG_JSON_WORK];
static uint8_t first[AW_BOOTCFG_MAX];
static uint8_t second[AW_BOOTCFG_MAX];
static uint8_t json_work[AW_BOOTCFG_JSON_WORK];
static uint8_t json_first[AW_BOOTCFG_JSON_WORK];
static uint8_t json_second[AW_BOOTCFG_JSON_WORK];

/* Written as JSON, read, and written again. */
static void json_round_trip(const struct aw_bootcfg *c)
{
    struct aw_wr work = aw_wr_init(json_work, sizeof(json_work));
    struct aw_wr a = aw_wr_init(json_first, sizeof(json_first));
    struct aw_wr b = aw_wr_init(json_second, sizeof(json_second));
    struct aw_sink to_a = aw_sink_wr(&a);
    struct aw_sink to_b = aw_sink_wr(&b);
    struct aw_bootcfg again;

    aw_bootcfg_write_json(c, &to_a);
    trap_unless(!a.failed);
    trap_unless(aw_bootcfg_parse_json(aw_wr_done(&a), &work, &again, NULL) ==
                AW_OK);
    aw_bootcfg_write_json(&again, &to_b);
    trap_unless(aw_bytes_equal(aw_wr_done(&a), aw_wr_done(&b)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    struct aw_wr a = aw_wr_init(first, sizeof(first));
    struct aw_wr b = aw_wr_init(second, sizeof(second));
    struct aw_bootcfg c;
    struct aw_bootcfg again;

    if (aw_bootcfg_parse_json((aw_bytes){data, size}, &work, &c, NULL) !=
            AW_OK ||
        aw_bootcfg_write(&c, &a) != AW_OK) {
        return 0;
    }
    json_round_trip(&c);
    trap_unless(aw_bootcfg_parse(aw_wr_done(&a), &again, NULL) == AW_OK);
    trap_unless(again.offset == c.offset && again.size == c.size &&
                again.log_index == c.log_index && again.n_proof == c.n_proof &&
                aw_bytes_equal(again.checkpoint, c.checkpoint) &&
                aw_bytes_equal(again.manifest, c.manifest));
    trap_unless(aw_bootcfg_write(&again, &b) == AW_OK);
    trap_unless(aw_bytes_equal(aw_wr_done(&a), aw_wr_done(&b)));
    return 0;
}
