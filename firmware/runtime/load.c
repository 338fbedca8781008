/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/load.h"

/* ELF specification 1.2; ARM IHI 0044: e_flags. */
enum {
    IDENT_VERSION_AT = 6,
    HEADER_VERSION_AT = 20,
    FLAGS_AT = 36,
    HEADER_SIZE = 52,
    PROGRAM_HEADER_SIZE = 32,
    TYPE_DYNAMIC = 2,
    TYPE_INTERPRETER = 3
};
#define ABI_MASK UINT32_C(0xff000000)
#define ABI_5    UINT32_C(0x05000000)

/* What aw_elf_open leaves to those who execute the file. */
static aw_err check_header(const struct aw_elf *elf, struct aw_diag *diag)
{
    struct aw_rd ident = aw_rd_at(elf->bytes, IDENT_VERSION_AT);
    struct aw_rd version = aw_rd_at(elf->bytes, HEADER_VERSION_AT);
    struct aw_rd r = aw_rd_at(elf->bytes, FLAGS_AT);
    uint32_t flags = aw_rd_le32(&r);
    uint16_t size = aw_rd_le16(&r);

    if (aw_rd_u8(&ident) != 1 || aw_rd_le32(&version) != 1) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "elf: version", 0);
    }
    if ((flags & ABI_MASK) != ABI_5) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "elf: ABI", flags);
    }
    if (size != HEADER_SIZE || elf->stride != PROGRAM_HEADER_SIZE) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "elf: header size", size);
    }
    return AW_OK;
}

/* Nobody here relocates a program or runs another one to load it. */
static aw_err check_type(const struct aw_elf *elf, size_t i,
                         struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_at(elf->bytes, elf->table + i * elf->stride);
    uint32_t type = aw_rd_le32(&r);

    return type == TYPE_DYNAMIC || type == TYPE_INTERPRETER
               ? aw_fail(diag, AW_ERR_UNSUPPORTED, "elf: dynamic", i)
               : AW_OK;
}

static aw_err check_segment(const struct aw_elf_segment *s,
                            const struct load_window *window,
                            struct aw_diag *diag)
{
    /* Differences, so that nothing wraps. */
    if (s->address < window->start || s->size > window->size ||
        s->address - window->start > window->size - s->size) {
        return aw_fail(diag, AW_ERR_RANGE, "elf: segment outside its window",
                       s->address);
    }
    if (s->linked != s->address) {
        return aw_fail(diag, AW_ERR_RANGE, "elf: segment linked elsewhere",
                       s->linked);
    }
    if ((s->flags & AW_ELF_READ) == 0) {
        return aw_fail(diag, AW_ERR_POLICY, "elf: segment not readable",
                       s->address);
    }
    if ((s->flags & AW_ELF_WRITE) != 0 && (s->flags & AW_ELF_EXECUTE) != 0) {
        return aw_fail(diag, AW_ERR_POLICY, "elf: writable code", s->address);
    }
    return AW_OK;
}

static aw_err check_overlap(const struct load_plan *plan,
                            const struct aw_elf_segment *s,
                            struct aw_diag *diag)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct aw_elf_segment *other = &plan->segment[i];

        if (s->address - other->address < other->size ||
            other->address - s->address < s->size) {
            return aw_fail(diag, AW_ERR_RANGE, "elf: segments overlap",
                           s->address);
        }
    }
    return AW_OK;
}

static aw_err check_entry(const struct load_plan *plan, struct aw_diag *diag)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct aw_elf_segment *s = &plan->segment[i];

        if ((s->flags & AW_ELF_EXECUTE) != 0 && plan->entry >= s->address &&
            plan->entry - s->address < s->bytes.n && plan->entry % 4 == 0) {
            return AW_OK;
        }
    }
    return aw_fail(diag, AW_ERR_RANGE, "elf: entry", plan->entry);
}

static aw_err add_segment(const struct aw_elf *elf, size_t i,
                          const struct load_window *window,
                          struct load_plan *plan, struct aw_diag *diag)
{
    struct aw_elf_segment s;
    aw_err err = check_type(elf, i, diag);

    if (err == AW_OK) {
        err = aw_elf_segment(elf, i, &s, diag);
    }
    if (err != AW_OK) {
        return err == AW_ERR_NOT_FOUND ? AW_OK : err;
    }
    err = check_segment(&s, window, diag);
    if (err == AW_OK) {
        err = check_overlap(plan, &s, diag);
    }
    if (err == AW_OK) {
        plan->segment[plan->n++] = s;
    }
    return err;
}

aw_err load_check(aw_bytes bytes, const struct load_window *window,
                  struct load_plan *plan, struct aw_diag *diag)
{
    struct aw_elf elf;
    struct load_plan p = {0};
    aw_err err = aw_elf_open(bytes, &elf, diag);

    if (err == AW_OK) {
        err = check_header(&elf, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    p.entry = elf.entry;
    for (size_t i = 0; i < elf.n && err == AW_OK; i++) {
        err = add_segment(&elf, i, window, &p, diag);
    }
    if (err == AW_OK && p.n == 0) {
        err = aw_fail(diag, AW_ERR_NOT_FOUND, "elf: nothing to load", elf.n);
    }
    if (err == AW_OK) {
        err = check_entry(&p, diag);
    }
    if (err == AW_OK) {
        *plan = p;
    }
    return err;
}
