/* SPDX-License-Identifier: Apache-2.0 */
#include "rom/rom.h"

#include <string.h>

#include "aw/hab/csf.h"
#include "aw/sdp/host.h"
#include "hab.h"
#include "rom_board.h"
#include "suites.h"
#include "support.h"

enum {
    TIMEOUT_MS = 5000,
    IMAGE_MAX = 65536,
    BOOT_MS = 100,
    INTERNAL = 2 << 24
};

#define SELF       UINT32_C(0x8000f400)
#define ENTRY_AT   UINT32_C(0x80010040)
#define LOG_OFFSET (AW_HAB_LOG_ADDRESS - 0x00900000)

static struct rom_board board;
static struct aw_sdp sdp;
static struct aw_diag diag;
static const char srk4[] = "srk/srk4.fuse.bin";

static void setup(void)
{
    rom_board_init(&board);
}

static aw_bytes image_of(const char *name, aw_bytes csf, size_t pad)
{
    static uint8_t image[IMAGE_MAX];
    struct aw_wr w = aw_wr_init(image, sizeof(image));

    hab_join(&w, name, csf, pad);
    return aw_wr_done(&w);
}

static void insert(uint8_t *medium, aw_bytes image)
{
    memset(medium, 0, BOARD_MEDIUM);
    memcpy(medium + AW_IVT_MEDIUM, image.p, image.n);
}

/* Events in the log at its real place, head record skipped. */
static size_t events_in_ocram(aw_bytes *first)
{
    aw_bytes log = {board.ocram + LOG_OFFSET, AW_HAB_LOG_SIZE};
    struct aw_hab_record record;
    size_t at = 0;
    size_t n = 0;

    while (aw_hab_log_next(log, &at, &record, NULL) == AW_OK) {
        if (record.tag == AW_HAB_EVENT_TAG && n++ == 0) {
            *first = record.bytes;
        }
    }
    ck_assert_uint_eq(log.p[0], 0x0c);
    return n;
}

static void connect(void)
{
    struct aw_usb_device usb = rom_board_open(&board);

    ck_assert_int_eq(aw_sdp_open(&sdp, &usb, TIMEOUT_MS, &diag), AW_OK);
}

static aw_err boot(aw_bytes image)
{
    struct aw_sdp_boot result;

    return aw_sdp_boot_unverified(&sdp, image, NULL, &result, &diag);
}

static void run_ms(uint32_t ms)
{
    bool never = false;

    tw_usb_run_clock(&board.clock,
                     board.clock.now + tw_clock_ticks(&board.clock, ms, 1000),
                     &never);
}

/* Descriptors byte for byte as real parts show them. */
START_TEST(descriptors)
{
    static const struct {
        uint8_t type;
        uint16_t value;
        const char *want;
    } rows[] = {
        {0x80, 0x0100,
         "1201000200000040a215800001000102"
         "0001"},
        {0x80, 0x0200,
         "09022200010100c005"
         "090400000103000000"
         "092110010001224c00"
         "07058103400001"},
        {0x80, 0x0600, "0a060002000000400100"},
        {0x81, 0x2100, "092110010001224c00"},
        {0x81, 0x2200,
         "0600ff0901a101"
         "8501190129011500"
         "26ff00750895109102"
         "8502190129011500"
         "26ff00758095409102"
         "8503190129011500"
         "26ff00750895048102"
         "8504190129011500"
         "26ff00750895408102c0"},
    };

    rom_board_boot(&board, BOOT_MS);
    struct aw_usb_device usb = rom_board_open(&board);

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t data[255];
        size_t done = 0;
        const struct aw_usb_setup s = {rows[i].type, 6, rows[i].value, 0, 255};

        ck_assert_int_eq(
            usb.control(usb.ctx, &s, data, &done, TIMEOUT_MS, NULL), AW_OK);
        CK_ASSERT_BYTES(((aw_bytes){data, done}),
                        vec_unhex(aw_text(rows[i].want)));
    }
    ck_assert_str_eq(board.host.found.maker, "Freescale SemiConductor Inc ");
    ck_assert_str_eq(board.host.found.model, "SE Blank 6ULL ");
    ck_assert_str_eq(board.host.found.serial, "");
}
END_TEST

