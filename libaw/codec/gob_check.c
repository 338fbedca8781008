/* SPDX-License-Identifier: Apache-2.0 */
#include "gob_reader.h"

/*
 * Go wants each type that a skipped field could reach to be defined, whether
 * a value needs it or not. Recursion ends at types seen before.
 */
static void check_skip(struct gob_reader *g, int64_t id)
{
    if (gob_type_basic(id) || g->err != AW_OK) {
        return;
    }
    if (id == ID_INTERFACE) {
        gob_rd_fail(g, AW_ERR_UNSUPPORTED, "gob: interface value");
        return;
    }
    struct gob_type *type = gob_type_find(g, id);

    if (type == NULL) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: undefined type");
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
            gob_rd_fail(g, AW_ERR_FORMAT, "gob: field without a name");
        }
        check_skip(g, g->fields[type->first + i].type);
    }
}

const struct gob_field *gob_schema_find(const struct gob_schema *schema,
                                        aw_bytes name)
{
    for (size_t i = 0; i < schema->n; i++) {
        if (aw_bytes_is(name, schema->fields[i].name)) {
            return &schema->fields[i];
        }
    }
    return NULL;
}

bool gob_type_fits(struct gob_reader *g, int64_t id, enum gob_kind kind)
{
    const struct gob_type *type = gob_type_find(g, id);

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

/* True when the field is one that is wanted. */
static bool check_field(struct gob_reader *g,
                        const struct gob_type_field *field,
                        const struct gob_schema *schema)
{
    const struct gob_field *known = gob_schema_find(schema, field->name);

    if (field->name.n == 0) {
        gob_rd_fail(g, AW_ERR_FORMAT, "gob: field without a name");
        return false;
    }
    if (known == NULL) {
        check_skip(g, field->type);
        return false;
    }
    if (!gob_type_fits(g, field->type, known->kind)) {
        gob_rd_fail(g, AW_ERR_TYPE, "gob: type of a field");
        return false;
    }
    if (known->kind == GOB_STRUCT) {
        (void)gob_check_struct(g, field->type, known->inner);
    }
    return true;
}

size_t gob_check_struct(struct gob_reader *g, int64_t id,
                        const struct gob_schema *schema)
{
    const struct gob_type *type = gob_type_known(g, id);
    size_t matches = 0;

    for (size_t i = 0; i < type->n && g->err == AW_OK; i++) {
        matches += check_field(g, &g->fields[type->first + i], schema) ? 1 : 0;
    }
    return matches;
}
