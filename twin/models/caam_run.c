/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/sha256.h"
#include "models/caam_parts.h"
#include "models/cipher.h"

enum { WORDS_MAX = 64, DATA_MAX = 16 << 20 };

/* Command types, bits 31:27 of a word. */
enum {
    CMD_KEY = 0x00,
    CMD_LOAD = 0x02,
    CMD_FIFO_LOAD = 0x04,
    CMD_STORE = 0x0a,
    CMD_FIFO_STORE = 0x0c,
    CMD_OPERATION = 0x10,
    CMD_JUMP = 0x14,
    CMD_HEADER = 0x16,
    CMD_SEQ_OUT = 0x1f
};

/* Job termination status, IMX6ULSRM "Job termination status/error codes":
 * source, index of the command, code. */
#define STATUS_CCB  (UINT32_C(2) << 28)
#define STATUS_DECO (UINT32_C(4) << 28)
enum {
    DECO_COMMAND = 0x04,
    DECO_KEY = 0x06,
    DECO_LOAD = 0x07,
    DECO_STORE = 0x08,
    DECO_OPERATION = 0x09,
    DECO_FIFO_LOAD = 0x0a,
    DECO_FIFO_STORE = 0x0b,
    DECO_JUMP = 0x0d,
    DECO_SEQUENCE = 0x10,
    DECO_HEADER = 0x13,
    DECO_DMA = 0x16,
    CCB_AES = 1 << 4,
    CCB_RNG = 5 << 4,
    CCB_MODE = 1,
    CCB_DATA_SIZE = 2,
    CCB_KEY_SIZE = 3,
    RNG_INSTANTIATED = 3,
    RNG_NOT_INSTANTIATED = 4
};

/* Algorithms and modes of an OPERATION. */
enum {
    OP_CLASS1 = 2,
    OP_CLASS2 = 4,
    OP_ENCAPSULATE = 7,
    ALG_AES = 0x10,
    ALG_SHA256 = 0x43,
    ALG_RNG = 0x50,
    AAI_CBC = 0x10,
    AAI_ECB = 0x20,
    AAI_CMAC = 0x60,
    AAI_SECURE_KEYS = 0x100,
    AS_UPDATE = 0,
    AS_INIT = 1,
    AS_INIT_FINAL = 3,
    PROTOCOL_BLOB = 0x0d,
    BLOB_MKV = 0x0002
};

/* Types of data of FIFO LOAD and FIFO STORE. */
enum {
    MESSAGE_LAST1 = 0x12,
    MESSAGE_LAST2 = 0x14,
    STORE_MESSAGE = 0x30,
    STORE_RANDOM = 0x34
};

enum { DST_CLEAR_WRITTEN = 0x08, REG_CONTEXT = 0x20, CONTEXT_BYTES = 32 };

/* A descriptor under way. */
struct job {
    struct tw_caam *caam;
    uint32_t words[WORDS_MAX];
    uint32_t n;
    uint32_t at;    /* next word */
    uint32_t index; /* of the command in hand */
    uint32_t moved;

    uint8_t key[32];
    uint32_t key_n;
    uint8_t context1[CONTEXT_BYTES];
    uint8_t context2[CONTEXT_BYTES];
    uint32_t operation; /* class 1 that waits for data; 0: none */
    bool hashing;       /* class 2 does */
    uint8_t *data;      /* message, and what becomes of it; owned */
    uint32_t data_n;
    uint32_t out_address; /* of SEQ OUT PTR */
    uint32_t out_n;
};

static uint32_t deco(const struct job *j, uint32_t code)
{
    tw_report(j->caam->w.bus->report, TW_REPORT_MISUSE,
              "caam: descriptor word %u, 0x%08x, is refused or not modelled "
              "(code 0x%02x)",
              (unsigned)j->index, (unsigned)j->words[j->index], (unsigned)code);
    return STATUS_DECO | j->index << 8 | code;
}

