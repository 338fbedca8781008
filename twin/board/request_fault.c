/* SPDX-License-Identifier: Apache-2.0 */
#include "board/request.h"

/* "at": a tick; or "after": ticks from now. */
static aw_err get_tick(struct tw_request *r, uint64_t *tick)
{
    uint64_t now = r->server->board.clock.now;
    uint64_t n = 0;

    if (tw_request_u64(r, "at", tick)) {
        return *tick >= now
                   ? AW_OK
                   : aw_fail(aw_host_say(&r->host,
                                         "tick %llu has passed, it is %llu",
                                         (unsigned long long)*tick,
                                         (unsigned long long)now),
                             AW_ERR_USAGE, "twin: request", now);
    }
    if (!tw_request_u64(r, "after", &n) || n > UINT64_MAX - now) {
        return tw_request_wrong(r, "\"at\" or \"after\" in ticks say when");
    }
    *tick = now + n;
    return AW_OK;
}

static bool has_tick(const struct tw_request *r)
{
    return aw_json_kind(aw_json_member(r->root, "at")) != AW_JSON_ABSENT ||
           aw_json_kind(aw_json_member(r->root, "after")) != AW_JSON_ABSENT;
}

static aw_err get_mode(struct tw_request *r, enum tw_cut_mode *mode)
{
    if (tw_request_is(r, "mode", "torn")) {
        *mode = TW_CUT_TORN;
    } else if (tw_request_is(r, "mode", "cached")) {
        *mode = TW_CUT_CACHED;
    } else if (tw_request_is(r, "mode", "clean") ||
               aw_json_kind(aw_json_member(r->root, "mode")) ==
                   AW_JSON_ABSENT) {
        *mode = TW_CUT_CLEAN;
    } else {
        return tw_request_wrong(r, "\"mode\" is clean, torn or cached");
    }
    return AW_OK;
}

static aw_err power_cut(struct tw_request *r)
{
    struct tw_board *board = &r->server->board;
    uint64_t n = 0;
    uint64_t bits = 0;
    enum tw_cut_mode mode = TW_CUT_CLEAN;
    aw_err err = get_mode(r, &mode);

    if (err != AW_OK) {
        return err;
    }
    if (tw_request_u64(r, "write", &n) && n != 0) {
        tw_board_cut_at_write(board, n);
    } else if (tw_request_u64(r, "fuse", &n) && n != 0) {
        (void)tw_request_u64(r, "mask", &bits);
        tw_board_cut_at_fuse(board, n, (uint32_t)bits);
    } else if (has_tick(r)) {
        err = get_tick(r, &n);
        if (err != AW_OK) {
            return err;
        }
        tw_board_cut_at(board, n);
    } else {
        return tw_request_wrong(r, "\"at\" or \"after\" in ticks, \"write\" or "
                                   "\"fuse\" from 1, say when power goes");
    }
    board->cut.mode = mode;
    return AW_OK;
}

static aw_err unplug(struct tw_request *r)
{
    uint64_t plug = 1;
    uint64_t tick = 0;

    (void)tw_request_u64(r, "plug", &plug);
    if (plug < 1 || plug > TW_PLUGS) {
        return tw_request_wrong(r, "\"plug\" is 1 or 2");
    }
    aw_err err = get_tick(r, &tick);

    if (err != AW_OK) {
        return err;
    }
    tw_board_unplug_at(&r->server->board, (unsigned)plug - 1, tick);
    return AW_OK;
}

static aw_err glitch(struct tw_request *r)
{
    uint64_t tick = 0;
    aw_err err = get_tick(r, &tick);

    if (err != AW_OK) {
        return err;
    }
    tw_board_glitch_at(&r->server->board, tick);
    return AW_OK;
}

static aw_err stuck(struct tw_request *r)
{
    uint64_t bank = 0;
    uint64_t word = 0;
    uint64_t bits = 0;

    if (!tw_request_u64(r, "bank", &bank) ||
        !tw_request_u64(r, "word", &word) ||
        !tw_request_u64(r, "bits", &bits) || bank > UINT8_MAX ||
        word > UINT8_MAX || bits > UINT32_MAX ||
        !tw_board_stick(&r->server->board, (unsigned)bank, (unsigned)word,
                        (uint32_t)bits)) {
        return tw_request_wrong(
            r, "\"bank\", \"word\" and \"bits\" name bits of a fuse word");
    }
    return AW_OK;
}

