/* SPDX-License-Identifier: Apache-2.0 */
/* Closed parts: what the ROM starts, and the version record in the RPMB, whose
 * key is that of the vectors of upstream's derivation. */
#include <stdio.h>
#include <string.h>

#include "aw/hab/key.h"
#include "aw/hab/sign.h"
#include "aw/otp.h"
#include "aw/text.h"
#include "bench.h"
#include "boot_support.h"
#include "hab.h"
#include "suites.h"
#include "support.h"

enum { CLOSED = 1 << 1, SEC_WORD = 6, SRK_WORD = 24, FLAG_WORD = 38 };
enum { IMAGE_MAX = 256 * 1024, SIGN_TIME = 1735689600 };

/* Vector e: BKEK 00..1f in the CAAM, zeros in the DCP; one unique id. */
static const struct part {
    enum tw_soc soc;
    const char *rpmb_key;
} parts[] = {
    {TW_UL, "b72dec335d56cea108f3bbed672374ca1eae9e31f61b6f2bd92d213c5ab86dca"},
    {TW_ULL,
     "20ebdcd9575c9c827cbdd92f1fcc71ca5760142212b48e310bd5f3ea8a67970f"},
};
#define UNIT UINT64_C(0x300339d4ea9d0a72)

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
static aw_bytes signed_boot(const char *name)
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

static void close_part(struct aw_vfuse *fuses)
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

static void make_device(const struct part *part, bool flag)
{
    static const uint8_t seed[TW_RNG_SEED] = {9};
    struct tw_config config;
    struct aw_vfuse fuses;

    tw_config_make(&config, part->soc, UNIT, seed);
    for (size_t i = 0; i < config.key_n; i++) {
        config.key[i] = part->soc == TW_UL ? (uint8_t)i : 0;
    }
    ck_assert_int_eq(aw_vfuse_init(&fuses, tw_soc_part(part->soc), UNIT),
                     AW_OK);
    fuses.fuse[FLAG_WORD] |= flag ? 1U : 0U;
    close_part(&fuses);
    device_init_with(&d, &config, &fuses);
    device_put(&d, 2, signed_boot("boot_debug.imx"));
}

/* The RPMB with the part's key and a version as upstream's firmware writes
 * it. */
static void set_record(const struct part *part, aw_bytes record)
{
    struct tw_nvm *nvm = &d.board.emmc.nvm;
    aw_bytes key = vec_unhex(aw_text(part->rpmb_key));
    uint8_t sector[TW_NVM_SECTOR] = {0};

    nvm->record.has_key = true;
    memcpy(nvm->record.key, key.p, sizeof(nvm->record.key));
    memcpy(sector, record.p, record.n);
    ck_assert(tw_nvm_commit(nvm, 1, sector, 1));
}

static void set_version(const struct part *part, const char *version)
{
    uint8_t record[64];
    struct aw_wr w = aw_wr_init(record, sizeof(record));

    if (version[0] != '\0') {
        ck_assert_int_eq(aw_version_record_write(aw_text(version), &w), AW_OK);
    }
    set_record(part, (aw_bytes){record, w.n});
}

/* The OS says it was told of a closed part: cc, trusted, success. */
START_TEST(boots_without_key)
{
    struct making how = good();

    make_device(&parts[_i], false);
    install(&how, 0);
    expect_start("OS: slot A copy 1 attempts 1 confirmed 0 rollback 1");
    ck_assert_msg(device_said(&d, "OS: HAB 000000cc 00000099 000000f0"), "%s",
                  d.console);
}
END_TEST

static const struct {
    const char *stored;
    const char *running;
    bool passes;
} versions[] = {
    {"", "0.0.1", true},
    {"0.0.0", "0.0.1", true},
    {"1.2.3", "1.2.3", true},
    {"1.2.3", "1.2.3+1-build", true},
    {"1.2.3-rc1", "1.2.3", true},
    {"1.2.3", "1.10.0", true},
    {"1.2.3", "1.2.3-rc1", false},
    {"1.2.3", "1.2.2", false},
    {"1.10.0", "1.9.9", false},
    {"2.0.0", "1.99.99", false},
    {"9223372036854775807.0.0", "1.0.0", false},
};

