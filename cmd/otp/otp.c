/* SPDX-License-Identifier: Apache-2.0 */
#include "otp/otp.h"

static const struct aw_cmd *const commands[] = {
    &otp_cmd_list,    &otp_cmd_read,    &otp_cmd_diagram,
    &otp_cmd_convert, &otp_cmd_plan,    &otp_cmd_simulate,
    &otp_cmd_apply,   &otp_cmd_virtual, NULL,
};

const struct aw_cmd aw_cmd_otp = {
    .name = "otp",
    .summary = "read fuses; plan, try and carry out their blowing",
    .sub = commands,
};
