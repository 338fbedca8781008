/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "aw/bytes.h"

/**
 * Decides whether a text is valid JSON as aw_json_parse takes it, but for the
 * keys of objects, which the tree shows.
 *
 * @param text  untrusted
 * @param diag  may be NULL; `at` is the offset of the fault
 *
 * @return AW_OK; AW_ERR_SHORT, AW_ERR_FORMAT, AW_ERR_RANGE and, for nesting,
 *         AW_ERR_SPACE as aw_json_parse.
 */
AW_MUST_CHECK aw_err json_scan(aw_bytes text, struct aw_diag *diag);

bool json_is_digit(uint8_t c);

#endif
