/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_TWIN_TWIN_H
#define AW_TWIN_TWIN_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"

/*
 * Twins: USB armories in software, each a folder (docs/formats/twin-folder.md)
 * and, while it runs, a process that answers on a socket in that folder
 * (docs/formats/twin-control.md).
 */

/* How virtual time relates to the world. */
enum aw_twin_mode {
    AW_TWIN_AUTO,     /* lockstep while a client waits, else paced */
    AW_TWIN_FREE,     /* as fast as it can */
    AW_TWIN_LOCKSTEP, /* only while a client waits */
    AW_TWIN_PACED     /* never ahead of the wall clock */
};

enum { AW_TWIN_SEED = 32, AW_TWIN_REPLY_MAX = 256 << 10 };

/**
 * Makes a twin.
 *
 * @param path    folder
 * @param soc     "ul", "ull" or "ulz"
 * @param serial  16 hex digits; NULL: from the seed
 * @param card    a microSD card is in the slot; only the ulz' board has one
 * @param seed    everything that is random about it follows from this
 * @param host    may be NULL
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for another SoC, or no slot; AW_ERR_FORMAT for a wrong
 *         serial; AW_ERR_EXISTS when there is a twin; AW_ERR_SPACE for a path
 *         that is too long; AW_ERR_RESOURCE without space; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_twin_create(const char *path, const char *soc,
                                    const char *serial, bool card,
                                    const uint8_t seed[AW_TWIN_SEED],
                                    struct aw_host_diag *host);

/**
 * Moves the boot switch of a twin that does not run.
 *
 * @return AW_OK; AW_ERR_PRECONDITION when it runs: ask it; AW_ERR_NOT_FOUND
 *         when there is none; errors of board.json as aw_twin_run
 */
AW_MUST_CHECK aw_err aw_twin_switch(const char *path, bool serial,
                                    struct aw_host_diag *host);

/* What the LAN jack leads to. */
enum aw_twin_net { AW_TWIN_NET_NONE, AW_TWIN_NET_USER, AW_TWIN_NET_TAP };

/* A port of 127.0.0.1 that leads to one of the twin, with AW_TWIN_NET_USER. */
struct aw_twin_forward {
    bool udp; /* else TCP */
    uint16_t host;
    uint16_t guest;
};

struct aw_twin_start {
    const char *path;
    enum aw_twin_mode mode;
    bool off;             /* do not switch the power on */
    bool plugged;         /* a cable is in the plug */
    const char *snapshot; /* start from this file; NULL: power on */
    const char *journal;  /* write inputs there; NULL: nowhere */
    const char *replay;   /* a journal to play first; NULL: none */
    bool debug;           /* listen for a debugger on 127.0.0.1 */
    uint16_t debug_port;  /* there; 0: any that is free */
    bool held;            /* no time passes until somebody lets it */
    enum aw_twin_net net;
    const char *tap; /* name of the device, with AW_TWIN_NET_TAP */
    const struct aw_twin_forward *forwards;
    size_t n_forwards;
};

/**
 * Runs a twin in this process until someone stops it.
 *
 * @param stopped  asked between slices; true ends the run
 * @param ready    called once it runs and answers; may be NULL
 *
 * @return AW_OK when it was stopped; AW_ERR_NOT_FOUND when there is no twin;
 *         AW_ERR_PRECONDITION when it runs already; AW_ERR_CONTENT,
 *         AW_ERR_FORMAT, AW_ERR_DIGEST and others for files that are damaged;
 *         AW_ERR_RESOURCE when the disk was full; AW_ERR_IO, also when the
 *         port of the debugger or a forwarded one is taken, or the tap device
 *         is none; AW_ERR_PRECONDITION for a network on a board without LAN.
 */
AW_MUST_CHECK aw_err aw_twin_run(const struct aw_twin_start *how,
                                 bool (*stopped)(void),
                                 void (*ready)(void *ctx), void *ctx,
                                 struct aw_host_diag *host);

/* A connection to a running twin. */
struct aw_twin_link {
    int fd;     /* private */
    size_t n;   /* private */
    char *text; /* private, owned */
};

/**
 * @return AW_OK; AW_ERR_NOT_FOUND when there is no twin; AW_ERR_PRECONDITION
 *         when it does not run (also when its socket is left over from a
 *         process that was killed); AW_ERR_SPACE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_twin_connect(const char *path,
                                     struct aw_twin_link *link,
                                     struct aw_host_diag *host);
void aw_twin_disconnect(struct aw_twin_link *link);

/** Sends one line. @return AW_OK; AW_ERR_IO when the twin is gone */
AW_MUST_CHECK aw_err aw_twin_send(struct aw_twin_link *link, aw_bytes line,
                                  struct aw_host_diag *host);

/**
 * Waits for the next line.
 *
 * @param line        without its line feed, borrowed from link until the next
 *                    call
 * @param timeout_ms  0: no limit
 *
 * @return AW_OK; AW_ERR_TIMEOUT; AW_ERR_CANCELLED when a signal came;
 *         AW_ERR_GONE when the twin ended; AW_ERR_SPACE for a line that is too
 *         long; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_twin_receive(struct aw_twin_link *link, aw_bytes *line,
                                     unsigned timeout_ms,
                                     struct aw_host_diag *host);

/** True while a process runs the twin. @param pid  its number, or 0 */
bool aw_twin_runs(const char *path, long *pid);

/* How fast a twin is on this host. */
struct aw_twin_bench {
    uint64_t boot_us;      /* virtual: power on to the end of the first line */
    uint64_t boot_wall_ns; /* the same by the wall clock */
    uint64_t instructions_per_s;
    uint64_t accesses_per_s; /* reads of a device's register */
    uint64_t hash_wall_ns;   /* SHA-256 of 1 MiB by the program in the twin */
    uint64_t hash_instructions;
    uint64_t usb_bytes_per_s; /* an image of 4 MiB sent by serial download */
};

/**
 * Measures, with a twin in memory.
 *
 * @return AW_OK; AW_ERR_RESOURCE; AW_ERR_TIMEOUT or AW_ERR_CONTENT when the
 *         program in the twin failed; errors of aw_sdp_boot_unverified.
 */
AW_MUST_CHECK aw_err aw_twin_measure(struct aw_twin_bench *result,
                                     struct aw_host_diag *host);

#endif
