/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOB_H
#define GOB_H

#include "aw/sink.h"

/*
 * Go's gob streams, as far as this project meets them: one value a stream, a
 * struct or a string, after the definitions of its types. Source: package
 * encoding/gob; what matters of it is in docs/formats/config-record.md.
 */

/* Bounds of the reader; a stream beyond them gives AW_ERR_SPACE. */
enum { GOB_TYPES_MAX = 32, GOB_FIELDS_MAX = 128, GOB_NESTING_MAX = 16 };

enum gob_kind { GOB_INT, GOB_UINT, GOB_BYTES, GOB_BYTES_LIST, GOB_STRUCT };

/* Type ids of a struct in which lists of bytes and one inner struct occur, in
 * the order of their definitions; each program of Go may give others. */
struct gob_ids {
    int64_t value;
    int64_t list;
    int64_t inner;
};

/** As Go 1.21 and later give them: from 64. */
extern const struct gob_ids gob_ids_usual;

/* What the reader wants of a struct: fields are matched by name, the type of
 * a field that matches must be the one here, all others are skipped. */
struct gob_schema {
    size_t n;
    const struct gob_field {
        const char *name;
        enum gob_kind kind;
        int tag;                        /* names the field in gob_target */
        const struct gob_schema *inner; /* of GOB_STRUCT */
    } * fields;
};

/* One value found. A list comes as GOB_BYTES_LIST with the count in u, then
 * each element as GOB_BYTES under the same tag. */
struct gob_item {
    enum gob_kind kind;
    int tag;
    int64_t i;
    uint64_t u;
    aw_bytes bytes; /* borrowed from the stream */
};

/* Where values go; an error that take returns ends the reading. A field that
 * the stream leaves out is zero or empty, one that comes twice counts the
 * second time. */
struct gob_target {
    void *ctx;
    aw_err (*take)(void *ctx, const struct gob_item *item);
};

/**
 * Reads a stream whose value is a struct. Bytes behind the value are left
 * unread.
 *
 * @param stream  untrusted
 * @param used    set to the bytes up to the end of the value's message
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if the stream begins with a zero byte, as
 *         storage never written does; AW_ERR_SHORT if it ends too early;
 *         AW_ERR_FORMAT; AW_ERR_TYPE if the value or a field has another type
 *         than wanted, or no field matches; AW_ERR_UNSUPPORTED for interface
 *         values; AW_ERR_SPACE beyond the bounds above; what take returned.
 */
AW_MUST_CHECK aw_err gob_read_struct(aw_bytes stream,
                                     const struct gob_schema *schema,
                                     const struct gob_target *target,
                                     size_t *used, struct aw_diag *diag);

/** Reads the ids that a stream gives to its first three types, 0 where there
 *  are fewer. Errors as gob_read_struct. */
AW_MUST_CHECK aw_err gob_read_ids(aw_bytes stream, struct gob_ids *ids);

/** Reads a stream whose value is a string. Errors as gob_read_struct. */
AW_MUST_CHECK aw_err gob_read_string(aw_bytes stream, aw_bytes *text,
                                     struct aw_diag *diag);

/*
 * Writer. A struct's fields are put in the order of their definition; zero
 * and empty values are left out, as Go does.
 */
struct gob_out {
    const struct aw_sink *sink;
    uint64_t gap; /* fields left out since the last one sent */
};

void gob_put_int(struct gob_out *out, int64_t v);
void gob_put_uint(struct gob_out *out, uint64_t v);
void gob_put_bytes(struct gob_out *out, aw_bytes b);
void gob_put_list(struct gob_out *out, const aw_bytes *list, size_t n);
/** Begins a struct field; its own fields go to the result, gob_end ends it. */
struct gob_out gob_put_struct(struct gob_out *out);
void gob_end(struct gob_out *out);

/* One message: a value of type id, whose body writes its fields and end. */
struct gob_message {
    int64_t id;
    const void *value;
    void (*body)(const void *value, struct gob_out *out);
};

void gob_put_message(const struct aw_sink *sink, const struct gob_message *m);
/** Puts a whole stream that holds one string. */
void gob_put_string_message(const struct aw_sink *sink, aw_bytes text);
/** Puts the definition of a struct type, which has one of the ids. */
void gob_put_struct_type(const struct aw_sink *sink, const struct gob_ids *ids,
                         int64_t id, const char *name,
                         const struct gob_schema *schema);
/** Puts the definition of the lists. */
void gob_put_list_type(const struct aw_sink *sink, const struct gob_ids *ids);

#endif
