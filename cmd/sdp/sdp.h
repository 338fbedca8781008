/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SDP_SDP_H
#define SDP_SDP_H

#include "aw/sdp/host.h"
#include "common/usb.h"

/* aw sdp status | read | write | boot */
extern const struct aw_cmd aw_cmd_sdp;

extern const struct aw_cmd sdp_cmd_status;
extern const struct aw_cmd sdp_cmd_read;
extern const struct aw_cmd sdp_cmd_write;
extern const struct aw_cmd sdp_cmd_boot;

/* A board in serial download. */
struct sdp_session {
    struct aw_usb_link link;
    struct aw_usb_id id;
    struct aw_usb_device device;
    struct aw_sdp sdp;
};

/**
 * Waits for a board in serial download, opens it and asks for its status.
 *
 * @return AW_EXIT_OK; or the exit code of what was reported: nothing is open
 */
AW_MUST_CHECK int sdp_connect(struct aw_ctx *ctx,
                              const struct aw_usb_args *args,
                              struct sdp_session *session);
void sdp_disconnect(struct sdp_session *session);

/** The same over session->link, which is connected, and stays so. */
AW_MUST_CHECK int sdp_open(struct aw_ctx *ctx, uint64_t wait_ms,
                           struct sdp_session *session);
/** The same for a device that was found: `link` and `id` of the session are
 *  set. */
AW_MUST_CHECK int sdp_open_at(struct aw_ctx *ctx, struct sdp_session *session);
void sdp_close(struct sdp_session *session);

/**
 * Reads the shadow register of a word of the fuses.
 *
 * @param value  untouched on failure
 *
 * @return as aw_sdp_read; AW_ERR_REFUSED: this part does not show its fuses
 */
AW_MUST_CHECK aw_err sdp_fuse(struct sdp_session *session, unsigned bank,
                              unsigned word, uint32_t *value,
                              struct aw_diag *diag);

/**
 * Reads the unique id of the chip.
 *
 * @param serial  set to 16 upper-case hex digits; untouched on failure
 *
 * @return as aw_sdp_read; AW_ERR_REFUSED: a closed part does not show it
 */
AW_MUST_CHECK aw_err sdp_unit(struct sdp_session *session,
                              char serial[AW_UNIT_SERIAL],
                              struct aw_diag *diag);

/** Writes the members "device" and "state". */
void sdp_put(struct aw_ctx *ctx, const struct sdp_session *session);

/** Reports why a call on the session failed.
 *  @param what  what was under way: "reading 4 bytes at 0x80000000" */
int sdp_report(struct aw_ctx *ctx, const struct sdp_session *session,
               aw_err err, const struct aw_diag *diag, const char *what);

/** An address or a register's value: 0x and hex digits, or decimal.
 *  @return false: none, or above 32 bits */
bool sdp_number(const char *text, uint32_t *value);

/** Width of accesses in bits from the option --width. */
#define SDP_WIDTH_OPT(type_, field)                               \
    {                                                             \
        .name = "width", .type = AW_OPT_CHOICE, .arg = "8|16|32", \
        .fallback = "32", .at = offsetof(type_, field),           \
        .help = "Bits that are read or written at a time."        \
    }
uint8_t sdp_width(unsigned choice);

#endif
