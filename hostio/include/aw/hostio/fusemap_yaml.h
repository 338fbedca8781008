/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_FUSEMAP_YAML_H
#define AW_HOSTIO_FUSEMAP_YAML_H

#include "aw/hostio/diag.h"
#include "aw/hostio/file.h"

enum { AW_FUSEMAP_YAML_MAX = 256 << 10 };

/**
 * Turns a fuse map of crucible, in YAML, into one in the format of
 * docs/formats/fuse-map.md. What that format checks is left to its parser
 * (aw/hab/fuse.h): places, ranges, names given twice.
 *
 * Of YAML it takes mappings of plain or quoted scalars: no sequences, anchors,
 * aliases or tags, and one document.
 *
 * @param yaml     whole file, untrusted
 * @param overlay  the file adds the fuses of a board to the map of a part
 * @param text     the caller frees it; untouched on failure
 * @param host     may be NULL
 *
 * @return AW_OK; AW_ERR_FORMAT when it is no such YAML, a key is unknown or
 *         missing, or a value is of another kind; AW_ERR_DUPLICATE for a key
 *         given twice; AW_ERR_NOT_FOUND for a gap at a register that is not
 *         there; AW_ERR_SPACE when the file is longer than
 *         AW_FUSEMAP_YAML_MAX, or has too many or too deep entries.
 */
AW_MUST_CHECK aw_err aw_fusemap_yaml(aw_bytes yaml, bool overlay,
                                     struct aw_blob *text,
                                     struct aw_host_diag *host);

#endif
