/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/text.h"
#include "provision/provision.h"

static uint64_t whole_blocks(uint64_t n)
{
    return (n + AW_EMMC_BLOCK - 1) / AW_EMMC_BLOCK * AW_EMMC_BLOCK;
}

static int report_layout(struct provision *p, enum aw_component component,
                         aw_err err)
{
    return aw_report(p->ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_STATEMENT,
                         .what = "the release does not fit on the device",
                         .subject = aw_component_name(component),
                     });
}

/* The configuration record of a release, its area filled up with zeros. */
static aw_err make_config(struct provision *p, enum aw_component component,
                          uint64_t offset, uint8_t area[AW_BOOTCFG_MAX])
{
    const struct board_release *r = &p->pick.release[component];
    struct aw_bootcfg *config =
        aw_pool_alloc(&p->ctx->pool, 1, sizeof(*config));
    struct aw_wr w = aw_wr_init(area, AW_BOOTCFG_MAX);
    aw_err err = aw_bundle_to_config(&r->bundle, config);

    if (err != AW_OK) {
        return err;
    }
    config->offset = (int64_t)offset;
    config->size = (int64_t)r->verdict.release.firmware.n;
    return aw_bootcfg_write(config, &w);
}

static int add_job(struct provision *p, const char *name,
                   enum aw_component component, uint64_t offset, aw_bytes bytes)
{
    struct provision_job *job = &p->plan.job[p->plan.n_jobs++];

    AW_BUG_ON(p->plan.n_jobs > PROVISION_JOBS);
    *job = (struct provision_job){name, component, offset, bytes, {0}};
    aw_sha256(bytes, job->sha256);
    return AW_EXIT_OK;
}

/* Memory for a job of n bytes, whole blocks. */
static uint8_t *job_memory(struct provision *p, uint64_t n)
{
    return aw_pool_alloc(&p->ctx->pool, (size_t)whole_blocks(n), 1);
}

/* OS and applet: record and ELF lie one behind the other. */
static int add_slot(struct provision *p, enum aw_component component,
                    const char *name)
{
    const struct aw_release *r = &p->pick.release[component].verdict.release;
    const struct aw_emmc_region *config =
        aw_emmc_find(AW_EMMC_CONFIG, component, 0);
    const struct aw_emmc_region *slot =
        aw_emmc_find(AW_EMMC_SLOT, component, 0);
    const struct aw_emmc_region *fits = NULL;
    uint64_t n = AW_BOOTCFG_MAX + r->firmware.n;
    uint8_t *area = job_memory(p, n);
    aw_err err = aw_emmc_check(component, (int64_t)aw_emmc_offset(slot),
                               (int64_t)r->firmware.n, &fits);

    if (err == AW_OK) {
        err = make_config(p, component, aw_emmc_offset(slot), area);
    }
    if (err != AW_OK) {
        return report_layout(p, component, err);
    }
    memcpy(area + AW_BOOTCFG_MAX, r->firmware.p, r->firmware.n);
    return add_job(p, name, component, aw_emmc_offset(config),
                   (aw_bytes){area, (size_t)whole_blocks(n)});
}

