/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/secret.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "aw/ct.h"
#include "host.h"

/* Whole pages, at least one; 0 when there are not so many. */
static size_t pages_of(size_t n)
{
    long size = sysconf(_SC_PAGESIZE);
    size_t page = size > 0 ? (size_t)size : 4096;

    return n > SIZE_MAX - page ? 0 : (n / page + 1) * page;
}

void *aw_secret_alloc(size_t n)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    size_t room = pages_of(n);
    void *p = room == 0 ? MAP_FAILED
                        : mmap(NULL, room, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        host_out_of_memory(1, n);
    }
    /* Each of them may be refused; the others hold all the same. */
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)madvise(p, room, MADV_DONTDUMP);
    (void)mlock2(p, room, 0); /* sanitizers make mlock do nothing */
    return p;
}

void aw_secret_free(void *p, size_t n)
{
    if (p == NULL) {
        return;
    }
    aw_wipe(p, n);
    (void)munmap(p, pages_of(n));
}
