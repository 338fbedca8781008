/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions of PL1. An interrupt is served and returns; every other one is
 * reported with all registers and does not.
 */
    .syntax unified
    .arm

    .equ MODE_SVC, 0x13

    .section .text.vectors, "ax"
    .balign 32
    .global vectors
vectors:
    b       _start
    b       on_undefined
    b       on_call
    b       on_prefetch_abort
    b       on_data_abort
    b       .
    b       on_irq
    b       on_fiq

    /* Builds struct exception_frame (fw/exception.h) below the mode's stack
     * and hands it over; r0 is the number of the vector. */
    .macro  report name, number, correction
\name:
    .if \correction
    sub     lr, lr, #\correction
    .endif
    sub     sp, sp, #72
    stmia   sp, {r0-r12}
    str     lr, [sp, #60]               /* pc */
    mrs     r0, spsr
    str     r0, [sp, #64]
    mov     r1, #\number
    str     r1, [sp, #68]
    mov     r0, sp
    b       report_frame
    .endm

    report  on_undefined, 1, 4
    report  on_call, 2, 0
    report  on_prefetch_abort, 3, 4
    report  on_data_abort, 4, 8
    report  on_fiq, 7, 4

    /* sp and lr of the mode that was left; user mode shares system's. */
report_frame:
    ldr     r1, [r0, #64]
    and     r2, r1, #0x1f
    cmp     r2, #0x10
    orreq   r2, r2, #0x1f
    orr     r2, r2, #0xc0
    mrs     r3, cpsr
    msr     cpsr_c, r2
    mov     r4, sp
    mov     r5, lr
    msr     cpsr_c, r3
    str     r4, [r0, #52]
    str     r5, [r0, #56]
    bl      exception_report
    b       .

on_irq:
    sub     lr, lr, #4
    srsdb   sp!, #MODE_SVC
    cps     #MODE_SVC
    push    {r0-r3, r12, lr}
    and     r1, sp, #4
    sub     sp, sp, r1
    push    {r1, lr}
    bl      irq_serve
    pop     {r1, lr}
    add     sp, sp, r1
    pop     {r0-r3, r12, lr}
    rfeia   sp!
