/* SPDX-License-Identifier: Apache-2.0 */
/* 60,000 reports to the control interface on the twin: framing at random,
 * messages whose protobuf is, and messages that are good, or were before a byte
 * of them was changed. */
#include "suites.h"

#include <stdio.h>
#include <string.h>

#include "control_support.h"
#include "support.h"

enum {
    REPORTS = 60000,
    CHECK_EVERY = 2000,
    DRAIN_MS = 3,
    OUT_MS = 3000, /* as a host; reading the crash log takes a while */
    MESSAGE_MAX = 300,
    FIRST = 57,
    MORE = 59
};

static uint64_t state = 20231018;
static unsigned sent;
static unsigned received;
static unsigned answers[256]; /* by command of a first report */
static unsigned good_sent;    /* reports of good messages */
static unsigned valid[256];   /* such messages, by command */

/* xorshift64*: the same run each time. */
static uint32_t some(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static void put(uint8_t *report, size_t n)
{
    size_t done = 0;
    aw_err err = control_host.open.transfer(control_host.open.ctx, 0x03, report,
                                            n, &done, OUT_MS);

    ck_assert_msg(err == AW_OK && done == n, "report %u: %s\n%s", sent,
                  aw_err_name(err), d.console);
    sent++;
}

/* What the device has to say; a slow host leaves it some of the time. */
static void drain(void)
{
    uint8_t report[AW_CONTROL_REPORT];
    size_t n = 0;

    for (unsigned i = 0; i < 200; i++) {
        aw_err err = control_host.open.transfer(
            control_host.open.ctx, 0x83, report, sizeof(report), &n, DRAIN_MS);

        if (err == AW_ERR_TIMEOUT) {
            return;
        }
        ck_assert_int_eq(err, AW_OK);
        ck_assert_uint_eq(n, sizeof(report));
        received++;
        answers[report[4]]++;
    }
}

static void head(uint8_t *report, uint32_t channel, uint8_t kind)
{
    struct aw_wr w = aw_wr_init(report, AW_CONTROL_REPORT);

    aw_wr_be32(&w, channel);
    aw_wr_u8(&w, kind);
}

/* Commands that there are, more often than others; secure boot is not asked
 * for with a hash that would be fused in vain. */
static uint8_t some_command(void)
{
    static const uint8_t known[] = {0x81, 0x83, 0x84, 0x86, 0xbf, 0xc0, 0xc1,
                                    0xc1, 0xc2, 0xc4, 0xc5, 0xc8, 0xc9, 0xca};
    uint8_t command =
        some(4) == 0 ? (uint8_t)(0x80 + some(128)) : known[some(COUNT(known))];

    return command == 0xc3 ? 0xc9 : command;
}

/* Nothing but bytes. */
static void send_noise(void)
{
    uint8_t report[AW_CONTROL_REPORT] = {0};
    size_t n = some(6) == 0 ? some(AW_CONTROL_REPORT + 1) : sizeof(report);

    for (size_t i = 0; i < sizeof(report); i++) {
        report[i] = (uint8_t)some(256);
    }
    if (report[4] == 0xc3) {
        report[4] = 0xc0;
    }
    put(report, n);
}

/* A report of a message, somewhere. */
static void send_framed(void)
{
    static const uint32_t channels[] = {0, 1, 2, 3, 0xffffffff, 0x12345678};
    uint8_t report[AW_CONTROL_REPORT] = {0};
    uint8_t kind = some(2) == 0 ? some_command() : (uint8_t)some(128);
    uint32_t n = some(3) == 0 ? some(65536) : some(130);

    head(report, channels[some(COUNT(channels))], kind);
    for (size_t i = 7; i < sizeof(report); i++) {
        report[i] = (uint8_t)some(256);
    }
    report[5] = (uint8_t)(n >> 8);
    report[6] = (uint8_t)n;
    put(report, sizeof(report));
}

/* Bytes that look like protobuf. */
static size_t some_protobuf(uint8_t *to)
{
    size_t n = some(MESSAGE_MAX);

    for (size_t i = 0; i < n; i++) {
        switch (some(4)) {
        case 0:
            to[i] = (uint8_t)(some(12) << 3 | some(6));
            break;
        case 1:
            to[i] = (uint8_t)some(20);
            break;
        case 2:
            to[i] = (uint8_t)('0' + some(10));
            break;
        default:
            to[i] = (uint8_t)some(256);
            break;
        }
    }
    return n;
}

/* A whole message, well framed. */
static void send_message(void)
{
    uint8_t message[MESSAGE_MAX];
    uint8_t report[AW_CONTROL_REPORT];
    size_t n = some_protobuf(message);
    size_t at = n < FIRST ? n : (size_t)FIRST;
    uint8_t sequence = 0;

    memset(report, 0, sizeof(report));
    head(report, 7, some_command());
    report[5] = (uint8_t)(n >> 8);
    report[6] = (uint8_t)n;
    memcpy(report + 7, message, at);
    put(report, sizeof(report));
    while (at < n) {
        size_t part = n - at < MORE ? n - at : (size_t)MORE;

        memset(report, 0, sizeof(report));
        head(report, 7, sequence++);
        memcpy(report + 5, message + at, part);
        put(report, sizeof(report));
        at += part;
    }
}

/* A message in its reports, on a channel. */
static void send_on(uint32_t channel, uint8_t command, aw_bytes message)
{
    struct aw_rd r = aw_rd_init(message);
    uint8_t report[AW_CONTROL_REPORT] = {0};
    size_t at = message.n < FIRST ? message.n : (size_t)FIRST;
    uint8_t sequence = 0;

    head(report, channel, command);
    report[5] = (uint8_t)(message.n >> 8);
    report[6] = (uint8_t)message.n;
    memcpy(report + 7, aw_rd_take(&r, at).p, at);
    put(report, sizeof(report));
    while (aw_rd_left(&r) > 0) {
        size_t left = aw_rd_left(&r);
        size_t part = left < MORE ? left : (size_t)MORE;

        memset(report, 0, sizeof(report));
        head(report, channel, sequence++);
        memcpy(report + 5, aw_rd_take(&r, part).p, part);
        put(report, sizeof(report));
    }
}

static void make_config(struct aw_wr *w)
{
    static const char *const names[] = {"time.example.com", "8.8.8.8:53", "",
                                        "[2001:db8::1]:53"};
    struct aw_ctl_config c = {.dhcp = some(2) == 0,
                              .ip = "192.168.0.7",
                              .netmask = "255.255.255.0",
                              .gateway = "192.168.0.1"};

    (void)snprintf(c.resolver, sizeof(c.resolver), "%s", names[some(4)]);
    (void)snprintf(c.ntp_server, sizeof(c.ntp_server), "%s", names[some(4)]);
    aw_ctl_config_write(&c, w);
}

static void make_arm(struct aw_wr *w)
{
    const struct aw_ctl_arm arm = {.serial = CONTROL_SERIAL,
                                   .srk_hash = CONTROL_SRK};

    aw_ctl_arm_write(&arm, w);
}

/* A step of an update that leads nowhere: its evidence is none. */
static void make_update(struct aw_wr *w)
{
    static struct aw_ctl_update u;

    u = (struct aw_ctl_update){.step = 1 + some(3),
                               .component = "TRUSTED_APPLET",
                               .evidence = 500,
                               .file = 1000 + some(3),
                               .digest_n = AW_CTL_DIGEST,
                               .offset = some(5) * 100,
                               .n = some(400)};
    memset(u.data, 0x55, u.n);
    aw_ctl_update_write(&u, w);
}

/* A good message of each command; the others have none. */
static void make_good(uint8_t command, struct aw_wr *w)
{
    switch (command) {
    case AW_CTL_CFG:
        make_config(w);
        break;
    case AW_CTL_UPDATE:
        make_update(w);
        break;
    case AW_CTL_CONSOLE_LOGS:
    case AW_CTL_CRASH_LOGS:
        aw_ctl_log_request_write(some(8) != 0, w);
        break;
    case AW_CTL_ARM:
        make_arm(w);
        break;
    case 0x81:
        aw_wr_zeros(w, some(200));
        break;
    case 0x86:
        aw_wr_zeros(w, 8);
        break;
    default:
        break;
    }
    ck_assert(!w->failed);
}

/* A good message, one in four with a byte that was changed. What waits is read
 * before, as hosts do: the answer is for this one. */
static void send_good(void)
{
    static const uint8_t commands[] = {0x81, 0x86, 0xc0, 0xc1, 0xc2, 0xc4,
                                       0xc5, 0xc8, 0xc9, 0xca, 0xcb};
    uint8_t message[1024];
    struct aw_wr w = aw_wr_init(message, sizeof(message));
    uint8_t command = commands[some(COUNT(commands))];
    unsigned before = sent;
    bool spoil = some(4) == 0;

    make_good(command, &w);
    if (spoil && w.n > 0) {
        message[some((uint32_t)w.n)] ^= (uint8_t)(1U << some(8));
    }
    drain();
    /* What another channel has begun is over. */
    (void)device_run(&d, NULL, 502);
    drain();
    send_on(5 + some(3), command, aw_wr_done(&w));
    if (!spoil) {
        good_sent += sent - before;
        valid[command]++;
    }
    drain();
}

/* The device still answers, and says the same. */
static void check(void)
{
    struct aw_ctl_status s;

    drain();
    control_host.open.close(control_host.open.ctx);
    control_open();
    ck_assert_int_eq(aw_control_status(&control, &s, NULL), AW_OK);
    ck_assert_str_eq(s.serial, CONTROL_SERIAL);
    ck_assert_str_eq(s.srk_hash, CONTROL_SRK);
}

START_TEST(reports)
{
    unsigned next = CHECK_EVERY;

    device_init(&d, TW_ULL);
    control_install(device_file("boot_debug.imx"), "tests/os_srk.elf");
    control_boot();
    while (sent < REPORTS) {
        uint32_t kind = some(10);

        if (kind < 2) {
            send_noise();
        } else if (kind < 4) {
            send_framed();
        } else if (kind < 6) {
            send_message();
        } else {
            send_good();
        }
        if (some(3) == 0) {
            drain();
        }
        if (sent >= next) {
            check();
            next += CHECK_EVERY;
        }
    }
    check();
    (void)printf("%u reports, %u of good messages; %u answered, %u errors; "
                 "%llu instructions\n",
                 sent, good_sent, received, answers[0xbf],
                 (unsigned long long)d.board.executed);
    for (unsigned c = 0; c < COUNT(valid); c++) {
        if (valid[c] > 0) {
            (void)printf("%02x: %u good ones, %u answers\n", c, valid[c],
                         answers[c]);
            ck_assert_uint_ge(answers[c], valid[c]);
            ck_assert_uint_gt(valid[c], 100);
        }
    }
    ck_assert_uint_gt(good_sent, sent / 10);
    ck_assert_uint_gt(answers[0xbf], 1000);
    ck_assert_uint_eq(d.resets, 0);
    expect_clean();
    device_free(&d);
}
END_TEST

Suite *control_fuzz_suite(void)
{
    Suite *s = suite_create("control_fuzz");
    TCase *tc = tcase_create("reports");

    tcase_set_timeout(tc, 1200);
    tcase_add_test(tc, reports);
    suite_add_tcase(s, tc);
    return s;
}
