/* SPDX-License-Identifier: Apache-2.0 */
#include "common/signer.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"

static aw_err sign_with_file(void *ctx, aw_bytes message,
                             uint8_t sig[AW_ED25519_SIG], struct aw_diag *diag)
{
    const struct aw_skey *key = ctx;

    (void)diag;
    aw_ed25519_sign(key->seed, message, sig);
    return AW_OK;
}

int aw_signer_open(struct aw_ctx *ctx, const char *value,
                   struct aw_signer_use *use)
{
    struct aw_skey *secret = aw_alloc(1, sizeof(*secret));
    int code = aw_input_skey(ctx, value, secret);

    memset(use, 0, sizeof(*use));
    if (code != AW_EXIT_OK) {
        free(secret);
        return code;
    }
    use->secret = secret;
    use->by.signer = (struct aw_signer){secret, sign_with_file};
    aw_skey_public(secret, &use->by.key);
    return AW_EXIT_OK;
}

void aw_signer_close(struct aw_signer_use *use)
{
    if (use->secret != NULL) {
        aw_skey_wipe(use->secret);
        free(use->secret);
    }
    memset(use, 0, sizeof(*use));
}

int aw_signer_note(struct aw_ctx *ctx, const struct aw_signer_use *use,
                   aw_bytes text, const char *what, struct aw_wr *note)
{
    struct aw_diag diag = {.where = NULL};

    aw_wr_put(note, text);
    aw_wr_u8(note, '\n');
    aw_err err = aw_note_sign_by(text, &use->by, 0, note, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .what = aw_pool_printf(&ctx->pool, "%s could not be signed", what),
            .subject = aw_key_label(ctx, use->by.key.name, use->by.key.id),
            .diag = &diag,
        });
}