/* Requests of HID and chapter 9, and what is stalled. */
START_TEST(requests)
{
    static const struct {
        struct aw_usb_setup setup;
        aw_err want;
        size_t done;
    } rows[] = {
        {{0x21, 0x0a, 0, 0, 0}, AW_OK, 0},
        {{0xa1, 0x02, 0, 0, 1}, AW_OK, 1},
        {{0x80, 0x00, 0, 0, 2}, AW_OK, 2},
        {{0x80, 0x08, 0, 0, 1}, AW_OK, 1},
        {{0x81, 0x0a, 0, 0, 1}, AW_OK, 1},
        {{0x01, 0x0b, 0, 0, 0}, AW_OK, 0},
        {{0x82, 0x00, 0, 0x81, 2}, AW_OK, 2},
        {{0x02, 0x01, 0, 0x81, 0}, AW_OK, 0},
        {{0x00, 0x09, 1, 0, 0}, AW_OK, 0},
        {{0x80, 0x06, 0x0302, 0x409, 4}, AW_OK, 4},
        {{0x80, 0x06, 0x0303, 0x409, 4}, AW_ERR_STALL, 0},
        {{0x80, 0x06, 0x0a00, 0, 4}, AW_ERR_STALL, 0},
        {{0x00, 0x09, 2, 0, 0}, AW_ERR_STALL, 0},
        {{0x21, 0x0b, 0, 0, 0}, AW_ERR_STALL, 0},
        {{0x40, 0x01, 0, 0, 0}, AW_ERR_STALL, 0},
        {{0x00, 0x07, 0x0100, 0, 18}, AW_ERR_STALL, 0},
        {{0x21, 0x09, 0x0201, 0, 0}, AW_ERR_STALL, 0},
        {{0x21, 0x09, 0x0201, 0, 1026}, AW_ERR_STALL, 0},
        /* Report 0: there is none. */
        {{0x21, 0x09, 0x0200, 0, 17}, AW_ERR_STALL, 0},
    };
    static uint8_t data[2048];

    rom_board_boot(&board, BOOT_MS);
    struct aw_usb_device usb = rom_board_open(&board);

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t done = 0;
        aw_err err;

        memset(data, 0, sizeof(data));
        err =
            usb.control(usb.ctx, &rows[i].setup, data, &done, TIMEOUT_MS, NULL);
        ck_assert_msg(err == rows[i].want && done == rows[i].done, "%zu: %s", i,
                      aw_err_name(err));
    }
    connect();
    ck_assert_int_eq(aw_sdp_status(&sdp, &diag), AW_OK);
}
END_TEST

START_TEST(boots_by_usb)
{
    rom_board_boot(&board, BOOT_MS);
    ck_assert_int_eq(board.rom.phase, TW_ROM_SERIAL);
    connect();
    ck_assert_int_eq(boot(image_of("image/test.imx", hab_csf("sdp.cst331"), 0)),
                     AW_OK);
    ck_assert(!sdp.closed);
    run_ms(300);
    ck_assert(board.started && board.started_serial);
    ck_assert_uint_eq(board.entry, ENTRY_AT);
    ck_assert(!tw_rom_active(&board.rom));
    ck_assert(!board.host.found.present);
    ck_assert_int_eq(board.state, TW_ROM_NON_SECURE);
    ck_assert_uint_eq(board.sticky, 0);
}
END_TEST

START_TEST(boots_from_medium)
{
    board.sbmr2 = INTERNAL;
    insert(board.medium,
           image_of("image/test.imx", hab_csf("flash.cst331"), AW_CSF_AREA));
    rom_board_boot(&board, BOOT_MS);
    ck_assert(board.started && !board.started_serial);
    ck_assert_uint_eq(board.entry, ENTRY_AT);
    /* All of the medium from its first byte is at `start`. */
    ck_assert_mem_eq(board.ddr + 0xf000, board.medium, 0x7000);
    /* The DCD ran. */
    ck_assert_uint_eq(*rom_board_reg(&board, 0x020c4080), 0xffffffff);
    ck_assert_uint_eq(*rom_board_reg(&board, 0x020e4024), 1);
}
END_TEST

