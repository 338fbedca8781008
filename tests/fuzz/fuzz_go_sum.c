/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of Go modules, against a server that has some of them. No name leads
 * out of the folder, whatever is in the list. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "fuzz.h"
#include "prepare.h"

/* What is asked for is a name below the folder, and no folder of ours. */
static void check_name(const char *name)
{
    size_t part = 0;

    if (name[0] == '/' || name[0] == '.' || strstr(name, "..") != NULL ||
        strstr(name, "//") != NULL || strstr(name, "/@v/") == NULL) {
        __builtin_trap();
    }
    for (const char *c = name; *c != '\0'; c++) {
        part = *c == '/' ? 0 : part + 1;
        if (*c <= ' ' || *c > '~' || (*c >= 'A' && *c <= 'Z') || part > 255) {
            __builtin_trap();
        }
    }
}

static aw_err get(void *ctx, const char *name, struct aw_wr *buf,
                  struct aw_diag *diag)
{
    (void)ctx;
    (void)diag;
    check_name(name);
    switch (name[0]) {
    case 'n':
        return AW_ERR_NOT_FOUND;
    case 's':
        return AW_ERR_SPACE;
    default:
        aw_wr_text(buf, "module");
        return AW_OK;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct aw_store store = {.get = get};
    static char folder[] = "/dev/shm/aw-fuzz-XXXXXX";
    static bool made;
    struct aw_host_diag host = {.network = false};
    bool served = size > 0 && data[0] != '-';

    if (!made && mkdtemp(folder) == NULL) {
        __builtin_trap(); /* nothing would be looked at */
    }
    made = true;
    aw_err err = rb_modules(served ? &store : NULL, (aw_bytes){data, size},
                            folder, &host);

    if (err == AW_ERR_PRECONDITION || err == AW_ERR_IO) {
        __builtin_trap();
    }
    rb_remove(folder);
    return 0;
}
