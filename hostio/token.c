/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/token.h"

#include <p11-kit/uri.h>
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/file.h"
#include "aw/hostio/secret.h"
#include "host.h"
#include "token_private.h"

enum { SLOTS_MAX = 64 };

/* A search under way. */
struct search {
    P11KitUri *uri;
    struct aw_token *token;
    char *pin; /* TOKEN_PIN_MAX bytes of secret memory */
    size_t pin_n;
    bool has_pin;
    size_t found;
};

bool aw_token_is_uri(const char *text)
{
    return strncmp(text, P11_KIT_URI_SCHEME ":", P11_KIT_URI_SCHEME_LEN + 1) ==
           0;
}

aw_err token_fail_sign(struct aw_host_diag *host, CK_RV rv)
{
    switch (rv) {
    case CKR_FUNCTION_CANCELED:
    case CKR_FUNCTION_REJECTED:
        return token_fail(host, AW_ERR_CANCELLED, "signing", rv);
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_MECHANISM_INVALID:
        return token_fail(host, AW_ERR_KEY,
                          "the token does not sign so with this key", rv);
    default:
        return token_fail(host, AW_ERR_IO, "signing", rv);
    }
}

static aw_err parse_uri(const char *text, P11KitUri *uri,
                        struct aw_host_diag *host)
{
    int code = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri);

    if (code != P11_KIT_URI_OK) {
        return token_fail(host, AW_ERR_FORMAT, p11_kit_uri_message(code),
                          CKR_OK);
    }
    if (p11_kit_uri_get_pin_value(uri) != NULL) {
        return token_fail(host, AW_ERR_FORMAT,
                          "pin-value: others can see it; use pin-source",
                          CKR_OK);
    }
    return AW_OK;
}

/* Takes the PIN without the line feed that an editor leaves behind it. */
static aw_err keep_pin(struct search *s, aw_bytes pin,
                       struct aw_host_diag *host)
{
    if (pin.n > 0 && pin.p[pin.n - 1] == '\n') {
        pin.n--;
    }
    if (pin.n > TOKEN_PIN_MAX) {
        return token_fail(host, AW_ERR_PRECONDITION, "the PIN is too long",
                          CKR_OK);
    }
    if (pin.n > 0) {
        memcpy(s->pin, pin.p, pin.n);
    }
    s->pin_n = pin.n;
    s->has_pin = true;
    return AW_OK;
}

static aw_err find_pin(struct search *s, struct aw_host_diag *host)
{
    const char *source = p11_kit_uri_get_pin_source(s->uri);
    const char *env = getenv("AW_TOKEN_PIN");
    struct aw_blob blob = {.n = 0};

    if (source == NULL) {
        return env == NULL ? AW_OK : keep_pin(s, aw_text(env), host);
    }
    if (strncmp(source, "file:", strlen("file:")) == 0) {
        source += strlen("file:");
    }
    aw_err err = aw_file_read_private(source, TOKEN_PIN_MAX + 1, &blob, host);

    if (err == AW_OK) {
        err = keep_pin(s, aw_blob_bytes(&blob), host);
    }
    aw_blob_free(&blob);
    return err;
}

static aw_err start_modules(struct search *s, struct aw_host_diag *host)
{
    const char *path = p11_kit_uri_get_module_path(s->uri);

    if (path == NULL) {
        s->token->modules = p11_kit_modules_load_and_initialize(0);
        return s->token->modules != NULL
                   ? AW_OK
                   : token_fail(host, AW_ERR_NOT_FOUND, p11_kit_message(),
                                CKR_OK);
    }
    CK_FUNCTION_LIST *module = p11_kit_module_load(path, 0);

    if (module == NULL) {
        const char *why = p11_kit_message();

        return aw_fail(
            aw_host_say(host, "%s: %s", path,
                        why == NULL ? "is no module that can be used" : why),
            AW_ERR_NOT_FOUND, "token: module", 0);
    }
    CK_RV rv = p11_kit_module_initialize(module);

    if (rv != CKR_OK) {
        p11_kit_module_release(module);
        return token_fail(host, AW_ERR_IO, path, rv);
    }
    /* p11-kit frees the array that it made with free(), and so ours. */
    CK_FUNCTION_LIST **list = aw_alloc(2, sizeof(CK_FUNCTION_LIST_PTR));

    list[0] = module;
    s->token->modules = list;
    return AW_OK;
}

