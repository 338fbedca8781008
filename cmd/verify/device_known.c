/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/sha256.h"
#include "verify/device_part.h"

/*
 * Where an ELF file in a slot ends: nothing on the medium says how long it
 * is. Linkers differ in what they put last (section table, a section, a
 * segment), so the end is the furthest of all. A wrong guess names nothing.
 */
enum {
    ELF_HEADER = 52,
    ELF_TABLE_MAX = 64 * 1024, /* bytes of either table */
    SHT_NOBITS = 8
};

/* Bytes at the start of a slot that may hold an ELF file. */
struct elf_slot {
    struct device_audit *audit;
    uint64_t from;
    uint64_t room; /* bytes that the medium has there */
    uint64_t end;  /* relative to from; 0: no ELF file */
};

/* Layout of a table: which words say where an entry's bytes are. */
struct elf_table {
    uint64_t at;
    uint64_t entry;
    uint64_t n;
    size_t offset_at;
    size_t size_at;
    bool sections;
};

static void reach(struct elf_slot *e, uint64_t end)
{
    if (end > e->end) {
        e->end = end;
    }
}

static uint32_t word(aw_bytes b, size_t at)
{
    struct aw_rd r = aw_rd_at(b, at);

    return aw_rd_le32(&r);
}

static void take_entries(struct elf_slot *e, const struct elf_table *t,
                         aw_bytes bytes)
{
    for (uint64_t i = 0; i < t->n; i++) {
        aw_bytes entry = {0};

        if (!aw_slice(bytes, (size_t)(i * t->entry), (size_t)t->entry,
                      &entry) ||
            (t->sections && word(entry, 4) == SHT_NOBITS)) {
            continue;
        }
        uint64_t size = word(entry, t->size_at);

        reach(e, size == 0 ? 0 : word(entry, t->offset_at) + size);
    }
}

static aw_err take_table(struct elf_slot *e, const struct elf_table *t,
                         struct aw_diag *diag)
{
    uint8_t *buf = e->audit->step;
    uint64_t n = t->entry * t->n;

    if (n == 0 || n > ELF_TABLE_MAX || t->at > e->room || n > e->room - t->at) {
        return AW_OK;
    }
    aw_err err = device_read(e->audit, e->from + t->at, buf, n, diag);

    if (err == AW_OK) {
        reach(e, t->at + n);
        take_entries(e, t, (aw_bytes){buf, (size_t)n});
    }
    return err;
}

static aw_err elf_measure(struct elf_slot *e, struct aw_diag *diag)
{
    static const uint8_t magic[] = {0x7f, 'E', 'L', 'F', 1, 1};
    uint8_t header[ELF_HEADER];

    if (e->room < sizeof(header)) {
        return AW_OK;
    }
    aw_err err = device_read(e->audit, e->from, header, sizeof(header), diag);

    if (err != AW_OK || memcmp(header, magic, sizeof(magic)) != 0) {
        return err;
    }
    struct aw_rd r = aw_rd_at((aw_bytes){header, sizeof(header)}, 28);
    struct elf_table segments = {.offset_at = 4, .size_at = 16};
    struct elf_table sections = {
        .offset_at = 16, .size_at = 20, .sections = true};

    segments.at = aw_rd_le32(&r);
    sections.at = aw_rd_le32(&r);
    (void)aw_rd_le32(&r); /* flags */
    (void)aw_rd_le16(&r); /* size of this header */
    segments.entry = aw_rd_le16(&r);
    segments.n = aw_rd_le16(&r);
    sections.entry = aw_rd_le16(&r);
    sections.n = aw_rd_le16(&r);
    err = take_table(e, &segments, diag);
    return err == AW_OK ? take_table(e, &sections, diag) : err;
}

const struct device_known *
device_known_digest(const struct device_audit *audit,
                    const uint8_t digest[AW_SHA256_SIZE])
{
    for (size_t i = 0; i < audit->n_known; i++) {
        if (memcmp(audit->known[i].firmware_sha256, digest, AW_SHA256_SIZE) ==
            0) {
            return &audit->known[i];
        }
    }
    return NULL;
}

aw_err device_known_at(struct device_audit *audit,
                       const struct aw_emmc_region *slot,
                       const struct device_known **known, uint64_t *end,
                       struct aw_diag *diag)
{
    struct elf_slot e = {.audit = audit, .from = aw_emmc_offset(slot)};
    uint64_t size = audit->medium->size;
    uint8_t digest[AW_SHA256_SIZE];

    *known = NULL;
    if (audit->n_known == 0 || e.from >= size) {
        return AW_OK;
    }
    e.room = size - e.from;
    e.room = e.room < AW_FIRMWARE_MAX ? e.room : AW_FIRMWARE_MAX;
    aw_err err = elf_measure(&e, diag);

    if (err != AW_OK || e.end == 0 || e.end > e.room) {
        return err;
    }
    uint8_t *image = aw_alloc((size_t)e.end, 1);

    err = device_read(audit, e.from, image, e.end, diag);
    if (err == AW_OK) {
        aw_sha256((aw_bytes){image, (size_t)e.end}, digest);
        *known = device_known_digest(audit, digest);
        *end = e.from + e.end;
    }
    free(image);
    return err;
}