/* Where the ROM looks: pins, fuses, request. */
static const struct {
    const char *name;
    uint32_t sbmr2;
    uint32_t sbmr1;
    uint32_t fuse5; /* BOOT_CFG */
    uint32_t fuse6;
    uint32_t gpr9;
    uint32_t gpr10;
    bool blank;
    enum tw_rom_phase want;
} sources[] = {
    {"pins say serial", 1 << 24, 0x60, 0, 0, 0, 0, false, TW_ROM_SERIAL},
    {"pins say internal", 2 << 24, 0x60, 0, 0, 0, 0, false, TW_ROM_DONE},
    {"blank medium", 2 << 24, 0x60, 0, 0, 0, 0, true, TW_ROM_SERIAL},
    {"no card slot", 2 << 24, 0x40, 0, 0, 0, 0, false, TW_ROM_SERIAL},
    {"unknown device", 2 << 24, 0x20, 0, 0, 0, 0, false, TW_ROM_SERIAL},
    {"by fuses, none blown", 0, 0x60, 0, 0, 0, 0, false, TW_ROM_SERIAL},
    {"by fuses", 0, 0, 0x60, 0x10, 0, 0, false, TW_ROM_DONE},
    {"fuses before pins", 2 << 24, 0x60, 0x20, 0x10, 0, 0, false,
     TW_ROM_SERIAL},
    {"pins overruled", 1 << 24, 0x60, 0, 0x10000, 0, 0, false, TW_ROM_DONE},
    {"overruled, but blank", 1 << 24, 0x60, 0, 0x10000, 0, 0, true,
     TW_ROM_SERIAL},
    {"on request", 2 << 24, 0x60, 0, 0, 0x20, 1 << 28, false, TW_ROM_SERIAL},
    {"no request", 2 << 24, 0x60, 0, 0, 0x20, 0, false, TW_ROM_DONE},
    {"serial disabled", 1 << 24, 0x60, 0, 0x20000, 0, 0, false, TW_ROM_DEAD},
    {"serial disabled, blank", 2 << 24, 0x60, 0, 0x20000, 0, 0, true,
     TW_ROM_DEAD},
};

START_TEST(source)
{
    board.sbmr2 = sources[_i].sbmr2;
    board.sbmr1 = sources[_i].sbmr1;
    board.fuse[5] = sources[_i].fuse5;
    board.fuse[6] = sources[_i].fuse6;
    board.gpr9 = sources[_i].gpr9;
    board.gpr10 = sources[_i].gpr10;
    if (!sources[_i].blank) {
        insert(board.medium, image_of("image/test.imx", hab_csf("flash.cst331"),
                                      AW_CSF_AREA));
    }
    rom_board_boot(&board, 500);
    ck_assert_msg(board.rom.phase == sources[_i].want, "%s: %s",
                  sources[_i].name, tw_rom_phase_name(board.rom.phase));
    ck_assert(board.host.found.present == (sources[_i].want == TW_ROM_SERIAL));
    ck_assert(tw_rom_active(&board.rom) == (sources[_i].want != TW_ROM_DONE));
}
END_TEST

START_TEST(boot_partition)
{
    board.sbmr2 = INTERNAL;
    board.partition_config = 1 << 3;
    insert(board.part1,
           image_of("image/test.imx", hab_csf("flash.cst331"), AW_CSF_AREA));
    rom_board_boot(&board, BOOT_MS);
    ck_assert(board.started);
    board.partition_config = 7 << 3; /* user area */
    rom_board_boot(&board, BOOT_MS);
    ck_assert(!board.started);
    board.no_medium = true;
    rom_board_boot(&board, BOOT_MS);
    ck_assert_int_eq(board.rom.phase, TW_ROM_SERIAL);
}
END_TEST

