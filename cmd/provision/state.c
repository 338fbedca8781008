/* SPDX-License-Identifier: Apache-2.0 */
/* Where the provisioning of a board stands, kept in a file of its own between
 * runs. docs/formats/provision-state.md. */
#include <string.h>
#include <time.h>

#include "aw/hostio/file.h"
#include "aw/json.h"
#include "aw/json_write.h"
#include "common/input.h"
#include "common/term.h"
#include "provision/provision.h"

enum { FILE_MAX = 4096, FILE_MODE = 0600, DIR_MODE = 0700, WORK = 64 * 1024 };

static const char *const stages[] = {
    [PROVISION_NEW] = "new",           [PROVISION_BOUND] = "bound",
    [PROVISION_RECOVERY] = "recovery", [PROVISION_FLASHED] = "flashed",
    [PROVISION_HASHED] = "hashed",     [PROVISION_PROVEN] = "proven",
    [PROVISION_CLOSED] = "closed",     [PROVISION_COMPLETE] = "complete",
    [PROVISION_ATTESTED] = "attested", [PROVISION_RECORDED] = "recorded",
};

const char *provision_stage_name(enum provision_stage stage)
{
    return stages[stage];
}

/* Folder and file, once the board's unique id is known. */
static int find_file(struct provision *p)
{
    struct aw_pool *pool = &p->ctx->pool;
    struct aw_host_diag why = {.text = ""};
    const char *dir = NULL;
    int code = aw_input_dir(p->ctx, AW_DIR_STATE, &dir);

    if (code != AW_EXIT_OK) {
        return code;
    }
    dir = aw_pool_printf(pool, "%s/provision", dir);
    p->state.path =
        aw_pool_printf(pool, "%s/%s.json", dir, p->board.unit.serial);
    aw_err err = aw_dir_make(dir, DIR_MODE, &why);

    return err == AW_OK
               ? AW_EXIT_OK
               : aw_report(p->ctx, &(struct aw_finding){.err = err,
                                                        .on = AW_ON_LOCAL,
                                                        .subject = dir,
                                                        .host = &why});
}

static aw_err get_stage(aw_json v, enum provision_stage *stage)
{
    aw_bytes text = {NULL, 0};
    aw_err err = aw_json_get_text(v, &text);

    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        if (err == AW_OK && aw_bytes_equal(text, aw_text(stages[i]))) {
            *stage = (enum provision_stage)i;
            return AW_OK;
        }
    }
    return err == AW_OK ? AW_ERR_FORMAT : err;
}

/* Serial and plan as texts of the file: who and what it is about. */
static aw_err check_names(const struct provision *p, aw_json root, bool *same)
{
    aw_bytes serial = {NULL, 0};
    aw_bytes plan = {NULL, 0};
    uint8_t text[2 * AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    aw_err err = aw_json_get_text(aw_json_member(root, "serial"), &serial);

    if (err == AW_OK) {
        err = aw_json_get_text(aw_json_member(root, "plan"), &plan);
    }
    if (err == AW_OK &&
        !aw_bytes_equal(serial, aw_text(p->board.unit.serial))) {
        err = AW_ERR_FORMAT;
    }
    aw_wr_hex(&w, (aw_bytes){p->plan.sha256, AW_SHA256_SIZE});
    *same = err == AW_OK && aw_bytes_equal(plan, aw_wr_done(&w));
    return err;
}

enum provision_stage provision_last_stage(const struct provision *p)
{
    if (p->args->record_dir != NULL) {
        return PROVISION_RECORDED;
    }
    return p->args->fuse || p->args->attest ? PROVISION_ATTESTED
                                            : PROVISION_FLASHED;
}

static aw_err parse(struct provision *p, aw_bytes text)
{
    struct aw_wr work = aw_wr_init(aw_pool_alloc(&p->ctx->pool, WORK, 1), WORK);
    struct provision_state got = p->state;
    aw_json root = {NULL};
    bool same = false;
    uint64_t v = 0;
    aw_err err = aw_json_parse(text, FILE_MAX, &work, &root, NULL);

    if (err == AW_OK) {
        err = aw_json_get_u64(aw_json_member(root, "v"), &v);
    }
    if (err == AW_OK) {
        err = v == 1 ? check_names(p, root, &same) : AW_ERR_FORMAT;
    }
    if (err == AW_OK) {
        err = get_stage(aw_json_member(root, "stage"), &got.stage);
    }
    if (err == AW_OK) {
        err = aw_json_get_u64(aw_json_member(root, "runs"), &got.runs);
    }
    if (err == AW_OK) {
        err = aw_json_get_u64(aw_json_member(root, "began"), &got.began);
    }
    if (err != AW_OK) {
        return err;
    }
    /* Another plan is another provisioning; one that was complete, too, but
     * what closed the board was this plan. */
    p->state.proven = same && got.stage >= PROVISION_PROVEN;
    if (same && got.stage < provision_last_stage(p)) {
        got.proven = p->state.proven;
        p->state = got;
        p->state.resumed = true;
    }
    return AW_OK;
}

static int report_damaged(struct provision *p)
{
    return aw_report(p->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_STATE,
                         .on = AW_ON_LOCAL,
                         .what = "the saved state of this board is damaged",
                         .subject = p->state.path,
                         .remedy = "look at the file, then put it aside: what "
                                   "is on the board is compared anyway",
                     });
}

