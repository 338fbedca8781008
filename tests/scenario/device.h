/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_H
#define DEVICE_H

#include "board/board.h"
#include "board/folder.h"

/*
 * A twin in memory that runs the firmware under test, and what it said: the
 * console of the debug variant, the LEDs, resets.
 */
enum { DEVICE_CONSOLE = 262144, DEVICE_BLINKS = 16, DEVICE_BOARD_WORD = 34 };

struct device {
    struct tw_board board;
    struct tw_folder folder; /* files in memory; no path, no lock */
    struct aw_vfuse fuses;
    char console[DEVICE_CONSOLE];
    size_t n_console;
    unsigned blinks; /* of white since the last pause */
    unsigned detail; /* of blue */
    unsigned code;   /* white blinks of the last whole round; 0: none */
    unsigned code_detail;
    uint64_t led_at; /* tick of the last change */
    unsigned leds;
    unsigned resets;
    bool started;
    const char *line; /* that a run is to stop at; NULL: none */
    bool at_line;
    bool cut;           /* power went by a fault */
    char reported[256]; /* the last thing that silicon would not tell */
    /* A frame left the jack, without FCS; NULL: nobody looks. */
    void (*frame)(const uint8_t *frame, size_t n);
};

/** The fuse word that says which board a chip is on: gamma or LAN. */
uint32_t device_board_word(enum tw_soc soc);

/** Powered off, boot switch at eMMC, everything blank. */
void device_init(struct device *d, enum tw_soc soc);
/** The same with another speed, in instructions a second: what spins until a
 *  watchdog ends it costs less. 0: as init. */
void device_init_at(struct device *d, enum tw_soc soc, uint64_t ips);
/** The same with settings of one's own. */
void device_init_with(struct device *d, const struct tw_config *config,
                      const struct aw_vfuse *fuses);
void device_free(struct device *d);

/** The whole file of the build's folder; lives until the process ends. */
aw_bytes device_file(const char *name);

/** Puts bytes on the eMMC, power off or not. */
void device_put(struct device *d, uint64_t block, aw_bytes bytes);
void device_get(struct device *d, uint64_t block, uint8_t *to, size_t n);
/** Zeros. */
void device_blank(struct device *d, uint64_t block, uint64_t blocks);

/** Forgets what was said, cycles power, and runs until the console has a
 *  text, the boot ROM waits for serial download, or so many ms have passed.
 *  @return true when the text came */
bool device_boot(struct device *d, const char *text, unsigned ms);
/** The same without touching power. A text that ends in a line feed stops the
 *  device at that moment, others up to 5 ms later. */
bool device_run(struct device *d, const char *text, unsigned ms);

bool device_said(const struct device *d, const char *text);

#endif
