/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes into the twin of aw bench device: serial download, flash. */
#include <string.h>

#include "aw/emmc.h"
#include "aw/hab/armory.h"
#include "aw/hab/imx.h"
#include "bench/clock.h"
#include "bench/device.h"
#include "board/board.h"
#include "sdp/sdp.h"

enum {
    FLASH_AT = 0x400000, /* the applet's data: aw/emmc.h */
    NS_PER_US = 1000,
    PIECE = AW_STORAGE_PIECE * AW_EMMC_BLOCK
};

#define PROGRAM_AT UINT32_C(0x80010000)

static const uint8_t loop_forever[] = {0xfe, 0xff, 0xff, 0xea}; /* b . */

/* A large image whose program does nothing; it sets up DDR. */
static aw_err make_image(struct aw_pool *pool, aw_bytes *image)
{
    struct aw_dcd_entry *entry =
        aw_pool_alloc(pool, AW_ARMORY_ENTRIES, sizeof(*entry));
    uint8_t *program = aw_pool_alloc(pool, DEVICE_SDP_BYTES, 1);
    uint8_t *dcd = aw_pool_alloc(pool, AW_DCD_MAX, 1);
    size_t room = aw_imx_size(DEVICE_SDP_BYTES);
    struct aw_wr list = aw_wr_init(dcd, AW_DCD_MAX);
    struct aw_wr w = aw_wr_init(aw_pool_alloc(pool, room, 1), room);
    aw_err err = aw_dcd_write(entry, aw_armory_entries(AW_ARMORY_512, entry),
                              &list, NULL);

    memset(program, 0, DEVICE_SDP_BYTES);
    memcpy(program, loop_forever, sizeof(loop_forever));
    const struct aw_imx_plan plan = {
        .base = PROGRAM_AT,
        .entry = PROGRAM_AT,
        .program = {program, DEVICE_SDP_BYTES},
        .dcd = aw_wr_done(&list),
    };

    if (err == AW_OK) {
        err = aw_imx_write(&plan, &w, NULL);
    }
    *image = aw_wr_done(&w);
    return err;
}

/* When its bytes were sent: what the ROM does behind the jump is not ours. */
struct sending {
    uint64_t began_ns;
    uint64_t ended_ns;
    uint64_t bytes;
};

static bool on_step(void *ctx, uint64_t done, uint64_t total)
{
    struct sending *s = ctx;

    (void)total;
    if (s->began_ns == 0) {
        s->began_ns = bench_wall_ns();
        s->bytes = done;
    }
    s->ended_ns = bench_wall_ns();
    if (done > s->bytes) {
        s->bytes = done;
    }
    return true;
}

int device_send(const struct device_bench *b, struct device_figures *f)
{
    const struct aw_usb_args usb = {.device = b->name,
                                    .wait_ms = DEVICE_WAIT_MS};
    struct sdp_session *s = aw_pool_alloc(&b->ctx->pool, 1, sizeof(*s));
    struct sending sending = {.began_ns = 0};
    const struct aw_sdp_progress progress = {&sending, on_step};
    const struct aw_sdp_how how = {.progress = &progress};
    struct aw_sdp_boot boot;
    struct aw_diag diag = {.err = AW_OK};
    aw_bytes image = {NULL, 0};

    AW_BUG_ON(make_image(&b->ctx->pool, &image) != AW_OK);
    int code = sdp_connect(b->ctx, &usb, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_sdp_boot_unverified(&s->sdp, image, &how, &boot, &diag);

    if (err != AW_OK) {
        code = sdp_report(b->ctx, s, err, &diag, "sending an image");
    }
    sdp_disconnect(s);
    f->sdp_bytes_per_s =
        device_rate(sending.bytes, sending.ended_ns - sending.began_ns);
    return code;
}

/* Bytes that no run has written before, and none is a block of zeros. */
static void fill(uint8_t *piece, uint32_t *state)
{
    for (size_t i = 0; i < PIECE; i++) {
        *state = *state * 1664525U + 1013904223U;
        piece[i] = (uint8_t)(*state >> 24);
    }
}

struct flashing {
    struct board board;
    struct aw_storage_unit unit;
    uint64_t write_ns;
    uint64_t read_ns;
    uint8_t *want;
    uint8_t *got;
};

static aw_err put_piece(struct flashing *w, uint64_t block,
                        struct aw_diag *diag)
{
    struct aw_storage *storage = &w->board.storage;
    uint64_t began = bench_wall_ns();
    aw_err err = aw_storage_write(storage, &w->unit, block, w->want,
                                  AW_STORAGE_PIECE, diag);
    uint64_t written = bench_wall_ns();

    if (err == AW_OK) {
        err = aw_storage_read(storage, &w->unit, block, w->got,
                              AW_STORAGE_PIECE, diag);
    }
    w->write_ns += written - began;
    w->read_ns += bench_wall_ns() - written;
    return err == AW_OK && memcmp(w->want, w->got, PIECE) != 0
               ? aw_fail(diag, AW_ERR_CONTENT, "bench: read back", block)
               : err;
}

static int put_all(const struct device_bench *b, struct flashing *w)
{
    struct aw_diag diag = {.err = AW_OK};
    uint32_t state = 1;
    aw_err err = AW_OK;

    for (uint64_t i = 0; i < b->args->mib && err == AW_OK; i++) {
        fill(w->want, &state);
        err = board_tick(&w->board, &diag);
        if (err == AW_OK) {
            err = put_piece(w, FLASH_AT + i * AW_STORAGE_PIECE, &diag);
        }
    }
    return err == AW_OK ? AW_EXIT_OK
                        : board_report(&w->board, err, "writing", &diag);
}

static int measure_all(const struct device_bench *b, struct flashing *w,
                       struct device_figures *f)
{
    struct device_used before = {0};
    struct device_used after = {0};
    uint64_t bytes = b->args->mib * DEVICE_MIB;
    int code = device_used(b, &before);

    if (code == AW_EXIT_OK) {
        code = put_all(b, w);
    }
    if (code == AW_EXIT_OK) {
        code = device_used(b, &after);
    }
    f->write_bytes_per_s = device_rate(bytes, w->write_ns);
    f->read_bytes_per_s = device_rate(bytes, w->read_ns);
    f->flash_bytes_per_s = device_rate(bytes, w->write_ns + w->read_ns);
    f->flash_virtual_bytes_per_s =
        device_rate(bytes, (after.virtual_us - before.virtual_us) * NS_PER_US);
    f->flash_twin_ns = after.twin_ns - before.twin_ns;
    return code;
}

int device_flash(const struct device_bench *b, struct device_figures *f)
{
    const struct aw_usb_args usb = {.device = b->name,
                                    .wait_ms = DEVICE_WAIT_MS};
    struct flashing *w = aw_pool_alloc(&b->ctx->pool, 1, sizeof(*w));
    uint64_t bytes = b->args->mib * DEVICE_MIB;

    w->want = aw_pool_alloc(&b->ctx->pool, PIECE, 1);
    w->got = aw_pool_alloc(&b->ctx->pool, PIECE, 1);
    int code = board_connect(b->ctx, &usb, &w->board);

    if (code == AW_EXIT_OK) {
        code = board_await(&w->board);
    }
    if (code == AW_EXIT_OK) {
        code = board_recovery(&w->board);
    }
    if (code == AW_EXIT_OK) {
        code = board_emmc(&w->board, (uint64_t)FLASH_AT * AW_EMMC_BLOCK + bytes,
                          &w->unit);
    }
    if (code == AW_EXIT_OK) {
        code = measure_all(b, w, f);
    }
    board_close(&w->board);
    return code;
}
