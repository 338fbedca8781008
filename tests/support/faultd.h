/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULTD_H
#define FAULTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "aw/attr.h"

/* What the files of faultd share. */
enum { FAULTD_HEAD_MAX = 8192 };

enum fault_kind {
    FAULT_NONE,
    FAULT_STATUS,
    FAULT_BUSY,
    FAULT_TIMEOUT,
    FAULT_SLOW,
    FAULT_TRUNCATE,
    FAULT_LONG,
    FAULT_ENDLESS,
    FAULT_ENDLESS_CHUNKED,
    FAULT_ENDLESS_HEADER,
    FAULT_LONG_HEADER,
    FAULT_REDIRECT_FILE,
    FAULT_REDIRECT_LOOP,
    FAULT_REDIRECT,
    FAULT_RESET,
    FAULT_GARBAGE,
    FAULT_GATHER
};

struct fault {
    const char *pattern;
    enum fault_kind kind;
    unsigned long number;
    unsigned long left; /* hits to come; ULONG_MAX for all */
};

struct faultd {
    int root; /* folder of the files */
    FILE *log;
};

extern struct faultd faultd;

/** Ends the server with a message. */
AW_NORETURN void faultd_die(const char *what);

/** Takes PATTERN=KIND[:NUMBER][:COUNT]; the text is kept. */
void faultd_parse_fault(char *text);

/** What goes wrong with a request for a path; counts it. */
struct fault faultd_fault_for(const char *path);

/** A request begins and ends; the log gets its line. */
void faultd_begin(const char *path);
void faultd_end(void);

/** Waits until n requests have been in flight at once, or 5 s. */
void faultd_gather(unsigned long n);

/* Answers and parts of them; false when the client is gone. */
bool faultd_send_all(int fd, const void *data, size_t n);
AW_PRINTF(2, 3) bool faultd_send_text(int fd, const char *format, ...);
bool faultd_send_page(int fd, unsigned long status, const char *header);
bool faultd_send_head(int fd, size_t length);
bool faultd_send_slowly(int fd, const char *p, size_t n);
void faultd_send_endless(int fd);
void faultd_send_endless_chunks(int fd);
void faultd_send_endless_header(int fd);
void faultd_send_long_header(int fd);

/** Waits until the client goes away. */
void faultd_wait_for_end(int fd);

/** The connection will end by RST. */
void faultd_reset(int fd);

/** Serves a connection; arg is its descriptor, from malloc. For a thread. */
void *faultd_serve(void *arg);

#endif
