/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RIG_H
#define RIG_H

#include "models/ccm.h"

/*
 * A bus with a clock and nothing else, for models of the twin: a test adds the
 * model and drives its registers as firmware would, from secure privileged
 * state unless the rig says otherwise.
 */
struct rig {
    struct tw_clock clock;
    struct tw_report report;
    struct tw_bus bus;
    struct tw_ccm_analog analog;
    struct tw_ccm ccm;
    bool user;       /* next accesses are unprivileged */
    bool non_secure; /* and not secure */
    unsigned size;   /* of the next accesses; 0: 4 bytes */
    char said[256];  /* last report */
};

/* 528 million ticks a second, clock controller at its reset values. */
void rig_init(struct rig *rig);

/** Register read and write that must be answered. */
uint32_t rig_read(struct rig *rig, uint32_t address);
void rig_write(struct rig *rig, uint32_t address, uint32_t value);

/** True when the access is refused. */
bool rig_refuses_read(struct rig *rig, uint32_t address);
bool rig_refuses_write(struct rig *rig, uint32_t address, uint32_t value);

/** Lets time pass; events fire on their ticks. */
void rig_run(struct rig *rig, uint64_t ticks);
void rig_run_us(struct rig *rig, uint64_t us);

/** Runs until a register has the bits, or fails the test after so long. */
void rig_wait(struct rig *rig, uint32_t address, uint32_t bits, uint64_t us);

/** A line that counts its changes. */
struct rig_line {
    bool level;
    unsigned rises;
};
struct tw_line rig_watch(struct rig_line *line);

/**
 * Saves the device, resets it, loads it and saves it again: both must be the
 * same, and nothing but the whole must be accepted.
 */
void rig_round_trip(struct rig *rig, const struct tw_device *device);

#endif
