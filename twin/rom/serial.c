/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/rom_priv.h"

/* Serial download: what the ROM does with the commands of a host. */
enum {
    JUMP_MS = 200, /* from the answer to the start of the image */
    MS_PER_S = 1000,
    BITS_PER_BYTE = 8
};

#define WORD(reason, context) \
    (AW_HAB_FAILURE | (uint32_t)(reason) << 8 | (uint32_t)(context) << 16)

/* Reading on a closed part: what a DCD may write, and HAB's log, by which a
 * refused boot is explained. */
static const struct aw_hab_range log_range = {
    AW_HAB_LOG_ADDRESS, AW_HAB_LOG_ADDRESS + AW_HAB_LOG_SIZE - 1};

/* OCRAM that the ROM itself uses. */
static const struct aw_hab_range own_ranges[] = {{0x00900000, 0x00906fff},
                                                 {0x00917ffc, 0x0091ffff}};

static uint32_t refuse(struct tw_rom *rom, uint32_t word)
{
    rom->status = word;
    return word;
}

static bool closed(void *ctx)
{
    const struct tw_rom *rom = ctx;

    return tw_rom_closed(rom);
}

static uint32_t status(void *ctx)
{
    const struct tw_rom *rom = ctx;

    return rom->status;
}

static struct tw_access access_of(uint32_t address, uint8_t format, bool write)
{
    return (struct tw_access){
        .address = address,
        .size = (uint8_t)(format / BITS_PER_BYTE),
        .write = write,
        .secure = true,
        .privileged = true,
        .master = TW_ROM,
    };
}

static bool good_format(const struct aw_sdp_request *request)
{
    uint32_t width = request->format / (uint32_t)BITS_PER_BYTE;

    return (request->format == 8 || request->format == 16 ||
            request->format == 32) &&
           request->address % width == 0;
}

/* Something is there, from the first byte to the last? */
static bool answers(const struct tw_rom *rom,
                    const struct aw_sdp_request *request)
{
    for (uint32_t i = 0; i < rom->bus->count; i++) {
        const struct tw_region *r = &rom->bus->regions[i];

        if (request->address >= r->base &&
            request->address - r->base < r->size &&
            request->count <= r->size - (request->address - r->base)) {
            return true;
        }
    }
    return false;
}

/* Memory that takes data now: DDR does only after it was set up. */
static bool takes_data(struct tw_rom *rom, const struct aw_sdp_request *request)
{
    struct tw_access how = access_of(request->address, 8, true);
    struct tw_page page;

    if (tw_rom_memory_at(rom, request->address).n < request->count ||
        !tw_bus_page(rom->bus, &how, &page)) {
        return false;
    }
    how.address += request->count - 1;
    return tw_bus_page(rom->bus, &how, &page);
}

static uint32_t may_read(void *ctx, const struct aw_sdp_request *request)
{
    struct tw_rom *rom = ctx;
    bool allowed =
        !tw_rom_closed(rom) ||
        aw_hab_range_has(aw_dcd_ranges, aw_dcd_ranges_n, request->address,
                         request->count) ||
        aw_hab_range_has(&log_range, 1, request->address, request->count);

    if (request->count == 0) {
        return AW_SDP_NO_FAILURE;
    }
    if (tw_rom_config(rom, TW_FUSE_SDP_READ_DISABLE) || !allowed ||
        !good_format(request) || !answers(rom, request)) {
        return refuse(rom, WORD(AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET));
    }
    return AW_SDP_NO_FAILURE;
}

static void read_part(void *ctx, uint32_t address, uint8_t format, uint8_t *to,
                      size_t n)
{
    struct tw_rom *rom = ctx;
    struct tw_access how = access_of(address, format, false);

    for (size_t at = 0; at < n; at += how.size) {
        uint32_t value = 0;

        how.address = address + (uint32_t)at;
        (void)tw_bus_read(rom->bus, &how, &value);
        for (size_t i = 0; i < how.size && at + i < n; i++) {
            to[at + i] = (uint8_t)(value >> (BITS_PER_BYTE * i) & 0xffU);
        }
    }
}

static uint32_t write_register(void *ctx, const struct aw_sdp_request *request)
{
    struct tw_rom *rom = ctx;
    const struct tw_access how =
        access_of(request->address, request->format, true);
    uint32_t wrong = WORD(AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET);

    if (!good_format(request) ||
        (tw_rom_closed(rom) && !aw_hab_range_has(aw_dcd_ranges, aw_dcd_ranges_n,
                                                 request->address, how.size))) {
        return refuse(rom, wrong);
    }
    return tw_bus_write(rom->bus, &how, request->data) ? AW_SDP_NO_FAILURE
                                                       : refuse(rom, wrong);
}

/* Touches what the ROM works with? */
static bool own(const struct aw_sdp_request *request)
{
    uint32_t last = request->address + (request->count - 1);

    for (size_t i = 0; i < sizeof(own_ranges) / sizeof(own_ranges[0]); i++) {
        if (request->address <= own_ranges[i].last &&
            last >= own_ranges[i].first) {
            return true;
        }
    }
    return false;
}

static uint32_t may_store(void *ctx, const struct aw_sdp_request *request)
{
    struct tw_rom *rom = ctx;
    uint32_t wrong = WORD(AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET);

    if (own(request) || !takes_data(rom, request)) {
        return refuse(rom, wrong);
    }
    if (request->type == AW_SDP_DCD_WRITE && request->count > AW_DCD_MAX) {
        return refuse(rom, WORD(AW_HAB_INV_DCD, AW_HAB_CTX_DCD));
    }
    return AW_SDP_NO_FAILURE;
}

