/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of witnesses: what is taken stands in the answer as it is, and makes
 * a note that opens. */
#include "aw/ftlog/witness.h"
#include "fuzz.h"

static const char text[] =
    "example.com/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

static struct aw_policy policy;
static uint8_t work_area[AW_WITNESS_WORK];
static uint8_t note_area[AW_WITNESS_WORK];

static void make_policy(void)
{
    static const uint8_t seed[32];
    struct aw_skey key;

    aw_policy_init(&policy);
    if (aw_skey_init(aw_text("w"), AW_KEY_COSIG_V1, seed, &key, NULL) !=
        AW_OK) {
        __builtin_trap();
    }
    aw_skey_public(&key, &policy.witness[0].key);
    policy.n_witnesses = 1;
}

static void check_answer(aw_bytes answer)
{
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    struct aw_wr note = aw_wr_init(note_area, sizeof(note_area));
    struct aw_cosignatures got = {.time = {0}};
    struct aw_cosigned counted;

    if (aw_witness_take(answer, aw_text(text), &policy, &work, &got, NULL) !=
        AW_OK) {
        return;
    }
    aw_wr_text(&note, text);
    aw_wr_u8(&note, '\n');
    aw_witness_write((aw_bytes){NULL, 0}, &got, &note);
    if (got.time[0] == 0 ||
        aw_policy_cosigned(&policy, aw_wr_done(&note), 0, &counted, NULL) !=
            AW_OK ||
        counted.n != 1) {
        __builtin_trap();
    }
}

static void check_conflict(aw_bytes body)
{
    struct aw_wr w = aw_wr_init(note_area, sizeof(note_area));
    uint64_t size = 0;

    if (aw_witness_conflict(body, &size, NULL) != AW_OK) {
        return;
    }
    aw_wr_dec(&w, size);
    aw_wr_u8(&w, '\n');
    if (!aw_bytes_equal(aw_wr_done(&w), body)) {
        __builtin_trap();
    }
}

/* A request ends in the note, whatever it is. */
static void check_request(aw_bytes note)
{
    struct aw_wr w = aw_wr_init(note_area, sizeof(note_area));
    struct aw_proof proof = {.n = note.n % (AW_PROOF_MAX + 1)};
    aw_bytes end;

    if (aw_witness_request(note.n, &proof, note, &w, NULL) != AW_OK) {
        return;
    }
    aw_bytes body = aw_wr_done(&w);

    if (!aw_slice(body, body.n - note.n, note.n, &end) ||
        !aw_bytes_equal(end, note)) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes input = {data, size};

    if (policy.n_witnesses == 0) {
        make_policy();
    }
    check_answer(input);
    check_conflict(input);
    check_request(input);
    return 0;
}
