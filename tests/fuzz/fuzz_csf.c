/* SPDX-License-Identifier: Apache-2.0 */
/* The whole verdict of the ROM: the input is a CSF behind a fixed image, on a
 * part whose fuses hold whatever hash the CSF's table has. */
#include <string.h>

#include "aw/hab/imx.h"
#include "aw/hab/lint.h"
#include "aw/hab/srk.h"
#include "fuzz.h"

enum { IMAGE = 0x1c00, CSF = 0x4000 };

static const uint32_t base = 0x80010000;

/* The image that the seeds sign: 64 bytes of 0x5a, a DCD of one write. */
static aw_bytes image(void)
{
    static uint8_t buf[IMAGE];
    static uint8_t program[64];
    uint8_t dcd[32];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_wr d = aw_wr_init(dcd, sizeof(dcd));
    const struct aw_dcd_entry e = {
        .address = 0x020c4068, .value = 0xffffffff, .width = 4};

    memset(program, 0x5a, sizeof(program));
    trap_unless(aw_dcd_write(&e, 1, &d, NULL) == AW_OK);
    const struct aw_imx_plan plan = {
        .base = base,
        .entry = base,
        .program = {program, sizeof(program)},
        .dcd = aw_wr_done(&d),
        .csf_size = CSF,
    };

    trap_unless(aw_imx_write(&plan, &w, NULL) == AW_OK);
    return aw_wr_done(&w);
}

/* Hash of the table that the CSF names, so that the walk gets past it. */
static void hash_of(aw_bytes area, uint8_t hash[AW_SHA256_SIZE])
{
    struct aw_csf csf;
    struct aw_hab_cmd cmd;
    struct aw_csf_install_key key;
    struct aw_srk_table table;

    if (aw_csf_open(area, &csf, NULL) != AW_OK) {
        return;
    }
    struct aw_rd r = aw_csf_first(&csf);

    while (aw_rd_left(&r) > 0 && aw_hab_cmd_next(&r, &cmd, NULL) == AW_OK) {
        struct aw_hab_object object;

        if (aw_csf_install_key_parse(&cmd, &key, NULL) == AW_OK &&
            aw_csf_object(&csf, key.data, &object, NULL) == AW_OK &&
            aw_srk_parse(object.bytes, &table, NULL) == AW_OK) {
            aw_srk_hash(&table, hash);
            return;
        }
    }
}

static void check_log(const struct aw_rom *rom)
{
    struct aw_hab_record rec;
    struct aw_hab_event e;
    size_t at = 0;
    size_t n = 0;

    while (aw_hab_log_next(aw_rom_events(rom), &at, &rec, NULL) == AW_OK) {
        trap_unless(aw_hab_event_parse(rec.bytes, &e, NULL) == AW_OK);
        trap_unless(aw_hab_event_advice(&e) != NULL);
        n++;
    }
    trap_unless(n == rom->log.events || rom->log.full);
}

static void ignore(void *ctx, const struct aw_hab_lint *lint)
{
    (void)ctx;
    trap_unless(aw_hab_lint_name(lint->kind) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct aw_rom rom;
    const struct aw_hab_lint_sink sink = {NULL, ignore};
    struct aw_rom_input in = {.file = image(), .csf = {data, size}};
    struct aw_rom_fuses fuses = {.closed = true};

    hash_of(in.csf, fuses.srk_hash);
    aw_hab_rom_verify(&in, &fuses, &rom);
    check_log(&rom);
    aw_hab_lint(&in, &rom, &sink);
    bool closed = aw_rom_boots(&rom);

    trap_unless(!closed || (rom.csf_verified && rom.log.events == 0));
    trap_unless(!closed || aw_rom_covers(&rom, rom.ivt.entry, 4));
    fuses.closed = false;
    aw_hab_rom_verify(&in, &fuses, &rom);
    trap_unless(aw_rom_boots(&rom)); /* the image itself is good */
    return 0;
}
