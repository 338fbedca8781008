/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CAAM_PARTS_H
#define TWIN_CAAM_PARTS_H

#include "models/caam.h"

/* What the files of the CAAM model share; for nobody else. */

/** Carries out a descriptor; its status, 0 for success. *bytes is set to what
 * it moved, for its time. */
uint32_t tw_caam_run(struct tw_caam *caam, uint32_t descriptor,
                     uint32_t *bytes);

/** Reports what no firmware should do. */
void tw_caam_misuse(struct tw_caam *caam, const char *what, uint32_t value);

/** Registers of a job ring, 0x1000-0x3fff. False: there is none. */
bool tw_caam_ring_read(const struct tw_caam_ring *ring, uint32_t offset,
                       uint32_t *value);
bool tw_caam_ring_write(struct tw_caam_ring *ring, uint32_t offset,
                        uint32_t value);
/** Takes the next job when there is one, room for its result, and a start. */
void tw_caam_ring_kick(struct tw_caam_ring *ring);
void tw_caam_ring_done(void *ctx);
void tw_caam_ring_interrupt(struct tw_caam_ring *ring);
void tw_caam_ring_reset(struct tw_caam_ring *ring);
void tw_caam_ring_save(const struct tw_caam_ring *ring, struct tw_saver *to);
void tw_caam_ring_load(struct tw_caam_ring *ring, struct tw_loader *from);

/** Registers of the random number generator, 0x600-0x6ff. */
bool tw_caam_rng_read(struct tw_caam *caam, uint32_t offset, uint32_t *value);
bool tw_caam_rng_write(struct tw_caam *caam, uint32_t offset, uint32_t value);
void tw_caam_entropy_done(void *ctx);
void tw_caam_rng_reset(struct tw_caam *caam);
void tw_caam_rng_save(const struct tw_caam *caam, struct tw_saver *to);
void tw_caam_rng_load(struct tw_caam *caam, struct tw_loader *from);

/** Registers of the integrity checker, 0x6000-0x6fff. */
bool tw_caam_rtic_read(struct tw_caam *caam, uint32_t offset, uint32_t *value);
bool tw_caam_rtic_write(struct tw_caam *caam, uint32_t offset, uint32_t value);
void tw_caam_rtic_step(void *ctx);
void tw_caam_rtic_reset(struct tw_caam *caam);
void tw_caam_rtic_save(const struct tw_caam *caam, struct tw_saver *to);
void tw_caam_rtic_load(struct tw_caam *caam, struct tw_loader *from);

/* RDSTA: state handle 0 is instantiated; secure keys are made. */
#define RDSTA_IF0  UINT32_C(1)
#define RDSTA_SKVN (UINT32_C(1) << 30)
/* RTMCTL: software holds the TRNG. */
#define RTMCTL_TRNG_ACC (UINT32_C(1) << 5)

#endif
