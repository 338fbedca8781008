/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCENARIO_RELEASE_H
#define SCENARIO_RELEASE_H

#include "aw/bootcfg.h"
#include "aw/ftlog/bundle.h"

/*
 * A release of the trusted OS or applet, signed and logged with the keys of
 * tests/firmware/policy.cmake, as its configuration record. What is wrong with
 * it is asked for.
 */
struct making {
    aw_bytes elf;
    const char *version;
    unsigned slot; /* 0 A, 1 B */
    enum aw_component component;
    const char *log_key;   /* role whose key signs; NULL: "log" */
    const char *origin;    /* NULL: the policy's */
    bool applet;           /* its slot, its key; else the OS's */
    const char *os_key[2]; /* NULL: "os1", "os2"; "" signs nothing */
    bool bad_signature;    /* of the checkpoint: one bit flipped */
    bool bad_manifest;     /* one byte of its text, after signing */
    bool bad_proof;
    bool bad_digest; /* the manifest is about another file */
    int64_t offset;  /* 0: that of the slot */
    int64_t size;    /* 0: that of the file */
};

struct made {
    uint8_t record[AW_BOOTCFG_MAX]; /* zeros behind the stream */
    size_t n;                       /* of the stream */
};

void release_make(const struct making *how, struct made *made);

#endif
