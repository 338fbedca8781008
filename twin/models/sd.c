/* SPDX-License-Identifier: Apache-2.0 */
#include "models/sd.h"

#include <string.h>

#include "models/sd_parts.h"

enum { VOLTAGE_US = 1000 };

#define US_PER_S UINT64_C(1000000)

uint64_t tw_sd_after_us(const struct tw_sd *sd, uint64_t us)
{
    return sd->clock->now + tw_clock_ticks(sd->clock, us, US_PER_S);
}

void tw_sd_program(struct tw_sd *sd, uint64_t us)
{
    uint64_t until = tw_sd_after_us(sd, us);

    sd->state = AW_CARD_PRG;
    if (until > sd->busy_until) {
        sd->busy_until = until;
    }
}

void tw_sd_restart(struct tw_sd *sd, bool power)
{
    sd->state = AW_CARD_IDLE;
    sd->rca = 0;
    sd->status = 0;
    sd->interface_known = false;
    sd->app = false;
    sd->ready_at = TW_NEVER;
    sd->busy_until = 0;
    sd->may_switch = false;
    sd->width = 1;
    sd->mode = SD_SDR12;
    sd->next_mode = SD_SDR12;
    sd->moves = TW_SD_NOTHING;
    sd->counted = false;
    sd->erase_step = 0;
    sd->written = 0;
    (void)tw_flash_commit(&sd->flash);
    if (power) {
        sd->inactive = false;
        sd->voltage = TW_SD_3V3;
    }
}

static void sd_power(void *ctx, bool on)
{
    struct tw_sd *sd = ctx;

    if (on && !sd->powered) {
        tw_sd_restart(sd, true);
    }
    sd->powered = on;
}

/* The clock stops, the voltage changes, the clock runs: in this order, or the
 * card stays silent until power off. */
static void sd_bus(void *ctx, const struct tw_card_bus *bus)
{
    struct tw_sd *sd = ctx;

    sd->bus = *bus;
    if (sd->voltage == TW_SD_ASKED && !bus->running) {
        sd->voltage = TW_SD_STOPPED;
    } else if (sd->voltage == TW_SD_STOPPED && bus->running) {
        if (bus->low_voltage) {
            sd->voltage = TW_SD_1V8;
            sd->busy_until = tw_sd_after_us(sd, VOLTAGE_US);
        } else {
            tw_report(sd->report, TW_REPORT_MISUSE,
                      "SD: the clock runs again without 1.8 V");
            sd->inactive = true;
        }
    }
}

static uint64_t sd_busy(void *ctx)
{
    const struct tw_sd *sd = ctx;

    return sd->voltage == TW_SD_ASKED || sd->voltage == TW_SD_STOPPED
               ? TW_NEVER
               : sd->busy_until;
}

static const struct tw_card_ops sd_ops = {
    .power = sd_power,
    .bus = sd_bus,
    .command = tw_sd_command,
    .data_at = tw_sd_data_at,
    .read = tw_sd_read,
    .write = tw_sd_write,
    .busy_until = sd_busy,
};

struct tw_card tw_sd_card(struct tw_sd *sd)
{
    return (struct tw_card){.ops = &sd_ops, .ctx = sd};
}

void tw_sd_init(struct tw_sd *sd, const struct tw_sd_wiring *wiring)
{
    memset(sd, 0, sizeof(*sd));
    sd->clock = wiring->clock;
    sd->report = wiring->report;
    sd->cut = wiring->cut;
    sd->high_capacity = wiring->blocks > TW_SD_SC_MAX;
    tw_flash_init(&sd->flash, &wiring->store, wiring->blocks, wiring->cut);
    tw_sd_make_registers(sd, wiring->serial);
    sd->bus.width = 1;
    tw_sd_restart(sd, true);
}

void tw_sd_free(struct tw_sd *sd)
{
    tw_flash_free(&sd->flash);
}
