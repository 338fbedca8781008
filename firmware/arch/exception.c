/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/exception.h"

#include <inttypes.h>
#include <stdbool.h>

#include "fw/panic.h"
#include "fw/print.h"
#include "fw/start.h"

uint32_t exception_status(uint32_t vector)
{
    uint32_t v = 0;

    if (vector == 3) {
        __asm__ volatile("mrc p15, 0, %0, c5, c0, 1" : "=r"(v));
    } else {
        __asm__ volatile("mrc p15, 0, %0, c5, c0, 0" : "=r"(v));
    }
    return v;
}

uint32_t exception_address(uint32_t vector)
{
    uint32_t v = 0;

    if (vector == 3) {
        __asm__ volatile("mrc p15, 0, %0, c6, c0, 2" : "=r"(v));
    } else {
        __asm__ volatile("mrc p15, 0, %0, c6, c0, 0" : "=r"(v));
    }
    return v;
}

/* The page below the stack is not mapped. */
static bool met_guard(const struct exception_frame *f)
{
    enum { DATA_ABORT = 4, PAGE = 4096 };
    uint32_t guard = (uint32_t)(uintptr_t)stack_guard;

    return f->vector == DATA_ABORT &&
           exception_address(DATA_ABORT) - guard < PAGE;
}

void exception_report(const struct exception_frame *f)
{
    static const char *const names[] = {
        "reset",           "undefined instruction",
        "unexpected call", "prefetch abort",
        "data abort",      "unused vector",
        "interrupt",       "fast interrupt"};

    print("exception: %s at %08" PRIx32 ", psr %08" PRIx32 "\n",
          names[f->vector & 7], f->pc, f->spsr);
    if (f->vector == 3 || f->vector == 4) {
        print("fault: address %08" PRIx32 ", status %08" PRIx32 "\n",
              exception_address(f->vector), exception_status(f->vector));
    }
    for (unsigned i = 0; i < 13; i++) {
        print("r%u %08" PRIx32 "%s", i, f->r[i], i % 4 == 3 ? "\n" : "  ");
    }
    print("sp %08" PRIx32 "  lr %08" PRIx32 "\n", f->sp, f->lr);
    panic(met_guard(f) ? PANIC_STACK : PANIC_EXCEPTION, "exception");
}
