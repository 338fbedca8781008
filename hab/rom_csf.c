/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/hab/cert.h"
#include "aw/hab/cms.h"
#include "aw/hab/srk.h"
#include "rom_priv.h"

/*
 * The walk over the commands of a CSF. A handler returns the reason for which
 * the ROM refuses the command, in the order in which the ROM looks, or 0.
 */
enum { OK = 0, SET_ENGINE = 8, REVOKE_MASK = 7 };

struct slot {
    bool used;
    bool ca; /* may sign certificates, and nothing else */
    aw_bytes modulus;
    aw_bytes exponent;
};

struct csf_run {
    struct aw_rom *rom;
    const struct memory *memory;
    uint32_t address;
    aw_bytes commands; /* header included: what the CSF's signature covers */
    bool authenticated;
    struct slot slot[AW_HAB_SLOTS];
};

/* From an object to the end of its memory; empty when there is none. */
static aw_bytes object_bytes(const struct csf_run *run, uint32_t data,
                             bool absolute)
{
    if (!absolute && data > UINT32_MAX - run->address) {
        return (aw_bytes){NULL, 0};
    }
    return memory_from(run->memory, absolute ? data : run->address + data);
}

static uint8_t srk_of_table(struct csf_run *run, const struct aw_srk_table *t,
                            uint8_t index)
{
    struct aw_srk_key key;

    /* The last key of a table of four has no fuse. */
    if (index >= t->n ||
        ((run->rom->fuses.srk_revoke & REVOKE_MASK) >> index & 1) != 0) {
        return AW_HAB_INV_INDEX;
    }
    aw_err err = aw_srk_key_parse(&t->entry[index], &key, NULL);

    if (err == AW_ERR_NOT_FOUND) {
        return AW_HAB_INV_KEY;
    }
    if (err != AW_OK) {
        return AW_HAB_UNS_KEY;
    }
    run->slot[AW_HAB_SLOT_SRK] =
        (struct slot){true, key.ca, key.modulus, key.exponent};
    run->rom->srk_index = index;
    return OK;
}

static uint8_t install_srk(struct csf_run *run,
                           const struct aw_csf_install_key *k)
{
    struct aw_srk_table table;
    uint8_t hash[AW_SHA256_SIZE];
    bool absolute = (k->flags & AW_KEY_ABS) != 0;

    if ((k->flags & ~AW_KEY_ABS) != 0 || k->hash.n != 0 ||
        k->target != AW_HAB_SLOT_SRK || run->authenticated) {
        return AW_HAB_INV_COMMAND;
    }
    if (k->algorithm != AW_ALG_SHA256) {
        return AW_HAB_UNS_ALGORITHM;
    }
    if (run->slot[AW_HAB_SLOT_SRK].used) {
        return AW_HAB_INV_INDEX;
    }
    if (aw_srk_parse(object_bytes(run, k->data, absolute), &table, NULL) !=
        AW_OK) {
        return AW_HAB_INV_CERTIFICATE;
    }
    aw_srk_hash(&table, hash);
    if (memcmp(hash, run->rom->fuses.srk_hash, sizeof(hash)) != 0) {
        return AW_HAB_INV_CERTIFICATE;
    }
    return srk_of_table(run, &table, k->source);
}

/* Flags, lengths, and the place of the command in the file. */
static bool key_command_ok(const struct csf_run *run,
                           const struct aw_csf_install_key *k)
{
    bool hashed = (k->flags & AW_KEY_HASH) != 0;
    bool for_csf = (k->flags & AW_KEY_CSF) != 0;

    if ((k->flags & ~(AW_KEY_ABS | AW_KEY_CSF | AW_KEY_HASH)) != 0 ||
        hashed != (k->algorithm != AW_ALG_ANY) ||
        k->hash.n != (hashed ? AW_SHA256_SIZE : 0)) {
        return false;
    }
    if (k->target == AW_HAB_SLOT_CSF) {
        return for_csf && !run->authenticated && k->source == AW_HAB_SLOT_SRK;
    }
    return k->target >= AW_HAB_SLOT_IMG && !for_csf && run->authenticated;
}

