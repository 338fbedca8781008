/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/manifest.h"

#include "aw/json.h"
#include "aw/json_write.h"
#include "aw/text.h"

/* Commit fingerprint in characters, digests in bytes. */
enum { COMMIT = 40, DIGEST = 32 };

static const char schema_version[] = "schema_version";
static const char component[] = "component";
static const char git[] = "git";
static const char tag_name[] = "tag_name";
static const char commit[] = "commit_fingerprint";
static const char build[] = "build";
static const char tamago_version[] = "tamago_version";
static const char envs[] = "envs";
static const char recipe[] = "recipe";
static const char toolchain[] = "toolchain";
static const char name[] = "name";
static const char version[] = "version";
static const char package_sha256[] = "package_sha256";
static const char sources_sha256[] = "sources_sha256";
static const char output[] = "output";
static const char firmware_digest[] = "firmware_digest_sha256";
static const char hab[] = "hab";
static const char target[] = "target";
static const char signature_digest[] = "signature_digest_sha256";

/* Known keys of each object, ended by NULL. */
static const char *const top_keys[] = {schema_version, component, git, build,
                                       output,         hab,       NULL};
static const char *const git_keys[] = {tag_name, commit, NULL};
static const char *const build_keys[] = {tamago_version, envs,           recipe,
                                         toolchain,      sources_sha256, NULL};
static const char *const toolchain_keys[] = {name, version, package_sha256,
                                             NULL};
static const char *const output_keys[] = {firmware_digest, NULL};
static const char *const hab_keys[] = {target, signature_digest, NULL};

/* A manifest under way. The first failure is kept and ends everything. */
struct reader {
    struct aw_manifest m;
    struct aw_wr work;
    aw_err err;
    const char *where; /* the key */
};

static bool note(struct reader *r, aw_err err, const char *where)
{
    if (r->err == AW_OK && err != AW_OK) {
        r->err = err;
        r->where = where;
    }
    return r->err == AW_OK;
}

/* Lower case as Go's JSON reader compares keys: two characters beyond ASCII
 * fold to ASCII letters. */
static uint32_t fold(uint32_t cp)
{
    if (cp >= 'A' && cp <= 'Z') {
        return cp - 'A' + 'a';
    }
    if (cp == 0x17f) {
        return 's';
    }
    return cp == 0x212a ? 'k' : cp;
}

static bool folds_to(aw_bytes key, const char *known)
{
    struct aw_rd r = aw_rd_init(key);
    const char *c = known;

    while (aw_rd_left(&r) > 0 && *c != 0) {
        if (fold(aw_utf8_next(&r)) != (uint8_t)*c++) {
            return false;
        }
    }
    return aw_rd_left(&r) == 0 && *c == 0;
}

/* The known key that differs from `key` in case alone; NULL for none. */
static const char *other_case(aw_bytes key, const char *const *known)
{
    for (size_t i = 0; known[i] != NULL; i++) {
        if (!aw_bytes_is(key, known[i]) && folds_to(key, known[i])) {
            return known[i];
        }
    }
    return NULL;
}

static void check_keys(struct reader *r, aw_json object,
                       const char *const *known)
{
    for (aw_json v = aw_json_first(object); aw_json_kind(v) != AW_JSON_ABSENT;
         v = aw_json_next(v)) {
        const char *key = other_case(aw_json_key(v), known);

        if (key != NULL) {
            (void)note(r, AW_ERR_FORMAT, key);
        }
    }
}

static aw_json read_object(struct reader *r, aw_json parent, const char *key,
                           const char *const *known)
{
    aw_json v = aw_json_member(parent, key);

    switch (aw_json_kind(v)) {
    case AW_JSON_OBJECT:
        check_keys(r, v, known);
        break;
    case AW_JSON_ABSENT:
        (void)note(r, AW_ERR_NOT_FOUND, key);
        break;
    default:
        (void)note(r, AW_ERR_TYPE, key);
        break;
    }
    return v;
}

static aw_bytes read_text(struct reader *r, aw_json parent, const char *key)
{
    aw_bytes text = {NULL, 0};

    if (note(r, aw_json_get_text(aw_json_member(parent, key), &text), key) &&
        text.n == 0) {
        (void)note(r, AW_ERR_FORMAT, key);
    }
    return text;
}

static bool is_lower_hex(aw_bytes text, size_t n)
{
    bool hex = text.n == n;

    for (size_t i = 0; i < text.n && hex; i++) {
        hex = (text.p[i] >= '0' && text.p[i] <= '9') ||
              (text.p[i] >= 'a' && text.p[i] <= 'f');
    }
    return hex;
}

static void read_hex_digest(struct reader *r, aw_json parent, const char *key,
                            uint8_t digest[DIGEST])
{
    aw_bytes text = read_text(r, parent, key);
    struct aw_wr w = aw_wr_init(digest, DIGEST);

    if (r->err != AW_OK) {
        return;
    }
    (void)note(r,
               is_lower_hex(text, 2 * (size_t)DIGEST) ? aw_hex_decode(text, &w)
                                                      : AW_ERR_FORMAT,
               key);
}

static void read_digest(struct reader *r, aw_json parent, const char *key,
                        uint8_t digest[DIGEST])
{
    aw_bytes text = read_text(r, parent, key);

    if (r->err == AW_OK) {
        (void)note(r, aw_base64_decode_exact(text, digest, DIGEST), key);
    }
}

/* Upstream takes a version from between the quotes without unescaping. */
static aw_bytes read_version(struct reader *r, aw_json parent, const char *key,
                             struct aw_semver *v)
{
    aw_bytes text = {NULL, 0};
    aw_bytes canonical = {NULL, 0};
    size_t start = r->work.n;

    if (!note(r, aw_json_get_plain_text(aw_json_member(parent, key), &text),
              key) ||
        !note(r, aw_semver_parse(text, v), key)) {
        return canonical;
    }
    aw_semver_write(v, &r->work);
    if (!aw_slice(aw_wr_done(&r->work), start, r->work.n - start, &canonical)) {
        (void)note(r, AW_ERR_SPACE, key);
        return canonical;
    }
    (void)note(r, aw_semver_parse(canonical, v), key);
    return canonical;
}

static void read_top(struct reader *r, aw_json top)
{
    aw_bytes text = {NULL, 0};

    check_keys(r, top, top_keys);
    (void)note(r,
               aw_json_get_u64(aw_json_member(top, schema_version),
                               &r->m.schema_version),
               schema_version);
    if (r->m.schema_version > 1) {
        (void)note(r, AW_ERR_UNSUPPORTED, schema_version);
    }
    text = read_text(r, top, component);
    if (r->err == AW_OK && aw_component_parse(text, &r->m.component) != AW_OK) {
        (void)note(r, AW_ERR_UNSUPPORTED, component);
    }
    r->m.has_component = true;
}

static void read_git(struct reader *r, aw_json top)
{
    aw_json v = read_object(r, top, git, git_keys);

    r->m.tag_name = read_version(r, v, tag_name, &r->m.version);
    r->m.commit = read_text(r, v, commit);
    if (!is_lower_hex(r->m.commit, COMMIT)) {
        (void)note(r, AW_ERR_FORMAT, commit);
    }
}

static void read_envs(struct reader *r, aw_json list)
{
    if (aw_json_kind(list) == AW_JSON_ABSENT) {
        return;
    }
    if (aw_json_kind(list) != AW_JSON_ARRAY) {
        (void)note(r, AW_ERR_TYPE, envs);
    } else if (aw_json_count(list) > AW_MANIFEST_ENVS_MAX) {
        (void)note(r, AW_ERR_SPACE, envs);
    }
    for (aw_json v = aw_json_first(list);
         r->err == AW_OK && aw_json_kind(v) != AW_JSON_ABSENT;
         v = aw_json_next(v)) {
        (void)note(r, aw_json_get_text(v, &r->m.envs[r->m.n_envs++]), envs);
    }
}

static bool has(aw_json object, const char *key)
{
    return aw_json_kind(aw_json_member(object, key)) != AW_JSON_ABSENT;
}

static void read_toolchain(struct reader *r, aw_json parent)
{
    aw_json v = read_object(r, parent, toolchain, toolchain_keys);

    r->m.has_toolchain = true;
    r->m.toolchain_name = read_text(r, v, name);
    r->m.toolchain_version = read_text(r, v, version);
    read_hex_digest(r, v, package_sha256, r->m.toolchain_sha256);
}

static void read_build(struct reader *r, aw_json top)
{
    aw_json v = read_object(r, top, build, build_keys);
    struct aw_semver unused;

    if (has(v, tamago_version)) {
        r->m.has_tamago = true;
        r->m.tamago_version = read_version(r, v, tamago_version, &unused);
    }
    read_envs(r, aw_json_member(v, envs));
    if (has(v, recipe)) {
        r->m.recipe = read_text(r, v, recipe);
    }
    if (has(v, toolchain)) {
        read_toolchain(r, v);
    }
    if (has(v, sources_sha256)) {
        r->m.has_sources_sha256 = true;
        read_hex_digest(r, v, sources_sha256, r->m.sources_sha256);
    }
}

static void read_output(struct reader *r, aw_json top)
{
    aw_json v = read_object(r, top, output, output_keys);

    read_digest(r, v, firmware_digest, r->m.firmware_sha256);
    r->m.has_firmware_sha256 = true;
}

static void read_hab(struct reader *r, aw_json top)
{
    if (!has(top, hab)) {
        return;
    }
    aw_json v = read_object(r, top, hab, hab_keys);

    r->m.has_hab = true;
    r->m.hab_target = read_text(r, v, target);
    read_digest(r, v, signature_digest, r->m.hab_sig_sha256);
    r->m.has_hab_sig_sha256 = true;
}

aw_err aw_manifest_parse(aw_bytes text, struct aw_wr *work,
                         struct aw_manifest *manifest, struct aw_diag *diag)
{
    struct reader r = {.work = *work};
    aw_json top = {NULL};
    aw_err err = aw_json_parse(text, AW_MANIFEST_MAX, &r.work, &top, diag);

    if (err != AW_OK) {
        return err;
    }
    if (aw_json_kind(top) != AW_JSON_OBJECT) {
        return aw_fail(diag, AW_ERR_TYPE, "manifest", 0);
    }
    read_top(&r, top);
    read_git(&r, top);
    read_build(&r, top);
    read_output(&r, top);
    read_hab(&r, top);
    if (r.err != AW_OK) {
        return aw_fail(diag, r.err, r.where, 0);
    }
    *work = r.work;
    *manifest = r.m;
    return AW_OK;
}

static void put_digest(struct aw_json_out *out, const char *key, bool given,
                       const uint8_t digest[DIGEST])
{
    if (given) {
        aw_json_base64(out, key, (aw_bytes){digest, DIGEST});
    } else {
        aw_json_null(out, key);
    }
}

static void put_git(struct aw_json_out *out, const struct aw_manifest *m)
{
    aw_json_begin_object(out, git);
    aw_json_bytes(out, tag_name, m->tag_name);
    aw_json_bytes(out, commit, m->commit);
    aw_json_end_object(out);
}

static void put_envs(struct aw_json_out *out, const struct aw_manifest *m)
{
    if (m->n_envs == 0) {
        return;
    }
    aw_json_begin_array(out, envs);
    for (size_t i = 0; i < m->n_envs; i++) {
        aw_json_bytes(out, NULL, m->envs[i]);
    }
    aw_json_end_array(out);
}

static void put_build(struct aw_json_out *out, const struct aw_manifest *m)
{
    aw_json_begin_object(out, build);
    if (m->has_tamago) {
        aw_json_bytes(out, tamago_version, m->tamago_version);
    }
    put_envs(out, m);
    if (m->recipe.n > 0) {
        aw_json_bytes(out, recipe, m->recipe);
    }
    if (m->has_toolchain) {
        aw_json_begin_object(out, toolchain);
        aw_json_bytes(out, name, m->toolchain_name);
        aw_json_bytes(out, version, m->toolchain_version);
        aw_json_hex(out, package_sha256,
                    (aw_bytes){m->toolchain_sha256, DIGEST});
        aw_json_end_object(out);
    }
    if (m->has_sources_sha256) {
        aw_json_hex(out, sources_sha256, (aw_bytes){m->sources_sha256, DIGEST});
    }
    aw_json_end_object(out);
}

void aw_manifest_write(const struct aw_manifest *manifest, struct aw_wr *w)
{
    const struct aw_manifest *m = manifest;
    struct aw_json_out out;

    AW_BUG_ON(m->n_envs > AW_MANIFEST_ENVS_MAX);
    aw_json_out_init(&out, aw_sink_wr(w), false);
    aw_json_begin_object(&out, NULL);
    aw_json_u64(&out, schema_version, m->schema_version);
    aw_json_text(&out, component,
                 m->has_component ? aw_component_name(m->component) : "");
    put_git(&out, m);
    put_build(&out, m);
    aw_json_begin_object(&out, output);
    put_digest(&out, firmware_digest, m->has_firmware_sha256,
               m->firmware_sha256);
    aw_json_end_object(&out);
    if (m->has_hab) {
        aw_json_begin_object(&out, hab);
        aw_json_bytes(&out, target, m->hab_target);
        put_digest(&out, signature_digest, m->has_hab_sig_sha256,
                   m->hab_sig_sha256);
        aw_json_end_object(&out);
    }
    aw_json_end_object(&out);
    aw_json_finish(&out);
}

bool aw_manifest_fits_target(const struct aw_manifest *manifest,
                             aw_bytes wanted)
{
    return wanted.n == 0 || !aw_component_has_hab(manifest->component) ||
           (manifest->has_hab && aw_bytes_equal(manifest->hab_target, wanted));
}
