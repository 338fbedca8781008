/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_WAIT_H
#define AW_HOSTIO_WAIT_H

#include <stdbool.h>

/* How long to wait while another process has a folder locked. NULL in its
 * place stands for 30 s. */
struct aw_lock_wait {
    unsigned limit_ms;            /* 0: 30 s */
    bool (*cancelled)(void *ctx); /* true ends the wait; may be NULL */
    void *cancelled_ctx;
};

#endif
