/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/sdp/host.h"

#include <string.h>

#include "aw/hab/csf.h"
#include "aw/release_make.h"
#include "hab.h"
#include "sdp_rom.h"
#include "suites.h"
#include "support.h"

enum { TIMEOUT_MS = 1000, IMAGE_MAX = 65536 };

static struct sdp_rom rom;
static struct aw_sdp sdp;
static struct aw_diag diag;

static void setup(void)
{
    struct aw_usb_device usb = sdp_rom_usb(&rom);

    memset(&rom, 0, sizeof(rom));
    diag = (struct aw_diag){.err = AW_OK};
    ck_assert_int_eq(aw_sdp_open(&sdp, &usb, TIMEOUT_MS, &diag), AW_OK);
}

START_TEST(status)
{
    rom.how.closed = true;
    rom.status = 0x000a2233;
    ck_assert_int_eq(aw_sdp_status(&sdp, &diag), AW_OK);
    ck_assert(sdp.known && sdp.closed && sdp.has_word);
    struct aw_hab_event event = aw_sdp_event(&sdp);

    ck_assert_uint_eq(event.status, AW_HAB_FAILURE);
    ck_assert_uint_eq(event.reason, AW_HAB_INV_ADDRESS);
    ck_assert_uint_eq(event.context, AW_HAB_CTX_AUTHENTICATE);
}
END_TEST

START_TEST(registers)
{
    uint8_t bytes[130] = {0};

    ck_assert_int_eq(aw_sdp_write(&sdp, SDP_DDR + 8, 32, 0x01020304, &diag),
                     AW_OK);
    ck_assert_mem_eq(rom.ddr + 8, "\x04\x03\x02\x01", 4);
    ck_assert_int_eq(aw_sdp_write(&sdp, 0, 32, 1, &diag), AW_ERR_REFUSED);
    ck_assert_uint_eq(diag.at, 0x00332233);

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        rom.ddr[i] = (uint8_t)(i ^ 0x5a);
    }
    for (int cut = 0; cut < 2; cut++) {
        rom.how.cut = cut == 1;
        memset(bytes, 0, sizeof(bytes));
        ck_assert_int_eq(
            aw_sdp_read(&sdp, SDP_DDR, 8, bytes, sizeof(bytes), &diag), AW_OK);
        ck_assert_mem_eq(bytes, rom.ddr, sizeof(bytes));
    }
    ck_assert_int_eq(aw_sdp_read(&sdp, 0, 32, bytes, 4, &diag), AW_ERR_REFUSED);
    ck_assert_mem_eq(sdp.word, "\x33\x22\x33\x00", 4);
    ck_assert_int_eq(aw_sdp_read(&sdp, SDP_DDR, 8, bytes, 0, &diag), AW_OK);
}
END_TEST

static const struct {
    uint32_t address;
    uint8_t format;
    size_t n;
    aw_err want;
} accesses[] = {
    {SDP_DDR, 8, 3, AW_OK},
    {SDP_DDR + 1, 8, 1, AW_OK},
    {SDP_DDR + 2, 16, 2, AW_OK},
    {SDP_DDR + 1, 16, 2, AW_ERR_RANGE},
    {SDP_DDR, 16, 3, AW_ERR_RANGE},
    {SDP_DDR + 2, 32, 4, AW_ERR_RANGE},
    {SDP_DDR, 32, 6, AW_ERR_RANGE},
    {SDP_DDR, 0, 4, AW_ERR_RANGE},
    {SDP_DDR, 64, 8, AW_ERR_RANGE},
    {0xfffffffc, 32, 4, AW_ERR_REFUSED},
    {0xfffffffc, 32, 8, AW_ERR_RANGE},
};

START_TEST(access_checks)
{
    uint8_t bytes[8];

    ck_assert_int_eq(aw_sdp_read(&sdp, accesses[_i].address,
                                 accesses[_i].format, bytes, accesses[_i].n,
                                 &diag),
                     accesses[_i].want);
}
END_TEST

START_TEST(wide_values)
{
    ck_assert_int_eq(aw_sdp_write(&sdp, SDP_DDR, 8, 0xff, &diag), AW_OK);
    ck_assert_int_eq(aw_sdp_write(&sdp, SDP_DDR, 8, 0x100, &diag),
                     AW_ERR_RANGE);
    ck_assert_int_eq(aw_sdp_write(&sdp, SDP_DDR, 16, 0x10000, &diag),
                     AW_ERR_RANGE);
    ck_assert_int_eq(aw_sdp_write(&sdp, SDP_DDR, 24, 1, &diag), AW_ERR_RANGE);
}
END_TEST

