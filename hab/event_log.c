/* SPDX-License-Identifier: Apache-2.0 */
/* A whole log, and the text that a boot loader prints of one. */
#include "aw/hab/event.h"
#include "aw/text.h"

enum {
    FIRST_RECORD = 0x0c,
    LINE_BYTES = 16,
    ADDRESS_DIGITS = 8,
    BYTE_DIGITS = 2
};

/* One record of a whole log. */
static aw_err count_record(const struct aw_hab_record *rec,
                           struct aw_hab_log_count *count, struct aw_diag *diag)
{
    struct aw_hab_event event;
    bool first = count->events + count->others == 0;

    if (first && rec->tag != FIRST_RECORD) {
        return aw_fail(diag, AW_ERR_FORMAT, "hab log: first record", rec->at);
    }
    if (rec->tag != AW_HAB_EVENT_TAG) {
        count->others++;
        return AW_OK;
    }
    if (aw_hab_event_parse(rec->bytes, &event, NULL) != AW_OK) {
        return aw_fail(diag, AW_ERR_FORMAT, "hab log: event", rec->at);
    }
    count->events++;
    return AW_OK;
}

/* Behind the last record is nothing but zeros, and at least a word of them:
 * else it was written over, or is so full that events may have been lost. */
static aw_err check_rest(aw_bytes area, size_t at, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_at(area, at);

    if (r.failed || aw_rd_left(&r) == 0) {
        return aw_fail(diag, AW_ERR_SPACE, "hab log: full", at);
    }
    for (; aw_rd_left(&r) > 0; at++) {
        if (aw_rd_u8(&r) != 0) {
            return aw_fail(diag, AW_ERR_FORMAT, "hab log: behind the end", at);
        }
    }
    return AW_OK;
}

aw_err aw_hab_log_check(aw_bytes area, struct aw_hab_log_count *count,
                        struct aw_diag *diag)
{
    struct aw_hab_log_count c = {.events = 0};
    struct aw_hab_record rec = {.at = 0};
    size_t at = 0;

    if (area.n != AW_HAB_LOG_SIZE) {
        return aw_fail(diag, AW_ERR_RANGE, "hab log: size", area.n);
    }
    aw_err err = aw_hab_log_next(area, &at, &rec, diag);

    while (err == AW_OK) {
        err = count_record(&rec, &c, diag);
        if (err == AW_OK) {
            err = aw_hab_log_next(area, &at, &rec, diag);
        }
    }
    if (err == AW_ERR_NOT_FOUND) {
        err = check_rest(area, at, diag);
    }
    /* The first record stands there before anything was judged. */
    if (err == AW_OK && c.events + c.others < 2) {
        err = aw_fail(diag, AW_ERR_SHORT, "hab log: records", at);
    }
    if (err == AW_OK) {
        *count = c;
    }
    return err;
}

/* A text being read: where the next line must begin. */
struct dump {
    struct aw_wr *out;
    uint64_t first;
    uint64_t next;
    bool any;
};

static bool take_hex(struct aw_rd *r, size_t digits, uint64_t *v)
{
    return aw_hex_parse_u64(aw_rd_take(r, digits), v) == AW_OK;
}

/* The bytes of a line; behind them nothing, or blanks and characters. */
static bool take_bytes(struct aw_rd *r, size_t *n, struct aw_wr *out)
{
    uint64_t byte = 0;

    for (*n = 0; *n < LINE_BYTES && aw_rd_left(r) > 0; ++*n) {
        struct aw_rd ahead = *r;

        if (aw_rd_u8(&ahead) != ' ') {
            return false;
        }
        if (!take_hex(&ahead, BYTE_DIGITS, &byte)) {
            break;
        }
        aw_wr_u8(out, (uint8_t)byte);
        *r = ahead;
    }
    struct aw_rd tail = *r;

    return *n > 0 &&
           (aw_rd_left(r) == 0 || aw_bytes_is(aw_rd_take(&tail, 2), "  "));
}

/* "00904000: 0c 00 18 42 ...    ....": lines follow each other without a gap,
 * and only the last one may be short. */
static bool dump_line(struct dump *d, aw_bytes line)
{
    struct aw_rd r = aw_rd_init(line);
    uint64_t address = 0;
    size_t n = 0;

    if (!take_hex(&r, ADDRESS_DIGITS, &address) || aw_rd_u8(&r) != ':' ||
        (d->any && address != d->next) || !take_bytes(&r, &n, d->out)) {
        return false;
    }
    d->first = d->any ? d->first : address;
    /* Behind a short line no address is right. */
    d->next = n == LINE_BYTES ? address + n : UINT64_MAX;
    d->any = true;
    return true;
}

static aw_bytes trim(aw_bytes line)
{
    while (line.n > 0 &&
           (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ')) {
        line.n--;
    }
    return line;
}

/* The next line without its end; the last one may have none. */
static aw_bytes next_line(struct aw_rd *r)
{
    size_t end = aw_bytes_find(r->b, r->at, '\n');
    aw_bytes line = aw_rd_take(r, end - r->at);

    if (aw_rd_left(r) > 0) {
        (void)aw_rd_u8(r);
    }
    return trim(line);
}

aw_err aw_hab_dump_parse(aw_bytes text, uint32_t *address, struct aw_wr *out,
                         struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(text);
    struct dump d = {.out = out};
    uint64_t number = 0;

    while (aw_rd_left(&r) > 0) {
        aw_bytes line = next_line(&r);

        number++;
        if (line.n > 0 && !dump_line(&d, line)) {
            return aw_fail(diag, AW_ERR_FORMAT, "memory dump: line", number);
        }
    }
    if (!d.any) {
        return aw_fail(diag, AW_ERR_SHORT, "memory dump: lines", number);
    }
    if (out->failed) {
        return aw_fail(diag, AW_ERR_SPACE, "memory dump: bytes", number);
    }
    *address = (uint32_t)d.first;
    return AW_OK;
}
