/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/cert.h"
#include "aw/hab/cms.h"
#include "aw/hab/sign.h"
#include "aw/hab/srk.h"

enum {
    INSTALL = 12,
    AUTHENTICATE = 12,
    BLOCK = 8,
    UNLOCK = 8,
    OBJECT_HEADER = 4,
    NO_FLAGS = 0
};

/* A signature to be made, and where it goes. */
struct signature {
    const struct aw_hab_identity *by;
    struct aw_hab_cert cert;
    struct aw_hab_cms_parts parts;
    size_t size; /* of the CMS */
    size_t at;   /* offset of the object in the CSF */
};

struct job {
    const struct aw_csf_plan *plan;
    size_t from; /* where the CSF begins in the output */
    struct aw_srk_table table;
    struct aw_srk_key srk;
    size_t commands; /* bytes of header and commands */
    size_t table_at;
    size_t csf_cert_at;
    size_t img_cert_at;
    struct signature csf;
    struct signature data;
};

static aw_err take_srk(struct job *job, struct aw_diag *diag)
{
    const struct aw_csf_plan *plan = job->plan;
    aw_err err = aw_srk_parse(plan->srk_table, &job->table, diag);

    if (err != AW_OK) {
        return err;
    }
    if (plan->srk_index >= job->table.n) {
        return aw_fail(diag, AW_ERR_RANGE, "csf: index of the SRK",
                       plan->srk_index);
    }
    err = aw_srk_key_parse(&job->table.entry[plan->srk_index], &job->srk, diag);
    if (err != AW_OK) {
        return err;
    }
    /* A CA issues certificates, another key signs by itself; never both. */
    if (job->srk.ca == plan->fast) {
        return aw_fail(diag, AW_ERR_POLICY, "csf: CA flag of the SRK",
                       plan->srk_index);
    }
    return AW_OK;
}

/* Whose certificate or key a failure is about: the slot that it is for. */
static uint64_t slot_of(const struct job *job, const struct aw_hab_identity *id)
{
    return id == &job->plan->csf ? AW_HAB_SLOT_CSF : AW_HAB_SLOT_CSF + 1;
}

static aw_err take_identity(const struct job *job,
                            const struct aw_hab_identity *id,
                            struct signature *sig, struct aw_diag *diag)
{
    struct aw_hab_cert *cert = &sig->cert;
    aw_err err = aw_hab_cert_parse(id->cert, cert, diag);

    if (err != AW_OK) {
        return err;
    }
    if (job->plan->fast) {
        if (!aw_bytes_equal(cert->modulus, job->srk.modulus) ||
            !aw_bytes_equal(cert->exponent, job->srk.exponent)) {
            return aw_fail(diag, AW_ERR_SIG,
                           "csf: certificate is not that of the SRK",
                           slot_of(job, id));
        }
    } else if (aw_hab_cert_verify(cert, job->srk.modulus, job->srk.exponent) !=
               AW_OK) {
        return aw_fail(diag, AW_ERR_SIG,
                       "csf: certificate is not issued by the SRK",
                       slot_of(job, id));
    }
    if (cert->ca) {
        return aw_fail(diag, AW_ERR_POLICY, "csf: certificate of a CA",
                       slot_of(job, id));
    }
    if (cert->ext_key_usage) {
        return aw_fail(diag, AW_ERR_POLICY,
                       "csf: certificate with extendedKeyUsage",
                       slot_of(job, id));
    }
    if (cert->key_usage.n > AW_HAB_KEY_USAGE_MAX) {
        return aw_fail(diag, AW_ERR_POLICY,
                       "csf: certificate with long keyUsage", slot_of(job, id));
    }
    sig->by = id;
    sig->parts.issuer = cert->issuer;
    sig->parts.serial = cert->serial;
    sig->parts.signing_time = job->plan->signing_time;
    err = aw_hab_cms_size(&sig->parts, cert->modulus.n, &sig->size);
    return err == AW_OK ? AW_OK : aw_fail(diag, err, "csf: signing time", 0);
}

/* Takes room for an object; the next one begins at a multiple of four. */
static size_t place(size_t *end, size_t size)
{
    size_t at = *end;

    *end = at + size + (4 - (at + size) % 4) % 4;
    return at;
}

