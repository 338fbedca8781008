/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PHY_H
#define PHY_H

#include "fw/lan.h"

/** Resets the PHY at lan->phy, which then looks for a partner.
 *  @return AW_OK; AW_ERR_TIMEOUT; AW_ERR_NOT_FOUND when nothing answers. */
AW_MUST_CHECK aw_err phy_init(const struct lan *lan, struct aw_diag *diag);

/** Sets lan->phy to the first address that answers.
 *  @return AW_OK; AW_ERR_TIMEOUT; AW_ERR_NOT_FOUND. */
AW_MUST_CHECK aw_err phy_find(struct lan *lan, struct aw_diag *diag);

#endif
