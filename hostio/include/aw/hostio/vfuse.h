/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_VFUSE_H
#define AW_HOSTIO_VFUSE_H

#include "aw/hostio/diag.h"
#include "aw/otp.h"

/*
 * Fuses of a device that is not there: what is blown, the shadow registers
 * loaded from it, locks, bits that do not take, and power that goes while a
 * word is being programmed. Written from the manual's facts about the OCOTP
 * of i.MX6UL, 6ULL and 6ULZ (IMX6ULRM, IMX6ULLRM), not from fuse maps, so that
 * these can be tested against it.
 */
enum {
    AW_VFUSE_WORDS = 128,
    AW_VFUSE_BANK_WORDS = 8,
    AW_VFUSE_PART_MAX = 16,
    AW_VFUSE_FILE_MAX = 32 << 10
};

/* Set this many writes before the end of power to have none. */
#define AW_VFUSE_NO_CUT UINT64_MAX

/* Plain values; may be copied. */
struct aw_vfuse {
    char part[AW_VFUSE_PART_MAX]; /* "IMX6UL"; NUL-terminated */
    unsigned n_words;             /* 128, or 64 */
    uint32_t fuse[AW_VFUSE_WORDS];
    uint32_t shadow[AW_VFUSE_WORDS];
    uint32_t stuck[AW_VFUSE_WORDS]; /* bits that never take */
    uint64_t boots;                 /* times that power came */
    bool written;                   /* a fuse was programmed since power came */
    enum aw_otp_hab image;          /* what HAB logged in this boot */
    enum aw_otp_hab recovery;       /* and when recovery was booted last */
    bool revoke_unlocked; /* the image of this boot unlocked SRK_REVOKE */
    /* Writes until power goes; the last one takes only the bits in cut_mask.
     * Not kept in the file. */
    uint64_t cut_after;
    uint32_t cut_mask;
    bool off; /* power went */
};

/**
 * A part as it leaves the factory: tester locks, a unique id, SEC_CONFIG open.
 *
 * @param part  "IMX6UL", "IMX6ULL" or "IMX6ULZ"
 * @param id    unique id: bank 0 words 1 (low) and 2
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for another part; v is then untouched.
 */
AW_MUST_CHECK aw_err aw_vfuse_init(struct aw_vfuse *v, const char *part,
                                   uint64_t id);

/** Power goes and comes: shadow registers are loaded, `written` ends, nothing
 *  is known of HAB's log, and nothing is unlocked. */
void aw_vfuse_boot(struct aw_vfuse *v);

/** True when a word cannot be programmed now. */
bool aw_vfuse_locked(const struct aw_vfuse *v, unsigned bank, unsigned word);

/** True when a word cannot be read: it reads as AW_OTP_READ_LOCKED. */
bool aw_vfuse_read_locked(const struct aw_vfuse *v, unsigned bank,
                          unsigned word);

/** True when a word's shadow register cannot be written over. */
bool aw_vfuse_shadow_locked(const struct aw_vfuse *v, unsigned bank,
                            unsigned word);

/**
 * The fuses as a device. Programming fails with AW_ERR_PRECONDITION on a
 * locked word and with AW_ERR_IO when power goes; everything fails with
 * AW_ERR_IO from then until aw_vfuse_boot.
 *
 * @param v  must outlive the result
 */
struct aw_otp aw_vfuse_otp(struct aw_vfuse *v);

/**
 * Reads the text of a file in the format of docs/formats/fuse-file.md.
 *
 * @param text  untrusted
 * @param v     untouched on failure
 * @param diag  may be NULL; `at` is a line number
 *
 * @return AW_OK; AW_ERR_FORMAT; AW_ERR_RANGE for a word that the part does not
 *         have; AW_ERR_UNSUPPORTED for an unknown part; AW_ERR_DUPLICATE for
 *         a word given twice; AW_ERR_SPACE above AW_VFUSE_FILE_MAX;
 *         AW_ERR_DIGEST when the last line does not fit.
 */
AW_MUST_CHECK aw_err aw_vfuse_parse(aw_bytes text, struct aw_vfuse *v,
                                    struct aw_diag *diag);

/** Writes the text. w needs room for AW_VFUSE_FILE_MAX bytes. */
void aw_vfuse_write(const struct aw_vfuse *v, struct aw_wr *w);

/** True when a file begins as one of these does, of any version. */
bool aw_vfuse_is(aw_bytes text);

/* Fuses in a file that is written anew, durably, at every change. */
struct aw_vfuse_file {
    struct aw_vfuse v;
    const char *path;          /* borrowed */
    struct aw_host_diag *host; /* where failures to write are told; or NULL */
};

/**
 * @return AW_OK; errors of aw_file_read and aw_vfuse_parse; file is then
 *         untouched.
 */
AW_MUST_CHECK aw_err aw_vfuse_load(const char *path, struct aw_vfuse_file *file,
                                   struct aw_host_diag *host);

/**
 * @param create  refuse to replace a file
 * @return errors of aw_file_write
 */
AW_MUST_CHECK aw_err aw_vfuse_save(const struct aw_vfuse_file *file,
                                   bool create, struct aw_host_diag *host);

/** As aw_vfuse_otp; the file is saved before programming returns. */
struct aw_otp aw_vfuse_file_otp(struct aw_vfuse_file *file);

#endif
