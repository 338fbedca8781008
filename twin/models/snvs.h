/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_SNVS_H
#define TWIN_SNVS_H

#include "models/regs.h"

/*
 * Secure non-volatile storage: the security state machine, the high assurance
 * counter, the low power domain, power off. The Mk II has no battery: the low
 * power domain lives as long as the power does, through resets of the chip.
 * Source: IMX6ULSRM, chapter "SNVS"; IMX6ULLRM, chapter "SNVS".
 */
enum { TW_SNVS_BASE = 0x020cc000, TW_SNVS_SIZE = 0x4000 };

enum tw_ssm {
    TW_SSM_INIT = 0x0,
    TW_SSM_HARD_FAIL = 0x1,
    TW_SSM_SOFT_FAIL = 0x3,
    TW_SSM_CHECK = 0x9,
    TW_SSM_NON_SECURE = 0xb,
    TW_SSM_TRUSTED = 0xd,
    TW_SSM_SECURE = 0xf
};

struct tw_snvs {
    struct tw_regs regs;
    struct tw_clock *clock;
    /* Software switched the power off; may be NULL. */
    void (*power_off)(void *ctx);
    void *power_ctx;

    enum tw_ssm state;
    uint32_t zeroised; /* violations so far, for tests and events */
    bool counting;     /* high assurance counter */
    uint64_t count_from;
    struct tw_event hard_fail;
};

void tw_snvs_init(struct tw_snvs *snvs, struct tw_bus *bus,
                  struct tw_clock *clock);

/** State of the machine, set by the boot ROM after HAB: TW_SSM_TRUSTED or
 * _SECURE on a closed part without events, TW_SSM_NON_SECURE otherwise. */
void tw_snvs_set_state(struct tw_snvs *snvs, enum tw_ssm state);

/** True when crypto engines may use the part's own key: trusted or secure. An
 * open part never is. */
bool tw_snvs_key_usable(const struct tw_snvs *snvs);

/** A security violation: a tamper detector, the RTIC, software. */
void tw_snvs_violation(struct tw_snvs *snvs, const char *from);

struct tw_device tw_snvs_device(struct tw_snvs *snvs);

#endif
