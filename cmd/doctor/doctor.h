/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "common/usb.h"

/* aw doctor */
extern const struct aw_cmd aw_cmd_doctor;

struct doctor_args {
    struct aw_list keys;
    const char *root;
    const char *uid;
    uint64_t now;
};

/* A look at this machine. */
struct doctor {
    struct aw_ctx *ctx;
    const struct doctor_args *args;
    const char *root; /* "" or a folder in place of "/" */
    unsigned uid;
    size_t warnings;
    size_t failures;
};

enum doctor_verdict { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAILED };

/* What one check found. */
struct doctor_found {
    const char *check; /* "udev rules" */
    enum doctor_verdict verdict;
    const char *subject; /* file, device; NULL: none */
    const char *detail;  /* what was found */
    const char *remedy;  /* of a warning or failure */
    int exit;            /* of a failure; 0: 30 */
};

/** Writes what a check found; a failure is reported, too. */
void doctor_put(struct doctor *d, const struct doctor_found *found);

/** The same, for a failure that was reported already. */
void doctor_put_reported(struct doctor *d, const struct doctor_found *found);

/** Rules of udev that give boards to users, and whether this user is one. */
void doctor_udev(struct doctor *d);
/** Boards that are plugged in: rights, drivers, speed. */
void doctor_usb(struct doctor *d);
void doctor_time(struct doctor *d);
void doctor_keys(struct doctor *d);
/** Folders of state and cache: space, and whether the state can be read. */
void doctor_folders(struct doctor *d);

#endif
