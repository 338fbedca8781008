/* SPDX-License-Identifier: Apache-2.0 */
/* The text of virtual fuses: docs/formats/fuse-file.md. */
#include <string.h>

#include "aw/hostio/file.h"
#include "aw/hostio/vfuse.h"
#include "aw/sha256.h"
#include "aw/text.h"

static const char first_line[] = "aw-fuses 1\n";

static const char *const hab_names[] = {[AW_OTP_HAB_UNKNOWN] = "unknown",
                                        [AW_OTP_HAB_CLEAN] = "clean",
                                        [AW_OTP_HAB_EVENTS] = "events"};
enum { HAB_NAMES = sizeof(hab_names) / sizeof(hab_names[0]) };

bool aw_vfuse_is(aw_bytes text)
{
    /* Of whatever version: that decides whoever reads it. */
    return aw_bytes_starts(text, "aw-fuses");
}

static void write_words(struct aw_wr *w, const char *kind,
                        const uint32_t *value, unsigned n, const uint32_t *like)
{
    for (unsigned i = 0; i < n; i++) {
        if (value[i] == (like == NULL ? 0 : like[i])) {
            continue;
        }
        aw_wr_text(w, kind);
        aw_wr_dec(w, i / AW_VFUSE_BANK_WORDS);
        aw_wr_text(w, " ");
        aw_wr_dec(w, i % AW_VFUSE_BANK_WORDS);
        aw_wr_text(w, " ");
        aw_wr_hex_u64(w, value[i], 8);
        aw_wr_text(w, "\n");
    }
}

void aw_vfuse_write(const struct aw_vfuse *v, struct aw_wr *w)
{
    uint8_t digest[AW_SHA256_SIZE];
    size_t from = w->n;

    aw_wr_text(w, first_line);
    aw_wr_text(w, "part ");
    aw_wr_text(w, v->part);
    aw_wr_text(w, "\nboots ");
    aw_wr_dec(w, v->boots);
    aw_wr_text(w, "\nwritten ");
    aw_wr_text(w, v->written ? "yes" : "no");
    aw_wr_text(w, "\nhab ");
    aw_wr_text(w, hab_names[v->image]);
    aw_wr_text(w, "\nrecovery ");
    aw_wr_text(w, hab_names[v->recovery]);
    aw_wr_text(w, "\n");
    if (v->revoke_unlocked) {
        aw_wr_text(w, "unlocked srk-revoke\n");
    }
    write_words(w, "fuse ", v->fuse, v->n_words, NULL);
    write_words(w, "shadow ", v->shadow, v->n_words, v->fuse);
    write_words(w, "stuck ", v->stuck, v->n_words, NULL);
    aw_bytes body = {NULL, 0};

    (void)!aw_slice(aw_wr_done(w), from, w->n - from, &body);
    aw_sha256(body, digest);
    aw_wr_text(w, "end ");
    aw_wr_hex(w, (aw_bytes){digest, sizeof(digest)});
    aw_wr_text(w, "\n");
}

struct parser {
    struct aw_vfuse v;
    struct aw_diag *diag;
    struct aw_rd text;
    uint64_t line;
};

static aw_err wrong(const struct parser *p, aw_err err, const char *where)
{
    return aw_fail(p->diag, err, where, p->line);
}

/* The next line, when it begins with a word; what follows a blank. */
static bool next_line(struct parser *p, const char *word, aw_bytes *rest)
{
    struct aw_rd at = p->text;
    struct aw_rd line = aw_rd_init(aw_rd_line(&at));

    if (at.failed || !aw_bytes_is(aw_rd_take(&line, aw_text(word).n), word) ||
        aw_rd_u8(&line) != ' ' || line.failed) {
        return false;
    }
    p->text = at;
    p->line++;
    *rest = aw_rd_rest(&line);
    return true;
}

static aw_err parse_choice(struct parser *p, const char *word,
                           const char *const *names, size_t n, size_t *choice)
{
    aw_bytes text = {NULL, 0};

    if (!next_line(p, word, &text)) {
        return wrong(p, AW_ERR_FORMAT, word);
    }
    for (size_t i = 0; i < n; i++) {
        if (aw_bytes_is(text, names[i])) {
            *choice = i;
            return AW_OK;
        }
    }
    return wrong(p, AW_ERR_FORMAT, word);
}

static aw_err parse_part(struct parser *p)
{
    aw_bytes text = {NULL, 0};
    char part[AW_VFUSE_PART_MAX] = "";
    struct aw_wr w = aw_wr_init(part, sizeof(part) - 1);

    if (!next_line(p, "aw-fuses", &text) || !aw_bytes_is(text, "1") ||
        !next_line(p, "part", &text)) {
        return wrong(p, AW_ERR_FORMAT, "virtual fuses: first lines");
    }
    aw_wr_put(&w, text);
    if (w.failed || aw_vfuse_init(&p->v, part, 0) != AW_OK) {
        return wrong(p, AW_ERR_UNSUPPORTED, "virtual fuses: part");
    }
    memset(p->v.fuse, 0, sizeof(p->v.fuse));
    return AW_OK;
}

