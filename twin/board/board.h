/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_BOARD_H
#define TWIN_BOARD_H

#include "board/config.h"
#include "board/memory.h"
#include "cpu/cpu.h"
#include "models/caam.h"
#include "models/csu.h"
#include "models/dcp.h"
#include "models/emmc.h"
#include "models/enet.h"
#include "models/epit.h"
#include "models/gic.h"
#include "models/gpio.h"
#include "models/gpt.h"
#include "models/i2c.h"
#include "models/iomuxc.h"
#include "models/misc.h"
#include "models/mmdc.h"
#include "models/ocotp.h"
#include "models/otg.h"
#include "models/pmu.h"
#include "models/rngb.h"
#include "models/sd.h"
#include "models/snvs.h"
#include "models/src.h"
#include "models/sys_cnt.h"
#include "models/tempmon.h"
#include "models/tzasc.h"
#include "models/uart.h"
#include "models/usbphy.h"
#include "models/usdhc.h"
#include "models/wdog.h"
#include "rom/rom.h"
#include "usb/host.h"
#include "usb/port.h"

/*
 * A USB armory Mk II: the models of one SoC variant, wired to memory, eMMC,
 * plugs, LEDs and power. UL and ULL are the LAN board, ULZ is the gamma board.
 * What happens to it follows from its state and from what is done to it at
 * which tick, and from nothing else.
 */
enum {
    TW_GPIOS = 5,
    TW_WDOGS = 3,
    TW_PLUGS = 2,
    TW_USDHCS = 2,
    TW_BOARD_DEVICES = 64,
    TW_CONSOLE_QUEUE = 4096,
    TW_OCRAM_BASE = 0x00900000,
    TW_OCRAM_SIZE = 0x20000,
    TW_DDR_SIZE = 0x20000000,
    TW_CARD_BLOCKS = 8388608 /* of the microSD card: 4 GiB */
};
#define TW_DDR_BASE UINT32_C(0x80000000)

/* LEDs, as bits. */
enum tw_led { TW_LED_WHITE = 1, TW_LED_BLUE = 2 };

enum tw_board_kind {
    TW_BOARD_LED,     /* value: bits of enum tw_led */
    TW_BOARD_POWER,   /* value: 0 off, 1 on */
    TW_BOARD_RESET,   /* text: why */
    TW_BOARD_STARTED, /* an image runs; value: its entry */
    TW_BOARD_HALTED,  /* text: the processor's diagnosis */
    TW_BOARD_REPORT,  /* value: enum tw_report_kind */
    TW_BOARD_FUSE,    /* value: bank * 8 + word; a word was programmed */
};

/* Something that people may want to know. */
struct tw_board_event {
    enum tw_board_kind kind;
    uint64_t tick;
    uint64_t value;
    const char *text; /* "" when there is nothing to add */
};

/* Who has the board. All may be NULL. */
struct tw_board_owner {
    void *ctx;
    void (*event)(void *ctx, const struct tw_board_event *event);
    void (*console)(void *ctx, uint8_t byte);
    /** A frame of ENET2 leaves the jack, without FCS. */
    void (*frame)(void *ctx, const uint8_t *frame, size_t n);
    /** Fuses changed: keep them. False: that failed. */
    bool (*fuses)(void *ctx, const struct aw_vfuse *fuses);
};

/* Storage, which outlives the board. */
struct tw_board_storage {
    struct tw_store parts[TW_EMMC_PARTS]; /* user, boot0, boot1 */
    struct tw_store nvm;                  /* rpmb.bin */
    struct tw_store card;                 /* used where the settings say so */
};

/* Why a run ended. */
enum tw_board_stop {
    TW_BOARD_UNTIL, /* the tick was reached, or *done */
    TW_BOARD_DEBUG, /* break point, watch point, one step */
    TW_BOARD_AT_CUT /* power went by a fault */
};

/* Faults that are to come, at ticks. */
struct tw_board_faults {
    struct tw_event cut;    /* power goes */
    struct tw_event unplug; /* the cable of `plug` goes */
    struct tw_event glitch; /* an instruction is skipped */
    uint32_t plug;
    bool skip; /* now */
};

enum tw_board_ask { TW_ASK_NOTHING, TW_ASK_WARM, TW_ASK_CYCLE, TW_ASK_OFF };

struct tw_board;

struct tw_board_wdog {
    struct tw_board *board;
    unsigned index;
};

struct tw_board {
    struct tw_config config;
    struct tw_board_owner owner;
    struct tw_clock clock;
    struct tw_report report;
    struct tw_bus bus;
    struct tw_cpu *cpu;
    struct tw_memory ocram;
    struct tw_memory ddr;

    struct tw_gic gic;
    struct tw_ccm_analog ccm_analog;
    struct tw_ccm ccm;
    struct tw_pmu pmu;
    struct tw_src src;
    struct tw_iomuxc iomuxc;
    struct tw_gpio gpio[TW_GPIOS];
    struct tw_uart uart[2];
    struct tw_gpt gpt[2];
    struct tw_epit epit[2];
    struct tw_wdog wdog[TW_WDOGS];
    struct tw_board_wdog wdog_ctx[TW_WDOGS];
    struct tw_ocotp ocotp;
    struct tw_snvs snvs;
    struct tw_tempmon tempmon;
    struct tw_caam caam; /* of i.MX6UL; the others have DCP and RNGB */
    struct tw_dcp dcp;
    struct tw_rngb rngb;
    struct tw_csu csu;
    struct tw_tzasc tzasc;
    struct tw_mmdc mmdc;
    struct tw_i2c i2c[2];
    struct tw_sys_cnt sys_cnt;
    struct tw_usbphy usbphy;
    struct tw_misc misc;
    struct tw_usdhc usdhc[TW_USDHCS];
    struct tw_cut cut;
    struct tw_emmc emmc;
    struct tw_sd sd;                   /* only with config.card */
    struct tw_enet enet[2];            /* not of i.MX6ULZ */
    struct tw_phy phy;                 /* of ENET2; the LAN jack */
    struct tw_usb_port port[TW_PLUGS]; /* of OTG1, the plug, and OTG2 */
    struct tw_otg otg[TW_PLUGS];
    struct tw_otg_nc otg_nc;
    struct tw_usb_host host[TW_PLUGS]; /* what the cables lead to */
    struct tw_rom rom;
    struct aw_vfuse fuses;

