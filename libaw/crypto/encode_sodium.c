/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 and constant-time helpers by libsodium. */
#include <sodium.h>
#include <string.h>

#include "aw/bytes.h"
#include "aw/ct.h"
#include "aw/text.h"

bool aw_ct_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void aw_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

size_t aw_base64_length(size_t n)
{
    return (n + 2) / 3 * 4;
}

/* Bytes encoded at a time: a multiple of 3, so that only the last part is
 * padded. */
enum { CHUNK = 48, CHUNK_TEXT = CHUNK / 3 * 4 };

void aw_wr_base64(struct aw_wr *w, aw_bytes b)
{
    char text[CHUNK_TEXT + 1];

    if (w->failed || b.n > w->cap || aw_base64_length(b.n) > w->cap - w->n) {
        w->failed = true;
        return;
    }
    for (size_t at = 0; at < b.n; at += CHUNK) {
        size_t n = b.n - at < CHUNK ? b.n - at : CHUNK;

        (void)sodium_bin2base64(text, sizeof(text), b.p + at, n,
                                sodium_base64_VARIANT_ORIGINAL);
        aw_wr_text(w, text);
    }
}

/* libsodium takes characters as plain char: where that is signed, its decoder
 * lets octets from 0x80 on pass as if they were in the alphabet. */
static bool is_ascii(aw_bytes text)
{
    uint8_t all = 0;

    for (size_t i = 0; i < text.n; i++) {
        all |= text.p[i];
    }
    return all < 0x80;
}

aw_err aw_base64_decode(aw_bytes text, struct aw_wr *w)
{
    size_t n = 0;
    const char *end = NULL;

    if (w->failed) {
        return AW_ERR_SPACE;
    }
    if (text.n == 0) {
        return AW_OK;
    }
    if (text.n % 4 != 0 || !is_ascii(text)) {
        return AW_ERR_FORMAT;
    }
    /* Padding gives the exact size, so a full buffer and bad text differ. */
    size_t size = text.n / 4 * 3;

    size -= text.p[text.n - 1] == '=' ? 1U : 0U;
    size -= text.p[text.n - 2] == '=' ? 1U : 0U;
    if (size > w->cap - w->n) {
        w->failed = true;
        return AW_ERR_SPACE;
    }
    if (sodium_base642bin(w->p + w->n, size, (const char *)text.p, text.n, NULL,
                          &n, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        n != size || end != (const char *)text.p + text.n) {
        return AW_ERR_FORMAT;
    }
    w->n += n;
    return AW_OK;
}

aw_err aw_base64_decode_exact(aw_bytes text, uint8_t *out, size_t n)
{
    uint8_t buf[256];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    AW_BUG_ON(n > sizeof(buf));
    if (text.n != aw_base64_length(n) || aw_base64_decode(text, &w) != AW_OK ||
        w.n != n) {
        return AW_ERR_FORMAT;
    }
    memcpy(out, buf, n);
    return AW_OK;
}
