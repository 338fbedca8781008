/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_CMD_H
#define AW_HAB_CMD_H

#include "aw/bytes.h"

/*
 * Commands of a DCD and of a CSF have one header: tag, be16 length with the
 * header included, parameter.
 */
enum { AW_HAB_CMD_HEADER = 4 };

enum aw_hab_cmd_tag {
    AW_CMD_SET = 0xb1,
    AW_CMD_UNLOCK = 0xb2,
    AW_CMD_INIT = 0xb4,
    AW_CMD_INSTALL_KEY = 0xbe,
    AW_CMD_NOP = 0xc0,
    AW_CMD_AUTH_DATA = 0xca,
    AW_CMD_WRITE = 0xcc,
    AW_CMD_CHECK = 0xcf
};

/* One command as it stands in the file. */
struct aw_hab_cmd {
    size_t at; /* offset from the start of DCD or CSF */
    uint8_t tag;
    uint8_t par;
    aw_bytes bytes; /* whole command, borrowed */
    aw_bytes body;  /* behind its header, borrowed */
};

/**
 * Takes the next command; call it while aw_rd_left(r) is not 0. Any tag is
 * taken: what it may be is for the caller.
 *
 * @return AW_OK; AW_ERR_FORMAT if its length is below 4 or runs past the end.
 */
AW_MUST_CHECK aw_err aw_hab_cmd_next(struct aw_rd *r, struct aw_hab_cmd *cmd,
                                     struct aw_diag *diag);

/** "Write Data", "Install Key"; "unknown command" for other tags. */
const char *aw_hab_cmd_name(uint8_t tag);

#endif
