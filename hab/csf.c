/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/csf.h"

#include "aw/hab/ivt.h"

enum { BLOCK = 8, OBJECT_HEADER = 4 };

aw_err aw_csf_open(aw_bytes area, struct aw_csf *csf, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(area);
    uint8_t tag = aw_rd_u8(&r);
    size_t length = aw_rd_be16(&r);
    struct aw_csf c = {.area = area, .version = aw_rd_u8(&r)};

    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "csf: header", area.n);
    }
    if (tag != AW_CSF_TAG) {
        return aw_fail(diag, AW_ERR_FORMAT, "csf: tag", tag);
    }
    if ((c.version & AW_HAB_MAJOR_MASK) != AW_HAB_MAJOR) {
        return aw_fail(diag, AW_ERR_FORMAT, "csf: version", c.version);
    }
    if (length < AW_CSF_HEADER) {
        return aw_fail(diag, AW_ERR_FORMAT, "csf: length", length);
    }
    if (length > AW_CSF_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "csf: length", length);
    }
    if (!aw_slice(area, 0, length, &c.commands)) {
        return aw_fail(diag, AW_ERR_SHORT, "csf: commands", length);
    }
    *csf = c;
    return AW_OK;
}

struct aw_rd aw_csf_first(const struct aw_csf *csf)
{
    return aw_rd_at(csf->commands, AW_CSF_HEADER);
}

aw_err aw_csf_install_key_parse(const struct aw_hab_cmd *cmd,
                                struct aw_csf_install_key *key,
                                struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(cmd->body);
    struct aw_csf_install_key k = {.flags = cmd->par};

    k.protocol = aw_rd_u8(&r);
    k.algorithm = aw_rd_u8(&r);
    k.source = aw_rd_u8(&r);
    k.target = aw_rd_u8(&r);
    k.data = aw_rd_be32(&r);
    k.hash = aw_rd_rest(&r);
    if (r.failed || cmd->tag != AW_CMD_INSTALL_KEY) {
        return aw_fail(diag, AW_ERR_FORMAT, "csf: Install Key", cmd->at);
    }
    *key = k;
    return AW_OK;
}

aw_err aw_csf_auth_data_parse(const struct aw_hab_cmd *cmd,
                              struct aw_csf_auth_data *auth,
                              struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(cmd->body);
    struct aw_csf_auth_data a = {.flags = cmd->par};

    a.slot = aw_rd_u8(&r);
    a.protocol = aw_rd_u8(&r);
    a.engine = aw_rd_u8(&r);
    a.config = aw_rd_u8(&r);
    a.data = aw_rd_be32(&r);
    a.block = aw_rd_rest(&r);
    a.n = a.block.n / BLOCK;
    if (r.failed || cmd->tag != AW_CMD_AUTH_DATA || a.block.n % BLOCK != 0) {
        return aw_fail(diag, AW_ERR_FORMAT, "csf: Authenticate Data", cmd->at);
    }
    *auth = a;
    return AW_OK;
}

struct aw_csf_block aw_csf_block_at(const struct aw_csf_auth_data *auth,
                                    size_t i)
{
    struct aw_rd r = aw_rd_at(auth->block, i * BLOCK);
    struct aw_csf_block block = {0};

    block.start = aw_rd_be32(&r);
    block.length = aw_rd_be32(&r);
    AW_BUG_ON(r.failed);
    return block;
}

aw_err aw_hab_object_parse(aw_bytes bytes, struct aw_hab_object *object,
                           struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(bytes);
    struct aw_hab_object o = {.tag = aw_rd_u8(&r)};
    size_t length = aw_rd_be16(&r);

    o.version = aw_rd_u8(&r);
    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "csf: object header", bytes.n);
    }
    if (o.tag != AW_HAB_CERT_TAG && o.tag != AW_HAB_SIG_TAG) {
        return aw_fail(diag, AW_ERR_FORMAT, "csf: object tag", o.tag);
    }
    if ((o.version & AW_HAB_MAJOR_MASK) != AW_HAB_MAJOR ||
        length < OBJECT_HEADER) {
        return aw_fail(diag, AW_ERR_FORMAT, "csf: object header", length);
    }
    o.body = aw_rd_take(&r, length - OBJECT_HEADER);
    if (r.failed || !aw_slice(bytes, 0, length, &o.bytes)) {
        return aw_fail(diag, AW_ERR_SHORT, "csf: object", length);
    }
    *object = o;
    return AW_OK;
}

aw_err aw_csf_object(const struct aw_csf *csf, uint32_t offset,
                     struct aw_hab_object *object, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_at(csf->area, offset);

    return aw_hab_object_parse(aw_rd_rest(&r), object, diag);
}
