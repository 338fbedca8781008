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

/* Commands as clients send them, seen on the wire. */
static const struct {
    const char *hex;
    struct aw_sdp_request want;
} commands[] = {
    {"0105050000000000000000000000000000", {.type = AW_SDP_ERROR_STATUS}},
    {"010101021bc40020000000040000000000",
     {AW_SDP_READ_REGISTER, 0x021bc400, 32, 4, 0, 0}},
    {"010a0a0091000000000003d00000000000",
     {AW_SDP_DCD_WRITE, 0x00910000, 0, 976, 0, 0}},
    {"0104048000f40000001d9c000000000000",
     {AW_SDP_WRITE_FILE, 0x8000f400, 0, 1940480, 0, 0}},
    {"0104048000f40000001d9c0000000000aa",
     {AW_SDP_WRITE_FILE, 0x8000f400, 0, 1940480, 0, 0xaa}},
    {"010b0b8000f40000000000000000000000",
     {AW_SDP_JUMP_ADDRESS, 0x8000f400, 0, 0, 0, 0}},
    {"010202020d804020000000041234567800",
     {AW_SDP_WRITE_REGISTER, 0x020d8040, 32, 4, 0x12345678, 0}},
};

START_TEST(command_codec)
{
    aw_bytes report = vec_unhex(aw_text(commands[_i].hex));
    const struct aw_sdp_request *want = &commands[_i].want;
    struct aw_sdp_request got = {0};
    uint8_t bytes[AW_SDP_COMMAND_SIZE];

    ck_assert_int_eq(aw_sdp_request_parse(report, &got, NULL), AW_OK);
    ck_assert_uint_eq(got.type, want->type);
    ck_assert_uint_eq(got.address, want->address);
    ck_assert_uint_eq(got.format, want->format);
    ck_assert_uint_eq(got.count, want->count);
    ck_assert_uint_eq(got.data, want->data);
    ck_assert_uint_eq(got.reserved, want->reserved);
    aw_sdp_request_write(want, bytes);
    CK_ASSERT_BYTES(((aw_bytes){bytes, sizeof(bytes)}), report);
    ck_assert_str_ne(aw_sdp_type_name(want->type), "UNKNOWN");
    report.n--;
    ck_assert_int_eq(aw_sdp_request_parse(report, &got, NULL), AW_ERR_SHORT);
}
END_TEST

/* What the device side answers, byte for byte; blanks separate reports. */
static const struct {
    const char *name;
    const char *report[4];
    const char *answer; /* without trailing zeros */
} answers[] = {
    {"status", {"0105050000000000000000000000000000"}, "0356787856 04f0f0f0f0"},
    {"read", {"0101018000000020000000040000000000"}, "0356787856 0401020304"},
    {"read nothing", {"0101018000000020000000000000000000"}, "0356787856"},
    {"read outside",
     {"0101010000000020000000040000000000"},
     "0356787856 0433223300"},
    {"read past the end of addresses",
     {"010101fffffffc20000000080000000000"},
     "0356787856 0433223300"},
    {"write", {"0102028000000020000000040403020100"}, "0356787856 04128a8a12"},
    {"write outside",
     {"0102020000000020000000040403020100"},
     "0356787856 0433223300"},
    {"file",
     {"0104048000001000000000040000000000", "02aabb", "02", "02ccddeeff"},
     "0356787856 0488888888"},
    {"file of nothing",
     {"0104048000001000000000000000000000"},
     "0356787856 0488888888"},
    {"file outside",
     {"0104047fffffff00000000040000000000", "02aabbccdd"},
     "0356787856 0433223300"},
    {"file past the end of addresses",
     {"010404ffffffff00000000020000000000", "02aabb"},
     "0356787856 0433223300"},
    {"file under way", {"0104048000001000000000040000000000", "02aabb"}, ""},
    {"command within a file",
     {"0104048000001000000000040000000000", "02aabb",
      "0105050000000000000000000000000000", "02ccdd"},
     "0356787856 04f0f0f0f0"},
    {"data alone", {"02aabbccdd"}, ""},
    {"empty data", {"02"}, ""},
    {"DCD",
     {"010a0a0091000000000000040000000000", "02d2000440ffff"},
     "0356787856 04128a8a12"},
    {"CSF",
     {"0106060091000000000000040000000000", "02d4000440"},
     "0356787856 04128a8a12"},
    {"skip", {"010c0c0000000000000000000000000000"}, "0356787856 0409d00d90"},
    {"jump", {"010b0b8000f40000000000000000000000"}, "0356787856"},
    {"unknown",
     {"0107070000000000000000000000000000"},
     "0356787856 0433030000"},
    {"answers not read",
     {"0105050000000000000000000000000000",
      "010c0c0000000000000000000000000000"},
     "0356787856 0409d00d90"},
};

