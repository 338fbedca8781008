/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/symbols.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

#include "aw/elf.h"
#include "aw/hostio/alloc.h"
#include "aw/hostio/file.h"

enum { LR = 14, PC = 15, ONE_THREAD = 1 };

struct aw_symbols {
    char *path;
    Dwfl *dwfl;
    Dwfl_Module *module;
};

/* Debug information is in the file or nowhere: nothing is fetched. */
/* NOLINTNEXTLINE(readability-function-size): eight, as libdwfl calls it. */
static int find_nothing(Dwfl_Module *module, void **user, const char *name,
                        Dwarf_Addr base, const char *file, const char *link,
                        GElf_Word crc, char **debug)
{
    (void)module;
    (void)user;
    (void)name;
    (void)base;
    (void)file;
    (void)link;
    (void)crc;
    (void)debug;
    return -1;
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = NULL,
    .find_debuginfo = find_nothing,
    .section_address = dwfl_offline_section_address,
};

static Dwfl *open_dwfl(const char *path, Dwfl_Module **module)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);

    if (dwfl == NULL) {
        return NULL;
    }
    dwfl_report_begin(dwfl);
    *module = dwfl_report_elf(dwfl, "image", path, -1, 0, false);
    if (*module == NULL || dwfl_report_end(dwfl, NULL, NULL) != 0) {
        dwfl_end(dwfl);
        return NULL;
    }
    return dwfl;
}

/* It is what we know as an executable of a device. */
static aw_err check(const char *path, struct aw_host_diag *host)
{
    struct aw_diag *diag = host == NULL ? NULL : &host->diag;
    struct aw_blob blob = {.p = NULL};
    struct aw_elf elf;
    aw_err err = aw_file_read(path, AW_SYMBOLS_FILE_MAX, &blob, host);

    if (err == AW_OK) {
        err = aw_elf_open(aw_blob_bytes(&blob), &elf, diag);
        if (err != AW_OK) {
            (void)aw_host_say(host, "%s: no executable of 32-bit ARM", path);
        }
    }
    aw_blob_free(&blob);
    return err;
}

aw_err aw_symbols_open(const char *path, struct aw_symbols **symbols,
                       struct aw_host_diag *host)
{
    Dwfl_Module *module = NULL;
    aw_err err = check(path, host);

    if (err != AW_OK) {
        return err;
    }
    Dwfl *dwfl = open_dwfl(path, &module);

    if (dwfl == NULL) {
        return aw_fail(
            aw_host_say(host, "%s: %s", path, dwfl_errmsg(dwfl_errno())),
            AW_ERR_FORMAT, "symbols: file", 0);
    }
    struct aw_symbols *s = aw_alloc(1, sizeof(*s));
    size_t n = strlen(path) + 1;

    s->path = aw_alloc(n, 1);
    memcpy(s->path, path, n);
    s->dwfl = dwfl;
    s->module = module;
    *symbols = s;
    return AW_OK;
}

void aw_symbols_close(struct aw_symbols *symbols)
{
    if (symbols != NULL) {
        dwfl_end(symbols->dwfl);
        free(symbols->path);
        free(symbols);
    }
}

