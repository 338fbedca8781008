/* SPDX-License-Identifier: Apache-2.0 */
/* Every length but that of the whole is fixed, so DER is a matter of bytes in
 * order: RFC 5280, RFC 8410. */
#include "os/identity/certificate.h"

#include <string.h>

enum {
    MINUTE = 60,
    HOUR = 3600,
    DAY = 24 * HOUR,
    TIME_TEXT = 13, /* YYMMDDhhmmssZ */
    TIMES = 2 * (2 + TIME_TEXT),
    TBS_MAX = 256
};
/* 2050: UTCTime ends. */
#define END UINT64_C(2524608000)

/* [0] version 3, serial number 1, Ed25519. */
static const uint8_t begin[] = {0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x01,
                                0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};

/* CN = UTF8String "Bastion backend": issuer and subject. */
static const uint8_t name[] = {0x30, 0x1a, 0x31, 0x18, 0x30, 0x16, 0x06,
                               0x03, 0x55, 0x04, 0x03, 0x0c, 0x0f, 'B',
                               'a',  's',  't',  'i',  'o',  'n',  ' ',
                               'b',  'a',  'c',  'k',  'e',  'n',  'd'};

/* SubjectPublicKeyInfo up to the key. */
static const uint8_t key_head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                   0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

/* [3]: keyUsage critical digitalSignature; extKeyUsage clientAuth. */
static const uint8_t extensions[] = {
    0xa3, 0x27, 0x30, 0x25, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x1d, 0x0f,
    0x01, 0x01, 0xff, 0x04, 0x04, 0x03, 0x02, 0x07, 0x80, 0x30, 0x13,
    0x06, 0x03, 0x55, 0x1d, 0x25, 0x04, 0x0c, 0x30, 0x0a, 0x06, 0x08,
    0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02};

/* Ed25519, then the BIT STRING's head. */
static const uint8_t signature_head[] = {0x30, 0x05, 0x06, 0x03, 0x2b,
                                         0x65, 0x70, 0x03, 0x41, 0x00};

static void put(struct aw_wr *w, const uint8_t *bytes, size_t n)
{
    aw_wr_put(w, (aw_bytes){bytes, n});
}

static void put_two(struct aw_wr *w, uint32_t v)
{
    aw_wr_u8(w, (uint8_t)('0' + v / 10 % 10));
    aw_wr_u8(w, (uint8_t)('0' + v % 10));
}

static bool is_leap(uint32_t year)
{
    /* Up to 2049 each fourth one is. */
    return year % 4 == 0;
}

static uint32_t days_of(uint32_t month, uint32_t year)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};

    return days[month] + (month == 1 && is_leap(year) ? 1U : 0U);
}

/* UTCTime. */
static void put_time(struct aw_wr *w, uint64_t seconds)
{
    uint32_t day = (uint32_t)(seconds / DAY);
    uint32_t rest = (uint32_t)(seconds % DAY);
    uint32_t year = 1970;
    uint32_t month = 0;

    while (day >= (is_leap(year) ? 366U : 365U)) {
        day -= is_leap(year) ? 366U : 365U;
        year++;
    }
    while (day >= days_of(month, year)) {
        day -= days_of(month, year);
        month++;
    }
    aw_wr_u8(w, 0x17);
    aw_wr_u8(w, TIME_TEXT);
    put_two(w, year);
    put_two(w, month + 1);
    put_two(w, day + 1);
    put_two(w, rest / HOUR);
    put_two(w, rest / MINUTE % MINUTE);
    put_two(w, rest % MINUTE);
    aw_wr_u8(w, 'Z');
}

/* SEQUENCE of 128 to 255 bytes. */
static void put_sequence(struct aw_wr *w, size_t n)
{
    aw_wr_u8(w, 0x30);
    aw_wr_u8(w, 0x81);
    aw_wr_u8(w, (uint8_t)n);
}

/* What is signed. */
static void put_tbs(struct aw_wr *w, const uint8_t *key, uint64_t now)
{
    enum {
        SIZE = sizeof(begin) + 2 * sizeof(name) + 2 + TIMES + sizeof(key_head) +
               AW_ED25519_PUBLIC + sizeof(extensions)
    };
    _Static_assert(SIZE >= 128 && SIZE < 256, "one byte of length");

    put_sequence(w, SIZE);
    put(w, begin, sizeof(begin));
    put(w, name, sizeof(name));
    aw_wr_u8(w, 0x30);
    aw_wr_u8(w, TIMES);
    put_time(w, now - HOUR);
    put_time(w, now + DAY);
    put(w, name, sizeof(name));
    put(w, key_head, sizeof(key_head));
    put(w, key, AW_ED25519_PUBLIC);
    put(w, extensions, sizeof(extensions));
}

aw_err certificate_write(const uint8_t key[AW_ED25519_PUBLIC], uint64_t now,
                         const struct aw_signer *by, struct aw_wr *w)
{
    uint8_t tbs[TBS_MAX];
    uint8_t signature[AW_ED25519_SIG];
    struct aw_wr t = aw_wr_init(tbs, sizeof(tbs));
    struct aw_wr out = *w;

    if (now < HOUR || now >= END - DAY) {
        return AW_ERR_RANGE;
    }
    put_tbs(&t, key, now);
    AW_BUG_ON(t.failed);
    aw_err err = by->sign(by->ctx, aw_wr_done(&t), signature, NULL);

    if (err != AW_OK) {
        return err;
    }
    size_t size = t.n + sizeof(signature_head) + sizeof(signature);

    AW_BUG_ON(size < 256); /* two bytes of length */
    aw_wr_u8(&out, 0x30);
    aw_wr_u8(&out, 0x82);
    aw_wr_be16(&out, (uint16_t)size);
    aw_wr_put(&out, aw_wr_done(&t));
    put(&out, signature_head, sizeof(signature_head));
    put(&out, signature, sizeof(signature));
    if (out.failed) {
        return AW_ERR_SPACE;
    }
    *w = out;
    return AW_OK;
}
