/* SPDX-License-Identifier: Apache-2.0 */
#include "gob_vectors.h"

#include <check.h>
#include <stdio.h>

#define GOB "transparency/gob/"

const char *const gob_configs[GOB_CONFIGS] = {
    "01-zero",
    "02-offset-size",
    "03-real-applet-ci2-49",
    "04-proof-nil-index0",
    "05-proof-empty-nonnil",
    "06-proof-1",
    "07-proof-5",
    "08-index-128",
    "09-index-max",
    "10-offset-min",
    "11-signatures-2",
    "12-signatures-empty-nonnil",
    "13-signatures-elem-empty",
    "14-signatures-and-bundle",
    "15-manifest-large",
    "16-manifest-127",
    "17-only-checkpoint",
    "18-only-logindex",
    "19-proof-63",
};

const char *gob_path(const char *folder, const char *name, const char *ending)
{
    static char path[256];

    ck_assert_int_lt(
        snprintf(path, sizeof(path), GOB "%s/%s.%s", folder, name, ending),
        (int)sizeof(path));
    return path;
}

static int64_t i64_of(const cJSON *obj, const char *key)
{
    aw_bytes text = vec_str(obj, key);
    struct aw_rd r = aw_rd_init(text);
    uint64_t v = 0;

    ck_assert_uint_gt(text.n, 0);
    if (text.p[0] == '-') {
        (void)aw_rd_u8(&r);
    }
    for (uint8_t c = aw_rd_u8(&r); !r.failed; c = aw_rd_u8(&r)) {
        v = v * 10 + c - '0';
    }
    return (int64_t)(text.p[0] == '-' ? 0 - v : v);
}

static void check_list(const aw_bytes *got, size_t n, const cJSON *want)
{
    ck_assert_int_eq((int)n, cJSON_GetArraySize(want));
    for (size_t i = 0; i < n; i++) {
        const cJSON *item = cJSON_GetArrayItem(want, (int)i);

        CK_ASSERT_BYTES(got[i], vec_unbase64(aw_text(item->valuestring)));
    }
}

void gob_config_is(const struct aw_bootcfg *c, const cJSON *want)
{
    ck_assert_int_eq(c->offset, i64_of(want, "Offset"));
    ck_assert_int_eq(c->size, i64_of(want, "Size"));
    check_list(c->signatures, c->n_signatures,
               cJSON_GetObjectItemCaseSensitive(want, "Signatures"));
    CK_ASSERT_BYTES(c->checkpoint, vec_b64(want, "Checkpoint"));
    CK_ASSERT_BYTES(c->manifest, vec_b64(want, "Manifest"));
    ck_assert_uint_eq(c->log_index, vec_u64(want, "LogIndex"));
    check_list(c->proof, c->n_proof,
               cJSON_GetObjectItemCaseSensitive(want, "InclusionProof"));
}

struct aw_bootcfg gob_config(const char *path)
{
    struct aw_bootcfg c = {0};

    ck_assert_msg(aw_bootcfg_parse(vec_file(path), &c, NULL) == AW_OK, "%s",
                  path);
    return c;
}
