/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_ATTR_H
#define AW_ATTR_H

/* The only place where compiler attributes are spelled. */
#define AW_MUST_CHECK   __attribute__((warn_unused_result))
#define AW_NORETURN     __attribute__((noreturn))
#define AW_PRINTF(f, a) __attribute__((format(printf, f, a)))
/* Variable in a section that a linker script places. */
#define AW_SECTION(name) __attribute__((section(name)))
/* Pointer to a function that the loader of a program calls before anything of
 * the program or its libraries. */
#define AW_PREINIT __attribute__((section(".preinit_array"), used))
/* For the few functions that measuring asks for. */
#define AW_INLINE      static inline __attribute__((always_inline))
#define AW_NOINLINE    __attribute__((noinline))
#define AW_LIKELY(x)   __builtin_expect(!!(x), 1)
#define AW_UNLIKELY(x) __builtin_expect(!!(x), 0)

#endif