/* An open part runs what is not signed, and keeps the events. */
START_TEST(open_part_logs)
{
    aw_bytes first = {NULL, 0};

    board.sbmr2 = INTERNAL;
    insert(board.medium,
           image_of("image/test.imx", (aw_bytes){NULL, 0}, AW_CSF_AREA));
    rom_board_boot(&board, BOOT_MS);
    ck_assert(board.started);
    ck_assert_uint_gt(events_in_ocram(&first), 0);
    struct aw_hab_event event;

    ck_assert_int_eq(aw_hab_event_parse(first, &event, NULL), AW_OK);
    ck_assert_uint_eq(event.reason, AW_HAB_INV_CSF);
    ck_assert_int_eq(board.state, TW_ROM_NON_SECURE);
}
END_TEST

static void patch(uint8_t *bytes, size_t n, const cJSON *patches)
{
    const cJSON *row = NULL;

    cJSON_ArrayForEach(row, patches)
    {
        aw_bytes b = vec_unhex(vec_str(row, "hex"));
        size_t at = vec_u64(row, "offset");

        ck_assert_uint_le(at + b.n, n);
        memcpy(bytes + at, b.p, b.n);
    }
}

static size_t first_event_of(const cJSON *row, uint8_t word[4])
{
    const cJSON *events = cJSON_GetObjectItem(row, "events");

    if (cJSON_GetArraySize(events) > 0) {
        aw_bytes b = vec_unhex(aw_text(events->child->valuestring));

        memcpy(word, b.p + 4, 4);
    }
    return (size_t)cJSON_GetArraySize(events);
}

static void set_up_case(const cJSON *row)
{
    rom_board_init(&board);
    rom_board_close(&board, vec_unhex(vec_str(row, "srk_fuse")));
    if (!aw_bytes_is(vec_str(row, "config"), "closed")) {
        board.fuse[6] = 0;
    }
    board.fuse[5 * 8 + 7] = (uint32_t)vec_u64(row, "srk_revoke");
}

/* Sends image and DCD as they are in the vector, one command after the other,
 * with the words that the ROM answers. */
struct session {
    aw_bytes dcd;
    aw_bytes file;
    uint32_t self;
    uint32_t dcd_word;  /* AW_SDP_WRITTEN, or why not */
    uint32_t jump_word; /* 0: none */
};

static void exchange(struct aw_usb_device *usb, aw_bytes report, uint32_t *word)
{
    static uint8_t copy[AW_SDP_DATA_SIZE];
    struct aw_usb_setup s = aw_sdp_set_report(report.p[0], (uint16_t)report.n);
    size_t done = 0;

    memcpy(copy, report.p, report.n);
    ck_assert_int_eq(usb->control(usb->ctx, &s, copy, &done, 1000, NULL),
                     AW_OK);
    if (word == NULL) {
        return;
    }
    *word = 0;
    ck_assert_int_eq(usb->transfer(usb->ctx, 0x81, copy, 65, &done, 1000),
                     AW_OK);
    ck_assert_uint_eq(done, 5);
    if (usb->transfer(usb->ctx, 0x81, copy, 65, &done, 100) == AW_OK) {
        ck_assert_uint_eq(done, 65);
        *word = aw_sdp_word(&copy[1]);
    }
}

static void send(struct aw_usb_device *usb, uint16_t type, uint32_t address,
                 aw_bytes bytes, uint32_t *word)
{
    const struct aw_sdp_request request = {
        .type = type, .address = address, .count = (uint32_t)bytes.n};
    uint8_t report[AW_SDP_DATA_SIZE];
    struct aw_rd r = aw_rd_init(bytes);

    aw_sdp_request_write(&request, report);
    exchange(usb, (aw_bytes){report, AW_SDP_COMMAND_SIZE},
             bytes.n == 0 ? word : NULL);
    while (aw_rd_left(&r) > 0) {
        size_t n = aw_rd_left(&r) < 1024 ? aw_rd_left(&r) : 1024;

        report[0] = AW_SDP_DATA;
        memcpy(&report[1], aw_rd_take(&r, n).p, n);
        exchange(usb, (aw_bytes){report, n + 1},
                 aw_rd_left(&r) == 0 ? word : NULL);
    }
}

