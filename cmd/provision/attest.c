/* SPDX-License-Identifier: Apache-2.0 */
/* Who the device is: what it attests is verified, and compared with a ledger
 * of devices. docs/formats/attestation.md. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aw/ftlog/attest.h"
#include "aw/hostio/file.h"
#include "common/stop.h"
#include "provision/provision.h"

enum { POLL_MS = 500, FILE_MODE = 0644, DIR_MODE = 0777, FILE_MAX = 64 * 1024 };

static int report_silent(struct provision *p)
{
    return aw_report(
        p->ctx,
        &(struct aw_finding){
            .err = AW_ERR_TIMEOUT,
            .on = AW_ON_DEVICE,
            .what = "the applet has not reported",
            .subject = p->board.link.name,
            .expected =
                aw_pool_printf(&p->ctx->pool, "an identity within %.0f s",
                               (double)p->args->applet_ms / 1e3),
            .got = p->os.ours ? aw_pool_text(&p->ctx->pool,
                                             p->os.information.applet.state)
                              : "none",
            .remedy = "look at aw ctl status and aw ctl console, then run the "
                      "same command again",
        });
}

/* Our trusted OS knows the identity before there is an applet to use it. */
static bool reported(const struct provision *p)
{
    const struct ctl_session *s = &p->os;

    return s->status.has_witness &&
           (!s->ours || strcmp(s->information.applet.state, "runs") == 0);
}

/* The applet comes some time after the trusted OS. */
static int await_applet(struct provision *p)
{
    const struct aw_usb *usb = &p->board.link.usb;
    uint64_t end = usb->now_ms(usb->ctx) + p->args->applet_ms;
    struct aw_usb_id *list =
        aw_pool_alloc(&p->ctx->pool, AW_USB_DEVICES, sizeof(*list));
    int code = AW_EXIT_OK;

    while (code == AW_EXIT_OK && !reported(p)) {
        uint32_t changes = 0;
        size_t n = 0;

        if (usb->now_ms(usb->ctx) > end) {
            return report_silent(p);
        }
        if (aw_cancelled()) {
            return board_report(&p->board, AW_ERR_CANCELLED,
                                "waiting for the applet", NULL);
        }
        if (usb->list(usb->ctx, list, AW_USB_DEVICES, &n, &changes, NULL) ==
            AW_OK) {
            (void)usb->wait(usb->ctx, changes, POLL_MS, NULL);
        }
        code = ctl_ask_status(p->ctx, &p->os);
        if (code == AW_EXIT_OK && p->os.ours) {
            code = ctl_look(p->ctx, &p->os);
        }
    }
    return code;
}

static int refuse(struct provision *p, aw_err err, const char *what,
                  const char *expected, const struct aw_diag *diag)
{
    return aw_report(p->ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_STATEMENT,
                         .exit = AW_EXIT_MISMATCH,
                         .what = what,
                         .subject = p->board.unit.serial,
                         .expected = expected,
                         .diag = diag,
                         .remedy = "put the device aside: what it says of "
                                   "itself does not hold",
                     });
}

static const char *with_line_feed(struct provision *p, const char *text)
{
    return aw_pool_printf(&p->ctx->pool, "%s\n", text);
}

