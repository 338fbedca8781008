/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "aw/hab/cert.h"
#include "aw/hab/cms.h"
#include "hab/tree.h"

enum { HASH_SHOWN = 32, COMMAND_SHOWN = 32, SERIAL_SHOWN = 24 };

void explain_cert(struct tree *tree, size_t at, aw_bytes der)
{
    struct aw_hab_cert cert;
    aw_err err = aw_hab_cert_parse(der, &cert, NULL);

    if (err != AW_OK) {
        tree_leaf(tree, at, der.n, "X.509 certificate",
                  "the ROM cannot read it: %s", aw_err_text(err));
        return;
    }
    tree_begin(tree, at, cert.der.n, "X.509 certificate", "%s",
               tree_text(tree, aw_hab_name_common(cert.subject)));
    tree_leaf(tree, at, cert.der.n, "issuer", "%s",
              tree_text(tree, aw_hab_name_common(cert.issuer)));
    tree_leaf(tree, at, cert.der.n, "serial number", "%s",
              tree_hex(tree, (aw_bytes){cert.serial.p + 2, cert.serial.n - 2},
                       SERIAL_SHOWN));
    tree_leaf(tree, at, cert.der.n, "key", "RSA, %zu bits, exponent %s",
              8 * cert.modulus.n, tree_hex(tree, cert.exponent, 4));
    tree_leaf(tree, at, cert.der.n, "authority", "%s", cert.ca ? "CA" : "no");
    if (cert.has_key_usage) {
        tree_leaf(tree, at, cert.der.n, "key usage", "%s",
                  tree_hex(tree, cert.key_usage, SERIAL_SHOWN));
    }
    if (cert.ext_key_usage) {
        tree_leaf(tree, at, cert.der.n, "extendedKeyUsage",
                  "closed parts are reported not to boot with it");
    }
    tree_end(tree);
}

void explain_table(struct tree *tree, size_t at, aw_bytes bytes)
{
    struct aw_srk_table table;
    uint8_t hash[AW_SHA256_SIZE];
    size_t off = AW_SRK_HEADER;

    if (aw_srk_parse(bytes, &table, NULL) != AW_OK) {
        tree_leaf(tree, at, bytes.n < 4 ? bytes.n : 4, "SRK table",
                  "malformed");
        return;
    }
    aw_srk_hash(&table, hash);
    tree_begin(tree, at, table.bytes.n, "SRK table", "hash %s",
               tree_hex(tree, (aw_bytes){hash, sizeof(hash)}, HASH_SHOWN));
    for (size_t i = 0; i < table.n; i++) {
        const struct aw_srk_entry *e = &table.entry[i];
        struct aw_srk_key key;

        if (aw_srk_key_parse(e, &key, NULL) == AW_OK) {
            tree_leaf(tree, at + off, e->bytes.n, "SRK",
                      "%zu: RSA, %zu bits, %s", i + 1, 8 * key.modulus.n,
                      key.ca ? "CA" : "signs itself");
        } else {
            tree_leaf(tree, at + off, e->bytes.n, "SRK", "%zu: %s", i + 1,
                      e->tag == AW_SRK_DIGEST ? "hash only" : "malformed key");
        }
        off += e->bytes.n;
    }
    tree_end(tree);
}

static void explain_signature(struct tree *tree, size_t at, aw_bytes der)
{
    struct aw_hab_cms cms;
    aw_err err = aw_hab_cms_parse(der, &cms, NULL);

    if (err != AW_OK) {
        tree_leaf(tree, at, der.n, "CMS signature",
                  "the ROM cannot read it: %s", aw_err_text(err));
        return;
    }
    tree_begin(tree, at, der.n, "CMS signature", "of %s",
               tree_text(tree, aw_hab_name_common(cms.issuer)));
    tree_leaf(
        tree, at, der.n, "SHA-256 of what is signed", "%s",
        tree_hex(tree, (aw_bytes){cms.digest, sizeof(cms.digest)}, HASH_SHOWN));
    if (cms.timed) {
        tree_leaf(tree, at, der.n, "signing time",
                  "%" PRId64 " seconds since 1970", cms.signing_time);
    }
    tree_leaf(tree, at, der.n, "signature", "RSA, %zu bits",
              8 * cms.signature.n);
    tree_end(tree);
}

enum { HEADER = 4 };

/* What the header of something else would mean. */
static void explain_malformed(struct tree *tree, size_t at, aw_bytes bytes)
{
    struct aw_rd r = aw_rd_init(bytes);
    unsigned tag = aw_rd_u8(&r);
    unsigned length = aw_rd_be16(&r);
    unsigned version = aw_rd_u8(&r);

    if (r.failed) {
        tree_leaf(tree, at, bytes.n, "object", "malformed: %s",
                  tree_hex(tree, bytes, HEADER));
        return;
    }
    tree_leaf(tree, at, HEADER, "object",
              "malformed: tag 0x%02x, length %u, version 0x%02x; %zu bytes "
              "are left",
              tag, length, version, bytes.n);
}

void explain_object(struct tree *tree, size_t at, aw_bytes bytes)
{
    struct aw_hab_object o;

    if (aw_hab_object_parse(bytes, &o, NULL) != AW_OK) {
        explain_malformed(tree, at, bytes);
        return;
    }
    if (o.tag == AW_HAB_SIG_TAG) {
        tree_begin(tree, at, o.bytes.n, "signature object", "version %u.%u",
                   (unsigned)o.version >> 4, (unsigned)o.version & 15);
        explain_signature(tree, at + HEADER, o.body);
        tree_end(tree);
    } else if (o.body.n > 0 &&
               (o.body.p[0] == AW_SRK_KEY || o.body.p[0] == AW_SRK_DIGEST)) {
        explain_table(tree, at, o.bytes);
    } else {
        tree_begin(tree, at, o.bytes.n, "certificate object", "version %u.%u",
                   (unsigned)o.version >> 4, (unsigned)o.version & 15);
        explain_cert(tree, at + HEADER, o.body);
        tree_end(tree);
    }
}