static void run_session(struct session *s)
{
    struct aw_usb_device usb = rom_board_open(&board);
    uint32_t word = 0;

    send(&usb, AW_SDP_DCD_WRITE, AW_SDP_DCD_ADDRESS, s->dcd, &s->dcd_word);
    send(&usb, AW_SDP_WRITE_FILE, s->self, s->file, &word);
    ck_assert_uint_eq(word, AW_SDP_FILE_DONE);
    send(&usb, AW_SDP_JUMP_ADDRESS, s->self, (aw_bytes){NULL, 0},
         &s->jump_word);
}

/* Log and, over serial download, the answer to the jump. */
static void check_case(const cJSON *row, uint32_t jump_word)
{
    const char *id = vec_cstr(vec_str(row, "id"));
    bool serial = aw_bytes_is(vec_str(row, "mode"), "sdp");
    uint8_t want[4] = {0};
    size_t events = first_event_of(row, want);
    aw_bytes first = {want, 0};
    size_t got = events_in_ocram(&first);

    ck_assert_msg(board.started == vec_bool(row, "boots"), "%s: started", id);
    ck_assert_msg(board.host.found.present != board.started, "%s: USB", id);
    ck_assert_msg(got == events, "%s: %zu events", id, got);
    if (got > 0) {
        ck_assert_msg(memcmp(first.p + 4, want, 4) == 0, "%s: event", id);
    }
    if (serial) {
        ck_assert_msg(jump_word == aw_sdp_word(want), "%s: %08x", id,
                      (unsigned)jump_word);
    }
}

static aw_bytes file_of_case(const cJSON *row)
{
    static uint8_t file[IMAGE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));

    hab_join(&w, vec_cstr(vec_str(row, "image")),
             hab_file(vec_cstr(vec_str(row, "csf"))),
             vec_u64(row, "csf_pad_to"));
    patch(file, w.n, cJSON_GetObjectItem(row, "patches"));
    return aw_wr_done(&w);
}

static void run_serial_case(const cJSON *row)
{
    static uint8_t dcd[AW_DCD_MAX];
    struct aw_wr d = aw_wr_init(dcd, sizeof(dcd));
    struct session s = {.self = SELF, .file = file_of_case(row)};

    aw_wr_put(&d, hab_file("image/test.dcd.bin"));
    patch(dcd, d.n, cJSON_GetObjectItem(row, "dcd_patches"));
    s.dcd = aw_wr_done(&d);
    rom_board_boot(&board, BOOT_MS);
    run_session(&s);
    run_ms(300);
    check_case(row, s.jump_word);
}

static void run_medium_case(const cJSON *row)
{
    board.sbmr2 = INTERNAL;
    insert(board.medium, file_of_case(row));
    rom_board_boot(&board, 500);
    check_case(row, 0);
}

/* Every tamper vector, with its HAB word, from eMMC or by USB. */
START_TEST(tamper_cases)
{
    const cJSON *doc = vec_json("hab/tamper/cases.json");
    const cJSON *row = NULL;
    size_t serial = 0;
    size_t n = 0;

    cJSON_ArrayForEach(row, cJSON_GetObjectItem(doc, "cases"))
    {
        set_up_case(row);
        if (aw_bytes_is(vec_str(row, "mode"), "sdp")) {
            run_serial_case(row);
            serial++;
        } else {
            run_medium_case(row);
        }
        n++;
    }
    ck_assert_uint_eq(n, 54);
    ck_assert_uint_eq(serial, 3);
}
END_TEST

START_TEST(closed_part_boots_signed)
{
    rom_board_close(&board, hab_file(srk4));
    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(boot(image_of("image/test.imx", hab_csf("sdp.cst331"), 0)),
                     AW_OK);
    ck_assert(sdp.closed);
    run_ms(300);
    ck_assert(board.started);
    ck_assert_int_eq(board.state, TW_ROM_TRUSTED);
    ck_assert_uint_eq(board.sticky, 6);
    /* What HAB's functions report: closed, trusted, success. */
    ck_assert_mem_eq(board.rom.image + 0x400, "\xcc\x99\xf0", 3);
}
END_TEST

