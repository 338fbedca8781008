/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, vectors and the few routines that C cannot write. */
    .syntax unified
    .arch armv7-a
    .arch_extension sec
    .arch_extension virt
    .arm

    .equ SVC, 0x13
    .equ IRQ, 0x12
    .equ FIQ, 0x11
    .equ MON, 0x16
    .equ ABT, 0x17
    .equ UND, 0x1b
    .equ SYS, 0x1f

    .section .text.start, "ax"
    .global _start
_start:
    ldr     r0, =stacks_end
    cps     #IRQ
    mov     sp, r0
    sub     r0, r0, #4096
    cps     #FIQ
    mov     sp, r0
    sub     r0, r0, #4096
    cps     #ABT
    mov     sp, r0
    sub     r0, r0, #4096
    cps     #UND
    mov     sp, r0
    sub     r0, r0, #4096
    cps     #MON
    mov     sp, r0
    sub     r0, r0, #4096
    cps     #SYS
    mov     sp, r0
    sub     r0, r0, #4096
    cps     #SVC
    mov     sp, r0
    ldr     r0, =bss_start
    ldr     r1, =bss_end
    mov     r2, #0
1:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     1b
    ldr     r0, =secure_vectors
    mcr     p15, 0, r0, c12, c0, 0
    ldr     r0, =monitor_vectors
    mcr     p15, 0, r0, c12, c0, 1
    isb
    bl      main
2:  wfi
    b       2b

/* An exception: trap(id, address, psr, cpsr) says where to go on and with which
 * PSR. The address is that of the instruction, or of the next one after an
 * interrupt. */
    .macro  ENTER id, adjust
    sub     lr, lr, #\adjust
    push    {r0-r3, r12, lr}
    mov     r0, #\id
    mov     r1, lr
    mrs     r2, spsr
    mrs     r3, cpsr
    bl      trap
    str     r0, [sp, #20]
    msr     spsr_cxsf, r1
    ldm     sp!, {r0-r3, r12, pc}^
    .endm

    .macro  HANDLERS first
1:  ENTER   \first + 1, 4
2:  ENTER   \first + 2, 4
3:  ENTER   \first + 3, 4
4:  ENTER   \first + 4, 8
6:  ENTER   \first + 6, 4
7:  ENTER   \first + 7, 4
    .endm

    .macro  VECTORS
    b       .
    b       1f
    b       2f
    b       3f
    b       4f
    b       .
    b       6f
    b       7f
    .endm

    .text
    .balign 32
    .global secure_vectors
secure_vectors:
    VECTORS
    HANDLERS 0
    .balign 32
    .global monitor_vectors
monitor_vectors:
    VECTORS
1:  b       .
    /* From the other world: back to run_nonsecure. */
2:  push    {r0}
    mrc     p15, 0, r0, c1, c1, 0
    tst     r0, #1
    pop     {r0}
    beq     9f
    mrc     p15, 0, r0, c1, c1, 0
    bic     r0, r0, #1
    mcr     p15, 0, r0, c1, c1, 0
    isb
    ldr     lr, =back_from_nonsecure
    movs    pc, lr
9:  ENTER   10, 4
3:  ENTER   11, 4
4:  ENTER   12, 8
6:  ENTER   14, 4
7:  ENTER   15, 4
    .balign 32
    .global nonsecure_vectors
nonsecure_vectors:
    VECTORS
    HANDLERS 16
    .ltorg

/* uint32_t call_user(uint32_t (*f)(uint32_t), uint32_t a): runs f(a) in USR
 * mode, whose last deed is svc #0xee; trap() then goes to user_done. */
    .global call_user
call_user:
    push    {r4-r11, lr}
    ldr     r2, =kernel_sp
    str     sp, [r2]
    mov     r2, r0
    mov     r0, r1
    ldr     lr, =user_start
    mrs     r3, cpsr
    bic     r3, r3, #0x1f
    orr     r3, r3, #0x10
    msr     spsr_cxsf, r3
    movs    pc, lr
user_start:
    blx     r2
    svc     #0xee
    .global user_done
user_done:
    ldr     r1, =kernel_sp
    ldr     sp, [r1]
    pop     {r4-r11, pc}

/* void run_nonsecure(void (*f)(void)): f() in SVC mode of the other world. */
    .global run_nonsecure
run_nonsecure:
    push    {r4-r11, lr}
    cps     #MON
    mrc     p15, 0, r1, c1, c1, 0
    orr     r1, r1, #1
    mcr     p15, 0, r1, c1, c1, 0
    isb
    ldr     lr, =nonsecure_start
    mov     r1, #0x1d3
    msr     spsr_cxsf, r1
    movs    pc, lr
nonsecure_start:
    blx     r0
    smc     #9
back_from_nonsecure:
    pop     {r4-r11, pc}

/* void jump(uint32_t address): there, with the way back in resume. */
    .global jump
jump:
    push    {r4-r11, lr}
    ldr     r1, =resume
    adr     r2, 1f
    str     r2, [r1]
    mov     lr, r2
    bx      r0
1:  pop     {r4-r11, pc}

    .bss
    .global kernel_sp, resume
    .balign 4
kernel_sp:
    .space  4
resume:
    .space  4
