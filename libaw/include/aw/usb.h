/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_USB_H
#define AW_USB_H

#include "aw/bytes.h"

/*
 * USB as protocols need it: which devices are there, open one by its port,
 * move bytes with a time limit, wait for devices to come and go. Backends are
 * in hostio/: the twin's socket; this machine's USB by libusb and hidapi.
 * Whatever comes back from a device, its strings too, is untrusted.
 *
 * Calls of one struct aw_usb and of the devices opened with it come from one
 * thread at a time. Every call that can wait has a limit in milliseconds,
 * counted by the backend's clock (`now_ms`): wall time for real devices,
 * virtual time for a twin. Limits have to be above 0.
 */
enum {
    AW_USB_PATH = 64,    /* port path with its NUL */
    AW_USB_STRING = 384, /* descriptor string as UTF-8 with its NUL */
    AW_USB_SETUP = 8
};

enum aw_usb_speed { /* numbers as in USB/IP and Linux */
                    AW_USB_SPEED_UNKNOWN = 0,
                    AW_USB_SPEED_LOW = 1,
                    AW_USB_SPEED_FULL = 2,
                    AW_USB_SPEED_HIGH = 3,
                    AW_USB_SPEED_SUPER = 5
};

/* Codes of USB 2.0, chapter 9, and of HID 1.11, as far as used here. */
enum {
    AW_USB_IN = 0x80, /* in an endpoint's address and in request_type */
    AW_USB_GET_STATUS = 0x00,
    AW_USB_CLEAR_FEATURE = 0x01,
    AW_USB_SET_FEATURE = 0x03,
    AW_USB_SET_ADDRESS = 0x05,
    AW_USB_GET_DESCRIPTOR = 0x06,
    AW_USB_GET_CONFIGURATION = 0x08,
    AW_USB_SET_CONFIGURATION = 0x09,
    AW_USB_GET_INTERFACE = 0x0a,
    AW_USB_SET_INTERFACE = 0x0b,
    AW_USB_DESC_DEVICE = 1,
    AW_USB_DESC_CONFIG = 2,
    AW_USB_DESC_STRING = 3,
    AW_USB_DESC_INTERFACE = 4,
    AW_USB_DESC_ENDPOINT = 5,
    AW_USB_DESC_QUALIFIER = 6,
    AW_USB_DESC_HID = 0x21,
    AW_USB_DESC_REPORT = 0x22,
    AW_USB_HID_SET_REPORT = 0x09,
    AW_USB_HID_SET_IDLE = 0x0a,
    AW_USB_HID_OUTPUT = 2 /* report type, high byte of value */
};

/* A device in the list. */
struct aw_usb_id {
    /* Where it is plugged in, as in "1-1.4"; the same for whatever enumerates
     * at that place, whichever way it calls itself. */
    char path[AW_USB_PATH];
    uint32_t arrival; /* differs at each enumeration of a path */
    uint16_t vendor;
    uint16_t product;
    uint16_t release; /* bcdDevice */
    uint8_t speed;    /* enum aw_usb_speed */
    bool has_strings; /* false: they could not be read, for lack of rights */
    char maker[AW_USB_STRING]; /* iManufacturer as UTF-8; "" without one */
    char model[AW_USB_STRING]; /* iProduct */
    char serial[AW_USB_STRING];
};

/* Setup packet of a control transfer, fields as they are called there. */
struct aw_usb_setup {
    uint8_t request_type;
    uint8_t request;
    uint16_t value;
    uint16_t index;
    uint16_t length; /* of the data stage, in bytes */
};

/* An opened device. Copyable; every copy is void after close. */
struct aw_usb_device {
    void *ctx;

    /**
     * Takes an interface from kernel and other programs; needed before a
     * transfer to its endpoints or a class request.
     *
     * @return AW_OK; AW_ERR_NOT_FOUND: no such interface;
     *         AW_ERR_PRECONDITION: another program holds it; AW_ERR_GONE;
     *         AW_ERR_IO.
     */
    aw_err (*claim)(void *ctx, uint8_t interface, struct aw_diag *diag);

    /**
     * Control transfer on endpoint 0. A backend for HID nodes knows the
     * class requests of HID only.
     *
     * @param data  setup->length bytes: sent, or room for what is received;
     *              contents undefined after a failure
     * @param done  bytes moved; may be NULL; untouched on failure
     *
     * @return AW_OK; AW_ERR_STALL: the device refuses the request;
     *         AW_ERR_TIMEOUT; AW_ERR_GONE: it was unplugged;
     *         AW_ERR_UNSUPPORTED: not with this backend; AW_ERR_IO.
     */
    aw_err (*control)(void *ctx, const struct aw_usb_setup *setup,
                      uint8_t *data, size_t *done, uint32_t timeout_ms,
                      struct aw_diag *diag);