START_TEST(closed_part_refuses)
{
    aw_bytes image = image_of("image/test.imx", hab_csf("flash.cst331"), 0);

    rom_board_close(&board, hab_file(srk4));
    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(boot(image), AW_ERR_REFUSED);
    ck_assert_uint_eq(aw_sdp_event(&sdp).reason, AW_HAB_INV_SIGNATURE);
    /* Another try needs a reset, though the image is good now. */
    image = image_of("image/test.imx", hab_csf("sdp.cst331"), 0);
    ck_assert_int_eq(boot(image), AW_ERR_REFUSED);
    ck_assert_uint_eq(aw_sdp_event(&sdp).reason, AW_HAB_INV_CALL);
    run_ms(300);
    ck_assert(!board.started);
    ck_assert_int_eq(board.state, TW_ROM_CHECKING);
    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(boot(image), AW_OK);
}
END_TEST

/* A part that was returned to NXP is closed no more. */
START_TEST(returned_part)
{
    rom_board_close(&board, hab_file(srk4));
    board.fuse[5 * 8 + 6] = 1;
    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(
        boot(image_of("image/test.imx", hab_csf("flash.cst331"), 0)), AW_OK);
    ck_assert(!sdp.closed);
    ck_assert_uint_eq(board.rom.image[0x400], 0x33);
}
END_TEST

/* A refused boot from eMMC is explained by the log, which USB can read; and
 * recovery by USB works after it. */
START_TEST(log_over_usb)
{
    uint8_t log[AW_HAB_LOG_SIZE];
    struct aw_hab_record record;
    size_t at = 0;

    rom_board_close(&board, hab_file(srk4));
    board.sbmr2 = INTERNAL;
    insert(board.medium,
           image_of("image/test.imx", hab_csf("sdp.cst331"), AW_CSF_AREA));
    rom_board_boot(&board, 500);
    ck_assert(!board.started);
    connect();
    ck_assert_int_eq(
        aw_sdp_read(&sdp, AW_HAB_LOG_ADDRESS, 8, log, sizeof(log), &diag),
        AW_OK);
    ck_assert_int_eq(
        aw_hab_log_next((aw_bytes){log, sizeof(log)}, &at, &record, NULL),
        AW_OK);
    ck_assert_int_eq(
        aw_hab_log_next((aw_bytes){log, sizeof(log)}, &at, &record, NULL),
        AW_OK);
    ck_assert_uint_eq(record.bytes.p[5], AW_HAB_INV_SIGNATURE);
    ck_assert_int_eq(boot(image_of("image/test.imx", hab_csf("sdp.cst331"), 0)),
                     AW_OK);
}
END_TEST

/* The unique id through shadow registers, and who may read it. */
static const struct {
    const char *name;
    bool closed;
    uint32_t fuse6;
    uint32_t address;
    aw_err want;
} reads[] = {
    {"open", false, 0, 0x021bc410, AW_OK},
    {"read disabled", false, 1 << 18, 0x021bc410, AW_ERR_REFUSED},
    {"closed", true, 0, 0x021bc410, AW_ERR_REFUSED},
    {"closed, log", true, 0, 0x00904000, AW_OK},
    {"closed, log, read disabled", true, 1 << 18, 0x00904000, AW_ERR_REFUSED},
    {"closed, DDR", true, 0, 0x80000000, AW_OK},
    {"closed, ROM", true, 0, 0, AW_ERR_REFUSED},
    {"open, ROM", false, 0, 0x100, AW_OK},
    {"open, nothing there", false, 0, 0x10000000, AW_ERR_REFUSED},
    {"open, past the end", false, 0, 0x800ffffc, AW_ERR_REFUSED},
};

START_TEST(reading)
{
    uint8_t bytes[8] = {0};
    aw_err err;

    if (reads[_i].closed) {
        rom_board_close(&board, hab_file(srk4));
    }
    board.fuse[6] |= reads[_i].fuse6;
    rom_board_boot(&board, BOOT_MS);
    connect();
    err = aw_sdp_read(&sdp, reads[_i].address, 32, bytes, sizeof(bytes), &diag);
    ck_assert_msg(err == reads[_i].want, "%s: %s", reads[_i].name,
                  aw_err_name(err));
    if (err == AW_ERR_REFUSED) {
        ck_assert_mem_eq(sdp.word, "\x33\x22\x33\x00", 4);
    } else if (reads[_i].address == 0x021bc410) {
        ck_assert_int_eq(aw_sdp_read(&sdp, 0x021bc410, 32, bytes, 4, &diag),
                         AW_OK);
        ck_assert_mem_eq(bytes, "\xef\xcd\xab\x89", 4);
        ck_assert_int_eq(aw_sdp_read(&sdp, 0x021bc420, 32, bytes, 4, &diag),
                         AW_OK);
        ck_assert_mem_eq(bytes, "\x67\x45\x23\x01", 4);
    }
}
END_TEST

