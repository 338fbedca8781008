/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/file.h"
#include "aw/json.h"
#include "common/help.h"

/* Room for the tree of any file of AW_CONFIG_MAX bytes. */
enum { WORK = 48 * AW_CONFIG_MAX };

/* A file under way. */
struct config {
    struct aw_ctx *ctx;
    const char *path;
};

static int wrong(const struct config *c, const char *key,
                 struct aw_finding finding)
{
    finding.err = AW_ERR_USAGE;
    finding.on = AW_ON_INPUT;
    finding.what = "wrong configuration file";
    finding.subject = c->path;
    if (key != NULL) {
        finding.where = aw_pool_printf(&c->ctx->pool, "key \"%s\"", key);
    }
    finding.remedy = "correct the file, or name another one with AW_CONFIG";
    return aw_report(c->ctx, &finding);
}

/* An option that makes sense in a file. */
static bool is_setting(const struct aw_opt *opt)
{
    return opt != NULL && strcmp(opt->name, "help") != 0 &&
           strcmp(opt->name, "version") != 0;
}

/* Looks whether some command below has the option. */
static bool known_below(const struct aw_cmd *cmd, const char *key)
{
    size_t n = strlen(key);

    if (aw_opt_find(cmd->opts, cmd->n_opts, key, n) != NULL) {
        return true;
    }
    for (size_t i = 0; cmd->sub != NULL && cmd->sub[i] != NULL; i++) {
        if (known_below(cmd->sub[i], key)) {
            return true;
        }
    }
    return false;
}

/* The value as a user would type it; NULL when its kind does not fit. */
static const char *text_of(const struct config *c, const struct aw_opt *opt,
                           aw_json value)
{
    aw_bytes text = {NULL, 0};
    uint64_t number = 0;
    bool flag = false;
    bool is_number = opt->type == AW_OPT_U64 || opt->type == AW_OPT_LEVEL ||
                     opt->type == AW_OPT_SIZE;

    if (opt->type == AW_OPT_FLAG) {
        aw_err err = aw_json_get_bool(value, &flag);

        return err != AW_OK ? NULL : (flag ? "true" : "false");
    }
    if (aw_json_get_text(value, &text) == AW_OK) {
        return aw_pool_bytes(&c->ctx->pool, text);
    }
    if (is_number && aw_json_get_u64(value, &number) == AW_OK) {
        return aw_pool_printf(&c->ctx->pool, "%" PRIu64, number);
    }
    return NULL;
}

static const char *expected_of(const struct aw_opt *opt)
{
    switch (opt->type) {
    case AW_OPT_FLAG:
        return "true or false, without quotes";
    case AW_OPT_LIST:
        return "a text, or an array of texts";
    case AW_OPT_U64:
    case AW_OPT_LEVEL:
    case AW_OPT_SIZE:
        return "a number, or a text";
    case AW_OPT_TEXT:
    case AW_OPT_DURATION:
    case AW_OPT_CHOICE:
        break;
    }
    return "a text";
}

/* Sets one value, or one element of a list. */
static int set_one(const struct config *c, const struct aw_opt *opt,
                   aw_json value, enum aw_opt_source source)
{
    const char *text = text_of(c, opt, value);
    struct aw_finding finding;
    bool found = false;

    if (text == NULL) {
        return wrong(c, opt->name,
                     (struct aw_finding){.expected = expected_of(opt),
                                         .got = "a value of another kind"});
    }
    if (!aw_opts_set(&c->ctx->opts, opt->name, text, source, &found,
                     &finding)) {
        return wrong(c, opt->name, finding);
    }
    return AW_EXIT_OK;
}

static int set(const struct config *c, const struct aw_opt *opt, aw_json value,
               enum aw_opt_source source)
{
    int code = AW_EXIT_OK;

    if (opt->type != AW_OPT_LIST || aw_json_kind(value) != AW_JSON_ARRAY) {
        return set_one(c, opt, value, source);
    }
    for (aw_json v = aw_json_first(value);
         code == AW_EXIT_OK && aw_json_kind(v) != AW_JSON_ABSENT;
         v = aw_json_next(v)) {
        code = set_one(c, opt, v, source);
    }
    return code;
}

static const struct aw_opt *find(const struct aw_cmd *cmd, const char *key)
{
    const struct aw_opt *opt =
        aw_opt_find(cmd->opts, cmd->n_opts, key, strlen(key));

    return opt != NULL
               ? opt
               : aw_opt_find(aw_global_opts, aw_global_n, key, strlen(key));
}

