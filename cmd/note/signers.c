/* SPDX-License-Identifier: Apache-2.0 */
#include "common/input.h"
#include "note/note.h"

void note_put_signers(struct aw_ctx *ctx, const struct aw_note *note)
{
    struct aw_rd r = aw_rd_init(note->sigs);
    struct aw_note_sig sig;

    aw_out_begin_list(&ctx->out, "signers");
    while (aw_note_sig_next(&r, &sig) == AW_OK) {
        aw_out_text(&ctx->out, NULL, aw_key_label(ctx, sig.name, sig.id));
    }
    aw_out_end_list(&ctx->out);
}
