/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a policy about witnesses: C2SP tlog-policy, and max-age. */
#include <string.h>

#include "aw/text.h"
#include "policy_priv.h"

enum { NOT_DEFINED = AW_POLICY_WITNESSES + AW_POLICY_GROUPS };

/* Number of a witness or group, as in struct aw_group. */
static size_t find_name(const struct aw_policy *p, aw_bytes name)
{
    for (size_t i = 0; i < p->n_witnesses; i++) {
        if (aw_bytes_equal(p->witness[i].name, name)) {
            return i;
        }
    }
    for (size_t i = 0; i < p->n_groups; i++) {
        if (aw_bytes_equal(p->group[i].name, name)) {
            return AW_POLICY_WITNESSES + i;
        }
    }
    return NOT_DEFINED;
}

/* Next field as a new name; witnesses and groups share one set of names. */
static aw_err read_new_name(struct policy_reader *r, aw_bytes *name)
{
    aw_bytes field = policy_field(r);

    if (field.n == 0 || field.n > AW_POLICY_NAME_MAX ||
        aw_bytes_is(field, "none")) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: name");
    }
    if (find_name(r->policy, field) != NOT_DEFINED) {
        return policy_fail(r, AW_ERR_DUPLICATE, "policy: name");
    }
    *name = field;
    return AW_OK;
}

aw_err policy_read_witness(struct policy_reader *r)
{
    struct aw_policy *p = r->policy;
    struct aw_witness_key w = {0};
    struct aw_diag diag = {0};
    aw_err err = read_new_name(r, &w.name);

    if (err != AW_OK) {
        return err;
    }
    w.key_text = policy_field(r);
    err = aw_vkey_parse_cosigner(w.key_text, &w.key, &diag);
    if (err != AW_OK) {
        return policy_fail(r, err, diag.where);
    }
    w.url = policy_field(r);
    /* One key under two names would count twice. */
    for (size_t i = 0; i < p->n_witnesses; i++) {
        if (policy_same_public(&p->witness[i].key, &w.key)) {
            return policy_fail(r, AW_ERR_DUPLICATE, "policy: witness key");
        }
    }
    if (p->n_witnesses == AW_POLICY_WITNESSES) {
        return policy_fail(r, AW_ERR_SPACE, "policy: witnesses");
    }
    p->witness[p->n_witnesses++] = w;
    return AW_OK;
}

static aw_err read_member(struct policy_reader *r, aw_bytes name,
                          struct aw_group *group)
{
    size_t number = find_name(r->policy, name);

    if (number == NOT_DEFINED) {
        return policy_fail(r, AW_ERR_NOT_FOUND, "policy: member");
    }
    /* Once at all, not once a group: each witness counts in one way only. */
    if (r->member[number]) {
        return policy_fail(r, AW_ERR_DUPLICATE, "policy: member");
    }
    if (group->n == AW_POLICY_MEMBERS) {
        return policy_fail(r, AW_ERR_SPACE, "policy: members");
    }
    r->member[number] = true;
    group->member[group->n++] = (uint8_t)number;
    return AW_OK;
}

static aw_err set_threshold(struct policy_reader *r, aw_bytes text,
                            struct aw_group *group)
{
    uint64_t k = 0;

    if (aw_bytes_is(text, "all")) {
        k = group->n;
    } else if (aw_bytes_is(text, "any")) {
        k = 1;
    } else if (aw_dec_parse(text, &k) != AW_OK) {
        return policy_fail(r, AW_ERR_FORMAT, "policy: threshold");
    }
    if (k == 0 || k > group->n) {
        return policy_fail(r, AW_ERR_RANGE, "policy: threshold");
    }
    group->threshold = (size_t)k;
    return AW_OK;
}

