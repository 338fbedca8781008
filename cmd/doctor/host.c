/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/state.h"
#include "common/signer.h"
#include "doctor/doctor.h"

/* 2026-01-01 and 2100-01-01: nothing of ours is older, certificates end
 * before. */
static const uint64_t earliest = 1767225600;
static const uint64_t latest = 4102444800;

enum {
    MIB = 1 << 20,
    STATE_MIB = 64, /* log state and records */
    CACHE_MIB = 512 /* artefacts of a few releases */
};

static bool is_unsynchronised(const struct doctor *d)
{
    struct timex t = {.modes = 0};

    return d->args->root == NULL && d->args->now == 0 &&
           adjtimex(&t) == TIME_ERROR;
}

void doctor_time(struct doctor *d)
{
    uint64_t now = d->args->now != 0 ? d->args->now : (uint64_t)time(NULL);
    struct doctor_found f = {.check = "time", .detail = "plausible"};

    if (now < earliest || now >= latest) {
        f.verdict = DOCTOR_FAILED;
        f.detail = "the clock is wrong: checkpoints and certificates cannot "
                   "be judged by it";
        f.remedy = "set the clock, or let it be set: timedatectl set-ntp true";
    } else if (is_unsynchronised(d)) {
        f.verdict = DOCTOR_WARNING;
        f.detail = "nobody sets the clock of this machine";
        f.remedy = "timedatectl set-ntp true";
    }
    doctor_put(d, &f);
}

void doctor_keys(struct doctor *d)
{
    for (size_t i = 0; i < d->args->keys.n; i++) {
        struct aw_signer_use use = {.source = NULL};
        struct doctor_found f = {.check = "key",
                                 .subject = d->args->keys.item[i]};
        int code = aw_signer_open(d->ctx, f.subject, NULL, &use);

        f.verdict = code == AW_EXIT_OK ? DOCTOR_OK : DOCTOR_FAILED;
        f.detail = code == AW_EXIT_OK ? "can sign" : "cannot sign";
        aw_signer_close(&use);
        doctor_put_reported(d, &f);
    }
}

/* The folder itself, or the nearest one above that is there. */
static const char *nearest(struct doctor *d, const char *path)
{
    char *above = aw_pool_text(&d->ctx->pool, path);

    while (access(above, F_OK) != 0) {
        char *slash = strrchr(above, '/');

        if (slash == NULL) {
            return ".";
        }
        if (slash == above) {
            return "/";
        }
        *slash = '\0';
    }
    return above;
}

static void check_space(struct doctor *d, const char *what, const char *path,
                        uint64_t need_mib)
{
    struct statvfs fs;
    struct doctor_found f = {.check = what, .subject = path};
    const char *there = nearest(d, path);

    if (statvfs(there, &fs) != 0 || access(there, W_OK) != 0) {
        f.verdict = DOCTOR_FAILED;
        f.detail = "cannot be written to";
        f.remedy = "choose another with --state, or mend its rights";
    } else if (fs.f_bavail * fs.f_frsize / MIB < need_mib) {
        f.verdict = DOCTOR_FAILED;
        f.exit = AW_EXIT_RESOURCE;
        f.detail = aw_pool_printf(&d->ctx->pool, "less than %u MiB are free",
                                  (unsigned)need_mib);
        f.remedy = "free some space";
    } else {
        f.detail = aw_pool_printf(
            &d->ctx->pool, "%llu MiB free",
            (unsigned long long)(fs.f_bavail * fs.f_frsize / MIB));
    }
    doctor_put(d, &f);
}

/* A state that is not there yet is made by the command that needs it. */
static void check_state(struct doctor *d, const char *path)
{
    struct aw_host_diag host = {.text = ""};
    struct doctor_found f = {.check = "state", .subject = path};
    struct aw_state *state = NULL;

    if (access(aw_pool_printf(&d->ctx->pool, "%s/state.db", path), F_OK) != 0) {
        f.detail = "no log was seen yet";
        doctor_put(d, &f);
        return;
    }
    aw_err err = aw_state_open(path, NULL, &state, &host);

    aw_state_close(state);
    if (err == AW_OK) {
        f.detail = "can be read";
    } else {
        f.verdict = DOCTOR_FAILED;
        f.exit = aw_exit_of(err, AW_ON_LOCAL);
        f.detail = aw_pool_text(&d->ctx->pool, host.text);
        f.remedy = aw_remedy_of(err, AW_ON_LOCAL);
    }
    doctor_put(d, &f);
}

void doctor_folders(struct doctor *d)
{
    const char *state = NULL;
    const char *cache = NULL;

    if (aw_input_dir(d->ctx, AW_DIR_STATE, &state) == AW_EXIT_OK) {
        check_space(d, "space of state", state, STATE_MIB);
        check_state(d, state);
    }
    if (aw_input_dir(d->ctx, AW_DIR_CACHE, &cache) == AW_EXIT_OK) {
        check_space(d, "space of cache", cache, CACHE_MIB);
    }
}
