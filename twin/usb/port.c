/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/port.h"

static void tell(struct tw_usb_port *port)
{
    if (port->changed != NULL) {
        port->changed(port->host_ctx);
    }
}

void tw_usb_attach(struct tw_usb_port *port, const struct tw_usb_device *device)
{
    if (port->device == device) {
        return;
    }
    if (port->device != NULL && device != NULL) {
        port->device = NULL;
        tell(port);
    }
    port->device = device;
    tell(port);
}

void tw_usb_cable(struct tw_usb_port *port, bool in)
{
    if (port->cable == in) {
        return;
    }
    port->cable = in;
    if (port->power != NULL) {
        port->power(port->power_ctx, in);
    }
    tell(port);
}

void tw_usb_ready(struct tw_usb_port *port)
{
    if (port->ready != NULL) {
        port->ready(port->host_ctx);
    }
}
