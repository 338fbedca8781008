/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_DEVICE_H
#define FUZZ_DEVICE_H

#include "aw/usb.h"
#include "fuzz.h"

/* What devices for the clients of sdp/ have in common: they let themselves be
 * claimed, and their transfers fail in one of these ways. */
static inline aw_err device_claim(void *ctx, uint8_t interface,
                                  struct aw_diag *diag)
{
    (void)ctx;
    (void)interface;
    (void)diag;
    return AW_OK;
}

static inline aw_err device_error(uint8_t how)
{
    static const aw_err errors[] = {AW_ERR_TIMEOUT, AW_ERR_GONE, AW_ERR_IO,
                                    AW_ERR_STALL, AW_ERR_SPACE};

    return errors[how % (sizeof(errors) / sizeof(errors[0]))];
}

#endif