/* Memory may hold what looks like a refusal. */
START_TEST(data_like_a_refusal)
{
    uint8_t bytes[4] = {0};

    memcpy(rom.ddr, "\x33\x22\x33\x00", 4);
    ck_assert_int_eq(aw_sdp_read(&sdp, SDP_DDR, 32, bytes, 4, &diag), AW_OK);
    ck_assert_mem_eq(bytes, rom.ddr, 4);
    ck_assert_uint_eq(rom.n_type, 2);
    ck_assert_uint_eq(rom.type[1], AW_SDP_ERROR_STATUS);
}
END_TEST

static aw_bytes image_of(const char *csf, bool pad)
{
    static uint8_t image[IMAGE_MAX];
    struct aw_wr w = aw_wr_init(image, sizeof(image));

    hab_join(&w, "image/test.imx", hab_csf(csf), pad ? AW_CSF_AREA : 0);
    return aw_wr_done(&w);
}

static void check_booted(aw_bytes image, bool skip)
{
    static const uint8_t zeros[4];
    uint32_t self = 0x8000f400;
    const uint8_t *at = rom.ddr + (self - SDP_DDR);
    aw_bytes dcd = hab_file("image/test.dcd.bin");

    ck_assert_uint_eq(rom.jumped, self);
    ck_assert_uint_eq(rom.dcd_address, AW_SDP_DCD_ADDRESS);
    ck_assert_uint_eq(rom.dcd_count, dcd.n);
    ck_assert_mem_eq(rom.ocram + 0x10000, dcd.p, dcd.n);
    ck_assert_mem_eq(at, image.p, 12);
    ck_assert_mem_eq(at + 12, skip ? image.p + 12 : zeros, 4);
    ck_assert_mem_eq(at + 16, image.p + 16, image.n - 16);
    ck_assert(rom.skipped == skip);
    /* The last report is as long as what is left: older ROMs store all. */
    ck_assert_uint_eq(rom.last_data, (image.n - 1) % 1024 + 1);
}

START_TEST(boots)
{
    aw_bytes image = image_of("sdp.cst331", false);
    const struct aw_sdp_how skip = {.skip_dcd = true};
    struct aw_sdp_boot boot;

    ck_assert_int_eq(aw_sdp_boot_unverified(&sdp, image, NULL, &boot, &diag),
                     AW_OK);
    ck_assert_int_eq(boot.stage, AW_SDP_STARTED);
    ck_assert_uint_eq(boot.address, 0x8000f400);
    ck_assert_uint_eq(boot.file_bytes, image.n);
    ck_assert_int_eq(diag.err, AW_OK);
    check_booted(image, false);
    static const uint16_t order[] = {AW_SDP_ERROR_STATUS, AW_SDP_DCD_WRITE,
                                     AW_SDP_WRITE_FILE, AW_SDP_JUMP_ADDRESS};

    ck_assert_uint_eq(rom.n_type, COUNT(order));
    ck_assert_mem_eq(rom.type, order, sizeof(order));

    setup();
    rom.how.gone_after_jump = true;
    ck_assert_int_eq(aw_sdp_boot_unverified(&sdp, image, &skip, &boot, &diag),
                     AW_OK);
    check_booted(image, true);

    setup();
    rom.how.gone_at_jump = true;
    ck_assert_int_eq(aw_sdp_boot_unverified(&sdp, image, NULL, &boot, &diag),
                     AW_OK);
    ck_assert_int_eq(boot.stage, AW_SDP_STARTED);
    ck_assert_int_eq(diag.err, AW_OK);
}
END_TEST

/* Bytes on the wire are those of the release, image and CSF. */
START_TEST(boots_release)
{
    aw_bytes image = hab_file("image/test.imx");
    aw_bytes csf = hab_csf("sdp.cst331");
    struct aw_release release = {
        .component = AW_RECOVERY,
        .has_firmware = true,
        .firmware = image,
        .has_hab_signature = true,
        .hab_signature = csf,
    };
    struct aw_sdp_boot boot;

    ck_assert_int_eq(aw_sdp_boot(&sdp, &release, NULL, &boot, &diag),
                     AW_ERR_PRECONDITION);
    ck_assert_uint_eq(rom.sets, 0);
    aw_release_seal(&release);
    ck_assert_int_eq(aw_sdp_boot(&sdp, &release, NULL, &boot, &diag), AW_OK);
    ck_assert_uint_eq(boot.file_bytes, image.n + csf.n);
    check_booted(image_of("sdp.cst331", false), false);

    struct aw_release wrong = release;

    wrong.has_hab_signature = false;
    ck_assert_int_eq(aw_sdp_boot(&sdp, &wrong, NULL, &boot, &diag),
                     AW_ERR_PRECONDITION);
    wrong = release;
    wrong.has_firmware = false;
    ck_assert_int_eq(aw_sdp_boot(&sdp, &wrong, NULL, &boot, &diag),
                     AW_ERR_PRECONDITION);
    wrong = release;
    wrong.component = AW_TRUSTED_OS;
    ck_assert_int_eq(aw_sdp_boot(&sdp, &wrong, NULL, &boot, &diag),
                     AW_ERR_PRECONDITION);
    /* The CSF would not lie where the IVT says. */
    wrong = release;
    wrong.firmware.n -= 4;
    ck_assert_int_eq(aw_sdp_boot(&sdp, &wrong, NULL, &boot, &diag),
                     AW_ERR_RANGE);
    ck_assert_int_eq(boot.stage, AW_SDP_CHECKING);
}
END_TEST

