/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_TERM_H
#define COMMON_TERM_H

#include "aw/bytes.h"

/*
 * Standard error: the human log, and the line of a progress bar. One for the
 * process, safe to use from several threads. What is printed is escaped;
 * colours and the bar appear on a terminal only.
 */
enum aw_colour { AW_PLAIN, AW_BOLD, AW_RED, AW_YELLOW };

/** Looks at standard error, NO_COLOR and TERM. Before it everything is plain
 *  and printed. */
void aw_term_init(bool quiet, uint64_t verbosity);
/** True when standard error is a terminal that can redraw a line. */
bool aw_term_live(void);
bool aw_term_quiet(void);
/** True when standard output is on a terminal, too: a bar must make room for
 *  each line of the result. */
bool aw_term_shared(void);
/** Writes to standard output in place of the bar. @return errno, or 0 */
int aw_term_print(aw_bytes text);
/** Columns of the terminal, 80 when unknown. */
size_t aw_term_columns(void);

/** One line of the log. Level 0 is left out by --quiet, higher ones come with
 *  --v=LEVEL. */
AW_PRINTF(2, 3) void aw_say(uint64_t level, const char *format, ...);
/** One line that --quiet does not leave out, with a coloured word before it. */
AW_PRINTF(3, 4)
void aw_complain(enum aw_colour colour, const char *word, const char *format,
                 ...);

/** Draws or redraws the bar; it stays the last line. Short enough for the
 *  terminal, or it is cut. Nothing unless aw_term_live. */
void aw_term_bar(const char *line);
/** Removes the bar. */
void aw_term_clear(void);
/** As aw_term_clear, allowed in a signal handler. */
void aw_term_restore(void);

#endif
