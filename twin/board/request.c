/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on the control socket: docs/formats/twin-control.md. */
#include <string.h>
#include <unistd.h>

#include "aw/json.h"
#include "aw/json_write.h"
#include "aw/text.h"
#include "board/request.h"
#include "board/snapshot.h"

enum { WORK_SIZE = 128 * 1024, TEXT_MAX = 4096, MS_HZ = 1000 };

bool tw_request_u64(const struct tw_request *r, const char *key, uint64_t *n)
{
    aw_json v = aw_json_member(r->root, key);
    aw_bytes text = {NULL, 0};

    /* A number, or its digits as a text, which keeps all 64 bits. */
    if (aw_json_get_text(v, &text) == AW_OK) {
        return aw_dec_parse(text, n) == AW_OK;
    }
    return aw_json_get_u64(v, n) == AW_OK;
}

bool tw_request_is(const struct tw_request *r, const char *key,
                   const char *value)
{
    aw_bytes text = {NULL, 0};

    return aw_json_get_text(aw_json_member(r->root, key), &text) == AW_OK &&
           aw_bytes_is(text, value);
}

static bool get_flag(const struct tw_request *r, const char *key, bool *flag)
{
    return aw_json_get_bool(aw_json_member(r->root, key), flag) == AW_OK;
}

/* A path, NUL-terminated. */
static bool get_path(const struct tw_request *r, const char *key,
                     char path[TW_PATH_MAX])
{
    aw_bytes text = {NULL, 0};

    if (aw_json_get_text(aw_json_member(r->root, key), &text) != AW_OK ||
        text.n == 0 || text.n >= TW_PATH_MAX) {
        return false;
    }
    memcpy(path, text.p, text.n);
    path[text.n] = '\0';
    return true;
}

aw_err tw_request_wrong(struct tw_request *r, const char *what)
{
    return aw_fail(aw_host_say(&r->host, "%s", what), AW_ERR_USAGE,
                   "twin: request", 0);
}

static aw_err do_power(struct tw_request *r)
{
    struct tw_board *board = &r->server->board;

    if (r->server->trouble) {
        return aw_fail(aw_host_say(&r->host, "%s", r->server->why),
                       AW_ERR_RESOURCE, "twin: storage", 0);
    }
    if (tw_request_is(r, "to", "on")) {
        tw_board_on(board);
    } else if (tw_request_is(r, "to", "off")) {
        tw_board_off(board);
    } else if (tw_request_is(r, "to", "cycle")) {
        tw_board_cycle(board);
    } else {
        return tw_request_wrong(r, "\"to\" is on, off or cycle");
    }
    return AW_OK;
}

static aw_err do_switch(struct tw_request *r)
{
    bool serial = tw_request_is(r, "to", "usb");
    char path[TW_PATH_MAX];

    if (!serial && !tw_request_is(r, "to", "mmc")) {
        return tw_request_wrong(r, "\"to\" is usb or mmc");
    }
    struct tw_config config = r->server->folder.config;

    config.serial = serial;
    (void)tw_folder_path(r->server->folder.path, TW_FILE_BOARD, path);
    aw_err err = tw_config_save(path, &config, AW_FILE_REPLACE, &r->host);

    if (err == AW_OK) {
        r->server->folder.config = config;
        tw_board_switch(&r->server->board, serial);
    }
    return err;
}

static aw_err do_plug(struct tw_request *r)
{
    uint64_t plug = 1;
    bool in = true;

    (void)tw_request_u64(r, "plug", &plug);
    if (!get_flag(r, "in", &in) || plug < 1 || plug > TW_PLUGS) {
        return tw_request_wrong(r, "\"plug\" is 1 or 2, \"in\" true or false");
    }
    tw_board_plug(&r->server->board, (unsigned)plug - 1, in);
    return AW_OK;
}