static aw_err bad_blocks(struct tw_request *r)
{
    struct tw_bad_blocks bad = {.kind = TW_BAD_NONE, .count = 1};
    uint64_t delay = 0;

    if (tw_request_is(r, "op", "read")) {
        bad.kind = TW_BAD_READ;
    } else if (tw_request_is(r, "op", "write")) {
        bad.kind = TW_BAD_WRITE;
    } else if (tw_request_is(r, "op", "slow")) {
        bad.kind = TW_BAD_SLOW;
    }
    (void)tw_request_u64(r, "count", &bad.count);
    (void)tw_request_u64(r, "delay_us", &delay);
    bad.delay_us = delay > UINT32_MAX ? UINT32_MAX : (uint32_t)delay;
    if (bad.kind == TW_BAD_NONE || !tw_request_u64(r, "block", &bad.first)) {
        return tw_request_wrong(
            r,
            "\"op\" is read, write or slow; \"block\" the first of \"count\"");
    }
    if (!tw_emmc_fault(&r->server->board.emmc, &bad)) {
        return tw_request_wrong(r, "too many bad blocks: heal first");
    }
    return AW_OK;
}

/* "what": a name of a list. @return its place; n: none of them */
static size_t get_name(const struct tw_request *r, const char *const *names,
                       size_t n)
{
    size_t i = 0;

    while (i < n && (names[i] == NULL || !tw_request_is(r, "what", names[i]))) {
        i++;
    }
    return i;
}

/* "skip" of those that it is about pass, "times" fail. */
static bool get_count(const struct tw_request *r, uint32_t *skip,
                      uint32_t *times)
{
    uint64_t pass = 0;
    uint64_t fail = 1;

    (void)tw_request_u64(r, "skip", &pass);
    (void)tw_request_u64(r, "times", &fail);
    *skip = (uint32_t)pass;
    *times = (uint32_t)fail;
    return pass <= UINT32_MAX && fail >= 1 && fail <= UINT32_MAX;
}

static aw_err bad_usb(struct tw_request *r)
{
    static const char *const names[] = {[TW_USB_STALLED] = "stall",
                                        [TW_USB_SHORT] = "short",
                                        [TW_USB_LOST] = "lost"};
    size_t n = sizeof(names) / sizeof(names[0]);
    size_t what = get_name(r, names, n);
    struct tw_usb_fault fault = {.wrong = (enum tw_usb_wrong)what};
    uint64_t endpoint = 0;
    uint64_t plug = 1;

    (void)tw_request_u64(r, "plug", &plug);
    (void)tw_request_u64(r, "endpoint", &endpoint);
    if (what == n || !get_count(r, &fault.skip, &fault.times) || plug < 1 ||
        plug > TW_PLUGS || (endpoint & ~UINT64_C(0x8f)) != 0) {
        return tw_request_wrong(
            r, "\"what\" is stall, short or lost; \"plug\" 1 or 2; "
               "\"endpoint\" an address; \"skip\" and \"times\" which ones");
    }
    fault.endpoint = (endpoint & 0x0fU) == 0 ? 0 : (uint8_t)endpoint;
    tw_board_usb_fault(&r->server->board, (unsigned)plug - 1, &fault);
    return AW_OK;
}

static aw_err bad_line(struct tw_request *r)
{
    static const char *const names[] = {
        [TW_FAULT_CMD_TIMEOUT] = "cmd-timeout",
        [TW_FAULT_CMD_CRC] = "cmd-crc",
        [TW_FAULT_CMD_END] = "cmd-end",
        [TW_FAULT_CMD_INDEX] = "cmd-index",
        [TW_FAULT_DATA_TIMEOUT] = "data-timeout",
        [TW_FAULT_DATA_CRC] = "data-crc",
        [TW_FAULT_DATA_END] = "data-end",
        [TW_FAULT_STOP_TIMEOUT] = "stop-timeout"};
    size_t n = sizeof(names) / sizeof(names[0]);
    size_t what = get_name(r, names, n);
    bool card = tw_request_is(r, "slot", "card");
    uint32_t skip = 0;
    uint32_t times = 0;

    if (what == n || !get_count(r, &skip, &times) ||
        (!card && !tw_request_is(r, "slot", "emmc"))) {
        return tw_request_wrong(
            r, "\"slot\" is emmc or card; \"what\" cmd-timeout, cmd-crc, "
               "cmd-end, cmd-index, data-timeout, data-crc, data-end or "
               "stop-timeout; \"skip\" and \"times\" which ones");
    }
    tw_board_line_fault(&r->server->board, card ? 0 : 1,
                        (enum tw_usdhc_fault)what, skip, times);
    return AW_OK;
}

aw_err tw_request_fault(struct tw_request *r)
{
    static const struct {
        const char *kind;
        aw_err (*run)(struct tw_request *r);
    } faults[] = {
        {"power-cut", power_cut}, {"unplug", unplug},    {"glitch", glitch},
        {"stuck-fuse", stuck},    {"block", bad_blocks}, {"usb", bad_usb},
        {"line", bad_line},
    };

    if (tw_request_is(r, "kind", "heal")) {
        tw_board_heal(&r->server->board);
        return AW_OK;
    }
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (tw_request_is(r, "kind", faults[i].kind)) {
            return faults[i].run(r);
        }
    }
    return tw_request_wrong(
        r, "\"kind\" is power-cut, unplug, glitch, stuck-fuse, block, usb, "
           "line or heal");
}
