/* SPDX-License-Identifier: Apache-2.0 */
#include "sdp_rom.h"

#include <check.h>
#include <string.h>

#define REFUSED UINT32_C(0x00332233)

static uint32_t word_or_none(uint32_t word)
{
    return word == 0 ? AW_SDP_NO_FAILURE : word;
}

/* Memory at an address; NULL when it is not all there. */
static uint8_t *memory(struct sdp_rom *rom, uint32_t address, uint32_t count)
{
    if (address >= SDP_DDR && address - SDP_DDR < SDP_DDR_SIZE &&
        count <= SDP_DDR_SIZE - (address - SDP_DDR)) {
        return rom->ddr + (address - SDP_DDR);
    }
    if (address >= SDP_OCRAM && address - SDP_OCRAM < SDP_OCRAM_SIZE &&
        count <= SDP_OCRAM_SIZE - (address - SDP_OCRAM)) {
        return rom->ocram + (address - SDP_OCRAM);
    }
    return NULL;
}

static bool rom_closed(void *ctx)
{
    const struct sdp_rom *rom = ctx;

    return rom->how.closed;
}

static uint32_t rom_status(void *ctx)
{
    const struct sdp_rom *rom = ctx;

    return word_or_none(rom->status);
}

static uint32_t rom_may_read(void *ctx, const struct aw_sdp_request *request)
{
    struct sdp_rom *rom = ctx;

    if (rom->how.no_reading ||
        memory(rom, request->address, request->count) == NULL) {
        rom->status = REFUSED;
        return REFUSED;
    }
    return AW_SDP_NO_FAILURE;
}

static void rom_read(void *ctx, uint32_t address, uint8_t format, uint8_t *to,
                     size_t n)
{
    (void)format;
    memcpy(to, memory(ctx, address, (uint32_t)n), n);
}

static uint32_t rom_write(void *ctx, const struct aw_sdp_request *request)
{
    uint8_t *to = memory(ctx, request->address, AW_SDP_WORD);

    if (to == NULL) {
        return REFUSED;
    }
    aw_sdp_word_write(request->data, to);
    return AW_SDP_NO_FAILURE;
}

static uint32_t rom_may_store(void *ctx, const struct aw_sdp_request *request)
{
    return memory(ctx, request->address, request->count) == NULL
               ? REFUSED
               : AW_SDP_NO_FAILURE;
}

static void rom_store(void *ctx, uint32_t address, aw_bytes bytes)
{
    memcpy(memory(ctx, address, (uint32_t)bytes.n), bytes.p, bytes.n);
}

static uint32_t rom_stored(void *ctx, const struct aw_sdp_request *request)
{
    struct sdp_rom *rom = ctx;

    if (request->type != AW_SDP_DCD_WRITE) {
        return AW_SDP_NO_FAILURE;
    }
    rom->dcd_address = request->address;
    rom->dcd_count = request->count;
    return word_or_none(rom->how.dcd_refusal);
}

static uint32_t rom_skip(void *ctx)
{
    struct sdp_rom *rom = ctx;

    rom->skipped = true;
    return AW_SDP_NO_FAILURE;
}

static uint32_t rom_jump(void *ctx, uint32_t address)
{
    struct sdp_rom *rom = ctx;

    if (rom->how.jump_refusal != 0) {
        return rom->how.jump_refusal;
    }
    rom->jumped = address;
    return AW_SDP_NO_FAILURE;
}

struct aw_sdp_target sdp_rom_target(struct sdp_rom *rom)
{
    return (struct aw_sdp_target){
        .ctx = rom,
        .closed = rom_closed,
        .status = rom_status,
        .may_read = rom_may_read,
        .read = rom_read,
        .write = rom_write,
        .may_store = rom_may_store,
        .store = rom_store,
        .stored = rom_stored,
        .skip_dcd = rom_skip,
        .jump = rom_jump,
    };
}

static aw_err usb_claim(void *ctx, uint8_t interface, struct aw_diag *diag)
{
    (void)ctx;
    if (interface != 0) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "test: interface", interface);
    }
    return AW_OK;
}

