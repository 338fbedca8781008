/* SPDX-License-Identifier: Apache-2.0 */
#include "board/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "board/snapshot.h"

enum {
    SLICE_MS = 4,    /* of virtual time, between two looks at the sockets */
    PACED_MS = 10,   /* of wall time, between two looks at the clock */
    BUSY_MS = 1,     /* the same while an image works on a transfer */
    LOOK_MS = 500,   /* a signal between look and wait is not slept over */
    BEHIND_MS = 200, /* a slower host is not made up for beyond this */
    MS_HZ = 1000,
    CONSOLE_MODE = 0600
};
#define NS_HZ UINT64_C(1000000000)
#define NS_MS INT64_C(1000000)

static uint64_t wall_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_HZ + (uint64_t)now.tv_nsec;
}

void tw_server_anchor(struct tw_server *server)
{
    server->wall_ns = wall_ns();
    server->wall_tick = server->board.clock.now;
}

void tw_server_trouble(struct tw_server *server, int error, const char *what)
{
    struct aw_host_diag host = {.text = ""};

    if (server->trouble) {
        return;
    }
    (void)aw_host_say_errno(&host, error, what);
    memcpy(server->why, host.text, sizeof(server->why));
    server->trouble = true;
    tw_board_ask(&server->board, TW_ASK_OFF);
}

static void on_event(void *ctx, const struct tw_board_event *event)
{
    struct tw_server *server = ctx;

    if (event->kind == TW_BOARD_HALTED) {
        server->debugger.halted = true;
    }
    tw_control_event(server, event);
}

static void on_console(void *ctx, uint8_t byte)
{
    struct tw_server *server = ctx;

    if (write(server->console, &byte, 1) != 1) {
        tw_server_trouble(server, errno, tw_folder_name(TW_FILE_CONSOLE));
    }
    tw_control_console(server, byte);
}

static void on_frame(void *ctx, const uint8_t *frame, size_t n)
{
    struct tw_server *server = ctx;

    tw_net_queue(&server->net, frame, n);
}

static bool on_fuses(void *ctx, const struct aw_vfuse *fuses)
{
    struct tw_server *server = ctx;
    struct aw_host_diag host = {.text = ""};

    server->folder.fuses.v = *fuses;
    if (aw_vfuse_save(&server->folder.fuses, false, &host) == AW_OK) {
        return true;
    }
    tw_server_trouble(server, (int)host.diag.at, tw_folder_name(TW_FILE_FUSES));
    return false;
}

/* Storage that failed: the card reports errors to the firmware, and people
 * have to know that it was the host. */
static void look_at_storage(struct tw_server *server)
{
    static const enum tw_folder_file names[TW_EMMC_PARTS] = {
        TW_FILE_EMMC, TW_FILE_BOOT0, TW_FILE_BOOT1};

    for (unsigned i = 0; i < TW_EMMC_PARTS; i++) {
        if (server->folder.parts[i].error != 0) {
            tw_server_trouble(server, server->folder.parts[i].error,
                              tw_folder_name(names[i]));
        }
    }
    if (server->folder.card.error != 0) {
        tw_server_trouble(server, server->folder.card.error,
                          tw_folder_name(TW_FILE_CARD));
    }
    if (server->folder.nvm.error != 0) {
        tw_server_trouble(server, server->folder.nvm.error,
                          tw_folder_name(TW_FILE_RPMB));
    }
}

bool tw_server_wait(struct tw_server *server, struct tw_wait *wait)
{
    if (server->n_waits == TW_WAITS) {
        return false;
    }
    server->waits[server->n_waits] = wait;
    server->n_waits++;
    return true;
}

void tw_server_forget(struct tw_server *server, struct tw_wait *wait)
{
    size_t kept = 0;

    for (size_t i = 0; i < server->n_waits; i++) {
        if (server->waits[i] != wait) {
            server->waits[kept++] = server->waits[i];
        }
    }
    server->n_waits = kept;
}

/* Who asked for time to pass is told, too, when something holds the twin. */
static bool is_over(const struct tw_server *server, const struct tw_wait *wait)
{
    return (wait->done != NULL && *wait->done) ||
           server->board.clock.now >= wait->until ||
           (wait->any_mode && server->debugger.held);
}

/* Waits that are over are told, each off the list before. */
static void finish_waits(struct tw_server *server)
{
    for (size_t i = 0; i < server->n_waits;) {
        struct tw_wait *wait = server->waits[i];

        if (is_over(server, wait)) {
            tw_server_forget(server, wait);
            wait->over(wait->ctx);
            i = 0;
        } else {
            i++;
        }
    }
}

/* The flag that ends the run. The board looks at one; of those who wait only
 * the USB client has one. */
