/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_SIGN_H
#define AW_HAB_SIGN_H

#include "aw/hab/rom.h"

/*
 * Signing: a CSF for an image. Objects are laid out from their own sizes, each
 * signature is verified as soon as it is made, and aw_hab_sign lets the ROM's
 * verifier judge the result before it is given out.
 */

/* Something that signs with an RSA key: a file's key, a token's. */
struct aw_hab_signer {
    void *ctx;
    /**
     * PKCS #1 v1.5 signature.
     *
     * @param digest  SHA-256 of what is signed
     * @param sig     n bytes, n as long as the modulus of the certificate
     *
     * @return AW_OK; AW_ERR_KEY if the key is not of that size; AW_ERR_IO;
     *         AW_ERR_RESOURCE.
     */
    aw_err (*sign)(void *ctx, const uint8_t digest[AW_SHA256_SIZE],
                   uint8_t *sig, size_t n, struct aw_diag *diag);
};

/* A key and its certificate. */
struct aw_hab_identity {
    aw_bytes cert; /* DER */
    struct aw_hab_signer signer;
};

/* Order of the objects behind the commands; both boot alike. */
enum aw_csf_layout {
    AW_CSF_CST3, /* each signature behind its certificate, as cst 3.3.1 */
    AW_CSF_CST4  /* the CSF's signature last, as cst 4.0.1 */
};

enum { AW_SIGN_BLOCKS_MAX = 64, AW_SIGN_VERSION = 0x42 };

/* Memory to be covered and the bytes that will be there. */
struct aw_sign_block {
    uint32_t start;
    aw_bytes bytes;
};

/* Everything that a CSF depends on: the same plan gives the same bytes. */
struct aw_csf_plan {
    aw_bytes srk_table;
    uint8_t srk_index; /* 0 to 3 */
    bool fast;         /* `csf` is the SRK itself and signs both; no `img` */
    struct aw_hab_identity csf;
    struct aw_hab_identity img;
    enum aw_csf_layout layout;
    uint8_t version; /* of the objects: AW_SIGN_VERSION */
    uint8_t engine;  /* AW_HAB_ENG_SW, unless you know why not */
    uint8_t engine_config;
    bool unlock_srk_revoke; /* leave word 5/7 writable after this boot */
    int64_t signing_time;   /* seconds since 1970 */
    const struct aw_sign_block *block;
    size_t n; /* blocks, at least 1 */
};

/**
 * Writes a CSF, without padding behind it but to a multiple of four.
 *
 * @param w     undefined on failure
 * @param diag  may be NULL; with AW_ERR_SIG and AW_ERR_KEY `at` is the slot
 *              whose certificate or key it is, AW_HAB_SLOT_CSF or the next
 *
 * @return AW_OK; AW_ERR_FORMAT if table or certificate are malformed;
 *         AW_ERR_UNSUPPORTED if an algorithm or key is not one of HAB's;
 *         AW_ERR_RANGE if the index is not in the table, the number of blocks
 *         is not 1 to AW_SIGN_BLOCKS_MAX or the time is out of range;
 *         AW_ERR_NOT_FOUND if the selected entry of the table is only a
 *         digest; AW_ERR_POLICY if the ROM would refuse a certificate: marked
 *         as a CA, extendedKeyUsage, long keyUsage; AW_ERR_SIG if a
 *         certificate is not issued by the selected key; AW_ERR_KEY if a key
 *         does not fit its certificate; AW_ERR_SPACE if w is full; what the
 *         signer returns.
 */
AW_MUST_CHECK aw_err aw_csf_write(const struct aw_csf_plan *plan,
                                  struct aw_wr *w, struct aw_diag *diag);

/* An image to be signed. */
struct aw_sign_image {
    aw_bytes bytes; /* as it will be in memory; IVT at its start */
    bool serial;    /* for serial download: the IVT's DCD pointer is 0 */
    aw_bytes dcd;   /* serial: the DCD that is sent first; empty: none */
    uint32_t dcd_address;
    size_t pad_to; /* size of the CSF area; 0: as the boot data says */
};

/**
 * Signs an image: covers it with one block, and the DCD with a second one
 * where it is sent. The result is judged by the ROM's verifier for a closed
 * part with the table's hash.
 *
 * @param plan  block and n are not looked at
 * @param csf   receives the CSF, padded with zeros; undefined on failure
 * @param rom   set to the verdict if AW_OK or AW_ERR_PRECONDITION
 *
 * @return as aw_csf_write, and AW_ERR_SHORT, AW_ERR_FORMAT or AW_ERR_RANGE
 *         for a bad IVT or boot data, AW_ERR_RANGE if the CSF pointer is not
 *         at the end of the image or, for serial download, the DCD pointer is
 *         not 0, AW_ERR_SPACE if the CSF does not fit its area,
 *         AW_ERR_PRECONDITION if the ROM would refuse the result.
 */
AW_MUST_CHECK aw_err aw_hab_sign(const struct aw_sign_image *image,
                                 const struct aw_csf_plan *plan,
                                 struct aw_wr *csf, struct aw_rom *rom,
                                 struct aw_diag *diag);

#endif
