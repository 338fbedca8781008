/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/artefacts.h"
#include "child.h"
#include "pass.h"

enum {
    KEPT = 64,                          /* parts in the cache */
    NAME_SIZE = 2 * AW_SHA256_SIZE + 4, /* of a kept one: hex.tar */
    OUTPUT_MAX = 32 * 1024 * 1024,
    FAILED_S = 24 * 60 * 60, /* before what failed is tried again */
    LOCK_POLL_MS = 50
};

/* A part under way. */
struct making {
    const struct rb_prepared *p;
    const struct aw_rb_part *part;
    struct aw_host_diag *host;
    size_t number;
    char folder[PATH_MAX]; /* of the cache */
    char source[PATH_MAX]; /* its files */
    char kept[PATH_MAX];   /* where it is in the cache */
};

/* Programs of the machine that take part: they change with its packages. */
static void add_machine(struct aw_sha256 *h)
{
    static const char *const lists[] = {"/var/lib/dpkg/status", "/usr/bin",
                                        "/usr/lib/arm-none-eabi/bin"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct stat st = {0};
        char text[96];

        (void)stat(lists[i], &st);
        int n = snprintf(text, sizeof(text), "%lld %lld %ld\n",
                         (long long)st.st_size, (long long)st.st_mtim.tv_sec,
                         st.st_mtim.tv_nsec);

        aw_sha256_update(h, (aw_bytes){(const uint8_t *)text, (size_t)n});
    }
}

/* What a part is made of is its name. */
static aw_err name_part(struct making *m, struct aw_sha256 *h, bool *whole)
{
    const struct aw_rb_job *job = m->p->job;
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_artefact_name hex;

    aw_sha256_update(h, aw_text(m->part->script));
    aw_sha256_update(h, (aw_bytes){job->toolchain_sha256, AW_SHA256_SIZE});
    add_machine(h);
    aw_err err =
        rb_path(m->source, m->host, "%s/part-%zu", m->p->work, m->number);

    if (err == AW_OK) {
        err = rb_part_files(m->p->source, m->part->paths, m->source, h, whole,
                            m->host);
    }
    /* The next part goes on from here. */
    struct aw_sha256 end = *h;

    aw_sha256_final(&end, digest);
    aw_artefact_name(digest, &hex);
    return err == AW_OK
               ? rb_path(m->kept, m->host, "%s/%s.tar", m->folder, hex.text)
               : err;
}

/* One process makes a part, others wait for it. Each part has its own byte of
 * one file, so that no lock file stays behind.
 * @param fd  set; closing it unlocks */
static aw_err lock_part(const struct making *m, int *fd)
{
    char path[PATH_MAX];
    const char *name = m->kept + strlen(m->folder) + 1;
    char digits[12] = {0};

    memcpy(digits, name, sizeof(digits) - 1);
    struct flock lock = {
        .l_type = F_WRLCK,
        .l_whence = SEEK_SET,
        .l_start = (off_t)strtoull(digits, NULL, 16),
        .l_len = 1,
    };
    aw_err err = rb_path(path, m->host, "%s/lock", m->folder);

    if (err != AW_OK) {
        return err;
    }
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (file < 0) {
        return aw_host_fail_errno(m->host, "parts: lock", errno, path);
    }
    while (err == AW_OK && fcntl(file, F_OFD_SETLK, &lock) != 0) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
            err = aw_host_fail_errno(m->host, "parts: lock", errno, path);
        } else if (m->p->setup->stopped != NULL && m->p->setup->stopped()) {
            err = aw_fail(m->host == NULL ? NULL : &m->host->diag,
                          AW_ERR_CANCELLED, "parts: lock", 0);
        } else {
            (void)poll(NULL, 0, LOCK_POLL_MS);
        }
    }
    if (err != AW_OK) {
        (void)close(file);
        return err;
    }
    *fd = file;
    return AW_OK;
}

/* Looks for it, and takes a link that nobody else removes. An empty file says
 * that it could not be made not long ago.
 * @return AW_ERR_NOT_FOUND when it is not in the cache */
static aw_err take_part(struct making *m, char part[PATH_MAX])
{
    char to[PATH_MAX];
    struct stat st;
    aw_err err = rb_path(to, m->host, "%s/part-%zu.tar", m->p->work, m->number);

    if (err != AW_OK || link(m->kept, to) != 0) {
        return err != AW_OK ? err
               : errno == ENOENT
                   ? AW_ERR_NOT_FOUND
                   : aw_host_fail_errno(m->host, "parts: link", errno, m->kept);
    }
    if (stat(to, &st) != 0) {
        return aw_host_fail_errno(m->host, "parts: stat", errno, to);
    }
    if (st.st_size == 0 && time(NULL) - st.st_mtim.tv_sec > FAILED_S) {
        (void)unlink(m->kept);
        (void)unlink(to);
        return AW_ERR_NOT_FOUND;
    }
    memcpy(part, st.st_size == 0 ? "" : to, st.st_size == 0 ? 1 : sizeof(to));
    return AW_OK;
}