static const char *key_text(const struct tree *tree,
                            const struct aw_csf_install_key *k)
{
    if (k->protocol == AW_PCL_SRK) {
        return aw_pool_printf(&tree->ctx->pool, "SRK %u of the table at 0x%x",
                              (unsigned)k->source + 1, (unsigned)k->data);
    }
    return aw_pool_printf(
        &tree->ctx->pool, "slot %u from slot %u, certificate at 0x%x",
        (unsigned)k->target, (unsigned)k->source, (unsigned)k->data);
}

static void explain_auth(struct tree *tree, const struct aw_hab_cmd *cmd,
                         const struct aw_csf_auth_data *a)
{
    tree_begin(tree, cmd->at, cmd->bytes.n,
               a->n == 0 ? "Authenticate CSF" : "Authenticate Data",
               "key slot %u, engine %s, signature at 0x%x", (unsigned)a->slot,
               aw_hab_engine_row(a->engine)->name, (unsigned)a->data);
    for (size_t i = 0; i < a->n; i++) {
        struct aw_csf_block b = aw_csf_block_at(a, i);

        tree_leaf(tree, cmd->at + 12 + 8 * i, 8, "block", "0x%08x, 0x%x bytes",
                  (unsigned)b.start, (unsigned)b.length);
    }
    tree_end(tree);
}

static const char *unlock_text(const struct tree *tree,
                               const struct aw_hab_cmd *cmd)
{
    struct aw_rd r = aw_rd_init(cmd->body);
    uint32_t features = cmd->body.n >= 4 ? aw_rd_be32(&r) : 0;
    const char *engine = aw_hab_engine_row(cmd->par)->name;

    if (cmd->par == AW_HAB_ENG_OCOTP) {
        return aw_pool_printf(
            &tree->ctx->pool, "%s:%s%s%s", engine,
            (features & AW_UNLOCK_SRK_REVOKE) != 0 ? " SRK revocation" : "",
            (features & AW_UNLOCK_FIELD_RETURN) != 0 ? " field return" : "",
            (features & ~3U) != 0 ? " and more" : "");
    }
    return aw_pool_printf(&tree->ctx->pool, "%s, features 0x%x", engine,
                          (unsigned)features);
}

static void explain_command(struct tree *tree, const struct aw_hab_cmd *cmd)
{
    struct aw_csf_install_key key;
    struct aw_csf_auth_data auth;
    const char *value = tree_hex(tree, cmd->bytes, COMMAND_SHOWN);

    if (aw_csf_auth_data_parse(cmd, &auth, NULL) == AW_OK) {
        explain_auth(tree, cmd, &auth);
        return;
    }
    if (aw_csf_install_key_parse(cmd, &key, NULL) == AW_OK) {
        value = key_text(tree, &key);
    } else if (cmd->tag == AW_CMD_UNLOCK) {
        value = unlock_text(tree, cmd);
    }
    tree_leaf(tree, cmd->at, cmd->bytes.n, aw_hab_cmd_name(cmd->tag), "%s",
              value);
}

/* The object of a command, each of them once. */
static void explain_reference(struct tree *tree, const struct aw_csf *csf,
                              const struct aw_hab_cmd *cmd)
{
    struct aw_csf_install_key key;
    struct aw_csf_auth_data auth;
    uint32_t at = 0;

    if (aw_csf_install_key_parse(cmd, &key, NULL) == AW_OK &&
        (key.flags & AW_KEY_ABS) == 0) {
        at = key.data;
    } else if (aw_csf_auth_data_parse(cmd, &auth, NULL) == AW_OK &&
               (auth.flags & AW_KEY_ABS) == 0) {
        at = auth.data;
    } else {
        return;
    }
    struct aw_rd r = aw_rd_at(csf->area, at);

    if (r.failed) {
        tree_leaf(tree, 0, 0, "object", "0x%x: outside the file", (unsigned)at);
    } else {
        explain_object(tree, at, aw_rd_rest(&r));
    }
}

void explain_csf(struct tree *tree, aw_bytes bytes)
{
    struct aw_csf csf;
    struct aw_hab_cmd cmd;

    if (aw_csf_open(bytes, &csf, NULL) != AW_OK) {
        tree_leaf(tree, 0, bytes.n, "command sequence file", "none: %s",
                  tree_hex(tree, bytes, 4));
        return;
    }
    struct aw_rd r = aw_csf_first(&csf);

    tree_begin(tree, 0, csf.commands.n, "command sequence file",
               "version %u.%u, these bytes are what its signature covers",
               (unsigned)csf.version >> 4, (unsigned)csf.version & 15);
    while (aw_rd_left(&r) > 0 && aw_hab_cmd_next(&r, &cmd, NULL) == AW_OK) {
        explain_command(tree, &cmd);
    }
    tree_end(tree);
    r = aw_csf_first(&csf);
    while (aw_rd_left(&r) > 0 && aw_hab_cmd_next(&r, &cmd, NULL) == AW_OK) {
        explain_reference(tree, &csf, &cmd);
    }
}
