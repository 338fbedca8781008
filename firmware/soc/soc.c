/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/soc.h"

#include "fw/reg.h"

/* IMX6ULLRM rev 1, chapters 18, 37; IMX6ULSRM, SNVS. */
enum {
    DIGPROG = 0x020c8260,
    OCOTP_SHADOW = 0x021bc400,
    SNVS_HPSR = 0x020cc014
};
enum {
    FAMILY_UL = 0x64,
    SEC_CONFIG_CLOSED = 1 << 1,
    SSM_TRUSTED = 0xd,
    SSM_SECURE = 0xf
};
#define HPSR_SYNDROME   UINT32_C(0x01ff0000)
#define HPSR_OTPMK_ZERO UINT32_C(0x08000000)

bool soc_is_ul(void)
{
    return (reg_rd(DIGPROG) >> 16 & 0xff) == FAMILY_UL;
}

uint32_t ocotp_read(unsigned bank, unsigned word)
{
    /* There is a gap in the addresses before bank 6. */
    uint32_t at = 0x10 * (8 * bank + word) + (bank >= 6 ? 0x100U : 0U);

    return reg_rd(OCOTP_SHADOW + at);
}

void soc_unique_id(uint8_t id[SOC_ID_SIZE])
{
    for (unsigned i = 0; i < SOC_ID_SIZE; i++) {
        id[i] = (uint8_t)(ocotp_read(0, 1 + i / 4) >> (8 * (i % 4)));
    }
}

bool soc_closed(void)
{
    return (ocotp_read(0, 6) & SEC_CONFIG_CLOSED) != 0;
}

bool soc_rpmb_flag(void)
{
    return (ocotp_read(4, 6) & 1) != 0;
}

bool snvs_otpmk_good(void)
{
    return (reg_rd(SNVS_HPSR) & (HPSR_SYNDROME | HPSR_OTPMK_ZERO)) == 0;
}

bool snvs_key_usable(void)
{
    uint32_t state = reg_rd(SNVS_HPSR) >> 8 & 0xf;

    return snvs_otpmk_good() && (state == SSM_TRUSTED || state == SSM_SECURE);
}