/* A function or an object that is in the file. */
static bool is_defined(const GElf_Sym *sym)
{
    unsigned type = GELF_ST_TYPE(sym->st_info);

    return sym->st_shndx != SHN_UNDEF &&
           (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

/* "$a" and its like mark kinds of code for ARM's tools, and are no names. */
static bool is_mark(const char *name)
{
    return name != NULL && name[0] == '$';
}

/* The last name at or before an address, in the section of `sym`: of code
 * whose symbols have no size. */
static const char *name_before(const struct aw_symbols *symbols,
                               uint32_t address, const GElf_Sym *sym,
                               GElf_Off *offset)
{
    int n = dwfl_module_getsymtab(symbols->module);
    const char *best = NULL;

    for (int i = 1; i < n; i++) {
        GElf_Sym other;
        const char *name = dwfl_module_getsym(symbols->module, i, &other, NULL);

        if (name == NULL || is_mark(name) || !is_defined(&other) ||
            other.st_shndx != sym->st_shndx || other.st_value > address) {
            continue;
        }
        if (best == NULL || address - other.st_value < *offset) {
            best = name;
            *offset = address - other.st_value;
        }
    }
    return best;
}

void aw_symbols_at(const struct aw_symbols *symbols, uint32_t address,
                   struct aw_symbol *symbol)
{
    GElf_Off offset = 0;
    GElf_Sym sym;
    int line = 0;

    *symbol = (struct aw_symbol){.name = NULL};
    symbol->name = dwfl_module_addrinfo(symbols->module, address, &offset, &sym,
                                        NULL, NULL, NULL);
    if (is_mark(symbol->name)) {
        symbol->name = name_before(symbols, address, &sym, &offset);
    }
    symbol->offset = symbol->name == NULL ? 0 : (uint32_t)offset;
    Dwfl_Line *at = dwfl_module_getsrc(symbols->module, address);

    if (at != NULL) {
        symbol->file = dwfl_lineinfo(at, NULL, &line, NULL, NULL, NULL);
        symbol->line = line;
    }
}

aw_err aw_symbols_find(const struct aw_symbols *symbols, const char *name,
                       uint32_t *address, uint32_t *size)
{
    int n = dwfl_module_getsymtab(symbols->module);

    for (int i = 1; i < n; i++) {
        GElf_Sym sym;
        const char *found = dwfl_module_getsym(symbols->module, i, &sym, NULL);

        if (found == NULL || !is_defined(&sym) || strcmp(found, name) != 0) {
            continue;
        }
        *address = (uint32_t)sym.st_value;
        if (size != NULL) {
            *size = (uint32_t)sym.st_size;
        }
        return AW_OK;
    }
    return AW_ERR_NOT_FOUND;
}

/* One walk over the frames of the one thread that there is. */
struct walk {
    const uint32_t *registers;
    const struct aw_symbols_memory *memory;
    uint32_t *pcs;
    size_t n;
    size_t max;
};

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread)
{
    (void)dwfl;
    if (*thread != NULL) {
        return 0;
    }
    *thread = arg;
    return ONE_THREAD;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word,
                      void *arg)
{
    const struct walk *w = arg;
    uint32_t value = 0;

    (void)dwfl;
    if (address > UINT32_MAX ||
        !w->memory->read(w->memory->ctx, (uint32_t)address, &value)) {
        return false;
    }
    *word = value;
    return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
    const struct walk *w = arg;
    Dwarf_Word registers[AW_SYMBOLS_REGISTERS];

    for (unsigned i = 0; i < AW_SYMBOLS_REGISTERS; i++) {
        registers[i] = w->registers[i];
    }
    dwfl_thread_state_register_pc(thread, w->registers[PC]);
    return dwfl_thread_state_registers(thread, 0, AW_SYMBOLS_REGISTERS,
                                       registers);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .memory_read = read_word,
    .set_initial_registers = set_registers,
};

static int on_frame(Dwfl_Frame *frame, void *arg)
{
    struct walk *w = arg;
    Dwarf_Addr pc = 0;

    if (w->n == w->max || !dwfl_frame_pc(frame, &pc, NULL) || pc > UINT32_MAX) {
        return DWARF_CB_ABORT;
    }
    w->pcs[w->n] = (uint32_t)pc;
    w->n++;
    return w->n < w->max ? DWARF_CB_OK : DWARF_CB_ABORT;
}

static void walk(const struct aw_symbols *symbols, struct walk *w)
{
    Dwfl_Module *module = NULL;
    Dwfl *dwfl = open_dwfl(symbols->path, &module);

    if (dwfl == NULL) {
        return;
    }
    if (dwfl_attach_state(dwfl, NULL, ONE_THREAD, &thread_callbacks, w)) {
        (void)dwfl_getthread_frames(dwfl, ONE_THREAD, on_frame, w);
    }
    dwfl_end(dwfl);
}

/* Unwind tables know this address. */
static bool has_tables(const struct aw_symbols *symbols, uint32_t pc)
{
    Dwarf_Addr bias = 0;
    Dwarf_Frame *frame = NULL;
    Dwarf_CFI *cfi = dwfl_module_dwarf_cfi(symbols->module, &bias);
    bool has = cfi != NULL && dwarf_cfi_addrframe(cfi, pc, &frame) == 0;

    free(frame);
    return has;
}

size_t aw_symbols_unwind(const struct aw_symbols *symbols,
                         const uint32_t registers[AW_SYMBOLS_REGISTERS],
                         const struct aw_symbols_memory *memory, uint32_t *pcs,
                         size_t n)
{
    uint32_t own[AW_SYMBOLS_REGISTERS];
    struct walk w = {.registers = own, .memory = memory, .pcs = pcs, .max = n};

    memcpy(own, registers, sizeof(own));
    pcs[0] = own[PC];
    if (n > 1 && !has_tables(symbols, own[PC]) &&
        has_tables(symbols, own[LR] - 4)) {
        own[PC] = own[LR];
        w.pcs = &pcs[1];
        w.max = n - 1;
        walk(symbols, &w);
        return 1 + w.n;
    }
    walk(symbols, &w);
    return w.n == 0 ? 1 : w.n;
}
