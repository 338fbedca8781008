/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/sha256.h"

#include "models/dcp_parts.h"

/* Data passes in pieces: whole blocks of every cipher and hash. */
enum { PIECE = 4096 };

enum { MODE_ECB = 0, MODE_CBC = 1, KEY_UNIQUE = 0xfe, KEY_OTP = 0xff };

/* A packet under way. */
struct work {
    struct tw_dcp *dcp;
    struct tw_dcp_channel *ch;
    uint32_t c0;
    uint32_t mode;
    uint32_t key_select;
    uint32_t hash_select;
    uint32_t payload; /* address of what is not read yet */
    uint8_t key[TW_DCP_KEY];
    uint8_t tail[TW_HASH_BLOCK]; /* of the message */
    uint32_t tail_n;
};

static uint32_t not_modelled(const struct work *w, const char *what)
{
    tw_report(w->dcp->w.bus->report, TW_REPORT_MISUSE,
              "dcp: %s is not modelled", what);
    return DCP_ERROR_SETUP | DCP_CODE_INVALID_MODE;
}

/* Is the packet one that we know how to carry out? */
static uint32_t check(const struct work *w)
{
    uint32_t size = w->dcp->packet[PKT_SIZE];
    bool ends = (w->c0 & C0_HASH_TERM) != 0;

    if ((w->c0 & C0_BLIT) != 0) {
        return not_modelled(w, "a blit");
    }
    if ((w->c0 & C0_SWAPS) != 0) {
        return not_modelled(w, "a byte or word swap");
    }
    if ((w->c0 & C0_HASH) != 0 && w->hash_select == DCP_CRC32) {
        return not_modelled(w, "CRC-32");
    }
    if ((w->c0 & C0_HASH) != 0 &&
        (w->hash_select > DCP_SHA256 ||
         ((w->c0 & C0_HASH_INIT) == 0 && w->ch->hash != w->hash_select) ||
         (!ends && size % TW_HASH_BLOCK != 0))) {
        return DCP_ERROR_SETUP | DCP_CODE_INVALID_MODE;
    }
    if ((w->c0 & C0_CIPHER) != 0 &&
        (w->mode > MODE_CBC || (w->dcp->packet[PKT_CONTROL1] & 15) != 0 ||
         size % TW_AES_BLOCK != 0)) {
        return DCP_ERROR_SETUP | DCP_CODE_INVALID_MODE;
    }
    return 0;
}

static bool take_payload(struct work *w, uint8_t *to, uint32_t n)
{
    uint32_t at = w->payload;

    w->payload += n;
    return tw_dma_read(w->dcp->w.bus, TW_DCP, at, to, n);
}

/* The part's own keys; zeros while the part is open. */
static void own_key(const struct work *w, bool otp, uint8_t key[TW_DCP_KEY])
{
    static const char label[] = "Armored Witness twin: OTP key";
    const struct tw_hwkey *own = &w->dcp->w.key;
    uint8_t sum[AW_SHA256_SIZE];
    struct aw_sha256 h;

    memset(key, 0, TW_DCP_KEY);
    if (!tw_hwkey_usable(own)) {
        return;
    }
    if (!otp) {
        memcpy(key, own->secret, TW_DCP_KEY);
        return;
    }
    aw_sha256_init(&h);
    aw_sha256_update(&h, aw_text(label));
    aw_sha256_update(&h, (aw_bytes){own->secret, TW_DCP_KEY});
    aw_sha256_final(&h, sum);
    memcpy(key, sum, TW_DCP_KEY);
}

static uint32_t choose_key(struct work *w)
{
    if ((w->c0 & C0_PAYLOAD_KEY) != 0) {
        return take_payload(w, w->key, sizeof(w->key))
                   ? 0
                   : DCP_ERROR_SETUP | DCP_CODE_PAYLOAD;
    }
    if (w->key_select == KEY_UNIQUE || w->key_select == KEY_OTP) {
        if ((w->c0 & C0_OTP_KEY) == 0) {
            return DCP_ERROR_SETUP | DCP_CODE_INVALID_MODE;
        }
        own_key(w, w->key_select == KEY_OTP, w->key);
        return 0;
    }
    if (w->key_select > 3) {
        return DCP_ERROR_SETUP | DCP_CODE_INVALID_MODE;
    }
    memcpy(w->key, w->dcp->keys[w->key_select], sizeof(w->key));
    return 0;
}

static enum tw_hash_kind kind(const struct work *w)
{
    return w->hash_select == DCP_SHA1 ? TW_SHA1 : TW_SHA256;
}

