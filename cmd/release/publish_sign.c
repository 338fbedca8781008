/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/input.h"
#include "common/offline.h"
#include "manifest/manifest.h"
#include "release/publish.h"

/* Signature lines that the manifest still needs, in the policy's order. */
struct missing {
    size_t n; /* of the component's keys */
    const struct aw_vkey *key;
    bool have[AW_POLICY_KEYS]; /* the line is on the note already */
    aw_bytes line[AW_POLICY_KEYS];
};

static const struct aw_signers *signers_of(const struct publish *p)
{
    return &p->trust->use.policy.signers[p->announce.component];
}

const struct aw_signer_use *publish_signer(const struct publish *p,
                                           const struct aw_vkey *key)
{
    for (size_t i = 0; i < p->n_signers; i++) {
        if (aw_vkey_same(&p->signer[i].by.key, key)) {
            return &p->signer[i];
        }
    }
    return NULL;
}

/* A key that has no business here is a mistake of whoever calls. */
static int check_role(struct publish *p, const struct aw_vkey *key)
{
    const struct aw_policy *policy = &p->trust->use.policy;
    const char *what = "the policy does not know this key";

    if (aw_signers_have(signers_of(p), key) ||
        aw_vkey_same(key, &policy->log)) {
        return AW_EXIT_OK;
    }
    for (size_t c = 0; c < AW_COMPONENTS; c++) {
        if (aw_signers_have(&policy->signers[c], key)) {
            what = "this is the key of another component";
        }
    }
    return aw_report(p->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_PRECONDITION,
                         .on = AW_ON_INPUT,
                         .what = what,
                         .subject = aw_key_label(p->ctx, key->name, key->id),
                         .expected = aw_pool_printf(
                             &p->ctx->pool, "a key of %s, or of the log",
                             aw_component_name(p->announce.component)),
                         .got = "another key",
                         .remedy = "nothing was signed; give the right keys",
                     });
}

static int open_signer(struct publish *p, const char *value,
                       const struct aw_keys *known, struct aw_signer_use *use)
{
    const struct aw_vkey *key = &use->by.key;
    int code = aw_signer_open_known(p->ctx, value, known, use);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (publish_signer(p, key) != NULL) {
        code = aw_usage(p->ctx, "--key: %s is given twice",
                        aw_key_label(p->ctx, key->name, key->id));
    } else {
        code = check_role(p, key);
    }
    if (code != AW_EXIT_OK) {
        aw_signer_close(use);
    }
    return code;
}

static int open_signers(struct publish *p)
{
    const struct aw_list *list = &p->args->keys;
    const struct aw_policy *policy = &p->trust->use.policy;
    struct aw_vkey log = policy->log;
    struct aw_keys known = {.n = 1, .key = &log};
    struct aw_signer_use *signer =
        aw_pool_alloc(&p->ctx->pool, list->n + 1, sizeof(*signer));

    /* A key in a token or agent has the name that the policy knows. */
    aw_policy_add_keys(p->ctx, policy, &known);
    p->signer = signer;
    for (size_t i = 0; i < list->n; i++) {
        int code = open_signer(p, list->item[i], &known, &signer[i]);

        if (code != AW_EXIT_OK) {
            return code;
        }
        p->n_signers++;
    }
    return AW_EXIT_OK;
}

static int read_attached(struct publish *p)
{
    const struct aw_list *list = &p->args->attach;

    p->attached =
        aw_pool_alloc(&p->ctx->pool, list->n + 1, sizeof(*p->attached));
    for (size_t i = 0; i < list->n; i++) {
        struct publish_attached *a = &p->attached[i];
        struct aw_checkpoint checkpoint;
        struct aw_note note;
        struct aw_diag diag = {.where = NULL};

        a->path = list->item[i];
        int code = aw_input_read(p->ctx, a->path, AW_NOTE_MAX, &a->note);

        if (code != AW_EXIT_OK) {
            return code;
        }
        aw_err err = aw_note_split(a->note, &note, &diag);

        if (err == AW_OK && !aw_bytes_equal(note.text, p->text) &&
            aw_checkpoint_parse(note.text, &checkpoint, NULL) != AW_OK) {
            err = aw_fail(&diag, AW_ERR_DIGEST, "note: text", 0);
        }
        if (err != AW_OK) {
            return aw_report(
                p->ctx,
                &(struct aw_finding){
                    .err = err,
                    .on = AW_ON_STATEMENT,
                    .what = "this note signs something else",
                    .subject = aw_input_name(a->path),
                    .expected = "the very text that --prepare wrote, signed",
                    .diag = &diag,
                });
        }
        a->text = note.text;
        p->n_attached++;
    }
    return AW_EXIT_OK;
}

