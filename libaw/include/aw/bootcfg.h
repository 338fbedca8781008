/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_BOOTCFG_H
#define AW_BOOTCFG_H

#include "aw/bytes.h"

/*
 * Configuration record in front of every image on the eMMC, a Go gob stream
 * of armored-witness-boot's Config, and the proof bundle file of
 * armored-witness-os. The structs' spans are borrowed from the stream.
 */
enum {
    AW_BOOTCFG_MAX = 40960,
    AW_BOOTCFG_PROOF_MAX = 64,
    AW_BOOTCFG_SIGS_MAX = 8
};

struct aw_bootcfg {
    int64_t offset;      /* bytes from the start of the medium */
    int64_t size;        /* bytes */
    size_t n_signatures; /* legacy; elements beyond the limit are an error */
    aw_bytes signatures[AW_BOOTCFG_SIGS_MAX];
    aw_bytes checkpoint; /* signed note */
    aw_bytes manifest;   /* signed note */
    uint64_t log_index;
    size_t n_proof;
    aw_bytes proof[AW_BOOTCFG_PROOF_MAX]; /* 32 bytes each, unchecked here */
};

AW_MUST_CHECK aw_err aw_bootcfg_parse(aw_bytes stream,
                                      struct aw_bootcfg *config,
                                      struct aw_diag *diag);
/** Writes the fixed form of Go 1.21 and later (first user type id 64). */
AW_MUST_CHECK aw_err aw_bootcfg_write(const struct aw_bootcfg *config,
                                      struct aw_wr *w);

/* Proof bundle file: firmware.Bundle as a top-level gob value. */
struct aw_bundle_file {
    aw_bytes checkpoint;
    uint64_t index;
    size_t n_proof;
    aw_bytes proof[AW_BOOTCFG_PROOF_MAX];
    aw_bytes manifest;
    aw_bytes firmware;
    aw_bytes hab_signature;
};

AW_MUST_CHECK aw_err aw_bundle_file_parse(aw_bytes stream,
                                          struct aw_bundle_file *file,
                                          struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_bundle_file_write(const struct aw_bundle_file *file,
                                          struct aw_wr *w);

/* Version record in RPMB: gob of a string. All zero reads as empty text. */
AW_MUST_CHECK aw_err aw_version_record_parse(aw_bytes stream, aw_bytes *version,
                                             struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_version_record_write(aw_bytes version, struct aw_wr *w);

#endif
