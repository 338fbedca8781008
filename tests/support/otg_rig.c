/* SPDX-License-Identifier: Apache-2.0 */
#include "otg_rig.h"

#include <string.h>

#include "support.h"

struct otg_rig og;

uint32_t og_read(uint32_t address)
{
    return rig_read(&og.rig, address);
}

void og_write(uint32_t address, uint32_t value)
{
    rig_write(&og.rig, address, value);
}

uint32_t og_word(uint32_t at)
{
    struct aw_rd r = aw_rd_at((aw_bytes){og.memory, OG_MEMORY_SIZE}, at);

    return aw_rd_le32(&r);
}

void og_set_word(uint32_t at, uint32_t value)
{
    struct aw_wr w = aw_wr_init(og.memory + at, 4);

    aw_wr_le32(&w, value);
}

uint32_t og_bit_of(unsigned pipe)
{
    return UINT32_C(1) << (pipe / 2 + (pipe % 2) * 16);
}

uint32_t og_td_at(unsigned pipe, unsigned i)
{
    return OG_TDS + (pipe * OG_CHAIN + i) * 32;
}

uint32_t og_buffer_at(unsigned pipe)
{
    return OG_BUFFERS + pipe * OG_BUFFER;
}

void og_head(unsigned pipe, uint32_t max_packet, bool zlt)
{
    og_set_word(OG_HEADS + pipe * 64, max_packet << 16 | (zlt ? 1U << 29 : 0) |
                                          (pipe == 0 ? 1U << 15 : 0));
    og_set_word(OG_HEADS + pipe * 64 + 8, 1);
    og_set_word(OG_HEADS + pipe * 64 + 12, 0);
}

void og_td(unsigned pipe, unsigned i, uint32_t offset, uint32_t n, bool last)
{
    uint32_t at = og_td_at(pipe, i);
    uint32_t buffer = OG_MEMORY + og_buffer_at(pipe) + offset;

    og_set_word(at, last ? 1 : OG_MEMORY + og_td_at(pipe, i + 1));
    og_set_word(at + 4, n << 16 | (last ? 1U << 15 : 0) | 0x80);
    og_set_word(at + 8, buffer);
    for (uint32_t k = 1; k < 5; k++) {
        og_set_word(at + 8 + 4 * k, (buffer & ~0xfffU) + k * 0x1000);
    }
}

void og_prime(unsigned pipe)
{
    og_set_word(OG_HEADS + pipe * 64 + 8, OG_MEMORY + og_td_at(pipe, 0));
    og_set_word(OG_HEADS + pipe * 64 + 12, 0);
    og_write(OTG_PRIME, og_bit_of(pipe));
    ck_assert_uint_eq(og_read(OTG_PRIME), 0);
}

void og_flush(uint32_t bits)
{
    og_write(OTG_FLUSH, bits);
    ck_assert_uint_eq(og_read(OTG_FLUSH), 0);
    ck_assert_uint_eq(og_read(OTG_STAT) & bits, 0);
}

void og_start_controller(void)
{
    og_write(OTG_USBCMD, 2);
    ck_assert_uint_eq(og_read(OTG_USBCMD) & 2, 0);
    og_write(OTG_USBMODE, 2 | 1 << 3);
    ck_assert_uint_eq(og_read(OTG_USBMODE) & 3, 2);
    og_head(0, 64, true);
    og_head(1, 64, true);
    og_write(OTG_LISTADDR, OG_MEMORY + OG_HEADS);
    og_write(OTG_OTGSC, 1 << 3);
    og_write(OTG_USBSTS, og_read(OTG_USBSTS));
    og_write(OTG_USBINTR, 0x47);
    og_write(OTG_USBCMD, 1);
}

static const uint8_t device_descriptor[18] = {
    18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 2, 0x27, 0, 1, 0, 0, 0, 1};
static const uint8_t config_descriptor[32] = {
    9,  2, 32, 0, 1, 1, 0, 0x80, 50, 9, 4, 0,    0, 2, 8, 6,
    80, 0, 7,  5, 1, 2, 0, 2,    0,  7, 5, 0x81, 2, 0, 2, 0};

static void status_out(void)
{
    og_td(0, 0, 0, 0, true);
    og_prime(0);
}

static void send_control(const void *bytes, uint32_t n, uint32_t asked)
{
    memcpy(og.memory + og_buffer_at(1), bytes, n);
    og_td(1, 0, 0, n < asked ? n : asked, true);
    og_prime(1);
    status_out();
}

void og_ack(void)
{
    og_td(1, 0, 0, 0, true);
    og_prime(1);
}

void og_listen_bulk(uint32_t n)
{
    og_td(2, 0, 0, n, true);
    og_prime(2);
}

static void configure(uint32_t value)
{
    og.configuration = value;
    og_head(2, OG_BULK, true);
    og_head(3, OG_BULK, false);
    og_write(OTG_CTRL1, 1 << 7 | 2 << 2 | 1 << 6 | 1 << 23 | 2 << 18 | 1 << 22);
    og_flush(og_bit_of(2) | og_bit_of(3));
    og_listen_bulk(0x4000);
}

static void stall_control(void)
{
    og_write(OTG_CTRL0, og_read(OTG_CTRL0) | 1 << 16 | 1);
}

