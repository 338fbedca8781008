/* SPDX-License-Identifier: Apache-2.0 */
#include "os/gadget.h"

#include "fw/gic.h"
#include "fw/hid.h"
#include "fw/print.h"
#include "fw/time.h"
#include "os/control/control.h"
#include "os/self.h"

enum { HALF_AMPERE = 0xfa };

static DMA_UNCACHED _Alignas(2048) struct usbd_queues queues;
static struct usbd usbd;
static struct usb_device usb_device;
static struct usb_function function;
static struct hid hid;
static struct u2fhid frames;
static struct control control;
static char serial[SELF_SERIAL];
static uint32_t line; /* 0: there is no gadget */

/* As upstream's, by which its host finds the device. */
static const struct usb_identity identity = {
    .vendor = 0x1209,
    .product = 0x2702,
    .release = 1,
    .max_power = HALF_AMPERE,
    .device_class = {0xef, 2, 1},
    .text = {"WithSecure Foundry", "Armory Witness", serial,
             "U2FHID interface descriptor"}};

void gadget_start(struct os *os)
{
    uint32_t port = self_is_lan_board() ? USB1 : USB2;
    struct aw_diag diag = {.err = AW_OK};

    self_serial(serial);
    control_init(&control, os);
    u2fhid_init(&frames, control_serve, &control);
    hid_init(&hid, &usbd, &frames);
    function = hid_function(&hid);
    struct usbd_events events =
        usb_device_init(&usb_device, &usbd, &identity, &function, 1);
    aw_err err = usbd_phy_init(port, &diag);

    if (err == AW_OK) {
        err = usbd_init(&usbd, port, &queues, &events, &diag);
    }
    if (err != AW_OK) {
        print("usb: %s\n", aw_err_name(err));
        return;
    }
    line = port == USB1 ? GIC_USB1 : GIC_USB2;
    usbd_attach(&usbd);
    gic_enable(line);
}

bool gadget_poll(void)
{
    if (line == 0) {
        return false;
    }
    bool busy = usbd_poll(&usbd);

    busy = hid_step(&hid, time_now() / TIME_PER_MS) || busy;
    gic_enable(line);
    return busy;
}
