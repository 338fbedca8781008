/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that an applet is: it says who it is, blinks blue once a second, and
 * does what the first block of its area asks, once. For trying out an OS:
 *
 *     log TEXT     prints it
 *     sign SECONDS cosigns the checkpoint in the second block, at that time
 *     exit         ends with code 7
 *     fault        touches memory that is not its own
 *     spin         never waits again
 */
#include <stdbool.h>
#include <string.h>

#include "fw/applet.h"

enum { BLOCK = 512, SIGNATURE = 64, BLINK_MS = 500, EXIT_CODE = 7 };
#define NOT_ITS_OWN UINT32_C(0x80010000)

static char order[BLOCK];
static char text[BLOCK];

static void say(const char *words)
{
    (void)abi_call(ABI_WRITE, abi_address(words), (uint32_t)strlen(words), 0,
                   0);
}

static void say_bytes(const uint8_t *bytes, uint32_t n)
{
    char hex[3] = "";

    for (uint32_t i = 0; i < n; i++) {
        hex[0] = "0123456789abcdef"[bytes[i] >> 4];
        hex[1] = "0123456789abcdef"[bytes[i] & 0xf];
        say(hex);
    }
    say("\n");
}

/* Reads it and makes it blank: another life has no order. */
static bool take_order(void)
{
    static const char blank[BLOCK];

    if (abi_call(ABI_READ, 0, abi_address(order), 1, 0) != 0 ||
        order[0] == '\0') {
        return false;
    }
    order[BLOCK - 1] = '\0';
    return abi_call(ABI_WRITE_BLOCKS, 0, abi_address(blank), 1, 0) == 0;
}

/* What follows the word in the order; NULL: it is another one. */
static const char *after(const char *word)
{
    size_t n = strlen(word);

    return memcmp(order, word, n) == 0 ? order + n : NULL;
}

static void sign(const char *seconds)
{
    struct abi_cosign cosign = {.text = abi_address(text)};
    uint8_t signature[SIGNATURE];

    while (*seconds >= '0' && *seconds <= '9') {
        cosign.time = cosign.time * 10 + (uint64_t)(*seconds++ - '0');
    }
    if (abi_call(ABI_READ, 1, abi_address(text), 1, 0) != 0) {
        say("minimal: no second block\n");
        return;
    }
    while (cosign.n < BLOCK && text[cosign.n] != '\0') {
        cosign.n++;
    }
    if (abi_call(ABI_SIGN_CHECKPOINT, abi_address(&cosign),
                 abi_address(signature), 0, 0) != 0) {
        say("minimal: not signed\n");
        return;
    }
    say("minimal: signature ");
    say_bytes(signature, sizeof(signature));
}

static void fault(void)
{
    uint32_t word = 0;

    __asm__ volatile("ldr %0, [%1]" : "=r"(word) : "r"(NOT_ITS_OWN));
    say("minimal: still here\n");
}

static void obey(void)
{
    if (after("log ") != NULL) {
        say(after("log "));
        say("\n");
    } else if (after("sign ") != NULL) {
        sign(after("sign "));
    } else if (after("exit") != NULL) {
        (void)abi_call(ABI_EXIT, EXIT_CODE, 0, 0, 0);
    } else if (after("fault") != NULL) {
        fault();
    } else if (after("spin") != NULL) {
        for (;;) {
            __asm__ volatile("");
        }
    }
}

static void say_who(void)
{
    struct abi_identity identity;

    if (abi_call(ABI_IDENTITY, abi_address(&identity), 0, 0, 0) == 0) {
        say("minimal: ");
        say(identity.witness);
        say("\n");
    } else {
        say("minimal: no identity\n");
    }
}

uint32_t applet_main(void)
{
    uint32_t lit = 0;

    say_who();
    if (take_order()) {
        obey();
    }
    say("minimal: ready\n");
    (void)abi_call(ABI_READY, 0, 0, 0, 0);
    for (;;) {
        (void)abi_call(ABI_WAIT_EVENT, 0, BLINK_MS, 0, 0);
        lit ^= 1;
        (void)abi_call(ABI_LED, ABI_LED_BLUE, lit, 0, 0);
    }
}
