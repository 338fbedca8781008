/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/device.h"

#include <string.h>

#include "aw/bootstate.h"
#include "aw/settings.h"
#include "verify/device_part.h"

const char *device_content_name(enum device_content content)
{
    static const char *const names[] = {
        [DEVICE_ZERO] = "zero",       [DEVICE_NAMED] = "named",
        [DEVICE_RESIDUE] = "residue", [DEVICE_UNKNOWN] = "unknown",
        [DEVICE_OWN] = "own data",    [DEVICE_REFUSED] = "not judged",
        [DEVICE_ABSENT] = "absent",   [DEVICE_SAMPLED] = "sampled",
    };

    return names[content];
}

uint64_t device_map_end(void)
{
    size_t n = 0;
    const struct aw_emmc_region *regions = aw_emmc_regions(&n);

    return aw_emmc_offset(&regions[n - 1]) + aw_emmc_size(&regions[n - 1]);
}

void device_area_add(struct device_audit *audit, const struct device_area *area)
{
    AW_BUG_ON(audit->n_areas >= DEVICE_AREAS);
    audit->area[audit->n_areas++] = *area;
}

void device_area_found(struct device_audit *audit,
                       const struct device_area *area, const char *expected,
                       const char *got)
{
    bool strict = area->content == DEVICE_UNKNOWN ||
                  (area->content == DEVICE_RESIDUE && audit->strict_residue);

    device_area_add(audit, area);
    if (!strict) {
        return;
    }
    (void)aw_report(audit->ctx,
                    &(struct aw_finding){
                        .err = AW_ERR_CONTENT,
                        .on = AW_ON_DEVICE,
                        .exit = AW_EXIT_UNKNOWN,
                        .subject = aw_pool_printf(&audit->ctx->pool, "%s, %s",
                                                  audit->name, area->name),
                        .expected = expected,
                        .got = got,
                        .remedy = "look at these bytes; if nobody can explain "
                                  "them, provision the device again with "
                                  "--clear-all",
                    });
}

static aw_err judge(struct device_audit *audit, const char *name, uint64_t from,
                    uint64_t to, enum device_content otherwise,
                    struct aw_diag *diag);

/* What the medium has of an area, and the rest of it. */
static aw_err judge_cut(struct device_audit *audit,
                        const struct device_area *area,
                        enum device_content otherwise, struct aw_diag *diag)
{
    uint64_t size = audit->medium->size;
    struct device_area rest = *area;

    if (area->offset < size) {
        aw_err err =
            judge(audit, area->name, area->offset, size, otherwise, diag);

        if (err != AW_OK) {
            return err;
        }
        rest.offset = size;
        rest.size = area->offset + area->size - size;
    }
    rest.content = DEVICE_ABSENT;
    device_area_add(audit, &rest);
    return AW_OK;
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
    if (to > audit->medium->size) {
        return judge_cut(audit, &area, otherwise, diag);
    }
    aw_err err = device_first_data(audit, from, to, &area.first, diag);

    if (err != AW_OK) {
        return err;
    }
    if (area.first == to) {
        area.content =
            device_samples(audit, from, to) ? DEVICE_SAMPLED : DEVICE_ZERO;
        device_area_add(audit, &area);
        return AW_OK;
    }
    area.content = otherwise;
    device_area_found(audit, &area, "zeros",
                      aw_pool_printf(&audit->ctx->pool,
                                     "other bytes from offset 0x%llx",
                                     (unsigned long long)area.first));
    return AW_OK;
}

/* Offset behind what is known in a region; its start when nothing is. */
static uint64_t used_end(const struct device_audit *audit,
                         const struct aw_emmc_region *region)
{
    uint64_t end = aw_emmc_offset(region);

    for (size_t i = 0; i < audit->n_parts; i++) {
        const struct device_part *p = &audit->part[i];

        if (p->config == region && p->record_end > end) {
            end = p->record_end;
        }
        if (p->verified && p->slot == region &&
            aw_emmc_offset(region) + p->size + p->hab_size > end) {
            end = aw_emmc_offset(region) + p->size + p->hab_size;
        }
    }
    return end;
}

static bool is_used(const struct device_audit *audit,
                    const struct aw_emmc_region *region)
{
    return used_end(audit, region) > aw_emmc_offset(region);
}

