/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/sdp/host.h"

#include <string.h>

#include "aw/hab/dcd.h"
#include "aw/hab/ivt.h"
#include "host_priv.h"

enum {
    IVT_DCD = 12, /* offset of the DCD pointer in the IVT */
    IVT_DCD_SIZE = 4,
    TRIES = 3
};

/* What is sent: two runs of bytes, one behind the other. */
struct job {
    struct aw_sdp *sdp;
    const struct aw_sdp_how *how;
    struct aw_sdp_boot *boot;
    aw_bytes image;
    aw_bytes csf;
    aw_bytes dcd; /* in image; may be empty */
};

static size_t job_size(const struct job *job)
{
    return job->image.n + job->csf.n;
}

/* Copies the chunk that begins at an offset of the joined runs. */
static aw_bytes job_chunk(const struct job *job, size_t at,
                          uint8_t chunk[AW_SDP_CHUNK])
{
    struct aw_wr w = aw_wr_init(chunk, AW_SDP_CHUNK);
    struct aw_rd image =
        aw_rd_at(job->image, at < job->image.n ? at : job->image.n);
    struct aw_rd csf =
        aw_rd_at(job->csf, at < job->image.n ? 0 : at - job->image.n);
    size_t n = aw_rd_left(&image);

    aw_wr_put(&w, aw_rd_take(&image, n < w.cap ? n : w.cap));
    n = aw_rd_left(&csf);
    aw_wr_put(&w, aw_rd_take(&csf, n < w.cap - w.n ? n : w.cap - w.n));
    if (at == 0 && !job->how->skip_dcd) {
        memset(&chunk[IVT_DCD], 0, IVT_DCD_SIZE);
    }
    return aw_wr_done(&w);
}

static bool go_on(const struct job *job, uint64_t done)
{
    const struct aw_sdp_progress *p = job->how->progress;

    return p == NULL || p->step(p->ctx, done, job_size(job));
}

