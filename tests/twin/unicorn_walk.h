/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNICORN_WALK_H
#define UNICORN_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* Why an access faults, from translation tables in the short format: written
 * from the manual for the oracle, and used by nothing else. Source: ARM DDI
 * 0406C B3.5, B3.7, B3.13. */
struct unicorn_walk {
    void *ctx;
    /** Register of CP15 (crn, crm, opc2), of the world that accesses. */
    uint32_t (*get)(void *ctx, const uint32_t where[3]);
    /** False: an external abort. */
    bool (*read)(void *ctx, uint32_t address, uint32_t *word);
};

/** Status with its domain, as in DFSR; 1, alignment, when the tables allow
 *  the access. */
uint32_t unicorn_walk_status(const struct unicorn_walk *w, uint32_t address,
                             bool user, bool execute, bool write);

/** LDRT and its like. */
bool unicorn_walk_as_user(uint32_t word);

#endif