static int add_bootloader(struct provision *p)
{
    const struct aw_release *r =
        &p->pick.release[AW_BOOTLOADER].verdict.release;
    const struct aw_emmc_region *image =
        aw_emmc_find(AW_EMMC_IMAGE, AW_BOOTLOADER, 0);
    const struct aw_emmc_region *config =
        aw_emmc_find(AW_EMMC_CONFIG, AW_BOOTLOADER, 0);
    const struct aw_emmc_region *fits = NULL;
    uint64_t n = (uint64_t)r->firmware.n + r->hab_signature.n;
    uint8_t *area = job_memory(p, n);
    uint8_t *record = job_memory(p, AW_BOOTCFG_MAX);
    aw_err err = aw_emmc_check(AW_BOOTLOADER, (int64_t)aw_emmc_offset(image),
                               (int64_t)n, &fits);

    if (err == AW_OK) {
        err = make_config(p, AW_BOOTLOADER, aw_emmc_offset(image), record);
    }
    if (err != AW_OK) {
        return report_layout(p, AW_BOOTLOADER, err);
    }
    memcpy(area, r->firmware.p, r->firmware.n);
    memcpy(area + r->firmware.n, r->hab_signature.p, r->hab_signature.n);
    (void)add_job(p, "bootloader", AW_BOOTLOADER, aw_emmc_offset(image),
                  (aw_bytes){area, (size_t)whole_blocks(n)});
    return add_job(p, "boot config", AW_BOOTLOADER, aw_emmc_offset(config),
                   (aw_bytes){record, AW_BOOTCFG_MAX});
}

static void add_zeros(struct provision_plan *plan, uint64_t from, uint64_t to)
{
    AW_BUG_ON(plan->n_zeros == PROVISION_ZEROS);
    if (from < to) {
        plan->zeros[plan->n_zeros++] =
            (struct provision_zeros){from, to - from};
    }
}

/* The first job at or behind an offset; NULL: none. */
static const struct provision_job *next_job(const struct provision_plan *plan,
                                            uint64_t at)
{
    const struct provision_job *next = NULL;

    for (size_t i = 0; i < plan->n_jobs; i++) {
        const struct provision_job *job = &plan->job[i];

        if (job->offset >= at && (next == NULL || job->offset < next->offset)) {
            next = job;
        }
    }
    return next;
}

/* All that is not written is zeros, but for the device's own data and what it
 * writes behind it: an earlier life leaves nothing behind. What the medium has
 * behind the map is not known yet. */
static void add_rest(struct provision *p)
{
    const struct aw_emmc_region *data =
        aw_emmc_find(AW_EMMC_DATA, AW_TRUSTED_APPLET, 0);
    const struct aw_emmc_region *log =
        aw_emmc_find(AW_EMMC_CRASH_LOG, AW_TRUSTED_APPLET, 0);
    uint64_t end = aw_emmc_offset(data);
    uint64_t at = 0;
    const struct provision_job *job = NULL;

    while ((job = next_job(&p->plan, at)) != NULL) {
        add_zeros(&p->plan, at, job->offset);
        at = job->offset + job->bytes.n;
    }
    add_zeros(&p->plan, at, end);
    end += aw_emmc_size(data);
    if (p->args->wipe) {
        add_zeros(&p->plan, aw_emmc_offset(data), end);
    }
    add_zeros(&p->plan, end, aw_emmc_offset(log));
}

/* The plan's name covers every byte that is going to be on the device, and
 * whether it is going to be closed, and for whom. */
static void name_plan(const struct provision *p, struct provision_plan *plan)
{
    struct aw_sha256 hash;
    uint8_t line[128];

    aw_sha256_init(&hash);
    for (size_t i = 0; i < plan->n_jobs + plan->n_zeros; i++) {
        struct aw_wr w = aw_wr_init(line, sizeof(line));
        const struct provision_job *job =
            i < plan->n_jobs ? &plan->job[i] : NULL;
        const struct provision_zeros *zeros =
            job == NULL ? &plan->zeros[i - plan->n_jobs] : NULL;

        aw_wr_text(&w, job != NULL ? "write " : "zeros ");
        aw_wr_dec(&w, job != NULL ? job->offset : zeros->offset);
        aw_wr_text(&w, " ");
        aw_wr_dec(&w, job != NULL ? job->bytes.n : zeros->size);
        aw_wr_text(&w, " ");
        if (job != NULL) {
            aw_wr_hex(&w, (aw_bytes){job->sha256, AW_SHA256_SIZE});
        }
        aw_wr_text(&w, "\n");
        aw_sha256_update(&hash, aw_wr_done(&w));
    }
    if (p->args->fuse) {
        struct aw_wr w = aw_wr_init(line, sizeof(line));

        aw_wr_text(&w, "close ");
        aw_wr_hex(&w,
                  (aw_bytes){p->trust->use.policy.srk_hash, AW_SHA256_SIZE});
        aw_wr_text(&w, "\n");
        aw_sha256_update(&hash, aw_wr_done(&w));
    }
    aw_sha256_final(&hash, plan->sha256);
}

