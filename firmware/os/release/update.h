/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UPDATE_H
#define UPDATE_H

#include "os/os.h"

/*
 * A new trusted OS or applet, from the applet or from the control interface:
 * evidence first, then the ELF file in pieces, then the end, which verifies,
 * writes to the slot that is not in use, reads back, and writes the
 * configuration last. docs/formats/applet-abi.md, INSTALL_OS.
 */

enum { UPDATE_FILE_MAX = 0x02000000 };

/* Who sends it. The host's comes before the applet's: an applet cannot keep its
 * own successor out. */
enum update_by { UPDATE_BY_APPLET, UPDATE_BY_HOST };

/**
 * Begins; what was begun before is forgotten.
 *
 * @param component  AW_TRUSTED_OS, AW_TRUSTED_APPLET
 * @param record     proof bundle as in a configuration record, whose offset and
 *                   size do not matter; untrusted, copied
 *
 * @return AW_OK; AW_ERR_SPACE if it is too long; errors of aw_bootcfg_parse;
 *         AW_ERR_PRECONDITION without a card, with a rollback record that
 *         nobody can read, while what runs has not shown yet that it works
 *         and the other slot holds what ran before, or for the applet while
 *         the host sends.
 */
AW_MUST_CHECK aw_err update_begin(struct os *os, enum update_by by,
                                  enum aw_component component, aw_bytes record,
                                  struct aw_diag *diag);

/** More of the file. @return AW_OK; AW_ERR_PRECONDITION before update_begin of
 *  this component by the same; AW_ERR_SPACE beyond UPDATE_FILE_MAX: begin
 *  again. */
AW_MUST_CHECK aw_err update_part(enum update_by by, enum aw_component component,
                                 aw_bytes bytes, struct aw_diag *diag);

/** Is an update of theirs under way? */
bool update_begun(enum update_by by);

/**
 * Verifies and installs. On success the device reboots soon: a second is left
 * for the answer. Takes seconds.
 *
 * @return AW_OK; AW_ERR_PRECONDITION before update_begin of this component
 *         by the same; errors of aw_bundle_verify; AW_ERR_ROLLBACK for an older version than
 *         what runs or the version record; AW_ERR_SPACE for a version of more
 *         than 28 characters or a file that the slot cannot hold; errors of
 *         program_check or load_check; AW_ERR_IO, AW_ERR_TIMEOUT of the card;
 *         AW_ERR_DIGEST if what was written reads back differently. After any
 *         of them what ran before is what will run.
 */
AW_MUST_CHECK aw_err update_end(struct os *os, enum update_by by,
                                enum aw_component component,
                                struct aw_diag *diag);

/**
 * What the evidence of a configuration copy says, after it was judged as an
 * update is, all but the image.
 *
 * @return static text, until the next call; "": it proves nothing
 */
const char *update_version(const struct copy *copy,
                           enum aw_component component);

#endif
