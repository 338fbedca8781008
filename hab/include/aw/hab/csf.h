/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_CSF_H
#define AW_HAB_CSF_H

#include "aw/hab/cmd.h"

/*
 * The command sequence file (CSF) behind an image: header d4, be16 length,
 * version, commands, then the objects that they name by offset: SRK table,
 * certificates, signatures, in any order. Header and commands are what the
 * CSF's own signature covers. Big-endian. Source: docs/formats/csf.md.
 */
enum {
    AW_CSF_TAG = 0xd4,
    AW_CSF_HEADER = 4,
    AW_CSF_MAX = 768,    /* bytes of header and commands */
    AW_CSF_AREA = 16384, /* bytes behind the images of this project */
    AW_HAB_CERT_TAG = 0xd7,
    AW_HAB_SIG_TAG = 0xd8,
    AW_HAB_SLOTS = 8, /* key slots: SRK 0, CSF key 1, image keys from 2 on */
    AW_HAB_SLOT_SRK = 0,
    AW_HAB_SLOT_CSF = 1,
    AW_HAB_SLOT_IMG = 2
};

/* Flags of Install Key (parameter byte); Authenticate Data has only ABS. */
enum {
    AW_KEY_ABS = 0x01,  /* data is an address, not an offset in the CSF */
    AW_KEY_CSF = 0x02,  /* the key authenticates the CSF */
    AW_KEY_HASH = 0x80, /* a hash of the object follows */
};

enum { AW_PCL_SRK = 0x03, AW_PCL_X509 = 0x09, AW_PCL_CMS = 0xc5 };
enum { AW_ALG_ANY = 0x00, AW_ALG_SHA256 = 0x17 };

/* Item of Set, and engines and features of Unlock that are of use here. */
enum {
    AW_SET_ENGINE = 0x03,
    AW_UNLOCK_FIELD_RETURN = 0x01, /* OCOTP */
    AW_UNLOCK_SRK_REVOKE = 0x02    /* OCOTP */
};

struct aw_csf {
    aw_bytes area;     /* from the header to the end of what was given */
    aw_bytes commands; /* header and commands: what is signed; borrowed */
    uint8_t version;
};

/**
 * Reads the header of a CSF.
 *
 * @param area  CSF from its header on, with all that follows; untrusted
 *
 * @return AW_OK; AW_ERR_SHORT if header or commands run past area;
 *         AW_ERR_FORMAT on a wrong tag, version or a length below 4;
 *         AW_ERR_RANGE if the length is above AW_CSF_MAX.
 */
AW_MUST_CHECK aw_err aw_csf_open(aw_bytes area, struct aw_csf *csf,
                                 struct aw_diag *diag);

/** Cursor at the first command, for aw_hab_cmd_next. */
struct aw_rd aw_csf_first(const struct aw_csf *csf);

struct aw_csf_install_key {
    uint8_t flags;
    uint8_t protocol;  /* AW_PCL_SRK or AW_PCL_X509 */
    uint8_t algorithm; /* of the hash */
    uint8_t source;    /* SRK index, or slot of the verifying key */
    uint8_t target;    /* slot that is filled */
    uint32_t data;     /* offset of table or certificate */
    aw_bytes hash;     /* what follows, borrowed; empty without AW_KEY_HASH */
};

/**
 * Reads an Install Key command. What the values may be is for the caller.
 *
 * @return AW_OK; AW_ERR_FORMAT if the tag is another one or the command is
 *         shorter than 12 bytes.
 */
AW_MUST_CHECK aw_err aw_csf_install_key_parse(const struct aw_hab_cmd *cmd,
                                              struct aw_csf_install_key *key,
                                              struct aw_diag *diag);

struct aw_csf_auth_data {
    uint8_t flags;
    uint8_t slot; /* of the key */
    uint8_t protocol;
    uint8_t engine;
    uint8_t config;
    uint32_t data;  /* offset of the signature */
    size_t n;       /* blocks */
    aw_bytes block; /* 8 bytes each, borrowed */
};

/* A run of memory that a signature covers. */
struct aw_csf_block {
    uint32_t start;
    uint32_t length;
};

/**
 * Reads an Authenticate Data command.
 *
 * @return AW_OK; AW_ERR_FORMAT if the tag is another one or the length is not
 *         12 and 8 for each block.
 */
AW_MUST_CHECK aw_err aw_csf_auth_data_parse(const struct aw_hab_cmd *cmd,
                                            struct aw_csf_auth_data *auth,
                                            struct aw_diag *diag);

/** Block i < auth->n. */
struct aw_csf_block aw_csf_block_at(const struct aw_csf_auth_data *auth,
                                    size_t i);

/* What a command refers to: SRK table, certificate or signature. */
struct aw_hab_object {
    uint8_t tag;
    uint8_t version;
    aw_bytes bytes; /* with its header, borrowed */
    aw_bytes body;  /* behind its header, borrowed */
};

/**
 * Reads an object.
 *
 * @param bytes  from the object on; untrusted
 *
 * @return AW_OK; AW_ERR_SHORT if it runs past bytes; AW_ERR_FORMAT if tag or
 *         version is none of an object, or the length is below 4.
 */
AW_MUST_CHECK aw_err aw_hab_object_parse(aw_bytes bytes,
                                         struct aw_hab_object *object,
                                         struct aw_diag *diag);

/** Reads the object at an offset of a CSF. Errors as aw_hab_object_parse. */
AW_MUST_CHECK aw_err aw_csf_object(const struct aw_csf *csf, uint32_t offset,
                                   struct aw_hab_object *object,
                                   struct aw_diag *diag);

#endif
