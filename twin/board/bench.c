/* SPDX-License-Identifier: Apache-2.0 */
/* How fast a twin is on this host. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "aw/hostio/alloc.h"
#include "aw/sdp/host.h"
#include "aw/twin/twin.h"
#include "board/bench_guest.h"
#include "board/folder.h"
#include "usb/direct.h"

enum {
    LOAD = 0x00910000, /* the image, its IVT at 0x400 */
    ENTRY = LOAD + 0x1000,
    BOX = 0x0091f000, /* job, count, result */
    JOB_ADD = 1,
    JOB_REGISTERS = 2,
    JOB_HASH = 3,
    COUNT_MIN = 250000,
    COUNT_MAX = 64000000,
    LONG_NS = 150000000,
    CHUNKS = 32, /* of 32 KiB: 1 MiB */
    USB_BYTES = 4 << 20,
    USB_TIMEOUT_MS = 10000,
    IVT_AT = 0x400,
    BOOT_AT = 0x420,
    IMAGE = 0x3000
};
#define NS_HZ UINT64_C(1000000000)
/* First word of SHA-256 of 1 MiB of zeros. */
#define HASH_WORD UINT32_C(0x30e14955)

struct bench {
    struct tw_board board;
    struct tw_file parts[TW_EMMC_PARTS];
    struct tw_file nvm;
    bool line; /* the guest ended its first line */
    struct tw_usb_direct direct;
};

static uint64_t wall_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_HZ + (uint64_t)now.tv_nsec;
}

static void on_console(void *ctx, uint8_t byte)
{
    struct bench *b = ctx;

    b->line = b->line || byte == '\n';
}

static bool in_memory(struct tw_file *file, const char *name, uint64_t size)
{
    int fd = memfd_create(name, MFD_CLOEXEC);

    return fd >= 0 && tw_file_adopt(file, fd, size) == AW_OK;
}

static bool put_image(struct bench *b)
{
    uint8_t image[IMAGE] = {0};
    const uint32_t ivt[] = {0x402000d1,     ENTRY,         0, 0,
                            LOAD + BOOT_AT, LOAD + IVT_AT, 0, 0,
                            LOAD,           IMAGE,         0};
    struct aw_wr w = aw_wr_init(image + IVT_AT, sizeof(image) - IVT_AT);
    struct tw_store store = tw_file_store(&b->parts[0]);

    for (size_t i = 0; i < sizeof(ivt) / sizeof(ivt[0]); i++) {
        aw_wr_le32(&w, ivt[i]);
    }
    w = aw_wr_init(image + (ENTRY - LOAD), sizeof(image) - (ENTRY - LOAD));
    for (size_t i = 0; i < sizeof(bench_guest) / sizeof(bench_guest[0]); i++) {
        aw_wr_le32(&w, bench_guest[i]);
    }
    return !w.failed && store.write(store.ctx, 0, image, sizeof(image));
}

static aw_err make(struct bench *b)
{
    static const char *const names[TW_EMMC_PARTS] = {"emmc", "boot0", "boot1"};
    static const uint8_t seed[TW_RNG_SEED] = {1};
    struct tw_config config;
    struct aw_vfuse fuses;
    struct tw_board_storage storage = {.nvm = {.ctx = NULL}};

    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        uint64_t blocks = i == 0 ? TW_EMMC_BLOCKS : TW_EMMC_BOOT_BLOCKS;

        if (!in_memory(&b->parts[i], names[i], blocks * TW_BLOCK)) {
            return AW_ERR_RESOURCE;
        }
        storage.parts[i] = tw_file_store(&b->parts[i]);
    }
    if (!in_memory(&b->nvm, "rpmb", tw_nvm_size(TW_EMMC_RPMB_SECTORS)) ||
        !put_image(b)) {
        return AW_ERR_RESOURCE;
    }
    storage.nvm = tw_file_store(&b->nvm);
    tw_config_make(&config, TW_ULL, 1, seed);
    aw_err err = aw_vfuse_init(&fuses, tw_soc_part(TW_ULL), 1);

    return err == AW_OK ? tw_board_init(&b->board, &config, &fuses, &storage)
                        : err;
}

/* Power on to the end of the first line. */
static aw_err boot(struct bench *b, struct aw_twin_bench *result)
{
    struct tw_clock *clock = &b->board.clock;
    uint64_t wall = wall_ns();
    uint64_t first = clock->now;

    b->board.owner = (struct tw_board_owner){.ctx = b, .console = on_console};
    tw_board_on(&b->board);
    while (!b->line && clock->now - first < clock->ips) {
        (void)tw_board_run(&b->board, clock->now + clock->ips / 10000, NULL);
    }
    result->boot_wall_ns = wall_ns() - wall;
    result->boot_us = tw_clock_periods(clock, clock->now - first, 1000000);
    return b->line ? AW_OK : AW_ERR_TIMEOUT;
}

static uint32_t word(struct bench *b, unsigned i)
{
    const struct tw_access how = {.address = BOX + 4 * i,
                                  .size = 4,
                                  .secure = true,
                                  .privileged = true,
                                  .master = TW_ROM};
    uint32_t value = 0;

    return tw_bus_read(&b->board.bus, &how, &value) ? value : 0;
}

