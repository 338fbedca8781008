/* SPDX-License-Identifier: Apache-2.0 */
#include "common/input.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/ftlog/checkpoint.h"
#include "aw/text.h"

/* A folder, a missing right: trying again does not help. Only a medium that
 * fails is left as what it is. */
static int report_file(struct aw_ctx *ctx, aw_err err, const char *name,
                       const struct aw_host_diag *host)
{
    bool refused = err == AW_ERR_IO && host->diag.at != EIO;

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .exit = refused ? AW_EXIT_REFUSED : 0,
            .subject = name,
            .remedy = refused ? "check the name and your rights to it" : NULL,
            .host = host,
        });
}

const char *aw_input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

int aw_input_read(struct aw_ctx *ctx, const char *path, size_t max,
                  aw_bytes *data)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.n = 0};
    bool standard = strcmp(path, "-") == 0;
    aw_err err = standard ? aw_file_read_fd(STDIN_FILENO, "standard input", max,
                                            &blob, &host)
                          : aw_file_read(path, max, &blob, &host);

    if (err != AW_OK) {
        return report_file(ctx, err, aw_input_name(path), &host);
    }
    aw_pool_adopt(&ctx->pool, blob.p);
    *data = aw_blob_bytes(&blob);
    return AW_EXIT_OK;
}

/* The beginning of a signature line, an em dash and a blank. */
static bool has_signature(aw_bytes file)
{
    static const char dash[] = "\xe2\x80\x94 ";
    aw_bytes part = {NULL, 0};

    for (size_t at = 0; aw_slice(file, at, sizeof(dash) - 1, &part); at++) {
        if (aw_bytes_equal(part, aw_text(dash))) {
            return true;
        }
    }
    return false;
}

/* A size and a root in their lines. */
static bool has_tree(aw_bytes file)
{
    struct aw_rd r = aw_rd_init(file);
    uint64_t size = 0;
    aw_hash root;

    (void)aw_rd_line(&r);
    aw_bytes number = aw_rd_line(&r);
    aw_bytes hash = aw_rd_line(&r);

    return !r.failed && aw_dec_parse(number, &size) == AW_OK &&
           aw_base64_decode_exact(hash, root.b, sizeof(root.b)) == AW_OK;
}

int aw_input_checkpoint(struct aw_ctx *ctx, const char *path, aw_bytes *note)
{
    aw_bytes file = {NULL, 0};
    int code = aw_input_read(ctx, path, AW_CHECKPOINT_MAX, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    /* One change may destroy either, never both. */
    if (!has_signature(file) && !has_tree(file)) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = AW_ERR_FORMAT,
                     .on = AW_ON_INPUT,
                     .what = "this is no checkpoint",
                     .subject = aw_input_name(path),
                     .expected = "a note of a log: origin, size, root, a "
                                 "blank line, signatures",
                     .got = file.n == 0 ? "an empty file"
                                        : "neither a tree nor a signature",
                 });
    }
    *note = file;
    return AW_EXIT_OK;
}

static int no_digest(struct aw_ctx *ctx, const char *value, const char *got)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_FORMAT,
                              .on = AW_ON_INPUT,
                              .exit = AW_EXIT_REFUSED,
                              .what = "this is no digest",
                              .subject = aw_input_name(value),
                              .expected = "64 hex digits without 0x, or a file "
                                          "of 32 bytes",
                              .got = got,
                          });
}

