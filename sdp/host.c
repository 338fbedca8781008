/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/sdp/host.h"

#include <string.h>

#include "host_priv.h"

enum {
    INTERFACE = 0,
    DRAIN_MS = 10,      /* what waits comes at once */
    DRAIN_REPORTS = 64, /* hidraw keeps that many */
    SKIPPED_REPORTS = 64
};

static aw_err set_report(struct aw_sdp *sdp, uint8_t *report, size_t n,
                         struct aw_diag *diag)
{
    struct aw_usb_setup setup = aw_sdp_set_report(report[0], (uint16_t)n);
    size_t done = 0;
    aw_err err = sdp->usb.control(sdp->usb.ctx, &setup, report, &done,
                                  sdp->timeout_ms, diag);

    if (err == AW_OK && done != n) {
        return aw_fail(diag, AW_ERR_IO, "sdp: report sent in part", done);
    }
    return err;
}

aw_err sdp_send_command(struct aw_sdp *sdp,
                        const struct aw_sdp_request *request,
                        struct aw_diag *diag)
{
    uint8_t report[AW_SDP_COMMAND_SIZE];

    sdp->has_word = false;
    aw_sdp_request_write(request, report);
    return set_report(sdp, report, sizeof(report), diag);
}

aw_err sdp_send_data(struct aw_sdp *sdp, aw_bytes bytes, struct aw_diag *diag)
{
    uint8_t report[AW_SDP_DATA_SIZE];

    AW_BUG_ON(bytes.n > AW_SDP_CHUNK);
    report[0] = AW_SDP_DATA;
    if (bytes.n > 0) {
        memcpy(&report[1], bytes.p, bytes.n);
    }
    return set_report(sdp, report, 1 + bytes.n, diag);
}

/* Reads whatever report comes next. */
static aw_err read_any(struct aw_sdp *sdp, uint32_t timeout_ms,
                       uint8_t report[AW_SDP_ANSWER_SIZE], size_t *n,
                       struct aw_diag *diag)
{
    size_t done = 0;
    aw_err err = sdp->usb.transfer(sdp->usb.ctx, AW_SDP_ENDPOINT, report,
                                   AW_SDP_ANSWER_SIZE, &done, timeout_ms);

    if (err != AW_OK) {
        return aw_fail(diag, err, "sdp: report from the device", done);
    }
    AW_BUG_ON(done > AW_SDP_ANSWER_SIZE);
    *n = done;
    return AW_OK;
}

/* Reads until a report with that number comes. Others are left from commands
 * that nobody read the answer of; single bytes are the end of an answer that
 * a library cut at the endpoint's packet size. */
static aw_err read_report(struct aw_sdp *sdp, uint8_t number,
                          uint32_t timeout_ms,
                          uint8_t report[AW_SDP_ANSWER_SIZE], size_t *n,
                          struct aw_diag *diag)
{
    for (unsigned i = 0; i < SKIPPED_REPORTS; i++) {
        aw_err err = read_any(sdp, timeout_ms, report, n, diag);

        if (err != AW_OK) {
            return err;
        }
        if (*n > 1 && report[0] == number) {
            return AW_OK;
        }
    }
    return aw_fail(diag, AW_ERR_FORMAT, "sdp: reports that nobody asked for",
                   SKIPPED_REPORTS);
}

aw_err sdp_read_security(struct aw_sdp *sdp, struct aw_diag *diag)
{
    uint8_t report[AW_SDP_ANSWER_SIZE];
    size_t n = 0;
    aw_err err =
        read_report(sdp, AW_SDP_SECURITY, sdp->timeout_ms, report, &n, diag);

    if (err != AW_OK) {
        return err;
    }
    if (n != AW_SDP_SECURITY_SIZE) {
        return aw_fail(diag, AW_ERR_FORMAT, "sdp: size of report 3", n);
    }
    uint32_t word = aw_sdp_word(&report[1]);

    if (word != AW_SDP_OPEN && word != AW_SDP_CLOSED) {
        return aw_fail(diag, AW_ERR_FORMAT, "sdp: security state", word);
    }
    sdp->known = true;
    sdp->closed = word == AW_SDP_CLOSED;
    return AW_OK;
}

