/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/dcd.h"

#include "aw/hab/ivt.h"

/* Parameter byte of a command: width, then flags. */
enum {
    WIDTH_MASK = 0x07,
    FLAG_MASK = 0x08, /* write: change only the bits of the value */
    FLAG_SET = 0x10,  /* set them, or wait until they are set */
    FLAG_ANY = 0x20   /* wait: one bit is enough */
};

aw_err aw_dcd_open(aw_bytes dcd, struct aw_rd *r, struct aw_diag *diag)
{
    struct aw_rd h = aw_rd_init(dcd);
    uint8_t tag = aw_rd_u8(&h);
    uint16_t length = aw_rd_be16(&h);
    uint8_t version = aw_rd_u8(&h);
    aw_bytes whole = {0};

    if (h.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "dcd: header", dcd.n);
    }
    if (tag != AW_DCD_TAG) {
        return aw_fail(diag, AW_ERR_FORMAT, "dcd: tag", tag);
    }
    if ((version & AW_HAB_MAJOR_MASK) != AW_HAB_MAJOR) {
        return aw_fail(diag, AW_ERR_FORMAT, "dcd: version", version);
    }
    if (length < AW_DCD_HEADER) {
        return aw_fail(diag, AW_ERR_FORMAT, "dcd: length", length);
    }
    if (length > AW_DCD_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "dcd: length", length);
    }
    if (!aw_slice(dcd, 0, length, &whole)) {
        return aw_fail(diag, AW_ERR_SHORT, "dcd: body", length);
    }
    *r = aw_rd_at(whole, AW_DCD_HEADER);
    return AW_OK;
}

size_t aw_dcd_entries(const struct aw_hab_cmd *cmd)
{
    return cmd->tag == AW_CMD_WRITE ? cmd->body.n / 8 : 1;
}

static bool width_ok(unsigned width)
{
    return width == 1 || width == 2 || width == 4;
}

static bool fits(uint32_t value, unsigned width)
{
    return width >= 4 || value >> (8 * width) == 0;
}

static bool length_ok(const struct aw_hab_cmd *cmd)
{
    if (cmd->tag == AW_CMD_WRITE) {
        return cmd->body.n > 0 && cmd->body.n % 8 == 0;
    }
    return cmd->tag == AW_CMD_NOP ? cmd->body.n == 0
                                  : cmd->body.n == 8 || cmd->body.n == 12;
}

/* Operation of a parameter byte; false for flags that mean nothing. */
static bool operation(const struct aw_hab_cmd *cmd, uint8_t *op)
{
    uint8_t flags = (uint8_t)(cmd->par & ~WIDTH_MASK);
    bool set = (flags & FLAG_SET) != 0;

    if (cmd->tag == AW_CMD_WRITE) {
        /* Without FLAG_MASK, FLAG_SET changes nothing. */
        if ((flags & FLAG_MASK) == 0) {
            *op = AW_DCD_STORE;
        } else {
            *op = set ? AW_DCD_SET : AW_DCD_CLEAR;
        }
        return (flags & ~(FLAG_MASK | FLAG_SET)) == 0;
    }
    /* The chip's manual has FLAG_MASK where HAB's has FLAG_ANY. */
    if ((flags & (FLAG_ANY | FLAG_MASK)) != 0) {
        *op = set ? AW_DCD_ANY_SET : AW_DCD_ANY_CLEAR;
    } else {
        *op = set ? AW_DCD_ALL_SET : AW_DCD_ALL_CLEAR;
    }
    return (flags & ~(FLAG_MASK | FLAG_SET | FLAG_ANY)) == 0;
}

aw_err aw_dcd_entry_parse(const struct aw_hab_cmd *cmd, size_t i,
                          struct aw_dcd_entry *entry, struct aw_diag *diag)
{
    struct aw_dcd_entry e = {.op = AW_DCD_NOP, .width = 4};

    if (cmd->tag != AW_CMD_WRITE && cmd->tag != AW_CMD_CHECK &&
        cmd->tag != AW_CMD_NOP) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "dcd: command tag", cmd->at);
    }
    if (!length_ok(cmd) || i >= aw_dcd_entries(cmd)) {
        return aw_fail(diag, AW_ERR_FORMAT, "dcd: command length", cmd->at);
    }
    if (cmd->tag != AW_CMD_NOP) {
        struct aw_rd r = aw_rd_at(cmd->body, 8 * i);

        e.address = aw_rd_be32(&r);
        e.value = aw_rd_be32(&r);
        e.counted = cmd->tag == AW_CMD_CHECK && cmd->body.n == 12;
        e.count = e.counted ? aw_rd_be32(&r) : 0;
        e.width = cmd->par & WIDTH_MASK;
        if (!operation(cmd, &e.op)) {
            return aw_fail(diag, AW_ERR_FORMAT, "dcd: command flags", cmd->at);
        }
        if (!width_ok(e.width)) {
            return aw_fail(diag, AW_ERR_RANGE, "dcd: access width", cmd->at);
        }
        if (!fits(e.value, e.width)) {
            return aw_fail(diag, AW_ERR_RANGE, "dcd: value", cmd->at);
        }
    }
    *entry = e;
    return AW_OK;
}

