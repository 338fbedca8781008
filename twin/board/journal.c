/* SPDX-License-Identifier: Apache-2.0 */
/* What was done to a twin, by tick, and doing it again:
 * docs/formats/twin-control.md. Several inputs may have one tick: before each
 * of them the board settles, so that it does not matter whether it was given
 * a turn in between. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/json.h"
#include "aw/json_write.h"
#include "aw/text.h"
#include "board/request.h"
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

/* Bytes of a client, in lines of bearable length. */
static void note_bytes(struct tw_server *server, const char *what,
                       const size_t *index, aw_bytes bytes)
{
    char text[USB_PIECE * 2];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_json_out out;

    if (server->journal < 0) {
        return;
    }
    aw_json_out_init(&out, aw_sink_wr(&w), true);
    aw_json_begin_object(&out, NULL);
    aw_json_text(&out, "do", what);
    if (index != NULL) {
        aw_json_u64(&out, "link", *index);
    }
    aw_json_base64(&out, "base64", bytes);
    aw_json_end_object(&out);
    aw_json_finish(&out);
    AW_BUG_ON(w.failed);
    w.n--; /* the line feed is the journal's */
    tw_journal_note(server, aw_wr_done(&w));
}

/* No bytes: the end of the connection. */
static void note_pieces(struct tw_server *server, const char *what,
                        const size_t *index, aw_bytes bytes)
{
    struct aw_rd r = aw_rd_init(bytes);

    do {
        size_t n = aw_rd_left(&r) < USB_PIECE ? aw_rd_left(&r) : USB_PIECE;

        note_bytes(server, what, index, aw_rd_take(&r, n));
    } while (aw_rd_left(&r) != 0);
}

void tw_journal_usb(struct tw_server *server, aw_bytes bytes)
{
    note_pieces(server, "usb", NULL, bytes);
}

void tw_journal_usbip(struct tw_server *server, size_t index, aw_bytes bytes)
{
    note_pieces(server, "usbip", &index, bytes);
}

/* Looks at the next line: tick, blank, request. One that was cut short is
 * none. @return false: there is something else */
static bool look(struct tw_replay *replay)
{
    struct aw_rd at = replay->text;

    replay->more = false;
    if (aw_rd_left(&at) == 0) {
        return true;
    }
    struct aw_rd line = aw_rd_init(aw_rd_line(&at));
    aw_bytes tick = aw_rd_until(&line, ' ');

    replay->more = !at.failed && !line.failed &&
                   aw_dec_parse(tick, &replay->tick) == AW_OK;
    replay->line = aw_rd_rest(&line);
    replay->text = at;
    return replay->more;
}

aw_err tw_replay_open(struct tw_server *server, const char *path,
                      struct aw_host_diag *host)
{
    struct tw_replay *replay = &server->replay;
    aw_err err = aw_file_read(path, JOURNAL_MAX, &replay->blob, host);

    if (err != AW_OK) {
        return err;
    }
    replay->text = aw_rd_init(aw_blob_bytes(&replay->blob));
    if (!look(replay)) {
        return aw_fail(aw_host_say(host, "%s: no journal of a twin", path),
                       AW_ERR_FORMAT, "journal: line", 0);
    }
    tw_plugs_begin(server, -1);
    return AW_OK;
}

void tw_replay_close(struct tw_server *server)
{
    aw_blob_free(&server->replay.blob);
    server->replay.more = false;
}

/* Bytes of a client. @return false: a line that is none of ours */
static bool play_bytes(struct tw_server *server, aw_json root, bool usbip)
{
    static uint8_t bytes[TW_LINE_MAX];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    aw_bytes text = {NULL, 0};
    uint64_t link = 0;

    if (aw_json_get_text(aw_json_member(root, "base64"), &text) != AW_OK ||
        aw_base64_decode(text, &w) != AW_OK) {
        return false;
    }
    if (!usbip) {
        /* A client whose bytes were nonsense lost its connection. */
        if (w.n == 0 || !tw_usb_wire_take(&server->wire, aw_wr_done(&w))) {
            tw_plugs_begin(server, -1);
        }
        return true;
    }
    if (aw_json_get_u64(aw_json_member(root, "link"), &link) != AW_OK ||
        link >= TW_EXPORTS) {
        return false;
    }
    tw_exports_play(server, (size_t)link, aw_wr_done(&w));
    return true;
}

static bool play(struct tw_server *server, aw_bytes line)
{
    static uint8_t tree[WORK_SIZE];
    char reply[4096];
    struct aw_wr work = aw_wr_init(tree, sizeof(tree));
    struct aw_wr w = aw_wr_init(reply, sizeof(reply));
    aw_json root = {NULL};
    aw_bytes what = {NULL, 0};

    if (aw_json_parse(line, TW_LINE_MAX, &work, &root, NULL) != AW_OK ||
        aw_json_get_text(aw_json_member(root, "do"), &what) != AW_OK) {
        return false;
    }
    if (aw_bytes_is(what, "usb") || aw_bytes_is(what, "usbip")) {
        return play_bytes(server, root, aw_bytes_is(what, "usbip"));
    }
    /* What is no input was never written: a journal cannot end the process, or
     * write files. */
    if (!tw_request_is_input(what)) {
        return false;
    }
    /* One that failed then fails again. */
    tw_server_request(server, NULL, line, &w);
    return true;
}

static bool begins(aw_bytes line, const char *text)
{
    aw_bytes head = aw_text(text);

    return line.n >= head.n && memcmp(line.p, head.p, head.n) == 0;
}

/* A request of the USB client waits for the answer to the one before, as the
 * client did. Who leaves does not wait. */
bool tw_replay_due(const struct tw_server *server)
{
    const struct tw_replay *replay = &server->replay;
    bool asks = begins(replay->line, "{\"do\":\"usb\",") &&
                !begins(replay->line, "{\"do\":\"usb\",\"base64\":\"\"");

    return replay->more && replay->tick <= server->board.clock.now &&
           (!asks || !tw_usb_wire_busy(&server->wire));
}

void tw_replay_step(struct tw_server *server)
{
    aw_bytes line = server->replay.line;

    bool good = look(&server->replay);

    if (!play(server, line) || !good) {
        tw_server_trouble(server, EBADMSG, "journal");
        server->replay.more = false;
    }
    if (!server->replay.more) {
        tw_plugs_end(server);
    }
}
