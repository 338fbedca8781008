/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/known.h"

#include <string.h>

#include "log/scan.h"

struct collector {
    struct aw_ctx *ctx;
    struct device_audit *audit;
    aw_bytes hab_target;
    size_t cap;
};

static void take_entry(void *ctx, const struct log_entry *entry)
{
    struct collector *c = ctx;
    struct device_audit *audit = c->audit;

    if (entry->err != AW_OK ||
        aw_latest_add(&audit->latest, entry->index, entry->manifest,
                      c->hab_target, NULL) != AW_OK) {
        return;
    }
    if (audit->n_known == c->cap) {
        size_t cap = c->cap == 0 ? 64 : c->cap * 2;
        struct device_known *more =
            aw_pool_alloc(&c->ctx->pool, cap, sizeof(*more));

        if (audit->n_known > 0) {
            memcpy(more, audit->known, audit->n_known * sizeof(*more));
        }
        audit->known = more;
        c->cap = cap;
    }
    struct device_known *k = &audit->known[audit->n_known++];

    memcpy(k->firmware_sha256, entry->manifest->firmware_sha256,
           sizeof(k->firmware_sha256));
    k->index = entry->index;
    k->version = aw_pool_bytes(&c->ctx->pool, entry->manifest->tag_name);
    k->component = entry->manifest->component;
}

int known_load(struct aw_ctx *ctx, struct log_view *log,
               struct device_audit *audit)
{
    struct collector c = {
        .ctx = ctx,
        .audit = audit,
        .hab_target = log->trust->use.policy.hab_target,
    };

    return log_scan(log, take_entry, &c);
}

/* @return true when the log has a newer release than this one */
static bool is_older(const struct device_part *part,
                     const struct aw_latest_entry *latest)
{
    struct aw_semver newest;

    return latest->found &&
           aw_semver_parse((aw_bytes){latest->version, latest->version_n},
                           &newest) == AW_OK &&
           aw_semver_compare(&part->verdict.manifest.version, &newest) < 0;
}

void known_compare(struct aw_ctx *ctx, const struct device_audit *audit)
{
    for (size_t i = 0; i < audit->n_parts; i++) {
        const struct device_part *part = &audit->part[i];
        enum aw_component component = part->config->component;
        const struct aw_latest_entry *latest = &audit->latest.of[component];

        if (part->verified && part->config->copy == 0 &&
            is_older(part, latest)) {
            aw_warn(ctx, "%s %s is on the device, the log has the newer %s",
                    aw_component_name(component),
                    aw_pool_bytes(&ctx->pool, part->verdict.manifest.tag_name),
                    aw_pool_bytes(&ctx->pool, (aw_bytes){latest->version,
                                                         latest->version_n}));
        }
    }
}
