/* SPDX-License-Identifier: Apache-2.0 */
/* A library to be preloaded: sends SIGTERM while the libraries of a program
 * are set up, before its main. */
#include <signal.h>

void early_signal(void);

void early_signal(void)
{
    (void)raise(SIGTERM);
}
