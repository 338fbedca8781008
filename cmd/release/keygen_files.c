/* SPDX-License-Identifier: Apache-2.0 */
/* The files of keys: all of them, or none. */
#include <errno.h>
#include <unistd.h>

#include "common/stop.h"
#include "release/keygen.h"

static const char *file_name(struct keygen *k, unsigned role, const char *end)
{
    return aw_pool_printf(&k->ctx->pool, "%s.%s", keygen_roles[role].name, end);
}

static void make_files(struct keygen *k)
{
    for (unsigned i = 0; i < KEYGEN_ROLES; i++) {
        struct keygen_key *role = &k->role[i];

        if (!role->wanted) {
            continue;
        }
        k->files[k->n_files++] = (struct aw_new_file){
            .name = file_name(k, i, "pub"),
            .data = aw_key_line_public(&role->key, &role->public_line),
            .mode = AW_KEY_PUBLIC_MODE,
        };
        if (role->is_ours) {
            k->files[k->n_files++] = (struct aw_new_file){
                .name = file_name(k, i, "sec"),
                .data = aw_key_line_secret(&role->secret, &role->secret_line),
                .mode = AW_KEY_SECRET_MODE,
            };
        }
    }
}

static int report_file(struct aw_ctx *ctx, aw_err err, const char *what,
                       const char *subject, const struct aw_host_diag *host)
{
    struct aw_finding f = {
        .err = err,
        .on = AW_ON_INPUT,
        .what = what,
        .subject = subject,
        .expected = "new files",
        .host = host,
        .remedy = "check the name and your rights to it",
    };

    if (err == AW_ERR_EXISTS) {
        f.remedy = "keys are never overwritten: use another folder, or --role "
                   "for those that are missing";
    } else if (err == AW_ERR_TIMEOUT || err == AW_ERR_CANCELLED) {
        f.exit = err == AW_ERR_CANCELLED ? aw_stop_exit() : AW_EXIT_TIME;
        f.what = "the folder is locked";
        f.expected = "no other program that writes to it";
        f.remedy = "try again when the other one is done";
    } else if (err == AW_ERR_IO && host->diag.at != EIO) {
        f.exit = AW_EXIT_REFUSED;
    }
    return aw_report(ctx, &f);
}

/* A secret key without its public half may be of this role: whoever finds it
 * later would take it for the one of ROLE.pub. */
static int check_secrets(struct keygen *k)
{
    for (unsigned i = 0; i < KEYGEN_ROLES; i++) {
        const char *path = aw_pool_printf(&k->ctx->pool, "%s/%s", k->folder,
                                          file_name(k, i, "sec"));
        struct aw_host_diag host = {.network = false};

        if (k->role[i].wanted && access(path, F_OK) == 0) {
            aw_err err =
                aw_host_fail_errno(&host, "files: create", EEXIST, path);

            return report_file(k->ctx, err, "the keys could not be written",
                               k->folder, &host);
        }
    }
    return AW_EXIT_OK;
}

/* Keys first: a policy that trusts keys nobody has is worse than none. */
static int write_all(struct keygen *k)
{
    enum { MODE = 0666 }; /* less the umask */
    struct aw_host_diag host = {.network = false};
    bool was_there = access(k->folder, F_OK) == 0;
    aw_err err = k->n_files == 0
                     ? AW_OK
                     : aw_files_write(k->folder, k->files, k->n_files,
                                      &aw_stop_wait, &host);

    if (err != AW_OK) {
        return report_file(k->ctx, err, "the keys could not be written",
                           k->folder, &host);
    }
    if (k->args->policy_out == NULL) {
        return AW_EXIT_OK;
    }
    err = aw_file_write(k->args->policy_out, aw_buf_bytes(&k->policy), MODE,
                        AW_FILE_NEW, &host);
    if (err != AW_OK) {
        aw_files_remove(k->folder, k->files, k->n_files);
        if (!was_there) {
            (void)rmdir(k->folder);
        }
        return report_file(k->ctx, err, "the policy could not be written",
                           k->args->policy_out, &host);
    }
    return AW_EXIT_OK;
}

int keygen_complete(struct keygen *k)
{
    struct aw_host_diag host = {.network = false};
    bool completed = false;
    aw_err err = aw_files_complete(k->folder, &aw_stop_wait, &completed, &host);

    if (err != AW_OK) {
        return report_file(k->ctx, err,
                           "keys of an interrupted run cannot be completed",
                           k->folder, &host);
    }
    if (completed) {
        aw_warn(k->ctx,
                "%s: the keys of a run that was interrupted are complete now",
                k->folder);
    }
    return AW_EXIT_OK;
}

int keygen_write(struct keygen *k)
{
    make_files(k);
    int code = check_secrets(k);

    return code == AW_EXIT_OK ? write_all(k) : code;
}
