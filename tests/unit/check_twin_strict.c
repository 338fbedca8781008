/* SPDX-License-Identifier: Apache-2.0 */
/* Where the processor of the twin is stricter than emulators: each test fails
 * when its check is taken out. */
#include "machine.h"

#include "cpu/processor.h"
#include "suites.h"
#include "support.h"

static struct machine m;

static void set_up(void)
{
    machine_open(&m);
}

static void tear_down(void)
{
    machine_close(&m);
}

enum { CODE = 0x10000, DATA = 0x100000, LOOP_LIMIT = 8 };
#define CODE_AT (MACHINE_RAM + CODE)
#define DATA_AT (MACHINE_RAM + DATA)

/* Runs one instruction at CODE_AT, with what it may need in r0 and r1. */
static enum tw_stop run_one(uint32_t word, uint32_t r0, uint32_t r1)
{
    machine_put(&m, CODE_AT, word);
    machine_drop_code(&m);
    tw_cpu_set(m.cpu, 0, r0);
    tw_cpu_set(m.cpu, 1, r1);
    tw_cpu_set(m.cpu, 15, CODE_AT);
    return machine_run(&m, 1);
}

#define LDR   0xe5901000U /* ldr r1, [r0] */
#define STR   0xe5801000U
#define LDRH  0xe1d010b0U
#define STRH  0xe1c010b0U
#define LDRB  0xe5d01000U
#define LDM   0xe8900006U /* ldm r0, {r1, r2} */
#define STRD  0xe1c020f0U /* strd r2, r3, [r0] */
#define LDREX 0xe1901f9fU
#define ISB   0xf57ff06fU

/* Alignment: instruction, memory, distance from a word, DFSR (0: no fault). */
static const struct {
    uint32_t word;
    uint32_t base; /* 0: MMU off */
    uint32_t offset;
    uint32_t dfsr;
} alignments[] = {
    {LDR, 0, 0, 0},
    {LDR, 0, 1, 0x001},
    {LDR, 0, 2, 0x001},
    {STR, 0, 2, 0x801},
    {LDRH, 0, 1, 0x001},
    {LDRH, 0, 2, 0},
    {STRH, 0, 3, 0x801},
    {LDRB, 0, 3, 0},
    {LDM, 0, 2, 0x001},
    {LDR, MACHINE_AS_DEVICE, 0, 0},
    {LDR, MACHINE_AS_DEVICE, 1, 0x001},
    {STRH, MACHINE_AS_DEVICE, 1, 0x801},
    {LDR, MACHINE_AS_ORDERED, 2, 0x001},
    {STR, MACHINE_AS_ORDERED, 3, 0x801},
    {LDR, MACHINE_AS_UNCACHED, 1, 0},
    {STR, MACHINE_AS_UNCACHED, 3, 0},
    {LDR, MACHINE_RAM, 3, 0},
    {STRH, MACHINE_RAM, 1, 0},
    {LDM, MACHINE_RAM, 2, 0x001},
    {STRD, MACHINE_RAM, 2, 0x801},
    {LDREX, MACHINE_RAM, 1, 0x001},
};

START_TEST(alignment)
{
    uint32_t base = alignments[_i].base;

    if (base != 0) {
        machine_map(&m);
    } else {
        base = MACHINE_RAM;
    }
    uint32_t address = base + DATA + alignments[_i].offset;

    (void)run_one(alignments[_i].word, address, 0x11223344);
    bool faulted = tw_cpu_get(m.cpu, 15) == 0x10;

    ck_assert(faulted == (alignments[_i].dfsr != 0));
    ck_assert_uint_eq(m.cpu->cp[TW_CP_DFSR][0], alignments[_i].dfsr);
    if (faulted) {
        ck_assert_uint_eq(m.cpu->cp[TW_CP_DFAR][0], address);
        ck_assert_uint_eq(tw_cpu_get(m.cpu, 14), CODE_AT + 8);
        ck_assert_uint_eq(machine_get(&m, DATA_AT), 0);
    }
}
END_TEST

