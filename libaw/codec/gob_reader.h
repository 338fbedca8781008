/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOB_READER_H
#define GOB_READER_H

#include "gob.h"
#include "gob_wire.h"

/* What the files of the reader share: a stream is read message by message
 * (gob_stream.c), the definitions before the value are kept (gob_types.c) and
 * compared with what is wanted (gob_check.c), then the value is read
 * (gob_read.c). */

struct gob_type {
    int64_t id;
    enum form form;
    bool checked; /* check_skip has been here */
    int64_t element;
    int64_t key;     /* of a map */
    uint64_t length; /* of an array */
    size_t first;    /* of a struct: index of its first field */
    size_t n;        /* of a struct: number of its fields */
};

struct gob_type_field {
    aw_bytes name;
    int64_t type;
};

/* A stream under way. The first failure is kept and ends everything. */
struct gob_reader {
    struct aw_rd stream;
    struct aw_rd message;
    const struct gob_target *target;
    aw_err err;
    const char *where;
    size_t n_types;
    size_t n_fields;
    struct gob_type types[GOB_TYPES_MAX];
    struct gob_type_field fields[GOB_FIELDS_MAX];
};

/* Position among the fields of a struct. */
struct gob_walk {
    size_t n;    /* fields that the definition has */
    size_t next; /* number of the current field, from 1; 0 before the first */
};

/** Notes a failure; the first is kept. */
void gob_rd_fail(struct gob_reader *g, aw_err err, const char *where);

/** Goes to the next message of the stream; false at a failure. */
bool gob_rd_message(struct gob_reader *g);

/** The next value of the message; zero or empty after a failure. */
uint64_t gob_rd_uint(struct gob_reader *g);
int64_t gob_rd_int(struct gob_reader *g);
aw_bytes gob_rd_bytes(struct gob_reader *g);

/**
 * Counts one element off. Each takes at least one byte, so a count that lies
 * ends with the message.
 */
bool gob_rd_element(struct gob_reader *g, uint64_t *left);

/** Goes to the next field sent. The end of the message ends all structs. */
bool gob_rd_field(struct gob_reader *g, struct gob_walk *walk);

/** Reads definitions up to the value; its type id, or 0 after a failure. */
int64_t gob_rd_definitions(struct gob_reader *g);

/** True for a type that Go has built in. */
bool gob_type_basic(int64_t id);

/** A type that the stream defined; NULL when it did not. */
struct gob_type *gob_type_find(struct gob_reader *g, int64_t id);

/** A type that was found before. */
const struct gob_type *gob_type_known(struct gob_reader *g, int64_t id);

/** A field of a schema by its name; NULL when it has none. */
const struct gob_field *gob_schema_find(const struct gob_schema *schema,
                                        aw_bytes name);

/** True when a type of the stream can be read as a kind. */
bool gob_type_fits(struct gob_reader *g, int64_t id, enum gob_kind kind);

/** Compares a struct's definition with what is wanted, before any value is
 *  read; number of fields that match. */
size_t gob_check_struct(struct gob_reader *g, int64_t id,
                        const struct gob_schema *schema);

#endif
