/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/bootcfg.h"

#include "aw/json.h"
#include "aw/json_write.h"
#include "aw/text.h"

/* A record under way. The first failure is kept and ends everything. */
struct reader {
    struct aw_bootcfg c;
    struct aw_wr work;
    aw_err err;
    const char *where;
};

static bool note(struct reader *r, aw_err err, const char *where)
{
    if (r->err == AW_OK && err != AW_OK) {
        r->err = err;
        r->where = where;
    }
    return r->err == AW_OK;
}

/* Base64 as bytes in the work area; Go writes nil bytes as null. */
static aw_bytes decode(struct reader *r, aw_json v, const char *where)
{
    aw_bytes text = {NULL, 0};
    aw_bytes bytes = {NULL, 0};
    size_t start = r->work.n;

    if (r->err != AW_OK || aw_json_kind(v) == AW_JSON_NULL) {
        return bytes;
    }
    if (note(r, aw_json_get_text(v, &text), where) &&
        note(r, aw_base64_decode(text, &r->work), where) &&
        !aw_slice(aw_wr_done(&r->work), start, r->work.n - start, &bytes)) {
        (void)note(r, AW_ERR_SPACE, where);
    }
    return bytes;
}

static size_t decode_list(struct reader *r, aw_json list, const char *where,
                          aw_bytes *out, size_t max)
{
    size_t n = 0;

    if (aw_json_kind(list) == AW_JSON_NULL) {
        return 0;
    }
    if (aw_json_kind(list) != AW_JSON_ARRAY) {
        (void)note(r,
                   aw_json_kind(list) == AW_JSON_ABSENT ? AW_ERR_NOT_FOUND
                                                        : AW_ERR_TYPE,
                   where);
        return 0;
    }
    for (aw_json v = aw_json_first(list);
         r->err == AW_OK && aw_json_kind(v) != AW_JSON_ABSENT;
         v = aw_json_next(v)) {
        if (n == max) {
            (void)note(r, AW_ERR_SPACE, where);
            break;
        }
        out[n++] = decode(r, v, where);
    }
    return n;
}

static void read_bundle(struct reader *r, aw_json bundle)
{
    static const char checkpoint[] = "Checkpoint";
    static const char manifest[] = "Manifest";
    static const char index[] = "LogIndex";
    static const char proof[] = "InclusionProof";

    r->c.checkpoint = decode(r, aw_json_member(bundle, checkpoint), checkpoint);
    r->c.manifest = decode(r, aw_json_member(bundle, manifest), manifest);
    (void)note(r,
               aw_json_get_u64(aw_json_member(bundle, index), &r->c.log_index),
               index);
    r->c.n_proof = decode_list(r, aw_json_member(bundle, proof), proof,
                               r->c.proof, AW_BOOTCFG_PROOF_MAX);
}

static void read_config(struct reader *r, aw_json top)
{
    static const char offset[] = "Offset";
    static const char size[] = "Size";
    static const char signatures[] = "Signatures";

    (void)note(r, aw_json_get_i64(aw_json_member(top, offset), &r->c.offset),
               offset);
    (void)note(r, aw_json_get_i64(aw_json_member(top, size), &r->c.size), size);
    r->c.n_signatures =
        decode_list(r, aw_json_member(top, signatures), signatures,
                    r->c.signatures, AW_BOOTCFG_SIGS_MAX);
    read_bundle(r, aw_json_member(top, "Bundle"));
}

aw_err aw_bootcfg_parse_json(aw_bytes text, struct aw_wr *work,
                             struct aw_bootcfg *config, struct aw_diag *diag)
{
    struct reader r = {.work = *work};
    aw_json top = {NULL};
    aw_err err = aw_json_parse(text, AW_BOOTCFG_JSON_MAX, &r.work, &top, diag);

    if (err != AW_OK) {
        return err;
    }
    if (aw_json_kind(top) != AW_JSON_OBJECT) {
        return aw_fail(diag, AW_ERR_TYPE, "config", 0);
    }
    read_config(&r, top);
    if (r.err != AW_OK) {
        return aw_fail(diag, r.err, r.where, 0);
    }
    *work = r.work;
    *config = r.c;
    return AW_OK;
}

/* Go writes a nil slice as null, and has no other empty ones here. */
static void put_bytes(struct aw_json_out *out, const char *key, aw_bytes b)
{
    if (b.n == 0) {
        aw_json_null(out, key);
    } else {
        aw_json_base64(out, key, b);
    }
}

static void put_list(struct aw_json_out *out, const char *key,
                     const aw_bytes *list, size_t n)
{
    if (n == 0) {
        aw_json_null(out, key);
        return;
    }
    aw_json_begin_array(out, key);
    for (size_t i = 0; i < n; i++) {
        put_bytes(out, NULL, list[i]);
    }
    aw_json_end_array(out);
}

void aw_bootcfg_write_json(const struct aw_bootcfg *config,
                           const struct aw_sink *sink)
{
    struct aw_json_out out;

    aw_json_out_init(&out, *sink, false);
    aw_json_begin_object(&out, NULL);
    aw_json_i64(&out, "Offset", config->offset);
    aw_json_i64(&out, "Size", config->size);
    put_list(&out, "Signatures", config->signatures, config->n_signatures);
    aw_json_begin_object(&out, "Bundle");
    put_bytes(&out, "Checkpoint", config->checkpoint);
    put_bytes(&out, "Manifest", config->manifest);
    aw_json_u64(&out, "LogIndex", config->log_index);
    put_list(&out, "InclusionProof", config->proof, config->n_proof);
    aw_json_end_object(&out);
    aw_json_end_object(&out);
    aw_json_finish(&out);
}
