/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_NVMEM_H
#define AW_HOSTIO_NVMEM_H

#include "aw/hostio/diag.h"
#include "aw/otp.h"

/*
 * Fuses through Linux: the NVMEM device of the OCOTP or IIM driver, or a dump
 * of one. Words are little-endian. Where a word lies is for the caller to
 * say, since it depends on the part (aw/hab/fuse.h).
 */
#define AW_NVMEM_DEFAULT "/sys/bus/nvmem/devices/imx-ocotp0/nvmem"

struct aw_nvmem_map {
    /** Offset in bytes of a word, for reading or writing. */
    uint32_t (*offset)(const void *ctx, unsigned bank, unsigned word,
                       bool write);
    const void *ctx;
    unsigned word_size; /* bytes: 4, or 1 which can only be read */
};

/* Opaque. */
struct aw_nvmem;

enum aw_nvmem_how {
    AW_NVMEM_READ,  /* never write */
    AW_NVMEM_WRITE, /* write when it is a device, not when it is a dump */
    AW_NVMEM_FORCE  /* write to any file; for tests */
};

/**
 * Opens a device or a dump.
 *
 * @param map    copied; its ctx must outlive the result
 * @param nvmem  to be closed with aw_nvmem_close
 * @param otp    valid until then; `program` is NULL where nothing can be
 *               written. A read past the end of the device is AW_ERR_NOT_FOUND
 *
 * @return AW_OK; AW_ERR_NOT_FOUND; AW_ERR_TYPE when it is no file;
 *         AW_ERR_IO; AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_nvmem_open(const char *path, enum aw_nvmem_how how,
                                   const struct aw_nvmem_map *map,
                                   struct aw_nvmem **nvmem, struct aw_otp *otp,
                                   struct aw_host_diag *host);

/** Size of the device in bytes. */
uint64_t aw_nvmem_size(const struct aw_nvmem *nvmem);

/** Closes; NULL is ignored. */
void aw_nvmem_close(struct aw_nvmem *nvmem);

#endif
