/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_SOC_H
#define FW_SOC_H

#include <stdbool.h>
#include <stdint.h>

/* Which chip this is, and what its fuses say. */

/** i.MX6UL, which has a CAAM; the i.MX6ULL and 6ULZ have DCP and RNGB. */
bool soc_is_ul(void);

/** Shadow register of a fuse word; 0xbadabada where reading is locked. */
uint32_t ocotp_read(unsigned bank, unsigned word);

/** The 8 bytes that are printed as serial number. */
enum { SOC_ID_SIZE = 8 };
void soc_unique_id(uint8_t id[SOC_ID_SIZE]);

/** SEC_CONFIG: the ROM starts signed images only. */
bool soc_closed(void);

/** The fuse that says that the RPMB of the eMMC has got its key. */
bool soc_rpmb_flag(void);

/** True while the part's own key is what crypto engines use: closed, and the
 *  security state machine trusts what was started. */
bool snvs_key_usable(void);

/** The part's own key is there and undamaged, used or not. */
bool snvs_otpmk_good(void);

#endif
