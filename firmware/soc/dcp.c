/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/dcp.h"

#include "fw/cpu.h"
#include "fw/dma.h"
#include "fw/reg.h"
#include "fw/time.h"

enum {
    DCP = 0x02280000,
    DCP_CTRL = DCP + 0x00,
    DCP_STAT = DCP + 0x10,
    DCP_CHANNELCTRL = DCP + 0x20,
    DCP_CH0CMDPTR = DCP + 0x100,
    DCP_CH0SEMA = DCP + 0x110,
    DCP_CH0STAT = DCP + 0x120,
    SET = 4,
    CLEAR = 8
};
#define CTRL_SFTRST  UINT32_C(0x80000000)
#define CTRL_CLKGATE UINT32_C(0x40000000)
enum {
    CHANNEL_0 = 1,
    CH0STAT_ERRORS = 0x7e,
    CONTROL0_INTERRUPT = 1 << 0,
    CONTROL0_DECREMENT = 1 << 1,
    CONTROL0_CIPHER = 1 << 5,
    CONTROL0_ENCRYPT = 1 << 8,
    CONTROL0_CIPHER_INIT = 1 << 9,
    CONTROL0_OTP_KEY = 1 << 10,
    CONTROL1_CBC = 1 << 4,
    CONTROL1_UNIQUE_KEY = 0xfe << 8,
    DONE_US = 10000
};

static void start_engine(void)
{
    reg_wr(DCP_CTRL + SET, CTRL_SFTRST);
    reg_wr(DCP_CTRL + CLEAR, CTRL_SFTRST);
    reg_wr(DCP_CTRL + CLEAR, CTRL_CLKGATE);
    reg_wr(DCP_CHANNELCTRL, CHANNEL_0);
}

static aw_err run(const struct dcp_work *work, struct aw_diag *diag)
{
    struct deadline d = deadline_us(DONE_US);

    reg_wr(DCP_STAT + CLEAR, CHANNEL_0);
    reg_wr(DCP_CH0STAT + CLEAR, UINT32_MAX);
    reg_wr(DCP_CH0CMDPTR, dma_address(work->packet));
    cpu_dsb();
    reg_wr(DCP_CH0SEMA, 1);
    while ((reg_rd(DCP_STAT) & CHANNEL_0) == 0) {
        if (deadline_passed(&d)) {
            return aw_fail(diag, AW_ERR_TIMEOUT, "dcp: packet",
                           reg_rd(DCP_STAT));
        }
    }
    uint32_t stat = reg_rd(DCP_CH0STAT);

    reg_wr(DCP_STAT + CLEAR, CHANNEL_0);
    return (stat & CH0STAT_ERRORS) == 0
               ? AW_OK
               : aw_fail(diag, AW_ERR_IO, "dcp: packet", stat);
}

aw_err dcp_encrypt(struct dcp_work *work, uint32_t n, struct aw_diag *diag)
{
    uint32_t data = dma_address(work->data);

    if (n == 0 || n % DCP_BLOCK != 0 || n > DCP_DATA_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "dcp: bytes", n);
    }
    work->packet[0] = 0;
    work->packet[1] = CONTROL0_INTERRUPT | CONTROL0_DECREMENT |
                      CONTROL0_CIPHER | CONTROL0_ENCRYPT |
                      CONTROL0_CIPHER_INIT | CONTROL0_OTP_KEY;
    work->packet[2] = CONTROL1_CBC | CONTROL1_UNIQUE_KEY;
    work->packet[3] = data;
    work->packet[4] = data;
    work->packet[5] = n;
    work->packet[6] = dma_address(work->iv);
    work->packet[7] = 0;
    start_engine();
    return run(work, diag);
}