START_TEST(writing)
{
    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(aw_sdp_write(&sdp, 0x020d8040, 32, 0x20, &diag), AW_OK);
    ck_assert_uint_eq(board.gpr9, 0x20);
    ck_assert_int_eq(aw_sdp_write(&sdp, 0, 32, 1, &diag), AW_ERR_REFUSED);

    rom_board_init(&board);
    rom_board_close(&board, hab_file(srk4));
    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(aw_sdp_write(&sdp, 0x020d8040, 32, 0x20, &diag),
                     AW_ERR_REFUSED);
    ck_assert_uint_eq(board.gpr9, 0);
    ck_assert_int_eq(aw_sdp_write(&sdp, 0x020e0044, 32, 5, &diag), AW_OK);
    ck_assert_uint_eq(*rom_board_reg(&board, 0x020e0044), 5);
}
END_TEST

/* Where a host may put data. */
static const struct {
    const char *name;
    uint16_t type;
    uint32_t address;
    uint32_t n;
    uint32_t want;
} stores[] = {
    {"DDR", AW_SDP_WRITE_FILE, 0x80000000, 16, AW_SDP_FILE_DONE},
    {"free OCRAM", AW_SDP_WRITE_FILE, 0x00907000, 16, AW_SDP_FILE_DONE},
    {"OCRAM of the ROM", AW_SDP_WRITE_FILE, 0x00906ff8, 16, 0x00332233},
    {"end of OCRAM", AW_SDP_WRITE_FILE, 0x00917ff8, 16, 0x00332233},
    {"registers", AW_SDP_WRITE_FILE, 0x020e0000, 16, 0x00332233},
    {"ROM", AW_SDP_WRITE_FILE, 0x100, 16, 0x00332233},
    {"past the end of DDR", AW_SDP_WRITE_FILE, 0x800ffff8, 16, 0x00332233},
    {"no DCD", AW_SDP_DCD_WRITE, 0x00910000, 16, 0x00dd2733},
    {"long DCD", AW_SDP_DCD_WRITE, 0x00910000, 1772, 0x00dd2733},
};

START_TEST(storing)
{
    static const uint8_t bytes[2048];
    uint32_t word = 0;

    rom_board_boot(&board, BOOT_MS);
    struct aw_usb_device usb = rom_board_open(&board);

    send(&usb, stores[_i].type, stores[_i].address,
         (aw_bytes){bytes, stores[_i].n}, &word);
    ck_assert_msg(word == stores[_i].want, "%s: %08x", stores[_i].name,
                  (unsigned)word);
}
END_TEST

/* A jump to what is no image, on an open part; the ROM goes on. */
START_TEST(bad_jumps)
{
    uint32_t word = 0;
    aw_bytes image = image_of("image/test.imx", hab_csf("sdp.cst331"), 0);

    rom_board_boot(&board, BOOT_MS);
    struct aw_usb_device usb = rom_board_open(&board);

    send(&usb, AW_SDP_JUMP_ADDRESS, 0x80000000, (aw_bytes){NULL, 0}, &word);
    ck_assert_uint_eq(word, 0x000a0533);
    send(&usb, AW_SDP_JUMP_ADDRESS, 0, (aw_bytes){NULL, 0}, &word);
    ck_assert_uint_eq(word, 0x000a0533);
    /* At another address than its own. */
    send(&usb, AW_SDP_WRITE_FILE, 0x80000000, image, &word);
    send(&usb, AW_SDP_JUMP_ADDRESS, 0x80000000, (aw_bytes){NULL, 0}, &word);
    ck_assert_uint_eq(word, 0x000a0533);
    connect();
    ck_assert_int_eq(boot(image), AW_OK);
}
END_TEST

