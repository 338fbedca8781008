/* SPDX-License-Identifier: Apache-2.0 */
#include "utc.h"

#include "der.h"

enum {
    DAY = 86400,
    DAYS_400_YEARS = 146097,
    DAYS_TO_1970 = 719468, /* from 0000-03-01 */
    UTC_FIRST = 1950,
    UTC_LAST = 2049,
    YEAR_MAX = 9999
};

struct civil {
    int64_t year;
    unsigned month; /* 1..12 */
    unsigned day;   /* 1..31 */
};

/*
 * Days since 1970 and back, by counting years from March, so that the leap
 * day is the last one; 153 days are five months from there.
 */
static int64_t days_of(const struct civil *c)
{
    int64_t year = c->month <= 2 ? c->year - 1 : c->year;
    int64_t month = c->month <= 2 ? c->month + 9 : c->month - 3;
    int64_t days = year * 365 + year / 4 - year / 100 + year / 400;

    return days + (153 * month + 2) / 5 + c->day - 1 - DAYS_TO_1970;
}

static struct civil civil_of(int64_t days)
{
    int64_t z = days + DAYS_TO_1970;
    int64_t era = z / DAYS_400_YEARS;
    int64_t doe = z % DAYS_400_YEARS;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t m = (5 * doy + 2) / 153;
    struct civil c = {
        .year = yoe + era * 400 + (m >= 10 ? 1 : 0),
        .month = (unsigned)(m < 10 ? m + 3 : m - 9),
        .day = (unsigned)(doy - (153 * m + 2) / 5 + 1),
    };

    return c;
}

/* Decimal number of `n` digits; fails the cursor on anything else. */
static unsigned digits(struct aw_rd *r, size_t n)
{
    unsigned v = 0;

    for (size_t i = 0; i < n; i++) {
        uint8_t c = aw_rd_u8(r);

        if (c < '0' || c > '9') {
            r->failed = true;
        }
        v = v * 10 + (c - (unsigned)'0');
    }
    return r->failed ? 0 : v;
}

bool utc_parse(uint8_t tag, aw_bytes text, int64_t *time)
{
    struct aw_rd r = aw_rd_init(text);
    struct civil c = {0};

    if (tag == DER_UTC_TIME) {
        unsigned yy = digits(&r, 2);

        c.year = yy < 50 ? 2000 + yy : 1900 + yy;
    } else {
        c.year = digits(&r, 4);
        r.failed = r.failed || c.year <= UTC_LAST;
    }
    c.month = digits(&r, 2);
    c.day = digits(&r, 2);
    unsigned hour = digits(&r, 2);
    unsigned minute = digits(&r, 2);
    unsigned second = digits(&r, 2);

    if (aw_rd_u8(&r) != 'Z' || !der_done(&r) || c.year < UTC_FIRST ||
        c.month < 1 || c.month > 12 || c.day < 1 || hour > 23 || minute > 59 ||
        second > 59) {
        return false;
    }
    int64_t days = days_of(&c);
    struct civil back = civil_of(days);

    /* The 31st of a short month comes back as another day. */
    if (back.month != c.month || back.day != c.day) {
        return false;
    }
    *time = days * DAY + (int64_t)(hour * 3600 + minute * 60 + second);
    return true;
}

static void two(struct aw_wr *w, unsigned v)
{
    aw_wr_u8(w, (uint8_t)('0' + v / 10 % 10));
    aw_wr_u8(w, (uint8_t)('0' + v % 10));
}

bool utc_write(int64_t time, struct aw_wr *w)
{
    const struct civil first = {UTC_FIRST, 1, 1};
    const struct civil end = {YEAR_MAX + 1, 1, 1};

    if (time < days_of(&first) * DAY || time >= days_of(&end) * DAY) {
        return false;
    }
    int64_t days = time / DAY;
    int64_t left = time % DAY;

    if (left < 0) {
        left += DAY;
        days--;
    }
    struct civil c = civil_of(days);
    unsigned year = (unsigned)c.year;
    unsigned second = (unsigned)left;

    if (year <= UTC_LAST) {
        der_head(w, DER_UTC_TIME, UTC_TIME_SIZE);
    } else {
        der_head(w, DER_GENERALIZED_TIME, GENERALIZED_TIME_SIZE);
        two(w, year / 100);
    }
    two(w, year % 100);
    two(w, c.month);
    two(w, c.day);
    two(w, second / 3600);
    two(w, second / 60 % 60);
    two(w, second % 60);
    aw_wr_u8(w, 'Z');
    return true;
}
