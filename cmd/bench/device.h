/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include <sys/types.h>

#include "bench/bench.h"
#include "bench/folder.h"

struct device_args {
    uint64_t runs;
    uint64_t mib;
    uint64_t twins; /* at a time; 1: none but those of the runs */
    unsigned soc;
    const char *policy;
    const char *log_url;
    const char *binaries;
    const char *srk_hash;
    bool skip_hab;
    struct bench_place place;
};

/* A twin that is measured: made for one run, removed behind it. */
struct device_bench {
    struct aw_ctx *ctx;
    const struct device_args *args;
    const char *dir;  /* that of the run */
    const char *twin; /* its folder */
    const char *name; /* twin=FOLDER */
    uint8_t number;   /* one of many: two are never the same board */
};

/* Figures of a run; times are the wall clock's unless they say otherwise:
 * virtual, or of the processor in the twin's process. */
struct device_figures {
    uint64_t sdp_bytes_per_s;
    uint64_t provision_ns;
    uint64_t provision_virtual_us;
    uint64_t provision_twin_ns;
    uint64_t again_ns;
    uint64_t write_bytes_per_s;
    uint64_t read_bytes_per_s;
    uint64_t flash_bytes_per_s;
    uint64_t flash_virtual_bytes_per_s;
    uint64_t flash_twin_ns;
};

/* What a twin has used. */
struct device_used {
    uint64_t virtual_us; /* by its own clock, since it was made */
    uint64_t twin_ns;    /* processor time of its process */
};

/* Many twins that are provisioned at a time. */
struct device_many {
    uint64_t wall_ns;
    uint64_t cpu_ns; /* of all twins and of all runs of aw provision */
    uint64_t cores;
};

enum {
    DEVICE_TWINS_MAX = 64,
    DEVICE_SDP_BYTES = 4 << 20, /* of the program that is sent */
    DEVICE_WAIT_MS = 30000,
    DEVICE_MIB = 1 << 20
};

/** Bytes a second, 0 when no time has passed. */
uint64_t device_rate(uint64_t bytes, uint64_t ns);

/* Exit codes of a step; what went wrong is reported. */

/** Makes a twin, its boot switch at USB, and runs it. End with device_end,
 *  also after a failure. */
AW_MUST_CHECK int device_begin(struct device_bench *b);
void device_end(struct device_bench *b);

/** Off and on again. */
AW_MUST_CHECK int device_reboot(const struct device_bench *b);

/** Asks for it. */
AW_MUST_CHECK int device_used(const struct device_bench *b,
                              struct device_used *used);

/** Sends a large image by serial download. */
AW_MUST_CHECK int device_send(const struct device_bench *b,
                              struct device_figures *figures);

/** Runs aw provision, twice. */
AW_MUST_CHECK int device_provision(const struct device_bench *b,
                                   struct device_figures *figures);

/** Begins aw provision. @return its process, for device_provision_end */
pid_t device_provision_begin(const struct device_bench *b);
AW_MUST_CHECK int device_provision_end(const struct device_bench *b, pid_t pid);

/** Provisions args->twins twins at a time, all made for it. */
AW_MUST_CHECK int device_many(struct aw_ctx *ctx,
                              const struct device_args *args,
                              struct device_many *many);

/** Writes and reads back what was not there, through the recovery that
 *  provisioning has left running. */
AW_MUST_CHECK int device_flash(const struct device_bench *b,
                               struct device_figures *figures);

#endif