aw_err sdp_read_answer(struct aw_sdp *sdp, uint32_t timeout_ms,
                       uint8_t to[AW_SDP_PART], size_t *n, struct aw_diag *diag)
{
    uint8_t report[AW_SDP_ANSWER_SIZE] = {0};
    size_t got = 0;
    aw_err err =
        read_report(sdp, AW_SDP_ANSWER, timeout_ms, report, &got, diag);

    if (err != AW_OK) {
        return err;
    }
    if (got < 1 + AW_SDP_WORD) {
        return aw_fail(diag, AW_ERR_FORMAT, "sdp: size of report 4", got);
    }
    memcpy(to, &report[1], got - 1);
    *n = got - 1;
    memcpy(sdp->word, to, AW_SDP_WORD);
    sdp->has_word = true;
    return AW_OK;
}

static bool is_failure(const uint8_t word[AW_SDP_WORD])
{
    return (word[0] == AW_HAB_FAILURE || word[0] == AW_HAB_WARNING) &&
           strcmp(aw_hab_reason_row(word[1])->name, "UNKNOWN") != 0;
}

aw_err sdp_refused(const struct aw_sdp *sdp, struct aw_diag *diag)
{
    uint32_t word = aw_sdp_word(sdp->word);

    if (is_failure(sdp->word)) {
        return aw_fail(diag, AW_ERR_REFUSED, "sdp: word of the device", word);
    }
    return aw_fail(diag, AW_ERR_FORMAT, "sdp: word of the device", word);
}

aw_err sdp_expect(struct aw_sdp *sdp, uint32_t want, struct aw_diag *diag)
{
    uint8_t part[AW_SDP_PART];
    size_t n = 0;
    aw_err err = sdp_read_security(sdp, diag);

    if (err == AW_OK) {
        err = sdp_read_answer(sdp, sdp->timeout_ms, part, &n, diag);
    }
    if (err == AW_OK && aw_sdp_word(sdp->word) != want) {
        err = sdp_refused(sdp, diag);
    }
    return err;
}

aw_err aw_sdp_open(struct aw_sdp *sdp, const struct aw_usb_device *usb,
                   uint32_t timeout_ms, struct aw_diag *diag)
{
    uint8_t report[AW_SDP_ANSWER_SIZE];
    size_t n = 0;

    *sdp = (struct aw_sdp){.usb = *usb, .timeout_ms = timeout_ms};
    aw_err err = usb->claim(usb->ctx, INTERFACE, diag);

    for (unsigned i = 0; err == AW_OK && i < DRAIN_REPORTS; i++) {
        if (read_any(sdp, DRAIN_MS, report, &n, NULL) != AW_OK) {
            break;
        }
    }
    return err;
}

struct aw_hab_event aw_sdp_event(const struct aw_sdp *sdp)
{
    return aw_hab_event_of_word(sdp->word);
}

aw_err aw_sdp_status(struct aw_sdp *sdp, struct aw_diag *diag)
{
    const struct aw_sdp_request request = {.type = AW_SDP_ERROR_STATUS};
    uint8_t part[AW_SDP_PART];
    size_t n = 0;
    aw_err err = sdp_send_command(sdp, &request, diag);

    if (err == AW_OK) {
        err = sdp_read_security(sdp, diag);
    }
    if (err == AW_OK) {
        err = sdp_read_answer(sdp, sdp->timeout_ms, part, &n, diag);
    }
    return err;
}

/* A refusal and data that look like one come in the same report: bytes that
 * begin like a failure of a target check, with nothing behind them. */
static bool looks_refused(const uint8_t part[AW_SDP_PART])
{
    static const uint8_t zeros[AW_SDP_PART];

    return is_failure(part) &&
           memcmp(&part[AW_SDP_WORD], zeros, AW_SDP_PART - AW_SDP_WORD) == 0;
}

