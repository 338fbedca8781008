/* SPDX-License-Identifier: Apache-2.0 */
/* An applet that sends every frame back to where it came from, and says what
 * the network does. */
#include <string.h>

#include "applet_test.h"
#include "aw/err.h"

enum { FRAME = 1518, MAC = 6, HEADER = 14 };

static uint8_t frame[FRAME];

static void say_link(void)
{
    struct abi_status status;

    (void)abi_call(ABI_STATUS, abi_address(&status), 0, 0, 0);
    say_number("net: link ", status.link);
}

/* The queue may be full: the frame waits for room in it. */
static void send(uint32_t n)
{
    while (abi_call(ABI_TX, abi_address(frame), n, 0, 0) == -AW_ERR_SPACE) {
        say("net: full\n");
        (void)abi_call(ABI_WAIT_EVENT, ABI_EVENT_TX, (uint32_t)ABI_NO_LIMIT, 0,
                       0);
    }
}

static void echo(uint32_t n)
{
    uint8_t from[MAC];

    memcpy(from, frame + MAC, MAC);
    (void)abi_call(ABI_ADDRESS, abi_address(frame + MAC), 0, 0, 0);
    memcpy(frame, from, MAC);
    send(n);
}

/* The first byte of the content says how many more times it goes back: more
 * than the queue holds, and faster than the wire. */
static void take_frames(void)
{
    for (;;) {
        int32_t n = abi_call(ABI_RX, abi_address(frame), sizeof(frame), 0, 0);

        if (n <= 0) {
            return;
        }
        if (n > FRAME) {
            say("FAIL net: longer than a frame\n");
        }
        uint32_t copies = frame[HEADER] + 1U;

        for (uint32_t i = 0; i < copies; i++) {
            echo((uint32_t)n);
        }
    }
}

static bool sent_or_no_link(uint32_t at)
{
    struct abi_status status;

    (void)abi_call(ABI_STATUS, abi_address(&status), 0, 0, 0);
    return abi_call(ABI_TX, at, 64, 0, 0) ==
           (status.link != 0 ? 0 : -AW_ERR_PRECONDITION);
}

static void check_arguments(void)
{
    const uint32_t at = abi_address(frame);

    check("net: no frame yet", abi_call(ABI_RX, at, sizeof(frame), 0, 0) == 0);
    check("net: nothing is sent without a link", sent_or_no_link(at));
    check("net: small buffer",
          abi_call(ABI_RX, at, FRAME - 1, 0, 0) == -AW_ERR_SPACE);
    check("net: lengths",
          abi_call(ABI_TX, at, 13, 0, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_TX, at, 1515, 0, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_TX, at, 0x80000000, 0, 0) == -AW_ERR_RANGE);
    check("net: memory",
          abi_call(ABI_RX, 0x80010000, FRAME, 0, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_TX, 0x80010000, 64, 0, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_ADDRESS, 0x9ffffffb, 0, 0, 0) == -AW_ERR_RANGE);
}

uint32_t applet_main(void)
{
    uint8_t mac[8] = {0};

    if (abi_call(ABI_ADDRESS, abi_address(mac), 0, 0, 0) != 0) {
        check("net: none", abi_call(ABI_RX, abi_address(frame), FRAME, 0, 0) ==
                                   -AW_ERR_PRECONDITION &&
                               abi_call(ABI_TX, abi_address(frame), 64, 0, 0) ==
                                   -AW_ERR_PRECONDITION);
    } else {
        check_arguments();
        say_number("net: mac ", (uint32_t)mac[0] << 8 | mac[1]);
        say_number("net: mac ", (uint32_t)mac[2] << 24 |
                                    (uint32_t)mac[3] << 16 |
                                    (uint32_t)mac[4] << 8 | mac[5]);
    }
    say("net: ready\n");
    for (;;) {
        int32_t events = abi_call(ABI_WAIT_EVENT, ABI_EVENT_RX | ABI_EVENT_LINK,
                                  30000, 0, 0);

        if ((events & ABI_EVENT_LINK) != 0) {
            say_link();
        }
        take_frames();
    }
}
