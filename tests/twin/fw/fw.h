/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_H
#define FW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Test image of the twin's processor. It prints a line for each check, with
 * values that must be the same on every engine. Runs from the i.MX6UL's DDR and
 * uses UART2, GPT1 and the GIC.
 */

/* Registers by address. */
#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define MRC(op1, crn, crm, op2)                                               \
    ({                                                                        \
        uint32_t value_;                                                      \
        __asm__ volatile("mrc p15, " #op1 ", %0, c" #crn ", c" #crm ", " #op2 \
                         : "=r"(value_)                                       \
                         :                                                    \
                         : "memory");                                         \
        value_;                                                               \
    })
#define MCR(op1, crn, crm, op2, value)                                    \
    __asm__ volatile("mcr p15, " #op1 ", %0, c" #crn ", c" #crm ", " #op2 \
                     :                                                    \
                     : "r"((uint32_t)(value))                             \
                     : "memory")
#define ISB() __asm__ volatile("isb" ::: "memory")
#define DSB() __asm__ volatile("dsb" ::: "memory")

enum {
    MODE_USR = 0x10,
    MODE_FIQ = 0x11,
    MODE_IRQ = 0x12,
    MODE_SVC = 0x13,
    MODE_MON = 0x16,
    MODE_ABT = 0x17,
    MODE_UND = 0x1b,
    MODE_SYS = 0x1f
};

/* What the last exception looked like. The id is the number of the vector, 8
 * more in the monitor, 16 more in the other world. */
enum {
    TRAP_UND = 1,
    TRAP_SVC = 2,
    TRAP_PREFETCH = 3,
    TRAP_DATA = 4,
    TRAP_IRQ = 6,
    TRAP_FIQ = 7,
    TRAP_MON = 8,
    TRAP_NS = 16
};

struct trap {
    uint32_t id; /* 0: none since trap_clear */
    uint32_t count;
    uint32_t address;
    uint32_t psr;  /* before */
    uint32_t cpsr; /* in the handler */
    uint32_t dfsr;
    uint32_t dfar;
    uint32_t ifsr;
    uint32_t ifar;
    uint32_t imm; /* of SVC */
    uint32_t irqs;
    uint32_t fiqs;
};

extern volatile struct trap last;
extern uint32_t resume;

void trap_clear(void);
bool trapped(uint32_t id);

/* start.S */
uint32_t call_user(uint32_t (*f)(uint32_t), uint32_t a);
void run_nonsecure(void (*f)(void));
void jump(uint32_t address);
extern const char secure_vectors[];
extern const char monitor_vectors[];
extern const char nonsecure_vectors[];

/* print.c */
void print_start(void);
void print(const char *text);
void show(const char *name, uint32_t value);
/** A line: name, verdict; values that follow are shown on it until line(). */
void check(const char *name, bool ok);
void line(void);
uint32_t failures(void);

/* Groups of checks. */
void check_identity(void);
void check_modes(void);
void check_banks(void);
void check_returns(void);
void check_mmu(void);
void check_mmu_more(void);
void check_alignment(void);
void check_aborts(void);
void check_translate(void);
void check_interrupts(void);
void check_worlds(void);
void check_world_interrupts(void);
void check_caches(void);
void check_instructions(void);

/* tables.c: translation tables; virtual addresses for the checks. */
#define VA_PRIVILEGED   0x81000000U /* section, PL1 only */
#define VA_READ_ONLY    0x81100000U /* section, PL0 may only read */
#define VA_PAGES        0x81200000U /* see tables_build */
#define VA_TARGET       0x81300000U /* section, all may all */
#define VA_DOMAIN       0x81400000U /* section, domain 1 */
#define VA_NEVER        0x81500000U /* section, not to be executed */
#define VA_DOMAIN_PAGES 0x81600000U /* table, domain 1 */
#define VA_HOLE_TABLE   0x81700000U /* table where no memory is */
#define VA_LARGE        0x81800000U /* large pages */
#define VA_ALIAS        0x70000000U /* section over VA_TARGET */
#define VA_SUPER        0x60000000U /* supersection over the memory */
#define VA_MISSING      0xc0000000U /* nothing */
#define VA_ABSENT       0x02280000U /* mapped; no device answers */

extern uint32_t table_secure[4096];
extern uint32_t table_nonsecure[4096];
extern uint32_t table_pages[256];
void tables_build(uint32_t *table);
void mmu_on(uint32_t *table);
void mmu_off(void);
uint32_t dfsr(void);
uint32_t dfar(void);
void faults_clear(void);

/* gpt.c: an interrupt after some microseconds. */
void gic_start(void);
void gpt_start(uint32_t us);
void gpt_stop(void);
void gic_acknowledge(void);

#endif
