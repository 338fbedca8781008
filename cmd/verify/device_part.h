/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_DEVICE_PART_H
#define VERIFY_DEVICE_PART_H

#include "verify/device.h"

/* Pieces of the whole-device audit, shared between its files. */

/**
 * Reads and verifies the record in a config region and the image it names.
 *
 * @param quiet  for an older copy: what fails is no finding, the caller
 *               judges the bytes as residue
 * @param part   filled as far as the verification came
 *
 * @return AW_OK, also when the evidence does not hold; errors of reading.
 */
AW_MUST_CHECK aw_err device_part_check(struct device_audit *audit,
                                       const struct aw_emmc_region *config,
                                       bool quiet, struct device_part *part,
                                       struct aw_diag *diag);

/**
 * Reads n bytes that lie inside the medium.
 *
 * @return AW_OK; AW_ERR_CANCELLED; errors of the medium.
 */
AW_MUST_CHECK aw_err device_read(struct device_audit *audit, uint64_t offset,
                                 uint8_t *buf, uint64_t n,
                                 struct aw_diag *diag);

/** True when the medium has these bytes. */
bool device_has(const struct device_audit *audit, uint64_t offset, uint64_t n);

/**
 * First byte in [from, to) that is not zero; `to` when there is none. What
 * lies behind the end of the medium counts as zero, and what a sample leaves
 * out.
 *
 * @return as device_read
 */
AW_MUST_CHECK aw_err device_first_data(struct device_audit *audit,
                                       uint64_t from, uint64_t to,
                                       uint64_t *first, struct aw_diag *diag);

/** True when of these bytes only both ends are read. */
bool device_samples(const struct device_audit *audit, uint64_t from,
                    uint64_t to);

/** Adds a line to the list of areas. */
void device_area_add(struct device_audit *audit,
                     const struct device_area *area);

/** Adds an area with bytes that are not zero, and reports it if it is unknown,
 *  or residue under --strict-residue. */
void device_area_found(struct device_audit *audit,
                       const struct device_area *area, const char *expected,
                       const char *got);

/** The release of the log whose image has that digest, or NULL. */
const struct device_known *
device_known_digest(const struct device_audit *audit,
                    const uint8_t digest[AW_SHA256_SIZE]);

/**
 * Names an image without a record: an ELF whose digest a logged manifest
 * gives.
 *
 * @param known  set to the release, or to NULL
 * @param end    set to the offset behind it, with known
 *
 * @return as device_read
 */
AW_MUST_CHECK aw_err device_known_at(struct device_audit *audit,
                                     const struct aw_emmc_region *slot,
                                     const struct device_known **known,
                                     uint64_t *end, struct aw_diag *diag);

#endif
