/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_H
#define MACHINE_H

#include "core/bus.h"
#include "core/clock.h"
#include "core/report.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"

/*
 * The least that a processor needs: memory where the board has it and a device
 * page. For tests of the processor alone, and for the oracles.
 */
enum {
    MACHINE_OCRAM = 0x00900000,
    MACHINE_OCRAM_SIZE = 0x20000,
    MACHINE_DEVICE = 0x02020000, /* readable at 0, writable at 4 */
    MACHINE_IPS = 528000000
};
#define MACHINE_RAM      0x80000000U
#define MACHINE_RAM_SIZE 0x02000000U

struct machine {
    struct tw_report report;
    struct tw_clock clock;
    struct tw_bus bus;
    struct tw_cpu *cpu;
    uint8_t *ram;
    uint8_t *ram_dirty;
    uint8_t *ocram;
    uint8_t *ocram_dirty;
    uint32_t device_reads;
    uint32_t device_value;       /* read at 0, written at 4 */
    struct tw_access device_how; /* of the last access */
    char said[256];              /* last report */
};

/** Fills a machine with memory that is all zero and the processor at reset.
 * It must not move afterwards. */
void machine_open(struct machine *m);
void machine_close(struct machine *m);

/** Memory by physical address; a multiple of 4 within RAM or OCRAM. */
void machine_put(struct machine *m, uint32_t address, uint32_t word);
uint32_t machine_get(const struct machine *m, uint32_t address);

/** Puts words at address, as machine code. */
void machine_code(struct machine *m, uint32_t address, const uint32_t *words,
                  size_t n);

/* Virtual addresses of RAM once it is mapped: one to one in write-back memory,
 * and as device, uncached and strongly ordered. */
#define MACHINE_AS_DEVICE   0xa0000000U
#define MACHINE_AS_UNCACHED 0xb0000000U
#define MACHINE_AS_ORDERED  0xc0000000U

/** Tables at RAM + 0x4000, MMU and caches on, as code would do. The device
 * page is mapped one to one. */
void machine_map(struct machine *m);

/** What has been decoded is forgotten, as by ICIALLU. */
void machine_drop_code(struct machine *m);

/** Runs n instructions from the program counter. */
enum tw_stop machine_run(struct machine *m, uint64_t n);

#endif
