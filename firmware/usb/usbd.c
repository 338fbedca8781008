/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/usbd.h"

#include <string.h>

#include "fw/cpu.h"
#include "fw/dma.h"
#include "fw/reg.h"
#include "usbd_priv.h"

static uint32_t rd(const struct usbd *usbd, uint32_t offset)
{
    return reg_rd(usbd->base + offset);
}

static void wr(const struct usbd *usbd, uint32_t offset, uint32_t value)
{
    reg_wr(usbd->base + offset, value);
}

bool usbd_wait(const struct usbd *usbd, uint32_t offset, uint32_t mask,
               uint32_t value)
{
    struct deadline d = deadline_us(USBD_WAIT_US);

    while ((rd(usbd, offset) & mask) != value) {
        if (deadline_passed(&d)) {
            return (rd(usbd, offset) & mask) == value;
        }
    }
    return true;
}

aw_err usbd_init(struct usbd *usbd, uint32_t base, struct usbd_queues *queues,
                 const struct usbd_events *events, struct aw_diag *diag)
{
    *usbd = (struct usbd){.base = base, .queues = queues, .events = *events};
    /* The ROM's serial download may have left it running. */
    wr(usbd, USBCMD, 0);
    wr(usbd, USBCMD, CMD_RST);
    if (!usbd_wait(usbd, USBCMD, CMD_RST, 0)) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "usb: reset", base);
    }
    wr(usbd, USBMODE, MODE_DEVICE | MODE_SLOM);
    if (!usbd_wait(usbd, USBMODE, MODE_CM, MODE_DEVICE)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "usb: device mode",
                       rd(usbd, USBMODE));
    }
    for (unsigned i = 0; i < USBD_PIPES; i++) {
        for (unsigned k = 0; k < 16; k++) {
            dma_wr(&queues->head[i][k], 0);
        }
        dma_wr(&queues->head[i][HEAD_NEXT], LINK_END);
    }
    dma_wr(&queues->head[0][0],
           USBD_CONTROL << HEAD_MAX_SHIFT | HEAD_ZLT | HEAD_IOS);
    dma_wr(&queues->head[1][0], USBD_CONTROL << HEAD_MAX_SHIFT | HEAD_ZLT);
    cpu_dsb();
    wr(usbd, ENDPTLISTADDR, dma_address(queues));
    reg_field(base + OTGSC, OTGSC_CHANGES, OTGSC_OT);
    wr(usbd, USBSTS, rd(usbd, USBSTS));
    return AW_OK;
}

void usbd_attach(struct usbd *usbd)
{
    wr(usbd, USBINTR, STS_UI | STS_UEI | STS_PCI | STS_URI | STS_SLI);
    reg_set(usbd->base + USBCMD, CMD_RS);
}

void usbd_set_address(struct usbd *usbd, uint8_t address)
{
    wr(usbd, DEVICEADDR, (uint32_t)address << ADDR_SHIFT | ADDR_ADVANCE);
}

/* Bits of one direction in ENDPTCTRLn. */
static unsigned shift_of(uint8_t endpoint)
{
    return (endpoint & USBD_IN) != 0 ? 16 : 0;
}

static uint32_t control_of(uint8_t endpoint)
{
    return ENDPTCTRL0 + 4U * (endpoint & (USBD_ENDPOINTS - 1U));
}

void usbd_enable(struct usbd *usbd, uint8_t endpoint, enum usbd_type type,
                 uint16_t max_packet)
{
    uint32_t *head = usbd->queues->head[usbd_pipe_of(endpoint)];
    uint32_t offset = control_of(endpoint);
    unsigned shift = shift_of(endpoint);
    uint32_t control = rd(usbd, offset);
    uint32_t other = (uint32_t)CTRL_TYPE << (16 - shift);

    usbd_cancel(usbd, endpoint);
    dma_wr(&head[0], (uint32_t)max_packet << HEAD_MAX_SHIFT | HEAD_ZLT);
    dma_wr(&head[HEAD_NEXT], LINK_END);
    dma_wr(&head[HEAD_TOKEN], 0);
    cpu_dsb();
    /* A direction that is off may not stay of type control. */
    if ((control & other) == 0) {
        control |= (uint32_t)USBD_TYPE_BULK << (CTRL_TYPE_SHIFT + 16 - shift);
    }
    control &= ~((uint32_t)(CTRL_TYPE | CTRL_STALL) << shift);
    control |= ((uint32_t)type << CTRL_TYPE_SHIFT | CTRL_TOGGLE | CTRL_ENABLE)
               << shift;
    wr(usbd, offset, control);
}

