/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the platform's drivers and prints a line for each; the last line is
 * "done", or a panic says what does not work. */
#include <inttypes.h>
#include <string.h>

#include "aw/ed25519.h"
#include "aw/sha256.h"
#include "aw/text.h"
#include "fw/card.h"
#include "fw/console.h"
#include "fw/cpu.h"
#include "fw/dma.h"
#include "fw/gic.h"
#include "fw/led.h"
#include "fw/print.h"
#include "fw/start.h"
#include "fw/time.h"

static void check(const char *name, bool ok)
{
    print("%s %s\n", ok ? "ok  " : "FAIL", name);
}

static void check_time(void)
{
    uint64_t before = time_now();

    time_sleep_us(2000);
    uint64_t ticks = time_now() - before;

    check("time: 2 ms of sleep", ticks >= 2ULL * TIME_PER_MS);
    struct deadline d = deadline_us(100);

    check("time: a deadline is not passed", !deadline_passed(&d));
    time_sleep_us(100);
    check("time: a deadline passes", deadline_passed(&d));
}

static void spin_us(uint32_t us)
{
    struct deadline d = deadline_us(us);

    while (!deadline_passed(&d)) {
    }
}

static void check_interrupts(void)
{
    time_alarm(time_now() + TIME_PER_MS);
    spin_us(2000);
    check("gic: the timer's line is pending", gic_take() == GIC_GPT1);
    time_alarm_off();
    gic_end(GIC_GPT1);
    check("gic: no other line is", gic_take() == GIC_SPURIOUS);
    time_alarm(time_now() + TIME_PER_MS);
    cpu_irq_on();
    spin_us(2000);
    cpu_irq_off();
    /* Who serves it in this image turns the line off. */
    check("gic: an interrupt is served", gic_take() == GIC_SPURIOUS);
    time_alarm_off();
    gic_enable(GIC_GPT1);
}

static void check_hash(void)
{
    static const uint8_t want[] = {0xba, 0x78, 0x16, 0xbf};
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(aw_text("abc"), digest);
    check("sha256: abc", memcmp(digest, want, sizeof(want)) == 0);
}

static void check_signature(void)
{
    static const uint8_t seed[AW_ED25519_SEED] = {1, 2, 3};
    uint8_t key[AW_ED25519_PUBLIC];
    uint8_t sig[AW_ED25519_SIG];

    aw_ed25519_public(seed, key);
    aw_ed25519_sign(seed, aw_text("message"), sig);
    check("ed25519: verifies",
          aw_ed25519_verify(key, aw_text("message"), sig) == AW_OK);
    sig[3] ^= 1;
    check("ed25519: refuses",
          aw_ed25519_verify(key, aw_text("message"), sig) == AW_ERR_SIG);
}

/* An eMMC where there is one, as on the board and the twin; else an SD card,
 * as QEMU has it. Uses blocks that no area of the eMMC map owns. */
static void check_card(void)
{
    enum { LBA = 0x1d21000, SMALL_LBA = 0x1000, N = 200 };
    static DMA_ALIGNED uint8_t registers[512];
    static DMA_ALIGNED uint8_t out[N * USDHC_BLOCK];
    static DMA_ALIGNED uint8_t back[N * USDHC_BLOCK];
    struct card card;
    bool emmc = card_open(&card, CARD_EMMC, USDHC2, registers, NULL) == AW_OK;
    bool found =
        emmc || card_open(&card, CARD_SD, USDHC1, registers, NULL) == AW_OK;
    uint32_t lba = emmc ? LBA : SMALL_LBA;

    check(emmc ? "card: eMMC" : "card: SD", found);
    if (!found) {
        return;
    }
    print("blocks %08" PRIx32 "\n", card.blocks);
    for (uint32_t i = 0; i < sizeof(out); i++) {
        out[i] = (uint8_t)(i * 5 + i / 512);
    }
    check("card: writes", card_write(&card, lba, out, N, NULL) == AW_OK &&
                              card_flush(&card, NULL) == AW_OK);
    check("card: reads", card_read(&card, lba, back, N, NULL) == AW_OK &&
                             memcmp(out, back, sizeof(out)) == 0);
    check("card: last block",
          card_read(&card, card.blocks - 1, back, 1, NULL) == AW_OK &&
              card_read(&card, card.blocks, back, 1, NULL) == AW_ERR_RANGE);
    if (emmc) {
        memset(back, 0, sizeof(back));
        check("card: HS200",
              card_hs200(&card, NULL) == AW_OK &&
                  card_read(&card, lba, back, N, NULL) == AW_OK &&
                  memcmp(out, back, sizeof(out)) == 0);
    }
}

void image_main(uint32_t r0, uint32_t r1)
{
    console_init();
    print("platform test, %08" PRIx32 " %08" PRIx32 "\n", r0, r1);
    check_time();
    check_interrupts();
    check_hash();
    check_signature();
    check_card();
    led_set(LED_WHITE, true);
    print("done\n");
    console_drain();
    for (;;) {
        time_sleep_us(1000000);
    }
}
