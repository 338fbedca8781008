/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_PUBLISH_H
#define RELEASE_PUBLISH_H

#include "aw/ftlog/announce.h"
#include "aw/ftlog/bundle.h"
#include "common/signer.h"
#include "common/trust.h"
#include "judge/rom.h"
#include "log/witnessing.h"
#include "manifest/make.h"

/*
 * Publishing a release, in four steps: read and check everything, collect the
 * signatures of the manifest, put artefacts and entry into the world, and read
 * all of it back as a stranger would. Each step can be repeated: a run that
 * was interrupted is completed by the same command.
 *
 * Functions report what is wrong and return the exit code of that, or
 * AW_EXIT_OK.
 */
struct publish_args {
    struct aw_trust_args trust;
    const char *component;
    const char *image;
    const char *hab_signature;
    const char *manifest;
    struct manifest_says says; /* without --manifest */
    const char *log;
    const char *artefacts;
    const char *sources;
    const char *sources_lock;
    struct aw_list keys;
    struct aw_list attach;
    struct aw_list witnesses;
    struct aw_net_args net;
    const char *prepare;
    bool allow_older;
    bool allow_long_version;
    bool accept_new_baseline;
};

/* A note of --attach. */
struct publish_attached {
    const char *path;
    aw_bytes note;
    aw_bytes text; /* borrowed from note */
};

/* An artefact as it is stored. */
struct publish_artefact {
    const char *kind; /* "firmware" or "hab_signature" */
    aw_bytes data;
    const uint8_t *sha256;
    bool stored; /* false: it was there already */
};

/* An archive that the firmware is built from. */
struct publish_source {
    const char *file;
    uint8_t sha256[AW_SHA256_SIZE];
    uint64_t size;
    bool stored; /* false: it was there already */
};

/* An entry that an earlier run has left behind the last checkpoint. */
struct publish_left {
    uint64_t index;
    const char *component; /* NULL: it is no release */
    const char *version;   /* NULL: the same */
};

enum { PUBLISH_ARTEFACTS = 2 };

struct publish {
    struct aw_ctx *ctx;
    const struct publish_args *args;
    struct aw_trust *trust;

    /* publish_read */
    struct aw_announce announce;
    const char *name; /* of the manifest, for messages */
    aw_bytes input;   /* the file of --manifest, or the text made */
    bool is_signed;   /* it is a note */
    aw_bytes text;    /* of the manifest, borrowed from input */
    size_t n_artefacts;
    struct publish_artefact artefact[PUBLISH_ARTEFACTS];
    struct rom_judged rom;      /* of bootloader and recovery */
    const char *sources_folder; /* NULL: the recipe has no list of sources */
    const char *sources_lock;
    aw_bytes sources_list;
    size_t n_sources;
    struct publish_source *source;

    /* publish_sign */
    size_t n_signers;
    struct aw_signer_use *signer;
    size_t n_attached;
    struct publish_attached *attached;
    aw_bytes leaf; /* signed manifest */

    /* publish_to_log */
    struct log_writer writer;
    struct log_signing signing;
    struct log_witnessing witnessing;
    size_t n_left;
    struct publish_left *left; /* they go out with the checkpoint */
    bool in_log;               /* the log had this very entry */
    bool published;            /* the checkpoint in the folder covers it */
    uint64_t index;

    /* What a key elsewhere is to sign next: "manifest" or "checkpoint". NULL:
     * nothing. */
    const char *waits_for;
    size_t n_lacking; /* keys whose signature is missing */
    const struct aw_vkey *lacking[AW_POLICY_KEYS];
};

/** Reads all inputs and checks what needs neither keys nor log. */
AW_MUST_CHECK int publish_read(struct publish *p);

/** Reads the list of sources that the manifest names, and every archive.
 *  Nothing is kept in memory but the list. */
AW_MUST_CHECK int publish_sources_read(struct publish *p);

/** Stores archives and list with the artefacts. */
AW_MUST_CHECK int publish_sources_store(struct publish *p);

/** Stores one artefact. */
AW_MUST_CHECK int publish_store(struct publish *p, aw_bytes data,
                                const uint8_t sha256[AW_SHA256_SIZE],
                                bool *stored);

/** Collects the signatures that the policy asks for; with --prepare some may
 *  still be missing, then p->waits_for is set. */
AW_MUST_CHECK int publish_sign(struct publish *p);

/** Stores the artefacts, adds the entry and publishes the checkpoint; with
 *  --prepare p->waits_for may be set in place of that. */
AW_MUST_CHECK int publish_to_log(struct publish *p);

/** Reads log and artefacts back through the policy, with nothing taken from
 *  before. */
AW_MUST_CHECK int publish_confirm(struct publish *p);

/** The key of --key that is this one, or NULL. */
const struct aw_signer_use *publish_signer(const struct publish *p,
                                           const struct aw_vkey *key);

/** Writes to the file of --prepare what is to be signed elsewhere.
 *  @param what  "manifest" or "checkpoint" */
AW_MUST_CHECK int publish_prepare(struct publish *p, const char *what,
                                  aw_bytes text);

#endif
