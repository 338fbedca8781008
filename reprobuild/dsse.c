/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/ed25519.h"
#include "aw/hostio/alloc.h"
#include "aw/json.h"
#include "aw/json_write.h"
#include "aw/reprobuild/result.h"
#include "aw/text.h"

/* DSSE 1.0 envelope of an in-toto Statement v1
 * (github.com/secure-systems-lab/dsse, github.com/in-toto/attestation). */
static const char payload_type[] = "application/vnd.in-toto+json";
static const char predicate_type[] =
    "https://armored-witness.example/rebuild/v1";

enum { WORK = 512 * 1024, KEY_LABEL = AW_KEY_NAME_MAX + 9 };

static void put_predicate(const struct aw_rb_result *r, struct aw_json_out *out)
{
    aw_json_begin_object(out, "predicate");
    aw_json_bytes(out, "origin", r->origin);
    if (r->has_index) {
        aw_json_u64_text(out, "index", r->index);
    }
    aw_json_hex(out, "leaf", (aw_bytes){r->leaf, AW_SHA256_SIZE});
    aw_json_text(out, "component", aw_component_name(r->component));
    aw_json_bytes(out, "version", r->version);
    aw_json_bytes(out, "commit", r->commit);
    aw_json_bytes(out, "recipe", r->recipe);
    if (r->has_built) {
        aw_json_hex(out, "built", (aw_bytes){r->built, AW_SHA256_SIZE});
    }
    aw_json_u64_text(out, "passes", r->passes);
    aw_json_bytes(out, "varied", r->varied);
    aw_json_bytes(out, "memory", r->memory);
    aw_json_text(out, "verdict", aw_rb_verdict_name(r->verdict));
    aw_json_bytes(out, "reason", r->reason);
    aw_json_end_object(out);
}

static void put_statement(const struct aw_rb_result *r, struct aw_wr *w)
{
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(w), true);
    aw_json_begin_object(&out, NULL);
    aw_json_text(&out, "_type", "https://in-toto.io/Statement/v1");
    aw_json_begin_array(&out, "subject");
    aw_json_begin_object(&out, NULL);
    aw_json_text(&out, "name", aw_component_name(r->component));
    aw_json_begin_object(&out, "digest");
    aw_json_hex(&out, "sha256", (aw_bytes){r->expected, AW_SHA256_SIZE});
    aw_json_end_object(&out);
    aw_json_end_object(&out);
    aw_json_end_array(&out);
    aw_json_text(&out, "predicateType", predicate_type);
    put_predicate(r, &out);
    aw_json_end_object(&out);
    aw_json_finish(&out);
}

/* What is signed: DSSE's pre-authentication encoding. */
static void put_pae(aw_bytes payload, struct aw_wr *w)
{
    aw_wr_text(w, "DSSEv1 ");
    aw_wr_dec(w, strlen(payload_type));
    aw_wr_u8(w, ' ');
    aw_wr_text(w, payload_type);
    aw_wr_u8(w, ' ');
    aw_wr_dec(w, payload.n);
    aw_wr_u8(w, ' ');
    aw_wr_put(w, payload);
}

static aw_bytes key_label(const struct aw_vkey *key, uint8_t buf[KEY_LABEL])
{
    struct aw_wr w = aw_wr_init(buf, KEY_LABEL);

    aw_wr_put(&w, key->name);
    aw_wr_u8(&w, '+');
    aw_wr_hex_u64(&w, key->id, 8);
    return aw_wr_done(&w);
}

static void put_envelope(aw_bytes payload, aw_bytes label, aw_bytes sig,
                         struct aw_wr *w)
{
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(w), false);
    aw_json_begin_object(&out, NULL);
    aw_json_text(&out, "payloadType", payload_type);
    aw_json_base64(&out, "payload", payload);
    aw_json_begin_array(&out, "signatures");
    aw_json_begin_object(&out, NULL);
    aw_json_bytes(&out, "keyid", label);
    aw_json_base64(&out, "sig", sig);
    aw_json_end_object(&out);
    aw_json_end_array(&out);
    aw_json_end_object(&out);
    aw_json_finish(&out);
}

aw_err aw_rb_dsse_write(const struct aw_rb_result *result,
                        const struct aw_note_signer *by, struct aw_wr *w,
                        struct aw_diag *diag)
{
    uint8_t *buf = aw_alloc(2, AW_RB_RESULT_MAX);
    struct aw_wr payload = aw_wr_init(buf, AW_RB_RESULT_MAX);
    struct aw_wr pae = aw_wr_init(buf + AW_RB_RESULT_MAX, AW_RB_RESULT_MAX);
    uint8_t sig[AW_ED25519_SIG];
    uint8_t label[KEY_LABEL];

