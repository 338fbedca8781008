/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_SIGNING_H
#define LOG_SIGNING_H

#include "common/signer.h"
#include "log/view.h"
#include "log/writer.h"

/*
 * Signing the tree of a log that is being written. A signature over two trees
 * that contradict each other can never be taken back, so before one is made
 * the tree is proven to go on from the last checkpoint in the folder and from
 * the last one that this machine saw.
 */
struct log_signing {
    struct log_writer *writer;
    struct aw_vkey key; /* of the log; its name lives as long as the run */
    aw_bytes origin;    /* empty: that of the last checkpoint, or the key's
                           name */
    bool accept_new_baseline;
    bool renew; /* publish a note of this very tree in place of the last one */

    /* private */
    struct aw_trust *trust;
    struct log_view view;
    aw_bytes last; /* checkpoint in the folder; empty */
    struct aw_checkpoint last_parsed;
    aw_bytes text; /* of the new checkpoint */
    bool unchanged;
};

/**
 * Checks the folder as it is, before anything is added to it: its last
 * checkpoint is the log's, its tree continues that, and both continue what
 * this machine saw of the log.
 *
 * @param s  with the fields that are not private filled in; end with
 *           log_signing_close, also after a failure
 */
AW_MUST_CHECK int log_signing_open(struct log_signing *s);

/**
 * Checks, for a log that is yet to be made, that this machine has seen no
 * entries under its key and origin, and makes the text of its first
 * checkpoint. log_signing_begin follows once the log is made.
 */
AW_MUST_CHECK int log_signing_check_new(struct log_signing *s);

/**
 * Makes all checks and the text of the new checkpoint. log_signing_open comes
 * first where the tree is changed before it is signed.
 */
AW_MUST_CHECK int log_signing_begin(struct log_signing *s);

/** Text that is to be signed, memory of the pool. */
aw_bytes log_signing_text(const struct log_signing *s);

/** True when the folder's checkpoint is of this very tree already: there is
 *  nothing to sign. */
bool log_signing_unchanged(const struct log_signing *s);

/** Checkpoint in the folder, empty when there is none, and its tree's size. */
aw_bytes log_signing_last_note(const struct log_signing *s);
uint64_t log_signing_last(const struct log_signing *s);

/** Signs, by a key that is s->key. @param note  memory of the pool */
AW_MUST_CHECK int log_signing_sign(struct log_signing *s,
                                   const struct aw_signer_use *by,
                                   aw_bytes *note);

/**
 * Verifies the signed note, puts it into the folder and remembers it. With a
 * log that is unchanged, and without s->renew, note is not looked at.
 *
 * @param subject  where the note is from, for messages
 */
AW_MUST_CHECK int log_signing_publish(struct log_signing *s, aw_bytes note,
                                      const char *subject);

void log_signing_close(struct log_signing *s);

#endif
