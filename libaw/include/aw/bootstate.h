/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_BOOTSTATE_H
#define AW_BOOTSTATE_H

#include "aw/sha256.h"

/*
 * Boot state: what a device remembers about starts that nobody has confirmed
 * yet, so that an update that does not come up gives way to what ran before.
 * One block of 512 bytes, little-endian, held twice and written in turn; see
 * docs/formats/boot-state.md.
 *
 *   offset  bytes  field
 *        0      4  magic, "AWBS"
 *        4      4  format, 1
 *        8      4  sequence: the newer block has the next number
 *       12     36  OS: attempts, flags (bit 0 confirmed), 2 zeros, SHA-256 of
 *                  configuration copy 1 that this is about
 *       48     36  applet: the same
 *       84    424  zeros
 *      508      4  CRC-32 (IEEE 802.3) of bytes 0 to 507
 */
enum {
    AW_BOOT_STATE_SIZE = 512,
    AW_BOOT_ATTEMPTS_MAX = 3, /* unconfirmed starts of copy 1 */
    AW_BOOT_STARTS = 2
};

/* Index of struct aw_boot_state's start. */
enum aw_boot_part { AW_BOOT_OS, AW_BOOT_APPLET };

struct aw_boot_start {
    uint8_t attempts;
    bool confirmed;
    uint8_t config[AW_SHA256_SIZE]; /* digest of the record it is about */
};

struct aw_boot_state {
    uint32_t sequence;
    struct aw_boot_start start[AW_BOOT_STARTS];
};

/**
 * Reads one block.
 *
 * @param block  untrusted; a damaged one is as good as none
 * @param state  untouched on failure
 *
 * @return AW_OK; AW_ERR_SHORT if it is not AW_BOOT_STATE_SIZE bytes;
 *         AW_ERR_NOT_FOUND if it is all zeros; AW_ERR_DIGEST if the CRC
 *         differs; AW_ERR_FORMAT for another magic, format or flag.
 */
AW_MUST_CHECK aw_err aw_boot_state_parse(aw_bytes block,
                                         struct aw_boot_state *state,
                                         struct aw_diag *diag);

void aw_boot_state_write(const struct aw_boot_state *state,
                         uint8_t block[AW_BOOT_STATE_SIZE]);

/**
 * Takes the newer of the two blocks; an empty state when neither is readable.
 *
 * @param state  its sequence is the one to write next
 *
 * @return 0 or 1: the block to write next, the other one stays until that is
 *         done
 */
unsigned aw_boot_state_pick(aw_bytes a, aw_bytes b,
                            struct aw_boot_state *state);

/**
 * Decides which configuration copy is started, and counts.
 *
 * @param start    of the program; becomes what has to be on the medium before
 *                 it is started
 * @param config   digest of copy 1 as it is there now: another one than last
 *                 time begins anew
 * @param has_two  copy 2 is there to fall back to
 * @param changed  set when start has to be written
 *
 * @return 1 or 2
 */
unsigned aw_boot_choose(struct aw_boot_start *start,
                        const uint8_t config[AW_SHA256_SIZE], bool has_two,
                        bool *changed);

/** CRC-32 of IEEE 802.3, as zlib's crc32. */
uint32_t aw_crc32(aw_bytes bytes);

#endif
