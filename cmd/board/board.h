/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include "aw/medium.h"
#include "aw/sdp/storage.h"
#include "board/disk.h"
#include "common/usb.h"
#include "judge/judge.h"
#include "log/view.h"
#include "sdp/sdp.h"

/*
 * What provision and verify share: releases of a log, verified as a whole, and
 * a board that is made to run the recovery among them.
 */

/* A release that is going to be used. Nothing of it is used before it is
 * sealed; what was verified in memory is what is sent. */
struct board_release {
    bool chosen; /* its entry of the log is known */
    uint64_t index;
    uint8_t firmware_sha256[AW_SHA256_SIZE];
    bool has_hab;
    uint8_t hab_sha256[AW_SHA256_SIZE];
    struct aw_bundle bundle;
    struct aw_verdict verdict;
    struct rom_judged rom;
};

#define BOARD_NEWEST UINT64_MAX

/* Which releases, and from where. */
struct board_pick {
    struct aw_ctx *ctx;
    struct log_view *view;         /* after log_view_tiles */
    const struct aw_net_args *net; /* NULL: as patient as by default */
    const char *binaries;          /* NULL: what the policy says */
    bool skip_hab;
    bool wanted[AW_COMPONENTS];
    uint64_t index[AW_COMPONENTS]; /* entry of the log, or BOARD_NEWEST */
    struct board_release release[AW_COMPONENTS]; /* set, of those wanted */
};

/**
 * Chooses a release of each component that is wanted, fetches and verifies it
 * as a whole: inclusion, signatures, target, digests of image and HAB
 * signature, and, where the SRK hash is known, what the boot ROM decides. No
 * device is touched.
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int board_fetch(struct board_pick *pick);

/* What the fuses of a board say, where serial download shows them. */
struct board_fuses {
    bool read; /* the ROM let them be read */
    bool closed;
    bool has_srk; /* the hash is not all zeros */
    uint8_t srk_hash[AW_SHA256_SIZE];
};

/* A board, and the one way to it. */
struct board {
    struct aw_ctx *ctx;
    const struct aw_usb_args *args;
    struct aw_usb_link link;
    struct aw_unit unit;
    bool control;          /* set by the caller: a trusted OS is welcome, too */
    enum aw_usb_mode mode; /* what board_await found; OTHER: nothing */
    bool waited;           /* in vain: whoever looks next looks once */
    bool was_there;        /* a recovery ran already: nobody knows which one */
    bool seen;             /* in serial download: fuses and state are known */
    struct board_fuses fuses;
    bool shown; /* private: the member "device" is written */
    bool open;  /* storage is spoken to */
    struct aw_usb_id id;
    struct aw_usb_device device;
    struct aw_storage storage;
    /* Set by the caller: a disk of the kernel in place of the storage. */
    const struct board_kernel *kernel; /* NULL: none */
    uint64_t kernel_need;              /* bytes that it has to have */
    bool kernel_write;
    struct aw_blockdev *dev; /* private: the disk, open */
    uint64_t deadline; /* private: of the present step, by the link's clock */
    const char *step;  /* private */
};

/** Opens the way to it. End with board_close, also after a failure. */
AW_MUST_CHECK int board_connect(struct aw_ctx *ctx,
                                const struct aw_usb_args *args,
                                struct board *board);
void board_close(struct board *board);

/**
 * Waits until a board is there that is meant, in serial download or running a
 * recovery or, with board->control, a trusted OS; sets board->mode. A recovery
 * sets board->was_there and its path. Nothing in the end is no failure here:
 * whoever looks for something certain reports it.
 *
 * @return AW_EXIT_OK; AW_EXIT_DEVICE, reported: several, not all of them in
 *         serial download
 */
AW_MUST_CHECK int board_await(struct board *board);

/**
 * Waits for a board in serial download, looks at its fuses and binds its
 * identity; then sends the recovery, and waits until the ROM is gone.
 *
 * @param check  called before anything is sent; may be NULL
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int board_boot(struct board *board,
                             const struct aw_release *recovery,
                             int (*check)(struct board *board, void *ctx),
                             void *check_ctx);

/** Closes what is open of the board: it is going to be switched off. */
void board_leave(struct board *board);

