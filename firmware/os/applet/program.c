/* SPDX-License-Identifier: Apache-2.0 */
#include "os/applet/program.h"

#include <string.h>

#include "fw/abi.h"
#include "fw/cache.h"
#include "fw/dma.h"

/* ELF specification 1.2, program headers and notes. */
enum { TYPE_NOTE = 4, NOTE_HEADER = 12, NAME_SIZE = 4 /* "AW", padded */ };

static const struct load_window window = {SPACE_START, SPACE_SIZE};

static aw_err parse_note(aw_bytes note, uint32_t *stack, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(note);
    uint32_t name_size = aw_rd_le32(&r);
    uint32_t size = aw_rd_le32(&r);
    uint32_t type = aw_rd_le32(&r);
    aw_bytes name = aw_rd_take(&r, NAME_SIZE);
    uint32_t number = aw_rd_le32(&r);
    uint32_t wanted = aw_rd_le32(&r);

    if (r.failed || aw_rd_left(&r) != 0 || name_size != 3 || size != 8 ||
        type != ABI_NOTE_TYPE ||
        !aw_bytes_equal(name, (aw_bytes){(const uint8_t *)"AW\0\0", 4})) {
        return aw_fail(diag, AW_ERR_FORMAT, "applet: note", note.n);
    }
    if (number != ABI_NUMBER) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "applet: interface", number);
    }
    if (wanted < PROGRAM_STACK_MIN || wanted > PROGRAM_STACK_MAX ||
        wanted % SPACE_PAGE != 0) {
        return aw_fail(diag, AW_ERR_RANGE, "applet: stack size", wanted);
    }
    *stack = wanted;
    return AW_OK;
}

/* The bytes of program header i when it is a note's. */
static aw_err note_at(const struct aw_elf *elf, size_t i, aw_bytes *note,
                      struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_at(elf->bytes, elf->table + i * elf->stride);
    uint32_t type = aw_rd_le32(&r);
    uint32_t offset = aw_rd_le32(&r);

    (void)aw_rd_le32(&r); /* addresses: it is read from the file */
    (void)aw_rd_le32(&r);
    uint32_t size = aw_rd_le32(&r);

    if (r.failed || type != TYPE_NOTE) {
        return AW_ERR_NOT_FOUND;
    }
    return aw_slice(elf->bytes, offset, size, note)
               ? AW_OK
               : aw_fail(diag, AW_ERR_SHORT, "applet: note", i);
}

static aw_err find_note(aw_bytes bytes, aw_bytes *note, struct aw_diag *diag)
{
    struct aw_elf elf;
    bool found = false;
    aw_err err = aw_elf_open(bytes, &elf, diag);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < elf.n; i++) {
        aw_bytes here = {0};

        err = note_at(&elf, i, &here, diag);
        if (err == AW_ERR_NOT_FOUND) {
            continue;
        }
        if (err == AW_OK && found) {
            err = aw_fail(diag, AW_ERR_DUPLICATE, "applet: note", i);
        }
        if (err != AW_OK) {
            return err;
        }
        *note = here;
        found = true;
    }
    return found ? AW_OK
                 : aw_fail(diag, AW_ERR_NOT_FOUND, "applet: no note", 0);
}

aw_err program_check(aw_bytes bytes, struct program *program,
                     struct aw_diag *diag)
{
    struct program p = {.stack = 0};
    aw_bytes note = {0};
    aw_err err = load_check(bytes, &window, &p.plan, diag);

    for (size_t i = 0; err == AW_OK && i < p.plan.n; i++) {
        if (p.plan.segment[i].address % SPACE_PAGE != 0) {
            err = aw_fail(diag, AW_ERR_RANGE, "applet: segment inside a page",
                          p.plan.segment[i].address);
        }
    }
    if (err == AW_OK) {
        err = find_note(bytes, &note, diag);
    }
    if (err == AW_OK) {
        err = parse_note(note, &p.stack, diag);
    }
    if (err == AW_OK) {
        *program = p;
    }
    return err;
}

/* Whole pages of a segment. load_check has bounded its end by the window's. */
static uint32_t pages_of(const struct aw_elf_segment *s)
{
    return (s->size + SPACE_PAGE - 1) & ~(uint32_t)(SPACE_PAGE - 1);
}

static enum mmu_kind kind_of(const struct aw_elf_segment *s)
{
    if ((s->flags & AW_ELF_EXECUTE) != 0) {
        return MMU_USER_CODE;
    }
    return (s->flags & AW_ELF_WRITE) != 0 ? MMU_USER_DATA : MMU_USER_CONST;
}

aw_err program_map(const struct program *program, struct space *space)
{
    const struct space_region stack = {SPACE_START + SPACE_SIZE -
                                           program->stack,
                                       program->stack, MMU_USER_DATA};
    /* Taken while the segments are added, so that none can have it. */
    const struct space_region guard = {stack.start - SPACE_PAGE, SPACE_PAGE,
                                       MMU_NONE};
    aw_err err = AW_OK;

    space_init(space);
    err = space_add(space, &guard);
    if (err == AW_OK) {
        err = space_add(space, &stack);
    }
    for (size_t i = 0; err == AW_OK && i < program->plan.n; i++) {
        const struct aw_elf_segment *s = &program->plan.segment[i];
        const struct space_region r = {s->address, pages_of(s), kind_of(s)};

        err = space_add(space, &r);
    }
    return err;
}

void program_load(const struct program *program, const struct space *space)
{
    for (size_t i = 0; i < space->n; i++) {
        const struct space_region *r = &space->region[i];

        if (r->kind != MMU_NONE) {
            memset(dma_pointer(r->start + space->offset), 0, r->size);
        }
    }
    for (size_t i = 0; i < program->plan.n; i++) {
        const struct aw_elf_segment *s = &program->plan.segment[i];
        uint8_t *to = dma_pointer(s->address + space->offset);

        if (s->bytes.n > 0) {
            memcpy(to, s->bytes.p, s->bytes.n);
        }
        if ((s->flags & AW_ELF_EXECUTE) != 0) {
            cache_code(to, s->size);
        }
    }
}
