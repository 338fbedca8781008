/* SPDX-License-Identifier: Apache-2.0 */
#include "hab/hab.h"

static const struct aw_cmd *const commands[] = {
    &aw_cmd_hab_srk,
    &aw_cmd_hab_image,
    &aw_cmd_hab_sign,
    &aw_cmd_hab_verify,
    &aw_cmd_hab_explain,
    &aw_cmd_hab_pki,
    NULL,
};

const struct aw_cmd aw_cmd_hab = {
    .name = "hab",
    .summary = "sign, verify and explain images for secure boot",
    .prose = "HAB is the secure boot of the i.MX6UL, ULL and ULZ. The fuses of "
             "a closed part hold the hash of a table of keys; its boot ROM "
             "starts only images that carry signatures which lead back to "
             "that table.",
    .sub = commands,
};