static aw_err do_type(struct tw_request *r)
{
    aw_bytes text = {NULL, 0};
    uint8_t bytes[TEXT_MAX];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    if (aw_json_get_text(aw_json_member(r->root, "base64"), &text) != AW_OK ||
        aw_base64_decode(text, &w) != AW_OK) {
        return tw_request_wrong(r, "\"base64\" has at most 4096 bytes to type");
    }
    size_t n = tw_board_type(&r->server->board, bytes, w.n);

    aw_json_u64(r->out, "typed", n);
    return AW_OK;
}

static aw_err do_network(struct tw_request *r)
{
    bool in = true;

    if (!get_flag(r, "in", &in)) {
        return tw_request_wrong(r, "\"in\" is true or false");
    }
    tw_board_network(&r->server->board, in);
    return AW_OK;
}

/* One that cannot be received is lost, as on a cable. */
static aw_err do_frame(struct tw_request *r)
{
    enum { LEAST = 14 };
    aw_bytes text = {NULL, 0};
    uint8_t bytes[TW_FRAME_MAX];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    if (aw_json_get_text(aw_json_member(r->root, "base64"), &text) != AW_OK ||
        aw_base64_decode(text, &w) != AW_OK || w.n < LEAST) {
        return tw_request_wrong(r, "\"base64\" has 14 to 2048 bytes");
    }
    bool taken = tw_board_receive(&r->server->board, bytes, w.n);

    aw_json_bool(r->out, "taken", taken);
    return AW_OK;
}

static aw_err do_follow(struct tw_request *r)
{
    if (r->client == NULL) {
        return AW_OK;
    }
    (void)get_flag(r, "console", &r->client->follows_console);
    (void)get_flag(r, "events", &r->client->follows_events);
    return AW_OK;
}

static void put_leds(struct tw_request *r)
{
    unsigned leds = tw_board_leds(&r->server->board);

    aw_json_begin_object(r->out, "leds");
    aw_json_bool(r->out, "white", (leds & TW_LED_WHITE) != 0);
    aw_json_bool(r->out, "blue", (leds & TW_LED_BLUE) != 0);
    aw_json_end_object(r->out);
}

static void put_reports(struct tw_request *r)
{
    aw_json_begin_object(r->out, "reports");
    for (unsigned i = 0; i < TW_REPORT_KINDS; i++) {
        aw_json_u64_text(r->out, tw_report_name((enum tw_report_kind)i),
                         r->server->board.report.counts[i]);
    }
    aw_json_end_object(r->out);
}

static void put_times(struct tw_request *r)
{
    const struct tw_board *board = &r->server->board;
    uint64_t us = tw_clock_periods(&board->clock, board->clock.now, 1000000);

    aw_json_u64_text(r->out, "tick", board->clock.now);
    aw_json_u64_text(r->out, "instructions", board->executed);
    aw_json_u64_text(r->out, "time_us", us);
    aw_json_u64_text(r->out, "block_writes", board->cut.writes);
    aw_json_u64_text(r->out, "resets", board->resets);
}

static aw_err do_status(struct tw_request *r)
{
    static const char *const modes[] = {"auto", "free", "lockstep", "paced"};
    const struct tw_board *board = &r->server->board;
    char serial[TW_SERIAL_DIGITS + 1];
    bool hash = false;
    uint8_t digest[TW_HASH];

    tw_serial_text(board->config.unit, serial);
    aw_json_text(r->out, "soc", tw_soc_name(board->config.soc));
    aw_json_text(r->out, "serial", serial);
    aw_json_u64(r->out, "pid", (uint64_t)getpid());
    aw_json_text(r->out, "mode", modes[r->server->mode]);
    aw_json_text(r->out, "state", tw_server_state(r->server));
    aw_json_text(r->out, "why",
                 board->halted ? tw_cpu_diagnosis(board->cpu)->text
                               : r->server->why);
    aw_json_text(r->out, "switch", board->config.serial ? "usb" : "mmc");
    aw_json_bool(r->out, "plugged", board->port[0].cable);
    aw_json_bool(r->out, "held", r->server->debugger.held);
    aw_json_u64(r->out, "gdb", r->server->debugger.port);
    put_leds(r);
    put_times(r);
    put_reports(r);
    if (get_flag(r, "hash", &hash) && hash) {
        tw_board_hash(board, digest);
        aw_json_hex(r->out, "memory", (aw_bytes){digest, sizeof(digest)});
    }
    return AW_OK;
}

