/* SPDX-License-Identifier: Apache-2.0 */
#include "os/release/rollback.h"

#include <string.h>

#include "aw/bootcfg.h"
#include "aw/text.h"
#include "fw/keys.h"
#include "fw/ocotp.h"
#include "fw/rpmb.h"
#include "fw/secret.h"
#include "fw/soc.h"

enum {
    RECORD_SIZE = 32, /* of a version, as upstream's firmware reads it back */
    TEXT_MAX = 28,
    FLAG_BANK = 4,
    FLAG_WORD = 6,
    FLAG_BIT = 1,
    NUMBER_MAGIC = 0x41574944 /* "AWID" */
};

static uint8_t sector[AW_RPMB_SECTOR];

/* What is done with the key. */
struct job {
    struct rollback *rb;
    aw_err (*work)(const struct job *job, const uint8_t *key);
    uint16_t number; /* of the sector */
    const uint8_t *from;
    uint8_t *to;
    uint32_t *counter;
    struct aw_diag *diag;
};

static aw_err do_job(void *ctx)
{
    const struct job *job = ctx;
    const uint8_t *key = NULL;
    aw_err err = keys_rpmb(&key, job->diag);

    if (err == AW_OK) {
        err = job->work(job, key);
    }
    keys_wipe();
    return err;
}

/* The key is derived for it, and wiped with all that was made of it. */
static aw_err with_key(struct job *job)
{
    return secret_run(do_job, job);
}

/* The text of a version that can be recorded. */
static aw_err version_text(const struct aw_semver *version, char *text)
{
    struct aw_wr w = aw_wr_init(text, ROLLBACK_TEXT);

    memset(text, 0, ROLLBACK_TEXT);
    aw_semver_write(version, &w);
    return w.failed || w.n > TEXT_MAX ? AW_ERR_SPACE : AW_OK;
}

static char *least(struct rollback *rb, enum aw_component component)
{
    return component == AW_TRUSTED_OS ? rb->os : rb->applet;
}

static aw_err read_version(struct rollback *rb, const uint8_t *key,
                           uint16_t number, char *text, struct aw_diag *diag)
{
    aw_bytes version = {NULL, 0};
    struct aw_semver parsed;
    aw_err err = rpmb_read(rb->card, key, number, sector, diag);

    if (err == AW_OK) {
        err = aw_version_record_parse((aw_bytes){sector, RECORD_SIZE}, &version,
                                      diag);
    }
    if (err != AW_OK || version.n == 0) {
        return err;
    }
    err = aw_semver_parse(version, &parsed);
    return err == AW_OK ? version_text(&parsed, text)
                        : aw_fail(diag, err, "rollback: version", version.n);
}

/* Zeros are number 0. */
static aw_err read_number(struct rollback *rb, const uint8_t *key,
                          struct aw_diag *diag)
{
    aw_err err = rpmb_read(rb->card, key, RPMB_IDENTITY, sector, diag);
    struct aw_rd r = aw_rd_init((aw_bytes){sector, sizeof(sector)});

    if (err != AW_OK) {
        return err;
    }
    uint32_t magic = aw_rd_be32(&r);
    uint32_t number = aw_rd_be32(&r);

    if (magic != NUMBER_MAGIC && (magic != 0 || number != 0)) {
        return aw_fail(diag, AW_ERR_FORMAT, "rollback: identity", magic);
    }
    rb->identity = number;
    return AW_OK;
}

/* What an uncommitted write of somebody else would have counted on is gone
 * after this one: CVE-2020-13799. */
static aw_err write_dummy(struct rollback *rb, const uint8_t *key,
                          struct aw_diag *diag)
{
    memset(sector, 0, sizeof(sector));
    return rpmb_write(rb->card, key, RPMB_DUMMY, sector, &rb->writes, diag);
}

static aw_err read_records(struct rollback *rb, const uint8_t *key,
                           struct aw_diag *diag)
{
    aw_err err = write_dummy(rb, key, diag);

