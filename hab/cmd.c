/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/cmd.h"

aw_err aw_hab_cmd_next(struct aw_rd *r, struct aw_hab_cmd *cmd,
                       struct aw_diag *diag)
{
    struct aw_hab_cmd c = {.at = r->at};
    struct aw_rd h = *r;

    c.tag = aw_rd_u8(&h);
    size_t length = aw_rd_be16(&h);

    c.par = aw_rd_u8(&h);
    if (h.failed || length < AW_HAB_CMD_HEADER ||
        !aw_slice(r->b, c.at, length, &c.bytes)) {
        return aw_fail(diag, AW_ERR_FORMAT, "hab command: length", c.at);
    }
    c.body = aw_rd_take(&h, length - AW_HAB_CMD_HEADER);
    *r = h;
    *cmd = c;
    return AW_OK;
}

const char *aw_hab_cmd_name(uint8_t tag)
{
    switch (tag) {
    case AW_CMD_SET:
        return "Set";
    case AW_CMD_UNLOCK:
        return "Unlock";
    case AW_CMD_INIT:
        return "Init";
    case AW_CMD_INSTALL_KEY:
        return "Install Key";
    case AW_CMD_NOP:
        return "NOP";
    case AW_CMD_AUTH_DATA:
        return "Authenticate Data";
    case AW_CMD_WRITE:
        return "Write Data";
    case AW_CMD_CHECK:
        return "Check Data";
    default:
        return "unknown command";
    }
}
