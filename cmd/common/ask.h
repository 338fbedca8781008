/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_ASK_H
#define COMMON_ASK_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Reads the operator's answer, one line of standard input, without its end.
 *
 * Returns at once when the run was stopped (see common/stop.h), also by a
 * signal that came just before the wait. Only the thread that runs the
 * command may call it.
 *
 * @param[out] line  the answer, NUL-terminated; empty without one
 * @param cap  size of line; a longer answer is none
 * @return false when there is no answer: end of input, stopped, too long
 */
bool aw_ask_line(char *line, size_t cap);

#endif
