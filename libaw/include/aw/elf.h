/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_ELF_H
#define AW_ELF_H

#include "aw/bytes.h"

/*
 * Executables of 32-bit ARM, little-endian: what of them gets loaded. The
 * rest of the file is nobody's business here. Source: ELF specification 1.2,
 * ARM IHI 0044.
 */
enum { AW_ELF_SEGMENTS_MAX = 32 };

/* Flags of a segment. */
enum { AW_ELF_EXECUTE = 1, AW_ELF_WRITE = 2, AW_ELF_READ = 4 };

struct aw_elf {
    aw_bytes bytes; /* whole file, borrowed */
    uint32_t entry;
    uint32_t table;  /* file offset of the program headers */
    uint16_t n;      /* program headers */
    uint16_t stride; /* bytes from one to the next */
};

/* A part that is loaded. */
struct aw_elf_segment {
    uint32_t address; /* physical */
    uint32_t linked;  /* virtual: what the code believes */
    uint32_t flags;   /* AW_ELF_EXECUTE and so on */
    aw_bytes bytes;   /* from the file, borrowed; at most `size` */
    uint32_t size;    /* in memory; zeros behind bytes */
};

/**
 * Opens an executable.
 *
 * @param bytes  whole file; untrusted
 *
 * @return AW_OK; AW_ERR_SHORT if headers run past the file; AW_ERR_FORMAT if
 *         it is no ELF file; AW_ERR_UNSUPPORTED if it is not an executable of
 *         32-bit little-endian ARM; AW_ERR_RANGE with more than
 *         AW_ELF_SEGMENTS_MAX program headers.
 */
AW_MUST_CHECK aw_err aw_elf_open(aw_bytes bytes, struct aw_elf *elf,
                                 struct aw_diag *diag);

/**
 * Reads program header i < elf->n.
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if it describes nothing that is loaded or
 *         is empty; AW_ERR_SHORT if its bytes run past the file; AW_ERR_RANGE
 *         if it is smaller in memory than in the file or wraps around 4 GiB.
 */
AW_MUST_CHECK aw_err aw_elf_segment(const struct aw_elf *elf, size_t i,
                                    struct aw_elf_segment *segment,
                                    struct aw_diag *diag);

#endif
