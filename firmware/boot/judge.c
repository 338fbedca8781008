/* SPDX-License-Identifier: Apache-2.0 */
#include "boot.h"
#include "fw/dma.h"

_Static_assert(BOOT_FILE + AW_FIRMWARE_MAX <= BOOT_WORK, "no two meet");
_Static_assert(OS_WINDOW + OS_WINDOW_SIZE <= BOOT_FILE, "nor what is loaded");

static struct aw_verdict verdict;

bool judge(struct boot *boot, unsigned n, struct start *start,
           struct fault *fault)
{
    static const struct load_window window = {OS_WINDOW, OS_WINDOW_SIZE};
    static const struct aw_expect expect = {.component = AW_TRUSTED_OS};
    const struct judging judging = {.policy = &boot->policy,
                                    .expect = &expect,
                                    .file = dma_pointer(BOOT_FILE),
                                    .work = dma_pointer(BOOT_WORK)};
    const struct aw_release *release = &verdict.release;

    if (!slots_judge(&boot->slots, n, &judging, &verdict, fault) ||
        !rollback_check(boot, release, fault)) {
        return false;
    }
    aw_err err =
        load_check(release->firmware, &window, &start->plan, &fault->diag);

    if (err != AW_OK) {
        fault_image(fault, err);
        return false;
    }
    start->copy = n;
    start->slot = boot->slots.copy[n - 1].slot;
    return true;
}
