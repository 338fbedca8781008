/* SPDX-License-Identifier: Apache-2.0 */
#include "models/usdhc_parts.h"

/* ADMA2 descriptors: attributes, reserved, length, address. */
enum {
    DESCRIPTOR = 8,
    ATTR_VALID = 1,
    ATTR_END = 2,
    ATTR_INT = 4,
    ACT_TRANSFER = 2,
    ACT_LINK = 3,
    WHOLE_SEGMENT = 65536, /* a length of 0 */
    /* Descriptors without data that are followed for one block; a ring of
     * links would never end. */
    HOPS_MAX = 1024
};

#define ACT(attributes) ((attributes) >> 4 & 3)

/* ADMA_ERR_STATUS */
enum {
    ERR_FETCH = 1,
    ERR_TRANSFER = 3,
    ERR_LENGTH = 1 << 2,
    ERR_DESCRIPTOR = 1 << 3
};

static bool adma2(const struct tw_usdhc *host)
{
    return PROT_DMASEL(host->r.prot_ctrl) == DMA_ADMA2;
}

void tw_usdhc_dma_begin(struct tw_usdhc *host)
{
    uint32_t select = PROT_DMASEL(host->r.prot_ctrl);

    host->seg_left = 0;
    host->seg_end = false;
    host->r.adma_err_status = 0;
    if (select != DMA_SIMPLE && select != DMA_ADMA2) {
        tw_report(host->w.bus->report, TW_REPORT_MISUSE,
                  "%s: DMA select %u is not modelled", host->w.name,
                  (unsigned)select);
    }
    if (PROT_ENDIAN(host->r.prot_ctrl) != ENDIAN_LITTLE) {
        tw_report(host->w.bus->report, TW_REPORT_MISUSE,
                  "%s: DMA in another byte order than little endian",
                  host->w.name);
    }
}

static bool fail(struct tw_usdhc *host, uint32_t why)
{
    host->r.adma_err_status = why;
    tw_usdhc_raise(host, INT_DMAE);
    return false;
}

struct descriptor {
    uint32_t attributes;
    uint32_t length;
    uint32_t address;
};

/* Fetches the descriptor that ADMA_SYS_ADDR names; 0 or what is wrong. */
static uint32_t fetch(struct tw_usdhc *host, struct descriptor *to)
{
    uint8_t d[DESCRIPTOR];
    uint32_t at = host->r.adma_sys_addr;

    if (host->seg_end) {
        return ERR_TRANSFER | ERR_LENGTH;
    }
    if (at % 4 != 0 ||
        !tw_dma_read(host->w.bus, host->w.master, at, d, sizeof(d))) {
        return ERR_FETCH;
    }
    to->attributes = d[0];
    to->length = d[2] | (uint32_t)d[3] << 8;
    to->address = d[4] | (uint32_t)d[5] << 8 | (uint32_t)d[6] << 16 |
                  (uint32_t)d[7] << 24;
    bool moves = ACT(to->attributes) == ACT_TRANSFER;

    return (d[0] & ATTR_VALID) == 0 || (moves && to->address % 4 != 0)
               ? ERR_FETCH | ERR_DESCRIPTOR
               : 0;
}

/* Fetches descriptors up to one that has data. */
static bool next_segment(struct tw_usdhc *host)
{
    struct descriptor d;

    for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
        uint32_t error = fetch(host, &d);

        if (error != 0) {
            return fail(host, error);
        }
        if (ACT(d.attributes) == ACT_LINK) {
            host->r.adma_sys_addr = d.address;
        } else {
            host->r.adma_sys_addr += DESCRIPTOR;
        }
        host->seg_end = (d.attributes & ATTR_END) != 0;
        if ((d.attributes & ATTR_INT) != 0) {
            tw_usdhc_raise(host, INT_DINT);
        }
        if (ACT(d.attributes) == ACT_TRANSFER) {
            host->seg_address = d.address;
            host->seg_left = d.length == 0 ? WHOLE_SEGMENT : d.length;
            return true;
        }
    }
    return fail(host, ERR_FETCH | ERR_DESCRIPTOR);
}

static bool move(struct tw_usdhc *host, uint32_t address, uint8_t *bytes,
                 uint32_t n)
{
    return host->reading
               ? tw_dma_write(host->w.bus, host->w.master, address, bytes, n)
               : tw_dma_read(host->w.bus, host->w.master, address, bytes, n);
}

bool tw_usdhc_dma(struct tw_usdhc *host)
{
    if (!adma2(host)) {
        if (!move(host, host->r.ds_addr, host->block, host->block_n)) {
            return fail(host, ERR_TRANSFER);
        }
        host->r.ds_addr += host->block_n;
        return true;
    }
    for (uint32_t done = 0; done < host->block_n;) {
        uint32_t n = host->block_n - done;

        if (host->seg_left == 0 && !next_segment(host)) {
            return false;
        }
        n = n < host->seg_left ? n : host->seg_left;
        if (!move(host, host->seg_address, &host->block[done], n)) {
            return fail(host, ERR_TRANSFER);
        }
        host->seg_address += n;
        host->seg_left -= n;
        done += n;
    }
    return true;
}

bool tw_usdhc_dma_ended(const struct tw_usdhc *host)
{
    return adma2(host) && host->seg_end && host->seg_left == 0;
}
