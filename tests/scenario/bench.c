/* SPDX-License-Identifier: Apache-2.0 */
/* How many instructions the bootloader takes from reset to the entry of the
 * OS, and for what. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "boot_support.h"
#include "cpu/debug.h"
#include "support.h"

enum { OS_SIZE = 256 * 1024, DEPTH = 16 };
#define OS_ENTRY UINT32_C(0x80010000)

/* What counts for what: the innermost of these functions that runs. */
enum kind {
    START,
    HASH,
    SIGNATURES,
    PARSING,
    RPMB_KEY,
    RPMB,
    BLOCKS,
    LOADING,
    KINDS
};

static const char *const kind_names[KINDS] = {
    [START] = "start, memory, the rest",
    [HASH] = "hash of image and records",
    [SIGNATURES] = "signatures",
    [PARSING] = "parsing",
    [RPMB_KEY] = "RPMB key",
    [RPMB] = "RPMB frames",
    [BLOCKS] = "card, blocks read and written",
    [LOADING] = "loading, hand-over",
};

static struct root {
    const char *symbol;
    enum kind kind;
    uint32_t address;
} roots[] = {
    {"aw_sha256", HASH, 0},
    {"aw_ed25519_verify", SIGNATURES, 0},
    {"aw_note_open", PARSING, 0},
    {"aw_bootcfg_parse", PARSING, 0},
    {"aw_manifest_parse", PARSING, 0},
    {"load_check", PARSING, 0},
    {"aw_vkey_parse", PARSING, 0},
    {"aw_checkpoint_parse", PARSING, 0},
    {"keys_rpmb", RPMB_KEY, 0},
    {"rpmb_read", RPMB, 0},
    {"card_open", BLOCKS, 0},
    {"card_read", BLOCKS, 0},
    {"card_write", BLOCKS, 0},
    {"load_run", LOADING, 0},
    {"tell", LOADING, 0},
    {"jump_to", LOADING, 0},
};

static struct {
    uint64_t count[KINDS];
    struct {
        uint32_t back; /* where it returns to */
        enum kind kind;
    } stack[DEPTH];
    unsigned depth;
    bool done;
} run;

static void on_step(void *ctx, const struct tw_step *step)
{
    (void)ctx;
    if (step->address == OS_ENTRY || run.done) {
        run.done = true;
        return;
    }
    while (run.depth > 0 && run.stack[run.depth - 1].back == step->address) {
        run.depth--;
    }
    for (size_t i = 0; i < COUNT(roots); i++) {
        if (roots[i].address == step->address && roots[i].address != 0 &&
            run.depth < DEPTH) {
            run.stack[run.depth].back = tw_cpu_get(d.board.cpu, 14);
            run.stack[run.depth].kind = roots[i].kind;
            run.depth++;
        }
    }
    run.count[run.depth == 0 ? START : run.stack[run.depth - 1].kind]++;
}

static uint32_t le(aw_bytes b, size_t at, size_t n)
{
    uint32_t v = 0;

    ck_assert(at + n <= b.n);
    for (size_t i = 0; i < n; i++) {
        v |= (uint32_t)b.p[at + i] << (8 * i);
    }
    return v;
}

/* Section header i of a file: its offset. */
static size_t section(aw_bytes elf, uint32_t i)
{
    return le(elf, 32, 4) + (size_t)i * le(elf, 46, 2);
}

/* A symbol of the table whose section header is at s; 0 without. */
static uint32_t find_symbol(aw_bytes elf, size_t s, const char *name)
{
    enum { ENTRY_SIZE = 16 };
    size_t names = le(elf, section(elf, le(elf, s + 24, 4)) + 16, 4);
    size_t at = le(elf, s + 16, 4);

    for (uint32_t n = le(elf, s + 20, 4) / ENTRY_SIZE; n > 0; n--) {
        const char *own = (const char *)elf.p + names + le(elf, at, 4);

        if (strcmp(own, name) == 0) {
            return le(elf, at + 4, 4);
        }
        at += ENTRY_SIZE;
    }
    return 0;
}

uint32_t bench_symbol(aw_bytes elf, const char *name)
{
    enum { SYMTAB = 2 };
    uint32_t value = 0;

    for (uint32_t i = 0; i < le(elf, 48, 2) && value == 0; i++) {
        size_t s = section(elf, i);

        if (le(elf, s + 4, 4) == SYMTAB) {
            value = find_symbol(elf, s, name);
        }
    }
    return value;
}

static void print_results(const char *title, uint64_t limit)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < KINDS; i++) {
        sum += run.count[i];
    }
    printf("%s: %llu instructions from reset to the OS, limit %llu; at 528 "
           "MHz an estimated %llu ms\n",
           title, (unsigned long long)sum, (unsigned long long)limit,
           (unsigned long long)(sum / 528000));
    for (unsigned i = 0; i < KINDS; i++) {
        if (run.count[i] != 0) {
            printf("  %-32s %10llu\n", kind_names[i],
                   (unsigned long long)run.count[i]);
        }
    }
    ck_assert_msg(sum <= limit, "too many instructions");
}

void bench_boot_image(const char *title, aw_bytes imx, uint64_t limit)
{
    static uint8_t elf[OS_SIZE];
    struct making how = good();
    struct tw_trace trace = {.step = on_step};
    aw_bytes symbols = device_file("boot.debug");

    memset(&run, 0, sizeof(run));
    memcpy(elf, how.elf.p, how.elf.n);
    how.elf = (aw_bytes){elf, sizeof(elf)};
    install(&how, 0);
    device_put(&d, 2, imx);
    for (size_t i = 0; i < COUNT(roots); i++) {
        roots[i].address = bench_symbol(symbols, roots[i].symbol);
    }
    (void)device_boot(&d, NULL, 0);
    tw_cpu_trace(d.board.cpu, &trace);
    for (unsigned i = 0; i < 1000 && !run.done; i++) {
        (void)device_run(&d, NULL, 1);
    }
    tw_cpu_trace(d.board.cpu, &(struct tw_trace){.step = NULL});
    ck_assert_msg(run.done, "the OS was not started");
    print_results(title, limit);
}
