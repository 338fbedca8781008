/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/device_part.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aw/bootcfg.h"
#include "aw/hostio/alloc.h"
#include "aw/sha256.h"
#include "judge/judge.h"

enum {
    HAB_SIGNATURE_MAX = 64 * 1024 /* bytes searched behind the boot image */
};

/* A record under judgement. */
struct record {
    struct device_audit *audit;
    struct device_part *part;
    bool quiet;
    struct aw_bootcfg config;
    uint8_t *image;  /* from malloc; with the HAB signature's room behind it */
    uint64_t behind; /* bytes read behind the image */
};

static const char *subject(const struct record *r)
{
    return aw_pool_printf(&r->audit->ctx->pool, "%s, %s", r->audit->name,
                          r->part->config->name);
}

/* Notes why the record is refused; silent for an older copy. */
static void refuse(struct record *r, const char *step, struct aw_finding *f)
{
    r->part->stopped_at = step;
    if (r->quiet) {
        return;
    }
    f->on = AW_ON_DEVICE;
    f->exit = AW_EXIT_MISMATCH;
    f->subject = subject(r);
    (void)aw_report(r->audit->ctx, f);
}

static void refuse_record(struct record *r, aw_err err,
                          const struct aw_diag *why)
{
    refuse(r, "record",
           &(struct aw_finding){
               .err = err,
               .what = err == AW_ERR_NOT_FOUND
                           ? "there is no configuration record"
                           : "the configuration record is malformed",
               .expected = "a record in gob, in front of every image",
               .diag = why,
           });
}

static void refuse_place(struct record *r, aw_err err)
{
    struct aw_pool *pool = &r->audit->ctx->pool;

    refuse(
        r, "place",
        &(struct aw_finding){
            .err = err,
            .what = "the record points to where its image may not lie",
            .expected = aw_pool_printf(
                pool, "the start of a slot for %s, at most %d bytes",
                aw_component_name(r->part->config->component), AW_FIRMWARE_MAX),
            .got = aw_pool_printf(pool, "offset %" PRId64 ", %" PRId64 " bytes",
                                  r->config.offset, r->config.size),
        });
}

static void refuse_cut(struct record *r, const char *step, const char *what)
{
    refuse(r, step,
           &(struct aw_finding){
               .err = AW_ERR_SHORT,
               .what = what,
               .expected = "a copy of the whole device",
               .got = aw_pool_printf(&r->audit->ctx->pool, "%" PRIu64 " bytes",
                                     r->audit->medium->size),
           });
}

static struct judge_case judge_case(const struct record *r,
                                    const struct aw_bundle *bundle)
{
    return (struct judge_case){
        .subject = subject(r),
        .policy = r->audit->policy,
        .bundle = bundle,
        .expect = {.component = r->part->config->component},
        .on_device = true,
    };
}

/* The log was read as a whole, and has no such release: whatever is wrong
 * with the proof, this is what counts. */
static bool is_unlogged(const struct record *r)
{
    const struct aw_verdict *verdict = &r->part->verdict;

    return verdict->step == AW_STEP_INCLUSION && r->audit->n_known > 0 &&
           device_known_digest(r->audit, verdict->manifest.firmware_sha256) ==
               NULL;
}

static void refuse_unlogged(struct record *r)
{
    const struct aw_manifest *m = &r->part->verdict.manifest;
    struct aw_pool *pool = &r->audit->ctx->pool;

    (void)aw_report(
        r->audit->ctx,
        &(struct aw_finding){
            .err = AW_ERR_NOT_FOUND,
            .on = AW_ON_DEVICE,
            .exit = AW_EXIT_NOT_LOGGED,
            .what = "the log has no such release",
            .subject = subject(r),
            .expected = "an entry of the log",
            .got = aw_pool_printf(pool, "%s %s, which is signed all the same",
                                  aw_component_name(m->component),
                                  aw_pool_bytes(pool, m->tag_name)),
            .remedy = "keep the device as it is, and tell those who hold the "
                      "keys",
        });
}

/* @return true when the bundle with these bytes is verified */
static bool verify(struct record *r, const struct aw_bundle *bundle)
{
    struct judge_case it = judge_case(r, bundle);
    struct device_part *part = r->part;
    struct aw_diag why = {0};
    aw_err err = judge_verify(r->audit->ctx, &it, &part->verdict, &why);

    if (err == AW_OK) {
        return true;
    }
    part->stopped_at = aw_bundle_step_name(part->verdict.step);
    if (!r->quiet && is_unlogged(r)) {
        refuse_unlogged(r);
    } else if (!r->quiet) {
        (void)judge_refuse(r->audit->ctx, &it, err, part->verdict.step, &why);
    }
    return false;
}

/*
 * The HAB signature lies behind the image; its length is stated nowhere that
 * we trust. The manifest's digest tells: the first length whose hash matches.
 * 0 when none does.
 */
static size_t hab_length(aw_bytes behind, const uint8_t want[AW_SHA256_SIZE])
{
    struct aw_sha256 running;

    aw_sha256_init(&running);
    for (size_t n = 1; n <= behind.n; n++) {
        struct aw_sha256 fork;
        uint8_t digest[AW_SHA256_SIZE];

        aw_sha256_update(&running, (aw_bytes){behind.p + n - 1, 1});
        fork = running;
        aw_sha256_final(&fork, digest);
        if (memcmp(digest, want, sizeof(digest)) == 0) {
            return n;
        }
    }
    return 0;
}

