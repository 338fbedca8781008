/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/sdp/device.h"
#include "fuzz.h"

/* Any reports in any order: nothing is stored outside what was announced and
 * allowed, and what the device says has the form that it must have. The input
 * is runs of one length byte and a report; length 0 takes reports instead. */

#define BASE UINT32_C(0x80000000)
enum { SIZE = 4096 };

struct rom {
    uint8_t memory[SIZE];
    struct aw_sdp_request allowed; /* the last store that was allowed */
    bool storing;
};

static bool inside(uint32_t address, uint32_t count)
{
    return address >= BASE && address - BASE <= SIZE &&
           count <= SIZE - (address - BASE);
}

static uint32_t verdict(bool ok)
{
    return ok ? AW_SDP_NO_FAILURE : UINT32_C(0x00332233);
}

static bool closed(void *ctx)
{
    const struct rom *rom = ctx;

    return rom->memory[0] != 0;
}

static uint32_t status(void *ctx)
{
    return verdict(closed(ctx));
}

static uint32_t may_read(void *ctx, const struct aw_sdp_request *request)
{
    (void)ctx;
    trap_unless(request->type == AW_SDP_READ_REGISTER);
    return verdict(inside(request->address, request->count));
}

static void read(void *ctx, uint32_t address, uint8_t format, uint8_t *to,
                 size_t n)
{
    struct rom *rom = ctx;

    (void)format;
    trap_unless(n > 0 && n <= AW_SDP_PART && inside(address, (uint32_t)n));
    memcpy(to, rom->memory + (address - BASE), n);
}

static uint32_t write(void *ctx, const struct aw_sdp_request *request)
{
    (void)ctx;
    trap_unless(request->type == AW_SDP_WRITE_REGISTER);
    return verdict(inside(request->address, 4));
}

static uint32_t may_store(void *ctx, const struct aw_sdp_request *request)
{
    struct rom *rom = ctx;

    trap_unless(request->count > 0 &&
                request->count - 1 <= UINT32_MAX - request->address);
    rom->storing = inside(request->address, request->count);
    rom->allowed = *request;
    return verdict(rom->storing);
}

static void store(void *ctx, uint32_t address, aw_bytes bytes)
{
    struct rom *rom = ctx;

    trap_unless(rom->storing && bytes.n > 0);
    trap_unless(address >= rom->allowed.address &&
                bytes.n <= rom->allowed.count &&
                address - rom->allowed.address <= rom->allowed.count - bytes.n);
    memcpy(rom->memory + (address - BASE), bytes.p, bytes.n);
}

static uint32_t stored(void *ctx, const struct aw_sdp_request *request)
{
    struct rom *rom = ctx;

    rom->storing = false;
    return verdict((request->address & 1U) == 0);
}

static uint32_t skip_dcd(void *ctx)
{
    return verdict(!closed(ctx));
}

static uint32_t jump(void *ctx, uint32_t address)
{
    (void)ctx;
    return verdict(address == BASE);
}

static void take_reports(struct aw_sdp_device *dev,
                         const struct aw_sdp_target *target)
{
    uint8_t report[AW_SDP_ANSWER_SIZE];

    for (unsigned i = 0; i < 4; i++) {
        bool has = aw_sdp_device_has(dev);
        size_t n = aw_sdp_device_next(dev, target, report);

        trap_unless(has == (n > 0));
        trap_unless(n == 0 ||
                    n == (report[0] == AW_SDP_SECURITY ? AW_SDP_SECURITY_SIZE
                                                       : AW_SDP_ANSWER_SIZE));
    }
}

static void round_trip(aw_bytes report)
{
    struct aw_sdp_request request;
    uint8_t again[AW_SDP_COMMAND_SIZE];

    if (aw_sdp_request_parse(report, &request, NULL) == AW_OK) {
        aw_sdp_request_write(&request, again);
        trap_unless(memcmp(again, report.p, sizeof(again)) == 0);
        trap_unless(aw_sdp_type_name(request.type) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rom rom = {.storing = false};
    const struct aw_sdp_target target = {
        &rom,      closed, status, may_read, read, write,
        may_store, store,  stored, skip_dcd, jump,
    };
    struct aw_sdp_device dev = {.got = 0};
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});

    while (aw_rd_left(&r) > 0) {
        size_t n = aw_rd_u8(&r);

        if (n == 0) {
            take_reports(&dev, &target);
        } else {
            size_t left = aw_rd_left(&r);

            aw_bytes report = aw_rd_take(&r, n < left ? n : left);

            round_trip(report);
            (void)aw_sdp_device_take(&dev, &target, report);
        }
    }
    return 0;
}
