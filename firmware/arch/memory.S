/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy, memmove and memset a line at a time; the C library's move bytes. */
    .syntax unified
    .arm

    .section .text.memory, "ax"

/* void *memcpy(void *to, const void *from, size_t n) */
    .global memcpy
memcpy:
    push    {r0, r4-r10, lr}
    orr     r3, r0, r1
    tst     r3, #3
    bne     3f
1:  subs    r2, r2, #32
    blo     2f
    ldmia   r1!, {r3-r10}
    stmia   r0!, {r3-r10}
    b       1b
2:  add     r2, r2, #32
3:  subs    r2, r2, #1
    ldrbhs  r3, [r1], #1
    strbhs  r3, [r0], #1
    bhi     3b
    pop     {r0, r4-r10, pc}

/* void *memmove(void *to, const void *from, size_t n): from the end where the
 * target lies behind the source and overlaps it. */
    .global memmove
memmove:
    subs    r3, r0, r1
    cmphi   r2, r3
    bls     memcpy
    add     r3, r0, r2
    add     r1, r1, r2
4:  subs    r2, r2, #1
    ldrbhs  r12, [r1, #-1]!
    strbhs  r12, [r3, #-1]!
    bhi     4b
    bx      lr

/* void *memset(void *to, int value, size_t n) */
    .global memset
memset:
    push    {r0, r4-r9, lr}
    tst     r0, #3
    bne     7f
    and     r1, r1, #0xff
    orr     r1, r1, r1, lsl #8
    orr     r1, r1, r1, lsl #16
    mov     r3, r1
    mov     r4, r1
    mov     r5, r1
    mov     r6, r1
    mov     r7, r1
    mov     r8, r1
    mov     r9, r1
5:  subs    r2, r2, #32
    blo     6f
    stmia   r0!, {r1, r3-r9}
    b       5b
6:  add     r2, r2, #32
7:  subs    r2, r2, #1
    strbhs  r1, [r0], #1
    bhi     7b
    pop     {r0, r4-r9, pc}
