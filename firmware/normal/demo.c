/* SPDX-License-Identifier: Apache-2.0 */
/* A program of the normal world that shows what it can do, and what it is kept
 * from: each life tries one thing more. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fw/reg.h"

enum { EXIT_CODE = 7, SPINS = 4000000 };

uint32_t world_call(uint32_t number, uint32_t a);
/* Undefined instructions so far. */
uint32_t normal_undefined(void);
uint32_t normal_main(uint32_t life, uint32_t guarded);

static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        (void)world_call(1, (uint8_t)*text);
    }
}

static void say_number(const char *text, uint32_t v)
{
    char hex[10];

    for (unsigned i = 0; i < 8; i++) {
        hex[i] = "0123456789abcdef"[v >> (28 - 4 * i) & 0xf];
    }
    hex[8] = '\n';
    hex[9] = '\0';
    say(text);
    say(hex);
}

static void check(const char *name, bool ok)
{
    say(ok ? "ok   " : "FAIL ");
    say(name);
    say("\n");
}

/* SCR is the secure world's alone. */
static void check_state(void)
{
    uint32_t psr = 0;
    uint32_t sctlr = 0;

    __asm__ volatile("mrs %0, cpsr" : "=r"(psr));
    __asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(sctlr));
    check("mode", (psr & 0x1f) == 0x13);
    check("MMU of its own, off", (sctlr & 1) == 0);
    __asm__ volatile("mrc p15, 0, %0, c1, c1, 0" : "=r"(psr));
    check("SCR is not read", normal_undefined() == 1);
    __asm__ volatile("mcr p15, 0, %0, c12, c0, 1" ::"r"(0));
    check("MVBAR is not written", normal_undefined() == 2);
}

/* Long enough for the other world to be at work many times meanwhile; the
 * stack pointer of another mode is what it was. */
static void check_registers(void)
{
    uint32_t before = 0x12345678;
    uint32_t after = 0;
    uint32_t n = 0;

    __asm__ volatile("cpsid if");
    __asm__ volatile("cps #0x12\n\tmov sp, %0\n\tcps #0x13" ::"r"(before));
    for (uint32_t i = 0; i < SPINS; i++) {
        __asm__ volatile("add %0, %0, #1" : "+r"(n));
    }
    __asm__ volatile("cps #0x12\n\tmov %0, sp\n\tcps #0x13" : "=r"(after));
    check("registers, across interrupts", n == SPINS && after == before);
}

/* Of the interrupt controller it sees its own lines: there are none. */
static void check_interrupts(void)
{
    enum { ISENABLER2 = 0x00a01108, ICENABLER2 = 0x00a01188 };

    check("secure interrupts are not seen", reg_rd(ISENABLER2) == 0);
    reg_wr(ICENABLER2, UINT32_MAX);
}

static void read_at(uint32_t address)
{
    say_number("read ", reg_rd(address));
}

static void write_at(uint32_t address)
{
    reg_wr(address, 0);
}

static void jump(uint32_t address)
{
    ((void (*)(void))(uintptr_t)address)();
}

static void call(uint32_t number)
{
    (void)world_call(number, 0);
}

static const struct {
    void (*act)(uint32_t address);
    uint32_t address;
} tries[] = {
    {read_at, 0x80010000},  /* 2: the OS */
    {write_at, 0x80010000}, /* 3 */
    {jump, 0x80010000},     /* 4 */
    {read_at, 0x90010000},  /* 5: the applet */
    {read_at, 0x85000000},  /* 6: the byte behind its own */
    {read_at, 0x83fffffc},  /* 7: the word before */
    {read_at, 0x00900000},  /* 8: OCRAM */
    {write_at, 0x020a8000}, /* 9: GPIO4, the LEDs */
    {write_at, 0x020c0000}, /* 10: WDOG2 */
    {write_at, 0x020e4028}, /* 11: GPR10 */
    {write_at, 0x021d0108}, /* 12: TZASC */
    {write_at, 0x02184140}, /* 13: USB */
    {read_at, 0x021bc410},  /* 14: fuses */
    {write_at, 0x021c0008}, /* 15: CSU */
    {read_at, 0x02194000},  /* 16: USDHC2 */
    {read_at, 0x020cc014},  /* 17: SNVS */
    {write_at, 0x021e8040}, /* 18: the console */
    {call, 99},             /* 19 */
};

uint32_t normal_main(uint32_t life, uint32_t guarded)
{
    if (life == 1) {
        say("hello from the normal world\n");
        check_state();
        check_interrupts();
        check_registers();
        if (guarded == 0) {
            say("nothing guards memory here\n");
            return EXIT_CODE;
        }
        call(99);
    }
    if (life - 2 < sizeof(tries) / sizeof(tries[0])) {
        say_number("try ", life);
        tries[life - 2].act(tries[life - 2].address);
        say("FAIL not refused\n");
        for (;;) {
        }
    }
    return EXIT_CODE;
}