static aw_err log_in(struct search *s, CK_FUNCTION_LIST *module,
                     CK_SESSION_HANDLE session, struct aw_host_diag *host)
{
    if (!s->has_pin) {
        return token_fail(host, AW_ERR_PRECONDITION,
                          "the token wants a PIN: pin-source or AW_TOKEN_PIN",
                          CKR_OK);
    }
    CK_RV rv = module->C_Login(session, CKU_USER, (CK_UTF8CHAR *)s->pin,
                               (CK_ULONG)s->pin_n);

    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) {
        return AW_OK;
    }
    return token_fail(host, AW_ERR_PRECONDITION, "the token refuses the PIN",
                      rv);
}

/* Private keys of a session that fit; the first one is kept. */
static aw_err find_key(struct search *s, CK_FUNCTION_LIST *module,
                       CK_SESSION_HANDLE session, struct aw_host_diag *host)
{
    CK_OBJECT_HANDLE keys[2] = {0, 0};
    CK_ULONG attributes = 0;
    CK_ULONG n = 0;
    CK_ATTRIBUTE *want = p11_kit_uri_get_attributes(s->uri, &attributes);
    CK_RV rv = module->C_FindObjectsInit(session, want, attributes);

    if (rv == CKR_OK) {
        rv = module->C_FindObjects(session, keys, 2, &n);
        (void)module->C_FindObjectsFinal(session);
    }
    if (rv != CKR_OK) {
        return token_fail(host, AW_ERR_IO, "searching the token", rv);
    }
    if (n > 0 && s->found == 0) {
        s->token->module = module;
        s->token->session = session;
        s->token->key = keys[0];
        s->token->open = true;
    }
    s->found += n;
    return AW_OK;
}

static aw_err search_slot(struct search *s, CK_FUNCTION_LIST *module,
                          CK_SLOT_ID slot, struct aw_host_diag *host)
{
    CK_TOKEN_INFO info;
    CK_SESSION_HANDLE session = 0;
    aw_err err = AW_OK;

    if (module->C_GetTokenInfo(slot, &info) != CKR_OK ||
        p11_kit_uri_match_token_info(s->uri, &info) != 1) {
        return AW_OK;
    }
    CK_RV rv =
        module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);

    if (rv != CKR_OK) {
        return token_fail(host, AW_ERR_IO, "opening the token", rv);
    }
    if ((info.flags & CKF_LOGIN_REQUIRED) != 0) {
        err = log_in(s, module, session, host);
    }
    if (err == AW_OK) {
        err = find_key(s, module, session, host);
    }
    if (!s->token->open || s->token->session != session) {
        (void)module->C_CloseSession(session);
    }
    return err;
}

static aw_err search_module(struct search *s, CK_FUNCTION_LIST *module,
                            struct aw_host_diag *host)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG n = SLOTS_MAX;
    aw_err err = AW_OK;

    if (module->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK) {
        return AW_OK; /* a module without readers */
    }
    for (CK_ULONG i = 0; err == AW_OK && i < n; i++) {
        err = search_slot(s, module, slots[i], host);
    }
    return err;
}

static aw_err search_all(struct search *s, struct aw_host_diag *host)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE attribute = {CKA_CLASS, &class, sizeof(class)};
    aw_err err = AW_OK;

    if (p11_kit_uri_set_attribute(s->uri, &attribute) != P11_KIT_URI_OK) {
        return token_fail(host, AW_ERR_RESOURCE, "key address", CKR_OK);
    }
    for (size_t i = 0; err == AW_OK && s->token->modules[i] != NULL; i++) {
        err = search_module(s, s->token->modules[i], host);
    }
    if (err != AW_OK) {
        return err;
    }
    if (s->found == 0) {
        return token_fail(host, AW_ERR_NOT_FOUND, "no token has this key",
                          CKR_OK);
    }
    return s->found == 1
               ? AW_OK
               : token_fail(host, AW_ERR_AMBIGUOUS,
                            "more than one key fits the address", CKR_OK);
}

