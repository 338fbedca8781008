/* SPDX-License-Identifier: Apache-2.0 */
#include "elf_symbols.h"

#include "support.h"

/* ELF specification 1.2: section headers, symbols. */
enum { SHOFF_AT = 32, SHNUM_AT = 48, SECTION = 40, SYMTAB = 2, SYMBOL = 16 };

struct section {
    uint32_t type;
    uint32_t offset;
    uint32_t size;
    uint32_t link;
};

static struct section section_at(aw_bytes elf, uint32_t i)
{
    struct aw_rd head = aw_rd_at(elf, SHOFF_AT);
    struct aw_rd r = aw_rd_at(elf, aw_rd_le32(&head) + (size_t)i * SECTION);
    struct section s = {0};

    (void)aw_rd_le32(&r); /* name */
    s.type = aw_rd_le32(&r);
    (void)aw_rd_le32(&r); /* flags, address */
    (void)aw_rd_le32(&r);
    s.offset = aw_rd_le32(&r);
    s.size = aw_rd_le32(&r);
    s.link = aw_rd_le32(&r);
    ck_assert(!r.failed);
    return s;
}

static struct section symbols_of(aw_bytes elf)
{
    struct aw_rd r = aw_rd_at(elf, SHNUM_AT);
    uint32_t n = aw_rd_le16(&r);

    for (uint32_t i = 0; i < n; i++) {
        struct section s = section_at(elf, i);

        if (s.type == SYMTAB) {
            return s;
        }
    }
    ck_abort_msg("no symbols");
}

struct elf_symbol elf_symbol(aw_bytes elf, const char *name, unsigned nth)
{
    struct section table = symbols_of(elf);
    struct section names = section_at(elf, table.link);

    for (uint32_t at = 0; at < table.size; at += SYMBOL) {
        struct aw_rd r = aw_rd_at(elf, table.offset + at);
        struct aw_rd text = aw_rd_at(elf, names.offset + aw_rd_le32(&r));
        aw_bytes found = aw_rd_until(&text, 0);

        if (!aw_bytes_is(found, name) || nth-- > 0) {
            continue;
        }
        struct elf_symbol symbol = {.address = aw_rd_le32(&r)};

        symbol.size = aw_rd_le32(&r);
        return symbol;
    }
    ck_abort_msg("no symbol %s", name);
}
