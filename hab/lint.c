/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/lint.h"

#include <string.h>

#include "aw/hab/cert.h"
#include "aw/hab/srk.h"

#define LINT_NAME(name, text, remedy)   #name,
#define LINT_TEXT(name, text, remedy)   text,
#define LINT_REMEDY(name, text, remedy) remedy,

static const char *const names[] = {AW_HAB_LINT_LIST(LINT_NAME)};
static const char *const texts[] = {AW_HAB_LINT_LIST(LINT_TEXT)};
static const char *const remedies[] = {AW_HAB_LINT_LIST(LINT_REMEDY)};

enum { DCP_BLOCKS_MAX = 6, CAAM_BLOCKS_MAX = 8, DCP_UNIT = 64 };

const char *aw_hab_lint_name(enum aw_hab_lint_kind kind)
{
    return kind < AW_LINT_KINDS ? names[kind] : "UNKNOWN";
}

const char *aw_hab_lint_text(enum aw_hab_lint_kind kind)
{
    return kind < AW_LINT_KINDS ? texts[kind] : "unknown";
}

const char *aw_hab_lint_remedy(enum aw_hab_lint_kind kind)
{
    return kind < AW_LINT_KINDS ? remedies[kind] : "unknown";
}

struct run {
    const struct aw_rom_input *in;
    const struct aw_rom *rom;
    const struct aw_hab_lint_sink *sink;
    struct aw_csf csf;
    uint32_t csf_address;
    struct aw_hab_cert first; /* the CSF's */
    bool has_first;
};

static void put(const struct run *run, enum aw_hab_lint_kind kind,
                const char *what, uint32_t address, uint32_t length)
{
    const struct aw_hab_lint lint = {kind, what, address, length};

    run->sink->put(run->sink->ctx, &lint);
}

/* How far blocks that hold an address reach, and where the next one starts. */
struct reach {
    uint64_t covered; /* first address not covered */
    uint64_t next;
};

static struct reach reach_of(const struct aw_rom *rom, uint64_t from,
                             uint64_t end)
{
    struct reach r = {from, end};

    for (size_t i = 0; i < rom->n_blocks; i++) {
        uint64_t start = rom->block[i].start;
        uint64_t stop = start + rom->block[i].length;

        if (start <= from && stop > r.covered) {
            r.covered = stop;
        }
        if (start > from && start < r.next) {
            r.next = start;
        }
    }
    return r;
}

bool aw_rom_next_gap(const struct aw_rom *rom, uint32_t at, uint32_t end,
                     struct aw_csf_block *gap)
{
    uint64_t from = at;

    /* Each turn steps over one block, so the number of blocks bounds them. */
    for (size_t turn = 0; turn <= rom->n_blocks && from < end; turn++) {
        struct reach r = reach_of(rom, from, end);

        if (r.covered == from) {
            gap->start = (uint32_t)from;
            gap->length = (uint32_t)(r.next - from);
            return true;
        }
        from = r.covered;
    }
    return false;
}

static void lint_gaps(const struct run *run)
{
    uint32_t at = run->rom->ivt.self;
    uint32_t end = run->rom->ivt.csf;
    struct aw_csf_block gap;

    while (run->rom->csf_verified && aw_rom_next_gap(run->rom, at, end, &gap)) {
        put(run, AW_LINT_UNCOVERED, "image", gap.start, gap.length);
        at = gap.start + gap.length;
    }
}