static const bool *flag_of(const struct tw_server *server)
{
    size_t i = 0;

    while (i < server->n_waits && server->waits[i]->done == NULL) {
        i++;
    }
    return i < server->n_waits ? server->waits[i]->done : NULL;
}

/* The tick at which somebody gives up. */
static uint64_t first_wait(const struct tw_server *server)
{
    uint64_t first = UINT64_MAX;

    for (size_t i = 0; i < server->n_waits; i++) {
        first =
            server->waits[i]->until < first ? server->waits[i]->until : first;
    }
    return first;
}

/* Runs at full speed, to a tick at most, or until any of the waits is over. */
static void run_fast(struct tw_server *server, uint64_t until)
{
    uint64_t first = first_wait(server);

    (void)tw_server_advance(server, first < until ? first : until,
                            flag_of(server));
    tw_server_anchor(server);
}

const char *tw_server_state(const struct tw_server *server)
{
    const struct tw_board *board = &server->board;

    if (server->trouble) {
        return "trouble";
    }
    if (!board->on) {
        return "off";
    }
    if (board->halted) {
        return "halted";
    }
    return board->rom.phase == TW_ROM_DONE
               ? "running"
               : tw_rom_phase_name(board->rom.phase);
}

static bool somebody_waits(const struct tw_server *server)
{
    if (server->replay.more ||
        (server->n_waits != 0 && server->mode != AW_TWIN_PACED)) {
        return true;
    }
    for (size_t i = 0; i < server->n_waits; i++) {
        if (server->waits[i]->any_mode) {
            return true;
        }
    }
    return false;
}

/* Up to the next input of a journal; inputs of this tick come first. */
static void replay(struct tw_server *server, uint64_t until)
{
    if (tw_replay_due(server)) {
        tw_replay_step(server);
        return;
    }
    if (server->replay.tick > server->board.clock.now &&
        server->replay.tick < until) {
        until = server->replay.tick;
    }
    run_fast(server, until);
}

/* Tick that belongs to this moment. A host that was too slow, or asleep, is
 * not made up for. */
static uint64_t paced_tick(struct tw_server *server)
{
    const struct tw_clock *clock = &server->board.clock;
    uint64_t gone = wall_ns() - server->wall_ns;
    uint64_t tick = server->wall_tick + tw_clock_ticks(clock, gone, NS_HZ);

    if (tick > clock->now + tw_clock_ticks(clock, BEHIND_MS, MS_HZ)) {
        tw_server_anchor(server);
        tick = clock->now + tw_clock_ticks(clock, PACED_MS, MS_HZ);
    }
    return tick;
}

/* By the wall clock. While transfers over USB/IP are under way, their next
 * step is not slept over. @return how long to wait, in nanoseconds */
static int64_t run_paced(struct tw_server *server)
{
    const struct tw_clock *clock = &server->board.clock;
    uint64_t before = server->board.executed;
    uint64_t until = paced_tick(server);
    uint64_t first = first_wait(server);

    (void)tw_server_advance(server, first < until ? first : until, NULL);
    if (first < until) {
        return 0; /* to who has waited long enough first */
    }
    if (!tw_exports_wait(server)) {
        return PACED_MS * NS_MS;
    }
    if (server->board.executed != before) {
        return BUSY_MS * NS_MS;
    }
    uint64_t next = clock->next > clock->now ? clock->next - clock->now : 0;
    uint64_t most = tw_clock_ticks(clock, PACED_MS, MS_HZ);

    next = next < most ? next : most;
    return (int64_t)tw_clock_periods(clock, next, NS_HZ);
}

/* One turn. @return how long to wait for sockets, in nanoseconds; -1: until
 * something comes */
static int64_t turn(struct tw_server *server)
{
    const struct tw_clock *clock = &server->board.clock;
    uint64_t slice = clock->now + tw_clock_ticks(clock, SLICE_MS, MS_HZ);

    if (server->debugger.held) {
        return -1;
    }
    if (server->replay.more) {
        replay(server, slice);
        return 0;
    }
    if (somebody_waits(server)) {
        run_fast(server, slice);
        return 0;
    }
    switch (server->mode) {
    case AW_TWIN_FREE:
        (void)tw_server_advance(server, slice, NULL);
        return 0;
    case AW_TWIN_LOCKSTEP:
        /* A debugger that lets it go waits for it. */
        if (!server->debugger.gdb.running) {
            return -1;
        }
        run_fast(server, slice);
        return 0;
    default:
        return run_paced(server);
    }
}

