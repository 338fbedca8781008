/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_SUPPORT_H
#define STATE_SUPPORT_H

#include "aw/hostio/state.h"

/* Saved states for tests, in the scratch folder. */

/** A log of that origin. */
struct aw_state_log state_log_named(const char *origin);
/** The state directory, in the folder of the test. */
const char *state_dir(void);
/** Path of a file in it. */
const char *state_path(const char *name);
/** Opens the state; a failure must be explained. */
aw_err state_try_open(bool accept, struct aw_state **state);
/** Opens the state, which must succeed. */
struct aw_state *state_open(void);
/** Loads what was seen; a failure must be explained. */
aw_err state_load(struct aw_state *state, const struct aw_state_log *log,
                  struct aw_state_seen *seen);
/** Root number n, of 32 equal bytes. */
const uint8_t *state_root(uint8_t n);
/** Moves a log on from what was seen to a size and a root. */
aw_err state_advance_from(struct aw_state *state,
                          const struct aw_state_log *log,
                          const struct aw_state_seen *seen, uint64_t size,
                          uint8_t root);
/** The same from what is saved. */
aw_err state_advance(struct aw_state *state, const struct aw_state_log *log,
                     uint64_t size, uint8_t root);
/** What load says; size in *size. */
enum aw_state_baseline state_baseline(struct aw_state *state,
                                      const struct aw_state_log *log,
                                      uint64_t *size);
/** The state of one log "a" at size 5. */
struct aw_state_log state_saved(void);
/** Runs statements on the database, as somebody else would. */
void state_sql(const char *text);
/** Files in the state directory whose name begins so. */
size_t state_files(const char *begin);

#endif