static void lint_cert(struct run *run, const struct aw_csf_install_key *k)
{
    struct aw_hab_object object;
    struct aw_hab_cert cert;
    uint32_t at = run->csf_address + k->data;
    bool csf = k->target == AW_HAB_SLOT_CSF;
    const char *what = csf ? "CSF certificate" : "IMG certificate";

    if ((k->flags & AW_KEY_ABS) != 0 ||
        aw_csf_object(&run->csf, k->data, &object, NULL) != AW_OK ||
        aw_hab_cert_parse(object.body, &cert, NULL) != AW_OK) {
        return;
    }
    uint32_t n = (uint32_t)object.bytes.n;

    if (cert.ext_key_usage) {
        put(run, AW_LINT_EXT_KEY_USAGE, what, at, n);
    }
    if (cert.ca) {
        put(run, AW_LINT_CA_LEAF, what, at, n);
    }
    if (cert.key_usage.n > AW_HAB_KEY_USAGE_MAX) {
        put(run, AW_LINT_LONG_KEY_USAGE, what, at, n);
    } else if (cert.has_key_usage && (cert.key_usage.p[0] & 0x80) == 0) {
        put(run, AW_LINT_NO_SIGNING_USAGE, what, at, n);
    }
    if (cert.unknown_critical) {
        put(run, AW_LINT_CRITICAL_EXTENSION, what, at, n);
    }
    if (cert.modulus.n != 256) {
        put(run, AW_LINT_KEY_SIZE, what, at, n);
    }
    if (csf) {
        run->first = cert;
        run->has_first = true;
    } else if (run->has_first &&
               aw_bytes_equal(run->first.modulus, cert.modulus)) {
        put(run, AW_LINT_SHARED_KEY, what, at, n);
    }
}

static void lint_table(const struct run *run,
                       const struct aw_csf_install_key *k)
{
    struct aw_rd r = aw_rd_at(run->csf.area, k->data);
    struct aw_srk_table table;
    struct aw_srk_key key;
    uint8_t hash[AW_SHA256_SIZE];
    uint32_t at = run->csf_address + k->data;

    if ((k->flags & AW_KEY_ABS) != 0 ||
        aw_srk_parse(aw_rd_rest(&r), &table, NULL) != AW_OK) {
        return;
    }
    aw_srk_hash(&table, hash);
    if (memcmp(hash, run->rom->fuses.srk_hash, sizeof(hash)) != 0) {
        put(run, AW_LINT_OTHER_SRK, "SRK table", at, (uint32_t)table.bytes.n);
    }
    if (k->source < table.n &&
        aw_srk_key_parse(&table.entry[k->source], &key, NULL) == AW_OK &&
        key.modulus.n != 256) {
        put(run, AW_LINT_KEY_SIZE, "SRK", at, (uint32_t)table.bytes.n);
    }
}

static bool blocks_ok(const struct aw_csf_auth_data *a)
{
    if (a->n >
        (a->engine == AW_HAB_ENG_DCP ? DCP_BLOCKS_MAX : CAAM_BLOCKS_MAX)) {
        return false;
    }
    for (size_t i = 0; a->engine == AW_HAB_ENG_DCP && i + 1 < a->n; i++) {
        if (aw_csf_block_at(a, i).length % DCP_UNIT != 0) {
            return false;
        }
    }
    return true;
}

static void lint_engine(const struct run *run, const struct aw_hab_cmd *cmd,
                        const struct aw_csf_auth_data *a)
{
    uint32_t at = run->csf_address + (uint32_t)cmd->at;
    uint32_t n = (uint32_t)cmd->bytes.n;

    if (a->engine == AW_HAB_ENG_DCP) {
        put(run, AW_LINT_ENGINE_DCP, "Authenticate Data", at, n);
    } else if (a->engine == AW_HAB_ENG_CAAM) {
        put(run, AW_LINT_ENGINE_CAAM, "Authenticate Data", at, n);
    } else {
        return;
    }
    if (!blocks_ok(a)) {
        put(run, AW_LINT_ENGINE_BLOCKS, "Authenticate Data", at, n);
    }
}

static void lint_unlock(const struct run *run, const struct aw_hab_cmd *cmd)
{
    struct aw_rd r = aw_rd_init(cmd->body);
    uint32_t features = aw_rd_be32(&r);
    uint32_t at = run->csf_address + (uint32_t)cmd->at;
    uint32_t n = (uint32_t)cmd->bytes.n;

    if (r.failed || cmd->par != AW_HAB_ENG_OCOTP) {
        return;
    }
    if ((features & AW_UNLOCK_SRK_REVOKE) != 0) {
        put(run, AW_LINT_UNLOCKS_REVOKE, "Unlock", at, n);
    }
    if ((features & AW_UNLOCK_FIELD_RETURN) != 0) {
        put(run, AW_LINT_UNLOCKS_RETURN, "Unlock", at, n);
    }
}

