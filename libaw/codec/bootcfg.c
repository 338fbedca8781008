/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/bootcfg.h"

#include "gob.h"

enum tag {
    OFFSET,
    SIZE,
    SIGNATURES,
    BUNDLE,
    CHECKPOINT,
    MANIFEST,
    INDEX,
    PROOF,
    FIRMWARE,
    HAB_SIGNATURE
};

static const struct gob_field bundle_fields[] = {
    {"Checkpoint", GOB_BYTES, CHECKPOINT, NULL},
    {"Manifest", GOB_BYTES, MANIFEST, NULL},
    {"LogIndex", GOB_UINT, INDEX, NULL},
    {"InclusionProof", GOB_BYTES_LIST, PROOF, NULL},
};
static const struct gob_schema bundle_schema = {4, bundle_fields};

static const struct gob_field config_fields[] = {
    {"Offset", GOB_INT, OFFSET, NULL},
    {"Size", GOB_INT, SIZE, NULL},
    {"Signatures", GOB_BYTES_LIST, SIGNATURES, NULL},
    {"Bundle", GOB_STRUCT, BUNDLE, &bundle_schema},
};
static const struct gob_schema config_schema = {4, config_fields};

static const struct gob_field file_fields[] = {
    {"Checkpoint", GOB_BYTES, CHECKPOINT, NULL},
    {"Index", GOB_UINT, INDEX, NULL},
    {"InclusionProof", GOB_BYTES_LIST, PROOF, NULL},
    {"Manifest", GOB_BYTES, MANIFEST, NULL},
    {"Firmware", GOB_BYTES, FIRMWARE, NULL},
    {"HABSignature", GOB_BYTES, HAB_SIGNATURE, NULL},
};
static const struct gob_schema file_schema = {6, file_fields};

/* Bytes of a version record that its readers take from the medium. */
enum { VERSION_WRITE_MAX = 32, VERSION_READ_MAX = 256 };

/* Takes a list's count, then its elements; the count bounds them. */
static aw_err take_list(const struct gob_item *item, aw_bytes *list, size_t *n,
                        size_t max)
{
    if (item->kind == GOB_BYTES_LIST) {
        *n = 0;
        return item->u > max ? AW_ERR_SPACE : AW_OK;
    }
    AW_BUG_ON(*n >= max);
    list[(*n)++] = item->bytes;
    return AW_OK;
}

static aw_err take_config(void *ctx, const struct gob_item *item)
{
    struct aw_bootcfg *c = ctx;

    switch ((enum tag)item->tag) {
    case OFFSET:
        c->offset = item->i;
        return AW_OK;
    case SIZE:
        c->size = item->i;
        return AW_OK;
    case SIGNATURES:
        return take_list(item, c->signatures, &c->n_signatures,
                         AW_BOOTCFG_SIGS_MAX);
    case CHECKPOINT:
        c->checkpoint = item->bytes;
        return AW_OK;
    case MANIFEST:
        c->manifest = item->bytes;
        return AW_OK;
    case INDEX:
        c->log_index = item->u;
        return AW_OK;
    default:
        return take_list(item, c->proof, &c->n_proof, AW_BOOTCFG_PROOF_MAX);
    }
}

aw_err aw_bootcfg_parse(aw_bytes stream, struct aw_bootcfg *config,
                        struct aw_diag *diag)
{
    struct aw_bootcfg c = {0};
    struct gob_target target = {.ctx = &c, .take = take_config};

    if (stream.n > AW_BOOTCFG_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "config: size", stream.n);
    }
    aw_err err =
        gob_read_struct(stream, &config_schema, &target, &c.stream_n, diag);

    if (err != AW_OK) {
        return err;
    }
    *config = c;
    return AW_OK;
}

static aw_err take_file(void *ctx, const struct gob_item *item)
{
    struct aw_bundle_file *f = ctx;

    switch ((enum tag)item->tag) {
    case CHECKPOINT:
        f->checkpoint = item->bytes;
        return AW_OK;
    case INDEX:
        f->index = item->u;
        return AW_OK;
    case MANIFEST:
        f->manifest = item->bytes;
        return AW_OK;
    case FIRMWARE:
        f->firmware = item->bytes;
        return AW_OK;
    case HAB_SIGNATURE:
        f->hab_signature = item->bytes;
        return AW_OK;
    default:
        return take_list(item, f->proof, &f->n_proof, AW_BOOTCFG_PROOF_MAX);
    }
}

aw_err aw_bundle_file_parse(aw_bytes stream, struct aw_bundle_file *file,
                            struct aw_diag *diag)
{
    struct aw_bundle_file f = {0};
    struct gob_target target = {.ctx = &f, .take = take_file};
    size_t used = 0;
    aw_err err = gob_read_struct(stream, &file_schema, &target, &used, diag);