/* Asks which it was: a refusal is also the status. */
static aw_err judge_read(struct aw_sdp *sdp, const uint8_t part[AW_SDP_PART],
                         struct aw_diag *diag)
{
    uint8_t word[AW_SDP_WORD];

    if (!looks_refused(part)) {
        return AW_OK;
    }
    memcpy(word, part, sizeof(word));
    aw_err err = aw_sdp_status(sdp, diag);

    if (err == AW_OK && memcmp(sdp->word, word, sizeof(word)) == 0) {
        err = sdp_refused(sdp, diag);
    }
    return err;
}

/* Reads at most one part. */
static aw_err read_part(struct aw_sdp *sdp,
                        const struct aw_sdp_request *request, uint8_t *to,
                        struct aw_diag *diag)
{
    uint8_t part[AW_SDP_PART + 1] = {0};
    size_t n = 0;
    aw_err err = sdp_send_command(sdp, request, diag);

    if (err == AW_OK) {
        err = sdp_read_security(sdp, diag);
    }
    if (err == AW_OK) {
        err = sdp_read_answer(sdp, sdp->timeout_ms, part, &n, diag);
    }
    if (err == AW_OK && n == AW_SDP_PART - 1) {
        /* Cut at the packet size: the last byte comes alone. */
        uint8_t rest[AW_SDP_ANSWER_SIZE];
        size_t more = 0;

        err = read_any(sdp, sdp->timeout_ms, rest, &more, diag);
        if (err == AW_OK && more != 1) {
            err = aw_fail(diag, AW_ERR_FORMAT, "sdp: end of report 4", more);
        }
        part[n] = rest[0];
        n++;
    }
    if (err == AW_OK && n != AW_SDP_PART) {
        err = aw_fail(diag, AW_ERR_FORMAT, "sdp: size of report 4", n + 1);
    }
    if (err == AW_OK) {
        err = judge_read(sdp, part, diag);
    }
    if (err == AW_OK) {
        memcpy(to, part, request->count);
    }
    return err;
}

/* Address, value and length have to suit the width of an access. */
static aw_err check_access(uint32_t address, uint8_t format, size_t n,
                           struct aw_diag *diag)
{
    uint32_t width = format / 8U;

    if (format != 8 && format != 16 && format != 32) {
        return aw_fail(diag, AW_ERR_RANGE, "sdp: width in bits", format);
    }
    if (address % width != 0) {
        return aw_fail(diag, AW_ERR_RANGE, "sdp: address", address);
    }
    if (n % width != 0 || (n > 0 && n - 1 > UINT32_MAX - address)) {
        return aw_fail(diag, AW_ERR_RANGE, "sdp: length", n);
    }
    return AW_OK;
}

aw_err aw_sdp_read(struct aw_sdp *sdp, uint32_t address, uint8_t format,
                   uint8_t *to, size_t n, struct aw_diag *diag)
{
    aw_err err = check_access(address, format, n, diag);

    for (size_t at = 0; err == AW_OK && at < n; at += AW_SDP_PART) {
        size_t left = n - at;
        const struct aw_sdp_request request = {
            .type = AW_SDP_READ_REGISTER,
            .address = address + (uint32_t)at,
            .format = format,
            .count = (uint32_t)(left < AW_SDP_PART ? left : AW_SDP_PART),
        };

        err = read_part(sdp, &request, to + at, diag);
    }
    return err;
}

aw_err aw_sdp_write(struct aw_sdp *sdp, uint32_t address, uint8_t format,
                    uint32_t value, struct aw_diag *diag)
{
    aw_err err = check_access(address, format, format / 8U, diag);

    if (err != AW_OK) {
        return err;
    }
    if (format < 32 && value >> format != 0) {
        return aw_fail(diag, AW_ERR_RANGE, "sdp: value", value);
    }
    const struct aw_sdp_request request = {
        .type = AW_SDP_WRITE_REGISTER,
        .address = address,
        .format = format,
        .count = format / 8U,
        .data = value,
    };

    err = sdp_send_command(sdp, &request, diag);
    if (err == AW_OK) {
        err = sdp_expect(sdp, AW_SDP_WRITTEN, diag);
    }
    return err;
}
