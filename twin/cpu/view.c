/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and registers for a debugger. */
#include <stdio.h>
#include <string.h>

#include "cpu/code.h"
#include "cpu/translate.h"

/* The page behind a virtual address, if it is memory. Faults that the walk
 * meets are none of the program's. */
static bool page_of(struct tw_cpu *c, uint32_t address, bool write,
                    struct tw_page *page, uint32_t *physical)
{
    struct tw_mapping m;
    struct tw_fault kept = c->fault;
    bool found = tw_walk(c, address, c->context & TW_CONTEXT_NS, &m);

    c->fault = kept;
    if (!found) {
        return false;
    }
    const struct tw_access how = {.address = m.physical,
                                  .size = 1,
                                  .write = write,
                                  .secure = !m.ns,
                                  .privileged = true,
                                  .master = TW_CPU};

    *physical = m.physical;
    return tw_bus_page(c->bus, &how, page);
}

static uint32_t piece(uint32_t address, size_t left)
{
    uint32_t n = TW_PAGE - address % TW_PAGE;

    return left < n ? (uint32_t)left : n;
}

size_t tw_cpu_peek(struct tw_cpu *cpu, uint32_t address, void *to, size_t n)
{
    uint8_t *bytes = to;
    size_t done = 0;
    uint32_t physical = 0;
    struct tw_page page;

    while (done < n && page_of(cpu, address, false, &page, &physical)) {
        uint32_t k = piece(address, n - done);

        memcpy(&bytes[done], &page.bytes[address % TW_PAGE], k);
        done += k;
        address += k;
    }
    return done;
}

/* A debugger that writes code wants it to run. */
static void drop_code(struct tw_cpu *c, uint32_t physical, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        tw_code_drop_line(c, physical + k);
    }
}

size_t tw_cpu_poke(struct tw_cpu *cpu, uint32_t address, const void *from,
                   size_t n)
{
    const uint8_t *bytes = from;
    size_t done = 0;
    uint32_t physical = 0;
    struct tw_page page;

    while (done < n && page_of(cpu, address, true, &page, &physical)) {
        uint32_t k = piece(address, n - done);

        memcpy(&page.bytes[address % TW_PAGE], &bytes[done], k);
        drop_code(cpu, physical, k);
        done += k;
        address += k;
    }
    return done;
}

static const char *mode_name(enum tw_mode mode)
{
    switch (mode) {
    case TW_USR:
        return "USR";
    case TW_FIQ:
        return "FIQ";
    case TW_IRQ:
        return "IRQ";
    case TW_SVC:
        return "SVC";
    case TW_MON:
        return "MON";
    case TW_ABT:
        return "ABT";
    case TW_UND:
        return "UND";
    case TW_SYS:
        return "SYS";
    default:
        return "HYP";
    }
}

void tw_cpu_dump(const struct tw_cpu *cpu, char *text, size_t room)
{
    char lines[5][80];
    uint32_t psr = tw_cpsr(cpu);

    for (unsigned k = 0; k < 4; k++) {
        unsigned r = 4 * k;

        (void)snprintf(lines[k], sizeof(lines[k]),
                       "r%-2u %08x  r%-2u %08x  r%-2u %08x  r%-2u %08x\n", r,
                       (unsigned)tw_cpu_get(cpu, r), r + 1,
                       (unsigned)tw_cpu_get(cpu, r + 1), r + 2,
                       (unsigned)tw_cpu_get(cpu, r + 2), r + 3,
                       (unsigned)tw_cpu_get(cpu, r + 3));
    }
    (void)snprintf(
        lines[4], sizeof(lines[4]), "cpsr %08x  %c%c%c%c%c %c%c%c  %s  %s\n",
        (unsigned)psr, (psr & TW_PSR_N) != 0 ? 'N' : '-',
        (psr & TW_PSR_Z) != 0 ? 'Z' : '-', (psr & TW_PSR_C) != 0 ? 'C' : '-',
        (psr & TW_PSR_V) != 0 ? 'V' : '-', (psr & TW_PSR_Q) != 0 ? 'Q' : '-',
        (psr & TW_PSR_A) != 0 ? 'A' : '-', (psr & TW_PSR_I) != 0 ? 'I' : '-',
        (psr & TW_PSR_F) != 0 ? 'F' : '-', mode_name(cpu->mode),
        tw_secure(cpu) ? "secure" : "non-secure");
    (void)snprintf(text, room, "%s%s%s%s%s", lines[0], lines[1], lines[2],
                   lines[3], lines[4]);
}