START_TEST(sctlr_a_is_for_all_memory)
{
    machine_map(&m);
    m.cpu->cp[TW_CP_SCTLR][0] |= TW_SCTLR_A;
    (void)run_one(LDR, DATA_AT + 1, 0);
    ck_assert_uint_eq(m.cpu->cp[TW_CP_DFSR][0], 1);
}
END_TEST

/* Code that is replaced: mov r7, #1 becomes mov r7, #2. */
#define MOV_1   0xe3a07001U
#define MOV_2   0xe3a07002U
#define BACK    0xeafffffdU /* b .-4 */
#define ICIALLU 0xee070f15U
#define ICIMVAU 0xee070f35U /* of r0 */

/* r7 after the instruction at CODE_AT, which is followed by a branch to it. */
static uint32_t run_code(void)
{
    tw_cpu_set(m.cpu, 7, 0);
    tw_cpu_set(m.cpu, 15, CODE_AT);
    (void)machine_run(&m, 2);
    return tw_cpu_get(m.cpu, 7);
}

/* Runs one instruction elsewhere, without forgetting any. */
static void run_at(uint32_t offset, uint32_t word, uint32_t r0)
{
    machine_put(&m, CODE_AT + offset, word);
    tw_cpu_set(m.cpu, 0, r0);
    tw_cpu_set(m.cpu, 15, CODE_AT + offset);
    (void)machine_run(&m, 1);
    ck_assert_uint_eq(tw_cpu_get(m.cpu, 15), CODE_AT + offset + 4);
}

static void replace_code(void)
{
    machine_put(&m, CODE_AT, MOV_1);
    machine_put(&m, CODE_AT + 4, BACK);
    ck_assert_uint_eq(run_code(), 1);
    machine_put(&m, CODE_AT, MOV_2);
}

START_TEST(stale_code_runs)
{
    machine_map(&m);
    replace_code();
    ck_assert_uint_eq(run_code(), 1);
    run_at(0x40, ISB, 0);
    ck_assert_uint_eq(run_code(), 1);
    run_at(0x44, 0xee080f17, 0); /* TLBIALL is no help */
    ck_assert_uint_eq(run_code(), 1);
    run_at(0x48, ICIALLU, 0);
    ck_assert_uint_eq(run_code(), 2);
}
END_TEST

/* A store of the program itself is no maintenance either, whatever way it
 * takes to the memory. */
START_TEST(stored_code_is_stale)
{
    machine_map(&m);
    machine_put(&m, CODE_AT, MOV_1);
    machine_put(&m, CODE_AT + 4, BACK);
    ck_assert_uint_eq(run_code(), 1);
    tw_cpu_set(m.cpu, 1, MOV_2);
    run_at(0x40, STR, CODE_AT);
    ck_assert_uint_eq(run_code(), 1);
    run_at(0x44, 0xe5c01000, CODE_AT); /* strb r1, [r0] */
    ck_assert_uint_eq(run_code(), 1);
    run_at(0x48, ICIALLU, 0);
    ck_assert_uint_eq(run_code(), 2);
}
END_TEST

START_TEST(one_line_of_code)
{
    machine_map(&m);
    replace_code();
    run_at(0x60, ICIMVAU, CODE_AT + 0x20); /* the next line */
    ck_assert_uint_eq(run_code(), 1);
    run_at(0x64, ICIMVAU, CODE_AT + 0x1c);
    ck_assert_uint_eq(run_code(), 2);
}
END_TEST

START_TEST(no_instruction_cache)
{
    machine_map(&m);
    m.cpu->cp[TW_CP_SCTLR][0] &= ~TW_SCTLR_I;
    replace_code();
    ck_assert_uint_eq(run_code(), 1); /* the pipeline */
    run_at(0x40, ISB, 0);
    ck_assert_uint_eq(run_code(), 2);
}
END_TEST