/**
 * Asks the operator to start the board in another way, and waits for it. What
 * comes up with the switch at the wrong place is said, and waited on.
 *
 * @param to        AW_USB_MODE_DOWNLOAD or AW_USB_MODE_CONTROL
 * @param limit_ms  of the wall's clock
 * @param id        what came; untouched on failure
 *
 * @return AW_EXIT_OK, or the exit code of what was reported: 32 for another
 *         board at the place of ours
 */
AW_MUST_CHECK int board_turn(struct board *board, enum aw_usb_mode to,
                             uint64_t limit_ms, struct aw_usb_id *id);

/** Reports when the fuses hold an SRK hash that is not the policy's.
 *  @param exit  exit code of that
 *  @return AW_EXIT_OK or exit */
AW_MUST_CHECK int board_check_srk(struct board *board,
                                  const struct aw_policy *policy, int exit);

/** Waits for the recovery of this board and no other, and speaks to it; or for
 *  its disk. */
AW_MUST_CHECK int board_recovery(struct board *board);

/**
 * Finds the eMMC among the units. The Go project's recovery shows a card first
 * where there is one: only a medium that is large enough and no card is taken.
 *
 * @param need  bytes that it has to have
 */
AW_MUST_CHECK int board_emmc(struct board *board, uint64_t need,
                             struct aw_storage_unit *unit);

/** Finds a unit of that kind.
 *  @return AW_EXIT_OK: unit->blocks is 0 where the recovery shows none */
AW_MUST_CHECK int board_unit(struct board *board, enum aw_storage_kind kind,
                             struct aw_storage_unit *unit);

/* Of one transfer of a recovery's storage. A controller needs up to 11 s at
 * 50 MHz to see that a block does not come (2^29 clocks, IMX6ULLRM rev 1,
 * SYS_CTRL DTOCV), and the recovery tries it a second time by itself. */
enum { BOARD_TRANSFER_MS = 30000 };

/** What a recovery says of a command that it refused; a block that it is about
 *  is named. */
const char *board_sense(struct aw_pool *pool, const struct aw_sense *sense);

/** Reports a failure of the storage.
 *  @param what  what was under way: "writing the bootloader" */
int board_report(struct board *board, aw_err err, const char *what,
                 const struct aw_diag *diag);

/**
 * Begins a step that has to end within a time, counted by the link's clock.
 *
 * @param limit_ms  0: none
 */
void board_step(struct board *board, const char *name, uint64_t limit_ms);

/** AW_OK; AW_ERR_CANCELLED; AW_ERR_TIMEOUT: the step takes too long. */
AW_MUST_CHECK aw_err board_tick(const struct board *board,
                                struct aw_diag *diag);

/* What the operator is told. Each has a code, by which a program acts in his
 * place: docs/json.md. */
enum board_ask {
    BOARD_ASK_PLUG,          /* the switch to USB, and plug it in */
    BOARD_ASK_USB,           /* the switch to USB, and off and on */
    BOARD_ASK_EMMC,          /* the switch to eMMC, and off and on */
    BOARD_ASK_EMMC_OFF,      /* the switch to eMMC, and off */
    BOARD_ASK_ASIDE,         /* off; it did not pass */
    BOARD_ASK_CAME_DOWNLOAD, /* it came up, and not from its eMMC */
    BOARD_ASK_CAME_EMMC      /* it came up, and not in serial download */
};

/** Says what the operator has to do now; an event of the device, too. */
void board_prompt(struct board *board, enum board_ask ask);

/** Says that a step of the flow begins or is done: an event.
 *  @param state  "start", "done", "failed" */
void board_event(struct board *board, const char *step, const char *state);

/* A unit as a medium. */
struct board_medium {
    struct board *board;
    struct board_disk disk;
    uint8_t *buf; /* private */
};

/** @param medium  lives as long as what `from` is and the session */
void board_medium_init(struct board_medium *from, struct board *board,
                       const struct board_disk *disk, struct aw_medium *medium);

#endif
