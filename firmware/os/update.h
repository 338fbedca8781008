/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UPDATE_H
#define UPDATE_H

#include "os.h"

/*
 * A new trusted OS or applet, from the applet or from the control interface:
 * evidence first, then the ELF file in pieces, then the end, which verifies,
 * writes to the slot that is not in use, reads back, and writes the
 * configuration last. docs/formats/applet-abi.md, INSTALL_OS.
 */

/**
 * Begins; what was begun before is forgotten.
 *
 * @param component  AW_TRUSTED_OS, AW_TRUSTED_APPLET
 * @param record     proof bundle as in a configuration record, whose offset and
 *                   size do not matter; untrusted, copied
 *
 * @return AW_OK; AW_ERR_SPACE if it is too long; errors of aw_bootcfg_parse;
 *         AW_ERR_PRECONDITION without a card, with a rollback record that
 *         nobody can read, or while what runs has not shown yet that it works
 *         and the other slot holds what ran before.
 */
AW_MUST_CHECK aw_err update_begin(struct os *os, enum aw_component component,
                                  aw_bytes record, struct aw_diag *diag);

/** More of the file. @return AW_OK; AW_ERR_PRECONDITION before update_begin of
 *  this component; AW_ERR_SPACE beyond UPDATE_FILE_MAX: begin again. */
AW_MUST_CHECK aw_err update_part(struct os *os, enum aw_component component,
                                 aw_bytes bytes, struct aw_diag *diag);

/**
 * Verifies and installs. On success the device reboots soon: a second is left
 * for the answer. Takes seconds.
 *
 * @return AW_OK; AW_ERR_PRECONDITION before update_begin of this component;
 *         errors of aw_bundle_verify; AW_ERR_ROLLBACK for an older version than
 *         what runs or the version record; AW_ERR_SPACE for a version of more
 *         than 28 characters or a file that the slot cannot hold; errors of
 *         program_check or load_check; AW_ERR_IO, AW_ERR_TIMEOUT of the card;
 *         AW_ERR_DIGEST if what was written reads back differently. After any
 *         of them what ran before is what will run.
 */
AW_MUST_CHECK aw_err update_end(struct os *os, enum aw_component component,
                                struct aw_diag *diag);

#endif
