/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the worlds. CP15 has a register for each world where it matters;
 * stack pointers, link registers and SPSRs of the modes are there once, so the
 * monitor changes them. The layout of world_frame is that of world.h.
 */
    .syntax unified
    .arm
    .arch_extension sec

    .equ MODE_FIQ, 0x11
    .equ MODE_IRQ, 0x12
    .equ MODE_SVC, 0x13
    .equ MODE_MON, 0x16
    .equ MODE_ABT, 0x17
    .equ MODE_UND, 0x1b
    .equ MODE_SYS, 0x1f

    .equ FRAME_PC, 52
    .equ FRAME_PSR, 56
    .equ FRAME_VECTOR, 60
    .equ FRAME_NORMAL, 64
    .equ FRAME_SECURE, 64 + 88
    .equ BANK_FIQ, 56

    /* Non-secure; FIQ and external aborts lead to the monitor. FW stays 0: the
     * normal world cannot mask FIQ. */
    .equ SCR_NORMAL, 0x0d

    .section .text.world, "ax"
    .balign 32
world_vectors:
    b       .
    b       .
    b       world_smc
    b       world_prefetch_abort
    b       world_data_abort
    b       .
    b       .
    b       world_fiq

    /* r1: a bank. r2 is spoilt. Secure state; returns in monitor mode. */
    .macro  save_mode mode, offset
    cps     #\mode
    mrs     r2, spsr
    str     sp, [r1, #\offset]
    str     lr, [r1, #\offset + 4]
    str     r2, [r1, #\offset + 8]
    .endm

    .macro  load_mode mode, offset
    cps     #\mode
    ldr     r2, [r1, #\offset + 8]
    ldr     sp, [r1, #\offset]
    ldr     lr, [r1, #\offset + 4]
    msr     spsr_cxsf, r2
    .endm

save_bank:
    cps     #MODE_SYS
    str     sp, [r1]
    str     lr, [r1, #4]
    save_mode MODE_SVC, 8
    save_mode MODE_ABT, 20
    save_mode MODE_UND, 32
    save_mode MODE_IRQ, 44
    save_mode MODE_FIQ, BANK_FIQ + 20
    add     r2, r1, #BANK_FIQ
    stmia   r2, {r8-r12}
    cps     #MODE_MON
    bx      lr

load_bank:
    cps     #MODE_SYS
    ldr     sp, [r1]
    ldr     lr, [r1, #4]
    load_mode MODE_SVC, 8
    load_mode MODE_ABT, 20
    load_mode MODE_UND, 32
    load_mode MODE_IRQ, 44
    load_mode MODE_FIQ, BANK_FIQ + 20
    add     r2, r1, #BANK_FIQ
    ldmia   r2, {r8-r12}
    cps     #MODE_MON
    bx      lr

    .global world_enter
/* void world_enter(struct world_frame *frame); */
world_enter:
    push    {r4-r11, lr}
    cps     #MODE_MON
    mov     sp, r0
    add     r1, r0, #FRAME_SECURE
    bl      save_bank
    add     r1, r0, #FRAME_NORMAL
    bl      load_bank
    ldr     r1, =world_vectors
    mcr     p15, 0, r1, c12, c0, 1      /* MVBAR */
    ldr     lr, [sp, #FRAME_PC]
    ldr     r1, [sp, #FRAME_PSR]
    msr     spsr_cxsf, r1
    clrex
    mov     r1, #SCR_NORMAL
    mcr     p15, 0, r1, c1, c1, 0       /* SCR */
    isb
    ldmia   sp, {r0-r12}
    movs    pc, lr

    .macro  leave name, number, correction
\name:
    stmia   sp, {r0-r12}
    .if \correction
    sub     lr, lr, #\correction
    .endif
    mov     r1, #\number
    b       world_left
    .endm

    leave   world_smc, 2, 0
    leave   world_prefetch_abort, 3, 4
    leave   world_data_abort, 4, 8
    leave   world_fiq, 7, 4

world_left:
    str     r1, [sp, #FRAME_VECTOR]
    str     lr, [sp, #FRAME_PC]
    mrs     r1, spsr
    str     r1, [sp, #FRAME_PSR]
    mov     r1, #0
    mcr     p15, 0, r1, c1, c1, 0
    isb
    clrex
    mov     r0, sp
    add     r1, r0, #FRAME_NORMAL
    bl      save_bank
    add     r1, r0, #FRAME_SECURE
    bl      load_bank
    ldr     r1, =vectors
    mcr     p15, 0, r1, c12, c0, 1
    isb
    cps     #MODE_SVC
    pop     {r4-r11, pc}

    .ltorg