static uint32_t begin(struct work *w)
{
    uint32_t error = 0;

    if ((w->c0 & C0_CIPHER) != 0) {
        error = choose_key(w);
        if (error == 0 && (w->c0 & C0_CIPHER_INIT) != 0 &&
            !take_payload(w, w->ch->iv, sizeof(w->ch->iv))) {
            error = DCP_ERROR_SETUP | DCP_CODE_PAYLOAD;
        }
    }
    if (error == 0 && (w->c0 & C0_HASH) != 0 && (w->c0 & C0_HASH_INIT) != 0) {
        w->ch->hash = (uint8_t)w->hash_select;
        tw_hash_init(&w->ch->running, kind(w));
    }
    return error;
}

/* Only the last piece of a message is no multiple of a block. */
static void hash(struct work *w, const uint8_t *data, uint32_t n)
{
    uint32_t whole = n / TW_HASH_BLOCK * TW_HASH_BLOCK;

    if ((w->c0 & C0_HASH) == 0) {
        return;
    }
    tw_hash_blocks(&w->ch->running, kind(w), data, whole);
    w->tail_n = n - whole;
    memcpy(w->tail, &data[whole], w->tail_n);
}

static void cipher(struct work *w, uint8_t *data, uint32_t n)
{
    bool encrypt = (w->c0 & C0_ENCRYPT) != 0;

    if ((w->c0 & C0_CIPHER) == 0) {
        return;
    }
    if (w->mode == MODE_CBC) {
        tw_aes_cbc(w->key, sizeof(w->key), encrypt, w->ch->iv, data, n);
    } else {
        tw_aes_ecb(w->key, sizeof(w->key), encrypt, data, n);
    }
}

/* The digest goes to the payload last byte first, or is compared there. */
static uint32_t end_hash(struct work *w)
{
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t result[AW_SHA256_SIZE];
    uint8_t wanted[AW_SHA256_SIZE];

    if ((w->c0 & (C0_HASH | C0_HASH_TERM)) != (C0_HASH | C0_HASH_TERM)) {
        return 0;
    }
    uint32_t n = (uint32_t)tw_hash_end(&w->ch->running, kind(w), w->tail,
                                       w->tail_n, digest);

    w->ch->hash = DCP_NO_HASH;
    for (uint32_t i = 0; i < n; i++) {
        result[i] = digest[n - 1 - i];
    }
    if ((w->c0 & C0_CHECK_HASH) == 0) {
        return tw_dma_write(w->dcp->w.bus, TW_DCP, w->payload, result, n)
                   ? 0
                   : DCP_ERROR_DST | DCP_CODE_PAYLOAD;
    }
    if (!take_payload(w, wanted, n)) {
        return DCP_ERROR_SETUP | DCP_CODE_PAYLOAD;
    }
    return memcmp(wanted, result, n) == 0 ? 0 : DCP_HASH_MISMATCH;
}

static void fill(uint8_t *data, uint32_t n, uint32_t value)
{
    for (uint32_t i = 0; i < n; i++) {
        data[i] = (uint8_t)(value >> (8 * (i % 4)));
    }
}

static uint32_t piece(struct work *w, uint32_t at, uint32_t n)
{
    const uint32_t *packet = w->dcp->packet;
    bool writes = (w->c0 & (C0_MEMCOPY | C0_CIPHER | C0_CONSTANT_FILL)) != 0;
    uint8_t data[PIECE];

    if ((w->c0 & C0_CONSTANT_FILL) != 0) {
        fill(data, n, packet[PKT_SOURCE]);
    } else if (!tw_dma_read(w->dcp->w.bus, TW_DCP, packet[PKT_SOURCE] + at,
                            data, n)) {
        return DCP_ERROR_SRC;
    }
    if ((w->c0 & C0_HASH_OUTPUT) == 0) {
        hash(w, data, n);
    }
    cipher(w, data, n);
    if ((w->c0 & C0_HASH_OUTPUT) != 0) {
        hash(w, data, n);
    }
    if (writes && !tw_dma_write(w->dcp->w.bus, TW_DCP,
                                packet[PKT_DESTINATION] + at, data, n)) {
        return DCP_ERROR_DST;
    }
    return 0;
}

uint32_t tw_dcp_execute(struct tw_dcp *dcp, struct tw_dcp_channel *channel)
{
    const uint32_t *packet = dcp->packet;
    uint32_t c1 = packet[PKT_CONTROL1];
    uint32_t size = packet[PKT_SIZE];
    struct work w = {.dcp = dcp,
                     .ch = channel,
                     .c0 = packet[PKT_CONTROL0],
                     .mode = c1 >> 4 & 15,
                     .key_select = c1 >> 8 & 0xff,
                     .hash_select = c1 >> 16 & 15,
                     .payload = packet[PKT_PAYLOAD]};
    uint32_t error = check(&w);

    if (error == 0) {
        error = begin(&w);
    }
    for (uint32_t at = 0; at < size && error == 0; at += PIECE) {
        error = piece(&w, at, size - at < PIECE ? size - at : PIECE);
    }
    return error != 0 ? error : end_hash(&w);
}
