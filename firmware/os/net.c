/* SPDX-License-Identifier: Apache-2.0 */
#include "os/net.h"

#include <string.h>

#include "aw/sha256.h"
#include "fw/dma.h"
#include "fw/gic.h"
#include "fw/print.h"
#include "fw/soc.h"
#include "fw/time.h"
#include "os/call/call.h"

enum { LINK_MS = 500, LOCAL = 2, GROUP = 1, SERIAL_DIGITS = 2 * SOC_ID_SIZE };

static DMA_UNCACHED _Alignas(64) struct enet_queues queues;

static struct {
    struct lan lan;
    bool there;
    bool link;
    bool full; /* a frame found no room; ABI_EVENT_TX is owed */
    uint64_t link_at;
} net;

void net_mac(const uint8_t id[8], uint8_t mac[ENET_MAC])
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t text[4 + SERIAL_DIGITS] = {'M', 'A', 'C', ':'};
    uint8_t digest[AW_SHA256_SIZE];

    for (unsigned i = 0; i < SOC_ID_SIZE; i++) {
        text[4 + 2 * i] = (uint8_t)digits[id[i] >> 4];
        text[5 + 2 * i] = (uint8_t)digits[id[i] & 0xf];
    }
    aw_sha256((aw_bytes){text, sizeof(text)}, digest);
    memcpy(mac, digest, ENET_MAC);
    mac[0] = (uint8_t)((mac[0] & ~GROUP) | LOCAL);
}

void net_init(void)
{
    struct aw_diag diag = {0};
    uint8_t id[SOC_ID_SIZE];
    uint8_t mac[ENET_MAC];

    soc_unique_id(id);
    net_mac(id, mac);
    aw_err err = lan_init(&net.lan, &queues, mac, &diag);

    net.there = err == AW_OK;
    if (net.there) {
        gic_enable(net.lan.line);
    } else {
        print("network: %s: %s\n", aw_err_name(err),
              diag.where != NULL ? diag.where : "none");
    }
}

uint32_t net_line(void)
{
    return net.there ? net.lan.line : 0;
}

bool net_link(void)
{
    return net.link;
}

bool net_address(uint8_t mac[ENET_MAC])
{
    if (net.there) {
        memcpy(mac, net.lan.enet.mac, ENET_MAC);
    }
    return net.there;
}

aw_err net_led(enum lan_led led, bool on)
{
    return net.there ? lan_led(&net.lan, led, on) : AW_ERR_PRECONDITION;
}

static uint32_t look_at_link(uint64_t now)
{
    if (now < net.link_at) {
        return 0;
    }
    bool link = lan_link(&net.lan);
    bool changed = link != net.link;

    net.link = link;
    net.link_at = now + (uint64_t)LINK_MS * TIME_PER_MS;
    return changed ? ABI_EVENT_LINK : 0;
}

uint64_t net_look(struct os *os, uint64_t now)
{
    uint32_t events = 0;

    if (!net.there) {
        return UINT64_MAX;
    }
    enet_look(&net.lan.enet);
    gic_enable(net.lan.line);
    events = look_at_link(now);
    if (enet_waits(&net.lan.enet)) {
        events |= ABI_EVENT_RX;
    }
    if (net.full && enet_room(&net.lan.enet)) {
        events |= ABI_EVENT_TX;
        net.full = false;
    }
    if (events != 0) {
        os_event(os, events);
    }
    return net.link_at;
}

int32_t call_rx(struct os *os, const uint32_t *arg)
{
    static uint8_t frame[ENET_RECEIVE_MAX];

    if (!net.there) {
        return call_error(AW_ERR_PRECONDITION);
    }
    if (arg[1] < ENET_RECEIVE_MAX) {
        return call_error(AW_ERR_SPACE);
    }
    uint8_t *to = NULL;
    aw_err err = AW_ERR_RANGE;

    if (arg[1] <= ABI_TRANSFER_MAX) {
        err = space_at(&os->applet.space, arg[0], arg[1], true, &to);
    }
    if (err != AW_OK) {
        return call_error(err);
    }
    uint32_t n = enet_receive(&net.lan.enet, frame);

    memcpy(to, frame, n);
    if (!enet_waits(&net.lan.enet)) {
        os->events &= ~(uint32_t)ABI_EVENT_RX;
    }
    return (int32_t)n;
}

int32_t call_tx(struct os *os, const uint32_t *arg)
{
    uint8_t *frame = NULL;
    aw_err err = AW_ERR_RANGE;

    if (arg[1] >= ENET_HEADER && arg[1] <= ENET_SEND_MAX) {
        err = space_at(&os->applet.space, arg[0], arg[1], false, &frame);
    }
    if (err == AW_OK && !net.link) {
        err = AW_ERR_PRECONDITION;
    }
    if (err == AW_OK) {
        err = enet_send(&net.lan.enet, frame, arg[1]);
        net.full = err == AW_ERR_SPACE;
    }
    return call_error(err);
}

int32_t call_address(struct os *os, const uint32_t *arg)
{
    uint8_t mac[ENET_MAC];

    if (!net_address(mac)) {
        return call_error(AW_ERR_PRECONDITION);
    }
    return call_error(space_out(&os->applet.space, arg[0], mac, sizeof(mac)));
}
