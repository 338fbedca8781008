/* SPDX-License-Identifier: Apache-2.0 */
/* The processor on its bus: what it says of an access, and what it does when
 * one is refused. */
#include <string.h>

#include "cpu_rig.h"
#include "suites.h"
#include "support.h"

#define DATA_AT 0x80100000U

enum { VECTOR_PREFETCH = 0xc, VECTOR_DATA = 0x10 };

/* A vector that cannot be fetched: time goes on. */
START_TEST(endless_aborts_end)
{
    tw_cpu_set(cpu_rig.cpu, 15, 0x40000000);
    ck_assert_int_eq(machine_run(&cpu_rig, 100), TW_STOP_SLICE);
    ck_assert_uint_eq(cpu_rig.clock.now, 100);
    ck_assert_uint_eq(REG(15), VECTOR_PREFETCH);
    ck_assert_uint_eq(CP(IFSR), TW_FAULT_EXTERNAL);
}
END_TEST

START_TEST(fetch_from_a_device)
{
    tw_cpu_set(cpu_rig.cpu, 15, MACHINE_DEVICE);
    ck_assert_int_eq(machine_run(&cpu_rig, 1), TW_STOP_DIAGNOSIS);
    ck_assert_uint_eq(tw_cpu_diagnosis(cpu_rig.cpu)->pc, MACHINE_DEVICE);
}
END_TEST

/* Who the bus believes to see: instruction, mode, world, entry of the page. */
static const struct {
    uint32_t word;
    uint32_t cpsr;
    bool nonsecure;
    bool ns_entry; /* the section says non-secure */
    bool secure;
    bool privileged;
    uint8_t size;
} attributes[] = {
    {0xe5901000, 0x1d3, false, false, true, true, 4},  /* ldr r1, [r0] */
    {0xe5901000, 0x1d0, false, false, true, false, 4}, /* in USR */
    {0xe5901000, 0x1d3, true, false, false, true, 4},
    {0xe5901000, 0x1d0, true, false, false, false, 4},
    {0xe5901000, 0x1d6, true, false, true, true, 4}, /* in MON */
    {0xe5901000, 0x1d3, false, true, false, true, 4},
    {0xe4b01000, 0x1d3, false, false, true, false, 4}, /* ldrt */
    {0xe5d01000, 0x1df, false, false, true, true, 1},  /* ldrb */
    {0xe1d010b0, 0x1df, false, false, true, true, 2},  /* ldrh */
};

START_TEST(attributes_on_the_bus)
{
    uint32_t entry = MACHINE_RAM + 0x4000 + (MACHINE_DEVICE >> 20) * 4;

    machine_map(&cpu_rig);
    if (attributes[_i].ns_entry) {
        machine_put(&cpu_rig, entry, machine_get(&cpu_rig, entry) | 1U << 19);
    }
    memcpy(cpu_rig.cpu->cp[TW_CP_SCTLR], (uint32_t[2]){CP(SCTLR), CP(SCTLR)},
           8);
    CP_NS(TTBR0) = CP(TTBR0);
    CP_NS(DACR) = 1;
    CP(SCR) = attributes[_i].nonsecure ? TW_SCR_NS : 0;
    machine_put(&cpu_rig, MACHINE_RAM, attributes[_i].word);
    cpu_rig.device_value = 0x5a;
    tw_cpu_set(cpu_rig.cpu, 16, attributes[_i].cpsr);
    tw_cpu_set(cpu_rig.cpu, 0, MACHINE_DEVICE);
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(REG(1), 0x5a);
    ck_assert_uint_eq(cpu_rig.device_reads, 1);
    ck_assert(cpu_rig.device_how.secure == attributes[_i].secure);
    ck_assert(cpu_rig.device_how.privileged == attributes[_i].privileged);
    ck_assert_uint_eq(cpu_rig.device_how.size, attributes[_i].size);
    ck_assert_uint_eq(cpu_rig.device_how.address, MACHINE_DEVICE);
    ck_assert(cpu_rig.device_how.master == TW_CPU);
}
END_TEST

/* ldr r1, [r0], #4 of a register that refuses, by SCR.EA. */
START_TEST(precise_external_abort)
{
    bool to_monitor = _i == 1;

    machine_put(&cpu_rig, MACHINE_RAM, 0xe4901004);
    CP(SCR) = to_monitor ? TW_SCR_EA : 0;
    CP(VBAR) = CPU_VECTORS;
    CP(MVBAR) = CPU_VECTORS + 0x100;
    tw_cpu_set(cpu_rig.cpu, 0, MACHINE_DEVICE + 8);
    tw_cpu_set(cpu_rig.cpu, 1, 0x1234);
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(REG(0), MACHINE_DEVICE + 8);
    ck_assert_uint_eq(REG(1), 0x1234);
    ck_assert_uint_eq(CP(DFSR), TW_FAULT_EXTERNAL);
    ck_assert_uint_eq(CP(DFAR), MACHINE_DEVICE + 8);
    ck_assert_uint_eq(REG(14), MACHINE_RAM + 8);
    ck_assert_uint_eq(REG(15), CPU_VECTORS + (to_monitor ? 0x110 : 0x10));
    ck_assert_uint_eq(REG(16) & 0x1f, to_monitor ? TW_MON : TW_ABT);
}
END_TEST

static bool refuse(void *ctx, const struct tw_access *how)
{
    const bool *on = ctx;

    return !*on || how->address / TW_PAGE != DATA_AT / TW_PAGE;
}

/* A guard that changes its mind: the next access knows. */
START_TEST(guards_are_asked_again)
{
    static const uint32_t words[] = {
        0xe5901000,             /* ldr r1, [r0] */
        0xe5901000, 0xe5801000, /* str r1, [r0] */
    };
    bool on = false;
    const struct tw_guard guard = {
        .allows = refuse, .ctx = &on, .last = UINT32_MAX};

    tw_bus_add_guard(&cpu_rig.bus, &guard);
    CODE(words);
    tw_cpu_set(cpu_rig.cpu, 0, DATA_AT);
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 4);
    on = true;
    tw_bus_changed(&cpu_rig.bus);
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(REG(15), VECTOR_DATA);
    ck_assert_uint_eq(CP(DFSR), TW_FAULT_EXTERNAL);
    tw_cpu_set(cpu_rig.cpu, 15, MACHINE_RAM + 8);
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(CP(DFSR), 0x800 | TW_FAULT_EXTERNAL);
    tw_cpu_set(cpu_rig.cpu, 15, DATA_AT); /* nor is it fetched */
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(REG(15), VECTOR_PREFETCH);
    on = false;
    tw_bus_changed(&cpu_rig.bus);
    tw_cpu_set(cpu_rig.cpu, 15, MACHINE_RAM);
    (void)machine_run(&cpu_rig, 1);
    ck_assert_uint_eq(REG(15), MACHINE_RAM + 4);
}
END_TEST

Suite *suite_twin_cpu_bus(void)
{
    Suite *s = suite_create("twin_cpu_bus");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, cpu_rig_open, cpu_rig_close);
    tcase_add_test(tc, endless_aborts_end);
    tcase_add_test(tc, fetch_from_a_device);
    tcase_add_loop_test(tc, attributes_on_the_bus, 0, (int)COUNT(attributes));
    tcase_add_loop_test(tc, precise_external_abort, 0, 2);
    tcase_add_test(tc, guards_are_asked_again);
    suite_add_tcase(s, tc);
    return s;
}
