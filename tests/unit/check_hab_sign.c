/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/sign.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "aw/hab/key.h"
#include "hab.h"
#include "suites.h"
#include "support.h"

enum { CST_TIME = 1735689600, DCD_ADDRESS = 0x00910000 };

/* Key and certificate of the test PKI, through the library's readers. */
static struct aw_hab_identity identity(const char *cert, const char *key_name)
{
    static struct aw_hab_key keys[64];
    static size_t n;
    char path[120];
    struct aw_hab_identity id = {.cert = hab_cert(cert)};

    (void)snprintf(path, sizeof(path), "pki/keys/TEST-%s_key.pem", key_name);
    ck_assert_uint_lt(n, COUNT(keys));
    ck_assert_int_eq(aw_hab_key_read(hab_file(path), &keys[n], NULL), AW_OK);
    id.signer = aw_hab_key_signer(&keys[n]);
    n++;
    return id;
}

static aw_bytes table(const char *name)
{
    char path[120];

    (void)snprintf(path, sizeof(path), "srk/%s.table.bin", name);
    return hab_file(path);
}

/* CSFs of NXP's tools that must come out the same. */
static const struct {
    const char *want;
    const char *table;
    const char *csf;
    const char *img; /* NULL: fast authentication */
    uint8_t index;
    uint8_t layout;
    bool serial;
} files[] = {
    {"flash.cst331", "srk4", "CSF1_1", "IMG1_1", 0, AW_CSF_CST3, false},
    {"flash.cst401", "srk4", "CSF1_1", "IMG1_1", 0, AW_CSF_CST4, false},
    {"flash-srk2.cst331", "srk4", "CSF2_1", "IMG2_1", 1, AW_CSF_CST3, false},
    {"flash-hashed.cst331", "srk4-hashed", "CSF1_1", "IMG1_1", 0, AW_CSF_CST3,
     false},
    {"flash-4096.cst331", "srk4096", "CSFB1", "IMGB1", 0, AW_CSF_CST3, false},
    {"flash-longcsf.cst331", "srk4", "CSFL", "IMG1_1", 0, AW_CSF_CST3, false},
    {"flash-fast.cst331", "srkn4", "SRKN1", NULL, 0, AW_CSF_CST3, false},
    {"sdp.cst331", "srk4", "CSF1_1", "IMG1_1", 0, AW_CSF_CST3, true},
    {"sdp.cst401", "srk4", "CSF1_1", "IMG1_1", 0, AW_CSF_CST4, true},
};

static struct aw_csf_plan plan_of(size_t i)
{
    struct aw_csf_plan plan = {
        .srk_table = table(files[i].table),
        .srk_index = files[i].index,
        .fast = files[i].img == NULL,
        .csf = identity(files[i].csf, files[i].csf),
        .layout = files[i].layout == AW_CSF_CST4 ? AW_CSF_CST4 : AW_CSF_CST3,
        .version = AW_SIGN_VERSION,
        .engine = AW_HAB_ENG_SW,
        .signing_time = CST_TIME,
    };

    if (files[i].img != NULL) {
        plan.img = identity(files[i].img, files[i].img);
    }
    return plan;
}

static struct aw_sign_image image_of(bool serial)
{
    struct aw_sign_image image = {
        .bytes = hab_file(serial ? "image/test-sdp.imx" : "image/test.imx"),
        .serial = serial,
        .dcd_address = DCD_ADDRESS,
    };

    if (serial) {
        image.dcd = hab_file("image/test.dcd.bin");
    }
    return image;
}

START_TEST(same_bytes)
{
    static uint8_t buf[AW_CSF_AREA];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_csf_plan plan = plan_of((size_t)_i);
    struct aw_sign_image image = image_of(files[_i].serial);
    aw_bytes want = hab_csf(files[_i].want);
    struct aw_rom rom;
    struct aw_diag diag = {0};
    aw_err err = aw_hab_sign(&image, &plan, &w, &rom, &diag);

    ck_assert_msg(err == AW_OK, "%s: %s", files[_i].want,
                  diag.where == NULL ? "" : diag.where);
    ck_assert(aw_rom_boots(&rom));
    ck_assert_uint_eq(w.n, AW_CSF_AREA);
    ck_assert_msg(memcmp(buf, want.p, want.n) == 0, "%s", files[_i].want);
    for (size_t i = want.n; i < w.n; i++) {
        ck_assert_uint_eq(buf[i], 0);
    }
}
END_TEST

