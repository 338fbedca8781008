/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_SYMBOLS_H
#define AW_HOSTIO_SYMBOLS_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"

/*
 * Names, source lines and call frames of a device's executable, by libdw. The
 * file may come from anybody: what is wrong in it gives no answer, or a wrong
 * one, and nothing worse.
 */
struct aw_symbols;

enum { AW_SYMBOLS_REGISTERS = 16, AW_SYMBOLS_FILE_MAX = 64 << 20 };

/* Where an address is. Texts are borrowed until aw_symbols_close. */
struct aw_symbol {
    const char *name; /* of the function or object; NULL: none */
    uint32_t offset;  /* from its start */
    const char *file; /* as the compiler was given it; NULL: not known */
    int line;
};

/** Memory of the device. False: that word cannot be read. */
struct aw_symbols_memory {
    void *ctx;
    bool (*read)(void *ctx, uint32_t address, uint32_t *word);
};

/**
 * Reads an executable of 32-bit ARM.
 *
 * @param path     untrusted
 * @param symbols  set; for aw_symbols_close
 *
 * @return AW_OK; errors of aw_file_read and aw_elf_open; AW_ERR_FORMAT when
 *         libdw does not want it; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_symbols_open(const char *path,
                                     struct aw_symbols **symbols,
                                     struct aw_host_diag *host);
/** NULL is allowed. */
void aw_symbols_close(struct aw_symbols *symbols);

/** Looks an address up; members that are not known are empty. */
void aw_symbols_at(const struct aw_symbols *symbols, uint32_t address,
                   struct aw_symbol *symbol);

/**
 * Looks a name up.
 *
 * @param size  may be NULL; 0 when the file does not say
 *
 * @return AW_OK; AW_ERR_NOT_FOUND.
 */
AW_MUST_CHECK aw_err aw_symbols_find(const struct aw_symbols *symbols,
                                     const char *name, uint32_t *address,
                                     uint32_t *size);

/**
 * Walks the frames of calls, by the unwind tables of the executable. A
 * function without them, at the top, is taken for one that has not touched
 * its stack.
 *
 * @param registers  r0 to r15; r15 is the instruction at hand
 * @param pcs        set to that and to the addresses of the calls' returns,
 *                   innermost first
 *
 * @return how many, 1 to n; n > 0
 */
size_t aw_symbols_unwind(const struct aw_symbols *symbols,
                         const uint32_t registers[AW_SYMBOLS_REGISTERS],
                         const struct aw_symbols_memory *memory, uint32_t *pcs,
                         size_t n);

#endif
