/* SPDX-License-Identifier: Apache-2.0 */
/* Each part through boot ROM, bootloader, trusted OS and the smallest applet:
 * LEDs as upstream, what it signs, how it ends. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "aw/ed25519.h"
#include "aw/emmc.h"
#include "aw/ftlog/key.h"
#include "aw/text.h"
#include "os_support.h"
#include "support.h"

enum { EDGES = 32, BLINK_MS = 10000, LIFE_MS = 10000, SPIN_MS = 80000 };
#define UNIT UINT64_C(0x330c8f35da6cee3b)

/* When LEDs went on, in ms. */
static struct {
    unsigned n[2];
    uint64_t at[2][EDGES];
    unsigned leds;
} seen;
static void (*device_event)(void *ctx, const struct tw_board_event *event);

static void note(unsigned led, uint64_t tick)
{
    if (seen.n[led] < EDGES) {
        seen.at[led][seen.n[led]++] =
            tw_clock_periods(&d.board.clock, tick, 1000);
    }
}

static void note_leds(const struct tw_board_event *event)
{
    unsigned on = (unsigned)event->value & ~seen.leds;

    for (unsigned i = 0; i < 2; i++) {
        if ((on >> i & 1) != 0) {
            note(i, event->tick);
        }
    }
    seen.leds = (unsigned)event->value;
}

static void on_event(void *ctx, const struct tw_board_event *event)
{
    if (event->kind == TW_BOARD_LED) {
        note_leds(event);
    }
    device_event(ctx, event);
}

static void start(enum tw_soc soc, uint64_t ips)
{
    struct making os = os_release("tests/os_old.elf", "1.0.0", 0);
    struct making applet = applet_release("1.0.0", 0);

    device_init_at(&d, soc, ips);
    device_event = d.board.owner.event;
    d.board.owner.event = on_event;
    device_put(&d, 2, device_file("boot_debug.imx"));
    applet.elf = device_file("applet_minimal.elf");
    put_release(&os, 1);
    put_release(&applet, 1);
}

static void put_block(unsigned block, const char *text)
{
    uint8_t bytes[TW_BLOCK] = {0};

    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_wr_text(&w, text);
    ck_assert(!w.failed);
    device_put(&d,
               aw_emmc_find(AW_EMMC_DATA, AW_TRUSTED_APPLET, 0)->first + block,
               (aw_bytes){bytes, sizeof(bytes)});
}

/* On once a second: half a second on, half off. */
static void expect_blinking(unsigned led, const char *name)
{
    ck_assert_msg(seen.n[led] >= 9 && seen.n[led] <= 11, "%s: %u in 10 s", name,
                  seen.n[led]);
    for (unsigned i = 1; i < seen.n[led]; i++) {
        uint64_t apart = seen.at[led][i] - seen.at[led][i - 1];

        ck_assert_msg(apart >= 980 && apart <= 1020, "%s: %u ms", name,
                      (unsigned)apart);
    }
}

START_TEST(leds)
{
    start((enum tw_soc)_i, 0);
    expect_boot("minimal: ready", UP_MS);
    (void)device_run(&d, NULL, 1000);
    memset(&seen, 0, sizeof(seen));
    seen.leds = tw_board_leds(&d.board);
    (void)device_run(&d, NULL, BLINK_MS);
    expect_blinking(0, "white");
    expect_blinking(1, "blue");
    ck_assert_msg(device_said(&d, "bootloader ours"), "%s", said());
    ck_assert_msg(!device_said(&d, "guard: "), "%s", said());
    ck_assert_uint_eq(d.resets, 0);
    expect_clean();
}
END_TEST

/* The signature holds for the key that the applet names. */
START_TEST(signs)
{
    static const char checkpoint[] =
        "example.com/log\n7\n"
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    static const char head[] = "cosignature/v1\ntime 1700000000\n";
    static const char mark[] = "minimal: signature ";
    uint8_t signature[AW_ED25519_SIG];
    uint8_t message[sizeof(head) + sizeof(checkpoint)];
    struct aw_wr w = aw_wr_init(signature, sizeof(signature));
    struct aw_vkey key;

    start((enum tw_soc)_i, 0);
    put_block(0, "sign 1700000000");
    put_block(1, checkpoint);
    expect_boot("minimal: ready", UP_MS);
    const char *name = strstr(d.console, "minimal: DEV:ArmoredWitness-");
    const char *hex = strstr(d.console, mark);

    ck_assert_msg(name != NULL && hex != NULL, "%s", said());
    name += strlen("minimal: ");
    hex += sizeof(mark) - 1;
    ck_assert_int_eq(
        aw_hex_decode((aw_bytes){(const uint8_t *)hex, 2 * sizeof(signature)},
                      &w),
        AW_OK);
    ck_assert_int_eq(
        aw_vkey_parse((aw_bytes){(const uint8_t *)name, strcspn(name, "\n")},
                      &key, NULL),
        AW_OK);
    memcpy(message, head, sizeof(head) - 1);
    memcpy(message + sizeof(head) - 1, checkpoint, sizeof(checkpoint) - 1);
    ck_assert_int_eq(
        aw_ed25519_verify(
            key.public_key,
            (aw_bytes){message, sizeof(head) + sizeof(checkpoint) - 2},
            signature),
        AW_OK);
    expect_clean();
}
END_TEST

/* What an applet asks for; what the OS says; that another life is well. */
static const struct {
    const char *order;
    const char *want;
    unsigned ms;
    uint64_t ips;
} ends[] = {
    {"log hello there", "hello there\n", UP_MS, 0},
    {"exit", "applet: exit 00000007", UP_MS, 0},
    {"fault", "fault: address 80010000, status 00000007", UP_MS, 0},
    {"spin", "applet: watchdog", SPIN_MS, 24000000},
};

START_TEST(does_as_asked)
{
    start(TW_ULL, ends[_i].ips);
    put_block(0, ends[_i].order);
    expect_boot(ends[_i].want, ends[_i].ms);
    expect_text("minimal: ready", LIFE_MS);
    ck_assert_uint_eq(d.resets, 0);
    expect_clean();
}
END_TEST

Suite *os_life_suite(void)
{
    Suite *s = suite_create("os_life");
    TCase *tc = tcase_create("life");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, leds, TW_UL, TW_ULZ + 1);
    tcase_add_loop_test(tc, signs, TW_UL, TW_ULZ + 1);
    tcase_add_loop_test(tc, does_as_asked, 0, COUNT(ends));
    suite_add_tcase(s, tc);
    return s;
}
