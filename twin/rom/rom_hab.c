/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/rom_priv.h"

enum {
    OCOTP_STICKY = 0x021bc050,
    /* Bits of the sticky register and of the CSF command that spares them. */
    STICKY_SRK_REVOKE = 1 << 1,
    STICKY_FIELD_RETURN = 1 << 2,
    UNLOCK_FIELD_RETURN = 1 << 0,
    UNLOCK_SRK_REVOKE = 1 << 1,
    SEC_CONFIG_CLOSED = 1, /* bit of word 0/6 */
    LOG_HEAD = 0x0c,       /* record that begins a log */
    LOG_HEAD_SIZE = 8,
    FUSE_WORDS = 8
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

struct aw_rom_fuses tw_rom_fuses(const struct tw_rom *rom)
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
    struct aw_rom_fuses fuses = tw_rom_fuses(rom);
    struct aw_wr w = {
        .p = rom->log.bytes, .cap = sizeof(rom->log.bytes), .n = rom->log.n};

    aw_wr_put(&w, aw_rom_events(&rom->hab));
    rom->log.n = w.n;
    aw_rom_start(&rom->hab, &fuses);
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

void tw_rom_lock_fuses(struct tw_rom *rom)
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
        tw_rom_write(rom, OCOTP_STICKY, bits);
    }
}

uint8_t tw_rom_config_byte(const struct tw_rom *rom)
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
    tw_rvt_report(rom->image, tw_rom_config_byte(rom), byte,
                  events.n > 0 ? AW_HAB_FAILURE : AW_HAB_SUCCESS, events);
    rom->board.state(rom->board.ctx, state);
}