void tw_server_run(struct tw_server *server, bool (*stopped)(void))
{
    tw_server_anchor(server);
    while (!server->stop && !stopped()) {
        int64_t wait_ns = turn(server);

        finish_waits(server);
        tw_exports_look(server);
        look_at_storage(server);
        if (somebody_waits(server) && !server->debugger.held) {
            wait_ns = 0;
        }
        tw_net_flush(&server->net, !server->replay.more);
        tw_net_prepare(&server->net, &wait_ns);
        if (wait_ns < 0) {
            wait_ns = LOOK_MS * NS_MS;
        }
        (void)tw_loop_wait(&server->loop, wait_ns);
    }
}

static aw_err open_console(struct tw_server *server, struct aw_host_diag *host)
{
    char path[TW_PATH_MAX];

    (void)tw_folder_path(server->folder.path, TW_FILE_CONSOLE, path);
    server->console =
        open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, CONSOLE_MODE);
    return server->console >= 0
               ? AW_OK
               : aw_host_fail_errno(host, "twin: console", errno, path);
}

static aw_err open_journal(struct tw_server *server, const char *path,
                           struct aw_host_diag *host)
{
    server->journal = path == NULL
                          ? -1
                          : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                 CONSOLE_MODE);
    return path == NULL || server->journal >= 0
               ? AW_OK
               : aw_host_fail_errno(host, "twin: journal", errno, path);
}

static aw_err open_board(struct tw_server *server, struct aw_host_diag *host)
{
    struct tw_board_storage storage = tw_folder_storage(&server->folder);
    aw_err err = tw_board_init(&server->board, &server->folder.config,
                               &server->folder.fuses.v, &storage);

    if (err != AW_OK) {
        return aw_fail(aw_host_say(host, "%s/%s: damaged, or cannot be read",
                                   server->folder.path,
                                   tw_folder_name(TW_FILE_RPMB)),
                       err, "twin: storage", 0);
    }
    server->board.owner = (struct tw_board_owner){.ctx = server,
                                                  .event = on_event,
                                                  .console = on_console,
                                                  .frame = on_frame,
                                                  .fuses = on_fuses};
    return AW_OK;
}

static aw_err begin(struct tw_server *server, const struct aw_twin_start *how,
                    struct aw_host_diag *host)
{
    server->debugger.held = how->held;
    tw_board_plug(&server->board, 0, how->plugged);
    if (how->snapshot != NULL) {
        return tw_snapshot_read(&server->board, &server->folder, how->snapshot,
                                host);
    }
    if (!how->off) {
        tw_board_on(&server->board);
    }
    return AW_OK;
}

aw_err tw_server_open(struct tw_server *server, const struct aw_twin_start *how,
                      struct aw_host_diag *host)
{
    memset(server, 0, sizeof(*server));
    server->mode = how->mode;
    server->listener = -1;
    server->usb_listener = -1;
    server->usbip_listener = -1;
    server->debugger.listener = -1;
    server->debugger.fd = -1;
    server->console = -1;
    server->journal = -1;
    aw_err err = tw_folder_open(&server->folder, how->path, host);

    if (err != AW_OK) {
        return err;
    }
    err = open_board(server, host);
    if (err != AW_OK) {
        tw_folder_close(&server->folder);
        return err;
    }
    err = open_console(server, host);
    if (err == AW_OK) {
        err = open_journal(server, how->journal, host);
    }
    if (err == AW_OK) {
        err = tw_control_open(server, host);
    }
    if (err == AW_OK) {
        err = tw_plugs_open(server, host);
    }
    if (err == AW_OK && how->debug) {
        err = tw_debugger_open(server, how->debug_port, host);
    }
    if (err == AW_OK) {
        err = tw_exports_open(server, host);
    }
    if (err == AW_OK) {
        err = tw_server_net_open(server, how, host);
    }
    if (err == AW_OK) {
        err = begin(server, how, host);
    }
    if (err == AW_OK && how->replay != NULL) {
        err = tw_replay_open(server, how->replay, host);
    }
    if (err == AW_OK) {
        tw_server_net_begin(server, how->replay != NULL);
    }
    if (err != AW_OK) {
        tw_server_close(server);
    }
    return err;
}

void tw_server_close(struct tw_server *server)
{
    tw_net_close(&server->net);
    tw_debugger_close(server);
    tw_control_close(server);
    tw_exports_close(server);
    tw_plugs_close(server);
    tw_replay_close(server);
    if (server->console >= 0) {
        (void)close(server->console);
    }
    if (server->journal >= 0) {
        (void)close(server->journal);
    }
    /* Power goes in an orderly way: nothing that was written is lost. */
    server->board.cut.mode = TW_CUT_CLEAN;
    tw_board_off(&server->board);
    server->board.owner.event = NULL;
    tw_board_free(&server->board);
    tw_folder_close(&server->folder);
}
