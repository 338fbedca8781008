/* SPDX-License-Identifier: Apache-2.0 */
#include "common/ask.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "common/stop.h"

/* Waits for input with the mask that lets signals in for just that time: one
 * that comes before it is then not slept through. */
static bool wait_for_input(const sigset_t *open)
{
    int n = 0;

    while (!aw_cancelled() && n <= 0) {
        fd_set in;

        FD_ZERO(&in);
        FD_SET(STDIN_FILENO, &in);
        n = pselect(STDIN_FILENO + 1, &in, NULL, NULL, NULL, open);
        if (n < 0 && errno != EINTR) {
            return false;
        }
    }
    return n > 0;
}

/* No more is taken than the line: what follows answers the next question. */
static bool read_line(char *line, size_t cap, const sigset_t *open)
{
    for (size_t n = 0; n < cap; n++) {
        if (!wait_for_input(open) || read(STDIN_FILENO, &line[n], 1) != 1) {
            return false;
        }
        if (line[n] == '\n') {
            line[n] = '\0';
            return true;
        }
    }
    return false;
}

bool aw_ask_line(char *line, size_t cap)
{
    sigset_t shut;
    sigset_t open;

    (void)sigemptyset(&shut);
    aw_stop_signals(&shut);
    (void)pthread_sigmask(SIG_BLOCK, &shut, &open);
    bool got = read_line(line, cap, &open);

    (void)pthread_sigmask(SIG_SETMASK, &open, NULL);
    if (!got) {
        line[0] = '\0';
        return false;
    }
    line[strcspn(line, "\r")] = '\0';
    return true;
}
