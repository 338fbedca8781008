/* SPDX-License-Identifier: Apache-2.0 */
/* What third-party code asks the C library for and must not get:
 * floating point, errno of a thread. */
#include <string.h>

#include "aw/err.h"

int *errno_place(void);
void explicit_bzero(void *p, size_t n);
void sodium_misuse(void);
double strtod(const char *text, char **end);

/* libsodium's decoders leave a number there that nobody reads. */
int *errno_place(void)
{
    static int number;

    return &number;
}

/* libsodium wipes with it; its own way takes a byte at a time. */
void explicit_bzero(void *p, size_t n)
{
    memset(p, 0, n);
    __asm__ volatile("" ::"r"(p) : "memory");
}

/* A wrong argument of ours to libsodium. */
void sodium_misuse(void)
{
    aw_bug("libsodium", 0, "misuse");
}

/* cJSON only has to know where a number ends: libaw has checked its form and
 * reads integers from the text. */
double strtod(const char *text, char **end)
{
    union {
        const char *in;
        char *out;
    } at = {.in = text};

    while ((*at.in >= '0' && *at.in <= '9') || *at.in == '-' || *at.in == '+' ||
           *at.in == '.' || *at.in == 'e' || *at.in == 'E') {
        at.in++;
    }
    *end = at.out;
    return 0;
}