/* A certificate that the ROM takes: also the extensions that it stumbles
 * over are refused. */
static bool certificate_ok(const struct aw_csf_install_key *k, aw_bytes bytes,
                           struct aw_hab_cert *cert)
{
    struct aw_hab_object object;
    uint8_t hash[AW_SHA256_SIZE];

    if (aw_hab_object_parse(bytes, &object, NULL) != AW_OK ||
        object.tag != AW_HAB_CERT_TAG) {
        return false;
    }
    aw_sha256(object.bytes, hash);
    if (k->hash.n != 0 && memcmp(hash, k->hash.p, sizeof(hash)) != 0) {
        return false;
    }
    return aw_hab_cert_parse(object.body, cert, NULL) == AW_OK &&
           !cert->ext_key_usage && cert->key_usage.n <= AW_HAB_KEY_USAGE_MAX;
}

static uint8_t install_certificate(struct csf_run *run,
                                   const struct aw_csf_install_key *k)
{
    struct aw_hab_cert cert;
    bool absolute = (k->flags & AW_KEY_ABS) != 0;

    if (!key_command_ok(run, k)) {
        return AW_HAB_INV_COMMAND;
    }
    if ((k->flags & AW_KEY_HASH) != 0 && k->algorithm != AW_ALG_SHA256) {
        return AW_HAB_UNS_ALGORITHM;
    }
    if (k->target >= AW_HAB_SLOTS || run->slot[k->target].used ||
        k->source >= AW_HAB_SLOTS || !run->slot[k->source].used) {
        return AW_HAB_INV_INDEX;
    }
    const struct slot *issuer = &run->slot[k->source];

    if (!issuer->ca ||
        !certificate_ok(k, object_bytes(run, k->data, absolute), &cert)) {
        return AW_HAB_INV_CERTIFICATE;
    }
    if (aw_hab_cert_verify(&cert, issuer->modulus, issuer->exponent) != AW_OK) {
        return AW_HAB_INV_SIGNATURE;
    }
    run->slot[k->target] =
        (struct slot){true, cert.ca, cert.modulus, cert.exponent};
    return OK;
}

static uint8_t install_key(struct csf_run *run, const struct aw_hab_cmd *cmd)
{
    struct aw_csf_install_key k;

    if (aw_csf_install_key_parse(cmd, &k, NULL) != AW_OK) {
        return AW_HAB_INV_COMMAND;
    }
    if (k.protocol == AW_PCL_SRK) {
        return install_srk(run, &k);
    }
    if (k.protocol == AW_PCL_X509) {
        return install_certificate(run, &k);
    }
    return AW_HAB_UNS_PROTOCOL;
}

/* Hash over the blocks of a command, from the memory that will run. */
static bool hash_blocks(const struct csf_run *run,
                        const struct aw_csf_auth_data *a,
                        uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    for (size_t i = 0; i < a->n; i++) {
        struct aw_csf_block b = aw_csf_block_at(a, i);
        aw_bytes bytes = {NULL, 0};

        if (b.length == 0 ||
            !memory_range(run->memory, b.start, b.length, &bytes)) {
            return false;
        }
        aw_sha256_update(&h, bytes);
    }
    aw_sha256_final(&h, digest);
    return true;
}

