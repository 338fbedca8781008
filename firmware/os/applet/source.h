/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOURCE_H
#define SOURCE_H

#include "os/os.h"

/**
 * Before each life of the applet: sees to it that what is to run is in
 * os->applet, and that the start is counted. A file of its own in each variant:
 * from the eMMC, judged (source_card.c), or part of the image, for tests.
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is none; AW_ERR_PRECONDITION in a
 *         state in which nothing may run; errors of slots_judge, rollback_check
 *         and applet_take.
 */
AW_MUST_CHECK aw_err source_applet(struct os *os, struct aw_diag *diag);

#endif