/* Through a device's eyes: does a DMA read of the line meet a mark? */
static bool dma_dirty(void)
{
    uint8_t bytes[TW_LINE];
    uint64_t old = m.report.counts[TW_REPORT_DMA_DIRTY];

    ck_assert(tw_dma_read(&m.bus, TW_USDHC2, DATA_AT, bytes, sizeof(bytes)));
    return m.report.counts[TW_REPORT_DMA_DIRTY] != old;
}

static const struct {
    uint32_t base;
    uint32_t store;
    bool dirty;
} stores[] = {
    {MACHINE_RAM, STR, true},
    {MACHINE_RAM, STRH, true},
    {MACHINE_RAM, STRD, true},
    {MACHINE_RAM, 0xe5c01000, true}, /* strb r1, [r0] */
    {MACHINE_RAM, 0xe880000c, true}, /* stm r0, {r2, r3} */
    {MACHINE_RAM, LDR, false},
    {MACHINE_AS_UNCACHED, STR, false},
    {MACHINE_AS_DEVICE, STR, false},
    {MACHINE_AS_ORDERED, 0xe880000c, false},
};

START_TEST(store_marks_line)
{
    machine_map(&m);
    (void)run_one(stores[_i].store, stores[_i].base + DATA, 1);
    ck_assert(dma_dirty() == stores[_i].dirty);
}
END_TEST

START_TEST(store_without_data_cache)
{
    machine_map(&m);
    m.cpu->cp[TW_CP_SCTLR][0] &= ~TW_SCTLR_C;
    (void)run_one(STR, DATA_AT, 1);
    ck_assert(!dma_dirty());
}
END_TEST

/* Maintenance of r0, and whether memory has the line then. */
static const struct {
    uint32_t word;
    uint32_t r0;
    bool clean;
} cleans[] = {
    {0xee070f3a, DATA_AT + 60, true}, /* DCCMVAC */
    {0xee070f3a, DATA_AT + 64, false},
    {0xee070f3e, DATA_AT, true},  /* DCCIMVAC */
    {0xee070f36, DATA_AT, true},  /* DCIMVAC */
    {0xee070f3b, DATA_AT, false}, /* DCCMVAU: only to the L2 cache */
    {0xee070f5a, 0, false},       /* DCCSW of level 1 */
    {0xee070f5a, 2, true},        /* of level 2 */
    {0xee070f5e, 2, true},        /* DCCISW */
    {ICIALLU, 0, false},
};

START_TEST(cleaning)
{
    machine_map(&m);
    (void)run_one(STR, DATA_AT, 1);
    ck_assert(dma_dirty());
    (void)run_one(cleans[_i].word, cleans[_i].r0, 0);
    ck_assert(dma_dirty() == !cleans[_i].clean);
}
END_TEST

START_TEST(cleaning_of_what_is_not_mapped)
{
    machine_map(&m);
    (void)run_one(0xee070f3a, 0xd0000000, 0);
    ck_assert_uint_eq(tw_cpu_get(m.cpu, 15), 0x10);
    ck_assert_uint_eq(m.cpu->cp[TW_CP_DFSR][0], 0x2805);
    ck_assert_uint_eq(m.cpu->cp[TW_CP_DFAR][0], 0xd0000000);
}
END_TEST

/* The tables are read past the caches, since TTBR0 says so. */
START_TEST(walk_past_dirty_lines)
{
    uint32_t entry = MACHINE_RAM + 0x4000 + (0xd00 << 2);

    machine_map(&m);
    (void)run_one(STR, entry, 0x80000c02);
    (void)run_one(LDR, 0xd0000000, 0);
    ck_assert_uint_eq(m.report.counts[TW_REPORT_DMA_DIRTY], 1);
    m.cpu->cp[TW_CP_TTBR0][0] |= 1;
    (void)run_one(0xee080f17, 0, 0);
    (void)run_one(LDR, 0xd0000000, 0);
    ck_assert_uint_eq(m.report.counts[TW_REPORT_DMA_DIRTY], 1);
}
END_TEST

