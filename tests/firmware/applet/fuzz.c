/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with numbers and arguments from a generator: most numbers exist, most
 * arguments are edges of something. */
#include "fw/applet.h"

enum {
    CALLS = 60000,
    STEP = 10000,
    PAGE = 4096,
    AREA = 0x400000, /* blocks of the applet's own */
    BLOCKS_MAX = ABI_TRANSFER_MAX / 512
};

static _Alignas(4096) uint8_t memory[2 * ABI_TRANSFER_MAX];

static const uint32_t numbers[] = {
    ABI_WRITE,
    ABI_NANOTIME,
    ABI_GETRANDOM,
    ABI_WAIT_EVENT,
    ABI_READY,
    ABI_RX,
    ABI_TX,
    ABI_ADDRESS,
    ABI_CONFIG,
    ABI_STATUS,
    ABI_LED,
    ABI_SET_WITNESS_STATUS,
    ABI_CONSOLE_LOG,
    ABI_CRASH_LOG,
    ABI_CARD_INFO,
    ABI_READ,
    ABI_WRITE_BLOCKS,
    ABI_READ_RPMB,
    ABI_WRITE_RPMB,
    ABI_IDENTITY,
    ABI_ATTEST,
    ABI_SIGN_CHECKPOINT,
    ABI_SIGN_BASTION,
    ABI_BASTION_CERTIFICATE,
    ABI_INSTALL_OS,
    ABI_INSTALL_APPLET,
    ABI_GET_INSTALLED_VERSIONS,
};

static uint32_t state = 0x9e3779b9;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Around an edge, on both sides. */
static uint32_t edge(void)
{
    static const uint32_t edges[] = {
        0,          1,          64,         PAGE,       0x7fffffff, 0x80000000,
        0x90000000, 0x90010000, 0x90011000, 0x9fff0000, 0xa0000000, 0xffffffff,
        0x00400000, 0x021bc000, 0x00900000, 0x80010000,
    };
    uint32_t n = next();

    if (n % 4 == 0) {
        return abi_address(memory) + (n >> 8) % sizeof(memory);
    }
    return edges[n / 4 % (sizeof(edges) / sizeof(edges[0]))] + (n >> 20) % 9 -
           4;
}

static uint32_t argument(void)
{
    uint32_t n = next() % 8;

    if (n == 0) {
        return next();
    }
    return n < 3 ? next() % 300 : edge();
}

/* Blocks at either end of the area, to and from memory that would do. */
static void card_call(uint32_t number)
{
    uint32_t n = next();
    uint32_t block = n >> 8 & 7;
    uint32_t count = 1 + (n >> 16) % (BLOCKS_MAX + 2);

    if (n % 2 == 0) {
        block = AREA - (n >> 8) % (BLOCKS_MAX + 4);
    }
    if (n % 64 == 1) {
        block -= 8; /* wraps */
    }
    (void)abi_call(number, block,
                   abi_address(memory) + next() % ABI_TRANSFER_MAX, count, 0);
}

static void say(const char *text, uint32_t n)
{
    (void)abi_call(ABI_WRITE, abi_address(text), n, 0, 0);
}

uint32_t applet_main(void)
{
    static const char begin[] = "fuzz: begin\n";
    static const char step[] = "\nfuzz: calls\n";
    static const char end[] = "\nfuzz: end\n";
    uint32_t valid = 0;

    say(begin, sizeof(begin) - 1);
    /* The test looks at a time when no key is in use. */
    (void)abi_call(ABI_WAIT_EVENT, 0, 100, 0, 0);
    for (uint32_t i = 1; i <= CALLS; i++) {
        uint32_t number = next();
        uint32_t second = argument();

        if (number % 5 != 0) {
            number = numbers[number % (sizeof(numbers) / sizeof(numbers[0]))];
            valid++;
        }
        /* What would end the run or take the console's time. */
        if (number == ABI_EXIT || number == ABI_REBOOT) {
            number = ABI_READY;
        }
        if ((number == ABI_INSTALL_OS || number == ABI_INSTALL_APPLET) &&
            next() % 64 != 0) {
            number = ABI_READY;
        }
        if (number == ABI_WAIT_EVENT || number == ABI_WRITE) {
            second = second % 8 == 0 ? second | 0x80000000 : second % 3;
        }
        if (number == ABI_WAIT_EVENT) {
            second %= 3;
        }
        if ((number == ABI_READ || number == ABI_WRITE_BLOCKS) &&
            next() % 2 == 0) {
            card_call(number);
        } else {
            (void)abi_call(number, argument(), second, argument(), argument());
        }
        if (i % STEP == 0) {
            say(step, sizeof(step) - 1);
        }
    }
    if (valid >= CALLS / 10 * 7) {
        say(end, sizeof(end) - 1);
    }
    for (;;) {
        (void)abi_call(ABI_WAIT_EVENT, 0, (uint32_t)ABI_NO_LIMIT, 0, 0);
    }
}