static uint32_t ccb(const struct job *j, uint32_t code)
{
    tw_report(j->caam->w.bus->report, TW_REPORT_MISUSE,
              "caam: descriptor word %u, 0x%08x, fails (engine code 0x%02x)",
              (unsigned)j->index, (unsigned)j->words[j->index], (unsigned)code);
    return STATUS_CCB | j->index << 8 | code;
}

/* Next word of the command; false: the descriptor is too short. */
static bool word(struct job *j, uint32_t *value)
{
    if (j->at >= j->n) {
        return false;
    }
    *value = j->words[j->at++];
    return true;
}

/* Length of data: in the command, or in a word of its own after the pointer. */
static bool pointer_and_length(struct job *j, uint32_t command,
                               uint32_t *address, uint32_t *length)
{
    *length = command & 0xffff;
    return word(j, address) && ((command >> 22 & 1) == 0 || word(j, length));
}

static bool dma_in(struct job *j, uint32_t address, void *to, uint32_t n)
{
    j->moved += n;
    return tw_dma_read(j->caam->w.bus, TW_CAAM, address, to, n);
}

static bool dma_out(struct job *j, uint32_t address, const void *from,
                    uint32_t n)
{
    j->moved += n;
    return tw_dma_write(j->caam->w.bus, TW_CAAM, address, from, n);
}

/* KEY: class 1, plain, by pointer. */
static uint32_t load_key(struct job *j, uint32_t command)
{
    uint32_t n = command & 0x3ff;
    uint32_t address = 0;

    if ((command & UINT32_C(0x07fffc00)) != UINT32_C(0x02000000) ||
        !word(j, &address)) {
        return deco(j, DECO_KEY);
    }
    if (n != 16 && n != 24 && n != 32) {
        return ccb(j, CCB_AES | CCB_KEY_SIZE);
    }
    j->key_n = n;
    return dma_in(j, address, j->key, n) ? 0 : deco(j, DECO_DMA);
}

/* LOAD: the class 1 context by pointer, or the clear-written register. */
static uint32_t load(struct job *j, uint32_t command)
{
    uint32_t class = command >> 25 & 3;
    uint32_t destination = command >> 16 & 0x7f;
    bool immediate = (command >> 23 & 1) != 0;
    uint32_t n = command & 0xff;
    uint32_t value = 0;

    if (!word(j, &value)) {
        return deco(j, DECO_LOAD);
    }
    if (class == 0 && destination == DST_CLEAR_WRITTEN && immediate && n == 4) {
        j->key_n = (value & 1) != 0 ? 0 : j->key_n;
        return 0;
    }
    if (class != 1 || destination != REG_CONTEXT || immediate ||
        (command >> 8 & 0xff) != 0 || n > sizeof(j->context1)) {
        return deco(j, DECO_LOAD);
    }
    return dma_in(j, value, j->context1, n) ? 0 : deco(j, DECO_DMA);
}

static uint32_t aes(struct job *j)
{
    uint32_t aai = j->operation >> 4 & 0x1ff;
    bool encrypt = (j->operation & 1) != 0;

    j->operation = 0;
    if (j->key_n == 0) {
        return ccb(j, CCB_AES | CCB_KEY_SIZE);
    }
    if (aai == AAI_CMAC) {
        tw_aes_cmac(j->key, j->key_n, j->data, j->data_n, j->context1);
        return 0;
    }
    if (j->data_n % TW_AES_BLOCK != 0) {
        return ccb(j, CCB_AES | CCB_DATA_SIZE);
    }
    if (aai == AAI_CBC) {
        tw_aes_cbc(j->key, j->key_n, encrypt, j->context1, j->data, j->data_n);
    } else {
        tw_aes_ecb(j->key, j->key_n, encrypt, j->data, j->data_n);
    }
    return 0;
}

