/* SPDX-License-Identifier: Apache-2.0 */
#include "twin_board.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

/*
 * The monitor: prints ">", then echoes what is typed on UART2 and obeys some
 * letters. It waits with WFI for an interrupt that it does not take. In the
 * order below: power-down counters off; LED pads are outputs, dark; UART2 from
 * the oscillator; its interrupt enabled in the controller; the loop.
 */
static const uint32_t monitor[] = {
    0xe3a01000, /* _start: mov r1, #0 */
    0xe59f0188, /* ldr r0, [pc, #392] */
    0xe1c010b8, /* strh r1, [r0, #8] */
    0xe3a00783, /* mov r0, #34340864 */
    0xe1c010b8, /* strh r1, [r0, #8] */
    0xe59f017c, /* ldr r0, [pc, #380] */
    0xe1c010b8, /* strh r1, [r0, #8] */
    0xe59f0178, /* ldr r0, [pc, #376] */
    0xe3a01005, /* mov r1, #5 */
    0xe5801000, /* str r1, [r0] */
    0xe5801004, /* str r1, [r0, #4] */
    0xe59f416c, /* ldr r4, [pc, #364] */
    0xe3a05606, /* mov r5, #6291456 */
    0xe5845000, /* str r5, [r4] */
    0xe5845004, /* str r5, [r4, #4] */
    0xe59f0160, /* ldr r0, [pc, #352] */
    0xe3a01040, /* mov r1, #64 */
    0xe5801000, /* str r1, [r0] */
    0xe59f6158, /* ldr r6, [pc, #344] */
    0xe59f1158, /* ldr r1, [pc, #344] */
    0xe5861090, /* str r1, [r6, #144] */
    0xe3a0100f, /* mov r1, #15 */
    0xe58610a4, /* str r1, [r6, #164] */
    0xe3a0100c, /* mov r1, #12 */
    0xe58610a8, /* str r1, [r6, #168] */
    0xe59f1144, /* ldr r1, [pc, #324] */
    0xe5861084, /* str r1, [r6, #132] */
    0xe59f1140, /* ldr r1, [pc, #320] */
    0xe5861080, /* str r1, [r6, #128] */
    0xe59f013c, /* ldr r0, [pc, #316] */
    0xe3a01302, /* mov r1, #134217728 */
    0xe5801104, /* str r1, [r0, #260] */
    0xe3a01001, /* mov r1, #1 */
    0xe5801000, /* str r1, [r0] */
    0xe2800a01, /* add r0, r0, #4096 */
    0xe3a020ff, /* mov r2, #255 */
    0xe5802004, /* str r2, [r0, #4] */
    0xe5801000, /* str r1, [r0] */
    0xe3a0003e, /* mov r0, #62 */
    0xeb000015, /* bl put */
    0xe320f003, /* wait: wfi */
    0xe5960098, /* ldr r0, [r6, #152] */
    0xe3100001, /* tst r0, #1 */
    0x0afffffb, /* beq wait */
    0xe5960000, /* ldr r0, [r6] */
    0xe20000ff, /* and r0, r0, #255 */
    0xeb00000e, /* bl put */
    0xe350006c, /* cmp r0, #108 */
    0x0a000011, /* beq led */
    0xe3500077, /* cmp r0, #119 */
    0x0a000012, /* beq reset */
    0xe3500070, /* cmp r0, #112 */
    0x0a000014, /* beq cycle */
    0xe350006f, /* cmp r0, #111 */
    0x0a000019, /* beq off */
    0xe3500064, /* cmp r0, #100 */
    0x0a00001b, /* beq dead */
    0xe3500066, /* cmp r0, #102 */
    0x0a00001a, /* beq burn */
    0xe3500067, /* cmp r0, #103 */
    0x0a000021, /* beq keep */
    0xeaffffe9, /* b wait */
    0xe59610b4, /* put: ldr r1, [r6, #180] */
    0xe3110010, /* tst r1, #16 */
    0x1afffffc, /* bne put */
    0xe5860040, /* str r0, [r6, #64] */
    0xe12fff1e, /* bx lr */
    0xe2255602, /* led: eor r5, r5, #2097152 */
    0xe5845000, /* str r5, [r4] */
    0xeaffffe1, /* b wait */
    0xe59f0074, /* reset: ldr r0, [pc, #116] */
    0xe3a01000, /* mov r1, #0 */
    0xe1c010b0, /* strh r1, [r0] */
    0xeafffffe, /* b reset+0xc */
    0xe59f008c, /* cycle: ldr r0, [pc, #140] */
    0xe3a01008, /* mov r1, #8 */
    0xe5801000, /* str r1, [r0] */
    0xe3a00783, /* mov r0, #34340864 */
    0xe3a01020, /* mov r1, #32 */
    0xe1c010b0, /* strh r1, [r0] */
    0xeafffffe, /* b cycle+0x18 */
    0xe59f0074, /* off: ldr r0, [pc, #116] */
    0xe3a01060, /* mov r1, #96 */
    0xe5801000, /* str r1, [r0] */
    0xeafffffe, /* b off+0xc */
    0xe7f000f0, /* dead: */
    0xe59f0064, /* burn: ldr r0, [pc, #100] */
    0xe59f1064, /* ldr r1, [pc, #100] */
    0xe5801000, /* str r1, [r0] */
    0xe3a0100f, /* mov r1, #15 */
    0xe5801020, /* str r1, [r0, #32] */
    0xe5901000, /* ldr r1, [r0] */
    0xe3110c01, /* tst r1, #256 */
    0x1afffffc, /* bne burn+0x14 */
    0xeaffffc8, /* b wait */
    0xe59f0048, /* keep: ldr r0, [pc, #72] */
    0xe3a01020, /* mov r1, #32 */
    0xe5801000, /* str r1, [r0] */
    0xe3a01201, /* mov r1, #268435456 */
    0xe5801004, /* str r1, [r0, #4] */
    0xeaffffe0, /* b reset */
    0x020bc000, 0x021e4000, 0x020e01e4, 0x020a8000, 0x020c4024,
    0x021e8000, 0x00000a81, 0x00004027, 0x00000201, 0x00a01000,
    0x020e00d8, 0x020cc038, 0x021bc000, 0x3e770026, 0x020d8040,
};

