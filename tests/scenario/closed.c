/* SPDX-License-Identifier: Apache-2.0 */
#include "closed.h"

#include <stdio.h>
#include <string.h>

#include "aw/hab/key.h"
#include "aw/hab/sign.h"
#include "aw/otp.h"
#include "aw/text.h"
#include "hab.h"
#include "support.h"

enum { CLOSED = 1 << 1, SEC_WORD = 6, SRK_WORD = 24, FLAG_WORD = 38 };
enum { IMAGE_MAX = 256 * 1024, SIGN_TIME = 1735689600 };

const struct part closed_parts[CLOSED_PARTS] = {
    {TW_UL, "b72dec335d56cea108f3bbed672374ca1eae9e31f61b6f2bd92d213c5ab86dca"},
    {TW_ULL,
     "20ebdcd9575c9c827cbdd92f1fcc71ca5760142212b48e310bd5f3ea8a67970f"},
};

static uint8_t image[IMAGE_MAX];

static struct aw_hab_identity identity(const char *name, struct aw_hab_key *key)
{
    struct aw_hab_identity id = {.cert = hab_cert(name)};
    char path[64];

    (void)snprintf(path, sizeof(path), "pki/keys/TEST-%s_key.pem", name);
    ck_assert_int_eq(aw_hab_key_read(hab_file(path), key, NULL), AW_OK);
    id.signer = aw_hab_key_signer(key);
    return id;
}

/* The bootloader with a CSF by the test PKI behind it. */
aw_bytes closed_boot(const char *name)
{
    static struct aw_hab_key keys[2];
    aw_bytes imx = device_file(name);
    struct aw_wr csf = aw_wr_init(image + imx.n, sizeof(image) - imx.n);
    struct aw_rom rom;
    const struct aw_sign_image what = {.bytes = imx};
    const struct aw_csf_plan plan = {
        .srk_table = hab_file("srk/srk4.table.bin"),
        .csf = identity("CSF1_1", &keys[0]),
        .img = identity("IMG1_1", &keys[1]),
        .version = AW_SIGN_VERSION,
        .engine = AW_HAB_ENG_SW,
        .signing_time = SIGN_TIME,
    };

    ck_assert_uint_lt(imx.n, sizeof(image));
    memcpy(image, imx.p, imx.n);
    ck_assert_int_eq(aw_hab_sign(&what, &plan, &csf, &rom, NULL), AW_OK);
    return (aw_bytes){image, imx.n + csf.n};
}

void closed_fuses(struct aw_vfuse *fuses)
{
    aw_bytes hash = hab_file("srk/srk4.fuse.bin");

    ck_assert_uint_eq(hash.n, 32);
    for (size_t i = 0; i < 32; i++) {
        fuses->fuse[SRK_WORD + i / 4] |= (uint32_t)hash.p[i] << (8 * (i % 4));
    }
    fuses->fuse[SEC_WORD] |= CLOSED;
    fuses->cut_after = AW_VFUSE_NO_CUT;
    aw_vfuse_boot(fuses);
}

void closed_make(const struct part *part, bool flag)
{
    static const uint8_t seed[TW_RNG_SEED] = {9};
    struct tw_config config;
    struct aw_vfuse fuses;

    tw_config_make(&config, part->soc, CLOSED_UNIT, seed);
    for (size_t i = 0; i < config.key_n; i++) {
        config.key[i] = part->soc == TW_UL ? (uint8_t)i : 0;
    }
    ck_assert_int_eq(aw_vfuse_init(&fuses, tw_soc_part(part->soc), CLOSED_UNIT),
                     AW_OK);
    fuses.fuse[DEVICE_BOARD_WORD] = device_board_word(part->soc);
    fuses.fuse[FLAG_WORD] |= flag ? 1U : 0U;
    closed_fuses(&fuses);
    device_init_with(&d, &config, &fuses);
    device_put(&d, 2, closed_boot("boot_debug.imx"));
}

/* The RPMB with the part's key and a version as upstream's firmware writes
 * it. */
void closed_set_record(const struct part *part, uint16_t number,
                       aw_bytes record)
{
    struct tw_nvm *nvm = &d.board.emmc.nvm;
    aw_bytes key = vec_unhex(aw_text(part->rpmb_key));
    uint8_t sector[TW_NVM_SECTOR] = {0};

    nvm->record.has_key = true;
    memcpy(nvm->record.key, key.p, sizeof(nvm->record.key));
    memcpy(sector, record.p, record.n);
    ck_assert(tw_nvm_commit(nvm, number, sector, 1));
}

void closed_set_version(const struct part *part, uint16_t number,
                        const char *version)
{
    uint8_t record[64];
    struct aw_wr w = aw_wr_init(record, sizeof(record));

    if (version[0] != '\0') {
        ck_assert_int_eq(aw_version_record_write(aw_text(version), &w), AW_OK);
    }
    closed_set_record(part, number, (aw_bytes){record, w.n});
}
