/* SPDX-License-Identifier: Apache-2.0 */
#include "applet_test.h"

#include "fw/reg.h"

/* bx lr, where it must not run. */
static uint32_t in_data[] = {0xe12fff1e};

static void jump(uint32_t address)
{
    __asm__ volatile("mov lr, pc\n\tbx %0" ::"r"(address)
                     : "lr", "r0", "r1", "r2", "r3", "r12", "memory", "cc");
}

static void undefined(void)
{
    __asm__ volatile(".word 0xe7f000f0" ::: "memory");
}

/* Its own translation tables, if it could have some. */
static void privileged(void)
{
    __asm__ volatile("mcr p15, 0, %0, c2, c0, 0" ::"r"(0) : "memory");
}

static void secure_call(void)
{
    __asm__ volatile(".arch_extension sec\n\tsmc #0" ::: "memory");
}

static void break_point(void)
{
    __asm__ volatile("bkpt #0" ::: "memory");
}

static void floating_point(void)
{
    __asm__ volatile(".word 0xee300a00" ::: "memory"); /* vadd.f32 s0, s0, s0 */
}

static void execute_data(void)
{
    jump(abi_address(in_data));
}

static void spin(void)
{
    for (;;) {
        __asm__ volatile("");
    }
}

/* The page below the stack. */
static void run_out_of_stack(void)
{
    reg_wr(0xa0000000 - 0x10000 - 4, 1);
}

static void read_at(uint32_t address)
{
    say_number("read ", reg_rd(address));
}

static void write_at(uint32_t address)
{
    reg_wr(address, 0);
}

static void flood(uint32_t unused)
{
    (void)unused;
    for (;;) {
        (void)abi_call(ABI_NANOTIME, 0, 0, 0, 0);
    }
}

/* A step does one or the other. */
static const struct {
    void (*at)(uint32_t address);
    uint32_t address;
    void (*plain)(void);
} faults[] = {
    {read_at, 0x80010000, 0},  /* 1: the OS */
    {write_at, 0x80010000, 0}, /* 2 */
    {jump, 0x80010000, 0},     /* 3 */
    {read_at, 0x00900000, 0},  /* 4: OCRAM */
    {write_at, 0x021bc000, 0}, /* 5: fuses */
    {read_at, 0x021e8000, 0},  /* 6: console */
    {read_at, 0x00a02000, 0},  /* 7: interrupt controller */
    {read_at, 0, 0},           /* 8 */
    {read_at, 0x98000000, 0},  /* 9: the window, but not of the program */
    {write_at, 0x90010000, 0}, /* 10: its own text */
    {0, 0, execute_data},      /* 11 */
    {jump, 0x9ffffff0, 0},     /* 12: the stack */
    {0, 0, run_out_of_stack},  /* 13 */
    {0, 0, undefined},         /* 14 */
    {0, 0, privileged},        /* 15 */
    {0, 0, secure_call},       /* 16 */
    {0, 0, break_point},       /* 17 */
    {0, 0, floating_point},    /* 18 */
    {read_at, 0x90010002, 0},  /* 19: unaligned */
    {read_at, 0xfffffffc, 0},  /* 20 */
    {0, 0, spin},              /* 21 */
    {flood, 0, 0},             /* 22 */
};

/* What other firmware may have left open to user mode. */
static void cycle_counter(void)
{
    __asm__ volatile("mrc p15, 0, r0, c9, c13, 0" ::: "r0", "memory");
}

static void timer(void)
{
    __asm__ volatile("mrrc p15, 0, r0, r1, c14" ::: "r0", "r1", "memory");
}

static void write_thread_of_os(void)
{
    __asm__ volatile("mcr p15, 0, %0, c13, c0, 3" ::"r"(0) : "memory");
}

/* Something of the OS that the test names. */
static void probe(uint32_t operation, uint32_t address)
{
    switch (operation) {
    case 1:
        read_at(address);
        break;
    case 2:
        write_at(address);
        break;
    case 3:
        jump(address);
        break;
    case 4:
        cycle_counter();
        break;
    case 5:
        timer();
        break;
    default:
        write_thread_of_os();
        break;
    }
    say("FAIL still here\n");
}

void do_fault(uint32_t step, uint32_t address)
{
    enum { PROBE = 0x100 };

    if (step >= PROBE) {
        probe(step - PROBE, address);
        return;
    }
    if (step > sizeof(faults) / sizeof(faults[0])) {
        return;
    }
    if (faults[step - 1].at != 0) {
        faults[step - 1].at(faults[step - 1].address);
    } else {
        faults[step - 1].plain();
    }
    say("FAIL still here\n");
}
