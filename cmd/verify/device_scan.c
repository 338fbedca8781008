/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/stop.h"
#include "verify/device_part.h"

bool device_has(const struct device_audit *audit, uint64_t offset, uint64_t n)
{
    uint64_t size = audit->medium->size;

    return offset <= size && n <= size - offset;
}

/* At most one step at a time, so that Ctrl-C is heard. */
static aw_err read_step(struct device_audit *audit, uint64_t offset,
                        uint8_t *buf, size_t n, struct aw_diag *diag)
{
    const struct aw_medium *m = audit->medium;

    if (aw_cancelled()) {
        return aw_fail(diag, AW_ERR_CANCELLED, "medium: read", offset);
    }
    aw_err err = m->read(m->ctx, offset, buf, n, diag);

    if (err == AW_OK && audit->progress != NULL) {
        aw_progress_add(audit->progress, n);
    }
    return err;
}

aw_err device_read(struct device_audit *audit, uint64_t offset, uint8_t *buf,
                   uint64_t n, struct aw_diag *diag)
{
    AW_BUG_ON(!device_has(audit, offset, n));
    for (uint64_t at = 0; at < n; at += DEVICE_STEP) {
        uint64_t step = n - at < DEVICE_STEP ? n - at : DEVICE_STEP;
        aw_err err =
            read_step(audit, offset + at, buf + at, (size_t)step, diag);

        if (err != AW_OK) {
            return err;
        }
    }
    return AW_OK;
}

/* Offset of the first non-zero byte of a buffer, n when there is none. */
static size_t first_nonzero(const uint8_t *p, size_t n)
{
    /* One zero byte at the front makes the rest a comparison with itself. */
    if (n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0)) {
        return n;
    }
    size_t i = 0;

    while (p[i] == 0) {
        i++;
    }
    return i;
}

static uint64_t skip_hole(const struct aw_medium *m, uint64_t at)
{
    uint64_t data = m->next_data == NULL ? at : m->next_data(m->ctx, at);

    return data > at ? data : at;
}

static aw_err first_data(struct device_audit *audit, uint64_t from, uint64_t to,
                         uint64_t *first, struct aw_diag *diag)
{
    const struct aw_medium *m = audit->medium;
    uint64_t end = to < m->size ? to : m->size;
    uint64_t at = from;

    while (at < end) {
        uint64_t data = skip_hole(m, at);

        if (data >= end) {
            break;
        }
        size_t n =
            (size_t)(end - data < DEVICE_STEP ? end - data : DEVICE_STEP);
        aw_err err = read_step(audit, data, audit->step, n, diag);

        if (err != AW_OK) {
            return err;
        }
        size_t hit = first_nonzero(audit->step, n);

        if (hit < n) {
            *first = data + hit;
            return AW_OK;
        }
        at = data + n;
    }
    *first = to;
    return AW_OK;
}

bool device_samples(const struct device_audit *audit, uint64_t from,
                    uint64_t to)
{
    return audit->sample && to - from > 2 * (uint64_t)DEVICE_SAMPLE;
}

aw_err device_first_data(struct device_audit *audit, uint64_t from, uint64_t to,
                         uint64_t *first, struct aw_diag *diag)
{
    uint64_t head = from + DEVICE_SAMPLE;
    uint64_t found = to;

    if (!device_samples(audit, from, to)) {
        return first_data(audit, from, to, first, diag);
    }
    aw_err err = first_data(audit, from, head, &found, diag);

    if (err == AW_OK && found == head) {
        err = first_data(audit, to - DEVICE_SAMPLE, to, &found, diag);
    }
    if (err == AW_OK) {
        *first = found;
    }
    return err;
}