/* Not at the start of the output, and not padded: still the same. */
START_TEST(somewhere)
{
    static uint8_t buf[AW_CSF_AREA];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_csf_plan plan = plan_of(0);
    aw_bytes image = hab_file("image/test.imx");
    struct aw_sign_block block = {0x8000f400, image};
    aw_bytes got = {0};

    plan.block = &block;
    plan.n = 1;
    aw_wr_text(&w, "abc");
    ck_assert_int_eq(aw_csf_write(&plan, &w, NULL), AW_OK);
    ck_assert(aw_slice(aw_wr_done(&w), 3, w.n - 3, &got));
    CK_ASSERT_BYTES(got, hab_csf("flash.cst331"));
}
END_TEST

/* Every size of the output that is too small says so. */
START_TEST(small_buffers)
{
    static uint8_t buf[AW_CSF_AREA];
    struct aw_csf_plan plan = plan_of(0);
    struct aw_sign_image image = image_of(false);
    struct aw_rom rom;

    for (size_t n = 0; n < AW_CSF_AREA; n += 911) {
        struct aw_wr w = aw_wr_init(buf, n);

        ck_assert_int_eq(aw_hab_sign(&image, &plan, &w, &rom, NULL),
                         AW_ERR_SPACE);
    }
}
END_TEST

/* A plan with one thing wrong. */
enum wrong {
    NOTHING,
    EMPTY_TABLE,
    NO_ENTRY,
    INDEX_4,
    INDEX_9,
    INDEX_OF_DIGEST,
    CA_TABLE_FAST,
    PLAIN_TABLE_SLOW,
    FAST_OTHER_KEY,
    CSF_KEY_OF_IMG,
    IMG_KEY_OF_CSF,
    KEY_4096,
    CSF_OF_SRK2,
    IMG_OF_SRK2,
    ATTACKER,
    IMG_IS_CA,
    CSF_EKU,
    CSF_USAGE,
    CERT_CUT,
    TIME,
    SERIAL_WITH_POINTER,
    CSF_POINTER,
    AREA_SMALL,
    DCD_OUTSIDE,
    BOOT_LENGTH,
    IVT_TAG,
    BAD_ENGINE
};

static const struct {
    const char *name;
    enum wrong what;
    aw_err want;
} refusals[] = {
    {"nothing", NOTHING, AW_OK},
    {"empty table", EMPTY_TABLE, AW_ERR_SHORT},
    {"table without an entry", NO_ENTRY, AW_ERR_RANGE},
    {"index 4 of 4", INDEX_4, AW_ERR_RANGE},
    {"index 9", INDEX_9, AW_ERR_RANGE},
    {"index of a digest", INDEX_OF_DIGEST, AW_ERR_NOT_FOUND},
    {"fast, table of CAs", CA_TABLE_FAST, AW_ERR_POLICY},
    {"not fast, table without CAs", PLAIN_TABLE_SLOW, AW_ERR_POLICY},
    {"fast, certificate of another SRK", FAST_OTHER_KEY, AW_ERR_SIG},
    {"CSF certificate, IMG key", CSF_KEY_OF_IMG, AW_ERR_KEY},
    {"IMG certificate, CSF key", IMG_KEY_OF_CSF, AW_ERR_KEY},
    {"2048-bit certificate, 4096-bit key", KEY_4096, AW_ERR_KEY},
    {"CSF certificate of another SRK", CSF_OF_SRK2, AW_ERR_SIG},
    {"IMG certificate of another SRK", IMG_OF_SRK2, AW_ERR_SIG},
    {"self-signed certificate with the right names", ATTACKER, AW_ERR_SIG},
    {"IMG certificate of a CA", IMG_IS_CA, AW_ERR_POLICY},
    {"extendedKeyUsage", CSF_EKU, AW_ERR_POLICY},
    {"long keyUsage", CSF_USAGE, AW_ERR_POLICY},
    {"certificate cut", CERT_CUT, AW_ERR_FORMAT},
    {"time before 1950", TIME, AW_ERR_RANGE},
    {"serial download with DCD pointer", SERIAL_WITH_POINTER, AW_ERR_RANGE},
    {"CSF pointer elsewhere", CSF_POINTER, AW_ERR_RANGE},
    {"CSF longer than its area", AREA_SMALL, AW_ERR_SPACE},
    {"DCD writes outside", DCD_OUTSIDE, AW_ERR_PRECONDITION},
    {"boot data too short", BOOT_LENGTH, AW_ERR_RANGE},
    {"no IVT", IVT_TAG, AW_ERR_FORMAT},
    {"unknown engine", BAD_ENGINE, AW_ERR_PRECONDITION},
};

