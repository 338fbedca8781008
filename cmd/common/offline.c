/* SPDX-License-Identifier: Apache-2.0 */
#include "common/offline.h"

#include "common/input.h"
#include "common/term.h"

int aw_offline_prepare(struct aw_ctx *ctx, const char *path, aw_bytes text)
{
    enum { MODE = 0666 }; /* less the umask */
    struct aw_host_diag host = {.network = false};

    if (aw_input_output(path) == NULL) {
        return aw_usage(ctx, "--prepare wants a file: standard output has the "
                             "result");
    }
    aw_err err = aw_file_write(path, text, MODE, AW_FILE_NEW, &host);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .what = "the text could not be written",
                                  .subject = path,
                                  .expected = "a new file",
                                  .host = &host,
                              });
    }
    aw_say(0, "wrote %s", path);
    return AW_EXIT_OK;
}

/* The line of the note that verified for its one key. */
static aw_bytes verified_line(const struct aw_note *note)
{
    struct aw_rd r = aw_rd_init(note->sigs);
    struct aw_note_sig sig = {.id = 0};

    for (size_t i = 0; i < note->verified[0]; i++) {
        if (aw_note_sig_next(&r, &sig) != AW_OK) {
            break;
        }
    }
    return sig.line;
}

int aw_offline_verify(struct aw_ctx *ctx, const struct aw_offline *offline,
                      aw_bytes note, aw_bytes *line)
{
    struct aw_note opened;
    struct aw_diag diag = {.where = NULL};
    aw_err err = aw_note_open(note, &offline->key, 1, &opened, &diag);

    if (err == AW_OK && !aw_bytes_equal(opened.text, offline->text)) {
        err = aw_fail(&diag, AW_ERR_DIGEST, "note: text", 0);
    }
    if (err == AW_OK) {
        *line = verified_line(&opened);
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_STATEMENT,
                 .exit = AW_EXIT_MISMATCH,
                 .what = offline->what,
                 .subject = offline->subject,
                 .expected = aw_pool_printf(
                     &ctx->pool, "signed by %s: %s",
                     aw_key_label(ctx, offline->key.name, offline->key.id),
                     aw_pool_bytes(&ctx->pool, offline->text)),
                 .diag = &diag,
                 .remedy = offline->remedy,
             });
}
