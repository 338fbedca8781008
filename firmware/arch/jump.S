/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to another program: caches and MMU off, as the boot ROM would start
 * it. Everything that was written is in memory when it runs. In one file of
 * its own instructions, because once the data cache is off nothing may be
 * kept on the stack that the cache still holds.
 */
    .syntax unified
    .arm

    .section .text.jump, "ax"
    .global jump_to
/* void jump_to(uint32_t entry, uint32_t r0, uint32_t r1); does not return */
jump_to:
    cpsid   aif
    mov     r10, r0
    mov     r11, r1
    mov     r8, r2
    mrc     p15, 0, r0, c1, c0, 0
    bic     r0, r0, #0x0004             /* C */
    bic     r0, r0, #0x1800             /* I, Z */
    dsb
    mcr     p15, 0, r0, c1, c0, 0
    isb
    bl      dcache_clean_invalidate_all
    mrc     p15, 0, r0, c1, c0, 0
    bic     r0, r0, #0x0003             /* M, A */
    mcr     p15, 0, r0, c1, c0, 0
    isb
    mov     r0, #0
    mcr     p15, 0, r0, c8, c7, 0       /* TLBIALL */
    mcr     p15, 0, r0, c7, c5, 0       /* ICIALLU */
    mcr     p15, 0, r0, c7, c5, 6       /* BPIALL */
    dsb
    isb
    mov     r0, r11
    mov     r1, r8
    mov     r2, #0
    bx      r10

    .section .text.rom, "ax"
    .global rom_call
/* uint32_t rom_call(uint32_t function, uint32_t a, uint32_t b): a function of
 * the boot ROM, by its address. */
rom_call:
    push    {r4, lr}
    mov     r3, r0
    mov     r0, r1
    mov     r1, r2
    blx     r3
    pop     {r4, pc}
