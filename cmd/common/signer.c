/* SPDX-License-Identifier: Apache-2.0 */
#include "common/signer.h"

#include <string.h>

#include "aw/hostio/agent.h"
#include "aw/hostio/secret.h"
#include "aw/hostio/token.h"

/* Where the secret half is: one of the three. */
struct aw_signer_source {
    struct aw_skey file;
    struct aw_token *token;
    struct aw_agent *agent;
    struct aw_host_diag host; /* why the last signature was not made */
    bool failed;              /* host says it */
};

static aw_err sign_with_file(void *ctx, aw_bytes message,
                             uint8_t sig[AW_ED25519_SIG], struct aw_diag *diag)
{
    const struct aw_signer_source *source = ctx;

    (void)diag;
    aw_ed25519_sign(source->file.seed, message, sig);
    return AW_OK;
}

static aw_err pass_on(struct aw_signer_source *source, aw_err err,
                      struct aw_diag *diag)
{
    source->failed = err != AW_OK;
    return err == AW_OK ? AW_OK
                        : aw_fail(diag, err, source->host.diag.where,
                                  source->host.diag.at);
}

static aw_err sign_with_token(void *ctx, aw_bytes message,
                              uint8_t sig[AW_ED25519_SIG], struct aw_diag *diag)
{
    struct aw_signer_source *source = ctx;

    return pass_on(
        source,
        aw_token_sign_ed25519(source->token, message, sig, &source->host),
        diag);
}

static aw_err sign_with_agent(void *ctx, aw_bytes message,
                              uint8_t sig[AW_ED25519_SIG], struct aw_diag *diag)
{
    struct aw_signer_source *source = ctx;

    return pass_on(source,
                   aw_agent_sign(source->agent, message, sig, &source->host),
                   diag);
}

/* A key that is not there will not be there when it is tried again; a token
 * or agent that fails may work then. */
static int exit_of(aw_err err)
{
    switch (err) {
    case AW_ERR_IO:
    case AW_ERR_TIMEOUT:
    case AW_ERR_CANCELLED:
    case AW_ERR_RESOURCE:
        return 0;
    default:
        return AW_EXIT_REFUSED;
    }
}

const char *aw_signer_shown(struct aw_ctx *ctx, const char *value)
{
    static const char pin[] = "pin-value=";
    const char *at = aw_token_is_uri(value) ? strstr(value, pin) : NULL;

    if (at == NULL) {
        return value;
    }
    const char *secret = at + sizeof(pin) - 1;
    const char *end = secret + strcspn(secret, "&;?");
    const char *rest =
        aw_signer_shown(ctx, aw_pool_printf(&ctx->pool, "pkcs11:%s", end));

    return aw_pool_printf(&ctx->pool, "%.*s...%s", (int)(secret - value), value,
                          rest + strlen("pkcs11:"));
}

static int report_open(struct aw_ctx *ctx, const char *value, aw_err err,
                       const struct aw_host_diag *host)
{
    bool token = aw_token_is_uri(value);

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .exit = exit_of(err),
            .what = "the signer key cannot be used",
            .subject = aw_signer_shown(ctx, value),
            .expected =
                token ? "the address of one Ed25519 key, "
                        "pkcs11:token=T;object=K?pin-source=FILE"
                      : "the fingerprint of an Ed25519 key that the agent has",
            .host = host,
            .remedy = token ? "list the token with p11tool or pkcs11-tool; "
                              "name the module with module-path"
                            : "start an agent, add the key with ssh-add, and "
                              "look at ssh-add -l",
        });
}

/* What was asked for. */
struct request {
    struct aw_ctx *ctx;
    const char *value; /* of --key */
    const char *name;  /* of --key-name; may be NULL */
    const struct aw_keys *known;
};

/* The known key with these bytes, or NULL. */
static const struct aw_vkey *find_known(const struct aw_keys *known,
                                        const uint8_t key[AW_ED25519_PUBLIC])
{
    for (size_t i = 0; known != NULL && i < known->n; i++) {
        const struct aw_vkey *k = &known->key[i];

        if (k->type == AW_KEY_ED25519 &&
            memcmp(k->public_key, key, AW_ED25519_PUBLIC) == 0) {
            return k;
        }
    }
    return NULL;
}

/* Completes a use: the name that was given or is known, or what token or agent
 * say. */
static int name_key(const struct request *r, aw_bytes label,
                    const uint8_t key[AW_ED25519_PUBLIC],
                    struct aw_signer_use *use)
{
    const struct aw_vkey *known = find_known(r->known, key);
    struct aw_diag diag = {.where = NULL};

    if (known != NULL) {
        use->by.key = *known;
        return AW_EXIT_OK;
    }
    if (r->name != NULL) {
        label = aw_text(r->name);
    }
    /* A copy of bytes ends at a NUL: the label is checked before. */
    if (!aw_key_name_valid(label)) {
        return r->name != NULL
                   ? aw_usage(r->ctx,
                              "--key-name: a key name has no +, white space "
                              "or control characters and at most %d bytes",
                              (int)AW_KEY_NAME_MAX)
                   : aw_usage(r->ctx,
                              "the label or comment of this key is no name of "
                              "a note's key; give --key-name: %s",
                              aw_signer_shown(r->ctx, r->value));
    }
    label = aw_text(aw_pool_bytes(&r->ctx->pool, label));
    aw_err err =
        aw_vkey_init(label, AW_KEY_ED25519, (aw_bytes){key, AW_ED25519_PUBLIC},
                     &use->by.key, &diag);

