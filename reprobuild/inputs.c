/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/ct.h"
#include "aw/hostio/alloc.h"
#include "aw/hostio/artefacts.h"
#include "aw/hostio/file.h"
#include "aw/reprobuild/sandbox.h"
#include "aw/reprobuild/toolchain.h"
#include "aw/text.h"
#include "child.h"
#include "lock.h"

/* Of a sources.lock: rows, and bytes of their files. */
enum { ARCHIVES_MAX = 256, ARCHIVES_BYTES = 1024 * 1024 * 1024 };

static bool join(char *path, const char *folder, const char *name)
{
    int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    return n > 0 && n < PATH_MAX;
}

static bool is_it(aw_bytes data, const uint8_t sha256[AW_SHA256_SIZE])
{
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(data, digest);
    return aw_ct_equal(digest, sha256, sizeof(digest));
}

/* Reads a file that should be the input. AW_ERR_NOT_FOUND when there is none
 * or, unless `must`, when it is another. */
static aw_err read_one(const char *path, const uint8_t sha256[AW_SHA256_SIZE],
                       bool must, struct aw_blob *data,
                       struct aw_host_diag *host)
{
    struct aw_blob got = {.p = NULL};
    aw_err err = aw_file_read(path, AW_RB_INPUT_MAX, &got, host);

    if (err != AW_OK) {
        return err;
    }
    if (is_it(aw_blob_bytes(&got), sha256)) {
        *data = got;
        return AW_OK;
    }
    aw_blob_free(&got);
    return must ? aw_fail(aw_host_say(host,
                                      "%s has other bytes than its name "
                                      "says: remove it",
                                      path),
                          AW_ERR_DIGEST, "input: digest", 0)
                : AW_ERR_NOT_FOUND;
}

/* What is looked for. Digest and package come from a manifest. */
struct wanted {
    const uint8_t *sha256;
    const char *name; /* of the file; NULL: not known */
    aw_bytes package; /* of a .deb; n 0: it is none */
};

/* NAME_VERSION_ARCHITECTURE.deb, as it is downloaded, or NAME.deb. */
static bool is_package(const char *file, aw_bytes package)
{
    static const char end[] = ".deb";
    size_t n = strlen(file);

    return package.n > 0 && n >= package.n + sizeof(end) - 1 &&
           memcmp(file, package.p, package.n) == 0 &&
           (file[package.n] == '_' || file[package.n] == '.') &&
           strcmp(file + n - (sizeof(end) - 1), end) == 0;
}

/* The versions of a package that are there: the digest says which one. */
static aw_err look_at_packages(const char *folder, const struct wanted *w,
                               struct aw_blob *data, struct aw_host_diag *host)
{
    DIR *dir = w->package.n > 0 ? opendir(folder) : NULL;
    struct dirent *entry = NULL;
    char path[PATH_MAX];
    aw_err err = AW_ERR_NOT_FOUND;