static void answer(const uint8_t *s)
{
    uint32_t length = s[6] | (uint32_t)s[7] << 8;

    switch (s[0] << 8 | s[1]) {
    case 0x8006:
        if (s[3] == 1) {
            send_control(device_descriptor, 18, length);
        } else if (s[3] == 2) {
            send_control(config_descriptor, 32, length);
        } else {
            stall_control();
        }
        break;
    case 0x0005:
        og_write(OTG_DEVICEADDR, (uint32_t)s[2] << 25 | 1 << 24);
        og_ack();
        break;
    case 0x0009:
        configure(s[2]);
        og_ack();
        break;
    case 0x4000: /* data OUT, then status IN */
        og_td(0, 0, 0, length, true);
        og_prime(0);
        og_ack();
        break;
    case 0xc000: /* 200 bytes of data IN */
        memset(og.memory + og_buffer_at(1), 0x5a, 200);
        send_control(og.memory + og_buffer_at(1), 200, length);
        break;
    default:
        stall_control();
        break;
    }
}

/* With tripwire, as the manual says. */
static void take_setup(void)
{
    uint8_t s[8];

    og_write(OTG_SETUPSTAT, 1);
    do {
        og_write(OTG_USBCMD, og_read(OTG_USBCMD) | 1 << 13);
        memcpy(s, og.memory + OG_HEADS + 40, 8);
    } while ((og_read(OTG_USBCMD) & 1 << 13) == 0);
    og_write(OTG_USBCMD, og_read(OTG_USBCMD) & ~(UINT32_C(1) << 13));
    ck_assert_uint_eq(og_read(OTG_SETUPSTAT), 0);
    og_flush(og_bit_of(0) | og_bit_of(1));
    og.setups++;
    answer(s);
}

static void take_reset(void)
{
    og_write(OTG_SETUPSTAT, og_read(OTG_SETUPSTAT));
    og_write(OTG_COMPLETE, og_read(OTG_COMPLETE));
    og_flush(0xff00ff);
    og.configuration = 0;
    og.resets++;
}

static void echo(uint32_t complete)
{
    if ((complete & og_bit_of(2)) != 0) {
        og.out_n = 0x4000 - (og_word(og_td_at(2, 0) + 4) >> 16 & 0x7fff);
        memcpy(og.memory + og_buffer_at(3), og.memory + og_buffer_at(2),
               og.out_n);
        og_td(3, 0, 0, og.out_n, true);
        og_prime(3);
        og.completions++;
    }
    if ((complete & og_bit_of(3)) != 0) {
        ck_assert_uint_eq(og_word(og_td_at(3, 0) + 4) & 0x7fff00ff, 0);
        og.completions++;
        og_listen_bulk(0x4000);
    }
}

static void interrupt(void)
{
    uint32_t status = og_read(OTG_USBSTS);

    og_write(OTG_USBSTS, status & 0x47);
    if ((status & 1 << 6) != 0) {
        take_reset();
        return;
    }
    if ((og_read(OTG_SETUPSTAT) & 1) != 0 && !og.deaf) {
        take_setup();
    }
    uint32_t complete = og_read(OTG_COMPLETE);

    og_write(OTG_COMPLETE, complete);
    echo(complete);
}

/* The twin: events, and the driver after each tick. */
static void run(void *ctx, uint64_t until, const bool *done)
{
    (void)ctx;
    while (!*done && og.rig.clock.next <= until) {
        og.rig.clock.now = og.rig.clock.next;
        tw_clock_fire(&og.rig.clock);
        if (og.irq.level) {
            interrupt();
        }
    }
    if (!*done && og.rig.clock.now < until) {
        og.rig.clock.now = until;
    }
}

void og_run_ms(uint32_t ms)
{
    bool never = false;

    run(NULL, og.rig.clock.now + tw_clock_ticks(&og.rig.clock, ms, 1000),
        &never);
}

void og_setup(void)
{
    const struct tw_region region = {.name = "DDR",
                                     .base = OG_MEMORY,
                                     .size = OG_MEMORY_SIZE,
                                     .ram = {.bytes = og.memory}};

    memset(&og, 0, sizeof(og));
    rig_init(&og.rig);
    tw_bus_add_ram(&og.rig.bus, &region);
    tw_otg_init(&og.otg, 0, &og.rig.bus, &og.rig.clock, &og.port);
    og.otg.irq = rig_watch(&og.irq);
    tw_usb_host_init(&og.host, &og.port, &og.rig.clock);
    og.direct = (struct tw_usb_direct){
        .clock = &og.rig.clock, .run = run, .host = {&og.host}, .hosts = 1};
    og_write(TW_CCM_BASE + 0x80, 0xffffffff);
}

void og_plug_in(void)
{
    static struct aw_usb_id list[AW_USB_DEVICES];
    struct aw_usb usb = tw_usb_direct(&og.direct);
    const struct aw_usb_want want = {.vendor = 0x1209};
    struct aw_usb_id id;

    og_start_controller();
    tw_usb_cable(&og.port, true);
    ck_assert_int_eq(
        aw_usb_arrival(&usb, &want, OG_TIMEOUT_MS, list, &id, NULL), AW_OK);
    ck_assert_int_eq(usb.open(usb.ctx, &id, &og.usb, NULL), AW_OK);
}

aw_err og_control(uint8_t type, uint8_t request, uint8_t *data, uint16_t n,
                  size_t *done)
{
    const struct aw_usb_setup s = {type, request, 0, 0, n};

    return og.usb.control(og.usb.ctx, &s, data, done, OG_TIMEOUT_MS, NULL);
}
