/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/src.h"

#include "fw/reg.h"
#include "fw/wdog.h"

/* IMX6ULLRM rev 1, chapter 51, and 8.2.3 for what the ROM reads. */
enum { SRC = 0x020d8000 };
enum {
    SRC_SCR = SRC + 0x00,
    SRC_SRSR = SRC + 0x08,
    SRC_GPR9 = SRC + 0x40,
    SRC_GPR10 = SRC + 0x44
};
enum {
    SCR_WARM_RESET_ENABLE = 1 << 0,
    GPR9_SERIAL_DOWNLOAD = 0x20,
    GPR10_USE_GPR9 = 1 << 28
};

uint32_t src_take_reason(void)
{
    uint32_t reason = reg_rd(SRC_SRSR);

    reg_wr(SRC_SRSR, reason);
    return reason;
}

void src_forget_request(void)
{
    reg_clear(SRC_GPR10, GPR10_USE_GPR9);
    reg_wr(SRC_GPR9, 0);
}

void src_serial_download(void)
{
    reg_wr(SRC_GPR9, GPR9_SERIAL_DOWNLOAD);
    reg_set(SRC_GPR10, GPR10_USE_GPR9);
    reg_clear(SRC_SCR, SCR_WARM_RESET_ENABLE);
    wdog_reset();
}