    /**
     * Bulk or interrupt transfer, whichever the endpoint is. An IN transfer
     * ends with a short packet or when `size` bytes have come; an OUT
     * transfer sends no zero-length packet of its own, but size 0 is one.
     *
     * @param endpoint  address; bit 7 (AW_USB_IN) gives the direction
     * @param data      sent, or room for what is received; on failure, that
     *                  many bytes may have moved as `done` says
     * @param done      bytes moved, also on failure
     *
     * @return as control; AW_ERR_SPACE: the device sent more than `size` into
     *         the last packet; AW_ERR_NOT_FOUND: no such endpoint.
     */
    aw_err (*transfer)(void *ctx, uint8_t endpoint, uint8_t *data, size_t size,
                       size_t *done, uint32_t timeout_ms);

    /** Gives interfaces back and lets go of the device. Never waits. */
    void (*close)(void *ctx);
};

/* A bus, or a twin. Copyable; lives as long as what ctx is. */
struct aw_usb {
    void *ctx;

    /**
     * Lists devices in order of path.
     *
     * @param id       room for `room` of them
     * @param n        how many there are; may be more than room
     * @param changes  number that changes when a device comes or goes; for
     *                 wait
     *
     * @return AW_OK; AW_ERR_IO; AW_ERR_RESOURCE. Outputs are untouched on
     *         failure.
     */
    aw_err (*list)(void *ctx, struct aw_usb_id *id, size_t room, size_t *n,
                   uint32_t *changes, struct aw_diag *diag);

    /**
     * Opens what is plugged in at a path, provided it is still the arrival
     * that the list showed.
     *
     * @param device  set; close it; untouched on failure
     *
     * @return AW_OK; AW_ERR_GONE: nothing there, or something else;
     *         AW_ERR_PRECONDITION: no right to open it, or held by another
     *         program; AW_ERR_IO; AW_ERR_RESOURCE.
     */
    aw_err (*open)(void *ctx, const struct aw_usb_id *id,
                   struct aw_usb_device *device, struct aw_diag *diag);

    /**
     * Waits until a device comes or goes.
     *
     * @param changes  as list gave it
     *
     * @return AW_OK: something changed since; AW_ERR_TIMEOUT; AW_ERR_IO.
     */
    aw_err (*wait)(void *ctx, uint32_t changes, uint32_t timeout_ms,
                   struct aw_diag *diag);

    /** The clock of time limits, from any start. */
    uint64_t (*now_ms)(void *ctx);
};

/* Devices that a caller is after: all that is set has to fit. */
struct aw_usb_want {
    const char *path; /* NULL: any */
    uint16_t vendor;
    const uint16_t *product; /* one of n_product */
    size_t n_product;        /* 0: any product of the vendor */
    /* Asked in place of vendor and product; NULL: they count. */
    bool (*fits)(const struct aw_usb_id *id);
    const char *serial; /* NULL: any */
    bool or_no_serial;  /* one that shows no serial fits, too */
};

/** True when a device is wanted. */
bool aw_usb_wanted(const struct aw_usb_want *want, const struct aw_usb_id *id);

enum { AW_USB_DEVICES = 127 }; /* that a list of ours can hold */

/**
 * Waits for a wanted device and describes it.
 *
 * @param id       set; untouched on failure
 * @param list     room for AW_USB_DEVICES entries, overwritten
 *
 * @return AW_OK; AW_ERR_TIMEOUT: none came; AW_ERR_AMBIGUOUS: several are
 *         there, diag->at says how many; or what list and wait return.
 */
AW_MUST_CHECK aw_err aw_usb_arrival(const struct aw_usb *usb,
                                    const struct aw_usb_want *want,
                                    uint32_t timeout_ms, struct aw_usb_id *list,
                                    struct aw_usb_id *id, struct aw_diag *diag);

/**
 * Waits until an arrival is no longer in the list.
 *
 * @param id    as aw_usb_arrival or list gave it
 * @param list  room for AW_USB_DEVICES entries, overwritten
 *
 * @return AW_OK; AW_ERR_TIMEOUT; or what list and wait return.
 */
AW_MUST_CHECK aw_err aw_usb_departure(const struct aw_usb *usb,
                                      const struct aw_usb_id *id,
                                      uint32_t timeout_ms,
                                      struct aw_usb_id *list,
                                      struct aw_diag *diag);

/** Writes a setup packet as it goes over the wire. */
void aw_usb_setup_write(const struct aw_usb_setup *setup,
                        uint8_t packet[AW_USB_SETUP]);

/** Reads a setup packet. */
struct aw_usb_setup aw_usb_setup_read(const uint8_t packet[AW_USB_SETUP]);

#endif