static int open_bastion(struct provision *p, const struct aw_device_key *key)
{
    struct provision_identity *id = &p->identity;
    uint8_t hash[AW_SHA256_SIZE];
    struct aw_diag diag = {.err = AW_OK};

    if (id->bastion.n == 0) {
        return AW_EXIT_OK;
    }
    aw_err err =
        aw_attest_bastion_open(id->bastion, key, id->counter, hash, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : refuse(p, err, "the attestation of the bastion key",
                                 "a note that the device's key signs", &diag);
}

/* The witness that it names has to be the one that it attests. */
static int open_witness(struct provision *p, const struct aw_device_key *key)
{
    struct provision_identity *id = &p->identity;
    struct aw_vkey witness;
    uint8_t text[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_diag diag = {.err = AW_OK};
    aw_err err =
        aw_attest_witness_open(id->attested, key, id->counter, &witness, &diag);

    if (err != AW_OK) {
        return refuse(p, err, "the attestation of the witness key",
                      "a note that the device's key signs", &diag);
    }
    aw_vkey_write(&witness, &w);
    return aw_bytes_equal(aw_wr_done(&w), aw_text(id->witness))
               ? open_bastion(p, key)
               : refuse(p, AW_ERR_POLICY, "another witness is attested",
                        id->witness, NULL);
}

/* An open part's keys are known to everybody, and are called so. */
static int verify(struct provision *p)
{
    struct provision_identity *id = &p->identity;
    const struct aw_ctl_status *s = &p->os.status;
    struct aw_pool *pool = &p->ctx->pool;
    struct aw_device_key key;
    struct aw_diag diag = {.err = AW_OK};

    *id = (struct provision_identity){
        .counter = s->identity_counter,
        .witness = aw_pool_text(pool, s->witness.identity),
        .key = aw_pool_text(pool, s->witness.attestation_key),
        .attested = aw_text(aw_pool_text(pool, s->witness.attested_id)),
        .bastion = aw_text(aw_pool_text(pool, s->witness.attested_bastion_id)),
    };
    aw_err err =
        aw_device_key_parse(aw_text(with_line_feed(p, id->key)),
                            aw_text(p->board.unit.serial), &key, &diag);

    if (err != AW_OK) {
        return refuse(p, err, "the attestation key", "a key of this device",
                      &diag);
    }
    if (p->args->fuse && key.unfused) {
        return refuse(
            p, AW_ERR_POLICY, "the attestation key",
            "one of a closed part: its name does not begin with DEV:", NULL);
    }
    int code = open_witness(p, &key);

    id->known = code == AW_EXIT_OK;
    return code;
}

/* Files of a ledger: name and content. */
struct entry {
    const char *name;
    aw_bytes data;
};

enum { ENTRIES = 3 };

static size_t entries(struct provision *p, struct entry list[ENTRIES])
{
    const struct provision_identity *id = &p->identity;
    const char *serial = p->board.unit.serial;
    unsigned long long counter = id->counter;
    struct aw_pool *pool = &p->ctx->pool;

    list[0] = (struct entry){aw_pool_printf(pool, "%s.pub", serial),
                             aw_text(with_line_feed(p, id->key))};
    list[1] = (struct entry){
        aw_pool_printf(pool, "%s.witness.%llu", serial, counter), id->attested};
    list[2] = (struct entry){
        aw_pool_printf(pool, "%s.bastion.%llu", serial, counter), id->bastion};
    return id->bastion.n > 0 ? ENTRIES : ENTRIES - 1;
}

/* A device keeps its key, and a counter its witness. The notes are made anew
 * each time, and say the same. */
static int compare_entry(struct provision *p, const struct entry *e,
                         bool *there)
{
    const char *path =
        aw_pool_printf(&p->ctx->pool, "%s/%s", p->args->ledger, e->name);
    struct aw_host_diag host = {.text = ""};
    struct aw_blob blob = {.p = NULL};
    aw_err err = aw_file_read(path, FILE_MAX, &blob, &host);

    if (err == AW_ERR_NOT_FOUND) {
        *there = false;
        return AW_EXIT_OK;
    }
    *there = true;
    if (err != AW_OK) {
        return aw_report(p->ctx, &(struct aw_finding){.err = err,
                                                      .on = AW_ON_INPUT,
                                                      .subject = path,
                                                      .host = &host});
    }
    bool same = aw_bytes_equal(aw_blob_bytes(&blob), e->data);

    aw_blob_free(&blob);
    return same ? (int)AW_EXIT_OK
                : refuse(p, AW_ERR_CONTENT, "the ledger says otherwise", path,
                         NULL);
}

int provision_find_ledger(struct provision *p)
{
    const char *path = p->args->ledger;
    struct aw_host_diag host = {.text = ""};
    DIR *dir = path == NULL ? NULL : opendir(path);

    if (path == NULL) {
        return AW_EXIT_OK;
    }
    if (dir == NULL) {
        return aw_report(
            p->ctx, &(struct aw_finding){
                        .err = aw_host_fail_errno(&host, "ledger", errno, path),
                        .on = AW_ON_INPUT,
                        .what = "there is no such ledger",
                        .subject = path,
                        .host = &host});
    }
    (void)closedir(dir);
    return AW_EXIT_OK;
}

static int compare_ledger(struct provision *p)
{
    struct entry list[ENTRIES];
    size_t n = entries(p, list);
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < n && p->args->ledger != NULL; i++) {
        bool there = false;

        code = aw_exit_join(code, compare_entry(p, &list[i], &there));
        if (i == 0) {
            p->identity.in_ledger = there;
        }
    }
    if (p->args->ledger != NULL && code == AW_EXIT_OK &&
        !p->identity.in_ledger) {
        aw_warn(p->ctx, "%s is not in the ledger %s", p->board.unit.serial,
                p->args->ledger);
    }
    return code;
}

/* What aw device ledger add takes. */
static int write_files(struct provision *p)
{
    const char *dir = p->args->attestations;
    struct entry list[ENTRIES];
    size_t n = entries(p, list);
    struct aw_host_diag host = {.text = ""};
    const char *path = dir;
    aw_err err = dir == NULL ? AW_OK : aw_dir_make(dir, DIR_MODE, &host);

    for (size_t i = 0; i < n && err == AW_OK && dir != NULL; i++) {
        path = aw_pool_printf(&p->ctx->pool, "%s/%s", dir, list[i].name);
        err = aw_file_write(path, list[i].data, FILE_MODE, AW_FILE_REPLACE,
                            &host);
    }
    return err == AW_OK
               ? AW_EXIT_OK
               : aw_report(p->ctx, &(struct aw_finding){
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

static void show(struct provision *p)
{
    struct aw_out *out = &p->ctx->out;
    const struct provision_identity *id = &p->identity;

    aw_out_begin(out, "identity");
    aw_out_text(out, "witness", id->witness);
    aw_out_text(out, "key", id->key);
    aw_out_u64(out, "counter", id->counter);
    aw_out_bool(out, "secure_boot", p->os.status.hab);
    if (p->args->ledger != NULL) {
        aw_out_bool(out, "in_ledger", id->in_ledger);
    }
    aw_out_end(out);
}

static int check_secure_boot(struct provision *p)
{
    if (!p->args->fuse) {
        return AW_EXIT_OK;
    }
    if (!p->os.status.hab) {
        return provision_refuse(
            p,
            &(struct aw_finding){
                .what = "the part's own keys are not in use",
                .expected = "a closed part in trusted state",
                .got = p->os.information.secure_boot.closed ? "closed" : "open",
                .remedy = "look at aw ctl status",
            });
    }
    return provision_check_closed(p);
}

int provision_attest(struct provision *p)
{
    int code = provision_start(p);

    if (code == AW_EXIT_OK) {
        code = check_secure_boot(p);
    }
    if (code == AW_EXIT_OK) {
        code = await_applet(p);
    }
    if (code == AW_EXIT_OK) {
        code = verify(p);
    }
    if (code == AW_EXIT_OK) {
        code = compare_ledger(p);
    }
    if (code == AW_EXIT_OK) {
        show(p);
        code = write_files(p);
    }
    return code == AW_EXIT_OK ? provision_state_reach(p, PROVISION_ATTESTED)
                              : code;
}
