/* SPDX-License-Identifier: Apache-2.0 */
#include "device/identity.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aw/ftlog/attest.h"
#include "aw/hostio/file.h"

enum { FILE_MODE = 0644, DIR_MODE = 0777, FILE_MAX = 64 * 1024 };

static int refuse(struct device_who *who, aw_err err, const char *what,
                  const char *expected, const struct aw_diag *diag)
{
    return aw_report(who->ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_STATEMENT,
                         .exit = AW_EXIT_MISMATCH,
                         .what = what,
                         .subject = who->serial,
                         .expected = expected,
                         .diag = diag,
                         .remedy = "put the device aside: what it says of "
                                   "itself does not hold",
                     });
}

static const char *with_line_feed(struct device_who *who, const char *text)
{
    return aw_pool_printf(&who->ctx->pool, "%s\n", text);
}

static int open_bastion(struct device_who *who, const struct aw_device_key *key)
{
    struct device_identity *id = &who->identity;
    uint8_t hash[AW_SHA256_SIZE];
    struct aw_diag diag = {.err = AW_OK};

    if (id->bastion.n == 0) {
        return AW_EXIT_OK;
    }
    aw_err err =
        aw_attest_bastion_open(id->bastion, key, id->counter, hash, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : refuse(who, err, "the attestation of the bastion key",
                                 "a note that the device's key signs", &diag);
}

/* The witness that it names has to be the one that it attests. */
static int open_witness(struct device_who *who, const struct aw_device_key *key)
{
    struct device_identity *id = &who->identity;
    struct aw_vkey witness;
    uint8_t text[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_diag diag = {.err = AW_OK};
    aw_err err =
        aw_attest_witness_open(id->attested, key, id->counter, &witness, &diag);

    if (err != AW_OK) {
        return refuse(who, err, "the attestation of the witness key",
                      "a note that the device's key signs", &diag);
    }
    aw_vkey_write(&witness, &w);
    return aw_bytes_equal(aw_wr_done(&w), aw_text(id->witness))
               ? open_bastion(who, key)
               : refuse(who, AW_ERR_POLICY, "another witness is attested",
                        id->witness, NULL);
}

/* An open part's keys are known to everybody, and are called so. */
int device_who_verify(struct device_who *who)
{
    struct device_identity *id = &who->identity;
    const struct aw_ctl_status *s = who->status;
    struct aw_pool *pool = &who->ctx->pool;
    struct aw_device_key key;
    struct aw_diag diag = {.err = AW_OK};

    *id = (struct device_identity){
        .counter = s->identity_counter,
        .witness = aw_pool_text(pool, s->witness.identity),
        .key = aw_pool_text(pool, s->witness.attestation_key),
        .attested = aw_text(aw_pool_text(pool, s->witness.attested_id)),
        .bastion = aw_text(aw_pool_text(pool, s->witness.attested_bastion_id)),
    };
    aw_err err = aw_device_key_parse(aw_text(with_line_feed(who, id->key)),
                                     aw_text(who->serial), &key, &diag);

    if (err != AW_OK) {
        return refuse(who, err, "the attestation key", "a key of this device",
                      &diag);
    }
    if (who->fused && key.unfused) {
        return refuse(
            who, AW_ERR_POLICY, "the attestation key",
            "one of a closed part: its name does not begin with DEV:", NULL);
    }
    int code = open_witness(who, &key);

    id->known = code == AW_EXIT_OK;
    return code;
}

/* Files of a ledger: name and content. */
struct entry {
    const char *name;
    aw_bytes data;
};

enum { ENTRIES = 3 };

static size_t entries(struct device_who *who, struct entry list[ENTRIES])
{
    const struct device_identity *id = &who->identity;
    const char *serial = who->serial;
    unsigned long long counter = id->counter;
    struct aw_pool *pool = &who->ctx->pool;

    list[0] = (struct entry){aw_pool_printf(pool, "%s.pub", serial),
                             aw_text(with_line_feed(who, id->key))};
    list[1] = (struct entry){
        aw_pool_printf(pool, "%s.witness.%llu", serial, counter), id->attested};
    list[2] = (struct entry){
        aw_pool_printf(pool, "%s.bastion.%llu", serial, counter), id->bastion};
    return id->bastion.n > 0 ? ENTRIES : ENTRIES - 1;
}

/* A device keeps its key, and a counter its witness. The notes are made anew
 * each time, and say the same. */
static int compare_entry(struct device_who *who, const struct entry *e,
                         bool *there)
{
    const char *path =
        aw_pool_printf(&who->ctx->pool, "%s/%s", who->ledger, e->name);
    struct aw_host_diag host = {.text = ""};
    struct aw_blob blob = {.p = NULL};
    aw_err err = aw_file_read(path, FILE_MAX, &blob, &host);

    if (err == AW_ERR_NOT_FOUND) {
        *there = false;
        return AW_EXIT_OK;
    }
    *there = true;
    if (err != AW_OK) {
        return aw_report(who->ctx, &(struct aw_finding){.err = err,
                                                        .on = AW_ON_INPUT,
                                                        .subject = path,
                                                        .host = &host});
    }
    bool same = aw_bytes_equal(aw_blob_bytes(&blob), e->data);

    aw_blob_free(&blob);
    return same ? (int)AW_EXIT_OK
                : refuse(who, AW_ERR_CONTENT, "the ledger says otherwise", path,
                         NULL);
}

int device_who_find_ledger(struct device_who *who)
{
    const char *path = who->ledger;
    struct aw_host_diag host = {.text = ""};
    DIR *dir = path == NULL ? NULL : opendir(path);

    if (path == NULL) {
        return AW_EXIT_OK;
    }
    if (dir == NULL) {
        return aw_report(who->ctx,
                         &(struct aw_finding){.err = aw_host_fail_errno(
                                                  &host, "ledger", errno, path),
                                              .on = AW_ON_INPUT,
                                              .what = "there is no such ledger",
                                              .subject = path,
                                              .host = &host});
    }
    (void)closedir(dir);
    return AW_EXIT_OK;
}

int device_who_compare(struct device_who *who)
{
    struct entry list[ENTRIES];
    size_t n = entries(who, list);
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < n && who->ledger != NULL; i++) {
        bool there = false;

        code = aw_exit_join(code, compare_entry(who, &list[i], &there));
        if (i == 0) {
            who->identity.in_ledger = there;
        }
    }
    if (who->ledger != NULL && code == AW_EXIT_OK && !who->identity.in_ledger) {
        aw_warn(who->ctx, "%s is not in the ledger %s", who->serial,
                who->ledger);
    }
    return code;
}

/* What aw device ledger add takes. */
int device_who_write(struct device_who *who)
{
    const char *dir = who->attestations;
    struct entry list[ENTRIES];
    size_t n = entries(who, list);
    struct aw_host_diag host = {.text = ""};
    const char *path = dir;
    aw_err err = dir == NULL ? AW_OK : aw_dir_make(dir, DIR_MODE, &host);

    for (size_t i = 0; i < n && err == AW_OK && dir != NULL; i++) {
        path = aw_pool_printf(&who->ctx->pool, "%s/%s", dir, list[i].name);
        err = aw_file_write(path, list[i].data, FILE_MODE, AW_FILE_REPLACE,
                            &host);
    }
    return err == AW_OK
               ? AW_EXIT_OK
               : aw_report(who->ctx,
                           &(struct aw_finding){
                               .err = err,
                               .on = AW_ON_LOCAL,
                               .what = "the attestations cannot be "
                                       "written",
                               .subject = path,
                               .host = &host,
                               .remedy = "make room, then run the same "
                                         "command again",
                           });
}

void device_who_put(struct device_who *who)
{
    struct aw_out *out = &who->ctx->out;
    const struct device_identity *id = &who->identity;

    aw_out_begin(out, "identity");
    aw_out_text(out, "witness", id->witness);
    aw_out_text(out, "key", id->key);
    aw_out_u64(out, "counter", id->counter);
    aw_out_bool(out, "secure_boot", who->status->hab);
    if (who->ledger != NULL) {
        aw_out_bool(out, "in_ledger", id->in_ledger);
    }
    aw_out_end(out);
}