    AW_BUG_ON(err != AW_OK);
    return AW_EXIT_OK;
}

static int open_token(const struct request *r, struct aw_signer_use *use)
{
    struct aw_signer_source *source = use->source;
    struct aw_host_diag host = {.network = false};
    uint8_t key[AW_ED25519_PUBLIC];
    uint8_t buf[AW_KEY_NAME_MAX];
    struct aw_wr label = aw_wr_init(buf, sizeof(buf));
    aw_err err = aw_token_open(r->value, &source->token, &host);

    if (err == AW_OK) {
        err = aw_token_ed25519_public(source->token, key, &host);
    }
    if (err != AW_OK) {
        return report_open(r->ctx, r->value, err, &host);
    }
    use->by.signer = (struct aw_signer){source, sign_with_token};
    (void)!aw_token_label(source->token, &label);
    return name_key(r, aw_wr_done(&label), key, use);
}

static int open_agent(const struct request *r, struct aw_signer_use *use)
{
    struct aw_signer_source *source = use->source;
    struct aw_host_diag host = {.network = false};
    struct aw_agent_key key;
    aw_err err = aw_agent_open(r->value, NULL, &source->agent, &key, &host);

    if (err != AW_OK) {
        return report_open(r->ctx, r->value, err, &host);
    }
    use->by.signer = (struct aw_signer){source, sign_with_agent};
    return name_key(r, (aw_bytes){key.comment, key.comment_n}, key.public_key,
                    use);
}

static int open_file(const struct request *r, struct aw_signer_use *use)
{
    struct aw_signer_source *source = use->source;
    int code = aw_input_skey(r->ctx, r->value, &source->file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (r->name != NULL && !aw_bytes_is(source->file.name, r->name)) {
        return aw_usage(r->ctx,
                        "--key-name is for keys in tokens and agents; the key "
                        "in %s has another name",
                        r->value);
    }
    use->by.signer = (struct aw_signer){source, sign_with_file};
    aw_skey_public(&source->file, &use->by.key);
    return AW_EXIT_OK;
}

bool aw_signer_is_address(const char *value)
{
    return aw_token_is_uri(value) || aw_agent_is_address(value);
}

static int open_key(const struct request *r, struct aw_signer_use *use)
{
    int code = AW_EXIT_OK;

    memset(use, 0, sizeof(*use));
    use->source = aw_secret_alloc(sizeof(*use->source));
    if (aw_token_is_uri(r->value)) {
        code = open_token(r, use);
    } else if (aw_agent_is_address(r->value)) {
        code = open_agent(r, use);
    } else {
        code = open_file(r, use);
    }
    if (code != AW_EXIT_OK) {
        aw_signer_close(use);
    }
    return code;
}

int aw_signer_open(struct aw_ctx *ctx, const char *value, const char *name,
                   struct aw_signer_use *use)
{
    struct request r = {.ctx = ctx, .value = value, .name = name};

    return open_key(&r, use);
}

int aw_signer_open_known(struct aw_ctx *ctx, const char *value,
                         const struct aw_keys *known, struct aw_signer_use *use)
{
    struct request r = {.ctx = ctx, .value = value, .known = known};

    return open_key(&r, use);
}

void aw_signer_close(struct aw_signer_use *use)
{
    if (use->source != NULL) {
        aw_skey_wipe(&use->source->file);
        aw_token_close(use->source->token);
        aw_agent_close(use->source->agent);
        aw_secret_free(use->source, sizeof(*use->source));
    }
    memset(use, 0, sizeof(*use));
}

void aw_signer_as_cosigner(struct aw_signer_use *use)
{
    struct aw_vkey cosigner = use->by.key;
    aw_err err = aw_vkey_as_cosigner(&use->by.key, &cosigner, NULL);

    AW_BUG_ON(err != AW_OK);
    use->by.key = cosigner;
}

bool aw_signer_failed(const struct aw_signer_use *use, aw_err err)
{
    return use->source->failed || err == AW_ERR_SIG;
}

static const char *remedy_of(aw_err err)
{
    switch (err) {
    case AW_ERR_SIG:
        return "nothing was written; the token or agent signs with another "
               "key than the public half that it shows";
    case AW_ERR_CANCELLED:
        return "unlock the agent or token, and confirm when it asks";
    default:
        return NULL;
    }
}

int aw_signer_report(struct aw_ctx *ctx, const struct aw_signer_use *use,
                     aw_err err, const char *what, const struct aw_diag *diag)
{
    const struct aw_signer_source *source = use->source;

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .exit = aw_signer_failed(use, err) ? exit_of(err) : 0,
            .what = aw_pool_printf(&ctx->pool, "%s could not be signed", what),
            .subject = aw_key_label(ctx, use->by.key.name, use->by.key.id),
            .diag = source->failed ? NULL : diag,
            .host = source->failed ? &source->host : NULL,
            .remedy = remedy_of(err),
        });
}

int aw_signer_note(struct aw_ctx *ctx, const struct aw_signer_use *use,
                   aw_bytes text, const char *what, struct aw_wr *note)
{
    struct aw_diag diag = {.where = NULL};

    aw_wr_put(note, text);
    aw_wr_u8(note, '\n');
    aw_err err = aw_note_sign_by(text, &use->by, 0, note, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : aw_signer_report(ctx, use, err, what, &diag);
}