    if (err != AW_OK) {
        return err;
    }
    *file = f;
    return AW_OK;
}

static bool all_zero(aw_bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] != 0) {
            return false;
        }
    }
    return b.n > 0;
}

aw_err aw_version_record_parse(aw_bytes stream, aw_bytes *version,
                               struct aw_diag *diag)
{
    if (stream.n > VERSION_READ_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "version record: size", stream.n);
    }
    if (all_zero(stream)) {
        *version = (aw_bytes){NULL, 0};
        return AW_OK;
    }
    return gob_read_string(stream, version, diag);
}

static void config_bundle(const struct aw_bootcfg *c, struct gob_out *out)
{
    gob_put_bytes(out, c->checkpoint);
    gob_put_bytes(out, c->manifest);
    gob_put_uint(out, c->log_index);
    gob_put_list(out, c->proof, c->n_proof);
    gob_end(out);
}

static void config_body(const void *value, struct gob_out *out)
{
    const struct aw_bootcfg *c = value;

    gob_put_int(out, c->offset);
    gob_put_int(out, c->size);
    gob_put_list(out, c->signatures, c->n_signatures);
    struct gob_out bundle = gob_put_struct(out);

    config_bundle(c, &bundle);
    gob_end(out);
}

static void put_config_as(const void *value, const struct gob_ids *ids,
                          const struct aw_sink *sink)
{
    gob_put_struct_type(sink, ids, ids->value, "Config", &config_schema);
    gob_put_list_type(sink, ids);
    gob_put_struct_type(sink, ids, ids->inner, "ProofBundle", &bundle_schema);
    gob_put_message(sink,
                    &(struct gob_message){ids->value, value, config_body});
}

static void put_config(const void *value, const struct aw_sink *sink)
{
    put_config_as(value, &gob_ids_usual, sink);
}

/* Writes all of a stream or nothing. */
static aw_err write_stream(void (*put)(const void *value,
                                       const struct aw_sink *sink),
                           const void *value, size_t max, struct aw_wr *w)
{
    size_t n = 0;
    struct aw_sink sink = aw_sink_count(&n);

    put(value, &sink);
    if (n > max || w->failed || n > w->cap - w->n) {
        return AW_ERR_SPACE;
    }
    sink = aw_sink_wr(w);
    put(value, &sink);
    return AW_OK;
}

aw_err aw_bootcfg_write(const struct aw_bootcfg *config, struct aw_wr *w)
{
    AW_BUG_ON(config->n_signatures > AW_BOOTCFG_SIGS_MAX ||
              config->n_proof > AW_BOOTCFG_PROOF_MAX);
    return write_stream(put_config, config, AW_BOOTCFG_MAX, w);
}

/* What was put so far is what is there. */
struct comparison {
    struct aw_rd there;
    bool same;
};

static void compare(void *ctx, aw_bytes b)
{
    struct comparison *c = ctx;

    c->same = c->same && aw_bytes_equal(aw_rd_take(&c->there, b.n), b);
}

bool aw_bootcfg_is_plain(const struct aw_bootcfg *config, aw_bytes stream)
{
    struct comparison c = {.there = aw_rd_init(stream), .same = true};
    const struct aw_sink sink = {.ctx = &c, .put = compare};
    struct gob_ids ids;

    if (gob_read_ids(stream, &ids) != AW_OK) {
        return false;
    }
    put_config_as(config, &ids, &sink);
    return c.same && aw_rd_left(&c.there) == 0;
}

static void file_body(const void *value, struct gob_out *out)
{
    const struct aw_bundle_file *f = value;

    gob_put_bytes(out, f->checkpoint);
    gob_put_uint(out, f->index);
    gob_put_list(out, f->proof, f->n_proof);
    gob_put_bytes(out, f->manifest);
    gob_put_bytes(out, f->firmware);
    gob_put_bytes(out, f->hab_signature);
    gob_end(out);
}

static void put_file(const void *value, const struct aw_sink *sink)
{
    const struct gob_ids *ids = &gob_ids_usual;

    gob_put_struct_type(sink, ids, ids->value, "Bundle", &file_schema);
    gob_put_list_type(sink, ids);
    gob_put_message(sink, &(struct gob_message){ids->value, value, file_body});
}

aw_err aw_bundle_file_write(const struct aw_bundle_file *file, struct aw_wr *w)
{
    AW_BUG_ON(file->n_proof > AW_BOOTCFG_PROOF_MAX);
    return write_stream(put_file, file, SIZE_MAX, w);
}

static void put_version(const void *value, const struct aw_sink *sink)
{
    gob_put_string_message(sink, *(const aw_bytes *)value);
}

aw_err aw_version_record_write(aw_bytes version, struct aw_wr *w)
{
    return write_stream(put_version, &version, VERSION_WRITE_MAX, w);
}
