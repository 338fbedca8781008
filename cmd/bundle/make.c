/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/emmc.h"
#include "aw/hostio/file.h"
#include "aw/text.h"
#include "bundle/bundle.h"
#include "bundle/load.h"
#include "bundle/make_parts.h"
#include "common/buf.h"
#include "common/input.h"
#include "judge/judge.h"

#define TEXT_ROW(field, name_, arg_, help_)                     \
    {                                                           \
        .name = (name_), .type = AW_OPT_TEXT,                   \
        .at = offsetof(struct make_args, field), .arg = (arg_), \
        .help = (help_)                                         \
    }

static const struct aw_opt opts[] = {
    {.name = "manifest",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct make_args, manifest),
     .arg = "FILE",
     .help = "Signed manifest of the release.",
     .required = true},
    TEXT_ROW(view.checkpoint, "checkpoint", "FILE",
             "Signed checkpoint of the log. With --log it takes the place of "
             "the log's newest one."),
    {.name = "proof-hash",
     .type = AW_OPT_LIST,
     .at = offsetof(struct make_args, proof_hashes),
     .arg = "BASE64",
     .help = "Hash of the inclusion proof, from the leaf to the root; once "
             "for each hash."},
    TEXT_ROW(tlog_proof, "tlog-proof", "FILE",
             "Take index, proof and checkpoint from a proof file "
             "(c2sp.org/tlog-proof)."),
    TEXT_ROW(log, "log", "URL|DIR",
             "Take proof and checkpoint from a log: a folder, file:// or "
             "http(s):// address. Needs the log's key and origin."),
    TEXT_ROW(index, "index", "N",
             "Which entry of the log the manifest is. A log in the serverless "
             "layout is asked for it."),
    TEXT_ROW(firmware, "firmware", "FILE",
             "Image, compared with the manifest's digest; its length is the "
             "size in the record."),
    TEXT_ROW(hab_signature, "hab-signature", "FILE",
             "HAB signature (CSF), compared with the manifest's digest."),
    {.name = "form",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct make_args, form),
     .arg = BUNDLE_FORMS,
     .fallback = "config",
     .help = "What to write: a configuration record (gob), a proof bundle "
             "file (gob), or a record as JSON."},
    TEXT_ROW(slot, "slot", "boot|os-a|os-b|applet-a|applet-b",
             "In a record: where the image lies."),
    TEXT_ROW(offset, "offset", "BYTES",
             "In a record: where the image lies, in place of --slot."),
    TEXT_ROW(size, "size", "BYTES",
             "In a record: length of the image, when there is no --firmware."),
    {.name = "embed",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct make_args, embed),
     .help = "In a proof bundle file: put image and HAB signature inside."},
    {.name = "output",
     .alias = "o out",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct make_args, output),
     .arg = "FILE",
     .help = "Write the bundle to a new file.",
     .required = true},
    AW_TRUST_WHO_OPTS(offsetof(struct make_args, view.trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct make_args, view.trust)),
};

/* A bundle under way. */
struct job {
    const struct make_args *args;
    const struct aw_trust *trust; /* NULL: no key was given */
    struct aw_bundle bundle;
    struct aw_verdict verdict;
    struct rom_judged rom;
    struct aw_bootcfg config;
    struct aw_bundle_file file;
    const struct aw_emmc_region *region; /* of a record */
};

static bool is_record(const struct job *job)
{
    return job->args->form != BUNDLE_FILE;
}

static int check_usage(struct aw_ctx *ctx, const struct make_args *args)
{
    bool place = args->slot != NULL || args->offset != NULL;

    if (args->form == BUNDLE_FILE) {
        return place || args->size != NULL
                   ? aw_usage(ctx, "--slot, --offset and --size belong to a "
                                   "record, not to --form=file")
                   : AW_EXIT_OK;
    }
    if (args->embed) {
        return aw_usage(ctx, "--embed belongs to --form=file: a record holds "
                             "no image");
    }
    if ((args->slot != NULL) == (args->offset != NULL)) {
        return aw_usage(ctx, "give --slot or --offset: a record says where its "
                             "image lies");
    }
    if ((args->size != NULL) == (args->firmware != NULL)) {
        return aw_usage(ctx, "give --firmware or --size: a record says how "
                             "long its image is");
    }
    return AW_EXIT_OK;
}

