/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/lint.h"
#include "hab/tree.h"

static void pointer(struct tree *tree, size_t at, const char *name,
                    uint32_t address, const struct aw_ivt *ivt)
{
    size_t off = 0;

    if (address == 0) {
        tree_leaf(tree, at, 4, name, "none");
    } else if (aw_ivt_offset(ivt, address, &off, NULL) == AW_OK) {
        tree_leaf(tree, at, 4, name, "0x%08x, offset 0x%zx", (unsigned)address,
                  off);
    } else {
        tree_leaf(tree, at, 4, name, "0x%08x, below the image",
                  (unsigned)address);
    }
}

static void explain_ivt(struct tree *tree, const struct aw_ivt *ivt)
{
    tree_begin(tree, 0, AW_IVT_SIZE, "image vector table", "version %u.%u",
               (unsigned)ivt->version >> 4, (unsigned)ivt->version & 15);
    pointer(tree, 4, "entry", ivt->entry, ivt);
    pointer(tree, 12, "DCD", ivt->dcd, ivt);
    pointer(tree, 16, "boot data", ivt->boot_data, ivt);
    tree_leaf(tree, 20, 4, "self", "0x%08x", (unsigned)ivt->self);
    pointer(tree, 24, "CSF", ivt->csf, ivt);
    tree_end(tree);
}

static void explain_boot_data(struct tree *tree, const struct aw_ivt *ivt,
                              aw_bytes bytes)
{
    struct aw_boot_data boot;
    size_t at = 0;

    if (aw_ivt_offset(ivt, ivt->boot_data, &at, NULL) != AW_OK ||
        aw_boot_data_parse(bytes, ivt, &boot, NULL) != AW_OK) {
        return;
    }
    tree_begin(tree, at, AW_BOOT_DATA_SIZE, "boot data", "%s", "");
    tree_leaf(tree, at, 4, "start", "0x%08x, where the medium's byte 0 goes",
              (unsigned)boot.start);
    tree_leaf(tree, at + 4, 4, "length",
              "0x%x bytes of the medium, signature included",
              (unsigned)boot.length);
    tree_leaf(tree, at + 8, 4, "plugin", "%u", (unsigned)boot.plugin);
    tree_end(tree);
}

static const char *entry_text(const struct tree *tree,
                              const struct aw_dcd_entry *e)
{
    static const char *const forms[] = {
        [AW_DCD_STORE] = "= ",
        [AW_DCD_CLEAR] = "&= ~",
        [AW_DCD_SET] = "|= ",
        [AW_DCD_ALL_CLEAR] = "wait until clear: ",
        [AW_DCD_ALL_SET] = "wait until set: ",
        [AW_DCD_ANY_CLEAR] = "wait until one is clear: ",
        [AW_DCD_ANY_SET] = "wait until one is set: ",
    };
    const char *limit = "";

    if (e->op == AW_DCD_NOP) {
        return "nothing";
    }
    if (e->counted) {
        limit = aw_pool_printf(&tree->ctx->pool, ", at most %u times",
                               (unsigned)e->count);
    }
    return aw_pool_printf(&tree->ctx->pool, "*(u%u *)0x%08x %s0x%08x%s",
                          8U * e->width, (unsigned)e->address, forms[e->op],
                          (unsigned)e->value, limit);
}

static void explain_dcd_command(struct tree *tree, size_t at,
                                const struct aw_hab_cmd *cmd)
{
    size_t n = aw_dcd_entries(cmd);

    tree_begin(tree, at + cmd->at, cmd->bytes.n, aw_hab_cmd_name(cmd->tag),
               "%zu", n);
    for (size_t i = 0; i < n; i++) {
        struct aw_dcd_entry e;

        if (aw_dcd_entry_parse(cmd, i, &e, NULL) != AW_OK) {
            tree_leaf(tree, at + cmd->at, cmd->bytes.n, "malformed", "%s",
                      tree_hex(tree, cmd->bytes, 32));
            break;
        }
        tree_leaf(tree, at + cmd->at + 4 + 8 * i, e.op == AW_DCD_NOP ? 0 : 8,
                  "register", "%s", entry_text(tree, &e));
    }
    tree_end(tree);
}