/* True when a refused release leaves open what the bytes of this region are:
 * it lies there, or its record does not say where it lies. */
static bool left_open(const struct device_audit *audit,
                      const struct aw_emmc_region *region)
{
    for (size_t i = 0; i < audit->n_parts; i++) {
        const struct device_part *p = &audit->part[i];
        bool here =
            p->slot == region ||
            (p->slot == NULL && p->config->component == region->component &&
             region->kind != AW_EMMC_CONFIG) ||
            (p->config == region && p->record_end == 0);

        if (!p->verified && here) {
            return true;
        }
    }
    return false;
}

static void area_left_open(struct device_audit *audit,
                           const struct aw_emmc_region *region)
{
    device_area_add(audit, &(struct device_area){
                               .name = region->name,
                               .content = DEVICE_REFUSED,
                               .offset = aw_emmc_offset(region),
                               .size = aw_emmc_size(region),
                               .note = "its release is refused",
                           });
}

static aw_err check_part(struct device_audit *audit,
                         const struct aw_emmc_region *config, bool blank,
                         struct aw_diag *diag)
{
    bool older = config->copy > 0;

    AW_BUG_ON(audit->n_parts >= DEVICE_PARTS);
    struct device_part *part = &audit->part[audit->n_parts];
    aw_err err = device_part_check(audit, config, older || blank, part, diag);

    audit->n_parts += err == AW_OK && (!older || part->verified) ? 1 : 0;
    return err;
}

static aw_err check_copies(struct device_audit *audit, unsigned copy,
                           bool blank, struct aw_diag *diag)
{
    size_t n = 0;
    const struct aw_emmc_region *regions = aw_emmc_regions(&n);
    aw_err err = AW_OK;

    for (size_t i = 0; i < n && err == AW_OK; i++) {
        if (regions[i].kind == AW_EMMC_CONFIG && regions[i].copy == copy) {
            err = check_part(audit, &regions[i], blank, diag);
        }
    }
    return err;
}

/* True when there is nothing where the records belong, of no component. */
static aw_err find_blank(struct device_audit *audit, bool *blank,
                         struct aw_diag *diag)
{
    size_t n = 0;
    const struct aw_emmc_region *regions = aw_emmc_regions(&n);
    aw_err err = AW_OK;

    *blank = true;
    for (size_t i = 0; i < n && err == AW_OK && *blank; i++) {
        uint64_t from = aw_emmc_offset(&regions[i]);
        uint64_t to = from + aw_emmc_size(&regions[i]);
        uint64_t first = to;

        if (regions[i].kind != AW_EMMC_CONFIG) {
            continue;
        }
        err = device_first_data(audit, from, to, &first, diag);
        *blank = first == to && device_has(audit, from, to - from);
    }
    return err;
}

/* One finding for what would else be one for each component. */
static void report_blank(struct device_audit *audit)
{
    (void)aw_report(audit->ctx,
                    &(struct aw_finding){
                        .err = AW_ERR_NOT_FOUND,
                        .on = AW_ON_DEVICE,
                        .exit = AW_EXIT_MISMATCH,
                        .subject = audit->name,
                        .what = "nothing was ever provisioned here",
                        .expected = "configuration records of bootloader, OS "
                                    "and applet",
                        .got = "zeros where they belong",
                        .remedy = "check that this is the device, or the image "
                                  "of it, that you meant; aw provision puts "
                                  "firmware on a blank one",
                    });
}

/* The running releases first, then older copies that hold. */
static aw_err check_parts(struct device_audit *audit, struct aw_diag *diag)
{
    bool blank = false;
    aw_err err = find_blank(audit, &blank, diag);

    if (err == AW_OK && blank) {
        report_blank(audit);
    }
    if (err == AW_OK) {
        err = check_copies(audit, 0, blank, diag);
    }
    return err == AW_OK ? check_copies(audit, 1, blank, diag) : err;
}

/* A slot that no record points at: a logged image, or residue. */
static aw_err judge_slot(struct device_audit *audit,
                         const struct aw_emmc_region *region,
                         struct aw_diag *diag)
{
    uint64_t from = used_end(audit, region);
    uint64_t to = aw_emmc_offset(region) + aw_emmc_size(region);
    const struct device_known *known = NULL;
    uint64_t end = 0;
    aw_err err = AW_OK;

