/* SPDX-License-Identifier: Apache-2.0 */
/* Translation and its faults. */
#include "fw.h"

static uint32_t user_read(uint32_t a)
{
    return REG(a);
}

static uint32_t user_write(uint32_t a)
{
    REG(a) = 0x55;
    return a;
}

static void faulted(const char *name, bool data)
{
    check(name, data ? trapped(TRAP_DATA) : trapped(TRAP_PREFETCH));
    show("fsr", data ? last.dfsr : last.ifsr);
    show("far", data ? last.dfar : last.ifar);
    show("psr", last.psr & 0x1f);
    line();
    faults_clear();
}

static void read_faults(const char *name, uint32_t address)
{
    faults_clear();
    (void)REG(address);
    faulted(name, true);
}

static void write_faults(const char *name, uint32_t address)
{
    faults_clear();
    REG(address) = 1;
    faulted(name, true);
}

static void fetch_faults(const char *name, uint32_t address)
{
    faults_clear();
    jump(address);
    faulted(name, false);
}

static void user_faults(const char *name, uint32_t (*f)(uint32_t),
                        uint32_t address)
{
    faults_clear();
    (void)call_user(f, address);
    faulted(name, true);
}

static void check_permissions(void)
{
    REG(VA_PRIVILEGED) = 0xabcd;
    REG(VA_READ_ONLY) = 0x1234;
    user_faults("section, USR reads what is privileged", user_read,
                VA_PRIVILEGED);
    user_faults("section, USR writes what is privileged", user_write,
                VA_PRIVILEGED + 4);
    faults_clear();
    uint32_t got = call_user(user_read, VA_READ_ONLY);

    check("section, USR reads", trapped(0) && got == 0x1234);
    line();
    user_faults("section, USR writes what is read-only", user_write,
                VA_READ_ONLY + 8);
    user_faults("page, USR reads what is privileged", user_read,
                VA_PAGES + 0x1004);
    user_faults("page, USR writes what is read-only", user_write,
                VA_PAGES + 0x5004);
    write_faults("page, read-only for all", VA_PAGES + 0x3008);
    check("page, read-only for all, read", REG(VA_PAGES + 0x3008) == 0);
    line();
}

static void check_translation(void)
{
    read_faults("page missing", VA_PAGES + 0x2010);
    write_faults("page missing, write", VA_PAGES + 0x2014);
    read_faults("large page missing", VA_LARGE + 0x10020);
    read_faults("section missing", VA_MISSING + 0x30);
    write_faults("section missing, write", VA_MISSING + 0x34);
    read_faults("domain of a section", VA_DOMAIN + 0x20);
    write_faults("domain of a page", VA_DOMAIN_PAGES + 0x24);
    REG(VA_NEVER) = 0xe12fff1e; /* bx lr */
    fetch_faults("section not to be executed", VA_NEVER);
    REG(VA_PAGES + 0x4000) = 0xe12fff1e;
    fetch_faults("page not to be executed", VA_PAGES + 0x4000);
    fetch_faults("fetch, section missing", VA_MISSING + 0x100);
    fetch_faults("fetch, page missing", VA_PAGES + 0x2100);
}

static void check_aliases(void)
{
    REG(VA_TARGET) = 0x77aa;
    check("section elsewhere", REG(VA_ALIAS) == 0x77aa);
    line();
    REG(VA_ALIAS + 4) = 0x99;
    check("section elsewhere, store", REG(VA_TARGET + 4) == 0x99);
    line();
    REG(VA_TARGET + 0xfff8) = 0x4567;
    check("large page", REG(VA_LARGE + 0xfff8) == 0x4567);
    line();
    REG(VA_PRIVILEGED + 0x10) = 0x2468;
    check("supersection",
          REG(VA_SUPER + 0x10) == 0x2468 && REG(VA_SUPER + 0x300000) == 0x77aa);
    line();
}

void check_mmu(void)
{
    tables_build(table_secure);
    tables_build(table_nonsecure);
    mmu_on(table_secure);
    check("MMU on", (MRC(0, 1, 0, 0) & 1) == 1);
    line();
    check_permissions();
    check_translation();
    check_aliases();
}

static void set_sctlr(uint32_t bits, bool on)
{
    uint32_t sctlr = MRC(0, 1, 0, 0);

    MCR(0, 1, 0, 0, on ? sctlr | bits : sctlr & ~bits);
    ISB();
    MCR(0, 8, 7, 0, 0);
    DSB();
    ISB();
}

static void set_entry(uint32_t *entry, uint32_t value, uint32_t address)
{
    *entry = value;
    DSB();
    MCR(0, 8, 7, 1, address & 0xfffff000U);
    DSB();
    ISB();
}

