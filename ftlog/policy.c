/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a policy, but for those about witnesses. */
#include "aw/ftlog/policy.h"

#include <string.h>

#include "aw/text.h"
#include "policy_priv.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct aw_rd *r)
{
    while (r->at < r->b.n && is_blank(r->b.p[r->at])) {
        r->at++;
    }
}

aw_bytes policy_field(struct policy_reader *r)
{
    size_t n = 0;

    skip_blanks(&r->line);
    while (n < aw_rd_left(&r->line) && !is_blank(r->line.b.p[r->line.at + n])) {
        n++;
    }
    return aw_rd_take(&r->line, n);
}

aw_err policy_fail(struct policy_reader *r, aw_err err, const char *where)
{
    return aw_fail(r->diag, err, where, r->number);
}

bool policy_same_public(const struct aw_vkey *a, const struct aw_vkey *b)
{
    return a->public_n == b->public_n &&
           memcmp(a->public_key, b->public_key, AW_VKEY_PUBLIC_MAX) == 0;
}

/* Next field as a key of a type that is allowed. */
static aw_err read_key(struct policy_reader *r, bool for_log,
                       struct aw_vkey *key)
{
    struct aw_vkey out;
    struct aw_diag diag = {0};
    aw_err err = aw_vkey_parse(policy_field(r), &out, &diag);

    if (err != AW_OK) {
        return policy_fail(r, err, diag.where);
    }
    if (out.type != AW_KEY_ED25519 &&
        (!for_log ||
         (out.type != AW_KEY_ECDSA && out.type != AW_KEY_RFC6962))) {
        return policy_fail(r, AW_ERR_KEY, "policy: type of key");
    }
    *key = out;
    return AW_OK;
}

static aw_err read_log(struct policy_reader *r)
{
    aw_err err = read_key(r, true, &r->policy->log);

    if (err == AW_OK) {
        r->policy->has_log = true;
        r->policy->log_url = policy_field(r);
    }
    return err;
}

/* The rest of the line: origins may hold spaces. */
static aw_err read_origin(struct policy_reader *r)
{
    skip_blanks(&r->line);
    aw_bytes text = aw_rd_rest(&r->line);

    while (text.n > 0 && is_blank(text.p[text.n - 1])) {
        text.n--;
    }
    if (text.n == 0) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: origin");
    }
    r->policy->origin = text;
    return AW_OK;
}

static bool signs(const struct aw_signers *signers, const struct aw_vkey *key)
{
    for (size_t i = 0; i < signers->n; i++) {
        if (policy_same_public(&signers->key[i], key)) {
            return true;
        }
    }
    return false;
}

/* A key that signs for two components, or twice for one, proves nothing. */
static bool signs_already(const struct aw_policy *policy,
                          const struct aw_vkey *key)
{
    bool found = false;

    for (size_t c = 0; c < AW_COMPONENTS; c++) {
        found = found || signs(&policy->signers[c], key);
    }
    return found;
}

static aw_err read_component(struct policy_reader *r)
{
    enum aw_component component = AW_BOOTLOADER;

    if (aw_component_parse(policy_field(r), &component) != AW_OK) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: component");
    }
    struct aw_signers *signers = &r->policy->signers[component];

    if (signers->n != 0) {
        return policy_fail(r, AW_ERR_DUPLICATE, "policy: component");
    }
    do {
        struct aw_vkey key;
        aw_err err = read_key(r, false, &key);

        if (err != AW_OK) {
            return err;
        }
        if (signers->n == AW_POLICY_KEYS) {
            return policy_fail(r, AW_ERR_SPACE, "policy: component keys");
        }
        if (signs_already(r->policy, &key)) {
            return policy_fail(r, AW_ERR_DUPLICATE, "policy: component key");
        }
        signers->key[signers->n++] = key;
        skip_blanks(&r->line);
    } while (aw_rd_left(&r->line) > 0);
    return AW_OK;
}

/* Next field, which must not be empty. */
static aw_err read_word(struct policy_reader *r, aw_bytes *word)
{
    aw_bytes field = policy_field(r);

    if (field.n == 0) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: value missing");
    }
    *word = field;
    return AW_OK;
}

static aw_err read_hab_target(struct policy_reader *r)
{
    return read_word(r, &r->policy->hab_target);
}

static aw_err read_binaries(struct policy_reader *r)
{
    return read_word(r, &r->policy->binaries_url);
}

static aw_err read_rebuilds(struct policy_reader *r)
{
    return read_word(r, &r->policy->rebuilds_url);
}

static aw_err read_srk_hash(struct policy_reader *r)
{
    struct aw_wr w =
        aw_wr_init(r->policy->srk_hash, sizeof(r->policy->srk_hash));

    if (aw_hex_decode(policy_field(r), &w) != AW_OK || w.n != w.cap) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: SRK hash");
    }
    r->policy->has_srk_hash = true;
    return AW_OK;
}

static aw_err read_rebuilder(struct policy_reader *r)
{
    struct aw_policy *p = r->policy;
    struct aw_vkey key;
    aw_err err = read_key(r, false, &key);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < p->n_rebuilders; i++) {
        if (policy_same_public(&p->rebuilder[i], &key)) {
            return policy_fail(r, AW_ERR_DUPLICATE, "policy: rebuilder");
        }
    }
    if (p->n_rebuilders == AW_POLICY_REBUILDERS) {
        return policy_fail(r, AW_ERR_SPACE, "policy: rebuilders");
    }
    p->rebuilder[p->n_rebuilders++] = key;
    return AW_OK;
}