    while (dir != NULL && err == AW_ERR_NOT_FOUND &&
           (entry = readdir(dir)) != NULL) {
        if (is_package(entry->d_name, w->package) &&
            join(path, folder, entry->d_name)) {
            err = read_one(path, w->sha256, false, data, host);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return err;
}

static aw_err look_in(const char *folder, const struct wanted *w,
                      struct aw_blob *data, struct aw_host_diag *host)
{
    struct aw_artefact_name hex;
    char path[PATH_MAX];
    aw_err err = AW_ERR_NOT_FOUND;

    aw_artefact_name(w->sha256, &hex);
    if (join(path, folder, hex.text)) {
        err = read_one(path, w->sha256, true, data, host);
    }
    if (err == AW_ERR_NOT_FOUND && w->name != NULL &&
        join(path, folder, w->name)) {
        err = read_one(path, w->sha256, false, data, host);
    }
    return err == AW_ERR_NOT_FOUND ? look_at_packages(folder, w, data, host)
                                   : err;
}

static aw_err look_in_store(const struct aw_store *store,
                            const uint8_t sha256[AW_SHA256_SIZE],
                            struct aw_blob *data)
{
    struct aw_artefact_name hex;
    uint8_t *buf = aw_alloc(AW_RB_INPUT_MAX, 1);
    struct aw_wr w = aw_wr_init(buf, AW_RB_INPUT_MAX);

    aw_artefact_name(sha256, &hex);
    if (store->get(store->ctx, hex.text, &w, NULL) == AW_OK &&
        is_it(aw_wr_done(&w), sha256)) {
        *data = (struct aw_blob){.p = buf, .n = w.n};
        return AW_OK;
    }
    free(buf);
    return AW_ERR_NOT_FOUND;
}

static aw_err say_missing(const struct aw_rb_inputs *inputs,
                          const struct wanted *w, struct aw_host_diag *host)
{
    enum { SHOWN = 60 };
    struct aw_artefact_name hex;
    bool deb = w->package.n > 0;

    aw_artefact_name(w->sha256, &hex);
    return aw_fail(
        aw_host_say(
            host,
            "%s%.*s with SHA-256 %s is neither in the cache nor in a folder "
            "of --sources%s",
            deb               ? "package "
            : w->name != NULL ? w->name
                              : "the file",
            (int)(w->package.n < SHOWN ? w->package.n : SHOWN),
            deb ? (const char *)w->package.p : "", hex.text,
            inputs->store != NULL ? " nor among the artefacts" : ""),
        AW_ERR_NOT_FOUND, "input: file", 0);
}

static aw_err look(const struct aw_rb_inputs *inputs, const struct wanted *w,
                   struct aw_blob *data, struct aw_host_diag *host)
{
    aw_err err = AW_ERR_NOT_FOUND;

    for (size_t i = 0; i < inputs->n_folders && err == AW_ERR_NOT_FOUND; i++) {
        err = look_in(inputs->folder[i], w, data, host);
    }
    if (err == AW_ERR_NOT_FOUND && inputs->store != NULL) {
        err = look_in_store(inputs->store, w->sha256, data);
    }
    return err != AW_ERR_NOT_FOUND ? err : say_missing(inputs, w, host);
}

static aw_err find(const struct aw_rb_inputs *inputs, const struct wanted *w,
                   char *path, struct aw_host_diag *host)
{
    struct aw_blob data = {.p = NULL};
    struct aw_artefact_name hex;
    char place[PATH_MAX];

    aw_artefact_name(w->sha256, &hex);
    if (!join(place, inputs->cache, hex.text)) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_SPACE,
                       "input: path", 0);
    }
    /* A copy of ours that was damaged is replaced. */
    aw_err err = read_one(place, w->sha256, false, &data, host);

    if (err == AW_ERR_NOT_FOUND) {
        err = look(inputs, w, &data, host);
        if (err == AW_OK) {
            err = rb_dir(inputs->cache, host);
        }
        if (err == AW_OK) {
            err = aw_file_write(place, aw_blob_bytes(&data), 0644,
                                AW_FILE_REPLACE, host);
        }
        if (err == AW_OK && chmod(place, 0644) != 0) {
            err = aw_host_fail_errno(host, "input: mode", errno, place);
        }
    }
    aw_blob_free(&data);
    if (err == AW_OK) {
        memcpy(path, place, sizeof(place));
    }
    return err;
}

aw_err aw_rb_input_find(const struct aw_rb_inputs *inputs,
                        const uint8_t sha256[AW_SHA256_SIZE], const char *name,
                        char *path, struct aw_host_diag *host)
{
    const struct wanted w = {.sha256 = sha256, .name = name};

    return find(inputs, &w, path, host);
}

/* --- Packages ------------------------------------------------------------- */

static const char unpack[] =
    "set -eu\n"
    "case $(head -c 7 /in/package) in\n"
    "'!<arch>') dpkg-deb --fsys-tarfile /in/package ;;\n"
    "*) gzip -dc </in/package ;;\n"
    "esac | head -c 4G | tar -C /out -xf - --no-same-owner\n"
    /* A cross compiler looks for the machine's assembler beside itself. */
    "for gcc in /out/usr/bin/*-gcc; do\n"
    "  name=${gcc##*/} name=${name%-gcc}\n"
    "  if [ -d /usr/lib/$name/bin ] && [ ! -e /out/usr/lib/$name/bin ]; then\n"
    "    mkdir -p /out/usr/lib/$name\n"
    "    ln -s /usr/lib/$name/bin /out/usr/lib/$name/bin\n"
    "  fi\n"
    "done\n";

