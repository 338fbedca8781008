/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/attest.h"

#include <string.h>

#include "aw/text.h"

static const char witness_kind[] = "ArmoredWitness ID attestation v1";
static const char bastion_kind[] = "ArmoredWitness BastionID attestation v1";
static const char key_name[] = "AW-ID-Attestation-";
static const char unfused_prefix[] = "DEV:";

bool aw_device_serial_valid(aw_bytes serial)
{
    for (size_t i = 0; i < serial.n; i++) {
        uint8_t c = serial.p[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F')) {
            return false;
        }
    }
    return serial.n == AW_DEVICE_SERIAL;
}

aw_err aw_device_key_parse(aw_bytes text, aw_bytes serial,
                           struct aw_device_key *device, struct aw_diag *diag)
{
    struct aw_device_key out = {0};

    if (!aw_device_serial_valid(serial)) {
        return aw_fail(diag, AW_ERR_FORMAT, "device key: serial", 0);
    }
    aw_err err = aw_vkey_parse(text, &out.key, diag);

    if (err != AW_OK) {
        return err;
    }
    if (out.key.type != AW_KEY_ED25519) {
        return aw_fail(diag, AW_ERR_KEY, "device key: type", out.key.type);
    }
    struct aw_rd r = aw_rd_init(out.key.name);

    out.unfused = aw_bytes_starts(out.key.name, unfused_prefix);
    if (out.unfused) {
        (void)aw_rd_take(&r, sizeof(unfused_prefix) - 1);
    }
    aw_bytes start = aw_rd_take(&r, sizeof(key_name) - 1);

    out.serial = aw_rd_rest(&r);
    if (!aw_bytes_is(start, key_name) || !aw_bytes_equal(out.serial, serial)) {
        return aw_fail(diag, AW_ERR_POLICY, "device key: name", 0);
    }
    *device = out;
    return AW_OK;
}

/* Opens the note and checks the first three of its four lines. */
static aw_err open_lines(aw_bytes message, const struct aw_device_key *device,
                         const char *kind, uint64_t counter, struct aw_rd *r,
                         struct aw_diag *diag)
{
    struct aw_note note;
    uint64_t number = 0;

    if (message.n > AW_ATTEST_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "attestation: length", message.n);
    }
    aw_err err = aw_note_open(message, &device->key, 1, &note, diag);

    if (err != AW_OK) {
        return err;
    }
    *r = aw_rd_init(note.text);
    if (!aw_bytes_is(aw_rd_line(r), kind)) {
        return aw_fail(diag, AW_ERR_POLICY, "attestation: kind", 0);
    }
    size_t at = r->at;

    if (!aw_bytes_equal(aw_rd_line(r), device->serial)) {
        return aw_fail(diag, AW_ERR_POLICY, "attestation: serial", at);
    }
    at = r->at;
    if (aw_dec_parse(aw_rd_line(r), &number) != AW_OK) {
        return aw_fail(diag, AW_ERR_FORMAT, "attestation: counter", at);
    }
    if (number != counter) {
        return aw_fail(diag, AW_ERR_POLICY, "attestation: counter", at);
    }
    return AW_OK;
}

/* The fourth line, which must be the last. */
static aw_err last_line(struct aw_rd *r, aw_bytes *line, struct aw_diag *diag)
{
    aw_bytes out = aw_rd_line(r);

    if (r->failed || aw_rd_left(r) != 0) {
        return aw_fail(diag, AW_ERR_FORMAT, "attestation: four lines", r->at);
    }
    *line = out;
    return AW_OK;
}

aw_err aw_attest_witness_open(aw_bytes message,
                              const struct aw_device_key *device,
                              uint64_t counter, struct aw_vkey *witness,
                              struct aw_diag *diag)
{
    struct aw_rd r;
    struct aw_vkey key;
    aw_bytes line = {0};
    struct aw_diag inner = {0};
    aw_err err = open_lines(message, device, witness_kind, counter, &r, diag);
    size_t at = err == AW_OK ? r.at : 0;

    if (err == AW_OK) {
        err = last_line(&r, &line, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    err = aw_vkey_parse(line, &key, &inner);
    if (err != AW_OK) {
        return aw_fail(diag, err, inner.where, at);
    }
    if (key.type != AW_KEY_ED25519) {
        return aw_fail(diag, AW_ERR_KEY, "attestation: type of key", at);
    }
    *witness = key;
    return AW_OK;
}

aw_err aw_attest_bastion_open(aw_bytes message,
                              const struct aw_device_key *device,
                              uint64_t counter, uint8_t bastion[AW_SHA256_SIZE],
                              struct aw_diag *diag)
{
    struct aw_rd r;
    aw_bytes line = {0};
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t hex[2 * AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(digest, sizeof(digest));
    struct aw_wr back = aw_wr_init(hex, sizeof(hex));
    aw_err err = open_lines(message, device, bastion_kind, counter, &r, diag);
    size_t at = err == AW_OK ? r.at : 0;

    if (err == AW_OK) {
        err = last_line(&r, &line, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (aw_hex_decode(line, &w) == AW_OK) {
        aw_wr_hex(&back, aw_wr_done(&w));
    }
    /* Written back, since the decoder takes upper case, too. */
    if (w.n != sizeof(digest) || !aw_bytes_equal(line, aw_wr_done(&back))) {
        return aw_fail(diag, AW_ERR_FORMAT, "attestation: bastion", at);
    }
    memcpy(bastion, digest, sizeof(digest));
    return AW_OK;
}

static void put_lines(const char *kind, aw_bytes serial, uint64_t counter,
                      struct aw_wr *w)
{
    aw_wr_text(w, kind);
    aw_wr_u8(w, '\n');
    aw_wr_put(w, serial);
    aw_wr_u8(w, '\n');
    aw_wr_dec(w, counter);
    aw_wr_u8(w, '\n');
}

void aw_attest_witness_text(aw_bytes serial, uint64_t counter,
                            const struct aw_vkey *witness, struct aw_wr *w)
{
    put_lines(witness_kind, serial, counter, w);
    aw_vkey_write(witness, w);
    aw_wr_u8(w, '\n');
}

void aw_attest_bastion_text(aw_bytes serial, uint64_t counter,
                            const uint8_t bastion[AW_SHA256_SIZE],
                            struct aw_wr *w)
{
    put_lines(bastion_kind, serial, counter, w);
    aw_wr_hex(w, (aw_bytes){bastion, AW_SHA256_SIZE});
    aw_wr_u8(w, '\n');
}
