/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_TIME_H
#define FW_TIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Time since start, from GPT1 with the 24 MHz oscillator: exact on silicon, on
 * the twin and on QEMU, unlike the generic timer.
 */
enum { TIME_HZ = 24000000, TIME_PER_US = 24, TIME_PER_MS = 24000 };

/** Starts GPT1, running free. */
void time_init(void);

/** Ticks since time_init. Has to be asked at least once in 178 s. */
uint64_t time_now(void);

/** Sleeps; served interrupts do not shorten it. */
void time_sleep_us(uint32_t us);

/** Sleeps until an enabled interrupt is pending, at most so long; one that is
 *  pending already ends it at once. */
void time_idle_us(uint32_t us);

/** An interrupt (GIC_GPT1) at a time of time_now less than 178 s ahead; at once
 *  when that has passed. There is one alarm; sleeping does not disturb it. */
void time_alarm(uint64_t at);

/** No alarm any more, and none pending. */
void time_alarm_off(void);

/* A time limit. */
struct deadline {
    uint64_t at;
};

struct deadline deadline_us(uint32_t us);
bool deadline_passed(const struct deadline *d);

#endif