START_TEST(caches_need_smp)
{
    uint32_t sctlr = 0x00c50078 | TW_SCTLR_C;

    (void)run_one(0xee010f10, sctlr, 0);
    ck_assert_uint_eq(m.report.counts[TW_REPORT_MISUSE], 1);
    (void)run_one(0xee010f10, sctlr & ~TW_SCTLR_C, 0);
    m.cpu->cp[TW_CP_ACTLR][0] |= TW_ACTLR_SMP;
    (void)run_one(0xee010f10, sctlr, 0);
    ck_assert_uint_eq(m.report.counts[TW_REPORT_MISUSE], 1);
}
END_TEST

/* What stops the processor; r0 and r1 as given. */
static const struct {
    const char *name;
    uint32_t word;
    uint32_t r0;
    uint32_t r1;
    enum tw_report_kind kind;
} stops[] = {
    {"SETEND BE", 0xf1010200, 0, 0, TW_REPORT_UNDEFINED},
    {"MSR CPSR_x, E", 0xe122f000, 0x3c0, 0, TW_REPORT_UNDEFINED},
    {"SCTLR.EE", 0xee010f10, 0x02c50078, 0, TW_REPORT_UNDEFINED},
    {"TTBCR.EAE", 0xee020f50, 0x80000000, 0, TW_REPORT_UNDEFINED},
    {"BX to Thumb", 0xe12fff10, DATA_AT + 1, 0, TW_REPORT_UNDEFINED},
    {"BLX to Thumb", 0xfa000000, 0, 0, TW_REPORT_UNDEFINED},
    {"BX to a halfword", 0xe12fff10, DATA_AT + 2, 0, TW_REPORT_UNPREDICTABLE},
    {"LDR PC, unaligned", 0xe590f000, DATA_AT + 2, 0, TW_REPORT_UNPREDICTABLE},
    {"MSR CPSR_c, HYP", 0xe121f000, 0x1da, 0, TW_REPORT_UNPREDICTABLE},
    {"MSR CPSR_c, no mode", 0xe121f000, 0x1d5, 0, TW_REPORT_UNPREDICTABLE},
    {"MRC p14", 0xee101e11, 0, 0, TW_REPORT_UNDEFINED},
    {"MRRC of TTBR0", 0xec521f02, 0, 0, TW_REPORT_UNDEFINED},
    {"MOV with Rn", 0xe1a11002, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"CMP with Rd", 0xe1501002, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"ADD by r15", 0xe0810f12, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"MOVW r15", 0xe300f000, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"MUL r15", 0xe00f0192, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"UMULL to one register", 0xe0811192, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"LDR with write-back of Rt", 0xe5b00004, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"LDRB r15", 0xe5d0f000, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"STR by r15", 0xe780100f, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"LDRH, should be zero", 0xe19010b2 | 0x100, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"LDRD of odd registers", 0xe1c010d0, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"LDM of nothing", 0xe8900000, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"LDM with write-back of a loaded base", 0xe8b00003, 0, 0,
     TW_REPORT_UNPREDICTABLE},
    {"STM ^ with write-back", 0xe8e00006, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"STREX to its own register", 0xe1801f91, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"LDREX, should be one", 0xe1901e9f, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"BFI upside down", 0xe7c31210, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"SBFX beyond the register", 0xe7bf1f50, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"SSAT r15", 0xe6a1f010, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"SADD8, should be one", 0xe6121092, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"conditional BKPT", 0x01200070, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"MSR of nothing", 0xe120f000, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"CPS of nothing", 0xf1000000, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"SRS to HYP", 0xf96d051a, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"RFE with r15", 0xf8bf0a00, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"MCR r15", 0xee07ff15, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"MRS r15", 0xe10ff000, 0, 0, TW_REPORT_UNPREDICTABLE},
    {"banked register of the mode at hand", 0xe1230300, 0, 0,
     TW_REPORT_UNPREDICTABLE},
};

