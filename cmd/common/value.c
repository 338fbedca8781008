/* SPDX-License-Identifier: Apache-2.0 */
#include "common/value.h"

#include "aw/text.h"
#include "common/opt.h"

/* A word and what it stands for. */
struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit *find_unit(const struct unit *units, aw_bytes name)
{
    for (size_t i = 0; units[i].name != NULL; i++) {
        if (aw_bytes_is(name, units[i].name)) {
            return &units[i];
        }
    }
    return NULL;
}

aw_err aw_value_bool(aw_bytes text, bool *v)
{
    static const struct unit words[] = {
        {"1", 1},     {"t", 1},     {"T", 1},  {"TRUE", 1}, {"true", 1},
        {"True", 1},  {"0", 0},     {"f", 0},  {"F", 0},    {"FALSE", 0},
        {"false", 0}, {"False", 0}, {NULL, 0},
    };
    const struct unit *word = find_unit(words, text);

    if (word == NULL) {
        return AW_ERR_FORMAT;
    }
    *v = word->factor != 0;
    return AW_OK;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of b from `at` for which digits is or is not true; the dot counts as
 * a digit where `dot` says so. */
static aw_bytes run_of(struct aw_rd *r, bool digits, bool dot)
{
    struct aw_rd probe = *r;
    size_t n = 0;

    while (aw_rd_left(&probe) > 0) {
        uint8_t c = aw_rd_u8(&probe);

        if ((is_digit(c) || (dot && c == '.')) != digits) {
            break;
        }
        n++;
    }
    return aw_rd_take(r, n);
}

/* number[.fraction] of a unit, in nanoseconds. */
static aw_err scale(aw_bytes number, uint64_t factor, uint64_t *v)
{
    size_t dot = aw_bytes_find(number, 0, '.');
    uint64_t whole = 0;
    uint64_t part = 0;
    uint64_t step = factor;

    if (dot > 0) {
        aw_err err = aw_dec_parse_lax((aw_bytes){number.p, dot}, &whole);

        if (err != AW_OK) {
            return err;
        }
    }
    for (size_t i = dot + 1; i < number.n; i++) {
        if (!is_digit(number.p[i])) {
            return AW_ERR_FORMAT; /* a second dot */
        }
        step /= 10;
        part += step * (uint64_t)(number.p[i] - '0');
    }
    if (whole > (INT64_MAX - part) / factor) {
        return AW_ERR_RANGE;
    }
    *v = whole * factor + part;
    return AW_OK;
}

/* One term, 1.5h, in nanoseconds. */
static aw_err duration_term(struct aw_rd *r, uint64_t *ns)
{
    static const struct unit units[] = {
        {"ns", UINT64_C(1)},
        {"us", UINT64_C(1000)},
        {"\xc2\xb5s", UINT64_C(1000)}, /* micro sign */
        {"\xce\xbcs", UINT64_C(1000)}, /* Greek mu */
        {"ms", UINT64_C(1000000)},
        {"s", UINT64_C(1000000000)},
        {"m", UINT64_C(60000000000)},
        {"h", UINT64_C(3600000000000)},
        {NULL, 0},
    };
    aw_bytes number = run_of(r, true, true);
    const struct unit *unit = find_unit(units, run_of(r, false, true));

    if (unit == NULL || number.n == 0 ||
        (number.n == 1 && number.p[0] == '.')) {
        return AW_ERR_FORMAT;
    }
    return scale(number, unit->factor, ns);
}

aw_err aw_value_duration(aw_bytes text, uint64_t *ms)
{
    enum { NS_PER_MS = 1000000 };
    struct aw_rd r = aw_rd_init(text);
    uint64_t sum = 0;

    if (text.n == 0) {
        return AW_ERR_FORMAT;
    }
    while (!aw_bytes_is(text, "0") && aw_rd_left(&r) > 0) {
        uint64_t term = 0;
        aw_err err = duration_term(&r, &term);

        if (err != AW_OK) {
            return err;
        }
        if (term > INT64_MAX - sum) {
            return AW_ERR_RANGE;
        }
        sum += term;
    }
    *ms = sum / NS_PER_MS + (sum % NS_PER_MS != 0 ? 1 : 0);
    return AW_OK;
}

aw_err aw_value_size(aw_bytes text, uint64_t *bytes)
{
    static const struct unit units[] = {
        {"", 1},
        {"B", 1},
        {"K", UINT64_C(1) << 10},
        {"KiB", UINT64_C(1) << 10},
        {"kB", UINT64_C(1000)},
        {"M", UINT64_C(1) << 20},
        {"MiB", UINT64_C(1) << 20},
        {"MB", UINT64_C(1000000)},
        {"G", UINT64_C(1) << 30},
        {"GiB", UINT64_C(1) << 30},
        {"GB", UINT64_C(1000000000)},
        {"T", UINT64_C(1) << 40},
        {"TiB", UINT64_C(1) << 40},
        {"TB", UINT64_C(1000000000000)},
        {NULL, 0},
    };
    struct aw_rd r = aw_rd_init(text);
    uint64_t number = 0;
    aw_err err = aw_dec_parse(run_of(&r, true, false), &number);

    if (err != AW_OK) {
        return err;
    }
    const struct unit *unit = find_unit(units, aw_rd_rest(&r));

    if (unit == NULL) {
        return AW_ERR_FORMAT;
    }
    if (number > UINT64_MAX / unit->factor) {
        return AW_ERR_RANGE;
    }
    *bytes = number * unit->factor;
    return AW_OK;
}

aw_err aw_value_choice(aw_bytes text, const char *choices, unsigned *index)
{
    unsigned i = 0;

    for (aw_bytes w = aw_word_next(&choices); w.n > 0;
         w = aw_word_next(&choices)) {
        if (aw_bytes_equal(w, text)) {
            *index = i;
            return AW_OK;
        }
        i++;
    }
    return AW_ERR_NOT_FOUND;
}
