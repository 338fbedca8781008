/* SPDX-License-Identifier: Apache-2.0 */
#include "gob_reader.h"

static void skip_value(struct gob_reader *g, int64_t id, unsigned nesting);

static void skip_struct(struct gob_reader *g, const struct gob_type *type,
                        unsigned nesting)
{
    struct gob_walk walk = {.n = type->n};

    while (gob_rd_field(g, &walk)) {
        skip_value(g, g->fields[type->first + walk.next - 1].type, nesting);
    }
}

static void skip_elements(struct gob_reader *g, const struct gob_type *type,
                          unsigned nesting)
{
    uint64_t left = gob_rd_uint(g);

    if (type->form == ARRAY && left != type->length) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: length of an array");
    }
    while (gob_rd_element(g, &left)) {
        if (type->form == MAP) {
            skip_value(g, type->key, nesting);
        }
        skip_value(g, type->element, nesting);
    }
}

static void skip_basic(struct gob_reader *g, int64_t id)
{
    if (id == ID_BYTES || id == ID_STRING) {
        (void)gob_rd_bytes(g);
        return;
    }
    (void)gob_rd_uint(g);
    if (id == ID_COMPLEX) {
        (void)gob_rd_uint(g);
    }
}

static void skip_value(struct gob_reader *g, int64_t id, unsigned nesting)
{
    if (g->err != AW_OK) {
        return;
    }
    if (gob_type_basic(id)) {
        skip_basic(g, id);
        return;
    }
    if (nesting == GOB_NESTING_MAX) {
        gob_rd_fail(g, AW_ERR_SPACE, "gob: nesting");
        return;
    }
    const struct gob_type *type = gob_type_known(g, id);

    switch (type->form) {
    case STRUCT:
        skip_struct(g, type, nesting + 1);
        break;
    case CUSTOM:
        (void)gob_rd_bytes(g);
        break;
    default:
        skip_elements(g, type, nesting + 1);
        break;
    }
}

static void give(struct gob_reader *g, const struct gob_item *item)
{
    if (g->err != AW_OK) {
        return;
    }
    aw_err err = g->target->take(g->target->ctx, item);

    if (err != AW_OK) {
        gob_rd_fail(g, err, "gob: value of a field");
    }
}

static void read_list(struct gob_reader *g, int tag)
{
    struct gob_item item = {.kind = GOB_BYTES_LIST, .tag = tag};

    item.u = gob_rd_uint(g);
    uint64_t left = item.u;

    give(g, &item);
    item.kind = GOB_BYTES;
    while (gob_rd_element(g, &left)) {
        item.bytes = gob_rd_bytes(g);
        give(g, &item);
    }
}

static void read_simple(struct gob_reader *g, const struct gob_field *field)
{
    struct gob_item item = {.kind = field->kind, .tag = field->tag};

    if (field->kind == GOB_INT) {
        item.i = gob_rd_int(g);
    } else if (field->kind == GOB_UINT) {
        item.u = gob_rd_uint(g);
    } else {
        item.bytes = gob_rd_bytes(g);
    }
    give(g, &item);
}

static void read_struct(struct gob_reader *g, int64_t id,
                        const struct gob_schema *schema)
{
    const struct gob_type *type = gob_type_known(g, id);
    struct gob_walk walk = {.n = type->n};

    while (gob_rd_field(g, &walk)) {
        const struct gob_type_field *field =
            &g->fields[type->first + walk.next - 1];
        const struct gob_field *known = gob_schema_find(schema, field->name);

        if (known == NULL) {
            skip_value(g, field->type, 0);
        } else if (known->kind == GOB_STRUCT) {
            read_struct(g, field->type, known->inner);
        } else if (known->kind == GOB_BYTES_LIST) {
            read_list(g, known->tag);
        } else {
            read_simple(g, known);
        }
    }
}

static aw_err finish(const struct gob_reader *g, struct aw_diag *diag)
{
    if (g->err != AW_OK) {
        return aw_fail(diag, g->err, g->where, g->stream.at);
    }
    return AW_OK;
}

aw_err gob_read_struct(aw_bytes stream, const struct gob_schema *schema,
                       const struct gob_target *target, size_t *used,
                       struct aw_diag *diag)
{
    struct gob_reader g = {.stream = aw_rd_init(stream), .target = target};
    int64_t id = gob_rd_definitions(&g);

    if (g.err != AW_OK) {
        return finish(&g, diag);
    }
    if (!gob_type_fits(&g, id, GOB_STRUCT)) {
        return aw_fail(diag, AW_ERR_TYPE, "gob: type of the value",
                       g.stream.at);
    }
    if (gob_check_struct(&g, id, schema) == 0 &&
        gob_type_known(&g, id)->n > 0) {
        gob_rd_fail(&g, AW_ERR_TYPE, "gob: no field matches");
    }
    read_struct(&g, id, schema);
    if (g.err == AW_OK) {
        *used = g.stream.at;
    }
    return finish(&g, diag);
}

aw_err gob_read_ids(aw_bytes stream, struct gob_ids *ids)
{
    struct gob_reader g = {.stream = aw_rd_init(stream)};

    (void)gob_rd_definitions(&g);
    if (g.err == AW_OK) {
        *ids = (struct gob_ids){.value = g.types[0].id,
                                .list = g.types[1].id,
                                .inner = g.types[2].id};
    }
    return g.err;
}

aw_err gob_read_string(aw_bytes stream, aw_bytes *text, struct aw_diag *diag)
{
    struct gob_reader g = {.stream = aw_rd_init(stream)};
    int64_t id = gob_rd_definitions(&g);

    if (g.err == AW_OK && id != ID_STRING) {
        gob_rd_fail(&g, AW_ERR_TYPE, "gob: type of the value");
    }
    /* A value that is no struct has a field step of 0 before it. */
    if (gob_rd_uint(&g) != 0) {
        gob_rd_fail(&g, AW_ERR_FORMAT, "gob: value");
    }
    aw_bytes got = gob_rd_bytes(&g);

    if (g.err == AW_OK) {
        *text = got;
    }
    return finish(&g, diag);
}