/* FIFO LOAD: the whole message of class 1 or 2, after its operation. */
static uint32_t load_message(struct job *j, uint32_t command)
{
    uint32_t class = command >> 25 & 3;
    uint32_t type = command >> 16 & 0x3f;
    uint32_t address = 0;
    uint32_t n = 0;
    bool one = class == 1 && type == MESSAGE_LAST1 && j->operation != 0;
    bool two = class == 2 && type == MESSAGE_LAST2 && j->hashing;

    if ((command >> 23 & 3) != 0 || (!one && !two) ||
        !pointer_and_length(j, command, &address, &n) || n > DATA_MAX) {
        return deco(j, DECO_FIFO_LOAD);
    }
    free(j->data);
    j->data = aw_alloc(n == 0 ? 1 : n, 1);
    j->data_n = n;
    if (!dma_in(j, address, j->data, n)) {
        return deco(j, DECO_DMA);
    }
    if (one) {
        return aes(j);
    }
    aw_sha256((aw_bytes){j->data, n}, j->context2);
    j->hashing = false;
    return 0;
}

/* STORE: a context. */
static uint32_t store(struct job *j, uint32_t command)
{
    uint32_t class = command >> 25 & 3;
    uint32_t n = command & 0xff;
    uint32_t address = 0;

    if ((class != 1 && class != 2) || (command >> 16 & 0x7f) != REG_CONTEXT ||
        (command >> 23 & 3) != 0 || (command >> 8 & 0xff) != 0 ||
        n > CONTEXT_BYTES || !word(j, &address)) {
        return deco(j, DECO_STORE);
    }
    return dma_out(j, address, class == 1 ? j->context1 : j->context2, n)
               ? 0
               : deco(j, DECO_DMA);
}

/* FIFO STORE: what became of the message, or random bytes. */
static uint32_t store_message(struct job *j, uint32_t command)
{
    uint32_t type = command >> 16 & 0x3f;
    uint32_t address = 0;
    uint32_t n = 0;

    if ((type != STORE_MESSAGE && type != STORE_RANDOM) ||
        (command >> 23 & 3) != 0 ||
        !pointer_and_length(j, command, &address, &n) || n > j->data_n ||
        j->data == NULL) {
        return deco(j, DECO_FIFO_STORE);
    }
    return dma_out(j, address, j->data, n) ? 0 : deco(j, DECO_DMA);
}

enum { RANDOM_MAX = 4096 };

/* RNG: instantiate state handle 0, make the secure keys, generate. While
 * software holds the TRNG there is nothing to instantiate from. */
static uint32_t random_operation(struct job *j, uint32_t command)
{
    struct tw_caam *caam = j->caam;
    uint32_t aai = command >> 4 & 0x1ff;
    uint32_t as = command >> 2 & 3;

    if ((caam->rtmctl & RTMCTL_TRNG_ACC) != 0) {
        return ccb(j, CCB_RNG | CCB_MODE);
    }
    if (as == AS_INIT && aai == 0) {
        if ((caam->rdsta & RDSTA_IF0) != 0) {
            return ccb(j, CCB_RNG | RNG_INSTANTIATED);
        }
        caam->rdsta |= RDSTA_IF0;
        return 0;
    }
    if (as != AS_UPDATE || (aai != 0 && aai != AAI_SECURE_KEYS)) {
        return ccb(j, CCB_RNG | CCB_MODE);
    }
    if ((caam->rdsta & RDSTA_IF0) == 0) {
        return ccb(j, CCB_RNG | RNG_NOT_INSTANTIATED);
    }
    if (aai == AAI_SECURE_KEYS) {
        caam->rdsta |= RDSTA_SKVN;
        return 0;
    }
    free(j->data);
    j->data = aw_alloc(RANDOM_MAX, 1);
    j->data_n = RANDOM_MAX;
    tw_rng_bytes(&caam->noise, j->data, RANDOM_MAX);
    return 0;
}

void tw_caam_open_bkek(uint8_t key[32])
{
    aw_sha256(aw_text("Armored Witness twin: BKEK of an open i.MX6UL"), key);
}

/* Master key verification: the blob key encryption key itself. */
static uint32_t verify_master_key(struct job *j)
{
    const struct tw_hwkey *own = &j->caam->w.key;
    uint8_t key[32];

    if (j->out_n < sizeof(key)) {
        return deco(j, DECO_SEQUENCE);
    }
    if (tw_hwkey_usable(own)) {
        memcpy(key, own->secret, sizeof(key));
    } else {
        tw_caam_open_bkek(key);
    }
    return dma_out(j, j->out_address, key, sizeof(key)) ? 0 : deco(j, DECO_DMA);
}