/* The key wants the PIN again before each signature. */
static bool always_asks(const struct aw_token *token)
{
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE attribute = {CKA_ALWAYS_AUTHENTICATE, &value, sizeof(value)};

    return token->module->C_GetAttributeValue(token->session, token->key,
                                              &attribute, 1) == CKR_OK &&
           attribute.ulValueLen == sizeof(value) && value == CK_TRUE;
}

aw_err token_sign_begin(struct aw_token *token, CK_MECHANISM *mechanism,
                        struct aw_host_diag *host)
{
    CK_FUNCTION_LIST *module = token->module;
    CK_RV rv = module->C_SignInit(token->session, mechanism, token->key);

    if (rv != CKR_OK) {
        return token_fail_sign(host, rv);
    }
    if (token->pin == NULL) {
        return AW_OK;
    }
    rv = module->C_Login(token->session, CKU_CONTEXT_SPECIFIC,
                         (CK_UTF8CHAR *)token->pin, (CK_ULONG)token->pin_n);
    return rv == CKR_OK ? AW_OK
                        : token_fail(host, AW_ERR_PRECONDITION,
                                     "the token refuses the PIN for a "
                                     "signature",
                                     rv);
}

aw_err aw_token_open(const char *uri, struct aw_token **token,
                     struct aw_host_diag *host)
{
    struct search s = {.uri = p11_kit_uri_new(),
                       .pin = aw_secret_alloc(TOKEN_PIN_MAX)};

    s.token = aw_alloc(1, sizeof(*s.token));
    aw_err err = parse_uri(uri, s.uri, host);

    if (err == AW_OK) {
        err = find_pin(&s, host);
    }
    if (err == AW_OK) {
        err = start_modules(&s, host);
    }
    if (err == AW_OK) {
        err = search_all(&s, host);
    }
    if (err == AW_OK && s.has_pin && always_asks(s.token)) {
        s.token->pin = s.pin;
        s.token->pin_n = s.pin_n;
        s.pin = NULL;
    }
    aw_secret_free(s.pin, TOKEN_PIN_MAX);
    p11_kit_uri_free(s.uri);
    if (err != AW_OK) {
        aw_token_close(s.token);
        return err;
    }
    *token = s.token;
    return AW_OK;
}

void aw_token_close(struct aw_token *token)
{
    if (token == NULL) {
        return;
    }
    if (token->open) {
        /* The last session logs out, not this one: others of this process may
         * still sign. */
        (void)token->module->C_CloseSession(token->session);
    }
    if (token->modules != NULL) {
        p11_kit_modules_finalize_and_release(token->modules);
    }
    aw_secret_free(token->pin, TOKEN_PIN_MAX);
    free(token);
}

static const char not_rsa[] =
    "the key in the token is not RSA of the certificate's size";

aw_err aw_token_sign_rsa(struct aw_token *token, aw_bytes digest_info,
                         uint8_t *sig, size_t n, struct aw_host_diag *host)
{
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    uint8_t in[128];
    CK_ULONG made = (CK_ULONG)n;

    if (digest_info.n > sizeof(in)) {
        return token_fail(host, AW_ERR_KEY, "too much to sign", CKR_OK);
    }
    memcpy(in, digest_info.p, digest_info.n);
    aw_err err = token_sign_begin(token, &mechanism, host);

    if (err == AW_ERR_KEY) {
        return token_fail(host, err, not_rsa, CKR_OK);
    }
    if (err != AW_OK) {
        return err;
    }
    CK_RV rv = token->module->C_Sign(token->session, in,
                                     (CK_ULONG)digest_info.n, sig, &made);

    if (rv == CKR_KEY_TYPE_INCONSISTENT || rv == CKR_BUFFER_TOO_SMALL ||
        (rv == CKR_OK && made != n)) {
        return token_fail(host, AW_ERR_KEY, not_rsa, rv);
    }
    return rv == CKR_OK ? AW_OK : token_fail_sign(host, rv);
}
