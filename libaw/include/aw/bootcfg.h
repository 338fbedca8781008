/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_BOOTCFG_H
#define AW_BOOTCFG_H

#include "aw/bytes.h"
#include "aw/sink.h"

/*
 * Records that the Go programs keep as gob streams: the configuration in
 * front of every image on the eMMC (armored-witness-boot, config/config.go),
 * the proof bundle file (armored-witness-os, cmd/proofbundle) and the version
 * in RPMB (armored-witness-os, trusted_os/rpmb.go). Format pages:
 * docs/formats/config-record.md.
 *
 * Streams are untrusted. Whatever is read is borrowed from the stream, and
 * outputs are untouched on failure. Errors of all stream readers: AW_ERR_SHORT
 * if the stream ends too early; AW_ERR_NOT_FOUND if it begins with a zero
 * byte, as storage never written does; AW_ERR_FORMAT; AW_ERR_TYPE if it holds
 * another type of value; AW_ERR_UNSUPPORTED if it holds an interface value;
 * AW_ERR_SPACE if it exceeds a limit below, 32 types, 128 fields or 16 levels
 * of nesting. What follows the value is not looked at.
 */
enum {
    AW_BOOTCFG_MAX = 40960, /* bytes of a configuration record */
    AW_BOOTCFG_PROOF_MAX = 64,
    AW_BOOTCFG_SIGS_MAX = 8
};

/* Configuration record. Where the image lies must come from aw/emmc.h, not
 * from here: aw_emmc_check compares. */
struct aw_bootcfg {
    size_t stream_n;     /* bytes of the record in the stream it was read from;
                      * what follows is left over from a longer one */
    int64_t offset;      /* bytes from the start of the medium */
    int64_t size;        /* bytes */
    size_t n_signatures; /* legacy, 0 in all that is written today */
    aw_bytes signatures[AW_BOOTCFG_SIGS_MAX];
    aw_bytes checkpoint; /* signed note */
    aw_bytes manifest;   /* signed note */
    uint64_t log_index;
    size_t n_proof;
    aw_bytes proof[AW_BOOTCFG_PROOF_MAX]; /* of any length: the caller checks */
};

/**
 * Reads a configuration record: a stream with whatever follows it in its
 * area, at most AW_BOOTCFG_MAX bytes in all. Reads all type numberings.
 *
 * @param diag  may be NULL
 * @return AW_OK; errors as above.
 */
AW_MUST_CHECK aw_err aw_bootcfg_parse(aw_bytes stream,
                                      struct aw_bootcfg *config,
                                      struct aw_diag *diag);

/**
 * Writes the fixed form of Go 1.21 and later (first user type id 64).
 *
 * @return AW_OK; AW_ERR_SPACE, with nothing written, if the record exceeds
 *         AW_BOOTCFG_MAX or does not fit in w.
 */
AW_MUST_CHECK aw_err aw_bootcfg_write(const struct aw_bootcfg *config,
                                      struct aw_wr *w);

/** True if the stream is, byte for byte, what a program of Go writes for a
 *  configuration: nothing in it but the values, and the numbers of its types,
 *  which differ from program to program.
 *  @param config  read from that stream
 *  @param stream  its first config->stream_n bytes */
bool aw_bootcfg_is_plain(const struct aw_bootcfg *config, aw_bytes stream);

/* Bytes: longest JSON text, and what reading one may need of a work area. */
enum { AW_BOOTCFG_JSON_MAX = 128 * 1024, AW_BOOTCFG_JSON_WORK = 384 * 1024 };

/**
 * Reads a configuration record as upstream's verify tool prints it: a JSON
 * object with the names of the Go struct, bytes in base64, null for empty
 * ones. Unknown keys are ignored, all others needed.
 *
 * @param text  untrusted; not needed any more when the function returns
 * @param work  memory for the decoded bytes and scratch, taken from its unused
 *              part; must outlive config; untouched on failure
 * @param diag  may be NULL; `where` names the key
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if a key is missing; AW_ERR_TYPE if a value
 *         has the wrong type; AW_ERR_FORMAT for broken base64; AW_ERR_RANGE
 *         for numbers beyond 64 bits; AW_ERR_SPACE if text, work or the limits
 *         above do not suffice; and as aw_json_parse.
 */
AW_MUST_CHECK aw_err aw_bootcfg_parse_json(aw_bytes text, struct aw_wr *work,
                                           struct aw_bootcfg *config,
                                           struct aw_diag *diag);

/**
 * Writes a configuration record as upstream's verify tool prints it: two
 * spaces of indentation, null for empty bytes and lists, a final line feed.
 */
void aw_bootcfg_write_json(const struct aw_bootcfg *config,
                           const struct aw_sink *sink);

/* Proof bundle file: firmware.Bundle as a top-level gob value. */
struct aw_bundle_file {
    aw_bytes checkpoint; /* signed note */
    uint64_t index;
    size_t n_proof;
    aw_bytes proof[AW_BOOTCFG_PROOF_MAX]; /* of any length: the caller checks */
    aw_bytes manifest;                    /* signed note */
    aw_bytes firmware;                    /* empty in upstream's files */
    aw_bytes hab_signature;
};

/** Reads a proof bundle file of any length. Errors as above. */
AW_MUST_CHECK aw_err aw_bundle_file_parse(aw_bytes stream,
                                          struct aw_bundle_file *file,
                                          struct aw_diag *diag);

/** Writes a proof bundle file. @return AW_OK; AW_ERR_SPACE, with nothing
 *  written, if it does not fit in w. */
AW_MUST_CHECK aw_err aw_bundle_file_write(const struct aw_bundle_file *file,
                                          struct aw_wr *w);

/**
 * Reads a version record of at most 256 bytes.
 *
 * @param version  set to the text, which is not checked; empty when the
 *                 record is all zeros. Empty means 0.0.0.
 * @return AW_OK; errors as above.
 */
AW_MUST_CHECK aw_err aw_version_record_parse(aw_bytes stream, aw_bytes *version,
                                             struct aw_diag *diag);

/**
 * Writes a version record.
 *
 * @return AW_OK; AW_ERR_SPACE, with nothing written, if it does not fit in w
 *         or in the 32 bytes that upstream's firmware reads back: at most 28
 *         characters do.
 */
AW_MUST_CHECK aw_err aw_version_record_write(aw_bytes version, struct aw_wr *w);

#endif
