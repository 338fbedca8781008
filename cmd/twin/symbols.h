/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_TWIN_SYMBOLS_H
#define CMD_TWIN_SYMBOLS_H

#include "aw/hostio/symbols.h"
#include "twin/twin.h"

/* What the commands share that show addresses. */

/** Opens the executable of --elf. @param path  NULL: *symbols is NULL, too.
 *  @return exit code, reported */
int twin_symbols(struct aw_ctx *ctx, const char *path,
                 struct aw_symbols **symbols);

/** "name+0x10"; "" when it is not known. symbols may be NULL. */
const char *twin_place(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                       uint32_t address);
/** "file.c:12"; "". */
const char *twin_line(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                      uint32_t address);

/** Address given by the user: a number, or a name in the executable.
 *
 * @param size  set to that of a named object, else left as it is
 *
 * @return exit code, reported
 */
int twin_address(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                 const char *text, uint32_t *address, uint32_t *size);

/** Members address, and function and line where they are known; one line of
 *  text with `before` in front. */
void twin_put_place(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                    uint32_t address, const char *before);

/** Asks for registers, and `stack` bytes from the stack pointer. The reply
 *  stays in ask. @return exit code, reported */
int twin_ask_registers(struct aw_ctx *ctx, uint32_t stack, struct twin_ask *ask,
                       uint32_t registers[17]);

#endif
