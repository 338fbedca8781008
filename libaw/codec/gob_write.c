/* SPDX-License-Identifier: Apache-2.0 */
#include "gob.h"
#include "gob_wire.h"

static void put_number(const struct aw_sink *sink, uint64_t v)
{
    uint8_t b[9];
    size_t at = sizeof(b);

    do {
        b[--at] = (uint8_t)v;
        v >>= 8;
    } while (v != 0);
    if (sizeof(b) - at > 1 || b[at] >= 0x80) {
        uint8_t n = (uint8_t)(sizeof(b) - at);

        b[--at] = (uint8_t)(0x100U - n);
    }
    aw_sink_put(sink, (aw_bytes){b + at, sizeof(b) - at});
}

static void put_step(struct gob_out *out)
{
    put_number(out->sink, out->gap + 1);
    out->gap = 0;
}

static void put_run(const struct aw_sink *sink, aw_bytes b)
{
    put_number(sink, b.n);
    aw_sink_put(sink, b);
}

/* Sign in the lowest bit; a negative number is one less in size. */
static uint64_t fold_sign(int64_t v)
{
    return v < 0 ? (uint64_t)(-1 - v) << 1 | 1 : (uint64_t)v << 1;
}

static void put_signed(const struct aw_sink *sink, int64_t v)
{
    put_number(sink, fold_sign(v));
}

void gob_put_int(struct gob_out *out, int64_t v)
{
    gob_put_uint(out, fold_sign(v));
}

void gob_put_uint(struct gob_out *out, uint64_t v)
{
    if (v == 0) {
        out->gap++;
        return;
    }
    put_step(out);
    put_number(out->sink, v);
}

void gob_put_bytes(struct gob_out *out, aw_bytes b)
{
    if (b.n == 0) {
        out->gap++;
        return;
    }
    put_step(out);
    put_run(out->sink, b);
}

void gob_put_list(struct gob_out *out, const aw_bytes *list, size_t n)
{
    if (n == 0) {
        out->gap++;
        return;
    }
    put_step(out);
    put_number(out->sink, n);
    for (size_t i = 0; i < n; i++) {
        put_run(out->sink, list[i]);
    }
}

struct gob_out gob_put_struct(struct gob_out *out)
{
    put_step(out);
    return (struct gob_out){.sink = out->sink};
}

void gob_end(struct gob_out *out)
{
    put_number(out->sink, 0);
}

void gob_put_message(const struct aw_sink *sink, const struct gob_message *m)
{
    size_t n = 0;
    struct aw_sink counter = aw_sink_count(&n);
    struct gob_out out = {.sink = &counter};

    put_signed(&counter, m->id);
    m->body(m->value, &out);
    put_number(sink, n);
    put_signed(sink, m->id);
    out = (struct gob_out){.sink = sink};
    m->body(m->value, &out);
}

static void put_string(const void *value, struct gob_out *out)
{
    /* A value that is no struct has a field step of 0 before it. */
    put_number(out->sink, 0);
    put_run(out->sink, *(const aw_bytes *)value);
}

void gob_put_string_message(const struct aw_sink *sink, aw_bytes text)
{
    gob_put_message(sink, &(struct gob_message){ID_STRING, &text, put_string});
}

const struct gob_ids gob_ids_usual = {.value = ID_FIRST_USER,
                                      .list = ID_FIRST_USER + 1,
                                      .inner = ID_FIRST_USER + 2};

static int64_t id_of(const struct gob_ids *ids, enum gob_kind kind)
{
    switch (kind) {
    case GOB_INT:
        return ID_INT;
    case GOB_UINT:
        return ID_UINT;
    case GOB_BYTES:
        return ID_BYTES;
    case GOB_BYTES_LIST:
        return ids->list;
    default:
        return ids->inner;
    }
}

struct definition {
    const struct gob_ids *ids;
    int64_t id;
    const char *name;
    const struct gob_schema *schema; /* NULL: the list of bytes */
};

/* A name and a type id, which is a field and also the common part. */
static void put_name(struct gob_out out, const char *name, int64_t id)
{
    gob_put_bytes(&out, aw_text(name));
    gob_put_int(&out, id);
    gob_end(&out);
}

static void put_definition(const void *value, struct gob_out *out)
{
    const struct definition *d = value;
    const struct gob_schema *schema = d->schema;

    out->gap = schema != NULL ? STRUCT - 1 : SLICE - 1;
    struct gob_out form = gob_put_struct(out);

    put_name(gob_put_struct(&form), d->name, d->id);
    if (schema == NULL) {
        gob_put_int(&form, ID_BYTES);
    } else {
        gob_put_uint(&form, schema->n);
        for (size_t i = 0; i < schema->n; i++) {
            put_name((struct gob_out){.sink = out->sink},
                     schema->fields[i].name,
                     id_of(d->ids, schema->fields[i].kind));
        }
    }
    gob_end(&form);
    gob_end(out);
}

void gob_put_struct_type(const struct aw_sink *sink, const struct gob_ids *ids,
                         int64_t id, const char *name,
                         const struct gob_schema *schema)
{
    struct definition d = {
        .ids = ids, .id = id, .name = name, .schema = schema};

    gob_put_message(sink, &(struct gob_message){-id, &d, put_definition});
}

void gob_put_list_type(const struct aw_sink *sink, const struct gob_ids *ids)
{
    struct definition d = {.ids = ids, .id = ids->list, .name = "[][]uint8"};

    gob_put_message(sink,
                    &(struct gob_message){-ids->list, &d, put_definition});
}
