/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/diag.h"

#include <errno.h>
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

aw_err aw_host_fail(struct aw_host_diag *host, aw_err err, const char *where,
                    const char *format, ...)
{
    if (host == NULL) {
        return err;
    }
    char raw[4 * AW_HOST_TEXT_MAX];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(raw, sizeof(raw), format, args);

    va_end(args);
    copy_visible(n < 0 ? "" : raw, host->text, sizeof(host->text));
    host->network = false;
    return aw_fail(&host->diag, err, where, 0);
}

aw_err aw_host_fail_errno(struct aw_host_diag *host, const char *where,
                          int error, const char *subject)
{
    char said[128];
    const char *text = strerror_r(error, said, sizeof(said));
    aw_err err =
        aw_host_fail(host, aw_host_err(error), where, "%s: %s", subject, text);

    if (host != NULL) {
        host->diag.at = (uint64_t)error;
    }
    return err;
}

aw_err aw_host_err(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return AW_ERR_NOT_FOUND;
    case EEXIST:
        return AW_ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return AW_ERR_RESOURCE;
    default:
        return AW_ERR_IO;
    }
}