    put_statement(result, &payload);
    put_pae(aw_wr_done(&payload), &pae);
    aw_err err = pae.failed ? aw_fail(diag, AW_ERR_SPACE, "dsse: payload", 0)
                            : by->signer.sign(by->signer.ctx, aw_wr_done(&pae),
                                              sig, diag);

    if (err == AW_OK &&
        aw_ed25519_verify(by->key.public_key, aw_wr_done(&pae), sig) != AW_OK) {
        err = aw_fail(diag, AW_ERR_SIG, "dsse: signer", 0);
    }
    if (err == AW_OK) {
        put_envelope(aw_wr_done(&payload), key_label(&by->key, label),
                     (aw_bytes){sig, sizeof(sig)}, w);
        err = w->failed ? aw_fail(diag, AW_ERR_SPACE, "dsse: envelope", 0)
                        : AW_OK;
    }
    free(buf);
    return err;
}

/* The signature of the key among those of the envelope. */
static aw_err find_sig(aw_json root, const struct aw_vkey *key,
                       uint8_t sig[AW_ED25519_SIG], struct aw_diag *diag)
{
    uint8_t label[KEY_LABEL];
    aw_bytes wanted = key_label(key, label);
    aw_json list = aw_json_member(root, "signatures");

    for (aw_json s = aw_json_first(list); aw_json_kind(s) != AW_JSON_ABSENT;
         s = aw_json_next(s)) {
        aw_bytes id;
        aw_bytes text;

        if (aw_json_get_text(aw_json_member(s, "keyid"), &id) == AW_OK &&
            aw_bytes_equal(id, wanted) &&
            aw_json_get_text(aw_json_member(s, "sig"), &text) == AW_OK) {
            return aw_base64_decode_exact(text, sig, AW_ED25519_SIG) == AW_OK
                       ? AW_OK
                       : aw_fail(diag, AW_ERR_FORMAT, "dsse: signature", 0);
        }
    }
    return aw_fail(diag, AW_ERR_NO_SIG, "dsse: signatures", 0);
}

/* The envelope's payload must be what the result makes. */
static aw_err check_payload(aw_json root, const struct aw_rb_result *result,
                            struct aw_wr *payload, struct aw_diag *diag)
{
    aw_bytes type = {NULL, 0};
    aw_bytes text = {NULL, 0};

    if (aw_json_get_text(aw_json_member(root, "payloadType"), &type) != AW_OK ||
        aw_json_get_text(aw_json_member(root, "payload"), &text) != AW_OK ||
        !aw_bytes_is(type, payload_type)) {
        return aw_fail(diag, AW_ERR_FORMAT, "dsse: envelope", 0);
    }
    uint8_t *buf = aw_alloc(AW_RB_RESULT_MAX, 1);
    struct aw_wr got = aw_wr_init(buf, AW_RB_RESULT_MAX);
    aw_err err = aw_base64_decode(text, &got);

    put_statement(result, payload);
    if (err != AW_OK) {
        err = aw_fail(diag, AW_ERR_FORMAT, "dsse: payload", 0);
    } else if (payload->failed ||
               !aw_bytes_equal(aw_wr_done(&got), aw_wr_done(payload))) {
        err = aw_fail(diag, AW_ERR_DIGEST, "dsse: payload", 0);
    }
    free(buf);
    return err;
}

aw_err aw_rb_dsse_check(aw_bytes text, const struct aw_rb_result *result,
                        const struct aw_vkey *key, struct aw_diag *diag)
{
    uint8_t *buf = aw_alloc(WORK + 2 * AW_RB_RESULT_MAX, 1);
    struct aw_wr work = aw_wr_init(buf, WORK);
    struct aw_wr payload = aw_wr_init(buf + WORK, AW_RB_RESULT_MAX);
    struct aw_wr pae =
        aw_wr_init(buf + WORK + AW_RB_RESULT_MAX, AW_RB_RESULT_MAX);
    uint8_t sig[AW_ED25519_SIG];
    aw_json root;
    aw_err err =
        aw_json_parse(text, 4UL * AW_RB_RESULT_MAX, &work, &root, diag);

    if (err != AW_OK) {
        err = aw_fail(diag, AW_ERR_FORMAT, "dsse: json", 0);
    }
    if (err == AW_OK) {
        err = find_sig(root, key, sig, diag);
    }
    if (err == AW_OK) {
        err = check_payload(root, result, &payload, diag);
    }
    if (err == AW_OK) {
        put_pae(aw_wr_done(&payload), &pae);
        err = aw_ed25519_verify(key->public_key, aw_wr_done(&pae), sig);
        if (err != AW_OK) {
            err = aw_fail(diag, AW_ERR_SIG, "dsse: signature", 0);
        }
    }
    free(buf);
    return err;
}
