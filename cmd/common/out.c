/* SPDX-License-Identifier: Apache-2.0 */
#include "common/out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/escape.h"
#include "common/pool.h"
#include "common/term.h"

/* Writes out what is in the line so far. */
static void flush_line(struct aw_out *out)
{
    if (out->line.n > 0 && out->error == 0) {
        out->error = aw_term_print(aw_buf_bytes(&out->line));
    }
    out->line.n = 0;
}

/* Only the first failure is kept; what follows it tells nothing. */
static void put(void *ctx, aw_bytes b)
{
    struct aw_out *out = ctx;

    if (aw_term_shared()) {
        aw_buf_put(&out->line, b);
        if (aw_bytes_find(b, 0, '\n') < b.n) {
            flush_line(out);
        }
    } else if (out->error == 0 && fwrite(b.p, 1, b.n, stdout) != b.n) {
        out->error = errno;
    }
}

static struct aw_sink standard_output(struct aw_out *out)
{
    return (struct aw_sink){.ctx = out, .put = put};
}

static void print(struct aw_out *out, const char *text)
{
    put(out, aw_text(text));
}

void aw_out_init(struct aw_out *out, bool json)
{
    *out = (struct aw_out){.json = json};
}

static void start_doc(struct aw_out *out)
{
    if (out->json && out->members.n == 0) {
        aw_json_out_init(&out->doc, aw_buf_sink(&out->members), false);
        aw_json_begin_object(&out->doc, NULL);
    }
}

void aw_out_wipe(struct aw_out *out)
{
    aw_buf_wipe(&out->members);
    aw_buf_wipe(&out->warnings);
    aw_buf_wipe(&out->line);
}

bool aw_out_is_json(const struct aw_out *out)
{
    return out->json;
}

struct aw_json_out *aw_out_doc(struct aw_out *out)
{
    AW_BUG_ON(!out->json);
    start_doc(out);
    return &out->doc;
}

/* Begin of a line: indentation, dash of a list element, label. */
static void print_label(struct aw_out *out, const char *key, bool value)
{
    enum { INDENT = 2, COLUMN = 24 };
    unsigned indent = out->depth * INDENT;
    size_t n = 0;

    for (unsigned i = 0; i < indent; i++) {
        bool here = i + INDENT == indent && out->dash;

        print(out, here ? "-" : " ");
    }
    if (out->list[out->depth]) {
        print(out, "- ");
    }
    out->dash = false;
    if (key == NULL) {
        return;
    }
    for (; key[n] != '\0'; n++) {
        const uint8_t c = (uint8_t)(key[n] == '_' ? ' ' : key[n]);

        put(out, (aw_bytes){&c, 1});
    }
    print(out, ":");
    if (value) {
        int pad = n + indent + 1 < COLUMN ? (int)(COLUMN - n - indent - 1) : 1;
        char blanks[COLUMN + 1];

        (void)snprintf(blanks, sizeof(blanks), "%*s", pad, "");
        print(out, blanks);
    }
}

static void print_value(struct aw_out *out, const char *key, aw_bytes text)
{
    struct aw_sink sink = standard_output(out);

    print_label(out, key, true);
    aw_escape(text.n == 0 ? aw_text("-") : text, AW_ESCAPE_LINE, &sink);
    print(out, "\n");
}

void aw_out_bytes(struct aw_out *out, const char *key, aw_bytes text)
{
    if (out->json) {
        aw_json_bytes(aw_out_doc(out), key, text);
    } else {
        print_value(out, key, text);
    }
}

void aw_out_text(struct aw_out *out, const char *key, const char *text)
{
    aw_out_bytes(out, key, aw_text(text));
}

void aw_out_u64(struct aw_out *out, const char *key, uint64_t v)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64, v);
    aw_out_text(out, key, text);
}

void aw_out_time(struct aw_out *out, const char *key, uint64_t seconds)
{
    /* 9999-12-31T23:59:59Z, the last moment that RFC 3339 can name. */
    const uint64_t last = 253402300799;
    char text[32];
    struct tm tm;
    time_t t = (time_t)(seconds <= last ? seconds : 0);

    if (out->json || seconds > last || gmtime_r(&t, &tm) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        aw_out_u64(out, key, seconds);
    } else {
        aw_out_text(out, key, text);
    }
}

