/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/bench.h"
#include "bundle/bundle.h"
#include "common/cmd.h"
#include "common/help.h"
#include "common/stop.h"
#include "ctl/ctl.h"
#include "device/device.h"
#include "doctor/doctor.h"
#include "hab/hab.h"
#include "log/log.h"
#include "manifest/manifest.h"
#include "note/note.h"
#include "otp/otp.h"
#include "provision/provision.h"
#include "rebuild/rebuild.h"
#include "release/release.h"
#include "sdp/sdp.h"
#include "twin/twin.h"
#include "verify/verify.h"

static const struct aw_cmd *const commands[] = {
    &aw_cmd_provision,
    &aw_cmd_verify,
    &aw_cmd_verify_build,
    &aw_cmd_release,
    &aw_cmd_log,
    &aw_cmd_bundle,
    &aw_cmd_manifest,
    &aw_cmd_note,
    &aw_cmd_hab,
    &aw_cmd_otp,
    &aw_cmd_sdp,
    &aw_cmd_ctl,
    &aw_cmd_twin,
    &aw_cmd_device,
    &aw_cmd_doctor,
    &aw_cmd_bench,
    &aw_cmd_completion,
    &aw_cmd_help,
    NULL,
};

static const struct aw_cmd root = {
    .name = "aw",
    .summary = "provision and verify the Armored Witness",
    .prose = "Tools around the Armored Witness, a transparency-log witness on "
             "a USB armory: audit its firmware logs, check releases and "
             "devices against them.",
    .sub = commands,
};

/* The libraries of aw take some milliseconds to set themselves up: a signal
 * that comes meanwhile ends the run in order, too. */
AW_PREINIT static void (*const before_libraries)(void) = aw_stop_init;

int main(int argc, char **argv)
{
    return aw_main(&root, argc, argv);
}
