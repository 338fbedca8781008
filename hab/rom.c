/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/rom.h"

#include <string.h>

#include "rom_priv.h"

enum { KIND_MEMORY = 0x0f, KIND_ASSERT = 0x00, ENTRY_SIZE = 4 };

void rom_event(struct aw_rom *rom, uint8_t reason, uint8_t context,
               aw_bytes data)
{
    struct aw_hab_event e = {
        .version = AW_HAB_EVENT_VERSION,
        .status = AW_HAB_FAILURE,
        .reason = reason,
        .context = context,
        .data = data,
    };
    struct aw_rom_log *log = &rom->log;
    struct aw_wr w = {.p = log->bytes, .cap = sizeof(log->bytes), .n = log->n};

    log->events++;
    aw_hab_event_write(&e, &w);
    aw_wr_zeros(&w, (4 - w.n % 4) % 4);
    if (w.failed) {
        log->full = true;
        return;
    }
    log->n = w.n;
}

/* Event about a region: kind, address, length. */
static void region_event(struct aw_rom *rom, uint8_t reason, uint8_t context,
                         uint32_t kind, const struct aw_csf_block *region)
{
    uint8_t data[12];
    struct aw_wr w = aw_wr_init(data, sizeof(data));

    aw_wr_be32(&w, kind);
    aw_wr_be32(&w, region->start);
    aw_wr_be32(&w, region->length);
    rom_event(rom, reason, context, aw_wr_done(&w));
}

/* Where an image may be loaded, and a DCD sent: free OCRAM and DDR. */
static bool may_load(uint32_t start, uint32_t length)
{
    static const struct aw_hab_range targets[] = {
        {0x00907000, 0x00917ffb},
        {0x80000000, 0xffffffff},
    };

    return length > 0 &&
           aw_hab_range_has(targets, sizeof(targets) / sizeof(targets[0]),
                            start, length);
}

static void pointer_event(struct aw_rom *rom)
{
    rom_event(rom, AW_HAB_INV_ADDRESS, AW_HAB_CTX_AUTHENTICATE,
              (aw_bytes){NULL, 0});
}

void aw_rom_start(struct aw_rom *rom, const struct aw_rom_fuses *fuses)
{
    memset(rom, 0, sizeof(*rom));
    rom->fuses = *fuses;
}

/* A failure that ends the run where the part is closed. */
static void dcd_failed(struct aw_rom *rom)
{
    if (rom->fuses.closed) {
        rom->stopped = true;
    }
}

void aw_rom_dcd(struct aw_rom *rom, aw_bytes dcd, uint32_t address, bool sent,
                const struct aw_dcd_bus *bus)
{
    struct aw_dcd_fault fault = {0};
    struct aw_rd r;

    if (rom->stopped) {
        return;
    }
    /* Its length is known as soon as its header is good, and is asserted
     * whatever becomes of its commands. */
    if (aw_dcd_open(dcd, &r, NULL) == AW_OK) {
        struct aw_csf_block block = {address, (uint32_t)r.b.n};

        *(sent ? &rom->sent_dcd : &rom->image_dcd) = block;
        if (sent && !may_load(block.start, block.length)) {
            region_event(rom, AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET,
                         KIND_MEMORY, &block);
            dcd_failed(rom);
            return;
        }
    }
    if (aw_dcd_run(dcd, aw_dcd_ranges, aw_dcd_ranges_n, bus, &fault) != AW_OK) {
        rom_event(rom, fault.reason, fault.context, fault.data);
        dcd_failed(rom);
    }
}

void aw_rom_ivt(struct aw_rom *rom, aw_bytes first)
{
    if (rom->stopped) {
        return;
    }
    if (aw_ivt_parse(first, &rom->ivt, NULL) != AW_OK) {
        rom_event(rom, AW_HAB_INV_IVT, AW_HAB_CTX_AUTHENTICATE,
                  (aw_bytes){NULL, 0});
        rom->stopped = true;
        return;
    }
    if (rom->ivt.entry == 0 || rom->ivt.self == 0) {
        pointer_event(rom);
        rom->stopped = true;
    }
}

void aw_rom_image_dcd(struct aw_rom *rom, aw_bytes first,
                      const struct aw_dcd_bus *bus)
{
    size_t off = 0;

    if (rom->stopped || rom->ivt.dcd == 0) {
        return;
    }
    struct aw_rd r = aw_rd_init(first);

    if (aw_ivt_offset(&rom->ivt, rom->ivt.dcd, &off, NULL) == AW_OK) {
        r = aw_rd_at(first, off);
    } else {
        r.failed = true;
    }
    if (r.failed || aw_rd_left(&r) < AW_DCD_HEADER) {
        pointer_event(rom);
        dcd_failed(rom);
        return;
    }
    aw_rom_dcd(rom, aw_rd_rest(&r), rom->ivt.dcd, false, bus);
}