int provision_state_open(struct provision *p)
{
    struct aw_host_diag why = {.text = ""};
    struct aw_blob blob = {.p = NULL};

    if (p->state.path != NULL || p->board.unit.serial[0] == '\0') {
        return AW_EXIT_OK; /* open already, or nobody knows whose */
    }
    int code = find_file(p);

    if (code != AW_EXIT_OK) {
        return code;
    }
    p->state.began = (uint64_t)time(NULL);
    aw_err err = aw_file_read(p->state.path, FILE_MAX, &blob, &why);

    if (err == AW_OK) {
        err = parse(p, aw_blob_bytes(&blob));
        aw_blob_free(&blob);
        code = err == AW_OK ? AW_EXIT_OK : report_damaged(p);
    } else if (err == AW_ERR_SPACE) {
        code = report_damaged(p);
    } else if (err != AW_ERR_NOT_FOUND) {
        code = aw_report(p->ctx, &(struct aw_finding){.err = err,
                                                      .on = AW_ON_LOCAL,
                                                      .subject = p->state.path,
                                                      .host = &why});
    }
    p->state.runs++;
    return code;
}

int provision_state_save(struct provision *p)
{
    struct provision_state *s = &p->state;
    uint8_t text[FILE_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_host_diag why = {.text = ""};
    struct aw_json_out out;

    if (s->path == NULL) {
        return AW_EXIT_OK;
    }
    aw_json_out_init(&out, aw_sink_wr(&w), false);
    aw_json_begin_object(&out, NULL);
    aw_json_u64(&out, "v", 1);
    aw_json_text(&out, "serial", p->board.unit.serial);
    aw_json_text(&out, "port", p->board.unit.path);
    aw_json_hex(&out, "plan", (aw_bytes){p->plan.sha256, AW_SHA256_SIZE});
    aw_json_text(&out, "stage", stages[s->stage]);
    aw_json_u64(&out, "runs", s->runs);
    aw_json_u64(&out, "began", s->began);
    aw_json_u64(&out, "saved", (uint64_t)time(NULL));
    aw_json_end_object(&out);
    aw_json_finish(&out);
    AW_BUG_ON(w.failed);
    aw_err err = aw_file_write(s->path, aw_wr_done(&w), FILE_MODE,
                               AW_FILE_REPLACE, &why);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(p->ctx, &(struct aw_finding){
                                 .err = err,
                                 .on = AW_ON_LOCAL,
                                 .what = "the state of the board cannot be "
                                         "saved",
                                 .subject = s->path,
                                 .host = &why,
                                 .remedy = "make room, then run the same "
                                           "command again: what is done is not "
                                           "done again",
                             });
}

/* What cannot be undone, and what it waits for, is said as it happens. */
static const char *const said[] = {
    [PROVISION_HASHED] = "The SRK hash is fused; the part is still open.",
    [PROVISION_PROVEN] = "The recovery starts under this hash.",
    [PROVISION_CLOSED] = "The part is closed.",
    [PROVISION_COMPLETE] = "All is written and read back.",
    [PROVISION_ATTESTED] = "Who the device says it is, is verified.",
    [PROVISION_RECORDED] = NULL,
};

int provision_state_reach(struct provision *p, enum provision_stage stage)
{
    struct provision_state *s = &p->state;

    if (s->path == NULL) {
        return AW_EXIT_OK;
    }
    /* A stage that is passed again takes nothing back. */
    bool first = stage > s->stage;

    s->stage = first ? stage : s->stage;
    int code = provision_state_save(p);

    if (code == AW_EXIT_OK) {
        board_event(&p->board, stages[stage], "done");
    }
    if (code == AW_EXIT_OK && first && said[stage] != NULL) {
        aw_say(0, "%s", said[stage]);
    }
    return code;
}

void provision_state_show(struct provision *p)
{
    struct aw_out *out = &p->ctx->out;

    aw_out_text(out, "reached", stages[p->state.stage]);
    aw_out_bool(out, "resumed", p->state.resumed);
    aw_out_u64(out, "runs", p->state.runs);
}
