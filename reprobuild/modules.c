/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/file.h"
#include "child.h"
#include "prepare.h"

/* Modules of Go, as a server hands them out (go.dev/ref/mod, module proxy):
 * MODULE/@v/VERSION.mod, .zip and .info, capitals as `!` and the small one. */
enum {
    MODULES_MAX = 4096,
    MODULE_BYTES = 64 * 1024 * 1024,
    ALL_BYTES = 1024 * 1024 * 1024, /* that one go.sum makes us fetch */
    NAME = 512,
    PART = 200
};

struct modules {
    const struct aw_store *store;
    const char *folder;
    struct aw_wr buf;
    struct aw_host_diag *host;
    size_t n;
    uint64_t bytes; /* fetched so far */
};

static bool char_ok(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~/+", c) != NULL);
}

/* Appends a module or version as a server spells it. */
static bool escape(aw_bytes text, struct aw_wr *w)
{
    bool ok = text.n > 0 && text.p[0] != '/' && text.p[0] != '.';
    size_t part = 0; /* bytes since the last slash: a file name is short */

    for (size_t i = 0; ok && i < text.n; i++) {
        uint8_t c = text.p[i];
        bool dots = c == '.' && i > 0 && text.p[i - 1] == '.';
        bool slashes = c == '/' && i > 0 && text.p[i - 1] == '/';

        part = c == '/' ? 0 : part + (c >= 'A' && c <= 'Z' ? 2 : 1);
        ok = char_ok(c) && !dots && !slashes && part <= PART;
        if (c >= 'A' && c <= 'Z') {
            aw_wr_u8(w, '!');
            c = (uint8_t)(c - 'A' + 'a');
        }
        aw_wr_u8(w, c);
    }
    return ok && !w->failed;
}

static aw_err fetch(struct modules *m, const char *name, const char *path,
                    bool must)
{
    char parent[PATH_MAX];

    if (m->store == NULL) {
        return aw_fail(aw_host_say(m->host, "%s: no server for modules", name),
                       AW_ERR_NOT_FOUND, "modules: server", m->n);
    }
    m->buf.n = 0;
    m->buf.failed = false;
    aw_err err = m->store->get(m->store->ctx, name, &m->buf, NULL);

    if (err == AW_ERR_NOT_FOUND && !must) {
        return AW_OK;
    }
    if (err != AW_OK) {
        return aw_fail(
            aw_host_say(m->host, "module %s: %s", name, aw_err_text(err)),
            err == AW_ERR_SPACE ? AW_ERR_SPACE : AW_ERR_NET, "modules: fetch",
            m->n);
    }
    m->bytes += m->buf.n;
    if (m->bytes > ALL_BYTES) {
        return aw_fail(aw_host_say(m->host, "the modules of go.sum are too "
                                            "large"),
                       AW_ERR_SPACE, "modules: bytes", m->bytes);
    }
    (void)snprintf(parent, sizeof(parent), "%s", path);
    *strrchr(parent, '/') = '\0';
    err = rb_dir(parent, m->host);
    return err == AW_OK ? aw_file_write(path, aw_wr_done(&m->buf), 0644,
                                        AW_FILE_REPLACE, m->host)
                        : err;
}

static aw_err want(struct modules *m, aw_bytes module, aw_bytes version,
                   const char *end)
{
    char name[NAME];
    char path[PATH_MAX];
    struct aw_wr w = aw_wr_init(name, sizeof(name) - 1);
    bool ok = escape(module, &w);

    aw_wr_text(&w, "/@v/");
    ok = ok && escape(version, &w) && memchr(version.p, '/', version.n) == NULL;
    aw_wr_text(&w, end);
    if (!ok || w.failed) {
        return aw_fail(aw_host_say(m->host, "go.sum has a name that is none"),
                       AW_ERR_FORMAT, "go.sum: name", m->n);
    }
    name[w.n] = '\0';
    int n = snprintf(path, sizeof(path), "%s/%s", m->folder, name);

    if (n < 0 || (size_t)n >= sizeof(path)) {
        return aw_fail(aw_host_say(m->host, "--cache: the path is too long"),
                       AW_ERR_PRECONDITION, "modules: path", 0);
    }
    return access(path, F_OK) == 0
               ? AW_OK
               : fetch(m, name, path, strcmp(end, ".info") != 0);
}

/* A line: module, version or version/go.mod, hash. */
static aw_err take_line(struct modules *m, aw_bytes line)
{
    static const char mod_end[] = "/go.mod";
    struct aw_rd r = aw_rd_init(line);
    aw_bytes module = aw_rd_until(&r, ' ');
    aw_bytes version = aw_rd_until(&r, ' ');
    size_t cut = sizeof(mod_end) - 1;

    if (r.failed || !aw_bytes_starts(aw_rd_rest(&r), "h1:")) {
        return aw_fail(aw_host_say(m->host, "go.sum has a line that is none"),
                       AW_ERR_FORMAT, "go.sum: line", m->n);
    }
    if (version.n > cut &&
        memcmp(version.p + version.n - cut, mod_end, cut) == 0) {
        version.n -= cut;
        return want(m, module, version, ".mod");
    }
    aw_err err = want(m, module, version, ".mod");

    if (err == AW_OK) {
        err = want(m, module, version, ".info");
    }
    return err == AW_OK ? want(m, module, version, ".zip") : err;
}

aw_err rb_modules(const struct aw_store *store, aw_bytes sums,
                  const char *folder, struct aw_host_diag *host)
{
    struct modules m = {.store = store, .folder = folder, .host = host};
    struct aw_rd r = aw_rd_init(sums);
    uint8_t *buf = aw_alloc(MODULE_BYTES, 1);
    aw_err err = rb_dir(folder, host);

    m.buf = aw_wr_init(buf, MODULE_BYTES);
    while (err == AW_OK && aw_rd_left(&r) > 0) {
        aw_bytes line = aw_rd_line(&r);

        if (m.n++ == MODULES_MAX) {
            err = aw_fail(aw_host_say(host, "go.sum has too many lines"),
                          AW_ERR_SPACE, "go.sum: lines", m.n);
        } else if (line.n > 0) {
            err = take_line(&m, line);
        }
    }
    free(buf);
    return err;
}