/* What a device may do wrong, and what a host makes of it. */
static const struct {
    const char *name;
    struct sdp_behaviour how;
    aw_err want;
    enum aw_sdp_stage stage;
} faults[] = {
    {"closed is no failure", {.closed = true}, AW_OK, AW_SDP_STARTED},
    {"cut answers", {.cut = true}, AW_OK, AW_SDP_STARTED},
    {"late last bytes",
     {.cut = true, .leave_byte = true},
     AW_OK,
     AW_SDP_STARTED},
    {"leftovers", {.leftovers = 3}, AW_OK, AW_SDP_STARTED},
    {"mute", {.mute = true}, AW_ERR_TIMEOUT, AW_SDP_CONNECTING},
    {"babble", {.babble = true}, AW_ERR_FORMAT, AW_SDP_CONNECTING},
    {"DCD refused", {.dcd_refusal = 0x00c02233}, AW_ERR_REFUSED, AW_SDP_DCD},
    {"DCD odd word", {.dcd_refusal = 0x11223344}, AW_ERR_FORMAT, AW_SDP_DCD},
    {"DCD almost right",
     {.dcd_refusal = 0x128a8a13},
     AW_ERR_FORMAT,
     AW_SDP_DCD},
    {"jump refused", {.jump_refusal = 0x000a2233}, AW_ERR_REFUSED, AW_SDP_JUMP},
    {"jump odd word", {.jump_refusal = 0x88888888}, AW_ERR_FORMAT, AW_SDP_JUMP},
    {"unplugged",
     {.fail_with = AW_ERR_GONE, .fail_after = 9, .fail_times = 1},
     AW_ERR_GONE,
     AW_SDP_FILE},
    {"stalled",
     {.fail_with = AW_ERR_STALL, .fail_after = 9, .fail_times = 1},
     AW_ERR_STALL,
     AW_SDP_FILE},
    {"one lost report",
     {.fail_with = AW_ERR_IO, .fail_after = 9, .fail_times = 1},
     AW_OK,
     AW_SDP_STARTED},
    {"two lost reports",
     {.fail_with = AW_ERR_TIMEOUT, .fail_after = 9, .fail_times = 2},
     AW_OK,
     AW_SDP_STARTED},
    {"all lost",
     {.fail_with = AW_ERR_TIMEOUT, .fail_after = 9, .fail_times = 1000},
     AW_ERR_TIMEOUT,
     AW_SDP_FILE},
    {"lost DCD is not sent again",
     {.fail_with = AW_ERR_IO, .fail_after = 2, .fail_times = 1},
     AW_ERR_IO,
     AW_SDP_DCD},
};

START_TEST(fault)
{
    aw_bytes image = image_of("sdp.cst331", false);
    struct aw_sdp_boot boot;

    rom.how = faults[_i].how;
    aw_err err = aw_sdp_boot_unverified(&sdp, image, NULL, &boot, &diag);

    ck_assert_msg(err == faults[_i].want && boot.stage == faults[_i].stage,
                  "%s: %s, stage %d", faults[_i].name, aw_err_name(err),
                  (int)boot.stage);
    ck_assert_int_eq(diag.err, faults[_i].want);
    if (err == AW_OK) {
        ck_assert_uint_eq(rom.jumped, 0x8000f400);
        ck_assert_mem_eq(rom.ddr + 0xf410, image.p + 16, image.n - 16);
    } else {
        ck_assert_uint_eq(rom.jumped, 0);
    }
    ck_assert(sdp.closed == (faults[_i].how.closed && sdp.known));
}
END_TEST

