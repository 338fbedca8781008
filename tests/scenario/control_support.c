/* SPDX-License-Identifier: Apache-2.0 */
#include "control_support.h"

#include "support.h"

enum { TIMEOUT_MS = 3000 };

struct usb_host control_host;
struct aw_control control;

void control_install(aw_bytes boot, const char *os)
{
    struct making how = good();

    how.elf = device_file(os);
    device_put(&d, 2, boot);
    install(&how, 0);
}

void control_open(void)
{
    static const uint8_t nonce[AW_CONTROL_NONCE] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct aw_diag diag = {.err = AW_OK};

    usb_host_find(&control_host, AW_CONTROL_VENDOR, AW_CONTROL_PRODUCT);
    aw_err err =
        aw_control_open(&control, &control_host.open, TIMEOUT_MS, nonce, &diag);

    ck_assert_msg(err == AW_OK, "%s: %s\n%s", aw_err_name(err), diag.where,
                  d.console);
}

void control_boot(void)
{
    ck_assert_msg(device_boot(&d, "os: ready", CONTROL_BOOT_MS), "%s",
                  d.console);
    usb_host_control(&control_host, &d);
    control_open();
}
