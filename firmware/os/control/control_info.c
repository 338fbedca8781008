/* SPDX-License-Identifier: Apache-2.0 */
/* Command 0xc8: what a host needs to prove what it did. */
#include <string.h>

#include "aw/control.h"
#include "os/control/control.h"
#include "os/facts.h"
#include "os/self.h"
#include "os/settings.h"
#include "os/text.h"

/* Words that may be public: locks, unique id, boot configuration, SRK hash,
 * the board's words, the RPMB flag, field return and SRK revocation. */
static const struct {
    uint8_t bank;
    uint8_t first;
    uint8_t words;
} fuses[] = {{0, 0, 8}, {3, 0, 8}, {4, 2, 1}, {4, 6, 1}, {5, 6, 2}};

static void put_fuses(struct aw_ctl_information *i)
{
    for (size_t k = 0; k < sizeof(fuses) / sizeof(fuses[0]); k++) {
        for (unsigned w = 0; w < fuses[k].words; w++) {
            unsigned word = fuses[k].first + w;

            i->fuses[i->n_fuses++] =
                (struct aw_ctl_fuse){.bank = fuses[k].bank,
                                     .word = word,
                                     .value = ocotp_read(fuses[k].bank, word)};
        }
    }
}

static void put_applet(const struct applet *a, struct aw_ctl_applet *to)
{
    static const char *const phases[] = {[APPLET_NONE] = "none",
                                         [APPLET_PAUSED] = "paused",
                                         [APPLET_RUNS] = "runs",
                                         [APPLET_WAITS] = "runs"};

    text_put(to->state, sizeof(to->state), phases[a->phase]);
    to->ready = (a->phase == APPLET_RUNS || a->phase == APPLET_WAITS) &&
                a->ready_at != 0;
    to->starts = a->starts;
    if (a->starts > 1 || (a->starts == 1 && a->phase == APPLET_PAUSED)) {
        text_put(to->last_end, sizeof(to->last_end), applet_end_name(a->end));
    }
}

enum u2fhid_error control_information(struct control *control, aw_bytes request,
                                      struct aw_wr *reply)
{
    static struct aw_ctl_information i;
    const struct os *os = control->os;

    (void)request;
    memset(&i, 0, sizeof(i));
    i.format = AW_CTL_FORMAT;
    self_serial(i.serial);
    text_put(i.part, sizeof(i.part), self_part());
    put_fuses(&i);
    activation_describe(&control->activation, &i.secure_boot);
    facts_rpmb(os, &i.rpmb);
    i.n_slots = facts_slots(os, i.slots);
    settings_show(&os->config, &i.config);
    put_applet(&os->applet, &i.applet);
    control_incoming(control, &i.incoming);
    aw_ctl_information_write(&i, reply);
    return U2FHID_OK;
}
