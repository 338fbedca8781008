/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake libusb for a program under test: preloaded, it plugs in what
 * AW_FAKE_USB says, as "PORT ADDRESS VENDOR PRODUCT;...", numbers in hex;
 * a ! behind a device: it may not be opened.
 * At the end it writes how many devices were opened and transfers submitted
 * into the file AW_FAKE_COUNT. What /sys says is fake_sys.c's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fake_libusb.h"

static unsigned next_number(char **p)
{
    return (unsigned)strtoul(*p, p, 16);
}

__attribute__((constructor)) static void plug_in(void)
{
    char *p = getenv("AW_FAKE_USB");

    fake_libusb_reset();
    while (p != NULL && *p != '\0') {
        unsigned port = next_number(&p);
        unsigned address = next_number(&p);
        struct libusb_device *d =
            fake_libusb_plug((uint8_t)port, (uint8_t)address, true);

        d->descriptor.idVendor = (uint16_t)next_number(&p);
        d->descriptor.idProduct = (uint16_t)next_number(&p);
        if (*p == '!') { /* no right to open it */
            d->open_error = LIBUSB_ERROR_ACCESS;
            p++;
        }
        p += *p == ';' ? 1 : 0;
    }
}

__attribute__((destructor)) static void count(void)
{
    const char *path = getenv("AW_FAKE_COUNT");
    FILE *out = path == NULL ? NULL : fopen(path, "we");

    if (out != NULL) {
        (void)fprintf(out, "%u %u\n", fake_libusb.times_opened,
                      fake_libusb.submitted);
        (void)fclose(out);
    }
}