static uint8_t parameter(const struct aw_dcd_entry *entry)
{
    static const uint8_t flags[] = {
        [AW_DCD_STORE] = 0,
        [AW_DCD_CLEAR] = FLAG_MASK,
        [AW_DCD_SET] = FLAG_MASK | FLAG_SET,
        [AW_DCD_ALL_CLEAR] = 0,
        [AW_DCD_ALL_SET] = FLAG_SET,
        [AW_DCD_ANY_CLEAR] = FLAG_ANY,
        [AW_DCD_ANY_SET] = FLAG_ANY | FLAG_SET,
        [AW_DCD_NOP] = 0,
    };

    return entry->op == AW_DCD_NOP ? 0
                                   : (uint8_t)(flags[entry->op] | entry->width);
}

static uint8_t command_tag(const struct aw_dcd_entry *entry)
{
    if (entry->op == AW_DCD_NOP) {
        return AW_CMD_NOP;
    }
    return entry->op <= AW_DCD_SET ? AW_CMD_WRITE : AW_CMD_CHECK;
}

static bool entry_ok(const struct aw_dcd_entry *entry)
{
    return entry->op <= AW_DCD_NOP && width_ok(entry->width) &&
           fits(entry->value, entry->width);
}

/* Number of entries that go into one command with the first one. */
static size_t run_length(const struct aw_dcd_entry *entry, size_t n)
{
    size_t k = 1;

    if (command_tag(entry) != AW_CMD_WRITE) {
        return 1;
    }
    while (k < n && command_tag(&entry[k]) == AW_CMD_WRITE &&
           parameter(&entry[k]) == parameter(entry)) {
        k++;
    }
    return k;
}

/* Bytes of the command that holds the entries [0, n). */
static size_t command_size(const struct aw_dcd_entry *entry, size_t n)
{
    if (entry->op == AW_DCD_NOP) {
        return AW_HAB_CMD_HEADER;
    }
    return AW_HAB_CMD_HEADER + 8 * n + (entry->counted ? 4 : 0);
}

static void write_command(const struct aw_dcd_entry *entry, size_t n,
                          struct aw_wr *w)
{
    aw_wr_u8(w, command_tag(entry));
    aw_wr_be16(w, (uint16_t)command_size(entry, n));
    aw_wr_u8(w, parameter(entry));
    if (entry->op == AW_DCD_NOP) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        aw_wr_be32(w, entry[i].address);
        aw_wr_be32(w, entry[i].value);
    }
    if (entry->counted) {
        aw_wr_be32(w, entry->count);
    }
}

/* Walks the commands; writes them unless w is NULL. Bytes of all of them. */
static size_t commands(const struct aw_dcd_entry *entry, size_t n,
                       struct aw_wr *w)
{
    size_t total = 0;

    for (size_t i = 0; i < n && total <= AW_DCD_MAX;) {
        size_t k = run_length(&entry[i], n - i);

        total += command_size(&entry[i], k);
        if (w != NULL) {
            write_command(&entry[i], k, w);
        }
        i += k;
    }
    return total;
}

aw_err aw_dcd_write(const struct aw_dcd_entry *entry, size_t n, struct aw_wr *w,
                    struct aw_diag *diag)
{
    for (size_t i = 0; i < n; i++) {
        bool wait = entry[i].op >= AW_DCD_ALL_CLEAR && entry[i].op < AW_DCD_NOP;

        if (!entry_ok(&entry[i]) || (entry[i].counted && !wait)) {
            return aw_fail(diag, AW_ERR_RANGE, "dcd: entry", i);
        }
    }
    size_t total = AW_DCD_HEADER + commands(entry, n, NULL);

    if (total > AW_DCD_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "dcd: length", total);
    }
    aw_wr_u8(w, AW_DCD_TAG);
    aw_wr_be16(w, (uint16_t)total);
    aw_wr_u8(w, AW_HAB_MAJOR);
    (void)commands(entry, n, w);
    return w->failed ? aw_fail(diag, AW_ERR_SPACE, "dcd: buffer", w->cap)
                     : AW_OK;
}