static void spoil_keys(struct aw_csf_plan *plan, enum wrong what)
{
    switch (what) {
    case CSF_KEY_OF_IMG:
        plan->csf = identity("CSF1_1", "IMG1_1");
        break;
    case IMG_KEY_OF_CSF:
        plan->img = identity("IMG1_1", "CSF1_1");
        break;
    case KEY_4096:
        plan->img = identity("IMG1_1", "IMGB1");
        break;
    case CSF_OF_SRK2:
        plan->csf = identity("CSF2_1", "CSF2_1");
        break;
    case IMG_OF_SRK2:
        plan->img = identity("IMG2_1", "IMG2_1");
        break;
    case ATTACKER:
        plan->img = identity("ATT", "ATT");
        break;
    case IMG_IS_CA:
        plan->img = identity("IMGCA", "IMGCA");
        break;
    case CSF_EKU:
        plan->csf = identity("CSFEKU", "CSFEKU");
        break;
    case CSF_USAGE:
        plan->csf = identity("CSFKU", "CSFKU");
        break;
    case CERT_CUT:
        plan->csf.cert.n--;
        break;
    default:
        break;
    }
}

static void spoil_plan(struct aw_csf_plan *plan, enum wrong what)
{
    static const uint8_t no_entry[] = {0xd7, 0x00, 0x04, 0x40};

    switch (what) {
    case EMPTY_TABLE:
        plan->srk_table = (aw_bytes){NULL, 0};
        break;
    case NO_ENTRY:
        plan->srk_table = (aw_bytes){no_entry, sizeof(no_entry)};
        break;
    case INDEX_4:
        plan->srk_index = 4;
        break;
    case INDEX_9:
        plan->srk_index = 9;
        break;
    case INDEX_OF_DIGEST:
        plan->srk_table = table("srk4-hashed");
        plan->srk_index = 1;
        break;
    case CA_TABLE_FAST:
        plan->fast = true;
        break;
    case PLAIN_TABLE_SLOW:
        plan->srk_table = table("srkn4");
        break;
    case FAST_OTHER_KEY:
        plan->srk_table = table("srkn4");
        plan->fast = true;
        plan->csf = identity("SRKN2", "SRKN2");
        break;
    case TIME:
        plan->signing_time = -631152001;
        break;
    case BAD_ENGINE:
        plan->engine = AW_HAB_ENG_SNVS;
        break;
    default:
        spoil_keys(plan, what);
        break;
    }
}

/* Changes bytes of the image, which is a copy. */
static void spoil_image(struct aw_sign_image *image, uint8_t *bytes,
                        enum wrong what)
{
    switch (what) {
    case SERIAL_WITH_POINTER:
        image->serial = true;
        break;
    case CSF_POINTER:
        bytes[24] += 4;
        break;
    case AREA_SMALL:
        image->pad_to = 3852;
        break;
    case DCD_OUTSIDE:
        memcpy(bytes + 52, "\x00\x90\x00\x00", 4);
        break;
    case BOOT_LENGTH:
        bytes[37] = 0x2f;
        break;
    case IVT_TAG:
        bytes[0] = 0;
        break;
    default:
        break;
    }
}

START_TEST(refusal_table)
{
    static uint8_t buf[AW_CSF_AREA];
    static uint8_t copy[16384];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_csf_plan plan = plan_of(0);
    struct aw_sign_image image = image_of(false);
    struct aw_rom rom = {.srk_index = 77};
    struct aw_diag diag = {0};

    memcpy(copy, image.bytes.p, image.bytes.n);
    image.bytes.p = copy;
    spoil_plan(&plan, refusals[_i].what);
    spoil_image(&image, copy, refusals[_i].what);
    aw_err err = aw_hab_sign(&image, &plan, &w, &rom, &diag);

    ck_assert_msg(err == refusals[_i].want, "%s: %s at %s", refusals[_i].name,
                  aw_err_text(err), diag.where == NULL ? "" : diag.where);
    ck_assert_int_eq(diag.err, err);
    ck_assert_int_eq(rom.srk_index == 77,
                     err != AW_OK && err != AW_ERR_PRECONDITION);
    if (err == AW_ERR_PRECONDITION) {
        ck_assert(!aw_rom_boots(&rom));
        ck_assert_uint_gt(rom.log.events, 0);
    }
}
END_TEST

START_TEST(blocks)
{
    static uint8_t buf[AW_CSF_AREA];
    static struct aw_sign_block block[AW_SIGN_BLOCKS_MAX + 1];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_csf_plan plan = plan_of(0);
    aw_bytes image = hab_file("image/test.imx");

    for (size_t i = 0; i < COUNT(block); i++) {
        block[i] = (struct aw_sign_block){0x8000f400, image};
    }
    plan.block = block;
    plan.n = COUNT(block);
    ck_assert_int_eq(aw_csf_write(&plan, &w, NULL), AW_ERR_RANGE);
    plan.n = 0;
    ck_assert_int_eq(aw_csf_write(&plan, &w, NULL), AW_ERR_RANGE);
    plan.n = AW_SIGN_BLOCKS_MAX;
    ck_assert_int_eq(aw_csf_write(&plan, &w, NULL), AW_OK);
    block[63].bytes.n = 0;
    ck_assert_int_eq(aw_csf_write(&plan, &w, NULL), AW_ERR_RANGE);
    block[63] = (struct aw_sign_block){0xfffffff0, {image.p, 17}};
    ck_assert_int_eq(aw_csf_write(&plan, &w, NULL), AW_ERR_RANGE);
    block[63].bytes.n = 16;
    w = aw_wr_init(buf, sizeof(buf));
    ck_assert_int_eq(aw_csf_write(&plan, &w, NULL), AW_OK);
}
END_TEST

