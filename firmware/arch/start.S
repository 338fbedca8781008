/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start of an image: from the boot ROM, from a bootloader of ours (MMU off) or
 * of others (their tables and caches on). Whatever was set is undone first.
 *
 * r0, r1: hand-over, see fw/handover.h.
 */
    .syntax unified
    .arm

    .equ MODE_FIQ, 0x11
    .equ MODE_IRQ, 0x12
    .equ MODE_SVC, 0x13
    .equ MODE_MON, 0x16
    .equ MODE_ABT, 0x17
    .equ MODE_UND, 0x1b
    .equ MASKED, 0x1c0          /* A, I, F */
    .equ EXCEPTION_STACK, 1024

    .section .start, "ax"
    .global _start
_start:
    msr     cpsr_cxsf, #(MODE_SVC | 0xc0)
    cpsid   aif, #MODE_SVC
    mov     r10, r0
    mov     r11, r1

    /* Caches, MMU, branch prediction off; alignment faults and vectors at
     * VBAR. Data that is dirty now belongs to who came before: clean it. */
    mrc     p15, 0, r0, c1, c0, 0
    bic     r1, r0, #0x0005     /* M, C */
    bic     r1, r1, #0x1800     /* I, Z */
    bic     r1, r1, #0x2000     /* V */
    dsb
    mcr     p15, 0, r1, c1, c0, 0
    isb
    bl      dcache_clean_invalidate_all
    mov     r0, #0
    mcr     p15, 0, r0, c8, c7, 0       /* TLBIALL */
    mcr     p15, 0, r0, c7, c5, 0       /* ICIALLU */
    mcr     p15, 0, r0, c7, c5, 6       /* BPIALL */
    dsb
    isb

    /* ACTLR.SMP: without it the caches stay off; through serial download
     * nobody has set it. */
    mrc     p15, 0, r0, c1, c0, 1
    orr     r0, r0, #0x40
    mcr     p15, 0, r0, c1, c0, 1

    /* What user mode or the other world could be allowed: nothing. */
    mov     r0, #0
    mcr     p15, 0, r0, c1, c0, 2       /* CPACR: no coprocessors */
    mcr     p15, 0, r0, c1, c1, 0       /* SCR: secure, nothing to MON */
    mcr     p15, 0, r0, c1, c1, 2       /* NSACR */
    mcr     p15, 0, r0, c9, c14, 0      /* PMUSERENR */
    mcr     p15, 0, r0, c14, c1, 0      /* CNTKCTL */
    mcr     p15, 0, r0, c13, c0, 2      /* TPIDRURW */
    mcr     p15, 0, r0, c13, c0, 3      /* TPIDRURO */
    isb
    ldr     r0, =vectors
    mcr     p15, 0, r0, c12, c0, 0      /* VBAR */
    mcr     p15, 0, r0, c12, c0, 1      /* MVBAR */
    isb

    /* A stack for each mode that an exception can end in. */
    ldr     r0, =exception_stacks_end
    cps     #MODE_FIQ
    mov     sp, r0
    sub     r0, r0, #EXCEPTION_STACK
    cps     #MODE_IRQ
    mov     sp, r0
    sub     r0, r0, #EXCEPTION_STACK
    cps     #MODE_ABT
    mov     sp, r0
    sub     r0, r0, #EXCEPTION_STACK
    cps     #MODE_UND
    mov     sp, r0
    cps     #MODE_SVC
    ldr     sp, =stack_end

    ldr     r0, =bss_start
    ldr     r1, =bss_end
    mov     r2, #0
1:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     1b

    mov     r0, r10
    mov     r1, r11
    bl      fw_start
    b       .

    .section .text.cache, "ax"
/* All data and unified levels by set and way, clean and invalidate. Erratum
 * 814220: a barrier between the levels. r0-r7, r9 are spoilt. */
    .global dcache_clean_invalidate_all
dcache_clean_invalidate_all:
    dmb
    mrc     p15, 1, r0, c0, c0, 1       /* CLIDR */
    mov     r9, #0                      /* level << 1 */
level:
    add     r2, r9, r9, lsr #1          /* 3 bits a level */
    lsr     r1, r0, r2
    and     r1, r1, #7
    cmp     r1, #2
    blt     next_level                  /* no data cache here */
    mcr     p15, 2, r9, c0, c0, 0       /* CSSELR */
    isb
    mrc     p15, 1, r1, c0, c0, 0       /* CCSIDR */
    and     r2, r1, #7
    add     r2, r2, #4                  /* log2 of the line */
    ubfx    r3, r1, #3, #10             /* ways - 1 */
    clz     r4, r3
    ubfx    r5, r1, #13, #15            /* sets - 1 */
set:
    mov     r6, r3
way:
    orr     r7, r9, r6, lsl r4
    orr     r7, r7, r5, lsl r2
    mcr     p15, 0, r7, c7, c14, 2      /* DCCISW */
    subs    r6, r6, #1
    bge     way
    subs    r5, r5, #1
    bge     set
next_level:
    dsb
    add     r9, r9, #2
    cmp     r9, #14
    blt     level
    mov     r1, #0
    mcr     p15, 2, r1, c0, c0, 0
    dsb
    isb
    bx      lr

    .section .bss.stacks, "aw", %nobits
    .balign 8
    .space 4 * EXCEPTION_STACK
exception_stacks_end:
