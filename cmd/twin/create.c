/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "aw/text.h"
#include "twin/twin.h"

struct create_args {
    unsigned soc;
    const char *serial;
    const char *seed;
    bool card;
};

#define SOCS "ul|ull|ulz"

static const struct aw_opt create_opts[] = {
    {.name = "soc",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct create_args, soc),
     .arg = SOCS,
     .fallback = "ulz",
     .help = "Variant of the chip: ul and ull are the LAN board, ulz is the "
             "gamma board."},
    {.name = "serial",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct create_args, serial),
     .arg = "HEX",
     .help = "Unique id, 16 hex digits, not all 0. Default: from the seed."},
    {.name = "card",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct create_args, card),
     .help = "A microSD card of 4 GiB is in the slot; only with --soc=ulz."},
    {.name = "seed",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct create_args, seed),
     .arg = "HEX",
     .help = "64 hex digits that everything random about the twin follows "
             "from: id, key, noise. Default: random."},
};

static int get_seed(struct aw_ctx *ctx, const char *text,
                    uint8_t seed[AW_TWIN_SEED])
{
    struct aw_wr w = aw_wr_init(seed, AW_TWIN_SEED);

    if (text == NULL) {
        return getrandom(seed, AW_TWIN_SEED, 0) == AW_TWIN_SEED
                   ? AW_EXIT_OK
                   : AW_EXIT_INTERNAL;
    }
    if (strlen(text) != (size_t)2 * AW_TWIN_SEED ||
        aw_hex_decode(aw_text(text), &w) != AW_OK) {
        return aw_usage(ctx, "--seed takes 64 hex digits");
    }
    return AW_EXIT_OK;
}

static int run_create(struct aw_ctx *ctx, const void *values)
{
    static const char *const socs[] = {"ul", "ull", "ulz"};
    const struct create_args *args = values;
    const char *path = ctx->operands.item[0];
    struct aw_host_diag host = {.network = false};
    uint8_t seed[AW_TWIN_SEED];
    int code = get_seed(ctx, args->seed, seed);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_twin_create(path, socs[args->soc], args->serial, args->card,
                                seed, &host);

    if (err == AW_ERR_UNSUPPORTED) {
        return aw_usage(ctx, "the board of %s has no slot for a card",
                        socs[args->soc]);
    }
    if (err == AW_ERR_FORMAT) {
        return aw_usage(ctx, "--serial takes 16 hex digits, not all 0");
    }
    if (err != AW_OK) {
        return twin_report(ctx, err, path, &host);
    }
    aw_out_text(&ctx->out, "twin", path);
    aw_out_text(&ctx->out, "soc", socs[args->soc]);
    return AW_EXIT_OK;
}

const struct aw_cmd twin_cmd_create = {
    .name = "create",
    .summary = "make a twin",
    .prose = "Makes the folder DIR: settings, fuses of a part as delivered, an "
             "empty eMMC of 15.6 GB, which takes no room until it is written.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = create_opts,
    .n_opts = sizeof(create_opts) / sizeof(create_opts[0]),
    .size = sizeof(struct create_args),
    .run = run_create,
};
