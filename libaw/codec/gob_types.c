/* SPDX-License-Identifier: Apache-2.0 */
#include "gob_reader.h"

struct gob_type *gob_type_find(struct gob_reader *g, int64_t id)
{
    for (size_t i = 0; i < g->n_types; i++) {
        if (g->types[i].id == id) {
            return &g->types[i];
        }
    }
    return NULL;
}

const struct gob_type *gob_type_known(struct gob_reader *g, int64_t id)
{
    const struct gob_type *type = gob_type_find(g, id);

    AW_BUG_ON(type == NULL);
    return type;
}

bool gob_type_basic(int64_t id)
{
    return id >= ID_BOOL && id <= ID_COMPLEX;
}

/* Name and id that every definition repeats; both have no use. */
static void read_common(struct gob_reader *g)
{
    struct gob_walk walk = {.n = 2};

    while (gob_rd_field(g, &walk)) {
        if (walk.next == 1) {
            (void)gob_rd_bytes(g);
        } else {
            (void)gob_rd_int(g);
        }
    }
}

static void read_field_definition(struct gob_reader *g,
                                  struct gob_type_field *field)
{
    struct gob_walk walk = {.n = 2};

    while (gob_rd_field(g, &walk)) {
        if (walk.next == 1) {
            field->name = gob_rd_bytes(g);
        } else {
            field->type = gob_rd_int(g);
        }
    }
}

static void read_field_definitions(struct gob_reader *g, struct gob_type *type)
{
    uint64_t left = gob_rd_uint(g);

    type->first = g->n_fields;
    while (gob_rd_element(g, &left)) {
        if (g->n_fields == GOB_FIELDS_MAX) {
            gob_rd_fail(g, AW_ERR_SPACE, "gob: number of fields");
            return;
        }
        struct gob_type_field field = {0};

        read_field_definition(g, &field);
        g->fields[g->n_fields++] = field;
        type->n++;
    }
}

/* Second and third part of a definition, after what all have in common. */
static void read_part(struct gob_reader *g, struct gob_type *type, size_t part)
{
    bool second = part == 2;

    switch (type->form) {
    case STRUCT:
        read_field_definitions(g, type);
        break;
    case MAP:
        *(second ? &type->key : &type->element) = gob_rd_int(g);
        break;
    default:
        if (second) {
            type->element = gob_rd_int(g);
        } else {
            type->length = (uint64_t)gob_rd_int(g);
        }
        break;
    }
}

static size_t parts_of(enum form form)
{
    switch (form) {
    case ARRAY:
    case MAP:
        return 3;
    case SLICE:
    case STRUCT:
        return 2;
    default:
        return 1;
    }
}

static void read_definition_body(struct gob_reader *g, struct gob_type *type)
{
    struct gob_walk outer = {.n = FORMS};

    if (!gob_rd_field(g, &outer)) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: empty type definition");
        return;
    }
    type->form = outer.next < CUSTOM ? (enum form)outer.next : CUSTOM;
    struct gob_walk walk = {.n = parts_of(type->form)};

    while (gob_rd_field(g, &walk)) {
        if (walk.next == 1) {
            read_common(g);
        } else {
            read_part(g, type, walk.next);
        }
    }
    if (gob_rd_field(g, &outer)) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: two forms in a type definition");
    }
    if (aw_rd_left(&g->message) > 0) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: bytes after a type definition");
    }
}

static void read_definition(struct gob_reader *g, int64_t id)
{
    struct gob_type type = {.id = id};

    if (id < ID_FIRST_USER || gob_type_find(g, id) != NULL) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: type defined twice");
        return;
    }
    if (g->n_types == GOB_TYPES_MAX) {
        gob_rd_fail(g, AW_ERR_SPACE, "gob: number of types");
        return;
    }
    read_definition_body(g, &type);
    g->types[g->n_types++] = type;
}

int64_t gob_rd_definitions(struct gob_reader *g)
{
    while (gob_rd_message(g)) {
        int64_t id = gob_rd_int(g);

        if (id >= 0 || g->err != AW_OK) {
            return id;
        }
        if (id < -INT32_MAX) {
            gob_rd_fail(g, AW_ERR_FORMAT, "gob: type id");
            return 0;
        }
        read_definition(g, -id);
    }
    return 0;
}
