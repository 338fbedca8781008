/* SPDX-License-Identifier: Apache-2.0 */
#include "gob.h"
#include "gob_wire.h"

struct type {
    int64_t id;
    enum form form;
    bool checked; /* check_skip has been here */
    int64_t element;
    int64_t key;     /* of a map */
    uint64_t length; /* of an array */
    size_t first;    /* of a struct: index of its first field */
    size_t n;        /* of a struct: number of its fields */
};

struct field {
    aw_bytes name;
    int64_t type;
};

/* A stream under way. The first failure is kept and ends everything. */
struct reader {
    struct aw_rd stream;
    struct aw_rd message;
    const struct gob_target *target;
    aw_err err;
    const char *where;
    size_t n_types;
    size_t n_fields;
    struct type types[GOB_TYPES_MAX];
    struct field fields[GOB_FIELDS_MAX];
};

/* Position among the fields of a struct. */
struct walk {
    size_t n;    /* fields that the definition has */
    size_t next; /* number of the current field, from 1; 0 before the first */
};

static void fail(struct reader *g, aw_err err, const char *where)
{
    if (g->err == AW_OK) {
        g->err = err;
        g->where = where;
    }
}

static uint64_t rd_number(struct reader *g, struct aw_rd *r)
{
    uint8_t first = aw_rd_u8(r);
    uint64_t v = 0;

    if (first < 0x80) {
        v = first;
    } else if (first < 0xf8) {
        fail(g, AW_ERR_FORMAT, "gob: integer");
    } else {
        aw_bytes b = aw_rd_take(r, 0x100U - first);

        for (size_t i = 0; i < b.n; i++) {
            v = v << 8 | b.p[i];
        }
    }
    if (r->failed) {
        fail(g, AW_ERR_SHORT, "gob: integer");
    }
    return g->err == AW_OK ? v : 0;
}

static uint64_t read_uint(struct reader *g)
{
    return rd_number(g, &g->message);
}

static int64_t read_int(struct reader *g)
{
    uint64_t v = read_uint(g);
    int64_t half = (int64_t)(v >> 1);

    return (v & 1) == 0 ? half : -1 - half;
}

static aw_bytes read_bytes(struct reader *g)
{
    uint64_t n = read_uint(g);

    if (n > aw_rd_left(&g->message)) {
        fail(g, AW_ERR_SHORT, "gob: length of bytes");
    }
    return aw_rd_take(&g->message, g->err == AW_OK ? (size_t)n : 0);
}

/*
 * Counts one element off. Each takes at least one byte, so a count that lies
 * ends with the message.
 */
static bool next_element(struct reader *g, uint64_t *left)
{
    if (*left == 0 || g->err != AW_OK) {
        return false;
    }
    if (aw_rd_left(&g->message) == 0) {
        fail(g, AW_ERR_SHORT, "gob: number of elements");
        return false;
    }
    --*left;
    return true;
}

/* Goes to the next field sent. The end of the message ends all structs. */
static bool next_field(struct reader *g, struct walk *walk)
{
    if (g->err != AW_OK || aw_rd_left(&g->message) == 0) {
        return false;
    }
    uint64_t step = read_uint(g);

    if (step > walk->n - walk->next) {
        fail(g, AW_ERR_FORMAT, "gob: field number");
        return false;
    }
    walk->next += (size_t)step;
    return step > 0;
}

static struct type *find_type(struct reader *g, int64_t id)
{
    for (size_t i = 0; i < g->n_types; i++) {
        if (g->types[i].id == id) {
            return &g->types[i];
        }
    }
    return NULL;
}

/* A type that was found before. */
static const struct type *known_type(struct reader *g, int64_t id)
{
    const struct type *type = find_type(g, id);

    AW_BUG_ON(type == NULL);
    return type;
}

/* Name and id that every definition repeats; both have no use. */
static void read_common(struct reader *g)
{
    struct walk walk = {.n = 2};

    while (next_field(g, &walk)) {
        if (walk.next == 1) {
            (void)read_bytes(g);
        } else {
            (void)read_int(g);
        }
    }
}

