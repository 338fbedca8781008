/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/elf.h"

enum {
    CLASS_32 = 1,
    LITTLE_ENDIAN = 1,
    TYPE_EXECUTABLE = 2,
    MACHINE_ARM = 40,
    TYPE_LOAD = 1,
    IDENT_SIZE = 16,
    PROGRAM_HEADER = 32
};

aw_err aw_elf_open(aw_bytes bytes, struct aw_elf *elf, struct aw_diag *diag)
{
    struct aw_elf e = {.bytes = bytes};
    struct aw_rd r = aw_rd_init(bytes);
    uint32_t magic = aw_rd_be32(&r);
    uint8_t class = aw_rd_u8(&r);
    uint8_t order = aw_rd_u8(&r);

    (void)aw_rd_take(&r, IDENT_SIZE - 6);
    uint16_t type = aw_rd_le16(&r);
    uint16_t machine = aw_rd_le16(&r);

    (void)aw_rd_le32(&r); /* version */
    e.entry = aw_rd_le32(&r);
    e.table = aw_rd_le32(&r);
    (void)aw_rd_take(&r, 10); /* section table, flags, header size */
    e.stride = aw_rd_le16(&r);
    e.n = aw_rd_le16(&r);
    if (bytes.n >= 4 && magic != 0x7f454c46) {
        return aw_fail(diag, AW_ERR_FORMAT, "elf: magic", magic);
    }
    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "elf: header", bytes.n);
    }
    if (class != CLASS_32 || order != LITTLE_ENDIAN ||
        type != TYPE_EXECUTABLE || machine != MACHINE_ARM) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED,
                       "elf: not an executable of 32-bit ARM", machine);
    }
    if (e.n > AW_ELF_SEGMENTS_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "elf: program headers", e.n);
    }
    if (e.n > 0 && e.stride < PROGRAM_HEADER) {
        return aw_fail(diag, AW_ERR_FORMAT, "elf: program header size",
                       e.stride);
    }
    aw_bytes table = {NULL, 0};

    if (!aw_slice(bytes, e.table, (size_t)e.stride * e.n, &table)) {
        return aw_fail(diag, AW_ERR_SHORT, "elf: program headers", e.table);
    }
    *elf = e;
    return AW_OK;
}

aw_err aw_elf_segment(const struct aw_elf *elf, size_t i,
                      struct aw_elf_segment *segment, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_at(elf->bytes, elf->table + i * elf->stride);
    uint32_t type = aw_rd_le32(&r);
    uint32_t offset = aw_rd_le32(&r);
    struct aw_elf_segment s = {0};

    s.linked = aw_rd_le32(&r);
    s.address = aw_rd_le32(&r);
    uint32_t file_size = aw_rd_le32(&r);

    s.size = aw_rd_le32(&r);
    s.flags = aw_rd_le32(&r);
    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "elf: program header", i);
    }
    if (type != TYPE_LOAD || s.size == 0) {
        return AW_ERR_NOT_FOUND;
    }
    if (file_size > s.size || s.size - 1 > UINT32_MAX - s.address) {
        return aw_fail(diag, AW_ERR_RANGE, "elf: segment", i);
    }
    if (!aw_slice(elf->bytes, offset, file_size, &s.bytes)) {
        return aw_fail(diag, AW_ERR_SHORT, "elf: segment", i);
    }
    *segment = s;
    return AW_OK;
}