static aw_err read_rebuilder_quorum(struct policy_reader *r)
{
    uint64_t k = 0;

    if (aw_dec_parse(policy_field(r), &k) != AW_OK) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: rebuilder quorum");
    }
    if (k == 0 || k > AW_POLICY_REBUILDERS) {
        return policy_fail(r, AW_ERR_RANGE, "policy: rebuilder quorum");
    }
    r->policy->rebuilder_quorum = (size_t)k;
    return AW_OK;
}

static const struct {
    const char *word;
    aw_err (*read)(struct policy_reader *r);
    bool once;
    bool plain; /* known to tlog-policy */
} words[] = {
    {"log", read_log, true, true},
    {"witness", policy_read_witness, false, true},
    {"group", policy_read_group, false, true},
    {"quorum", policy_read_quorum, true, true},
    {"origin", read_origin, true, false},
    {"component", read_component, false, false},
    {"hab-target", read_hab_target, true, false},
    {"srk-hash", read_srk_hash, true, false},
    {"binaries", read_binaries, true, false},
    {"rebuilder", read_rebuilder, false, false},
    {"rebuilder-quorum", read_rebuilder_quorum, true, false},
    {"rebuilds", read_rebuilds, true, false},
    {"max-age", policy_read_max_age, true, false},
};
enum { WORDS = sizeof(words) / sizeof(words[0]), NO_WORD = WORDS };

static size_t find_word(const char *word)
{
    size_t i = 0;

    while (i < WORDS && strcmp(words[i].word, word) != 0) {
        i++;
    }
    return i;
}

static bool seen(const struct policy_reader *r, const char *word)
{
    return (r->seen >> find_word(word) & 1U) != 0;
}

/* Octets that C2SP tlog-policy allows in a line. */
static bool line_clean(aw_bytes line)
{
    for (size_t i = 0; i < line.n; i++) {
        if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static aw_err read_line(struct policy_reader *r, bool plain)
{
    aw_bytes word = policy_field(r);
    size_t i = 0;

    if (!line_clean(r->line.b)) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: control character");
    }
    if (word.n == 0 || word.p[0] == '#') {
        return AW_OK;
    }
    while (i < WORDS &&
           (!aw_bytes_is(word, words[i].word) || (plain && !words[i].plain))) {
        i++;
    }
    if (i == NO_WORD) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: unknown word");
    }
    if (words[i].once && (r->seen >> i & 1U) != 0) {
        return policy_fail(r, AW_ERR_DUPLICATE, "policy: line stands twice");
    }
    r->seen |= UINT32_C(1) << i;
    aw_err err = words[i].read(r);

    if (err == AW_OK && policy_field(r).n != 0) {
        err = policy_fail(r, AW_ERR_FORMAT, "policy: too many fields");
    }
    return err;
}

/* What can be judged only when all lines are known. */
static aw_err finish(struct policy_reader *r, bool plain)
{
    struct aw_policy *p = r->policy;

    if (plain && p->has_log) {
        p->origin = p->log.name;
    }
    if (p->has_log != (p->origin.n != 0)) {
        return aw_fail(r->diag, AW_ERR_FORMAT,
                       p->has_log ? "policy: log without origin"
                                  : "policy: origin without log",
                       0);
    }
    if (!seen(r, "quorum") && (plain || p->n_witnesses + p->n_groups != 0)) {
        return aw_fail(r->diag, AW_ERR_FORMAT, "policy: no quorum line", 0);
    }
    if (p->max_age_s != 0 && !p->has_quorum) {
        return aw_fail(r->diag, AW_ERR_FORMAT, "policy: max-age, no quorum", 0);
    }
    if (p->rebuilder_quorum > p->n_rebuilders) {
        return aw_fail(r->diag, AW_ERR_RANGE, "policy: rebuilder quorum", 0);
    }
    return AW_OK;
}

/* The first line names the format. Any other line is one of tlog-policy. */
static aw_err read_format(struct policy_reader *r, aw_bytes first, bool *plain)
{
    r->line = aw_rd_init(first);
    if (!aw_bytes_is(policy_field(r), "aw-policy")) {
        *plain = true;
        return AW_OK;
    }
    *plain = false;
    if (!aw_bytes_is(policy_field(r), "1") || policy_field(r).n != 0) {
        return policy_fail(r, AW_ERR_UNSUPPORTED, "policy: version");
    }
    return AW_OK;
}

static aw_err read_lines(struct policy_reader *r, aw_bytes text)
{
    struct aw_rd lines = aw_rd_init(text);
    bool plain = true;
    aw_err err = AW_OK;

    while (aw_rd_left(&lines) > 0) {
        aw_bytes line = aw_rd_line(&lines);

        r->number++;
        if (lines.failed) {
            return policy_fail(r, AW_ERR_FORMAT, "policy: cut line");
        }
        if (r->number == 1) {
            err = read_format(r, line, &plain);
        }
        r->line = aw_rd_init(line);
        if (err == AW_OK && (plain || r->number > 1)) {
            err = read_line(r, plain);
        }
        if (err != AW_OK) {
            return err;
        }
    }
    return finish(r, plain);
}

bool aw_signers_have(const struct aw_signers *signers,
                     const struct aw_vkey *key)
{
    for (size_t i = 0; i < signers->n; i++) {
        if (aw_vkey_same(&signers->key[i], key)) {
            return true;
        }
    }
    return false;
}

void aw_policy_init(struct aw_policy *policy)
{
    *policy = (struct aw_policy){0};
}

aw_err aw_policy_parse(aw_bytes text, struct aw_policy *policy,
                       struct aw_diag *diag)
{
    struct aw_policy out;
    struct policy_reader r = {.policy = &out, .diag = diag};

    if (text.n > AW_POLICY_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "policy: length", 0);
    }
    aw_policy_init(&out);
    aw_err err = read_lines(&r, text);

    if (err == AW_OK) {
        *policy = out;
    }
    return err;
}
