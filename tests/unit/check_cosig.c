/* SPDX-License-Identifier: Apache-2.0 */
/* Cosignatures and the other types of signature that only checkpoints have. */
#include <stdlib.h>
#include <string.h>

#include "aw/ftlog/note.h"
#include "suites.h"
#include "support.h"

enum { LOG, WITNESS };

static void keys_of(const cJSON *row, const char *witness,
                    struct aw_vkey keys[2])
{
    ck_assert_int_eq(aw_vkey_parse(vec_str(row, "log_vkey"), &keys[LOG], NULL),
                     AW_OK);
    ck_assert_int_eq(
        aw_vkey_parse_cosigner(vec_str(row, witness), &keys[WITNESS], NULL),
        AW_OK);
    if (vec_str(row, "key_id").n != 0) {
        ck_assert_uint_eq(keys[WITNESS].id,
                          strtoul(vec_cstr(vec_str(row, "key_id")), NULL, 16));
    }
}

/* Signs the row's checkpoint again: the line must be the row's. */
static void sign_again(const cJSON *row, aw_bytes text)
{
    struct aw_skey key;
    char buf[500];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    if (vec_str(row, "witness_skey").n == 0) {
        return;
    }
    ck_assert_int_eq(aw_skey_parse(vec_str(row, "witness_skey"), &key, NULL),
                     AW_OK);
    aw_skey_as_cosigner(&key, &key);
    ck_assert_int_eq(aw_note_sign(text, &key, vec_u64(row, "timestamp"), &w),
                     AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), vec_str(row, "signature_line"));
    aw_skey_wipe(&key);
}

static void check_ed25519(const cJSON *row)
{
    struct aw_vkey keys[2];
    struct aw_note note;
    aw_bytes message = vec_b64(row, "note_b64");
    aw_bytes signed_text = vec_b64(row, "signed_message_b64");

    keys_of(row, "witness_vkey_type4", keys);
    ck_assert_int_eq(aw_note_open(message, keys, 2, &note, NULL), AW_OK);
    ck_assert_uint_eq(note.n_verified, 2);
    ck_assert_uint_eq(note.verified[WITNESS], 2);
    ck_assert_uint_eq(note.time[WITNESS], vec_u64(row, "timestamp"));
    ck_assert_uint_eq(note.time[LOG], 0);
    ck_assert(signed_text.n > note.text.n);
    sign_again(row, note.text);
    if (vec_str(row, "witness_vkey_type1").n != 0) {
        keys_of(row, "witness_vkey_type1", keys);
        ck_assert_int_eq(aw_note_open(message, keys, 2, &note, NULL), AW_OK);
        ck_assert_uint_eq(note.n_verified, 2);
    }
    /* The time is signed, and so is every byte of the checkpoint. */
    uint8_t changed[1000];

    ck_assert_uint_le(message.n, sizeof(changed));
    memcpy(changed, message.p, message.n);
    size_t at = message.n - 90; /* in the base64 of the witness's line */

    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    ck_assert_int_eq(
        aw_note_open((aw_bytes){changed, message.n}, keys, 2, &note, NULL),
        AW_ERR_SIG);
}

