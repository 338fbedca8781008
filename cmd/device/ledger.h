/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LEDGER_H
#define DEVICE_LEDGER_H

#include "aw/ftlog/attest.h"
#include "common/cmd.h"

/* aw device ledger add | verify | export | records */
extern const struct aw_cmd ledger_cmd_add;
extern const struct aw_cmd ledger_cmd_verify;
extern const struct aw_cmd ledger_cmd_export;
extern const struct aw_cmd ledger_cmd_records;

/*
 * The ledger of devices, a folder of files as the Go project keeps it
 * (docs/formats/attestation.md): SERIAL.pub, SERIAL.witness.COUNTER,
 * SERIAL.bastion.COUNTER.
 */
enum { LEDGER_IDENTITIES = 256, LEDGER_DEVICES = 65536 };

struct ledger_identity {
    uint64_t counter;
    bool has_witness;
    struct aw_vkey witness;
    bool has_bastion;
    uint8_t bastion[AW_SHA256_SIZE];
};

struct ledger_file {
    const char *name;
    aw_bytes data;
};

/* A device whose attestations hold. */
struct ledger_device {
    const char *serial;
    struct aw_device_key key;
    size_t n;
    struct ledger_identity *identity; /* by counter */
    size_t n_files;
    struct ledger_file *file; /* what was verified, as it was read */
};

/** Called with a device whose attestations hold. */
typedef void ledger_each(void *ctx, const struct ledger_device *device);

/**
 * Reads and verifies all of a ledger, in order of serials; findings say what
 * does not hold.
 *
 * @param n  set to the devices that hold
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int ledger_read(struct aw_ctx *ctx, const char *folder,
                              ledger_each *each, void *each_ctx, size_t *n);

/**
 * Verifies the files of one device.
 *
 * @param names  of files of the device, each in folder
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int ledger_check(struct aw_ctx *ctx, const char *folder,
                               const char *const *names, size_t n,
                               struct ledger_device *device);

/** Writes a device as an element of a list. */
void ledger_put(struct aw_ctx *ctx, const struct ledger_device *device);

#endif
