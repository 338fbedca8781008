/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that never leave the OS, and the sector of the RPMB that is the
 * applet's. */
#include <string.h>

#include "aw/ftlog/note.h"
#include "os/call/call.h"

enum { ANSWER_MAX = 4096, HASH_MAX = 48 };

static uint8_t answer[ANSWER_MAX];
static uint8_t checkpoint[AW_NOTE_COSIGNED_MAX];

/* An answer of some size into the applet's buffer of n bytes, if it fits. */
static int32_t give(struct os *os, uint32_t to, uint32_t n,
                    const struct aw_wr *w)
{
    if (w->n > n) {
        return call_error(AW_ERR_SPACE);
    }
    aw_err err = space_out(&os->applet.space, to, answer, (uint32_t)w->n);

    return err == AW_OK ? (int32_t)w->n : call_error(err);
}

/* Is the buffer the applet's? Asked before a key is touched. */
static aw_err check(struct os *os, uint32_t to, uint32_t n)
{
    uint8_t *p = NULL;

    return n > ABI_TRANSFER_MAX ? AW_ERR_RANGE
                                : space_at(&os->applet.space, to, n, true, &p);
}

int32_t call_identity(struct os *os, const uint32_t *arg)
{
    const struct identity *id = &os->identity;
    struct abi_identity shown = {.counter = id->who.counter};
    aw_err err = check(os, arg[0], sizeof(shown));

    if (err != AW_OK) {
        return call_error(err);
    }
    if (id->kind == IDENTITY_NONE) {
        return call_error(AW_ERR_PRECONDITION);
    }
    memcpy(shown.witness, id->witness, sizeof(shown.witness));
    memcpy(shown.attestation, id->attestation, sizeof(shown.attestation));
    memcpy(shown.bastion, id->bastion, sizeof(shown.bastion));
    return call_error(
        space_out(&os->applet.space, arg[0], &shown, sizeof(shown)));
}

int32_t call_sign_checkpoint(struct os *os, const uint32_t *arg)
{
    struct abi_cosign ask;
    uint8_t signature[AW_ED25519_SIG];
    aw_err err = space_in(&os->applet.space, arg[0], &ask, sizeof(ask));

    if (err == AW_OK) {
        err = check(os, arg[1], sizeof(signature));
    }
    if (err == AW_OK && ask.n > sizeof(checkpoint)) {
        err = AW_ERR_RANGE;
    }
    if (err == AW_OK) {
        err = space_in(&os->applet.space, ask.text, checkpoint, ask.n);
    }
    if (err == AW_OK) {
        err = identity_cosign(&os->identity, (aw_bytes){checkpoint, ask.n},
                              ask.time, signature);
    }
    if (err == AW_OK) {
        err =
            space_out(&os->applet.space, arg[1], signature, sizeof(signature));
    }
    return call_error(err);
}

int32_t call_attest(struct os *os, const uint32_t *arg)
{
    struct aw_wr w = aw_wr_init(answer, sizeof(answer));
    aw_err err = check(os, arg[1], arg[2]);

    if (err == AW_OK && arg[0] > ABI_ATTEST_BASTION) {
        err = AW_ERR_USAGE;
    }
    if (err == AW_OK) {
        err = identity_attest(&os->identity, (enum abi_attestation)arg[0], &w);
    }
    return err == AW_OK ? give(os, arg[1], arg[2], &w) : call_error(err);
}

int32_t call_bastion_certificate(struct os *os, const uint32_t *arg)
{
    struct aw_wr w = aw_wr_init(answer, sizeof(answer));
    uint64_t now = 0;
    aw_err err = check(os, arg[0], arg[1]);

    if (err == AW_OK) {
        err = space_in(&os->applet.space, arg[2], &now, sizeof(now));
    }
    if (err == AW_OK) {
        err = identity_certificate(&os->identity, now, &w);
    }
    return err == AW_OK ? give(os, arg[0], arg[1], &w) : call_error(err);
}

int32_t call_sign_bastion(struct os *os, const uint32_t *arg)
{
    uint8_t hash[HASH_MAX];
    uint8_t signature[AW_ED25519_SIG];
    aw_err err = check(os, arg[2], sizeof(signature));

    if (err == AW_OK && arg[1] > sizeof(hash)) {
        err = AW_ERR_RANGE;
    }
    if (err == AW_OK) {
        err = space_in(&os->applet.space, arg[0], hash, arg[1]);
    }
    if (err == AW_OK) {
        err = identity_sign_tls(&os->identity, (aw_bytes){hash, arg[1]},
                                signature);
    }
    if (err == AW_OK) {
        err =
            space_out(&os->applet.space, arg[2], signature, sizeof(signature));
    }
    return call_error(err);
}

int32_t call_read_rpmb(struct os *os, const uint32_t *arg)
{
    uint8_t data[AW_RPMB_SECTOR];
    aw_err err = check(os, arg[0], sizeof(data));

    if (err == AW_OK) {
        err = rollback_read_data(&os->rollback, data, NULL);
    }
    if (err == AW_OK) {
        err = space_out(&os->applet.space, arg[0], data, sizeof(data));
    }
    return call_error(err);
}

/* The counter goes to r0 like every result: it is positive as long as it has
 * 31 bits, more writes than any card takes. */
int32_t call_write_rpmb(struct os *os, const uint32_t *arg)
{
    uint8_t data[AW_RPMB_SECTOR] = {0};
    uint32_t counter = 0;
    aw_err err = arg[1] > sizeof(data)
                     ? AW_ERR_RANGE
                     : space_in(&os->applet.space, arg[0], data, arg[1]);

    if (err == AW_OK) {
        err = rollback_write_data(&os->rollback, data, &counter, NULL);
    }
    return err == AW_OK ? (int32_t)(counter & INT32_MAX) : call_error(err);
}
