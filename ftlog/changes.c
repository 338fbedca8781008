/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/changes.h"

#include "aw/sha256.h"

bool aw_change_differs(const struct aw_change *change)
{
    return change->has_from != change->has_to ||
           !aw_bytes_equal(change->from, change->to);
}

/* A side of a row: what a manifest says in a field. */
struct side {
    bool has;
    aw_bytes value;
};

static struct side text_side(bool has, aw_bytes text)
{
    return has ? (struct side){true, text} : (struct side){false, {NULL, 0}};
}

static struct side digest_side(bool has, const uint8_t digest[AW_SHA256_SIZE])
{
    return text_side(has, (aw_bytes){digest, AW_SHA256_SIZE});
}

static const struct {
    const char *name;
    bool is_digest;
} fields[AW_CHANGES_FIELDS] = {
    {"component", false},       {"version", false},
    {"commit", false},          {"hab_target", false},
    {"tamago_version", false},  {"recipe", false},
    {"toolchain", false},       {"toolchain_version", false},
    {"toolchain_sha256", true}, {"sources_sha256", true},
    {"firmware_sha256", true},  {"hab_signature_sha256", true},
    {"schema_version", false},
};

static aw_bytes schema_text(const struct aw_manifest *m)
{
    return aw_text(m->schema_version == 0 ? "0" : "1");
}

/* Field number i of a manifest, in the order of the table above. */
static struct side side_of(const struct aw_manifest *m, size_t i)
{
    const struct side all[AW_CHANGES_FIELDS] = {
        text_side(true, aw_text(aw_component_name(m->component))),
        text_side(true, m->tag_name),
        text_side(true, m->commit),
        text_side(m->has_hab, m->hab_target),
        text_side(m->has_tamago, m->tamago_version),
        text_side(m->recipe.n > 0, m->recipe),
        text_side(m->has_toolchain, m->toolchain_name),
        text_side(m->has_toolchain, m->toolchain_version),
        digest_side(m->has_toolchain, m->toolchain_sha256),
        digest_side(m->has_sources_sha256, m->sources_sha256),
        digest_side(true, m->firmware_sha256),
        digest_side(m->has_hab, m->hab_sig_sha256),
        text_side(true, schema_text(m)),
    };

    return all[i];
}

static void add(struct aw_changes *changes, struct aw_change row,
                struct side from, struct side to)
{
    if (!from.has && !to.has) {
        return;
    }
    row.has_from = from.has;
    row.has_to = to.has;
    row.from = from.value;
    row.to = to.value;
    changes->list[changes->n++] = row;
}

static aw_bytes env_name(aw_bytes env)
{
    return (aw_bytes){env.p, aw_bytes_find(env, 0, '=')};
}

static struct side env_value(aw_bytes env)
{
    struct aw_rd r = aw_rd_init(env);

    (void)aw_rd_until(&r, '=');
    return (struct side){true, aw_rd_rest(&r)};
}

/* How often the name of envs[i] stands before it. */
static size_t times_before(const struct aw_manifest *m, size_t i)
{
    size_t times = 0;

    for (size_t k = 0; k < i; k++) {
        times +=
            aw_bytes_equal(env_name(m->envs[k]), env_name(m->envs[i])) ? 1 : 0;
    }
    return times;
}

/* Value of the variable that stands under this name for the n-th time. */
static struct side find_env(const struct aw_manifest *m, aw_bytes name,
                            size_t n)
{
    for (size_t k = 0; m != NULL && k < m->n_envs; k++) {
        if (aw_bytes_equal(env_name(m->envs[k]), name) &&
            times_before(m, k) == n) {
            return env_value(m->envs[k]);
        }
    }
    return (struct side){false, {NULL, 0}};
}

static void add_envs(const struct aw_manifest *from,
                     const struct aw_manifest *to, struct aw_changes *changes)
{
    for (size_t i = 0; i < to->n_envs; i++) {
        aw_bytes name = env_name(to->envs[i]);

        add(changes, (struct aw_change){.env = name},
            find_env(from, name, times_before(to, i)), env_value(to->envs[i]));
    }
    for (size_t i = 0; from != NULL && i < from->n_envs; i++) {
        aw_bytes name = env_name(from->envs[i]);
        struct side newer = find_env(to, name, times_before(from, i));

        if (!newer.has) {
            add(changes, (struct aw_change){.env = name},
                env_value(from->envs[i]), newer);
        }
    }
}

void aw_manifest_changes(const struct aw_manifest *from,
                         const struct aw_manifest *to,
                         struct aw_changes *changes)
{
    changes->n = 0;
    for (size_t i = 0; i < AW_CHANGES_FIELDS; i++) {
        struct side older = {false, {NULL, 0}};

        if (from != NULL) {
            older = side_of(from, i);
        }
        add(changes,
            (struct aw_change){.field = fields[i].name,
                               .is_digest = fields[i].is_digest},
            older, side_of(to, i));
    }
    add_envs(from, to, changes);
}
