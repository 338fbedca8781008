/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_KEYGEN_H
#define RELEASE_KEYGEN_H

#include "aw/release.h"
#include "common/buf.h"
#include "common/newkey.h"

/* Keys of releases by role, and the policy that trusts them. */

struct keygen_args {
    const char *name;
    const char *env;
    const char *shard;
    struct aw_list roles;
    struct aw_list keys;
    struct aw_list vkeys;
    bool no_keys;
    const char *policy_out;
    const char *origin;
    const char *log_url;
    const char *binaries_url;
    const char *hab_target;
    const char *srk_hash;
};

enum keygen_role {
    KEYGEN_LOG,
    KEYGEN_BOOT,
    KEYGEN_RECOVERY,
    KEYGEN_OS1,
    KEYGEN_OS2,
    KEYGEN_APPLET,
    KEYGEN_ROLES
};

/* Upstream calls the log's key ftlog in its name. */
struct keygen_row {
    const char *name;
    const char *in_key;
    enum aw_component component; /* not for KEYGEN_LOG */
};
extern const struct keygen_row keygen_roles[KEYGEN_ROLES];

/* The key of one role. */
struct keygen_key {
    bool wanted;  /* goes into the folder now */
    bool has_key; /* key is set */
    bool is_ours; /* secret is set, too */
    struct aw_vkey key;
    struct aw_skey secret;
    const char *address; /* of a key in a token or agent; or NULL */
    struct aw_key_line public_line;
    struct aw_key_line secret_line;
};

struct keygen {
    struct aw_ctx *ctx;
    const struct keygen_args *args;
    const char *folder;
    struct keygen_key role[KEYGEN_ROLES];
    struct aw_new_file files[2 * KEYGEN_ROLES];
    size_t n_files;
    struct aw_buf policy;
};

/** Makes the text of the policy from all keys of the folder, those that were
 *  there already included. */
AW_MUST_CHECK int keygen_make_policy(struct keygen *k);

/** Completes the keys that an interrupted run has left. */
AW_MUST_CHECK int keygen_complete(struct keygen *k);

/** Writes the keys, all or none, and the policy. */
AW_MUST_CHECK int keygen_write(struct keygen *k);

#endif
