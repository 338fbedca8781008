/* SPDX-License-Identifier: Apache-2.0 */
#include "release/publish.h"

#include "release/release.h"

static const struct aw_opt publish_opts[] = {
    {.name = "component",
     .alias = "firmware-type",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, component),
     .arg = "NAME",
     .help = "What is released: BOOTLOADER, RECOVERY, TRUSTED_OS or "
             "TRUSTED_APPLET. The manifest must say the same.",
     .required = true},
    {.name = "image",
     .alias = "firmware-file",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, image),
     .arg = "FILE",
     .help = "The firmware: an ELF file, or for bootloader and recovery the "
             "IMX file without HAB signature.",
     .required = true},
    {.name = "hab-sig",
     .alias = "hab-signature hab-signature-file",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, hab_signature),
     .arg = "FILE",
     .help = "The HAB signature (CSF) of bootloader or recovery."},
    {.name = "manifest",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, manifest),
     .arg = "FILE",
     .help = "The manifest, unless options say what is in it: JSON text, or a "
             "note that some or all signers "
             "have signed. Their signatures stay as they are, missing ones "
             "are added in the policy's order."},
    {.name = "log",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, log),
     .arg = "DIR",
     .help = "Folder of the log, made by aw log init.",
     .required = true},
    {.name = "artefacts",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, artefacts),
     .arg = "DIR",
     .help = "Folder for image and HAB signature, which are stored under "
             "their SHA-256. It is made when it is missing.",
     .required = true},
    {.name = "sources",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, sources),
     .arg = "FOLDER",
     .group = "Sources",
     .help = "Folder with the third-party sources of firmware of recipe "
             "c-firmware-1, under their SHA-256 or their own names; by "
             "default where tools/fetch-sources keeps them, ~/.cache/aw/"
             "sources. They are stored with the artefacts."},
    {.name = "sources-lock",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, sources_lock),
     .arg = "FILE",
     .group = "Sources",
     .help = "The list of them, whose SHA-256 the manifest names; by default "
             "the one in the folder of artefacts, else cmake/sources.lock."},
    {.name = "key",
     .type = AW_OPT_LIST,
     .at = offsetof(struct publish_args, keys),
     .arg = AW_KEY_ARG,
     .help = AW_KEY_HELP " In any order: the policy says which key signs the "
                         "manifest and which the log."},
    {.name = "allow-older",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct publish_args, allow_older),
     .help = "Publish a version that is not above the newest in the log."},
    {.name = "allow-long-version",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct publish_args, allow_long_version),
     .help = "Publish an OS or applet whose version has more characters than "
             "the Go firmware can store."},
    {.name = "accept-new-baseline",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct publish_args, accept_new_baseline),
     .help = "Start anew when the saved state of the log is missing or "
             "damaged."},
    {.name = "prepare",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct publish_args, prepare),
     .arg = "FILE",
     .group = "Signing elsewhere",
     .help = "Where a key is missing, write the text that it is to sign to a "
             "new file, and end."},
    {.name = "attach",
     .type = AW_OPT_LIST,
     .at = offsetof(struct publish_args, attach),
     .arg = "NOTE",
     .group = "Signing elsewhere",
     .help = "Take signatures from a note that was signed elsewhere, of the "
             "manifest or of the checkpoint."},
    LOG_WITNESS_OPT(offsetof(struct publish_args, witnesses)),
    LOG_WITNESS_NET_OPTS(offsetof(struct publish_args, net)),
    MANIFEST_SAY_OPTS(offsetof(struct publish_args, says), false),
    AW_TRUST_WHO_OPTS(offsetof(struct publish_args, trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct publish_args, trust)),
    AW_TRUST_ROM_OPTS(offsetof(struct publish_args, trust)),
};