START_TEST(stops_with_a_diagnosis)
{
    const char *name = stops[_i].name;
    enum tw_stop stop = TW_STOP_SLICE;

    tw_cpu_set(m.cpu, 16, 0x400001d3); /* Z */
    for (int n = 0; n < LOOP_LIMIT && stop == TW_STOP_SLICE; n++) {
        stop = n == 0 ? run_one(stops[_i].word, stops[_i].r0, stops[_i].r1)
                      : machine_run(&m, 1);
    }
    const struct tw_diagnosis *d = tw_cpu_diagnosis(m.cpu);

    ck_assert_msg(stop == TW_STOP_DIAGNOSIS, "%s: went on", name);
    ck_assert_msg(m.report.counts[stops[_i].kind] == 1, "%s: %s", name, m.said);
    ck_assert_uint_gt(strlen(d->text), 0);
    ck_assert(d->secure);
    ck_assert_uint_eq(d->pc, tw_cpu_get(m.cpu, 15));
    if (stops[_i].kind == TW_REPORT_UNPREDICTABLE && d->pc == CODE_AT) {
        ck_assert_uint_eq(d->instruction, stops[_i].word);
    }
    /* It stays so until a reset. */
    ck_assert_int_eq(machine_run(&m, 1), TW_STOP_DIAGNOSIS);
    tw_cpu_reset(m.cpu, DATA_AT);
    ck_assert_int_eq(machine_run(&m, 1), TW_STOP_SLICE);
}
END_TEST

/* In a mode where it is not allowed. */
static const struct {
    const char *name;
    uint32_t word;
    uint32_t cpsr;
} in_mode[] = {
    {"MRS SPSR", 0xe14f1000, 0x1df},   {"MSR SPSR", 0xe16ff000, 0x1d0},
    {"SUBS PC", 0xe25ef004, 0x1d0},    {"LDM ^ with PC", 0xe8d08002, 0x1df},
    {"STM ^", 0xe8c00006, 0x1d0},      {"SRS", 0xf96d0513, 0x1df},
    {"RFE", 0xf8900a00, 0x1d0},        {"ERET", 0xe160006e, 0x1df},
    {"banked MRS", 0xe1001300, 0x1d0},
};

START_TEST(stops_in_a_mode)
{
    tw_cpu_set(m.cpu, 16, in_mode[_i].cpsr);
    enum tw_stop stop = run_one(in_mode[_i].word, DATA_AT, 0);

    ck_assert_msg(stop == TW_STOP_DIAGNOSIS, "%s: went on", in_mode[_i].name);
    ck_assert_uint_eq(tw_cpu_diagnosis(m.cpu)->pc, CODE_AT);
    ck_assert_uint_eq(tw_cpu_diagnosis(m.cpu)->instruction, in_mode[_i].word);
    ck_assert_uint_eq(tw_cpu_diagnosis(m.cpu)->cpsr & 0x1f,
                      in_mode[_i].cpsr & 0x1f);
}
END_TEST

/* What the architecture calls undefined is an exception. */
static const struct {
    const char *name;
    uint32_t word;
} undefined[] = {
    {"UDF", 0xe7f000f0},
    {"a multiplication that is none", 0xe0500090},
    {"media that is none", 0xe6000010},
    {"CDP", 0xee000100},
    {"MRC of coprocessor 4", 0xee100410},
    {"LDC of coprocessor 5", 0xed900500},
    {"CP15 register that is none", 0xee1f0f1f},
    {"MCR of what can be read only", 0xee000f10},
    {"SWP without SCTLR.SW", 0xe1001092},
    {"VFP without CPACR", 0xeeb00a40},
    {"NEON without CPACR", 0xf2000040},
    {"MRRC of nothing", 0xec521f4e},
    {"HVC", 0xe1400070},
};

