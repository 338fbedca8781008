/* SPDX-License-Identifier: Apache-2.0 */
#include "msc_rig.h"

#include <stdlib.h>
#include <string.h>

#include "fw/reg.h"
#include "fw/time.h"
#include "models/otg.h"
#include "support.h"

enum {
    GPT_CNT = 0x02098024,
    TICKS_AN_ACCESS = 50,
    OUT = 0x01,
    IN = 0x81,
    PFSC = 1 << 24
};
#define MEMORY UINT32_C(0x90000000)

struct mr mr;

/* What the firmware has in memory for DMA. */
static struct {
    _Alignas(4096) struct usbd_queues queues;
    _Alignas(64) struct usb_device device;
    struct msc msc;
    _Alignas(4096) uint8_t end[4096];
} memory;
static struct usbd usbd;
static struct tw_otg otg;
static uint8_t blocks[MR_UNITS][MR_BLOCKS * MSC_BLOCK];
static uint8_t info[MSC_INFO];

struct usbd *const mr_usbd = &usbd;
struct usb_device *const mr_device = &memory.device;
struct msc *const mr_msc = &memory.msc;

static const struct usb_identity usb_identity = {
    .vendor = 0x1209,
    .product = 0x2702,
    .release = 1,
    .max_power = 0xfa,
    .text = {"TamaGo", "Storage Media", "0123456789ABCDEF"}};
static const struct msc_identity identity = {
    .vendor = "F-Secure",
    .product = "USB armory Mk II",
    .revision = "1.00",
    .serial = "0123456789ABCDEF",
    .version = "1.2.3",
    .commit = "0123456789abcdef0123456789abcdef01234567",
    .info = info};
static const uint8_t descriptors[] = {9, 4, 0, 0, 2, 8, 6,   0x50, 0, 7, 5, IN,
                                      2, 0, 2, 0, 7, 5, OUT, 2,    0, 2, 0};

void mr_set_info(const uint8_t bytes[MSC_INFO])
{
    memcpy(info, bytes, MSC_INFO);
}

static bool in_models(uint32_t address)
{
    return (address >= TW_OTG_BASE && address < TW_OTG_BASE + TW_OTG_SIZE) ||
           (address >= TW_CCM_BASE && address < TW_CCM_BASE + 0x1000);
}

static bool on_access(void *ctx, struct fake_access *a)
{
    (void)ctx;
    mr.rig.clock.now += TICKS_AN_ACCESS;
    tw_clock_fire(&mr.rig.clock);
    if (a->address == GPT_CNT) {
        a->value = (uint32_t)tw_clock_periods(&mr.rig.clock, mr.rig.clock.now,
                                              TIME_HZ);
        return true;
    }
    if (!in_models(a->address)) {
        return false;
    }
    if (a->write) {
        rig_write(&mr.rig, a->address, a->value);
    } else {
        a->value = rig_read(&mr.rig, a->address);
    }
    return true;
}

static bool fails(const struct mr_unit *u, uint32_t lba, uint32_t n)
{
    return u->fails_at != 0 && u->fails_at >= lba && u->fails_at - lba < n;
}

static aw_err unit_read(void *ctx, uint32_t lba, uint8_t *to, uint32_t n)
{
    struct mr_unit *u = ctx;

    u->reads++;
    if (fails(u, lba, n)) {
        return AW_ERR_IO;
    }
    memcpy(to, u->bytes + (size_t)lba * MSC_BLOCK, (size_t)n * MSC_BLOCK);
    return AW_OK;
}

static aw_err unit_write(void *ctx, uint32_t lba, const uint8_t *from,
                         uint32_t n)
{
    struct mr_unit *u = ctx;

    u->writes++;
    if (u->fails_write == 1) {
        return AW_ERR_IO;
    }
    u->fails_write -= u->fails_write > 0 ? 1 : 0;
    if (fails(u, lba, n)) {
        return AW_ERR_IO;
    }
    memcpy(u->bytes + (size_t)lba * MSC_BLOCK, from, (size_t)n * MSC_BLOCK);
    return AW_OK;
}

static aw_err unit_erase(void *ctx, uint32_t lba, uint32_t n)
{
    struct mr_unit *u = ctx;

    if (u->cannot_erase) {
        return AW_ERR_UNSUPPORTED;
    }
    u->erases++;
    if (fails(u, lba, n)) {
        return AW_ERR_IO;
    }
    memset(u->bytes + (size_t)lba * MSC_BLOCK, 0, (size_t)n * MSC_BLOCK);
    return AW_OK;
}