static int unknown(const struct config *c, const char *key,
                   const struct aw_cmd *cmd)
{
    const char *got = aw_pool_printf(&c->ctx->pool, "\"%s\"", key);

    if (cmd != NULL) {
        return wrong(c, key,
                     (struct aw_finding){
                         .expected = "an option of that command",
                         .got = got,
                     });
    }
    return wrong(c, key,
                 (struct aw_finding){
                     .expected = "the name of an option, or the path of a "
                                 "command with an object",
                     .got = got,
                 });
}

/* The object of one command. It is checked whichever command runs. */
static int apply_command(const struct config *c, const struct aw_cmd *cmd,
                         aw_json object)
{
    int code = AW_EXIT_OK;

    for (aw_json v = aw_json_first(object);
         code == AW_EXIT_OK && aw_json_kind(v) != AW_JSON_ABSENT;
         v = aw_json_next(v)) {
        const char *key = aw_pool_bytes(&c->ctx->pool, aw_json_key(v));
        const struct aw_opt *opt = find(cmd, key);

        if (!is_setting(opt)) {
            code = unknown(c, key, cmd);
        } else if (cmd == c->ctx->cmd) {
            code = set(c, opt, v, AW_OPT_FILE_COMMAND);
        }
    }
    return code;
}

/* The command that a key names, "log audit"; NULL when there is none. */
static const struct aw_cmd *command_of(const struct config *c, const char *key)
{
    const struct aw_cmd *cmd = c->ctx->root;
    const char *list = key;

    for (aw_bytes w = aw_word_next(&list); w.n > 0 && cmd != NULL;
         w = aw_word_next(&list)) {
        cmd = aw_cmd_find(cmd, aw_pool_bytes(&c->ctx->pool, w));
    }
    return cmd == c->ctx->root ? NULL : cmd;
}

static int apply_member(const struct config *c, aw_json value)
{
    const char *key = aw_pool_bytes(&c->ctx->pool, aw_json_key(value));
    const struct aw_opt *opt = find(c->ctx->cmd, key);

    if (aw_json_kind(value) == AW_JSON_OBJECT) {
        const struct aw_cmd *cmd = command_of(c, key);

        return cmd == NULL ? unknown(c, key, NULL)
                           : apply_command(c, cmd, value);
    }
    if (is_setting(opt)) {
        return set(c, opt, value, AW_OPT_FILE);
    }
    return opt == NULL && known_below(c->ctx->root, key)
               ? AW_EXIT_OK
               : unknown(c, key, NULL);
}

static int apply(const struct config *c, aw_bytes text)
{
    struct aw_diag diag = {.where = NULL};
    struct aw_wr work = aw_wr_init(aw_pool_alloc(&c->ctx->pool, WORK, 1), WORK);
    aw_json root;
    aw_err err = aw_json_parse(text, AW_CONFIG_MAX, &work, &root, &diag);
    int code = AW_EXIT_OK;

    if (err != AW_OK || aw_json_kind(root) != AW_JSON_OBJECT) {
        return wrong(c, NULL,
                     (struct aw_finding){
                         .expected = "one JSON object",
                         .got = err == AW_OK
                                    ? "another JSON value"
                                    : aw_pool_printf(&c->ctx->pool,
                                                     "%s, at byte %" PRIu64,
                                                     aw_err_text(err), diag.at),
                     });
    }
    for (aw_json v = aw_json_first(root);
         code == AW_EXIT_OK && aw_json_kind(v) != AW_JSON_ABSENT;
         v = aw_json_next(v)) {
        code = apply_member(c, v);
    }
    return code;
}

/* Path of the file; NULL when there is none to read. */
static const char *find_path(struct aw_ctx *ctx, bool *must_exist)
{
    enum { ROOM = 4096 };
    const char *path = getenv("AW_CONFIG");
    char *dir = NULL;

    *must_exist = path != NULL;
    if (path != NULL) {
        return path[0] == '\0' ? NULL : path;
    }
    dir = aw_pool_alloc(&ctx->pool, ROOM, 1);
    if (aw_dir_path(AW_DIR_CONFIG, NULL, dir, ROOM, NULL) != AW_OK) {
        return NULL;
    }
    return aw_pool_printf(&ctx->pool, "%s/config.json", dir);
}

int aw_config_apply(struct aw_ctx *ctx)
{
    bool must_exist = false;
    const struct config c = {.ctx = ctx, .path = find_path(ctx, &must_exist)};
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.n = 0};

    if (c.path == NULL) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_file_read(c.path, AW_CONFIG_MAX, &blob, &host);

    if (err == AW_ERR_NOT_FOUND && !must_exist) {
        return AW_EXIT_OK;
    }
    if (err != AW_OK) {
        return wrong(&c, NULL,
                     (struct aw_finding){.expected = "a file that can be read",
                                         .got = host.text});
    }
    aw_pool_adopt(&ctx->pool, blob.p);
    return apply(&c, aw_blob_bytes(&blob));
}
