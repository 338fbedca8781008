/* SPDX-License-Identifier: Apache-2.0 */
#include "usb_device.h"

#include "aw/sdp/host.h"
#include "support.h"

static void run(void *ctx, uint64_t until, const bool *done)
{
    struct usb_host *host = ctx;

    (void)tw_board_run(&host->device->board, until, done);
}

void usb_host_init(struct usb_host *host, struct device *device)
{
    host->device = device;
    host->direct = (struct tw_usb_direct){.clock = &device->board.clock,
                                          .run = run,
                                          .ctx = host,
                                          .host = {&device->board.host[0]},
                                          .hosts = 1};
    host->usb = tw_usb_direct(&host->direct);
    tw_board_plug(&device->board, 0, true);
}

void usb_host_control(struct usb_host *host, struct device *device)
{
    /* The gamma board's first port is its network. */
    unsigned plug = device->folder.config.soc == TW_ULZ ? 1 : 0;

    usb_host_init(host, device);
    host->direct.host[0] = &device->board.host[plug];
    tw_board_plug(&device->board, plug, true);
}

void usb_host_find(struct usb_host *host, uint16_t vendor, uint16_t product)
{
    static struct aw_usb_id list[AW_USB_DEVICES];
    const struct aw_usb_want want = {
        .vendor = vendor, .product = &product, .n_product = 1};
    aw_err err =
        aw_usb_arrival(&host->usb, &want, USB_DEVICE_MS, list, &host->id, NULL);

    ck_assert_msg(err == AW_OK, "%04x:%04x: %s\n%s", vendor, product,
                  aw_err_name(err), host->device->console);
    ck_assert_int_eq(
        host->usb.open(host->usb.ctx, &host->id, &host->open, NULL), AW_OK);
}

void usb_host_load(struct usb_host *host, aw_bytes image)
{
    const struct aw_sdp_how how = {.skip_dcd = false};
    struct aw_diag diag = {.err = AW_OK};
    struct aw_sdp_boot boot;
    struct aw_sdp sdp;

    usb_host_find(host, AW_SDP_VENDOR,
                  host->device->folder.config.soc == TW_UL
                      ? AW_SDP_PRODUCT_UL
                      : AW_SDP_PRODUCT_ULL);
    ck_assert_int_eq(aw_sdp_open(&sdp, &host->open, USB_DEVICE_MS, &diag),
                     AW_OK);
    aw_err err = aw_sdp_boot_unverified(&sdp, image, &how, &boot, &diag);

    ck_assert_msg(err == AW_OK, "%s: %s", aw_err_name(err), diag.where);
}

static void open_storage(struct usb_host *host, struct aw_storage *storage)
{
    struct aw_diag diag = {.err = AW_OK};

    usb_host_find(host, AW_STORAGE_VENDOR, AW_STORAGE_PRODUCT);
    aw_err err = aw_storage_open(storage, &host->open, USB_DEVICE_MS, &diag);

    ck_assert_msg(err == AW_OK, "%s: %s", aw_err_name(err), diag.where);
}

void usb_host_recover(struct usb_host *host, aw_bytes image,
                      struct aw_storage *storage)
{
    tw_board_switch(&host->device->board, true);
    (void)device_boot(host->device, NULL, 5);
    usb_host_load(host, image);
    open_storage(host, storage);
}

void usb_host_replug(struct usb_host *host, struct aw_storage *storage)
{
    tw_board_plug(&host->device->board, 0, false);
    (void)device_run(host->device, NULL, 20);
    tw_board_plug(&host->device->board, 0, true);
    open_storage(host, storage);
}
