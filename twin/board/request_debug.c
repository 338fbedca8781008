/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of people who look into a running twin. */
#include <stdlib.h>

#include "aw/hostio/alloc.h"
#include "board/request.h"

enum {
    REGISTERS = 17,
    SP = 13,
    BYTES_MAX = 65536, /* of memory, in one reply */
    STEPS_MAX = 1024   /* of a trace */
};

aw_err tw_request_pause(struct tw_request *r)
{
    tw_server_hold(r->server, TW_STOP_REQUEST);
    return AW_OK;
}

/* Who holds the twin decides what it does next. */
static aw_err not_debugged(struct tw_request *r)
{
    if (r->server->debugger.fd < 0) {
        return AW_OK;
    }
    return aw_fail(
        aw_host_say(&r->host, "a debugger is connected: it says when"),
        AW_ERR_PRECONDITION, "twin: debugger", 0);
}

aw_err tw_request_resume(struct tw_request *r)
{
    aw_err err = not_debugged(r);

    if (err == AW_OK) {
        tw_server_release(r->server);
    }
    return err;
}

static bool get_u32(const struct tw_request *r, const char *key, uint32_t *n)
{
    uint64_t wide = 0;

    if (!tw_request_u64(r, key, &wide) || wide > UINT32_MAX) {
        return false;
    }
    *n = (uint32_t)wide;
    return true;
}

/* Memory as the processor sees it; as much as there is. */
static void put_memory(struct tw_request *r, uint32_t address, uint32_t n)
{
    uint8_t *bytes = aw_alloc(n == 0 ? 1 : n, 1);
    size_t got = tw_cpu_peek(r->server->board.cpu, address, bytes, n);

    aw_json_base64(r->out, "base64", (aw_bytes){bytes, got});
    free(bytes);
}

static const char *stop_of(const struct tw_server *server)
{
    if (server->board.halted) {
        return "halted";
    }
    if (!server->debugger.held) {
        return "";
    }
    switch (server->debugger.why) {
    case TW_STOP_BREAKPOINT:
        return "breakpoint";
    case TW_STOP_WATCHPOINT:
        return "watchpoint";
    default:
        return "request";
    }
}

/* All of it at one moment: registers, why it stands still, and the stack. */
aw_err tw_request_registers(struct tw_request *r)
{
    const struct tw_server *server = r->server;
    const struct tw_cpu *cpu = server->board.cpu;
    uint32_t stack = 0;
    char text[512];

    if (get_u32(r, "stack", &stack) && stack > BYTES_MAX) {
        return tw_request_wrong(r, "\"stack\" is at most 65536 bytes");
    }
    tw_cpu_dump(cpu, text, sizeof(text));
    aw_json_u64_text(r->out, "tick", server->board.clock.now);
    aw_json_text(r->out, "text", text);
    aw_json_bool(r->out, "secure", tw_cpu_secure(cpu));
    aw_json_text(r->out, "stop", stop_of(server));
    if (server->debugger.held && server->debugger.why == TW_STOP_WATCHPOINT) {
        aw_json_u64(r->out, "watched", tw_cpu_watch_hit(cpu)->address);
        aw_json_bool(r->out, "write", tw_cpu_watch_hit(cpu)->write);
    }
    aw_json_begin_array(r->out, "registers");
    for (unsigned i = 0; i < REGISTERS; i++) {
        aw_json_u64(r->out, NULL, tw_cpu_get(cpu, i));
    }
    aw_json_end_array(r->out);
    put_memory(r, tw_cpu_get(cpu, SP), stack);
    return AW_OK;
}

aw_err tw_request_memory(struct tw_request *r)
{
    uint32_t address = 0;
    uint32_t n = 0;

    if (!get_u32(r, "address", &address) || !get_u32(r, "size", &n) ||
        n > BYTES_MAX) {
        return tw_request_wrong(r, "\"address\" and \"size\", at most 65536");
    }
    put_memory(r, address, n);
    return AW_OK;
}

static aw_err no_room(struct tw_request *r, const char *what)
{
    return aw_fail(aw_host_say(&r->host, "%s", what), AW_ERR_SPACE,
                   "twin: debugger", 0);
}

static aw_err set_break(struct tw_request *r, bool remove)
{
    struct tw_cpu *cpu = r->server->board.cpu;
    uint32_t address = 0;

    if (!get_u32(r, "break", &address)) {
        return tw_request_wrong(r, "\"break\" is an address");
    }
    if (remove) {
        (void)tw_cpu_break_remove(cpu, address);
        return AW_OK;
    }
    return tw_cpu_break_add(cpu, address) ? AW_OK
                                          : no_room(r, "too many break points");
}