void aw_out_count(struct aw_out *out, const char *key, size_t v)
{
    if (out->json) {
        aw_json_u64(aw_out_doc(out), key, v);
    } else {
        aw_out_u64(out, key, v);
    }
}

void aw_out_bool(struct aw_out *out, const char *key, bool v)
{
    if (out->json) {
        aw_json_bool(aw_out_doc(out), key, v);
    } else {
        print_value(out, key, aw_text(v ? "yes" : "no"));
    }
}

void aw_out_hex(struct aw_out *out, const char *key, aw_bytes b)
{
    if (out->json) {
        aw_json_hex(aw_out_doc(out), key, b);
        return;
    }
    struct aw_pool pool;

    aw_pool_init(&pool);
    size_t room = 2 * b.n + 1;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&pool, room, 1), room);

    aw_wr_hex(&w, b);
    print_value(out, key, aw_wr_done(&w));
    aw_pool_wipe(&pool);
}

void aw_out_base64(struct aw_out *out, const char *key, aw_bytes b)
{
    if (out->json) {
        aw_json_base64(aw_out_doc(out), key, b);
        return;
    }
    struct aw_pool pool;

    aw_pool_init(&pool);
    size_t room = 2 * b.n + 4;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&pool, room, 1), room);

    aw_wr_base64(&w, b);
    print_value(out, key, aw_wr_done(&w));
    aw_pool_wipe(&pool);
}

static void begin(struct aw_out *out, const char *key, bool list)
{
    AW_BUG_ON(out->depth >= AW_OUT_DEPTH);
    if (!out->json) {
        if (key == NULL) {
            out->dash = true;
        } else {
            print_label(out, key, false);
            print(out, "\n");
        }
    }
    out->depth++;
    out->list[out->depth] = list;
}

static void end(struct aw_out *out)
{
    AW_BUG_ON(out->depth == 0);
    out->depth--;
    out->dash = false;
}

void aw_out_begin(struct aw_out *out, const char *key)
{
    if (out->json) {
        aw_json_begin_object(aw_out_doc(out), key);
    }
    begin(out, key, false);
}

void aw_out_end(struct aw_out *out)
{
    if (out->json) {
        aw_json_end_object(&out->doc);
    }
    end(out);
}

void aw_out_begin_list(struct aw_out *out, const char *key)
{
    if (out->json) {
        aw_json_begin_array(aw_out_doc(out), key);
    }
    begin(out, key, true);
}

void aw_out_end_list(struct aw_out *out)
{
    if (out->json) {
        aw_json_end_array(&out->doc);
    }
    end(out);
}

void aw_out_line(struct aw_out *out, const char *format, ...)
{
    struct aw_sink sink = standard_output(out);
    struct aw_pool pool;
    va_list args;

    if (out->json) {
        return;
    }
    aw_pool_init(&pool);
    va_start(args, format);
    aw_escape(aw_text(aw_pool_vprintf(&pool, format, args)), AW_ESCAPE_LINE,
              &sink);
    va_end(args);
    print(out, "\n");
    aw_pool_wipe(&pool);
}

void aw_out_raw(struct aw_out *out, aw_bytes text)
{
    struct aw_sink sink = standard_output(out);

    if (out->json) {
        return;
    }
    if (isatty(STDOUT_FILENO) == 1) {
        aw_escape(text, AW_ESCAPE_LINES, &sink);
    } else {
        aw_sink_put(&sink, text);
    }
}

bool aw_out_flush(struct aw_out *out)
{
    if (!out->json && out->error == 0 && fflush(stdout) != 0) {
        out->error = errno;
    }
    return out->error == 0;
}

void aw_out_warning(struct aw_out *out, const char *text)
{
    /* NUL-terminated one after the other, to be put into the frame. */
    aw_buf_put(&out->warnings, aw_text(text));
    aw_buf_put(&out->warnings, (aw_bytes){(const uint8_t *)"", 1});
    out->n_warnings++;
}

static void put_text(struct aw_json_out *doc, const char *key, const char *text)
{
    if (text == NULL) {
        aw_json_null(doc, key);
    } else {
        aw_json_text(doc, key, text);
    }
}