static uint32_t operation(struct job *j, uint32_t command)
{
    uint32_t type = command >> 24 & 7;
    uint32_t algorithm = command >> 16 & 0xff;
    uint32_t aai = command >> 4 & 0x1ff;
    bool whole = (command >> 2 & 3) == AS_INIT_FINAL;

    if (type == OP_ENCAPSULATE && algorithm == PROTOCOL_BLOB &&
        (command & 0xffff) == BLOB_MKV) {
        return verify_master_key(j);
    }
    if (type == OP_CLASS1 && algorithm == ALG_RNG) {
        return random_operation(j, command);
    }
    if (type == OP_CLASS1 && algorithm == ALG_AES && whole) {
        j->operation = command;
        return aai == AAI_CBC || aai == AAI_ECB || aai == AAI_CMAC
                   ? 0
                   : ccb(j, CCB_AES | CCB_MODE);
    }
    if (type == OP_CLASS2 && algorithm == ALG_SHA256 && whole && aai == 0) {
        j->hashing = true;
        return 0;
    }
    return deco(j, DECO_OPERATION);
}

static uint32_t sequence_out(struct job *j, uint32_t command)
{
    uint32_t n = 0;
    uint32_t address = 0;

    if ((command >> 23 & 7) != 0 ||
        !pointer_and_length(j, command, &address, &n)) {
        return deco(j, DECO_SEQUENCE);
    }
    j->out_address = address;
    j->out_n = n;
    return 0;
}

static uint32_t one_command(struct job *j)
{
    uint32_t command = 0;

    j->index = j->at;
    (void)word(j, &command);
    switch (command >> 27) {
    case CMD_KEY:
        return load_key(j, command);
    case CMD_LOAD:
        return load(j, command);
    case CMD_FIFO_LOAD:
        return load_message(j, command);
    case CMD_STORE:
        return store(j, command);
    case CMD_FIFO_STORE:
        return store_message(j, command);
    case CMD_OPERATION:
        return operation(j, command);
    case CMD_JUMP:
        /* Waits for an engine to be done, and goes on with the next word: all
         * is done here at once. */
        return (command & 0xff) == 1 ? 0 : deco(j, DECO_JUMP);
    case CMD_SEQ_OUT:
        return sequence_out(j, command);
    default:
        return deco(j, DECO_COMMAND);
    }
}

static uint32_t fetch(struct job *j, uint32_t descriptor)
{
    uint8_t raw[4 * WORDS_MAX];

    if (descriptor % 4 != 0 || !dma_in(j, descriptor, raw, 4)) {
        return STATUS_DECO | DECO_DMA;
    }
    uint32_t header = raw[0] | (uint32_t)raw[1] << 8 | (uint32_t)raw[2] << 16 |
                      (uint32_t)raw[3] << 24;

    /* A job descriptor header, no sharing, starting with the next word. */
    j->words[0] = header;
    j->n = header & 0x7f;
    if ((header & ~UINT32_C(0x7f)) != UINT32_C(0xb0800000) || j->n < 1 ||
        j->n > WORDS_MAX) {
        return deco(j, DECO_HEADER);
    }
    if (!dma_in(j, descriptor, raw, 4 * j->n)) {
        return STATUS_DECO | DECO_DMA;
    }
    for (uint32_t i = 0; i < j->n; i++) {
        const uint8_t *p = &raw[(size_t)i * 4];

        j->words[i] = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
                      (uint32_t)p[3] << 24;
    }
    j->at = 1;
    return 0;
}

uint32_t tw_caam_run(struct tw_caam *caam, uint32_t descriptor, uint32_t *bytes)
{
    struct job *j = aw_alloc(1, sizeof(*j));

    j->caam = caam;
    uint32_t status = fetch(j, descriptor);

    while (status == 0 && j->at < j->n) {
        status = one_command(j);
    }
    *bytes = j->moved;
    free(j->data);
    free(j);
    return status;
}
