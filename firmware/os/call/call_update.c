/* SPDX-License-Identifier: Apache-2.0 */
/* New firmware, from the applet. */
#include <inttypes.h>

#include "fw/print.h"
#include "os/call/call.h"
#include "os/release/update.h"

static aw_err serve(struct os *os, enum aw_component component,
                    const uint32_t *arg, struct aw_diag *diag)
{
    uint8_t *p = NULL;
    aw_err err = AW_ERR_RANGE;

    if (arg[0] == ABI_INSTALL_END) {
        return update_end(os, UPDATE_BY_APPLET, component, diag);
    }
    if (arg[0] != ABI_INSTALL_BEGIN && arg[0] != ABI_INSTALL_PART) {
        return AW_ERR_USAGE;
    }
    if (arg[2] <= ABI_TRANSFER_MAX) {
        err = space_at(&os->applet.space, arg[1], arg[2], false, &p);
    }
    if (err != AW_OK) {
        return err;
    }
    return arg[0] == ABI_INSTALL_BEGIN
               ? update_begin(os, UPDATE_BY_APPLET, component,
                              (aw_bytes){p, arg[2]}, diag)
               : update_part(UPDATE_BY_APPLET, component, (aw_bytes){p, arg[2]},
                             diag);
}

static int32_t install(struct os *os, enum aw_component component,
                       const uint32_t *arg)
{
    struct aw_diag diag = {0};
    aw_err err = serve(os, component, arg, &diag);

    /* Arguments are the applet's affair, as in other calls. */
    if (err != AW_OK && diag.where != NULL) {
        print("update: %s: %s at %08" PRIx32 "\n", aw_err_name(err), diag.where,
              (uint32_t)diag.at);
    }
    return call_error(err);
}

int32_t call_install_os(struct os *os, const uint32_t *arg)
{
    return install(os, AW_TRUSTED_OS, arg);
}

int32_t call_install_applet(struct os *os, const uint32_t *arg)
{
    return install(os, AW_TRUSTED_APPLET, arg);
}
