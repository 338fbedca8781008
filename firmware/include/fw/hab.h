/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_HAB_H
#define FW_HAB_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the boot ROM's HAB says of the start: its verdict by a function of the
 * ROM, and its log, which lies in OCRAM until somebody uses that. Source:
 * HAB4 API reference, report_status; docs/formats/hab-events.md.
 */
enum { HAB_LOG_SIZE = 0xb80 };

struct hab_report {
    bool present;   /* false: no ROM of this kind, as in QEMU */
    uint8_t status; /* 0xf0 success, 0x33 failure, 0x69 warning */
    uint8_t config; /* 0xf0 open, 0xcc closed */
    uint8_t state;  /* 0x99 trusted, 0x66 non-secure, and others */
    uint8_t log[HAB_LOG_SIZE];
};

/** Only while MMU and caches are off: image_early. */
void hab_read(struct hab_report *report);

#endif