void explain_dcd(struct tree *tree, size_t at, aw_bytes bytes)
{
    struct aw_dcd_fault fault = {0};
    struct aw_hab_cmd cmd;
    struct aw_rd r;

    if (aw_dcd_open(bytes, &r, NULL) != AW_OK) {
        tree_leaf(tree, at, bytes.n < 4 ? bytes.n : 4, "DCD", "malformed: %s",
                  tree_hex(tree, bytes, 4));
        return;
    }
    aw_err err =
        aw_dcd_run(bytes, aw_dcd_ranges, aw_dcd_ranges_n, NULL, &fault);

    tree_begin(tree, at, r.b.n, "device configuration data", "%zu bytes, %s",
               r.b.n,
               err == AW_OK ? "the ROM takes it"
                            : aw_hab_reason_row(fault.reason)->text);
    while (aw_rd_left(&r) > 0 && aw_hab_cmd_next(&r, &cmd, NULL) == AW_OK) {
        explain_dcd_command(tree, at, &cmd);
    }
    tree_end(tree);
}

/* What the CSF's commands name as signed; nothing of it is verified here. */
static void collect_blocks(aw_bytes area, struct aw_rom *claimed)
{
    struct aw_csf csf;
    struct aw_csf_auth_data a;
    struct aw_hab_cmd cmd;

    if (aw_csf_open(area, &csf, NULL) != AW_OK) {
        return;
    }
    struct aw_rd r = aw_csf_first(&csf);

    while (aw_rd_left(&r) > 0 && aw_hab_cmd_next(&r, &cmd, NULL) == AW_OK) {
        if (aw_csf_auth_data_parse(&cmd, &a, NULL) != AW_OK) {
            continue;
        }
        for (size_t i = 0; i < a.n && claimed->n_blocks < AW_ROM_BLOCKS_MAX;
             i++) {
            claimed->block[claimed->n_blocks++] = aw_csf_block_at(&a, i);
        }
    }
}

/* A map of the image: what is named as signed and what is not. */
static void explain_coverage(struct tree *tree, const struct aw_ivt *ivt,
                             size_t image, aw_bytes area)
{
    struct aw_rom *claimed =
        aw_pool_alloc(&tree->ctx->pool, 1, sizeof(*claimed));
    struct aw_csf_block gap = {ivt->self, 0};

    collect_blocks(area, claimed);
    tree_begin(tree, 0, image, "coverage", "%zu blocks named as signed",
               claimed->n_blocks);
    for (size_t i = 0; i < claimed->n_blocks; i++) {
        const struct aw_csf_block *b = &claimed->block[i];

        if (b->start >= ivt->self && b->start - ivt->self < image) {
            tree_leaf(tree, b->start - ivt->self, b->length, "signed", "0x%08x",
                      (unsigned)b->start);
        } else {
            tree_leaf(tree, 0, 0, "signed", "0x%08x, 0x%x bytes elsewhere",
                      (unsigned)b->start, (unsigned)b->length);
        }
    }
    while (aw_rom_next_gap(claimed, gap.start + gap.length, ivt->csf, &gap)) {
        tree_leaf(tree, gap.start - ivt->self, gap.length, "NOT signed",
                  "0x%08x", (unsigned)gap.start);
    }
    tree_end(tree);
}

/* The program: from 0xc00, or where the DCD ends, to the CSF. */
static void explain_program(struct tree *tree, size_t from, size_t to)
{
    enum { USUAL = 0xc00 };
    size_t at = from < USUAL && to > USUAL ? USUAL : from;

    if (to > at) {
        tree_leaf(tree, at, to - at, "program", "%zu bytes", to - at);
    }
}

void explain_image(struct tree *tree, aw_bytes bytes)
{
    struct aw_ivt ivt;
    aw_bytes dcd = {NULL, 0};
    size_t dcd_at = 0;
    size_t csf = bytes.n;
    size_t from = AW_IVT_SIZE + AW_BOOT_DATA_SIZE;

    if (aw_ivt_parse(bytes, &ivt, NULL) != AW_OK) {
        tree_leaf(tree, 0, bytes.n < 4 ? bytes.n : 4, "image vector table",
                  "malformed: %s", tree_hex(tree, bytes, 4));
        return;
    }
    explain_ivt(tree, &ivt);
    explain_boot_data(tree, &ivt, bytes);
    if (aw_ivt_find_dcd(bytes, &dcd, NULL) == AW_OK &&
        aw_ivt_offset(&ivt, ivt.dcd, &dcd_at, NULL) == AW_OK) {
        explain_dcd(tree, dcd_at, dcd);
        from = dcd_at + dcd.n;
    }
    if (ivt.csf == 0 || aw_ivt_offset(&ivt, ivt.csf, &csf, NULL) != AW_OK ||
        csf > bytes.n) {
        csf = bytes.n;
    }
    explain_program(tree, from, csf);
    if (csf < bytes.n) {
        struct tree inner = *tree;
        struct aw_rd r = aw_rd_at(bytes, csf);

        aw_bytes area = aw_rd_rest(&r);

        explain_coverage(tree, &ivt, csf, area);
        inner.base += csf;
        explain_csf(&inner, area);
    }
}
