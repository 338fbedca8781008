/* SPDX-License-Identifier: Apache-2.0 */
/* An applet that does what the first block of its area says: struct order. */
#include <string.h>

#include "aw/err.h"
#include "fw/applet.h"

enum { BLOCK = 512, PIECE = 64 };

/* tests/scenario/os_support.h knows it, too. */
struct order {
    char magic[8]; /* "AWORDER" */
    char sick[32]; /* the version that exits at once */
    char idle[32]; /* the version that is never ready */
    uint32_t call; /* ABI_INSTALL_OS, ABI_INSTALL_APPLET; 0: none */
    uint32_t record_n;
    uint32_t record; /* block */
    uint32_t file_n;
    uint32_t file; /* block */
    uint32_t rpmb; /* 1: counts up in its sector */
};

static union {
    struct order order;
    uint8_t bytes[BLOCK];
} first;
static uint8_t piece[PIECE * BLOCK];
static struct abi_versions versions;

static void say(const char *text)
{
    (void)abi_call(ABI_WRITE, abi_address(text), (uint32_t)strlen(text), 0, 0);
}

static void say_result(const char *text, int32_t result)
{
    char line[16] = "0x00000000\n";
    const uint32_t v = (uint32_t)-result;

    for (unsigned i = 0; i < 8; i++) {
        line[2 + i] = "0123456789abcdef"[v >> (28 - 4 * i) & 0xf];
    }
    say(text);
    say(line);
}

/* n bytes from a block on, in pieces, to a call. */
static int32_t feed(uint32_t call, uint32_t op, uint32_t block, uint32_t n)
{
    int32_t result = 0;

    while (n > 0 && result == 0) {
        uint32_t now = n < sizeof(piece) ? n : (uint32_t)sizeof(piece);

        result = abi_call(ABI_READ, block, abi_address(piece),
                          (now + BLOCK - 1) / BLOCK, 0);
        if (result == 0) {
            result = abi_call(call, op, abi_address(piece), now, 0);
        }
        block += PIECE;
        n -= now;
    }
    return result;
}

static void install(const struct order *o)
{
    int32_t result = feed(o->call, ABI_INSTALL_BEGIN, o->record, o->record_n);

    if (result == 0) {
        result = feed(o->call, ABI_INSTALL_PART, o->file, o->file_n);
    }
    if (result == 0) {
        say("applet: installing\n");
        result = abi_call(o->call, ABI_INSTALL_END, 0, 0, 0);
    }
    say_result("applet: installed ", result);
}

static void count(void)
{
    int32_t result = abi_call(ABI_READ_RPMB, abi_address(piece), 256, 0, 0);

    say_result("applet: rpmb read ", result);
    say_result("applet: rpmb was ", -(int32_t)piece[0]);
    piece[0]++;
    result = abi_call(ABI_WRITE_RPMB, abi_address(piece), 256, 0, 0);
    say_result("applet: rpmb write ", result > 0 ? 0 : result);
}

uint32_t applet_main(void)
{
    struct order *o = &first.order;

    (void)abi_call(ABI_GET_INSTALLED_VERSIONS, abi_address(&versions), 0, 0, 0);
    say("applet: version ");
    say(versions.applet);
    say("\n");
    if (abi_call(ABI_READ, 0, abi_address(&first), 1, 0) != 0 ||
        memcmp(o->magic, "AWORDER", sizeof(o->magic)) != 0) {
        memset(&first, 0, sizeof(first));
    }
    if (strcmp(o->sick, versions.applet) == 0) {
        return 3;
    }
    if (strcmp(o->idle, versions.applet) != 0) {
        (void)abi_call(ABI_READY, 0, 0, 0, 0);
        say("applet: ready\n");
    }
    if (o->rpmb != 0) {
        count();
    }
    if (o->call != 0) {
        install(o);
    }
    for (;;) {
        (void)abi_call(ABI_WAIT_EVENT, ABI_EVENT_ALL, (uint32_t)ABI_NO_LIMIT, 0,
                       0);
    }
}
