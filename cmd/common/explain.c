/* SPDX-License-Identifier: Apache-2.0 */
#include "common/explain.h"

#include <inttypes.h>
#include <string.h>

#include "aw/ftlog/checkpoint.h"
#include "aw/ftlog/note.h"
#include "common/input.h"

const char *aw_explain_signers(struct aw_ctx *ctx, aw_bytes message)
{
    struct aw_note note;
    struct aw_note_sig sig;
    const char *list = "";

    if (aw_note_split(message, &note, NULL) != AW_OK) {
        return "no signature";
    }
    struct aw_rd r = aw_rd_init(note.sigs);

    while (aw_note_sig_next(&r, &sig) == AW_OK) {
        list = aw_pool_printf(&ctx->pool, "%s%s%s", list,
                              list[0] == '\0' ? "" : ", ",
                              aw_key_label(ctx, sig.name, sig.id));
    }
    return aw_pool_printf(&ctx->pool, "lines of %s", list);
}

static const char *origin_of(struct aw_ctx *ctx, aw_bytes message)
{
    struct aw_note note;
    struct aw_checkpoint checkpoint;

    if (aw_note_split(message, &note, NULL) != AW_OK ||
        aw_checkpoint_parse(note.text, &checkpoint, NULL) != AW_OK) {
        return NULL;
    }
    return aw_pool_printf(&ctx->pool, "origin %s",
                          aw_pool_bytes(&ctx->pool, checkpoint.origin));
}

void aw_explain_checkpoint(struct aw_ctx *ctx, aw_bytes message,
                           const struct aw_policy *policy, struct aw_finding *f)
{
    const char *log = aw_key_label(ctx, policy->log.name, policy->log.id);

    switch (f->err) {
    case AW_ERR_NO_SIG:
        f->expected = aw_pool_printf(&ctx->pool, "a signature of %s", log);
        f->got = aw_explain_signers(ctx, message);
        break;
    case AW_ERR_SIG:
        f->expected = aw_pool_printf(&ctx->pool, "text as %s signed it", log);
        f->got = "a signature that does not fit text and key";
        break;
    case AW_ERR_ORIGIN:
        f->expected = aw_pool_printf(&ctx->pool, "origin %s",
                                     aw_pool_bytes(&ctx->pool, policy->origin));
        f->got = origin_of(ctx, message);
        break;
    case AW_ERR_QUORUM:
        f->expected = "cosignatures of as many witnesses as the policy asks "
                      "for, new enough";
        f->got = aw_explain_signers(ctx, message);
        break;
    default:
        f->expected = "a signed checkpoint: origin, size, root, a blank line, "
                      "signatures";
        break;
    }
}

/* A line by its number, from 1 on. */
static aw_bytes line_of(aw_bytes text, uint64_t number)
{
    struct aw_rd r = aw_rd_init(text);
    aw_bytes line = {NULL, 0};

    for (uint64_t i = 0; i < number && !r.failed; i++) {
        struct aw_rd last = r;

        line = aw_rd_line(&r);
        if (r.failed) {
            line = aw_rd_rest(&last);
        }
    }
    return line;
}

static const char *first_word(struct aw_ctx *ctx, aw_bytes line)
{
    char *text = aw_pool_bytes(&ctx->pool, line);

    text += strspn(text, " \t");
    text[strcspn(text, " \t")] = '\0';
    return text;
}

/* The known word that was meant, perhaps. */
static const char *guess_word(struct aw_ctx *ctx, const char *word)
{
    const char *known = "log origin component hab-target srk-hash binaries "
                        "rebuilder rebuilder-quorum rebuilds max-age witness "
                        "group quorum";
    struct aw_guess guess = {.word = word};

    for (aw_bytes w = aw_word_next(&known); w.n > 0; w = aw_word_next(&known)) {
        aw_guess_try(&guess, aw_pool_bytes(&ctx->pool, w));
    }
    return guess.best;
}

static void explain_word(struct aw_ctx *ctx, aw_bytes text, aw_bytes line,
                         struct aw_finding *f)
{
    const char *word = first_word(ctx, line);
    const char *meant = guess_word(ctx, word);
    bool ours = strcmp(first_word(ctx, line_of(text, 1)), "aw-policy") == 0;

    f->got = aw_pool_printf(&ctx->pool, "the word \"%s\"", word);
    if (meant != NULL && strcmp(meant, word) == 0 && !ours) {
        f->remedy = "begin the file with the line \"aw-policy 1\": without it "
                    "the words of C2SP tlog-policy are known and no others";
    } else if (meant != NULL) {
        f->remedy = aw_pool_printf(&ctx->pool, "did you mean %s?", meant);
    } else {
        f->remedy = "correct that line; words that are not known are errors";
    }
}

void aw_explain_policy(struct aw_ctx *ctx, aw_bytes text,
                       const struct aw_diag *diag, struct aw_finding *f)
{
    enum { SHOWN = 100 };
    aw_bytes line = line_of(text, diag->at);

    f->expected = "a policy, see docs/formats/policy.md";
    f->remedy = "correct that line";
    if (diag->where == NULL) {
        return;
    }
    if (diag->at == 0) {
        f->where = diag->where;
        f->remedy = "add what is missing, or take out what has no use";
        return;
    }
    f->where = aw_pool_printf(&ctx->pool, "line %" PRIu64 ", %s", diag->at,
                              diag->where);
    if (strcmp(diag->where, "policy: unknown word") == 0) {
        explain_word(ctx, text, line, f);
        return;
    }
    f->got = aw_pool_printf(&ctx->pool, "%s: %.*s%s", aw_err_text(f->err),
                            (int)SHOWN, aw_pool_bytes(&ctx->pool, line),
                            line.n > SHOWN ? " ..." : "");
}