/* Loads the trust when any part of it was given. */
static int load_trust(struct aw_ctx *ctx, struct job *job)
{
    const struct aw_trust_args *t = &job->args->view.trust;
    const char *const given[] = {
        t->policy, t->tmpl, t->origin, t->log_key,  t->applet,
        t->boot,   t->os1,  t->os2,    t->recovery, t->hab_target};
    struct aw_trust *trust = NULL;
    bool any = false;

    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        any = any || given[i] != NULL;
    }
    if (!any) {
        return AW_EXIT_OK;
    }
    int code = aw_trust_load_log(ctx, t, &trust);

    job->trust = trust;
    return code;
}

static int check_bundle(struct aw_ctx *ctx, struct job *job)
{
    struct judge_case it = {
        .subject = aw_input_name(job->args->manifest),
        .bundle = &job->bundle,
        .expect = {.any_component = true},
    };
    struct aw_diag diag = {0};

    if (job->trust != NULL) {
        it.policy = &job->trust->use.policy;
    }
    aw_err err = job->trust != NULL
                     ? judge_verify(ctx, &it, &job->verdict, &diag)
                     : judge_unsigned(ctx, &it, &job->verdict, &diag);

    if (err != AW_OK) {
        return judge_refuse(ctx, &it, err, job->verdict.step, &diag);
    }
    if (job->trust == NULL) {
        aw_warn(ctx, "no signature was checked: give --policy, or the keys");
        return AW_EXIT_OK;
    }
    return judge_boot(ctx, &it, &job->verdict, false, &job->rom);
}

static const struct {
    const char *name;
    enum aw_emmc_kind kind;
    enum aw_component component;
    unsigned copy;
} slots[] = {
    {"boot", AW_EMMC_IMAGE, AW_BOOTLOADER, 0},
    {"os-a", AW_EMMC_SLOT, AW_TRUSTED_OS, 0},
    {"os-b", AW_EMMC_SLOT, AW_TRUSTED_OS, 1},
    {"applet-a", AW_EMMC_SLOT, AW_TRUSTED_APPLET, 0},
    {"applet-b", AW_EMMC_SLOT, AW_TRUSTED_APPLET, 1},
};

static int read_offset(struct aw_ctx *ctx, const struct make_args *args,
                       uint64_t *offset)
{
    if (args->offset != NULL) {
        return aw_dec_parse(aw_text(args->offset), offset) == AW_OK
                   ? AW_EXIT_OK
                   : aw_usage(ctx, "--offset: %s is no number", args->offset);
    }
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        if (aw_bytes_is(aw_text(args->slot), slots[i].name)) {
            *offset = aw_emmc_offset(
                aw_emmc_find(slots[i].kind, slots[i].component, slots[i].copy));
            return AW_EXIT_OK;
        }
    }
    return aw_usage(ctx, "--slot: there is no slot %s; see --help", args->slot);
}

/* Offset and size of a record, as the map allows them. */
static int set_place(struct aw_ctx *ctx, struct job *job)
{
    const struct make_args *args = job->args;
    enum aw_component component = job->verdict.manifest.component;
    uint64_t offset = 0;
    uint64_t size = job->bundle.firmware.n;
    int code = read_offset(ctx, args, &offset);

    if (code == AW_EXIT_OK && args->size != NULL &&
        aw_dec_parse(aw_text(args->size), &size) != AW_OK) {
        code = aw_usage(ctx, "--size: %s is no number", args->size);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    if (offset > INT64_MAX || size > INT64_MAX ||
        aw_emmc_check(component, (int64_t)offset, (int64_t)size,
                      &job->region) != AW_OK) {
        return aw_usage(ctx,
                        "no %s of %llu bytes may lie at offset %llu of a "
                        "device",
                        aw_component_name(component), (unsigned long long)size,
                        (unsigned long long)offset);
    }
    job->config.offset = (int64_t)offset;
    job->config.size = (int64_t)size;
    return AW_EXIT_OK;
}

static aw_err fill_record(struct job *job)
{
    struct aw_bootcfg record;
    aw_err err = aw_bundle_to_config(&job->bundle, &record);

    if (err == AW_OK) {
        record.offset = job->config.offset;
        record.size = job->config.size;
        job->config = record;
    }
    return err;
}

static aw_err fill_file(struct job *job)
{
    struct aw_bundle bare = job->bundle;

    bare.has_firmware = job->args->embed && bare.has_firmware;
    bare.has_hab_signature = job->args->embed && bare.has_hab_signature;
    aw_err err = aw_bundle_to_file(&job->bundle, &job->file);

    if (err == AW_OK && !bare.has_firmware) {
        job->file.firmware = (aw_bytes){NULL, 0};
    }
    if (err == AW_OK && !bare.has_hab_signature) {
        job->file.hab_signature = (aw_bytes){NULL, 0};
    }
    return err;
}

/* The bytes of the bundle, in memory of the pool. */
static aw_err encode(struct aw_ctx *ctx, struct job *job, aw_bytes *bytes)
{
    enum { GOB_ROOM = 256 * 1024 }; /* without image and HAB signature */
    size_t room = job->args->form == BUNDLE_JSON ? (size_t)AW_BOOTCFG_JSON_MAX
                                                 : (size_t)GOB_ROOM;
    room += job->file.firmware.n + job->file.hab_signature.n;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);
    struct aw_sink sink = aw_sink_wr(&w);
    aw_err err = AW_OK;

    switch ((enum bundle_form)job->args->form) {
    case BUNDLE_CONFIG:
        err = aw_bootcfg_write(&job->config, &w);
        break;
    case BUNDLE_FILE:
        err = aw_bundle_file_write(&job->file, &w);
        break;
    case BUNDLE_JSON:
        aw_bootcfg_write_json(&job->config, &sink);
        err = w.failed ? AW_ERR_SPACE : AW_OK;
        break;
    }
    *bytes = aw_wr_done(&w);
    return err;
}

