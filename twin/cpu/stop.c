/* SPDX-License-Identifier: Apache-2.0 */
/* The processor gives up: what firmware must not do, and silicon might do
 * anything about. */
#include <stdio.h>

#include "cpu/code.h"

void tw_diagnose(struct tw_cpu *c, enum tw_report_kind kind, uint32_t address,
                 uint32_t word, const char *text)
{
    struct tw_diagnosis *d = &c->diagnosis;

    *d = (struct tw_diagnosis){
        .pc = address,
        .instruction = word,
        .cpsr = tw_cpsr(c),
        .secure = tw_secure(c),
    };
    (void)snprintf(d->text, sizeof(d->text), "%s", text);
    c->stop = TW_STOP_DIAGNOSIS;
    c->next = address;
    tw_leave_soon(c);
    tw_report(c->report, kind,
              "%s: instruction 0x%08x at 0x%08x, cpsr 0x%08x, %s world", text,
              (unsigned)word, (unsigned)address, (unsigned)d->cpsr,
              d->secure ? "secure" : "non-secure");
}

const struct tw_insn *tw_unpredictable(struct tw_cpu *c,
                                       const struct tw_insn *i, const char *why)
{
    tw_diagnose(c, TW_REPORT_UNPREDICTABLE, c->page + i->at, i->word, why);
    return NULL;
}

const struct tw_insn *tw_not_modelled(struct tw_cpu *c, const struct tw_insn *i,
                                      const char *what)
{
    tw_diagnose(c, TW_REPORT_UNDEFINED, c->page + i->at, i->word, what);
    return NULL;
}

const struct tw_diagnosis *tw_cpu_diagnosis(const struct tw_cpu *cpu)
{
    return &cpu->diagnosis;
}
