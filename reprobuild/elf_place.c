/* SPDX-License-Identifier: Apache-2.0 */
#include "elf_place.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool rb_elf_is(aw_bytes image)
{
    return image.n > SELFMAG && memcmp(image.p, ELFMAG, SELFMAG) == 0;
}

/* libelf takes a writable pointer, and does not write when it reads. */
static Elf *open_elf(aw_bytes b)
{
    union {
        const uint8_t *ours;
        char *theirs;
    } p = {b.p};

    return elf_version(EV_CURRENT) != EV_NONE ? elf_memory(p.theirs, b.n)
                                              : NULL;
}

static bool within(uint64_t at, uint64_t from, uint64_t n)
{
    return at >= from && at - from < n;
}

static void name_headers(Elf *elf, uint64_t at, struct aw_rb_place *place)
{
    GElf_Ehdr h;

    if (gelf_getehdr(elf, &h) == NULL) {
        return;
    }
    const char *name = "outside of all sections";

    if (within(at, 0, h.e_ehsize)) {
        name = "ELF header";
    } else if (within(at, h.e_phoff, (uint64_t)h.e_phnum * h.e_phentsize)) {
        name = "ELF program headers";
    } else if (within(at, h.e_shoff, (uint64_t)h.e_shnum * h.e_shentsize)) {
        name = "ELF section headers";
    }
    (void)snprintf(place->area, sizeof(place->area), "%s", name);
}

void rb_elf_area(aw_bytes image, uint64_t at, struct aw_rb_place *place)
{
    Elf *elf = open_elf(image);
    Elf_Scn *scn = NULL;
    size_t names = 0;

    if (elf == NULL) {
        return;
    }
    name_headers(elf, at, place);
    (void)elf_getshdrstrndx(elf, &names);
    while ((scn = elf_nextscn(elf, scn)) != NULL) {
        GElf_Shdr h;

        if (gelf_getshdr(scn, &h) == NULL || h.sh_type == SHT_NOBITS ||
            !within(at, h.sh_offset, h.sh_size)) {
            continue;
        }
        const char *name = elf_strptr(elf, names, h.sh_name);

        (void)snprintf(place->area, sizeof(place->area), "section %.200s",
                       name == NULL ? "?" : name);
        if ((h.sh_flags & SHF_ALLOC) != 0) {
            place->address = h.sh_addr + (at - h.sh_offset);
        }
        break;
    }
    (void)elf_end(elf);
}

static bool takes_space(const GElf_Sym *sym)
{
    int type = GELF_ST_TYPE(sym->st_info);

    return type == STT_FUNC || type == STT_OBJECT;
}

/* The symbol that covers the address. Thumb functions have bit 0 set. */
static void find_symbol(Elf *elf, Elf_Scn *scn, const GElf_Shdr *h,
                        uint64_t address, struct aw_rb_place *place)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    int n = h->sh_entsize == 0 ? 0 : (int)(h->sh_size / h->sh_entsize);

    for (int i = 0; data != NULL && i < n; i++) {
        GElf_Sym sym;

        if (gelf_getsym(data, i, &sym) == NULL || !takes_space(&sym) ||
            !within(address, sym.st_value, sym.st_size)) {
            continue;
        }
        const char *name = elf_strptr(elf, h->sh_link, sym.st_name);

        (void)snprintf(place->symbol, sizeof(place->symbol),
                       "%.200s+0x%" PRIx64, name == NULL ? "?" : name,
                       address - sym.st_value);
        return;
    }
}

static void find_symbols(Elf *elf, uint64_t address, struct aw_rb_place *place)
{
    Elf_Scn *scn = NULL;

    while (place->symbol[0] == '\0' && (scn = elf_nextscn(elf, scn)) != NULL) {
        GElf_Shdr h;

        if (gelf_getshdr(scn, &h) != NULL && h.sh_type == SHT_SYMTAB) {
            find_symbol(elf, scn, &h, address, place);
        }
    }
}

/* The line in one compilation unit. */
static bool find_line(Dwarf_Die *unit, uint64_t address,
                      struct aw_rb_place *place)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    int number = 0;

    if (line == NULL || !dwarf_haspc(unit, address)) {
        return false;
    }
    const char *file = dwarf_linesrc(line, NULL, NULL);

    if (file == NULL || dwarf_lineno(line, &number) != 0) {
        return false;
    }
    (void)snprintf(place->source, sizeof(place->source), "%.200s:%d", file,
                   number);
    return true;
}

/* Data has no line: where a variable is declared will do. */
static bool find_variable(Dwarf_Die *unit, const char *name,
                          struct aw_rb_place *place)
{
    size_t n = strcspn(name, "+");
    Dwarf_Die die;

    if (n == 0 || dwarf_child(unit, &die) != 0) {
        return false;
    }
    do {
        const char *is = dwarf_diename(&die);
        const char *file = dwarf_decl_file(&die);
        int number = 0;

        if (dwarf_tag(&die) == DW_TAG_variable && is != NULL && file != NULL &&
            strlen(is) == n && memcmp(is, name, n) == 0 &&
            dwarf_decl_line(&die, &number) == 0) {
            (void)snprintf(place->source, sizeof(place->source), "%.200s:%d",
                           file, number);
            return true;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
    return false;
}

static void find_source(Elf *elf, uint64_t address, struct aw_rb_place *place)
{
    Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
    Dwarf_CU *cu = NULL;
    Dwarf_Die unit;

    if (dwarf == NULL) {
        return;
    }
    while (dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &unit, NULL) == 0) {
        if (find_line(&unit, address, place) ||
            find_variable(&unit, place->symbol, place)) {
            break;
        }
    }
    (void)dwarf_end(dwarf);
}

bool rb_elf_symbol(aw_bytes debug, uint64_t address, struct aw_rb_place *place)
{
    Elf *elf = rb_elf_is(debug) ? open_elf(debug) : NULL;

    if (elf == NULL) {
        return false;
    }
    find_symbols(elf, address, place);
    find_source(elf, address, place);
    (void)elf_end(elf);
    return place->symbol[0] != '\0' || place->source[0] != '\0';
}