    if (!is_used(audit, region)) {
        err = device_known_at(audit, region, &known, &end, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (known != NULL) {
        device_area_add(
            audit, &(struct device_area){
                       .name = region->name,
                       .content = DEVICE_NAMED,
                       .offset = from,
                       .size = end - from,
                       .note = aw_pool_printf(
                           &audit->ctx->pool, "%s %s, log index %llu",
                           aw_component_name(known->component), known->version,
                           (unsigned long long)known->index),
                   });
        from = end;
    } else if (!is_used(audit, region) && left_open(audit, region)) {
        area_left_open(audit, region);
        return AW_OK;
    }
    return judge(audit, region->name, from, to, DEVICE_RESIDUE, diag);
}

/* What the device keeps for itself is not judged. */
static void own_data(struct device_audit *audit,
                     const struct aw_emmc_region *region)
{
    struct device_area area = {
        .name = region->name,
        .content = DEVICE_OWN,
        .offset = aw_emmc_offset(region),
        .size = aw_emmc_size(region),
    };
    uint64_t size = audit->medium->size;
    uint64_t left = size > area.offset ? size - area.offset : 0;
    uint64_t cut = left < area.size ? area.size - left : 0;

    area.size -= cut;
    if (area.size > 0) {
        device_area_add(audit, &area);
    }
    if (cut > 0) {
        area.content = DEVICE_ABSENT;
        area.offset += area.size;
        area.size = cut;
        device_area_add(audit, &area);
    }
}

_Static_assert((int)AW_BOOT_STATE_SIZE == (int)AW_SETTINGS_SIZE, "a block");

/* What our own firmware writes there. */
static bool is_record(enum aw_emmc_kind kind, const uint8_t *block)
{
    struct aw_boot_state state;
    struct aw_ctl_config config;
    uint32_t seq = 0;

    if (kind == AW_EMMC_SETTINGS) {
        return aw_settings_parse(block, &seq, &config) == AW_OK;
    }
    return aw_boot_state_parse((aw_bytes){block, AW_BOOT_STATE_SIZE}, &state,
                               NULL) == AW_OK;
}

/* A record of our own firmware holds counters or addresses, nothing that
 * runs. */
static aw_err judge_record(struct device_audit *audit,
                           const struct aw_emmc_region *region,
                           struct aw_diag *diag)
{
    uint8_t block[AW_BOOT_STATE_SIZE];
    uint64_t from = aw_emmc_offset(region);
    aw_err err = AW_OK;

    if (device_has(audit, from, sizeof(block))) {
        err = device_read(audit, from, block, sizeof(block), diag);
    } else {
        memset(block, 0, sizeof(block));
    }
    if (err != AW_OK) {
        return err;
    }
    if (is_record(region->kind, block)) {
        own_data(audit, region);
        return AW_OK;
    }
    return judge(audit, region->name, from, from + aw_emmc_size(region),
                 DEVICE_UNKNOWN, diag);
}

static aw_err judge_region(struct device_audit *audit,
                           const struct aw_emmc_region *region,
                           struct aw_diag *diag)
{
    uint64_t from = used_end(audit, region);
    uint64_t to = aw_emmc_offset(region) + aw_emmc_size(region);

    switch (region->kind) {
    case AW_EMMC_SLOT:
        return judge_slot(audit, region, diag);
    case AW_EMMC_IMAGE:
    case AW_EMMC_CONFIG:
        if (left_open(audit, region)) {
            area_left_open(audit, region);
            return AW_OK;
        }
        return judge(audit, region->name, from, to,
                     region->kind == AW_EMMC_IMAGE ? DEVICE_UNKNOWN
                                                   : DEVICE_RESIDUE,
                     diag);
    case AW_EMMC_BOOT_STATE:
    case AW_EMMC_SETTINGS:
        return judge_record(audit, region, diag);
    case AW_EMMC_DATA:
    case AW_EMMC_CRASH_LOG:
        break;
    }
    own_data(audit, region);
    return AW_OK;
}

/* Every byte in order: the gap before each region, then the region. */
static aw_err judge_all(struct device_audit *audit, struct aw_diag *diag)
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
            err = judge_region(audit, &regions[i], diag);
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
    audit->step = aw_pool_alloc(&audit->ctx->pool, DEVICE_STEP, 1);
    aw_err err = check_parts(audit, diag);

    return err == AW_OK ? judge_all(audit, diag) : err;
}
