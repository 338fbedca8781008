/* SPDX-License-Identifier: Apache-2.0 */
/* A call on another stack; registers in which the work may have left something
 * are cleared. */
    .syntax unified
    .arm

    .section .text.secret, "ax"
    .global secret_enter
/* aw_err secret_enter(secret_fn *work, void *ctx, uint32_t stack_end); */
secret_enter:
    push    {r4, lr}
    mov     r4, sp
    mov     sp, r2
    mov     r3, r0
    mov     r0, r1
    blx     r3
    mov     sp, r4
    mov     r1, #0
    mov     r2, #0
    mov     r3, #0
    mov     r12, #0
    pop     {r4, pc}
