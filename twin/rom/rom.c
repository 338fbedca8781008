/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/rom.h"

#include <string.h>

#include "rom/rom_priv.h"

enum {
    BEGIN_US = 10000, /* before the ROM looks at anything */
    US_PER_S = 1000000,
    SBMR1 = 0x020d8004,
    SBMR2 = 0x020d801c,
    GPR9 = 0x020d8040,
    GPR10 = 0x020d8044,
    GPR10_REQUEST = 1 << 28, /* boot as GPR9 says, once */
    BMOD_SHIFT = 24,
    BMOD_FUSES = 0,
    BMOD_SERIAL = 1,
    OCOTP_STICKY = 0x021bc050,
    /* Bits of the sticky register and of the CSF command that spares them. */
    STICKY_SRK_REVOKE = 1 << 1,
    STICKY_FIELD_RETURN = 1 << 2,
    UNLOCK_FIELD_RETURN = 1 << 0,
    UNLOCK_SRK_REVOKE = 1 << 1,
    SEC_CONFIG_CLOSED = 1, /* bit of word 0/6 */
    /* A wait of a DCD that silicon would never end. */
    POLLS_MAX = 100000,
    LOG_HEAD = 0x0c, /* record that begins a log */
    LOG_HEAD_SIZE = 8,
    REGIONS = 4,
    FUSE_WORDS = 8,
    PLL_SYS = 0x020c8030,
    PLL_SET = 4,
    PLL_CLEAR = 8,
    PLL_POWERDOWN = 1 << 12,
    PLL_ENABLE = 1 << 13,
    PLL_BYPASS = 1 << 16
};

bool tw_rom_config(const struct tw_rom *rom, unsigned bit)
{
    return (rom->board.fuse(rom->board.ctx, 0, 6) >> bit & 1U) != 0;
}

bool tw_rom_closed(const struct tw_rom *rom)
{
    uint32_t returned = rom->board.fuse(rom->board.ctx, 5, 6) & 1U;

    return tw_rom_config(rom, SEC_CONFIG_CLOSED) && returned == 0;
}

static struct tw_access access_of(uint32_t address, unsigned size, bool write)
{
    return (struct tw_access){
        .address = address,
        .size = (uint8_t)size,
        .write = write,
        .secure = true,
        .privileged = true,
        .master = TW_ROM,
    };
}

static uint32_t read_word(struct tw_rom *rom, uint32_t address)
{
    const struct tw_access how = access_of(address, 4, false);
    uint32_t value = 0;

    return tw_bus_read(rom->bus, &how, &value) ? value : 0;
}

static void write_word(struct tw_rom *rom, uint32_t address, uint32_t value)
{
    const struct tw_access how = access_of(address, 4, true);

    (void)tw_bus_write(rom->bus, &how, value);
}

static uint32_t dcd_read(void *ctx, uint32_t address, unsigned width)
{
    struct tw_rom *rom = ctx;
    const struct tw_access how = access_of(address, width, false);
    uint32_t value = 0;

    return tw_bus_read(rom->bus, &how, &value) ? value : 0;
}

static void dcd_write(void *ctx, uint32_t address, unsigned width,
                      uint32_t value)
{
    struct tw_rom *rom = ctx;
    const struct tw_access how = access_of(address, width, true);

    (void)tw_bus_write(rom->bus, &how, value);
}

struct aw_dcd_bus tw_rom_dcd_bus(struct tw_rom *rom)
{
    return (struct aw_dcd_bus){
        .ctx = rom,
        .read = dcd_read,
        .write = dcd_write,
        .polls_max = POLLS_MAX,
    };
}

static struct aw_rom_fuses fuses_of(const struct tw_rom *rom)
{
    struct aw_rom_fuses fuses = {.closed = tw_rom_closed(rom)};
    struct aw_wr w = aw_wr_init(fuses.srk_hash, sizeof(fuses.srk_hash));

    for (unsigned i = 0; i < FUSE_WORDS; i++) {
        aw_wr_le32(&w, rom->board.fuse(rom->board.ctx, 3, i));
    }
    fuses.srk_revoke = (uint8_t)(rom->board.fuse(rom->board.ctx, 5, 7) & 7U);
    return fuses;
}

void tw_rom_attempt(struct tw_rom *rom)
{
    struct aw_rom_fuses fuses = fuses_of(rom);
    struct aw_wr w = {
        .p = rom->log.bytes, .cap = sizeof(rom->log.bytes), .n = rom->log.n};

    aw_wr_put(&w, aw_rom_events(&rom->hab));
    rom->log.n = w.n;
    aw_rom_start(&rom->hab, &fuses);
}

