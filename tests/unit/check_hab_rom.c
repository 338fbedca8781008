/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/rom.h"

#include <string.h>

#include "compat.h"
#include "hab.h"
#include "suites.h"
#include "support.h"

enum { FILE_MAX = 65536, EVENTS_MAX = 16 };

static const char srk4[] =
    "dd51b50618a621ad64b9c8d23209741971c58ddfb2bfd8706989f0dbb0425f1c";

static void patch(struct aw_wr *w, const cJSON *patches)
{
    const cJSON *row = NULL;

    cJSON_ArrayForEach(row, patches)
    {
        aw_bytes bytes = vec_unhex(vec_str(row, "hex"));
        size_t at = vec_u64(row, "offset");

        ck_assert_uint_le(at + bytes.n, w->n);
        memcpy(w->p + at, bytes.p, bytes.n);
    }
}

static struct aw_rom_fuses fuses_of(aw_bytes hash, unsigned revoke, bool closed)
{
    struct aw_rom_fuses fuses = {.srk_revoke = (uint8_t)revoke,
                                 .closed = closed};
    aw_bytes bytes = vec_unhex(hash);

    ck_assert_uint_eq(bytes.n, AW_SHA256_SIZE);
    memcpy(fuses.srk_hash, bytes.p, bytes.n);
    return fuses;
}

static size_t events_of(const struct aw_rom *rom, aw_bytes *event)
{
    struct aw_hab_record rec;
    size_t at = 0;
    size_t n = 0;

    while (aw_hab_log_next(aw_rom_events(rom), &at, &rec, NULL) == AW_OK) {
        ck_assert_uint_lt(n, EVENTS_MAX);
        event[n++] = rec.bytes;
    }
    ck_assert_uint_eq(n, rom->log.events);
    return n;
}

/* Takes an event out of a list; false when it is not there. */
static bool take_event(aw_bytes *list, size_t n, aw_bytes event)
{
    for (size_t i = 0; i < n; i++) {
        if (aw_bytes_equal(list[i], event)) {
            list[i] = (aw_bytes){NULL, 0};
            return true;
        }
    }
    return false;
}

/* The first event decides; the others may come in any order. */
static void compare_events(const struct aw_rom *rom, const cJSON *want,
                           const char *id)
{
    aw_bytes got[EVENTS_MAX];
    size_t n = events_of(rom, got);
    const cJSON *row = NULL;
    size_t found = 0;

    ck_assert_msg(n == (size_t)cJSON_GetArraySize(want), "%s: %zu events", id,
                  n);
    if (n > 0) {
        CK_ASSERT_BYTES(got[0], vec_unhex(aw_text(want->child->valuestring)));
    }
    cJSON_ArrayForEach(row, want)
    {
        found += take_event(got, n, vec_unhex(aw_text(row->valuestring)));
    }
    ck_assert_msg(found == n, "%s: %zu of %zu events", id, found, n);
}

