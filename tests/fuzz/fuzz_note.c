/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "aw/ftlog/note.h"
#include "aw/text.h"
#include "fuzz.h"

/* Keys of the corpus, one of each type that verifies. */
static const char *const texts[] = {
    "example.com/a+077bb911+AYUd8kY//JIZknYFaOxiGMhTS7wnE+bmwC3OeVLjKYoO",
    "example.com/b+d791e934+AWlgmRpZcm6leSb0HEP4iyaAJpe4/CjUNJduzW5QFCUW",
    "example.com/gen+7ae024f4+AQUrJLaWF3W4pbaK0ABjE+TXNlZ1GnTh1sorxVvnPYyN",
    "witness.example/w1+8541b17b+BNqi5hUlyC+eIvzHCXtK56ucjCM0gqgzRQoxoUXt6TgI",
    "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtr"
    "Wm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9"
    "DPfkWLc=",
    "ct.example/log+2374de3b+BTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIXODbFQCm9r"
    "o1QiTEFYLHP5w0PoJHVmeFJnQu6kTRMeSBQgRGQUDalDBGN0ggUICQ91utMpOnRrBRu2cp7G"
    "GJ4=",
};
enum { PLAIN = sizeof(texts) / sizeof(texts[0]), KEYS = PLAIN + 1 };

/* The last key is of ML-DSA-44; its id is not that of the corpus. */
static void make_keys(struct aw_vkey keys[KEYS])
{
    static const uint8_t mldsa44[1312];

    for (size_t i = 0; i < PLAIN; i++) {
        if (aw_vkey_parse(aw_text(texts[i]), &keys[i], NULL) != AW_OK) {
            abort();
        }
    }
    if (aw_vkey_init(aw_text("witness.example/pq"), AW_KEY_MLDSA44,
                     (aw_bytes){mldsa44, sizeof(mldsa44)}, &keys[PLAIN],
                     NULL) != AW_OK) {
        abort();
    }
    keys[PLAIN].id = 0xc543a9b1; /* of the corpus, whose key is not at hand */
}

/* A note is its text, a line feed and its lines; all lines can be read. */
static void check_split(aw_bytes message)
{
    struct aw_note note;
    struct aw_note_sig sig;
    size_t lines = 0;

    if (aw_note_split(message, &note, NULL) != AW_OK) {
        return;
    }
    struct aw_rd r = aw_rd_init(note.sigs);

    while (aw_note_sig_next(&r, &sig) == AW_OK) {
        lines++;
    }
    if (r.failed || aw_rd_left(&r) != 0 || lines != note.n_sigs ||
        note.text.n + 1 + note.sigs.n != message.n) {
        __builtin_trap();
    }
}

/* What is written of a note, and what is signed again, opens again. */
static void check_write(const struct aw_note *note, const struct aw_vkey *keys,
                        size_t cap)
{
    static const uint8_t seed[32] = {1};
    uint8_t *buf = malloc(cap);
    struct aw_wr w = aw_wr_init(buf, cap);
    struct aw_skey key;
    struct aw_note again;

    if (buf == NULL ||
        aw_skey_init(aw_text("n"), AW_KEY_ED25519, seed, &key, NULL) != AW_OK) {
        abort();
    }
    aw_note_write(note, keys, KEYS, NULL, &w);
    if (aw_note_open(aw_wr_done(&w), keys, KEYS, &again, NULL) != AW_OK ||
        again.n_verified != note->n_verified ||
        !aw_bytes_equal(again.text, note->text)) {
        __builtin_trap();
    }
    w = aw_wr_init(buf, cap);
    if (aw_note_countersign(note, keys, KEYS, &key, 0, &w) != AW_OK) {
        __builtin_trap();
    }
    if (aw_note_open(aw_wr_done(&w), keys, KEYS, &again, NULL) != AW_OK &&
        note->n_sigs < AW_NOTE_MAX_SIGS) {
        __builtin_trap();
    }
    free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes message = {data, size};
    static struct aw_vkey keys[KEYS];
    struct aw_note note;

    if (keys[0].type == 0) {
        make_keys(keys);
    }
    check_split(message);
    aw_err err = aw_note_open(message, keys, KEYS, &note, NULL);

    if (err == AW_OK) {
        if (note.n_verified == 0) {
            __builtin_trap();
        }
        check_write(&note, keys, size + 1024);
    }
    return 0;
}