static uint8_t verify_signature(const struct csf_run *run,
                                const struct aw_csf_auth_data *a,
                                const struct slot *key)
{
    struct aw_hab_object object;
    struct aw_hab_cms cms;
    uint8_t digest[AW_SHA256_SIZE];
    aw_bytes bytes = object_bytes(run, a->data, (a->flags & AW_KEY_ABS) != 0);

    if (aw_hab_object_parse(bytes, &object, NULL) != AW_OK ||
        object.tag != AW_HAB_SIG_TAG) {
        return AW_HAB_INV_SIGNATURE;
    }
    aw_err err = aw_hab_cms_parse(object.body, &cms, NULL);

    if (err != AW_OK) {
        return err == AW_ERR_UNSUPPORTED ? AW_HAB_UNS_ALGORITHM
                                         : AW_HAB_INV_SIGNATURE;
    }
    if (run->authenticated) {
        if (!hash_blocks(run, a, digest)) {
            return AW_HAB_INV_ADDRESS;
        }
    } else {
        aw_sha256(run->commands, digest);
    }
    return aw_hab_cms_verify(&cms, key->modulus, key->exponent, digest) == AW_OK
               ? OK
               : AW_HAB_INV_SIGNATURE;
}

static bool engine_known(uint8_t engine)
{
    return engine == AW_HAB_ENG_ANY || engine == AW_HAB_ENG_DCP ||
           engine == AW_HAB_ENG_CAAM || engine == AW_HAB_ENG_SW;
}

/* The key of a command; NULL with the reason when there is none to use. */
static const struct slot *signing_slot(struct csf_run *run,
                                       const struct aw_csf_auth_data *a,
                                       uint8_t *reason)
{
    const struct slot *srk = &run->slot[AW_HAB_SLOT_SRK];
    uint8_t slot = a->slot;

    if (!run->authenticated) {
        /* Fast authentication: no CSF key, an SRK that is no CA. */
        if (!run->slot[AW_HAB_SLOT_CSF].used && srk->used && !srk->ca) {
            run->rom->fast = true;
            slot = AW_HAB_SLOT_SRK;
        }
        *reason =
            a->slot == AW_HAB_SLOT_CSF && a->n == 0 ? OK : AW_HAB_INV_COMMAND;
    } else {
        bool slot_ok = slot >= AW_HAB_SLOT_IMG || (run->rom->fast && slot == 0);

        *reason = slot_ok && a->n > 0 ? OK : AW_HAB_INV_COMMAND;
    }
    if (*reason != OK) {
        return NULL;
    }
    if (slot >= AW_HAB_SLOTS || !run->slot[slot].used) {
        *reason = AW_HAB_INV_INDEX;
        return NULL;
    }
    if (run->slot[slot].ca) {
        *reason = AW_HAB_INV_KEY;
        return NULL;
    }
    return &run->slot[slot];
}

static void add_blocks(struct aw_rom *rom, const struct aw_csf_auth_data *a)
{
    /* A CSF of the greatest length cannot hold more than there is room for. */
    for (size_t i = 0; i < a->n && rom->n_blocks < AW_ROM_BLOCKS_MAX; i++) {
        rom->block[rom->n_blocks++] = aw_csf_block_at(a, i);
    }
}

static uint8_t auth_data(struct csf_run *run, const struct aw_hab_cmd *cmd)
{
    struct aw_csf_auth_data a;
    uint8_t reason = OK;

    if (aw_csf_auth_data_parse(cmd, &a, NULL) != AW_OK ||
        (a.flags & ~AW_KEY_ABS) != 0) {
        return AW_HAB_INV_COMMAND;
    }
    if (a.protocol != AW_PCL_CMS) {
        return AW_HAB_UNS_PROTOCOL;
    }
    if (a.engine == AW_HAB_ENG_ANY && a.config != 0) {
        return AW_HAB_INV_COMMAND;
    }
    if (!engine_known(a.engine)) {
        return AW_HAB_UNS_ENGINE;
    }
    const struct slot *key = signing_slot(run, &a, &reason);

    if (key == NULL) {
        return reason;
    }
    reason = verify_signature(run, &a, key);
    if (reason == OK) {
        add_blocks(run->rom, &a);
        run->authenticated = true;
    }
    return reason;
}

static uint8_t set(const struct aw_hab_cmd *cmd)
{
    if (cmd->par != AW_SET_ENGINE) {
        return AW_HAB_UNS_ITEM;
    }
    return cmd->bytes.n == SET_ENGINE ? OK : AW_HAB_INV_COMMAND;
}

