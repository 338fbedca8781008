/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CONFIG_H
#define TWIN_CONFIG_H

#include "aw/hostio/diag.h"
#include "aw/hostio/file.h"
#include "models/rng.h"

/*
 * What board.json of a twin's folder says: docs/formats/twin-folder.md.
 */
enum tw_soc { TW_UL, TW_ULL, TW_ULZ };

enum { TW_KEY_MAX = 32, TW_SERIAL_DIGITS = 16, TW_CONFIG_FILE_MAX = 8192 };

struct tw_config {
    enum tw_soc soc;
    uint64_t unit; /* unique id: bank 0 words 1 (low) and 2 */
    bool serial;   /* boot switch at USB */
    uint64_t ips;  /* ticks of a second, of virtual time */
    uint8_t seed[TW_RNG_SEED];
    uint8_t key[TW_KEY_MAX]; /* of the closed part: BKEK, or the DCP's */
    size_t key_n;            /* 32 on i.MX6UL, 16 otherwise */
    bool card;               /* an SD card is in the slot of the gamma board */
};

/** "ul", "ull" or "ulz". */
const char *tw_soc_name(enum tw_soc soc);
bool tw_soc_by_name(aw_bytes name, enum tw_soc *soc);
/** Name in fuse maps and fuse files: "IMX6UL". */
const char *tw_soc_part(enum tw_soc soc);

/** Unique id as everybody writes it: bytes of the two words, hex. */
void tw_serial_text(uint64_t unit, char text[TW_SERIAL_DIGITS + 1]);
bool tw_serial_parse(aw_bytes text, uint64_t *unit);

/** A new board: everything follows from the seed but what is given.
 *  @param unit  0: from the seed, too */
void tw_config_make(struct tw_config *config, enum tw_soc soc, uint64_t unit,
                    const uint8_t seed[TW_RNG_SEED]);

/**
 * @param text  untrusted
 *
 * @return AW_OK; AW_ERR_FORMAT, AW_ERR_DUPLICATE, AW_ERR_TYPE, AW_ERR_RANGE
 *         or AW_ERR_SPACE for a text that is no board.json.
 */
AW_MUST_CHECK aw_err tw_config_parse(aw_bytes text, struct tw_config *config,
                                     struct aw_diag *diag);

/** Writes the text; w needs room for TW_CONFIG_FILE_MAX bytes. */
void tw_config_write(const struct tw_config *config, struct aw_wr *w);

/** @return errors of aw_file_read and tw_config_parse */
AW_MUST_CHECK aw_err tw_config_load(const char *path, struct tw_config *config,
                                    struct aw_host_diag *host);
/** @return errors of aw_file_write */
AW_MUST_CHECK aw_err tw_config_save(const char *path,
                                    const struct tw_config *config,
                                    enum aw_file_how how,
                                    struct aw_host_diag *host);

#endif