size_t tw_rom_memory(const struct tw_rom *rom, struct aw_hab_region *region)
{
    size_t n = 0;

    for (uint32_t i = 0; i < rom->bus->count && n < REGIONS; i++) {
        const struct tw_region *r = &rom->bus->regions[i];

        if (r->ram.bytes != NULL && !r->read_only) {
            region[n].address = r->base;
            region[n].bytes = (aw_bytes){r->ram.bytes, r->size};
            n++;
        }
    }
    return n;
}

aw_bytes tw_rom_memory_at(const struct tw_rom *rom, uint32_t address)
{
    struct aw_hab_region region[REGIONS];
    size_t n = tw_rom_memory(rom, region);

    for (size_t i = 0; i < n; i++) {
        if (address >= region[i].address &&
            address - region[i].address < region[i].bytes.n) {
            struct aw_rd r =
                aw_rd_at(region[i].bytes, address - region[i].address);

            return aw_rd_rest(&r);
        }
    }
    return (aw_bytes){NULL, 0};
}

/* All events so far, as records one behind the other. */
static aw_bytes all_events(const struct tw_rom *rom, uint8_t *buf, size_t cap)
{
    struct aw_wr w = aw_wr_init(buf, cap);

    aw_wr_put(&w, (aw_bytes){rom->log.bytes, rom->log.n});
    aw_wr_put(&w, aw_rom_events(&rom->hab)); /* whole, or not at all */
    return (aw_bytes){buf, w.n};
}

static void write_log(struct tw_rom *rom, aw_bytes events)
{
    uint8_t area[AW_HAB_LOG_SIZE] = {0};
    struct aw_wr w = aw_wr_init(area, sizeof(area));

    aw_wr_u8(&w, LOG_HEAD);
    aw_wr_be16(&w, LOG_HEAD_SIZE);
    aw_wr_u8(&w, AW_HAB_EVENT_VERSION);
    aw_wr_zeros(&w, LOG_HEAD_SIZE - w.n);
    aw_wr_put(&w, events);
    (void)tw_dma_write(rom->bus, TW_ROM, AW_HAB_LOG_ADDRESS, area,
                       sizeof(area));
}

/* Words that only a CSF may keep open are locked until the next reset. */
static void lock_fuses(struct tw_rom *rom)
{
    uint32_t bits = 0;

    if (!tw_rom_closed(rom)) {
        return;
    }
    if ((rom->hab.unlocked_ocotp & UNLOCK_SRK_REVOKE) == 0) {
        bits |= STICKY_SRK_REVOKE;
    }
    if ((rom->hab.unlocked_ocotp & UNLOCK_FIELD_RETURN) == 0) {
        bits |= STICKY_FIELD_RETURN;
    }
    if (bits != 0) {
        write_word(rom, OCOTP_STICKY, bits);
    }
}

static uint8_t config_byte(const struct tw_rom *rom)
{
    enum { RETURNED = 0x33, OPEN = 0xf0, CLOSED = 0xcc };

    if (!tw_rom_config(rom, SEC_CONFIG_CLOSED)) {
        return OPEN;
    }
    return tw_rom_closed(rom) ? CLOSED : RETURNED;
}

void tw_rom_settle(struct tw_rom *rom)
{
    enum { CHECK = 0x55, NON_SECURE = 0x66, TRUSTED = 0x99 };

    uint8_t buf[AW_HAB_LOG_SIZE - LOG_HEAD_SIZE];
    aw_bytes events = all_events(rom, buf, sizeof(buf));
    bool closed = tw_rom_closed(rom);
    bool boots = aw_rom_boots(&rom->hab);
    enum tw_rom_state state = TW_ROM_NON_SECURE;
    uint8_t byte = NON_SECURE;

    if (closed) {
        state = boots ? TW_ROM_TRUSTED : TW_ROM_CHECKING;
        byte = boots ? TRUSTED : CHECK;
    }
    write_log(rom, events);
    tw_rvt_report(rom->image, config_byte(rom), byte,
                  events.n > 0 ? AW_HAB_FAILURE : AW_HAB_SUCCESS, events);
    rom->board.state(rom->board.ctx, state);
}

void tw_rom_work_in(struct tw_rom *rom, uint64_t count, uint64_t hz)
{
    tw_clock_at(rom->clock, &rom->work,
                rom->clock->now + tw_clock_ticks(rom->clock, count, hz));
}

void tw_rom_start(struct tw_rom *rom)
{
    bool serial = rom->phase == TW_ROM_JUMP;

    if (serial) {
        tw_usb_attach(rom->port, NULL);
    }
    lock_fuses(rom);
    rom->phase = TW_ROM_DONE;
    rom->board.start(rom->board.ctx, rom->entry, serial);
}

/* The ROM hands over a running PLL2, from which DDR and cards have their
 * clocks; images do not start it. Source: IMX6ULLRM 8.4.1, clocks at boot
 * time. */
