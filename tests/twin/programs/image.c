/* SPDX-License-Identifier: Apache-2.0 */
/* The programs on a processor of ARM, with MMU and caches on. */
#include "fw.h"
#include "programs.h"

int main(void);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);

/* Compilers call these whether a program does or not. */
void *memcpy(void *to, const void *from, size_t n)
{
    volatile uint8_t *t = to;
    const uint8_t *f = from;

    for (size_t i = 0; i < n; i++) {
        t[i] = f[i];
    }
    return to;
}

void *memset(void *to, int value, size_t n)
{
    volatile uint8_t *t = to;

    for (size_t i = 0; i < n; i++) {
        t[i] = (uint8_t)value;
    }
    return to;
}

static void hex(uint32_t value)
{
    char text[10] = " ";

    for (int i = 0; i < 8; i++) {
        text[1 + i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
    }
    print(text);
}

int main(void)
{
    print_start();
    tables_build(table_secure);
    mmu_on(table_secure);
    for (uint32_t i = 0; i < program_count; i++) {
        print("program");
        hex(programs[i].number);
        hex(programs[i].run());
        line();
    }
    print("all programs done\n");
    return 0;
}
