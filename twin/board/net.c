/* SPDX-License-Identifier: Apache-2.0 */
/* The LAN jack of a running twin. */
#include "board/net.h"

#include <string.h>

#include "aw/json_write.h"
#include "board/server.h"

enum { LINE_MAX = 4096, REPLY_MAX = 1024 };

void tw_net_queue(struct tw_net *net, const uint8_t *frame, size_t n)
{
    if (net->backend.state == NULL || net->n == TW_NET_QUEUE ||
        n > TW_FRAME_MAX) {
        return;
    }
    struct tw_frame *f = &net->queue[net->n];

    memcpy(f->bytes, frame, n);
    f->n = (uint32_t)n;
    net->n++;
    net->pending = true;
}

void tw_net_flush(struct tw_net *net, bool live)
{
    for (uint32_t i = 0; live && i < net->n; i++) {
        net->backend.send(net->backend.state,
                          (aw_bytes){net->queue[i].bytes, net->queue[i].n});
    }
    net->n = 0;
    net->pending = false;
}

void tw_net_prepare(const struct tw_net *net, int64_t *wait_ns)
{
    if (net->backend.state != NULL && net->backend.prepare != NULL) {
        net->backend.prepare(net->backend.state, wait_ns);
    }
}

void tw_net_close(struct tw_net *net)
{
    if (net->backend.state != NULL) {
        net->backend.close(net->backend.state);
    }
    memset(&net->backend, 0, sizeof(net->backend));
}

/* As if it had been asked for on the control socket: it is in the journal. */
static void request(struct tw_server *server, aw_bytes line)
{
    char text[REPLY_MAX];
    struct aw_wr reply = aw_wr_init(text, sizeof(text));

    tw_server_request(server, NULL, line, &reply);
}

/* While a journal is played, its frames are those that count. */
static void on_frame(void *ctx, aw_bytes frame)
{
    struct tw_server *server = ctx;
    char text[LINE_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_json_out out;

    if (server->replay.more) {
        return;
    }
    aw_json_out_init(&out, aw_sink_wr(&w), true);
    aw_json_begin_object(&out, NULL);
    aw_json_text(&out, "do", "frame");
    aw_json_base64(&out, "base64", frame);
    aw_json_end_object(&out);
    if (!w.failed) {
        request(server, aw_wr_done(&w));
    }
}

aw_err tw_server_net_open(struct tw_server *server,
                          const struct aw_twin_start *how,
                          struct aw_host_diag *host)
{
    const struct tw_net_sink sink = {.ctx = server, .frame = on_frame};
    struct tw_forward forwards[TW_FORWARDS_MAX];
    size_t n = how->n_forwards;

    if (how->net == AW_TWIN_NET_NONE) {
        return AW_OK;
    }
    if (server->folder.config.soc == TW_ULZ || n > TW_FORWARDS_MAX) {
        return aw_fail(aw_host_say(host, n > TW_FORWARDS_MAX
                                             ? "too many forwarded ports"
                                             : "the gamma board has no LAN"),
                       AW_ERR_PRECONDITION, "twin: network", 0);
    }
    for (size_t i = 0; i < n; i++) {
        forwards[i] = (struct tw_forward){.udp = how->forwards[i].udp,
                                          .host = how->forwards[i].host,
                                          .guest = how->forwards[i].guest};
    }
    return how->net == AW_TWIN_NET_TAP
               ? tw_net_tap(&server->net.backend, &server->loop, &sink,
                            how->tap, host)
               : tw_net_user(&server->net.backend, &server->loop, &sink,
                             forwards, n, host);
}

void tw_server_net_begin(struct tw_server *server, bool replays)
{
    if (server->net.backend.state != NULL && !replays) {
        request(server, aw_text("{\"do\":\"network\",\"in\":true}"));
    }
}