static void check_mldsa44(const cJSON *row)
{
    struct aw_vkey keys[2];
    struct aw_skey signer;
    struct aw_note note;
    struct aw_note_sig sig;
    aw_bytes message = vec_b64(row, "note_b64");
    char buf[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    keys_of(row, "witness_vkey", keys);
    ck_assert_uint_eq(keys[WITNESS].type, AW_KEY_MLDSA44);
    ck_assert_uint_eq(keys[WITNESS].public_n, 0);
    ck_assert_int_eq(aw_note_open(message, keys, 2, &note, NULL), AW_OK);
    ck_assert_uint_eq(note.n_verified, 1);
    ck_assert_uint_eq(note.verified[WITNESS], 0);
    ck_assert_uint_eq(note.n_unsupported, 1);
    ck_assert_uint_eq(note.unsupported[WITNESS], 2);
    ck_assert_uint_eq(note.unsupported[LOG], 0);
    struct aw_rd r = aw_rd_init(note.sigs);

    ck_assert_int_eq(aw_note_sig_next_unverified(&note, keys, 2, &r, &sig),
                     AW_OK);
    CK_ASSERT_BYTES(sig.line, vec_str(row, "signature_line"));
    ck_assert_int_eq(aw_note_open(message, &keys[WITNESS], 1, &note, NULL),
                     AW_ERR_NO_SIG);
    ck_assert_int_eq(aw_skey_parse(vec_str(row, "witness_skey"), &signer, NULL),
                     AW_ERR_UNSUPPORTED);
    aw_vkey_write(&keys[WITNESS], &w);
    ck_assert(w.failed);
    /* The id is checked all the same. */
    aw_bytes text = vec_str(row, "witness_vkey");
    uint8_t other[AW_KEY_TEXT_MAX];

    memcpy(other, text.p, text.n);
    other[text.n - 10] = other[text.n - 10] == 'A' ? 'B' : 'A';
    ck_assert_int_eq(aw_vkey_parse((aw_bytes){other, text.n}, &keys[LOG], NULL),
                     AW_ERR_KEY);
}

START_TEST(cosig_vectors)
{
    const cJSON *row = NULL;
    size_t ed25519 = 0;
    size_t mldsa44 = 0;

    cJSON_ArrayForEach(row, vec_json("transparency/cosig/synthetic.json"))
    {
        if (aw_bytes_is(vec_str(row, "type"), "ed25519-cosignature-v1")) {
            check_ed25519(row);
            ed25519++;
        } else {
            check_mldsa44(row);
            mldsa44++;
        }
    }
    ck_assert_uint_eq(ed25519, 5);
    ck_assert_uint_eq(mldsa44, 2);
}
END_TEST

/* A witness's line with a signature of the wrong length, or with a time above
 * 2^63-1, or under a text that is too long. */
#define COSIGNED "o\n1\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n"

static aw_err open_line(const struct aw_vkey *key, aw_bytes text,
                        aw_bytes signature)
{
    static char buf[AW_NOTE_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_note note;

    aw_wr_put(&w, text);
    aw_wr_u8(&w, '\n');
    aw_note_sig_write(key->name, key->id, signature, &w);
    ck_assert(!w.failed);
    return aw_note_open(aw_wr_done(&w), key, 1, &note, NULL);
}

START_TEST(cosig_shapes)
{
    uint8_t seed[32] = {7};
    uint8_t bytes[256] = {0};
    static uint8_t text[AW_NOTE_COSIGNED_MAX + 1];
    struct aw_skey key;
    struct aw_vkey public_key;

    ck_assert_int_eq(
        aw_skey_init(aw_text("w"), AW_KEY_COSIG_V1, seed, &key, NULL), AW_OK);
    aw_skey_public(&key, &public_key);
    for (size_t n = 1; n <= sizeof(bytes); n++) {
        ck_assert_int_eq(
            open_line(&public_key, aw_text(COSIGNED), (aw_bytes){bytes, n}),
            AW_ERR_SIG);
    }
    bytes[0] = 0x80;
    ck_assert_int_eq(
        open_line(&public_key, aw_text(COSIGNED), (aw_bytes){bytes, 72}),
        AW_ERR_SIG);
    memset(text, '\n', sizeof(text));
    ck_assert_int_eq(open_line(&public_key, (aw_bytes){text, sizeof(text)},
                               (aw_bytes){bytes, 72}),
                     AW_ERR_SIG);
}
END_TEST

/* A tree head of RFC 6962, made with OpenSSL's command line for this test. */
static const char ct_key[] =
    "ct.example/log+2374de3b+BTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIXODbFQCm9r"
    "o1QiTEFYLHP5w0PoJHVmeFJnQu6kTRMeSBQgRGQUDalDBGN0ggUICQ91utMpOnRrBRu2cp7G"
    "GJ4=";
static const char ct_sig[] =
    "AAABhv77mXMEAwBHMEUCIGpHyDlNYTpG9keQfiZemsrB2Pzzo82STZ9ENyrW2dkcAiEA14V3"
    "UnNK9XOj797TJV7KwcrsQmY4wSqJ24vQnfgC84Y=";
#define CT_TEXT \
    "ct.example/log\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n"

START_TEST(tree_head)
{
    aw_bytes good = vec_unbase64(aw_text(ct_sig));
    uint8_t bytes[200] = {0};
    struct aw_vkey key;

    ck_assert_int_eq(aw_vkey_parse(aw_text(ct_key), &key, NULL), AW_OK);
    ck_assert_uint_eq(key.type, AW_KEY_RFC6962);
    ck_assert_int_eq(open_line(&key, aw_text(CT_TEXT), good), AW_OK);
    memcpy(bytes, good.p, good.n);
    /* Every length but the right one, from one byte on. */
    for (size_t n = 1; n <= sizeof(bytes); n++) {
        ck_assert_int_eq(
            open_line(&key, aw_text(CT_TEXT), (aw_bytes){bytes, n}),
            n == good.n ? AW_OK : AW_ERR_SIG);
    }
    for (size_t i = 0; i < good.n; i++) {
        bytes[i] ^= 1;
        ck_assert_int_eq(
            open_line(&key, aw_text(CT_TEXT), (aw_bytes){bytes, good.n}),
            AW_ERR_SIG);
        bytes[i] ^= 1;
    }
}
END_TEST

static const char *const ct_texts[] = {
    /* another origin, extension line, other size, no checkpoint */
    "ct.example/lo\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n",
    "ct.example/log\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\nx\n",
    "ct.example/log\n43\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n",
    "ct.example/log\n42\n",
};

START_TEST(tree_head_texts)
{
    struct aw_vkey key;

    ck_assert_int_eq(aw_vkey_parse(aw_text(ct_key), &key, NULL), AW_OK);
    ck_assert_int_eq(
        open_line(&key, aw_text(ct_texts[_i]), vec_unbase64(aw_text(ct_sig))),
        AW_ERR_SIG);
}
END_TEST

START_TEST(tree_head_time)
{
    char message[500];
    struct aw_vkey key;
    struct aw_note note;
    struct aw_wr w = aw_wr_init(message, sizeof(message));

    ck_assert_int_eq(aw_vkey_parse(aw_text(ct_key), &key, NULL), AW_OK);
    aw_wr_text(&w, CT_TEXT "\n");
    aw_note_sig_write(key.name, key.id, vec_unbase64(aw_text(ct_sig)), &w);
    ck_assert_int_eq(aw_note_open(aw_wr_done(&w), &key, 1, &note, NULL), AW_OK);
    ck_assert_uint_eq(note.time[0], 1679315147);
}
END_TEST

Suite *suite_cosig(void)
{
    Suite *s = suite_create("cosig");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, cosig_vectors);
    tcase_add_test(tc, cosig_shapes);
    tcase_add_test(tc, tree_head);
    tcase_add_loop_test(tc, tree_head_texts, 0, (int)COUNT(ct_texts));
    tcase_add_test(tc, tree_head_time);
    suite_add_tcase(s, tc);
    return s;
}
