/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_CHECKPOINT_H
#define AW_FTLOG_CHECKPOINT_H

#include "aw/ftlog/merkle.h"
#include "aw/ftlog/note.h"

enum { AW_CHECKPOINT_MAX = 64 * 1024 };

/* Checkpoint body: origin LF size LF base64 root LF, extension lines. */
struct aw_checkpoint {
    aw_bytes origin; /* borrowed */
    uint64_t size;   /* leaves */
    aw_hash root;
    aw_bytes extensions; /* borrowed, whole lines; may be empty */
};

AW_MUST_CHECK aw_err aw_checkpoint_parse(aw_bytes text,
                                         struct aw_checkpoint *checkpoint,
                                         struct aw_diag *diag);
void aw_checkpoint_write(const struct aw_checkpoint *checkpoint,
                         struct aw_wr *w);
/* keys[0] is the log's key and must be among the verified ones. */
AW_MUST_CHECK aw_err aw_checkpoint_open(aw_bytes message, aw_bytes origin,
                                        const struct aw_vkey *keys,
                                        size_t n_keys,
                                        struct aw_checkpoint *checkpoint,
                                        struct aw_diag *diag);

#endif
