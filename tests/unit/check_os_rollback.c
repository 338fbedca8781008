/* SPDX-License-Identifier: Apache-2.0 */
/* The RPMB in the trusted OS's hands, over the twin's models of card and
 * engines: states, least versions, the number of the witness key. */
#include "os/release/rollback.h"

#include <string.h>

#include "aw/text.h"
#include "card_rig.h"
#include "fw/dma.h"
#include "fw/reg.h"
#include "fw/rpmb.h"
#include "fw/scratch.h"
#include "fw/time.h"
#include "key_rig.h"
#include "suites.h"
#include "support.h"

enum {
    SHADOW = 0x021bc400,
    FLAG = SHADOW + 0x10 * 38,
    OTP_CTRL = 0x021bc000,
    OTP_DATA = 0x021bc020,
    TICKS_AN_ACCESS = 4000,
    PAGES = 16
};

static DMA_ALIGNED uint8_t ext_csd[AW_EXT_CSD_SIZE];
static uint8_t dirty_map[8][PAGES * TW_PAGE / TW_LINE];
static struct card card;
static struct rollback rb;
static unsigned fuses;

/* A fuse shows in its shadow register as soon as it is programmed. */
static void program(uint32_t bits)
{
    uint32_t at = SHADOW + 0x10 * (fake_get(OTP_CTRL) & 0x7f);

    fake_put(at, fake_get(at) | bits);
    fuses++;
}

static bool on_access(void *ctx, struct fake_access *a)
{
    cr.clock.now += TICKS_AN_ACCESS;
    tw_clock_fire(&cr.clock);
    if (a->write && a->address == OTP_DATA) {
        program(a->value);
        return false;
    }
    if (a->address < TW_USDHC2_BASE ||
        a->address >= TW_USDHC2_BASE + TW_USDHC_SIZE) {
        return key_rig_access(ctx, a);
    }
    if (a->write) {
        cr_write(a->address, a->value);
    } else {
        a->value = cr_read(a->address);
    }
    return true;
}

/* Memory of a driver becomes memory of the rig's bus. */
static void map_memory(const void *p)
{
    static unsigned n;
    uintptr_t page = (uintptr_t)p & ~(uintptr_t)(TW_PAGE - 1);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): by address, as devices do */
    uint8_t *start = (uint8_t *)page;
    uint32_t address = 0x90000000 + n % 8 * 0x100000;
    const struct tw_region region = {
        .name = "driver",
        .base = address,
        .size = PAGES * TW_PAGE,
        .ram = {.bytes = start, .dirty = dirty_map[n % 8]}};

    n++;
    tw_bus_add_ram(&cr.bus, &region);
    fake_dma_map(start, region.size, address);
}

static void setup(void)
{
    const struct tw_region ocram = {
        .name = "OCRAM",
        .base = SCRATCH_ADDRESS,
        .size = KEY_RIG_RAM,
        .ram = {.bytes = key_rig.ram, .dirty = key_rig.dirty}};

    key_rig_setup();
    key_rig_be_ul(true);
    key_rig_be_closed(true, true);
    fuses = 0;
    cr_start_emmc();
    tw_bus_add_ram(&cr.bus, &ocram);
    fake_hook(&(struct fake_hook){.access = on_access});
    fake_dma_on_miss(map_memory);
    fake_dma_map(key_rig.ram, sizeof(key_rig.ram), SCRATCH_ADDRESS);
    /* The peripheral clock at 66 MHz. */
    fake_put(0x020c8030, 0x80002001);
    fake_put(0x020c8100, 0x1018101b);
    fake_put(0x020c4018, 0x24840324);
    fake_put(0x020c4014, 0x00018900);
    ck_assert_int_eq(card_open(&card, CARD_EMMC, USDHC2, ext_csd, NULL), AW_OK);
}

static struct tw_nvm *nvm(void)
{
    return &cr.emmc.nvm;
}

static struct aw_semver version(const char *text)
{
    struct aw_semver v;

    ck_assert_int_eq(aw_semver_parse(aw_text(text), &v), AW_OK);
    return v;
}

static void start(enum rollback_state want)
{
    rollback_init(&rb, &card);
    ck_assert_msg(rb.state == want, "state %d: %s, %s", (int)rb.state,
                  aw_err_name(rb.err), rb.diag.where);
    /* Whatever happened, no key stays. */
    for (size_t i = 0; i < sizeof(struct scratch); i++) {
        ck_assert_uint_eq(key_rig.ram[i], 0);
    }
}