static void put_finding(struct aw_json_out *doc, const char *key,
                        const struct aw_finding *f)
{
    const struct aw_exit_row *row = aw_exit_row(f->exit);

    aw_json_begin_object(doc, key);
    aw_json_text(doc, "code", f->code);
    aw_json_i64(doc, "exit", f->exit);
    aw_json_text(doc, "class", row->class_name);
    aw_json_bool(doc, "retry", row->retry);
    aw_json_text(doc, "what", f->what);
    put_text(doc, "subject", f->subject);
    put_text(doc, "where", f->where);
    put_text(doc, "expected", f->expected);
    put_text(doc, "got", f->got);
    put_text(doc, "remedy", f->remedy);
    aw_json_end_object(doc);
}

static void put_findings(struct aw_json_out *doc,
                         const struct aw_findings *found)
{
    const struct aw_finding *first = aw_findings_main(found);

    if (first == NULL) {
        return;
    }
    put_finding(doc, "error", first);
    aw_json_begin_array(doc, "findings");
    for (size_t i = 0; i < found->n; i++) {
        put_finding(doc, NULL, &found->list[i]);
    }
    aw_json_end_array(doc);
    aw_json_u64(doc, "findings_left_out", found->dropped);
}

static void put_warnings(struct aw_json_out *doc, const struct aw_out *out)
{
    struct aw_rd r = aw_rd_init(aw_buf_bytes(&out->warnings));

    if (out->n_warnings == 0) {
        return;
    }
    aw_json_begin_array(doc, "warnings");
    for (size_t i = 0; i < out->n_warnings; i++) {
        aw_json_bytes(doc, NULL, aw_rd_until(&r, '\0'));
    }
    aw_json_end_array(doc);
}

/* The members without the braces around them. */
static aw_bytes inside(aw_bytes object)
{
    static const char tail[] = "\n}\n";
    aw_bytes b = {NULL, 0};

    /* An object without members is closed on the spot. */
    if (object.n <= sizeof(tail)) {
        return b;
    }
    bool ok = aw_slice(object, 1, object.n - sizeof(tail), &b);

    AW_BUG_ON(!ok);
    return b;
}

static void put_document(struct aw_out *out, const struct aw_out_frame *frame)
{
    struct aw_buf text = {.n = 0};
    struct aw_sink whole = aw_buf_sink(&text);
    struct aw_sink sink = standard_output(out);
    struct aw_json_out doc;

    start_doc(out);
    AW_BUG_ON(out->depth != 0);
    aw_json_end_object(&out->doc);
    aw_json_finish(&out->doc);

    aw_json_out_init(&doc, whole, false);
    aw_json_begin_object(&doc, NULL);
    aw_json_u64(&doc, "v", 1);
    aw_json_text(&doc, "command", frame->command);
    aw_json_i64(&doc, "exit", frame->exit);
    aw_json_text(&doc, "class", aw_exit_row(frame->exit)->class_name);
    put_findings(&doc, frame->found);
    put_warnings(&doc, out);
    aw_bytes members = inside(aw_buf_bytes(&out->members));

    if (members.n > 0) {
        aw_sink_text(&whole, ",");
        aw_sink_put(&whole, members);
    }
    aw_json_end_object(&doc);
    aw_json_finish(&doc);
    aw_escape(aw_buf_bytes(&text), AW_ESCAPE_JSON, &sink);
    aw_buf_wipe(&text);
}

/* Closes what a failure left open. */
static void close_all(struct aw_out *out)
{
    while (out->depth > 0) {
        if (out->list[out->depth]) {
            aw_out_end_list(out);
        } else {
            aw_out_end(out);
        }
    }
}

static aw_err close_stream(struct aw_out *out, struct aw_host_diag *host)
{
    flush_line(out);
    bool failed = ferror(stdout) != 0 || out->error != 0;

    errno = out->error;
    if (fflush(stdout) != 0 || failed || fclose(stdout) != 0) {
        return aw_host_fail_errno(host, "output: write",
                                  errno == 0 ? EIO : errno, "standard output");
    }
    return AW_OK;
}

aw_err aw_out_finish(struct aw_out *out, const struct aw_out_frame *frame,
                     struct aw_host_diag *host)
{
    if (out->json) {
        close_all(out);
        put_document(out, frame);
    }
    return close_stream(out, host);
}