static void run_case(const cJSON *row)
{
    static uint8_t file[FILE_MAX];
    static uint8_t dcd[AW_DCD_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct aw_wr d = aw_wr_init(dcd, sizeof(dcd));
    const char *id = vec_cstr(vec_str(row, "id"));
    bool serial = aw_bytes_is(vec_str(row, "mode"), "sdp");
    bool closed = aw_bytes_is(vec_str(row, "config"), "closed");
    struct aw_rom_fuses fuses = fuses_of(
        vec_str(row, "srk_fuse"), (unsigned)vec_u64(row, "srk_revoke"), closed);
    struct aw_rom rom;

    hab_join(&w, vec_cstr(vec_str(row, "image")),
             hab_file(vec_cstr(vec_str(row, "csf"))),
             vec_u64(row, "csf_pad_to"));
    patch(&w, cJSON_GetObjectItem(row, "patches"));
    aw_wr_put(&d, hab_file("image/test.dcd.bin"));
    patch(&d, cJSON_GetObjectItem(row, "dcd_patches"));

    const struct aw_rom_input in = {
        .file = aw_wr_done(&w),
        .serial = serial,
        .dcd = serial ? aw_wr_done(&d) : (aw_bytes){NULL, 0},
        .dcd_address = 0x00910000,
    };

    aw_hab_rom_verify(&in, &fuses, &rom);
    compare_events(&rom, cJSON_GetObjectItem(row, "events"), id);
    ck_assert_msg(aw_rom_boots(&rom) == vec_bool(row, "boots"), "%s: boots",
                  id);
    if (aw_rom_boots(&rom)) {
        ck_assert_uint_eq(rom.ivt.entry, 0x80010040);
    }
}

START_TEST(tamper_cases)
{
    const cJSON *doc = vec_json("hab/tamper/cases.json");
    const cJSON *row = NULL;
    size_t n = 0;

    cJSON_ArrayForEach(row, cJSON_GetObjectItem(doc, "cases"))
    {
        run_case(row);
        n++;
    }
    ck_assert_uint_eq(n, 54);
}
END_TEST

static const char srk4_fuse[] = "srk/srk4.fuse.bin";

/* Every CSF there is, in the form it was made for, on a closed part. */
static const struct {
    const char *csf;
    const char *fuse;
    bool serial;
    unsigned reason; /* of the first event; 0: boots */
    size_t blocks;
} files[] = {
    {"flash.cst331", srk4_fuse, false, 0, 1},
    {"flash.cst401", srk4_fuse, false, 0, 1},
    {"flash.habtool", srk4_fuse, false, 0, 1},
    {"flash.habtool-ownpki", "pki-habtool/SRK.hash", false, 0, 1},
    {"flash-srk2.cst331", srk4_fuse, false, 0, 1},
    {"flash-srk2.habtool", srk4_fuse, false, 0, 1},
    {"flash-hashed.cst331", srk4_fuse, false, 0, 1},
    {"flash-hashed-srk2.cst331", srk4_fuse, false, AW_HAB_INV_KEY, 0},
    {"flash-4096.cst331", "srk/srk4096.fuse.bin", false, 0, 1},
    {"flash-fast.cst331", "srk/srkn4.fuse.bin", false, 0, 1},
    {"flash-longcsf.cst331", srk4_fuse, false, 0, 1},
    {"flash-longcsf.habtool", srk4_fuse, false, AW_HAB_INV_CERTIFICATE, 0},
    {"flash-cmds.cst331", srk4_fuse, false, 0, 1},
    {"flash-dcp.habtool", srk4_fuse, false, 0, 1},
    {"flash-bound.cst331", srk4_fuse, false, AW_HAB_INV_COMMAND, 0},
    {"flash-bound.cst401", srk4_fuse, false, AW_HAB_INV_COMMAND, 0},
    {"flash-partial.cst331", srk4_fuse, false, AW_HAB_INV_ASSERTION, 1},
    {"flash-nodcdsig.cst331", srk4_fuse, false, AW_HAB_INV_ASSERTION, 3},
    {"flash-crossimg.cst331", srk4_fuse, false, AW_HAB_INV_SIGNATURE, 0},
    {"flash-imgca.cst331", srk4_fuse, false, AW_HAB_INV_KEY, 0},
    {"flash-csfku.cst331", srk4_fuse, false, AW_HAB_INV_CERTIFICATE, 0},
    {"flash-csfeku.cst331", srk4_fuse, false, AW_HAB_INV_CERTIFICATE, 0},
    {"flash-dupslot.cst331", srk4_fuse, false, AW_HAB_INV_INDEX, 0},
    {"flash-attacker", srk4_fuse, false, AW_HAB_INV_SIGNATURE, 0},
    {"flash-earlyunlock", srk4_fuse, false, AW_HAB_INV_COMMAND, 0},
    {"sdp.cst331", srk4_fuse, true, 0, 2},
    {"sdp.cst401", srk4_fuse, true, 0, 2},
    {"sdp.habtool", srk4_fuse, true, 0, 2},
    {"sdp-nodcd.cst331", srk4_fuse, true, AW_HAB_INV_ASSERTION, 1},
};

static void judge(const char *csf, aw_bytes hash, bool serial,
                  struct aw_rom *rom)
{
    static uint8_t file[FILE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct aw_rom_fuses fuses = {.closed = true};
    struct aw_rom_input in = {.serial = serial, .dcd_address = 0x00910000};

    hab_join(&w, serial ? "image/test-sdp.imx" : "image/test.imx", hab_csf(csf),
             AW_CSF_AREA);
    in.file = aw_wr_done(&w);
    if (serial) {
        in.dcd = hab_file("image/test.dcd.bin");
    }
    ck_assert_uint_eq(hash.n, AW_SHA256_SIZE);
    memcpy(fuses.srk_hash, hash.p, hash.n);
    aw_hab_rom_verify(&in, &fuses, rom);
}

START_TEST(csf_files)
{
    struct aw_rom rom;
    aw_bytes got[EVENTS_MAX];
    struct aw_hab_event e = {0};
    const char *name = files[_i].csf;

    judge(name, hab_file(files[_i].fuse), files[_i].serial, &rom);
    size_t n = events_of(&rom, got);

    if (n > 0) {
        ck_assert_int_eq(aw_hab_event_parse(got[0], &e, NULL), AW_OK);
    }
    ck_assert_msg(e.reason == files[_i].reason, "%s: reason %#x", name,
                  e.reason);
    ck_assert_msg(aw_rom_boots(&rom) == (files[_i].reason == 0), "%s: boots",
                  name);
    ck_assert_msg(rom.n_blocks == files[_i].blocks, "%s: %zu blocks", name,
                  rom.n_blocks);
    ck_assert_int_eq(rom.fast, strncmp(name, "flash-fast", 10) == 0);
    ck_assert_uint_eq(rom.srk_index, strncmp(name, "flash-srk2", 10) == 0);
}
END_TEST

/* Files that were spoilt on purpose: every reader refuses them. */
static bool spoilt(const char *csf)
{
    static const char *const names[] = {
        "flash-partial.cst331",  "flash-nodcdsig.cst331",
        "flash-crossimg.cst331", "flash-dupslot.cst331",
        "flash-attacker",        "flash-earlyunlock",
        "sdp-nodcd.cst331",
    };

    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(csf, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What the vendor's tools write and we refuse is documented, row by row. */
START_TEST(stricter_than_tools)
{
    struct compat compat;

    compat_load(&compat, "Secure boot");
    for (size_t i = 0; i < COUNT(files); i++) {
        bool refused = files[i].reason != 0 && !spoilt(files[i].csf);

        compat_decided(&compat, aw_text(files[i].csf), !refused);
    }
    compat_done(&compat);
}
END_TEST

/* What the commands of flash-cmds unlock. */
START_TEST(unlocks)
{
    struct aw_rom rom;

    judge("flash-cmds.cst331", hab_file(srk4_fuse), false, &rom);
    ck_assert_uint_eq(rom.unlocked_ocotp, 3);
    ck_assert_uint_eq(rom.unlocked_snvs, 3);
    ck_assert_uint_eq(rom.unlocked_caam, 1);
}
END_TEST

/* The ready-made files of a simulated ROM. */
START_TEST(signed_files)
{
    static const struct {
        const char *name;
        const char *fuse;
        bool serial;
    } rows[] = {
        {"signed/flash.cst331.signed.imx", "srk/srk4.fuse.bin", false},
        {"signed/flash.habtool.signed.imx", "srk/srk4.fuse.bin", false},
        {"signed/flash-fast.cst331.signed.imx", "srk/srkn4.fuse.bin", false},
        {"signed/sdp.cst331.signed.imx", "srk/srk4.fuse.bin", true},
        {"signed/sdp.habtool.signed.imx", "srk/srk4.fuse.bin", true},
    };

    static uint8_t file[FILE_MAX];

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aw_wr w = aw_wr_init(file, sizeof(file));
        struct aw_rom_fuses fuses = {.closed = true};
        struct aw_rom rom;
        struct aw_rom_input in = {
            .serial = rows[i].serial,
            .dcd = hab_file("image/test.dcd.bin"),
            .dcd_address = 0x00910000,
        };

        aw_wr_put(&w, hab_file(rows[i].name));
        if (rows[i].serial) {
            memset(file + 12, 0, 4); /* as every client does */
        }
        in.file = aw_wr_done(&w);
        memcpy(fuses.srk_hash, hab_file(rows[i].fuse).p, AW_SHA256_SIZE);
        aw_hab_rom_verify(&in, &fuses, &rom);
        ck_assert_msg(aw_rom_boots(&rom), "%s", rows[i].name);
        fuses.srk_hash[31] ^= 1;
        aw_hab_rom_verify(&in, &fuses, &rom);
        ck_assert_msg(!aw_rom_boots(&rom), "%s", rows[i].name);
    }
}
END_TEST

/* Changes that no recorded case makes: closed and open part, first event. */
static const struct {
    const char *name;
    size_t at;
    const char *hex;
    unsigned reason;
    unsigned context;
    bool open_boots;
} extras[] = {
    {"entry 0", 4, "00000000", AW_HAB_INV_ADDRESS, AW_HAB_CTX_AUTHENTICATE,
     false},
    {"DCD header behind the first part", 12, "fdff0080", AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_AUTHENTICATE, true},
    {"DCD below the image", 12, "00f00080", AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_AUTHENTICATE, true},
    {"boot data below the image", 16, "00f00080", AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_AUTHENTICATE, false},
    {"boot data behind the file", 16, "00000090", AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_AUTHENTICATE, false},
    {"IVT read is not the one at self", 32, "00f40080", AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_AUTHENTICATE, false},
    {"length 0", 36, "00000000", AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET, false},
    {"length wraps", 36, "ffffffff", AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET,
     false},
    {"CSF behind what is loaded", 36, "00300000", AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_AUTHENTICATE, true},
    {"CSF below the image", 24, "00000080", AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_AUTHENTICATE, true},
    {"CSF at the last byte", 24, "ff5f0180", AW_HAB_INV_CSF, AW_HAB_CTX_CSF,
     true},
    {"CSF length 3", 11265, "0003", AW_HAB_INV_CSF, AW_HAB_CTX_CSF, true},
    {"CSF length 4: no command", 11265, "0004", AW_HAB_INV_CSF, AW_HAB_CTX_CSF,
     true},
    {"CSF length 769", 11265, "0301", AW_HAB_INV_CSF, AW_HAB_CTX_CSF, true},
    {"command length 3", 11269, "0003", AW_HAB_INV_CSF, AW_HAB_CTX_CSF, true},
    {"command runs past the CSF", 11269, "0045", AW_HAB_INV_CSF, AW_HAB_CTX_CSF,
     true},
    {"unknown command", 11268, "aa", AW_HAB_UNS_COMMAND, AW_HAB_CTX_CSF, true},
    {"Write Data", 11268, "cc", AW_HAB_INV_COMMAND, AW_HAB_CTX_CSF, true},
    {"Install SRK: short command", 11268, "be000800", AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND, true},
    {"Install SRK: protocol", 11272, "04", AW_HAB_UNS_PROTOCOL,
     AW_HAB_CTX_COMMAND, true},
    {"Install SRK: flag", 11271, "02", AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND,
     true},
    {"Install SRK: algorithm", 11273, "11", AW_HAB_UNS_ALGORITHM,
     AW_HAB_CTX_COMMAND, true},
    {"Install SRK: target", 11275, "01", AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND,
     true},
    {"Install SRK: offset outside", 11276, "ffffffff", AW_HAB_INV_CERTIFICATE,
     AW_HAB_CTX_COMMAND, true},
    {"Install SRK: absolute, the same table", 11271, "010317000080012048",
     AW_HAB_INV_SIGNATURE, AW_HAB_CTX_COMMAND, true},
    {"Install CSFK: source empty", 11286, "03", AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND, true},
    {"Install CSFK: certificate is the table", 11288, "00000048",
     AW_HAB_INV_CERTIFICATE, AW_HAB_CTX_COMMAND, true},
    {"Install CSFK: flag MID", 11283, "22", AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND, true},
    {"Authenticate CSF: protocol", 11297, "bb", AW_HAB_UNS_PROTOCOL,
     AW_HAB_CTX_COMMAND, true},
    {"Authenticate CSF: engine", 11298, "1e", AW_HAB_UNS_ENGINE,
     AW_HAB_CTX_COMMAND, true},
    {"Authenticate CSF: any engine with configuration", 11298, "0001",
     AW_HAB_INV_COMMAND, AW_HAB_CTX_COMMAND, true},
    {"Authenticate CSF: flag", 11295, "02", AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND, true},
    {"Authenticate CSF: signature is the certificate", 11300, "00000488",
     AW_HAB_INV_SIGNATURE, AW_HAB_CTX_COMMAND, true},
};

START_TEST(extra_cases)
{
    static uint8_t file[FILE_MAX];

    for (int closed = 0; closed <= 1; closed++) {
        struct aw_wr w = aw_wr_init(file, sizeof(file));
        struct aw_rom_fuses fuses = fuses_of(aw_text(srk4), 0, closed != 0);
        aw_bytes bytes = vec_unhex(aw_text(extras[_i].hex));
        aw_bytes got[EVENTS_MAX];
        struct aw_hab_event e;
        struct aw_rom rom;

        hab_join(&w, "image/test.imx", hab_csf("flash.cst331"), AW_CSF_AREA);
        memcpy(file + extras[_i].at, bytes.p, bytes.n);
        const struct aw_rom_input in = {.file = aw_wr_done(&w)};

        aw_hab_rom_verify(&in, &fuses, &rom);
        ck_assert_uint_gt(events_of(&rom, got), 0);
        ck_assert_int_eq(aw_hab_event_parse(got[0], &e, NULL), AW_OK);
        ck_assert_msg(e.reason == extras[_i].reason, "%s: reason %#x",
                      extras[_i].name, e.reason);
        ck_assert_msg(e.context == extras[_i].context, "%s: context %#x",
                      extras[_i].name, e.context);
        ck_assert_msg(aw_rom_boots(&rom) ==
                          (closed == 0 && extras[_i].open_boots),
                      "%s: boots, closed %d", extras[_i].name, closed);
    }
}
END_TEST

/* No length of the file reads past it, and none but the whole one boots. */
START_TEST(cut_files)
{
    static uint8_t file[FILE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct aw_rom_fuses fuses = fuses_of(aw_text(srk4), 0, true);
    size_t whole = 11264 + 3855; /* up to the end of the last signature */
    struct aw_rom rom;

    hab_join(&w, "image/test.imx", hab_csf("flash.cst331"), 0);
    for (size_t n = 0; n < whole; n += n < 64 || n > 11200 ? 1 : 61) {
        const struct aw_rom_input in = {.file = {file, n}};

        aw_hab_rom_verify(&in, &fuses, &rom);
        ck_assert_msg(!aw_rom_boots(&rom), "%zu bytes", n);
    }
    const struct aw_rom_input in = {.file = {file, whole}};

    aw_hab_rom_verify(&in, &fuses, &rom);
    ck_assert(aw_rom_boots(&rom));
}
END_TEST

/* Revocation: SRK 2 boots when key 1 is revoked; key 4 cannot be. */
START_TEST(revocation)
{
    struct aw_rom rom;
    static uint8_t file[FILE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));
    struct aw_rom_fuses fuses = fuses_of(aw_text(srk4), 1, true);

    hab_join(&w, "image/test.imx", hab_csf("flash-srk2.cst331"), AW_CSF_AREA);
    const struct aw_rom_input in = {.file = aw_wr_done(&w)};

    aw_hab_rom_verify(&in, &fuses, &rom);
    ck_assert(aw_rom_boots(&rom));
    fuses.srk_revoke = 2;
    aw_hab_rom_verify(&in, &fuses, &rom);
    ck_assert(!aw_rom_boots(&rom));
    fuses.srk_revoke = 0xf8;
    aw_hab_rom_verify(&in, &fuses, &rom);
    ck_assert(aw_rom_boots(&rom));
}
END_TEST

START_TEST(log_overflow)
{
    static const uint8_t data[1000];
    struct aw_rom rom;
    struct aw_rom_fuses fuses = {.closed = false};
    static uint8_t dcd[AW_DCD_MAX];
    struct aw_wr w = aw_wr_init(dcd, sizeof(dcd));

    aw_rom_start(&rom, &fuses);
    aw_wr_put(&w, vec_unhex(aw_text("d203ec40be03e804")));
    aw_wr_put(&w, (aw_bytes){data, 996});
    for (size_t i = 0; i < 4; i++) {
        aw_rom_dcd(&rom, aw_wr_done(&w), 0x00910000, true, NULL);
    }
    ck_assert_uint_eq(rom.log.events, 4);
    ck_assert(rom.log.full);
    ck_assert_uint_eq(rom.log.n, 2016);
    rom.loaded = true;
    ck_assert(aw_rom_boots(&rom)); /* open */
    rom.fuses.closed = true;
    ck_assert(!aw_rom_boots(&rom));
}
END_TEST

Suite *suite_hab_rom(void)
{
    Suite *s = suite_create("hab_rom");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, tamper_cases);
    tcase_add_test(tc, stricter_than_tools);
    tcase_add_loop_test(tc, csf_files, 0, (int)COUNT(files));
    tcase_add_test(tc, unlocks);
    tcase_add_test(tc, signed_files);
    tcase_add_loop_test(tc, extra_cases, 0, (int)COUNT(extras));
    tcase_add_test(tc, cut_files);
    tcase_add_test(tc, revocation);
    tcase_add_test(tc, log_overflow);
    suite_add_tcase(s, tc);
    return s;
}