START_TEST(first_use)
{
    start(ROLLBACK_READY);
    ck_assert_uint_eq(fuses, 1);
    ck_assert_uint_eq(fake_get(FLAG), 1);
    ck_assert(nvm()->record.has_key);
    ck_assert_uint_eq(nvm()->record.counter, 1);
    ck_assert(rb.os[0] == '\0' && rb.applet[0] == '\0' && rb.identity == 0);
    /* Later starts: the dummy alone. */
    start(ROLLBACK_READY);
    ck_assert_uint_eq(fuses, 1);
    ck_assert_uint_eq(nvm()->record.counter, 2);
}
END_TEST

START_TEST(open_part)
{
    struct aw_semver v = version("0.0.1");
    uint8_t data[AW_RPMB_SECTOR] = {0};
    uint32_t counter = 0;

    key_rig_be_closed(false, false);
    start(ROLLBACK_OPEN);
    ck_assert_uint_eq(fuses, 0);
    ck_assert(!nvm()->record.has_key);
    ck_assert_int_eq(rollback_check(&rb, AW_TRUSTED_OS, &v), AW_OK);
    ck_assert_int_eq(rollback_raise(&rb, AW_TRUSTED_OS, &v, NULL), AW_OK);
    ck_assert_int_eq(rollback_next_identity(&rb, NULL), AW_ERR_PRECONDITION);
    ck_assert_int_eq(rollback_program_key(&rb, NULL), AW_ERR_PRECONDITION);
    ck_assert_int_eq(rollback_read_data(&rb, data, NULL), AW_ERR_PRECONDITION);
    ck_assert_int_eq(rollback_write_data(&rb, data, &counter, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert(!nvm()->record.has_key);
}
END_TEST

/* Closed and not trusted; no card; another card. No fuse, no key. */
START_TEST(failed)
{
    struct aw_semver v = version("9.9.9");

    if (_i == 0) {
        key_rig_be_closed(true, false);
        start(ROLLBACK_FAILED);
    } else if (_i == 1) {
        rollback_init(&rb, NULL);
        ck_assert_int_eq(rb.state, ROLLBACK_FAILED);
    } else {
        nvm()->record.has_key = true;
        start(ROLLBACK_FAILED);
        ck_assert_int_eq(rb.err, AW_ERR_SIG);
    }
    ck_assert_uint_eq(fuses, 0);
    ck_assert_uint_eq(nvm()->record.counter, 0);
    ck_assert_int_eq(rollback_check(&rb, AW_TRUSTED_APPLET, &v),
                     AW_ERR_PRECONDITION);
    ck_assert_int_eq(rollback_program_key(&rb, NULL), AW_ERR_PRECONDITION);
}
END_TEST

/* Power went between fuse and key: only the one command goes on. */
START_TEST(unprovisioned)
{
    struct aw_semver v = version("1.0.0");

    fake_put(FLAG, 1);
    start(ROLLBACK_UNPROVISIONED);
    start(ROLLBACK_UNPROVISIONED);
    ck_assert(!nvm()->record.has_key);
    ck_assert_int_eq(rollback_check(&rb, AW_TRUSTED_APPLET, &v),
                     AW_ERR_PRECONDITION);
    ck_assert_int_eq(rollback_program_key(&rb, NULL), AW_OK);
    ck_assert_int_eq(rb.state, ROLLBACK_READY);
    ck_assert(nvm()->record.has_key);
    ck_assert_int_eq(rollback_program_key(&rb, NULL), AW_ERR_PRECONDITION);
    ck_assert_int_eq(rollback_check(&rb, AW_TRUSTED_APPLET, &v), AW_OK);
    start(ROLLBACK_READY);
}
END_TEST

/* Key programmed, fuse not: somebody else's order. The fuse follows. */
START_TEST(flag_follows)
{
    start(ROLLBACK_READY);
    fake_put(FLAG, 0);
    start(ROLLBACK_READY);
    ck_assert_uint_eq(fake_get(FLAG), 1);
}
END_TEST

static const struct {
    const char *version;
    aw_err check;  /* against 1.2.3 */
    bool recorded; /* by a raise */
} versions[] = {
    {"1.2.3", AW_OK, false},
    {"1.2.3+build", AW_OK, false},
    {"1.2.4", AW_OK, true},
    {"1.2.4-rc.1", AW_OK, true},
    {"1.2.3-rc.1", AW_ERR_ROLLBACK, false},
    {"1.2.2", AW_ERR_ROLLBACK, false},
    {"0.9.9", AW_ERR_ROLLBACK, false},
    {"2.0.0-aaaaaaaaaaaaaaaaaaaaaa", AW_OK, true}, /* 28 characters */
    {"2.0.0-aaaaaaaaaaaaaaaaaaaaaaa", AW_ERR_SPACE, false},
};

START_TEST(least_versions)
{
    const enum aw_component component =
        _i % 2 == 0 ? AW_TRUSTED_OS : AW_TRUSTED_APPLET;
    struct aw_semver least = version("1.2.3");
    struct aw_semver v = version(versions[_i / 2].version);

    start(ROLLBACK_READY);
    ck_assert_int_eq(rollback_raise(&rb, component, &least, NULL), AW_OK);
    start(ROLLBACK_READY);
    ck_assert_str_eq(component == AW_TRUSTED_OS ? rb.os : rb.applet, "1.2.3");
    ck_assert_str_eq(component == AW_TRUSTED_OS ? rb.applet : rb.os, "");
    uint32_t counter = nvm()->record.counter;

    ck_assert_int_eq(rollback_check(&rb, component, &v),
                     versions[_i / 2].check);
    ck_assert_int_eq(rollback_raise(&rb, component, &v, NULL),
                     versions[_i / 2].check);
    ck_assert_uint_eq(nvm()->record.counter,
                      counter + (versions[_i / 2].recorded ? 1 : 0));
    start(ROLLBACK_READY);
    ck_assert_str_eq(component == AW_TRUSTED_OS ? rb.os : rb.applet,
                     versions[_i / 2].recorded ? versions[_i / 2].version
                                               : "1.2.3");
}
END_TEST

START_TEST(next_identity)
{
    start(ROLLBACK_READY);
    ck_assert_int_eq(rollback_next_identity(&rb, NULL), AW_OK);
    ck_assert_int_eq(rollback_next_identity(&rb, NULL), AW_OK);
    ck_assert_uint_eq(rb.identity, 2);
    start(ROLLBACK_READY);
    ck_assert_uint_eq(rb.identity, 2);
    rb.identity = UINT32_MAX;
    ck_assert_int_eq(rollback_next_identity(&rb, NULL), AW_ERR_RANGE);
}
END_TEST

START_TEST(data_of_the_applet)
{
    uint8_t data[AW_RPMB_SECTOR] = {1, 2, 3};
    uint8_t back[AW_RPMB_SECTOR] = {0};
    uint32_t counter = 0;

    start(ROLLBACK_READY);
    ck_assert_int_eq(rollback_write_data(&rb, data, &counter, NULL), AW_OK);
    ck_assert_uint_eq(counter, nvm()->record.counter);
    ck_assert_int_eq(rollback_read_data(&rb, back, NULL), AW_OK);
    ck_assert_mem_eq(data, back, sizeof(data));
}
END_TEST

/* What nobody of us wrote is no number, and no least version. */
START_TEST(bad_records)
{
    uint8_t sector[TW_NVM_SECTOR] = {0};
    static const uint8_t number[] = {'A', 'W', 'I', 'X', 0, 0, 0, 1};
    static const uint8_t text[] = {0x08, 0x0c, 0x00, 0x05, '1',
                                   '.',  'x',  '.',  '3'};

    start(ROLLBACK_READY);
    if (_i == 0) {
        memcpy(sector, number, sizeof(number));
    } else {
        memcpy(sector, text, sizeof(text));
    }
    ck_assert(tw_nvm_commit(
        nvm(), _i == 0 ? RPMB_IDENTITY : RPMB_APPLET_VERSION, sector, 1));
    start(ROLLBACK_FAILED);
    ck_assert_int_eq(rb.err, AW_ERR_FORMAT);
}
END_TEST

Suite *suite_os_rollback(void)
{
    Suite *s = suite_create("os_rollback");
    TCase *tc = tcase_create("rollback");

    tcase_add_checked_fixture(tc, setup, cr_stop);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, first_use);
    tcase_add_test(tc, open_part);
    tcase_add_loop_test(tc, failed, 0, 3);
    tcase_add_test(tc, unprovisioned);
    tcase_add_test(tc, flag_follows);
    tcase_add_loop_test(tc, least_versions, 0, 2 * (int)COUNT(versions));
    tcase_add_test(tc, next_identity);
    tcase_add_test(tc, data_of_the_applet);
    tcase_add_loop_test(tc, bad_records, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}