START_TEST(version_record)
{
    size_t v = (size_t)_i / COUNT(parts);
    const struct part *part = &parts[(size_t)_i % COUNT(parts)];
    struct making how = good();

    make_device(part, true);
    set_version(part, versions[v].stored);
    how.version = versions[v].running;
    install(&how, 0);
    if (versions[v].passes) {
        expect_start("OS: slot A copy 1 attempts 1 confirmed 0 rollback 2");
    } else {
        expect_refusal(9, 1);
    }
}
END_TEST

/* A good old release in copy 2 does not stand in for a refused one either. */
START_TEST(older_copy)
{
    struct making new = good();
    struct making old = good();

    make_device(&parts[0], true);
    set_version(&parts[0], "2.0.0");
    new.version = "2.0.0";
    new.slot = 1;
    install(&new, 0);
    install(&old, 1);
    expect_start("OS: slot B copy 1");
    new.bad_digest = true;
    install(&new, 0);
    expect_refusal(8, 6);
}
END_TEST

/* With the fuse blown a card without a key, or with another one, is another
 * card. */
START_TEST(another_card)
{
    struct making how = good();
    const struct part *part = &parts[_i % 2];

    make_device(part, true);
    install(&how, 0);
    if (_i >= 2) {
        set_version(part, "1.0.0");
        d.board.emmc.nvm.record.key[7] ^= 1;
        ck_assert(tw_nvm_commit(&d.board.emmc.nvm, 0, NULL, 0));
    }
    expect_refusal(9, 3);
}
END_TEST

/* Records that nobody wrote: not a version, another type, too long. */
START_TEST(bad_record)
{
    static const uint8_t records[][12] = {
        {0x06, 0x0c, 0x00, 0x03, '1', '.', '2'},
        {0x08, 0x0c, 0x00, 0x05, '1', '.', 'x', '.', '3'},
        {0x08, 0x0a, 0x00, 0x05, '1', '.', '2', '.', '3'},
        {0x40, 0x0c, 0x00, 0x3d, '1', '.', '2', '.', '3'},
        {0xff, 0xff, 0xff, 0xff},
    };
    struct making how = good();

    make_device(&parts[0], true);
    set_record(&parts[0], (aw_bytes){records[_i], sizeof(records[_i])});
    install(&how, 0);
    expect_refusal(9, 2);
}
END_TEST

/* Not signed, or one bit changed anywhere: the ROM starts nothing, and waits
 * for serial download. */
START_TEST(tampered)
{
    static const size_t at[] = {0x0,   0x4,    0x20,    0x2c, 0x400,
                                0xc00, 0x4000, 0x12000, 0,    0};
    struct making how = good();
    aw_bytes boot = {image, 0};

    make_device(&parts[_i % 2], false);
    install(&how, 0);
    boot.n = signed_boot("boot_debug.imx").n;
    if (_i == 8) {
        boot = device_file("boot_debug.imx");
        device_blank(&d, 2, 0x1000);
    } else if (_i == 9) {
        image[boot.n - 0x4000 + 0x100] ^= 1; /* in the CSF */
    } else {
        image[at[_i]] ^= 1;
    }
    device_put(&d, 2, boot);
    (void)device_boot(&d, NULL, 3000);
    ck_assert_int_eq(d.board.rom.phase, TW_ROM_SERIAL);
    ck_assert_msg(d.console[0] == '\0', "%s", d.console);
    ck_assert(!d.started);
}
END_TEST

/* Instructions with the version record: at most 75 million. */
START_TEST(instructions)
{
    make_device(&parts[_i], true);
    set_version(&parts[_i], "1.0.0");
    bench_boot_image(_i == 0 ? "i.MX6UL, closed" : "i.MX6ULL, closed",
                     signed_boot("boot.imx"), 75000000);
}
END_TEST

Suite *boot_closed_suite(void)
{
    Suite *s = suite_create("boot_closed");
    TCase *tc = tcase_create("closed");

    tcase_add_checked_fixture(tc, NULL, boot_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, boots_without_key, 0, (int)COUNT(parts));
    tcase_add_loop_test(tc, version_record, 0,
                        (int)(COUNT(parts) * COUNT(versions)));
    tcase_add_test(tc, older_copy);
    tcase_add_loop_test(tc, another_card, 0, 4);
    tcase_add_loop_test(tc, bad_record, 0, 5);
    tcase_add_loop_test(tc, tampered, 0, 10);
    tcase_add_loop_test(tc, instructions, 0, (int)COUNT(parts));
    suite_add_tcase(s, tc);
    return s;
}