static void note(struct sdp_rom *rom, aw_bytes report)
{
    struct aw_sdp_request request;

    if (report.p[0] == AW_SDP_DATA) {
        rom->last_data = report.n - 1;
    } else if (aw_sdp_request_parse(report, &request, NULL) == AW_OK &&
               rom->n_type < SDP_TYPES_MAX) {
        rom->type[rom->n_type++] = request.type;
    }
}

static bool fails_now(struct sdp_rom *rom)
{
    rom->sets++;
    if (rom->how.fail_after == 0 || rom->sets <= rom->how.fail_after ||
        rom->how.fail_times == 0) {
        return false;
    }
    rom->how.fail_times--;
    return true;
}

static aw_err usb_control(void *ctx, const struct aw_usb_setup *setup,
                          uint8_t *data, size_t *done, uint32_t timeout_ms,
                          struct aw_diag *diag)
{
    struct sdp_rom *rom = ctx;
    struct aw_sdp_target target = sdp_rom_target(rom);
    aw_bytes report = {data, setup->length};

    ck_assert_uint_gt(timeout_ms, 0);
    ck_assert_uint_eq(setup->request_type, 0x21);
    ck_assert_uint_eq(setup->request, 9);
    ck_assert_uint_gt(setup->length, 0);
    ck_assert_uint_eq(setup->value, 0x200U | data[0]);
    if (rom->gone) {
        return aw_fail(diag, AW_ERR_GONE, "test", 0);
    }
    if (fails_now(rom)) {
        rom->gone = rom->how.fail_with == AW_ERR_GONE;
        return aw_fail(diag, rom->how.fail_with, "test", 0);
    }
    note(rom, report);
    if (!aw_sdp_device_take(&rom->dev, &target, report)) {
        return aw_fail(diag, AW_ERR_STALL, "test", 0);
    }
    *done = setup->length;
    return AW_OK;
}

static size_t give(uint8_t *data, const char *text, size_t n)
{
    memcpy(data, text, n);
    return n;
}

/* Reports as a library gives them that asks for 64 bytes at a time. */
static size_t next_cut(struct sdp_rom *rom, uint8_t *data)
{
    struct aw_sdp_target target = sdp_rom_target(rom);

    if (rom->holding &&
        (!rom->how.leave_byte || aw_sdp_device_has(&rom->dev))) {
        rom->holding = false;
        data[0] = rom->held;
        return 1;
    }
    size_t n = aw_sdp_device_next(&rom->dev, &target, data);

    if (rom->how.cut && n == AW_SDP_ANSWER_SIZE) {
        rom->held = data[n - 1];
        rom->holding = true;
        n--;
    }
    return n;
}

static aw_err usb_transfer(void *ctx, uint8_t endpoint, uint8_t *data,
                           size_t size, size_t *done, uint32_t timeout_ms)
{
    struct sdp_rom *rom = ctx;

    *done = 0;
    ck_assert_uint_eq(endpoint, 0x81);
    ck_assert_uint_ge(size, AW_SDP_ANSWER_SIZE);
    ck_assert_uint_gt(timeout_ms, 0);
    if (rom->gone || (rom->how.gone_at_jump && rom->jumped != 0) ||
        (rom->how.gone_after_jump && rom->jumped != 0 &&
         !aw_sdp_device_has(&rom->dev))) {
        return AW_ERR_GONE;
    }
    if (rom->how.stop_at_jump && rom->jumped != 0 &&
        !aw_sdp_device_has(&rom->dev)) {
        return AW_ERR_CANCELLED;
    }
    if (rom->how.mute) {
        return AW_ERR_TIMEOUT;
    }
    if (rom->how.babble) {
        *done = give(data, "\x09garbage", 8);
        return AW_OK;
    }
    if (rom->how.leftovers > 0) {
        rom->how.leftovers--;
        *done = give(data, "\x04\x88\x88\x88\x88", 5);
        return AW_OK;
    }
    *done = next_cut(rom, data);
    return *done == 0 ? AW_ERR_TIMEOUT : AW_OK;
}

static void usb_close(void *ctx)
{
    (void)ctx;
}

struct aw_usb_device sdp_rom_usb(struct sdp_rom *rom)
{
    return (struct aw_usb_device){
        .ctx = rom,
        .claim = usb_claim,
        .control = usb_control,
        .transfer = usb_transfer,
        .close = usb_close,
    };
}