static void read_field_definition(struct reader *g, struct field *field)
{
    struct walk walk = {.n = 2};

    while (next_field(g, &walk)) {
        if (walk.next == 1) {
            field->name = read_bytes(g);
        } else {
            field->type = read_int(g);
        }
    }
}

static void read_field_definitions(struct reader *g, struct type *type)
{
    uint64_t left = read_uint(g);

    type->first = g->n_fields;
    while (next_element(g, &left)) {
        if (g->n_fields == GOB_FIELDS_MAX) {
            fail(g, AW_ERR_SPACE, "gob: number of fields");
            return;
        }
        struct field field = {0};

        read_field_definition(g, &field);
        g->fields[g->n_fields++] = field;
        type->n++;
    }
}

/* Second and third part of a definition, after what all have in common. */
static void read_part(struct reader *g, struct type *type, size_t part)
{
    bool second = part == 2;

    switch (type->form) {
    case STRUCT:
        read_field_definitions(g, type);
        break;
    case MAP:
        *(second ? &type->key : &type->element) = read_int(g);
        break;
    default:
        if (second) {
            type->element = read_int(g);
        } else {
            type->length = (uint64_t)read_int(g);
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

static void read_definition_body(struct reader *g, struct type *type)
{
    struct walk outer = {.n = FORMS};

    if (!next_field(g, &outer)) {
        fail(g, AW_ERR_FORMAT, "gob: empty type definition");
        return;
    }
    type->form = outer.next < CUSTOM ? (enum form)outer.next : CUSTOM;
    struct walk walk = {.n = parts_of(type->form)};

    while (next_field(g, &walk)) {
        if (walk.next == 1) {
            read_common(g);
        } else {
            read_part(g, type, walk.next);
        }
    }
    if (next_field(g, &outer)) {
        fail(g, AW_ERR_FORMAT, "gob: two forms in a type definition");
    }
    if (aw_rd_left(&g->message) > 0) {
        fail(g, AW_ERR_FORMAT, "gob: bytes after a type definition");
    }
}

static void read_definition(struct reader *g, int64_t id)
{
    struct type type = {.id = id};

    if (id < ID_FIRST_USER || find_type(g, id) != NULL) {
        fail(g, AW_ERR_FORMAT, "gob: type defined twice");
        return;
    }
    if (g->n_types == GOB_TYPES_MAX) {
        fail(g, AW_ERR_SPACE, "gob: number of types");
        return;
    }
    read_definition_body(g, &type);
    g->types[g->n_types++] = type;
}

static bool next_message(struct reader *g)
{
    bool first = g->stream.at == 0;
    uint64_t n = rd_number(g, &g->stream);

    if (g->err != AW_OK) {
        return false;
    }
    if (n == 0) {
        fail(g, first ? AW_ERR_NOT_FOUND : AW_ERR_SHORT, "gob: empty message");
        return false;
    }
    if (n > aw_rd_left(&g->stream)) {
        fail(g, AW_ERR_SHORT, "gob: message length");
        return false;
    }
    g->message = aw_rd_init(aw_rd_take(&g->stream, (size_t)n));
    return true;
}

/* Reads definitions up to the value; its type id, or 0 after a failure. */
static int64_t read_to_value(struct reader *g)
{
    while (next_message(g)) {
        int64_t id = read_int(g);

        if (id >= 0 || g->err != AW_OK) {
            return id;
        }
        if (id < -INT32_MAX) {
            fail(g, AW_ERR_FORMAT, "gob: type id");
            return 0;
        }
        read_definition(g, -id);
    }
    return 0;
}

static bool is_basic(int64_t id)
{
    return id >= ID_BOOL && id <= ID_COMPLEX;
}

/*
 * Go wants each type that a skipped field could reach to be defined, whether
 * a value needs it or not. Recursion ends at types seen before.
 */
static void check_skip(struct reader *g, int64_t id)
{
    if (is_basic(id) || g->err != AW_OK) {
        return;
    }
    if (id == ID_INTERFACE) {
        fail(g, AW_ERR_UNSUPPORTED, "gob: interface value");
        return;
    }
    struct type *type = find_type(g, id);

    if (type == NULL) {
        fail(g, AW_ERR_FORMAT, "gob: undefined type");
        return;
    }
    if (type->checked || type->form == CUSTOM) {
        return;
    }
    type->checked = true;
    if (type->form == MAP) {
        check_skip(g, type->key);
    }
    if (type->form != STRUCT) {
        check_skip(g, type->element);
    }
    for (size_t i = 0; i < type->n; i++) {
        if (g->fields[type->first + i].name.n == 0) {
            fail(g, AW_ERR_FORMAT, "gob: field without a name");
        }
        check_skip(g, g->fields[type->first + i].type);
    }
}

static const struct gob_field *find_field(const struct gob_schema *schema,
                                          aw_bytes name)
{
    for (size_t i = 0; i < schema->n; i++) {
        if (aw_bytes_is(name, schema->fields[i].name)) {
            return &schema->fields[i];
        }
    }
    return NULL;
}

static bool type_fits(struct reader *g, int64_t id, enum gob_kind kind)
{
    const struct type *type = find_type(g, id);

    switch (kind) {
    case GOB_INT:
        return id == ID_INT;
    case GOB_UINT:
        return id == ID_UINT;
    case GOB_BYTES:
        return id == ID_BYTES;
    case GOB_BYTES_LIST:
        return type != NULL && type->form == SLICE && type->element == ID_BYTES;
    default:
        return type != NULL && type->form == STRUCT;
    }
}

static size_t check_struct(struct reader *g, int64_t id,
                           const struct gob_schema *schema);

/* True when the field is one that is wanted. */
static bool check_field(struct reader *g, const struct field *field,
                        const struct gob_schema *schema)
{
    const struct gob_field *known = find_field(schema, field->name);

    if (field->name.n == 0) {
        fail(g, AW_ERR_FORMAT, "gob: field without a name");
        return false;
    }
    if (known == NULL) {
        check_skip(g, field->type);
        return false;
    }
    if (!type_fits(g, field->type, known->kind)) {
        fail(g, AW_ERR_TYPE, "gob: type of a field");
        return false;
    }
    if (known->kind == GOB_STRUCT) {
        (void)check_struct(g, field->type, known->inner);
    }
    return true;
}

/* Compares a struct's definition with what is wanted, before any value is
 * read; number of fields that match. */
static size_t check_struct(struct reader *g, int64_t id,
                           const struct gob_schema *schema)
{
    const struct type *type = known_type(g, id);
    size_t matches = 0;

    for (size_t i = 0; i < type->n && g->err == AW_OK; i++) {
        matches += check_field(g, &g->fields[type->first + i], schema) ? 1 : 0;
    }
    return matches;
}

static void skip_value(struct reader *g, int64_t id, unsigned nesting);

static void skip_struct(struct reader *g, const struct type *type,
                        unsigned nesting)
{
    struct walk walk = {.n = type->n};

    while (next_field(g, &walk)) {
        skip_value(g, g->fields[type->first + walk.next - 1].type, nesting);
    }
}

static void skip_elements(struct reader *g, const struct type *type,
                          unsigned nesting)
{
    uint64_t left = read_uint(g);

    if (type->form == ARRAY && left != type->length) {
        fail(g, AW_ERR_FORMAT, "gob: length of an array");
    }
    while (next_element(g, &left)) {
        if (type->form == MAP) {
            skip_value(g, type->key, nesting);
        }
        skip_value(g, type->element, nesting);
    }
}

static void skip_basic(struct reader *g, int64_t id)
{
    if (id == ID_BYTES || id == ID_STRING) {
        (void)read_bytes(g);
        return;
    }
    (void)read_uint(g);
    if (id == ID_COMPLEX) {
        (void)read_uint(g);
    }
}

static void skip_value(struct reader *g, int64_t id, unsigned nesting)
{
    if (g->err != AW_OK) {
        return;
    }
    if (is_basic(id)) {
        skip_basic(g, id);
        return;
    }
    if (nesting == GOB_NESTING_MAX) {
        fail(g, AW_ERR_SPACE, "gob: nesting");
        return;
    }
    const struct type *type = known_type(g, id);

    switch (type->form) {
    case STRUCT:
        skip_struct(g, type, nesting + 1);
        break;
    case CUSTOM:
        (void)read_bytes(g);
        break;
    default:
        skip_elements(g, type, nesting + 1);
        break;
    }
}

static void give(struct reader *g, const struct gob_item *item)
{
    if (g->err != AW_OK) {
        return;
    }
    aw_err err = g->target->take(g->target->ctx, item);

    if (err != AW_OK) {
        fail(g, err, "gob: value of a field");
    }
}

static void read_list(struct reader *g, int tag)
{
    struct gob_item item = {.kind = GOB_BYTES_LIST, .tag = tag};

    item.u = read_uint(g);
    uint64_t left = item.u;

    give(g, &item);
    item.kind = GOB_BYTES;
    while (next_element(g, &left)) {
        item.bytes = read_bytes(g);
        give(g, &item);
    }
}

static void read_simple(struct reader *g, const struct gob_field *field)
{
    struct gob_item item = {.kind = field->kind, .tag = field->tag};

    if (field->kind == GOB_INT) {
        item.i = read_int(g);
    } else if (field->kind == GOB_UINT) {
        item.u = read_uint(g);
    } else {
        item.bytes = read_bytes(g);
    }
    give(g, &item);
}

static void read_struct(struct reader *g, int64_t id,
                        const struct gob_schema *schema)
{
    const struct type *type = known_type(g, id);
    struct walk walk = {.n = type->n};

    while (next_field(g, &walk)) {
        const struct field *field = &g->fields[type->first + walk.next - 1];
        const struct gob_field *known = find_field(schema, field->name);

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

static aw_err finish(const struct reader *g, struct aw_diag *diag)
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
    struct reader g = {.stream = aw_rd_init(stream), .target = target};
    int64_t id = read_to_value(&g);

    if (g.err != AW_OK) {
        return finish(&g, diag);
    }
    if (!type_fits(&g, id, GOB_STRUCT)) {
        return aw_fail(diag, AW_ERR_TYPE, "gob: type of the value",
                       g.stream.at);
    }
    if (check_struct(&g, id, schema) == 0 && known_type(&g, id)->n > 0) {
        fail(&g, AW_ERR_TYPE, "gob: no field matches");
    }
    read_struct(&g, id, schema);
    if (g.err == AW_OK) {
        *used = g.stream.at;
    }
    return finish(&g, diag);
}

aw_err gob_read_ids(aw_bytes stream, struct gob_ids *ids)
{
    struct reader g = {.stream = aw_rd_init(stream)};

    (void)read_to_value(&g);
    if (g.err == AW_OK) {
        *ids = (struct gob_ids){.value = g.types[0].id,
                                .list = g.types[1].id,
                                .inner = g.types[2].id};
    }
    return g.err;
}

aw_err gob_read_string(aw_bytes stream, aw_bytes *text, struct aw_diag *diag)
{
    struct reader g = {.stream = aw_rd_init(stream)};
    int64_t id = read_to_value(&g);

    if (g.err == AW_OK && id != ID_STRING) {
        fail(&g, AW_ERR_TYPE, "gob: type of the value");
    }
    /* A value that is no struct has a field step of 0 before it. */
    if (read_uint(&g) != 0) {
        fail(&g, AW_ERR_FORMAT, "gob: value");
    }
    aw_bytes got = read_bytes(&g);

    if (g.err == AW_OK) {
        *text = got;
    }
    return finish(&g, diag);
}
