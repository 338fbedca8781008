/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_RIG_H
#define HTTP_RIG_H

#include "aw/hostio/store.h"
#include "faulty.h"

/* Stores over HTTP, of the server with faults. */

/* A limit no test should come near; not a measure of speed. */
enum { HT_BOUND_S = 20, HT_ROOM = 4096 };

/* Short pauses; time limits that a busy machine does not meet. */
extern const struct aw_store_options ht_quick;

/* Content of files. */
extern const char ht_alphabet[];

/** Fixture: the environment names no proxy. */
void ht_no_proxy(void);

struct aw_host_store *ht_open(const char *source,
                              const struct aw_store_options *options);
aw_err ht_get(const struct aw_host_store *store, const char *path,
              struct aw_wr *w);
void ht_hint(const struct aw_host_store *store, const char *const *paths,
             size_t n);

#endif
