/* SPDX-License-Identifier: Apache-2.0 */
#include "os_support.h"

#include <string.h>

#include "aw/bootstate.h"
#include "aw/emmc.h"
#include "fw/abi.h"
#include "support.h"

struct making os_release(const char *file, const char *version, unsigned slot)
{
    return (struct making){.elf = device_file(file),
                           .version = version,
                           .slot = slot,
                           .component = AW_TRUSTED_OS};
}

struct making applet_release(const char *version, unsigned slot)
{
    return (struct making){.elf = device_file("tests/applet_update.elf"),
                           .version = version,
                           .slot = slot,
                           .applet = true,
                           .component = AW_TRUSTED_APPLET};
}

static uint64_t block_of(enum aw_emmc_kind kind, const struct making *how,
                         unsigned n)
{
    return aw_emmc_find(kind, how->applet ? AW_TRUSTED_APPLET : AW_TRUSTED_OS,
                        n)
        ->first;
}

void put_release(const struct making *how, unsigned copy)
{
    static struct made made;

    release_make(how, &made);
    device_put(&d, block_of(AW_EMMC_SLOT, how, how->slot), how->elf);
    device_put(&d, block_of(AW_EMMC_CONFIG, how, copy - 1),
               (aw_bytes){made.record, sizeof(made.record)});
}

static uint64_t area(void)
{
    return aw_emmc_find(AW_EMMC_DATA, AW_TRUSTED_APPLET, 0)->first;
}

void put_order(const struct order *order)
{
    uint8_t block[TW_BLOCK] = {0};

    memcpy(block, order, sizeof(*order));
    memcpy(block, "AWORDER", 8);
    device_put(&d, area(), (aw_bytes){block, sizeof(block)});
}

void no_order(void)
{
    device_blank(&d, area(), 1);
}

void order_install(const struct making *how)
{
    static struct made made;
    struct order order = {.call =
                              how->applet ? ABI_INSTALL_APPLET : ABI_INSTALL_OS,
                          .record = ORDER_RECORD,
                          .file = ORDER_FILE,
                          .file_n = (uint32_t)how->elf.n};

    release_make(how, &made);
    order.record_n = (uint32_t)made.n;
    device_put(&d, area() + ORDER_RECORD, (aw_bytes){made.record, made.n});
    device_put(&d, area() + ORDER_FILE, how->elf);
    put_order(&order);
}

void put_system(void)
{
    struct making os = os_release("tests/os_old.elf", "1.0.0", 0);
    struct making applet = applet_release("1.0.0", 0);

    put_release(&os, 1);
    put_release(&applet, 1);
}

const char *said(void)
{
    enum { TAIL = 3000 };

    return d.n_console > TAIL ? d.console + d.n_console - TAIL : d.console;
}

void expect_text(const char *text, unsigned ms)
{
    ck_assert_msg(device_run(&d, text, ms), "want %s in: %s", text, said());
}

void expect_boot(const char *text, unsigned ms)
{
    ck_assert_msg(device_boot(&d, text, ms), "want %s in: %s", text, said());
}

bool is_confirmed(enum aw_boot_part part)
{
    uint8_t blocks[2][AW_BOOT_STATE_SIZE];
    struct aw_boot_state state;

    for (unsigned i = 0; i < 2; i++) {
        device_get(&d, state_block(i), blocks[i], sizeof(blocks[i]));
    }
    (void)aw_boot_state_pick((aw_bytes){blocks[0], AW_BOOT_STATE_SIZE},
                             (aw_bytes){blocks[1], AW_BOOT_STATE_SIZE}, &state);
    return state.start[part].confirmed;
}
