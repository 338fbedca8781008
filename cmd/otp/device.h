/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OTP_DEVICE_H
#define OTP_DEVICE_H

#include "ctl/ctl.h"
#include "sdp/sdp.h"

/* A board on USB that shows its fuses. */
struct otp_device {
    struct aw_usb_link link;
    struct aw_usb_id id;
    unsigned banks;
    struct sdp_session *sdp; /* in serial download; else NULL */
    struct ctl_session *os;  /* a trusted OS of ours; else NULL */
};

#endif