/* With the pointer left in place and SKIP_DCD_HEADER: starts on an open part,
 * and the DCD does not run twice. */
START_TEST(skip_dcd)
{
    aw_bytes image = image_of("image/test.imx", hab_csf("flash.cst331"), 0);
    const struct aw_sdp_how how = {.skip_dcd = true};
    struct aw_sdp_boot result;

    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(aw_sdp_boot_unverified(&sdp, image, &how, &result, &diag),
                     AW_OK);
    ck_assert_uint_eq(board.rom.hab.image_dcd.length, 0);
    run_ms(300);
    ck_assert(board.started);
}
END_TEST

START_TEST(plugin_image)
{
    static uint8_t copy[IMAGE_MAX];
    aw_bytes image = image_of("image/test.imx", hab_csf("sdp.cst331"), 0);

    memcpy(copy, image.p, image.n);
    copy[0x28] = 1;
    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(boot((aw_bytes){copy, image.n}), AW_ERR_REFUSED);
    board.sbmr2 = INTERNAL;
    insert(board.medium, (aw_bytes){copy, image.n});
    rom_board_boot(&board, BOOT_MS);
    ck_assert(!board.started);
    ck_assert_uint_eq(board.report.counts[TW_REPORT_UNDEFINED], 1);
}
END_TEST

/* The same from a snapshot, taken between any two steps. */
START_TEST(snapshot)
{
    struct tw_device rom = tw_rom_device(&board.rom);
    struct tw_device host = tw_usb_host_device(&board.host, "host");
    struct tw_saver to = {0};
    struct tw_saver to_host = {0};

    rom_board_boot(&board, BOOT_MS);
    connect();
    ck_assert_int_eq(aw_sdp_status(&sdp, &diag), AW_OK);
    rom.save(rom.model, &to);
    host.save(host.model, &to_host);
    ck_assert_int_eq(boot(image_of("image/test.imx", hab_csf("sdp.cst331"), 0)),
                     AW_OK);
    struct tw_loader from = {.bytes = to.bytes, .n = to.n};

    ck_assert(rom.load(rom.model, &from));
    ck_assert_uint_eq(from.at, to.n);
    from = (struct tw_loader){.bytes = to_host.bytes, .n = to_host.n};
    ck_assert(host.load(host.model, &from));
    connect();
    ck_assert_int_eq(boot(image_of("image/test.imx", hab_csf("sdp.cst331"), 0)),
                     AW_OK);
    run_ms(300);
    ck_assert(board.started);
    for (size_t n = 0; n < to.n; n += n < 16 || n > to.n - 600 ? 1 : 999) {
        from = (struct tw_loader){.bytes = to.bytes, .n = n};
        ck_assert(!rom.load(rom.model, &from));
    }
    tw_saver_free(&to);
    tw_saver_free(&to_host);
}
END_TEST

Suite *suite_twin_rom(void)
{
    Suite *s = suite_create("twin_rom");
    TCase *tc = tcase_create("all");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, descriptors);
    tcase_add_test(tc, requests);
    tcase_add_test(tc, boots_by_usb);
    tcase_add_test(tc, boots_from_medium);
    tcase_add_loop_test(tc, source, 0, (int)COUNT(sources));
    tcase_add_test(tc, boot_partition);
    tcase_add_test(tc, open_part_logs);
    tcase_add_test(tc, tamper_cases);
    tcase_add_test(tc, closed_part_boots_signed);
    tcase_add_test(tc, closed_part_refuses);
    tcase_add_test(tc, returned_part);
    tcase_add_test(tc, log_over_usb);
    tcase_add_loop_test(tc, reading, 0, (int)COUNT(reads));
    tcase_add_test(tc, writing);
    tcase_add_loop_test(tc, storing, 0, (int)COUNT(stores));
    tcase_add_test(tc, bad_jumps);
    tcase_add_test(tc, skip_dcd);
    tcase_add_test(tc, plugin_image);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);
    return s;
}
