/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OTP_SOURCE_H
#define OTP_SOURCE_H

#include "otp/otp.h"

/* Where fuses come from. */

/* By enum otp_part; NULL for OTP_PART_AUTO. */
extern const char *const otp_part_names[];

/** As otp_load_map. @param part  name, or NULL when only --map can say */
AW_MUST_CHECK int otp_load_map_of(struct aw_ctx *ctx,
                                  const struct otp_source *source,
                                  const char *part, struct aw_fusemap **map);

/** Reports when --part, or the plan, says that the fuses are another part's.
 *  @param is  name of the part that they are of */
AW_MUST_CHECK int otp_check_part(struct aw_ctx *ctx,
                                 const struct otp_source *source,
                                 const char *subject, const char *is);

/** The mark by which an i.MX6ULZ is told from an i.MX6ULL, in word 6 of bank
 *  0. */
bool otp_is_ulz(uint32_t word);

/** Opens the file fuses->path. On failure fuses->nvmem may be open. */
AW_MUST_CHECK int otp_open_file(struct aw_ctx *ctx,
                                const struct otp_source *source, bool write,
                                struct otp_fuses *fuses);

/** Opens the device source->usb. On failure fuses->device may be open. */
AW_MUST_CHECK int otp_open_device(struct aw_ctx *ctx,
                                  const struct otp_source *source,
                                  struct otp_fuses *fuses);
void otp_close_device(struct otp_device *device);

#endif
