/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into user mode and back. This page of code and one of data are all
 * of the OS that the applet's tables map, for PL1 alone: tables are changed on
 * it, in both directions. The layout of mon_frame is that of mon.h.
 */
    .syntax unified
    .arm

    .equ MODE_SVC, 0x13
    .equ FRAME_USER_BANK, 32            /* r8 to r14 */
    .equ FRAME_PC, 60                   /* pc, psr: as RFE wants them */
    .equ FRAME_VECTOR, 68
    .equ FRAME_STACK, 76                /* thread is before it: mon.c */
    .equ FRAME_TTBR, 80
    .equ SPACE_NONE, 255                /* while tables are changed */
    .equ SPACE_OS, 0

    /* Between the two writes nothing is walked that could be kept under the
     * wrong number; ARM DDI 0406C, B3.10.4. */
    .macro  change_space ttbr, space, scratch
    dsb
    mov     \scratch, #SPACE_NONE
    mcr     p15, 0, \scratch, c13, c0, 1        /* CONTEXTIDR */
    isb
    mcr     p15, 0, \ttbr, c2, c0, 0            /* TTBR0 */
    isb
    mcr     p15, 0, \space, c13, c0, 1
    mcr     p15, 0, \scratch, c7, c5, 6         /* BPIALL */
    dsb
    isb
    .endm

    .section .text.mon, "ax"
    .balign 4096
    .global mon_page
mon_page:
mon_vectors:
    b       .
    b       on_undefined
    b       on_call
    b       on_prefetch_abort
    b       on_data_abort
    b       .
    b       on_irq
    b       on_fiq

    .global mon_enter
/* void mon_enter(uint32_t ttbr, uint32_t space); interrupts are masked. */
mon_enter:
    push    {r4-r11, lr}
    ldr     r2, =mon_frame
    str     sp, [r2, #FRAME_STACK]
    mrc     p15, 0, r3, c2, c0, 0
    str     r3, [r2, #FRAME_TTBR]
    adr     r3, mon_vectors
    mcr     p15, 0, r3, c12, c0, 0      /* VBAR */
    change_space r0, r1, r3
    clrex
    mov     sp, r2
    add     r3, sp, #FRAME_USER_BANK
    ldmia   r3, {r8-r14}^
    nop
    ldmia   sp, {r0-r7}
    add     sp, sp, #FRAME_PC
    rfeia   sp

    /* The mode's own r13 is not needed: TPIDRPRW holds r0 meanwhile. Entry to
     * most modes leaves FIQ on. */
    .macro  leave name, number, correction
\name:
    cpsid   if
    mcr     p15, 0, r0, c13, c0, 4
    ldr     r0, =mon_frame
    stmib   r0, {r1-r7}
    mrc     p15, 0, r1, c13, c0, 4
    str     r1, [r0]
    .if \correction
    sub     lr, lr, #\correction
    .endif
    mov     r1, #\number
    b       left
    .endm

    leave   on_undefined, 1, 4
    leave   on_call, 2, 0
    leave   on_prefetch_abort, 3, 4
    leave   on_data_abort, 4, 8
    leave   on_irq, 6, 4
    leave   on_fiq_of_user, 7, 4

    /* One that comes between another exception and its first instruction
     * waits: there is one frame. r8 and r9 are FIQ mode's own. */
on_fiq:
    mrs     r8, spsr
    and     r9, r8, #0x1f
    cmp     r9, #0x10                   /* user mode */
    beq     on_fiq_of_user
    orr     r8, r8, #0x40
    msr     spsr_c, r8
    subs    pc, lr, #4

left:
    str     r1, [r0, #FRAME_VECTOR]
    mrs     r1, spsr
    str     lr, [r0, #FRAME_PC]
    str     r1, [r0, #FRAME_PC + 4]
    add     r2, r0, #FRAME_USER_BANK
    stmia   r2, {r8-r14}^
    nop
    ldr     r1, [r0, #FRAME_TTBR]
    mov     r2, #SPACE_OS
    change_space r1, r2, r3
    clrex
    ldr     r3, =vectors
    mcr     p15, 0, r3, c12, c0, 0
    isb
    cpsid   aif, #MODE_SVC
    ldr     sp, [r0, #FRAME_STACK]
    pop     {r4-r11, pc}

    .ltorg
    .balign 4096

    .section .bss.mon, "aw", %nobits
    .balign 4096
    .global mon_frame
mon_frame:
    .space 4096