int aw_input_digest(struct aw_ctx *ctx, const char *value,
                    uint8_t digest[AW_SHA256_SIZE])
{
    enum { DIGEST_FILE_MAX = 64 << 10 };
    struct aw_wr w = aw_wr_init(digest, AW_SHA256_SIZE);
    aw_bytes file = {NULL, 0};

    /* Fixed width: a digest that begins with zeros has them written out. */
    if (strlen(value) == 2 * (size_t)AW_SHA256_SIZE &&
        aw_hex_decode(aw_text(value), &w) == AW_OK) {
        return AW_EXIT_OK;
    }
    if (strcmp(value, "-") != 0 && access(value, F_OK) != 0) {
        return no_digest(ctx, value,
                         aw_pool_printf(&ctx->pool,
                                        "%zu characters that are no such "
                                        "digits, and no file has that name",
                                        strlen(value)));
    }
    int code = aw_input_read(ctx, value, DIGEST_FILE_MAX, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (file.n != AW_SHA256_SIZE) {
        return no_digest(
            ctx, value,
            aw_pool_printf(&ctx->pool, "a file of %zu bytes", file.n));
    }
    memcpy(digest, file.p, AW_SHA256_SIZE);
    return AW_EXIT_OK;
}

bool aw_input_is_key(const char *value)
{
    return strchr(value, '+') != NULL && value[0] != '/' &&
           strncmp(value, "./", 2) != 0 && strncmp(value, "../", 3) != 0;
}

typedef aw_err parse_vkey(aw_bytes text, struct aw_vkey *key,
                          struct aw_diag *diag);

static int read_vkey(struct aw_ctx *ctx, const char *option, const char *value,
                     parse_vkey *parse, struct aw_vkey *key)
{
    struct aw_diag diag = {.where = NULL};
    aw_bytes text = aw_text(value);
    bool file = !aw_input_is_key(value);

    if (file) {
        int code = aw_input_read(ctx, value, AW_KEY_TEXT_MAX + 1, &text);

        if (code != AW_EXIT_OK) {
            return code;
        }
    }
    aw_err err = parse(text, key, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .exit = file ? AW_EXIT_REFUSED : AW_EXIT_USAGE,
            .what = aw_pool_printf(&ctx->pool, "%s is no verifier key", option),
            .subject = value,
            .expected = file ? "a file with one line, NAME+ID+BASE64"
                             : "NAME+ID+BASE64, or a file that holds it",
            .diag = &diag,
            .remedy = "copy the whole key string, name included, or name "
                      "its .pub file",
        });
}

int aw_input_vkey(struct aw_ctx *ctx, const char *option, const char *value,
                  struct aw_vkey *key)
{
    return read_vkey(ctx, option, value, aw_vkey_parse, key);
}

int aw_input_cosigner(struct aw_ctx *ctx, const char *option, const char *value,
                      struct aw_vkey *key)
{
    return read_vkey(ctx, option, value, aw_vkey_parse_cosigner, key);
}

bool aw_keys_have(const struct aw_keys *keys, const struct aw_vkey *key)
{
    for (size_t i = 0; i < keys->n; i++) {
        const struct aw_vkey *k = &keys->key[i];

        if (k->id == key->id && aw_bytes_equal(k->name, key->name)) {
            return true;
        }
    }
    return false;
}

int aw_input_keys(struct aw_ctx *ctx, const char *option,
                  const struct aw_list *values, bool cosigners,
                  struct aw_keys *keys)
{
    struct aw_keys all = {.n = keys->n};

    all.key = aw_pool_alloc(&ctx->pool, keys->n + values->n, sizeof(*all.key));
    if (keys->n > 0) {
        memcpy(all.key, keys->key, keys->n * sizeof(*all.key));
    }
    for (size_t i = 0; i < values->n; i++) {
        struct aw_vkey *key = &all.key[all.n];
        int code =
            read_vkey(ctx, option, values->item[i],
                      cosigners ? aw_vkey_parse_cosigner : aw_vkey_parse, key);

        if (code != AW_EXIT_OK) {
            return code;
        }
        if (aw_keys_have(&all, key)) {
            return aw_usage(ctx, "the key %s is given twice",
                            aw_key_label(ctx, key->name, key->id));
        }
        all.n++;
    }
    *keys = all;
    return AW_EXIT_OK;
}

