/* SPDX-License-Identifier: Apache-2.0 */
/* An applet that is 10.0.2.15 on the twin's own network: answers ARP, and sends
 * back what comes to UDP port 7. RFC 826, 768, 862. */
#include <string.h>

#include "applet_test.h"

enum {
    FRAME = 1518,
    MAC = 6,
    TYPE_AT = 12,
    TYPE_ARP = 0x0806,
    TYPE_IP = 0x0800,
    ARP_SIZE = 42,
    ARP_OPERATION = 20,
    ARP_SENDER = 22, /* MAC and address; the target's behind it */
    ARP_TARGET = 32,
    ARP_PARTY = 10,
    IP_AT = 14,
    IP_SIZE = 20,
    IP_LENGTH = 16,
    IP_PROTOCOL = 23,
    IP_SOURCE = 26,
    IP_TARGET = 30,
    ADDRESS = 4,
    UDP = 17,
    UDP_AT = 34,
    UDP_SIZE = 8,
    ECHO = 7
};

static const uint8_t address[ADDRESS] = {10, 0, 2, 15};
static uint8_t frame[FRAME];
static uint8_t mac[MAC];

static uint32_t be16(uint32_t at)
{
    return (uint32_t)frame[at] << 8 | frame[at + 1];
}

static void swap(uint32_t a, uint32_t b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t byte = frame[a + i];

        frame[a + i] = frame[b + i];
        frame[b + i] = byte;
    }
}

/* Back to where it came from. */
static bool send(uint32_t n)
{
    memcpy(frame, frame + MAC, MAC);
    memcpy(frame + MAC, mac, MAC);
    return abi_call(ABI_TX, abi_address(frame), n, 0, 0) == 0;
}

static void answer_arp(void)
{
    swap(ARP_SENDER, ARP_TARGET, ARP_PARTY);
    memcpy(frame + ARP_SENDER, mac, MAC);
    frame[ARP_OPERATION + 1] = 2;
    check("lan: arp", send(ARP_SIZE));
}

/* Sums do not change when addresses and ports change places. */
static void answer_udp(uint32_t n)
{
    swap(IP_SOURCE, IP_TARGET, ADDRESS);
    swap(UDP_AT, UDP_AT + 2, 2);
    say_number("lan: echo ", n - UDP_AT - UDP_SIZE);
    check("lan: sent", send(n));
}

static void take(uint32_t n)
{
    if (n >= ARP_SIZE && be16(TYPE_AT) == TYPE_ARP &&
        be16(ARP_OPERATION) == 1 &&
        memcmp(frame + ARP_TARGET + MAC, address, ADDRESS) == 0) {
        answer_arp();
    }
    if (n >= UDP_AT + UDP_SIZE && be16(TYPE_AT) == TYPE_IP &&
        frame[IP_AT] == 0x45 && frame[IP_PROTOCOL] == UDP &&
        memcmp(frame + IP_TARGET, address, ADDRESS) == 0 &&
        be16(UDP_AT + 2) == ECHO && be16(IP_LENGTH) + IP_AT <= n &&
        be16(IP_LENGTH) >= IP_SIZE + UDP_SIZE) {
        answer_udp(be16(IP_LENGTH) + IP_AT);
    }
}

uint32_t applet_main(void)
{
    (void)abi_call(ABI_ADDRESS, abi_address(mac), 0, 0, 0);
    say("lan: ready\n");
    for (;;) {
        int32_t n = abi_call(ABI_RX, abi_address(frame), sizeof(frame), 0, 0);

        if (n > 0) {
            take((uint32_t)n);
        } else {
            (void)abi_call(ABI_WAIT_EVENT, ABI_EVENT_RX | ABI_EVENT_LINK, 30000,
                           0, 0);
        }
    }
}
