/* SPDX-License-Identifier: Apache-2.0 */
/* Start of an applet, and the one instruction that leads out of it. */
    .syntax unified
    .arm

    .section .start, "ax"
    .global _start
_start:
    bl      applet_main
    mov     r1, r0
    mov     r0, #0                      /* EXIT */
    svc     #0
    b       .

    .section .text.call, "ax"
    .global abi_call
/* int32_t abi_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c,
 *                  uint32_t d) */
abi_call:
    push    {r4, lr}
    ldr     r4, [sp, #8]
    svc     #0
    pop     {r4, pc}

    .section .note.aw.abi, "a", %note
    .balign 4
    .word   3, 8, 1                     /* ABI_NOTE_TYPE */
    .asciz  "AW"
    .balign 4
    .word   1                           /* ABI_NUMBER */
    .word   applet_stack_size
