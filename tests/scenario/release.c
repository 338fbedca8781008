/* SPDX-License-Identifier: Apache-2.0 */
#include "release.h"

#include <stdio.h>
#include <string.h>

#include "aw/emmc.h"
#include "aw/text.h"
#include "support.h"

#define ORIGIN "example.com/aw-test/firmware/0"

enum { LEAVES = 3, OURS = 1 };

/* The key of a role; its name lives as long as `name`. */
static struct aw_skey key_of(const char *role, char *name, size_t cap)
{
    char text[64];
    uint8_t seed[AW_SHA256_SIZE];
    struct aw_skey key;

    (void)snprintf(text, sizeof(text), "aw firmware test key: %s", role);
    (void)snprintf(name, cap, "example.com-aw-test-%s", role);
    aw_sha256(aw_text(text), seed);
    ck_assert_int_eq(
        aw_skey_init(aw_text(name), AW_KEY_ED25519, seed, &key, NULL), AW_OK);
    return key;
}

/* Text, empty line, a signature of each role. */
static void sign_note(struct aw_wr *w, aw_bytes text, const char *const *roles,
                      size_t n)
{
    aw_wr_put(w, text);
    aw_wr_u8(w, '\n');
    for (size_t i = 0; i < n; i++) {
        char name[64];

        if (roles[i][0] == '\0') {
            continue;
        }
        struct aw_skey key = key_of(roles[i], name, sizeof(name));

        ck_assert_int_eq(aw_note_sign(text, &key, 0, w), AW_OK);
    }
    ck_assert(!w->failed);
}

static void make_manifest(const struct making *how, struct aw_wr *w)
{
    const char *usual = how->applet ? "applet" : "os1";
    const char *roles[2] = {
        how->os_key[0] != NULL ? how->os_key[0] : usual,
        how->os_key[1] != NULL ? how->os_key[1]
        : how->applet          ? ""
                               : "os2",
    };
    struct aw_manifest m = {
        .tag_name = aw_text(how->version),
        .commit = aw_text("0123456789abcdef0123456789abcdef01234567"),
        .tamago_version = aw_text("1.22.0"),
        .component = how->component,
        .has_component = true,
        .has_tamago = true,
        .has_firmware_sha256 = true,
    };
    uint8_t text[4096];
    struct aw_wr t = aw_wr_init(text, sizeof(text));

    aw_sha256(how->elf, m.firmware_sha256);
    if (how->bad_digest) {
        m.firmware_sha256[5] ^= 1;
    }
    aw_manifest_write(&m, &t);
    ck_assert(!t.failed);
    sign_note(w, (aw_bytes){text, t.n}, roles, COUNT(roles));
    if (how->bad_manifest) {
        w->p[40] ^= 1;
    }
}

/* A tree of three leaves, ours in the middle. */
static void make_tree(aw_bytes manifest, struct aw_bundle *b,
                      struct aw_checkpoint *c)
{
    aw_hash leaf[LEAVES];
    aw_hash pair;

    aw_merkle_leaf(aw_text("first"), &leaf[0]);
    aw_merkle_leaf(manifest, &leaf[1]);
    aw_merkle_leaf(aw_text("third"), &leaf[2]);
    aw_merkle_node(&leaf[0], &leaf[1], &pair);
    aw_merkle_node(&pair, &leaf[2], &c->root);
    c->size = LEAVES;
    b->index = OURS;
    b->proof.n = 2;
    b->proof.h[0] = leaf[0];
    b->proof.h[1] = leaf[2];
}

static void make_checkpoint(const struct making *how,
                            const struct aw_checkpoint *c, struct aw_wr *w)
{
    const char *role = how->log_key != NULL ? how->log_key : "log";
    uint8_t text[512];
    struct aw_wr t = aw_wr_init(text, sizeof(text));

    aw_checkpoint_write(c, &t);
    ck_assert(!t.failed);
    sign_note(w, (aw_bytes){text, t.n}, &role, 1);
    if (how->bad_signature) {
        /* In the base64 of the signature, far from its end. */
        w->p[w->n - 20] = w->p[w->n - 20] == 'A' ? 'B' : 'A';
    }
}

void release_make(const struct making *how, struct made *made)
{
    static uint8_t manifest[8192];
    static uint8_t checkpoint[2048];
    static uint8_t stream[AW_BOOTCFG_MAX];
    struct aw_wr m = aw_wr_init(manifest, sizeof(manifest));
    struct aw_wr p = aw_wr_init(checkpoint, sizeof(checkpoint));
    struct aw_wr w = aw_wr_init(stream, sizeof(stream));
    struct aw_bundle b = {.has_firmware = false};
    struct aw_checkpoint c = {
        .origin = aw_text(how->origin != NULL ? how->origin : ORIGIN)};
    struct aw_bootcfg config;
    const struct aw_emmc_region *slot = aw_emmc_find(
        AW_EMMC_SLOT, how->applet ? AW_TRUSTED_APPLET : AW_TRUSTED_OS,
        how->slot);

    make_manifest(how, &m);
    make_tree((aw_bytes){manifest, m.n}, &b, &c);
    make_checkpoint(how, &c, &p);
    b.manifest = (aw_bytes){manifest, m.n};
    b.checkpoint = (aw_bytes){checkpoint, p.n};
    if (how->bad_proof) {
        b.proof.h[1].b[0] ^= 1;
    }
    ck_assert_int_eq(aw_bundle_to_config(&b, &config), AW_OK);
    config.offset =
        how->offset != 0 ? how->offset : (int64_t)aw_emmc_offset(slot);
    config.size = how->size != 0 ? how->size : (int64_t)how->elf.n;
    ck_assert_int_eq(aw_bootcfg_write(&config, &w), AW_OK);
    memset(made, 0, sizeof(*made));
    memcpy(made->record, stream, w.n);
    made->n = w.n;
}