    if (err == AW_OK) {
        err = read_version(rb, key, RPMB_OS_VERSION, rb->os, diag);
    }
    if (err == AW_OK) {
        err = read_version(rb, key, RPMB_APPLET_VERSION, rb->applet, diag);
    }
    return err == AW_OK ? read_number(rb, key, diag) : err;
}

/* The fuse first: somebody who puts another card in gets no key of a device
 * that is in service. */
static aw_err blow_flag(struct aw_diag *diag)
{
    aw_err err = AW_OK;

    if (soc_rpmb_flag()) {
        return AW_OK;
    }
    err = ocotp_program(FLAG_BANK, FLAG_WORD, FLAG_BIT, diag);
    if (err == AW_OK && !soc_rpmb_flag()) {
        err = aw_fail(diag, AW_ERR_IO, "rollback: flag fuse", 0);
    }
    return err;
}

/* AW_ERR_NOT_FOUND: the flag is set and there is no key. */
static aw_err find_key(struct rollback *rb, const uint8_t *key,
                       struct aw_diag *diag)
{
    uint32_t counter = 0;
    aw_err err = rpmb_counter(rb->card, key, &counter, diag);

    if (err == AW_OK) {
        return blow_flag(diag);
    }
    if (err != AW_ERR_PRECONDITION) {
        return err; /* another key: another card */
    }
    if (soc_rpmb_flag()) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "rollback: no key", 0);
    }
    err = blow_flag(diag);
    return err == AW_OK ? rpmb_program_key(rb->card, key, diag) : err;
}

static enum rollback_state state_of(aw_err err)
{
    switch (err) {
    case AW_OK:
        return ROLLBACK_READY;
    case AW_ERR_NOT_FOUND:
        return ROLLBACK_UNPROVISIONED;
    default:
        return ROLLBACK_FAILED;
    }
}

static aw_err first_use(const struct job *job, const uint8_t *key)
{
    aw_err err = find_key(job->rb, key, job->diag);

    if (err == AW_OK) {
        err = read_records(job->rb, key, job->diag);
        /* A record of zeros is no missing one. */
        err = err == AW_ERR_NOT_FOUND ? AW_ERR_FORMAT : err;
    }
    return err;
}

static aw_err start(struct rollback *rb, struct aw_diag *diag)
{
    struct job job = {.rb = rb, .work = first_use, .diag = diag};

    if (!snvs_key_usable()) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "rollback: security state",
                       0);
    }
    if (rb->card == NULL) {
        return aw_fail(diag, AW_ERR_IO, "rollback: no card", 0);
    }
    return with_key(&job);
}

void rollback_init(struct rollback *rb, struct card *card)
{
    *rb = (struct rollback){.state = ROLLBACK_OPEN, .card = card};
    if (soc_closed()) {
        rb->err = start(rb, &rb->diag);
        rb->state = state_of(rb->err);
    }
}

static aw_err program_key(const struct job *job, const uint8_t *key)
{
    return rpmb_program_key(job->rb->card, key, job->diag);
}

aw_err rollback_program_key(struct rollback *rb, struct aw_diag *diag)
{
    struct job job = {.rb = rb, .work = program_key, .diag = diag};

    if (rb->state != ROLLBACK_UNPROVISIONED) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "rollback: state",
                       (uint64_t)rb->state);
    }
    aw_err err = with_key(&job);

    if (err == AW_OK) {
        rollback_init(rb, rb->card);
        err = rb->err;
    }
    return err;
}

/* Less than 0: older than the record. */
static int compare(const struct rollback *rb, enum aw_component component,
                   const struct aw_semver *version)
{
    const char *text = component == AW_TRUSTED_OS ? rb->os : rb->applet;
    struct aw_semver stored;

    if (text[0] == '\0' || aw_semver_parse(aw_text(text), &stored) != AW_OK) {
        return 1;
    }
    return aw_semver_compare(version, &stored);
}

