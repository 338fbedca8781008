/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/dcd.h"
#include "aw/hab/event.h"
#include "rom_priv.h"

const struct aw_hab_range aw_dcd_ranges[] = {
    {0x00907000, 0x00917ffb}, /* OCRAM that the ROM leaves free */
    {0x020c4000, 0x020c8fff}, /* CCM, CCM_ANALOG */
    {0x020e0000, 0x020e7fff}, /* IOMUXC, IOMUXC_GPR */
    {0x021b0000, 0x021b3fff}, /* MMDC */
    {0x80000000, 0xffffffff}, /* DDR */
};
const size_t aw_dcd_ranges_n = sizeof(aw_dcd_ranges) / sizeof(aw_dcd_ranges[0]);

bool aw_hab_range_has(const struct aw_hab_range *range, size_t n,
                      uint32_t address, uint32_t size)
{
    for (size_t i = 0; i < n; i++) {
        if (address >= range[i].first && address <= range[i].last &&
            size - 1 <= range[i].last - address) {
            return true;
        }
    }
    return false;
}

struct run {
    const struct aw_hab_range *range;
    size_t n;
    const struct aw_dcd_bus *bus;
    struct aw_dcd_fault fault;
};

static aw_err refuse(struct run *run, aw_err err, uint8_t reason,
                     const struct aw_hab_cmd *cmd)
{
    run->fault = (struct aw_dcd_fault){
        .reason = reason,
        .context = AW_HAB_CTX_COMMAND,
        .data = cmd->bytes,
        .at = cmd->at,
    };
    return err;
}

/* A command that the ROM does not take at all. */
static aw_err refuse_tag(struct run *run, const struct aw_hab_cmd *cmd)
{
    switch (cmd->tag) {
    case AW_CMD_SET:
    case AW_CMD_UNLOCK:
    case AW_CMD_INIT:
    case AW_CMD_INSTALL_KEY:
    case AW_CMD_AUTH_DATA:
        return refuse(run, AW_ERR_UNSUPPORTED, AW_HAB_INV_COMMAND, cmd);
    default:
        run->fault = (struct aw_dcd_fault){
            .reason = AW_HAB_UNS_COMMAND,
            .context = AW_HAB_CTX_DCD,
            .at = cmd->at,
        };
        return AW_ERR_UNSUPPORTED;
    }
}

static aw_err check_entry(struct run *run, const struct aw_hab_cmd *cmd,
                          size_t i)
{
    struct aw_dcd_entry e;
    aw_err err = aw_dcd_entry_parse(cmd, i, &e, NULL);

    if (err == AW_ERR_UNSUPPORTED) {
        return refuse_tag(run, cmd);
    }
    if (err != AW_OK) {
        return refuse(
            run, err,
            err == AW_ERR_RANGE ? AW_HAB_INV_SIZE : AW_HAB_INV_COMMAND, cmd);
    }
    if (e.op != AW_DCD_NOP &&
        (e.address % e.width != 0 ||
         !aw_hab_range_has(run->range, run->n, e.address, e.width))) {
        return refuse(run, AW_ERR_RANGE, AW_HAB_INV_ADDRESS, cmd);
    }
    return AW_OK;
}

static bool wait_over(const struct aw_dcd_entry *e, uint32_t value)
{
    uint32_t bits = value & e->value;

    switch (e->op) {
    case AW_DCD_ALL_CLEAR:
        return bits == 0;
    case AW_DCD_ALL_SET:
        return bits == e->value;
    case AW_DCD_ANY_CLEAR:
        return bits != e->value;
    default:
        return bits != 0;
    }
}

/* False when a wait ran out. */
static bool act(const struct aw_dcd_bus *bus, const struct aw_dcd_entry *e)
{
    switch (e->op) {
    case AW_DCD_STORE:
        bus->write(bus->ctx, e->address, e->width, e->value);
        return true;
    case AW_DCD_CLEAR:
        bus->write(bus->ctx, e->address, e->width,
                   bus->read(bus->ctx, e->address, e->width) & ~e->value);
        return true;
    case AW_DCD_SET:
        bus->write(bus->ctx, e->address, e->width,
                   bus->read(bus->ctx, e->address, e->width) | e->value);
        return true;
    case AW_DCD_NOP:
        return true;
    default:
        break;
    }
    uint32_t polls = e->counted ? e->count : bus->polls_max;

    if (e->counted && e->count == 0) {
        return true;
    }
    for (uint32_t i = 0; i < polls; i++) {
        if (wait_over(e, bus->read(bus->ctx, e->address, e->width))) {
            return true;
        }
    }
    return false;
}

static aw_err run_command(struct run *run, const struct aw_hab_cmd *cmd)
{
    size_t n = aw_dcd_entries(cmd);
    aw_err err = check_entry(run, cmd, 0);

    for (size_t i = 1; err == AW_OK && i < n; i++) {
        err = check_entry(run, cmd, i);
    }
    for (size_t i = 0; err == AW_OK && run->bus != NULL && i < n; i++) {
        struct aw_dcd_entry e;

        err = aw_dcd_entry_parse(cmd, i, &e, NULL);
        if (err == AW_OK && !act(run->bus, &e)) {
            err = refuse(run, AW_ERR_TIMEOUT, AW_HAB_OVR_COUNT, cmd);
        }
    }
    return err;
}

aw_err dcd_check(const struct aw_hab_cmd *cmd, struct aw_dcd_fault *fault)
{
    struct run run = {.range = aw_dcd_ranges, .n = aw_dcd_ranges_n};
    aw_err err = run_command(&run, cmd);

    *fault = run.fault;
    return err;
}

aw_err aw_dcd_run(aw_bytes dcd, const struct aw_hab_range *range, size_t n,
                  const struct aw_dcd_bus *bus, struct aw_dcd_fault *fault)
{
    struct run run = {.range = range, .n = n, .bus = bus};
    struct aw_rd r;
    aw_err err = aw_dcd_open(dcd, &r, NULL);

    run.fault = (struct aw_dcd_fault){.reason = AW_HAB_INV_DCD,
                                      .context = AW_HAB_CTX_DCD};
    while (err == AW_OK && aw_rd_left(&r) > 0) {
        struct aw_hab_cmd cmd;

        run.fault.at = r.at;
        err = aw_hab_cmd_next(&r, &cmd, NULL);
        if (err == AW_OK) {
            err = run_command(&run, &cmd);
        }
    }
    if (err != AW_OK && fault != NULL) {
        *fault = run.fault;
    }
    return err;
}