void aw_rom_load(struct aw_rom *rom, aw_bytes image, bool medium)
{
    struct aw_boot_data boot;

    if (rom->stopped) {
        return;
    }
    if (aw_boot_data_parse(image, &rom->ivt, &boot, NULL) != AW_OK) {
        pointer_event(rom);
        return;
    }
    rom->boot = boot;
    if (!may_load(boot.start, boot.length)) {
        struct aw_csf_block region = {boot.start, boot.length};

        region_event(rom, AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET, KIND_MEMORY,
                     &region);
        return;
    }
    /* The IVT that was read has to be the one that lies at `self`. */
    if (medium && (rom->ivt.self < boot.start ||
                   rom->ivt.self - boot.start != AW_IVT_MEDIUM)) {
        pointer_event(rom);
        return;
    }
    rom->loaded = true;
}

bool memory_range(const struct memory *memory, uint32_t address,
                  uint32_t length, aw_bytes *out)
{
    for (size_t i = 0; i < memory->n; i++) {
        const struct aw_hab_region *region = &memory->region[i];

        if (address >= region->address &&
            aw_slice(region->bytes, address - region->address, length, out)) {
            return true;
        }
    }
    return false;
}

aw_bytes memory_from(const struct memory *memory, uint32_t address)
{
    for (size_t i = 0; i < memory->n; i++) {
        const struct aw_hab_region *region = &memory->region[i];

        if (address >= region->address &&
            address - region->address < region->bytes.n) {
            struct aw_rd r = aw_rd_at(region->bytes, address - region->address);

            return aw_rd_rest(&r);
        }
    }
    return (aw_bytes){NULL, 0};
}

bool aw_rom_covers(const struct aw_rom *rom, uint32_t start, uint32_t length)
{
    for (size_t i = 0; i < rom->n_blocks; i++) {
        const struct aw_csf_block *b = &rom->block[i];

        if (start >= b->start && start - b->start <= b->length &&
            length <= b->length - (start - b->start)) {
            return true;
        }
    }
    return false;
}

static void assert_covered(struct aw_rom *rom, uint32_t start, uint32_t length)
{
    struct aw_csf_block region = {start, length};

    if (!aw_rom_covers(rom, start, length)) {
        region_event(rom, AW_HAB_INV_ASSERTION, AW_HAB_CTX_ASSERT, KIND_ASSERT,
                     &region);
    }
}

void aw_rom_authenticate(struct aw_rom *rom, const struct aw_hab_region *memory,
                         size_t n)
{
    const struct memory all = {memory, n};
    uint32_t csf = rom->ivt.csf;

    if (rom->stopped) {
        return;
    }
    if (rom->loaded && csf >= rom->boot.start &&
        csf - rom->boot.start < rom->boot.length &&
        memory_from(&all, csf).n > 0) {
        rom_csf(rom, &all, csf);
    } else {
        pointer_event(rom);
    }
    assert_covered(rom, rom->ivt.self, AW_IVT_SIZE);
    if (rom->image_dcd.length > 0) {
        assert_covered(rom, rom->image_dcd.start, rom->image_dcd.length);
    }
    assert_covered(rom, rom->ivt.boot_data, 1);
    assert_covered(rom, rom->ivt.entry, ENTRY_SIZE);
    if (rom->sent_dcd.length > 0) {
        assert_covered(rom, rom->sent_dcd.start, rom->sent_dcd.length);
    }
}

bool aw_rom_boots(const struct aw_rom *rom)
{
    if (rom->stopped || !rom->loaded) {
        return false;
    }
    return !rom->fuses.closed || (rom->csf_verified && rom->log.events == 0);
}

aw_bytes aw_rom_events(const struct aw_rom *rom)
{
    return (aw_bytes){rom->log.bytes, rom->log.n};
}

/* Cuts a part of the file where the boot data ends it. */
static aw_bytes loaded_part(aw_bytes part, size_t *room)
{
    part.n = part.n < *room ? part.n : *room;
    *room -= part.n;
    return part;
}

void aw_hab_rom_verify(const struct aw_rom_input *in,
                       const struct aw_rom_fuses *fuses, struct aw_rom *rom)
{
    struct aw_hab_region memory[3] = {{0}};
    aw_bytes first = in->file;
    size_t room = SIZE_MAX;

    aw_rom_start(rom, fuses);
    if (in->serial && in->dcd.n > 0) {
        aw_rom_dcd(rom, in->dcd, in->dcd_address, true, NULL);
    }
    aw_rom_ivt(rom, first);
    if (!in->serial && first.n > AW_ROM_FIRST - AW_IVT_MEDIUM) {
        first.n = AW_ROM_FIRST - AW_IVT_MEDIUM;
    }
    aw_rom_image_dcd(rom, first, NULL);
    aw_rom_load(rom, in->file, !in->serial);
    if (!in->serial) {
        /* No more than the boot data says gets into memory. */
        room = rom->boot.length < AW_IVT_MEDIUM
                   ? 0
                   : rom->boot.length - AW_IVT_MEDIUM;
    }
    memory[0].address = rom->ivt.self;
    memory[0].bytes = loaded_part(in->file, &room);
    memory[1].address = rom->ivt.self + (uint32_t)memory[0].bytes.n;
    memory[1].bytes = loaded_part(in->csf, &room);
    memory[2] = (struct aw_hab_region){in->dcd_address, in->dcd};
    aw_rom_authenticate(rom, memory, in->serial ? 3 : 2);
}