/* Offsets of all objects, from their own sizes. */
static void lay_out(struct job *job)
{
    const struct aw_csf_plan *plan = job->plan;
    bool last = plan->layout == AW_CSF_CST4;
    size_t csf_size = OBJECT_HEADER + job->csf.size;
    size_t end = AW_CSF_HEADER + INSTALL + AUTHENTICATE;

    end += plan->fast ? 0 : 2 * INSTALL;
    end += plan->unlock_srk_revoke ? UNLOCK : 0;
    end += AUTHENTICATE + BLOCK * plan->n;
    job->commands = end;
    job->table_at = place(&end, job->table.bytes.n);
    job->csf_cert_at = place(&end, OBJECT_HEADER + job->csf.cert.der.n);
    if (!last) {
        job->csf.at = place(&end, csf_size);
    }
    if (!plan->fast) {
        job->img_cert_at = place(&end, OBJECT_HEADER + job->data.cert.der.n);
    }
    job->data.at = place(&end, OBJECT_HEADER + job->data.size);
    if (last) {
        job->csf.at = place(&end, csf_size);
    }
}

static void put_install(struct aw_wr *w, const struct aw_csf_install_key *k)
{
    aw_wr_u8(w, AW_CMD_INSTALL_KEY);
    aw_wr_be16(w, INSTALL);
    aw_wr_u8(w, k->flags);
    aw_wr_u8(w, k->protocol);
    aw_wr_u8(w, k->algorithm);
    aw_wr_u8(w, k->source);
    aw_wr_u8(w, k->target);
    aw_wr_be32(w, k->data);
}

static void put_authenticate(struct aw_wr *w, const struct aw_csf_plan *plan,
                             uint8_t slot, size_t at, size_t blocks)
{
    aw_wr_u8(w, AW_CMD_AUTH_DATA);
    aw_wr_be16(w, (uint16_t)(AUTHENTICATE + BLOCK * blocks));
    aw_wr_u8(w, NO_FLAGS);
    aw_wr_u8(w, slot);
    aw_wr_u8(w, AW_PCL_CMS);
    aw_wr_u8(w, plan->engine);
    aw_wr_u8(w, plan->engine_config);
    aw_wr_be32(w, (uint32_t)at);
    for (size_t i = 0; i < blocks; i++) {
        aw_wr_be32(w, plan->block[i].start);
        aw_wr_be32(w, (uint32_t)plan->block[i].bytes.n);
    }
}

static void put_commands(const struct job *job, struct aw_wr *w)
{
    const struct aw_csf_plan *plan = job->plan;
    const struct aw_csf_install_key srk = {
        .protocol = AW_PCL_SRK,
        .algorithm = AW_ALG_SHA256,
        .source = plan->srk_index,
        .target = AW_HAB_SLOT_SRK,
        .data = (uint32_t)job->table_at,
    };
    const struct aw_csf_install_key csf = {
        .flags = AW_KEY_CSF,
        .protocol = AW_PCL_X509,
        .target = AW_HAB_SLOT_CSF,
        .data = (uint32_t)job->csf_cert_at,
    };
    const struct aw_csf_install_key img = {
        .protocol = AW_PCL_X509,
        .target = AW_HAB_SLOT_IMG,
        .data = (uint32_t)job->img_cert_at,
    };

    aw_wr_u8(w, AW_CSF_TAG);
    aw_wr_be16(w, (uint16_t)job->commands);
    aw_wr_u8(w, plan->version);
    put_install(w, &srk);
    if (!plan->fast) {
        put_install(w, &csf);
    }
    put_authenticate(w, plan, AW_HAB_SLOT_CSF, job->csf.at, 0);
    if (plan->unlock_srk_revoke) {
        aw_wr_u8(w, AW_CMD_UNLOCK);
        aw_wr_be16(w, UNLOCK);
        aw_wr_u8(w, AW_HAB_ENG_OCOTP);
        aw_wr_be32(w, AW_UNLOCK_SRK_REVOKE);
    }
    if (!plan->fast) {
        put_install(w, &img);
    }
    put_authenticate(w, plan, plan->fast ? AW_HAB_SLOT_SRK : AW_HAB_SLOT_IMG,
                     job->data.at, plan->n);
}

/* Zeros up to where the next object begins. */
static void align(const struct job *job, struct aw_wr *w)
{
    aw_wr_zeros(w, (4 - (w->n - job->from) % 4) % 4);
}

static void put_certificate(const struct job *job,
                            const struct aw_hab_cert *cert, struct aw_wr *w)
{
    aw_wr_u8(w, AW_HAB_CERT_TAG);
    aw_wr_be16(w, (uint16_t)(OBJECT_HEADER + cert->der.n));
    aw_wr_u8(w, job->plan->version);
    aw_wr_put(w, cert->der);
    align(job, w);
}