/* A job of the guest. @return its wall time, 0 when it does not end */
static uint64_t job(struct bench *b, uint32_t what, uint32_t count,
                    uint64_t *instructions)
{
    const uint8_t box[8] = {(uint8_t)what,
                            0,
                            0,
                            0,
                            (uint8_t)count,
                            (uint8_t)(count >> 8),
                            (uint8_t)(count >> 16),
                            (uint8_t)(count >> 24)};
    struct tw_clock *clock = &b->board.clock;
    uint64_t limit = clock->now + 60 * clock->ips;
    uint64_t before = b->board.executed;

    if (!tw_dma_write(&b->board.bus, TW_ROM, BOX, box, sizeof(box))) {
        return 0;
    }
    uint64_t wall = wall_ns();

    while (word(b, 0) != 0 && clock->now < limit) {
        (void)tw_board_run(&b->board, clock->now + clock->ips / 5000, NULL);
    }
    *instructions = b->board.executed - before;
    return word(b, 0) == 0 ? wall_ns() - wall : 0;
}

static uint64_t rate(uint64_t n, uint64_t ns)
{
    return ns == 0 ? 0 : (uint64_t)((double)n * (double)NS_HZ / (double)ns);
}

/* A job that is long enough to be measured. @return its count a second;
 * *per_s: instructions a second */
static uint64_t measure(struct bench *b, uint32_t what, uint64_t *instructions,
                        uint64_t *per_s)
{
    uint32_t count = COUNT_MIN;
    uint64_t ns = job(b, what, count, instructions);

    while (ns != 0 && ns < LONG_NS && count < COUNT_MAX) {
        count *= 4;
        ns = job(b, what, count, instructions);
    }
    *per_s = rate(*instructions, ns);
    return rate(count, ns);
}

static aw_err run_jobs(struct bench *b, struct aw_twin_bench *result)
{
    uint64_t instructions = 0;

    (void)measure(b, JOB_ADD, &instructions, &result->instructions_per_s);
    result->accesses_per_s =
        measure(b, JOB_REGISTERS, &instructions, &instructions);
    result->hash_wall_ns = job(b, JOB_HASH, CHUNKS, &result->hash_instructions);
    return result->hash_wall_ns != 0 && result->accesses_per_s != 0 &&
                   word(b, 2) == HASH_WORD
               ? AW_OK
               : AW_ERR_CONTENT;
}

static void run_board(void *ctx, uint64_t until, const bool *done)
{
    (void)tw_board_run(ctx, until, done);
}

static aw_err open_device(struct bench *b, struct aw_usb_device *device)
{
    static struct aw_usb_id list[AW_USB_DEVICES];
    const struct aw_usb_want want = {.vendor = AW_SDP_VENDOR};
    struct aw_usb_id id;

    b->direct = (struct tw_usb_direct){.clock = &b->board.clock,
                                       .run = run_board,
                                       .ctx = &b->board,
                                       .host = {&b->board.host[0]},
                                       .hosts = 1};
    struct aw_usb usb = tw_usb_direct(&b->direct);
    aw_err err = aw_usb_arrival(&usb, &want, USB_TIMEOUT_MS, list, &id, NULL);

    return err == AW_OK ? usb.open(usb.ctx, &id, device, NULL) : err;
}

/* A large image whose program does nothing. */
static void fill(uint8_t *image)
{
    const uint32_t base = TW_DDR_BASE;
    const uint32_t ivt[] = {0x402000d1,  base + 0x1000, 0, 0,
                            base + 0x20, base,          0, 0,
                            base,        USB_BYTES,     0};
    struct aw_wr w = aw_wr_init(image, USB_BYTES);

    for (size_t i = 0; i < sizeof(ivt) / sizeof(ivt[0]); i++) {
        aw_wr_le32(&w, ivt[i]);
    }
    w = aw_wr_init(image + 0x1000, 4);
    aw_wr_le32(&w, 0xeafffffe); /* b . */
}

/* An image sent by serial download. */
static aw_err send(struct bench *b, struct aw_twin_bench *result)
{
    const struct aw_sdp_how how = {.dcd_address = 0};
    struct aw_sdp_boot sent = {.file_bytes = 0};
    struct aw_usb_device device = {.ctx = NULL};
    struct aw_sdp sdp;
    uint8_t *image = aw_alloc(USB_BYTES, 1);

    fill(image);
    tw_board_switch(&b->board, true);
    tw_board_plug(&b->board, 0, true);
    tw_board_cycle(&b->board);
    aw_err err = open_device(b, &device);

    tw_mmdc_set_up(&b->board.mmdc);
    if (err == AW_OK) {
        err = aw_sdp_open(&sdp, &device, USB_TIMEOUT_MS, NULL);
    }
    uint64_t wall = wall_ns();

    if (err == AW_OK) {
        err = aw_sdp_boot_unverified(&sdp, (aw_bytes){image, USB_BYTES}, &how,
                                     &sent, NULL);
    }
    result->usb_bytes_per_s = rate(sent.file_bytes, wall_ns() - wall);
    free(image);
    return err;
}

aw_err aw_twin_measure(struct aw_twin_bench *result, struct aw_host_diag *host)
{
    struct bench *b = aw_alloc(1, sizeof(*b));
    struct aw_twin_bench found = {.boot_us = 0};
    aw_err err = make(b);

    if (err != AW_OK) {
        free(b);
        return aw_fail(aw_host_say(host, "no memory for a twin"), err,
                       "twin: bench", 0);
    }
    err = boot(b, &found);
    if (err == AW_OK) {
        err = run_jobs(b, &found);
    }
    if (err == AW_OK) {
        err = send(b, &found);
    }
    tw_board_free(&b->board);
    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        tw_file_close(&b->parts[i]);
    }
    tw_file_close(&b->nvm);
    free(b);
    if (err != AW_OK) {
        return aw_fail(aw_host_say(host, "the program in the twin failed"), err,
                       "twin: bench", 0);
    }
    *result = found;
    return AW_OK;
}
