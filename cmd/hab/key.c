/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/rsa.h"
#include "common/input.h"
#include "common/signer.h"
#include "hab/hab.h"

static int report_file(struct aw_ctx *ctx, const char *path, aw_err err,
                       const struct aw_host_diag *host)
{
    struct aw_finding f = {
        .err = err,
        .on = AW_ON_INPUT,
        .exit = AW_EXIT_REFUSED,
        .what = "the private key cannot be used",
        .subject = path,
        .expected = "a file of mode 0600 with an RSA key in PEM, without a "
                    "password",
        .host = host,
    };

    if (err == AW_ERR_PRECONDITION) {
        f.remedy = aw_pool_printf(
            &ctx->pool, "chmod 600 %s; if others could read it, make a new key",
            path);
    } else if (err == AW_ERR_KEY || err == AW_ERR_UNSUPPORTED) {
        f.got = aw_err_text(err);
        f.remedy = "name the key file, not the certificate; take a password "
                   "off with openssl pkey";
    }
    return aw_report(ctx, &f);
}

static int report_token(struct aw_ctx *ctx, const char *uri, aw_err err,
                        const struct aw_host_diag *host)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_INPUT,
                 .exit = AW_EXIT_REFUSED,
                 .what = "the key in the token cannot be used",
                 .subject = aw_signer_shown(ctx, uri),
                 .expected = "the address of one private key, "
                             "pkcs11:token=T;object=K?pin-source=FILE",
                 .host = host,
                 .remedy = "list the token with p11tool or pkcs11-tool; name "
                           "the module with module-path",
             });
}

int hab_key_open(struct aw_ctx *ctx, const char *path, struct hab_key *key)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.n = 0};

    if (aw_token_is_uri(path)) {
        aw_err err = aw_token_open(path, &key->token, &host);

        return err == AW_OK ? AW_EXIT_OK : report_token(ctx, path, err, &host);
    }
    aw_err err = aw_file_read_private(path, AW_HAB_PEM_MAX, &blob, &host);

    if (err == AW_OK) {
        err = aw_hab_key_read(aw_blob_bytes(&blob), &key->file, &host.diag);
    }
    aw_blob_free(&blob);
    return err == AW_OK ? AW_EXIT_OK : report_file(ctx, path, err, &host);
}

void hab_key_close(struct hab_key *key)
{
    aw_hab_key_close(&key->file);
    aw_token_close(key->token);
    key->token = NULL;
}

static aw_err token_sign(void *ctx, const uint8_t digest[AW_SHA256_SIZE],
                         uint8_t *sig, size_t n, struct aw_diag *diag)
{
    struct hab_key *key = ctx;
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_rsa_digest_info(digest, &w);
    aw_err err =
        aw_token_sign_rsa(key->token, aw_wr_done(&w), sig, n, &key->host);

    return err == AW_OK ? AW_OK : aw_fail(diag, err, "key in the token", 0);
}

struct aw_hab_signer hab_key_signer(struct hab_key *key)
{
    if (key->token != NULL) {
        return (struct aw_hab_signer){key, token_sign};
    }
    return aw_hab_key_signer(&key->file);
}
