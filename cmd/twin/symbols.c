/* SPDX-License-Identifier: Apache-2.0 */
#include "twin/symbols.h"

#include <inttypes.h>
#include <string.h>

#include "aw/text.h"

int twin_symbols(struct aw_ctx *ctx, const char *path,
                 struct aw_symbols **symbols)
{
    struct aw_host_diag host = {.network = false};

    *symbols = NULL;
    if (path == NULL) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_symbols_open(path, symbols, &host);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .what = "the executable cannot be used",
                              .subject = path,
                              .expected = "an ELF file of 32-bit ARM",
                              .host = &host,
                          });
}

const char *twin_place(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                       uint32_t address)
{
    struct aw_symbol at;

    if (symbols == NULL) {
        return "";
    }
    aw_symbols_at(symbols, address, &at);
    if (at.name == NULL) {
        return "";
    }
    return at.offset == 0 ? aw_pool_text(&ctx->pool, at.name)
                          : aw_pool_printf(&ctx->pool, "%s+0x%" PRIx32, at.name,
                                           at.offset);
}

const char *twin_line(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                      uint32_t address)
{
    struct aw_symbol at;

    if (symbols == NULL) {
        return "";
    }
    aw_symbols_at(symbols, address, &at);
    return at.file == NULL
               ? ""
               : aw_pool_printf(&ctx->pool, "%s:%d", at.file, at.line);
}

static bool number(const char *text, uint32_t *n)
{
    uint64_t wide = 0;
    bool hex = strncmp(text, "0x", 2) == 0;
    aw_err err = hex ? aw_hex_parse_u64(aw_text(text + 2), &wide)
                     : aw_dec_parse(aw_text(text), &wide);

    if (err != AW_OK || wide > UINT32_MAX) {
        return false;
    }
    *n = (uint32_t)wide;
    return true;
}

int twin_address(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                 const char *text, uint32_t *address, uint32_t *size)
{
    uint32_t found = 0;

    if (number(text, address)) {
        return AW_EXIT_OK;
    }
    if (symbols == NULL) {
        return aw_usage(
            ctx, "%s is no address, 0x80010000; for names give --elf", text);
    }
    if (aw_symbols_find(symbols, text, address, &found) != AW_OK) {
        return aw_usage(ctx, "the executable has no %s", text);
    }
    if (found != 0) {
        *size = found;
    }
    return AW_EXIT_OK;
}

void twin_put_place(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                    uint32_t address, const char *before)
{
    const char *place = twin_place(ctx, symbols, address);
    const char *line = twin_line(ctx, symbols, address);
    const char *hex = aw_pool_printf(&ctx->pool, "0x%08" PRIx32, address);

    if (!aw_out_is_json(&ctx->out)) {
        aw_out_line(&ctx->out, "%s%s%s%s%s%s", before, hex,
                    place[0] == '\0' ? "" : "  ", place,
                    line[0] == '\0' ? "" : "  ", line);
        return;
    }
    aw_out_text(&ctx->out, "address", hex);
    if (place[0] != '\0') {
        aw_out_text(&ctx->out, "place", place);
    }
    if (line[0] != '\0') {
        aw_out_text(&ctx->out, "line", line);
    }
}

int twin_ask_registers(struct aw_ctx *ctx, uint32_t stack, struct twin_ask *ask,
                       uint32_t registers[17])
{
    int code = twin_ask_begin(ask, ctx, ctx->operands.item[0], "registers");
    unsigned i = 0;

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_u64(&ask->out, "stack", stack);
    code = twin_ask_send(ask);
    twin_ask_end(ask);
    if (code != AW_EXIT_OK) {
        return code;
    }
    memset(registers, 0, 17 * sizeof(registers[0]));
    for (aw_json v = aw_json_first(aw_json_member(ask->reply, "registers"));
         v.node != NULL && i < 17; v = aw_json_next(v)) {
        uint64_t n = 0;

        if (aw_json_get_u64(v, &n) == AW_OK) {
            registers[i] = (uint32_t)n;
        }
        i++;
    }
    return AW_EXIT_OK;
}