    struct tw_device devices[TW_BOARD_DEVICES];
    uint32_t n_devices;

    enum tw_stop debug_stop; /* which, after TW_BOARD_DEBUG */
    bool on;
    bool halted; /* the processor stopped with a diagnosis */
    enum tw_board_ask ask;
    uint32_t ask_srsr;  /* cause in SRSR */
    unsigned ask_wdog;  /* bits of enum tw_wdog_bite, for WRSR */
    unsigned ask_index; /* of that watchdog */
    struct tw_board_faults faults;
    bool cut_off;      /* power went by a fault */
    unsigned leds;     /* lit: bits of enum tw_led */
    uint64_t resets;   /* since the board was made */
    uint64_t on_at;    /* tick when power came last */
    uint64_t executed; /* instructions, in all */
    struct tw_event power_back;

    uint8_t typed[TW_CONSOLE_QUEUE]; /* on its way to UART2 */
    uint32_t typed_head;
    uint32_t typed_n;
    struct tw_event type;
};

/**
 * Makes a board, powered off.
 *
 * @param fuses    copied
 * @param storage  copied; its stores outlive the board
 *
 * @return AW_OK; AW_ERR_CONTENT when the eMMC's files are none of ours;
 *         AW_ERR_IO. The board is then not to be freed.
 */
AW_MUST_CHECK aw_err tw_board_init(struct tw_board *board,
                                   const struct tw_config *config,
                                   const struct aw_vfuse *fuses,
                                   const struct tw_board_storage *storage);
void tw_board_free(struct tw_board *board);

/** Network cable in or out of the LAN jack; the γ board has none. */
void tw_board_network(struct tw_board *board, bool in);

/** A frame arrives at the jack, without FCS. False: it is lost. */
bool tw_board_receive(struct tw_board *board, const uint8_t *frame, size_t n);

/** Power on, off, off and on after a moment; on when it is on does nothing. */
void tw_board_on(struct tw_board *board);
void tw_board_off(struct tw_board *board);
void tw_board_cycle(struct tw_board *board);

/** Boot switch; looked at when the board starts. */
void tw_board_switch(struct tw_board *board, bool serial);

/** Cable in a plug. */
void tw_board_plug(struct tw_board *board, unsigned plug, bool in);

/** Types on the console; what does not fit is dropped. @return bytes taken */
size_t tw_board_type(struct tw_board *board, const uint8_t *bytes, size_t n);

/**
 * Runs until a tick; while power is off or the ROM works, only time passes.
 *
 * @param done  ends the run early once an event has set it; may be NULL
 */
enum tw_board_stop tw_board_run(struct tw_board *board, uint64_t until,
                                const bool *done);

/** Carries out what is due at this tick; no time passes. */
void tw_board_settle(struct tw_board *board);

/** Lit LEDs: bits of enum tw_led. */
unsigned tw_board_leds(const struct tw_board *board);

/** Asks for a reset or for power off, from within a model: carried out when
 * the present instruction or event has ended. */
void tw_board_ask(struct tw_board *board, enum tw_board_ask ask);

/** Tells the owner. */
void tw_board_tell(struct tw_board *board, enum tw_board_kind kind,
                   uint64_t value, const char *text);

/** Power goes at a tick, as the mode of the storage says. */
void tw_board_cut_at(struct tw_board *board, uint64_t tick);
/** Power goes with the n-th block that the eMMC writes from now on; 1: the
 * next. 0: not any more. */
void tw_board_cut_at_write(struct tw_board *board, uint64_t n);
/** Power goes while the n-th fuse word from now on is programmed, which takes
 * the bits of `mask` only. */
void tw_board_cut_at_fuse(struct tw_board *board, uint64_t n, uint32_t mask);
/** A cable goes at a tick. */
void tw_board_unplug_at(struct tw_board *board, unsigned plug, uint64_t tick);
/** Transfers in a plug go wrong, in place of what was asked for before. */
void tw_board_usb_fault(struct tw_board *board, unsigned plug,
                        const struct tw_usb_fault *fault);
/** Commands or blocks on the lines of a slot, 0 the card's and 1 the eMMC's,
 * go wrong: tw_usdhc_inject. */
void tw_board_line_fault(struct tw_board *board, unsigned slot,
                         enum tw_usdhc_fault fault, uint32_t skip,
                         uint32_t times);
/** The instruction that is due at a tick is skipped. */
void tw_board_glitch_at(struct tw_board *board, uint64_t tick);
/** Bits of a fuse word that do not take; false without such a word. */
bool tw_board_stick(struct tw_board *board, unsigned bank, unsigned word,
                    uint32_t bits);
/** No more faults to come; stuck bits stay. */
void tw_board_heal(struct tw_board *board);

/** Adds a device to those that are reset, saved and loaded. */
void tw_board_add(struct tw_board *board, struct tw_device device);

#endif