static void refuse_hab(struct record *r)
{
    refuse(r, aw_bundle_step_name(AW_STEP_HAB),
           &(struct aw_finding){
               .err = AW_ERR_DIGEST,
               .what = "the HAB signature is not the one of the manifest",
               .expected = "the bytes with the manifest's digest behind the "
                           "boot image",
               .got = "others, or none",
           });
}

/* What is verified must also boot on a closed part. */
static bool boots(struct record *r, const struct aw_bundle *bundle)
{
    struct judge_case it = judge_case(r, bundle);
    struct device_part *part = r->part;

    if (r->audit->skip_hab || judge_boot(r->audit->ctx, &it, &part->verdict,
                                         r->quiet, &part->rom) == AW_EXIT_OK) {
        return true;
    }
    part->stopped_at = "boot-rom";
    return false;
}

/* The image, and the HAB signature where the manifest names one. The second
 * verification makes the release that vouches for both. */
static bool verify_image(struct record *r)
{
    struct device_part *part = r->part;
    const struct aw_manifest *m = &part->verdict.manifest;
    struct aw_bundle bundle = part->bundle;

    bundle.has_firmware = true;
    bundle.firmware = (aw_bytes){r->image, (size_t)part->size};
    if (!verify(r, &bundle)) {
        return false;
    }
    if (!m->has_hab || !aw_component_has_hab(m->component)) {
        return boots(r, &bundle);
    }
    aw_bytes behind = {r->image + part->size, (size_t)r->behind};

    part->hab_size = hab_length(behind, m->hab_sig_sha256);
    if (part->hab_size == 0) {
        refuse_hab(r);
        return false;
    }
    bundle.has_hab_signature = true;
    bundle.hab_signature = (aw_bytes){behind.p, (size_t)part->hab_size};
    return verify(r, &bundle) && boots(r, &bundle);
}

/* Image and, for the bootloader, what may be its HAB signature. */
static aw_err read_image(struct record *r, struct aw_diag *diag)
{
    const struct device_part *part = r->part;
    uint64_t from = aw_emmc_offset(part->slot);
    uint64_t room = aw_emmc_size(part->slot) - part->size;
    uint64_t left = r->audit->medium->size - from - part->size;

    if (aw_component_has_hab(part->config->component)) {
        r->behind = room < left ? room : left;
        r->behind =
            r->behind < HAB_SIGNATURE_MAX ? r->behind : HAB_SIGNATURE_MAX;
    }
    r->image = aw_alloc((size_t)(part->size + r->behind), 1);
    return device_read(r->audit, from, r->image, part->size + r->behind, diag);
}

/* The record says where the image lies; the map decides whether it may. */
static aw_err check_image(struct record *r, struct aw_diag *diag)
{
    struct device_part *part = r->part;
    struct aw_diag why = {0};
    aw_err err = aw_bundle_from_config(&r->config, &part->bundle, &why);

    if (err != AW_OK) {
        refuse_record(r, err, &why);
        return AW_OK;
    }
    err = aw_emmc_check(part->config->component, r->config.offset,
                        r->config.size, &part->slot);
    if (err != AW_OK) {
        refuse_place(r, err);
        return AW_OK;
    }
    part->size = (uint64_t)r->config.size;
    if (!device_has(r->audit, aw_emmc_offset(part->slot), part->size)) {
        refuse_cut(r, "image", "the image is cut off");
        return AW_OK;
    }
    err = read_image(r, diag);
    if (err == AW_OK) {
        part->verified = verify_image(r);
        part->verdict.release.firmware = (aw_bytes){NULL, 0};
        part->verdict.release.hab_signature = (aw_bytes){NULL, 0};
    }
    free(r->image);
    return err;
}

/* Nothing signs the record itself. Bytes in it that its values do not need,
 * such as fields that readers skip, are judged as what lies behind it. */
static void check_spare(struct record *r, const uint8_t *bytes)
{
    struct device_audit *audit = r->audit;
    const aw_bytes stream = {bytes, r->config.stream_n};

    if (aw_bootcfg_is_plain(&r->config, stream) &&
        r->config.n_signatures == 0) {
        return;
    }
    device_area_found(
        audit,
        &(struct device_area){
            .name = r->part->config->name,
            .content = DEVICE_RESIDUE,
            .offset = aw_emmc_offset(r->part->config),
            .size = r->config.stream_n,
            .first = aw_emmc_offset(r->part->config),
            .note = "the record holds bytes that its values do not need",
        },
        "a record as upstream writes it", "other bytes with the same meaning");
}

aw_err device_part_check(struct device_audit *audit,
                         const struct aw_emmc_region *config, bool quiet,
                         struct device_part *part, struct aw_diag *diag)
{
    struct record r = {.audit = audit, .part = part, .quiet = quiet};
    struct aw_diag why = {0};
    uint64_t from = aw_emmc_offset(config);
    size_t room = (size_t)aw_emmc_size(config);

    *part = (struct device_part){.config = config, .stopped_at = "record"};
    if (!device_has(audit, from, room)) {
        refuse_cut(&r, "record", "the configuration record is cut off");
        return AW_OK;
    }
    uint8_t *buf = aw_pool_alloc(&audit->ctx->pool, room, 1);
    aw_err err = device_read(audit, from, buf, room, diag);

    if (err != AW_OK) {
        return err;
    }
    err = aw_bootcfg_parse((aw_bytes){buf, room}, &r.config, &why);
    if (err != AW_OK) {
        refuse_record(&r, err, &why);
        return AW_OK;
    }
    part->record_end = from + r.config.stream_n;
    err = check_image(&r, diag);
    if (err == AW_OK && part->verified) {
        check_spare(&r, buf);
    }
    return err;
}
