/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_REQUEST_H
#define TWIN_REQUEST_H

#include "aw/json.h"
#include "aw/json_write.h"
#include "board/server.h"

/* One request under way: what was asked, and the open object of the reply. */
struct tw_request {
    struct tw_server *server;
    struct tw_client *client; /* NULL: from a journal */
    aw_json root;
    struct aw_json_out *out;
    struct aw_host_diag host;
};

/** Member as a number, or as a text of digits. False: neither. */
bool tw_request_u64(const struct tw_request *r, const char *key, uint64_t *n);
/** True when a member is this text. */
bool tw_request_is(const struct tw_request *r, const char *key,
                   const char *value);
/** True for "do" of a request that changes what a twin does: such are in a
 *  journal. */
bool tw_request_is_input(aw_bytes what);
/** A member is missing or wrong. @return AW_ERR_USAGE */
aw_err tw_request_wrong(struct tw_request *r, const char *what);

/** "do":"fault". */
aw_err tw_request_fault(struct tw_request *r);

/* request_debug.c */
aw_err tw_request_pause(struct tw_request *r);
aw_err tw_request_resume(struct tw_request *r);
aw_err tw_request_registers(struct tw_request *r);
aw_err tw_request_memory(struct tw_request *r);
aw_err tw_request_point(struct tw_request *r);
aw_err tw_request_trace(struct tw_request *r);
aw_err tw_request_profile(struct tw_request *r);

#endif
