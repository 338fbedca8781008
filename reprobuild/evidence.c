/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "aw/hostio/alloc.h"
#include "aw/reprobuild/build.h"

enum { GZIP = 15 + 16, FILES = 8, TEXT = 2048 };

/* gzip of at most max bytes of data; the same bytes at all times: no name, no
 * time in the header. */
static aw_bytes compress_cut(aw_bytes data, size_t max)
{
    z_stream z;
    size_t n = data.n < max ? data.n : max;

    memset(&z, 0, sizeof(z));
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP, 9,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return (aw_bytes){NULL, 0};
    }
    size_t cap = deflateBound(&z, n);
    uint8_t *out = aw_alloc(cap, 1);

    z.next_in = data.p;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    int rc = deflate(&z, Z_FINISH);
    size_t got = cap - z.avail_out;

    (void)deflateEnd(&z);
    if (rc != Z_STREAM_END) {
        free(out);
        return (aw_bytes){NULL, 0};
    }
    return (aw_bytes){out, got};
}

static int put_difference(const struct aw_rb_outcome *o, char *text, size_t n)
{
    const struct aw_rb_difference *d = &o->difference;

    if (!o->has_difference) {
        return snprintf(text, n, "no other image to compare with\n");
    }
    return snprintf(text, n,
                    "compared with: %s\nfirst offset: 0x%" PRIx64
                    "\nbytes: %" PRIu64 "\nranges: %" PRIu64
                    "\narea: %s\naddress: 0x%" PRIx64
                    "\nsymbol: %s\nsource: %s\n",
                    o->between ? "the second pass" : "the image in the log",
                    d->first, d->bytes, d->ranges, o->place.area,
                    o->place.address, o->place.symbol, o->place.source);
}

/* What one pass left, compressed. @return how many files */
static size_t put_pass(const struct aw_rb_outcome *o, size_t pass, size_t max,
                       struct aw_new_file *file)
{
    static const char *const names[AW_RB_PASSES][3] = {
        {"log-1.gz", "image-1.gz", "symbols-1.gz"},
        {"log-2.gz", "image-2.gz", "symbols-2.gz"},
    };
    const struct aw_rb_ran *ran = &o->pass[pass].out;
    const struct aw_blob *blob[] = {&ran->log, &ran->result[0],
                                    &ran->result[1]};
    size_t n = 0;

    for (size_t b = 0; o->pass[pass].ran && b < 3; b++) {
        if (blob[b]->n > 0) {
            file[n++] = (struct aw_new_file){
                names[pass][b], compress_cut(aw_blob_bytes(blob[b]), max),
                0644};
        }
    }
    return n;
}

aw_err aw_rb_evidence(const struct aw_rb_outcome *outcome, const char *folder,
                      size_t max, struct aw_host_diag *host)
{
    struct aw_new_file file[FILES];
    char text[TEXT];
    size_t n = 0;
    int at = snprintf(text, sizeof(text), "verdict: %s\nreason: %s\n",
                      aw_rb_verdict_name(outcome->verdict), outcome->reason);

    (void)put_difference(outcome, text + at, sizeof(text) - (size_t)at);
    for (size_t i = 0; i < AW_RB_PASSES; i++) {
        n += put_pass(outcome, i, max, &file[n]);
    }
    size_t compressed = n;

    file[n++] = (struct aw_new_file){"explanation.txt", aw_text(text), 0644};
    aw_err err = aw_folder_write(folder, file, n, host);

    for (size_t i = 0; i < compressed; i++) {
        union {
            const uint8_t *read;
            void *own;
        } p = {file[i].data.p};

        free(p.own);
    }
    return err;
}