aw_err policy_read_group(struct policy_reader *r)
{
    struct aw_policy *p = r->policy;
    struct aw_group group = {0};
    aw_err err = read_new_name(r, &group.name);

    if (err != AW_OK) {
        return err;
    }
    aw_bytes threshold = policy_field(r);

    for (aw_bytes name = policy_field(r); name.n != 0; name = policy_field(r)) {
        err = read_member(r, name, &group);
        if (err != AW_OK) {
            return err;
        }
    }
    err = set_threshold(r, threshold, &group);
    if (err != AW_OK) {
        return err;
    }
    if (p->n_groups == AW_POLICY_GROUPS) {
        return policy_fail(r, AW_ERR_SPACE, "policy: groups");
    }
    p->group[p->n_groups++] = group;
    return AW_OK;
}

aw_err policy_read_quorum(struct policy_reader *r)
{
    aw_bytes name = policy_field(r);
    size_t number = find_name(r->policy, name);

    if (aw_bytes_is(name, "none")) {
        return AW_OK;
    }
    if (number == NOT_DEFINED) {
        return policy_fail(r, AW_ERR_NOT_FOUND, "policy: quorum");
    }
    r->policy->quorum = (uint8_t)number;
    r->policy->has_quorum = true;
    return AW_OK;
}

/* Units of a Go duration in nanoseconds; the longer of two names with the
 * same start stands first. */
static const struct {
    const char *name;
    uint64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000}, /* micro sign */
    {"\xce\xbcs", 1000}, /* Greek mu */
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60000000000)},
    {"h", UINT64_C(3600000000000)},
};

/* Digits at the cursor. */
static aw_bytes read_digits(struct aw_rd *r)
{
    size_t n = 0;

    while (n < aw_rd_left(r) && r->b.p[r->at + n] >= '0' &&
           r->b.p[r->at + n] <= '9') {
        n++;
    }
    return aw_rd_take(r, n);
}

/* Moves behind `text` if it stands at the cursor. */
static bool read_if(struct aw_rd *r, const char *text)
{
    struct aw_rd probe = *r;

    if (!aw_bytes_is(aw_rd_take(&probe, aw_text(text).n), text)) {
        return false;
    }
    *r = probe;
    return true;
}

/* Length of the unit at the cursor in nanoseconds; 0 when there is none. */
static uint64_t read_unit(struct aw_rd *r)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (read_if(r, units[i].name)) {
            return units[i].ns;
        }
    }
    return 0;
}

/* One term, as in 1.5h, in nanoseconds. */
static aw_err read_term(struct aw_rd *r, uint64_t *ns)
{
    aw_bytes whole = read_digits(r);
    aw_bytes part = read_if(r, ".") ? read_digits(r) : (aw_bytes){NULL, 0};
    uint64_t unit = read_unit(r);
    uint64_t v = 0;

    if (whole.n + part.n == 0 || unit == 0) {
        return AW_ERR_FORMAT;
    }
    if (whole.n != 0 &&
        (aw_dec_parse_lax(whole, &v) != AW_OK || v > INT64_MAX / unit)) {
        return AW_ERR_RANGE;
    }
    v *= unit;
    for (size_t i = 0; i < part.n; i++) {
        unit /= 10;
        v += unit * ((uint64_t)part.p[i] - '0');
    }
    *ns = v;
    return AW_OK;
}

static aw_err parse_duration(aw_bytes text, uint64_t *seconds)
{
    const uint64_t ns_per_s = 1000000000;
    struct aw_rd r = aw_rd_init(text);
    uint64_t sum = 0;

    do {
        uint64_t ns = 0;
        aw_err err = read_term(&r, &ns);

        if (err != AW_OK) {
            return err;
        }
        if (ns > INT64_MAX - sum) {
            return AW_ERR_RANGE;
        }
        sum += ns;
    } while (aw_rd_left(&r) > 0);
    if (sum == 0 || sum % ns_per_s != 0) {
        return AW_ERR_RANGE;
    }
    *seconds = sum / ns_per_s;
    return AW_OK;
}

aw_err policy_read_max_age(struct policy_reader *r)
{
    aw_err err = parse_duration(policy_field(r), &r->policy->max_age_s);

    return err == AW_OK ? AW_OK : policy_fail(r, err, "policy: max-age");
}