static aw_err do_leds(struct tw_request *r)
{
    put_leds(r);
    return AW_OK;
}

/* Words that are not zero. */
static aw_err do_fuses(struct tw_request *r)
{
    const struct aw_vfuse *v = &r->server->board.fuses;

    aw_json_text(r->out, "part", v->part);
    aw_json_begin_array(r->out, "words");
    for (unsigned i = 0; i < v->n_words; i++) {
        if (v->fuse[i] == 0 && v->shadow[i] == 0 && v->stuck[i] == 0) {
            continue;
        }
        aw_json_begin_object(r->out, NULL);
        aw_json_u64(r->out, "bank", i / AW_VFUSE_BANK_WORDS);
        aw_json_u64(r->out, "word", i % AW_VFUSE_BANK_WORDS);
        aw_json_u64(r->out, "fuse", v->fuse[i]);
        aw_json_u64(r->out, "shadow", v->shadow[i]);
        aw_json_u64(r->out, "stuck", v->stuck[i]);
        aw_json_end_object(r->out);
    }
    aw_json_end_array(r->out);
    return AW_OK;
}

static aw_err do_snapshot(struct tw_request *r)
{
    char path[TW_PATH_MAX];

    if (!get_path(r, "file", path)) {
        return tw_request_wrong(r, "\"file\" is the path of the snapshot");
    }
    return tw_snapshot_write(&r->server->board, &r->server->folder, path,
                             &r->host);
}

static aw_err do_restore(struct tw_request *r)
{
    char path[TW_PATH_MAX];

    if (!get_path(r, "file", path)) {
        return tw_request_wrong(r, "\"file\" is the path of the snapshot");
    }
    aw_err err =
        tw_snapshot_read(&r->server->board, &r->server->folder, path, &r->host);

    /* It is another tick now than the wall clock was compared with. */
    tw_server_anchor(r->server);
    return err;
}

/* A twin that is held does not run, unless it is to be let go. */
static aw_err let_go(struct tw_request *r)
{
    bool resume = false;

    if (get_flag(r, "resume", &resume) && resume) {
        return tw_request_resume(r);
    }
    if (r->server->debugger.held) {
        return aw_fail(aw_host_say(&r->host, "it is held: resume it first"),
                       AW_ERR_PRECONDITION, "twin: run", 0);
    }
    return AW_OK;
}

/* Lets time pass at full speed; the reply follows when it has passed. */
static aw_err do_run(struct tw_request *r)
{
    const struct tw_clock *clock = &r->server->board.clock;
    struct tw_client *client = r->client;
    uint64_t until = 0;
    uint64_t n = 0;

    if (tw_request_u64(r, "ms", &n)) {
        n = tw_clock_ticks(clock, n, MS_HZ);
        until = n > UINT64_MAX - clock->now ? UINT64_MAX : clock->now + n;
    } else if (tw_request_u64(r, "ticks", &n)) {
        until = n > UINT64_MAX - clock->now ? UINT64_MAX : clock->now + n;
    } else if (!tw_request_u64(r, "until", &until)) {
        return tw_request_wrong(r,
                                "\"ms\", \"ticks\" or \"until\" say how far");
    }
    if (client == NULL) {
        return AW_OK; /* a journal has its own ticks */
    }
    aw_err err = let_go(r);

    if (err != AW_OK) {
        return err;
    }
    client->wait = (struct tw_wait){.until = until,
                                    .any_mode = true,
                                    .over = tw_control_run_over,
                                    .ctx = client};
    client->running = tw_server_wait(r->server, &client->wait);
    return client->running ? AW_OK
                           : tw_request_wrong(r, "too many wait already");
}

