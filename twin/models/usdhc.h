/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USDHC_H
#define TWIN_USDHC_H

#include "core/bus.h"
#include "core/clock.h"
#include "core/device.h"
#include "models/card.h"

/*
 * One uSDHC: commands, PIO, simple DMA and ADMA2, interrupts, tuning. Time on
 * the lines follows from the clock that the dividers give. Source: IMX6ULLRM
 * rev 1, chapter 58.
 *
 * Not modelled: ADMA1, SDIO interrupts and read wait, boot mode (MMC_BOOT is
 * held), delay lines beyond their lock bits.
 */
enum {
    TW_USDHC1_BASE = 0x02190000,
    TW_USDHC2_BASE = 0x02194000,
    TW_USDHC_SIZE = 0x4000,
    TW_USDHC_BLOCK_MAX = 4096
};

struct tw_usdhc_wiring {
    const char *name; /* "usdhc1"; static */
    struct tw_clock *clock;
    struct tw_bus *bus;
    enum tw_master master;
    struct tw_line line;
    /* Frequency of the root clock; 0: gated. NULL: 198 MHz. */
    uint64_t (*hz)(void *ctx);
    void *hz_ctx;
};

/* Faults of the lines, as bits of INT_STATUS show them. */
enum tw_usdhc_fault {
    TW_FAULT_NONE,
    TW_FAULT_CMD_TIMEOUT, /* the command is lost on its way */
    TW_FAULT_CMD_CRC,     /* the response is garbled; the card did its work */
    TW_FAULT_CMD_END,
    TW_FAULT_CMD_INDEX,
    TW_FAULT_DATA_TIMEOUT,
    TW_FAULT_DATA_CRC,
    TW_FAULT_DATA_END,
    TW_FAULT_STOP_TIMEOUT, /* automatic CMD12 gets no response */
};

/* What the data lines are doing. */
enum tw_usdhc_phase {
    TW_PHASE_IDLE,
    TW_PHASE_READ,  /* a block comes in */
    TW_PHASE_DRAIN, /* software takes it */
    TW_PHASE_FILL,  /* software gives a block */
    TW_PHASE_SEND,  /* a block goes out */
    TW_PHASE_WAIT,  /* the card is busy with it */
    TW_PHASE_STOP,  /* automatic CMD12 */
    TW_PHASE_BUSY,  /* the card is busy after the last block or command */
    TW_PHASE_LATE,  /* nothing comes: the time-out runs */
    TW_PHASE_FAILED /* until RSTD */
};

/* Registers, by the manual's names. */
struct tw_usdhc_regs {
    uint32_t ds_addr;
    uint32_t blk_att;
    uint32_t cmd_arg;
    uint32_t cmd_xfr_typ;
    uint32_t cmd_rsp[4];
    uint32_t prot_ctrl;
    uint32_t sys_ctrl;
    uint32_t int_status;
    uint32_t int_status_en;
    uint32_t int_signal_en;
    uint32_t autocmd12_err;
    uint32_t wtmk_lvl;
    uint32_t mix_ctrl;
    uint32_t adma_err_status;
    uint32_t adma_sys_addr;
    uint32_t dll_ctrl;
    uint32_t clk_tune;
    uint32_t vend_spec;
    uint32_t mmc_boot;
    uint32_t vend_spec2;
    uint32_t tuning_ctrl;
};

struct tw_usdhc {
    struct tw_usdhc_wiring w;
    struct tw_usdhc_regs r;
    uint32_t none;       /* private: stands for a register that is not there */
    struct tw_card card; /* ops NULL: the slot is empty */
    bool write_protected;

    /* private: what changes by time */
    uint64_t stable_at;   /* SDSTB */
    uint64_t reset_until; /* RSTA, RSTC, RSTD */
    uint32_t resets;
    uint64_t init_until; /* INITA */

    struct tw_event command_done;
    struct tw_event step;
    bool commanding; /* CIHB */
    enum tw_usdhc_phase phase;

    uint8_t block[TW_USDHC_BLOCK_MAX];
    uint32_t block_n;
    uint32_t block_at; /* PIO: bytes that software took or gave */
    uint32_t left;     /* blocks */
    bool endless;
    bool reading;

    uint32_t seg_address; /* rest of the ADMA2 descriptor in hand */
    uint32_t seg_left;
    bool seg_end;

    uint32_t taps; /* tried in this tuning */
    uint32_t good;

    enum tw_usdhc_fault fault;
    uint32_t fault_skip;
    uint32_t fault_times;
};

void tw_usdhc_init(struct tw_usdhc *host, const struct tw_usdhc_wiring *wiring,
                   uint32_t base);

/** Puts a card in and powers it, or takes it out (NULL). */
void tw_usdhc_insert(struct tw_usdhc *host, const struct tw_card *card);

/** Level of the write protect switch; nothing but PRES_STATE shows it. */
void tw_usdhc_protect(struct tw_usdhc *host, bool on);

/**
 * Makes commands or blocks fail: those that the fault is about are counted,
 * `skip` of them pass, `times` fail.
 */
void tw_usdhc_inject(struct tw_usdhc *host, enum tw_usdhc_fault fault,
                     uint32_t skip, uint32_t times);

struct tw_device tw_usdhc_device(struct tw_usdhc *host);

#endif