static void start_pll2(struct tw_rom *rom)
{
    write_word(rom, PLL_SYS + PLL_CLEAR, PLL_POWERDOWN | PLL_BYPASS);
    write_word(rom, PLL_SYS + PLL_SET, PLL_ENABLE);
}

/* Pins, fuses and requests say where to boot from. */
static void begin(struct tw_rom *rom)
{
    uint32_t mode = read_word(rom, SBMR2) >> BMOD_SHIFT & 3U;
    uint32_t cfg = read_word(rom, SBMR1);
    bool by_fuses = tw_rom_config(rom, TW_FUSE_BT_FUSE_SEL);
    bool serial = mode == BMOD_SERIAL || (mode == BMOD_FUSES && !by_fuses);

    start_pll2(rom);
    if (by_fuses) {
        cfg = rom->board.fuse(rom->board.ctx, 0, 5);
    }
    if ((read_word(rom, GPR10) & GPR10_REQUEST) != 0) {
        cfg = read_word(rom, GPR9);
        serial = false;
    }
    if (serial && !tw_rom_config(rom, TW_FUSE_FORCE_INTERNAL_BOOT)) {
        tw_rom_serial(rom);
    } else {
        tw_rom_medium(rom, cfg);
    }
}

static void work(void *ctx)
{
    struct tw_rom *rom = ctx;

    switch (rom->phase) {
    case TW_ROM_BEGIN:
        begin(rom);
        break;
    case TW_ROM_MEDIUM:
        tw_rom_load(rom);
        break;
    case TW_ROM_JUMP:
        tw_rom_start(rom);
        break;
    default:
        break;
    }
}

static void reset(void *model, enum tw_reset kind)
{
    struct tw_rom *rom = model;

    (void)kind;
    tw_clock_cancel(rom->clock, &rom->work);
    if (rom->port->device == &rom->hid.device) {
        tw_usb_attach(rom->port, NULL);
    }
    tw_rom_hid_reset(&rom->hid);
    memset(&rom->hab, 0, sizeof(rom->hab));
    rom->log.n = 0;
    rom->loaded = 0;
    rom->entry = 0;
    rom->status = AW_SDP_NO_FAILURE;
    rom->dcd_done = false;
    rom->skip_dcd = false;
    tw_rvt_report(rom->image, config_byte(rom), AW_HAB_ANY, AW_HAB_SUCCESS,
                  (aw_bytes){NULL, 0});
    rom->phase = TW_ROM_BEGIN;
    tw_rom_work_in(rom, BEGIN_US, US_PER_S);
}

void tw_rom_init(struct tw_rom *rom, struct tw_bus *bus, struct tw_clock *clock,
                 struct tw_usb_port *port, const struct tw_rom_board *board,
                 uint16_t product)
{
    memset(rom, 0, sizeof(*rom));
    rom->bus = bus;
    rom->clock = clock;
    rom->port = port;
    rom->board = *board;
    rom->work = (struct tw_event){.fire = work, .ctx = rom};
    tw_rvt_write(rom->image);
    const struct tw_region region = {
        .name = "ROM",
        .base = TW_ROM_BASE,
        .size = TW_ROM_SIZE,
        .read_only = true,
        .ram = {.bytes = rom->image},
    };

    tw_bus_add_ram(bus, &region);
    tw_rom_serial_init(rom, product);
}

bool tw_rom_active(const struct tw_rom *rom)
{
    return rom->phase != TW_ROM_OFF && rom->phase != TW_ROM_DONE;
}

const char *tw_rom_phase_name(enum tw_rom_phase phase)
{
    static const char *const names[] = {
        [TW_ROM_OFF] = "off",        [TW_ROM_BEGIN] = "starting",
        [TW_ROM_MEDIUM] = "loading", [TW_ROM_SERIAL] = "serial",
        [TW_ROM_JUMP] = "starting",  [TW_ROM_DONE] = "done",
        [TW_ROM_DEAD] = "dead",
    };

    return names[phase];
}

static void save_block(struct tw_saver *to, const struct aw_csf_block *block)
{
    tw_save_u32(to, block->start);
    tw_save_u32(to, block->length);
}

static void load_block(struct tw_loader *from, struct aw_csf_block *block)
{
    block->start = tw_load_u32(from);
    block->length = tw_load_u32(from);
}

static void save_log(struct tw_saver *to, const struct aw_rom_log *log)
{
    tw_save_u32(to, (uint32_t)log->n);
    tw_save_u32(to, (uint32_t)log->events);
    tw_save_u8(to, log->full ? 1 : 0);
    tw_save_bytes(to, log->bytes, log->n);
}