static aw_err do_stop(struct tw_request *r)
{
    r->server->stop = true;
    return AW_OK;
}

static const struct {
    const char *name;
    aw_err (*run)(struct tw_request *r);
    bool input; /* changes what the twin does: for the journal */
} requests[] = {
    {"status", do_status, false},
    {"power", do_power, true},
    {"switch", do_switch, true},
    {"plug", do_plug, true},
    {"type", do_type, true},
    {"network", do_network, true},
    {"frame", do_frame, true},
    {"follow", do_follow, false},
    {"leds", do_leds, false},
    {"fuses", do_fuses, false},
    {"snapshot", do_snapshot, false},
    {"restore", do_restore, true},
    {"fault", tw_request_fault, true},
    {"run", do_run, false},
    {"pause", tw_request_pause, false},
    {"resume", tw_request_resume, false},
    {"registers", tw_request_registers, false},
    {"memory", tw_request_memory, false},
    {"point", tw_request_point, false},
    {"trace", tw_request_trace, false},
    {"profile", tw_request_profile, false},
    {"stop", do_stop, false},
};

enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

bool tw_request_is_input(aw_bytes what)
{
    size_t i = 0;

    while (i < REQUESTS && !aw_bytes_is(what, requests[i].name)) {
        i++;
    }
    return i < REQUESTS && requests[i].input;
}

static aw_err run_request(struct tw_request *r, aw_bytes line)
{
    size_t i = 0;

    while (i < REQUESTS && !tw_request_is(r, "do", requests[i].name)) {
        i++;
    }
    if (i == REQUESTS) {
        return tw_request_wrong(r, "\"do\" names no request");
    }
    if (requests[i].input) {
        tw_board_settle(&r->server->board);
        tw_journal_note(r->server, line);
    }
    return requests[i].run(r);
}

/* A reply under way is dropped when the request fails. */
static void put_failure(struct aw_wr *reply, size_t from, aw_err err,
                        const struct tw_request *r)
{
    struct aw_json_out out;

    reply->n = from;
    reply->failed = false;
    aw_json_out_init(&out, aw_sink_wr(reply), true);
    aw_json_begin_object(&out, NULL);
    aw_json_bool(&out, "ok", false);
    aw_json_u64(&out, "error", (uint64_t)err);
    aw_json_text(&out, "name", aw_err_name(err));
    aw_json_text(&out, "text",
                 r->host.text[0] != '\0' ? r->host.text : aw_err_text(err));
    aw_json_end_object(&out);
    aw_json_finish(&out);
}

void tw_server_reply_run(struct tw_server *server, struct aw_wr *reply)
{
    struct aw_json_out out;
    struct tw_request r = {.server = server, .out = &out};

    aw_json_out_init(&out, aw_sink_wr(reply), true);
    aw_json_begin_object(&out, NULL);
    aw_json_bool(&out, "ok", true);
    put_times(&r);
    aw_json_end_object(&out);
    aw_json_finish(&out);
}

void tw_server_request(struct tw_server *server, struct tw_client *client,
                       aw_bytes line, struct aw_wr *reply)
{
    static uint8_t tree[WORK_SIZE];
    struct aw_wr work = aw_wr_init(tree, sizeof(tree));
    struct aw_json_out out;
    struct tw_request r = {.server = server, .client = client, .out = &out};
    size_t from = reply->n;
    aw_err err = aw_json_parse(line, TW_LINE_MAX, &work, &r.root, &r.host.diag);

    aw_json_out_init(&out, aw_sink_wr(reply), true);
    aw_json_begin_object(&out, NULL);
    aw_json_bool(&out, "ok", true);
    if (err == AW_OK) {
        err = run_request(&r, line);
    }
    if (err != AW_OK) {
        put_failure(reply, from, err, &r);
    } else if (client != NULL && client->running) {
        reply->n = from;
    } else {
        aw_json_end_object(&out);
        aw_json_finish(&out);
    }
}
