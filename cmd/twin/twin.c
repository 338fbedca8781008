/* SPDX-License-Identifier: Apache-2.0 */
#include "twin/twin.h"

static const struct aw_cmd *const commands[] = {
    &twin_cmd_create,  &twin_cmd_start,
    &twin_cmd_stop,    &twin_cmd_power,
    &twin_cmd_switch,  &twin_cmd_plug,
    &twin_cmd_unplug,  &twin_cmd_status,
    &twin_cmd_console, &twin_cmd_fuses,
    &twin_cmd_leds,    &twin_cmd_snapshot,
    &twin_cmd_restore, &twin_cmd_fault,
    &twin_cmd_run,     &twin_cmd_pause,
    &twin_cmd_resume,  &twin_cmd_registers,
    &twin_cmd_memory,  &twin_cmd_backtrace,
    &twin_cmd_trace,   &twin_cmd_until,
    &twin_cmd_profile, &twin_cmd_attach,
    &twin_cmd_list,    NULL,
};

const struct aw_cmd aw_cmd_twin = {
    .name = "twin",
    .summary = "a USB armory in software: make, run and disturb it",
    .prose = "A twin is a folder that plays a USB armory Mk II: processor, "
             "fuses, eMMC, USB. While it runs, its process answers on a "
             "socket in that folder, and needs neither root nor hardware.",
    .sub = commands,
};