/* Images that are not sent. */
static const struct {
    const char *name;
    size_t n; /* bytes used; 0: all */
    size_t at;
    uint8_t to;
    aw_err want;
} images[] = {
    {"cut in the IVT", 31, 0, 0xd1, AW_ERR_SHORT},
    {"no IVT", 0, 0, 0xd2, AW_ERR_FORMAT},
    {"DCD below the image", 0, 13, 0xf3, AW_ERR_RANGE},
    {"DCD past the end", 60, 0, 0xd1, AW_ERR_SHORT},
    {"no DCD tag", 0, 0x70 - 0x44, 0, AW_ERR_FORMAT},
};

START_TEST(bad_image)
{
    static uint8_t copy[IMAGE_MAX];
    aw_bytes image = image_of("sdp.cst331", false);
    struct aw_sdp_boot boot;

    memcpy(copy, image.p, image.n);
    copy[images[_i].at] = images[_i].to;
    aw_bytes bad = {copy, images[_i].n != 0 ? images[_i].n : image.n};
    aw_err err = aw_sdp_boot_unverified(&sdp, bad, NULL, &boot, &diag);

    ck_assert_msg(err == images[_i].want, "%s: %s", images[_i].name,
                  aw_err_name(err));
    ck_assert_uint_eq(rom.sets, 0);
    ck_assert_int_eq(boot.stage, AW_SDP_CHECKING);
}
END_TEST

START_TEST(image_at_the_end_of_addresses)
{
    static uint8_t copy[IMAGE_MAX];
    aw_bytes image = image_of("sdp.cst331", false);
    struct aw_sdp_boot boot;

    memcpy(copy, image.p, image.n);
    memset(copy + 12, 0, 4);
    memset(copy + 20, 0xff, 4);
    ck_assert_int_eq(aw_sdp_boot_unverified(&sdp, (aw_bytes){copy, image.n},
                                            NULL, &boot, &diag),
                     AW_ERR_RANGE);
    ck_assert_int_eq(
        aw_sdp_boot_unverified(&sdp, (aw_bytes){copy, AW_FIRMWARE_MAX + 1U},
                               NULL, &boot, &diag),
        AW_ERR_SPACE);
}
END_TEST

static bool count_steps(void *ctx, uint64_t done, uint64_t total)
{
    unsigned *left = ctx;

    ck_assert_uint_le(done, total);
    return (*left)-- > 1;
}

START_TEST(cancelled)
{
    unsigned left = 3;
    const struct aw_sdp_progress progress = {&left, count_steps};
    const struct aw_sdp_how how = {.progress = &progress};
    struct aw_sdp_boot boot;

    ck_assert_int_eq(aw_sdp_boot_unverified(&sdp, image_of("sdp.cst331", true),
                                            &how, &boot, &diag),
                     AW_ERR_CANCELLED);
    ck_assert_uint_eq(boot.file_bytes, 3072);

    setup();
    rom.how.stop_at_jump = true;
    ck_assert_int_eq(aw_sdp_boot_unverified(&sdp, image_of("sdp.cst331", true),
                                            NULL, &boot, &diag),
                     AW_ERR_CANCELLED);
    ck_assert_int_eq(boot.stage, AW_SDP_JUMP);
}
END_TEST

/* What is left of an earlier session is dropped when the next one opens. */
START_TEST(open_drains)
{
    struct aw_usb_device usb = sdp_rom_usb(&rom);

    rom.how.leftovers = 5;
    ck_assert_int_eq(aw_sdp_open(&sdp, &usb, TIMEOUT_MS, &diag), AW_OK);
    ck_assert_uint_eq(rom.how.leftovers, 0);
    ck_assert_int_eq(aw_sdp_status(&sdp, &diag), AW_OK);
    /* A device that never stops does not keep us. */
    rom.how.leftovers = 1000;
    ck_assert_int_eq(aw_sdp_open(&sdp, &usb, TIMEOUT_MS, &diag), AW_OK);
    ck_assert_int_eq(aw_sdp_status(&sdp, &diag), AW_ERR_FORMAT);
}
END_TEST

Suite *suite_sdp(void)
{
    Suite *s = suite_create("sdp");
    TCase *tc = tcase_create("sdp");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, status);
    tcase_add_test(tc, registers);
    tcase_add_loop_test(tc, access_checks, 0, (int)COUNT(accesses));
    tcase_add_test(tc, wide_values);
    tcase_add_test(tc, data_like_a_refusal);
    tcase_add_test(tc, boots);
    tcase_add_test(tc, boots_release);
    tcase_add_loop_test(tc, fault, 0, (int)COUNT(faults));
    tcase_add_loop_test(tc, bad_image, 0, (int)COUNT(images));
    tcase_add_test(tc, image_at_the_end_of_addresses);
    tcase_add_test(tc, cancelled);
    tcase_add_test(tc, open_drains);
    suite_add_tcase(s, tc);
    return s;
}