static void check_domains(void)
{
    MCR(0, 3, 0, 0, 0xd); /* domain 1 is a manager */
    ISB();
    uint32_t *entry = &table_secure[VA_DOMAIN >> 20];
    uint32_t kept = *entry;

    set_entry(entry, kept & ~0x8c00U, VA_DOMAIN); /* no access at all */
    REG(VA_DOMAIN) = 0x31;
    check("manager of a domain", trapped(0) && REG(VA_DOMAIN) == 0x31);
    line();
    MCR(0, 3, 0, 0, 5); /* client */
    ISB();
    read_faults("the same as client", VA_DOMAIN);
    set_entry(entry, kept, VA_DOMAIN);
    MCR(0, 3, 0, 0, 1);
    ISB();
}

/* The upper half by the other table. */
static void check_second_table(void)
{
    MCR(0, 2, 0, 1, MRC(0, 2, 0, 0));
    MCR(0, 2, 0, 2, 1);
    ISB();
    MCR(0, 8, 7, 0, 0);
    DSB();
    ISB();
    check("TTBR1", REG(VA_TARGET) == 0x77aa && REG(VA_ALIAS) == 0x77aa);
    line();
    MCR(0, 2, 0, 2, 0x11); /* no walks by TTBR0 */
    ISB();
    MCR(0, 8, 7, 0, 0);
    DSB();
    ISB();
    faults_clear();
    (void)REG(VA_ALIAS);
    MCR(0, 2, 0, 2, 0); /* the UART, too, is in that half */
    ISB();
    MCR(0, 8, 7, 0, 0);
    DSB();
    ISB();
    faulted("TTBCR.PD0", true);
}

/* AP[0] is the access flag. */
static void check_access_flag(void)
{
    uint32_t *section = &table_secure[VA_TARGET >> 20];
    uint32_t kept = *section;
    uint32_t page = table_pages[0];

    set_sctlr(1U << 29, true);
    set_entry(section, kept & ~0x400U, VA_TARGET);
    read_faults("access flag of a section", VA_TARGET);
    set_entry(section, (kept & ~0x800U) | 0x400, VA_TARGET);
    user_faults("access flag set, PL1 only", user_write, VA_TARGET + 8);
    set_entry(&table_pages[0], page & ~0x10U, VA_PAGES);
    write_faults("access flag of a page", VA_PAGES + 4);
    set_entry(section, kept, VA_TARGET);
    set_entry(&table_pages[0], page, VA_PAGES);
    set_sctlr(1U << 29, false);
}

/* TEX remap with the values that mean the same as without. */
static void check_remap(void)
{
    MCR(0, 10, 2, 0, 0x00098aa4);
    MCR(0, 10, 2, 1, 0x44e048e0);
    set_sctlr(1U << 28, true);
    check("TEX remap", REG(VA_TARGET) == 0x77aa);
    line();
    set_sctlr(1U << 28, false);
}

void check_mmu_more(void)
{
    check_domains();
    check_second_table();
    check_access_flag();
    check_remap();
    read_faults("external abort", VA_ABSENT + 0x14);
    write_faults("external abort, write", VA_ABSENT + 0x18);
    read_faults("external abort of a walk", VA_HOLE_TABLE + 0x1000);
}

static void translated(const char *name, uint32_t par)
{
    check(name, true);
    show("par", (par & 1) != 0 ? par : par & 0xfffff000U);
    line();
}

static uint32_t translate(uint32_t op, uint32_t address)
{
    switch (op) {
    case 0:
        MCR(0, 7, 8, 0, address);
        break;
    case 1:
        MCR(0, 7, 8, 1, address);
        break;
    case 2:
        MCR(0, 7, 8, 2, address);
        break;
    case 3:
        MCR(0, 7, 8, 3, address);
        break;
    case 4:
        MCR(0, 7, 8, 4, address);
        break;
    default:
        MCR(0, 7, 8, 6, address);
        break;
    }
    ISB();
    return MRC(0, 7, 4, 0);
}

void check_translate(void)
{
    translated("translate PL1 read", translate(0, VA_ALIAS + 0x123));
    translated("translate PL1 write", translate(1, VA_PAGES + 0x3000));
    translated("translate PL0 read", translate(2, VA_PRIVILEGED));
    translated("translate PL0 write", translate(3, VA_READ_ONLY));
    translated("translate PL0 read, good", translate(2, VA_READ_ONLY));
    translated("translate, page missing", translate(0, VA_PAGES + 0x2000));
    translated("translate, section missing", translate(0, VA_MISSING));
    translated("translate, domain", translate(0, VA_DOMAIN));
    translated("translate for the other world",
               translate(4, VA_ALIAS + 0x1000));
}
