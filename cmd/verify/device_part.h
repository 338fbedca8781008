/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_DEVICE_PART_H
#define VERIFY_DEVICE_PART_H

#include "verify/device.h"

/* Pieces of the whole-device audit, shared between its files. */

/* An image as it was read and judged, with what lies behind it. */
struct device_image {
    uint64_t end;        /* offset behind image and HAB signature */
    uint64_t config_end; /* offset behind the bytes the record needs */
};

/**
 * Reads and verifies the record in a config region and the image it names.
 *
 * @param quiet  for an older copy: what fails is no finding, the caller
 *               judges the bytes as residue
 * @param part   filled as far as the verification came
 * @param image  set when part->verified
 *
 * @return AW_OK, also when the evidence does not hold; the errors of reading.
 */
AW_MUST_CHECK aw_err device_part_check(struct device_audit *audit,
                                       const struct aw_emmc_region *config,
                                       bool quiet, struct device_part *part,
                                       struct device_image *image,
                                       struct aw_diag *diag);

/**
 * First byte in [from, to) that is not zero; `to` when there is none, also
 * for bytes behind the end of the medium.
 */
AW_MUST_CHECK aw_err device_first_data(struct device_audit *audit,
                                       uint64_t from, uint64_t to,
                                       uint64_t *first, struct aw_diag *diag);

/** Adds a line to the list of areas. */
void device_area_add(struct device_audit *audit,
                     const struct device_area *area);

/**
 * Names an image without a record: an ELF whose digest a logged manifest
 * gives.
 *
 * @param end  offset behind it
 * @return the release, or NULL
 */
const struct device_known *device_known_at(struct device_audit *audit,
                                           const struct aw_emmc_region *slot,
                                           uint64_t *end);

#endif