enum {
    LOAD = 0x00910000, /* start of the image with its IVT at 0x400 */
    ENTRY = LOAD + 0x1000,
    LENGTH = 0x2000,
    IVT_AT = 0x400,
    BOOT_AT = IVT_AT + 0x20
};

static struct tw_file sparse(const char *name, uint64_t size)
{
    struct tw_file file;
    int fd = memfd_create(name, MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(tw_file_adopt(&file, fd, size), AW_OK);
    return file;
}

static void on_event(void *ctx, const struct tw_board_event *event)
{
    struct twin_board *t = ctx;

    if (t->n_events < TWIN_EVENTS) {
        t->events[t->n_events] = *event;
        (void)memccpy(t->texts[t->n_events], event->text, '\0', TWIN_TEXT - 1);
        t->n_events++;
    }
}

static void on_console(void *ctx, uint8_t byte)
{
    struct twin_board *t = ctx;

    if (t->n_console < sizeof(t->console) - 1) {
        t->console[t->n_console++] = (char)byte;
    }
}

static bool on_fuses(void *ctx, const struct aw_vfuse *fuses)
{
    struct twin_board *t = ctx;

    t->fuses = *fuses;
    return true;
}

/* IVT, boot data and program, where the ROM looks for them. */
static void put_image(struct twin_board *t)
{
    uint8_t image[LENGTH] = {0};
    struct aw_wr w = aw_wr_init(image + IVT_AT, sizeof(image) - IVT_AT);
    const uint32_t ivt[8] = {0x402000d1,     ENTRY,         0, 0,
                             LOAD + BOOT_AT, LOAD + IVT_AT, 0, 0};

    for (size_t i = 0; i < COUNT(ivt); i++) {
        aw_wr_le32(&w, ivt[i]);
    }
    aw_wr_le32(&w, LOAD);
    aw_wr_le32(&w, LENGTH);
    aw_wr_le32(&w, 0);
    w = aw_wr_init(image + 0x1000, sizeof(image) - 0x1000);
    for (size_t i = 0; i < COUNT(monitor); i++) {
        aw_wr_le32(&w, monitor[i]);
    }
    ck_assert(!w.failed);
    struct tw_store store = tw_file_store(&t->folder.parts[0]);

    ck_assert(store.write(store.ctx, 0, image, sizeof(image)));
}

void twin_board_init(struct twin_board *t, enum tw_soc soc)
{
    static const uint8_t seed[TW_RNG_SEED] = {1, 2, 3};
    static const char *const names[] = {"emmc", "boot0", "boot1"};

    memset(t, 0, sizeof(*t));
    tw_config_make(&t->folder.config, soc, UINT64_C(0x3003d4390330ad9d), seed);
    ck_assert_int_eq(
        aw_vfuse_init(&t->fuses, tw_soc_part(soc), t->folder.config.unit),
        AW_OK);
    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        t->folder.parts[i] = sparse(
            names[i], (uint64_t)TW_BLOCK *
                          (i == 0 ? TW_EMMC_BLOCKS : TW_EMMC_BOOT_BLOCKS));
    }
    t->folder.nvm = sparse("rpmb", tw_nvm_size(TW_EMMC_RPMB_SECTORS));
    put_image(t);
    struct tw_board_storage storage = tw_folder_storage(&t->folder);

    ck_assert_int_eq(
        tw_board_init(&t->board, &t->folder.config, &t->fuses, &storage),
        AW_OK);
    t->board.owner = (struct tw_board_owner){
        .ctx = t, .event = on_event, .console = on_console, .fuses = on_fuses};
}

void twin_board_free(struct twin_board *t)
{
    tw_board_free(&t->board);
    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        tw_file_close(&t->folder.parts[i]);
    }
    tw_file_close(&t->folder.nvm);
}

enum tw_board_stop twin_board_run_ms(struct twin_board *t, uint64_t ms)
{
    struct tw_clock *clock = &t->board.clock;

    return tw_board_run(&t->board, clock->now + tw_clock_ticks(clock, ms, 1000),
                        NULL);
}

void twin_board_type(struct twin_board *t, const char *text)
{
    size_t n = strlen(text);

    ck_assert_uint_eq(tw_board_type(&t->board, (const uint8_t *)text, n), n);
    (void)twin_board_run_ms(t, 5);
}

const struct tw_board_event *twin_board_event(const struct twin_board *t,
                                              enum tw_board_kind kind)
{
    for (size_t i = t->n_events; i > 0; i--) {
        if (t->events[i - 1].kind == kind) {
            return &t->events[i - 1];
        }
    }
    return NULL;
}