/* Takes verified signatures of the component's keys off a note. */
static int take_lines(struct publish *p, const char *path, aw_bytes message,
                      bool keep, struct missing *m)
{
    struct aw_note note;
    struct aw_diag diag = {.where = NULL};
    aw_err err = aw_note_open(message, m->key, m->n, &note, &diag);

    if (err == AW_ERR_NO_SIG) {
        return AW_EXIT_OK; /* others' signatures only */
    }
    if (err != AW_OK) {
        return aw_report(p->ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_STATEMENT,
                             .what = "the signed manifest does not verify",
                             .subject = aw_input_name(path),
                             .expected = "valid signatures",
                             .diag = &diag,
                         });
    }
    for (size_t i = 0; i < m->n; i++) {
        if (note.verified[i] == 0 || m->have[i]) {
            continue;
        }
        m->have[i] = keep;
        m->line[i] = aw_note_line(note.sigs, note.verified[i]);
    }
    return AW_EXIT_OK;
}

static int sign_line(struct publish *p, const struct aw_signer_use *by,
                     aw_bytes *line)
{
    enum { ROOM = 1024 };
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&p->ctx->pool, ROOM, 1), ROOM);
    struct aw_diag diag = {.where = NULL};
    aw_err err = aw_note_sign_by(p->text, &by->by, 0, &w, &diag);

    if (err != AW_OK) {
        return aw_signer_report(p->ctx, by, err, "the manifest", &diag);
    }
    *line = aw_wr_done(&w);
    return AW_EXIT_OK;
}

/* Signatures of --attach first: then the key is not needed. */
static int collect(struct publish *p, struct missing *m)
{
    int code = AW_EXIT_OK;

    if (p->is_signed) {
        code = take_lines(p, p->name, p->input, true, m);
    }
    for (size_t i = 0; i < p->n_attached && code == AW_EXIT_OK; i++) {
        if (aw_bytes_equal(p->attached[i].text, p->text)) {
            code = take_lines(p, p->attached[i].path, p->attached[i].note,
                              false, m);
        }
    }
    for (size_t i = 0; i < m->n && code == AW_EXIT_OK; i++) {
        const struct aw_signer_use *by = publish_signer(p, &m->key[i]);

        if (m->line[i].n == 0 && by != NULL) {
            code = sign_line(p, by, &m->line[i]);
        }
    }
    return code;
}

static void note_lacking(struct publish *p, const struct missing *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->line[i].n == 0) {
            p->lacking[p->n_lacking++] = &m->key[i];
        }
    }
}

/* Labels of the keys that have not signed. */
static const char *list_lacking(struct publish *p)
{
    const char *list = "";

    for (size_t i = 0; i < p->n_lacking; i++) {
        list = aw_pool_printf(
            &p->ctx->pool, "%s%s%s", list, i == 0 ? "" : ", ",
            aw_key_label(p->ctx, p->lacking[i]->name, p->lacking[i]->id));
    }
    return list;
}

static void write_leaf(struct publish *p, const struct missing *m)
{
    enum { LINES = AW_POLICY_KEYS * 1024 };
    size_t room = p->input.n + LINES;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&p->ctx->pool, room, 1), room);

    aw_wr_put(&w, p->input);
    if (!p->is_signed) {
        aw_wr_u8(&w, '\n');
    }
    for (size_t i = 0; i < m->n; i++) {
        if (!m->have[i]) {
            aw_wr_put(&w, m->line[i]);
        }
    }
    AW_BUG_ON(w.failed);
    p->leaf = aw_wr_done(&w);
}

/* What goes into the log must be a release for everybody. */
static int check_leaf(struct publish *p)
{
    struct aw_manifest *again = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*again));
    struct aw_wr work = manifest_work(p->ctx);
    struct aw_diag diag = {.where = NULL};
    aw_err err =
        aw_leaf_open(p->leaf, &p->trust->use.policy, &work, again, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        p->ctx, &(struct aw_finding){
                    .err = err,
                    .on = AW_ON_STATEMENT,
                    .what = "the signed manifest is no release",
                    .subject = p->name,
                    .expected = err == AW_ERR_POLICY
                                    ? "no signature of another component's key"
                                    : "what the policy asks for",
                    .diag = &diag,
                    .remedy = "nothing was published",
                });
}

int publish_prepare(struct publish *p, const char *what, aw_bytes text)
{
    int code = aw_offline_prepare(p->ctx, p->args->prepare, text);

    if (code == AW_EXIT_OK) {
        p->waits_for = what;
    }
    return code;
}

int publish_sign(struct publish *p)
{
    const struct aw_signers *signers = signers_of(p);
    struct missing m = {.n = signers->n, .key = signers->key};
    int code = open_signers(p);

    if (code == AW_EXIT_OK) {
        code = read_attached(p);
    }
    if (code == AW_EXIT_OK) {
        code = collect(p, &m);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    note_lacking(p, &m);
    if (p->n_lacking == 0) {
        write_leaf(p, &m);
        return check_leaf(p);
    }
    if (p->args->prepare != NULL) {
        return publish_prepare(p, "manifest", p->text);
    }
    return aw_report(p->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_NO_SIG,
                         .on = AW_ON_INPUT,
                         .exit = AW_EXIT_REFUSED,
                         .what = "signatures of the manifest are missing",
                         .subject = p->name,
                         .expected = list_lacking(p),
                         .remedy = "give the keys with --key; where one is "
                                   "elsewhere, --prepare writes the text and "
                                   "--attach takes the signed note",
                     });
}
