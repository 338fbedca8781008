/* SPDX-License-Identifier: Apache-2.0 */
#include "applet_test.h"

#include "aw/err.h"

enum { PAGE = 4096 };
#define OS_MEMORY  UINT32_C(0x80010000)
#define WINDOW     UINT32_C(0x90000000)
#define WINDOW_END UINT32_C(0xa0000000)

/* Two pages between others: nothing of the edge is shared. */
static _Alignas(4096) uint8_t buffer[2 * PAGE];
static const uint8_t constant[64] = {1};

static int32_t run(uint32_t number, uint32_t a, uint32_t b)
{
    return abi_call(number, a, b, 0, 0);
}

/* Calls that take a buffer and its length in r1 and r2. */
static bool refused(uint32_t address, uint32_t n)
{
    return run(ABI_WRITE, address, n) == -AW_ERR_RANGE &&
           run(ABI_GETRANDOM, address, n) == -AW_ERR_RANGE &&
           run(ABI_CONSOLE_LOG, address, n) == -AW_ERR_RANGE;
}

static void check_lengths(void)
{
    const uint32_t at = abi_address(buffer);

    check("length 0x80000000", refused(at, 0x80000000));
    check("length 0xffffffff", refused(at, 0xffffffff));
    check("length to the end of memory", refused(at, 0 - at));
    check("length over the limit",
          run(ABI_WRITE, at, 1025) == -AW_ERR_RANGE &&
              run(ABI_GETRANDOM, at, 257) == -AW_ERR_RANGE);
    check("length 0 anywhere",
          run(ABI_WRITE, OS_MEMORY, 0) == 0 && run(ABI_GETRANDOM, 0, 0) == 0);
}

static void check_addresses(void)
{
    check("address 0", refused(0, 1));
    check("address in the OS", refused(OS_MEMORY, 4));
    check("address of a register", refused(0x021bc000, 4));
    check("address below the window", refused(WINDOW - 1, 1));
    check("address in the window's gap", refused(WINDOW, 1));
    check("address at the window's end", refused(WINDOW_END, 1));
    check("run over the window's end", refused(WINDOW_END - 1, 2));
    check("last byte of the stack",
          run(ABI_SET_WITNESS_STATUS, WINDOW_END - 64, 0) != -AW_ERR_RANGE &&
              run(ABI_SET_WITNESS_STATUS, WINDOW_END - 63, 0) == -AW_ERR_RANGE);
    check("last address", refused(0xffffffff, 1) && refused(0xffffffff, 2));
    check("text and constants are not written",
          run(ABI_GETRANDOM, abi_address(constant), 1) == -AW_ERR_RANGE &&
              run(ABI_GETRANDOM, WINDOW + 0x10000, 1) == -AW_ERR_RANGE);
    check("constants are read",
          run(ABI_SET_WITNESS_STATUS, abi_address(constant), 0) == 0);
}

static void check_card(void)
{
    const uint32_t at = abi_address(buffer);

    check("card: last block of the area",
          abi_call(ABI_READ, 0x3fffff, at, 1, 0) == 0);
    check("card: behind the area",
          abi_call(ABI_READ, 0x400000, at, 1, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_READ, 0x3fffff, at, 2, 0) == -AW_ERR_RANGE);
    check("card: blocks of others",
          abi_call(ABI_WRITE_BLOCKS, 0xffc00002, at, 1, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_WRITE_BLOCKS, 0xffffffff, at, 2, 0) ==
                  -AW_ERR_RANGE);
    check("card: count",
          abi_call(ABI_READ, 0, at, 65, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_READ, 0, at, 0x800000, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_READ, 0, at, 0x80000000, 0) == -AW_ERR_RANGE);
    check("card: memory",
          abi_call(ABI_READ, 0, OS_MEMORY, 1, 0) == -AW_ERR_RANGE &&
              abi_call(ABI_WRITE_BLOCKS, 0, OS_MEMORY, 1, 0) == -AW_ERR_RANGE);
}

static void check_numbers(void)
{
    static const uint32_t none[] = {6,          15,         99,
                                    0x10000000, 0x7fffffff, 0xffffffff};
    bool ok = true;

    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        ok = ok && run(none[i], 0, 0) == -AW_ERR_UNSUPPORTED;
    }
    check("unknown numbers", ok);
    check("white LED", run(ABI_LED, 0, 1) == -AW_ERR_REFUSED &&
                           run(ABI_LED, ABI_LED_BLUE, 1) == 0 &&
                           run(ABI_LED, ABI_LED_BLUE, 2) == -AW_ERR_USAGE);
    check("unknown event", run(ABI_WAIT_EVENT, 0x80000000, 0) == -AW_ERR_USAGE);
}

static void check_time(void)
{
    uint64_t before = 0;
    uint64_t after = 0;

    check("time", run(ABI_NANOTIME, abi_address(&before), 0) == 0);
    check("wait", run(ABI_WAIT_EVENT, 0, 20) == 0 &&
                      run(ABI_NANOTIME, abi_address(&after), 0) == 0 &&
                      after - before >= 20000000);
    check("random", run(ABI_GETRANDOM, abi_address(buffer), 256) == 0 &&
                        (buffer[0] | buffer[1] | buffer[2]) != 0);
}

/* Mode bits are not a user's to change; flags and registers survive a call. */
static void check_mode(void)
{
    uint32_t psr = 0;

    __asm__ volatile("msr cpsr_c, #0xd3\n\tcpsid aif\n\tmrs %0, cpsr"
                     : "=r"(psr)::"cc");
    check("mode stays user", (psr & 0xff) == 0x90);
}

/* Zero in a new life, and its own over calls and slices. */
static void check_thread(void)
{
    uint32_t before = 1;
    uint32_t after = 0;

    __asm__ volatile("mrc p15, 0, %0, c13, c0, 2" : "=r"(before));
    __asm__ volatile("mcr p15, 0, %0, c13, c0, 2" ::"r"(0x12345678));
    (void)run(ABI_WAIT_EVENT, 0, 30);
    __asm__ volatile("mrc p15, 0, %0, c13, c0, 2" : "=r"(after));
    check("thread register", before == 0 && after == 0x12345678);
}

void check_calls(void)
{
    check_thread();
    check_mode();
    check_time();
    check_lengths();
    check_addresses();
    check_card();
    check_numbers();
}
