/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/keys.h"

#include <string.h>

#include "aw/ct.h"
#include "aw/hmac.h"
#include "fw/scratch.h"
#include "fw/soc.h"

enum { LABEL_SIZE = 16, RPMB_ITERATIONS = 4096, RPMB_KEY_SIZE = 32 };
static const uint8_t rpmb_label[LABEL_SIZE + 1] = "ArmoryWitnessMAC";

/* The part's key for a label, into device_key: 32 bytes or 16. */
static aw_err device_key(const uint8_t label[LABEL_SIZE], size_t *n,
                         struct aw_diag *diag)
{
    struct scratch *s = scratch();

    if (soc_is_ul()) {
        *n = CAAM_KEY;
        return caam_derive(&s->caam, label, LABEL_SIZE, s->device_key, diag);
    }
    memset(s->dcp.iv, 0, sizeof(s->dcp.iv));
    memcpy(s->dcp.data, label, LABEL_SIZE);
    aw_err err = dcp_encrypt(&s->dcp, LABEL_SIZE, diag);

    if (err == AW_OK) {
        *n = DCP_BLOCK;
        memcpy(s->device_key, s->dcp.data, DCP_BLOCK);
    }
    return err;
}

aw_err keys_rpmb(const uint8_t **key, struct aw_diag *diag)
{
    struct scratch *s = scratch();
    uint8_t id[SOC_ID_SIZE];
    size_t n = 0;
    aw_err err = device_key(rpmb_label, &n, diag);

    if (err == AW_OK) {
        soc_unique_id(id);
        aw_pbkdf2_sha256((aw_bytes){s->device_key, n},
                         (aw_bytes){id, sizeof(id)}, RPMB_ITERATIONS,
                         s->rpmb_key, RPMB_KEY_SIZE);
        *key = s->rpmb_key;
    }
    aw_wipe(&s->caam, sizeof(s->caam));
    aw_wipe(&s->dcp, sizeof(s->dcp));
    aw_wipe(s->device_key, sizeof(s->device_key));
    return err;
}

void keys_wipe(void)
{
    aw_wipe(scratch(), sizeof(struct scratch));
}
