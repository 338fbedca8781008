/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/text.h"
#include "core/bus.h"
#include "cpu/gdb.h"
#include "fuzz.h"

/* A debugger that sends anything: registers and memory of the twin may be
 * whatever it likes, the host's are untouched, and what goes back is whole
 * packets. Lines of the input are packets, of which the frame is made here;
 * those that begin with '!' are sent as they are. */

enum { RAM = 1 << 16, SLICE = 64 };
#define RAM_AT UINT32_C(0x80000000)

static struct {
    struct tw_report report;
    struct tw_clock clock;
    struct tw_bus bus;
    struct tw_cpu *cpu;
    struct tw_gdb gdb;
    uint8_t ram[RAM];
    uint8_t dirty[RAM / TW_LINE];
    bool go;
    bool interrupted;
} t;

static void on_send(void *ctx, aw_bytes bytes)
{
    uint64_t want = 0;
    uint8_t sum = 0;

    (void)ctx;
    if (bytes.n == 1) {
        trap_unless(bytes.p[0] == '+' || bytes.p[0] == '-');
        return;
    }
    trap_unless(bytes.n >= 4 && bytes.p[0] == '$' &&
                bytes.p[bytes.n - 3] == '#');
    for (size_t i = 1; i < bytes.n - 3; i++) {
        trap_unless(bytes.p[i] != '$' && bytes.p[i] != '#');
        sum = (uint8_t)(sum + bytes.p[i]);
    }
    trap_unless(aw_hex_parse_u64((aw_bytes){&bytes.p[bytes.n - 2], 2}, &want) ==
                    AW_OK &&
                want == sum);
}

static void on_go(void *ctx)
{
    (void)ctx;
    t.go = true;
}

static void on_interrupt(void *ctx)
{
    (void)ctx;
    t.interrupted = true;
}

static void on_monitor(void *ctx, aw_bytes command, struct aw_wr *text)
{
    (void)ctx;
    aw_wr_put(text, command);
    aw_wr_put(text, command);
}

static void on_leave(void *ctx)
{
    (void)ctx;
}

static void open_machine(void)
{
    const struct tw_region region = {
        .name = "ram",
        .base = RAM_AT,
        .size = RAM,
        .ram = {.bytes = t.ram, .dirty = t.dirty},
    };

    memset(&t, 0, sizeof(t));
    tw_clock_init(&t.clock, 528000000);
    tw_bus_init(&t.bus, &t.report);
    tw_bus_add_ram(&t.bus, &region);
    t.cpu = tw_cpu_new(&t.bus, &t.clock, &t.report);
    tw_cpu_reset(t.cpu, RAM_AT);
}

/* What the twin would do: run until something stops it. */
static void run(void)
{
    if (!t.go || !t.gdb.running) {
        return;
    }
    t.go = false;
    enum tw_stop stop = tw_cpu_run(t.cpu, t.clock.now + SLICE);

    tw_gdb_stopped(&t.gdb, stop == TW_STOP_SLICE || stop == TW_STOP_IDLE
                               ? TW_STOP_REQUEST
                               : stop);
}

static void send_packet(aw_bytes body)
{
    uint8_t frame[2 * TW_GDB_PACKET];
    struct aw_wr w = aw_wr_init(frame, sizeof(frame));
    uint8_t sum = 0;

    for (size_t i = 0; i < body.n; i++) {
        sum = (uint8_t)(sum + body.p[i]);
    }
    aw_wr_u8(&w, '$');
    aw_wr_put(&w, body);
    aw_wr_u8(&w, '#');
    aw_wr_hex_u64(&w, sum, 2);
    tw_gdb_take(&t.gdb, aw_wr_done(&w));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tw_gdb_owner owner = {.send = on_send,
                                       .go = on_go,
                                       .interrupt = on_interrupt,
                                       .monitor = on_monitor,
                                       .leave = on_leave};
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});

    open_machine();
    tw_gdb_open(&t.gdb, t.cpu, &owner);
    while (!r.failed && aw_rd_left(&r) > 0) {
        struct aw_rd line = aw_rd_init(aw_rd_line(&r));

        if (line.b.n > 0 && line.b.p[0] == '!') {
            (void)aw_rd_u8(&line);
            tw_gdb_take(&t.gdb, aw_rd_rest(&line));
        } else {
            send_packet(line.b);
        }
        run();
    }
    tw_gdb_close(&t.gdb);
    tw_cpu_free(t.cpu);
    return 0;
}