/* {"break":ADDRESS} or {"watch":ADDRESS,"size":N,"on":"r|w|rw"}; "remove". */
aw_err tw_request_point(struct tw_request *r)
{
    struct tw_cpu *cpu = r->server->board.cpu;
    struct tw_watch w = {.size = 4};
    bool remove = false;

    if (aw_json_get_bool(aw_json_member(r->root, "remove"), &remove) != AW_OK) {
        remove = false;
    }
    if (!get_u32(r, "watch", &w.address)) {
        return set_break(r, remove);
    }
    (void)get_u32(r, "size", &w.size);
    w.on_read = !tw_request_is(r, "on", "w");
    w.on_write = !tw_request_is(r, "on", "r");
    if (remove) {
        (void)tw_cpu_watch_remove(cpu, &w);
        return AW_OK;
    }
    return tw_cpu_watch_add(cpu, &w)
               ? AW_OK
               : no_room(r, "too many watch points, or none of this size");
}

static void put_step(void *ctx, const struct tw_step *step)
{
    struct tw_request *r = ctx;

    aw_json_begin_array(r->out, NULL);
    aw_json_u64_text(r->out, NULL, step->tick);
    aw_json_u64(r->out, NULL, step->address);
    aw_json_u64(r->out, NULL, step->word);
    aw_json_u64(r->out, NULL, step->cpsr);
    aw_json_bool(r->out, NULL, step->secure);
    aw_json_end_array(r->out);
}

/* Runs so many instructions and tells each; at most a second, since a
 * processor may wait for ever. */
aw_err tw_request_trace(struct tw_request *r)
{
    struct tw_server *server = r->server;
    struct tw_cpu *cpu = server->board.cpu;
    const struct tw_trace on = {.step = put_step, .ctx = r};
    const struct tw_trace off = {.step = NULL};
    uint64_t until = server->board.clock.now + server->board.clock.ips;
    uint32_t n = 0;
    aw_err err = not_debugged(r);

    if (err == AW_OK && server->replay.more) {
        err = aw_fail(aw_host_say(&r->host, "a journal is being played"),
                      AW_ERR_PRECONDITION, "twin: trace", 0);
    }
    if (err != AW_OK) {
        return err;
    }
    if (!get_u32(r, "count", &n) || n == 0 || n > STEPS_MAX) {
        return tw_request_wrong(r, "\"count\" is 1 to 1024");
    }
    aw_json_begin_array(r->out, "steps");
    tw_cpu_trace(cpu, &on);
    tw_cpu_stop_after(cpu, n);
    (void)tw_board_run(&server->board, until, NULL);
    tw_cpu_stop_after(cpu, 0);
    tw_cpu_trace(cpu, &off);
    aw_json_end_array(r->out);
    tw_server_anchor(server);
    return AW_OK;
}

static void put_profile(struct tw_request *r, const struct tw_profile *p)
{
    aw_json_u64_text(r->out, "samples", p->samples);
    aw_json_u64_text(r->out, "lost", p->lost);
    aw_json_begin_array(r->out, "buckets");
    for (unsigned i = 0; i < TW_PROFILE_BUCKETS; i++) {
        if (p->buckets[i].count != 0) {
            aw_json_begin_array(r->out, NULL);
            aw_json_u64(r->out, NULL, p->buckets[i].address);
            aw_json_u64(r->out, NULL, p->buckets[i].count);
            aw_json_end_array(r->out);
        }
    }
    aw_json_end_array(r->out);
}

/* "every": a new profile; without: what there is, "end": and no more. */
aw_err tw_request_profile(struct tw_request *r)
{
    struct tw_debugger *d = &r->server->debugger;
    struct tw_cpu *cpu = r->server->board.cpu;
    uint64_t every = 0;
    bool end = false;

    if (tw_request_u64(r, "every", &every)) {
        if (every == 0) {
            return tw_request_wrong(r, "\"every\" is a number of ticks");
        }
        if (d->profile == NULL) {
            d->profile = aw_alloc(1, sizeof(*d->profile));
        }
        *d->profile = (struct tw_profile){.every = every};
        tw_cpu_profile(cpu, d->profile);
        return AW_OK;
    }
    if (d->profile == NULL) {
        return aw_fail(aw_host_say(&r->host, "no profile was begun"),
                       AW_ERR_PRECONDITION, "twin: profile", 0);
    }
    put_profile(r, d->profile);
    if (aw_json_get_bool(aw_json_member(r->root, "end"), &end) == AW_OK &&
        end) {
        tw_cpu_profile(cpu, NULL);
        free(d->profile);
        d->profile = NULL;
    }
    return AW_OK;
}