static aw_err unit_flush(void *ctx)
{
    struct mr_unit *u = ctx;

    u->flushes++;
    return u->fails_at == UINT32_MAX ? AW_ERR_IO : AW_OK;
}

static void on_work(void *ctx)
{
    unsigned *n = ctx;

    (*n)++;
}

void mr_run(void *ctx, uint64_t until, const bool *done)
{
    struct tw_clock *clock = &mr.rig.clock;

    (void)ctx;
    while (!*done && clock->now < until) {
        bool busy = usbd_poll(&usbd);

        if (msc_step(&memory.msc) || busy || *done) {
            continue;
        }
        clock->now = clock->next < until ? clock->next : until;
        tw_clock_fire(clock);
    }
}

void mr_run_ms(uint32_t ms)
{
    bool never = false;

    mr_run(NULL, mr.rig.clock.now + tw_clock_ticks(&mr.rig.clock, ms, 1000),
           &never);
}

static void make_units(void)
{
    static const uint32_t sizes[MR_UNITS] = {MR_BLOCKS, MR_SMALL, 0};

    for (unsigned i = 0; i < MR_UNITS; i++) {
        for (size_t k = 0; k < sizeof(blocks[i]); k++) {
            blocks[i][k] = (uint8_t)(k * 7 + k / MSC_BLOCK + i);
        }
        mr.unit[i] = (struct mr_unit){.bytes = blocks[i]};
        mr.units[i] = (struct msc_unit){.ctx = &mr.unit[i],
                                        .kind = (uint8_t)i,
                                        .blocks = sizes[i],
                                        .read = unit_read,
                                        .write = unit_write,
                                        .erase = unit_erase,
                                        .flush = unit_flush};
    }
}

static void start_firmware(bool full_speed)
{
    static struct usb_function function;

    msc_init(&memory.msc, &usbd, &identity, mr.units, MR_UNITS);
    memory.msc.in = IN;
    memory.msc.out = OUT;
    memory.msc.working = on_work;
    memory.msc.working_ctx = &mr.worked;
    function = msc_function(&memory.msc, descriptors, sizeof(descriptors));
    struct usbd_events events =
        usb_device_init(&memory.device, &usbd, &usb_identity, &function, 1);

    ck_assert_int_eq(usbd_init(&usbd, USB1, &memory.queues, &events, NULL),
                     AW_OK);
    if (full_speed) {
        reg_set(USB1 + 0x184, PFSC);
    }
    usbd_attach(&usbd);
}

void mr_start(bool full_speed)
{
    static uint8_t dirty[sizeof(memory) / TW_LINE];
    const struct tw_region region = {
        .name = "firmware",
        .base = MEMORY,
        .size = sizeof(memory),
        .ram = {.bytes = (uint8_t *)&memory, .dirty = dirty}};

    fake_reset();
    memset(info, 0, sizeof(info));
    memset(&mr, 0, sizeof(mr));
    memset(&memory, 0xa5, sizeof(memory));
    rig_init(&mr.rig);
    tw_bus_add_ram(&mr.rig.bus, &region);
    tw_otg_init(&otg, 0, &mr.rig.bus, &mr.rig.clock, &mr.port);
    mr.otg = &otg;
    tw_usb_host_init(&mr.host, &mr.port, &mr.rig.clock);
    mr.host.configure = true;
    mr.direct = (struct tw_usb_direct){
        .clock = &mr.rig.clock, .run = mr_run, .host = {&mr.host}, .hosts = 1};
    rig_write(&mr.rig, TW_CCM_BASE + 0x80, 0xffffffff);
    fake_hook(&(struct fake_hook){.access = on_access});
    fake_dma_on_miss(NULL);
    fake_dma_map(&memory, sizeof(memory), MEMORY);
    time_init();
    make_units();
    start_firmware(full_speed);
}

void mr_plug(void)
{
    static struct aw_usb_id list[AW_USB_DEVICES];
    const struct aw_usb_want want = {.vendor = 0x1209};

    mr.usb = tw_usb_direct(&mr.direct);
    tw_usb_cable(&mr.port, true);
    ck_assert_int_eq(
        aw_usb_arrival(&mr.usb, &want, BOT_TIMEOUT_MS, list, &mr.id, NULL),
        AW_OK);
    ck_assert_int_eq(mr.usb.open(mr.usb.ctx, &mr.id, &mr.bot.device, NULL),
                     AW_OK);
    ck_assert_int_eq(mr.bot.device.claim(mr.bot.device.ctx, 0, NULL), AW_OK);
}

void mr_unplug(void)
{
    tw_usb_cable(&mr.port, false);
    mr_run_ms(10);
}
