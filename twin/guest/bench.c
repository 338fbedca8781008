/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs in the twin for `aw bench twin`; tools/make-guest compiles it to
 * twin/board/bench_guest.h. Prints a line on UART2, then carries out what the
 * host asks for in a block of words, with the MMU off.
 */
#include <stdint.h>

enum {
    UTXD = 0x40 / 4,
    UCR1 = 0x80 / 4,
    UCR2 = 0x84 / 4,
    UFCR = 0x90 / 4,
    UBIR = 0xa4 / 4,
    UBMR = 0xa8 / 4,
    HASH_CHUNK = 32 * 1024
};

#define WORD(address) ((volatile uint32_t *)(uintptr_t)(address))
#define UART2         WORD(0x021e8000)
#define GPT_CNT       WORD(0x02098024)
#define CSCDR1        WORD(0x020c4024)
#define BOX           WORD(0x0091f000) /* job, count, result */
#define BUFFER        ((uint8_t *)(uintptr_t)0x00916000)

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void compress(uint32_t h[8], const uint8_t *p)
{
    uint32_t w[64];
    uint32_t s[8];

    for (unsigned i = 0; i < 16; i++) {
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
               (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    }
    for (unsigned i = 16; i < 64; i++) {
        uint32_t a = w[i - 15];
        uint32_t b = w[i - 2];

        w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    for (unsigned i = 0; i < 8; i++) {
        s[i] = h[i];
    }
    for (unsigned i = 0; i < 64; i++) {
        uint32_t e = s[4];
        uint32_t a = s[0];
        uint32_t one = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                       ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
        uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                       ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));

        s[7] = s[6];
        s[6] = s[5];
        s[5] = e;
        s[4] = s[3] + one;
        s[3] = s[2];
        s[2] = s[1];
        s[1] = a;
        s[0] = one + two;
    }
    for (unsigned i = 0; i < 8; i++) {
        h[i] += s[i];
    }
}

/* A message of count chunks of zeros. @return first word of its SHA-256 */
static uint32_t hash(uint32_t count)
{
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t last[64];
    uint32_t bits = count * HASH_CHUNK * 8;

    for (uint32_t n = 0; n < count; n++) {
        for (uint32_t at = 0; at < HASH_CHUNK; at += 64) {
            compress(h, BUFFER + at);
        }
    }
    for (unsigned i = 0; i < 60; i++) {
        last[i] = i == 0 ? 0x80 : 0;
    }
    for (unsigned i = 0; i < 4; i++) {
        last[60 + i] = (uint8_t)(bits >> (24 - 8 * i));
    }
    compress(h, last);
    return h[0];
}

static uint32_t add(uint32_t count)
{
    uint32_t a = 1;
    uint32_t b = 2;

    for (uint32_t i = 0; i < count; i++) {
        a += b ^ i;
        b = (b << 3) - a;
        a ^= b >> 5;
        __asm__ volatile("" : "+r"(a), "+r"(b));
    }
    return a;
}

static uint32_t registers(uint32_t count)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < count; i += 4) {
        sum += *GPT_CNT;
        sum += *GPT_CNT;
        sum += *GPT_CNT;
        sum += *GPT_CNT;
    }
    return sum;
}

static void print(const char *text)
{
    *CSCDR1 = 0x40; /* from the 24 MHz oscillator */
    UART2[UFCR] = 0xa81;
    UART2[UBIR] = 15;
    UART2[UBMR] = 12;
    UART2[UCR2] = 0x4027;
    UART2[UCR1] = 1;
    while (*text != '\0') {
        UART2[UTXD] = (uint8_t)*text;
        text++;
    }
}

static void serve(void)
{
    static uint32_t (*const jobs[])(uint32_t) = {add, registers, hash};

    print("twin: ready\r\n");
    for (;;) {
        uint32_t job = BOX[0];

        if (job >= 1 && job <= 3) {
            BOX[2] = jobs[job - 1](BOX[1]);
            BOX[0] = 0;
        }
    }
}

__attribute__((naked, noreturn, section(".start"))) void start(void);
void start(void)
{
    __asm__("ldr sp, =0x0091f000\n\t"
            "b %c0" ::"i"(serve));
}
