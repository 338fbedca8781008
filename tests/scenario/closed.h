/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOSED_H
#define CLOSED_H

#include "boot_support.h"

/*
 * Closed parts for the suites of boot_support.h: the bootloader signed by the
 * test PKI, fuses, the RPMB. Their unique id and keys are those of the vectors
 * of upstream's derivation: BKEK 00..1f in the CAAM, zeros in the DCP.
 */
#define CLOSED_UNIT UINT64_C(0x300339d4ea9d0a72)

struct part {
    enum tw_soc soc;
    const char *rpmb_key; /* vector e, hex */
};
enum { CLOSED_PARTS = 2 };
extern const struct part closed_parts[CLOSED_PARTS];

/** The bootloader with a CSF behind it: valid until the next call. */
aw_bytes closed_boot(const char *name);

/** The device with that bootloader. @param flag  the RPMB's fuse is blown */
void closed_make(const struct part *part, bool flag);

/** Fuses of an open part become those of a closed one. */
void closed_fuses(struct aw_vfuse *fuses);

/** The RPMB with the part's key and a record in a sector, as firmware writes
 *  it; zeros behind it. */
void closed_set_record(const struct part *part, uint16_t number,
                       aw_bytes record);

/** The same with a version, "" for none. */
void closed_set_version(const struct part *part, uint16_t number,
                        const char *version);

#endif