uint64_t provision_need(const struct provision *p)
{
    uint64_t end = 0;

    for (size_t i = 0; i < p->plan.n_jobs; i++) {
        const struct provision_job *job = &p->plan.job[i];
        uint64_t last = job->offset + job->bytes.n;

        end = last > end ? last : end;
    }
    return end + AW_EMMC_BLOCK;
}

static bool all_sealed(const struct provision *p)
{
    for (unsigned i = 0; i < AW_COMPONENTS; i++) {
        if (!aw_release_sealed(&p->pick.release[i].verdict.release)) {
            return false;
        }
    }
    return true;
}

int provision_lay_out(struct provision *p)
{
    int code = AW_EXIT_OK;

    AW_BUG_ON(!all_sealed(p));
    /* Upstream's order. A device whose bootloader is not there yet waits in
     * serial download, so that a cut leaves one that can be gone on with. */
    code = add_slot(p, AW_TRUSTED_OS, "trusted OS");
    if (code == AW_EXIT_OK) {
        code = add_bootloader(p);
    }
    if (code == AW_EXIT_OK) {
        code = add_slot(p, AW_TRUSTED_APPLET, "trusted applet");
    }
    if (code == AW_EXIT_OK) {
        add_rest(p);
        name_plan(p, &p->plan);
    }
    return code;
}

static void put_release(struct provision *p, const struct board_release *r)
{
    struct aw_out *out = &p->ctx->out;
    const struct aw_manifest *m = &r->verdict.manifest;

    aw_out_begin(out, NULL);
    aw_out_text(out, "component", aw_component_name(m->component));
    aw_out_bytes(out, "version", m->tag_name);
    aw_out_u64(out, "index", r->index);
    aw_out_hex(out, "sha256",
               (aw_bytes){r->verdict.release.firmware_sha256, AW_SHA256_SIZE});
    if (aw_component_has_hab(m->component)) {
        aw_out_text(out, "hab", rom_verdict_name(r->rom.verdict));
    }
    aw_out_end(out);
}

void provision_show(struct provision *p)
{
    struct aw_out *out = &p->ctx->out;
    const struct provision_plan *plan = &p->plan;

    aw_out_begin_list(out, "releases");
    for (unsigned i = 0; i < AW_COMPONENTS; i++) {
        put_release(p, &p->pick.release[i]);
    }
    aw_out_end_list(out);
    aw_out_hex(out, "plan", (aw_bytes){plan->sha256, AW_SHA256_SIZE});
    aw_out_begin_list(out, "writes");
    for (size_t i = 0; i < plan->n_jobs; i++) {
        const struct provision_job *job = &plan->job[i];

        aw_out_begin(out, NULL);
        aw_out_text(out, "name", job->name);
        aw_out_u64(out, "block", job->offset / AW_EMMC_BLOCK);
        aw_out_u64(out, "bytes", job->bytes.n);
        aw_out_hex(out, "sha256", (aw_bytes){job->sha256, AW_SHA256_SIZE});
        aw_out_end(out);
    }
    aw_out_end_list(out);
    aw_out_begin_list(out, "zeros");
    for (size_t i = 0; i < plan->n_zeros; i++) {
        aw_out_begin(out, NULL);
        aw_out_u64(out, "block", plan->zeros[i].offset / AW_EMMC_BLOCK);
        aw_out_u64(out, "bytes", plan->zeros[i].size);
        aw_out_end(out);
    }
    aw_out_end_list(out);
}
