/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "otp/otp.h"

struct list_args {
    struct otp_source source;
};

static const struct aw_opt list_opts[] = {
    OTP_MAP_OPTS(list_args),
};

/* What is listed: of everything, or of the names given. */
struct listing {
    struct aw_ctx *ctx;
    struct aw_fusemap *map;
    size_t n;
    aw_bytes *name;
};

/* Names of a register's locks; NULL when there is none. */
static const char *lock_names(const struct listing *l,
                              const struct aw_fuse_register *reg)
{
    struct aw_pool *pool = &l->ctx->pool;
    const char *all = NULL;

    for (size_t i = 0; i < AW_FUSE_LOCKS_MAX; i++) {
        if (reg->lock[i] == AW_FUSE_NONE) {
            continue;
        }
        const char *name =
            aw_pool_bytes(pool, l->map->fuses[reg->lock[i]].name);

        all = all == NULL ? name : aw_pool_printf(pool, "%s, %s", all, name);
    }
    return all;
}

static void list_fuse(struct aw_ctx *ctx, const struct aw_fuse *fuse)
{
    struct aw_out *out = &ctx->out;

    aw_out_line(out, "    %2u:%-3u %s%s", fuse->offset, fuse->len,
                aw_pool_bytes(&ctx->pool, fuse->name),
                fuse->board ? " (board)" : "");
    if (aw_out_is_json(out)) {
        aw_out_begin(out, NULL);
        aw_out_bytes(out, "name", fuse->name);
        aw_out_count(out, "offset", fuse->offset);
        aw_out_count(out, "length", fuse->len);
        aw_out_bool(out, "board", fuse->board);
        aw_out_end(out);
    }
}

/* Addresses of a word, as text and numbers. */
static void list_register(const struct listing *l,
                          const struct aw_fuse_register *reg)
{
    struct aw_ctx *ctx = l->ctx;
    const struct aw_fusemap *map = l->map;
    struct aw_out *out = &ctx->out;
    uint32_t read = aw_fusemap_offset(map, reg->bank, reg->word, false);
    uint32_t write = aw_fusemap_offset(map, reg->bank, reg->word, true);
    const char *locks = lock_names(l, reg);
    const char *shadow = map->shadow == 0
                             ? ""
                             : aw_pool_printf(&ctx->pool, ", shadow 0x%08x",
                                              map->shadow + 4 * read);

    aw_out_line(out, "%s: bank %u word %u, read 0x%03x, write 0x%03x%s%s%s",
                aw_pool_bytes(&ctx->pool, reg->name), reg->bank, reg->word,
                read, write, shadow, locks == NULL ? "" : ", locked by ",
                locks == NULL ? "" : locks);
    if (!aw_out_is_json(out)) {
        return;
    }
    aw_out_bytes(out, "name", reg->name);
    aw_out_count(out, "bank", reg->bank);
    aw_out_count(out, "word", reg->word);
    aw_out_count(out, "read_offset", read);
    aw_out_count(out, "write_offset", write);
    if (map->shadow != 0) {
        aw_out_count(out, "shadow_address", map->shadow + 4 * read);
    }
    if (locks != NULL) {
        aw_out_text(out, "locked_by", locks);
    }
}

static bool wanted(const struct listing *l, aw_bytes name)
{
    for (size_t i = 0; i < l->n; i++) {
        if (aw_bytes_equal(name, l->name[i])) {
            return true;
        }
    }
    return l->n == 0;
}

static bool register_wanted(const struct listing *l,
                            const struct aw_fuse_register *reg)
{
    bool any = wanted(l, reg->name);

    for (size_t i = 0; i < l->map->n_fuses && !any; i++) {
        const struct aw_fuse *f = &l->map->fuses[i];

        any =
            f->bank == reg->bank && f->word == reg->word && wanted(l, f->name);
    }
    return any;
}

static void list_one(const struct listing *l,
                     const struct aw_fuse_register *reg)
{
    struct aw_out *out = &l->ctx->out;
    bool whole = wanted(l, reg->name);

    if (aw_out_is_json(out)) {
        aw_out_begin(out, NULL);
    }
    list_register(l, reg);
    if (aw_out_is_json(out)) {
        aw_out_begin_list(out, "fuses");
    }
    for (size_t i = 0; i < l->map->n_fuses; i++) {
        const struct aw_fuse *f = &l->map->fuses[i];

        if (f->bank == reg->bank && f->word == reg->word &&
            (whole || wanted(l, f->name))) {
            list_fuse(l->ctx, f);
        }
    }
    if (aw_out_is_json(out)) {
        aw_out_end_list(out);
        aw_out_end(out);
    }
}

/* Looks the operands up. */
static int find_names(struct listing *l)
{
    struct aw_ctx *ctx = l->ctx;
    int code = AW_EXIT_OK;

    l->name = aw_pool_alloc(&ctx->pool, ctx->operands.n, sizeof(*l->name));
    for (; code == AW_EXIT_OK && l->n < ctx->operands.n; l->n++) {
        struct aw_fuse fuse = {.len = 0};

        code = otp_find(ctx, l->map, ctx->operands.item[l->n], &fuse);
        l->name[l->n] = fuse.name;
    }
    return code;
}

/* The maps that are built in. */
static int list_parts(struct aw_ctx *ctx)
{
    static const char *const names[] = {"IMX6UL", "IMX6ULL", "IMX6ULZ"};
    struct aw_fusemap *map = aw_pool_alloc(&ctx->pool, 1, sizeof(*map));
    struct aw_out *out = &ctx->out;

    aw_out_begin_list(out, "parts");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        otp_builtin(names[i], map);
        aw_out_begin(out, NULL);
        aw_out_bytes(out, "part", map->part);
        aw_out_bytes(out, "reference", map->reference);
        aw_out_count(out, "registers", map->n_registers);
        aw_out_count(out, "fuses", map->n_fuses);
        aw_out_end(out);
    }
    aw_out_end_list(out);
    return AW_EXIT_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct list_args *args = values;
    struct aw_out *out = &ctx->out;
    struct listing l = {.ctx = ctx};

    if (args->source.part == OTP_PART_AUTO && args->source.map == NULL &&
        args->source.overlay == NULL && ctx->operands.n == 0) {
        return list_parts(ctx);
    }
    int code = otp_load_map(ctx, &args->source, &l.map);

    if (code == AW_EXIT_OK) {
        code = find_names(&l);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_bytes(out, "part", l.map->part);
    aw_out_bytes(out, "reference", l.map->reference);
    if (aw_out_is_json(out)) {
        aw_out_begin_list(out, "registers");
    }
    for (size_t i = 0; i < l.map->n_registers; i++) {
        if (register_wanted(&l, &l.map->registers[i])) {
            list_one(&l, &l.map->registers[i]);
        }
    }
    if (aw_out_is_json(out)) {
        aw_out_end_list(out);
    }
    return AW_EXIT_OK;
}

const struct aw_cmd otp_cmd_list = {
    .name = "list",
    .summary = "list registers and fuses of a part",
    .prose = "Lists the registers of a part with bank, word and addresses, and "
             "their fuses with first bit and length; with NAMEs only those "
             "registers and fuses. Without --part and --map the parts whose "
             "maps are built in. Nothing is read from a device.",
    .operands = "[NAME...]",
    .max_operands = SIZE_MAX,
    .opts = list_opts,
    .n_opts = sizeof(list_opts) / sizeof(list_opts[0]),
    .size = sizeof(struct list_args),
    .run = run,
};
