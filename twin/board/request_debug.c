/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of people who look into a running twin. */
#include "board/request.h"

aw_err tw_request_pause(struct tw_request *r)
{
    tw_server_hold(r->server, TW_STOP_REQUEST);
    return AW_OK;
}

aw_err tw_request_resume(struct tw_request *r)
{
    if (r->server->debugger.fd >= 0) {
        return aw_fail(
            aw_host_say(&r->host, "a debugger is connected: it says when"),
            AW_ERR_PRECONDITION, "twin: debugger", 0);
    }
    tw_server_release(r->server);
    return AW_OK;
}