/* One report as hex; what follows a word has to be zeros. */
static void put_report(struct aw_wr *w, const uint8_t *report, size_t n)
{
    static const uint8_t zeros[AW_SDP_ANSWER_SIZE];
    size_t end = 1 + AW_SDP_WORD;

    ck_assert_uint_eq(n, report[0] == 3 ? 5 : 65);
    ck_assert(memcmp(report + end, zeros, n - end) == 0);
    aw_wr_text(w, w->n > 0 ? " " : "");
    aw_wr_hex(w, (aw_bytes){report, end});
}

/* All that the device has to say. */
static void drain(struct aw_sdp_device *dev, const struct aw_sdp_target *target,
                  struct aw_wr *w)
{
    uint8_t report[AW_SDP_ANSWER_SIZE];
    size_t n = aw_sdp_device_next(dev, target, report);

    while (n > 0) {
        put_report(w, report, n);
        n = aw_sdp_device_next(dev, target, report);
    }
    ck_assert(!aw_sdp_device_has(dev));
}

START_TEST(device_answers)
{
    struct aw_sdp_device dev = {0};
    struct aw_sdp_target target = sdp_rom_target(&rom);
    char text[256];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    memcpy(rom.ddr, "\x01\x02\x03\x04", 4);
    for (size_t i = 0; i < 4 && answers[_i].report[i] != NULL; i++) {
        ck_assert(aw_sdp_device_take(
            &dev, &target, vec_unhex(aw_text(answers[_i].report[i]))));
    }
    drain(&dev, &target, &w);
    ck_assert_msg(aw_bytes_is(aw_wr_done(&w), answers[_i].answer), "%s: %s",
                  answers[_i].name, vec_cstr(aw_wr_done(&w)));
}
END_TEST

START_TEST(device_refuses_reports)
{
    struct aw_sdp_device dev = {0};
    struct aw_sdp_target target = sdp_rom_target(&rom);
    static const char *const reports[] = {"",
                                          "00",
                                          "01",
                                          "03",
                                          "0505050000000000000000000000000000",
                                          "01050500000000000000000000000000"};

    for (size_t i = 0; i < COUNT(reports); i++) {
        ck_assert(
            !aw_sdp_device_take(&dev, &target, vec_unhex(aw_text(reports[i]))));
        ck_assert(!aw_sdp_device_has(&dev));
    }
}
END_TEST

/* No byte is stored that was not announced. */
START_TEST(device_stores_what_was_announced)
{
    struct aw_sdp_device dev = {0};
    struct aw_sdp_target target = sdp_rom_target(&rom);
    static const char *const reports[] = {"0104048000001000000000050000000000",
                                          "02aabb", "02ccddeeff99",
                                          "0212345678"};
    static const uint8_t want[] = {0, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0, 0};

    for (size_t i = 0; i < COUNT(reports); i++) {
        ck_assert(
            aw_sdp_device_take(&dev, &target, vec_unhex(aw_text(reports[i]))));
    }
    ck_assert_mem_eq(rom.ddr + 0xf, want, sizeof(want));
}
END_TEST

START_TEST(device_reads_parts)
{
    struct aw_sdp_device dev = {0};
    struct aw_sdp_target target = sdp_rom_target(&rom);
    uint8_t report[AW_SDP_ANSWER_SIZE];

    for (unsigned i = 0; i < 130; i++) {
        rom.ddr[i] = (uint8_t)(i + 1);
    }
    ck_assert(aw_sdp_device_take(
        &dev, &target,
        vec_unhex(aw_text("0101018000000008000000820000000000"))));
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 5);
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 65);
    ck_assert_mem_eq(&report[1], rom.ddr, 64);
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 65);
    ck_assert_mem_eq(&report[1], rom.ddr + 64, 64);
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 65);
    ck_assert_mem_eq(&report[1], rom.ddr + 128, 2);
    ck_assert_uint_eq(report[3], 0);
    ck_assert_uint_eq(aw_sdp_device_next(&dev, &target, report), 0);
}
END_TEST

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
    tcase_add_loop_test(tc, command_codec, 0, (int)COUNT(commands));
    tcase_add_loop_test(tc, device_answers, 0, (int)COUNT(answers));
    tcase_add_test(tc, device_refuses_reports);
    tcase_add_test(tc, device_stores_what_was_announced);
    tcase_add_test(tc, device_reads_parts);
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
