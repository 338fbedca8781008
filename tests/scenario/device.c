/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

extern const char *device_folder; /* where the images are */

enum { PAUSE_MS = 600, SLICE_MS = 5 };

static struct tw_file sparse(const char *name, uint64_t size)
{
    struct tw_file file;
    int fd = memfd_create(name, MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(tw_file_adopt(&file, fd, size), AW_OK);
    return file;
}

/* Blinks of one round, ended by a pause; a blue LED that only goes on or off
 * between other things is none. */
static void count_blinks(struct device *d, uint64_t tick, unsigned leds)
{
    uint64_t ms = tw_clock_ticks(&d->board.clock, 1, 1000);
    unsigned on = leds & ~d->leds;

    if (d->leds == 0 && tick - d->led_at > PAUSE_MS * ms) {
        d->code = d->blinks;
        d->code_detail = d->detail;
        d->blinks = 0;
        d->detail = 0;
    }
    if ((on & TW_LED_WHITE) != 0) {
        d->blinks++;
    }
    if ((on & TW_LED_BLUE) != 0 && d->blinks > 0) {
        d->detail++;
    }
    d->leds = leds;
    d->led_at = tick;
}

static void on_event(void *ctx, const struct tw_board_event *event)
{
    struct device *d = ctx;

    switch (event->kind) {
    case TW_BOARD_LED:
        count_blinks(d, event->tick, (unsigned)event->value);
        break;
    case TW_BOARD_RESET:
        d->resets++;
        break;
    case TW_BOARD_STARTED:
        d->started = true;
        break;
    case TW_BOARD_REPORT:
        (void)snprintf(d->reported, sizeof(d->reported), "%s", event->text);
        break;
    default:
        break;
    }
}

static void on_console(void *ctx, uint8_t byte)
{
    struct device *d = ctx;

    if (byte != '\r' && byte != '\0' && d->n_console < DEVICE_CONSOLE - 1) {
        d->console[d->n_console++] = (char)byte;
        d->console[d->n_console] = '\0';
        d->at_line = byte == '\n' && d->line != NULL && device_said(d, d->line);
    }
}

static void on_frame(void *ctx, const uint8_t *frame, size_t n)
{
    const struct device *d = ctx;

    if (d->frame != NULL) {
        d->frame(frame, n);
    }
}

static bool on_fuses(void *ctx, const struct aw_vfuse *fuses)
{
    struct device *d = ctx;

    d->fuses = *fuses;
    return true;
}

void device_init_with(struct device *d, const struct tw_config *config,
                      const struct aw_vfuse *fuses)
{
    static const char *const names[] = {"emmc", "boot0", "boot1"};

    memset(d, 0, sizeof(*d));
    d->folder.config = *config;
    d->fuses = *fuses;
    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        d->folder.parts[i] = sparse(
            names[i], (uint64_t)TW_BLOCK *
                          (i == 0 ? TW_EMMC_BLOCKS : TW_EMMC_BOOT_BLOCKS));
    }
    if (config->card) {
        d->folder.card = sparse("card", (uint64_t)TW_BLOCK * TW_CARD_BLOCKS);
    }
    d->folder.nvm = sparse("rpmb", tw_nvm_size(TW_EMMC_RPMB_SECTORS));
    struct tw_board_storage storage = tw_folder_storage(&d->folder);

    ck_assert_int_eq(tw_board_init(&d->board, config, fuses, &storage), AW_OK);
    d->board.owner = (struct tw_board_owner){.ctx = d,
                                             .event = on_event,
                                             .console = on_console,
                                             .frame = on_frame,
                                             .fuses = on_fuses};
}

uint32_t device_board_word(enum tw_soc soc)
{
    return soc == TW_ULZ ? UINT32_C(1) << 24 : UINT32_C(2) << 24;
}

void device_init_at(struct device *d, enum tw_soc soc, uint64_t ips)
{
    static const uint8_t seed[TW_RNG_SEED] = {7};
    struct tw_config config;
    struct aw_vfuse fuses;

    tw_config_make(&config, soc, UINT64_C(0x300339d4ea9d0a72), seed);
    if (ips != 0) {
        config.ips = ips;
    }
    ck_assert_int_eq(aw_vfuse_init(&fuses, tw_soc_part(soc), config.unit),
                     AW_OK);
    fuses.fuse[DEVICE_BOARD_WORD] = device_board_word(soc);
    aw_vfuse_boot(&fuses);
    device_init_with(d, &config, &fuses);
}

void device_init(struct device *d, enum tw_soc soc)
{
    device_init_at(d, soc, 0);
}

void device_free(struct device *d)
{
    tw_board_free(&d->board);
    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        tw_file_close(&d->folder.parts[i]);
    }
    if (d->folder.config.card) {
        tw_file_close(&d->folder.card);
    }
    tw_file_close(&d->folder.nvm);
}

aw_bytes device_file(const char *name)
{
    static uint8_t bytes[8 << 20];
    char path[4096];
    int n = snprintf(path, sizeof(path), "%s/%s", device_folder, name);

    ck_assert(n > 0 && (size_t)n < sizeof(path));
    FILE *f = fopen(path, "rb");

    ck_assert_msg(f != NULL, "%s: not there", path);
    size_t got = fread(bytes, 1, sizeof(bytes), f);

    ck_assert(got > 0 && got < sizeof(bytes));
    (void)fclose(f);
    return vec_keep((aw_bytes){bytes, got});
}

void device_put(struct device *d, uint64_t block, aw_bytes bytes)
{
    struct tw_store store = tw_file_store(&d->folder.parts[0]);

    ck_assert(store.write(store.ctx, block * TW_BLOCK, bytes.p, bytes.n));
}

void device_get(struct device *d, uint64_t block, uint8_t *to, size_t n)
{
    struct tw_store store = tw_file_store(&d->folder.parts[0]);

    ck_assert(store.read(store.ctx, block * TW_BLOCK, to, n));
}

void device_blank(struct device *d, uint64_t block, uint64_t blocks)
{
    struct tw_store store = tw_file_store(&d->folder.parts[0]);

    ck_assert(store.discard(store.ctx, block * TW_BLOCK, blocks * TW_BLOCK));
}

bool device_said(const struct device *d, const char *text)
{
    return strstr(d->console, text) != NULL;
}

bool device_run(struct device *d, const char *text, unsigned ms)
{
    struct tw_clock *clock = &d->board.clock;
    uint64_t slice = tw_clock_ticks(clock, SLICE_MS, 1000);

    size_t n = text != NULL ? strlen(text) : 0;

    d->at_line = false;
    d->line = n > 0 && text[n - 1] == '\n' ? text : NULL;
    for (unsigned at = 0; at < ms; at += SLICE_MS) {
        if (text != NULL && device_said(d, text)) {
            return true;
        }
        if (d->board.rom.phase == TW_ROM_SERIAL || d->cut) {
            break;
        }
        d->cut = tw_board_run(&d->board, clock->now + slice, &d->at_line) ==
                 TW_BOARD_AT_CUT;
    }
    return text != NULL && device_said(d, text);
}

bool device_boot(struct device *d, const char *text, unsigned ms)
{
    d->n_console = 0;
    d->console[0] = '\0';
    d->blinks = 0;
    d->detail = 0;
    d->code = 0;
    d->code_detail = 0;
    d->leds = 0;
    d->resets = 0;
    d->started = false;
    d->cut = false;
    tw_board_off(&d->board);
    tw_board_on(&d->board);
    return device_run(d, text, ms);
}
