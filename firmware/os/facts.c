/* SPDX-License-Identifier: Apache-2.0 */
#include "os/facts.h"

#include <string.h>

#include "os/net.h"
#include "os/release/update.h"
#include "os/text.h"

/* What is to be said of one component. */
struct running {
    const struct slots *slots;
    const struct aw_boot_start *start;
    unsigned copy; /* that runs; 0: none */
    const char *version;
};

static size_t put_slots(const struct running *r, struct aw_ctl_slot *to)
{
    size_t n = 0;

    for (unsigned i = 0; i < COPIES; i++) {
        const struct copy *copy = &r->slots->copy[i];

        if (!copy->usable) {
            continue;
        }
        to[n] =
            (struct aw_ctl_slot){.copy = i + 1,
                                 .started = r->copy == i + 1,
                                 .confirmed = i == 0 && r->start->confirmed,
                                 .attempts = i == 0 ? r->start->attempts : 0};
        text_put(to[n].component, sizeof(to[n].component),
                 r->slots->component == AW_TRUSTED_OS ? "TRUSTED_OS"
                                                      : "TRUSTED_APPLET");
        text_put(to[n].name, sizeof(to[n].name), copy->slot == 0 ? "A" : "B");
        text_put(to[n].version, sizeof(to[n].version),
                 to[n].started ? r->version
                               : update_version(copy, r->slots->component));
        n++;
    }
    return n;
}

size_t facts_slots(const struct os *os, struct aw_ctl_slot *slots)
{
    const struct installed *in = &os->installed;
    const struct aw_boot_start *start = in->starts.state.start;
    char version[sizeof(slots->version)] = "";
    struct aw_wr w = aw_wr_init(version, sizeof(version) - 1);
    size_t n = 0;

    if (!in->known) {
        return 0;
    }
    aw_semver_write(&in->os_version, &w);
    const struct running runs[] = {
        {&in->os, &start[AW_BOOT_OS], in->os_copy, version},
        {&in->applet, &start[AW_BOOT_APPLET], in->applet_copy,
         os->versions.applet}};

    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        n += put_slots(&runs[i], slots + n);
    }
    return n;
}

void facts_rpmb(const struct os *os, struct aw_ctl_rpmb *rpmb)
{
    static const char *const states[] = {[ROLLBACK_OPEN] = "open",
                                         [ROLLBACK_READY] = "ready",
                                         [ROLLBACK_UNPROVISIONED] =
                                             "rpmb-unprovisioned",
                                         [ROLLBACK_FAILED] = "failed"};

    memset(rpmb, 0, sizeof(*rpmb));
    text_put(rpmb->state, sizeof(rpmb->state), states[os->rollback.state]);
    text_put(rpmb->os_version, sizeof(rpmb->os_version), os->rollback.os);
    text_put(rpmb->applet_version, sizeof(rpmb->applet_version),
             os->rollback.applet);
    rpmb->writes = os->rollback.writes;
}

aw_err facts_rpmb_retry(struct os *os)
{
    return rollback_program_key(&os->rollback, NULL);
}

aw_err facts_next_identity(struct os *os)
{
    return rollback_next_identity(&os->rollback, NULL);
}

bool facts_link(const struct os *os)
{
    (void)os;
    return net_link();
}

static void put_attestation(const struct identity *id,
                            enum abi_attestation which, char *to, size_t size)
{
    struct aw_wr w = aw_wr_init(to, size - 1);

    memset(to, 0, size);
    if (identity_attest(id, which, &w) != AW_OK || w.failed) {
        memset(to, 0, size);
    }
}

bool facts_witness(const struct os *os, struct aw_ctl_witness *witness,
                   uint32_t *counter)
{
    const struct identity *id = &os->identity;

    *counter = id->who.counter;
    if (id->kind == IDENTITY_NONE) {
        return false;
    }
    memset(witness, 0, sizeof(*witness));
    text_put(witness->identity, sizeof(witness->identity), id->witness);
    text_put(witness->ip, sizeof(witness->ip), os->witness.ip);
    text_put(witness->attestation_key, sizeof(witness->attestation_key),
             id->attestation);
    put_attestation(id, ABI_ATTEST_IDENTITY, witness->attested_id,
                    sizeof(witness->attested_id));
    put_attestation(id, ABI_ATTEST_BASTION, witness->attested_bastion_id,
                    sizeof(witness->attested_bastion_id));
    return true;
}