void usbd_stall(struct usbd *usbd, uint8_t endpoint)
{
    reg_set(usbd->base + control_of(endpoint),
            (uint32_t)CTRL_STALL << shift_of(endpoint));
}

void usbd_unstall(struct usbd *usbd, uint8_t endpoint)
{
    uint32_t at = usbd->base + control_of(endpoint);
    unsigned shift = shift_of(endpoint);

    reg_field(at, (uint32_t)(CTRL_STALL | CTRL_TOGGLE) << shift,
              (uint32_t)CTRL_TOGGLE << shift);
}

bool usbd_stalled(const struct usbd *usbd, uint8_t endpoint)
{
    return (rd(usbd, control_of(endpoint)) >> shift_of(endpoint) &
            CTRL_STALL) != 0;
}

/* With the tripwire: the copy counts only if no other packet came meanwhile. */
static bool copy_setup(struct usbd *usbd, uint8_t packet[8])
{
    const uint32_t *head = usbd->queues->head[0];

    for (unsigned i = 0; i < TRIPWIRE_TRIES; i++) {
        reg_set(usbd->base + USBCMD, CMD_SUTW);
        uint32_t low = dma_rd(&head[HEAD_SETUP]);
        uint32_t high = dma_rd(&head[HEAD_SETUP + 1]);

        if ((rd(usbd, USBCMD) & CMD_SUTW) != 0) {
            memcpy(packet, &low, 4);
            memcpy(packet + 4, &high, 4);
            reg_clear(usbd->base + USBCMD, CMD_SUTW);
            return true;
        }
    }
    return false;
}

static void take_setup(struct usbd *usbd)
{
    uint8_t packet[8];

    wr(usbd, ENDPTSETUPSTAT, 1);
    (void)usbd_wait(usbd, ENDPTSETUPSTAT, 1, 0);
    /* What is left of the transfer before is void. */
    usbd_cancel(usbd, 0);
    usbd_cancel(usbd, USBD_IN);
    if (copy_setup(usbd, packet)) {
        usbd->events.setup(usbd->events.ctx, packet);
    }
}

/* A reset that is still going on makes what came before it void; one that
 * ended long ago may have been followed by a setup packet already. */
static void take_reset(struct usbd *usbd)
{
    if ((rd(usbd, PORTSC1) & PORT_RESET) != 0) {
        wr(usbd, ENDPTSETUPSTAT, rd(usbd, ENDPTSETUPSTAT));
    }
    wr(usbd, ENDPTCOMPLETE, rd(usbd, ENDPTCOMPLETE));
    (void)usbd_wait(usbd, ENDPTPRIME, UINT32_MAX, 0);
    wr(usbd, ENDPTFLUSH, UINT32_MAX);
    (void)usbd_wait(usbd, ENDPTFLUSH, UINT32_MAX, 0);
    for (unsigned i = 1; i < USBD_ENDPOINTS; i++) {
        wr(usbd, control_of((uint8_t)i), 0);
    }
    for (unsigned i = 0; i < USBD_PIPES; i++) {
        usbd->pipe[i].active = false;
    }
    wr(usbd, DEVICEADDR, 0);
    usbd->suspended = false;
    usbd->events.reset(usbd->events.ctx);
}

static void take_port_change(struct usbd *usbd)
{
    uint32_t port = rd(usbd, PORTSC1);

    usbd->high_speed = (port & PORT_SPEED) == PORT_HIGH;
    usbd->suspended = (port & PORT_SUSPEND) != 0;
}

bool usbd_poll(struct usbd *usbd)
{
    uint32_t status =
        rd(usbd, USBSTS) & (STS_UI | STS_UEI | STS_PCI | STS_URI | STS_SLI);

    if (status == 0) {
        return false;
    }
    wr(usbd, USBSTS, status);
    if ((status & STS_URI) != 0) {
        take_reset(usbd);
    }
    if ((status & STS_PCI) != 0) {
        take_port_change(usbd);
    }
    if ((status & STS_SLI) != 0) {
        usbd->suspended = true;
    }
    usbd_take_completions(usbd);
    if ((rd(usbd, ENDPTSETUPSTAT) & 1) != 0) {
        /* A packet follows its bus reset, whichever was seen first. */
        usbd->high_speed = (rd(usbd, PORTSC1) & PORT_SPEED) == PORT_HIGH;
        take_setup(usbd);
    }
    return true;
}
