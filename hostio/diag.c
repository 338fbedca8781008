/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "aw/text.h"

/* Length of the UTF-8 character at the cursor that a terminal may show, 0
 * when there is none. C1 controls count as control characters. */
static size_t visible(struct aw_rd rest)
{
    size_t at = rest.at;
    uint32_t cp = aw_utf8_next(&rest);

    if (rest.failed || cp < 0x20 || (cp >= 0x7f && cp < 0xa0)) {
        return 0;
    }
    return rest.at - at;
}

/* Copies what fits in whole characters; others become question marks. */
static void copy_visible(const char *from, char *to, size_t cap)
{
    struct aw_rd r = aw_rd_init(aw_text(from));
    struct aw_wr w = aw_wr_init(to, cap - 1);

    while (aw_rd_left(&r) > 0) {
        size_t n = visible(r);
        aw_bytes c = aw_rd_take(&r, n == 0 ? 1 : n);

        aw_wr_put(&w, n == 0 ? aw_text("?") : c);
    }
    to[w.n] = '\0';
}

struct aw_diag *aw_host_say(struct aw_host_diag *host, const char *format, ...)
{
    char raw[4 * AW_HOST_TEXT_MAX];
    va_list args;

    if (host == NULL) {
        return NULL;
    }
    va_start(args, format);
    int n = vsnprintf(raw, sizeof(raw), format, args);

    va_end(args);
    copy_visible(n < 0 ? "" : raw, host->text, sizeof(host->text));
    host->network = false;
    return &host->diag;
}

struct aw_diag *aw_host_say_errno(struct aw_host_diag *host, int error,
                                  const char *subject)
{
    char said[128];

    return aw_host_say(host, "%s: %s", subject,
                       strerror_r(error, said, sizeof(said)));
}