static int write_out(struct aw_ctx *ctx, struct job *job, size_t *n)
{
    struct aw_host_diag why = {0};
    aw_bytes bytes = {0};
    aw_err err = is_record(job) ? fill_record(job) : fill_file(job);

    if (err == AW_OK) {
        err = encode(ctx, job, &bytes);
    }
    if (err != AW_OK) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = err,
                     .on = AW_ON_INPUT,
                     .what = "the bundle is too long",
                     .subject = job->args->output,
                     .expected = "at most 40,960 bytes in a record",
                     .remedy = "take a checkpoint with fewer signatures",
                 });
    }
    *n = bytes.n;
    err = aw_file_write(job->args->output, bytes, 0644, AW_FILE_NEW, &why);
    if (err != AW_OK) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = err,
                     .on = AW_ON_LOCAL,
                     .exit = err == AW_ERR_NOT_FOUND ? AW_EXIT_REFUSED : 0,
                     .subject = job->args->output,
                     .host = &why,
                 });
    }
    return AW_EXIT_OK;
}

static void show(struct aw_ctx *ctx, const struct job *job, size_t n)
{
    struct aw_out *out = &ctx->out;

    aw_out_text(out, "file", job->args->output);
    aw_out_u64(out, "bytes", n);
    aw_out_text(out, "form",
                bundle_form_name((enum bundle_form)job->args->form));
    aw_out_bool(out, "verified", job->trust != NULL);
    if (job->trust != NULL) {
        aw_policy_put(ctx, &job->trust->use);
    }
    judge_show(ctx, &job->verdict, &job->rom);
    if (is_record(job)) {
        aw_out_begin(out, "record");
        aw_out_u64(out, "offset", (uint64_t)job->config.offset);
        aw_out_u64(out, "size", (uint64_t)job->config.size);
        aw_out_text(out, "place", job->region->name);
        aw_out_end(out);
    }
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct job *job = aw_pool_alloc(&ctx->pool, 1, sizeof(*job));
    size_t n = 0;

    job->args = values;
    int code = check_usage(ctx, job->args);

    if (code == AW_EXIT_OK) {
        code = load_trust(ctx, job);
    }
    if (code == AW_EXIT_OK) {
        code = make_gather(ctx, job->args, &job->bundle);
    }
    if (code == AW_EXIT_OK) {
        code = check_bundle(ctx, job);
    }
    if (code == AW_EXIT_OK && is_record(job)) {
        code = set_place(ctx, job);
    }
    if (code == AW_EXIT_OK) {
        code = write_out(ctx, job, &n);
    }
    if (code == AW_EXIT_OK) {
        show(ctx, job, n);
    }
    return code;
}

const struct aw_cmd aw_cmd_bundle_make = {
    .name = "make",
    .summary = "put a proof bundle together from its parts",
    .prose = "Puts checkpoint, manifest and inclusion proof together, as "
             "upstream's tools write them, byte for byte. The proof comes from "
             "--proof-hash, --tlog-proof or --log.\n\nThe proof is always "
             "checked against the checkpoint's text, and digests where image "
             "or HAB signature are given. With a policy or keys everything is "
             "verified first. Nothing is written when a check fails.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct make_args),
    .run = run,
};
