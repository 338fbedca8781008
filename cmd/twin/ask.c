/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aw/text.h"
#include "twin/twin.h"

enum {
    REPLY_TIMEOUT_MS = 60000,
    WORK_SIZE = 4 << 20 /* tree of the largest reply */
};

/* Exit code where the usual one does not fit: what is no twin or cannot be
 * done now is refused; a file of a twin that is damaged is saved state. */
static int exit_of(aw_err err)
{
    switch (err) {
    case AW_ERR_PRECONDITION:
    case AW_ERR_NOT_FOUND:
    case AW_ERR_EXISTS:
        return AW_EXIT_REFUSED;
    case AW_ERR_DIGEST:
    case AW_ERR_FORMAT:
    case AW_ERR_CONTENT:
    case AW_ERR_TYPE:
    case AW_ERR_RANGE:
    case AW_ERR_DUPLICATE:
    case AW_ERR_SHORT:
    case AW_ERR_UNSUPPORTED:
        return AW_EXIT_STATE;
    case AW_ERR_USAGE:
        return AW_EXIT_USAGE;
    default:
        return 0;
    }
}

int twin_report(struct aw_ctx *ctx, aw_err err, const char *path,
                const struct aw_host_diag *host)
{
    int exit = exit_of(err);
    const char *remedy = NULL;

    if (err == AW_ERR_NOT_FOUND) {
        remedy = "name what is there; aw twin list shows twins";
    } else if (exit == AW_EXIT_REFUSED) {
        remedy = "see aw twin list, aw twin start and aw twin status";
    } else if (exit == AW_EXIT_STATE) {
        remedy = "take the file from a copy, or make a new twin";
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_LOCAL,
                              .exit = exit,
                              .what = "the twin did not do it",
                              .subject = path,
                              .remedy = remedy,
                              .host = host,
                          });
}

int twin_ask_begin(struct twin_ask *ask, struct aw_ctx *ctx, const char *path,
                   const char *what)
{
    struct aw_host_diag host = {.network = false};

    ask->ctx = ctx;
    ask->path = path;
    ask->reply = (aw_json){NULL};
    ask->timeout_ms = REPLY_TIMEOUT_MS;
    aw_err err = aw_twin_connect(path, &ask->link, &host);

    if (err != AW_OK) {
        return twin_report(ctx, err, path, &host);
    }
    ask->line = aw_wr_init(ask->text, sizeof(ask->text));
    aw_json_out_init(&ask->out, aw_sink_wr(&ask->line), true);
    aw_json_begin_object(&ask->out, NULL);
    aw_json_text(&ask->out, "do", what);
    return AW_EXIT_OK;
}

/* The error that the twin names is reported as if it had happened here. */
static int refused(struct twin_ask *ask)
{
    struct aw_host_diag host = {.network = false};
    uint64_t number = twin_number(ask->reply, "error");
    const char *text = twin_text(ask->ctx, ask->reply, "text");

    (void)aw_host_say(&host, "%s", text);
    return twin_report(ask->ctx,
                       number == 0 || number > INT16_MAX ? AW_ERR_IO
                                                         : (aw_err)number,
                       ask->path, &host);
}

int twin_ask_send(struct twin_ask *ask)
{
    struct aw_host_diag host = {.network = false};
    uint8_t *tree = aw_pool_alloc(&ask->ctx->pool, WORK_SIZE, 1);
    struct aw_wr work = aw_wr_init(tree, WORK_SIZE);
    aw_bytes line = {NULL, 0};

    aw_json_end_object(&ask->out);
    aw_json_finish(&ask->out);
    aw_err err = ask->line.failed
                     ? AW_ERR_SPACE
                     : aw_twin_send(&ask->link, aw_wr_done(&ask->line), &host);

    if (err == AW_OK) {
        err = aw_twin_receive(&ask->link, &line, ask->timeout_ms, &host);
    }
    if (err == AW_OK) {
        err = aw_json_parse(line, AW_TWIN_REPLY_MAX, &work, &ask->reply,
                            &host.diag);
    }
    if (err != AW_OK) {
        return twin_report(ask->ctx, err, ask->path, &host);
    }
    return twin_flag(ask->reply, "ok") ? AW_EXIT_OK : refused(ask);
}

void twin_ask_end(struct twin_ask *ask)
{
    aw_twin_disconnect(&ask->link);
}

int twin_ask_once(struct aw_ctx *ctx, const char *path, const char *what,
                  const char *key, const char *value, struct twin_ask *ask)
{
    int code = twin_ask_begin(ask, ctx, path, what);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (key != NULL) {
        aw_json_text(&ask->out, key, value);
    }
    code = twin_ask_send(ask);
    twin_ask_end(ask);
    return code;
}

const char *twin_text(struct aw_ctx *ctx, aw_json object, const char *key)
{
    aw_bytes text = {NULL, 0};

    if (aw_json_get_text(aw_json_member(object, key), &text) != AW_OK) {
        return "";
    }
    return aw_pool_bytes(&ctx->pool, text);
}

uint64_t twin_number(aw_json object, const char *key)
{
    aw_json v = aw_json_member(object, key);
    aw_bytes text = {NULL, 0};
    uint64_t n = 0;

    if (aw_json_get_text(v, &text) == AW_OK) {
        return aw_dec_parse(text, &n) == AW_OK ? n : 0;
    }
    return aw_json_get_u64(v, &n) == AW_OK ? n : 0;
}

bool twin_flag(aw_json object, const char *key)
{
    bool flag = false;

    return aw_json_get_bool(aw_json_member(object, key), &flag) == AW_OK &&
           flag;
}

const char *twin_absolute(struct aw_ctx *ctx, const char *path, int *code)
{
    char *here = NULL;

    *code = AW_EXIT_OK;
    if (path[0] == '/') {
        return path;
    }
    here = getcwd(NULL, 0);
    if (here == NULL) {
        struct aw_host_diag host = {.network = false};

        *code = twin_report(
            ctx, aw_host_fail_errno(&host, "twin: path", errno, path), path,
            &host);
        return NULL;
    }
    const char *whole = aw_pool_printf(&ctx->pool, "%s/%s", here, path);

    free(here);
    return whole;
}