/* What a file is that is no signer key. NULL: nothing that can be told. */
static const char *what_else(const char *path)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.p = NULL};
    struct aw_vkey key;
    struct stat st;

    if (stat(path, &st) != 0) {
        return NULL;
    }
    if (S_ISDIR(st.st_mode)) {
        return "a folder";
    }
    if (!S_ISREG(st.st_mode) ||
        aw_file_read(path, AW_KEY_TEXT_MAX + 1, &blob, &host) != AW_OK) {
        return NULL;
    }
    bool public = aw_vkey_parse(aw_blob_bytes(&blob), &key, NULL) == AW_OK;

    aw_blob_free(&blob);
    return public ? "a verifier key, which cannot sign" : NULL;
}

static int report_skey(struct aw_ctx *ctx, const char *path, aw_err err,
                       const struct aw_host_diag *host)
{
    struct aw_finding f = {
        .err = err,
        .on = AW_ON_INPUT,
        .exit = AW_EXIT_REFUSED,
        .what = "the signer key cannot be used",
        .subject = path,
        .expected = "a file of mode 0600 with one line, "
                    "PRIVATE+KEY+NAME+ID+BASE64",
        .host = host,
    };

    if (what_else(path) != NULL) {
        f.host = NULL;
        f.got = what_else(path);
        f.remedy = "name the file with the private key, such as keys/log.sec";
    } else if (err == AW_ERR_PRECONDITION) {
        f.remedy = aw_pool_printf(
            &ctx->pool, "chmod 600 %s; if others could read it, make a new key",
            path);
    } else if (err == AW_ERR_KEY || err == AW_ERR_UNSUPPORTED) {
        f.got = aw_err_text(err);
        f.remedy = "name the .sec file of an Ed25519 note key";
    }
    return aw_report(ctx, &f);
}

int aw_input_skey(struct aw_ctx *ctx, const char *path, struct aw_skey *key)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.n = 0};
    aw_err err = aw_file_read_private(path, AW_KEY_TEXT_MAX + 1, &blob, &host);
    if (err == AW_OK) {
        err = aw_skey_parse(aw_blob_bytes(&blob), key, &host.diag);
    }
    int code = AW_EXIT_OK;

    if (err != AW_OK) {
        code = report_skey(ctx, path, err, &host);
    } else {
        /* The name is public; the rest of the blob is not kept. */
        key->name = aw_text(aw_pool_bytes(&ctx->pool, key->name));
    }
    aw_blob_free(&blob);
    return code;
}

int aw_input_folder(struct aw_ctx *ctx, const char *path)
{
    return strstr(path, "://") == NULL
               ? AW_EXIT_OK
               : aw_usage(ctx,
                          "%s is an address: give a folder, which can be "
                          "written to",
                          path);
}

const char *aw_input_output(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0 ? NULL : path;
}

int aw_input_dir(struct aw_ctx *ctx, enum aw_dir_kind kind, const char **path)
{
    enum { PATH_ROOM = 4096 };
    struct aw_host_diag host = {.network = false};
    char *text = aw_pool_alloc(&ctx->pool, PATH_ROOM, 1);
    aw_err err =
        aw_dir_path(kind, kind == AW_DIR_STATE ? ctx->global.state : NULL, text,
                    PATH_ROOM, &host);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .what = "there is no folder to use",
                                  .host = &host,
                                  .remedy = "set HOME, or use --state",
                              });
    }
    *path = text;
    return AW_EXIT_OK;
}

const char *aw_key_type_name(uint8_t type)
{
    switch (type) {
    case AW_KEY_ED25519:
        return "ed25519";
    case AW_KEY_ECDSA:
        return "ecdsa-p256";
    case AW_KEY_COSIG_V1:
        return "ed25519-cosignature";
    case AW_KEY_RFC6962:
        return "rfc6962";
    case AW_KEY_MLDSA44:
        return "ml-dsa-44";
    default:
        return "unknown";
    }
}

const char *aw_key_label(struct aw_ctx *ctx, aw_bytes name, uint32_t id)
{
    return aw_pool_printf(&ctx->pool, "%s+%08" PRIx32,
                          aw_pool_bytes(&ctx->pool, name), id);
}