/* Unlock and Init. What is unlocked is noted for a simulated part. */
static uint8_t unlock(struct csf_run *run, const struct aw_hab_cmd *cmd)
{
    struct aw_rd r = aw_rd_init(cmd->body);
    uint32_t features = cmd->body.n >= 4 ? aw_rd_be32(&r) : 0;
    struct aw_rom *rom = run->rom;

    if (!run->authenticated) {
        return AW_HAB_INV_COMMAND;
    }
    if (cmd->tag == AW_CMD_INIT) {
        return OK;
    }
    switch (cmd->par) {
    case AW_HAB_ENG_OCOTP:
        rom->unlocked_ocotp |= features;
        break;
    case AW_HAB_ENG_CAAM:
        rom->unlocked_caam |= features;
        break;
    case AW_HAB_ENG_SNVS:
        rom->unlocked_snvs |= features;
        break;
    default:
        break;
    }
    return OK;
}

static uint8_t execute(struct csf_run *run, const struct aw_hab_cmd *cmd)
{
    struct aw_dcd_fault fault;

    switch (cmd->tag) {
    case AW_CMD_INSTALL_KEY:
        return install_key(run, cmd);
    case AW_CMD_AUTH_DATA:
        return auth_data(run, cmd);
    case AW_CMD_SET:
        return set(cmd);
    case AW_CMD_UNLOCK:
    case AW_CMD_INIT:
        return unlock(run, cmd);
    default: /* NOP and Check Data */
        return dcd_check(cmd, &fault) == AW_OK ? OK : fault.reason;
    }
}

/* Commands for which the ROM does not even look at the parameters. */
static uint8_t foreign(uint8_t tag)
{
    switch (tag) {
    case AW_CMD_INSTALL_KEY:
    case AW_CMD_AUTH_DATA:
    case AW_CMD_SET:
    case AW_CMD_UNLOCK:
    case AW_CMD_INIT:
    case AW_CMD_NOP:
    case AW_CMD_CHECK:
        return OK;
    case AW_CMD_WRITE:
        return AW_HAB_INV_COMMAND;
    default:
        return AW_HAB_UNS_COMMAND;
    }
}

/* Runs one command; false when the walk ends. */
static bool step(struct csf_run *run, struct aw_rd *r)
{
    const aw_bytes none = {NULL, 0};
    struct aw_hab_cmd cmd;

    if (aw_hab_cmd_next(r, &cmd, NULL) != AW_OK) {
        rom_event(run->rom, AW_HAB_INV_CSF, AW_HAB_CTX_CSF, none);
        return false;
    }
    uint8_t reason = foreign(cmd.tag);

    if (reason != OK) {
        rom_event(run->rom, reason, AW_HAB_CTX_CSF, none);
        return false;
    }
    reason = execute(run, &cmd);
    if (reason != OK) {
        rom_event(run->rom, reason, AW_HAB_CTX_COMMAND, cmd.bytes);
        return false;
    }
    return true;
}

void rom_csf(struct aw_rom *rom, const struct memory *memory, uint32_t address)
{
    const aw_bytes none = {NULL, 0};
    struct csf_run run = {.rom = rom, .memory = memory, .address = address};
    struct aw_csf csf;

    if (aw_csf_open(memory_from(memory, address), &csf, NULL) != AW_OK) {
        rom_event(rom, AW_HAB_INV_CSF, AW_HAB_CTX_CSF, none);
        return;
    }
    struct aw_rd r = aw_csf_first(&csf);

    run.commands = csf.commands;
    while (aw_rd_left(&r) > 0) {
        if (!step(&run, &r)) {
            return;
        }
    }
    if (!run.authenticated) {
        rom_event(rom, AW_HAB_INV_CSF, AW_HAB_CTX_CSF, none);
        return;
    }
    rom->csf_verified = true;
}
