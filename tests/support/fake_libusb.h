/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_LIBUSB_H
#define FAKE_LIBUSB_H

#include <libusb.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A libusb and a hidapi without hardware. The functions of both libraries are
 * defined in fake_libusb.c, which the test program links before the libraries:
 * what is tested is the code that ships.
 */
enum { FAKE_DEVICES = 4, FAKE_DATA = 4096, FAKE_PORTS = 7 };

struct libusb_device {
    bool there;
    uint8_t bus;
    uint8_t address;
    int depth; /* what libusb_get_port_numbers returns */
    uint8_t port[FAKE_PORTS];
    int speed;
    struct libusb_device_descriptor descriptor;
    struct libusb_config_descriptor *config; /* NULL: not configured */
    int open_error;
    int refs;
};

/* How the next transfers end. */
struct fake_end {
    enum libusb_transfer_status status;
    int moved;  /* actual_length; -1: all of it */
    bool hangs; /* until it is cancelled */
    int submit; /* error of submitting */
};

struct fake_libusb {
    struct libusb_device device[FAKE_DEVICES];
    int init_error;
    int list_error;
    int claim_error;
    int event_error; /* of each call that handles events */
    int halt_error;
    struct fake_end end;
    const uint8_t *in; /* data of IN transfers */
    /* Called each time events are handled; may change devices. */
    void (*on_events)(void);
    void (*on_init)(void); /* called once when a context is made */
    bool event; /* a device came or went: the callback is to be called */

    /* What was asked for. */
    uint32_t claimed;
    unsigned detach; /* times that drivers are to be detached by themselves */
    unsigned opened; /* now */
    unsigned times_opened;
    unsigned halts;
    unsigned altsettings;
    unsigned configurations;
    unsigned submitted;
    unsigned cancelled;
    unsigned timeout_ms;
    uint8_t type;
    uint8_t endpoint;
    uint8_t out[FAKE_DATA]; /* start of the last OUT data, setup included */
    size_t out_n;           /* of all transfers together */

    /* hidapi */
    const char *node; /* path that opens; NULL: none does */
    int hid_result;   /* of the next read; 0: as many bytes as `in_n` */
    size_t in_n;
    unsigned hid_open;
};

extern struct fake_libusb fake_libusb;

/** Nothing is plugged in, everything works. */
void fake_libusb_reset(void);

/** Plugs a device of an Armored Witness in at bus 1, port `port`.
 *  @param is_hid  a HID interface; else a disk */
struct libusb_device *fake_libusb_plug(uint8_t port, uint8_t address,
                                       bool is_hid);

/** References to devices that are still held. */
int fake_libusb_refs(void);

#endif
