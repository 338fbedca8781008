/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/sdp/report.h"

/* Host to device, class, interface. */
enum { REQUEST_TYPE = 0x21 };

void aw_sdp_request_write(const struct aw_sdp_request *request,
                          uint8_t report[AW_SDP_COMMAND_SIZE])
{
    struct aw_wr w = aw_wr_init(report, AW_SDP_COMMAND_SIZE);

    aw_wr_u8(&w, AW_SDP_COMMAND);
    aw_wr_be16(&w, request->type);
    aw_wr_be32(&w, request->address);
    aw_wr_u8(&w, request->format);
    aw_wr_be32(&w, request->count);
    aw_wr_be32(&w, request->data);
    aw_wr_u8(&w, request->reserved);
}

aw_err aw_sdp_request_parse(aw_bytes report, struct aw_sdp_request *request,
                            struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(report);
    struct aw_sdp_request got = {0};
    uint8_t number = aw_rd_u8(&r);

    got.type = aw_rd_be16(&r);
    got.address = aw_rd_be32(&r);
    got.format = aw_rd_u8(&r);
    got.count = aw_rd_be32(&r);
    got.data = aw_rd_be32(&r);
    got.reserved = aw_rd_u8(&r);
    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "sdp: command", report.n);
    }
    if (number != AW_SDP_COMMAND) {
        return aw_fail(diag, AW_ERR_FORMAT, "sdp: report", number);
    }
    *request = got;
    return AW_OK;
}

const char *aw_sdp_type_name(uint16_t type)
{
    switch (type) {
    case AW_SDP_READ_REGISTER:
        return "READ_REGISTER";
    case AW_SDP_WRITE_REGISTER:
        return "WRITE_REGISTER";
    case AW_SDP_WRITE_FILE:
        return "WRITE_FILE";
    case AW_SDP_ERROR_STATUS:
        return "ERROR_STATUS";
    case AW_SDP_WRITE_CSF:
        return "WRITE_CSF";
    case AW_SDP_DCD_WRITE:
        return "DCD_WRITE";
    case AW_SDP_JUMP_ADDRESS:
        return "JUMP_ADDRESS";
    case AW_SDP_SKIP_DCD_HEADER:
        return "SKIP_DCD_HEADER";
    default:
        return "UNKNOWN";
    }
}

struct aw_usb_setup aw_sdp_set_report(uint8_t number, uint16_t n)
{
    return (struct aw_usb_setup){
        .request_type = REQUEST_TYPE,
        .request = AW_USB_HID_SET_REPORT,
        .value = (uint16_t)(AW_USB_HID_OUTPUT << 8 | number),
        .index = 0,
        .length = n,
    };
}

uint32_t aw_sdp_word(const uint8_t bytes[AW_SDP_WORD])
{
    struct aw_rd r = aw_rd_init((aw_bytes){bytes, AW_SDP_WORD});

    return aw_rd_le32(&r);
}

void aw_sdp_word_write(uint32_t word, uint8_t bytes[AW_SDP_WORD])
{
    struct aw_wr w = aw_wr_init(bytes, AW_SDP_WORD);

    aw_wr_le32(&w, word);
}