START_TEST(undefined_is_an_exception)
{
    enum tw_stop stop = run_one(undefined[_i].word, DATA_AT, 0);

    ck_assert_msg(stop == TW_STOP_SLICE, "%s: %s", undefined[_i].name, m.said);
    ck_assert_msg(tw_cpu_get(m.cpu, 15) == 4, "%s: no exception",
                  undefined[_i].name);
    ck_assert_uint_eq(tw_cpu_get(m.cpu, 14), CODE_AT + 4);
    ck_assert_uint_eq(tw_cpu_get(m.cpu, 16) & 0x1f, TW_UND);
}
END_TEST

START_TEST(vfp_with_cpacr)
{
    m.cpu->cp[TW_CP_CPACR][0] = 0x00f00000;
    ck_assert_int_eq(run_one(0xeeb00a40, 0, 0), TW_STOP_DIAGNOSIS);
    ck_assert_uint_eq(m.report.counts[TW_REPORT_UNDEFINED], 1);
}
END_TEST

START_TEST(swp_with_sctlr_sw)
{
    m.cpu->cp[TW_CP_SCTLR][0] |= TW_SCTLR_SW;
    machine_put(&m, DATA_AT, 77);
    tw_cpu_set(m.cpu, 2, 88);
    ck_assert_int_eq(run_one(0xe1001092, DATA_AT, 0), TW_STOP_SLICE);
    ck_assert_uint_eq(tw_cpu_get(m.cpu, 1), 77);
    ck_assert_uint_eq(machine_get(&m, DATA_AT), 88);
}
END_TEST

/* Saved status, and the state that an exception begins in. */
START_TEST(thumb_and_big_endian_by_exceptions)
{
    m.cpu->spsr[TW_BANK_SVC] = 0x1f3; /* Thumb */
    (void)run_one(0xe1b0f00e, 0, 0);  /* movs pc, lr */
    ck_assert_int_eq(machine_run(&m, 1), TW_STOP_DIAGNOSIS);
    tw_cpu_reset(m.cpu, CODE_AT);
    m.cpu->spsr[TW_BANK_SVC] = 0x3d3; /* big-endian */
    (void)run_one(0xe1b0f00e, 0, 0);
    ck_assert_int_eq(machine_run(&m, 1), TW_STOP_DIAGNOSIS);
    tw_cpu_reset(m.cpu, CODE_AT);
    m.cpu->cp[TW_CP_SCTLR][0] |= TW_SCTLR_TE;
    (void)run_one(0xef000000, 0, 0);
    ck_assert_int_eq(machine_run(&m, 1), TW_STOP_DIAGNOSIS);
    ck_assert_uint_eq(m.report.counts[TW_REPORT_UNDEFINED], 3);
}
END_TEST

Suite *suite_twin_strict(void)
{
    Suite *s = suite_create("twin_strict");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, alignment, 0, (int)COUNT(alignments));
    tcase_add_test(tc, sctlr_a_is_for_all_memory);
    tcase_add_test(tc, stale_code_runs);
    tcase_add_test(tc, stored_code_is_stale);
    tcase_add_test(tc, one_line_of_code);
    tcase_add_test(tc, no_instruction_cache);
    tcase_add_loop_test(tc, store_marks_line, 0, (int)COUNT(stores));
    tcase_add_test(tc, store_without_data_cache);
    tcase_add_loop_test(tc, cleaning, 0, (int)COUNT(cleans));
    tcase_add_test(tc, cleaning_of_what_is_not_mapped);
    tcase_add_test(tc, walk_past_dirty_lines);
    tcase_add_test(tc, caches_need_smp);
    tcase_add_loop_test(tc, stops_with_a_diagnosis, 0, (int)COUNT(stops));
    tcase_add_loop_test(tc, stops_in_a_mode, 0, (int)COUNT(in_mode));
    tcase_add_loop_test(tc, undefined_is_an_exception, 0,
                        (int)COUNT(undefined));
    tcase_add_test(tc, vfp_with_cpacr);
    tcase_add_test(tc, swp_with_sctlr_sw);
    tcase_add_test(tc, thumb_and_big_endian_by_exceptions);
    suite_add_tcase(s, tc);
    return s;
}