/* The unlock that a revocation needs, and what the ROM makes of it. */
START_TEST(revocation_unlock)
{
    static uint8_t buf[AW_CSF_AREA];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_csf_plan plan = plan_of(2);
    struct aw_sign_image image = image_of(false);
    struct aw_rom rom;

    plan.unlock_srk_revoke = true;
    ck_assert_int_eq(aw_hab_sign(&image, &plan, &w, &rom, NULL), AW_OK);
    ck_assert_uint_eq(rom.unlocked_ocotp, 2);
    ck_assert_uint_eq(rom.srk_index, 1);
    CK_ASSERT_BYTES(((aw_bytes){buf + 40, 8}),
                    vec_unhex(aw_text("b200082100000002")));
}
END_TEST

/* Certificates and serial numbers of many lengths: everything lies where the
 * commands say, and boots. Random serials of a CA service differ by a byte
 * often enough, which is where habtool computes wrong offsets. */
static aw_bytes issue(const char *issuer, const char *common, size_t serial)
{
    static const struct aw_hab_key none;
    static uint8_t buf[AW_HAB_CERT_MAX];
    struct aw_hab_key keys[2] = {none, none};
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_hab_cert_plan plan = {
        .common_name = common,
        .not_before = CST_TIME,
        .not_after = CST_TIME + 1000,
        .path_length = -1,
    };

    /* A serial number of `serial` bytes: the first bytes may not be zero, so
     * a short one is made by OpenSSL and swapped in. */
    memset(plan.serial, 0x11, sizeof(plan.serial));
    keys[0].handle = hab_key("IMG1_1");
    keys[1].handle = hab_key(issuer);
    ck_assert_int_eq(aw_hab_cert_issue(&plan, &keys[0], &keys[1],
                                       hab_cert(issuer), &w, NULL),
                     AW_OK);
    const unsigned char *p = buf;
    X509 *x = d2i_X509(NULL, &p, (long)w.n);
    BIGNUM *bn = BN_bin2bn(plan.serial, (int)serial, NULL);
    unsigned char *der = NULL;

    ck_assert_ptr_nonnull(x);
    ck_assert_ptr_nonnull(BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)));
    ck_assert_int_gt(X509_sign(x, hab_key(issuer), EVP_sha256()), 0);
    int n = i2d_X509(x, &der);
    aw_bytes out = vec_keep((aw_bytes){der, (size_t)n});

    OPENSSL_free(der);
    BN_free(bn);
    X509_free(x);
    return out;
}

START_TEST(differing_lengths)
{
    static uint8_t buf[AW_CSF_AREA];
    struct aw_csf_plan plan = plan_of(0);
    struct aw_sign_image image = image_of(false);

    plan.img = identity("IMG1_1", "IMG1_1");
    plan.csf.signer = plan.img.signer;
    for (size_t i = 1; i <= 20; i++) {
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        char common[24] = "aaaaaaaaaaaaaaaaaaaaaaa";
        struct aw_rom rom;

        common[i] = '\0';
        plan.csf.cert = issue("SRK1", common, i % 16 + 1);
        plan.img.cert = issue("SRK1", "b", 16 - i % 16);
        for (int layout = AW_CSF_CST3; layout <= AW_CSF_CST4; layout++) {
            plan.layout = layout == AW_CSF_CST4 ? AW_CSF_CST4 : AW_CSF_CST3;
            w = aw_wr_init(buf, sizeof(buf));
            ck_assert_int_eq(aw_hab_sign(&image, &plan, &w, &rom, NULL), AW_OK);
        }
    }
}
END_TEST

Suite *suite_hab_sign(void)
{
    Suite *s = suite_create("hab_sign");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, same_bytes, 0, (int)COUNT(files));
    tcase_add_test(tc, somewhere);
    tcase_add_test(tc, small_buffers);
    tcase_add_loop_test(tc, refusal_table, 0, (int)COUNT(refusals));
    tcase_add_test(tc, blocks);
    tcase_add_test(tc, revocation_unlock);
    tcase_add_test(tc, differing_lengths);
    suite_add_tcase(s, tc);
    return s;
}
