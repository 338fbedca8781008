/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/clock.h"
#include "fw/console.h"
#include "fw/gic.h"
#include "fw/hab.h"
#include "fw/led.h"
#include "fw/panic.h"
#include "fw/policy.h"
#include "fw/print.h"
#include "fw/start.h"
#include "fw/time.h"
#include "fw/wdog.h"
#include "recovery.h"

/* Longer than the longest step of a card. */
enum { WATCHDOG_HALF_SECONDS = 2 * 120 };

/* Half of a blink; an idle image wakes as often. */
enum { BLINK_US = 100000, BLINK = BLINK_US * TIME_PER_US };

enum { ENDPOINT_IN = 0x81, ENDPOINT_OUT = 0x01, HALF_AMPERE = 0xfa };

static const uint8_t descriptors[] = {
    /* Interface 0: mass storage, SCSI, bulk-only; two endpoints. */
    9, 4, 0, 0, 2, 8, 6, 0x50, 0,
    /* Bulk endpoints with packets of 512 bytes. */
    7, 5, ENDPOINT_IN, 2, 0, 2, 0, 7, 5, ENDPOINT_OUT, 2, 0, 2, 0};

static DMA_UNCACHED _Alignas(2048) struct usbd_queues queues;
static struct usbd usbd;
static struct usb_device device;
static struct msc msc;
static struct msc_unit units[UNITS];
static uint8_t info[MSC_INFO];
static struct hab_report hab;
static char serial[SERIAL];

static const struct usb_identity usb_identity = {
    .vendor = 0x1209,
    .product = 0x2702,
    .release = 1,
    .max_power = HALF_AMPERE,
    .text = {"TamaGo", "Storage Media", serial}};

void image_early(void)
{
    wdog_start(WATCHDOG_HALF_SECONDS);
    hab_read(&hab);
}

AW_NORETURN static void give_up(enum panic_code code, unsigned detail,
                                const struct aw_diag *diag)
{
    const char *why = diag->where != NULL ? diag->where : "recovery";

    console_drain();
    panic_detail(code, detail, why);
}

static void write_serial(const uint8_t id[SOC_ID_SIZE])
{
    for (size_t i = 0; i < SOC_ID_SIZE; i++) {
        serial[2 * i] = "0123456789ABCDEF"[id[i] >> 4];
        serial[2 * i + 1] = "0123456789ABCDEF"[id[i] & 0xf];
    }
}

/* White blinks while there is work, and is off when there was none for a
 * while. */
static struct {
    uint64_t next;
    bool lit;
} white;

static void on_work(void *ctx)
{
    (void)ctx;
    wdog_service();
    if (time_now() >= white.next) {
        white.next = time_now() + BLINK;
        white.lit = !white.lit;
        led_set(LED_WHITE, white.lit);
    }
}

static void on_idle(void)
{
    if (white.lit && time_now() >= white.next + BLINK) {
        white.lit = false;
        led_set(LED_WHITE, false);
    }
    /* The line of USB ends this sleep, and no other: what waits for a card
     * would not sleep while a transfer that has ended waits for its turn. */
    gic_enable(GIC_USB1);
    time_idle_us(BLINK_US);
    gic_disable(GIC_USB1);
}

static size_t open_media(void)
{
    struct aw_diag diag = {.err = AW_OK};
    unsigned detail = 0;
    size_t n = 0;

    if (media_open(units, &n, &detail, &diag) != AW_OK) {
        give_up(PANIC_CARD, detail, &diag);
    }
    led_set(LED_BLUE, true);
    return n;
}

static void start_usb(size_t n_units)
{
    static struct msc_identity identity = {.vendor = "F-Secure",
                                           .product = "USB armory Mk II",
                                           .revision = "1.00",
                                           .serial = serial,
                                           .info = info};
    static struct usb_function function;
    struct aw_diag diag = {.err = AW_OK};

    identity.version = policy.version;
    identity.commit = policy.revision;
    identity.read_only = recovery_read_only;
    msc_init(&msc, &usbd, &identity, units, n_units);
    msc.in = ENDPOINT_IN;
    msc.out = ENDPOINT_OUT;
    msc.working = on_work;
    function = msc_function(&msc, descriptors, sizeof(descriptors));
    struct usbd_events events =
        usb_device_init(&device, &usbd, &usb_identity, &function, 1);

    if (usbd_phy_init(USB1, &diag) != AW_OK ||
        usbd_init(&usbd, USB1, &queues, &events, &diag) != AW_OK) {
        give_up(PANIC_USB, 0, &diag);
    }
    usbd_attach(&usbd);
}

void image_main(uint32_t r0, uint32_t r1)
{
    uint8_t id[SOC_ID_SIZE];
    struct aw_diag diag = {.err = AW_OK};

    (void)r0;
    (void)r1;
    console_init();
    print("recovery %s %s %s\n", policy.version, policy.revision,
          policy.variant);
    if (clock_init(&diag) != AW_OK) {
        give_up(PANIC_CLOCK, 0, &diag);
    }
    soc_unique_id(id);
    write_serial(id);
    size_t n = open_media();

    media_describe(id, &hab, info);
    start_usb(n);
    print("ready\n");
    for (;;) {
        bool busy = usbd_poll(&usbd);

        if (!msc_step(&msc) && !busy) {
            on_idle();
        }
        wdog_service();
    }
}
