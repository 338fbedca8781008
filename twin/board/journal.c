/* SPDX-License-Identifier: Apache-2.0 */
/* What was done to a twin, by tick, and doing it again:
 * docs/formats/twin-control.md. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/json.h"
#include "aw/json_write.h"
#include "aw/text.h"
#include "board/server.h"

enum { WORK_SIZE = 64 * 1024, JOURNAL_MAX = 1 << 30, USB_PIECE = 3 << 10 };

void tw_journal_note(struct tw_server *server, aw_bytes line)
{
    char head[32];
    struct aw_wr w = aw_wr_init(head, sizeof(head));

    if (server->journal < 0) {
        return;
    }
    aw_wr_dec(&w, server->board.clock.now);
    aw_wr_text(&w, " ");
    if (write(server->journal, head, w.n) != (ssize_t)w.n ||
        write(server->journal, line.p, line.n) != (ssize_t)line.n ||
        write(server->journal, "\n", 1) != 1) {
        tw_server_trouble(server, errno == 0 ? ENOSPC : errno, "journal");
    }
}

/* A request of the USB client, in lines of bearable length. */
void tw_journal_usb(struct tw_server *server, aw_bytes request)
{
    struct aw_rd r = aw_rd_init(request);

    while (server->journal >= 0 && aw_rd_left(&r) != 0) {
        char text[USB_PIECE * 2];
        struct aw_wr w = aw_wr_init(text, sizeof(text));
        size_t n = aw_rd_left(&r) < USB_PIECE ? aw_rd_left(&r) : USB_PIECE;

        struct aw_json_out out;

        aw_json_out_init(&out, aw_sink_wr(&w), true);
        aw_json_begin_object(&out, NULL);
        aw_json_text(&out, "do", "usb");
        aw_json_base64(&out, "base64", aw_rd_take(&r, n));
        aw_json_end_object(&out);
        aw_json_finish(&out);
        w.n--; /* the line feed is the journal's */
        tw_journal_note(server, aw_wr_done(&w));
    }
}

/* Looks at the next line: tick, blank, request. */
static void look(struct tw_replay *replay)
{
    struct aw_rd at = replay->text;
    struct aw_rd line = aw_rd_init(aw_rd_line(&at));
    aw_bytes tick = aw_rd_until(&line, ' ');

    replay->more = !at.failed && !line.failed &&
                   aw_dec_parse(tick, &replay->tick) == AW_OK;
    replay->line = aw_rd_rest(&line);
    replay->text = at;
}

aw_err tw_replay_open(struct tw_server *server, const char *path,
                      struct aw_host_diag *host)
{
    struct tw_replay *replay = &server->replay;
    aw_err err = aw_file_read(path, JOURNAL_MAX, &replay->blob, host);

    if (err == AW_OK) {
        replay->text = aw_rd_init(aw_blob_bytes(&replay->blob));
        look(replay);
        tw_plugs_begin(server, -1);
    }
    return err;
}

void tw_replay_close(struct tw_server *server)
{
    aw_blob_free(&server->replay.blob);
    server->replay.more = false;
}

static void play_usb(struct tw_server *server, aw_bytes text)
{
    uint8_t bytes[USB_PIECE];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    if (aw_base64_decode(text, &w) == AW_OK) {
        (void)tw_usb_wire_take(&server->wire, aw_wr_done(&w));
    }
}

static void play(struct tw_server *server, aw_bytes line)
{
    static uint8_t tree[WORK_SIZE];
    char reply[4096];
    struct aw_wr work = aw_wr_init(tree, sizeof(tree));
    struct aw_wr w = aw_wr_init(reply, sizeof(reply));
    aw_json root = {NULL};
    aw_bytes what = {NULL, 0};
    aw_bytes data = {NULL, 0};

    if (aw_json_parse(line, TW_LINE_MAX, &work, &root, NULL) == AW_OK &&
        aw_json_get_text(aw_json_member(root, "do"), &what) == AW_OK &&
        aw_bytes_is(what, "usb")) {
        if (aw_json_get_text(aw_json_member(root, "base64"), &data) == AW_OK) {
            play_usb(server, data);
        }
        return;
    }
    tw_server_request(server, NULL, line, &w);
}

bool tw_replay_due(const struct tw_server *server)
{
    return server->replay.more &&
           server->replay.tick <= server->board.clock.now;
}

void tw_replay_step(struct tw_server *server)
{
    aw_bytes line = server->replay.line;

    look(&server->replay);
    play(server, line);
    if (!server->replay.more) {
        tw_plugs_end(server);
    }
}