/* What an unpacking that failed says: of the package, or of this machine. */
static aw_err judge(const struct aw_rb_ran *ran, const char *folder,
                    const char *name, struct aw_host_diag *host)
{
    if (ran->end == AW_RB_END_OK) {
        return AW_OK;
    }
    if (ran->end == AW_RB_END_STOPPED) {
        return aw_fail(host == NULL ? NULL : &host->diag, AW_ERR_CANCELLED,
                       "toolchain: stopped", 0);
    }
    if (ran->end == AW_RB_END_TIME) {
        return aw_fail(aw_host_say(host, "package %s: no end in time", name),
                       AW_ERR_TIMEOUT, "toolchain: package", 0);
    }
    if (ran->end == AW_RB_END_GROWTH) {
        return aw_fail(aw_host_say(host, "package %s is too large", name),
                       AW_ERR_SPACE, "toolchain: package", 0);
    }
    /* Files are written until nothing fits. */
    if (rb_full(folder)) {
        return aw_fail(aw_host_say(host, "%s: no space left", folder),
                       AW_ERR_RESOURCE, "toolchain: space", 0);
    }
    return aw_fail(aw_host_say(host, "package %s does not unpack", name),
                   AW_ERR_FORMAT, "toolchain: package", (uint64_t)ran->status);
}

/* Of a package: head above has the same number. */
#define UNPACKED_BYTES (4ULL << 30)
#define UNPACKED_FILES (64ULL << 10)

static aw_err unpack_into(const struct aw_rb_inputs *inputs,
                          const char *package, const char *folder,
                          const char *name, struct aw_host_diag *host)
{
    struct aw_rb_sandbox s = {
        .script = unpack,
        .n_mounts = 2,
        .mount = {{package, "/in/package", false}, {folder, "/out", true}},
        .n_envs = 1,
        .env = {"PATH=/usr/bin:/bin"},
        .work = "/build",
        .uid = 1000,
        .hostname = "unpack",
        .umask = 022,
        .stopped = inputs->stopped,
    };
    struct aw_rb_ran ran;

    aw_rb_limits_default(&s.limits);
    s.limits.disk = UNPACKED_BYTES; /* of a file */
    s.growth = (struct aw_rb_growth){folder, UNPACKED_BYTES, UNPACKED_FILES};
    aw_err err = aw_rb_sandbox_run(&s, &ran, host);

    if (err == AW_OK) {
        err = judge(&ran, folder, name, host);
        aw_rb_ran_free(&ran);
    }
    return err;
}

/* What a machine without power would leave half-written must not be taken for
 * a package later. */
static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)syncfs(fd);
        (void)close(fd);
    }
}

/* @param fresh  of a run that was killed, if it is there */
static aw_err unpack_to(const struct aw_rb_inputs *inputs, const char *package,
                        const char *fresh, const char *place, const char *name,
                        struct aw_host_diag *host)
{
    rb_remove(fresh);
    aw_err err = rb_dir(fresh, host);

    if (err == AW_OK) {
        err = rb_give(fresh, host);
    }
    if (err == AW_OK) {
        err = unpack_into(inputs, package, fresh, name, host);
    }
    /* The package says who may enter: that is for us to say. */
    if (err == AW_OK && chmod(fresh, 0755) != 0) {
        err = aw_host_fail_errno(host, "toolchain: mode", errno, fresh);
    }
    if (err == AW_OK) {
        sync_folder(fresh);
    }
    if (err == AW_OK && rename(fresh, place) != 0) {
        err = aw_host_fail_errno(host, "toolchain: rename", errno, place);
    }
    rb_remove(fresh);
    return err;
}

