/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/device.h"

#include "verify/device_part.h"

const char *device_content_name(enum device_content content)
{
    static const char *const names[] = {
        [DEVICE_ZERO] = "zero",       [DEVICE_NAMED] = "named",
        [DEVICE_RESIDUE] = "residue", [DEVICE_UNKNOWN] = "unknown",
        [DEVICE_OWN] = "own data",    [DEVICE_ABSENT] = "absent",
    };

    return names[content];
}

void device_area_add(struct device_audit *audit, const struct device_area *area)
{
    AW_BUG_ON(audit->n_areas >= DEVICE_AREAS);
    audit->area[audit->n_areas++] = *area;
}

/* A run of bytes that must be zero, or else is a finding or a warning. */
static aw_err judge(struct device_audit *audit, const char *name, uint64_t from,
                    uint64_t to, enum device_content otherwise,
                    struct aw_diag *diag)
{
    struct device_area area = {
        .name = name,
        .offset = from,
        .size = to - from,
        .content = DEVICE_ZERO,
    };

    if (from >= to) {
        return AW_OK;
    }
    if (from >= audit->medium->size) {
        area.content = DEVICE_ABSENT;
        device_area_add(audit, &area);
        return AW_OK;
    }
    aw_err err = device_first_data(audit, from, to, &area.first, diag);

    if (err != AW_OK) {
        return err;
    }
    if (area.first < to) {
        bool strict = otherwise == DEVICE_UNKNOWN ||
                      (otherwise == DEVICE_RESIDUE && audit->strict_residue);

        area.content = otherwise;
        if (strict) {
            struct aw_finding finding = {
                .err = AW_ERR_CONTENT,
                .on = AW_ON_DEVICE,
                .exit = AW_EXIT_UNKNOWN,
                .subject = name,
                .expected = "zeros",
                .got = aw_pool_printf(&audit->ctx->pool,
                                      "other bytes from offset 0x%llx",
                                      (unsigned long long)area.first),
                .remedy = "look at these bytes; provision the device again "
                          "if nobody can explain them",
            };

            (void)aw_report(audit->ctx, &finding);
        }
    }
    device_area_add(audit, &area);
    return AW_OK;
}

/* The part whose image starts in this slot, or NULL. */
static const struct device_part *part_in(const struct device_audit *audit,
                                         const struct aw_emmc_region *slot)
{
    for (size_t i = 0; i < audit->n_parts; i++) {
        if (audit->part[i].slot == slot) {
            return &audit->part[i];
        }
    }
    return NULL;
}

/* Offset behind what is known in a region; its start when nothing is. */
struct used {
    const struct aw_emmc_region *region;
    uint64_t end;
};

struct used_list {
    size_t n;
    struct used used[2 * DEVICE_PARTS];
};

static uint64_t used_end(const struct used_list *list,
                         const struct aw_emmc_region *region)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->used[i].region == region) {
            return list->used[i].end;
        }
    }
    return aw_emmc_offset(region);
}

static void used_add(struct used_list *list,
                     const struct aw_emmc_region *region, uint64_t end)
{
    list->used[list->n++] = (struct used){region, end};
}

static aw_err check_part(struct device_audit *audit,
                         const struct aw_emmc_region *config,
                         struct used_list *list, struct aw_diag *diag)
{
    bool older = config->copy > 0;
    struct device_part part = {0};
    struct device_image image = {0};
    aw_err err = device_part_check(audit, config, older, &part, &image, diag);

    if (err != AW_OK || (older && !part.verified)) {
        return err;
    }
    audit->part[audit->n_parts++] = part;
    if (part.verified) {
        used_add(list, part.config, image.config_end);
        used_add(list, part.slot, image.end);
    }
    return AW_OK;
}

/* The running releases first, then older copies. */
static aw_err check_parts(struct device_audit *audit, struct used_list *list,
                          struct aw_diag *diag)
{
    size_t n = 0;
    const struct aw_emmc_region *regions = aw_emmc_regions(&n);
    aw_err err = AW_OK;

    for (size_t i = 0; i < 2 * n && err == AW_OK; i++) {
        const struct aw_emmc_region *region = &regions[i % n];

        if (region->kind == AW_EMMC_CONFIG && region->copy == i / n) {
            err = check_part(audit, region, list, diag);
        }
    }
    return err;
}