aw_err rollback_check(const struct rollback *rb, enum aw_component component,
                      const struct aw_semver *version)
{
    char text[ROLLBACK_TEXT];

    if (rb->state == ROLLBACK_OPEN) {
        return AW_OK;
    }
    if (rb->state != ROLLBACK_READY) {
        return AW_ERR_PRECONDITION;
    }
    if (compare(rb, component, version) < 0) {
        return AW_ERR_ROLLBACK;
    }
    return version_text(version, text);
}

static aw_err put_sector(const struct job *job, const uint8_t *key)
{
    aw_err err = rpmb_write(job->rb->card, key, job->number, job->from,
                            &job->rb->writes, job->diag);

    if (err == AW_OK && job->counter != NULL) {
        *job->counter = job->rb->writes;
    }
    return err;
}

static aw_err write_sector(struct rollback *rb, uint16_t number,
                           const uint8_t *data, uint32_t *counter,
                           struct aw_diag *diag)
{
    struct job job = {.rb = rb,
                      .work = put_sector,
                      .number = number,
                      .from = data,
                      .counter = counter,
                      .diag = diag};

    return with_key(&job);
}

static aw_err get_sector(const struct job *job, const uint8_t *key)
{
    return rpmb_read(job->rb->card, key, job->number, job->to, job->diag);
}

aw_err rollback_raise(struct rollback *rb, enum aw_component component,
                      const struct aw_semver *version, struct aw_diag *diag)
{
    char text[ROLLBACK_TEXT];
    struct aw_wr w = aw_wr_init(sector, sizeof(sector));
    aw_err err = rollback_check(rb, component, version);

    if (err != AW_OK || rb->state == ROLLBACK_OPEN ||
        compare(rb, component, version) == 0) {
        return err;
    }
    memset(sector, 0, sizeof(sector));
    err = version_text(version, text);
    if (err == AW_OK) {
        err = aw_version_record_write(aw_text(text), &w);
    }
    if (err == AW_OK) {
        err = write_sector(rb,
                           component == AW_TRUSTED_OS ? RPMB_OS_VERSION
                                                      : RPMB_APPLET_VERSION,
                           sector, NULL, diag);
    }
    if (err == AW_OK) {
        memcpy(least(rb, component), text, sizeof(text));
    }
    return err;
}

aw_err rollback_next_identity(struct rollback *rb, struct aw_diag *diag)
{
    struct aw_wr w = aw_wr_init(sector, sizeof(sector));

    if (rb->state != ROLLBACK_READY) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "rollback: state",
                       (uint64_t)rb->state);
    }
    if (rb->identity == UINT32_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "rollback: identity", UINT32_MAX);
    }
    aw_wr_be32(&w, NUMBER_MAGIC);
    aw_wr_be32(&w, rb->identity + 1);
    aw_wr_zeros(&w, sizeof(sector) - w.n);
    aw_err err = write_sector(rb, RPMB_IDENTITY, sector, NULL, diag);

    if (err == AW_OK) {
        rb->identity++;
    }
    return err;
}

aw_err rollback_read_data(struct rollback *rb, uint8_t data[AW_RPMB_SECTOR],
                          struct aw_diag *diag)
{
    struct job job = {.rb = rb,
                      .work = get_sector,
                      .number = RPMB_APPLET_DATA,
                      .to = data,
                      .diag = diag};

    if (rb->state != ROLLBACK_READY) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "rollback: state",
                       (uint64_t)rb->state);
    }
    return with_key(&job);
}

aw_err rollback_write_data(struct rollback *rb,
                           const uint8_t data[AW_RPMB_SECTOR],
                           uint32_t *counter, struct aw_diag *diag)
{
    if (rb->state != ROLLBACK_READY) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "rollback: state",
                       (uint64_t)rb->state);
    }
    return write_sector(rb, RPMB_APPLET_DATA, data, counter, diag);
}
