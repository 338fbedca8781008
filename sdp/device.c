/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/sdp/device.h"

#include <string.h>

#include "aw/hab/event.h"

/* Failure, reason, context and engine in the order they are sent. */
#define HAB_WORD(reason, context) \
    (AW_HAB_FAILURE | (uint32_t)(reason) << 8 | (uint32_t)(context) << 16)

static void answer(struct aw_sdp_device *dev, uint32_t refusal,
                   uint32_t success)
{
    dev->security_due = true;
    dev->word_due = true;
    dev->word = refusal == AW_SDP_NO_FAILURE ? success : refusal;
}

/* Address and count must not wrap, whatever the target thinks of them. */
static bool wraps(const struct aw_sdp_request *request)
{
    return request->count > 0 &&
           request->count - 1 > UINT32_MAX - request->address;
}

static void start_read(struct aw_sdp_device *dev,
                       const struct aw_sdp_target *target)
{
    uint32_t refusal = HAB_WORD(AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET);

    if (!wraps(&dev->request)) {
        refusal = target->may_read(target->ctx, &dev->request);
    }
    if (refusal != AW_SDP_NO_FAILURE) {
        answer(dev, refusal, 0);
        return;
    }
    dev->security_due = true;
    dev->read_at = dev->request.address;
    dev->read_left = dev->request.count;
}

static uint32_t word_of_complete(uint16_t type)
{
    return type == AW_SDP_WRITE_FILE ? AW_SDP_FILE_DONE : AW_SDP_WRITTEN;
}

static void complete(struct aw_sdp_device *dev,
                     const struct aw_sdp_target *target)
{
    dev->receiving = false;
    if (dev->refusal == AW_SDP_NO_FAILURE) {
        dev->refusal = target->stored(target->ctx, &dev->request);
    }
    answer(dev, dev->refusal, word_of_complete(dev->request.type));
}

static void start_data(struct aw_sdp_device *dev,
                       const struct aw_sdp_target *target)
{
    dev->refusal = AW_SDP_NO_FAILURE;
    if (wraps(&dev->request)) {
        dev->refusal = HAB_WORD(AW_HAB_INV_ADDRESS, AW_HAB_CTX_TARGET);
    } else if (dev->request.count > 0) {
        dev->refusal = target->may_store(target->ctx, &dev->request);
    }
    if (dev->request.count == 0) {
        complete(dev, target);
        return;
    }
    dev->receiving = true;
    dev->got = 0;
}

static void start_jump(struct aw_sdp_device *dev,
                       const struct aw_sdp_target *target)
{
    uint32_t refusal = target->jump(target->ctx, dev->request.address);

    dev->security_due = true;
    if (refusal != AW_SDP_NO_FAILURE) {
        dev->word_due = true;
        dev->word = refusal;
    }
}

static void start(struct aw_sdp_device *dev, const struct aw_sdp_target *target)
{
    switch (dev->request.type) {
    case AW_SDP_READ_REGISTER:
        start_read(dev, target);
        break;
    case AW_SDP_WRITE_REGISTER:
        answer(dev, target->write(target->ctx, &dev->request), AW_SDP_WRITTEN);
        break;
    case AW_SDP_WRITE_FILE:
    case AW_SDP_WRITE_CSF:
    case AW_SDP_DCD_WRITE:
        start_data(dev, target);
        break;
    case AW_SDP_ERROR_STATUS:
        answer(dev, target->status(target->ctx), AW_SDP_NO_FAILURE);
        break;
    case AW_SDP_SKIP_DCD_HEADER:
        answer(dev, target->skip_dcd(target->ctx), AW_SDP_SKIPPED);
        break;
    case AW_SDP_JUMP_ADDRESS:
        start_jump(dev, target);
        break;
    default:
        answer(dev, HAB_WORD(AW_HAB_UNS_COMMAND, AW_HAB_ANY), 0);
        break;
    }
}

static void take_data(struct aw_sdp_device *dev,
                      const struct aw_sdp_target *target, aw_bytes bytes)
{
    uint32_t left = dev->request.count - dev->got;
    uint32_t n = bytes.n < left ? (uint32_t)bytes.n : left;

    if (n == 0) {
        return;
    }
    if (dev->refusal == AW_SDP_NO_FAILURE) {
        target->store(target->ctx, dev->request.address + dev->got,
                      (aw_bytes){bytes.p, n});
    }
    dev->got += n;
    if (dev->got == dev->request.count) {
        complete(dev, target);
    }
}

bool aw_sdp_device_take(struct aw_sdp_device *dev,
                        const struct aw_sdp_target *target, aw_bytes report)
{
    struct aw_sdp_request request;
    struct aw_rd r = aw_rd_init(report);

    if (aw_rd_u8(&r) == AW_SDP_DATA) {
        /* Data that no command announced go nowhere. */
        if (!r.failed && dev->receiving) {
            take_data(dev, target, aw_rd_rest(&r));
        }
        return true;
    }
    if (aw_sdp_request_parse(report, &request, NULL) != AW_OK) {
        return false;
    }
    /* A command ends whatever was under way, unread answers included. */
    *dev = (struct aw_sdp_device){.request = request};
    start(dev, target);
    return true;
}

bool aw_sdp_device_has(const struct aw_sdp_device *dev)
{
    return dev->security_due || dev->word_due || dev->read_left > 0;
}

/* The next part of what READ_REGISTER asked for. */
static void next_part(struct aw_sdp_device *dev,
                      const struct aw_sdp_target *target, uint8_t *to)
{
    uint32_t n = dev->read_left < AW_SDP_PART ? dev->read_left : AW_SDP_PART;

    target->read(target->ctx, dev->read_at, dev->request.format, to, n);
    dev->read_left -= n;
    if (dev->read_left > 0) {
        dev->read_at += n;
    }
}

size_t aw_sdp_device_next(struct aw_sdp_device *dev,
                          const struct aw_sdp_target *target,
                          uint8_t report[AW_SDP_ANSWER_SIZE])
{
    if (dev->security_due) {
        dev->security_due = false;
        report[0] = AW_SDP_SECURITY;
        aw_sdp_word_write(target->closed(target->ctx) ? AW_SDP_CLOSED
                                                      : AW_SDP_OPEN,
                          &report[1]);
        return AW_SDP_SECURITY_SIZE;
    }
    if (!dev->word_due && dev->read_left == 0) {
        return 0;
    }
    memset(report, 0, AW_SDP_ANSWER_SIZE);
    report[0] = AW_SDP_ANSWER;
    if (dev->word_due) {
        dev->word_due = false;
        aw_sdp_word_write(dev->word, &report[1]);
    } else {
        next_part(dev, target, &report[1]);
    }
    return AW_SDP_ANSWER_SIZE;
}
