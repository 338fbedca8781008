/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_CONSOLE_H
#define FW_CONSOLE_H

/* The console of an image: UART2, or none in releases. */

void console_init(void);

/** Waits until all has left: before a hand-over. */
void console_drain(void);

#endif
