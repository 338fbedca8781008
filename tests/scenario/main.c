/* SPDX-License-Identifier: Apache-2.0 */
/* scenario FOLDER SUITE: runs the firmware that was built into FOLDER on
 * twins in memory.
 * scenario FOLDER card FILE: makes an SD card with the test OS on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

const char *device_folder;
const char *card_path;

static const struct {
    const char *name;
    Suite *(*make)(void);
} suites[] = {
    {"boot", boot_suite},
    {"boot_bench", boot_bench_suite},
    {"boot_closed", boot_closed_suite},
    {"boot_cut", boot_cut_suite},
    {"card", card_suite},
    {"crypto", crypto_suite},
    {"boot_fuzz", boot_fuzz_suite},
    {"boot_refuse", boot_refuse_suite},
    {"boot_secrets", boot_secrets_suite},
    {"recovery_fuzz", recovery_fuzz_suite},
    {"panics", panics_suite},
    {"recovery", recovery_suite},
    {"control", control_suite},
    {"control_cut", control_cut_suite},
    {"control_fuzz", control_fuzz_suite},
    {"control_hab", control_hab_suite},
    {"control_hosts", control_hosts_suite},
    {"control_update", control_update_suite},
    {"os", os_suite},
    {"os_fuzz", os_fuzz_suite},
    {"os_journal", os_journal_suite},
    {"os_keys", os_keys_suite},
    {"os_life", os_life_suite},
    {"os_lockstep", os_lockstep_suite},
    {"os_net", os_net_suite},
    {"os_watchdog", os_watchdog_suite},
    {"os_rpmb", os_rpmb_suite},
    {"os_secrets", os_secrets_suite},
    {"os_update", os_update_suite},
    {"os_cut_applet", os_cut_applet_suite},
    {"os_cut_os", os_cut_os_suite},
    {"os_world", os_world_suite},
};

static SRunner *runner_of(const char *name)
{
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        if (strcmp(name, suites[i].name) == 0) {
            return srunner_create(suites[i].make());
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    SRunner *runner = NULL;

    if (argc == 3 || (argc == 4 && strcmp(argv[2], "card") == 0)) {
        device_folder = argv[1];
        card_path = argv[3];
        runner = runner_of(argv[2]);
    }
    if (runner == NULL) {
        (void)fprintf(stderr, "usage: scenario FOLDER SUITE\n");
        return 2;
    }
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
