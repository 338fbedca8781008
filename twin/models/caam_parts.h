/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CAAM_PARTS_H
#define TWIN_CAAM_PARTS_H

#include "models/caam.h"

/* What the files of the CAAM model share; for nobody else. */

/** Carries out a descriptor; its status, 0 for success. *bytes is set to what
 * it moved, for its time. */
uint32_t tw_caam_run(struct tw_caam *caam, uint32_t descriptor,
                     uint32_t *bytes);

/** Registers of the random number generator, 0x600-0x6ff. */
bool tw_caam_rng_read(struct tw_caam *caam, uint32_t offset, uint32_t *value);
bool tw_caam_rng_write(struct tw_caam *caam, uint32_t offset, uint32_t value);
void tw_caam_entropy_done(void *ctx);
void tw_caam_rng_reset(struct tw_caam *caam);

/** Registers of the integrity checker, 0x6000-0x6fff. */
bool tw_caam_rtic_read(struct tw_caam *caam, uint32_t offset, uint32_t *value);
bool tw_caam_rtic_write(struct tw_caam *caam, uint32_t offset, uint32_t value);
void tw_caam_rtic_step(void *ctx);
void tw_caam_rtic_reset(struct tw_caam *caam);

/* RDSTA: state handle 0 is instantiated; secure keys are made. */
#define RDSTA_IF0  UINT32_C(1)
#define RDSTA_SKVN (UINT32_C(1) << 30)
/* RTMCTL: software holds the TRNG. */
#define RTMCTL_TRNG_ACC (UINT32_C(1) << 5)

#endif
