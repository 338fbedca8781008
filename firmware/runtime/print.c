/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/print.h"

#include <stdarg.h>
#include <stdbool.h>

#include "fw/ring.h"

static void put(char c)
{
    ring_put((uint8_t)c);
    console_put((uint8_t)c);
}

static void put_text(const char *s)
{
    while (*s != '\0') {
        put(*s++);
    }
}

static void put_unsigned(uint32_t v)
{
    char digits[10];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    while (n > 0) {
        put(digits[--n]);
    }
}

static void put_signed(int32_t v)
{
    if (v < 0) {
        put('-');
    }
    put_unsigned(v < 0 ? 0U - (uint32_t)v : (uint32_t)v);
}

static void put_hex(uint32_t v)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        put("0123456789abcdef"[(v >> shift) & 0xf]);
    }
}

static void put_argument(char kind, va_list *args)
{
    switch (kind) {
    case 's':
        put_text(va_arg(*args, const char *));
        break;
    case 'c':
        put((char)va_arg(*args, int));
        break;
    case 'u':
        put_unsigned(va_arg(*args, uint32_t));
        break;
    case 'd':
        put_signed(va_arg(*args, int32_t));
        break;
    case 'x':
        put_hex(va_arg(*args, uint32_t));
        break;
    default:
        put(kind);
        break;
    }
}

/* A long has the 32 bits of an int here. */
static bool is_modifier(char c)
{
    return c == 'l' || (c >= '0' && c <= '9');
}

void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    for (const char *p = format; *p != '\0'; p++) {
        if (*p != '%') {
            put(*p);
            continue;
        }
        do {
            p++;
        } while (is_modifier(*p));
        if (*p == '\0') {
            break;
        }
        put_argument(*p, &args);
    }
    va_end(args);
}