/* A slot that no record points at: a logged image, or residue. */
static aw_err judge_slot(struct device_audit *audit,
                         const struct aw_emmc_region *region,
                         struct used_list *list, struct aw_diag *diag)
{
    uint64_t from = used_end(list, region);
    uint64_t to = aw_emmc_offset(region) + aw_emmc_size(region);

    if (part_in(audit, region) == NULL) {
        uint64_t end = 0;
        const struct device_known *known = device_known_at(audit, region, &end);

        if (known != NULL) {
            struct device_area area = {
                .name = region->name,
                .content = DEVICE_NAMED,
                .offset = from,
                .size = end - from,
                .first = from,
                .note = aw_pool_printf(
                    &audit->ctx->pool, "%s %s, log index %llu",
                    aw_component_name(known->component), known->version,
                    (unsigned long long)known->index),
            };

            device_area_add(audit, &area);
            from = end;
        }
    }
    return judge(audit, region->name, from, to, DEVICE_RESIDUE, diag);
}

/* True when the running release of a component did not verify: then nothing
 * says where its bytes end. */
static bool component_failed(const struct device_audit *audit,
                             enum aw_component component)
{
    for (size_t i = 0; i < audit->n_parts; i++) {
        if (audit->part[i].component == component && !audit->part[i].verified) {
            return true;
        }
    }
    return false;
}

static void area_not_judged(struct device_audit *audit,
                            const struct aw_emmc_region *region)
{
    device_area_add(audit, &(struct device_area){
                               .name = region->name,
                               .content = DEVICE_UNKNOWN,
                               .offset = aw_emmc_offset(region),
                               .size = aw_emmc_size(region),
                               .note = "not judged: its release is refused",
                           });
}

static aw_err judge_region(struct device_audit *audit,
                           const struct aw_emmc_region *region,
                           struct used_list *list, struct aw_diag *diag)
{
    uint64_t from = used_end(list, region);
    uint64_t to = aw_emmc_offset(region) + aw_emmc_size(region);
    struct device_area own = {
        .name = region->name,
        .content = from < audit->medium->size ? DEVICE_OWN : DEVICE_ABSENT,
        .offset = from,
        .size = to - from,
    };

    if (component_failed(audit, region->component) && own.size > 0 &&
        (region->kind == AW_EMMC_IMAGE || region->kind == AW_EMMC_SLOT ||
         region->kind == AW_EMMC_CONFIG)) {
        area_not_judged(audit, region);
        return AW_OK;
    }
    switch (region->kind) {
    case AW_EMMC_IMAGE:
    case AW_EMMC_BOOT_STATE:
        return judge(audit, region->name, from, to, DEVICE_UNKNOWN, diag);
    case AW_EMMC_CONFIG:
        return judge(audit, region->name, from, to, DEVICE_RESIDUE, diag);
    case AW_EMMC_SLOT:
        return judge_slot(audit, region, list, diag);
    case AW_EMMC_DATA:
    case AW_EMMC_CRASH_LOG:
        device_area_add(audit, &own);
        return AW_OK;
    }
    return AW_OK;
}

/* Every byte in order: the gap before each region, then the region. */
static aw_err judge_all(struct device_audit *audit, struct used_list *list,
                        struct aw_diag *diag)
{
    size_t n = 0;
    const struct aw_emmc_region *regions = aw_emmc_regions(&n);
    uint64_t at = 0;
    aw_err err = AW_OK;

    for (size_t i = 0; i < n && err == AW_OK; i++) {
        uint64_t start = aw_emmc_offset(&regions[i]);

        err = judge(
            audit,
            aw_pool_printf(&audit->ctx->pool, "gap before %s", regions[i].name),
            at, start, DEVICE_UNKNOWN, diag);
        if (err == AW_OK) {
            err = judge_region(audit, &regions[i], list, diag);
        }
        at = start + aw_emmc_size(&regions[i]);
    }
    if (err == AW_OK) {
        err = judge(audit, "rest of the medium", at, audit->medium->size,
                    DEVICE_UNKNOWN, diag);
    }
    return err;
}

aw_err device_audit_run(struct device_audit *audit, struct aw_diag *diag)
{
    struct used_list list = {0};
    aw_err err = check_parts(audit, &list, diag);

    if (err == AW_OK) {
        err = judge_all(audit, &list, diag);
    }
    return err;
}