static void store(void *ctx, uint32_t address, aw_bytes bytes)
{
    struct tw_rom *rom = ctx;

    (void)tw_dma_write(rom->bus, TW_ROM, address, bytes.p, bytes.n);
}

/* Word of the first event behind an offset of HAB's log; success if none. */
static uint32_t first_event(const struct tw_rom *rom, size_t at)
{
    struct aw_hab_record record;

    if (aw_hab_log_next(aw_rom_events(&rom->hab), &at, &record, NULL) !=
        AW_OK) {
        return AW_SDP_NO_FAILURE;
    }
    return aw_sdp_word(record.bytes.p + AW_SDP_WORD);
}

/* A closed part runs one DCD in its life between two resets. */
static uint32_t run_dcd(struct tw_rom *rom,
                        const struct aw_sdp_request *request)
{
    struct aw_dcd_bus bus = tw_rom_dcd_bus(rom);
    aw_bytes dcd = tw_rom_memory_at(rom, request->address);

    if (rom->dcd_done && tw_rom_closed(rom)) {
        return refuse(rom, WORD(AW_HAB_INV_CALL, AW_HAB_CTX_DCD));
    }
    if (!tw_rom_closed(rom)) {
        tw_rom_attempt(rom);
    }
    rom->dcd_done = true;
    size_t before = rom->hab.log.n;

    dcd.n = dcd.n < request->count ? dcd.n : request->count;
    aw_rom_dcd(&rom->hab, dcd, request->address, true, &bus);
    uint32_t word = first_event(rom, before);

    tw_rom_settle(rom);
    return word == AW_SDP_NO_FAILURE ? word : refuse(rom, word);
}

static uint32_t stored(void *ctx, const struct aw_sdp_request *request)
{
    struct tw_rom *rom = ctx;

    return request->type == AW_SDP_DCD_WRITE ? run_dcd(rom, request)
                                             : AW_SDP_NO_FAILURE;
}

static uint32_t skip_dcd(void *ctx)
{
    struct tw_rom *rom = ctx;

    rom->skip_dcd = true;
    return AW_SDP_NO_FAILURE;
}

/* An open part may be asked again and again. What a DCD did stays. */
static void next_attempt(struct tw_rom *rom)
{
    struct aw_csf_block sent = rom->hab.sent_dcd;

    if (tw_rom_closed(rom)) {
        return;
    }
    tw_rom_attempt(rom);
    rom->hab.sent_dcd = sent;
}

/* The image lies in memory: HAB judges it there. */
static void judge(struct tw_rom *rom, uint32_t address)
{
    struct aw_dcd_bus bus = tw_rom_dcd_bus(rom);
    struct aw_hab_region memory[TW_ROM_REGIONS];
    size_t n = tw_rom_memory(rom, memory);
    aw_bytes image = tw_rom_memory_at(rom, address);

    aw_rom_ivt(&rom->hab, image);
    if (!rom->hab.stopped && rom->hab.ivt.self != address) {
        /* It is not the IVT of what lies here. */
        aw_rom_ivt(&rom->hab, (aw_bytes){NULL, 0});
    }
    if (!rom->skip_dcd) {
        aw_rom_image_dcd(&rom->hab, image, &bus);
    }
    aw_rom_load(&rom->hab, image, false);
    aw_rom_authenticate(&rom->hab, memory, n);
}

static uint32_t jump(void *ctx, uint32_t address)
{
    struct tw_rom *rom = ctx;

    if (rom->phase != TW_ROM_SERIAL) {
        return WORD(AW_HAB_INV_CALL, AW_HAB_CTX_AUTHENTICATE);
    }
    next_attempt(rom);
    judge(rom, address);
    uint32_t word = first_event(rom, 0);

    tw_rom_settle(rom);
    if (rom->hab.boot.plugin != 0 || !aw_rom_boots(&rom->hab)) {
        if (word == AW_SDP_NO_FAILURE) {
            word = WORD(AW_HAB_INV_CALL, AW_HAB_CTX_AUTHENTICATE);
        }
        return refuse(rom, word);
    }
    rom->entry = rom->hab.ivt.entry;
    rom->phase = TW_ROM_JUMP;
    tw_rom_work_in(rom, JUMP_MS, MS_PER_S);
    return AW_SDP_NO_FAILURE;
}

void tw_rom_serial_init(struct tw_rom *rom, uint16_t product)
{
    rom->target = (struct aw_sdp_target){
        .ctx = rom,
        .closed = closed,
        .status = status,
        .may_read = may_read,
        .read = read_part,
        .write = write_register,
        .may_store = may_store,
        .store = store,
        .stored = stored,
        .skip_dcd = skip_dcd,
        .jump = jump,
    };
    tw_rom_hid_init(&rom->hid, rom->port, rom->clock, &rom->target, product);
}

void tw_rom_serial(struct tw_rom *rom)
{
    if (tw_rom_config(rom, TW_FUSE_SDP_DISABLE)) {
        rom->phase = TW_ROM_DEAD;
        return;
    }
    tw_rom_attempt(rom);
    tw_rom_settle(rom);
    rom->phase = TW_ROM_SERIAL;
    tw_rom_hid_reset(&rom->hid);
    tw_usb_attach(rom->port, &rom->hid.device);
}