static void lint_command(struct run *run, const struct aw_hab_cmd *cmd)
{
    struct aw_csf_install_key key;
    struct aw_csf_auth_data auth;

    if (cmd->tag == AW_CMD_UNLOCK) {
        lint_unlock(run, cmd);
    } else if (aw_csf_auth_data_parse(cmd, &auth, NULL) == AW_OK) {
        lint_engine(run, cmd, &auth);
    } else if (aw_csf_install_key_parse(cmd, &key, NULL) == AW_OK) {
        if (key.protocol == AW_PCL_SRK) {
            lint_table(run, &key);
        } else {
            lint_cert(run, &key);
        }
    }
}

static void lint_csf(struct run *run)
{
    size_t off = 0;
    aw_bytes area = run->in->csf;

    if (aw_ivt_offset(&run->rom->ivt, run->rom->ivt.csf, &off, NULL) != AW_OK) {
        return;
    }
    if (area.n == 0 || off != run->in->file.n) {
        struct aw_rd r = aw_rd_at(run->in->file, off);

        area = aw_rd_rest(&r);
    }
    if (aw_csf_open(area, &run->csf, NULL) != AW_OK) {
        return;
    }
    struct aw_rd r = aw_csf_first(&run->csf);
    struct aw_hab_cmd cmd;

    run->csf_address = run->rom->ivt.csf;
    while (aw_rd_left(&r) > 0 && aw_hab_cmd_next(&r, &cmd, NULL) == AW_OK) {
        lint_command(run, &cmd);
    }
}

static void lint_dcd(const struct run *run, aw_bytes dcd, uint32_t address)
{
    struct aw_dcd_fault fault = {0};
    struct aw_hab_cmd cmd;
    struct aw_rd r;

    if (aw_dcd_open(dcd, &r, NULL) != AW_OK) {
        return;
    }
    if (aw_dcd_run(dcd, aw_dcd_ranges, aw_dcd_ranges_n, NULL, &fault) !=
            AW_OK &&
        fault.reason == AW_HAB_INV_ADDRESS) {
        put(run, AW_LINT_DCD_RANGE, "DCD", address + (uint32_t)fault.at,
            (uint32_t)fault.data.n);
    }
    while (aw_rd_left(&r) > 0 && aw_hab_cmd_next(&r, &cmd, NULL) == AW_OK) {
        struct aw_dcd_entry e;

        if (cmd.tag == AW_CMD_CHECK &&
            aw_dcd_entry_parse(&cmd, 0, &e, NULL) == AW_OK && !e.counted) {
            put(run, AW_LINT_DCD_ENDLESS, "DCD", address + (uint32_t)cmd.at,
                (uint32_t)cmd.bytes.n);
        }
    }
}

static void lint_dcds(const struct run *run)
{
    const struct aw_rom_input *in = run->in;
    size_t off = 0;

    if (in->serial && in->dcd.n > 0) {
        lint_dcd(run, in->dcd, in->dcd_address);
    }
    if (run->rom->ivt.dcd != 0 &&
        aw_ivt_offset(&run->rom->ivt, run->rom->ivt.dcd, &off, NULL) == AW_OK) {
        struct aw_rd r = aw_rd_at(in->file, off);

        lint_dcd(run, aw_rd_rest(&r), run->rom->ivt.dcd);
    }
}

void aw_hab_lint(const struct aw_rom_input *in, const struct aw_rom *rom,
                 const struct aw_hab_lint_sink *sink)
{
    struct run run = {.in = in, .rom = rom, .sink = sink};

    if (rom->ivt.self == 0) {
        return; /* no IVT, nothing to look at */
    }
    lint_csf(&run);
    lint_gaps(&run);
    lint_dcds(&run);
    if (rom->boot.plugin != 0) {
        put(&run, AW_LINT_PLUGIN, "boot data", rom->ivt.boot_data,
            AW_BOOT_DATA_SIZE);
    }
}