static void show_artefacts(struct publish *p)
{
    struct aw_out *out = &p->ctx->out;

    aw_out_begin_list(out, "artefacts");
    for (size_t i = 0; i < p->n_artefacts; i++) {
        const struct publish_artefact *a = &p->artefact[i];

        aw_out_begin(out, NULL);
        aw_out_text(out, "kind", a->kind);
        aw_out_u64(out, "size", a->data.n);
        aw_out_hex(out, "sha256", (aw_bytes){a->sha256, AW_SHA256_SIZE});
        aw_out_bool(out, "stored", a->stored);
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

static void show_sources(struct publish *p)
{
    struct aw_out *out = &p->ctx->out;

    if (p->sources_folder == NULL) {
        return;
    }
    aw_out_begin_list(out, "sources");
    for (size_t i = 0; i < p->n_sources; i++) {
        const struct publish_source *s = &p->source[i];

        aw_out_begin(out, NULL);
        aw_out_text(out, "file", s->file);
        aw_out_u64(out, "size", s->size);
        aw_out_hex(out, "sha256", (aw_bytes){s->sha256, AW_SHA256_SIZE});
        aw_out_bool(out, "stored", s->stored);
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

static void show_left(struct publish *p)
{
    struct aw_out *out = &p->ctx->out;

    if (p->n_left == 0) {
        return;
    }
    aw_out_begin_list(out, "also_published");
    for (size_t i = 0; i < p->n_left; i++) {
        const struct publish_left *left = &p->left[i];

        aw_out_begin(out, NULL);
        aw_out_u64(out, "index", left->index);
        if (left->component != NULL) {
            aw_out_text(out, "component", left->component);
            aw_out_text(out, "version", left->version);
        }
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

static void show_published(struct publish *p)
{
    struct aw_out *out = &p->ctx->out;
    aw_hash leaf;

    aw_merkle_leaf(p->leaf, &leaf);
    aw_out_u64(out, "index", p->index);
    aw_out_base64(out, "leaf_hash", (aw_bytes){leaf.b, sizeof(leaf.b)});
    aw_out_bool(out, "duplicate", p->in_log);
    show_left(p);
    show_artefacts(p);
    show_sources(p);
    log_writer_show(&p->writer);
    log_witnessing_show(&p->witnessing);
    aw_out_bool(out, "verified", true);
}

/* Who is to sign what was prepared. */
static void show_lacking(struct publish *p)
{
    struct aw_out *out = &p->ctx->out;

    aw_out_begin_list(out, "missing");
    for (size_t i = 0; i < p->n_lacking; i++) {
        aw_out_text(
            out, NULL,
            aw_key_label(p->ctx, p->lacking[i]->name, p->lacking[i]->id));
    }
    aw_out_end_list(out);
}

static void show(struct publish *p)
{
    struct aw_out *out = &p->ctx->out;
    const struct aw_manifest *m = &p->announce.manifest;

    aw_out_text(out, "component", aw_component_name(m->component));
    aw_out_bytes(out, "version", m->tag_name);
    if (aw_component_has_hab(m->component)) {
        aw_out_text(out, "hab", rom_verdict_name(p->rom.verdict));
    }
    aw_out_bool(out, "published", p->published);
    if (p->waits_for != NULL) {
        aw_out_text(out, "waits_for", p->waits_for);
        aw_out_text(out, "prepared", p->args->prepare);
        show_lacking(p);
    }
    if (p->published) {
        show_published(p);
    }
    aw_policy_put(p->ctx, &p->trust->use);
}

static int publish(struct publish *p)
{
    int code = publish_read(p);

    if (code == AW_EXIT_OK) {
        code = publish_sign(p);
    }
    if (code == AW_EXIT_OK && p->waits_for == NULL) {
        code = publish_to_log(p);
    }
    if (code == AW_EXIT_OK && p->published) {
        code = publish_confirm(p);
    }
    return code;
}

static int run_publish(struct aw_ctx *ctx, const void *values)
{
    struct publish *p = aw_pool_alloc(&ctx->pool, 1, sizeof(*p));

    p->ctx = ctx;
    p->args = values;
    int code = publish(p);

    if (code == AW_EXIT_OK) {
        show(p);
    }
    for (size_t i = 0; i < p->n_signers; i++) {
        aw_signer_close(&p->signer[i]);
    }
    return code;
}

const struct aw_cmd aw_cmd_release_publish = {
    .name = "publish",
    .summary = "sign a release, store its artefacts, put it into the log",
    .prose =
        "Publishes one release. First everything is checked: the image and "
        "its HAB signature against the manifest, the manifest against the "
        "policy, the version against the log. Then the manifest is signed by "
        "all keys that the policy names for the component, the artefacts are "
        "stored, the entry is added, and the checkpoint is signed. At the end "
        "all of it is read back and proven as a stranger would do it.\n\nA run "
        "that was interrupted is completed by the same command: an entry that "
        "is there already is found, not doubled. What such a run of another "
        "release has left in the folder goes out with the next checkpoint, "
        "and is named in the result.",
    .opts = publish_opts,
    .n_opts = sizeof(publish_opts) / sizeof(publish_opts[0]),
    .size = sizeof(struct publish_args),
    .run = run_publish,
};
