/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_EXCEPTION_H
#define FW_EXCEPTION_H

#include <stdint.h>

#include "aw/attr.h"

/* Registers at an exception. arch/vectors.S writes it: keep the order. */
struct exception_frame {
    uint32_t r[13];
    uint32_t sp;
    uint32_t lr;
    uint32_t pc; /* of the instruction that did it */
    uint32_t spsr;
    uint32_t vector; /* offset in the table / 4 */
};

/** IFSR and IFAR of a prefetch abort (vector 3), else DFSR and DFAR. */
uint32_t exception_status(uint32_t vector);
uint32_t exception_address(uint32_t vector);

/** Logs the registers and ends in panic. Called by arch/vectors.S. */
AW_NORETURN void exception_report(const struct exception_frame *frame);

#endif
