/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/device_part.h"

#include <string.h>

#include "aw/bootcfg.h"
#include "aw/sha256.h"

enum {
    HAB_SIGNATURE_MAX = 64 * 1024, /* bytes searched behind the boot image */
    READ_STEP = 1 << 20
};

/* Notes a failed check; silent for an older copy. */
static void refuse(struct device_audit *audit, bool quiet,
                   const struct device_part *part, aw_err err,
                   const struct aw_diag *diag)
{
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_STATEMENT,
        .exit = AW_EXIT_MISMATCH,
        .subject = part->config->name,
        .diag = diag,
    };

    if (quiet) {
        return;
    }
    if (part->step == AW_STEP_CHECKPOINT || part->step == AW_STEP_QUORUM) {
        finding.exit = AW_EXIT_LOG;
    }
    if (part->step == AW_STEP_INCLUSION) {
        finding.exit = err == AW_ERR_RANGE ? AW_EXIT_NOT_LOGGED : AW_EXIT_LOG;
    }
    (void)aw_report(audit->ctx, &finding);
}

static aw_err medium_read(struct device_audit *audit, uint64_t offset,
                          uint8_t *buf, size_t n, struct aw_diag *diag)
{
    const struct aw_medium *m = audit->medium;

    if (offset > m->size || n > m->size - offset) {
        return aw_fail(diag, AW_ERR_SHORT, "medium: ends before", offset);
    }
    return m->read(m->ctx, offset, buf, n, diag);
}

/* Reads an image whose place has been checked against the map. */
static aw_err read_image(struct device_audit *audit, uint64_t offset,
                         uint64_t size, uint8_t **image, struct aw_diag *diag)
{
    uint8_t *buf = aw_pool_alloc(&audit->ctx->pool, (size_t)size, 1);

    for (uint64_t at = 0; at < size; at += READ_STEP) {
        uint64_t n = size - at < READ_STEP ? size - at : READ_STEP;
        aw_err err = medium_read(audit, offset + at, buf + at, (size_t)n, diag);

        if (err != AW_OK) {
            return err;
        }
        if (audit->progress != NULL) {
            aw_progress_add(audit->progress, n);
        }
    }
    *image = buf;
    return AW_OK;
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

/* Finds and checks the HAB signature of a verified boot image. */
static aw_err check_hab(struct device_audit *audit, struct device_part *part,
                        const struct aw_manifest *manifest,
                        struct aw_diag *diag)
{
    uint8_t *buf = NULL;
    uint64_t from = aw_emmc_offset(part->slot) + part->size;
    uint64_t room = aw_emmc_size(part->slot) - part->size;
    uint64_t n = room < HAB_SIGNATURE_MAX ? room : HAB_SIGNATURE_MAX;

    if (!manifest->has_hab) {
        return AW_OK;
    }
    if (from < audit->medium->size && n > audit->medium->size - from) {
        n = audit->medium->size - from;
    }
    aw_err err = read_image(audit, from, n, &buf, diag);

    if (err != AW_OK) {
        return err;
    }
    part->hab_target = aw_pool_bytes(&audit->ctx->pool, manifest->hab_target);
    part->hab_size =
        hab_length((aw_bytes){buf, (size_t)n}, manifest->hab_sig_sha256);
    if (part->hab_size == 0) {
        part->step = AW_STEP_HAB;
        part->verified = false;
        refuse(audit, false, part, AW_ERR_DIGEST,
               &(struct aw_diag){AW_ERR_DIGEST, "HAB signature: digest", from});
    }
    return AW_OK;
}

/* What a report needs, out of the verdict, whose texts are on loan. */
static void keep_facts(struct device_audit *audit,
                       const struct aw_bundle *bundle,
                       const struct aw_verdict *verdict,
                       struct device_part *part)
{
    part->index = bundle->index;
    part->version =
        aw_pool_bytes(&audit->ctx->pool, verdict->manifest.tag_name);
    memcpy(part->firmware_sha256, verdict->manifest.firmware_sha256,
           sizeof(part->firmware_sha256));
    part->leaf = verdict->leaf;
    part->tree.size = verdict->checkpoint.size;
    part->tree.root = verdict->checkpoint.root;
    part->checkpoint = bundle->checkpoint;
    part->manifest = bundle->manifest;
    part->proof = bundle->proof;
}

/* The record says where the image lies; the map decides whether it may. */
static aw_err check_image(struct device_audit *audit,
                          const struct aw_bootcfg *config, bool quiet,
                          struct device_part *part, struct aw_diag *diag)
{
    uint8_t *image = NULL;
    struct aw_bundle bundle;
    struct aw_verdict verdict;
    struct aw_diag why = {0};
    struct aw_expect expect = {.component = part->component, .now = audit->now};
    struct aw_wr work =
        aw_wr_init(aw_pool_alloc(&audit->ctx->pool, AW_MANIFEST_WORK, 1),
                   AW_MANIFEST_WORK);
    aw_err err = aw_emmc_check(part->component, config->offset, config->size,
                               &part->slot);

    if (err != AW_OK) {
        (void)aw_fail(&why, err, "config record: place of the image",
                      (uint64_t)config->offset);
        refuse(audit, quiet, part, err, &why);
        return AW_OK;
    }
    part->size = (uint64_t)config->size;
    err = aw_bundle_from_config(config, &bundle, &why);
    if (err != AW_OK) {
        refuse(audit, quiet, part, err, &why);
        return AW_OK;
    }
    err =
        read_image(audit, aw_emmc_offset(part->slot), part->size, &image, diag);
    if (err != AW_OK) {
        return err;
    }
    bundle.has_firmware = true;
    bundle.firmware = (aw_bytes){image, (size_t)part->size};
    err = aw_bundle_verify(&bundle, audit->policy, &expect, &work, &verdict,
                           &why);
    part->step = verdict.step;
    if (err != AW_OK) {
        refuse(audit, quiet, part, err, &why);
        return AW_OK;
    }
    part->verified = true;
    keep_facts(audit, &bundle, &verdict, part);
    return check_hab(audit, part, &verdict.manifest, diag);
}

aw_err device_part_check(struct device_audit *audit,
                         const struct aw_emmc_region *config, bool quiet,
                         struct device_part *part, struct device_image *image,
                         struct aw_diag *diag)
{
    uint8_t *buf = NULL;
    struct aw_bootcfg record;
    struct aw_diag why = {0};
    uint64_t from = aw_emmc_offset(config);
    size_t room = (size_t)aw_emmc_size(config);
    aw_err err = AW_OK;

    *part = (struct device_part){
        .component = config->component,
        .config = config,
        .step = AW_STEP_MANIFEST,
    };
    if (quiet && from >= audit->medium->size) {
        return AW_OK;
    }
    err = read_image(audit, from, room, &buf, diag);
    if (err != AW_OK) {
        return err;
    }
    err = aw_bootcfg_parse((aw_bytes){buf, room}, &record, &why);
    if (err != AW_OK) {
        refuse(audit, quiet, part, err, &why);
        return AW_OK;
    }
    err = check_image(audit, &record, quiet, part, diag);
    if (err == AW_OK && part->verified) {
        image->config_end = from + record.stream_n;
        image->end = aw_emmc_offset(part->slot) + part->size + part->hab_size;
    }
    return err;
}
