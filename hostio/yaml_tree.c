/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml_tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "aw/hostio/alloc.h"

struct reader {
    yaml_parser_t parser;
    struct yaml_tree *tree;
    struct aw_host_diag *host;
    size_t depth;                /* open mappings */
    size_t open[YAML_DEPTH_MAX]; /* their entries */
    size_t last[YAML_DEPTH_MAX]; /* last entry in each; 0: none */
    char *key;                   /* waits for its value */
    bool done;
};

static aw_err wrong(const struct reader *r, aw_err err, size_t line,
                    const char *what)
{
    return aw_fail(aw_host_say(r->host, "line %zu: %s", line, what), err,
                   "yaml", line);
}

void yaml_tree_free(struct yaml_tree *tree)
{
    for (size_t i = 0; i < tree->n; i++) {
        free(tree->node[i].key);
        free(tree->node[i].value);
    }
    free(tree->node);
    *tree = (struct yaml_tree){.n = 0};
}

size_t yaml_tree_find(const struct yaml_tree *tree, size_t at, const char *key)
{
    for (size_t i = tree->node[at].child; i != 0; i = tree->node[i].next) {
        if (strcmp(tree->node[i].key, key) == 0) {
            return i;
        }
    }
    return 0;
}

/* Appends an entry to the innermost open mapping, or the document. Takes the
 * key that waits, and `value`. */
static aw_err add(struct reader *r, char *value, size_t line)
{
    struct yaml_tree *tree = r->tree;
    size_t at = tree->n;

    if (at == YAML_NODES_MAX) {
        free(value);
        return wrong(r, AW_ERR_SPACE, line, "too many entries");
    }
    if (at == tree->cap) {
        size_t more = tree->cap == 0 ? 64 : 2 * tree->cap;

        tree->node = aw_grow(tree->node, tree->cap, more, sizeof(*tree->node));
        tree->cap = more;
    }
    tree->node[at] =
        (struct yaml_node){.key = r->key, .value = value, .line = line};
    tree->n++;
    r->key = NULL;
    if (r->depth == 0) {
        return AW_OK;
    }
    size_t level = r->depth - 1;

    if (r->last[level] == 0) {
        tree->node[r->open[level]].child = at;
    } else {
        tree->node[r->last[level]].next = at;
    }
    r->last[level] = at;
    return AW_OK;
}

/* Copy of a scalar; NULL when it has NULs or is too long. */
static char *scalar_text(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t n = event->data.scalar.length;

    if (n > YAML_TEXT_MAX || memchr(text, '\0', n) != NULL) {
        return NULL;
    }
    char *copy = aw_alloc(n + 1, 1);

    memcpy(copy, text, n);
    return copy;
}

static aw_err take_scalar(struct reader *r, const yaml_event_t *event)
{
    size_t line = event->start_mark.line + 1;
    bool tagged = event->data.scalar.tag != NULL;

    if (event->data.scalar.anchor != NULL || tagged) {
        return wrong(r, AW_ERR_FORMAT, line, "anchors and tags are not read");
    }
    char *text = scalar_text(event);

    if (text == NULL || r->depth == 0) {
        free(text);
        return wrong(r, AW_ERR_FORMAT, line, "no mapping of short texts");
    }
    if (r->key != NULL) {
        return add(r, text, line);
    }
    r->key = text;
    if (yaml_tree_find(r->tree, r->open[r->depth - 1], text) != 0) {
        return wrong(r, AW_ERR_DUPLICATE, line, "key given twice");
    }
    return AW_OK;
}

static aw_err begin_mapping(struct reader *r, const yaml_event_t *event)
{
    size_t line = event->start_mark.line + 1;

    if (event->data.mapping_start.anchor != NULL ||
        event->data.mapping_start.tag != NULL) {
        return wrong(r, AW_ERR_FORMAT, line, "anchors and tags are not read");
    }
    if (r->depth > 0 && r->key == NULL) {
        return wrong(r, AW_ERR_FORMAT, line, "a key is no text");
    }
    if (r->depth == YAML_DEPTH_MAX) {
        return wrong(r, AW_ERR_SPACE, line, "too deep");
    }
    size_t at = r->tree->n;
    aw_err err = add(r, NULL, line);

    if (err == AW_OK) {
        r->open[r->depth] = at;
        r->last[r->depth] = 0;
        r->depth++;
    }
    return err;
}

static aw_err take_event(struct reader *r, const yaml_event_t *event)
{
    size_t line = event->start_mark.line + 1;

    switch (event->type) {
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return AW_OK;
    case YAML_DOCUMENT_START_EVENT:
        return r->tree->n == 0
                   ? AW_OK
                   : wrong(r, AW_ERR_FORMAT, line, "more than one document");
    case YAML_MAPPING_START_EVENT:
        return begin_mapping(r, event);
    case YAML_MAPPING_END_EVENT:
        r->depth--;
        return AW_OK;
    case YAML_SCALAR_EVENT:
        return take_scalar(r, event);
    case YAML_STREAM_END_EVENT:
        r->done = true;
        return r->tree->n > 0 ? AW_OK : wrong(r, AW_ERR_FORMAT, line, "empty");
    default:
        return wrong(r, AW_ERR_FORMAT, line, "lists and aliases are not read");
    }
}

static aw_err read_events(struct reader *r)
{
    aw_err err = AW_OK;

    while (err == AW_OK && !r->done) {
        yaml_event_t event;

        if (yaml_parser_parse(&r->parser, &event) == 0) {
            return wrong(r, AW_ERR_FORMAT, r->parser.problem_mark.line + 1,
                         r->parser.problem == NULL ? "no YAML"
                                                   : r->parser.problem);
        }
        err = take_event(r, &event);
        yaml_event_delete(&event);
    }
    return err;
}

aw_err yaml_tree_read(aw_bytes text, struct yaml_tree *tree,
                      struct aw_host_diag *host)
{
    struct reader r = {.tree = tree, .host = host};

    *tree = (struct yaml_tree){.n = 0};
    /* The parser takes no text for a mistake of its caller's. */
    if (text.n == 0) {
        return wrong(&r, AW_ERR_FORMAT, 1, "empty");
    }
    if (yaml_parser_initialize(&r.parser) == 0) {
        return aw_fail(aw_host_say(host, "no memory"), AW_ERR_RESOURCE, "yaml",
                       0);
    }
    yaml_parser_set_input_string(&r.parser, text.p, text.n);
    aw_err err = read_events(&r);

    free(r.key);
    yaml_parser_delete(&r.parser);
    if (err != AW_OK) {
        yaml_tree_free(tree);
    }
    return err;
}