aw_err aw_rb_toolchain(const struct aw_rb_inputs *inputs,
                       const uint8_t sha256[AW_SHA256_SIZE], aw_bytes name,
                       char *path, struct aw_host_diag *host)
{
    const struct wanted w = {.sha256 = sha256, .package = name};
    struct aw_artefact_name hex;
    char package[PATH_MAX];
    char place[PATH_MAX];
    char fresh[PATH_MAX];
    char lock[PATH_MAX];
    int fd = -1;

    aw_artefact_name(sha256, &hex);
    if (rb_path(place, host, "%s/%s.tree", inputs->cache, hex.text) != AW_OK ||
        rb_path(fresh, host, "%s/%s.new", inputs->cache, hex.text) != AW_OK ||
        rb_path(lock, host, "%s/%s.lock", inputs->cache, hex.text) != AW_OK) {
        return AW_ERR_PRECONDITION;
    }
    if (access(place, F_OK) == 0) {
        memcpy(path, place, sizeof(place));
        return AW_OK;
    }
    aw_err err = find(inputs, &w, package, host);

    /* One process unpacks it, others wait. */
    if (err == AW_OK) {
        err = rb_lock(lock, true, inputs->stopped, &fd, host);
    }
    if (err == AW_OK && access(place, F_OK) != 0) {
        err = unpack_to(inputs, package, fresh, place, hex.text, host);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (err == AW_OK) {
        memcpy(path, place, sizeof(place));
    }
    return err;
}

/* --- Archives ------------------------------------------------------------- */

static aw_bytes word(struct aw_rd *r)
{
    while (aw_rd_left(r) > 0 &&
           (r->b.p[r->at] == ' ' || r->b.p[r->at] == '\t')) {
        (void)aw_rd_u8(r);
    }
    size_t end = r->at;

    while (end < r->b.n && r->b.p[end] != ' ' && r->b.p[end] != '\t') {
        end++;
    }
    return aw_rd_take(r, end - r->at);
}

static bool name_ok(aw_bytes name)
{
    bool ok = name.n > 0 && name.n <= NAME_MAX && name.p[0] != '.' &&
              name.p[0] != '-';

    for (size_t i = 0; ok && i < name.n; i++) {
        ok = name.p[i] > ' ' && name.p[i] < 0x7f && name.p[i] != '/';
    }
    return ok;
}

static aw_err count_bytes(const char *path, uint64_t *bytes,
                          struct aw_host_diag *host)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return aw_host_fail_errno(host, "sources.lock: file", errno, path);
    }
    *bytes += (uint64_t)st.st_size;
    return *bytes <= ARCHIVES_BYTES
               ? AW_OK
               : aw_fail(aw_host_say(host, "the files of cmake/sources.lock "
                                           "are too large"),
                         AW_ERR_SPACE, "sources.lock: bytes", *bytes);
}

static aw_err take_row(const struct aw_rb_inputs *inputs, aw_bytes line,
                       const char *folder, uint64_t *bytes,
                       struct aw_host_diag *host)
{
    struct aw_rd r = aw_rd_init(line);
    aw_bytes package = word(&r);
    aw_bytes file = word(&r);
    aw_bytes hex = word(&r);
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(digest, sizeof(digest));
    char name[NAME_MAX + 1];
    char from[PATH_MAX];
    char to[PATH_MAX];

    if (!name_ok(package) || !name_ok(file) ||
        aw_hex_decode(hex, &w) != AW_OK || w.n != sizeof(digest)) {
        return aw_fail(aw_host_say(host, "cmake/sources.lock has a row that "
                                         "is none"),
                       AW_ERR_FORMAT, "sources.lock: row", 0);
    }
    memcpy(name, file.p, file.n);
    name[file.n] = '\0';
    aw_err err = aw_rb_input_find(inputs, digest, name, from, host);

    if (err == AW_OK) {
        err = count_bytes(from, bytes, host);
    }
    if (err != AW_OK) {
        return err;
    }
    if (!join(to, folder, name)) {
        return aw_fail(aw_host_say(host, "--cache: the path is too long"),
                       AW_ERR_PRECONDITION, "sources.lock: path", 0);
    }
    if (link(from, to) == 0) {
        return AW_OK;
    }
    return errno == EEXIST
               ? aw_fail(
                     aw_host_say(host, "cmake/sources.lock has %s twice", name),
                     AW_ERR_DUPLICATE, "sources.lock: name", 0)
               : aw_host_fail_errno(host, "sources.lock: link", errno, name);
}

aw_err aw_rb_archives(const struct aw_rb_inputs *inputs, aw_bytes lock,
                      const char *folder, struct aw_host_diag *host)
{
    struct aw_rd r = aw_rd_init(lock);
    aw_err err = AW_OK;
    uint64_t bytes = 0;
    size_t n = 0;

    while (err == AW_OK && aw_rd_left(&r) > 0) {
        size_t end = aw_bytes_find(lock, r.at, '\n');
        aw_bytes line = aw_rd_take(&r, end - r.at);
        struct aw_rd w = aw_rd_init(line);
        aw_bytes first = word(&w);

        (void)(end < lock.n ? aw_rd_u8(&r) : 0);
        if (first.n == 0 || first.p[0] == '#') {
            continue;
        }
        if (n++ == ARCHIVES_MAX) {
            return aw_fail(aw_host_say(host, "cmake/sources.lock has too many "
                                             "rows"),
                           AW_ERR_SPACE, "sources.lock: rows", n);
        }
        err = take_row(inputs, line, folder, &bytes, host);
    }
    return err;
}