/* Counts the parts in the cache and finds the oldest. */
static size_t count(const struct making *m, char oldest[PATH_MAX])
{
    struct timespec when = {0};
    const struct dirent *entry;
    DIR *dir = opendir(m->folder);
    size_t n = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[PATH_MAX];
        struct stat st;

        if (strlen(entry->d_name) != NAME_SIZE ||
            rb_path(path, NULL, "%s/%s", m->folder, entry->d_name) != AW_OK ||
            stat(path, &st) != 0) {
            continue;
        }
        if (n++ == 0 || st.st_mtim.tv_sec < when.tv_sec) {
            when = st.st_mtim;
            memcpy(oldest, path, sizeof(path));
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return n;
}

static void prune(const struct making *m)
{
    char oldest[PATH_MAX] = "";

    while (count(m, oldest) >= KEPT && unlink(oldest) == 0) {
        oldest[0] = '\0';
    }
}

/* Through the folder of this build, which is removed whatever happens. */
static aw_err keep_part(const struct making *m, aw_bytes data)
{
    char fresh[PATH_MAX];
    aw_err err =
        rb_path(fresh, m->host, "%s/part-%zu.new", m->p->work, m->number);

    if (err == AW_OK) {
        err = aw_file_write(fresh, data, 0644, AW_FILE_NEW, m->host);
    }
    if (err == AW_OK &&
        (chmod(fresh, 0644) != 0 || rename(fresh, m->kept) != 0)) {
        err = aw_host_fail_errno(m->host, "parts: keep", errno, m->kept);
    }
    return err;
}

/* Twice, in other surroundings: what differs is no part. */
static aw_err make_part(const struct making *m)
{
    struct aw_rb_pass *pass = aw_alloc(AW_RB_PASSES, sizeof(*pass));
    const struct rb_work work = {m->part->script, m->source, false};
    bool same = true;
    bool in_time = true;
    aw_err err = AW_OK;

    for (size_t i = 0; i < AW_RB_PASSES && err == AW_OK && same; i++) {
        err = rb_pass(m->p, &work, i, &pass[i], m->host);
        in_time = in_time && pass[i].out.end != AW_RB_END_TIME;
        same = err == AW_OK && pass[i].has_digest &&
               pass[i].out.result[0].n <= OUTPUT_MAX &&
               memcmp(pass[i].digest, pass[0].digest, AW_SHA256_SIZE) == 0;
    }
    /* What was too slow may be faster next time. */
    if (err == AW_OK && in_time) {
        prune(m);
        err = keep_part(m, same ? aw_blob_bytes(&pass[0].out.result[0])
                                : aw_text(""));
    }
    for (size_t i = 0; i < AW_RB_PASSES; i++) {
        aw_rb_ran_free(&pass[i].out);
    }
    free(pass);
    return err;
}

static aw_err get_part(struct making *m, struct aw_sha256 *h,
                       char part[PATH_MAX])
{
    bool whole = false;
    int lock = -1;
    aw_err err = name_part(m, h, &whole);

    if (err != AW_OK || !whole) {
        return err;
    }
    err = take_part(m, part);
    if (err != AW_ERR_NOT_FOUND) {
        return err;
    }
    err = lock_part(m, &lock);
    if (err != AW_OK) {
        return err;
    }
    /* Another process may have been first. */
    err = take_part(m, part);
    if (err == AW_ERR_NOT_FOUND) {
        err = make_part(m);
        if (err == AW_OK) {
            err = take_part(m, part);
        }
        err = err == AW_ERR_NOT_FOUND ? AW_OK : err;
    }
    (void)close(lock);
    return err;
}

aw_err rb_parts(struct rb_prepared *p, struct aw_host_diag *host)
{
    struct making *m = aw_alloc(1, sizeof(*m));
    size_t n = 0;
    const struct aw_rb_part *part = aw_rb_recipe_parts(p->job->recipe, &n);
    struct aw_sha256 h;
    aw_err err = AW_OK;

    m->p = p;
    m->host = host;
    if (n > 0) {
        err = rb_path(m->folder, host, "%s/parts", p->setup->cache);
    }
    if (n > 0 && err == AW_OK) {
        err = rb_dir(m->folder, host);
    }
    aw_sha256_init(&h);
    for (size_t i = 0; i < n && err == AW_OK; i++) {
        m->part = &part[i];
        m->number = i;
        err = get_part(m, &h, p->part[i]);
        if (p->part[i][0] == '\0') {
            break; /* the next one is built on it */
        }
    }
    free(m);
    return err;
}