static aw_err check(struct job *job, struct aw_diag *diag)
{
    struct aw_ivt ivt;
    aw_err err = aw_ivt_parse(job->image, &ivt, diag);

    if (err != AW_OK) {
        return err;
    }
    if (ivt.dcd != 0) {
        err = aw_ivt_find_dcd(job->image, &job->dcd, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (job_size(job) - 1 > UINT32_MAX - ivt.self) {
        return aw_fail(diag, AW_ERR_RANGE, "imx: self", ivt.self);
    }
    if (job->csf.n > 0 &&
        (ivt.csf < ivt.self || ivt.csf - ivt.self != (uint32_t)job->image.n)) {
        return aw_fail(diag, AW_ERR_RANGE, "imx: address of the CSF", ivt.csf);
    }
    job->boot->address = ivt.self;
    return AW_OK;
}

/* Sends bytes in as many reports as they need. */
static aw_err send_bytes(struct aw_sdp *sdp, aw_bytes bytes,
                         struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(bytes);
    aw_err err = AW_OK;

    while (err == AW_OK && aw_rd_left(&r) > 0) {
        size_t left = aw_rd_left(&r);

        err = sdp_send_data(
            sdp, aw_rd_take(&r, left < AW_SDP_CHUNK ? left : AW_SDP_CHUNK),
            diag);
    }
    return err;
}

static aw_err send_dcd(const struct job *job, struct aw_diag *diag)
{
    uint32_t address = job->how->dcd_address;
    const struct aw_sdp_request request = {
        .type = AW_SDP_DCD_WRITE,
        .address = address != 0 ? address : AW_SDP_DCD_ADDRESS,
        .count = (uint32_t)job->dcd.n,
    };

    if (job->dcd.n == 0) {
        return AW_OK;
    }
    job->boot->stage = AW_SDP_DCD;
    aw_err err = sdp_send_command(job->sdp, &request, diag);

    if (err == AW_OK) {
        err = send_bytes(job->sdp, job->dcd, diag);
    }
    if (err == AW_OK) {
        err = sdp_expect(job->sdp, AW_SDP_WRITTEN, diag);
    }
    if (err == AW_OK) {
        job->boot->dcd_bytes = job->dcd.n;
    }
    return err;
}

/* One WRITE_FILE from boot->file_bytes on, which moves with the data. */
static aw_err send_rest(const struct job *job, struct aw_diag *diag)
{
    size_t *done = &job->boot->file_bytes;
    const struct aw_sdp_request request = {
        .type = AW_SDP_WRITE_FILE,
        .address = job->boot->address + (uint32_t)*done,
        .count = (uint32_t)(job_size(job) - *done),
    };
    aw_err err = sdp_send_command(job->sdp, &request, diag);

    while (err == AW_OK && *done < job_size(job)) {
        uint8_t buf[AW_SDP_CHUNK];
        aw_bytes chunk = job_chunk(job, *done, buf);

        err = sdp_send_data(job->sdp, chunk, diag);
        if (err == AW_OK) {
            *done += chunk.n;
        }
        if (err == AW_OK && !go_on(job, *done)) {
            err = aw_fail(diag, AW_ERR_CANCELLED, "sdp: file", *done);
        }
    }
    return err;
}

/* A transfer that was lost on a device that is still there is taken up where
 * it broke: a new command ends the old one. */
static aw_err send_file(const struct job *job, struct aw_diag *diag)
{
    aw_err err = AW_OK;

    job->boot->stage = AW_SDP_FILE;
    for (unsigned i = 0; i < TRIES; i++) {
        err = send_rest(job, diag);
        if (err != AW_ERR_IO && err != AW_ERR_TIMEOUT) {
            break;
        }
    }
    if (err == AW_OK) {
        err = sdp_expect(job->sdp, AW_SDP_FILE_DONE, diag);
    }
    return err;
}

static aw_err skip_dcd(const struct job *job, struct aw_diag *diag)
{
    const struct aw_sdp_request request = {.type = AW_SDP_SKIP_DCD_HEADER};
    aw_err err = AW_OK;

    if (!job->how->skip_dcd || job->dcd.n == 0) {
        return AW_OK;
    }
    err = sdp_send_command(job->sdp, &request, diag);
    if (err == AW_OK) {
        err = sdp_expect(job->sdp, AW_SDP_SKIPPED, diag);
    }
    return err;
}

/* The ROM is silent when it starts the image, and then gone: on a host that
 * has much to do it may be so before its first report is asked for. */
static aw_err jump(const struct job *job, struct aw_diag *diag)
{
    const struct aw_sdp_request request = {
        .type = AW_SDP_JUMP_ADDRESS,
        .address = job->boot->address,
    };
    uint8_t part[AW_SDP_PART];
    size_t n = 0;

    job->boot->stage = AW_SDP_JUMP;
    aw_err err = sdp_send_command(job->sdp, &request, diag);

    if (err != AW_OK) {
        return err;
    }
    err = sdp_read_security(job->sdp, diag);
    if (err != AW_OK && err != AW_ERR_GONE) {
        return err;
    }
    if (err == AW_OK) {
        err = sdp_read_answer(job->sdp, SDP_JUMP_WAIT_MS, part, &n, diag);
    }
    switch (err) {
    case AW_OK:
        return sdp_refused(job->sdp, diag);
    case AW_ERR_TIMEOUT:
    case AW_ERR_GONE:
    case AW_ERR_IO:
    case AW_ERR_STALL:
        break;
    case AW_ERR_CANCELLED:
        return aw_fail(diag, err, "sdp: answer to the jump", n);
    default:
        return aw_fail(diag, AW_ERR_FORMAT, "sdp: answer to the jump", n);
    }
    if (diag != NULL) {
        *diag = (struct aw_diag){.err = AW_OK};
    }
    job->boot->stage = AW_SDP_STARTED;
    return AW_OK;
}

static aw_err boot_job(struct job *job, struct aw_diag *diag)
{
    aw_err err = check(job, diag);

    if (err == AW_OK) {
        job->boot->stage = AW_SDP_CONNECTING;
        err = aw_sdp_status(job->sdp, diag);
    }
    if (err == AW_OK) {
        err = send_dcd(job, diag);
    }
    if (err == AW_OK) {
        err = send_file(job, diag);
    }
    if (err == AW_OK) {
        err = skip_dcd(job, diag);
    }
    if (err == AW_OK) {
        err = jump(job, diag);
    }
    return err;
}

static const struct aw_sdp_how usual;

aw_err aw_sdp_boot(struct aw_sdp *sdp, const struct aw_release *release,
                   const struct aw_sdp_how *how, struct aw_sdp_boot *boot,
                   struct aw_diag *diag)
{
    struct job job = {
        .sdp = sdp,
        .how = how != NULL ? how : &usual,
        .boot = boot,
        .image = release->firmware,
        .csf = release->hab_signature,
    };

    *boot = (struct aw_sdp_boot){.stage = AW_SDP_CHECKING};
    if (!aw_release_sealed(release) || !release->has_firmware ||
        !release->has_hab_signature ||
        !aw_component_has_hab(release->component)) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "sdp: release",
                       release->index);
    }
    return boot_job(&job, diag);
}

aw_err aw_sdp_boot_unverified(struct aw_sdp *sdp, aw_bytes image,
                              const struct aw_sdp_how *how,
                              struct aw_sdp_boot *boot, struct aw_diag *diag)
{
    struct job job = {
        .sdp = sdp,
        .how = how != NULL ? how : &usual,
        .boot = boot,
        .image = image,
    };

    *boot = (struct aw_sdp_boot){.stage = AW_SDP_CHECKING};
    if (image.n > AW_FIRMWARE_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "sdp: image", image.n);
    }
    return boot_job(&job, diag);
}
