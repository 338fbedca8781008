/* SPDX-License-Identifier: Apache-2.0 */
    .syntax unified
    .arm
    .cfi_sections .debug_frame
    .section .start, "ax"
    .globl _start
_start:
    .cfi_startproc
    .cfi_undefined lr
    ldr     sp, =0x0091c000
    bl      run
    b       .
    .cfi_endproc
