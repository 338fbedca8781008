/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/policy.h"

static void put_dec(const struct aw_sink *s, uint64_t v)
{
    uint8_t buf[20];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_dec(&w, v);
    aw_sink_put(s, aw_wr_done(&w));
}

/* A space and a key, which must be one that can be written. */
static void put_key(const struct aw_sink *s, const struct aw_vkey *key)
{
    uint8_t buf[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_u8(&w, ' ');
    aw_vkey_write(key, &w);
    aw_sink_put(s, aw_wr_done(&w));
}

/* A space and a word, or nothing for an empty one. */
static void put_word(const struct aw_sink *s, aw_bytes word)
{
    if (word.n != 0) {
        aw_sink_text(s, " ");
        aw_sink_put(s, word);
    }
}

/* A line of one word and one value; none for an empty value. */
static void put_line(const struct aw_sink *s, const char *word, aw_bytes value)
{
    if (value.n != 0) {
        aw_sink_text(s, word);
        put_word(s, value);
        aw_sink_text(s, "\n");
    }
}

static void put_log(const struct aw_policy *p, const struct aw_sink *s)
{
    if (p->has_log) {
        aw_sink_text(s, "log");
        put_key(s, &p->log);
        put_word(s, p->log_url);
        aw_sink_text(s, "\n");
        put_line(s, "origin", p->origin);
    }
}

static void put_component(const struct aw_signers *signers,
                          enum aw_component component, const struct aw_sink *s)
{
    if (signers->n == 0) {
        return;
    }
    aw_sink_text(s, "component ");
    aw_sink_text(s, aw_component_name(component));
    for (size_t i = 0; i < signers->n; i++) {
        put_key(s, &signers->key[i]);
    }
    aw_sink_text(s, "\n");
}

static void put_rebuilders(const struct aw_policy *p, const struct aw_sink *s)
{
    for (size_t i = 0; i < p->n_rebuilders; i++) {
        aw_sink_text(s, "rebuilder");
        put_key(s, &p->rebuilder[i]);
        aw_sink_text(s, "\n");
    }
    if (p->rebuilder_quorum != 0) {
        aw_sink_text(s, "rebuilder-quorum ");
        put_dec(s, p->rebuilder_quorum);
        aw_sink_text(s, "\n");
    }
    put_line(s, "rebuilds", p->rebuilds_url);
}

/* A space and the key of a witness. An ML-DSA-44 key is not kept whole: its
 * base64 comes from the text that was read. */
static bool put_witness_key(const struct aw_witness_key *witness,
                            const struct aw_sink *s)
{
    enum { ID_DIGITS = 8 };

    uint8_t id[2 + ID_DIGITS];
    struct aw_wr w = aw_wr_init(id, sizeof(id));
    aw_bytes base64;
    size_t at = witness->key.name.n + sizeof(id);

    if (witness->key.type != AW_KEY_MLDSA44) {
        put_key(s, &witness->key);
        return true;
    }
    if (witness->key_text.n <= at ||
        !aw_slice(witness->key_text, at, witness->key_text.n - at, &base64)) {
        return false;
    }
    aw_wr_u8(&w, '+');
    aw_wr_hex_u64(&w, witness->key.id, ID_DIGITS);
    aw_wr_u8(&w, '+');
    put_word(s, witness->key.name);
    aw_sink_put(s, aw_wr_done(&w));
    aw_sink_put(s, base64);
    return true;
}

static aw_bytes member_name(const struct aw_policy *p, uint8_t number)
{
    return number < AW_POLICY_WITNESSES
               ? p->witness[number].name
               : p->group[number - AW_POLICY_WITNESSES].name;
}

static aw_err put_witnesses(const struct aw_policy *p, const struct aw_sink *s)
{
    for (size_t i = 0; i < p->n_witnesses; i++) {
        aw_sink_text(s, "witness");
        put_word(s, p->witness[i].name);
        if (!put_witness_key(&p->witness[i], s)) {
            return AW_ERR_KEY;
        }
        put_word(s, p->witness[i].url);
        aw_sink_text(s, "\n");
    }
    return AW_OK;
}

static void put_quorum(const struct aw_policy *p, const struct aw_sink *s)
{
    for (size_t i = 0; i < p->n_groups; i++) {
        const struct aw_group *group = &p->group[i];

        aw_sink_text(s, "group");
        put_word(s, group->name);
        aw_sink_text(s, " ");
        put_dec(s, group->threshold);
        for (size_t m = 0; m < group->n; m++) {
            put_word(s, member_name(p, group->member[m]));
        }
        aw_sink_text(s, "\n");
    }
    put_line(s, "quorum",
             p->has_quorum ? member_name(p, p->quorum) : aw_text("none"));
    if (p->max_age_s != 0) {
        aw_sink_text(s, "max-age ");
        put_dec(s, p->max_age_s);
        aw_sink_text(s, "s\n");
    }
}

aw_err aw_policy_write(const struct aw_policy *policy,
                       const struct aw_sink *sink)
{
    uint8_t hex[2 * sizeof(policy->srk_hash)];
    struct aw_wr w = aw_wr_init(hex, sizeof(hex));

    aw_sink_text(sink, "aw-policy 1\n");
    put_log(policy, sink);
    for (unsigned c = 0; c < AW_COMPONENTS; c++) {
        put_component(&policy->signers[c], (enum aw_component)c, sink);
    }
    put_line(sink, "hab-target", policy->hab_target);
    if (policy->has_srk_hash) {
        aw_wr_hex(&w, (aw_bytes){policy->srk_hash, sizeof(policy->srk_hash)});
        put_line(sink, "srk-hash", aw_wr_done(&w));
    }
    put_line(sink, "binaries", policy->binaries_url);
    put_rebuilders(policy, sink);
    aw_err err = put_witnesses(policy, sink);

    if (err == AW_OK) {
        put_quorum(policy, sink);
    }
    return err;
}

static void hash_put(void *ctx, aw_bytes b)
{
    aw_sha256_update(ctx, b);
}

aw_err aw_policy_hash(const struct aw_policy *policy,
                      uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_sha256 h;
    struct aw_sink sink = {&h, hash_put};

    aw_sha256_init(&h);
    aw_err err = aw_policy_write(policy, &sink);

    if (err == AW_OK) {
        aw_sha256_final(&h, digest);
    }
    return err;
}