static void load_log(struct tw_loader *from, struct aw_rom_log *log)
{
    uint32_t n = tw_load_u32(from);

    log->events = tw_load_u32(from);
    log->full = tw_load_u8(from) != 0;
    if (n > sizeof(log->bytes)) {
        from->failed = true;
        n = 0;
    }
    (void)tw_load_bytes(from, log->bytes, n);
    log->n = n;
}

/* What of HAB's attempt outlives the event that made it. */
static void save_hab(struct tw_saver *to, const struct aw_rom *hab)
{
    save_log(to, &hab->log);
    tw_save_u8(to, hab->stopped ? 1 : 0);
    tw_save_u8(to, hab->loaded ? 1 : 0);
    tw_save_u8(to, hab->csf_verified ? 1 : 0);
    tw_save_u8(to, hab->fuses.closed ? 1 : 0);
    tw_save_u32(to, hab->ivt.entry);
    tw_save_u32(to, hab->ivt.boot_data);
    tw_save_u32(to, hab->ivt.self);
    tw_save_u32(to, hab->ivt.csf);
    tw_save_u32(to, hab->boot.start);
    tw_save_u32(to, hab->boot.length);
    tw_save_u32(to, hab->boot.plugin);
    save_block(to, &hab->image_dcd);
    save_block(to, &hab->sent_dcd);
    tw_save_u32(to, hab->unlocked_ocotp);
}

static void load_hab(struct tw_loader *from, struct aw_rom *hab)
{
    load_log(from, &hab->log);
    hab->stopped = tw_load_u8(from) != 0;
    hab->loaded = tw_load_u8(from) != 0;
    hab->csf_verified = tw_load_u8(from) != 0;
    hab->fuses.closed = tw_load_u8(from) != 0;
    hab->ivt.entry = tw_load_u32(from);
    hab->ivt.boot_data = tw_load_u32(from);
    hab->ivt.self = tw_load_u32(from);
    hab->ivt.csf = tw_load_u32(from);
    hab->boot.start = tw_load_u32(from);
    hab->boot.length = tw_load_u32(from);
    hab->boot.plugin = tw_load_u32(from);
    load_block(from, &hab->image_dcd);
    load_block(from, &hab->sent_dcd);
    hab->unlocked_ocotp = tw_load_u32(from);
}

static void save(void *model, struct tw_saver *to)
{
    const struct tw_rom *rom = model;

    tw_save_u8(to, (uint8_t)rom->phase);
    tw_save_bytes(to, rom->image, sizeof(rom->image));
    save_hab(to, &rom->hab);
    save_log(to, &rom->log);
    tw_rom_hid_save(&rom->hid, to);
    tw_save_event(to, &rom->work);
    tw_save_u8(to, (uint8_t)rom->part);
    tw_save_u32(to, rom->loaded);
    tw_save_u32(to, rom->entry);
    tw_save_u32(to, rom->status);
    tw_save_u8(to, rom->dcd_done ? 1 : 0);
    tw_save_u8(to, rom->skip_dcd ? 1 : 0);
}

static void refuse_load(struct tw_rom *rom)
{
    tw_clock_cancel(rom->clock, &rom->work);
    tw_rom_hid_reset(&rom->hid);
    rom->phase = TW_ROM_OFF;
}

static bool load(void *model, struct tw_loader *from)
{
    struct tw_rom *rom = model;
    uint8_t phase = tw_load_u8(from);

    (void)tw_load_bytes(from, rom->image, sizeof(rom->image));
    memset(&rom->hab, 0, sizeof(rom->hab));
    load_hab(from, &rom->hab);
    rom->hab.fuses = fuses_of(rom);
    load_log(from, &rom->log);
    tw_rom_hid_load(&rom->hid, from);
    tw_load_event(from, rom->clock, &rom->work);
    uint8_t part = tw_load_u8(from);

    rom->loaded = tw_load_u32(from);
    rom->entry = tw_load_u32(from);
    rom->status = tw_load_u32(from);
    rom->dcd_done = tw_load_u8(from) != 0;
    rom->skip_dcd = tw_load_u8(from) != 0;
    if (from->failed || phase > TW_ROM_DEAD || part > TW_BOOT_PART2) {
        from->failed = true;
        refuse_load(rom);
        return false;
    }
    rom->phase = (enum tw_rom_phase)phase;
    rom->part = (enum tw_boot_part)part;
    if (phase == TW_ROM_SERIAL || phase == TW_ROM_JUMP) {
        /* The pull-up was there, and is: the host's end is loaded apart. */
        rom->port->device = &rom->hid.device;
    } else if (rom->port->device == &rom->hid.device) {
        rom->port->device = NULL;
    }
    return true;
}

struct tw_device tw_rom_device(struct tw_rom *rom)
{
    return (struct tw_device){.name = "rom",
                              .model = rom,
                              .reset = reset,
                              .save = save,
                              .load = load};
}
