/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_NVM_H
#define TWIN_NVM_H

#include "models/file.h"

/*
 * What an eMMC keeps beside its blocks: RPMB key, counter and data, the
 * registers that survive power off, write protection of groups. One file,
 * rpmb.bin, in the format of docs/formats/rpmb.md; a change is there whole or
 * not at all, also when the host dies in it.
 */
enum {
    TW_NVM_SECTOR = 256, /* of RPMB data */
    TW_NVM_SECTORS_MAX = 65536,
    TW_NVM_MODES = 192,    /* first bytes of EXT_CSD */
    TW_NVM_WP_BYTES = 512, /* two bits a write protect group */
    TW_NVM_BATCH_MAX = 32  /* sectors of one change */
};

struct tw_nvm_record {
    uint64_t sequence;
    uint32_t sectors; /* of RPMB */
    uint32_t counter;
    bool has_key;
    uint8_t key[32];
    uint8_t modes[TW_NVM_MODES]; /* what is lost at power off is zero */
    uint8_t wp[TW_NVM_WP_BYTES];
    uint16_t journal_at; /* sectors that the last change wrote */
    uint16_t journal_n;
};

struct tw_nvm {
    struct tw_store store;
    struct tw_nvm_record record;
};

/** Bytes of the file for so many RPMB sectors. */
uint64_t tw_nvm_size(uint32_t sectors);

/**
 * Reads the file; an empty one (all zeros) becomes that of a new chip, whose
 * registers are `fresh`.
 *
 * @return AW_OK; AW_ERR_IO; AW_ERR_CONTENT if neither record in it is whole
 *         or it is for another number of sectors.
 */
AW_MUST_CHECK aw_err tw_nvm_open(struct tw_nvm *nvm,
                                 const struct tw_store *store,
                                 const struct tw_nvm_record *fresh);

/** Writes nvm->record, with n sectors of data at an address, in one step.
 * False: the host failed. */
bool tw_nvm_commit(struct tw_nvm *nvm, uint32_t address, const uint8_t *data,
                   uint32_t n);

bool tw_nvm_read(const struct tw_nvm *nvm, uint32_t address,
                 uint8_t sector[TW_NVM_SECTOR]);

#endif
