/* SPDX-License-Identifier: Apache-2.0 */
/* The run loop, and what the board shows: LEDs and console. */
#include "board/parts.h"

enum { LED_PORT = 3, WHITE_PIN = 21, BLUE_PIN = 22, ALT_GPIO = 5 };

static bool lit(const struct tw_board *board, uint32_t mux, unsigned pin)
{
    return tw_iomuxc_alt(&board->iomuxc, mux) == ALT_GPIO &&
           tw_gpio_low(&board->gpio[LED_PORT], pin);
}

unsigned tw_board_leds(const struct tw_board *board)
{
    return (lit(board, TW_MUX_WHITE_LED, WHITE_PIN) ? TW_LED_WHITE : 0U) |
           (lit(board, TW_MUX_BLUE_LED, BLUE_PIN) ? TW_LED_BLUE : 0U);
}

void tw_board_look_at_leds(void *ctx)
{
    struct tw_board *board = ctx;
    unsigned leds = tw_board_leds(board);

    if (leds != board->leds) {
        board->leds = leds;
        tw_board_tell(board, TW_BOARD_LED, leds, "");
    }
}

void tw_board_print(void *ctx, uint8_t byte)
{
    struct tw_board *board = ctx;

    if (board->owner.console != NULL) {
        board->owner.console(board->owner.ctx, byte);
    }
}

/* One typed character arrives; the next follows after its time. */
static void on_type(void *ctx)
{
    struct tw_board *board = ctx;
    struct tw_uart *uart = &board->uart[1];
    uint64_t ticks = tw_uart_character(uart);

    if (board->typed_n == 0) {
        return;
    }
    if (tw_uart_ready(uart)) {
        tw_uart_receive(uart, board->typed[board->typed_head]);
        board->typed_head = (board->typed_head + 1) % TW_CONSOLE_QUEUE;
        board->typed_n--;
    }
    /* A port that is off or full: again in a while. */
    if (ticks == 0) {
        ticks = tw_clock_ticks(&board->clock, 1, 1000);
    }
    if (board->typed_n != 0) {
        tw_clock_at(&board->clock, &board->type, board->clock.now + ticks);
    }
}

size_t tw_board_type(struct tw_board *board, const uint8_t *bytes, size_t n)
{
    size_t taken = 0;

    board->type.fire = on_type;
    board->type.ctx = board;
    while (taken < n && board->typed_n < TW_CONSOLE_QUEUE) {
        uint32_t at = (board->typed_head + board->typed_n) % TW_CONSOLE_QUEUE;

        board->typed[at] = bytes[taken];
        board->typed_n++;
        taken++;
    }
    if (taken != 0 && board->type.slot == 0) {
        tw_clock_at(&board->clock, &board->type, board->clock.now);
    }
    return taken;
}

static bool cpu_runs(const struct tw_board *board)
{
    return board->on && !board->halted && !tw_rom_active(&board->rom) &&
           board->rom.phase == TW_ROM_DONE;
}

/* Lets time pass to the next event, or to a tick before it. */
static void pass_time(struct tw_board *board, uint64_t until)
{
    if (until > board->clock.now) {
        board->clock.now = until;
    }
    tw_clock_fire(&board->clock);
}

static void halt(struct tw_board *board)
{
    const struct tw_diagnosis *why = tw_cpu_diagnosis(board->cpu);

    board->halted = true;
    tw_board_tell(board, TW_BOARD_HALTED, why->pc, why->text);
}

/* Runs the processor to a tick at which nothing was scheduled before. */
static enum tw_board_stop run_cpu(struct tw_board *board, uint64_t until)
{
    uint64_t before = tw_cpu_instructions(board->cpu);
    enum tw_stop stop = tw_cpu_run(board->cpu, until);

    board->executed += tw_cpu_instructions(board->cpu) - before;
    switch (stop) {
    case TW_STOP_IDLE:
        board->clock.now = until;
        break;
    case TW_STOP_BREAKPOINT:
    case TW_STOP_WATCHPOINT:
    case TW_STOP_STEP:
        board->debug_stop = stop;
        return TW_BOARD_DEBUG;
    case TW_STOP_DIAGNOSIS:
        halt(board);
        break;
    default:
        break;
    }
    return TW_BOARD_UNTIL;
}

/* Up to a tick, or to the next event. */
static enum tw_board_stop step(struct tw_board *board, uint64_t until)
{
    enum tw_board_stop stop = TW_BOARD_UNTIL;
    uint64_t next = board->clock.next < until ? board->clock.next : until;

    if (cpu_runs(board) && next > board->clock.now) {
        stop = run_cpu(board, next);
    }
    if (!cpu_runs(board) || board->clock.next <= board->clock.now) {
        bool asked = board->ask != TW_ASK_NOTHING;

        pass_time(board, asked ? board->clock.now : next);
    }
    tw_board_answer(board);
    tw_board_glitch(board);
    if (board->cut_off && stop == TW_BOARD_UNTIL) {
        board->cut_off = false;
        stop = TW_BOARD_AT_CUT;
    }
    return stop;
}

void tw_board_settle(struct tw_board *board)
{
    while (board->clock.next <= board->clock.now ||
           board->ask != TW_ASK_NOTHING) {
        pass_time(board, board->clock.now);
        tw_board_answer(board);
        tw_board_glitch(board);
    }
}

enum tw_board_stop tw_board_run(struct tw_board *board, uint64_t until,
                                const bool *done)
{
    enum tw_board_stop stop = TW_BOARD_UNTIL;

    tw_board_answer(board);
    tw_cpu_stop_when(board->cpu, done);
    while (stop == TW_BOARD_UNTIL && board->clock.now < until &&
           (done == NULL || !*done)) {
        stop = step(board, until);
    }
    tw_cpu_stop_when(board->cpu, NULL);
    return stop;
}
