/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/sha256.h"
#include "verify/device_part.h"

enum { SCAN_STEP = 1 << 20 };

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
    return m->next_data == NULL ? at : m->next_data(m->ctx, at);
}

aw_err device_first_data(struct device_audit *audit, uint64_t from, uint64_t to,
                         uint64_t *first, struct aw_diag *diag)
{
    const struct aw_medium *m = audit->medium;
    uint64_t end = to < m->size ? to : m->size;
    uint8_t *buf = aw_pool_alloc(&audit->ctx->pool, SCAN_STEP, 1);
    uint64_t at = from;

    *first = to;
    while (at < end) {
        uint64_t data = skip_hole(m, at);

        if (data >= end) {
            break;
        }
        uint64_t n = end - data < SCAN_STEP ? end - data : SCAN_STEP;
        aw_err err = m->read(m->ctx, data, buf, (size_t)n, diag);

        if (err != AW_OK) {
            return err;
        }
        size_t hit = first_nonzero(buf, (size_t)n);

        if (hit < n) {
            *first = data + hit;
            return AW_OK;
        }
        if (audit->progress != NULL) {
            aw_progress_add(audit->progress, n);
        }
        at = data + n;
    }
    return AW_OK;
}

/* End of an ELF32 file as its section table gives it: the linker puts that
 * last. 0 when it is no ELF or the numbers do not fit `room`. */
static uint64_t elf_size(const uint8_t header[52], uint64_t room)
{
    static const uint8_t magic[] = {0x7f, 'E', 'L', 'F', 1, 1};
    struct aw_rd r = aw_rd_at((aw_bytes){header, 52}, 32);
    uint64_t sections = aw_rd_le32(&r);

    r = aw_rd_at((aw_bytes){header, 52}, 46);
    uint64_t entry = aw_rd_le16(&r);
    uint64_t count = aw_rd_le16(&r);
    uint64_t size = sections + entry * count;

    if (memcmp(header, magic, sizeof(magic)) != 0 || size > room) {
        return 0;
    }
    return size;
}

const struct device_known *device_known_at(struct device_audit *audit,
                                           const struct aw_emmc_region *slot,
                                           uint64_t *end)
{
    const struct aw_medium *m = audit->medium;
    uint64_t from = aw_emmc_offset(slot);
    uint64_t room = aw_emmc_size(slot);
    uint8_t header[52];
    uint8_t digest[AW_SHA256_SIZE];

    if (room > AW_FIRMWARE_MAX) {
        room = AW_FIRMWARE_MAX;
    }
    if (audit->n_known == 0 || from >= m->size || room > m->size - from ||
        m->read(m->ctx, from, header, sizeof(header), NULL) != AW_OK) {
        return NULL;
    }
    uint64_t size = elf_size(header, room);
    uint8_t *image = aw_pool_alloc(&audit->ctx->pool, (size_t)size, 1);

    if (size == 0 ||
        m->read(m->ctx, from, image, (size_t)size, NULL) != AW_OK) {
        return NULL;
    }
    aw_sha256((aw_bytes){image, (size_t)size}, digest);
    for (size_t i = 0; i < audit->n_known; i++) {
        if (memcmp(audit->known[i].firmware_sha256, digest, sizeof(digest)) ==
            0) {
            *end = from + size;
            return &audit->known[i];
        }
    }
    return NULL;
}
