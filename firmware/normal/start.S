/* SPDX-License-Identifier: Apache-2.0 */
/* Start of a program of the normal world: non-secure SVC mode, MMU and caches
 * off, interrupts masked. */
    .syntax unified
    .arm
    .arch_extension sec

    .equ MODE_SVC, 0x13
    .equ MODE_UND, 0x1b

    .section .start, "ax"
    .global _start
_start:
    ldr     r2, =normal_vectors
    mcr     p15, 0, r2, c12, c0, 0      /* VBAR, of this world */
    isb
    cps     #MODE_UND
    ldr     sp, =stack_end
    cps     #MODE_SVC
    ldr     sp, =stack_end - 1024
    bl      normal_main
    mov     r1, r0
    mov     r0, #0                      /* EXIT */
    smc     #0
    b       .

    .section .text, "ax"
    .global world_call
/* uint32_t world_call(uint32_t number, uint32_t a); */
world_call:
    smc     #0
    bx      lr

    .global normal_undefined
/* uint32_t normal_undefined(void); */
normal_undefined:
    ldr     r0, =undefined
    ldr     r0, [r0]
    bx      lr

    /* An undefined instruction is counted and passed over. */
    .balign 32
normal_vectors:
    b       .
    b       on_undefined
    b       .
    b       .
    b       .
    b       .
    b       .
    b       .
on_undefined:
    push    {r0, r1}
    ldr     r0, =undefined
    ldr     r1, [r0]
    add     r1, r1, #1
    str     r1, [r0]
    pop     {r0, r1}
    movs    pc, lr

    .ltorg

    .section .bss.count, "aw", %nobits
    .balign 4
undefined:
    .space 4

    .section .bss.stack, "aw", %nobits
    .balign 8
    .space 8192
stack_end:
