/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/json.h"
#include "aw/reprobuild/recipe.h"
#include "aw/semver.h"
#include "aw/text.h"

static bool text_at(aw_json object, const char *key, aw_bytes *text)
{
    return aw_json_get_plain_text(aw_json_member(object, key), text) == AW_OK;
}

static bool is_commit(aw_bytes text)
{
    enum { DIGITS = 40 };
    bool ok = text.n == DIGITS;

    for (size_t i = 0; ok && i < text.n; i++) {
        uint8_t c = text.p[i];

        ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    return ok;
}

static aw_err take(aw_json root, struct aw_rb_tool *tool, struct aw_diag *diag)
{
    aw_json git = aw_json_member(root, "git");
    struct aw_rb_tool t = {.commit = {NULL, 0}};
    struct aw_semver version;
    aw_bytes digest = {NULL, 0};

    if (!text_at(git, "tag_name", &t.version) ||
        t.version.n > AW_RB_VERSION_MAX ||
        aw_semver_parse(t.version, &version) != AW_OK) {
        return aw_fail(diag, AW_ERR_FORMAT, "release: git.tag_name", 0);
    }
    if (!text_at(git, "commit_fingerprint", &t.commit) ||
        !is_commit(t.commit)) {
        return aw_fail(diag, AW_ERR_FORMAT, "release: git.commit_fingerprint",
                       0);
    }
    if (!text_at(aw_json_member(root, "output"), "program_digest_sha256",
                 &digest) ||
        aw_base64_decode_exact(digest, t.sha256, AW_SHA256_SIZE) != AW_OK) {
        return aw_fail(diag, AW_ERR_FORMAT,
                       "release: output.program_digest_sha256", 0);
    }
    *tool = t;
    return AW_OK;
}

aw_err aw_rb_tool_parse(aw_bytes text, struct aw_wr *work,
                        struct aw_rb_tool *tool, struct aw_diag *diag)
{
    aw_bytes is = {NULL, 0};
    uint64_t schema = 0;
    aw_json root;
    aw_err err = aw_json_parse(text, AW_RB_TOOL_MAX, work, &root, diag);

    if (err != AW_OK) {
        return err;
    }
    if (!text_at(root, "component", &is) || !aw_bytes_is(is, "HOST_TOOLS")) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "release: component", 0);
    }
    if (aw_json_get_u64(aw_json_member(root, "schema_version"), &schema) !=
            AW_OK ||
        schema != 0 || !text_at(aw_json_member(root, "build"), "recipe", &is) ||
        !aw_bytes_is(is, aw_rb_recipe_name(AW_RB_HOST_1))) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "release: build.recipe", 0);
    }
    return take(root, tool, diag);
}

void aw_rb_tool_job(const struct aw_rb_tool *tool, struct aw_rb_job *job)
{
    *job = (struct aw_rb_job){
        .recipe = AW_RB_HOST_1,
        .version = tool->version,
        .commit = tool->commit,
    };
    memcpy(job->expected, tool->sha256, AW_SHA256_SIZE);
}
