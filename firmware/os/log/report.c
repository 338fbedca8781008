/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "fw/print.h"
#include "os/os.h"

static const char *vector_name(uint32_t vector)
{
    switch (vector) {
    case MON_UNDEFINED:
        return "undefined instruction";
    case MON_CALL:
        return "call";
    case MON_PREFETCH_ABORT:
        return "prefetch abort";
    case MON_DATA_ABORT:
        return "data abort";
    default:
        return "interrupt";
    }
}

static void report_registers(const struct mon_state *s)
{
    for (uint32_t i = 0; i < 13; i++) {
        print("r%u %08" PRIx32 "%s", (unsigned)i, s->r[i],
              i % 4 == 3 ? "\n" : "  ");
    }
    print("sp %08" PRIx32 "  lr %08" PRIx32 "\n", s->sp, s->lr);
}

void report_end(const struct applet *a)
{
    print("applet: %s", applet_end_name(a->end));
    if (a->end == APPLET_EXITED) {
        print(" %08" PRIx32, a->end_code);
    }
    if (a->end == APPLET_FAULTED) {
        print(": %s", vector_name(a->state.vector));
    }
    print(" at %08" PRIx32 ", psr %08" PRIx32 "\n", a->state.pc, a->state.psr);
    if (a->end == APPLET_FAULTED && (a->state.vector == MON_DATA_ABORT ||
                                     a->state.vector == MON_PREFETCH_ABORT)) {
        print("fault: address %08" PRIx32 ", status %08" PRIx32 "\n",
              a->fault_address, a->fault_status);
    }
    if (a->end != APPLET_EXITED && a->end != APPLET_STOPPED) {
        report_registers(&a->state);
    }
}