static aw_err parse_head(struct parser *p)
{
    static const char *const yes_no[] = {"no", "yes"};
    size_t written = 0;
    size_t image = 0;
    size_t recovery = 0;
    aw_bytes text = {NULL, 0};
    aw_err err = parse_part(p);

    if (err != AW_OK) {
        return err;
    }
    if (!next_line(p, "boots", &text) ||
        aw_dec_parse(text, &p->v.boots) != AW_OK) {
        return wrong(p, AW_ERR_FORMAT, "virtual fuses: boots");
    }
    err = parse_choice(p, "written", yes_no, 2, &written);
    if (err == AW_OK) {
        err = parse_choice(p, "hab", hab_names, HAB_NAMES, &image);
    }
    if (err == AW_OK) {
        err = parse_choice(p, "recovery", hab_names, HAB_NAMES, &recovery);
    }
    p->v.written = written == 1;
    p->v.image = (enum aw_otp_hab)image;
    p->v.recovery = (enum aw_otp_hab)recovery;
    if (err == AW_OK && next_line(p, "unlocked", &text)) {
        p->v.revoke_unlocked = aw_bytes_is(text, "srk-revoke");
        err = p->v.revoke_unlocked
                  ? AW_OK
                  : wrong(p, AW_ERR_FORMAT, "virtual fuses: unlocked");
    }
    return err;
}

/* "BANK WORD HEX" */
static aw_err parse_word(const struct parser *p, aw_bytes text, unsigned *at,
                         uint32_t *value)
{
    struct aw_rd r = aw_rd_init(text);
    uint64_t bank = 0;
    uint64_t word = 0;
    uint64_t v = 0;
    aw_bytes fields[2] = {aw_rd_until(&r, ' '), aw_rd_until(&r, ' ')};
    aw_bytes hex = aw_rd_rest(&r);

    if (hex.n != 8 || aw_dec_parse(fields[0], &bank) != AW_OK ||
        aw_dec_parse(fields[1], &word) != AW_OK ||
        aw_hex_parse_u64(hex, &v) != AW_OK) {
        return wrong(p, AW_ERR_FORMAT, "virtual fuses: word");
    }
    if (bank >= p->v.n_words / AW_VFUSE_BANK_WORDS ||
        word >= AW_VFUSE_BANK_WORDS) {
        return wrong(p, AW_ERR_RANGE, "virtual fuses: word");
    }
    *at = (unsigned)(bank * AW_VFUSE_BANK_WORDS + word);
    *value = (uint32_t)v;
    return AW_OK;
}

static aw_err parse_words(struct parser *p, const char *kind, uint32_t *values)
{
    bool seen[AW_VFUSE_WORDS] = {false};
    aw_bytes text = {NULL, 0};

    while (next_line(p, kind, &text)) {
        unsigned at = 0;
        uint32_t value = 0;
        aw_err err = parse_word(p, text, &at, &value);

        if (err != AW_OK) {
            return err;
        }
        if (seen[at]) {
            return wrong(p, AW_ERR_DUPLICATE, "virtual fuses: word");
        }
        seen[at] = true;
        values[at] = value;
    }
    return AW_OK;
}

static aw_err parse_end(struct parser *p)
{
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t said[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(said, sizeof(said));
    aw_bytes body = {NULL, 0};
    aw_bytes text = {NULL, 0};

    (void)!aw_slice(p->text.b, 0, p->text.at, &body);
    aw_sha256(body, digest);
    if (!next_line(p, "end", &text) || aw_rd_left(&p->text) != 0) {
        return wrong(p, AW_ERR_FORMAT, "virtual fuses: line");
    }
    if (aw_hex_decode(text, &w) != AW_OK ||
        !aw_bytes_equal(aw_wr_done(&w), (aw_bytes){digest, sizeof(digest)})) {
        return wrong(p, AW_ERR_DIGEST, "virtual fuses: last line");
    }
    return AW_OK;
}

aw_err aw_vfuse_parse(aw_bytes text, struct aw_vfuse *v, struct aw_diag *diag)
{
    struct parser p = {.diag = diag, .text = aw_rd_init(text)};

    if (text.n > AW_VFUSE_FILE_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "virtual fuses: size", text.n);
    }
    aw_err err = parse_head(&p);

    if (err == AW_OK) {
        err = parse_words(&p, "fuse", p.v.fuse);
        memcpy(p.v.shadow, p.v.fuse, sizeof(p.v.shadow));
    }
    if (err == AW_OK) {
        err = parse_words(&p, "shadow", p.v.shadow);
    }
    if (err == AW_OK) {
        err = parse_words(&p, "stuck", p.v.stuck);
    }
    if (err == AW_OK) {
        err = parse_end(&p);
    }
    if (err == AW_OK) {
        *v = p.v;
    }
    return err;
}

aw_err aw_vfuse_load(const char *path, struct aw_vfuse_file *file,
                     struct aw_host_diag *host)
{
    struct aw_blob blob = {.p = NULL};
    struct aw_vfuse v;
    aw_err err = aw_file_read(path, AW_VFUSE_FILE_MAX, &blob, host);

    if (err != AW_OK) {
        return err;
    }
    struct aw_diag diag = {.err = AW_OK};

    err = aw_vfuse_parse(aw_blob_bytes(&blob), &v, &diag);
    aw_blob_free(&blob);
    if (err != AW_OK) {
        return aw_fail(aw_host_say(host, "%s: %s, line %u", path, diag.where,
                                   (unsigned)diag.at),
                       err, diag.where, diag.at);
    }
    *file = (struct aw_vfuse_file){.v = v, .path = path, .host = host};
    return AW_OK;
}

aw_err aw_vfuse_save(const struct aw_vfuse_file *file, bool create,
                     struct aw_host_diag *host)
{
    char text[AW_VFUSE_FILE_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_vfuse_write(&file->v, &w);
    AW_BUG_ON(w.failed);
    return aw_file_write(file->path, aw_wr_done(&w), 0644,
                         create ? AW_FILE_NEW : AW_FILE_REPLACE, host);
}
