/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_OTP_H
#define AW_OTP_H

#include "aw/bytes.h"

/*
 * One-time programmable memory of a device, in banks of words of 32 bits: a
 * driver on the device, a Linux NVMEM device, a dump or a file that plays the
 * device (hostio/). What is read is untrusted.
 *
 * A word is seen through its shadow register, which is loaded from the fuses
 * at power-up and by `reload`. Bits can only be set, never cleared.
 */

/* What a word reads as that must not be read. Source: IMX6ULLRM, OCOTP. */
#define AW_OTP_READ_LOCKED UINT32_C(0xbadabada)

/* What the boot ROM logged while it authenticated an image. */
enum aw_otp_hab {
    AW_OTP_HAB_UNKNOWN, /* no log was handed over */
    AW_OTP_HAB_CLEAN,   /* the log was read and holds no event */
    AW_OTP_HAB_EVENTS   /* at least one event */
};

/* How the device came up. Evidence for closing it, so a backend says only
 * what it knows: zeroed is "nothing known". */
struct aw_otp_boot {
    bool cold; /* it was powered up after the last write to a fuse */
    enum aw_otp_hab image;    /* boot from its own storage */
    enum aw_otp_hab recovery; /* boot of recovery by serial download */
};

struct aw_otp {
    void *ctx;
    /**
     * Reads a word's shadow register.
     *
     * @return AW_OK; AW_ERR_NOT_FOUND when there is no such word, or none
     *         that can be read this way; AW_ERR_IO; AW_ERR_TIMEOUT.
     */
    aw_err (*read)(void *ctx, unsigned bank, unsigned word, uint32_t *value,
                   struct aw_diag *diag);
    /**
     * Sets the bits of a word that are 1 in `bits`, for ever. Success says
     * that the controller saw no error, not that the bits are set. NULL: this
     * memory can only be read.
     *
     * @return AW_OK; AW_ERR_IO or AW_ERR_TIMEOUT, after which any of the bits
     *         may be set. Others, after which none is: AW_ERR_PRECONDITION
     *         when the word is locked; AW_ERR_NOT_FOUND; AW_ERR_CANCELLED;
     *         AW_ERR_RESOURCE or AW_ERR_STATE when what must be on the disk
     *         first could not be written.
     */
    aw_err (*program)(void *ctx, unsigned bank, unsigned word, uint32_t bits,
                      struct aw_diag *diag);
    /** Loads all shadow registers from the fuses. May be NULL when reading
     *  always does that. @return AW_OK; AW_ERR_IO; AW_ERR_TIMEOUT. */
    aw_err (*reload)(void *ctx, struct aw_diag *diag);
    /** Says how the device came up. NULL: nothing is known.
     *  @return AW_OK; AW_ERR_IO; AW_ERR_STATE when a record is damaged. */
    aw_err (*boot)(void *ctx, struct aw_otp_boot *boot, struct aw_diag *diag);
};

#endif
