/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fuses. */
#include <string.h>

#include "otp/otp.h"

/* The name nearest to one that does not exist. */
static const char *guess(const struct aw_fusemap *map, struct aw_ctx *ctx,
                         const char *name)
{
    struct aw_guess g = {.word = name};

    for (size_t i = 0; i < map->n_fuses; i++) {
        aw_guess_try(&g, aw_pool_bytes(&ctx->pool, map->fuses[i].name));
    }
    for (size_t i = 0; i < map->n_registers; i++) {
        aw_guess_try(&g, aw_pool_bytes(&ctx->pool, map->registers[i].name));
    }
    return g.best;
}

int otp_find(struct aw_ctx *ctx, const struct aw_fusemap *map, const char *name,
             struct aw_fuse *fuse)
{
    const char *full = aw_pool_printf(&ctx->pool, "OCOTP_%s", name);

    if (aw_fusemap_find(map, aw_text(name), fuse) == AW_OK ||
        aw_fusemap_find(map, aw_text(full), fuse) == AW_OK) {
        return AW_EXIT_OK;
    }
    const char *near = guess(map, ctx, name);

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_NOT_FOUND,
            .on = AW_ON_INPUT,
            .exit = AW_EXIT_USAGE,
            .what = "there is no fuse of that name",
            .subject = name,
            .expected = aw_pool_printf(&ctx->pool, "a fuse or register of %s",
                                       aw_pool_bytes(&ctx->pool, map->part)),
            .got = name,
            .remedy =
                near == NULL
                    ? "see aw otp list"
                    : aw_pool_printf(&ctx->pool,
                                     "did you mean %s? see aw otp list", near),
        });
}

aw_err otp_read_fuse(const struct otp_fuses *fuses, const struct aw_fuse *fuse,
                     uint8_t *value, enum otp_read *how, struct aw_diag *diag)
{
    uint32_t words[AW_FUSE_WORDS_MAX] = {0};
    unsigned bits = aw_fuse_word_bits(fuses->map);
    unsigned first = aw_fusemap_index(fuses->map, fuse->bank, fuse->word);

    *how = OTP_READ;
    for (unsigned k = 0; k < aw_fuse_words(fuse, bits); k++) {
        unsigned at = first + k;
        aw_err err =
            fuses->otp.read(fuses->otp.ctx, at / fuses->map->bank_words,
                            at % fuses->map->bank_words, &words[k], diag);

        if (err == AW_ERR_NOT_FOUND) {
            *how = OTP_OUT_OF_REACH;
            return AW_OK;
        }
        if (err != AW_OK) {
            return err;
        }
        if (words[k] == AW_OTP_READ_LOCKED) {
            *how = OTP_READ_LOCKED;
        }
    }
    aw_fuse_decode(fuse, bits, words, value);
    return AW_OK;
}

const char *otp_value_text(struct aw_ctx *ctx, const struct aw_fuse *fuse,
                           const uint8_t *value)
{
    enum { ROOM = 2 * AW_FUSE_BYTES_MAX + 1 };
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, ROOM, 1), ROOM - 1);

    aw_fuse_value_write(fuse, value, &w);
    return (const char *)w.p;
}

/* Words that are read-locked or out of reach are left at 0. */
static int copy_words(struct aw_ctx *ctx, const struct otp_fuses *from,
                      struct aw_vfuse *v)
{
    for (unsigned at = 0; at < v->n_words; at++) {
        struct aw_diag diag = {.where = NULL};
        uint32_t value = 0;
        aw_err err = from->otp.read(from->otp.ctx, at / AW_VFUSE_BANK_WORDS,
                                    at % AW_VFUSE_BANK_WORDS, &value, &diag);

        if (err != AW_OK && err != AW_ERR_NOT_FOUND) {
            return otp_report_read(ctx, from, err, &diag);
        }
        v->fuse[at] = value == AW_OTP_READ_LOCKED ? 0 : value;
    }
    aw_vfuse_boot(v);
    v->boots = 1;
    return AW_EXIT_OK;
}

int otp_copy(struct aw_ctx *ctx, const struct otp_fuses *from,
             struct aw_vfuse *v)
{
    const char *part = aw_pool_bytes(&ctx->pool, from->map->part);

    if (from->is_virtual) {
        *v = from->file.v;
        return AW_EXIT_OK;
    }
    if (aw_vfuse_init(v, part, 0) != AW_OK) {
        return aw_usage(ctx, "there are no virtual fuses of %s", part);
    }
    return copy_words(ctx, from, v);
}
