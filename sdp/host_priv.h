/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SDP_HOST_PRIV_H
#define SDP_HOST_PRIV_H

#include "aw/sdp/host.h"

/* How long a ROM that refuses a jump takes to say so, at most. Source: the
 * usual wait of other clients. */
enum { SDP_JUMP_WAIT_MS = 500 };

/** Sends a command report. */
aw_err sdp_send_command(struct aw_sdp *sdp,
                        const struct aw_sdp_request *request,
                        struct aw_diag *diag);

/** Sends up to AW_SDP_CHUNK bytes as report 2. */
aw_err sdp_send_data(struct aw_sdp *sdp, aw_bytes bytes, struct aw_diag *diag);

/** Reads report 3. */
aw_err sdp_read_security(struct aw_sdp *sdp, struct aw_diag *diag);

/** Reads report 4 into `to`, at least AW_SDP_WORD bytes, at most
 * AW_SDP_PART; *n is set to how many came. */
aw_err sdp_read_answer(struct aw_sdp *sdp, uint32_t timeout_ms,
                       uint8_t to[AW_SDP_PART], size_t *n,
                       struct aw_diag *diag);

/** Reads both answers; the word has to be `want`. */
aw_err sdp_expect(struct aw_sdp *sdp, uint32_t want, struct aw_diag *diag);

/** Judges the word that came in place of success. */
aw_err sdp_refused(const struct aw_sdp *sdp, struct aw_diag *diag);

#endif