/* Signs and writes one signature object; what the key made is verified with
 * the certificate before it goes anywhere. */
static aw_err put_signature(const struct job *job, const struct signature *sig,
                            struct aw_wr *w, struct aw_diag *diag)
{
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t raw[AW_RSA_MAX];
    const struct aw_hab_signer *signer = &sig->by->signer;
    size_t n = sig->cert.modulus.n;
    aw_err err = aw_hab_cms_to_be_signed(&sig->parts, digest);

    if (err != AW_OK) {
        return aw_fail(diag, err, "csf: signing time", 0);
    }
    err = signer->sign(signer->ctx, digest, raw, n, diag);
    if (err == AW_OK && aw_rsa_verify(sig->cert.modulus, sig->cert.exponent,
                                      digest, (aw_bytes){raw, n}) != AW_OK) {
        err = AW_ERR_KEY;
    }
    if (err == AW_ERR_KEY) {
        return aw_fail(diag, err, "csf: key does not fit its certificate",
                       slot_of(job, sig->by));
    }
    if (err != AW_OK) {
        return err;
    }
    aw_wr_u8(w, AW_HAB_SIG_TAG);
    aw_wr_be16(w, (uint16_t)(OBJECT_HEADER + sig->size));
    aw_wr_u8(w, job->plan->version);
    err = aw_hab_cms_write(&sig->parts, (aw_bytes){raw, n}, w);
    align(job, w);
    return err == AW_OK ? AW_OK : aw_fail(diag, err, "csf: buffer", w->cap);
}

static aw_err put_objects(const struct job *job, struct aw_wr *w,
                          struct aw_diag *diag)
{
    const struct aw_csf_plan *plan = job->plan;
    bool last = plan->layout == AW_CSF_CST4;
    aw_err err = AW_OK;

    aw_wr_put(w, job->table.bytes);
    align(job, w);
    put_certificate(job, &job->csf.cert, w);
    if (!last) {
        err = put_signature(job, &job->csf, w, diag);
    }
    if (err == AW_OK && !plan->fast) {
        put_certificate(job, &job->data.cert, w);
    }
    if (err == AW_OK) {
        err = put_signature(job, &job->data, w, diag);
    }
    if (err == AW_OK && last) {
        err = put_signature(job, &job->csf, w, diag);
    }
    return err;
}

static void hash_blocks(struct job *job)
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    for (size_t i = 0; i < job->plan->n; i++) {
        aw_sha256_update(&h, job->plan->block[i].bytes);
    }
    aw_sha256_final(&h, job->data.parts.digest);
}

static aw_err check_blocks(const struct aw_csf_plan *plan, struct aw_diag *diag)
{
    if (plan->n == 0 || plan->n > AW_SIGN_BLOCKS_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "csf: number of blocks", plan->n);
    }
    for (size_t i = 0; i < plan->n; i++) {
        if (plan->block[i].bytes.n == 0 ||
            plan->block[i].bytes.n - 1 > UINT32_MAX - plan->block[i].start) {
            return aw_fail(diag, AW_ERR_RANGE, "csf: block", i);
        }
    }
    return AW_OK;
}

aw_err aw_csf_write(const struct aw_csf_plan *plan, struct aw_wr *w,
                    struct aw_diag *diag)
{
    uint8_t buf[AW_CSF_MAX];
    struct aw_wr commands = aw_wr_init(buf, sizeof(buf));
    struct job job = {.plan = plan, .from = w->n};
    aw_err err = check_blocks(plan, diag);

    if (err == AW_OK) {
        err = take_srk(&job, diag);
    }
    if (err == AW_OK) {
        err = take_identity(&job, &plan->csf, &job.csf, diag);
    }
    if (err == AW_OK) {
        err = take_identity(&job, plan->fast ? &plan->csf : &plan->img,
                            &job.data, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    lay_out(&job);
    put_commands(&job, &commands);
    AW_BUG_ON(commands.failed || commands.n != job.commands);
    aw_sha256(aw_wr_done(&commands), job.csf.parts.digest);
    hash_blocks(&job);
    aw_wr_put(w, aw_wr_done(&commands));
    err = put_objects(&job, w, diag);
    if (err == AW_OK && w->failed) {
        err = aw_fail(diag, AW_ERR_SPACE, "csf: buffer", w->cap);
    }
    return err;
}
